"""BED and its kin: BED3 to BED12, narrowPeak, broadPeak, and tables whose header names chromosome, start and end.

A file without a header is told by the number and the content of its columns; its name only where the content fits BED9
and broadPeak alike. Places are 0-based and half-open, in tables too. Where all cells of a column are missing (``.``),
the column is left out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from primase.core.errors import FormatError, PrimaseError
from primase.core.files import write_text
from primase.curation.columns import sequence_kind, to_number
from primase.curation.formats.table import SEPARATORS, cells, read_grid
from primase.curation.intervals import Intervals
from primase.curation.options import CurateOptions
from primase.curation.rows import (
    Fault,
    cut_line,
    find_faults,
    is_missing,
    number_names,
    read_blocks,
    read_rows,
    read_strands,
    sample_lines,
    settle_faults,
    shared_strings,
    to_numbers,
    usual_width,
    whole_numbers,
)
from primase.curation.unpacking import read_head

SUFFIXES = (".bed", ".narrowPeak", ".broadPeak")
BED = (
    "chrom", "start", "end", "name", "score", "strand",
    "thick_start", "thick_end", "rgb", "block_count", "block_sizes", "block_starts",
)  # fmt: skip
PEAK = (*BED[:6], "signal", "p_value", "q_value", "peak")
_COMMENTS = (b"#", b"track ", b"browser ")
_OTHER_TRACKS = re.compile(rb"(?m)^(?:track .*type=.?(?:bedGraph|wiggle)|(?:fixed|variable)Step )", re.IGNORECASE)
_STRINGS = {"name", "rgb", "block_sizes", "block_starts"}
_NUMBERS = ("signal", "p_value", "q_value")
# how the field calls them, without case and signs; `peak` counts from the start, `summit` on the contig
_ROLES = {
    "chrom": ("chrom", "chr", "chromosome", "chromname", "contig", "seqname", "seqnames", "seqid", "refname"),
    "start": ("start", "chromstart", "startposition", "begin", "peakstart"),
    "end": ("end", "chromend", "endposition", "stop", "peakend"),
    "name": ("name", "id"),
    "score": ("score",),
    "strand": ("strand",),
    "signal": ("signal", "signalvalue"),
    "p_value": ("pvalue",),
    "q_value": ("qvalue",),
    "peak": ("peak", "peakoffset", "summitoffset", "relsummit"),
    "summit": ("summit", "abssummit", "summitposition"),
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words}
_USUAL = 0.9  # share of the sampled rows that a layout must fit: a stray row is named by its line on reading


def sniff(head: bytes) -> bool:
    """Return whether most lines begin with a name and two whole numbers, or the first line names such columns.

    A table that also holds sequences is none of these, nor is a bedGraph that says so.
    """
    if b"\0" in head or _OTHER_TRACKS.search(head):
        return False
    lines = sample_lines(head.rpartition(b"\n")[0] or head, _COMMENTS)  # the last line may be cut
    if not lines:
        return False
    separator = _header_separator(lines[0])
    if separator:
        rows = [cells(line.decode("utf-8", "replace"), separator) for line in lines[1:]]
    else:
        rows = [cut_line(line, blanks=b"\t" not in lines[0]) for line in lines]
        if sum(map(_is_place, rows)) < _USUAL * len(rows):
            return False
    width = usual_width(rows) if rows else 0
    columns = zip(*(row for row in rows if len(row) == width), strict=True)
    return not any(sequence_kind([c for c in column if len(c) >= 12]) == "nucleotide" for column in columns)


def _is_place(row: Sequence[str]) -> bool:
    return len(row) >= 3 and bool(row[0]) and all(re.fullmatch(r"-?\d+", cell) for cell in row[1:3])


def _header_separator(line: bytes) -> str | None:
    """Return the separator that makes a line a header with a chromosome, a start and an end."""
    text = line.decode("utf-8", "replace")
    return next((one for one in SEPARATORS if {"chrom", "start", "end"} <= set(find_roles(cells(text, one)))), None)


def find_roles(names: Sequence[str]) -> dict[str, int]:
    """Return which column of a table is the chromosome, the start and so on, as far as the names tell.

    Examples
    --------
    >>> find_roles(["Chr", "chromStart", "chromEnd", "activity"])
    {'chrom': 0, 'start': 1, 'end': 2}
    """
    roles: dict[str, int] = {}
    for number, name in enumerate(names):
        role = _ROLE_OF.get(re.sub("[^a-z0-9]", "", name.lower()))
        if role:
            roles.setdefault(role, number)
    return roles


def _with_roles(names: Sequence[str]) -> tuple[str, ...]:
    """Return names in which each role is called as `_ROLES` calls it."""
    roles = {number: role for role, number in find_roles(names).items()}
    return tuple(roles.get(number, name) for number, name in enumerate(names))


def read(path: str | Path, options: CurateOptions = CurateOptions()) -> Intervals:
    """Read intervals; the layout is told by the content.

    Raises
    ------
    FormatError
        If a row is no interval, or there is none; the line is named.
    """
    head = read_head(path, sequences=False).removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = sample_lines(head, _COMMENTS)
    if head.startswith(b"PAR1") or (lines and _header_separator(lines[0])):
        return _read_table(path, options)
    blocks, firsts, lines = read_blocks(path), [], []
    while not lines and (block := next(blocks, b"")):
        firsts.append(block)
        lines = sample_lines(block, _COMMENTS)
    if not lines:
        raise FormatError(path, "the file holds no interval", fix="give a file with at least one line")
    blanks = b"\t" not in lines[0]
    sample = [cut_line(line, blanks=blanks) for line in lines]
    width = usual_width(sample)
    if width >= 3 and all(to_number(cell) is None for cell in sample[0]):
        return _read_table(path, options)  # a header in words of its own: the error lists its columns
    if width < 3:
        raise FormatError(
            path, f"the first row is {lines[0][:40].decode('utf-8', 'replace')!r}, not chromosome, start and end",
            fix="give BED: at least three columns, separated by tabs",
        )  # fmt: skip
    names = _comment_names(b"".join(firsts), lines[0], width) or _tell_names(
        path, [row for row in sample if len(row) == width]
    )
    rows = read_rows(path, chain(firsts, blocks), width, comments=_COMMENTS, blanks=blanks)
    return _make_intervals(path, names, rows.cells, rows.lines, rows.faults, drop_invalid=options.drop_invalid)


def _comment_names(text: bytes, row: bytes, width: int) -> tuple[str, ...] | None:
    """Return the names of the columns, where the last comment before the first row gives them."""
    before = text[: text.find(row)].rstrip(b"\n").rpartition(b"\n")[2]
    names = cut_line(before.lstrip(b"#"), blanks=b"\t" not in before)
    named = before.startswith(b"#") and len(names) == width and {"chrom", "start", "end"} <= set(find_roles(names))
    return _with_roles(names) if named else None


def _tell_names(path: str | Path, rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Tell the columns of a file without a header by their content; there is no BED10 and no BED11."""
    width = len(rows[0])

    def usually(fits: Any) -> bool:
        return sum(map(fits, rows)) >= _USUAL * len(rows)

    def is_thick(row: Sequence[str]) -> bool:
        places = [to_number(cell) for cell in (row[1], *row[6 : min(width, 8)], row[2])]
        known = [place for place in places if place is not None]
        if len(known) < len(places) or (width >= 9 and not re.fullmatch(r"[\d,. ]*", row[8])):
            return False
        return known[1:-1] == [0.0, 0.0] or known == sorted(known)

    def is_peak(row: Sequence[str]) -> bool:
        return all(to_number(cell) is not None for cell in row[6:width])

    known = 5
    if width >= 6 and not usually(lambda row: row[5] in ("+", "-", ".", "*")):
        known = 3  # BED3 and columns of another's own
    elif width >= 6:
        known = 6
        peaks = width in (9, 10) and usually(is_peak)
        thick = width in (7, 8, 9, 12) and usually(is_thick)
        if peaks and not (thick and "peak" not in Path(path).name.lower()):
            return PEAK[:width]
        if thick:
            return BED[:width]
    return tuple(BED[i] if i < known else f"column_{i + 1}" for i in range(width))


