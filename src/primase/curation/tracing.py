"""A second, independent look for near-duplicates: exact shared words, then a banded alignment."""

import numba
import numpy as np

from primase.curation.dataset import Dataset

WORD = 12
SHARE, EDITS = 0.8, 0.2


def count_traced(dataset: Dataset, asked: np.ndarray, against: np.ndarray) -> int:
    """Count the rows of `asked` that have a near-duplicate among the rows `against`.

    Candidates share a word of `WORD` letters, on either strand for DNA; each is aligned along the diagonal of that word.
    """
    strands = [np.asarray(dataset.codes)]
    if dataset.alphabet.name == "dna":
        table = np.array([*dataset.alphabet.complement_rows, *range(4, 256)], np.uint8)
        flat = strands[0]
        turned = np.empty_like(flat)
        for start, end in zip(dataset.offsets[:-1], dataset.offsets[1:], strict=True):
            turned[start:end] = table[flat[start:end][::-1]]
        strands.append(turned)
    index: dict[int, list[tuple[int, int]]] = {}
    size = len(dataset.alphabet)
    word = WORD if size == 4 else 5
    for row in asked:
        for place, value in _words(strands[0][dataset.offsets[row] : dataset.offsets[row + 1]], word, size):
            index.setdefault(value, []).append((int(row), place))
    found: set[int] = set()
    for codes in strands:
        for row in against:
            other = codes[dataset.offsets[row] : dataset.offsets[row + 1]]
            tried: set[int] = set()
            for place, value in _words(other, word, size):
                for mine, at in index.get(value, ())[:50]:
                    if mine in found or mine in tried:
                        continue
                    tried.add(mine)
                    own = strands[0][dataset.offsets[mine] : dataset.offsets[mine + 1]]
                    if _similar(own, other, at - place):
                        found.add(mine)
    return len(found)


def _words(codes: np.ndarray, word: int, size: int) -> list[tuple[int, int]]:
    """Return place and number of every word without unknown letters, at every `word // 2`-th place."""
    if len(codes) < word:
        return []
    powers = size ** np.arange(word, dtype=np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(codes.astype(np.int64), word)
    legal = (windows < size).all(1)
    values = windows @ powers
    return [(int(i), int(values[i])) for i in np.flatnonzero(legal)]


@numba.njit(cache=True)
def _similar(a: np.ndarray, b: np.ndarray, shift: int) -> bool:
    """Say whether, near one diagonal, 80 % of the shorter aligns at 20 % edits: a banded local alignment (+1, -4)."""
    band = 8 + min(a.shape[0], b.shape[0]) // 10
    shorter = min(a.shape[0], b.shape[0])
    width = 2 * band + 1
    score = np.zeros(width, np.int64)
    for i in range(a.shape[0]):
        previous = 0
        new = np.zeros(width, np.int64)
        for k in range(width):
            j = i - shift + k - band
            if j < 0 or j >= b.shape[0]:
                previous = 0
                continue
            diagonal = score[k] + (1 if a[i] == b[j] else -4)
            up = score[k + 1] - 4 if k + 1 < width else -4
            value = max(0, diagonal, up, previous - 4)
            new[k] = value
            previous = value
            if value >= (SHARE - 5 * SHARE * EDITS) * shorter + 0.5 * shorter * SHARE:
                return True
        score = new
    return False
