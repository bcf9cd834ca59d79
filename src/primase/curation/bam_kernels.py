"""Compiled loops over alignments: records to events, events to place, and windows of signal out of events.

An event is the 5' end of a read, or the first base of an aligned block or the base after its last. Events of one kind
on one contig form a row, numbered ``4 * contig + 2 * (minus strand) + (base after a block)``.
"""

import numba
import numpy as np

# what becomes of a read: the lowest flag bit for which it is left out (0-15), or one of these
UNMAPPED = 2
FLAG_MISSING, LOW_QUALITY, NO_BASES, OUTSIDE, COUNTED = 16, 17, 18, 19, 20
OUTCOMES = 21
BAD_SIZE, BAD_CONTIG, BAD_CIGAR = 1, 2, 3
_LARGEST = 2**28  # bytes of a record; more is damage
_SOFT_CLIP, _SKIP = 4, 3
_PLACE = 2**32 - 1


@numba.njit(cache=True, nogil=True)
def _word(data: np.ndarray, at: int) -> int:
    """Read a signed 32-bit integer."""
    value = np.uint32(data[at]) | (np.uint32(data[at + 1]) << np.uint32(8))
    value |= (np.uint32(data[at + 2]) << np.uint32(16)) | (np.uint32(data[at + 3]) << np.uint32(24))
    return int(np.int32(value))


@numba.njit(cache=True, nogil=True)
def _half(data: np.ndarray, at: int) -> int:
    """Read an unsigned 16-bit integer."""
    return int(np.int64(data[at]) | (np.int64(data[at + 1]) << 8))


@numba.njit(cache=True, nogil=True)
def _judge(contig: int, place: int, quality: int, flag: int, rules: tuple[int, ...]) -> int:
    """Say whether a read counts, or the first reason why not."""
    exclude, require, least = rules[1], rules[2], rules[3]
    if flag & (1 << UNMAPPED) or contig < 0 or place < 0:
        return UNMAPPED
    left_out = flag & exclude
    if left_out:
        bit = 0
        while not (left_out >> bit) & 1:
            bit += 1
        return bit
    if flag & require != require:
        return FLAG_MISSING
    return LOW_QUALITY if quality < least else COUNTED


@numba.njit(cache=True, nogil=True)
def _find_long_cigar(data: np.ndarray, at: int, end: int) -> tuple[int, int]:
    """Look through a read's tags for ``CG``, which holds a CIGAR of more than 65,535 operations; (0, 0) if none."""
    while at + 3 <= end:
        kind = data[at + 2]
        is_cigar = data[at] == 67 and data[at + 1] == 71
        at += 3
        if kind == 90 or kind == 72:  # Z and H: text up to a zero
            while at < end and data[at]:
                at += 1
            at += 1
        elif kind == 66 and at + 5 <= end:  # B: many values
            count = _word(data, at + 1)
            size = _value_size(data[at])
            if count < 0 or at + 5 + count * size > end:
                return 0, 0
            if is_cigar and size == 4:
                return at + 5, count
            at += 5 + count * size
        else:
            at += _value_size(kind)
    return 0, 0


@numba.njit(cache=True, nogil=True)
def _value_size(kind: int) -> int:
    """Return the bytes of one value of a tag: c C A 1, s S 2, i I f 4."""
    if kind == 115 or kind == 83:
        return 2
    return 4 if kind == 105 or kind == 73 or kind == 102 else 1


@numba.njit(cache=True, nogil=True)
def _add_events(
    cigar: np.ndarray, start: int, row: int, length: int, rules: tuple[int, ...], events: np.ndarray
) -> tuple[int, int]:
    """Walk along a CIGAR, shape (operations, 4) bytes, and write the events of its read.

    Returns
    -------
    count : int
        Events written to the front of `events`.
    outcome : int
        As `COUNTED`; -1 where an operation is unknown.
    """
    count, place, first, last, bases = 0, start, -1, -1, 0
    for i in range(cigar.shape[0]):
        step = _word(cigar[i], 0) & _PLACE
        kind, size = step & 15, step >> 4
        if kind == 0 or kind == 7 or kind == 8:  # M = X: bases that lie on the reference
            if size and place != last:
                if not rules[0] and first >= 0 and first < length:
                    events[count] = (row << 32) | first
                    events[count + 1] = ((row + 1) << 32) | min(last, length)
                    count += 2
                first = place
            bases += size
            place += size
            last = place if size else last
        elif kind == 2 or kind == 3:  # D N: passed over
            place += size
        elif kind > 8:
            return 0, -1
    if not bases:
        return 0, NO_BASES
    if rules[0]:
        end = place - 1 + rules[5] if row & 2 else start + rules[4]
        if end >= 0 and end < length:
            events[count] = (row << 32) | end
            count += 1
    elif first < length:
        events[count] = (row << 32) | first
        events[count + 1] = ((row + 1) << 32) | min(last, length)
        count += 2
    return count, COUNTED if count else OUTSIDE


