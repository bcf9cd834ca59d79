"""What a user says of the division: groups that stay together, chromosomes, and parts that are given."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from primase.core.errors import FormatError, SplitError
from primase.core.genome import Interval, find_interval
from primase.curation.columns import get_column
from primase.curation.joining import join_column
from primase.curation.options import CurateOptions
from primase.curation.records import Pool, bad_line

_CHROM_NAMES = ("chrom", "chr", "chromosome", "seqnames", "seqname", "seqid", "contig")
_PART_NAMES = {
    "train": 0,
    "training": 0,
    "tr": 0,
    "valid": 1,
    "validation": 1,
    "val": 1,
    "dev": 1,
    "test": 2,
    "testing": 2,
    "heldout": 2,
}


def used_columns(options: CurateOptions) -> tuple[str, ...]:
    """Return the columns of the input tables that the division uses, and which thus are no labels."""
    kind, _, column = options.split.partition(":")
    names = [column] if kind in ("given", "group") else []
    if options.group_column:
        names.append(options.group_column)
    return tuple(name.strip() for name in names)


def find_groups(pool: Pool, options: CurateOptions) -> tuple[list[str], str] | None:
    """Return the group of every record, and where the groups were found; None where none were asked for.

    Raises
    ------
    PrimaseError
        If a record has no group.
    """
    kind, _, column = options.split.partition(":")
    if options.split == "group:file":
        return [pool.sources[number] for number in pool.file.tolist()], "each file is a group"
    wanted = column if kind == "group" and column != "header" else options.group_column
    if options.groups and column != "header":
        names = (wanted,) if wanted else ()
        joined, how = join_column(pool, options.groups, names, "group", drop_invalid=options.drop_invalid)
        groups = next(iter(joined.values()))
        note = f"groups from {options.groups}, {how}"
    elif wanted:
        flag = "--group-column" if wanted == options.group_column else f"--split {options.split}"
        groups, note = get_column(pool.columns, wanted, flag), f"groups from column {wanted!r}"
    elif options.group_pattern:
        groups, note = (
            [header or name for header, name in zip(pool.headers, pool.ids, strict=True)],
            "groups from headers",
        )
    else:
        return None
    if options.group_pattern:
        groups = _by_pattern(pool, groups, options.group_pattern)
        note += f" by {options.group_pattern!r}"
    if "" in groups:
        row = groups.index("")
        if not options.drop_invalid:
            raise bad_line(pool, row, f"{pool.ids[row]!r} has no group", "fill it in, or pass --drop-invalid")
        # a sequence without a group is one of its own
        groups = [group or f"\0{row}" for row, group in enumerate(groups)]
    return groups, f"{note}: {len(set(groups)):,} groups"


def _by_pattern(pool: Pool, texts: Sequence[str], pattern: str) -> list[str]:
    found, compiled = [], re.compile(pattern)
    for row, text in enumerate(texts):
        match = compiled.search(text)
        if match is None:
            raise bad_line(
                pool,
                row,
                f"--group-pattern {pattern!r} is not found in {text!r}",
                "change the pattern so that all match",
            )
        found.append((match[1] if compiled.groups else match[0]) or "")
    return found


def find_intervals(pool: Pool) -> list[Interval | None] | None:
    """Return the genomic window of every record, as its header (or id, or columns) says; None where none is known."""
    if not pool.named and not pool.columns:
        return None
    columns = {name.lower(): cells for name, cells in pool.columns.items()}
    chrom = next((columns[name] for name in _CHROM_NAMES if name in columns), None)
    start, end = columns.get("start"), columns.get("end") or columns.get("stop")
    windows: list[Interval | None]
    if chrom and start and end:
        windows = [
            find_interval(f"chr{c.removeprefix('chr')}:{s}-{e}") for c, s, e in zip(chrom, start, end, strict=True)
        ]
    else:
        windows = [find_interval(header or name) for header, name in zip(pool.headers, pool.ids, strict=True)]
    return windows if any(windows) else None


def find_chromosomes(pool: Pool, intervals: Sequence[Interval | None] | None) -> list[str]:
    """Return the chromosome of every record.

    Raises
    ------
    SplitError
        If one is not known; the line is named.
    """
    columns = {name.lower(): cells for name, cells in pool.columns.items()}
    for name in _CHROM_NAMES:
        if name in columns:
            return columns[name]
    for row, window in enumerate(intervals or [None]):
        if window is None:
            source, line = pool.place(row)
            raise SplitError(
                f"{source}, line {line}: {pool.headers[row] or pool.ids[row]!r} names no chromosome",
                fix="write it as chr1:100-200 into the headers or into a column 'chrom', or use another --split",
            )
    return [window.chrom for window in intervals or () if window]


def given_parts(pool: Pool, column: str) -> np.ndarray:
    """Return the part of every record (0 train, 1 validation, 2 test) as a column gives it, shape (N,), int8.

    Raises
    ------
    PrimaseError
        If a value is not the name of a part, or no row is in the training or test part.
    """
    return number_parts(get_column(pool.columns, column, f"--split given:{column}"), column, pool.place)


def number_parts(cells: Sequence[str], column: str, place: Callable[[int], tuple[str, int]]) -> np.ndarray:
    """Return the number of the part that each cell of a column names, shape (N,), int8.

    Raises
    ------
    FormatError
        If a cell is not the name of a part; `place` gives the file and the line of a row.
    SplitError
        If no row is in the training or test part.
    """
    parts = [_PART_NAMES.get(cell.lower(), -1) for cell in cells]
    if -1 in parts:
        row = parts.index(-1)
        source, line = place(row)
        raise FormatError(
            source,
            f"column {column!r} is {cells[row]!r}, which names no part",
            fix=f"write train, valid or test (for groups: --split group:{column})",
            line=line,
        )
    for name, part in (("train", 0), ("test", 2)):
        if part not in parts:
            raise SplitError(
                f"no row of column {column!r} is {name!r}", fix=f"mark the {name} rows, or use another --split"
            )
    return np.array(parts, np.int8)
