"""Metrics of an order: how well a score puts positives before negatives. They do not depend on a threshold."""

import numpy as np

from primase.metrics.weighting import as_given, check_pair, weight_rows


def tie_ends(ordered: np.ndarray) -> np.ndarray:
    """Return whether each place of a sorted array is the last of its ties, shape (N,)."""
    return np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)]


def falling_order(predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows by falling prediction, and which places end a run of ties."""
    order = np.argsort(-predictions, kind="stable")
    return order, tie_ends(predictions[order])


def auroc(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the area under the receiver operating characteristic.

    The chance that a random positive has a higher score than a random negative, ties counting half.

    Parameters
    ----------
    targets : ndarray, shape=(N,)
        1 for a positive, 0 for a negative.
    predictions : ndarray, shape=(N,)
        Scores; larger means positive.
    weights : ndarray, shape=(N,) or (R, N), optional
        How often each row counts; several rows give several values.

    Returns
    -------
    ndarray, shape=() or (R,)
        NaN where there is one class only.

    Examples
    --------
    >>> float(auroc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])))
    0.75
    """
    return _areas(targets, predictions, weights)[..., 0]


def average_precision(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the mean of the precision at each positive, from the highest score down.

    Parameters and shapes are those of `auroc`; NaN where there is no positive. For random scores it is the share of
    positives.

    Examples
    --------
    >>> round(float(average_precision(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))), 4)
    0.8333
    """
    return _areas(targets, predictions, weights)[..., 1]


def _areas(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    from primase.metrics.kernels import ranking_areas

    targets, predictions = check_pair(targets, predictions)
    order, ends = falling_order(predictions)
    return as_given(ranking_areas(targets > 0, order, ends, weight_rows(weights, len(targets))), weights)


def roc_curve(targets: np.ndarray, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the false and true positive rates at every threshold, from none called to all called.

    Returns
    -------
    false, true : ndarray, shape=(K,)
        Empty where there is one class only.

    Examples
    --------
    >>> false, true = roc_curve(np.array([0, 1, 1]), np.array([0.1, 0.4, 0.8]))
    >>> false.tolist(), true.tolist()
    ([0.0, 0.0, 0.0, 1.0], [0.0, 0.5, 1.0, 1.0])
    """
    right, wrong = _called(targets, predictions)
    if not len(right) or right[-1] == 0 or wrong[-1] == 0:
        return np.zeros(0), np.zeros(0)
    return np.append(0.0, wrong / wrong[-1]), np.append(0.0, right / right[-1])


def precision_recall_curve(targets: np.ndarray, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return recall and precision at every threshold, from the highest score down.

    Returns
    -------
    recall, precision : ndarray, shape=(K,)
        Empty where there is no positive.

    Examples
    --------
    >>> recall, precision = precision_recall_curve(np.array([0, 1, 1]), np.array([0.1, 0.4, 0.8]))
    >>> recall.tolist(), precision.round(2).tolist()
    ([0.5, 1.0, 1.0], [1.0, 1.0, 0.67])
    """
    right, wrong = _called(targets, predictions)
    if not len(right) or right[-1] == 0:
        return np.zeros(0), np.zeros(0)
    return right / right[-1], right / (right + wrong)


def _called(targets: np.ndarray, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count the positives and negatives at or above each distinct score, highest first."""
    targets, predictions = check_pair(targets, predictions)
    order, ends = falling_order(predictions)
    positive = (targets > 0)[order]
    return np.cumsum(positive)[ends], np.cumsum(~positive)[ends]
