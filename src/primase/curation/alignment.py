"""Tell, by compiled bit-parallel alignment, whether some stretch of a sequence is near to some stretch of another.

A pair is near when a stretch of the shorter sequence, at least 80 % of it, has an edit distance of at most 20 % of the
stretch to some stretch of the other one. Both kernels compute the edit distance of a pattern to the best stretch of a
text, 64 rows of the table in one word (Myers 1999, doi:10.1145/316542.316550; blocks after Hyyrö 2003): `screen` for
many patterns at once, as a bound that most unrelated pairs fail; `is_near` for one pair, exactly.

Letters are compared as codes, so an unknown letter equals another unknown letter: to a model they look the same.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

LANES = 128  # patterns compared with one text at a time: enough to fill the vector registers, few enough for the cache


@numba.njit(cache=True, nogil=True)
def shortest_stretch(length: int) -> int:
    """Return 80 % of `length`, rounded up."""
    return (4 * length + 4) // 5


@numba.njit(cache=True, nogil=True)
def pack_windows(
    codes: np.ndarray, offsets: np.ndarray, words: int, letters: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pack the middle of every pattern into bit masks for `screen`.

    Any stretch of 80 % of a pattern holds its middle, or all but a few letters of a longer window around it. If the
    pair is near, that window has at most ``bounds[pattern]`` edits to the text; how many follows from how many letters
    of the window a stretch can miss. The widest window is taken whose bound is still 20 % of the pattern.

    Parameters
    ----------
    codes, offsets : ndarray
        At most `LANES` patterns.
    words : int
        Words of 64 letters for each window.
    letters : int
        Number of codes, unknown included.

    Returns
    -------
    masks : ndarray, shape=(words, letters, LANES), uint64
        Bit i of word w is set where the window has that letter; rows below the window match everything.
    start : ndarray, shape=(words, LANES), uint64
        The first column's vertical differences.
    bounds : ndarray, shape=(LANES,), int64
        Most edits of a near pair, less the window's length; so small in unused lanes that nothing passes.
    """
    masks = np.zeros((words, letters, LANES), np.uint64)
    start = np.zeros((words, LANES), np.uint64)
    bounds = np.full(LANES, -(1 << 30), np.int64)
    for lane in range(offsets.shape[0] - 1):
        length = offsets[lane + 1] - offsets[lane]
        stretch = shortest_stretch(length)
        reach = stretch + length // 5 - stretch // 5
        size = min(64 * words, 2 * reach - length)
        first = offsets[lane] + (length - size) // 2
        bounds[lane] = length // 5 - size
        free = 64 * words - size
        for row in range(64 * words):
            word = row >> 6
            bit = np.uint64(1) << np.uint64(row & 63)
            if row < free:
                for letter in range(letters):
                    masks[word, letter, lane] |= bit
            else:
                masks[word, codes[first + row - free], lane] |= bit
                start[word, lane] |= bit
    return masks, start, bounds


