"""Counts: the loss against scipy's Poisson distribution, the links against their formulas."""

import numpy as np
import pytest
import torch
from scipy.special import gammaln
from scipy.stats import poisson

from primase.tasks import fit_task
from primase.tasks.counts import Task

RNG = np.random.default_rng(0)
LOGITS = torch.tensor(RNG.normal(0, 3, (6, 2, 10)), dtype=torch.float32)
COUNTS = RNG.poisson(3, (6, 2, 10)).astype(np.float32)
SOFTPLUS = fit_task("counts", COUNTS, ("a", "b"))
EXP_LINEAR = fit_task("counts", COUNTS, ("a", "b"), activation="exp_linear", strand_pairs=(1, 0))


def expected(activation: str) -> np.ndarray:
    x = LOGITS.double().numpy()
    return np.log1p(np.exp(x)) if activation == "softplus" else np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


@pytest.mark.parametrize("task", [SOFTPLUS, EXP_LINEAR], ids=lambda task: task.activation)
def test_link_and_score(task):
    means = expected(task.activation)
    np.testing.assert_allclose(task.link({"logits": LOGITS}), means, rtol=1e-5)
    np.testing.assert_allclose(task.score({"logits": LOGITS}), np.log1p(means.sum(2)), rtol=1e-5)


@pytest.mark.parametrize("task", [SOFTPLUS, EXP_LINEAR], ids=lambda task: task.activation)
def test_loss_is_poisson_but_for_what_the_targets_decide(task):
    nll = -poisson.logpmf(COUNTS, expected(task.activation)) - gammaln(COUNTS.astype(float) + 1)
    targets = torch.from_numpy(COUNTS)
    assert task.loss({"logits": LOGITS}, targets).item() == pytest.approx(nll.mean(), rel=1e-5)
    weights = RNG.random(6)
    loss = task.loss({"logits": LOGITS}, targets, torch.from_numpy(weights).float()).item()
    assert loss == pytest.approx(np.average(nll.mean((1, 2)), weights=weights), rel=1e-5)


@pytest.mark.parametrize("task", [SOFTPLUS, EXP_LINEAR], ids=lambda task: task.activation)
@pytest.mark.parametrize("logit", [-200.0, -20.0, 0.0, 1e-8, 1e4])
def test_extreme_logits_have_a_loss_and_a_gradient(task, logit):
    logits = torch.full((1, 2, 1), logit, requires_grad=True)
    loss = task.loss({"logits": logits}, torch.tensor([[[0.0], [5.0]]]))
    loss.backward()
    assert loss.isfinite()
    assert logits.grad.isfinite().all()


def test_training_part_gives_the_null_model():
    assert EXP_LINEAR.mean == pytest.approx(COUNTS.mean((0, 2)))
    assert Task(("a", "b"), EXP_LINEAR.mean, (1, 0), "exp_linear") == EXP_LINEAR
    assert SOFTPLUS.outputs == 2


def test_best_constant_is_the_mean():
    targets = torch.from_numpy(COUNTS)
    around = [
        EXP_LINEAR.loss({"logits": torch.full_like(LOGITS, COUNTS.mean() - 1 + d)}, targets) for d in (-0.1, 0, 0.1)
    ]
    assert around[1] < min(around[0], around[2])
