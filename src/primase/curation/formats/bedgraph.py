"""bedGraph: a line ``contig start end value`` per run of one value, 0-based and half-open."""

import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from primase.core.errors import FormatError, PrimaseError
from primase.core.files import writing
from primase.curation.signals import count_bins, track_name

SUFFIXES = (".bedGraph", ".bedgraph", ".bg", ".bdg")
Block = tuple[str, int, np.ndarray]  # contig, start, values
Run = tuple[str, int, int, float]  # contig, start, end, value
MISSING = ("NA", "NaN", "nan")  # values that count as none
MOST = 2**32 - 1  # the farthest position, as in a bigWig
_CHUNK = 2**24  # bytes of text read at once
_FURNITURE = re.compile(rb"^(?:[ \t]*|#.*|(?:track|browser)(?:[ \t].*)?)\n", re.MULTILINE)
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)


@dataclass(frozen=True, eq=False)
class BedGraph:
    """A bedGraph in memory: 12 bytes per line.

    Attributes
    ----------
    path, name : str
    runs : dict of str to (starts, ends, values)
        Of each contig: uint32, uint32 and float32, sorted, not overlapping, without NaN.
    """

    path: str
    name: str
    runs: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]
    exact_lengths = False

    @property
    def lengths(self) -> dict[str, int]:
        """How far the values of each contig reach; the file does not say how long it is."""
        return {contig: int(ends[-1]) if len(ends) else 0 for contig, (_, ends, _) in self.runs.items()}

    def read(self, contig: str, starts: np.ndarray, width: int, bin: int = 1) -> np.ndarray:  # noqa: A002
        """Return the sum over each bin of each window, see `primase.curation.signals.Signal.read`."""
        from primase.curation.signal_kernels import sum_runs

        out = np.zeros((len(starts), count_bins(width, bin)), np.float32)
        if contig in self.runs and len(out):
            sum_runs(*self.runs[contig], np.asarray(starts, np.int64), bin, out)
        return out


def sniff(head: bytes) -> bool:
    """Return whether the first line that holds data is a contig, two positions and a number."""
    head = head.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    line = _FURNITURE.sub(b"", head + b"\n").split(b"\n", 1)[0].decode("utf-8", "replace")
    return not _fault(line.split())


def read(path: str | Path) -> BedGraph:
    """Read a bedGraph, plain or gzipped; lines may stand in any order.

    Lines of browsers (``track``, ``browser``) and comments are passed over.

    Raises
    ------
    FormatError
        If a line is no run of a value, or two lines overlap; they are named.
    """
    pieces: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}
    for chunk in _read_chunks(path):
        for contig, *columns in _parse(path, chunk):
            pieces.setdefault(contig, []).append((columns[0], columns[1], columns[2]))
    runs = {}
    for contig in list(pieces):
        starts, ends, values = (np.concatenate(parts) for parts in zip(*pieces.pop(contig), strict=True))
        if (starts[1:] < starts[:-1]).any():
            order = np.argsort(starts, kind="stable")
            starts, ends, values = starts[order], ends[order], values[order]
        if (starts[1:] < ends[:-1]).any():
            row = int(np.argmax(starts[1:] < ends[:-1]))
            raise _overlap(path, contig, (starts[row], ends[row]), (starts[row + 1], ends[row + 1]))
        kept = ~np.isnan(values)
        runs[contig] = (starts, ends, values) if kept.all() else (starts[kept], ends[kept], values[kept])
    return BedGraph(str(path), track_name(path, SUFFIXES), runs)


def write(path: str | Path, lengths: Mapping[str, int], blocks: Iterable[Block], *, step: int = 1) -> None:
    """Write a bedGraph block by block, gzipped where its name ends in ``.gz``.

    Parameters and errors are those of `primase.curation.formats.bigwig.write`; a file without a line is legal.
    """
    with writing(path) as draft, open(draft, "wb") as handle:
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=handle, mtime=0) if draft.suffix == ".gz" else handle
        with io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as text:
            for contig, start, end, value in find_runs(lengths, blocks, step):
                text.write(f"{contig}\t{start}\t{end}\t{np.float32(value)!s}\n")


def find_runs(lengths: Mapping[str, int], blocks: Iterable[Block], step: int) -> Iterator[Run]:
    """Turn blocks of values into runs of one value, and see that they are in order.

    Raises
    ------
    PrimaseError
        As `primase.curation.formats.bigwig.write`.

    Examples
    --------
    >>> list(find_runs({"chr1": 9}, [("chr1", 2, np.array([1, 1, 0, np.nan], np.float32))], 2))
    [('chr1', 2, 6, 1.0), ('chr1', 6, 8, 0.0)]
    """
    rank = {contig: number for number, contig in enumerate(lengths)}
    at = (-1, 0)
    for contig, start, values in blocks:
        values = np.ascontiguousarray(values, np.float32)
        end = start + len(values) * step
        if contig not in rank or start < 0 or end >= lengths[contig] + step:
            raise PrimaseError(
                f"{contig}:{start}-{end} does not lie in the genome "
                + (
                    f"({contig} is {lengths[contig]} long)"
                    if contig in rank
                    else f"({contig} is not one of its contigs)"
                ),
                fix="give blocks of the genome's contigs",
            )
        if (rank[contig], start) < at:
            raise PrimaseError(
                f"the block {contig}:{start}-{end} comes too late or overlaps the one before",
                fix="give blocks in the order of the genome",
            )
        at = (rank[contig], end)
        if not len(values):
            continue
        if np.isinf(values).any():
            place = start + int(np.argmax(np.isinf(values))) * step
            raise PrimaseError(f"the value at {contig}:{place} is infinite", fix="write finite values, or NaN for none")
        edges = np.flatnonzero(np.diff(values.view(np.int32))) + 1
        firsts = np.concatenate([[0], edges])
        kept = ~np.isnan(values[firsts])
        starts = start + firsts * step
        ends = np.minimum(np.append(starts[1:], end), lengths[contig])
        for left, right, value in zip(
            starts[kept].tolist(), ends[kept].tolist(), values[firsts[kept]].tolist(), strict=True
        ):
            yield contig, left, right, value


