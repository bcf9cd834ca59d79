import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from primase.evaluation.calibration import Calibration, fit_calibration
from primase.evaluation.scoring import measure
from primase.tasks import fit_task

ROWS = 4000


def draw_binary(rows=ROWS, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 2, rows)
    return truth, (rng.random(rows) < expit(truth)).astype(np.int64)


def binary_task(targets):
    return fit_task("binary", targets, ("no", "yes"))


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_the_temperature_is_found(temperature):
    truth, targets = draw_binary()
    calibration = fit_calibration(binary_task(targets), truth[:, None] * temperature, targets)
    assert calibration.method == "temperature"
    assert calibration.temperature[0] == pytest.approx(temperature, rel=0.1)
    assert calibration.offset == (0.0,)


def test_the_offset_of_a_weighted_training_is_found():
    truth, targets = draw_binary()
    calibration = fit_calibration(binary_task(targets), (2 * truth + 3)[:, None], targets)
    assert calibration.method == "temperature"
    oracle = LogisticRegression(C=1e6).fit((2 * truth + 3)[:, None], targets)
    assert 1 / calibration.temperature[0] == pytest.approx(oracle.coef_[0, 0], rel=0.01)
    assert calibration.offset[0] == pytest.approx(oracle.intercept_[0], rel=0.01)


def test_isotonic_is_taken_where_no_scale_fits():
    truth, targets = draw_binary()
    bent = np.sign(truth) * np.abs(truth) ** 4
    calibration = fit_calibration(binary_task(targets), bent[:, None], targets)
    assert calibration.method == "isotonic"
    fresh, answers = draw_binary(seed=1)
    logits = (np.sign(fresh) * np.abs(fresh) ** 4)[:, None]
    before, after = expit(logits[:, 0]), calibration.apply(logits)
    assert measure("binary", answers, after)["ece"][0] < 0.5 * measure("binary", answers, before)["ece"][0]
    # the order is kept, so what depends on it does not change
    order = np.argsort(logits[:, 0])
    assert (np.diff(after[order]) >= 0).all()
    assert measure("binary", answers, after)["auroc"][0] == pytest.approx(
        measure("binary", answers, logits[:, 0], only="auroc")["auroc"][0], abs=1e-3
    )


def test_isotonic_is_not_tried_on_few_rows():
    truth, targets = draw_binary(300)
    bent = np.sign(truth) * np.abs(truth) ** 4
    assert fit_calibration(binary_task(targets), bent[:, None], targets).method == "temperature"


def test_two_binary_logits_are_one():
    truth, targets = draw_binary()
    one = fit_calibration(binary_task(targets), truth[:, None] * 3, targets)
    logits = np.stack([-truth, 2 * truth], 1)
    two = fit_calibration(binary_task(targets), logits, targets)
    np.testing.assert_allclose(two.apply(logits), one.apply(truth[:, None] * 3))


def test_multiclass_offsets_are_found():
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 2, (ROWS, 3))
    targets = (truth + rng.gumbel(0, 1, truth.shape)).argmax(1)
    task = fit_task("multiclass", targets, ("a", "b", "c"))
    logits = 3 * truth + [0.0, 6.0, -3.0]
    calibration = fit_calibration(task, logits, targets)
    assert calibration.temperature[0] == pytest.approx(3, rel=0.1)
    np.testing.assert_allclose(np.diff(calibration.offset), [-2, 3], atol=0.3)
    predictions = calibration.apply(logits)
    np.testing.assert_allclose(predictions.sum(1), 1)
    assert measure("multiclass", targets, predictions)["ece"][0] < 0.02


def test_each_label_has_its_own_temperature_and_unknown_answers_do_not_count():
    truth, targets = draw_binary()
    both = np.stack([targets, targets], 1).astype(np.float32)
    both[: ROWS // 2, 0] = np.nan
    logits = np.stack([truth * np.where(np.arange(ROWS) < ROWS // 2, -9, 4), truth / 2], 1)
    calibration = fit_calibration(fit_task("multilabel", both, ("u", "v")), logits, both)
    np.testing.assert_allclose(calibration.temperature, [4, 0.5], rtol=0.15)


def test_regression_keeps_the_link():
    targets = np.array([[1.0], [3.0]], np.float32)
    calibration = fit_calibration(fit_task("regression", targets, ("x",)), np.zeros((2, 1)), targets)
    assert calibration.method == "none"
    np.testing.assert_allclose(calibration.apply(np.array([[0.0], [1.0]])), [2, 3])


@pytest.mark.parametrize(
    "targets", [np.zeros(50, np.int64), (np.arange(50) < 5).astype(np.int64), np.zeros(0, np.int64)]
)
def test_too_few_rows_of_a_class_leave_the_logits_as_they_are(targets):
    logits = np.linspace(-3, 3, len(targets))[:, None]
    calibration = fit_calibration(binary_task(targets), logits, targets)
    assert calibration.method == "none"
    np.testing.assert_allclose(calibration.apply(logits), expit(logits[:, 0]))


def test_separable_data_stay_finite():
    targets = np.repeat([0, 1], 50)
    calibration = fit_calibration(binary_task(targets), (2.0 * targets - 1)[:, None], targets)
    assert np.isfinite([*calibration.temperature, *calibration.offset]).all()
    assert (calibration.apply(np.array([[1.0]])) < 1).all()


@pytest.mark.parametrize("power", [1, 4])
def test_plain_values_make_the_same_calibration(power):
    truth, targets = draw_binary()
    logits = (np.sign(truth) * np.abs(truth) ** power)[:, None]
    calibration = fit_calibration(binary_task(targets), logits, targets)
    again = Calibration.from_dict(calibration.to_dict())
    assert again == calibration
    np.testing.assert_array_equal(again.apply(logits), calibration.apply(logits))
