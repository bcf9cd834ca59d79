"""Profiles: against scipy window by window, and the floors against simulations with a known truth."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from primase.metrics.profile import (
    average_profile,
    jensen_shannon_distances,
    profile_jsd,
    profile_nll,
    resample_reads,
    split_reads,
)

RNG = np.random.default_rng(0)
SHARES = RNG.dirichlet(np.full(30, 0.5), 50)
READS = RNG.multinomial(RNG.integers(1, 400, 50), SHARES)
READS[7] = 0


def test_distance_is_scipys():
    found = jensen_shannon_distances(READS, 3 * SHARES)
    wanted = [
        jensenshannon(reads, shares) if reads.sum() else np.nan for reads, shares in zip(READS, SHARES, strict=True)
    ]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    assert profile_jsd(READS, SHARES) == pytest.approx(np.nanmean(wanted))


def test_range_of_the_distance():
    one, two = np.eye(4)[[0, 1]], np.eye(4)[[0, 2]]
    np.testing.assert_allclose(jensen_shannon_distances(one, two), [0, np.sqrt(np.log(2))])
    near = np.full((1, 4), 0.25)
    assert jensen_shannon_distances(near, near * (1 + 1e-16)) == 0  # rounding does not go below 0


def test_likelihood_is_scipys():
    wanted = -stats.multinomial.logpmf(READS, READS.sum(1), SHARES)
    assert profile_nll(READS, SHARES * 5) == pytest.approx(wanted.mean())
    assert profile_nll(READS[7:8], SHARES[7:8]) == 0
    assert np.isfinite(profile_nll(np.array([[1, 0]]), np.array([[0.0, 1.0]])))


@pytest.mark.parametrize("metric", [profile_jsd, profile_nll])
def test_whole_weights_are_copies_of_windows(metric):
    draws = RNG.multinomial(50, np.full(50, 1 / 50), 4)
    for draw, value in zip(draws, metric(READS, SHARES, draws), strict=True):
        rows = np.repeat(np.arange(50), draw)
        assert value == pytest.approx(float(metric(READS[rows], SHARES[rows])))


def test_average_profile_counts_windows_alike():
    seen = READS[READS.sum(1) > 0]
    np.testing.assert_allclose(average_profile(READS), (seen / seen.sum(1, keepdims=True)).mean(0))
    assert average_profile(np.zeros((3, 4))).tolist() == [0.25] * 4
    # of all constants it is near the best: no window's own profile serves the others better
    windows = [np.broadcast_to(row, READS.shape) for row in SHARES]
    everywhere = np.broadcast_to(average_profile(READS), READS.shape)
    assert profile_jsd(READS, everywhere) < min(profile_jsd(READS, window) for window in windows)


def test_pseudo_replicates_keep_the_reads():
    again = resample_reads(READS, seed=3)
    assert (again.sum(1) == READS.sum(1)).all()
    assert (again[READS == 0] == 0).all()
    assert (again == resample_reads(READS, seed=3)).all()
    assert (again != resample_reads(READS, seed=4)).any()
    one, two = split_reads(READS, seed=3)
    assert (one + two == READS).all()
    assert min(one.min(), two.min()) == 0
    assert one.sum() == pytest.approx(READS.sum() / 2, rel=0.05)


@pytest.mark.parametrize("depth", [100, 3000])
def test_truth_lies_between_the_floor_and_the_halves(depth):
    rng = np.random.default_rng(1)
    shares = rng.dirichlet(np.full(200, 2.0), 100)
    reads = rng.multinomial(depth, shares)
    truth = profile_jsd(reads, shares)
    floor = profile_jsd(reads, resample_reads(reads))
    halves = profile_jsd(*split_reads(reads))
    average = profile_jsd(reads, np.broadcast_to(average_profile(reads), reads.shape))
    assert floor < truth < average
    assert truth < halves
    assert profile_jsd(resample_reads(reads, shares), shares) == pytest.approx(truth, rel=0.02)
    if depth == 3000:  # many reads: the floor is what the truth gets, two halves twice that
        assert floor == pytest.approx(truth, rel=0.1)
        assert halves == pytest.approx(2 * truth, rel=0.1)