@numba.njit(cache=True, nogil=True)
def parse_records(
    data: np.ndarray, lengths: np.ndarray, rules: tuple[int, ...], sizes: np.ndarray, tally: np.ndarray
) -> tuple[np.ndarray, int, int]:
    """Read the whole records at the front of `data`.

    Parameters
    ----------
    data : ndarray of uint8
        Unpacked BAM records.
    lengths : ndarray, shape=(contigs,), int64
    rules : tuple of int
        Whether 5' ends are wanted (1) or blocks (0); flags that leave a read out; flags that it must have; least
        mapping quality; shift of 5' ends on the plus and on the minus strand.
    sizes : ndarray, shape=(4 * contigs,), int64
        Events of each row so far; added to.
    tally : ndarray, shape=(OUTCOMES,), int64
        Reads by what became of them; added to.

    Returns
    -------
    events : ndarray, shape=(E,), int64
        Row (upper half) and place (lower half) of each event, in the order of the records.
    used : int
        Bytes of the records read.
    fault : int
        0, or `BAD_SIZE`, `BAD_CONTIG` or `BAD_CIGAR` of the record that follows them.
    """
    events = np.empty(data.shape[0] // 2 + 2, np.int64)  # at most two for each operation, which takes four bytes
    filled = at = 0
    while at + 4 <= data.shape[0]:
        size = _word(data, at)
        if size < 32 or size > _LARGEST:
            return events[:filled], at, BAD_SIZE
        end = at + 4 + size
        if end > data.shape[0]:
            break
        contig, place, letters = _word(data, at + 4), _word(data, at + 8), _word(data, at + 20)
        operations, flag = _half(data, at + 16), _half(data, at + 18)
        cigar = at + 36 + data[at + 12]
        tags = cigar + 4 * operations + (letters + 1) // 2 + letters
        if letters < 0 or tags > end:
            return events[:filled], at, BAD_SIZE
        if contig < -1 or contig >= lengths.shape[0]:
            return events[:filled], at, BAD_CONTIG
        outcome = _judge(contig, place, data[at + 13], flag, rules)
        if outcome == COUNTED:
            if operations == 2 and _word(data, cigar) == (letters << 4 | _SOFT_CLIP) and data[cigar + 4] & 15 == _SKIP:
                found, many = _find_long_cigar(data, tags, end)
                if found:
                    cigar, operations = found, many
            steps = data[cigar : cigar + 4 * operations].reshape(operations, 4)
            row = 4 * contig + (2 if flag & 16 else 0)
            count, outcome = _add_events(steps, place, row, lengths[contig], rules, events[filled:])
            if outcome < 0:
                return events[:filled], at, BAD_CIGAR
            for i in range(filled, filled + count):
                sizes[events[i] >> 32] += 1
            filled += count
        tally[outcome] += 1
        at = end
    return events[:filled], at, 0


@numba.njit(cache=True, nogil=True)
def put_in_rows(events: np.ndarray, following: np.ndarray, out: np.ndarray) -> None:
    """Write the place of each event to the next free cell of its row, ``out[following[row]]``."""
    for event in events:
        row = event >> 32
        out[following[row]] = event & _PLACE
        following[row] += 1


@numba.njit(cache=True, nogil=True)
def add_ends(places: np.ndarray, starts: np.ndarray, width: int, out: np.ndarray) -> None:
    """Add the number of `places` (sorted) in each bin of `width` bases, from each start on, to `out`, (W, bins)."""
    bins = out.shape[1]
    for window in range(starts.shape[0]):
        start = starts[window]
        at = np.searchsorted(places, start)
        while at < places.shape[0] and places[at] < start + bins * width:
            out[window, (places[at] - start) // width] += 1
            at += 1


@numba.njit(cache=True, nogil=True)
def add_depth(firsts: np.ndarray, lasts: np.ndarray, starts: np.ndarray, width: int, out: np.ndarray) -> None:
    """Add the depth summed over each bin to `out`, shape (W, bins).

    Parameters
    ----------
    firsts, lasts : ndarray, sorted
        First base of each block, and the base after its last: the depth of a base is the number of firsts up to it
        less the number of lasts up to it.
    starts : ndarray, shape=(W,), int64
    width : int
        Bases of a bin.
    out : ndarray, shape=(W, bins), float32
    """
    for window in range(starts.shape[0]):
        place = starts[window]
        begun, ended = np.searchsorted(firsts, place), np.searchsorted(lasts, place)
        for column in range(out.shape[1]):
            total = 0
            for _ in range(width):
                while begun < firsts.shape[0] and firsts[begun] <= place:
                    begun += 1
                while ended < lasts.shape[0] and lasts[ended] <= place:
                    ended += 1
                total += begun - ended
                place += 1
            out[window, column] += total
