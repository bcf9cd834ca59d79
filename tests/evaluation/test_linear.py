import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, Ridge

from primase.evaluation.linear import find_rounding, fit_linear, validation_losses


@pytest.fixture(params=[(300, 60), (120, 400)], ids=["tall", "wide"])
def problem(request):
    rows, columns = request.param
    rng = np.random.default_rng(0)
    features = rng.normal(0, 1, (rows, columns)) * rng.uniform(0.1, 3, columns) + rng.normal(0, 2, (rows, 1))
    features -= features.mean(0)
    return features, features @ rng.normal(0, 0.1, columns) + 0.5, rng


@pytest.mark.parametrize("penalty", [0.3, 10.0, 1000.0])
def test_logistic_agrees_with_sklearn(problem, penalty):
    features, score, rng = problem
    targets = (rng.random(len(score)) < expit(score)).astype(float)
    model = fit_linear(
        features, targets[:, None], np.array([penalty]), "logistic", find_rounding(features), tolerance=1e-8
    )
    oracle = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=10_000).fit(features, targets)
    np.testing.assert_allclose(model.weights[:, 0], oracle.coef_[0], atol=1e-4)
    np.testing.assert_allclose(model.predict(features)[:, 0], oracle.predict_proba(features)[:, 1], atol=1e-4)


@pytest.mark.parametrize("penalty", [0.3, 1000.0])
def test_softmax_agrees_with_sklearn(problem, penalty):
    features, score, rng = problem
    targets = np.digitize(score + rng.normal(0, 1, len(score)), [-0.5, 1.5])
    model = fit_linear(
        features,
        np.eye(3)[targets][:, None],
        np.full((1, 3), penalty),
        "softmax",
        find_rounding(features),
        tolerance=1e-8,
    )
    oracle = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=10_000).fit(features, targets)
    np.testing.assert_allclose(model.predict(features), oracle.predict_proba(features), atol=1e-4)


def test_ridge_of_several_targets_and_penalties_agrees_with_sklearn(problem):
    features, score, _ = problem
    targets = np.stack([score, -2 * score**2], 1)
    targets[:50, 1] = np.nan
    model = fit_linear(features, targets, np.array([5.0, 100.0]), "squares", find_rounding(features), tolerance=1e-9)
    for column, penalty, rows in ((0, 5.0, slice(None)), (1, 100.0, slice(50, None))):
        oracle = Ridge(alpha=penalty).fit(features[rows], targets[rows, column])
        np.testing.assert_allclose(model.predict(features)[:, column], oracle.predict(features), atol=1e-4)


@pytest.mark.parametrize("loss", ["logistic", "softmax", "squares"])
def test_models_side_by_side_are_those_fitted_alone(problem, loss):
    features, score, rng = problem
    classes = np.digitize(score + rng.normal(0, 1, len(score)), [-0.5, 1.5])
    answers = np.eye(3)[classes] if loss != "squares" else np.stack([score] * 3, 1)
    held = np.arange(len(score))[:, None] % 2 == np.arange(2)
    targets = np.where(held[:, :, None], np.nan, answers[:, None])
    rounding = find_rounding(features)
    both = fit_linear(features, targets, np.full((2, 3), 20.0), loss, rounding, tolerance=1e-8)
    losses = validation_losses(both, features, answers, held)
    total = np.zeros(3)
    for model in range(2):
        kept, left = ~held[:, model], held[:, model]
        wanted = answers[kept][:, None] if loss == "softmax" else answers[kept]
        alone = fit_linear(
            features[kept], wanted, np.full(wanted.shape[1:], 20.0), loss, find_rounding(features[kept]), tolerance=1e-8
        )
        np.testing.assert_allclose(both.weights[:, 3 * model : 3 * model + 3], alone.weights, atol=1e-4)
        said = alone.predict(features[left])
        if loss == "squares":
            total += 0.5 * ((said - answers[left]) ** 2).sum(0)
        elif loss == "logistic":
            total -= np.log(np.where(answers[left] > 0, said, 1 - said)).sum(0)
        else:
            total -= np.log(said[answers[left] > 0]).sum()
    np.testing.assert_allclose(losses, total / len(score), rtol=1e-3)


def test_a_start_changes_the_way_and_not_the_end(problem):
    features, score, _ = problem
    targets, rounding = score[:, None], find_rounding(features)
    near = fit_linear(features, targets, np.array([30.0]), "squares", rounding)
    cold = fit_linear(features, targets, np.array([20.0]), "squares", rounding, tolerance=1e-8)
    warm = fit_linear(features, targets, np.array([20.0]), "squares", rounding, start=near, tolerance=1e-8)
    np.testing.assert_allclose(warm.weights, cold.weights, atol=1e-5)


def test_single_precision_predicts_the_same(problem):
    features, score, rng = problem
    targets = (rng.random(len(score)) < expit(score)).astype(float)[:, None]
    exact, rough = (
        fit_linear(f, targets, np.array([10.0]), "logistic", find_rounding(f), tolerance=1e-5).predict(f)
        for f in (features, features.astype(np.float32))
    )
    np.testing.assert_allclose(rough, exact, atol=2e-3)


def test_the_leading_eigenvectors_are_found():
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(0, 1, (300, 300)))[0]
    features = rng.normal(0, 1, (400, 300)) @ (basis * np.append([30.0, 20.0], np.ones(298))) @ basis.T
    found = find_rounding(features)
    expected = np.linalg.eigvalsh(features.T @ features)
    np.testing.assert_allclose(found.values[-2:], expected[-2:], rtol=1e-3)
    assert found.values.sum() + found.rest * (300 - len(found.values)) == pytest.approx(expected.sum())
