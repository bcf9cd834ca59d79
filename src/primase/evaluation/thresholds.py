"""From which probability on the answer is yes: chosen on the validation part, by Matthews' correlation."""

import numpy as np

DEFAULT = 0.5
RESAMPLES = 200
SMALLEST = 10  # with fewer positives or negatives the default stays


def choose_threshold(targets: np.ndarray, predictions: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Choose the threshold of each yes-or-no question on validation data.

    The best threshold of one sample is a noisy figure, so it is sought on many bootstrap resamples, and the median is
    taken. Where several are equally good the one nearest to 0.5 counts.

    Parameters
    ----------
    targets : ndarray, shape=(N,) or (N, T)
        0 or 1; NaN where unknown.
    predictions : ndarray, shape=(N,) or (N, T)
        Probabilities.
    seed : int
        Of the resamples.

    Returns
    -------
    ndarray, shape=() or (T,)
        0.5 where either answer has fewer than ten rows.

    Examples
    --------
    >>> rare = np.arange(1000) % 10 == 0
    >>> float(choose_threshold(rare.astype(int), np.where(rare, 0.3, 0.1)).round(2))
    0.2
    """
    targets, predictions = np.asarray(targets, np.float64), np.asarray(predictions, np.float64)
    if targets.ndim == 2:
        return np.array([choose_threshold(t, p, seed=seed) for t, p in zip(targets.T, predictions.T, strict=True)])
    known = ~np.isnan(targets)
    positive, predictions = targets[known] > 0, predictions[known]
    if min(positive.sum(), (~positive).sum()) < SMALLEST:
        return np.array(DEFAULT)
    order = np.argsort(-predictions, kind="stable")
    positive, predictions = positive[order], predictions[order]
    last = np.flatnonzero(predictions[:-1] > predictions[1:])  # a threshold lies behind each of these places
    above, below = predictions[last], predictions[last + 1]
    between = np.where((below < DEFAULT) & (above >= DEFAULT), DEFAULT, (above + below) / 2)
    if not len(between):
        return np.array(DEFAULT)
    generator = np.random.default_rng([seed, 0x7E5])
    size = len(positive)
    chosen = [
        _best(np.bincount(generator.integers(0, size, size), minlength=size), positive, last, between)
        for _ in range(RESAMPLES)
    ]
    return np.array(np.median(chosen))


def _best(weights: np.ndarray, positive: np.ndarray, last: np.ndarray, between: np.ndarray) -> float:
    """Return the threshold of the largest Matthews' correlation under weights (N,) of the rows, highest first."""
    right, wrong = np.cumsum(weights * positive), np.cumsum(weights * ~positive)
    positives, negatives = right[-1], wrong[-1]
    called = (right + wrong)[last]
    total = positives + negatives
    spread = np.sqrt(called * (total - called) * float(positives * negatives))
    value = np.divide(right[last] * total - positives * called, spread, out=np.zeros(len(last)), where=spread > 0)
    best = between[value >= value.max() - 1e-12]
    return float(best[np.abs(best - DEFAULT).argmin()])


def choose_fold_thresholds(
    kind: str, targets: np.ndarray, predictions: np.ndarray, folds: np.ndarray, *, seed: int = 0
) -> dict[int, np.ndarray]:
    """Choose the thresholds of each fold on its own validation rows.

    Parameters
    ----------
    kind : str
        Questions other than ``binary`` and ``multilabel`` have no threshold.
    targets, predictions : ndarray, shape=(N,) or (N, T)
    folds : ndarray, shape=(N,), int
        The fold whose model made the prediction.
    seed : int

    Returns
    -------
    dict of int to ndarray, shape=() or (T,)
    """
    if kind not in ("binary", "multilabel"):
        return {}
    return {
        fold: choose_threshold(targets[folds == fold], predictions[folds == fold], seed=seed)
        for fold in np.unique(folds).tolist()
    }


def spread_thresholds(thresholds: dict[int, np.ndarray], folds: np.ndarray) -> np.ndarray:
    """Return the threshold of each row (and label), shape (N,) or (N, T): that of its fold, or 0.5 where it has none.

    Examples
    --------
    >>> spread_thresholds({0: np.array(0.3)}, np.array([0, 0])).tolist()
    [0.3, 0.3]
    """
    if not thresholds or not len(folds):
        return np.array(DEFAULT)
    usual = np.full_like(next(iter(thresholds.values())), DEFAULT)
    return np.stack([thresholds.get(fold, usual) for fold in folds.tolist()])
