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

SEEDS = 6
CHANCE_HITS = 6e9  # seed hits between unrelated sequences that one sketch may cost, times the mean length
PLACES = 6e7  # windows that one sketch holds; of longer data, a share of the windows of each long sequence
FEWEST_PLACES = 1000  # windows kept of a sequence, if it has them
REACH = 16  # hits of one seed are compared with the next 16 only: a family is still a chain, a repeat costs no square
BESIDE = 8  # letters on each side of a hit that are compared first
AGREEING = {2: 4, 5: 3}  # so many of them must agree on one side, by bits per letter: one in five unrelated hits do
EDITS = 0.33  # most edits per letter in the 64 letters around a hit before the whole pair is aligned; unrelated have 0.4
LETTERS_PER_HIT = 256  # a pair is aligned once it has one hit, and one more for so many letters of the shorter sequence
GROUPS = 256  # a sketch is sorted in parts that fit the processor's cache
TRIED = 1 << 18  # pairs whose hits are counted at a time


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


def draw_seeds(weight: int, longest: int, seed: int, count: int = SEEDS) -> list[np.ndarray]:
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
def pack_letters(codes: np.ndarray, width: int) -> np.ndarray:
    """Pack codes at `width` bits per letter, after one empty word and before two; an unknown letter becomes the first.

    Returns
    -------
    ndarray of uint64
        Letter i begins at bit ``64 + i * width``.
    """
    out = np.zeros(codes.shape[0] * width // 64 + 4, np.uint64)
    top = np.uint64((1 << width) - 1)
    for i in range(codes.shape[0]):
        code = np.uint64(codes[i])
        if width == 2 and code == 4:
            code = np.uint64(0)
        bit = 64 + i * width
        out[bit >> 6] |= (code & top) << np.uint64(bit & 63)
        if (bit & 63) + width > 64:
            out[(bit >> 6) + 1] |= code >> np.uint64(64 - (bit & 63))
    return out


@numba.njit(cache=True, nogil=True)
def _peek(packed: np.ndarray, letter: int, width: int) -> np.uint64:
    """Read 64 bits from `letter` on, which may be a word's worth before the first."""
    bit = 64 + letter * width
    word, shift = bit >> 6, np.uint64(bit & 63)
    if shift == 0:
        return packed[word]
    return (packed[word] >> shift) | (packed[word + 1] << (np.uint64(64) - shift))


@numba.njit(cache=True, nogil=True)
def _differences(one: np.uint64, two: np.uint64, width: int) -> np.uint64:
    """Set the lowest bit of each packed letter in which two words differ."""
    bits = one ^ two
    if width == 2:
        return (bits | (bits >> np.uint64(1))) & np.uint64(0x5555555555555555)
    bits |= bits >> np.uint64(1)
    bits |= (bits >> np.uint64(2)) | (bits >> np.uint64(3))
    return bits & np.uint64(0x0084210842108421)  # twelve letters of five bits


@numba.njit(cache=True, nogil=True)
def _bits(word: np.uint64) -> int:
    """Count the set bits of a word."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@numba.njit(cache=True, nogil=True)
def _agree_around(one: np.ndarray, two: np.ndarray, place: int, partner_place: int) -> bool:
    """Tell whether the 64 letters of `one` around a hit have few edits to the letters of `two` around it."""
    low, high = max(0, place - 24), min(one.shape[0], place + 40)
    first, last = max(0, partner_place - 32), min(two.shape[0], partner_place + 48)
    size = high - low
    masks = np.zeros(32, np.uint64)
    top = np.uint64(size - 1)
    for i in range(size):
        masks[one[low + i]] |= np.uint64(1) << np.uint64(i)
    pv, mv = ~np.uint64(0), np.uint64(0)
    edits = size
    most = int(EDITS * size)
    for column in range(first, last):
        equal = masks[two[column]]
        horizontal = (((equal & pv) + pv) ^ pv) | equal
        vertical = equal | mv
        ph = mv | ~(horizontal | pv)
        mh = pv & horizontal
        edits += np.int64((ph >> top) & np.uint64(1)) - np.int64((mh >> top) & np.uint64(1))
        if edits <= most:
            return True
        ph <<= np.uint64(1)
        mh <<= np.uint64(1)
        pv = mh | ~(vertical | ph)
        mv = ph & vertical
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
def join_seeded(
    sequences: tuple[np.ndarray, np.ndarray, np.ndarray],
    packed: tuple[np.ndarray, np.ndarray],
    first_rows: np.ndarray,
    entries: np.ndarray,
    groups: np.ndarray,
    seed: tuple[int, int, int],
    parents: np.ndarray,
) -> np.ndarray:
    """Join the rows that share a seed, agree around it and prove near.

    Parameters
    ----------
    sequences : tuple
        Codes, other strands, offsets.
    packed : tuple
        Codes and other strands as `pack_letters` gives them.
    first_rows : ndarray of int64
        Row of every 64th letter.
    entries, groups : ndarray
        From `list_windows`.
    seed : tuple of int
        The seed's span, the bits per letter, and how many letters beside a hit must agree.
    parents : ndarray, shape=(N,), int64
        Union-find forest; updated.

    Returns
    -------
    ndarray, shape=(P, 2), int64
        The pairs that joined two trees.
    """
    codes, other, offsets = sequences
    straight, turned = packed
    span, width, agreeing = seed
    around = 64 // width  # letters in a word
    beside = np.uint64((1 << (BESIDE * width)) - 1)  # of a word after the hit
    above = np.uint64((around - BESIDE) * width)  # of a word before it
    bits = 4
    while bits < 20 and (GROUPS << bits) < entries.shape[0]:
        bits += 1
    tried = np.zeros(TRIED, np.uint64)
    hits = np.zeros(TRIED, np.int64)
    joined = np.empty((parents.shape[0], 2), np.int64)
    count = 0
    for group in range(groups.shape[0] - 1):
        part, starts = _sort_group(entries[groups[group] : groups[group + 1]], bits)
        for bucket in range(starts.shape[0] - 1):
            for i in range(starts[bucket], starts[bucket + 1] - 1):
                place = np.int64((part[i] & np.uint64(0xFFFFFFFF)) >> np.uint64(1))
                before, after = _peek(straight, place - around, width), _peek(straight, place + span, width)
                row = -1
                for j in range(i + 1, min(i + 1 + REACH, starts[bucket + 1])):
                    if (part[i] ^ part[j]) >> np.uint64(32):
                        continue
                    partner_place = np.int64((part[j] & np.uint64(0xFFFFFFFF)) >> np.uint64(1))
                    flipped = (part[i] ^ part[j]) & np.uint64(1)
                    partner = -1
                    if flipped:
                        partner = _row_of(partner_place, offsets, first_rows)
                        partner_place = offsets[partner] + offsets[partner + 1] - partner_place - span
                    text = turned if flipped else straight
                    unlike = _differences(after, _peek(text, partner_place + span, width), width) & beside
                    if BESIDE - _bits(unlike) < agreeing:
                        unlike = _differences(before, _peek(text, partner_place - around, width), width) >> above
                        if BESIDE - _bits(unlike) < agreeing:
                            continue
                    if row < 0:
                        row = _row_of(place, offsets, first_rows)
                    if partner < 0:
                        partner = _row_of(partner_place, offsets, first_rows)
                    root, root_two = find_root(parents, row), find_root(parents, partner)
                    if root == root_two:
                        continue
                    pair = (np.uint64(row) << np.uint64(32)) | np.uint64(2 * partner) | flipped
                    slot = np.int64((pair * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(46))
                    start, partner_start = offsets[row], offsets[partner]
                    one = codes[start : offsets[row + 1]]
                    two = (other if flipped else codes)[partner_start : offsets[partner + 1]]
                    if tried[slot] != pair:
                        tried[slot], hits[slot] = pair, 0
                    need = 1 + min(one.shape[0], two.shape[0]) // LETTERS_PER_HIT
                    if hits[slot] >= need or not _agree_around(one, two, place - start, partner_place - partner_start):
                        continue
                    hits[slot] += 1
                    if hits[slot] == need and is_near(one, two):
                        parents[max(root, root_two)] = min(root, root_two)
                        joined[count, 0], joined[count, 1] = row, partner
                        count += 1
    return joined[:count]


def compare_by_seeds(
    codes: np.ndarray, other: np.ndarray, offsets: np.ndarray, alphabet: Alphabet, *, seed: int
) -> np.ndarray:
    """Find near pairs by shared seeds; return a forest of confirmed ones, shape (P, 2)."""
    from primase.curation.similarity import join_rounds

    share = min(1.0, PLACES / max(len(codes), 1))
    width = 2 if len(alphabet) == 4 else 5
    shapes = draw_seeds(choose_weight(min(len(codes), PLACES), len(codes) / (len(offsets) - 1), alphabet), 64 // width, seed)
    packed = pack_letters(codes, width), pack_letters(other, width)
    first_rows = np.searchsorted(offsets, np.arange(0, len(codes) + 64, 64), "right") - 1
    parents = np.arange(len(offsets) - 1)

    def compare(task: tuple[int, int]) -> np.ndarray:
        shape = shapes[task[0]]
        entries, groups = list_windows(codes, offsets, shape, len(alphabet), share, bool(alphabet.complement))
        about = len(shape), width, AGREEING[width]
        return join_seeded((codes, other, offsets), packed, first_rows, entries, groups, about, parents.copy())

    return join_rounds(compare, [(number, 0) for number in range(len(shapes))], parents, per_round=2)
