import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from primase.metrics.ranking import auroc, average_precision, precision_recall_curve, roc_curve


def draw_scores(seed, digits):
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, 2, 200)
    return targets, (targets * 0.3 + rng.random(200)).round(digits)


@pytest.mark.parametrize("digits", [1, 8])
@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_sklearn(seed, digits):
    targets, scores = draw_scores(seed, digits)
    assert auroc(targets, scores) == pytest.approx(oracle.roc_auc_score(targets, scores))
    assert average_precision(targets, scores) == pytest.approx(oracle.average_precision_score(targets, scores))


@given(st.integers(0, 2**31), st.sampled_from([1, 8]))
@settings(max_examples=30, deadline=None)
def test_auroc_is_the_chance_that_a_positive_is_above_a_negative(seed, digits):
    targets, scores = draw_scores(seed, digits)
    gaps = scores[targets == 1][:, None] - scores[targets == 0]
    assert auroc(targets, scores) == pytest.approx((gaps > 0).mean() + (gaps == 0).mean() / 2)
    assert auroc(targets, -scores) == pytest.approx(1 - auroc(targets, scores))


@pytest.mark.parametrize("digits", [1, 8])
def test_the_curves_agree_with_sklearn(digits):
    targets, scores = draw_scores(0, digits)
    false, true = roc_curve(targets, scores)
    expected = oracle.roc_curve(targets, scores, drop_intermediate=False)
    np.testing.assert_allclose(false, expected[0])
    np.testing.assert_allclose(true, expected[1])
    recall, precision = precision_recall_curve(targets, scores)
    expected = oracle.precision_recall_curve(targets, scores)  # from low to high thresholds, and a last point (0, 1)
    np.testing.assert_allclose(precision, expected[0][-2::-1])
    np.testing.assert_allclose(recall, expected[1][-2::-1])


def test_one_class_alone_has_no_value():
    scores = np.array([0.1, 0.7])
    assert np.isnan(auroc(np.ones(2), scores))
    assert np.isnan(auroc(np.zeros(2), scores))
    assert np.isnan(average_precision(np.zeros(2), scores))
    assert not len(roc_curve(np.ones(2), scores)[0])
    assert not len(precision_recall_curve(np.zeros(2), scores)[0])


def test_equal_scores_are_guesses():
    targets = np.array([0, 1, 1, 0, 1])
    assert auroc(targets, np.full(5, 0.3)) == 0.5
    assert average_precision(targets, np.full(5, 0.3)) == pytest.approx(0.6)
