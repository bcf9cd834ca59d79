import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from primase.core.alphabet import DNA, PROTEIN, RNA, encode, one_hot_encode, reverse_complement
from primase.core.errors import ShapeError
from primase.evaluation.features import count_words, describe_composition, expand_positions, kmer_columns

LETTERS = {"dna": DNA, "rna": RNA, "protein": PROTEIN}


def count_plainly(sequence, names, merged, unknown):
    """Count words by looking at every one."""
    counts = dict.fromkeys(names, 0)
    for k in {len(name) for name in names}:
        for start in range(len(sequence) - k + 1):
            word = sequence[start : start + k]
            if unknown in word:
                continue
            counts[word if word in counts or not merged else reverse_complement(word)] += 1
    return [counts[name] for name in names]


@pytest.mark.parametrize(
    ("name", "longest", "merged"), [("dna", 3, True), ("dna", 3, False), ("rna", 2, False), ("protein", 2, False)]
)
@given(st.data())
@settings(max_examples=20, deadline=None)
def test_words_are_counted_as_by_hand(name, longest, merged, data):
    alphabet = LETTERS[name]
    unknown = "X" if name == "protein" else "N"
    sequences = data.draw(st.lists(st.text(alphabet.letters + unknown, max_size=25), min_size=1, max_size=4))
    names = kmer_columns(alphabet, longest, merged=merged)[1]
    found = count_words(*encode(sequences, alphabet), alphabet, longest, merged=merged)
    np.testing.assert_array_equal(found, [count_plainly(sequence, names, merged, unknown) for sequence in sequences])


def test_merged_words_do_not_depend_on_the_strand():
    sequence = "ACGTTGCANGGATCCA"
    codes, offsets = encode([sequence, reverse_complement(sequence)])
    one, other = count_words(codes, offsets, DNA, 6, merged=True)
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("merged", "size"), [(True, 2772), (False, 5460)])
def test_there_are_as_many_words_as_there_should_be(merged, size):
    assert len(kmer_columns(DNA, 6, merged=merged)[1]) == size


def test_sequences_are_counted_in_their_order():
    counts = count_words(*encode(["G", "AAAA", "", "CC"]), DNA, 1, merged=False)
    assert counts.tolist() == [[0, 0, 1, 0], [4, 0, 0, 0], [0, 0, 0, 0], [0, 2, 0, 0]]


def test_composition_says_length_unknown_letters_and_shares():
    described = describe_composition(*encode(["GCAN", ""]), DNA)
    assert described.shape == (2, 2 + 4 + 16 + 1)
    np.testing.assert_allclose(described[0, :6], [np.log(5), 0.25, 1 / 3, 1 / 3, 1 / 3, 0], rtol=1e-6)
    assert described[0, -1] == pytest.approx(2 / 3)
    assert np.isfinite(described).all()
    assert describe_composition(*encode(["ACDE"], PROTEIN), PROTEIN).shape == (1, 22)


def test_positions_are_the_one_hot_letters():
    sequences = ["ACGTN", "TTTTT"]
    found = expand_positions(*encode(sequences), DNA)
    np.testing.assert_array_equal(found, one_hot_encode(sequences).transpose(0, 2, 1).reshape(2, -1))


def test_positions_need_one_length():
    with pytest.raises(ShapeError, match="lengths from 1 to 2"):
        expand_positions(*encode(["A", "AA"]), DNA)
