"""Rows of tab-separated files of a genome (BED, GFF): read in blocks of lines, cells as Arrow strings.

What is no row (comments, blank lines) is taken out before Arrow cuts the cells, and every row keeps the number of its
line; what is wrong with a row is a `Fault`, and all faults of a file are reported together.
"""

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from primase.core.errors import FormatError
from primase.curation.unpacking import read_head

BLOCK = 2**24  # bytes that are read at once: memory stays small, and Arrow's arrays below their limit of 2 GB
SAMPLE = 1000  # rows by which a layout is told
_MISSING = (".", "", "NA", "N/A", "nan", "NaN", "null", "NULL", "None")


class Fault(NamedTuple):
    """What is wrong with one line, and what to do about it."""

    line: int
    what: str
    fix: str


@dataclass(frozen=True)
class Rows:
    """The rows of a file.

    Attributes
    ----------
    cells : list of pyarrow.ChunkedArray
        One array of strings per column, as written.
    lines : ndarray, shape=(N,), int64
        1-based line of each row.
    faults : tuple of Fault
        Lines that are no rows.
    """

    cells: list[Any]
    lines: np.ndarray
    faults: tuple[Fault, ...] = ()


def read_blocks(path: str | Path) -> Iterator[bytes]:
    """Give the text of a plain or gzipped file in blocks of whole lines, each line ended by a line feed.

    Raises
    ------
    FormatError
        If the file cannot be read, is empty, cut short, damaged or no text.
    """
    head = read_head(path, sequences=False)
    if b"\0" in head:
        raise FormatError(
            path, f"byte {head.index(0)} is 0, so this is no text", fix="give text: BED, GFF, GTF or a table"
        )
    rest, start = b"", True
    try:
        with open(path, "rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else open(path, "rb") as handle:
            while block := handle.read(BLOCK):
                block = block.removeprefix(b"\xef\xbb\xbf") if start else rest + block
                start = False
                if b"\r" in block:
                    whole = block.removesuffix(b"\r")  # its line feed may follow in the next block
                    rest = block[len(whole) :]
                    block = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
                else:
                    rest = b""
                cut = block.rfind(b"\n") + 1
                rest = block[cut:] + rest
                if cut:
                    yield block[:cut]
    except EOFError as error:
        raise FormatError(path, "the gzip file is cut short", fix="copy or download it again") from error
    except (OSError, zlib.error) as error:
        raise FormatError(path, f"the file is damaged ({error})", fix="copy or download it again") from error
    if rest.strip():
        yield rest.removesuffix(b"\r") + b"\n"


def sample_lines(text: bytes, comments: Sequence[bytes]) -> list[bytes]:
    """Return the first lines of a text that are neither blank nor comments."""
    lines = []
    for line in re.finditer(rb"[^\n]+", text):
        if line[0].strip() and not line[0].startswith(tuple(comments)):
            lines.append(line[0])
            if len(lines) == SAMPLE:
                break
    return lines


def cut_line(line: bytes, *, blanks: bool) -> list[str]:
    """Return the cells of one line, cut at tabs, or at any blanks."""
    text = line.decode("utf-8", "replace")
    return text.split() if blanks else [cell.strip() for cell in text.split("\t")]


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """Return how many cells most rows have."""
    return Counter(map(len, rows)).most_common(1)[0][0]


def read_rows(
    path: str | Path,
    blocks: Iterator[bytes],
    width: int,
    *,
    comments: Sequence[bytes],
    stops: Sequence[bytes] = (),
    blanks: bool = False,
    keep: Callable[[list[Any]], Any] | None = None,
) -> Rows:
    """Cut lines into cells.

    Parameters
    ----------
    path : str or Path
        Named in errors.
    blocks : iterator of bytes
        From `read_blocks`.
    width : int
        Cells per row.
    comments, stops : sequence of bytes
        Begins of lines that are left out; begins of the line that ends the table.
    blanks : bool
        Cut at any blanks, not at tabs.
    keep : callable, optional
        Given the columns of a block, returns an Arrow mask of the rows that are kept.

    Raises
    ------
    FormatError
        If a line is not UTF-8 text.
    """
    import pyarrow as pa

    parts: list[list[Any]] = [[] for _ in range(width)]
    lines, faults, first, ended = [np.zeros(0, np.int64)], [], 1, False
    for block in blocks:
        data, numbers, count, ended = _without_comments(block, first, comments, stops)
        if blanks:
            data = re.sub(rb"[ \t]+", b"\t", re.sub(rb"[ \t]+(?=\n)|(?<=\n)[ \t]+", b"", b"\n" + data))[1:]
        table, odd = _cut(path, data, width, first, block)
        rows = np.array([number for number, _ in odd], np.int64) - 1
        faults += [_cells_fault(int(numbers[row]), found, width) for row, (_, found) in zip(rows, odd, strict=True)]
        numbers = np.delete(numbers, rows)
        columns = table.columns
        if keep is not None:
            mask = keep(columns)
            columns, numbers = [column.filter(mask) for column in columns], numbers[np.asarray(mask)]
        for part, column in zip(parts, columns, strict=True):
            part.extend(column.chunks)
        lines.append(numbers)
        first += count
        if ended:
            break
    return Rows([pa.chunked_array(part, pa.string()) for part in parts], np.concatenate(lines), tuple(faults))


def _cells_fault(line: int, found: int, width: int) -> Fault:
    cells = "1 column" if found == 1 else f"{found} columns"
    return Fault(line, f"{cells} instead of {width}", "separate the cells of every line by tabs")


def _without_comments(
    block: bytes, first: int, comments: Sequence[bytes], stops: Sequence[bytes]
) -> tuple[bytes, np.ndarray, int, bool]:
    """Return a block without comments and blank lines, the lines left, how many it had, and whether the table ends."""
    letters = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(letters == ord("\n")) + 1
    starts = np.append(0, ends[:-1])
    stop = min((int(rows[0]) for word in stops if len(rows := _begin_with(letters, starts, word))), default=len(ends))
    keep = letters[starts] != ord("\n")
    for word in comments:
        keep[_begin_with(letters, starts, word)] = False
    for row in np.flatnonzero((letters[starts] == ord(" ")) | (letters[starts] == ord("\t"))):
        keep[row] &= bool(block[starts[row] : ends[row]].strip())
    keep[stop:] = False
    if not keep.all():
        block = letters[np.repeat(keep, ends - starts)].tobytes()
    return block, np.flatnonzero(keep) + first, len(ends), stop < len(ends)


def _begin_with(letters: np.ndarray, starts: np.ndarray, word: bytes) -> np.ndarray:
    """Return the lines that begin with a word."""
    rows = np.flatnonzero(letters[starts] == word[0])
    for place, letter in enumerate(word[1:], 1):
        rows = rows[letters[np.minimum(starts[rows] + place, len(letters) - 1)] == letter]
    return rows


def _cut(path: str | Path, data: bytes, width: int, first: int, block: bytes) -> tuple[Any, list[tuple[int, int]]]:
    """Return the cells of a block, and row number (from 1) and cells of each line that has another number of them."""
    import pyarrow as pa
    from pyarrow import csv

    names, odd = [str(number) for number in range(width)], []
    if not data:
        return pa.table({name: pa.array([], pa.string()) for name in names}), odd

    def note_odd(row: Any) -> str:
        odd.append((row.number, row.actual_columns))
        return "skip"

    try:
        table = csv.read_csv(
            pa.BufferReader(data),
            # one thread: only then are rows numbered
            read_options=csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1),
            parse_options=csv.ParseOptions(delimiter="\t", quote_char=False, invalid_row_handler=note_odd),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise _no_text(path, block, first, error) from error
    return table, odd


def _no_text(path: str | Path, block: bytes, first: int, error: Exception) -> FormatError:
    try:
        block.decode()
    except UnicodeDecodeError as fault:
        line = first + block.count(b"\n", 0, fault.start)
        what = f"the byte 0x{block[fault.start]:02x} is not UTF-8 text"
        return FormatError(path, what, fix="save the file as UTF-8", line=line)
    return FormatError(path, f"the rows cannot be parsed ({error})", fix="repair the file")


def whole_numbers(cells: Any) -> tuple[np.ndarray, np.ndarray]:
    """Read strings as whole numbers.

    Returns
    -------
    values : ndarray, shape=(N,), int64
        0 where there is none.
    valid : ndarray, shape=(N,), bool
    """
    import pyarrow as pa
    from pyarrow import compute

    try:
        return compute.cast(cells, pa.int64()).to_numpy(), np.ones(len(cells), bool)
    except pa.ArrowInvalid:
        cells = compute.utf8_trim_whitespace(cells)
        valid = compute.match_substring_regex(cells, "^-?[0-9]{1,18}$")
        return compute.cast(compute.if_else(valid, cells, "0"), pa.int64()).to_numpy(), np.asarray(valid)


def is_missing(cells: Any) -> np.ndarray:
    """Say which strings stand for nothing, shape (N,), bool."""
    import pyarrow as pa
    from pyarrow import compute

    return np.asarray(compute.is_in(compute.utf8_trim_whitespace(cells), pa.array(_MISSING)))


def to_numbers(cells: Any) -> tuple[np.ndarray, np.ndarray]:
    """Read strings as numbers.

    Returns
    -------
    values : ndarray, shape=(N,), float64
        NaN where the cell is missing or no number.
    valid : ndarray, shape=(N,), bool
        Whether a cell is a number or missing.
    """
    import pyarrow as pa
    from pyarrow import compute

    try:
        return compute.cast(cells, pa.float64()).to_numpy(), np.ones(len(cells), bool)
    except pa.ArrowInvalid:
        missing, cells = is_missing(cells), compute.utf8_trim_whitespace(cells)
    number = compute.match_substring_regex(
        cells, r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$|^[+-]?(?i:inf)$"
    )
    known = np.asarray(number)
    plain = compute.replace_substring(compute.if_else(number, cells, "nan"), "+", "")  # Arrow knows no plus sign
    return compute.cast(plain, pa.float64()).to_numpy(), known | missing


def read_strands(cells: Any) -> np.ndarray:
    """Read strings as strands, shape (N,), int8: 1, -1, 0 for ``.``, ``*``, ``?`` and nothing; 2 where it is none."""
    names, index = number_names(cells)
    codes = {"+": 1, "1": 1, "-": -1, "-1": -1, ".": 0, "*": 0, "?": 0, "0": 0, "": 0}
    return np.array([*(codes.get(name, 2) for name in names), 0], np.int8)[index]


def shared_strings(cells: Any) -> np.ndarray:
    """Return strings without blanks around them as an object array, equal ones as one object."""
    names, index = number_names(cells)
    return np.array([*names, None], object)[index]


def number_names(cells: Any) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the different strings in order of appearance, without blanks around them, and the index of each cell."""
    import pyarrow as pa

    coded = cells.dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.unify_dictionaries()
        written = coded.chunk(0).dictionary if coded.num_chunks else pa.array([], pa.string())
        index = np.concatenate([np.zeros(0, np.int64), *(chunk.indices.to_numpy() for chunk in coded.chunks)])
    else:
        written, index = coded.dictionary, coded.indices.to_numpy()
    names = [name.strip() for name in written.to_pylist()]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return tuple(numbers), np.array([numbers[name] for name in names], np.int64)[index.astype(np.int64)]


def find_faults(
    lines: np.ndarray, checks: Sequence[tuple[np.ndarray, Callable[[int], str], str]]
) -> tuple[np.ndarray, list[Fault]]:
    """Apply checks in their order; a row fails once.

    Parameters
    ----------
    lines : ndarray, shape=(N,)
    checks : sequence of (mask of the rows that fail, words for one row, what to do)

    Returns
    -------
    failed : ndarray, shape=(N,), bool
    faults : list of Fault
    """
    failed, faults = np.zeros(len(lines), bool), []
    for wrong, say, fix in checks:
        rows = np.flatnonzero(wrong & ~failed)
        failed[rows] = True
        faults += [Fault(int(lines[row]), say(int(row)), fix) for row in rows]
    return failed, faults


def settle_faults(path: str | Path, faults: Sequence[Fault], *, drop_invalid: bool) -> tuple[str, ...]:
    """Raise the first fault, or list all of them where such lines are left out.

    Raises
    ------
    FormatError
        If there are faults and they are not to be dropped.
    """
    ordered = sorted(faults)
    if not ordered or drop_invalid:
        return tuple(f"{path}, line {fault.line}: {fault.what}" for fault in ordered)
    first, others = ordered[0], len(ordered) - 1
    more = f" (and {others} more such lines)" if others > 1 else " (and 1 more such line)" if others else ""
    raise FormatError(
        path, first.what + more, fix=f"{first.fix}, or leave such lines out with --drop-invalid", line=first.line
    )
