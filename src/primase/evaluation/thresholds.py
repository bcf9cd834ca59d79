"""From which probability on the answer is yes: chosen on the validation part, by Matthews' correlation."""

import numpy as np
from scipy.special import expit, logit

from primase.evaluation.calibration import fit_scale

DEFAULT = 0.5
SMALLEST = 10  # with fewer positives or negatives the default stays
CERTAIN = 1e-12


def choose_threshold(targets: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Choose the threshold of each yes-or-no question on validation data.

    The threshold with the largest Matthews correlation on a sample is a noisy figure, off by several hundredths where
    rows are few. So a logistic curve is fitted to the sample, from prediction to chance of a yes, and the threshold is
    the one with the largest correlation to expect under that curve.

    Parameters
    ----------
    targets : ndarray, shape=(N,) or (N, T)
        0 or 1; NaN where unknown.
    predictions : ndarray, shape=(N,) or (N, T)
        Probabilities.

    Returns
    -------
    ndarray, shape=() or (T,)
        0.5 where either answer has fewer than ten rows, or where 0.5 parts the rows as the best threshold does.

    Examples
    --------
    >>> rare = np.arange(1000) % 10 == 0
    >>> float(choose_threshold(rare.astype(int), np.where(rare, 0.3, 0.1)).round(2))
    0.2
    """
    targets, predictions = np.asarray(targets, np.float64), np.asarray(predictions, np.float64)
    if targets.ndim == 2:
        return np.array([choose_threshold(each, said) for each, said in zip(targets.T, predictions.T, strict=True)])
    known = ~np.isnan(targets)
    targets, predictions = targets[known], predictions[known]
    if min(targets.sum(), (1 - targets).sum()) < SMALLEST:
        return np.array(DEFAULT)
    score = logit(predictions.clip(CERTAIN, 1 - CERTAIN))[:, None]
    temperature, offset = fit_scale(score, targets, 1, offset=True)
    order = np.argsort(-predictions, kind="stable")
    predictions, chance = predictions[order], expit(score[order, 0] / temperature[0] + offset[0])
    last = np.flatnonzero(predictions[:-1] > predictions[1:])  # a threshold lies behind each of these places
    if not len(last):
        return np.array(DEFAULT)
    best = last[_expected_mcc(chance)[last].argmax()]
    above, below = predictions[best], predictions[best + 1]
    return np.array(DEFAULT if below < DEFAULT <= above else (above + below) / 2)


def _expected_mcc(chance: np.ndarray) -> np.ndarray:
    """Return the correlation to expect if the first row alone is called yes, the first two, and so on, shape (N,)."""
    rows, right, called = len(chance), np.cumsum(chance), np.arange(1, len(chance) + 1)
    yes = right[-1]
    spread = np.sqrt(called * (rows - called) * yes * (rows - yes))
    return np.divide(right * rows - yes * called, spread, out=np.zeros(rows), where=spread > 0)


def choose_fold_thresholds(
    kind: str, targets: np.ndarray, predictions: np.ndarray, folds: np.ndarray
) -> dict[int, np.ndarray]:
    """Choose the thresholds of each fold on its own validation rows.

    Parameters
    ----------
    kind : str
        Questions other than ``binary`` and ``multilabel`` have no threshold.
    targets, predictions : ndarray, shape=(N,) or (N, T)
    folds : ndarray, shape=(N,), int
        The fold whose model made the prediction.

    Returns
    -------
    dict of int to ndarray, shape=() or (T,)
    """
    if kind not in ("binary", "multilabel"):
        return {}
    return {
        fold: choose_threshold(targets[folds == fold], predictions[folds == fold])
        for fold in np.unique(folds).tolist() or [0]
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
