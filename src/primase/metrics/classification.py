"""Metrics of called classes: each a function of the confusion matrix.

Classes are numbered from 0; in a binary question 1 is the positive class. A metric that has no meaning for the sample,
for instance because it holds one class only, is NaN.
"""

import numpy as np

from primase.core.errors import ShapeError
from primase.metrics.weighting import as_given, check_pair, ratio, weight_rows


def confusion_matrix(
    targets: np.ndarray, calls: np.ndarray, *, classes: int = 2, weights: np.ndarray | None = None
) -> np.ndarray:
    """Count the rows of each true class (axis -2) that were called each class (axis -1).

    Parameters
    ----------
    targets, calls : ndarray, shape=(N,), int
        True and called class of each row.
    classes : int
        How many classes there are.
    weights : ndarray, shape=(N,) or (R, N), optional
        How often each row counts.

    Returns
    -------
    ndarray, shape=(classes, classes) or (R, classes, classes), float64

    Raises
    ------
    ShapeError
        If the shapes differ or a class is out of range.

    Examples
    --------
    >>> confusion_matrix(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])).tolist()
    [[1.0, 1.0], [0.0, 2.0]]
    """
    targets, calls = (values.astype(np.int64) for values in check_pair(targets, calls))
    for name, values in (("targets", targets), ("calls", calls)):
        if len(values) and not 0 <= values.min() <= values.max() < classes:
            raise ShapeError(
                f"{name} run from {values.min()} to {values.max()} for {classes} classes", fix="number classes from 0"
            )
    rows = weight_rows(weights, len(targets))
    cell = targets * classes + calls
    out = np.stack([np.bincount(cell, row, minlength=classes * classes) for row in rows])
    return as_given(out.reshape(-1, classes, classes), weights)


def accuracy(targets: np.ndarray, calls: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the share of rows called right, shape () or (R,).

    Examples
    --------
    >>> float(accuracy(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])))
    0.75
    """
    targets, calls = check_pair(targets, calls)
    rows = weight_rows(weights, len(targets))
    return as_given(ratio(rows @ (targets == calls), rows.sum(1)), weights)


def balanced_accuracy(
    targets: np.ndarray, calls: np.ndarray, weights: np.ndarray | None = None, *, classes: int = 2
) -> np.ndarray:
    """Return the mean over the classes of the share called right; NaN where fewer than two classes are there.

    Examples
    --------
    >>> float(balanced_accuracy(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])))
    0.75
    """
    counts = confusion_matrix(targets, calls, classes=classes, weights=weights)
    right, there = np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(-1)
    seen = (there > 0).sum(-1)
    total = np.nansum(ratio(right, there), -1)
    return ratio(np.where(seen > 1, total, np.nan), seen)


def mcc(targets: np.ndarray, calls: np.ndarray, weights: np.ndarray | None = None, *, classes: int = 2) -> np.ndarray:
    """Return Matthews' correlation of true and called class.

    0 where a single class is called, as is usual; NaN where a single class is there.

    References
    ----------
    Gorodkin 2004, doi:10.1016/j.compbiolchem.2004.09.006, for more than two classes.

    Examples
    --------
    >>> round(float(mcc(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]))), 4)
    0.5774
    """
    counts = confusion_matrix(targets, calls, classes=classes, weights=weights)
    there, called, total = counts.sum(-1), counts.sum(-2), counts.sum((-2, -1))
    right = np.trace(counts, axis1=-2, axis2=-1)
    together = right * total - (there * called).sum(-1)
    spread = (total**2 - (there**2).sum(-1)) * (total**2 - (called**2).sum(-1))
    value = np.where(spread > 0, ratio(together, np.sqrt(spread)), 0.0)
    return np.where((there > 0).sum(-1) > 1, value, np.nan)[()]


def f1(targets: np.ndarray, calls: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the harmonic mean of precision and recall of class 1; NaN where it is neither there nor called.

    Examples
    --------
    >>> float(f1(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])))
    0.8
    """
    counts = confusion_matrix(targets, calls, weights=weights)
    right = 2 * counts[..., 1, 1]
    return ratio(right, right + counts[..., 0, 1] + counts[..., 1, 0])
