"""Losses and links against scikit-learn and scipy, and what all tasks promise alike."""

import numpy as np
import pytest
import torch
from scipy.special import expit, softmax
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.utils.class_weight import compute_class_weight
from torch.nn import functional as F

from primase.core import registry
from primase.core.errors import UnknownName
from primase.tasks import fit_task, task_from_dict, task_module, task_to_dict

TASKS = registry.names("primase.tasks")
RNG = np.random.default_rng(0)
ROWS = 40
LOGITS = torch.tensor(RNG.normal(size=(ROWS, 3)), dtype=torch.float32)
YES = RNG.integers(0, 2, ROWS)
CLASSES = np.concatenate([[0, 1, 2], RNG.integers(0, 3, ROWS - 3)])
ANSWERS = RNG.integers(0, 2, (ROWS, 3)).astype(np.float32)
VALUES = RNG.normal(5, 3, (ROWS, 3)).astype(np.float32)
WEIGHTS = torch.tensor(RNG.random(ROWS), dtype=torch.float32)
READS = RNG.poisson(2, (ROWS, 3, 5)).astype(np.float32)
SPREAD = torch.tensor(RNG.normal(size=(ROWS, 3, 5)), dtype=torch.float32)
TARGETS = {
    "binary": YES, "multiclass": CLASSES, "multilabel": ANSWERS, "regression": VALUES, "counts": READS, "profile": READS,
}  # fmt: skip
NAMES = {"binary": ("no", "yes")}


def fitted(name: str, **options):
    return fit_task(name, TARGETS[name], NAMES.get(name, ("a", "b", "c")), **options)


def outputs_for(name: str) -> dict[str, torch.Tensor]:
    if name in ("counts", "profile"):
        return {"logits": SPREAD} | ({"log_counts": LOGITS} if name == "profile" else {})
    return {"logits": LOGITS[:, : fitted(name).outputs]}


def test_tasks_are_the_folder():
    assert TASKS == ("binary", "counts", "multiclass", "multilabel", "profile", "regression")
    with pytest.raises(UnknownName, match="multiclas"):
        task_module("multiclas")


@pytest.mark.parametrize("outputs", [1, 2])
def test_binary_is_logistic_regression(outputs):
    logits = LOGITS[:, :outputs]
    odds = (logits[:, 0] if outputs == 1 else logits[:, 1] - logits[:, 0]).double().numpy()
    task = fitted("binary")
    np.testing.assert_allclose(task.link({"logits": logits}), expit(odds), rtol=1e-5)
    targets = torch.from_numpy(YES)
    assert task.loss({"logits": logits}, targets).item() == pytest.approx(log_loss(YES, expit(odds)), rel=1e-5)
    weighted = log_loss(YES, expit(odds), sample_weight=WEIGHTS)
    assert task.loss({"logits": logits}, targets, WEIGHTS).item() == pytest.approx(weighted, rel=1e-5)


def test_multiclass_is_softmax_regression():
    task = fitted("multiclass")
    probabilities = softmax(LOGITS.double().numpy(), 1)
    np.testing.assert_allclose(task.link({"logits": LOGITS}), probabilities, rtol=1e-5)
    targets = torch.from_numpy(CLASSES)
    assert task.loss({"logits": LOGITS}, targets).item() == pytest.approx(log_loss(CLASSES, probabilities), rel=1e-5)
    weighted = log_loss(CLASSES, probabilities, sample_weight=WEIGHTS)
    assert task.loss({"logits": LOGITS}, targets, WEIGHTS).item() == pytest.approx(weighted, rel=1e-5)


def test_multilabel_is_the_mean_of_its_questions():
    task = fitted("multilabel")
    probabilities = expit(LOGITS.double().numpy())
    np.testing.assert_allclose(task.link({"logits": LOGITS}), probabilities, rtol=1e-5)
    each = [log_loss(ANSWERS[:, i], probabilities[:, i]) for i in range(3)]
    assert task.loss({"logits": LOGITS}, torch.from_numpy(ANSWERS)).item() == pytest.approx(np.mean(each), rel=1e-5)
    each = [log_loss(ANSWERS[:, i], probabilities[:, i], sample_weight=WEIGHTS) for i in range(3)]
    loss = task.loss({"logits": LOGITS}, torch.from_numpy(ANSWERS), WEIGHTS).item()
    assert loss == pytest.approx(np.mean(each), rel=1e-5)


