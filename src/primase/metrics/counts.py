"""Metrics of counts along windows, one track at a time: targets and predictions (N, P), weights of the windows."""

import numpy as np

from primase.metrics.regression import pearson_r, spearman_r
from primase.metrics.weighting import as_given, ratio, weighted_sums
from primase.metrics.windows import check_windows, per_window, x_log_x

TINY = 1e-7  # added to an expected count before its logarithm, as in Keras


def log_counts(values: np.ndarray) -> np.ndarray:
    """Return log(1 + count) of each window, shape (N,), for values (N, P).

    Examples
    --------
    >>> log_counts(np.array([[1.0, 0.0], [0.0, 0.0]])).round(4).tolist()
    [0.6931, 0.0]
    """
    return np.log1p(per_window(lambda block: block.sum(1), np.asarray(values)))


def log_count_pearson_r(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return Pearson's correlation of log(1 + count of a window) over the windows.

    Parameters
    ----------
    targets, predictions : ndarray, shape=(N, P)
        Counts that were measured and counts that were expected.
    weights : ndarray, shape=(N,) or (R, N), optional
        How often each window counts; several rows give several values.

    Returns
    -------
    ndarray, shape=() or (R,)

    Examples
    --------
    >>> targets = np.array([[0.0, 1.0], [3.0, 4.0], [1.0, 1.0]])
    >>> round(float(log_count_pearson_r(targets, 2 * targets)), 4)
    0.9996
    """
    targets, predictions = check_windows(targets, predictions)
    return pearson_r(log_counts(targets), log_counts(predictions), weights)


def log_count_spearman_r(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return Spearman's correlation of the counts of the windows. Arguments: `log_count_pearson_r`.

    Examples
    --------
    >>> targets = np.array([[0.0, 1.0], [3.0, 4.0], [1.0, 1.0]])
    >>> float(log_count_spearman_r(targets, 2 * targets))
    1.0
    """
    targets, predictions = check_windows(targets, predictions)
    return spearman_r(log_counts(targets), log_counts(predictions), weights)


def bin_pearson_r(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return Pearson's correlation over all positions of all windows. Arguments: `log_count_pearson_r`.

    Examples
    --------
    >>> round(float(bin_pearson_r(np.array([[1.0, 2.0], [4.0, 4.0]]), np.array([[1.0, 3.0], [4.0, 5.0]]))), 4)
    0.9434
    """
    targets, predictions = check_windows(targets, predictions)
    (x_mean, x_scale), (y_mean, y_scale) = _spread(targets), _spread(predictions)

    def moments(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x, y = (x - x_mean) * x_scale, (y - y_mean) * y_scale
        return np.stack([x.sum(1), y.sum(1), *(np.einsum("np,np->n", a, b) for a, b in ((x, x), (y, y), (x, y)))], 1)

    parts = per_window(moments, targets, predictions).T
    n, sx, sy, sxx, syy, sxy = weighted_sums(weights, np.full(len(targets), targets.shape[1]), *parts)
    across, up = (np.where(s > 1e-14 * n * n, s, 0.0) for s in (n * sxx - sx**2, n * syy - sy**2))
    return as_given(ratio(n * sxy - sx * sy, np.sqrt(across * up)).clip(-1, 1), weights)


def poisson_nll(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the mean of expected - count x log(expected) over all positions: the loss that counts are trained by.

    It is the Poisson negative log-likelihood less log(count!), which no model changes. Arguments:
    `log_count_pearson_r`.

    Examples
    --------
    >>> round(float(poisson_nll(np.array([[1.0, 3.0]]), np.array([[1.0, 2.0]]))), 4)
    0.4603
    """
    targets, predictions = check_windows(targets, predictions)
    each = per_window(lambda count, mean: (mean - count * np.log(mean + TINY)).mean(1), targets, predictions)
    return _mean(each, weights)


def deviance_explained(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return 1 - Poisson deviance / that of the mean count: what `r2` is for numbers. Arguments: `log_count_pearson_r`.

    Examples
    --------
    >>> round(float(deviance_explained(np.array([[1.0, 3.0]]), np.array([[1.0, 2.0]]))), 4)
    0.5864
    """
    targets, predictions = check_windows(targets, predictions)
    positions = targets.shape[1]
    count, entropy = per_window(lambda x: np.stack([x.sum(1), x_log_x(x).sum(1)], 1), targets).T
    deviance, n, counts, own = weighted_sums(
        weights, positions * _deviances(targets, predictions), np.full(len(targets), positions), count, entropy
    )
    null = 2 * (own - counts * np.log(np.maximum(ratio(counts, n), TINY)))
    null = np.where(null > 1e-12 * np.abs(own), null, 0.0)
    return as_given(1 - ratio(deviance, null), weights)


def _spread(values: np.ndarray) -> tuple[float, float]:
    """Return mean and inverse of the largest distance from it: sums of squares then lose no digits; 0 of constants."""
    if not values.size:
        return 0.0, 0.0
    mean, least, most = values.mean(dtype=np.float64), float(values.min()), float(values.max())
    scale = max(most - mean, mean - least)
    return mean, 1 / scale if scale > 1e-12 * max(abs(least), abs(most)) else 0.0


def _deviances(targets: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Return the mean deviance of each window."""

    def deviance(count: np.ndarray, mean: np.ndarray) -> np.ndarray:
        return 2 * (x_log_x(count) - count * np.log(mean + TINY) + mean - count).mean(1)

    return per_window(deviance, targets, predictions)


def _mean(each: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    total, windows = weighted_sums(weights, each, np.ones(len(each)))
    return as_given(ratio(total, windows), weights)
