"""Compiled loops of the simulated genome: letters from their place, lines of FASTA, scores of a motif."""

import numba
import numpy as np

_LETTERS = np.frombuffer(b"ACGTNacgtN", np.uint8)
_BLOCK = 8  # stretches of 2**8 letters are lower case or not


@numba.njit(cache=True, nogil=True)
def _mix(seed: np.uint64, number: int) -> np.uint64:
    """Return word `number` of a SplitMix64 stream (Steele et al. 2014, doi:10.1145/2660193.2660195)."""
    value = seed + np.uint64(number) * np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@numba.njit(cache=True, nogil=True)
def draw_letters(start: int, size: int, seed: np.uint64, bounds: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Draw the letters `start` to ``start + size``; each depends on nothing but the seed and its place.

    Parameters
    ----------
    start, size : int
    seed : uint64
    bounds : ndarray, shape=(S + 1,), int64
        Segment s holds the places ``bounds[s]`` to ``bounds[s + 1]``.
    shares : ndarray, shape=(S,), int64
        How many of 32,768 letters of each segment are C or G.

    Returns
    -------
    ndarray, shape=(size,), uint8
        Codes 0 to 3.
    """
    out = np.empty(size, np.uint8)
    segment = np.searchsorted(bounds, start, side="right") - 1
    word = np.uint64(0)
    for i in range(size):
        place = start + i
        while place >= bounds[segment + 1]:
            segment += 1
        if i == 0 or place & 3 == 0:  # a word gives four letters of 16 bits
            word = _mix(seed, place >> 2)
        bits = np.int64((word >> np.uint64(16 * (place & 3))) & np.uint64(0xFFFF))
        other = bits & 1
        out[i] = 1 + other if (bits >> 1) < shares[segment] else 3 * other
    return out


@numba.njit(cache=True, nogil=True)
def format_lines(codes: np.ndarray, start: int, line: int, seed: np.uint64, masked: int) -> np.ndarray:
    """Write codes as letters with a line feed after every `line` of them and after the last.

    `masked` of 65,536 stretches are lower case; `start` is the place of the first letter.
    """
    size = codes.shape[0]
    out = np.empty(size + (size + line - 1) // line, np.uint8)
    filled = 0
    lower = 0
    for i in range(size):
        place = start + i
        if i == 0 or place & ((1 << _BLOCK) - 1) == 0:
            lower = 5 if (_mix(seed, place >> _BLOCK) & np.uint64(0xFFFF)) < np.uint64(masked) else 0
        out[filled] = _LETTERS[codes[i] + lower]
        filled += 1
        if (i + 1) % line == 0 or i + 1 == size:
            out[filled] = 10
            filled += 1
    return out


@numba.njit(cache=True, nogil=True)
def score_windows(codes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Sum ``scores[k, codes[i + k]]`` over the width of a motif, for every place i.

    Parameters
    ----------
    codes : ndarray, shape=(L,), uint8
        0 to 4.
    scores : ndarray, shape=(W, 5), float32

    Returns
    -------
    ndarray, shape=(L - W + 1,), float32
    """
    width = scores.shape[0]
    out = np.zeros(max(codes.shape[0] - width + 1, 0), np.float32)
    for k in range(width):
        for i in range(out.shape[0]):
            out[i] += scores[k, codes[i + k]]
    return out
