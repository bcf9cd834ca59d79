import numpy as np
import pytest
from sklearn import metrics as oracle

from primase.evaluation.scoring import METRICS, SMALLER_IS_BETTER, call_classes, measure, primary_metric

BINARY_NAMES = {
    "accuracy", "balanced_accuracy", "auroc", "average_precision", "mcc", "f1", "log_loss", "brier", "ece",
}  # fmt: skip


@pytest.fixture
def classes():
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 3, 200)
    logits = rng.normal(0, 1, (200, 3)) + np.eye(3)[targets]
    return targets, np.exp(logits) / np.exp(logits).sum(1, keepdims=True)


def test_the_names_are_those_of_the_contract():
    assert set(METRICS["binary"]) == set(METRICS["multiclass"]) == set(METRICS["multilabel"]) == BINARY_NAMES
    assert set(METRICS["regression"]) == {"pearson_r", "spearman_r", "r2", "rmse"}


def test_tracks_are_measured_one_by_one_and_averaged():
    rng = np.random.default_rng(0)
    targets = rng.poisson(3, (30, 3, 8)).astype(float)
    predictions = targets * rng.uniform(0.5, 2, (30, 3, 1)) + rng.uniform(0, 1, targets.shape)
    weights = rng.integers(0, 3, (4, 30)).astype(float)
    for kind in ("counts", "profile"):
        for name, values in measure(kind, targets, predictions, weights=weights).items():
            assert values.shape == (4, 4)
            each = [METRICS[kind][name](targets[:, track], predictions[:, track], weights) for track in range(3)]
            np.testing.assert_allclose(values[:, 1:], np.stack(each, 1))
            np.testing.assert_allclose(values[:, 0], np.mean(each, 0))


def test_multiclass_agrees_with_sklearn(classes):
    targets, predictions = classes
    calls = predictions.argmax(1)
    out = {name: values[0] for name, values in measure("multiclass", targets, predictions).items()}
    assert out["accuracy"] == pytest.approx(oracle.accuracy_score(targets, calls))
    assert out["balanced_accuracy"] == pytest.approx(oracle.balanced_accuracy_score(targets, calls))
    assert out["mcc"] == pytest.approx(oracle.matthews_corrcoef(targets, calls))
    assert out["f1"] == pytest.approx(oracle.f1_score(targets, calls, average="macro"))
    assert out["log_loss"] == pytest.approx(oracle.log_loss(targets, predictions))
    assert out["auroc"] == pytest.approx(oracle.roc_auc_score(targets, predictions, multi_class="ovr"))
    assert out["average_precision"] == pytest.approx(oracle.average_precision_score(np.eye(3)[targets], predictions))


def test_each_class_stands_behind_the_mean(classes):
    targets, predictions = classes
    values = measure("multiclass", targets, predictions)["auroc"]
    expected = [oracle.roc_auc_score(targets == c, predictions[:, c]) for c in range(3)]
    np.testing.assert_allclose(values[1:], expected)
    assert values[0] == pytest.approx(np.mean(expected))


def test_unknown_answers_are_left_out_label_by_label():
    rng = np.random.default_rng(0)
    targets, predictions = rng.integers(0, 2, (100, 2)).astype(float), rng.random((100, 2))
    targets[:40, 0] = np.nan
    weights = rng.integers(0, 3, (4, 100))
    values = measure("multilabel", targets, predictions, weights=weights)
    assert values["auroc"].shape == (4, 3)
    for row, found in zip(weights, values["auroc"], strict=True):
        known = np.repeat(targets[40:, 0], row[40:]), np.repeat(predictions[40:, 0], row[40:])
        assert found[1] == pytest.approx(oracle.roc_auc_score(*known))
        assert found[0] == pytest.approx(found[1:].mean())


@pytest.mark.parametrize("kind", METRICS)
def test_one_metric_alone_has_the_same_value(kind, classes):
    targets, predictions = classes
    targets, predictions = {
        "binary": (targets > 0, predictions[:, 1]),
        "multiclass": (targets, predictions),
        "multilabel": (np.eye(3)[targets], predictions),
        "regression": (np.eye(3)[targets], predictions),
        "counts": (np.eye(3)[targets].reshape(50, 2, 6).cumsum(0), predictions.reshape(50, 2, 6).cumsum(0)),
        "profile": (np.eye(3)[targets].reshape(50, 2, 6).cumsum(0), predictions.reshape(50, 2, 6).cumsum(0)),
    }[kind]
    for name, values in measure(kind, targets, predictions).items():
        np.testing.assert_array_equal(measure(kind, targets, predictions, only=name)[name], values)
        sign = -1 if name in SMALLER_IS_BETTER else 1
        assert primary_metric(kind, name)(targets, predictions) == sign * values[0]


def test_a_class_that_is_nowhere_does_not_spoil_the_mean(classes):
    targets, predictions = classes
    values = measure("multiclass", targets % 2, predictions)["auroc"]
    assert np.isnan(values[3])
    assert values[0] == pytest.approx(values[1:3].mean())


def test_thresholds_may_differ_by_row_and_label():
    predictions = np.array([[0.4, 0.4], [0.4, 0.4]])
    assert call_classes("multilabel", predictions, np.array([0.3, 0.5])).tolist() == [[1, 0], [1, 0]]
    assert call_classes("binary", predictions[:, 0], np.array([0.3, 0.5])).tolist() == [1, 0]
    accuracy = measure("binary", np.array([1, 0]), predictions[:, 0], threshold=np.array([0.3, 0.5]))["accuracy"]
    assert accuracy[0] == 1


@pytest.mark.parametrize("kind", METRICS)
def test_an_empty_part_has_no_value(kind):
    shape = {"binary": (0,), "counts": (0, 2, 5), "profile": (0, 2, 5)}.get(kind, (0, 2))
    targets = np.zeros(shape if kind != "multiclass" else 0, int if kind in ("binary", "multiclass") else float)
    values = measure(kind, targets, np.zeros(shape))
    assert all(np.isnan(value).all() for value in values.values())
