"""Metrics of numbers. Where target or prediction is constant, a correlation is NaN."""

import numpy as np

from primase.metrics.ranking import tie_ends
from primase.metrics.weighting import as_given, check_pair, ratio, weight_rows, weighted_sums


def pearson_r(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return Pearson's correlation.

    Parameters
    ----------
    targets, predictions : ndarray, shape=(N,)
        What was measured and what was predicted.
    weights : ndarray, shape=(N,) or (R, N), optional
        How often each row counts; several rows give several values.

    Returns
    -------
    ndarray, shape=() or (R,)

    Examples
    --------
    >>> round(float(pearson_r(np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 4.0]))), 4)
    0.9286
    """
    x, y = (_standardise(values) for values in check_pair(targets, predictions))
    n, sx, sy, sxx, syy, sxy = weighted_sums(weights, np.ones(len(x)), x, y, x * x, y * y, x * y)
    # what rounding leaves of the spread of equal numbers is no spread
    across, up = (np.where(s > 1e-14 * n * n, s, 0.0) for s in (n * sxx - sx**2, n * syy - sy**2))
    return as_given(ratio(n * sxy - sx * sy, np.sqrt(across * up)).clip(-1, 1), weights)


def _standardise(values: np.ndarray) -> np.ndarray:
    """Return values less their mean, by their spread: sums of squares then lose no digits. Constants become zeros."""
    values = np.asarray(values, np.float64)
    if not len(values):
        return values
    centred = values - values.mean()
    scale = np.abs(centred).max()
    return centred / scale if scale > 1e-12 * np.abs(values).max() else np.zeros_like(centred)


def spearman_r(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return Spearman's rank correlation; ties have their mean rank. Arguments and shapes are those of `pearson_r`.

    Examples
    --------
    >>> round(float(spearman_r(np.array([1.0, 2.0, 4.0]), np.array([1.0, 30.0, 4.0]))), 4)
    0.5
    """
    from primase.metrics.kernels import rank_correlations

    targets, predictions = check_pair(targets, predictions)
    orders = (np.argsort(targets, kind="stable"), np.argsort(predictions, kind="stable"))
    ends = (tie_ends(targets[orders[0]]), tie_ends(predictions[orders[1]]))
    return as_given(rank_correlations(orders, ends, weight_rows(weights, len(targets))), weights)


def r2(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the share of the variance that is explained: 1 - residual / total sum of squares; may be negative.

    Examples
    --------
    >>> round(float(r2(np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 4.0]))), 4)
    0.7857
    """
    targets, predictions = (np.asarray(values, np.float64) for values in check_pair(targets, predictions))
    centred = targets - targets.mean() if len(targets) else targets
    n, s, ss, residual = weighted_sums(
        weights, np.ones(len(targets)), centred, centred**2, (targets - predictions) ** 2
    )
    total = np.where(ss > 0, ss - ratio(s**2, n), 0.0)
    total = np.where(total > 1e-12 * ss, total, 0.0)
    return as_given(1 - ratio(residual, total), weights)


def rmse(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the root of the mean squared error, in the unit of the targets.

    Examples
    --------
    >>> float(rmse(np.array([1.0, 2.0]), np.array([1.0, 4.0]))) ** 2
    2.0000000000000004
    """
    targets, predictions = check_pair(targets, predictions)
    total, n = weighted_sums(weights, (predictions - targets) ** 2, np.ones(len(targets)))
    return as_given(np.sqrt(ratio(total, n)), weights)