def _read_chunks(path: str | Path) -> Iterator[bytes]:
    """Give the text in pieces of whole lines, each ending in a line feed, without lines that hold no data."""
    with _opened(path) as handle:
        rest = handle.read(3).removeprefix(b"\xef\xbb\xbf")
        while True:
            piece = handle.read(_CHUNK)
            rest += piece
            end = rest.rfind(b"\n") + 1 if piece else len(rest)
            if end:
                chunk = rest[:end].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
                chunk = _FURNITURE.sub(b"", chunk if chunk.endswith(b"\n") else chunk + b"\n")
                if chunk:
                    yield chunk
                rest = rest[end:]
            if not piece:
                return


def _parse(path: str | Path, chunk: bytes) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Give contig, starts, ends and values of whole lines, one tuple per contig."""
    import pyarrow as pa
    from pyarrow import csv

    if b" " in chunk:
        chunk = b"\n".join(b"\t".join(line.split()) for line in chunk.split(b"\n"))
    types = {"contig": pa.dictionary(pa.int32(), pa.string())}
    types |= {"start": pa.int64(), "end": pa.int64(), "value": pa.float32()}
    try:
        table = csv.read_csv(
            pa.BufferReader(chunk),
            read_options=csv.ReadOptions(use_threads=False, block_size=len(chunk) + 1, column_names=list(types)),
            parse_options=csv.ParseOptions(delimiter="\t", quote_char=False),
            convert_options=csv.ConvertOptions(column_types=types, null_values=list(MISSING)),
        )
    except pa.ArrowInvalid as error:
        raise _find_fault(path, str(error)) from error
    contigs = table["contig"].combine_chunks()
    starts, ends, values = (table[name].to_numpy() for name in ("start", "end", "value"))
    if (starts < 0).any() or (ends <= starts).any() or (ends > MOST).any() or np.isinf(values).any():
        raise _find_fault(path, "a position or a value is out of bounds")
    codes = contigs.indices.to_numpy()
    if (codes[1:] < codes[:-1]).any():
        order = np.argsort(codes, kind="stable")
        codes, starts, ends, values = codes[order], starts[order], ends[order], values[order]
    bounds = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
    for low, high in pairwise(bounds):
        name = contigs.dictionary[int(codes[low])].as_py()
        yield name, starts[low:high].astype(np.uint32), ends[low:high].astype(np.uint32), values[low:high].copy()


def _rows(path: str | Path) -> Iterator[tuple[int, list[str]]]:
    """Give line number and fields of every line that holds data."""
    with _opened(path) as handle, io.TextIOWrapper(handle, encoding="utf-8-sig", errors="replace") as text:
        for number, line in enumerate(text, 1):
            if not _FURNITURE.fullmatch(line.rstrip("\n").encode() + b"\n"):
                yield number, line.split() if " " in line else line.rstrip("\n").split("\t")


def _find_fault(path: str | Path, reason: str) -> FormatError:
    """Return the error that names the first line at fault, and `reason` where every line looks right."""
    for number, fields in _rows(path):
        what = _fault(fields)
        if what:
            return FormatError(path, what, fix="write lines 'contig start end value', 0 <= start < end", line=number)
    return FormatError(path, f"the file is no bedGraph ({reason})", fix="write lines 'contig start end value'")


def _fault(fields: list[str]) -> str:
    if len(fields) != 4:
        return f"there are {len(fields)} columns instead of 4"
    for field in fields[1:3]:
        if not re.fullmatch(r"\d+", field, re.ASCII):
            return f"{field!r} is no position"
        if int(field) > MOST:
            return f"the position {field} is beyond {MOST}"
    if int(fields[2]) <= int(fields[1]):
        return f"end {fields[2]} is not after start {fields[1]}"
    if fields[3] not in MISSING and not _NUMBER.fullmatch(fields[3]):
        return f"{fields[3]!r} is no finite number"
    return ""


def _overlap(path: str | Path, contig: str, one: tuple[int, int], two: tuple[int, int]) -> FormatError:
    """Return the error that names two lines which overlap."""
    wanted = {(contig, int(start), int(end)) for start, end in (one, two)}
    lines = [number for number, row in _rows(path) if (row[0], int(row[1]), int(row[2])) in wanted]
    places = [f"{contig}:{start}-{end}" for start, end in (one, two)]
    return FormatError(
        path,
        f"{' and '.join(places)} (lines {lines[0]} and {lines[-1]}) overlap",
        fix="give each position one value, for instance with bedtools merge -c 4 -o mean",
        line=lines[-1],
    )


@contextmanager
def _opened(path: str | Path) -> Iterator[io.BufferedIOBase]:
    """Open a file for reading, unpacked; a damaged one becomes an error that names it."""
    try:
        with open(path, "rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if packed:
                with gzip.open(raw) as unpacked:
                    yield unpacked
            else:
                yield raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(path, f"the gzip file is damaged ({error})", fix="copy or download it again") from error
    except OSError as error:
        raise FormatError(
            path, f"the file cannot be read ({error.strerror or error})", fix="check the path and its permissions"
        ) from error
