"""Which examples are shown: those the model was surest of, and those it got most wrong."""

import math
from dataclasses import dataclass

import numpy as np

from primase.core.strands import experiment_names, group_strands
from primase.reporting.contents import Contents, Explained, mapping
from primase.reporting.words import UNITS, amounts, decimal, percent
from primase.tasks import NUMBERS

EXAMPLES = 10


@dataclass(frozen=True)
class Case:
    """One example to show.

    Attributes
    ----------
    row : int
        Among the explained examples.
    target : str
        Class or target whose attribution is drawn.
    title, words : str
        Its id, and what was true and what was predicted.
    """

    row: int
    target: str
    title: str
    words: str


@dataclass(frozen=True, eq=False)
class _Outcomes:
    """Explained test examples: rows among the explained, and truth and prediction, one column per class or target."""

    rows: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    labels: tuple[str, ...]


def choose_cases(contents: Contents, explained: Explained) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """Return the surest right ones (of a regression: the highest and the lowest) and the worst ones."""
    outcomes = _outcomes(contents, explained)
    if outcomes is None:
        return (), ()
    if contents.task in NUMBERS:
        return _choose_values(outcomes, explained, contents)
    return (_choose_labels if contents.task == "multilabel" else _choose_classes)(outcomes, explained)


def _outcomes(contents: Contents, explained: Explained) -> _Outcomes | None:
    table, names = contents.predictions, contents.names
    if "id" not in table or not names:
        return None
    place = {str(name): row for row, name in enumerate(table["id"])}
    pairs = [(row, place[name]) for row, name in enumerate(explained.ids.tolist()) if name in place]
    if "split" in table and (table["split"] == "test").any():
        pairs = [pair for pair in pairs if table["split"][pair[1]] == "test"]
    if not pairs:
        return None
    rows, found = (np.array(column) for column in zip(*pairs, strict=True))
    truth = _truth(contents, found)
    columns = [f"prediction_{name}" for name in names]
    if all(column in table for column in columns):
        predicted = np.stack([table[column][found].astype(float) for column in columns], 1)
    elif "prediction" in table:
        predicted = table["prediction"][found].astype(float)[:, None]
        if contents.task == "binary":
            predicted = np.hstack([1 - predicted, predicted])
    else:
        return None
    if truth is None or truth.shape != predicted.shape:
        return None
    return _Outcomes(rows, truth, predicted, tuple(names))


def _truth(contents: Contents, found: np.ndarray) -> np.ndarray | None:
    table, names = contents.predictions, contents.names
    if contents.task in ("binary", "multiclass"):
        if "target" not in table:
            return None
        known = {name: number for number, name in enumerate(names)}
        values = [known.get(str(value), value) for value in table["target"][found]]
        return np.eye(len(names))[np.array(values, np.int64)]
    columns = [next((key for key in (f"target_{name}", name, "target") if key in table), "") for name in names]
    if not all(columns):
        return None
    return np.stack([table[column][found].astype(float) for column in columns], 1)


def _choose_classes(outcomes: _Outcomes, explained: Explained) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    called, true = outcomes.predicted.argmax(1), outcomes.truth.argmax(1)
    every = np.arange(len(true))
    of_truth = outcomes.predicted[every, true]
    queues = []  # one per class, the surest first: the classes take turns
    for label in reversed(range(len(outcomes.labels))):
        own = np.flatnonzero((true == label) & (called == label))
        queues.append(own[np.argsort(-of_truth[own], kind="stable")].tolist())
    turns = [queue[turn] for turn in range(EXAMPLES) for queue in queues if turn < len(queue)][:EXAMPLES]
    worst = np.argsort(of_truth, kind="stable")[:EXAMPLES]

    def case(index: int) -> Case:
        truth, answer = outcomes.labels[true[index]], outcomes.labels[called[index]]
        chance = percent(float(outcomes.predicted[index, called[index]]))
        words = f"true class {truth}; predicted {answer} with {chance}"
        target = outcomes.labels[1] if len(outcomes.labels) == 2 else outcomes.labels[called[index]]
        return _case(outcomes, explained, index, target, words)

    return tuple(map(case, turns)), tuple(map(case, worst))


def _choose_labels(outcomes: _Outcomes, explained: Explained) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    errors = np.abs(np.nan_to_num(outcomes.truth - outcomes.predicted))
    right = np.where(outcomes.truth == 1, outcomes.predicted, -1.0)

    def case(index: int, label: int) -> Case:
        name, present = outcomes.labels[label], outcomes.truth[index, label] == 1
        chance = percent(float(outcomes.predicted[index, label]))
        words = f"{name} is {'present' if present else 'absent'}; predicted with {chance}"
        return _case(outcomes, explained, index, name, words)

    surest = [index for index in np.argsort(-right.max(1), kind="stable")[:EXAMPLES] if right[index].max() >= 0.5]
    worst = np.argsort(-errors.max(1), kind="stable")[:EXAMPLES]
    return (
        tuple(case(index, int(right[index].argmax())) for index in surest),
        tuple(case(index, int(errors[index].argmax())) for index in worst),
    )


def _choose_values(
    outcomes: _Outcomes, explained: Explained, contents: Contents
) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    predicted = outcomes.predicted[:, 0]
    order = np.argsort(-predicted, kind="stable")
    half = EXAMPLES // 2
    extreme = order if len(order) <= EXAMPLES else np.concatenate([order[:half], order[-half:]])
    errors = np.abs(outcomes.predicted - outcomes.truth) / np.nan_to_num(np.nanstd(outcomes.truth, axis=0)).clip(1e-12)
    errors = np.nan_to_num(errors)
    worst = np.argsort(-errors.max(1), kind="stable")[:EXAMPLES]
    pairs = mapping(contents.dataset.get("tracks")).get("strand_pairs") or ()
    groups = zip(group_strands(outcomes.labels, pairs), experiment_names(outcomes.labels, pairs), strict=True)
    experiment = {track: name for group, name in groups for track in group}  # strands are explained together

    def case(index: int, target: int) -> Case:
        measured, found = float(outcomes.truth[index, target]), float(outcomes.predicted[index, target])
        values = f"measured {decimal(measured)}, predicted {decimal(found)}"
        if contents.task in UNITS:  # totals of tracks, as log(1 + total)
            values = amounts(contents.task, math.expm1(measured), math.expm1(found))
        words = values if len(outcomes.labels) == 1 else f"{outcomes.labels[target]}: {values}"
        return _case(outcomes, explained, index, experiment[target], words)

    return (
        tuple(case(int(index), 0) for index in extreme),
        tuple(case(int(index), int(errors[index].argmax())) for index in worst),
    )


def _case(outcomes: _Outcomes, explained: Explained, index: int, target: str, words: str) -> Case:
    row = int(outcomes.rows[index])
    return Case(row, target, str(explained.ids[row]), words)
