"""The loop learns, is deterministic, stops early, and goes on bit for bit from any checkpoint."""

import dataclasses
import itertools

import pytest
import torch

from conftest import make_dataset
from primase import zoo
from primase.core.plan import Plan
from primase.curation.augmentation import Augmentation
from primase.curation.encoding import SequenceBatches
from primase.tasks import fit_task
from primase.training import loop
from primase.training.loop import train_network

CPU = torch.device("cpu")


def setting(plan: Plan, *, task: str = "binary", seed: int = 1, **extra):
    data = make_dataset(task=task)
    rows = {part: data.part(part) for part in ("train", "valid")}
    question = fit_task(task, data.targets[rows["train"]], data.names)
    config, _ = zoo.adapt(
        "primer_cnn", zoo.configure("primer_cnn", variant="base"), length=40, channels=4, outputs=question.outputs
    )
    net = zoo.create("primer_cnn", config, seed=seed)
    net.dropout = torch.nn.Dropout(0.05)  # draws from the global random state
    forward = net.forward
    net.forward = lambda seq: forward(seq=net.dropout(seq))
    train = SequenceBatches(data, rows["train"], length=40, device=CPU, augmentation=Augmentation(False, 2), seed=seed)
    valid = SequenceBatches(data, rows["valid"], length=40, device=CPU)
    return lambda **more: train_network(
        net, train, valid, question, plan, metric=lambda *_: 0.0, seed=seed, **extra, **more
    )


def same(a, b) -> bool:
    return all(torch.equal(a.state[name], b.state[name]) for name in a.state)


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
def test_loss_falls_on_every_task(task):
    trained = setting(Plan(epochs=15, learning_rate=1e-2, batch_size=32, patience=0), task=task)()
    losses = [row["train_loss"] for row in trained.history]
    assert losses[-1] < 0.9 * losses[0]
    assert trained.stopped == "finished"
    classes = task in ("binary", "multiclass")  # only their calls are right or wrong
    assert all((row["train_accuracy"] is not None) == classes for row in trained.history)
    assert all((row["valid_accuracy"] is not None) == classes for row in trained.history)


def test_same_seed_same_weights_and_global_state_untouched():
    plan = Plan(epochs=3, average=0.9)
    before = torch.get_rng_state()
    first, second, other = setting(plan)(), setting(plan)(), setting(plan, seed=2)()
    assert same(first, second)
    assert not same(first, other)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("optimiser", ["adamw", "adam", "rmsprop", "sgd"])
@pytest.mark.parametrize("stop_at", [1, 7, 8, 9, 12, 16, 25])
def test_resumed_training_is_bit_identical(tmp_path, monkeypatch, optimiser, stop_at):
    plan = Plan(epochs=5, batch_size=40, optimiser=optimiser, average=0.8, balance="none", patience=3)
    whole = setting(plan)()
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", -1.0)  # after every step
    steps = itertools.count(1)
    save = loop.save_checkpoint

    def save_then_die(*arguments):
        save(*arguments)
        if next(steps) == stop_at:
            raise KeyboardInterrupt

    monkeypatch.setattr(loop, "save_checkpoint", save_then_die)
    with pytest.raises(KeyboardInterrupt):
        setting(plan)(checkpoint=tmp_path / "checkpoint.safetensors")
    resumed = setting(plan)(checkpoint=tmp_path / "checkpoint.safetensors")
    assert same(whole, resumed)
    drop = {"seconds"}
    assert [{k: v for k, v in row.items() if k not in drop} for row in whole.history] == [
        {k: v for k, v in row.items() if k not in drop} for row in resumed.history
    ]


def test_patience_stops_and_keeps_the_best_weights():
    trained = setting(Plan(epochs=60, learning_rate=0.05, patience=2, batch_size=16))()
    losses = [row["valid_loss"] for row in trained.history]
    assert trained.stopped == "patience"
    assert trained.best_epoch == losses.index(min(losses)) + 1 == len(losses) - 2


def test_explosion_is_named_and_finite_weights_are_kept():
    plan = Plan(epochs=5, learning_rate=1e30, optimiser="sgd", clip=0.0, schedule="constant", warmup=0.0)
    trained = setting(plan)()
    assert trained.stopped == "exploded"
    assert all(torch.isfinite(tensor).all() for tensor in trained.state.values())


def test_max_norm_holds_after_training():
    plan = Plan(epochs=2, learning_rate=0.1, max_norm=0.5, keep="last", patience=0)
    state = setting(plan)().state
    assert max(t.flatten(1).norm(dim=1).max() for t in state.values() if t.ndim > 1) <= 0.5 + 1e-5


def test_plan_without_validation_keeps_the_last_weights():
    data = make_dataset()
    question = fit_task("binary", data.targets, data.names)
    config, _ = zoo.adapt("primer_cnn", zoo.configure("primer_cnn", variant="tiny"), length=40, channels=4, outputs=1)
    net = zoo.create("primer_cnn", config)
    train = SequenceBatches(data, data.part("train"), length=40, device=CPU)
    plan = dataclasses.replace(Plan(), epochs=2)
    trained = train_network(net, train, None, question, plan, metric=lambda *_: 0.0, seed=0)
    assert trained.best_epoch == 2
    assert torch.equal(trained.state["conv.weight"], net.conv.weight)
