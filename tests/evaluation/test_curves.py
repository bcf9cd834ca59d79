import numpy as np
import pytest

from primase.evaluation.curves import describe_reliability, thin_curve, trace_curves
from primase.evaluation.scoring import measure


@pytest.fixture
def classes():
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 3, 3000)
    logits = rng.normal(0, 1, (3000, 3)) + np.eye(3)[targets]
    return targets, np.exp(logits) / np.exp(logits).sum(1, keepdims=True)


def test_a_thinned_curve_has_the_same_area(classes):
    targets, predictions = classes
    curves = trace_curves("multiclass", ("a", "b", "c"), targets, predictions)
    areas = measure("multiclass", targets, predictions, only="auroc")["auroc"][1:]
    for name, area in zip("abc", areas, strict=True):
        curve = curves["roc"][name]
        assert len(curve["fpr"]) == len(curve["tpr"]) <= 200
        assert (curve["fpr"][0], curve["tpr"][0], curve["fpr"][-1], curve["tpr"][-1]) == (0, 0, 1, 1)
        assert np.trapezoid(curve["tpr"], curve["fpr"]) == pytest.approx(area, abs=2e-3)
        assert curves["pr"][name]["recall"][-1] == 1


def test_a_binary_question_has_the_curve_of_its_second_class(classes):
    targets, predictions = classes
    curves = trace_curves("binary", ("no", "yes"), (targets == 1).astype(int), predictions[:, 1])
    assert list(curves["roc"]) == list(curves["pr"]) == ["yes"]


def test_classes_without_positives_have_no_curve_and_regression_has_none(classes):
    targets, predictions = classes
    assert list(trace_curves("multiclass", ("a", "b", "c"), targets % 2, predictions)["roc"]) == ["a", "b"]
    assert trace_curves("regression", ("x",), targets[:, None] * 1.0, predictions[:, 0]) == {"roc": {}, "pr": {}}


def test_many_classes_share_the_points():
    targets, predictions = np.arange(4000) % 200, np.random.default_rng(0).dirichlet(np.ones(200), 4000)
    curves = trace_curves("multiclass", tuple(map(str, range(200))), targets, predictions)
    assert max(len(curve["fpr"]) for curve in curves["roc"].values()) <= 40


def test_short_curves_are_kept_whole():
    assert thin_curve(np.array([0.0, 1.0]), np.array([0.0, 1.0]), 20) == ([0.0, 1.0], [0.0, 1.0])


def test_reliability_leaves_unknown_answers_out():
    targets = np.array([[1.0, np.nan], [0.0, 1.0]])
    found = describe_reliability("multilabel", targets, np.array([[0.9, 0.3], [0.2, 0.8]]))
    assert sum(b["count"] for b in found["bins"]) == 3
    assert found["ece"] == pytest.approx((0.15 + 0.2) / 2)
