"""Seqlets where contributions concentrate, and nowhere else."""

import numpy as np
import pytest

from primase.interpretation.seqlets import find_seqlets

KNOWN = np.ones((60, 80), bool)


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).laplace(0, 0.1, KNOWN.shape)


@pytest.mark.parametrize("sign", [1, -1])
def test_planted_stretches_are_found_by_sign(sign):
    track = noise()
    places = np.random.default_rng(1).integers(5, 65, 60)
    for row, place in enumerate(places):
        track[row, place : place + 9] += sign
    found = find_seqlets(track, KNOWN, sign=sign)
    near = np.abs(found.centres - places[found.rows] - 4) <= 1
    assert near.mean() > 0.95
    assert len(set(found.rows[near])) == 60
    assert (np.sign(found.scores) == sign).all()
    assert (np.diff(np.abs(found.scores)) <= 0).all()
    assert len(find_seqlets(track, KNOWN, sign=-sign)) <= 3


def test_noise_has_next_to_none():
    assert np.mean([len(find_seqlets(noise(seed), KNOWN)) for seed in range(10)]) < 1


def test_the_strongest_are_kept():
    track = noise()
    track[:, 20:29] += 1
    found = find_seqlets(track, KNOWN, limit=7)
    everything = find_seqlets(track, KNOWN)
    assert len(found) == 7
    assert np.array_equal(found.scores, everything.scores[:7])


def test_padding_and_silence_hold_none():
    assert len(find_seqlets(np.zeros(KNOWN.shape), KNOWN)) == 0
    track = noise()
    track[:, 60:69] = 5
    known = KNOWN.copy()
    known[:, 50:] = False
    assert (find_seqlets(track, known).centres < 50).all()
    assert len(find_seqlets(np.zeros((0, 10)), np.ones((0, 10), bool))) == 0
