"""Compiled inner loops on bytes and codes; imported only where one is used, since numba loads slowly."""

import numba
import numpy as np


@numba.njit(cache=True)
def one_hot_from_bytes(raw: np.ndarray, table: np.ndarray, out: np.ndarray) -> bool:
    """Write the one-hot form of `raw`, shape (N, L), into `out`, shape (N, A, L); every cell is written.

    Returns
    -------
    bool
        True if some byte is illegal (its table entry is 255).
    """
    rows, letters, length = out.shape
    codes = np.empty(length, np.uint8)
    highest = np.uint8(0)
    for row in range(rows):
        for column in range(length):
            codes[column] = table[raw[row, column]]
        for letter in range(letters):  # comparisons of whole rows, which the compiler turns into vector instructions
            for column in range(length):
                out[row, letter, column] = codes[column] == letter
        for column in range(length):
            highest = max(highest, codes[column])
    return highest == 255


@numba.njit(cache=True)
def count_letters(raw: np.ndarray, offsets: np.ndarray, kinds: np.ndarray, out: np.ndarray) -> None:
    """Add to ``out[row, kinds[byte]]`` for every byte of every sequence ``raw[offsets[row]:offsets[row + 1]]``."""
    for row in range(offsets.shape[0] - 1):
        for i in range(offsets[row], offsets[row + 1]):
            out[row, kinds[raw[i]]] += 1


@numba.njit(cache=True)
def _next(state: np.ndarray) -> np.uint64:
    """Advance a SplitMix64 generator held in `state[0]` (Steele et al. 2014, doi:10.1145/2660193.2660195)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    value = state[0]
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@numba.njit(cache=True)
def _below(state: np.ndarray, bound: int) -> int:
    return int(_next(state) % np.uint64(bound))


@numba.njit(cache=True)
def shuffle_dinucleotides(codes: np.ndarray, copies: int, seed: np.uint64) -> np.ndarray:
    """Draw `copies` dinucleotide-preserving shuffles of `codes`, shape (L,); see ``edits.dinucleotide_shuffle``."""
    length = codes.shape[0]
    out = np.empty((copies, length), np.uint8)
    if length < 3:
        for copy in range(copies):
            out[copy] = codes
        return out
    state = np.array([seed], np.uint64)
    letters = int(codes.max()) + 1
    starts = np.zeros(letters + 1, np.int64)
    for i in range(length - 1):
        starts[codes[i] + 1] += 1
    for letter in range(letters):
        starts[letter + 1] += starts[letter]
    filled = starts[:-1].copy()
    edges = np.empty(length - 1, np.uint8)
    for i in range(length - 1):
        edges[filled[codes[i]]] = codes[i + 1]
        filled[codes[i]] += 1
    last = codes[length - 1]
    for copy in range(copies):
        _shuffle_edges(edges, starts, last, state)
        position = starts[:-1].copy()
        current = codes[0]
        out[copy, 0] = current
        for i in range(1, length):
            following = edges[position[current]]
            position[current] += 1
            current = following
            out[copy, i] = current
    return out


@numba.njit(cache=True)
def _shuffle_edges(edges: np.ndarray, starts: np.ndarray, last: int, state: np.ndarray) -> None:
    """Order each letter's exits at random, its last exit being the one of a random tree rooted at `last`."""
    letters = starts.shape[0] - 1
    exit_of = np.full(letters, -1, np.int64)
    in_tree = np.zeros(letters, np.bool_)
    in_tree[last] = True
    for letter in range(letters):
        if starts[letter] == starts[letter + 1]:
            in_tree[letter] = True
    for letter in range(letters):
        walker = letter  # Wilson: walk at random until the tree is met; later exits overwrite, which erases loops
        while not in_tree[walker]:
            exit_of[walker] = starts[walker] + _below(state, starts[walker + 1] - starts[walker])
            walker = edges[exit_of[walker]]
        walker = letter
        while not in_tree[walker]:
            in_tree[walker] = True
            walker = edges[exit_of[walker]]
    for letter in range(letters):
        low, high = starts[letter], starts[letter + 1]
        if exit_of[letter] >= 0:
            edges[exit_of[letter]], edges[high - 1] = edges[high - 1], edges[exit_of[letter]]
            high -= 1
        for i in range(high - 1, low, -1):
            j = low + _below(state, i - low + 1)
            edges[i], edges[j] = edges[j], edges[i]


@numba.njit(cache=True, nogil=True)
def shuffle_rows(first: int, last: int, codes: np.ndarray, rows: np.ndarray, seeds: np.ndarray) -> None:
    """Shuffle ``codes[rows[i]]`` for every i from `first` to `last` in place, each by a seed of its own."""
    for i in range(first, last):
        codes[rows[i]] = shuffle_dinucleotides(codes[rows[i]], 1, seeds[i])[0]


@numba.njit(cache=True, parallel=True)
def cut_windows(codes: np.ndarray, starts: np.ndarray, ends: np.ndarray, length: int, padding: int) -> np.ndarray:
    """Copy ``codes[start:min(start + length, end)]`` for every start into an array (M, length), padded at its end."""
    out = np.full((starts.shape[0], length), padding, np.uint8)
    for row in numba.prange(starts.shape[0]):
        size = min(length, ends[row] - starts[row])
        for i in range(size):
            out[row, i] = codes[starts[row] + i]
    return out


@numba.njit(cache=True, nogil=True)
def copy_spans(
    codes: np.ndarray, starts: np.ndarray, ends: np.ndarray, table: np.ndarray, *, backwards: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Copy ``codes[start:end]`` for every span into one flat array, each letter through `table`, or back to front.

    Returns
    -------
    codes : ndarray, shape=(total,), uint8
    offsets : ndarray, shape=(N + 1,), int64
    """
    offsets = np.zeros(starts.shape[0] + 1, np.int64)
    for row in range(starts.shape[0]):
        offsets[row + 1] = offsets[row] + ends[row] - starts[row]
    out = np.empty(offsets[-1], np.uint8)
    for row in range(starts.shape[0]):
        size = ends[row] - starts[row]
        for i in range(size):
            source = ends[row] - 1 - i if backwards else starts[row] + i
            out[offsets[row] + i] = table[codes[source]]
    return out, offsets


@numba.njit(cache=True, nogil=True)
def trim_spans(codes: np.ndarray, starts: np.ndarray, ends: np.ndarray, unknown: int) -> tuple[np.ndarray, np.ndarray]:
    """Narrow every span to its first and last letter that is not `unknown`."""
    starts, ends = starts.copy(), ends.copy()
    for row in range(starts.shape[0]):
        while starts[row] < ends[row] and codes[starts[row]] == unknown:
            starts[row] += 1
        while starts[row] < ends[row] and codes[ends[row] - 1] == unknown:
            ends[row] -= 1
    return starts, ends


@numba.njit(cache=True, parallel=True)
def shuffle_many(codes: np.ndarray, offsets: np.ndarray, seed: np.uint64) -> np.ndarray:
    """Shuffle each of many sequences once; the result does not depend on the number of threads."""
    out = np.empty_like(codes)
    for row in numba.prange(offsets.shape[0] - 1):
        start, end = offsets[row], offsets[row + 1]
        if end > start:
            # an odd multiplier gives every row a stream of its own
            own = seed + np.uint64(row) * np.uint64(0xD1342543DE82EF95)
            out[start:end] = shuffle_dinucleotides(codes[start:end], 1, own)[0]
    return out
