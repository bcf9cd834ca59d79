import numpy as np
import pytest
from sklearn import metrics as oracle

from primase.core.errors import ShapeError
from primase.metrics.classification import accuracy, balanced_accuracy, confusion_matrix, f1, mcc


@pytest.fixture(params=[2, 5])
def calls(request):
    rng = np.random.default_rng(request.param)
    targets = rng.integers(0, request.param, 300)
    wrong = rng.random(300) < 0.4
    return targets, np.where(wrong, rng.integers(0, request.param, 300), targets), request.param


def test_agrees_with_sklearn(calls):
    targets, called, classes = calls
    np.testing.assert_array_equal(
        confusion_matrix(targets, called, classes=classes), oracle.confusion_matrix(targets, called)
    )
    assert accuracy(targets, called) == pytest.approx(oracle.accuracy_score(targets, called))
    expected = oracle.balanced_accuracy_score(targets, called)
    assert balanced_accuracy(targets, called, classes=classes) == pytest.approx(expected)
    assert mcc(targets, called, classes=classes) == pytest.approx(oracle.matthews_corrcoef(targets, called))
    one = (targets == 1).astype(int), (called == 1).astype(int)
    assert f1(*one) == pytest.approx(oracle.f1_score(*one))


@pytest.mark.parametrize("metric", [balanced_accuracy, mcc])
def test_one_class_alone_has_no_value(metric):
    assert np.isnan(metric(np.ones(4, int), np.array([0, 1, 1, 1])))


def test_calling_one_class_only_is_no_correlation():
    assert mcc(np.array([0, 1, 1]), np.ones(3, int)) == 0


def test_f1_of_a_class_that_is_nowhere_has_no_value():
    assert np.isnan(f1(np.zeros(3, int), np.zeros(3, int)))


def test_nothing_has_no_value():
    nothing = np.zeros(0, int)
    assert all(np.isnan(metric(nothing, nothing)) for metric in (accuracy, balanced_accuracy, mcc, f1))


def test_absent_classes_do_not_count_in_balanced_accuracy():
    assert balanced_accuracy(np.array([0, 0, 1]), np.array([0, 2, 1]), classes=3) == pytest.approx(0.75)


def test_a_class_out_of_range_is_named():
    with pytest.raises(ShapeError, match="targets run from 0 to 2 for 2 classes"):
        confusion_matrix(np.array([0, 2]), np.array([0, 1]))
