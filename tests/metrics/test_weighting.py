import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from primase.core.errors import ShapeError
from primase.metrics import classification, probability, ranking, regression
from primase.metrics.weighting import check_pair, weight_rows

RATED = {
    "auroc": ranking.auroc,
    "average_precision": ranking.average_precision,
    "log_loss": probability.log_loss,
    "brier": probability.brier,
    "ece": probability.ece,
}
CALLED = {
    "accuracy": classification.accuracy,
    "balanced_accuracy": classification.balanced_accuracy,
    "mcc": classification.mcc,
    "f1": classification.f1,
}
MEASURED = {
    "pearson_r": regression.pearson_r,
    "spearman_r": regression.spearman_r,
    "r2": regression.r2,
    "rmse": regression.rmse,
}


@st.composite
def samples(draw):
    size = draw(st.integers(2, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    digits = draw(st.sampled_from([1, 8]))  # one digit makes ties
    return rng.integers(0, 2, size), rng.random(size).round(digits), rng.integers(0, 4, (5, size))


@pytest.mark.parametrize("name", [*RATED, *CALLED, *MEASURED])
@given(samples())
@settings(max_examples=40, deadline=None)
def test_a_whole_weight_is_so_many_copies(name, sample):
    targets, predictions, weights = sample
    metric = (RATED | CALLED | MEASURED)[name]
    if name in CALLED:
        predictions = (predictions > 0.5).astype(int)
    if name in MEASURED:
        targets = targets + predictions.round(1)[::-1]
    many = metric(targets, predictions, weights)
    assert many.shape == (5,)
    for row, value in zip(weights, many, strict=True):
        expanded = metric(np.repeat(targets, row), np.repeat(predictions, row))
        np.testing.assert_allclose(value, expanded, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(metric(targets, predictions, row), value, rtol=1e-12, atol=1e-12)


def test_weights_must_fit_the_rows():
    with pytest.raises(ShapeError, match=r"weights have shape \(2, 3\) for 4 rows"):
        weight_rows(np.ones((2, 3)), 4)


def test_targets_and_predictions_must_fit():
    with pytest.raises(ShapeError, match=r"targets have shape \(3,\), predictions \(4,\)"):
        check_pair(np.zeros(3), np.zeros(4))
