"""Which sequences are near-duplicates of each other, and the clusters that follow.

Two sequences are near-duplicates when a stretch of at least 80 % of the shorter one aligns to the other one, on either
strand for DNA, at an edit distance of at most 20 % of the stretch; or when their windows of a genome overlap or adjoin.
Where a stretch of so many letters is asked for, sharing that is enough, however small a part of the sequences it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from primase.core.alphabet import Alphabet
from primase.core.genome import Interval
from primase.core.kernels import copy_spans, trim_spans
from primase.curation.alignment import LANES, join_near, join_rounds, pack_windows, screen, shortest_stretch
from primase.curation.seeding import compare_by_seeds

DEFINITION = (
    "a stretch of at least 80 % of the shorter sequence aligns to the other{strands} with edits in at most 20 % of the "
    "stretch, or the headers name overlapping or adjoining windows of a genome"
)
EXACT_ROWS = 5000  # up to here every pair is decided
MOST_STEPS = 3e11  # of the bit-parallel alignment, some two minutes: beyond, fewer rows too are compared by seeds
FEW_STEPS = 3e10  # below, more rows too are compared all with all
FEWEST_FOR_CONSTANT = 10  # rows below which a column may be the same everywhere by chance


@dataclass(frozen=True)
class Constant:
    """Columns that are the same in every sequence.

    Attributes
    ----------
    left, right : int
        Constant letters at the start and at the end of every sequence.
    inside : ndarray of int64
        Other constant columns; only where all sequences have one length.
    """

    left: int
    right: int
    inside: np.ndarray

    def __len__(self) -> int:
        return self.left + self.right + len(self.inside)


def near_duplicates(
    codes: np.ndarray,
    offsets: np.ndarray,
    alphabet: Alphabet,
    *,
    intervals: Sequence[Interval | None] | None = None,
    exact_limit: int = EXACT_ROWS,
    stretch: int = 0,
    seed: int = 0,
) -> tuple[np.ndarray, bool]:
    """Find near-duplicate pairs: enough of them to connect every cluster, each one confirmed.

    Up to `exact_limit` different sequences every pair is decided, unless they are so long that it would take many
    minutes (5,000 of 1,000 letters, 1,500 of 3,000); else those pairs that share spaced seeds. Constant columns and
    unknown letters at the ends are left out of the comparison. A pair whose rows other pairs connect already is not
    listed.

    Parameters
    ----------
    codes : ndarray, shape=(total,), uint8
    offsets : ndarray, shape=(N + 1,), int64
        Sequence i is ``codes[offsets[i]:offsets[i + 1]]``.
    alphabet : Alphabet
        Its complement decides whether other strands are compared.
    intervals : sequence of Interval or None, optional
        The window of each row, where known.
    exact_limit : int
        Most different sequences that are compared all with all.
    stretch : int
        If given, sequences that share so many letters, with edits in at most 20 % of them, are near-duplicates too.
        These pairs are found by seeds, however few rows there are; among rows of which it is 80 % there are no others.
    seed : int
        Of the sketches.

    Returns
    -------
    pairs : ndarray, shape=(P, 2), int64
        Rows, the smaller first; sorted.
    exact : bool
        Whether every pair was decided.

    Examples
    --------
    >>> from primase.core.alphabet import DNA, encode
    >>> pairs, exact = near_duplicates(*encode(["ACGTTGCAAC", "GGGGGCCCCC", "GTTGCAACGT"]), DNA)
    >>> pairs.tolist(), exact
    ([[0, 2]], True)
    """
    codes, offsets = comparable(np.asarray(codes), np.asarray(offsets), alphabet)
    firsts = first_copies(codes, other_strand(codes, offsets, alphabet), offsets)
    copies = np.flatnonzero(firsts != np.arange(len(firsts)))
    found = [np.stack([firsts[copies], copies], 1)]
    lengths = np.diff(offsets)
    kept = np.flatnonzero((firsts == np.arange(len(firsts))) & (lengths > 0))
    order = kept[np.argsort(lengths[kept], kind="stable")]
    same = np.arange(256, dtype=np.uint8)
    short, bounds = copy_spans(codes, offsets[order], offsets[order + 1], same, backwards=False)
    back = other_strand(short, bounds, alphabet)
    steps = float(_words(np.diff(bounds), len(alphabet)).sum()) * len(short) * (1 if back is short else 2)
    exact = steps <= (MOST_STEPS if len(order) <= exact_limit else FEW_STEPS)
    stretch = stretch if stretch < shortest_stretch(int(lengths.max(initial=0))) else 0
    if exact:
        found.append(order[_compare_all(short, back, bounds, len(alphabet))])
    if not exact or stretch:
        found.append(order[compare_by_seeds(short, back, bounds, alphabet, seed=seed, stretch=stretch)])
    if intervals is not None:
        found.append(neighbours(intervals))
    pairs = np.sort(np.concatenate(found).astype(np.int64), axis=1)
    return np.unique(pairs, axis=0), exact


def clusters(pairs: np.ndarray, rows: int) -> np.ndarray:
    """Return the number of each row's connected component under `pairs`, in the order of their first rows.

    Examples
    --------
    >>> clusters(np.array([[0, 2]]), 4).tolist()
    [0, 1, 0, 2]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(rows, rows))
    _, labels = connected_components(graph, directed=False)
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def constant_columns(codes: np.ndarray, offsets: np.ndarray) -> Constant:
    """Find the columns that are the same in every sequence: adapters, flanks, a scaffold.

    Sequences of several lengths are compared from their first and from their last letter. At least one column is left
    over, and fewer than 10 sequences have none.

    Examples
    --------
    >>> from primase.core.alphabet import encode
    >>> constant = constant_columns(*encode(["GG" + "ACGT"[i % 4] * (1 + i % 3) + "C" for i in range(12)]))
    >>> constant.left, constant.right
    (2, 1)
    """
    lengths = np.diff(offsets)
    nothing = Constant(0, 0, np.zeros(0, np.int64))
    if len(lengths) < FEWEST_FOR_CONSTANT or lengths.min() < 2:
        return nothing
    shortest = int(lengths.min())
    left = _common(codes, offsets[:-1], 1, shortest)
    if left == shortest:  # some sequence is the start of all others
        return nothing
    right = _common(codes, offsets[1:] - 1, -1, shortest - 1 - left)
    inside = np.zeros(0, np.int64)
    if shortest == lengths.max():
        table = codes.reshape(-1, shortest)[:, left : shortest - right]
        inside = left + np.flatnonzero((table == table[0]).all(0))
    return Constant(left, right, inside)