def _read_table(path: str | Path, options: CurateOptions) -> Intervals:
    import pyarrow as pa

    grid = read_grid(path, drop_invalid=options.drop_invalid)
    grid = grid.named(grid.header or [column[0] for column in grid.columns])
    names = _with_roles(grid.header or [])
    if not {"chrom", "start", "end"} <= set(names):
        raise FormatError(
            path, f"no columns name chromosome, start and end (columns: {', '.join(names)})",
            fix="call them chrom, start and end",
        )  # fmt: skip
    columns = [pa.array(column, pa.string()) for column in grid.columns]
    intervals = _make_intervals(path, names, columns, grid.lines, (), drop_invalid=options.drop_invalid)
    note = f"{path}: starts are counted from 0 and ends are not included, as in BED"
    if (intervals.starts % 10 == 1).all() and (intervals.ends % 10 == 0).all():
        note += "; every start ends in 1 and every end in 0, so the table may count from 1: then subtract 1 from starts"
    return replace(intervals, notes=(note,), dropped=(*grid.dropped, *intervals.dropped))


def _make_intervals(
    path: str | Path,
    names: Sequence[str],
    cells: Sequence[Any],
    lines: np.ndarray,
    faults: Sequence[Fault],
    *,
    drop_invalid: bool,
) -> Intervals:
    """Make the table of cells as written, after all checks."""
    import pyarrow as pa

    by_name = dict(zip(names, cells, strict=True))
    written = dict(by_name)
    contigs, contig = number_names(by_name.pop("chrom"))
    starts, whole_start = whole_numbers(by_name.pop("start"))
    ends, whole_end = whole_numbers(by_name.pop("end"))
    strands = read_strands(by_name.pop("strand")) if "strand" in by_name else np.zeros(len(starts), np.int8)
    summits, offset_known = _read_summits(by_name, starts)
    blank = np.array([*(not name for name in contigs), False])[contig]
    outside = np.zeros(len(starts), bool)
    if summits is not None:
        outside = ~offset_known | ((summits != -1) & ((summits < starts) | (summits >= ends)))

    def cell(row: int, *roles: str) -> str:
        return repr(next(written[role][row].as_py() for role in roles if role in written))

    unknown = [name for name in _NUMBERS if name in by_name and not to_numbers(by_name[name])[1].all()]
    failed, found = find_faults(
        lines,
        (
            (blank, lambda _: "the chromosome is missing", "name it"),
            (~whole_start, lambda row: f"start {cell(row, 'start')} is no whole number", "give letters from 0 on"),
            (~whole_end, lambda row: f"end {cell(row, 'end')} is no whole number", "give letters from 0 on"),
            (starts < 0, lambda row: f"start {starts[row]} is below 0", "let the interval start on its chromosome"),
            (ends <= starts, lambda row: f"end {ends[row]} is not after start {starts[row]}", "swap the columns"),
            (strands == 2, lambda row: f"strand {cell(row, 'strand')} is none", "give + or -, or . for none"),
            (
                outside,
                lambda row: f"summit {cell(row, 'peak', 'summit')} is not within {starts[row]}-{ends[row]}",
                "give letters from the start (column peak), a position (column summit), or -1 for none",
            ),
            *(
                (
                    ~to_numbers(by_name[name])[1],
                    lambda row, name=name: f"{name} {cell(row, name)} is no number",
                    "give a number, or -1 for none",
                )
                for name in unknown
            ),
        ),
    )
    dropped = settle_faults(path, [*faults, *found], drop_invalid=drop_invalid)
    if failed.all():
        raise FormatError(path, "the file holds no interval", fix="give a file with at least one valid line")
    kept = {name: values.filter(pa.array(~failed)) if failed.any() else values for name, values in by_name.items()}
    columns = {name: _read_column(name, values) for name, values in kept.items()}
    return Intervals(
        str(path), contigs, contig[~failed], starts[~failed], ends[~failed], strands[~failed], lines[~failed],
        None if summits is None else summits[~failed],
        {name: values for name, values in columns.items() if values is not None},
        dropped=dropped,
    )  # fmt: skip


