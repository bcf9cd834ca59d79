"""Compiled inner loops on packed genomes; imported only where one is used, since numba loads slowly.

Four bases lie in a byte: base i of the genome in bits 2 * (i & 3) of byte i >> 2, A 0, C 1, G 2, T 3. What is unknown
is stored as A, and listed as runs.
"""

import numba
import numpy as np

WORDS = np.zeros(256, np.uint32)  # the four codes of a packed byte, one per byte of a word, the first base lowest
for _byte in range(256):
    WORDS[_byte] = sum(((_byte >> 2 * place) & 3) << 8 * place for place in range(4))


@numba.njit(cache=True, nogil=True)
def pack_letters(
    raw: np.ndarray,
    table: np.ndarray,
    packed: np.ndarray,
    origin: int,
    base: int,
    runs: np.ndarray,
    counts: np.ndarray,
) -> tuple[int, int]:
    """Pack the letters of `raw` behind base `base` of `packed`, whose bits there are zero.

    Parameters
    ----------
    raw : ndarray, shape=(N,), uint8
        Bytes of sequence lines.
    table : ndarray, shape=(256,), uint8
        Code of each byte: 0 to 3, 4 unknown, 5 passed over, 255 illegal.
    packed : ndarray, uint8
        Written to.
    origin : int
        Which base of the genome is the first of `packed`.
    base : int
        Where in `packed` the first letter goes.
    runs : ndarray, shape=(R, 2), int64
        Receives the runs of unknown letters that end here; its last row is the open run, start -1 where there is none.
    counts : ndarray, shape=(256,), int64
        Receives how often each byte was read as unknown.

    Returns
    -------
    base : int
        Behind the last letter; -1 - i where byte i is illegal.
    closed : int
        How many rows of `runs` were written.
    """
    closed, last = 0, runs.shape[0] - 1
    for i in range(raw.shape[0]):
        code = table[raw[i]]
        if code < 4:
            if runs[last, 0] >= 0:
                runs[closed, 0] = runs[last, 0]
                runs[closed, 1] = origin + base
                closed += 1
                runs[last, 0] = -1
            packed[base >> 2] |= np.uint8(code << (2 * (base & 3)))
            base += 1
        elif code == 4:
            counts[raw[i]] += 1
            if runs[last, 0] < 0:
                runs[last, 0] = origin + base
            base += 1
        elif code == 255:
            return -1 - i, closed
    return base, closed


@numba.njit(cache=True, nogil=True)
def _unpack(
    packed: np.ndarray, unknown: np.ndarray, words: np.ndarray, first: int, out: np.ndarray, scratch: np.ndarray
) -> None:
    """Fill `out` with the codes from base `first` on; `scratch` holds a word per four bases, and one more."""
    size, byte, phase = out.shape[0], first >> 2, np.uint32(2 * (first & 3))
    whole, last = (size + 3) >> 2, packed.shape[0] - 1
    low = np.uint32(packed[byte])
    for i in range(whole):
        high = np.uint32(packed[min(byte + i + 1, last)])
        scratch[i] = words[((low | (high << np.uint32(8))) >> phase) & np.uint32(255)]
        low = high
    out[:] = scratch.view(np.uint8)[:size]
    # runs that reach into the window: from the first whose end lies behind its start
    run = np.searchsorted(unknown[:, 1], first, side="right")
    while run < unknown.shape[0] and unknown[run, 0] < first + size:
        out[max(unknown[run, 0] - first, 0) : min(unknown[run, 1] - first, size)] = 4
        run += 1


@numba.njit(cache=True, nogil=True)
def _window(
    packed: np.ndarray,
    unknown: np.ndarray,
    words: np.ndarray,
    place: tuple[int, int, int],
    backwards: bool,
    codes: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """Fill `codes` with one window; `place` is the base it begins at, and those where its contig begins and ends."""
    start, low, high = place
    width = codes.shape[0]
    first, end = max(start, low), min(start + width, high)
    if end <= first:
        codes[:] = 4
        return
    codes[: first - start] = 4
    codes[end - start :] = 4
    _unpack(packed, unknown, words, first, codes[first - start : end - start], scratch)
    if backwards:
        for i in range((width + 1) >> 1):
            left, right = codes[i], codes[width - 1 - i]
            codes[i] = 3 - right if right < 4 else 4
            codes[width - 1 - i] = 3 - left if left < 4 else 4


@numba.njit(cache=True, nogil=True)
def read_windows(  # noqa: PLR0913
    first: int,
    last: int,
    packed: np.ndarray,
    unknown: np.ndarray,
    words: np.ndarray,
    starts: np.ndarray,
    bounds: np.ndarray,
    backwards: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill rows `first` to `last` of `out`, shape (W, width), with the codes of windows.

    Window w begins at base ``starts[w]``; its contig lies from ``bounds[w, 0]`` to ``bounds[w, 1]``, and letters beyond
    are unknown. Where ``backwards[w]`` is true the other strand is read.
    """
    scratch = np.empty((out.shape[1] >> 2) + 2, np.uint32)
    for row in range(first, last):
        place = (starts[row], bounds[row, 0], bounds[row, 1])
        _window(packed, unknown, words, place, backwards[row], out[row], scratch)


@numba.njit(cache=True, nogil=True)
def read_one_hot(  # noqa: PLR0913
    first: int,
    last: int,
    packed: np.ndarray,
    unknown: np.ndarray,
    words: np.ndarray,
    starts: np.ndarray,
    bounds: np.ndarray,
    backwards: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill `out`, shape (W, 4, width) and of any number type, as `read_windows` does, but one-hot."""
    width = out.shape[2]
    codes, scratch = np.empty(width, np.uint8), np.empty((width >> 2) + 2, np.uint32)
    for row in range(first, last):
        place = (starts[row], bounds[row, 0], bounds[row, 1])
        _window(packed, unknown, words, place, backwards[row], codes, scratch)
        for letter in range(4):  # comparisons of whole rows, which become vector instructions
            for i in range(width):
                out[row, letter, i] = codes[i] == letter
