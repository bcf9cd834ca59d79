"""Compiled inner loops of the metrics that need an order; the order is found once for all weightings."""

import numba
import numpy as np


@numba.njit(cache=True)
def ranking_areas(positive: np.ndarray, order: np.ndarray, ends: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return AUROC and average precision under each weighting, shape (R, 2).

    Parameters
    ----------
    positive : ndarray, shape=(N,), bool
        Which rows are positive.
    order : ndarray, shape=(N,), int64
        Rows by falling prediction.
    ends : ndarray, shape=(N,), bool
        Whether the row at this place of the order is the last of its ties.
    weights : ndarray, shape=(R, N), float64
    """
    out = np.full((weights.shape[0], 2), np.nan)
    for draw in range(weights.shape[0]):
        above, below = 0.0, 0.0  # weight of positives and negatives so far, from the highest prediction down
        up, down = 0.0, 0.0  # the same within the ties at hand
        area, precision = 0.0, 0.0
        for place in range(order.shape[0]):
            row = order[place]
            if positive[row]:
                up += weights[draw, row]
            else:
                down += weights[draw, row]
            if ends[place]:
                area += down * (above + up / 2)
                above += up
                below += down
                if up > 0:
                    precision += up * above / (above + below)
                up, down = 0.0, 0.0
        if above > 0:
            out[draw, 1] = precision / above
            if below > 0:
                out[draw, 0] = area / (above * below)
    return out


@numba.njit(cache=True)
def weighted_ranks(order: np.ndarray, ends: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean rank of each row, shape (N,), when row i stands ``weights[i]`` times in the sample."""
    ranks = np.empty(order.shape[0])
    before, tied, first = 0.0, 0.0, 0
    for place in range(order.shape[0]):
        tied += weights[order[place]]
        if ends[place]:
            rank = before + (tied + 1) / 2
            for member in range(first, place + 1):
                ranks[order[member]] = rank
            before += tied
            tied, first = 0.0, place + 1
    return ranks


@numba.njit(cache=True)
def rank_correlations(
    orders: tuple[np.ndarray, np.ndarray], ends: tuple[np.ndarray, np.ndarray], weights: np.ndarray
) -> np.ndarray:
    """Return Spearman's correlation under each weighting, shape (R,)."""
    out = np.full(weights.shape[0], np.nan)
    for draw in range(weights.shape[0]):
        weight = weights[draw]
        first = weighted_ranks(orders[0], ends[0], weight)
        second = weighted_ranks(orders[1], ends[1], weight)
        total = weight.sum()
        middle = (total + 1) / 2  # the mean of any ranks of `total` rows
        xx, yy, xy = 0.0, 0.0, 0.0
        for row in range(weight.shape[0]):
            x, y = first[row] - middle, second[row] - middle
            xx += weight[row] * x * x
            yy += weight[row] * y * y
            xy += weight[row] * x * y
        if xx > 0 and yy > 0:
            out[draw] = xy / np.sqrt(xx * yy)
    return out