def _common(codes: np.ndarray, places: np.ndarray, step: int, most: int) -> int:
    """Count the steps from `places` over which all sequences agree."""
    count = 0
    while count < most:
        letters = codes[places + step * count]
        if (letters != letters[0]).any():
            break
        count += 1
    return count


def neighbours(intervals: Sequence[Interval | None]) -> np.ndarray:
    """Pair the rows whose windows overlap or adjoin, shape (P, 2); a chain through each island of windows.

    Headers count from 0 or from 1, so windows one apart may adjoin and are paired.

    Examples
    --------
    >>> neighbours([Interval("chr1", 5, 9), None, Interval("chr2", 5, 9), Interval("chr1", 8, 20)]).tolist()
    [[0, 3]]
    """
    known = [(window.chrom, window.start, window.end, row) for row, window in enumerate(intervals) if window]
    pairs: list[tuple[int, int]] = []
    chrom, reach, last = "", -1, -1
    for name, start, end, row in sorted(known):
        if name == chrom and start <= reach + 1:
            pairs.append((last, row))
            if end <= reach:
                continue
        chrom, reach, last = name, end, row
    return np.array(pairs, np.int64).reshape(-1, 2)


def other_strand(codes: np.ndarray, offsets: np.ndarray, alphabet: Alphabet) -> np.ndarray:
    """Reverse-complement every sequence in its place; the sequences themselves where only one strand is read."""
    if alphabet.name != "dna":
        return codes
    table = np.array([*alphabet.complement_rows, alphabet.unknown], np.uint8)
    return copy_spans(codes, offsets[:-1], offsets[1:], table, backwards=True)[0]


def comparable(codes: np.ndarray, offsets: np.ndarray, alphabet: Alphabet) -> tuple[np.ndarray, np.ndarray]:
    """Leave out the constant columns, and the unknown letters at both ends."""
    constant = constant_columns(codes, offsets)
    starts, ends = offsets[:-1] + constant.left, offsets[1:] - constant.right
    if len(constant.inside):
        codes = np.delete(codes.reshape(len(starts), -1), constant.inside, axis=1)
        ends = np.arange(1, len(starts) + 1) * codes.shape[1] - constant.right
        starts = np.arange(len(starts)) * codes.shape[1] + constant.left
        codes = codes.reshape(-1)
    starts, ends = trim_spans(codes, starts, ends, alphabet.unknown)
    return copy_spans(codes, starts, ends, np.arange(256, dtype=np.uint8), backwards=False)


def _compare_all(codes: np.ndarray, other: np.ndarray, offsets: np.ndarray, letters: int) -> np.ndarray:
    """Decide all pairs of rows sorted by length; return a forest of near ones, shape (P, 2)."""
    lengths = np.diff(offsets)
    rows = len(lengths)
    strands = (codes,) if other is codes else (codes, other)
    words = _words(lengths, letters)
    parents = np.arange(rows)

    def compare(task: tuple[int, int]) -> np.ndarray:
        first, strand = task
        last = min(first + LANES, rows)
        low = int(np.searchsorted(lengths, lengths[first]))  # texts: as long or longer
        patterns = offsets[first : last + 1] - offsets[first]
        masks, start, bounds = pack_windows(
            codes[offsets[first] : offsets[last]], patterns, int(words[last - 1]), letters + 1
        )
        passed = screen(strands[strand], offsets[low:], masks, start, bounds)
        texts, lanes = np.nonzero(passed)
        pairs = np.stack([lanes + first, texts + low, np.full(len(texts), strand)], 1)
        pairs = pairs[(pairs[:, 0] != pairs[:, 1]) & (lengths[pairs[:, 0]] <= lengths[pairs[:, 1]])]
        return pairs[join_near(codes, other, offsets, pairs, parents.copy())]

    tasks = [(first, strand) for first in range(0, rows, LANES) for strand in range(len(strands))]
    return join_rounds(compare, tasks, parents, per_round=8)


def _words(lengths: np.ndarray, letters: int) -> np.ndarray:
    """Return how many words of 64 letters of each pattern an unrelated text gives away.

    It has some 30 edits per word, less 6, to DNA, and 48 to protein; the bound is 20 % of the pattern's letters. A
    tenth is put on top.
    """
    gain, loss = (30, 6) if letters == 4 else (48, 0)
    return np.ceil((0.22 * lengths + loss) / gain).astype(np.int64)


def first_copies(codes: np.ndarray, other: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """For each row, the first row that is the same sequence on either strand."""
    seen: dict[bytes, int] = {}
    letters, mirrored, bounds = codes.tobytes(), other.tobytes(), offsets.tolist()
    firsts = np.empty(len(bounds) - 1, np.int64)
    for row, (start, end) in enumerate(pairwise(bounds)):
        firsts[row] = seen.setdefault(min(letters[start:end], mirrored[start:end]), row)
    return firsts
