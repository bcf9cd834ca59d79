"""One file per kind of question. Each holds a frozen dataclass ``Task``: the only place that knows sigmoid and softmax.

Every ``Task`` has

- ``names``: the classes or targets, in order;
- ``outputs``: how many logits a model must give;
- ``loss(outputs, targets, weights)``: one number to descend; `outputs` as the model returns them, ``{"logits": (B,
  outputs)}``; `weights` (B,) or None;
- ``link(outputs)``: from there to predictions: (B,) for one answer, (B, T) for several, (B, T, P) along a window;
- ``score(outputs)``: one logit per answer, (B, 1) or (B, T);
- ``PRIMARY``: the metric that early decisions are taken by, larger is better;
- ``fit(targets, names)``: the task for given training targets, whatever it must learn from them (class weights, scale).
"""

from dataclasses import asdict
from types import ModuleType
from typing import Any

import numpy as np

from primase.core import registry

NUMBERS = ("regression", "counts", "profile")  # kinds whose answers are numbers, and no classes
TRACKS = ("counts", "profile")  # kinds whose answers lie along a window


def task_module(name: str) -> ModuleType:
    """Import the file of one kind of question."""
    return registry.load(__name__, name, "task")


def fit_task(name: str, targets: np.ndarray, names: tuple[str, ...], *, balanced: bool = False, **known: Any) -> Any:
    """Make the task for given training targets.

    Parameters
    ----------
    name : str
        Kind of question.
    targets : ndarray
        Training targets: (N,) int64 class indices, (N, T) float32, or (N, T, P) along a window.
    names : tuple of str
        Classes or targets, in order.
    balanced : bool
        Weigh the classes so that each counts the same.
    **known
        Fields of the task that data or system know: ``strand_pairs`` of tracks, a system's ``task_fields(config)``.

    Examples
    --------
    >>> fit_task("binary", np.array([0, 1, 1]), ("no", "yes")).outputs
    1
    """
    return task_module(name).Task.fit(targets, names, balanced=balanced, **known)


def task_to_dict(task: Any) -> dict[str, Any]:
    """Return a task as plain values."""
    return {"name": type(task).__module__.rpartition(".")[2], **asdict(task)}


def task_from_dict(values: dict[str, Any]) -> Any:
    """Make a task from what `task_to_dict` returned."""
    rest = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items() if key != "name"}
    return task_module(values["name"]).Task(**rest)
