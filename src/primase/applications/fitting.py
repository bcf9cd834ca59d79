"""From a data set to trained networks: chooses what the user left open, trains every member, keeps what is done."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from primase import zoo
from primase.applications.trained import WEIGHTS_FILE, TrainedModel
from primase.core.batch import Outputs
from primase.core.errors import PrimaseError
from primase.core.plan import Plan, override
from primase.core.weights import load_weights, save_weights
from primase.curation.augmentation import Augmentation
from primase.curation.dataset import Dataset
from primase.curation.encoding import SequenceBatches
from primase.curation.sequences import GenomeSequences
from primase.curation.training_intervals import record_intervals
from primase.evaluation.scoring import primary_metric
from primase.inference import count_operations, threads_for
from primase.tasks import NUMBERS, fit_task
from primase.training import (
    Trained,
    choose_precision,
    diagnose_training,
    read_history,
    train_network,
    write_history,
)
from primase.training.loop import Progress

Say = Callable[[str], None]
PREPARED = 10_000  # most sequences that a system is handed at once, to prepare or to settle
SURVEYED = 2_000  # most windows whose signal is looked at to make the task
IMBALANCE = 3.0  # from this ratio between the largest and the smallest class, classes are weighed


@dataclass(frozen=True, kw_only=True)
class Choice:
    """All that is settled before the first step of training; written down, so that a resumed run does the same.

    Attributes
    ----------
    system, variant : str
    config : Config
        Fitted to the data.
    plan : Plan
    strands : int
    balance : str
        ``none``, ``weights`` or ``sampling``.
    notes : tuple of str
        Sentences for the user: what was chosen and why, what differs from the paper.
    """

    system: str
    variant: str
    config: Any
    plan: Plan
    strands: int
    balance: str
    notes: tuple[str, ...]


def choose_balance(wish: str, dataset: Dataset) -> tuple[str, str]:
    """Decide how class imbalance is met, and say so."""
    if wish == "sampling" and dataset.task not in ("binary", "multiclass"):
        raise PrimaseError(f"plan.balance is sampling for {dataset.task}", fix="use none, or weights for classes")
    if wish == "weights" and dataset.task in NUMBERS:
        raise PrimaseError(f"plan.balance is weights for {dataset.task}", fix="use none: there are no classes")
    if wish != "auto" or dataset.task in NUMBERS:
        return ("none" if wish == "auto" else wish), ""
    targets = dataset.targets[dataset.part("train")]
    if dataset.task == "multilabel":
        share = np.nanmean(targets, 0)
        ratio = float(np.max(np.maximum(share, 1 - share) / np.minimum(share, 1 - share).clip(1e-9)))
    else:
        counts = np.bincount(targets, minlength=len(dataset.names)).clip(1)
        ratio = float(counts.max() / counts.min())
    if ratio < IMBALANCE:
        return "none", ""
    return "weights", f"the classes differ {ratio:.1f}-fold in size: each class has the same weight in the loss"


def fit_members(
    dataset: Dataset,
    choice: Choice,
    folder: Path,
    *,
    seed: int,
    device: torch.device,
    say: Say,
    report: Callable[[str, Progress], None] | None = None,
) -> TrainedModel:
    """Train every member of `choice` on `dataset`; a member whose weights lie in `folder` is taken from there.

    Parameters
    ----------
    dataset : Dataset
        With folds, one set of members is trained per fold.
    choice : Choice
    folder : Path
        The run's ``model`` folder.
    seed : int
        The members' seeds are `seed`, `seed` + 1, ...
    device : torch.device
    say : callable
        Told in sentences what happens.
    report : callable, optional
        ``report(member, progress)``.

    Returns
    -------
    TrainedModel
        Not yet calibrated.
    """
    folds = [None] if dataset.folds is None else list(range(int(dataset.folds.max()) + 1))
    seeds = [seed + number for number in range(choice.plan.members)]
    single = len(folds) * len(seeds) == 1
    networks: dict[str, nn.Module] = {}
    diagnosis: list[str] = []
    precision = {"precision": "float32", "why_precision": ""}
    task = None
    for fold in folds:
        data = dataset if fold is None else dataset.fold(fold)
        fold_task = _fit_task(data, choice)
        task = task or fold_task
        if hasattr(task, "scale"):
            # one model, one unit: all that this tells of the rows of other folds is one mean and one spread
            fold_task = task
        for member_seed in seeds:
            name = "" if single else f"{fold or 0}-{member_seed}"
            net, words, precision = _fit_member(
                data, choice, folder / name, name, task=fold_task, seed=member_seed, device=device, report=report
            )
            networks[name] = net
            diagnosis += [f"{name or choice.system}: {sentence}" if not single else sentence for sentence in words]
    for sentence in diagnosis:
        say(sentence)
    facts = {
        "plan": asdict(choice.plan),
        "balance": choice.balance,
        "notes": list(choice.notes),
        "diagnosis": diagnosis,
        **precision,
    }
    return TrainedModel(
        networks=networks,
        system=choice.system,
        variant=choice.variant,
        config=choice.config,
        task=task,
        alphabet=dataset.alphabet,
        policy=dataset.policy,
        strands=choice.strands,
        structure=dataset.sequences.structure is not None,
        facts=facts
        | ({"window": dataset.length} if isinstance(dataset.sequences, GenomeSequences) else {})
        | _track_facts(dataset)
        | record_intervals(dataset, folder, shift=choice.plan.shift),
    )


def _track_facts(dataset: Dataset) -> dict[str, Any]:
    """Return what a model of tracks must know of them when it is used."""
    tracks = dataset.tracks
    if tracks is None:
        return {}
    pairs = {"strand_pairs": list(tracks.strand_pairs), "control_pairs": list(tracks.control_pairs)}
    return {**pairs, "bin": tracks.bin, "controls": 0 if tracks.control is None else tracks.control.shape[1]}


def _fit_task(data: Dataset, choice: Choice) -> Any:
    rows = data.part("train")
    if data.tracks is None:
        return fit_task(data.task, data.targets[rows], data.names, balanced=choice.balance == "weights")
    module = zoo.system_module(choice.system)
    known = module.task_fields(choice.config) if hasattr(module, "task_fields") else {}
    some = data.tracks.middle(_draw(rows, SURVEYED, 0))
    return fit_task(data.task, some, data.names, strand_pairs=data.tracks.strand_pairs, **known)


def _fit_member(
    data: Dataset,
    choice: Choice,
    folder: Path,
    name: str,
    *,
    task: Any,
    seed: int,
    device: torch.device,
    report: Callable[[str, Progress], None] | None,
) -> tuple[nn.Module, list[str], dict[str, str]]:
    """Train one member, or take it from `folder`; return it, its troubles and its precision."""
    plan, rows = choice.plan, {part: data.part(part) for part in ("train", "valid")}
    net = zoo.create(choice.system, choice.config, seed=seed).to(device)
    train = SequenceBatches(
        data,
        rows["train"],
        length=choice.config.length,
        device=device,
        augmentation=Augmentation(choice.strands == 2, plan.shift, plan.mutate),
        seed=seed,
        fresh_negatives=plan.fresh_negatives and data.facts.get("negatives") == "shuffle",
        balanced=choice.balance == "sampling",
    )
    first = next(train.in_order(plan.batch_size))
    precision, why = choose_precision(net, first, task, plan.precision)
    facts = {"precision": precision, "why_precision": why}
    null = math.nan  # of tracks the loss has no zero
    if data.tracks is None:
        null = task_null_loss(task, data.targets[rows["train"]], sampled=choice.balance == "sampling")
    if (folder / WEIGHTS_FILE).is_file():
        net.load_state_dict(load_weights(folder / WEIGHTS_FILE, device))
        history = read_history(folder / "history.csv")
        stopped = "finished" if all(_is_finite(row["train_loss"]) for row in history) else "exploded"
    else:
        work = 3 * count_operations(net, first.inputs, training=True)  # forward, and backward twice as much
        with threads_for(work):
            trained = _train(net, train, rows, data, choice, folder, name, task, seed, device, precision, report)
        history, stopped = trained.history, trained.stopped
        write_history(folder / "history.csv", [{"member": name, **row} for row in history])
        save_weights(folder / WEIGHTS_FILE, trained.state)
        (folder / "checkpoint.safetensors").unlink(missing_ok=True)
    return net.eval(), diagnose_training(history, plan, stopped=stopped, null_loss=null), facts


def _train(  # noqa: PLR0913
    net: nn.Module,
    train: SequenceBatches,
    rows: dict[str, np.ndarray],
    data: Dataset,
    choice: Choice,
    folder: Path,
    name: str,
    task: Any,
    seed: int,
    device: torch.device,
    precision: str,
    report: Callable[[str, Progress], None] | None,
) -> Trained:
    module = zoo.system_module(choice.system)
    valid = None
    if len(rows["valid"]):
        valid = SequenceBatches(data, rows["valid"], length=choice.config.length, device=device)
    if hasattr(module, "prepare"):
        drawn = _draw(rows["train"], PREPARED, seed)
        some = SequenceBatches(data, drawn, length=choice.config.length, device=device)
        units = data.units[drawn][some.owner]
        module.prepare(net, next(some.in_order(len(some))), task, units=units, strands=choice.strands, seed=seed)
    score = primary_metric(data.task)

    def metric(outputs: Outputs, targets: Tensor) -> float:
        return score(targets.cpu().numpy(), task.link(outputs).cpu().numpy())

    trained = train_network(
        net,
        train,
        valid,
        task,
        choice.plan,
        metric=metric,
        seed=seed,
        precision=precision,
        checkpoint=folder / "checkpoint.safetensors",
        report=None if report is None else lambda progress: report(name, progress),
    )
    if hasattr(module, "settle") and valid is not None:
        some = SequenceBatches(data, _draw(rows["valid"], PREPARED, seed), length=choice.config.length, device=device)
        module.settle(net, next(some.in_order(len(some))), task)
        trained = replace(trained, state=net.state_dict())
    return trained


def _is_finite(value: float | None) -> bool:
    return value is not None and np.isfinite(value)


def _draw(rows: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Return at most so many rows, drawn at random, in their order."""
    return rows if len(rows) <= most else np.sort(np.random.default_rng(seed).permutation(rows)[:most])


def task_null_loss(task: Any, targets: np.ndarray, *, sampled: bool = False) -> float:
    """Return the loss of the best constant answer to `targets`: what any training must beat.

    `sampled` says that the classes are drawn equally often.
    """
    if hasattr(task, "scale"):
        return 1.0  # targets are standardised
    if targets.dtype.kind == "f":
        share = np.nanmean(targets, 0)
        masses = np.stack([1 - share, share * (task.positive_weights or 1.0)])
    elif sampled:
        masses = np.full((len(task.names), 1), 1 / len(task.names))
    else:
        share = np.bincount(targets, minlength=len(task.names)) / len(targets)
        masses = (share * (task.class_weights or 1.0))[:, None]
    masses = masses.clip(1e-9)
    return float(-(masses * np.log(masses / masses.sum(0))).sum(0).mean())


def published_or_house(system: str, wish: str, changes: dict[str, Any]) -> Plan:
    """Return the plan that was asked for, with the user's changes.

    The house plan is `Plan`'s defaults; a system of primase's own, which no paper has, brings its own in ``PLAN``.
    """
    module = zoo.system_module(system)
    plan = module.PLAN if wish == "published" or not module.CARD.doi else Plan()
    return override(plan, changes, "plan")
