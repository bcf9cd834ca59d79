"""Weights of rows: how often each counts.

Every metric takes ``weights``: None, one number per row (N,), or several such rows (R, N), for which it returns R
values. A whole weight of n has the effect of n copies of the row, so that the resamples of a bootstrap are rows of
weights, and what does not depend on them (an order, a loss per row) is worked out once.
"""

import numpy as np

from primase.core.errors import ShapeError


def weight_rows(weights: np.ndarray | None, rows: int) -> np.ndarray:
    """Return weights as an array (R, N) float64; ones where None.

    Raises
    ------
    ShapeError
        If there is not one weight per row.
    """
    if weights is None:
        return np.ones((1, rows))
    out = np.ascontiguousarray(np.atleast_2d(weights), dtype=np.float64)
    if out.ndim != 2 or out.shape[1] != rows:
        raise ShapeError(f"weights have shape {np.shape(weights)} for {rows} rows", fix="give one weight per row")
    return out


def as_given(values: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Return values (R, ...) without their first axis where no rows of weights were given."""
    return values if np.ndim(weights) == 2 else values[0]


def check_pair(targets: np.ndarray, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays of one shape (N,).

    Raises
    ------
    ShapeError
        If they are not.
    """
    targets, predictions = np.asarray(targets), np.asarray(predictions)
    if targets.ndim != 1 or targets.shape != predictions.shape:
        raise ShapeError(
            f"targets have shape {targets.shape}, predictions {predictions.shape}", fix="give two arrays of shape (N,)"
        )
    return targets, predictions


def weighted_sums(weights: np.ndarray | None, *columns: np.ndarray) -> list[np.ndarray]:
    """Return the weighted sum of each column (N,), each of shape (R,)."""
    table = np.stack([np.asarray(column, np.float64) for column in columns], 1)
    return list((weight_rows(weights, len(table)) @ table).T)


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Divide, with NaN where the divisor is not positive."""
    out = np.full(np.broadcast_shapes(np.shape(above), np.shape(below)), np.nan)
    return np.divide(above, below, out=out, where=np.asarray(below) > 0)
