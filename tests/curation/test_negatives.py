"""Shuffles keep every dinucleotide, are uniform over what can be reached, and do not depend on threads."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from primase.core.edits import dinucleotide_shuffle
from primase.curation.negatives import shuffle_negatives


def pairs(codes: np.ndarray) -> np.ndarray:
    return np.bincount(codes[:-1].astype(int) * 8 + codes[1:], minlength=64)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=0, max_size=60), st.integers(0, 2**31))
def test_dinucleotides_first_and_last_letter_stay(letters, seed):
    codes = np.array(letters, np.uint8)
    shuffled = dinucleotide_shuffle(codes, seed=seed)[0]
    assert (pairs(codes) == pairs(shuffled)).all() if len(codes) > 1 else (codes == shuffled).all()
    if len(codes):
        assert shuffled[0] == codes[0]
        assert shuffled[-1] == codes[-1]


@pytest.mark.parametrize("word", ["ACAGATA", "ABACABA", "AABBAAB"])
def test_shuffles_are_uniform_over_what_can_be_reached(word):
    """Every sequence with the same dinucleotides comes up as often, by a chi-square test."""
    codes = np.array([ord(letter) - 65 for letter in word], np.uint8)
    codes = np.unique(codes, return_inverse=True)[1].astype(np.uint8)
    possible = {
        (codes[0], *middle, codes[-1])
        for middle in permutations(codes[1:-1].tolist())
        if (pairs(np.array([codes[0], *middle, codes[-1]], np.uint8)) == pairs(codes)).all()
    }
    drawn = dinucleotide_shuffle(codes, seed=7, copies=4000)
    counts = dict.fromkeys(possible, 0)
    for row in drawn:
        counts[tuple(row.tolist())] += 1
    assert len(possible) > 1
    assert chisquare(list(counts.values())).pvalue > 1e-4


def test_many_at_once_are_each_a_shuffle():
    rng = np.random.default_rng(0)
    lengths = rng.integers(0, 80, 50)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    codes = rng.integers(0, 5, offsets[-1]).astype(np.uint8)
    shuffled = shuffle_negatives(codes, offsets, 3)
    for start, end in pairwise(offsets):
        assert (pairs(codes[start:end]) == pairs(shuffled[start:end])).all() if end - start > 1 else True
    assert (shuffled == shuffle_negatives(codes, offsets, 3)).all()
    assert (shuffled != shuffle_negatives(codes, offsets, 4)).any()
