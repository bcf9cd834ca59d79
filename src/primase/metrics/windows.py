"""What metrics of tracks share: windows of several values, taken block by block."""

from collections.abc import Callable

import numpy as np

from primase.core.errors import ShapeError

BLOCK = 2**13  # values worked on at once: their float64 copies stay in the cache, and memory is not filled


def check_windows(targets: np.ndarray, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays of one shape (N, P).

    Raises
    ------
    ShapeError
        If they are not.
    """
    targets, predictions = np.asarray(targets), np.asarray(predictions)
    if targets.ndim != 2 or targets.shape != predictions.shape:
        raise ShapeError(
            f"targets have shape {targets.shape}, predictions {predictions.shape}",
            fix="give two arrays of shape (N, P): windows and the positions of one track",
        )
    return targets, predictions


def x_log_x(values: np.ndarray) -> np.ndarray:
    """Return x log(x) of float64 values, 0 where x is 0; several times as fast as `scipy.special.xlogy`.

    Examples
    --------
    >>> x_log_x(np.array([1.0, 2.0])).round(4).tolist()
    [0.0, 1.3863]
    """
    return values * np.log(np.where(values == 0, 1.0, values))


def per_window(function: Callable[..., np.ndarray], *arrays: np.ndarray) -> np.ndarray:
    """Return ``function(*arrays)`` for arrays (N, P), worked out for blocks of windows in float64.

    Examples
    --------
    >>> per_window(lambda x: x.sum(1), np.ones((3, 2), np.float32)).tolist()
    [2.0, 2.0, 2.0]
    """
    rows, positions = arrays[0].shape
    step = max(1, BLOCK // max(positions, 1))
    blocks = [
        function(*(array[start : start + step].astype(np.float64) for array in arrays))
        for start in range(0, max(rows, 1), step)
    ]
    return np.concatenate(blocks)
