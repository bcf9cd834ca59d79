"""Near-duplicates among many sequences: pairs that share a spaced seed, confirmed by alignment.

A spaced seed reads some letters of a window and passes over the others (Ma, Tromp & Li 2002,
doi:10.1093/bioinformatics/18.3.440): at 80 % identity two sequences of 200 letters share many. Each seed is a sketch of
its own; a pair that one misses, the others find. Seeds stand anywhere, so a part of a longer sequence is found too.
"""

import math

import numba
import numpy as np

from primase.core.alphabet import Alphabet
from primase.curation.alignment import join_near

SEEDS = 6
CHANCE_HITS = 3e7  # seed hits between unrelated sequences that one sketch may cost
PLACES = 6e7  # windows indexed in one sketch; of longer data, a share of the windows of each long sequence
FEWEST_PLACES = 1000  # windows kept of a sequence, if it has them
REACH = 24  # hits of one seed are compared with the next 24 only: a family is still a chain, a repeat costs no square
FLANK = 16  # letters on both sides of a hit that are compared before the alignment
AGREEMENT = 0.45  # share of the letters outside the seed that must agree there; unrelated DNA has 0.25
LONGEST_SPAN = {2: 32, 5: 12}  # letters that fit a word, by bits per letter


def choose_weight(places: float, alphabet: Alphabet) -> int:
    """Return how many letters a seed must read for at most `CHANCE_HITS` hits between unrelated sequences.

    Examples
    --------
    >>> from primase.core.alphabet import DNA
    >>> choose_weight(1e6, DNA), choose_weight(2e7, DNA)
    (8, 12)
    """
    pairs = places**2 * (1 if alphabet.complement else 0.5)
    return max(3, math.ceil(math.log(max(pairs / CHANCE_HITS, 1), len(alphabet))))


