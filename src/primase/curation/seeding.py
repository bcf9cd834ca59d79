"""Near-duplicates among many sequences: pairs that share spaced seeds, confirmed by alignment.

A spaced seed reads some letters of a window and passes over the others (Ma, Tromp & Li 2002,
doi:10.1093/bioinformatics/18.3.440): at 80 % identity two sequences of 200 letters share many. Each seed is a sketch of
its own; a pair that one misses, the others find. Seeds stand anywhere, so a part of a longer sequence is found too.
Chance hits are sorted out in three steps, each some ten times dearer than the one before: the letters beside the
windows are compared, the 64 letters around them are aligned, the two sequences are aligned.
"""

import math

import numba
import numpy as np

from primase.core.alphabet import Alphabet
from primase.curation.alignment import find_root, is_near, join_rounds, shares_stretch, shortest_stretch
from primase.curation.sketching import LOWER, ONE, list_windows, pack_planes, peek, sort_entries

SEEDS = 4  # sketches; three more of short sequences
SHORT = 120  # mean letters below which there are more sketches, and more is aligned
CHANCE_HITS = 1e10  # seed hits between unrelated sequences that one sketch may cost, times the mean length
WINDOWS = 6e7  # windows that one sketch holds; of longer data, a share of the windows of each long sequence
AT_A_TIME = 1e7  # windows of a sketch that are sorted at a time, or a fifth of them
MOST_PASSES = 5  # each reads all letters
REACH = 16  # a hit is compared with so many next ones of its seed: a family is still a chain, a repeat costs no square
WIDTHS = {4: 2, 20: 5}  # bits per letter, by the letters of the alphabet
BESIDE = {2: 12, 5: 6}  # letters compared on each side of a hit, by bits per letter
AROUND = 48  # letters around a hit that are aligned next
EDITS = 0.32  # most edits per letter there: of chance hits 1 in 300 has so few, of near pairs all but a few have
LETTERS_PER_HIT = 128  # beyond `FREE` letters of the shorter sequence, for each of which one more hit is needed
FREE = 200  # near pairs have three times as many: longer sequences share single seeds by chance, or repeats
PATIENCE = 50  # pairs aligned in vain before a seed is taken for a common word: a motif, an adapter
NOTHING = 31  # a code that no alphabet has
TRIED_BITS = 22  # of the table that counts the hits of pairs: with too few, chance pairs push the near ones out


