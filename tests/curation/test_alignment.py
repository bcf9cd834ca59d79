"""The bit-parallel kernels decide as the definition does, and the screen loses nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import near
from primase.core.alphabet import DNA, PROTEIN, RNA, encode
from primase.curation.alignment import (
    LANES,
    is_near,
    join_near,
    pack_windows,
    screen,
    shares_stretch,
    shortest_stretch,
)
from primase.curation.simulation import simulate_families


def codes_of(text: str, alphabet=DNA) -> np.ndarray:
    return encode([text], alphabet)[0]


@pytest.mark.parametrize("length", range(1, 41))
def test_shortest_stretch_is_80_percent(length):
    assert 5 * shortest_stretch(length) >= 4 * length > 5 * (shortest_stretch(length) - 1)


@settings(max_examples=200, deadline=None)
@given(st.text("ACG", min_size=1, max_size=24), st.text("ACG", min_size=1, max_size=30))
def test_short_pairs_are_decided_as_defined(one, two):
    expected = near(one, two, both=False)
    assert is_near(codes_of(one), codes_of(two)) == is_near(codes_of(two), codes_of(one)) == expected


@pytest.mark.parametrize(("length", "alphabet"), [(30, DNA), (64, DNA), (65, DNA), (130, DNA), (70, PROTEIN)])
def test_relatives_are_decided_as_defined(length, alphabet):
    """At the limit of the definition, over one word and several, with both answers well represented."""
    sequences, family = simulate_families(
        families=60, members=2, length=length, identity=(0.8, 0.98), alphabet=alphabet, seed=length
    )
    order = np.argsort(family, kind="stable")
    answers = []
    for one, two in order.reshape(-1, 2):
        short = sequences[two][: length - one % 7]  # not all of one length
        expected = near(sequences[one], short, both=False)
        assert is_near(codes_of(sequences[one], alphabet), codes_of(short, alphabet)) == expected
        answers.append(expected)
    assert 3 <= sum(answers) <= 57


def test_the_limits_themselves():
    """160 of 200 letters with 32 edits is near, with 33 it is not; nor are 127 letters without an edit."""
    rng = np.random.default_rng(0)
    text = rng.integers(0, 4, 200).astype(np.uint8)
    for edits, expected in ((32, True), (33, False)):
        other = rng.integers(0, 4, 200).astype(np.uint8)
        other[20:180] = text[20:180]
        other[[19, 180]] = (text[[19, 180]] + 1) % 4
        places = 20 + np.linspace(2, 157, edits).astype(int)
        other[places] = (other[places] + 2) % 4
        other[:20], other[180:] = 4, 4  # unknown letters agree with none of the text
        assert is_near(text, other) == expected
    for kept, expected in ((128, True), (127, False)):
        other = np.full(200, 4, np.uint8)
        other[:kept] = text[:kept]
        assert is_near(text, other) == expected


@pytest.mark.parametrize(("stretch", "length"), [(31, 80), (64, 90), (70, 100)])
def test_shared_stretches_are_decided_as_defined(stretch, length):
    """Sellers' table of every stretch, against the answer that steps over some."""
    sequences, family = simulate_families(
        families=30, members=2, length=length, identity=(0.65, 1.0), shift=0.1, alphabet=RNA, seed=stretch
    )
    answers = []
    for one, two in np.argsort(family, kind="stable").reshape(-1, 2):
        mine, text = codes_of(sequences[one], RNA), codes_of(sequences[two], RNA)
        fewest = min(fewest_edits(mine[start : start + stretch], text) for start in range(length - stretch + 1))
        assert shares_stretch(mine, text, stretch) == (5 * fewest <= stretch)
        answers.append(5 * fewest <= stretch)
    assert 3 <= sum(answers) <= 27
    assert not shares_stretch(text[: stretch - 1], text, stretch)


def fewest_edits(pattern: np.ndarray, text: np.ndarray) -> int:
    """Return the edit distance of a pattern to the nearest stretch of a text."""
    above = np.zeros(len(text) + 1, np.int64)
    for number, letter in enumerate(pattern, 1):
        row = np.minimum(above[1:] + 1, above[:-1] + (text != letter))
        row = np.append(number, row)
        above = np.minimum.accumulate(row - np.arange(len(row))) + np.arange(len(row))
    return int(above.min())


@pytest.mark.parametrize(("length", "words"), [(12, 1), (50, 1), (94, 1), (95, 2), (200, 2), (300, 3)])
def test_the_screen_loses_no_near_pair(length, words):
    sequences, family = simulate_families(families=64, members=2, length=length, identity=(0.75, 1.0), seed=length)
    order = np.argsort(family, kind="stable").reshape(-1, 2)
    codes, offsets = encode([sequences[i][: length - i % 5] for i in order[:, 0]])
    texts, bounds = encode([sequences[i] for i in order[:, 1]])
    masks, start, limits = pack_windows(codes, offsets, words, 5)
    passed = screen(texts, bounds, masks, start, limits)
    assert passed.shape == (64, LANES)
    assert not passed[:, 64:].any()
    truth = [is_near(codes[offsets[i] : offsets[i + 1]], texts[bounds[i] : bounds[i + 1]]) for i in range(len(order))]
    assert sum(truth) > 5
    assert passed[range(64), range(64)][truth].all()
    if length >= 50:
        assert passed[~np.eye(64, LANES, dtype=bool)].mean() < 0.01  # unrelated pairs are turned away


def test_joined_rows_are_not_asked_again():
    codes, offsets = encode(["ACGTACGTAC"] * 3 + ["GGGGGTTTTT"])
    pairs = np.array([[0, 1, 0], [1, 2, 0], [0, 2, 0], [0, 3, 0]])
    parents = np.arange(4)
    assert join_near(codes, codes, offsets, pairs, parents).tolist() == [True, True, False, False]
    assert parents[3] == 3
