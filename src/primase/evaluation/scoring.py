"""Which metrics a kind of question has, and how all of them are taken at once.

Questions with several answers are taken apart into one question per class (one against the rest), label or target; the
value of a metric is the mean over those, except for what is defined over all classes at once (`TOGETHER`).
"""

from collections.abc import Callable

import numpy as np

from primase.metrics import counts, profile
from primase.metrics.classification import accuracy, balanced_accuracy, f1, mcc
from primase.metrics.probability import brier, ece, log_loss
from primase.metrics.ranking import auroc, average_precision
from primase.metrics.regression import pearson_r, r2, rmse, spearman_r
from primase.tasks import NUMBERS, TRACKS, task_module

Metric = Callable[[np.ndarray, np.ndarray, np.ndarray | None], np.ndarray]

OF_CALLS: dict[str, Metric] = {"accuracy": accuracy, "balanced_accuracy": balanced_accuracy, "mcc": mcc, "f1": f1}
OF_PROBABILITIES: dict[str, Metric] = {
    "auroc": auroc,
    "average_precision": average_precision,
    "log_loss": log_loss,
    "brier": brier,
    "ece": ece,
}
OF_VALUES: dict[str, Metric] = {"pearson_r": pearson_r, "spearman_r": spearman_r, "r2": r2, "rmse": rmse}

OF_COUNTS: dict[str, Metric] = {
    "log_count_pearson_r": counts.log_count_pearson_r,
    "log_count_spearman_r": counts.log_count_spearman_r,
    "bin_pearson_r": counts.bin_pearson_r,
    "poisson_nll": counts.poisson_nll,
    "deviance_explained": counts.deviance_explained,
}
OF_PROFILES: dict[str, Metric] = {
    "log_count_pearson_r": counts.log_count_pearson_r,
    "log_count_spearman_r": counts.log_count_spearman_r,
    "profile_jsd": profile.profile_jsd,
    "profile_nll": profile.profile_nll,
}

METRICS: dict[str, dict[str, Metric]] = {
    "binary": OF_CALLS | OF_PROBABILITIES,
    "multiclass": OF_CALLS | OF_PROBABILITIES,
    "multilabel": OF_CALLS | OF_PROBABILITIES,
    "regression": OF_VALUES,
    "counts": OF_COUNTS,
    "profile": OF_PROFILES,
}
SMALLER_IS_BETTER = frozenset({"log_loss", "brier", "ece", "rmse", "poisson_nll", "profile_jsd", "profile_nll"})
TOGETHER = frozenset({"accuracy", "balanced_accuracy", "mcc", "log_loss"})  # over all classes of a multiclass question


def call_classes(kind: str, predictions: np.ndarray, threshold: float | np.ndarray = 0.5) -> np.ndarray:
    """Return the called class of each row, or yes (1) or no (0) to each question.

    Parameters
    ----------
    kind : str
        ``binary``, ``multiclass`` or ``multilabel``.
    predictions : ndarray
        (N,) probability of the second class, (N, C) of each class, or (N, T) of each yes.
    threshold : float or ndarray
        From which probability on the answer is yes: one number, one per row, per question (T,), or (N, T). A
        multiclass question takes the most probable class.

    Returns
    -------
    ndarray, shape=(N,) or (N, T), int64

    Examples
    --------
    >>> call_classes("binary", np.array([0.2, 0.5, 0.9])).tolist()
    [0, 1, 1]
    """
    if kind == "multiclass":
        return predictions.argmax(1)
    return (predictions >= threshold).astype(np.int64)