def test_regression_works_on_standardised_values():
    task = fitted("regression")
    mean, scale = VALUES.mean(0), VALUES.std(0)
    np.testing.assert_allclose(task.link({"logits": LOGITS}), LOGITS.numpy() * scale + mean, rtol=1e-5)
    loss = task.loss({"logits": LOGITS}, torch.from_numpy(VALUES)).item()
    assert loss == pytest.approx(mean_squared_error((VALUES - mean) / scale, LOGITS), rel=1e-5)
    one = fit_task("regression", VALUES[:, :1], ("x",))
    assert one.link({"logits": LOGITS[:, :1]}).shape == (ROWS,)


def test_constant_target_is_not_divided_by_zero():
    task = fit_task("regression", np.full((4, 1), 7.0, np.float32), ("x",))
    assert task.link({"logits": torch.zeros(2, 1)}).tolist() == [7, 7]
    assert task.loss({"logits": torch.zeros(4, 1)}, torch.full((4, 1), 7.0)).item() == 0


def test_balanced_classes_weigh_the_same():
    skewed = np.array([0] * 30 + [1] * 10)
    weights = compute_class_weight("balanced", classes=np.arange(2), y=skewed)
    task = fit_task("binary", skewed, ("no", "yes"), balanced=True)
    assert task.class_weights == pytest.approx(weights)
    assert fit_task("binary", skewed, ("no", "yes")).class_weights == (1, 1)
    wanted = F.binary_cross_entropy_with_logits(
        LOGITS[:, 0], torch.from_numpy(skewed).float(), weight=torch.tensor(weights[skewed], dtype=torch.float32)
    )
    torch.testing.assert_close(task.loss({"logits": LOGITS[:, :1]}, torch.from_numpy(skewed)), wanted)
    weights = compute_class_weight("balanced", classes=np.arange(3), y=CLASSES)
    assert fitted("multiclass", balanced=True).class_weights == pytest.approx(weights)
    both = fitted("multilabel", balanced=True).positive_weights
    assert both == pytest.approx((ROWS - ANSWERS.sum(0)) / ANSWERS.sum(0))


@pytest.mark.parametrize("name", ["multilabel", "regression"])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_unknown_answers_count_for_nothing(name, weights):
    task, targets = fitted(name), torch.from_numpy(TARGETS[name]).clone()
    targets[::2, 1] = torch.nan
    logits = LOGITS.clone().requires_grad_()
    loss = task.loss({"logits": logits}, targets, weights)
    loss.backward()
    assert logits.grad.isfinite().all()
    assert (logits.grad[::2, 1] == 0).all()
    assert (logits.grad[1::2] != 0).all()
    moved = LOGITS.clone()
    moved[::2, 1] += 100
    torch.testing.assert_close(task.loss({"logits": moved}, targets, weights), loss.detach())


@pytest.mark.parametrize("name", ["multilabel", "regression"])
def test_nothing_known_is_no_loss(name):
    targets = torch.full((4, 3), torch.nan)
    assert fitted(name).loss({"logits": LOGITS[:4]}, targets).item() == 0


@pytest.mark.parametrize("name", TASKS)
def test_every_task_keeps_its_promises(name):
    task = fitted(name, balanced=name != "regression")
    assert task_from_dict(task_to_dict(task)) == task
    outputs = outputs_for(name)
    assert task.score(outputs).shape == outputs["logits"].shape[:2]
    assert len(task.link(outputs)) == ROWS
    targets = torch.from_numpy(TARGETS[name])
    torch.testing.assert_close(task.loss(outputs, targets, torch.ones(ROWS)), task.loss(outputs, targets))
    assert task_module(name).PRIMARY


@pytest.mark.parametrize("name", TASKS)
def test_rows_without_weight_count_for_nothing(name):
    task = fitted(name)
    half = torch.cat([torch.ones(ROWS // 2), torch.zeros(ROWS // 2)])
    targets, outputs = torch.from_numpy(TARGETS[name]), outputs_for(name)
    first = {key: values[: ROWS // 2] for key, values in outputs.items()}
    torch.testing.assert_close(task.loss(outputs, targets, half), task.loss(first, targets[: ROWS // 2]))
