import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import matthews_corrcoef

from primase.evaluation.thresholds import choose_fold_thresholds, choose_threshold, spread_thresholds


def draw(rows, seed):
    rng = np.random.default_rng(seed)
    truth = rng.normal(-2, 1.5, rows)
    return (rng.random(rows) < expit(truth)).astype(int), truth


def test_it_is_the_best_one_on_much_data():
    targets, truth = draw(40_000, 0)
    best = max(matthews_corrcoef(targets, expit(truth) >= t) for t in np.linspace(0.1, 0.9, 33))
    assert matthews_corrcoef(targets, expit(truth) >= choose_threshold(targets, expit(truth))) > best - 0.005


@pytest.mark.parametrize("distort", [lambda z: z, lambda z: 3 * z + 2])
def test_it_is_nearly_the_best_one_on_little_data(distort):
    targets, truth = draw(40_000, 0)
    best = max(matthews_corrcoef(targets, expit(truth) >= t) for t in np.linspace(0.1, 0.9, 33))
    lost = []
    for seed in range(1, 31):
        few, their_truth = draw(200, seed)
        threshold = choose_threshold(few, expit(distort(their_truth)))
        lost.append(best - matthews_corrcoef(targets, expit(distort(truth)) >= threshold))
    assert np.mean(lost) < 0.01  # the best threshold of each small sample loses 0.03


def test_a_clear_gap_around_one_half_keeps_one_half():
    targets = np.repeat([0, 1], 50)
    assert choose_threshold(targets, np.where(targets, 0.93, 0.02)) == 0.5


@pytest.mark.parametrize("targets", [np.zeros(60), np.arange(60) < 9])
def test_few_rows_of_one_kind_keep_one_half(targets):
    assert choose_threshold(np.asarray(targets, float), np.linspace(0, 0.4, 60)) == 0.5


def test_constant_predictions_keep_one_half():
    assert choose_threshold(np.arange(60) % 2, np.full(60, 0.2)) == 0.5


def test_each_label_has_its_own_and_unknown_answers_do_not_count():
    targets = np.stack([np.arange(200) % 2, np.arange(200) % 2], 1).astype(float)
    predictions = targets * 0.2 + [0.1, 0.6]
    targets[:50, 0] = np.nan
    predictions[:50, 0] = 1 - predictions[:50, 0]
    np.testing.assert_allclose(choose_threshold(targets, predictions), [0.2, 0.7])


def test_each_fold_has_its_own():
    targets, folds = np.arange(200) % 2, np.repeat([0, 1], 100)
    chosen = choose_fold_thresholds("binary", targets, targets * 0.2 + np.where(folds, 0.6, 0.1), folds)
    np.testing.assert_allclose([chosen[0], chosen[1]], [0.2, 0.7])
    np.testing.assert_allclose(spread_thresholds(chosen, np.array([1, 0, 5])), [0.7, 0.2, 0.5])


def test_other_questions_have_none():
    assert choose_fold_thresholds("multiclass", np.zeros(3), np.zeros((3, 2)), np.zeros(3)) == {}
    assert spread_thresholds({}, np.zeros(3)) == 0.5
