"""How far a figure may be off: intervals by the bootstrap.

Whole units (near-duplicate clusters, or groups) are drawn with replacement, since rows of one unit are not independent:
an interval by rows would be too narrow. All figures are taken on the same resamples, so that differences are paired.
"""

from collections.abc import Iterator

import numpy as np

RESAMPLES = 2000
NUMBERS_AT_ONCE = 2_000_000  # weights in memory at a time: 16 MB


def resample_weights(units: np.ndarray, *, resamples: int = RESAMPLES, seed: int = 0) -> Iterator[np.ndarray]:
    """Draw bootstrap resamples of whole units, as weights of the rows.

    Parameters
    ----------
    units : ndarray, shape=(N,), int
        Unit of each row.
    resamples : int
        How many to draw.
    seed : int
        Same seed, same resamples.

    Yields
    ------
    ndarray, shape=(R, N), float64
        How often each row stands in each of the next R resamples.

    Examples
    --------
    >>> [w.shape for w in resample_weights(np.array([0, 0, 1]), resamples=3)]
    [(3, 3)]
    """
    _, unit = np.unique(units, return_inverse=True)
    count = int(unit.max()) + 1 if len(unit) else 0
    generator = np.random.default_rng([seed, 0xB007])
    at_once = max(1, NUMBERS_AT_ONCE // max(len(unit), 1))
    for start in range(0, resamples, at_once):
        size = min(at_once, resamples - start)
        drawn = generator.integers(0, max(count, 1), (size, count))
        drawn += np.arange(size)[:, None] * count
        times = np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count).astype(np.float64)
        yield np.take(times, unit, axis=1)  # row by row in memory, unlike times[:, unit]


def percentile_interval(values: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the percentile interval of resampled values, shape (R, ...), over the first axis.

    Resamples on which the statistic has no meaning are left out; where they are the half or more, the interval is NaN.

    Examples
    --------
    >>> low, high = percentile_interval(np.arange(1001.0))
    >>> round(float(low), 6), float(high)
    (25.0, 975.0)
    """
    known = ~np.isnan(values)
    enough = known.mean(0) > 0.5
    # a column without any value would make numpy warn
    filled = np.where(known | enough, values, 0.0)
    tail = (1 - level) / 2
    low, high = np.nanquantile(filled, [tail, 1 - tail], axis=0)
    return np.where(enough, low, np.nan), np.where(enough, high, np.nan)


def difference_p(differences: np.ndarray) -> float:
    """Return the two-sided p value of resampled differences, shape (R,), being 0 in truth.

    Twice the share of resamples on the far side of 0, each count raised by one, so that it is never 0.

    Examples
    --------
    >>> difference_p(np.arange(1.0, 100.0))
    0.02
    """
    known = differences[~np.isnan(differences)]
    if not len(known):
        return float("nan")
    tail = 1 + min(int((known <= 0).sum()), int((known >= 0).sum()))
    return min(1.0, 2 * tail / (len(known) + 1))
