"""A second look for near-duplicates, apart from the one that makes the split: exact words, then plain alignment."""

import numba
import numpy as np

from primase.curation.dataset import Dataset

SHARE, EDITS = 0.8, 0.2  # of the definition: a stretch of so much of the shorter, with so many edits
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


def trace_copies(dataset: Dataset, asked: np.ndarray, against: np.ndarray) -> np.ndarray:
    """Say which rows of `asked` have a near-duplicate among the rows `against`.

    Candidates share words, on either strand for DNA: one if they are short, three beyond 120 letters, 15 beyond 400.
    A pair of up to 400 letters is decided by the definition itself, with Sellers' algorithm from every possible begin
    of the stretch (Sellers 1980, doi:10.1016/0196-6774(80)90016-4); longer ones from five begins, within a band.

    Returns
    -------
    ndarray, shape=(len(asked),), bool
    """
    codes, offsets, size = np.ascontiguousarray(dataset.codes), dataset.offsets, len(dataset.alphabet)
    word = word_length(size, float(np.median(dataset.lengths)) if len(dataset) else 0.0)
    starts, ends = offsets[asked], offsets[asked + 1]
    values, owners = _index_words(codes, starts, ends, size, word)
    order = np.argsort(values, kind="stable")
    there = np.zeros(size**word, np.bool_)  # most words of another sequence are in no asked one: one look each
    there[values] = True
    found = np.zeros(len(asked), np.uint8)
    strands = [codes]
    if dataset.alphabet.complement and dataset.alphabet.name == "dna":
        table = np.array([*dataset.alphabet.complement_rows, *range(size, 256)], np.uint8)
        strands.append(_turn(codes, offsets, table))
    wanted = (codes, starts, ends, values[order], owners[order], there, word, size, found)
    for strand in strands:
        _trace(strand, offsets[against], offsets[against + 1], *wanted)
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
        for place in range(other_starts[row], other_ends[row] - word + 1):
            value = _word_at(other, place, word, size)
            if value < 0 or not there[value]:
                continue
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
    least = int(np.ceil(SHARE * length - 1e-9))
    begins = length - least
    exact = length <= LONG and width <= 2 * LONG
    step = 1 if exact else max(1, begins // 4)
    band = width + length if exact else max(32, length // 5)
    beyond = length + width
    for begin in range(0, begins + 1, step):
        above = np.zeros(width + 1, np.int64)
        for i in range(begin, length):
            row = np.full(width + 1, beyond)
            first, last = max(0, i + shift - band), min(width, i + shift + band + 1)
            if first == 0:
                row[0] = i - begin + 1
            lowest = beyond
            for j in range(first, last):
                cost = 0 if short[i] == long[j] else 1
                row[j + 1] = min(above[j] + cost, above[j + 1] + 1, row[j] + 1)
                lowest = min(lowest, row[j + 1])
            stretch = i - begin + 1
            if stretch >= least and lowest <= int(EDITS * stretch + 1e-9):
                return True
            if lowest > int(EDITS * (length - begin) + 1e-9):  # edits never fall again
                break
            above = row
    return False