def choose_weight(windows: float, length: float, letters: int, *, both: bool) -> int:
    """Return how many letters a seed must read for few enough hits between unrelated sequences.

    Short sequences share few seeds, so more chance hits are borne to find them.

    Examples
    --------
    >>> choose_weight(1e6, 200, 4, both=True), choose_weight(2e7, 200, 4, both=True)
    (11, 12)
    """
    hits = windows**2 * (1 if both else 0.5) * (4 if length < SHORT / 3 else 1)  # below, each hit is aligned
    needed = math.ceil(math.log(max(hits * length / CHANCE_HITS, 1), letters))
    # fewer letters would find hardly more
    enough = min(length // 6, 7 + length // 50, 11) if letters == 4 else min(5, length // 10)
    return max(3, int(enough), needed)


def draw_seeds(weight: int, longest: int, count: int, seed: int) -> list[np.ndarray]:
    """Draw spaced seeds that read `weight` letters of windows a quarter longer, the first and the last among them.

    The first seed has no gaps: it survives insertions and deletions best.
    """
    rng = np.random.default_rng([seed, 83])
    weight = min(weight, longest)
    shapes = [np.ones(weight, bool)]
    for _ in range(count - 1):
        span = min(weight + weight // 4, longest)
        read = np.zeros(span, bool)
        read[[0, -1]] = True
        read[1 + rng.permutation(span - 2)[: weight - 2]] = True
        shapes.append(read)
    return shapes


@numba.njit(cache=True, nogil=True)
def _agree_beside(one: np.uint64, two: np.uint64, width: int, most: int) -> bool:
    """Tell whether at most `most` letters differ, of those before two windows or of those after them."""
    word = one ^ two
    if width == 2:
        word = (word | (word >> ONE)) & np.uint64(0x5555555555555555)
    else:
        word |= (word >> ONE) | (word >> np.uint64(2)) | (word >> np.uint64(3)) | (word >> np.uint64(4))
        word &= np.uint64(0x0210842102108421)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    word += word >> np.uint64(8)
    word += word >> np.uint64(16)
    return bool(word & np.uint64(0xFF) <= most or (word >> np.uint64(32)) & np.uint64(0xFF) <= most)


@numba.njit(cache=True, nogil=True)
def _agree_around(
    one: np.ndarray, two: np.ndarray, pattern: tuple[int, int], text: tuple[int, int], most: int, masks: np.ndarray
) -> bool:
    """Tell whether letters `pattern` (first and end) of `one` have `most` edits to some of the letters `text` of `two`.

    Both are 64 letters as `peek` gives them; `masks` is scratch.
    """
    low, size = np.uint64(pattern[0]), pattern[1] - pattern[0]
    top = np.uint64(size - 1)
    for letter in range(masks.shape[0]):
        masks[letter] = ~np.uint64(0)
        for plane in range(one.shape[0]):
            masks[letter] &= ~((one[plane] >> low) ^ (np.uint64(0) - np.uint64((letter >> plane) & 1)))
    pv, mv = ~np.uint64(0), np.uint64(0)
    edits = size
    for column in range(text[0], text[1]):
        code = np.uint64(0)
        for plane in range(one.shape[0]):
            code |= ((two[plane] >> np.uint64(column)) & ONE) << np.uint64(plane)
        equal = masks[code]
        horizontal = (((equal & pv) + pv) ^ pv) | equal
        vertical = equal | mv
        ph = mv | ~(horizontal | pv)
        mh = pv & horizontal
        edits += np.int64((ph >> top) & ONE) - np.int64((mh >> top) & ONE)
        if edits <= most:
            return True
        ph <<= ONE
        mh <<= ONE
        pv = mh | ~(vertical | ph)
        mv = ph & vertical
    return False


@numba.njit(cache=True, nogil=True)
def _may_be_near(
    packed: tuple[np.ndarray, np.ndarray], one: tuple[int, int, int], two: tuple[int, int, int], scratch: np.ndarray
) -> bool:
    """Align the letters around a hit, or the whole rows where they fit a word.

    `packed` has the planes of each row's strand; `one` and `two` are first letter and end of a row, and the middle of
    the hit in it.
    """
    planes = packed[0].shape[1]
    window, partner, masks = scratch[:planes], scratch[planes : 2 * planes], scratch[2 * planes :]
    if max(one[1] - one[0], two[1] - two[0]) <= 64:
        if two[1] - two[0] < one[1] - one[0]:
            packed, one, two = (packed[1], packed[0]), two, one
        peek(packed[0], one[0], window)
        peek(packed[1], two[0], partner)
        size = one[1] - one[0]
        stretch = shortest_stretch(size)
        most = size - stretch + stretch // 5  # all letters outside of the stretch may differ too
        return _agree_around(window, partner, (0, size), (0, two[1] - two[0]), most, masks)
    if min(one[1] - one[0], two[1] - two[0]) <= 64:
        return True
    first, second = one[2] - 32, two[2] - 32
    peek(packed[0], first, window)
    peek(packed[1], second, partner)
    margin = (64 - AROUND) // 2
    pattern = max(margin, one[0] - first), min(64 - margin, one[1] - first)
    text = max(0, two[0] - second), min(64, two[1] - second)
    return _agree_around(window, partner, pattern, text, int(EDITS * (pattern[1] - pattern[0])), masks)


@numba.njit(cache=True, nogil=True)
def _row_of(place: int, offsets: np.ndarray, first_rows: np.ndarray) -> int:
    """Return the row that holds a place; `first_rows` has the row of every 64th place."""
    row = first_rows[place >> 6]
    while offsets[row + 1] <= place:
        row += 1
    return row


@numba.njit(cache=True, nogil=True)
def _count_hit(pair: np.uint64, tried: np.ndarray, hits: np.ndarray) -> int:
    """Count one more hit of a pair in a table that remembers the latest pairs; return how many it has had."""
    slot = np.int64((pair * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - TRIED_BITS))
    if tried[slot] != pair:
        tried[slot], hits[slot] = pair, 0
    hits[slot] += 1
    return hits[slot]


@numba.njit(cache=True, nogil=True)
def _prove(one: np.ndarray, two: np.ndarray, hit: tuple[int, int, int], stretch: int, letters: int) -> bool:
    """Decide whether two rows are near: as wholes, or, where a stretch is given, whether they share one around a hit.

    `hit` is its first letter in either row, and how many letters it has. Of a row of which the stretch would be more
    than 80 %, so much is enough. Codes from `letters` on are unknown: in a stretch they equal nothing, since every gap
    of a genome has them.
    """
    if stretch == 0:
        return is_near(one, two)
    place, there, span = hit
    stretch = min(stretch, shortest_stretch(min(one.shape[0], two.shape[0])))
    wide = stretch + stretch // 5
    text = two[max(0, there - wide) : there + span + wide].copy()
    for i in range(text.shape[0]):
        if text[i] >= letters:
            text[i] = NOTHING
    return shares_stretch(one[max(0, place - stretch) : place + span + stretch], text, stretch)


@numba.njit(cache=True, nogil=True)
def join_seeded(
    sequences: tuple[np.ndarray, np.ndarray, np.ndarray],
    packed: tuple[np.ndarray, np.ndarray],
    first_rows: np.ndarray,
    sketch: tuple[np.ndarray, np.ndarray],
    seed: tuple[int, int, int, int, int, int],
    parents: np.ndarray,
) -> np.ndarray:
    """Join the rows that share a seed, agree around it and prove near.

    Parameters
    ----------
    sequences : tuple
        Codes, other strands, offsets.
    packed : tuple
        Codes and other strands as `pack_planes` gives them.
    first_rows : ndarray of int64
        Row of every 64th letter.
    sketch : tuple
        From `list_windows`.
    seed : tuple of int
        Letters from the first to the last that the seed reads; how many letters may differ on the better side of it;
        with how many of the next hits of the same seed a hit is compared; beyond `FREE` letters, how many ask for
        one more hit before the pair is aligned; the letters of a stretch that makes a pair near, or 0;
        how many letters are known.
    parents : ndarray, shape=(N,), int64
        Union-find forest; updated.

    Returns
    -------
    ndarray, shape=(P, 2), int64
        The pairs that joined two trees.
    """
    codes, other, offsets = sequences
    span, most, reach, per_hit, stretch, letters = seed
    planes = packed[0].shape[1]
    scratch = np.empty(2 * planes + (1 << planes), np.uint64)
    tried, hits = np.zeros(1 << TRIED_BITS, np.uint64), np.zeros(1 << TRIED_BITS, np.int32)
    joined, count = np.empty((parents.shape[0], 2), np.int64), 0
    bits = 4
    while bits < 17 and (256 << bits) < sketch[0].shape[0] * (256 // (sketch[1].shape[0] - 1)):
        bits += 1
    for group in range(sketch[1].shape[0] - 1):
        part, starts = sort_entries(sketch[0][sketch[1][group] : sketch[1][group + 1]], bits)
        for bucket in range(starts.shape[0] - 1):
            last, failed = starts[bucket + 1], 0
            for i in range(starts[bucket], last - 1):
                if failed > PATIENCE * reach:
                    break
                place, row = np.int64((part[i, 0] & LOWER) >> ONE), -1
                for j in range(i + 1, min(i + 1 + reach, last)):
                    apart = part[i, 0] ^ part[j, 0]
                    if apart >> np.uint64(32) or not _agree_beside(part[i, 1], part[j, 1], planes, most):
                        continue
                    row = row if row >= 0 else _row_of(place, offsets, first_rows)
                    there, flipped = np.int64((part[j, 0] & LOWER) >> ONE), np.int64(apart & ONE)
                    partner = _row_of(there, offsets, first_rows)
                    root, root_two = find_root(parents, row), find_root(parents, partner)
                    if root == root_two:
                        continue
                    start, end, low, high = offsets[row], offsets[row + 1], offsets[partner], offsets[partner + 1]
                    there = low + high - there - span if flipped else there
                    one, two = (start, end, place + span // 2), (low, high, there + span // 2)
                    if not _may_be_near((packed[0], packed[flipped]), one, two, scratch):
                        failed += 1
                        continue
                    pair = (np.uint64(row) << np.uint64(32)) | np.uint64(2 * partner + flipped)
                    wanted = 1 + max(0, min(end - start, high - low) - FREE) // per_hit
                    if not stretch and _count_hit(pair, tried, hits) != wanted:
                        continue
                    hit = place - start, there - low, span
                    if _prove(codes[start:end], (other if flipped else codes)[low:high], hit, stretch, letters):
                        parents[max(root, root_two)] = min(root, root_two)
                        joined[count] = row, partner
                        count += 1
                    else:
                        failed += reach
    return joined[:count]


def compare_by_seeds(
    codes: np.ndarray, other: np.ndarray, offsets: np.ndarray, alphabet: Alphabet, *, seed: int, stretch: int = 0
) -> np.ndarray:
    """Find near pairs by shared seeds; return a forest of confirmed ones, shape (P, 2).

    With `stretch`, so many letters that two rows share, with edits in at most 20 % of them, make the rows near.
    """
    both = other is not codes
    share = 1.0 if stretch else min(1.0, WINDOWS / max(len(codes), 1))
    windows, length = len(codes) * share, len(codes) / (len(offsets) - 1)
    letters, width = len(alphabet), WIDTHS[len(alphabet)]
    weight = choose_weight(windows, stretch or length, letters, both=both)
    shapes = draw_seeds(weight, 64 // width, SEEDS if length >= SHORT else SEEDS + 3, seed)
    beside = BESIDE[width]
    most = beside // 2 if length >= SHORT else beside if length < SHORT / 3 else beside * 2 // 3
    reach = max(REACH, int(2 * windows * (2 if both else 1) / letters**weight))  # twice the hits expected by chance
    packed = pack_planes(codes, width), pack_planes(other, width)
    first_rows = np.searchsorted(offsets, np.arange(0, len(codes) + 64, 64), "right") - 1
    parents = np.arange(len(offsets) - 1)
    passes = min(math.ceil(windows / AT_A_TIME), MOST_PASSES)
    edges = [256 * i // passes for i in range(passes + 1)]

    def compare(task: tuple[int, int]) -> np.ndarray:
        shape, groups = shapes[task[0]], (edges[task[1]], edges[task[1] + 1])
        sketch = list_windows(codes, offsets, shape, (letters, width, beside), both, share, groups)
        about = len(shape), most, reach, int(LETTERS_PER_HIT * passes / share), stretch, letters
        return join_seeded((codes, other, offsets), packed, first_rows, sketch, about, parents.copy())

    tasks = [(number, part) for number in range(len(shapes)) for part in range(passes)]
    return join_rounds(compare, tasks, parents, per_round=4)
