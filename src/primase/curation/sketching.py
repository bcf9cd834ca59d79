"""Sketches of sequences: what a spaced seed reads of every window, hashed and sorted; and letters packed into words."""

import numba
import numpy as np

FEWEST_WINDOWS = 1000  # windows kept of a sequence, if it has them
ONE, LOWER = np.uint64(1), np.uint64(0xFFFFFFFF)


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
def peek(packed: np.ndarray, letter: int, out: np.ndarray) -> None:
    """Read the planes of the 64 letters from `letter` on, which may be up to 64 before the first."""
    word, shift = (letter + 64) >> 6, np.uint64(letter & 63)
    for plane in range(out.shape[0]):
        bits = packed[word, plane] >> shift
        if shift:
            bits |= packed[word + 1, plane] << (np.uint64(64) - shift)
        out[plane] = bits


@numba.njit(cache=True, nogil=True)
def _mask(shape: np.ndarray, width: np.uint64) -> np.uint64:
    """Set the bits of the letters that a seed reads; the last letter of a window stands lowest."""
    mask = np.uint64(0)
    for read in shape:
        mask = (mask << width) | ((ONE << width) - ONE if read else np.uint64(0))
    return mask


@numba.njit(cache=True, nogil=True)
def list_windows(  # noqa: PLR0915 - one pass over the letters, nothing to take out
    codes: np.ndarray,
    offsets: np.ndarray,
    shape: np.ndarray,
    letters: tuple[int, int, int],
    both: bool,
    share: float,
    groups: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    """List what a seed reads of every window; with both strands, of the two readings the one first in the alphabet.

    Parameters
    ----------
    codes, offsets : ndarray
        The sequences.
    shape : ndarray of bool
        Which letters of a window are read.
    letters : tuple of int
        Letters of the alphabet, bits per letter, and letters beside a window that are noted.
    both : bool
        Whether the other strand is read too; complements then add to ``letters[0] - 1``.
    share : float
        Share of the windows that is kept.
    groups : tuple of int
        Only windows whose hash begins with a byte ``groups[0] <= byte < groups[1]`` are listed.

    Returns
    -------
    entries : ndarray, shape=(E, 2), uint64
        Hash of the letters read (upper half) and twice the place of the window's first letter, plus one where its other
        strand was read (lower half); then the letters after (upper half) and before the window (lower half).
    bounds : ndarray of int64
        Those of the i-th byte, in the order of their places, are ``entries[bounds[i]:bounds[i + 1]]``.
    """
    size, width, beside = letters[0], np.uint64(letters[1]), letters[2]
    span, total = shape.shape[0], codes.shape[0]
    letter_mask = (ONE << width) - ONE
    mask = _mask(shape, width)
    whole = (ONE << (width * np.uint64(span))) - ONE if span * letters[1] < 64 else ~np.uint64(0)
    side = (ONE << (width * np.uint64(beside))) - ONE
    highest, side_highest = width * np.uint64(span - 1), width * np.uint64(beside - 1)
    bounds = np.zeros(groups[1] - groups[0] + 2, np.int64)
    entries = np.empty((0, 2), np.uint64)
    for filling in range(2):  # count, then fill
        if filling:
            bounds = np.cumsum(bounds)
            entries = np.empty((bounds[-1], 2), np.uint64)
        for row in range(offsets.shape[0] - 1):
            start, end = offsets[row], offsets[row + 1]
            keep = np.uint64(min(1.0, max(share, FEWEST_WINDOWS / max(end - start, 1))) * 4294967295.0)
            window, mirrored, legal = np.uint64(0), np.uint64(0), 0
            before, after, before_mirrored, after_mirrored = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
            for i in range(start - beside if filling else start, end):
                if filling:
                    code = codes[min(i + beside, total - 1)]
                    after = ((after << width) | (np.uint64(code) & letter_mask)) & side
                    after_mirrored = (after_mirrored >> width) | (np.uint64(max(0, size - 1 - code)) << side_highest)
                    if i < start:
                        continue
                    code = codes[max(i - span, 0)]
                    before = ((before << width) | (np.uint64(code) & letter_mask)) & side
                    before_mirrored = (before_mirrored >> width) | (np.uint64(max(0, size - 1 - code)) << side_highest)
                code = codes[i]
                legal = legal + 1 if code < size else 0
                window = ((window << width) | (np.uint64(code) & letter_mask)) & whole
                mirrored = (mirrored >> width) | (np.uint64(max(0, size - 1 - code)) << highest)
                if legal < span:
                    continue
                read, flipped = window & mask, np.uint64(0)
                if both and (mirrored & mask) < read:
                    read, flipped = mirrored & mask, ONE
                read *= np.uint64(0x9E3779B97F4A7C15)
                read ^= read >> np.uint64(29)
                read *= np.uint64(0xBF58476D1CE4E5B9)
                group = np.int64(read >> np.uint64(56))
                if group < groups[0] or group >= groups[1] or (read & LOWER) > keep:
                    continue
                if filling:
                    slot = bounds[group - groups[0] + 1]
                    bounds[group - groups[0] + 1] += 1
                    entries[slot, 0] = (read & ~LOWER) | np.uint64(2 * (i - span + 1)) | flipped
                    if flipped:
                        entries[slot, 1] = (before_mirrored << np.uint64(32)) | after_mirrored
                    else:
                        entries[slot, 1] = (after << np.uint64(32)) | before
                else:
                    bounds[group - groups[0] + 2] += 1
    return entries, bounds[:-1]


@numba.njit(cache=True, nogil=True)
def sort_entries(entries: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort entries by the `bits` bits that follow the first byte of the hash; keep the order of places."""
    starts = np.zeros((1 << bits) + 1, np.int64)
    shift, low = np.uint64(56 - bits), np.uint64((1 << bits) - 1)
    for i in range(entries.shape[0]):
        starts[((entries[i, 0] >> shift) & low) + ONE] += 1
    starts = np.cumsum(starts)
    following = starts[:-1].copy()
    out = np.empty_like(entries)
    for i in range(entries.shape[0]):
        bucket = (entries[i, 0] >> shift) & low
        out[following[bucket], 0], out[following[bucket], 1] = entries[i, 0], entries[i, 1]
        following[bucket] += 1
    return out, starts