@numba.njit(cache=True, nogil=True)
def screen(
    codes: np.ndarray, offsets: np.ndarray, masks: np.ndarray, start: np.ndarray, bounds: np.ndarray
) -> np.ndarray:
    """Tell which packed patterns may be near to which texts; no near pair is lost.

    Returns
    -------
    ndarray, shape=(texts, LANES), bool
    """
    words = masks.shape[0]
    out = np.zeros((offsets.shape[0] - 1, LANES), np.bool_)
    rising = np.empty((words, LANES), np.uint64)
    falling = np.empty((words, LANES), np.uint64)
    up = np.empty(LANES, np.uint64)
    down = np.empty(LANES, np.uint64)
    score = np.empty(LANES, np.int64)
    best = np.empty(LANES, np.int64)
    one, top = np.uint64(1), np.uint64(63)
    for text in range(offsets.shape[0] - 1):
        rising[:] = start
        falling[:] = 0
        score[:] = 0
        best[:] = 0
        for column in range(offsets[text], offsets[text + 1]):
            up[:] = 0
            down[:] = 0
            for word in range(words):
                equals, higher, lower = masks[word, codes[column]], rising[word], falling[word]
                for lane in range(LANES):
                    equal, pv, mv, carry, borrow = equals[lane], higher[lane], lower[lane], up[lane], down[lane]
                    vertical = equal | mv
                    equal |= borrow
                    horizontal = (((equal & pv) + pv) ^ pv) | equal
                    ph = mv | ~(horizontal | pv)
                    mh = pv & horizontal
                    up[lane] = ph >> top
                    down[lane] = mh >> top
                    ph = (ph << one) | carry
                    mh = (mh << one) | borrow
                    higher[lane] = mh | ~(vertical | ph)
                    lower[lane] = ph & vertical
            for lane in range(LANES):
                score[lane] += np.int64(up[lane]) - np.int64(down[lane])
                best[lane] = min(best[lane], score[lane])
        for lane in range(LANES):
            out[text, lane] = best[lane] <= bounds[lane]
    return out