def _read_summits(by_name: dict[str, Any], starts: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    """Take the summits out of the columns: positions, -1 where there is none, and whether each could be read."""
    import pyarrow as pa
    from pyarrow import compute

    for role in ("peak", "summit"):
        if role in by_name:
            written = by_name.pop(role)
            values, valid = whole_numbers(compute.if_else(pa.array(is_missing(written)), "-1", written))
            position = values + starts if role == "peak" else values
            return np.where(valid & (values != -1), position, -1), valid
    return None, np.ones(len(starts), bool)


def _read_column(name: str, cells: Any) -> np.ndarray | None:
    """Return a column as numbers where all cells are such or missing, else as strings; None if all are missing."""
    from pyarrow import compute

    if name == "name":
        names = compute.if_else(compute.equal(cells, "."), "", cells).to_numpy(zero_copy_only=False)
        return names if names.any() else None
    if name not in _STRINGS:
        numbers, valid = to_numbers(cells)
        if valid.all():
            return None if np.isnan(numbers).all() else numbers
    return None if is_missing(cells).all() else shared_strings(cells)


def write(path: str | Path, intervals: Intervals) -> None:
    """Write narrowPeak where there are summits, broadPeak where there are signals, else the shortest BED that fits.

    Columns that these formats do not have follow, and a first line ``#chrom start ...`` names them all. A summit
    without signal, p and q gets -1 for each, the format's sign for none. gzip is not applied.

    Raises
    ------
    PrimaseError
        If an interval starts below 0.
    """
    from pyarrow import compute

    if len(intervals) and intervals.starts.min() < 0:
        row = int(np.argmin(intervals.starts))
        raise PrimaseError(f"{intervals.spell(row)} starts below 0", fix="leave out windows beyond their contig")
    columns = _standard_columns(intervals)
    peaks = intervals.summits is not None or {"signal", "p_value", "q_value"} <= set(columns)
    names = (PEAK if intervals.summits is not None else PEAK[:9]) if peaks else BED
    last = len(names) if peaks else max(number for number, name in enumerate(names, 1) if name in columns)
    names, others = names[:last], [name for name in columns if name not in names[:last]]
    blank = {"signal": "-1", "p_value": "-1", "q_value": "-1"}
    texts = [
        _to_text(columns[name]) if name in columns else [blank.get(name, ".")] * len(intervals)
        for name in (*names, *others)
    ]
    lines = compute.binary_join_element_wise(*texts, "\t").to_pylist()
    if others:
        lines.insert(0, "#" + "\t".join((*names, *others)))
    write_text(path, "\n".join([*lines, ""]))


def _standard_columns(intervals: Intervals) -> Mapping[str, np.ndarray]:
    columns = {
        "chrom": np.array([*intervals.contigs, None], object)[intervals.contig],
        "start": intervals.starts,
        "end": intervals.ends,
        **intervals.columns,
    }
    if intervals.strands.any():
        columns["strand"] = np.array([".", "+", "-"], object)[intervals.strands]
    if intervals.summits is not None:
        columns["peak"] = np.where(intervals.summits >= 0, intervals.summits - intervals.starts, -1)
    return columns


def _to_text(values: np.ndarray) -> Any:
    """Return a column as Arrow strings; missing numbers and empty strings are ``.``."""
    import pyarrow as pa
    from pyarrow import compute

    if values.dtype != object:
        return compute.fill_null(compute.cast(pa.array(values, from_pandas=True), pa.string()), ".")
    texts = compute.replace_substring_regex(pa.array(values, pa.string()), "[\\t\\r\\n]+", " ")
    return compute.if_else(compute.equal(texts, ""), ".", texts)
