"""Compiled loops over a packed genome: letters C and G counted, windows drawn; imported only where one is used."""

import numba
import numpy as np

# C is 01 and G is 10: a pair of bits that differ
_CG_OF_BYTE = np.array([sum((byte >> 2 * i & 3) in (1, 2) for i in range(4)) for byte in range(256)], np.uint8)


@numba.njit(cache=True, nogil=True)
def _count(bases: np.ndarray, low: int, high: int) -> int:
    """Count C and G among the letters `low` to `high`, four to a byte."""
    total = 0
    while low < high and low & 3:
        code = (bases[low >> 2] >> (2 * (low & 3))) & 3
        total += (code ^ (code >> 1)) & 1
        low += 1
    for byte in range(low >> 2, high >> 2):
        total += int(_CG_OF_BYTE[bases[byte]])
    for place in range(max(low, high & ~3), high):
        code = (bases[place >> 2] >> (2 * (place & 3))) & 3
        total += (code ^ (code >> 1)) & 1
    return total


@numba.njit(cache=True, nogil=True)
def count_gc(bases: np.ndarray, lows: np.ndarray, highs: np.ndarray) -> np.ndarray:
    """Count C and G between every low and high place of the concatenation."""
    out = np.empty(lows.shape[0], np.int64)
    for row in range(lows.shape[0]):
        out[row] = _count(bases, lows[row], highs[row])
    return out


@numba.njit(cache=True, nogil=True)
def bin_tiles(
    bases: np.ndarray, firsts: np.ndarray, tiles: np.ndarray, width: int, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Tell the GC fraction, in `steps` steps from 0 to 1, of the tiles that follow each other from every first place.

    Returns
    -------
    bins : ndarray, shape=(tiles.sum(),), uint16
    counts : ndarray, shape=(steps + 1,), int64
        How many tiles fall into each bin.
    """
    bins = np.empty(tiles.sum(), np.uint16)
    counts = np.zeros(steps + 1, np.int64)
    tile = 0
    for row in range(firsts.shape[0]):
        for number in range(tiles[row]):
            low = firsts[row] + number * width
            found = (_count(bases, low, low + width) * steps + width // 2) // width
            bins[tile] = found
            counts[found] += 1
            tile += 1
    return bins, counts


@numba.njit(cache=True, nogil=True)
def choose_tiles(bins: np.ndarray, counts: np.ndarray, taken: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw ``taken[b]`` of the ``counts[b]`` tiles of every bin b without replacement, in the order of the tiles.

    Selection sampling: a tile is taken with the probability that what is still wanted bears to what still follows, so
    one pass is enough and every set is equally likely.
    """
    following, wanted = counts.copy(), taken.copy()
    out = np.empty(taken.sum(), np.int64)
    filled = 0
    for tile in range(bins.shape[0]):
        own = bins[tile]
        if wanted[own] and rng.random() * following[own] < wanted[own]:
            out[filled] = tile
            filled += 1
            wanted[own] -= 1
        following[own] -= 1
    return out
