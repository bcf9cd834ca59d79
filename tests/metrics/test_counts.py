"""Counts along windows: against scipy and scikit-learn on what the windows hold, and against copies of windows."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import gammaln
from sklearn import metrics as oracle

from primase.metrics import counts

RNG = np.random.default_rng(0)
MEANS = RNG.gamma(1, 3, (40, 12)) + 0.01
TARGETS = RNG.poisson(MEANS).astype(np.float32)
PREDICTIONS = (MEANS * RNG.gamma(20, 1 / 20, (40, 12))).astype(np.float32)
METRICS = [
    counts.log_count_pearson_r, counts.log_count_spearman_r, counts.bin_pearson_r, counts.poisson_nll,
    counts.deviance_explained,
]  # fmt: skip


def test_correlations_of_windows_and_of_bins():
    both = [np.log1p(values.astype(float).sum(1)) for values in (TARGETS, PREDICTIONS)]
    assert counts.log_count_pearson_r(TARGETS, PREDICTIONS) == pytest.approx(stats.pearsonr(*both).statistic)
    assert counts.log_count_spearman_r(TARGETS, PREDICTIONS) == pytest.approx(stats.spearmanr(*both).statistic)
    wanted = stats.pearsonr(TARGETS.ravel(), PREDICTIONS.ravel()).statistic
    assert counts.bin_pearson_r(TARGETS, PREDICTIONS) == pytest.approx(wanted, rel=1e-5)
    assert counts.bin_pearson_r(TARGETS + 1e6, PREDICTIONS / 1e6) == pytest.approx(wanted, rel=1e-4)


def test_likelihood_and_deviance():
    constant = gammaln(TARGETS.astype(float) + 1).mean()
    nll = -stats.poisson.logpmf(TARGETS, PREDICTIONS).mean() - constant
    assert counts.poisson_nll(TARGETS, PREDICTIONS) == pytest.approx(nll, rel=1e-5)
    flat = TARGETS.ravel(), PREDICTIONS.ravel()
    wanted = oracle.d2_tweedie_score(*flat, power=1)
    assert counts.deviance_explained(TARGETS, PREDICTIONS) == pytest.approx(wanted, rel=1e-5)


def test_perfect_and_null():
    assert counts.deviance_explained(TARGETS, TARGETS) == pytest.approx(1)
    null = np.full_like(TARGETS, TARGETS.mean())
    assert counts.deviance_explained(TARGETS, null) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
def test_whole_weights_are_copies_of_windows(metric):
    draws = RNG.multinomial(40, np.full(40, 1 / 40), 5)
    values = metric(TARGETS, PREDICTIONS, draws)
    assert values.shape == (5,)
    for draw, value in zip(draws, values, strict=True):
        rows = np.repeat(np.arange(40), draw)
        assert value == pytest.approx(float(metric(TARGETS[rows], PREDICTIONS[rows])))
    assert metric(TARGETS, PREDICTIONS, np.ones(40)) == pytest.approx(float(metric(TARGETS, PREDICTIONS)))


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e9 / 3])
def test_constants_have_no_correlation(constant):
    same = np.full(TARGETS.shape, constant)
    for metric in METRICS[:3]:
        assert np.isnan(metric(TARGETS, same))
        assert np.isnan(metric(same, PREDICTIONS))
    assert np.isnan(counts.deviance_explained(same, PREDICTIONS))


def test_nothing_has_no_value():
    nothing = np.zeros((0, 4))
    assert all(np.isnan(metric(nothing, nothing)) for metric in METRICS)
