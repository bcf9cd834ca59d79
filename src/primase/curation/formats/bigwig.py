"""bigWig: compressed runs of one value with an index, after Kent et al. 2010, doi:10.1093/bioinformatics/btq351."""

import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from primase.core.errors import FormatError, PrimaseError
from primase.core.files import writing
from primase.curation.formats.bedgraph import Block, Run, find_runs
from primase.curation.signals import count_bins, track_name

SUFFIXES = (".bw", ".bigwig", ".bigWig")
MAGIC = 0x888FFC26
_HEADER = 64  # bytes
BUFFER = 2**18  # positions read at once, 2 MB: what a processor's cache holds
GAP = 1024  # positions that are read in less time than a further call takes


@dataclass(frozen=True, eq=False)
class BigWig:
    """A bigWig on disk. It is opened anew for each reading, so it can be sent to other processes and threads.

    Attributes
    ----------
    path, name : str
    lengths : dict of str to int
        Contigs that the file has; writers may leave out those without a value.
    """

    path: str
    name: str
    lengths: dict[str, int]

    def read(self, contig: str, starts: np.ndarray, width: int, bin: int = 1) -> np.ndarray:  # noqa: A002
        """Return the sum over each bin of each window, see `primase.curation.signals.Signal.read`.

        Windows that overlap or lie close are read as one stretch.
        """
        out = np.zeros((len(starts), count_bins(width, bin)), np.float32)
        length = self.lengths.get(contig, 0)
        starts = np.asarray(starts, np.int64)
        order = np.argsort(starts, kind="stable")
        # windows that hold no position of the contig are 0
        order = order[(starts[order] < length) & (starts[order] > -width)]
        if len(order):
            columns = max(1, BUFFER // bin)  # wide windows are read piece by piece
            with _opened(self.path) as reader:
                for column in range(0, out.shape[1], columns):
                    part = out[:, column : column + columns]
                    _read_part(reader, (contig, length), starts[order] + column * bin, order, bin, part)
        return out


def _read_part(
    reader: Any,
    contig: tuple[str, int],
    starts: np.ndarray,
    rows: np.ndarray,
    bin: int,  # noqa: A002
    out: np.ndarray,
) -> None:
    """Fill `out` for windows whose sorted `starts` belong to its `rows`."""
    from primase.curation.signal_kernels import join_windows, sum_bins

    name, length = contig
    width = out.shape[1] * bin
    limit = max(BUFFER, width)
    places, lows, highs, firsts, fronts = join_windows(starts, width, GAP, limit)
    buffer = np.empty(limit)
    begun = 0
    for stretch, (low, high, front) in enumerate(zip(lows.tolist(), highs.tolist(), fronts.tolist(), strict=True)):
        if front == 0 and stretch:
            done = slice(firsts[begun], firsts[stretch])
            sum_bins(buffer, places[done], rows[done], bin, out)
            begun = stretch
        left, right = min(max(low, 0), length), max(min(high, length), 0)
        buffer[front : front + left - low] = 0
        if left < right:
            target = buffer[front + left - low : front + right - low]
            reader.values(name, left, right, fillna=0.0, oob=0.0, arr=target)
        buffer[front + max(right, left, low) - low : front + high - low] = 0
    done = slice(firsts[begun], firsts[-1])
    sum_bins(buffer, places[done], rows[done], bin, out)


def sniff(head: bytes) -> bool:
    """Return whether the first bytes are a bigWig's, of either byte order."""
    return _byte_order(head) is not None


def read(path: str | Path) -> BigWig:
    """Open a bigWig; its values stay on disk.

    Raises
    ------
    FormatError
        If it is no bigWig, cut short or damaged.
    """
    name = track_name(path, SUFFIXES)
    if not _check(path):
        return BigWig(str(path), name, {})
    with _opened(path) as reader:
        return BigWig(str(path), name, dict(reader.chroms()))


def write(path: str | Path, lengths: Mapping[str, int], blocks: Iterable[Block], *, step: int = 1) -> None:
    """Write a bigWig block by block; only one block is held at a time.

    Parameters
    ----------
    path : str or Path
    lengths : mapping of str to int
        The contigs in the order in which blocks come.
    blocks : iterable of (str, int, ndarray)
        Contig, start and values (float32) of stretches that follow each other; NaN is not written.
    step : int
        Positions for which each value stands; the last value may reach over the contig's end and is cut there.

    Raises
    ------
    PrimaseError
        If blocks are out of order, beyond a contig, not finite, or hold no value at all; or nothing can be written.
    """
    import pybigtools

    faults: list[BaseException] = []
    entries = _guarded(find_runs(lengths, blocks, step), faults)
    first = next(entries, None)
    with writing(path) as whole, _named_bw(whole) as draft:
        if first is not None:
            pybigtools.open(str(draft), "w").write(dict(lengths), chain([first], entries))
        if faults:
            raise faults[0]
        if first is None:
            raise PrimaseError(f"{path}: there is no value to write", fix="give at least one value that is not NaN")
        try:
            _check(draft)
        except FormatError as error:  # the writer says nothing where the disk is full
            raise OSError("the bigWig came out incomplete (is the disk full?)") from error


@contextmanager
def _named_bw(path: Path) -> Iterator[Path]:
    """Give a path that ends in ``.bw`` to write to, since the library writes no other, and rename it to `path`."""
    draft = path.with_name(path.name + ".bw")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _guarded(runs: Iterator[Run], faults: list[BaseException]) -> Iterator[Run]:
    """Keep what `runs` raises in `faults`, since the writer would only print it."""
    try:
        yield from runs
    except BaseException as error:  # noqa: BLE001 raised again by `write`
        faults.append(error)


def _byte_order(head: bytes) -> str | None:
    for order in "<>":
        if len(head) >= 4 and struct.unpack(order + "I", head[:4])[0] == MAGIC:
            return order
    return None


def _check(path: str | Path) -> bool:
    """Return whether a bigWig holds any value, having seen that it is whole.

    Raises
    ------
    FormatError
        If it is cut short: a table lies beyond the file's end, or the magic number does not stand there once more.
    """
    try:
        with open(path, "rb") as handle:
            head = handle.read(_HEADER)
            size = handle.seek(0, os.SEEK_END)
            handle.seek(max(size - 4, 0))
            tail = handle.read(4)
    except OSError as error:
        raise _unreadable(path, error) from error
    order = _byte_order(head)
    if order is None:
        raise FormatError(path, f"the file is no bigWig (it begins with {head[:4]!r})", fix="give a bigWig")
    if len(head) == _HEADER:
        # magic, version, zoom levels, then where contigs, data and index stand
        contigs, data, index = struct.unpack(order + "IHHQQQ", head[:32])[3:]
        if tail == head[:4] and max(contigs, data, index) < size:
            return index > 0  # some writers leave the index out where there is no value
    raise FormatError(path, f"the bigWig is cut short after {size:,} bytes", fix="copy or download it again")


@contextmanager
def _opened(path: str | Path) -> Iterator[Any]:
    """Open a file for reading; what the library raises becomes an error that names the file."""
    import pybigtools

    try:
        with open(path, "rb") as handle:  # given a path, the library would ask for certain endings
            yield pybigtools.open(handle)
    except OSError as error:
        raise _unreadable(path, error) from error
    except BaseException as error:
        # a damaged block makes the library panic, which is no Exception
        if not isinstance(error, pybigtools.BBIReadError) and type(error).__name__ != "PanicException":
            raise
        raise FormatError(path, f"the bigWig is damaged ({error})", fix="copy or download it again") from error


def _unreadable(path: str | Path, error: OSError) -> FormatError:
    return FormatError(
        path, f"the file cannot be read ({error.strerror or error})", fix="check the path and its permissions"
    )
