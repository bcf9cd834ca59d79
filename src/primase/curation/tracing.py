"""A second look for near-duplicates, apart from the one that makes the split: exact words, then plain alignment."""

import numba
import numpy as np

from primase.core.alphabet import Alphabet
from primase.curation.sequences import Sequences, in_chunks

LONG = 400  # letters up to which a pair is decided exactly; beyond, within a band


def word_length(size: int, typical: float) -> int:
    """Return the length of the words that candidates must share: short sequences have room for short ones only.

    Examples
    --------
    >>> word_length(4, 50), word_length(4, 200), word_length(20, 300)
    (9, 12, 5)
    """
    if size > 4:
        return 5
    return 9 if typical < 100 else 12


def trace_copies(asked: Sequences, others: Sequences, alphabet: Alphabet) -> np.ndarray:
    """Say which sequences have a near-duplicate among others.

    Candidates share words, on either strand for DNA: one if they are short, three beyond 120 letters, 15 beyond 400.
    A pair of up to 400 letters is decided by the definition itself, with Sellers' algorithm from every possible begin
    of the stretch (Sellers 1980, doi:10.1016/0196-6774(80)90016-4); longer ones from five begins, within a band. Both
    sets are read a few million letters at a time.

    Returns
    -------
    ndarray, shape=(len(asked),), bool
    """
    size = len(alphabet)
    lengths = np.concatenate([asked.lengths, others.lengths])
    word = word_length(size, float(np.median(lengths)) if len(lengths) else 0.0)
    table = np.array([*alphabet.complement_rows, *range(size, 256)], np.uint8) if alphabet.name == "dna" else None
    found = np.zeros(len(asked), np.uint8)
    for rows, codes, offsets in in_chunks(asked):
        values, owners = _index_words(codes, offsets[:-1], offsets[1:], size, word)
        order = np.argsort(values, kind="stable")
        # most words of another sequence are in no asked one: one look at a bit each
        there = np.zeros(size**word // 64 + 1, np.uint64)
        np.bitwise_or.at(there, values >> 6, np.uint64(1) << (values & 63).astype(np.uint64))
        wanted = (codes, offsets[:-1], offsets[1:], values[order], owners[order], there, word, size, found[rows])
        for _, letters, bounds in in_chunks(others):
            strands = [letters] if table is None else [letters, _turn(letters, bounds, table)]
            for strand in strands:
                _trace(strand, bounds[:-1], bounds[1:], *wanted)
    return found.astype(bool)


@numba.njit(cache=True)
def _turn(codes: np.ndarray, offsets: np.ndarray, table: np.ndarray) -> np.ndarray:
    out = np.empty_like(codes)
    for row in range(offsets.shape[0] - 1):
        for i in range(offsets[row], offsets[row + 1]):
            out[offsets[row] + offsets[row + 1] - 1 - i] = table[codes[i]]
    return out


@numba.njit(cache=True)
def _word_at(codes: np.ndarray, place: int, word: int, size: int) -> int:
    """Return the number of a word, or -1 if a letter is unknown or all letters are one."""
    value, same = 0, True
    for i in range(word):
        letter = codes[place + i]
        if letter >= size:
            return -1
        same = same and letter == codes[place]
        value = value * size + letter
    return -1 if same else value


@numba.njit(cache=True)
def _index_words(
    codes: np.ndarray, starts: np.ndarray, ends: np.ndarray, size: int, word: int
) -> tuple[np.ndarray, np.ndarray]:
    total = 0
    for row in range(starts.shape[0]):
        total += max(0, ends[row] - starts[row] - word + 1)
    values, owners, filled = np.empty(total, np.int64), np.empty(total, np.int64), 0
    for row in range(starts.shape[0]):
        for place in range(starts[row], ends[row] - word + 1):
            value = _word_at(codes, place, word, size)
            if value >= 0:
                values[filled], owners[filled] = value, (row << 32) + place - starts[row]
                filled += 1
    return values[:filled], owners[:filled]


@numba.njit(cache=True)
def _shared_words(length: int) -> int:
    """Return how many words a candidate of so many letters must share: longer ones share single words by chance."""
    return 1 if length < 120 else 3 if length < LONG else 15


@numba.njit(cache=True, parallel=True)
def _trace(  # noqa: PLR0913
    other: np.ndarray,
    other_starts: np.ndarray,
    other_ends: np.ndarray,
    codes: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    values: np.ndarray,
    owners: np.ndarray,
    there: np.ndarray,
    word: int,
    size: int,
    found: np.ndarray,
) -> None:
    asked = starts.shape[0]
    for row in numba.prange(other_starts.shape[0]):
        counts = np.zeros(asked, np.int32)
        diagonals = np.zeros(asked, np.int64)
        value, known, words = 0, 0, size**word
        for last in range(other_starts[row], other_ends[row]):
            letter = other[last]
            value, known = (value * size + letter) % words, known + 1 if letter < size else 0
            if known < word or not (there[value >> 6] >> np.uint64(value & 63)) & np.uint64(1):
                continue
            place = last - word + 1
            at = np.searchsorted(values, value)
            while at < values.shape[0] and values[at] == value:
                mine = owners[at] >> 32
                counts[mine] += 1
                diagonals[mine] += (owners[at] & 0xFFFFFFFF) - (place - other_starts[row])
                at += 1
        for mine in range(asked):
            if counts[mine] == 0 or found[mine]:
                continue
            own = codes[starts[mine] : ends[mine]]
            whole = other[other_starts[row] : other_ends[row]]
            shorter = min(own.shape[0], whole.shape[0])
            if counts[mine] < _shared_words(shorter):
                continue
            shift = diagonals[mine] // counts[mine]  # place in `own` less place in `whole`, on average
            near = _decide(own, whole, -shift) if own.shape[0] <= whole.shape[0] else _decide(whole, own, shift)
            if near:
                found[mine] = 1


@numba.njit(cache=True)
def _decide(short: np.ndarray, long: np.ndarray, shift: int) -> bool:
    """Say whether a stretch of at least 80 % of `short` is within 20 % edits of some stretch of `long`.

    Up to `LONG` letters every begin and every place is tried; beyond, five begins, within a band around the diagonal
    ``place in long = place in short + shift``.
    """
    length, width = short.shape[0], long.shape[0]
    least = (4 * length + 4) // 5
    exact = length <= LONG and width <= 2 * LONG
    step = 1 if exact else max(1, (length - least) // 4)
    band = width + length if exact else max(32, length // 5)
    beyond = length + width
    begin = 0
    while begin + least <= length:
        above, row = np.zeros(width + 1, np.int32), np.empty(width + 1, np.int32)
        excess = beyond * 5  # the least of 5 x edits - letters over the stretches that start here
        for i in range(begin, length):
            row[:] = beyond
            first, last = max(0, i + shift - band), min(width, i + shift + band + 1)
            if first == 0:
                row[0] = i - begin + 1
            lowest = row[0]
            for j in range(first, last):
                cost = above[j] + (0 if short[i] == long[j] else 1)
                row[j + 1] = min(cost, above[j + 1] + 1, row[j] + 1)
                lowest = min(lowest, row[j + 1])
            stretch = i - begin + 1
            if stretch >= least:
                excess = min(excess, 5 * lowest - stretch)
                if excess <= 0:
                    return True
            above, row = row, above
        begin += max(step, (excess + 3) // 4)  # one letter later: at most one edit and one letter less
    return False
