"""Tables: CSV, TSV and other separated text with or without a header line, and Parquet."""

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from primase.core.errors import FormatError, PrimaseError
from primase.core.files import write_text
from primase.curation.columns import (
    column_kind,
    find_id_column,
    find_sequence_column,
    get_column,
    is_nucleotides,
    sample,
    sequence_kind,
    to_number,
)
from primase.curation.formats.text import HEADS
from primase.curation.options import CurateOptions
from primase.curation.records import Records, file_stem, number_repeats
from primase.curation.unpacking import read_bytes, read_head, read_text

SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".parquet")
SEPARATORS = "\t,; |"
_PARQUET = b"PAR1"


@dataclass(frozen=True)
class Grid:
    """A table whose first row may or may not be its header.

    Attributes
    ----------
    columns : list of list of str
        Cells, without blanks around them.
    lines : ndarray, shape=(N,), int64
        1-based line of each row.
    header : list of str, optional
        Names, where they are known to be such.
    dropped : tuple of str
        Rows left out, with their place.
    passed_over : tuple of str
        Columns of lists and the like, which are not read.
    """

    columns: list[list[str]]
    lines: np.ndarray
    header: list[str] | None = None
    dropped: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()

    def named(self, header: list[str] | None) -> "Grid":
        """Return the grid with `header` as its names: its first row where that was it; numbers where there is none."""
        if header is None:
            header, rest = [f"column_{number}" for number in range(1, len(self.columns) + 1)], self
        else:
            rest = self if self.header else Grid([column[1:] for column in self.columns], self.lines[1:])
        names = [name.strip().lstrip("#").strip() or f"column_{i}" for i, name in enumerate(header, 1)]
        return Grid(rest.columns, rest.lines, number_repeats(names)[0], self.dropped, self.passed_over)


def sniff(head: bytes) -> bool:
    """Return whether this is Parquet, or lines of text that are cut by one separator."""
    if head.startswith(_PARQUET):
        return True
    if b"\0" in head:
        return False
    return find_separator(head.decode("utf-8", "replace")) is not None


def find_separator(text: str) -> str | None:
    r"""Return the separator that cuts the first lines into the same number of cells, or None.

    Examples
    --------
    >>> find_separator("id,seq\na,ACGT\nb,GGCA\n")
    ','
    """
    lines = [line for line in first_rows(text) if not line.startswith("#")] or first_rows(text)
    best, best_share = None, 0.0
    for separator in SEPARATORS:
        counts = Counter(len(cells(line, separator)) for line in lines)
        width, hits = counts.most_common(1)[0] if counts else (1, 0)
        if width > 1 and hits / len(lines) > best_share:
            best, best_share = separator, hits / len(lines)
    return best if best_share >= 0.5 else None


def first_rows(text: str) -> list[str]:
    """Return some rows from the start of a table: lines, or several where a quoted cell goes on."""
    rows, open_quote = list[str](), False
    for line in text[: 2**22].split("\n")[:60]:
        if open_quote:
            rows[-1] += "\n" + line
        elif line.strip():
            rows.append(line)
        open_quote ^= line.count('"') % 2 == 1
    return rows


def cells(line: str, separator: str) -> list[str]:
    """Cut one line; quotes hold a cell together."""
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:  # a cell longer than the csv module takes
        return line.split(separator)


def read_grid(path: str | Path, *, drop_invalid: bool = False) -> Grid:
    """Read all cells of a table as strings.

    Raises
    ------
    FormatError
        If it is damaged, or a row has too few or too many cells; the line is named.
    """
    if read_head(path).startswith(_PARQUET):
        return _read_parquet(path)
    text = read_text(path).rstrip()
    separator = find_separator(text) or "\t"
    if separator == " ":
        text = re.sub(" +", " ", text)
    rows = [line for line in first_rows(text) if not line.startswith("#")] or first_rows(text)
    width = Counter(len(cells(line, separator)) for line in rows).most_common(1)[0][0]
    skipped = 0
    while text.startswith("#") and ("\n" in text) and len(cells(text.partition("\n")[0], separator)) != width:
        text, skipped = text.partition("\n")[2], skipped + 1  # a comment: a header has as many cells as a row
    return _read_delimited(path, text, separator, width, skipped, drop_invalid)


