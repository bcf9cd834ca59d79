"""Penalised linear models against scikit-learn and closed forms."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from torch.nn import functional as F

from primase.nn.penalised import PENALTIES, fit_penalised, score_penalties, solve_penalised


def drawn(rows: int = 120, features: int = 30):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, features)).astype(np.float32)
    signal = x[:, :3].sum(1) + 0.5 * rng.normal(size=rows).astype(np.float32)
    return x, signal


def binary(logits, targets, weights=None):
    each = F.binary_cross_entropy_with_logits(logits[:, 0], targets.float(), reduction="none")
    return each.mean() if weights is None else (each * weights).sum() / weights.sum()


def squared(logits, targets, weights=None):
    del weights
    return F.mse_loss(logits, targets)


@pytest.mark.parametrize("penalty", [1.0, 0.1, 0.01])
def test_ridge_is_scikit_learns(penalty):
    x, signal = drawn()
    oracle = Ridge(alpha=penalty * len(x) / 2).fit(x, signal)
    found = fit_penalised(torch.from_numpy(x), torch.from_numpy(signal)[:, None], squared, penalty, torch.zeros(1, 31))
    np.testing.assert_allclose(found[0, :-1], oracle.coef_, atol=2e-3)
    assert found[0, -1] == pytest.approx(oracle.intercept_, abs=2e-3)


@pytest.mark.parametrize("penalty", [1.0, 0.1, 0.01])
def test_logistic_is_scikit_learns(penalty):
    x, signal = drawn()
    y = (signal > 0).astype(np.int64)
    oracle = LogisticRegression(C=1 / (penalty * len(x)), tol=1e-8, max_iter=5000).fit(x, y)
    found = fit_penalised(torch.from_numpy(x), torch.from_numpy(y), binary, penalty, torch.zeros(1, 31))
    np.testing.assert_allclose(found[0, :-1], oracle.coef_[0], atol=5e-3)


def test_weights_are_those_of_scikit_learn():
    x, signal = drawn()
    y = (signal > 0).astype(np.int64)
    weights = np.random.default_rng(1).uniform(0.1, 2.0, len(x)).astype(np.float32)
    oracle = LogisticRegression(C=1 / (0.1 * weights.sum()), tol=1e-8, max_iter=5000).fit(x, y, weights)
    rows = torch.from_numpy(x), torch.from_numpy(y)
    found = fit_penalised(*rows, binary, 0.1, torch.zeros(1, 31), weights=torch.from_numpy(weights))
    np.testing.assert_allclose(found[0, :-1], oracle.coef_[0], atol=5e-3)


def test_multinomial_is_scikit_learns():
    x, signal = drawn()
    y = np.digitize(signal, [-1, 1])
    oracle = LogisticRegression(C=1 / (0.1 * len(x)), tol=1e-8, max_iter=5000).fit(x, y)
    found = fit_penalised(torch.from_numpy(x), torch.from_numpy(y), F.cross_entropy, 0.1, torch.zeros(3, 31))
    np.testing.assert_allclose(found[:, :-1], oracle.coef_, atol=5e-3)


def test_units_are_held_out_together():
    """Ten copies of each row make a weak penalty look good unless the copies are held out together."""
    rng = np.random.default_rng(1)
    x = torch.from_numpy(np.repeat(rng.normal(size=(20, 40)), 10, 0).astype(np.float32))
    y = torch.from_numpy(np.repeat(rng.integers(0, 2, 20), 10))
    start = torch.zeros(1, 41)
    grouped = score_penalties(x, y, np.repeat(np.arange(20), 10), binary, start)
    alone = score_penalties(x, y, np.arange(200), binary, start)
    assert np.argmin(grouped) < np.argmin(alone)


def test_solution_is_for_the_features_as_they_came():
    x, signal = drawn()
    raw = torch.from_numpy(x * 100 + 7)
    raw = torch.cat([raw, torch.ones(len(raw), 1)], 1)  # a constant feature gets nothing
    scales = [torch.ones(31), torch.cat([torch.ones(3), torch.zeros(28)])]
    y = torch.from_numpy(signal)[:, None]
    found = solve_penalised(raw.clone(), y, np.arange(len(x)), squared, scales)
    assert found.shape == (1, 32)
    assert found[0, 3:31].tolist() == [0.0] * 28, "the scale that leaves the noise out predicts better"
    error = squared(F.linear(raw, found[:, :-1], found[:, -1]), y)
    assert error < 0.3
    assert list(PENALTIES) == sorted(PENALTIES, reverse=True)


def test_same_seed_same_solution():
    x, signal = drawn()
    y = torch.from_numpy(signal)[:, None]
    first, second = (
        solve_penalised(torch.from_numpy(x.copy()), y, np.arange(len(x)), squared, [torch.ones(30)], seed=3)
        for _ in range(2)
    )
    assert torch.equal(first, second)
