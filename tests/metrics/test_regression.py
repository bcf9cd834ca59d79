import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as oracle

from primase.metrics.regression import pearson_r, r2, rmse, spearman_r


@pytest.mark.parametrize("digits", [0, 8])
@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_agrees_with_scipy_and_sklearn(digits, shift):
    rng = np.random.default_rng(3)
    targets = rng.normal(0, 2, 300).round(digits) + shift
    predictions = (targets + rng.normal(0, 2, 300)).round(digits)
    assert pearson_r(targets, predictions) == pytest.approx(stats.pearsonr(targets, predictions).statistic)
    assert spearman_r(targets, predictions) == pytest.approx(stats.spearmanr(targets, predictions).statistic)
    assert r2(targets, predictions) == pytest.approx(oracle.r2_score(targets, predictions))
    assert rmse(targets, predictions) == pytest.approx(oracle.root_mean_squared_error(targets, predictions))


@given(st.integers(0, 2**31), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
@settings(max_examples=30, deadline=None)
def test_correlations_ignore_scale_and_shift(seed, scale, shift):
    x, y = np.random.default_rng(seed).normal(0, 1, (2, 20))
    assert pearson_r(x, y * scale + shift) == pytest.approx(float(pearson_r(x, y)), abs=1e-9)
    assert spearman_r(x, np.exp(y)) == pytest.approx(float(spearman_r(x, y)))


@pytest.mark.parametrize("metric", [pearson_r, spearman_r])
@pytest.mark.parametrize("constant", [0.1, 1e9 / 3])
def test_a_constant_has_no_correlation(metric, constant):
    varied, same = np.arange(7.0), np.full(7, constant)
    assert np.isnan(metric(varied, same))
    assert np.isnan(metric(same, varied))
    # a resample in which one row stands alone is constant too
    assert np.isnan(metric(varied / 3, varied, np.eye(7) * 5)).all()


def test_constant_targets_have_no_r2():
    assert np.isnan(r2(np.full(4, 0.1), np.arange(4.0)))


def test_nothing_has_no_value():
    nothing = np.zeros(0)
    assert all(np.isnan(metric(nothing, nothing)) for metric in (pearson_r, spearman_r, r2, rmse))
