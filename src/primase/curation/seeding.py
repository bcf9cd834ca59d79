"""Near-duplicates among many sequences: pairs that share spaced seeds, confirmed by alignment.

A spaced seed reads some letters of a window and passes over the others (Ma, Tromp & Li 2002,
doi:10.1093/bioinformatics/18.3.440): at 80 % identity two sequences of 200 letters share many. Each seed is a sketch of
its own; a pair that one misses, the others find. Seeds stand anywhere, so a part of a longer sequence is found too.
"""

import math

import numba
import numpy as np

from primase.core.alphabet import Alphabet
from primase.curation.alignment import find_root, is_near

SEEDS = 4  # sketches; half as many again for sequences below 100 letters
CHANCE_HITS = 6e9  # seed hits between unrelated sequences that one sketch may cost, times the mean length
PLACES = 6e7  # windows that one sketch holds; of longer data, a share of the windows of each long sequence
FEWEST_PLACES = 1000  # windows kept of a sequence, if it has them
REACH = 16  # a hit is compared with so many next ones of its seed: a family is still a chain, a repeat costs no square
LONGEST_SPAN = {2: 32, 5: 12}  # letters that fit a word, by bits per letter
BESIDE = 12  # letters on each side of a hit that are compared first; on one side half must agree: 1 chance hit in 10
AROUND = 48  # letters around a hit that are aligned next
EDITS = 0.32  # most edits per letter there: of chance hits 1 in 300 has so few, of near pairs all but a few have
LETTERS_PER_HIT = 256  # a pair is decided once it has one hit, and one more for so many letters of the shorter sequence
GROUPS = 256  # a sketch is sorted in parts that fit the processor's cache
TRIED = 1 << 18  # pairs whose hits are counted at a time
ONE, LOWER = np.uint64(1), np.uint64(0xFFFFFFFF)


def choose_weight(places: float, length: float, alphabet: Alphabet) -> int:
    """Return how many letters a seed must read for few enough hits between unrelated sequences.

    Short sequences share few seeds, so more chance hits are borne to find them.

    Examples
    --------
    >>> from primase.core.alphabet import DNA
    >>> choose_weight(1e6, 200, DNA), choose_weight(2e7, 200, DNA), choose_weight(5e6, 50, DNA)
    (8, 12, 9)
    """
    hits = places**2 * (1 if alphabet.complement else 0.5)
    return max(3, math.ceil(math.log(max(hits * length / CHANCE_HITS, 1), len(alphabet))))