@numba.njit(cache=True, nogil=True)
def _excess(pattern: np.ndarray, text: np.ndarray, stretch: int) -> int:
    """Return the least ``5 * edits - letters`` over the prefixes of `pattern` with at least `stretch` letters.

    Exact where it is 0 or less, else a lower bound. An alignment of a longer prefix holds one of the shortest prefix,
    with no more edits, that ends some letters earlier in the text: so the longer ones need to be looked at only for a
    while after a column where the shortest has edits in at most a fifth of the whole pattern.
    """
    length = pattern.shape[0]
    words = (length + 63) >> 6
    masks = np.zeros((words, 32), np.uint64)
    one, top = np.uint64(1), np.uint64(63)
    for i in range(length):
        masks[i >> 6, pattern[i]] |= one << np.uint64(i & 63)
    rising = np.full(words, ~np.uint64(0), np.uint64)
    falling = np.zeros(words, np.uint64)
    marked, bit = (stretch - 1) >> 6, np.uint64((stretch - 1) & 63)
    edits = stretch  # of the prefix of exactly `stretch` letters, ending at this column of the text
    lookout = length - stretch + length // 5  # letters of the text that the rest of a longer prefix can take
    until = -1  # the last column in which longer prefixes are looked at
    least = 5 * stretch - length
    for column in range(text.shape[0]):
        carry, borrow = np.uint64(0), np.uint64(0)
        for word in range(words):
            equal, pv, mv = masks[word, text[column]], rising[word], falling[word]
            vertical = equal | mv
            equal |= borrow
            horizontal = (((equal & pv) + pv) ^ pv) | equal
            ph = mv | ~(horizontal | pv)
            mh = pv & horizontal
            if word == marked:
                edits += np.int64((ph >> bit) & one) - np.int64((mh >> bit) & one)
            next_carry, next_borrow = ph >> top, mh >> top
            ph = (ph << one) | carry
            mh = (mh << one) | borrow
            carry, borrow = next_carry, next_borrow
            rising[word] = mh | ~(vertical | ph)
            falling[word] = ph & vertical
        if 5 * edits <= length:
            until = column + lookout
            least = min(least, 5 * (length // 5 + 1) - length)  # of those that end later than that
        else:
            least = min(least, 5 * edits - length)
        if column > until:
            continue
        score = edits
        least = min(least, 5 * score - stretch)
        for i in range(stretch, length):
            row = np.uint64(i & 63)
            score += np.int64((rising[i >> 6] >> row) & one) - np.int64((falling[i >> 6] >> row) & one)
            least = min(least, 5 * score - i - 1)
        if least <= 0:
            return least
    return least


@numba.njit(cache=True, nogil=True)
def _holds(short: np.ndarray, long: np.ndarray) -> bool:
    """Tell whether a stretch of `short`, at least 80 % of it, is within 20 % edits of a stretch of `long`.

    A stretch that starts one letter later has at most one edit less and one letter less, so its excess is at most 4
    smaller: starts that cannot reach zero are stepped over.
    """
    length = short.shape[0]
    stretch = shortest_stretch(length)
    start = 0
    while length > 0 and start + stretch <= length:
        excess = _excess(short[start:], long, stretch)
        if excess <= 0:
            return True
        start += (excess + 3) // 4
    return False


@numba.njit(cache=True, nogil=True)
def is_near(one: np.ndarray, two: np.ndarray) -> bool:
    """Decide exactly whether a stretch of the shorter sequence is near to a stretch of the other one.

    Of two equally long sequences either may be the shorter.
    """
    if one.shape[0] < two.shape[0]:
        return _holds(one, two)
    if two.shape[0] < one.shape[0]:
        return _holds(two, one)
    return _holds(one, two) or _holds(two, one)


@numba.njit(cache=True, nogil=True)
def shares_stretch(one: np.ndarray, two: np.ndarray, stretch: int) -> bool:
    """Decide whether some `stretch` letters of `one` are within 20 % edits of a stretch of `two`.

    A stretch that starts one letter later has at most one edit less: starts that cannot suffice are stepped over.
    """
    start = 0
    while start + stretch <= one.shape[0]:
        excess = _excess(one[start : start + stretch], two, stretch)
        if excess <= 0:
            return True
        start += (excess + 4) // 5
    return False


@numba.njit(cache=True, nogil=True)
def find_root(parents: np.ndarray, row: int) -> int:
    """Return the root of `row` in a union-find forest, halving the path to it."""
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row


@numba.njit(cache=True, nogil=True)
def join_near(
    codes: np.ndarray, other: np.ndarray, offsets: np.ndarray, pairs: np.ndarray, parents: np.ndarray
) -> np.ndarray:
    """Join the rows of each pair that is near and not joined yet.

    Parameters
    ----------
    codes, other, offsets : ndarray
        The sequences, and their other strands at the same offsets.
    pairs : ndarray, shape=(P, 3), int64
        Two rows and whether the second is compared on its other strand.
    parents : ndarray, shape=(N,), int64
        Union-find forest; updated.

    Returns
    -------
    ndarray, shape=(P,), bool
        Which pairs joined two trees.
    """
    joined = np.zeros(pairs.shape[0], np.bool_)
    for pair in range(pairs.shape[0]):
        one, two = pairs[pair, 0], pairs[pair, 1]
        root, root_two = find_root(parents, one), find_root(parents, two)
        if root == root_two:
            continue
        text = other if pairs[pair, 2] else codes
        if is_near(codes[offsets[one] : offsets[one + 1]], text[offsets[two] : offsets[two + 1]]):
            parents[max(root, root_two)] = min(root, root_two)
            joined[pair] = True
    return joined


def join_rounds(
    compare: Callable[[tuple[int, int]], np.ndarray],
    tasks: Sequence[tuple[int, int]],
    parents: np.ndarray,
    *,
    per_round: int,
) -> np.ndarray:
    """Run tasks that find near pairs, and join what they find into one forest.

    A round of tasks sees the forest as the rounds before left it, so the result does not depend on the threads.

    Returns
    -------
    ndarray, shape=(P, 2), int64
        The pairs that joined two trees.
    """
    edges: list[tuple[int, int]] = []
    with ThreadPoolExecutor(numba.get_num_threads()) as pool:
        for first in range(0, len(tasks), per_round):
            for pairs in list(pool.map(compare, tasks[first : first + per_round])):
                for one, two in pairs[:, :2].tolist():
                    root, root_two = find_root(parents, one), find_root(parents, two)
                    if root != root_two:
                        parents[max(root, root_two)] = min(root, root_two)
                        edges.append((one, two))
    return np.array(edges, np.int64).reshape(-1, 2)
