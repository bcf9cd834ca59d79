"""Compiled loops over windows of a signal; imported only where a signal is read."""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def join_windows(
    starts: np.ndarray, width: int, gap: int, limit: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Join sorted windows to stretches that are read at once, and lay the stretches out in buffers of `limit` places.

    Windows join where they overlap or lie at most `gap` apart, and while the stretch fits into what is left of its
    buffer.

    Returns
    -------
    places : ndarray, shape=(W,), int64
        Where in its buffer each window begins.
    lows, highs : ndarray, shape=(S,), int64
        The stretches, in genome order.
    firsts : ndarray, shape=(S + 1,), int64
        The first window of each stretch.
    fronts : ndarray, shape=(S,), int64
        Where in its buffer each stretch begins; 0 begins a new buffer.
    """
    count = starts.shape[0]
    places, lows, highs = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    firsts, fronts = np.empty(count + 1, np.int64), np.empty(count, np.int64)
    last = -1
    for row in range(count):
        start, end = starts[row], starts[row] + width
        if last < 0 or start > highs[last] + gap or fronts[last] + end - lows[last] > limit:
            front = fronts[last] + highs[last] - lows[last] if last >= 0 else 0
            last += 1
            lows[last], firsts[last] = start, row
            fronts[last] = front if front + width <= limit else 0
        highs[last] = end
        places[row] = fronts[last] + start - lows[last]
    firsts[last + 1] = count
    return places, lows[: last + 1], highs[: last + 1], firsts[: last + 2], fronts[: last + 1]


# the order of additions within a bin is the compiler's: the same for every bin of one width, and several at a time
@numba.njit(cache=True, nogil=True, fastmath={"reassoc"})
def sum_bins(buffer: np.ndarray, places: np.ndarray, rows: np.ndarray, bin: int, out: np.ndarray) -> None:  # noqa: A002
    """Write the sum of each bin of the windows that begin at `places` of `buffer` into the given rows of `out`."""
    for window in range(places.shape[0]):
        row = out[rows[window]]
        values = buffer[places[window] : places[window] + bin * row.shape[0]]
        if bin == 1:
            for column in range(row.shape[0]):
                row[column] = values[column]
        else:
            for column in range(row.shape[0]):
                part = values[column * bin : (column + 1) * bin]
                total = 0.0
                for position in range(bin):
                    total += part[position]
                row[column] = total


@numba.njit(cache=True, nogil=True)
def sum_runs(
    run_starts: np.ndarray,
    run_ends: np.ndarray,
    values: np.ndarray,
    starts: np.ndarray,
    bin: int,  # noqa: A002
    out: np.ndarray,
) -> None:
    """Write the sum of each bin of the windows at `starts` into `out`, from sorted runs that do not overlap."""
    width = out.shape[1] * bin
    totals = np.empty(out.shape[1], np.float64)
    for row in range(starts.shape[0]):
        start = starts[row]
        low, high = 0, run_ends.shape[0]
        while low < high:  # the first run that ends behind the window's start
            middle = (low + high) // 2
            if np.int64(run_ends[middle]) > start:
                high = middle
            else:
                low = middle + 1
        totals[:] = 0.0
        for run in range(low, run_starts.shape[0]):
            left = max(np.int64(run_starts[run]) - start, 0)
            right = min(np.int64(run_ends[run]) - start, width)
            if left >= width:
                break
            value = np.float64(values[run])
            while left < right:
                column = left // bin
                edge = min(right, (column + 1) * bin)
                totals[column] += value * (edge - left)
                left = edge
        for column in range(out.shape[1]):
            out[row, column] = totals[column]