def draw_seeds(weight: int, longest: int, count: int, seed: int) -> list[np.ndarray]:
    """Draw spaced seeds that read `weight` letters of windows half as long again, the first and the last among them.

    The first seed has no gaps: it survives insertions and deletions best.
    """
    rng = np.random.default_rng([seed, 83])
    weight = min(weight, longest)
    shapes = [np.ones(weight, bool)]
    for _ in range(count - 1):
        span = min(weight + weight // 2, longest)
        read = np.zeros(span, bool)
        read[[0, -1]] = True
        read[1 + rng.permutation(span - 2)[: weight - 2]] = True
        shapes.append(read)
    return shapes


@numba.njit(cache=True, nogil=True)
def pack_planes(codes: np.ndarray, planes: int) -> np.ndarray:
    """Pack bit p of every code into plane p, 64 letters to a word; the first word is empty, as are the last two.

    Returns
    -------
    ndarray, shape=(words, planes), uint64
    """
    out = np.zeros((codes.shape[0] // 64 + 4, planes), np.uint64)
    for i in range(codes.shape[0]):
        place = i + 64
        for plane in range(planes):
            out[place >> 6, plane] |= np.uint64((codes[i] >> plane) & 1) << np.uint64(place & 63)
    return out


@numba.njit(cache=True, nogil=True)
def _peek(packed: np.ndarray, letter: int, out: np.ndarray) -> None:
    """Read the planes of the 64 letters from `letter` on, which may be up to 64 before the first."""
    word, shift = (letter + 64) >> 6, np.uint64(letter & 63)
    for plane in range(out.shape[0]):
        bits = packed[word, plane] >> shift
        if shift:
            bits |= packed[word + 1, plane] << (np.uint64(64) - shift)
        out[plane] = bits


@numba.njit(cache=True, nogil=True)
def _agree_beside(one: np.ndarray, two: np.ndarray, before: int, after: int) -> bool:
    """Tell whether half of the letters that end at `before`, or of those that begin at `after`, agree."""
    unlike = np.uint64(0)
    for plane in range(one.shape[0]):
        unlike |= one[plane] ^ two[plane]
    for first in (before - BESIDE, after):
        word = (unlike >> np.uint64(first)) & np.uint64((1 << BESIDE) - 1)
        word -= (word >> ONE) & np.uint64(0x5555)
        word = (word & np.uint64(0x3333)) + ((word >> np.uint64(2)) & np.uint64(0x3333))
        word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F)
        if (word + (word >> np.uint64(8))) & np.uint64(0xF) <= BESIDE // 2:
            return True
    return False


@numba.njit(cache=True, nogil=True)
def list_windows(
    codes: np.ndarray, offsets: np.ndarray, shape: np.ndarray, letters: int, share: float, both: bool
) -> tuple[np.ndarray, np.ndarray]:
    """List what the seed `shape` reads of every window, in `GROUPS` parts.

    Returns
    -------
    entries : ndarray of uint64
        Upper half: hash of the letters read, the same for both strands where `both`; lower half: twice the place of the
        window's first letter, plus one where its other strand was read.
    groups : ndarray, shape=(GROUPS + 1,), int64
        Part g, whose hashes begin with the bits of g, is ``entries[groups[g]:groups[g + 1]]``; in it the places ascend.
    """
    span = shape.shape[0]
    width = np.uint64(2 if letters == 4 else 5)
    mask, whole = np.uint64(0), np.uint64(0)
    for i in range(span):
        whole = (whole << width) | ((np.uint64(1) << width) - np.uint64(1))
        if shape[i]:
            mask |= ((np.uint64(1) << width) - np.uint64(1)) << (width * np.uint64(span - 1 - i))
    highest = width * np.uint64(span - 1)
    groups = np.zeros(GROUPS + 2, np.int64)
    entries = np.empty(0, np.uint64)
    for filling in range(2):  # count, then fill
        if filling:
            groups = np.cumsum(groups)
            entries = np.empty(groups[-1], np.uint64)
        for row in range(offsets.shape[0] - 1):
            size = offsets[row + 1] - offsets[row]
            keep = np.uint64(min(1.0, max(share, FEWEST_PLACES / max(size, 1))) * 4294967295.0)
            window, mirrored, legal = np.uint64(0), np.uint64(0), 0
            for i in range(offsets[row], offsets[row + 1]):
                code = codes[i]
                legal = legal + 1 if code < letters else 0
                window = ((window << width) | np.uint64(code)) & whole
                mirrored = (mirrored >> width) | (np.uint64(max(0, letters - 1 - code)) << highest)
                if legal < span:
                    continue
                read, flipped = window & mask, np.uint64(0)
                if both and (mirrored & mask) < read:
                    read, flipped = mirrored & mask, np.uint64(1)
                read *= np.uint64(0x9E3779B97F4A7C15)
                read ^= read >> np.uint64(29)
                read *= np.uint64(0xBF58476D1CE4E5B9)
                if (read & np.uint64(0xFFFFFFFF)) > keep:
                    continue
                group = read >> np.uint64(56)
                if filling:
                    entry = (read >> np.uint64(32) << np.uint64(32)) | np.uint64(2 * (i - span + 1)) | flipped
                    entries[groups[group + 1]] = entry
                    groups[group + 1] += 1
                else:
                    groups[group + 2] += 1
    return entries, groups[:-1]


@numba.njit(cache=True, nogil=True)
def _sort_group(entries: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort one part by the `bits` bits of the hash that follow the part's own; keep the order of places."""
    starts = np.zeros((1 << bits) + 1, np.int64)
    shift, low = np.uint64(56 - bits), np.uint64((1 << bits) - 1)
    for entry in entries:
        starts[((entry >> shift) & low) + 1] += 1
    starts = np.cumsum(starts)
    following = starts[:-1].copy()
    out = np.empty_like(entries)
    for entry in entries:
        bucket = (entry >> shift) & low
        out[following[bucket]] = entry
        following[bucket] += 1
    return out, starts


@numba.njit(cache=True, nogil=True)
def _row_of(place: int, offsets: np.ndarray, first_rows: np.ndarray) -> int:
    """Return the row that holds a place; `first_rows` has the row of every 64th place."""
    row = first_rows[place >> 6]
    while offsets[row + 1] <= place:
        row += 1
    return row


@numba.njit(cache=True, nogil=True)
def _agree_around(
    one: np.ndarray, two: np.ndarray, bounds: tuple[int, int, int, int], masks: np.ndarray
) -> bool:
    """Tell whether the middle of the 64 letters `one` has few edits to some stretch of the 64 letters `two`.

    Of both only the letters within `bounds`, first and end of each, are of the rows.
    """
    margin = (64 - AROUND) // 2
    low = max(margin, bounds[0])
    size = min(64 - margin, bounds[1]) - low
    top = np.uint64(size - 1)
    pv, mv = ~np.uint64(0), np.uint64(0)
    edits, most = size, int(EDITS * size)
    for letter in range(masks.shape[0]):
        masks[letter] = ~np.uint64(0)
        for plane in range(one.shape[0]):
            masks[letter] &= ~((one[plane] >> np.uint64(low)) ^ (np.uint64(0) - np.uint64((letter >> plane) & 1)))
    for column in range(max(0, bounds[2]), min(64, bounds[3])):
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
def _count_hit(pair: np.uint64, tried: np.ndarray, hits: np.ndarray) -> int:
    """Count one more hit of a pair in a table that remembers the latest pairs; return how many it has had."""
    slot = np.int64((pair * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(46))
    if tried[slot] != pair:
        tried[slot], hits[slot] = pair, 0
    hits[slot] += 1
    return hits[slot]


@numba.njit(cache=True, nogil=True)
def join_seeded(
    sequences: tuple[np.ndarray, np.ndarray, np.ndarray],
    packed: tuple[np.ndarray, np.ndarray],
    first_rows: np.ndarray,
    sketch: tuple[np.ndarray, np.ndarray],
    span: int,
    reach: int,
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
    span : int
        Letters from the first to the last that the seed reads.
    reach : int
        With so many following hits of the same seed a hit is compared.
    parents : ndarray, shape=(N,), int64
        Union-find forest; updated.

    Returns
    -------
    ndarray, shape=(P, 2), int64
        The pairs that joined two trees.
    """
    codes, other, offsets = sequences
    entries, groups = sketch
    tried, hits = np.zeros(TRIED, np.uint64), np.zeros(TRIED, np.int64)
    joined, count = np.empty((parents.shape[0], 2), np.int64), 0
    planes = packed[0].shape[1]
    one, two = np.empty(planes, np.uint64), np.empty(planes, np.uint64)
    masks = np.empty(1 << planes, np.uint64)
    before = (64 - span) // 2  # letters that stand before the hit in the 64 that are looked at
    bits = 4
    while bits < 20 and (GROUPS << bits) < entries.shape[0]:
        bits += 1
    for group in range(GROUPS):
        part, starts = _sort_group(entries[groups[group] : groups[group + 1]], bits)
        for bucket in range(starts.shape[0] - 1):
            last = starts[bucket + 1]
            for i in range(starts[bucket], last - 1):
                place, row = np.int64((part[i] & LOWER) >> ONE), -1
                _peek(packed[0], place - before, one)
                for j in range(i + 1, min(i + 1 + reach, last)):
                    apart = part[i] ^ part[j]
                    if apart >> np.uint64(32):  # another seed in the same bucket
                        continue
                    there, partner, flipped = np.int64((part[j] & LOWER) >> ONE), -1, np.int64(apart & ONE)
                    if flipped:
                        partner = _row_of(there, offsets, first_rows)
                        there = offsets[partner] + offsets[partner + 1] - there - span
                    _peek(packed[flipped], there - before, two)
                    if not _agree_beside(one, two, before, before + span):
                        continue
                    row = row if row >= 0 else _row_of(place, offsets, first_rows)
                    partner = partner if partner >= 0 else _row_of(there, offsets, first_rows)
                    root, root_two = find_root(parents, row), find_root(parents, partner)
                    if root == root_two:
                        continue
                    start, end = offsets[row], offsets[row + 1]
                    low, high = offsets[partner], offsets[partner + 1]
                    shown, shown_two = place - before, there - before
                    if not _agree_around(one, two, (start - shown, end - shown, low - shown_two, high - shown_two), masks):
                        continue
                    pair = (np.uint64(row) << np.uint64(32)) | np.uint64(2 * partner + flipped)
                    if _count_hit(pair, tried, hits) != 1 + min(end - start, high - low) // LETTERS_PER_HIT:
                        continue
                    if is_near(codes[start:end], (other if flipped else codes)[low:high]):
                        parents[max(root, root_two)] = min(root, root_two)
                        joined[count] = row, partner
                        count += 1
    return joined[:count]


def compare_by_seeds(
    codes: np.ndarray, other: np.ndarray, offsets: np.ndarray, alphabet: Alphabet, *, seed: int
) -> np.ndarray:
    """Find near pairs by shared seeds; return a forest of confirmed ones, shape (P, 2)."""
    from primase.curation.similarity import join_rounds

    share = min(1.0, PLACES / max(len(codes), 1))
    width = 2 if len(alphabet) == 4 else 5
    length = len(codes) / (len(offsets) - 1)
    weight = choose_weight(min(len(codes), PLACES), length, alphabet)
    shapes = draw_seeds(weight, LONGEST_SPAN[width], SEEDS if length >= 100 else SEEDS * 3 // 2, seed)
    reach = max(REACH, int(8 * len(codes) * share / len(alphabet) ** weight))
    packed = pack_planes(codes, width), pack_planes(other, width)
    first_rows = np.searchsorted(offsets, np.arange(0, len(codes) + 64, 64), "right") - 1
    parents = np.arange(len(offsets) - 1)

    def compare(task: tuple[int, int]) -> np.ndarray:
        shape = shapes[task[0]]
        sketch = list_windows(codes, offsets, shape, len(alphabet), share, bool(alphabet.complement))
        return join_seeded((codes, other, offsets), packed, first_rows, sketch, len(shape), reach, parents.copy())

    return join_rounds(compare, [(number, 0) for number in range(len(shapes))], parents, per_round=2)