def measure(
    kind: str,
    targets: np.ndarray,
    predictions: np.ndarray,
    *,
    threshold: float | np.ndarray = 0.5,
    weights: np.ndarray | None = None,
    only: str | None = None,
) -> dict[str, np.ndarray]:
    """Take every metric of a kind of question.

    Parameters
    ----------
    kind : str
        One of `METRICS`.
    targets : ndarray
        (N,) classes, or (N, T), NaN where unknown; (N, T, P) for tracks along a window.
    predictions : ndarray
        (N,), (N, T) or (N, T, P): probabilities, values or expected counts.
    threshold : float or ndarray
        As in `call_classes`.
    weights : ndarray, shape=(R, N), optional
        How often each row counts, R times.
    only : str, optional
        The one metric that is wanted.

    Returns
    -------
    dict of str to ndarray, shape=(K,) or (R, K)
        For each metric its value first, then, where there are several classes, labels or targets, theirs in order.

    Examples
    --------
    >>> out = measure("binary", np.array([0, 1, 1]), np.array([0.2, 0.4, 0.9]))
    >>> float(out["auroc"][0]), round(float(out["accuracy"][0]), 4)
    (1.0, 0.6667)
    """
    wanted = {only: METRICS[kind][only]} if only else METRICS[kind]
    if kind in TRACKS:
        return _measure_tracks(wanted, targets, predictions, weights)
    answers, figures = one_against_rest(kind, targets, predictions)
    calls = None
    if kind not in NUMBERS:
        calls = one_against_rest(kind, call_classes(kind, predictions, threshold), predictions)[0].astype(np.int64)
    out = {}
    for name, metric in wanted.items():
        each = []
        said = calls if calls is not None and name in OF_CALLS else figures
        for target, prediction in zip(answers.T, said.T, strict=True):
            known = ~np.isnan(target)
            share = weights if weights is None or known.all() else weights[:, known]
            each.append(metric(target[known], prediction[known], share))
        out[name] = np.stack(each, -1)
        if len(each) > 1:
            out[name] = np.concatenate([_mean_known(out[name]), out[name]], -1)
    if kind == "multiclass":
        for name in TOGETHER & wanted.keys():
            out[name][..., 0] = _over_classes(name, targets, predictions, weights)
    return out


def _measure_tracks(
    wanted: dict[str, Metric], targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None
) -> dict[str, np.ndarray]:
    """Take metrics of each track, and their mean over the tracks where there are several."""
    out = {}
    for name, metric in wanted.items():
        tracks = range(targets.shape[1])
        each = np.stack([metric(targets[:, track], predictions[:, track], weights) for track in tracks], -1)
        out[name] = np.concatenate([_mean_known(each), each], -1) if len(tracks) > 1 else each
    return out


def one_against_rest(kind: str, targets: np.ndarray, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take a question apart: targets (N, T) and predictions (N, T) of each class, label or target."""
    if kind == "multiclass":
        targets = targets[:, None] == np.arange(predictions.shape[1])
    both = (values[:, None] if values.ndim == 1 else values for values in (targets, predictions))
    first, second = (values.astype(np.float64) for values in both)
    return first, second


def _mean_known(values: np.ndarray) -> np.ndarray:
    """Return the mean over the last axis of what is not NaN, the axis kept."""
    known = ~np.isnan(values)
    count = known.sum(-1, keepdims=True)
    total = np.where(known, values, 0.0).sum(-1, keepdims=True)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _over_classes(name: str, targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    calls, classes = predictions.argmax(1), predictions.shape[1]
    if name == "log_loss":
        return log_loss(targets, predictions, weights)
    if name == "accuracy":
        return accuracy(targets, calls, weights)
    return {"balanced_accuracy": balanced_accuracy, "mcc": mcc}[name](targets, calls, weights, classes=classes)


def primary_metric(kind: str, name: str | None = None) -> Callable[[np.ndarray, np.ndarray], float]:
    """Return ``metric(targets, predictions)``, larger is better, that decisions on a kind of question are taken by.

    Parameters
    ----------
    kind : str
    name : str, optional
        Which metric; by default the task's own (``PRIMARY``).

    Examples
    --------
    >>> primary_metric("binary")(np.array([0, 1]), np.array([0.2, 0.8]))
    1.0
    """
    name = name or task_module(kind).PRIMARY
    sign = -1.0 if name in SMALLER_IS_BETTER else 1.0
    return lambda targets, predictions: sign * float(measure(kind, targets, predictions, only=name)[name][0])
