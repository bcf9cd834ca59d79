"""Metrics of probabilities: what is said to happen with 70 % should happen in 70 of 100 cases."""

import numpy as np

from primase.core.errors import ShapeError
from primase.metrics.weighting import as_given, check_pair, ratio, weight_rows, weighted_sums

BINS = 10
TINY = float(np.finfo(np.float64).eps)  # a probability of 0 costs 36 nats, not infinitely many


def log_loss(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the mean negative log-likelihood, in nats.

    Parameters
    ----------
    targets : ndarray, shape=(N,)
        Class of each row.
    predictions : ndarray, shape=(N,) or (N, C)
        Probability of class 1, or of each class.
    weights : ndarray, shape=(N,) or (R, N), optional
        How often each row counts.

    Returns
    -------
    ndarray, shape=() or (R,)

    Examples
    --------
    >>> round(float(log_loss(np.array([0, 1]), np.array([0.2, 0.8]))), 4)
    0.2231
    """
    targets, predictions = np.asarray(targets), np.asarray(predictions, np.float64)
    if predictions.ndim not in (1, 2) or len(targets) != len(predictions):
        raise ShapeError(
            f"targets have shape {targets.shape}, predictions {predictions.shape}", fix="give (N,) and (N,) or (N, C)"
        )
    if predictions.ndim == 1:
        right = np.where(targets > 0, predictions, 1 - predictions)
    else:
        right = predictions[np.arange(len(targets)), targets.astype(np.int64)]
    return _mean(-np.log(right.clip(TINY, 1.0)), weights)


def brier(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the mean squared distance of the probability of class 1 from what happened.

    Examples
    --------
    >>> round(float(brier(np.array([0, 1]), np.array([0.2, 0.8]))), 4)
    0.04
    """
    targets, predictions = check_pair(targets, predictions)
    return _mean((predictions - targets) ** 2, weights)


def _mean(each: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    total, count = weighted_sums(weights, each, np.ones(len(each)))
    return as_given(ratio(total, count), weights)


def _bin_of(predictions: np.ndarray) -> np.ndarray:
    return np.minimum((predictions * BINS).astype(np.int64), BINS - 1)


def ece(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the expected calibration error over ten bins of equal width.

    The mean over the rows of the distance between the mean probability of class 1 in the row's bin and the share of
    class 1 there.

    References
    ----------
    Naeini et al. 2015, doi:10.1609/aaai.v29i1.9602.

    Examples
    --------
    >>> round(float(ece(np.array([0, 1, 1, 1]), np.array([0.75, 0.75, 0.75, 0.75]))), 4)
    0.0
    """
    targets, predictions = check_pair(targets, predictions)
    rows = weight_rows(weights, len(targets))
    gaps = np.zeros((len(targets), BINS))
    gaps[np.arange(len(targets)), _bin_of(predictions)] = predictions - targets
    return as_given(ratio(np.abs(rows @ gaps).sum(1), rows.sum(1)), weights)


def reliability_bins(targets: np.ndarray, predictions: np.ndarray) -> list[dict[str, float | int]]:
    """Return what was said and what happened in each of the ten bins that is not empty.

    Returns
    -------
    list of dict
        ``low``, ``high`` (limits of the bin), ``mean_prediction``, ``observed`` (share of class 1) and ``count``.

    Examples
    --------
    >>> bins = reliability_bins(np.array([0, 1, 1]), np.array([0.05, 0.92, 0.98]))
    >>> [(b["low"], b["count"], b["observed"]) for b in bins]
    [(0.0, 1, 0.0), (0.9, 2, 1.0)]
    """
    targets, predictions = check_pair(targets, predictions)
    which = _bin_of(predictions)
    return [
        {
            "low": number / BINS,
            "high": (number + 1) / BINS,
            "mean_prediction": float(predictions[which == number].mean()),
            "observed": float(targets[which == number].mean()),
            "count": int((which == number).sum()),
        }
        for number in np.unique(which).tolist()
    ]
