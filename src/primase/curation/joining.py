"""A second file beside the sequences, of labels or of groups: joined by id, or line by line."""

from collections.abc import Sequence

from primase.core.errors import FormatError, PrimaseError
from primase.curation.columns import get_column, label_candidates, to_number
from primase.curation.formats.table import Grid, read_grid
from primase.curation.reading import local_path
from primase.curation.records import Pool, bad_line, find_repeat

_FLAGS = {"label": ("--labels", "--label-column"), "group": ("--groups", "--group-column")}


def join_column(
    pool: Pool, source: str, wanted: Sequence[str], what: str, *, drop_invalid: bool = False
) -> tuple[dict[str, list[str]], str]:
    """Return the columns of a second file, one value per record, and in words how they were joined.

    A file of one column is taken line by line; otherwise its first column is the id.

    Parameters
    ----------
    pool : Pool
        The records, their ids as they stand in the files.
    source : str
        The second file.
    wanted : sequence of str
        Its columns; where empty, the only one that could be meant.
    what : str
        ``label`` or ``group``: for messages, and which columns could be meant.
    drop_invalid : bool
        Give an empty string where a record is not in the file, instead of an error.

    Raises
    ------
    PrimaseError
        If the file does not fit the records: too few or too many lines, an id that is repeated or missing.
    """
    grid = read_grid(local_path(source), drop_invalid=drop_invalid)
    if len(grid.columns) == 1:
        grid = grid.named(_one_column_header(grid, len(pool)))
        _check_count(pool, grid, source, what)
        name = grid.header[0] if grid.header else what
        return {what if name == "column_1" else name: grid.columns[0]}, "one per line"
    grid = grid.named(_header(grid, pool, wanted))
    columns = dict(zip((grid.header or [])[1:], grid.columns[1:], strict=True))
    chosen = _choose(columns, wanted, source, what)
    known = set(grid.columns[0])
    if not pool.named and known.isdisjoint(pool.ids):
        _check_count(pool, grid, source, what)
        return {name: columns[name] for name in chosen}, f"line by line, {_listed(chosen)}"
    rows = _match(pool, grid, source, what, drop_invalid)
    found = {name: [columns[name][row] if row >= 0 else "" for row in rows] for name in chosen}
    return found, f"joined by id, {_listed(chosen)}"


def _listed(names: Sequence[str]) -> str:
    return f"column{'s' * (len(names) > 1)} {', '.join(map(repr, names))}"


def _one_column_header(grid: Grid, rows: int) -> list[str] | None:
    """Return the name of the only column where the first line is one: a line too many, unlike all others."""
    cells = grid.columns[0]
    if grid.header or (len(cells) == rows + 1 and cells[0] not in cells[1:] and to_number(cells[0]) is None):
        return grid.header or cells[:1]
    return None


def _header(grid: Grid, pool: Pool, wanted: Sequence[str]) -> list[str] | None:
    """Return the names of the columns, or None where the first row is data."""
    if grid.header:
        return grid.header
    first = [column[0] for column in grid.columns]
    if {name.strip() for name in wanted} & set(first):
        return first
    if first[0] in set(pool.ids):
        return None
    if not pool.named and len(grid.lines) == len(pool):
        return None
    return first


def _check_count(pool: Pool, grid: Grid, source: str, what: str) -> None:
    found, rows = len(grid.lines), len(pool)
    if found != rows:
        comparison = "more" if found > rows else "fewer"
        raise PrimaseError(
            f"{source} has {found:,} {what}s for {rows:,} sequences: {abs(found - rows):,} {comparison}",
            fix=f"give one {what} per line in the order of the sequences, or a table whose first column is the id",
        )


def _choose(columns: dict[str, list[str]], wanted: Sequence[str], source: str, what: str) -> list[str]:
    flag = _FLAGS[what][1]
    if wanted:
        for name in wanted:
            get_column(columns, name, flag)
        return [name.strip() for name in wanted]
    if len(columns) == 1:
        return list(columns)
    names = list(label_candidates(columns)) if what == "label" else list(columns)
    if len(names) == 1:
        return names
    raise PrimaseError(
        f"{source} has {len(columns)} columns beside the id, and {len(names) or 'none'} could be the {what}: "
        f"{', '.join(columns)}",
        fix=f"choose with {flag}, for instance {flag} {(names or list(columns))[0]!r}",
    )


def _match(pool: Pool, grid: Grid, source: str, what: str, drop_invalid: bool) -> list[int]:
    """Return for every record the row of its id, or -1."""
    flag = _FLAGS[what][0]
    ids = grid.columns[0]
    for names, place in ((pool.ids, pool.place), (ids, lambda row: (source, int(grid.lines[row])))):
        repeat = find_repeat(names)
        if repeat is None:
            continue
        where, line = place(repeat[1])
        raise FormatError(
            where,
            f"the id {names[repeat[1]]!r} is repeated, so {flag} cannot be joined by it",
            fix="make the ids unique, or give one value per line in the order of the sequences",
            line=line,
        )
    row_of = {name: row for row, name in enumerate(ids)}
    rows = [row_of.get(name, -1) for name in pool.ids]
    missing = rows.count(-1)
    if missing and not drop_invalid:
        row = rows.index(-1)
        raise bad_line(
            pool,
            row,
            f"{missing:,} of {len(pool):,} sequences have no {what} in {source}, such as {pool.ids[row]!r}",
            f"add the {what}s, or leave such sequences out with --drop-invalid",
        )
    extra = len(ids) - (len(rows) - missing)
    if extra and what == "label" and not drop_invalid:
        known = set(pool.ids)
        name = next(name for name in ids if name not in known)
        raise PrimaseError(
            f"{source} has {extra:,} {what}s more than there are sequences, such as that of {name!r}",
            fix="check that the files belong together, or pass over such labels with --drop-invalid",
        )
    return rows
