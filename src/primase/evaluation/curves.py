"""Curves and bins behind the figures, thinned to what a figure can show."""

from typing import Any

import numpy as np

from primase.evaluation.scoring import measure, one_against_rest
from primase.metrics.probability import reliability_bins
from primase.metrics.ranking import precision_recall_curve, roc_curve
from primase.tasks import NUMBERS

POINTS = 200
ALL_POINTS = 8000  # of all classes together
DIGITS = 5


def thin_curve(across: np.ndarray, up: np.ndarray, points: int) -> tuple[list[float], list[float]]:
    """Keep at most so many points of a curve, evenly along its length, and its ends.

    Examples
    --------
    >>> thin_curve(np.linspace(0, 1, 101), np.linspace(0, 1, 101), 3)
    ([0.0, 0.5, 1.0], [0.0, 0.5, 1.0])
    """
    if len(across) > points:
        way = np.append(0.0, np.cumsum(np.abs(np.diff(across)) + np.abs(np.diff(up))))
        # the margin keeps a point that rounding puts just behind its place
        kept = np.unique(np.searchsorted(way, np.linspace(0, way[-1], points) - 1e-9))
        across, up = across[kept], up[kept]
    return across.round(DIGITS).tolist(), up.round(DIGITS).tolist()


def trace_curves(
    kind: str, names: tuple[str, ...], targets: np.ndarray, predictions: np.ndarray
) -> dict[str, dict[str, dict[str, list[float]]]]:
    """Return the ROC and precision-recall curve of each class or label; none for numbers.

    Returns
    -------
    dict
        ``roc``: name -> ``fpr``, ``tpr``; ``pr``: name -> ``recall``, ``precision``. A class without positives or
        negatives has no curve; a binary question has those of its second class.
    """
    out: dict[str, dict[str, dict[str, list[float]]]] = {"roc": {}, "pr": {}}
    if kind in NUMBERS:
        return out
    answers, chances = one_against_rest(kind, targets, predictions)
    points = max(20, min(POINTS, ALL_POINTS // answers.shape[1]))
    for name, answer, chance in zip(names[-answers.shape[1] :], answers.T, chances.T, strict=True):
        known = ~np.isnan(answer)
        false, true = thin_curve(*roc_curve(answer[known], chance[known]), points)
        recall, precision = thin_curve(*precision_recall_curve(answer[known], chance[known]), points)
        if false:
            out["roc"][name] = {"fpr": false, "tpr": true}
        if recall:
            out["pr"][name] = {"recall": recall, "precision": precision}
    return out


def describe_reliability(kind: str, targets: np.ndarray, predictions: np.ndarray) -> dict[str, Any]:
    """Return the expected calibration error, and the bins of all questions together."""
    answers, chances = one_against_rest(kind, targets, predictions)
    known = ~np.isnan(answers)
    error = float(measure(kind, targets, predictions, only="ece")["ece"][0])
    return {"ece": None if np.isnan(error) else error, "bins": reliability_bins(answers[known], chances[known])}
