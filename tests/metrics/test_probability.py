from itertools import pairwise

import numpy as np
import pytest
from sklearn import metrics as oracle

from primase.core.errors import ShapeError
from primase.metrics.probability import brier, ece, log_loss, reliability_bins


@pytest.fixture
def said():
    rng = np.random.default_rng(0)
    predictions = rng.random(500)
    return (rng.random(500) < predictions**2).astype(int), predictions


def test_agrees_with_sklearn(said):
    targets, predictions = said
    assert log_loss(targets, predictions) == pytest.approx(oracle.log_loss(targets, predictions))
    assert brier(targets, predictions) == pytest.approx(oracle.brier_score_loss(targets, predictions))


def test_log_loss_of_several_classes_agrees_with_sklearn():
    rng = np.random.default_rng(0)
    targets, predictions = rng.integers(0, 4, 100), rng.dirichlet(np.ones(4), 100)
    assert log_loss(targets, predictions) == pytest.approx(oracle.log_loss(targets, predictions))


def test_a_wrong_certainty_costs_much_but_not_everything():
    assert 30 < log_loss(np.array([0]), np.array([1.0])) < 40


def test_ece_agrees_with_the_definition(said):
    targets, predictions = said
    edges = np.linspace(0, 1, 11)
    expected = 0.0
    for low, high in pairwise(edges):
        inside = (predictions >= low) & (predictions < high)
        expected += inside.mean() * abs(predictions[inside].mean() - targets[inside].mean())
    assert ece(targets, predictions) == pytest.approx(expected)


def test_bins_hold_every_row_once(said):
    targets, predictions = said
    bins = reliability_bins(targets, predictions)
    assert sum(b["count"] for b in bins) == len(targets)
    gap = sum(b["count"] * abs(b["mean_prediction"] - b["observed"]) for b in bins) / len(targets)
    assert gap == pytest.approx(float(ece(targets, predictions)))


def test_the_last_bin_takes_certainty():
    assert reliability_bins(np.array([1]), np.array([1.0]))[0]["low"] == 0.9


def test_shapes_must_fit():
    with pytest.raises(ShapeError, match=r"predictions \(3, 2, 1\)"):
        log_loss(np.zeros(3), np.zeros((3, 2, 1)))