def _read_delimited(path: str | Path, text: str, separator: str, width: int, skipped: int, drop_invalid: bool) -> Grid:
    import pyarrow as pa
    from pyarrow import compute
    from pyarrow import csv as arrow_csv

    names = [str(number) for number in range(width)]
    faults = []

    def note_fault(row) -> str:
        faults.append((row.number, row.actual_columns, row.text))
        return "skip"

    data = text.encode()
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            # one thread: only then are rows numbered; one block: no line is too long
            read_options=arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator, invalid_row_handler=note_fault, newlines_in_values='"' in text
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise FormatError(path, f"the table cannot be parsed ({error})", fix="repair the table") from error
    rows = table.num_rows + len(faults)
    lines = _row_lines(data, rows) + skipped
    header = None
    if faults and faults[0][0] == 1 and faults[0][1] == width - 1:  # R leaves out the name of the row names
        header = ["", *cells(faults.pop(0)[2], separator)]
        lines, rows = lines[1:], rows - 1
        faults = [(number - 1, *rest) for number, *rest in faults]
    numbers = np.array([number for number, *_ in faults], np.int64) - 1
    problems = [
        (int(lines[row]), f"{_plural(found)} instead of {width}")
        for row, (_, found, _) in zip(numbers, faults, strict=True)
    ]
    if problems and not drop_invalid:
        line, what = problems[0]
        more = f" (and {len(problems) - 1} more such lines)" if len(problems) > 1 else ""
        raise FormatError(
            path,
            what + more,
            fix="repair the line (quote a cell that holds the separator), or pass --drop-invalid",
            line=line,
        )
    columns = [compute.utf8_trim_whitespace(table[name]).to_pylist() for name in names]
    dropped = tuple(f"{path}, line {line}: {what}" for line, what in problems)
    return Grid(columns, np.delete(lines, numbers), header, dropped)


def _row_lines(data: bytes, rows: int) -> np.ndarray:
    """Return the 1-based line of each row: blank lines are no rows, and a quoted cell may hold line ends."""
    letters = np.frombuffer(data, np.uint8)
    ends = np.append(np.flatnonzero(letters == ord("\n")), len(letters))
    quotes = np.flatnonzero(letters == ord('"'))
    starts = np.append(0, ends[:-1] + 1)
    lines = np.arange(1, len(ends) + 1)
    for inside in (np.searchsorted(quotes, starts) % 2, np.zeros(len(starts), np.int64)):
        real = (ends > starts) & (inside == 0)
        if int(real.sum()) == rows:
            return lines[real]
    return np.arange(1, rows + 1)


def _read_parquet(path: str | Path) -> Grid:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import compute

    try:
        table = pq.read_table(pa.BufferReader(read_bytes(path)))
    except (pa.ArrowException, OSError) as error:
        reason = str(error).split("\n", 1)[0]
        raise FormatError(path, f"the Parquet file is damaged ({reason})", fix="write or copy it again") from error
    names, columns, passed_over = [], [], []
    for name in table.column_names:
        try:
            strings = compute.cast(table[name], pa.string()).fill_null("")
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
            passed_over.append(f"{name} ({table[name].type})")
            continue
        names.append(name)
        columns.append(compute.utf8_trim_whitespace(strings).to_pylist())
    return Grid(columns, np.arange(1, table.num_rows + 1), names, passed_over=tuple(passed_over))


def read(path: str | Path, options: CurateOptions = CurateOptions()) -> Records:
    """Read a table; the sequence column and the id column are found by content unless named.

    Raises
    ------
    FormatError
        As `read_grid`; also if no column, or more than one, holds sequences, or a sequence is missing.
    """
    grid = read_grid(path, drop_invalid=options.drop_invalid)
    if not grid.columns or not len(grid.lines):
        raise FormatError(path, "the table has no rows", fix="give a table with sequences")
    try:
        grid = grid.named(_find_header(grid, options))
        columns = dict(zip(grid.header or [], grid.columns, strict=True))
        return _choose_columns(str(path), columns, grid, options)
    except FormatError:
        raise
    except PrimaseError as error:
        raise FormatError(path, error.what, fix=error.fix) from error