def draw_seeds(weight: int, longest: int, seed: int, count: int = SEEDS) -> list[tuple[bool, ...]]:
    """Draw spaced seeds that read `weight` letters of windows half as long again, the first and the last among them.

    The first seed has no gaps: it survives insertions and deletions best.
    """
    rng = np.random.default_rng([seed, 83])
    weight = min(weight, longest)
    shapes = [(True,) * weight]
    for _ in range(count - 1):
        span = min(weight + weight // 2, longest)
        read = np.zeros(span, bool)
        read[[0, -1]] = True
        read[1 + rng.permutation(span - 2)[: weight - 2]] = True
        shapes.append(tuple(read.tolist()))
    return shapes


@numba.njit(cache=True, nogil=True)
def _key(window: np.uint64, mirrored: np.uint64, mask: np.uint64, shift: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Hash what a seed reads of a window, the same for both strands; the second value says which strand was read."""
    one, two = window & mask, mirrored & mask
    flipped = np.uint64(1) if two < one else np.uint64(0)
    return (min(one, two) * np.uint64(0x9E3779B97F4A7C15)) >> shift, flipped


@numba.njit(cache=True, nogil=True)
def index_seed(
    codes: np.ndarray, offsets: np.ndarray, shape: np.ndarray, letters: int, bits: int, share: float, both: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Sort the windows of all sequences by what the seed `shape` reads of them.

    Returns
    -------
    places : ndarray of uint32
        Twice the place of each window's first letter, plus one where its other strand was read.
    starts : ndarray, shape=(2 ** bits + 1,), int64
        Windows with key k are ``places[starts[k]:starts[k + 1]]``, in the order of the sequences.
    """
    span = shape.shape[0]
    width = np.uint64(2 if letters == 4 else 5)
    mask, whole = np.uint64(0), np.uint64(0)
    for i in range(span):
        whole = (whole << width) | ((np.uint64(1) << width) - np.uint64(1))
        if shape[i]:
            mask |= ((np.uint64(1) << width) - np.uint64(1)) << (width * np.uint64(span - 1 - i))
    shift = np.uint64(64 - bits)
    highest = width * np.uint64(span - 1)
    starts = np.zeros((1 << bits) + 2, np.int64)
    places = np.empty(0, np.uint32)
    for filling in range(2):  # first count, then fill
        if filling:
            for key in range(1, starts.shape[0]):
                starts[key] += starts[key - 1]
            places = np.empty(starts[-1], np.uint32)
        for row in range(offsets.shape[0] - 1):
            size = offsets[row + 1] - offsets[row]
            keep = max(share, FEWEST_PLACES / max(size, 1)) * 4294967296.0
            window, mirrored, legal = np.uint64(0), np.uint64(0), 0
            for i in range(offsets[row], offsets[row + 1]):
                code = codes[i]
                legal = legal + 1 if code < letters else 0
                window = ((window << width) | np.uint64(code)) & whole
                mirrored = (mirrored >> width) | (np.uint64(max(0, letters - 1 - code)) << highest)
                if legal < span:
                    continue
                key, flipped = _key(window, mirrored if both else window, mask, shift)
                if float((key * np.uint64(0xBF58476D1CE4E5B9) >> np.uint64(17)) & np.uint64(0xFFFFFFFF)) >= keep:
                    continue
                if filling:
                    places[starts[key + 1]] = np.uint32(2 * (i - span + 1) + flipped)
                    starts[key + 1] += 1
                else:
                    starts[key + 2] += 1
    return places, starts


@numba.njit(cache=True, nogil=True)
def match_seeds(
    codes: np.ndarray,
    other: np.ndarray,
    offsets: np.ndarray,
    owners: np.ndarray,
    labels: np.ndarray,
    shape: np.ndarray,
    index: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """List the pairs of rows that share a seed and agree around it, shape (P, 3): rows, and whether strands differ.

    Rows that `labels` joins already are passed over.
    """
    places, starts = index
    span, weight = shape.shape[0], shape.sum()
    pairs = np.empty((1024, 3), np.int64)
    count = 0
    for key in range(starts.shape[0] - 1):
        for i in range(starts[key], starts[key + 1] - 1):
            place, flipped = np.int64(places[i] >> 1), places[i] & 1
            row = owners[place]
            before = place - offsets[row]
            after = offsets[row + 1] - place
            for j in range(i + 1, min(i + 1 + REACH, starts[key + 1])):
                partner_place = np.int64(places[j] >> 1)
                partner = owners[partner_place]
                if labels[partner] == labels[row]:
                    continue
                turned = (places[j] & 1) != flipped
                low, high = offsets[partner], offsets[partner + 1]
                if turned:
                    partner_place = low + high - partner_place - span
                left = min(FLANK, before, partner_place - low)
                right = min(span + FLANK, after, high - partner_place)
                text = other if turned else codes
                same = -weight
                for k in range(-left, right):
                    same += codes[place + k] == text[partner_place + k]
                if same < AGREEMENT * (left + right - weight):
                    continue
                if count == pairs.shape[0]:
                    longer = np.empty((2 * count, 3), np.int64)
                    longer[:count] = pairs
                    pairs = longer
                pairs[count, 0], pairs[count, 1], pairs[count, 2] = row, partner, turned
                count += 1
    return pairs[:count]


def compare_by_seeds(
    codes: np.ndarray, other: np.ndarray, offsets: np.ndarray, alphabet: Alphabet, *, seed: int
) -> np.ndarray:
    """Find near pairs by shared seeds; return a forest of confirmed ones, shape (P, 2)."""
    from primase.curation.similarity import join_rounds

    rows = len(offsets) - 1
    share = min(1.0, PLACES / max(len(codes), 1))
    bits = int(np.clip(math.ceil(math.log2(max(len(codes) * share, 2))), 10, 26))
    width = 2 if len(alphabet) == 4 else 5
    weight = choose_weight(min(len(codes), PLACES), alphabet)
    shapes = [np.array(shape) for shape in draw_seeds(weight, LONGEST_SPAN[width], seed)]
    owners = np.repeat(np.arange(rows, dtype=np.int32), np.diff(offsets))
    parents = np.arange(rows)

    def compare(task: tuple[int, int]) -> np.ndarray:
        shape = shapes[task[0]]
        forest = parents.copy()
        index = index_seed(codes, offsets, shape, len(alphabet), bits, share, bool(alphabet.complement))
        pairs = match_seeds(codes, other, offsets, owners, forest, shape, index)
        pairs = np.unique(pairs, axis=0)
        return pairs[join_near(codes, other, offsets, pairs, forest)]

    return join_rounds(compare, [(number, 0) for number in range(len(shapes))], parents, per_round=2)
