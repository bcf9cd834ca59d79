"""Near-duplicates and their clusters: what is compared, what is left out, and that nothing depends on chance."""

import numpy as np
import pytest

from oracle import near
from primase.core.alphabet import DNA, PROTEIN, RNA, encode, reverse_complement
from primase.core.genome import Interval
from primase.curation import similarity
from primase.curation.similarity import (
    clusters,
    comparable,
    constant_columns,
    first_copies,
    near_duplicates,
    neighbours,
    other_strand,
)
from primase.curation.simulation import simulate_families


def draw(rows: int, length: int, seed: int = 0, letters: str = "ACGT") -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list(letters), length)) for _ in range(rows)]


def units_of(sequences: list[str], alphabet=DNA, **options) -> list[int]:
    return clusters(near_duplicates(*encode(sequences, alphabet), alphabet, **options)[0], len(sequences)).tolist()


def brute_units(sequences: list[str], *, both: bool = True) -> list[int]:
    pairs = [(i, j) for i in range(len(sequences)) for j in range(i) if near(sequences[i], sequences[j], both=both)]
    return clusters(np.array(pairs, np.int64).reshape(-1, 2), len(sequences)).tolist()


@pytest.mark.parametrize(
    ("length", "identity", "alphabet"),
    [
        (24, (0.8, 1.0), DNA),
        (60, (0.7, 0.95), DNA),
        (80, (0.7, 0.9), DNA),
        (60, (0.7, 0.9), RNA),
        (40, (0.7, 0.9), PROTEIN),
    ],
)
def test_clusters_are_those_of_all_pairs(length, identity, alphabet):
    sequences, _ = simulate_families(
        families=8, members=3, length=length, identity=identity, alphabet=alphabet, seed=length
    )
    sequences = [text[: length - i % 4 * length // 10] for i, text in enumerate(sequences)]
    expected = brute_units(sequences, both=alphabet is DNA)
    assert 8 < len(set(expected)) < 24
    assert units_of(sequences, alphabet) == expected


def test_a_part_of_a_longer_sequence_is_found():
    rows = draw(6, 300)
    assert units_of([*rows, rows[2][100:160], reverse_complement(rows[4][7:70])])[6:] == [2, 4]


def test_a_shared_stretch_is_enough_where_it_is_asked_for():
    rows = draw(8, 400, seed=6)
    rows[1] = rows[1][:250] + rows[0][100:250]
    rows[3] = reverse_complement(rows[2][:102]) + rows[3][102:]
    rows[5] = rows[5][:300] + rows[4][:40] + rows[5][340:]
    assert units_of(rows) == [*range(8)]
    assert units_of(rows, stretch=100) == [0, 0, 1, 1, 2, 3, 4, 5]
    near = units_of([*rows, rows[7][40:] + rows[6][:40]], stretch=100)
    assert near == [0, 0, 1, 1, 2, 3, 4, 5, 5]  # 40 letters are too few
    short = draw(40, 120, seed=7)  # 100 letters are more than 80 % of them: the definition is the usual one
    assert units_of([*short, short[3][:98] + short[4][:22]], stretch=100) == [*range(40), 3]


def test_copies_on_either_strand_are_pairs_in_dna_only():
    row, other = draw(2, 40)
    assert units_of([row, other, row, reverse_complement(row)]) == [0, 1, 0, 0]
    turned = reverse_complement(row)
    spelled = [text.replace("T", "U") for text in (row, turned)]
    assert units_of(spelled, RNA) == [0, 1]


def test_pairs_are_confirmed_sorted_and_repeatable():
    sequences, _ = simulate_families(families=30, members=4, length=80, identity=(0.8, 1.0), seed=2)
    pairs, exact = near_duplicates(*encode(sequences), DNA)
    assert exact
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert (pairs == np.unique(pairs, axis=0)).all()
    assert all(near(sequences[one], sequences[two]) for one, two in pairs)
    assert (pairs == near_duplicates(*encode(sequences), DNA)[0]).all()


def test_one_family_is_one_cluster():
    sequences, _ = simulate_families(families=1, members=600, length=100, identity=(0.93, 1.0), shift=0.03, seed=1)
    assert set(units_of(sequences)) == {0}


@pytest.mark.parametrize("sequences", [["ACGT"], ["NNNN", "NNNNNN"], ["A" * 50] * 3, ["ACGT", "N"]])
def test_degenerate_input_is_no_error(sequences):
    assert len(units_of(sequences)) == len(sequences)


def test_unknown_letters_at_the_ends_are_left_out():
    rows = draw(2, 40)
    padded = ["N" * 60 + row for row in rows]
    assert units_of([*padded, rows[0]]) == [0, 1, 0]
    codes, offsets = comparable(*encode(padded), DNA)
    assert np.diff(offsets).tolist() == [40, 40]
    assert codes.max() < 4


def test_adapters_do_not_make_relatives():
    rows = ["C" * 40 + text + "GATTACA" * 10 for text in draw(30, 30)]
    constant = constant_columns(*encode(rows))
    assert (constant.left, constant.right, len(constant.inside)) == (40, 70, 0)
    assert len(set(units_of(rows))) == 30


def test_constant_columns_inside_and_of_several_lengths():
    texts = draw(30, 24)
    rows = [text[:12] + "CCCCC" + text[12:] for text in texts]
    assert constant_columns(*encode(rows)).inside.tolist() == [12, 13, 14, 15, 16]
    assert np.diff(comparable(*encode(rows), DNA)[1]).tolist() == [24] * 30
    ragged = ["ACG" + text[: 10 + i % 9] + "TT" for i, text in enumerate(draw(30, 24, seed=3))]
    constant = constant_columns(*encode(ragged))
    assert (constant.left, constant.right, len(constant.inside)) == (3, 2, 0)


@pytest.mark.parametrize("rows", [draw(9, 1) * 2, ["ACGT"] * 20, ["A" * (2 + i) for i in range(20)], ["AC", "AG"]])
def test_columns_are_never_all_constant(rows):
    constant = constant_columns(*encode(rows))
    assert len(constant) < min(map(len, rows))


def test_windows_that_overlap_or_adjoin_are_chained():
    windows = [
        Interval("chr1", 100, 200),
        Interval("chr1", 201, 300),  # adjoins, if the header counts from 1
        Interval("chr1", 302, 400),
        None,
        Interval("chr1", 90, 1000),  # holds all of them
        Interval("chr2", 100, 200),
        Interval("chr1", 1001, 1010),
        Interval("chr1", 1012, 1020),
    ]
    assert clusters(neighbours(windows), 8).tolist() == [0, 0, 0, 1, 0, 2, 0, 3]
    rows = draw(8, 60, seed=4)
    assert units_of(rows, intervals=windows) == [0, 0, 0, 1, 0, 2, 0, 3]


def test_first_copies_and_other_strands():
    codes, offsets = encode(["AACN", "NGTT", "TTTT", "AACN", "AAAA"])
    other = other_strand(codes, offsets, DNA)
    assert other.tolist() == encode(["NGTT", "AACN", "AAAA", "NGTT", "TTTT"])[0].tolist()
    assert first_copies(codes, other, offsets).tolist() == [0, 0, 2, 0, 2]
    assert other_strand(codes, offsets, RNA) is codes


def test_above_the_limit_seeds_find_the_same(monkeypatch):
    sequences, _ = simulate_families(families=40, members=3, length=150, identity=(0.85, 1.0), seed=5)
    exact = units_of(sequences)
    monkeypatch.setattr(similarity, "FEW_STEPS", 0)
    assert units_of(sequences, exact_limit=10) == exact