def _find_header(grid: Grid, options: CurateOptions) -> list[str] | None:
    """Return the names of the columns, or None where the first row is data."""
    if grid.header:
        return grid.header
    first = [column[0] for column in grid.columns]
    asked = (options.sequence_column, options.structure_column, *options.label_column)
    if {name.strip() for name in asked if name} & set(first):
        return first
    bodies = [sample(column[1:]) for column in grid.columns]
    numeric = [bool(body) and all(to_number(cell) is not None for cell in body) for body in bodies]
    here = [to_number(cell) is not None for cell in first]
    if any(was and not now for was, now in zip(numeric, here, strict=True)):
        return first
    if any(was and now for was, now in zip(numeric, here, strict=True)):
        return None
    for cell, body in zip(first, bodies, strict=True):
        kind = sequence_kind(body)
        if kind and (cell.lower() in HEADS or "seq" in cell.lower()[:20]):
            return first
        if kind == "nucleotide":
            return None if is_nucleotides(cell) else first
    return None if len(grid.lines) == 1 or any(sequence_kind([cell]) for cell in first) else first


def _choose_columns(path: str, columns: dict[str, list[str]], grid: Grid, options: CurateOptions) -> Records:
    if not len(grid.lines):
        raise FormatError(path, "the table has a header but no rows", fix="give a table with sequences")
    wanted = options.sequence_column
    name = wanted.strip() if wanted else find_sequence_column(columns)
    get_column(columns, name, "--sequence-column")
    sequences = columns.pop(name)
    structure = None
    if options.structure_column:
        get_column(columns, options.structure_column, "--structure-column")
        structure = columns.pop(options.structure_column.strip())
    taken = {*options.label_column, options.group_column, options.split.partition(":")[2]}
    id_name = find_id_column({key: values for key, values in columns.items() if key not in taken})
    stem = file_stem(path)
    ids = columns.pop(id_name) if id_name else [f"{stem}_{number}" for number in range(1, len(sequences) + 1)]
    notes = [f"{stem}: sequences in column {name!r}" + (f", ids in column {id_name!r}" if id_name else "")]
    if grid.passed_over:
        notes.append(f"{stem}: not read, since their cells are no single values: {', '.join(grid.passed_over)}")
    folds = [key for key in columns if structure is None and column_kind(key, columns[key]) == "structure"]
    if folds:
        notes.append(
            f"{stem}: column {folds[0]!r} looks like a structure; --structure-column {folds[0]!r} would use it"
        )
    records = Records(
        path,
        [one or f"line_{line}" for one, line in zip(ids, grid.lines.tolist(), strict=True)],
        [""] * len(sequences),
        sequences,
        grid.lines,
        columns,
        structure,
        named=id_name is not None,
        kind="table",
        notes=tuple(notes),
        dropped=grid.dropped,
    )
    return _without_blanks(records, options.drop_invalid)


def _without_blanks(records: Records, drop_invalid: bool) -> Records:
    """Leave out, or report, rows without a sequence."""
    if "" not in records.sequences:
        return records
    row = records.sequences.index("")
    if not drop_invalid:
        raise FormatError(
            records.source,
            "the sequence is missing",
            fix="fill it in, or leave the row out with --drop-invalid",
            line=int(records.lines[row]),
        )
    keep = [row for row, sequence in enumerate(records.sequences) if sequence]
    blank = [int(records.lines[row]) for row, sequence in enumerate(records.sequences) if not sequence]

    def kept(values: list[str]) -> list[str]:
        return [values[row] for row in keep]

    return Records(
        records.source,
        kept(records.ids),
        kept(records.headers),
        kept(records.sequences),
        records.lines[keep],
        {name: kept(values) for name, values in records.columns.items()},
        None if records.structure is None else kept(records.structure),
        records.named,
        records.kind,
        records.notes,
        (*records.dropped, *(f"{records.source}, line {line}: no sequence" for line in blank)),
    )


def _plural(cells: int) -> str:
    return f"{cells} column" if cells == 1 else f"{cells} columns"


def write(path: str | Path, records: Records) -> None:
    """Write id, sequence and the other columns; tabs where the file is called ``.tsv``, Parquet or CSV else."""
    columns = {"id": records.ids, "sequence": records.sequences}
    if records.structure is not None:
        columns["structure"] = records.structure
    columns.update(records.columns)
    if Path(path).suffix in (".parquet", ".pq"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        from primase.core.files import write_with

        table = pa.table(columns)
        write_with(path, lambda draft: pq.write_table(table, draft))
        return
    import io

    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t" if Path(path).suffix in (".tsv", ".tab") else ",", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    write_text(path, out.getvalue())
