"""Stretches of a genome, column by column, and the arithmetic of overlapping, nested and adjoining ones.

Coordinates are 0-based and half-open. Two tables are compared by the names of their contigs, so both should have been
placed on one genome before (`contigs.place_intervals`). All operations are a sort and binary searches over whole
columns: on one axis, on which the contigs lie one after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from primase.core.errors import FormatError, PrimaseError, ShapeError

_KINDS = {"contig": np.int32, "starts": np.int64, "ends": np.int64, "strands": np.int8, "lines": np.int64}
_OPTIONAL = ("summits", "files")


@dataclass(frozen=True, eq=False)
class Intervals:
    """A table of stretches of a genome.

    Attributes
    ----------
    source : str
        The file, as given.
    contigs : tuple of str
        Names as written, each once, in order of appearance.
    contig : ndarray, shape=(N,), int32
        Index into `contigs`.
    starts, ends : ndarray, shape=(N,), int64
        0-based, half-open. A window near the begin of a contig may start below 0; files never give such.
    strands : ndarray, shape=(N,), int8
        1, -1, or 0 where unknown.
    lines : ndarray, shape=(N,), int64
        1-based line in the file.
    summits : ndarray, shape=(N,), int64, optional
        Position of each summit on the contig; -1 where a row has none.
    columns : dict of str to ndarray
        What else the file has, shape (N,): numbers (float64, NaN where missing) or strings (object).
    files : ndarray, shape=(N,), object, optional
        File of each row, where several were joined.
    notes : tuple of str
        What was decided on the way.
    dropped : tuple of str
        Rows left out, with their place.

    Raises
    ------
    ShapeError
        If the columns have different lengths.
    PrimaseError
        If a row is no stretch of one of the contigs.

    Examples
    --------
    >>> peaks = Intervals("a.bed", ("chr1",), [0, 0], [10, 50], [20, 55], [1, 0], [1, 2])
    >>> len(peaks), peaks.centres().tolist(), peaks.take([True, False]).ends.tolist()
    (2, [15, 52], [20])
    """

    source: str
    contigs: tuple[str, ...]
    contig: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    strands: np.ndarray
    lines: np.ndarray
    summits: np.ndarray | None = None
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    files: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            object.__setattr__(self, name, np.asarray(getattr(self, name), kind))
        if self.summits is not None:
            object.__setattr__(self, "summits", np.asarray(self.summits, np.int64))
        rows = {name: getattr(self, name) for name in (*_KINDS, *_OPTIONAL) if getattr(self, name) is not None}
        shapes = {name: np.shape(values) for name, values in {**self.columns, **rows}.items()}
        odd = [f"{name} {shape}" for name, shape in shapes.items() if shape != (len(self.starts),)]
        if odd:
            raise ShapeError(
                f"{self.source}: {len(self.starts)} intervals but {', '.join(odd)}", fix="give one per row"
            )
        if len(set(self.contigs)) < len(self.contigs):
            raise PrimaseError(f"{self.source}: a contig is named twice in {self.contigs}", fix="name each once")
        self._refuse((self.contig < 0) | (self.contig >= len(self.contigs)), "has no contig", "give an index of a name")
        self._refuse(self.ends <= self.starts, "ends where it starts or before", "give start < end")
        self._refuse(np.abs(self.strands) > 1, "has no such strand", "give 1, -1 or 0")
        if self.summits is not None:
            outside = (self.summits != -1) & ((self.summits < self.starts) | (self.summits >= self.ends))
            self._refuse(outside, "has its summit elsewhere", "give start <= summit < end, or -1 for none")

    def _refuse(self, wrong: np.ndarray, what: str, fix: str) -> None:
        if wrong.any():
            row = int(np.argmax(wrong))
            raise FormatError(
                self.source, f"interval {row} {what} ({self.spell(row)})", fix=fix, line=self.place(row)[1]
            )

    def __len__(self) -> int:
        return len(self.starts)

    def place(self, row: int) -> tuple[str, int]:
        """Return file and line of one row."""
        return self.source if self.files is None else str(self.files[row]), int(self.lines[row])

    def spell(self, row: int) -> str:
        """Return one row as ``chr1:100-200``, 0-based and half-open as the table."""
        index = int(self.contig[row])
        name = self.contigs[index] if 0 <= index < len(self.contigs) else f"contig {index}"
        return f"{name}:{self.starts[row]}-{self.ends[row]}"

    def take(self, keep: np.ndarray | Sequence[int]) -> "Intervals":
        """Return some rows: a mask of shape (N,), or row numbers in the order wanted."""
        keep = np.asarray(keep)
        if keep.dtype != bool:
            keep = keep.astype(np.int64)  # of an empty list too
        elif keep.all() and len(keep) == len(self):
            return self
        return replace(
            self,
            **{name: getattr(self, name)[keep] for name in _KINDS},
            **{name: getattr(self, name)[keep] for name in _OPTIONAL if getattr(self, name) is not None},
            columns={name: values[keep] for name, values in self.columns.items()},
        )

    def centres(self) -> np.ndarray:
        """Return the position around which a window is laid, shape (N,), int64: the summit, else the midpoint."""
        middles = self.starts + (self.ends - self.starts) // 2
        return middles if self.summits is None else np.where(self.summits >= 0, self.summits, middles)


def join_intervals(tables: Sequence[Intervals]) -> Intervals:
    """Put several tables one after the other.

    Columns that not all of them have are left out. Where the tables are from different files, `files` says from which
    one each row is.

    Examples
    --------
    >>> one = Intervals("a.bed", ("chr1",), [0], [10], [20], [1], [1])
    >>> two = Intervals("b.bed", ("chr2", "chr1"), [1, 0], [5, 6], [9, 8], [0, 0], [1, 2])
    >>> both = join_intervals([one, two])
    >>> both.contigs, both.contig.tolist(), both.place(2)
    (('chr1', 'chr2'), [0, 0, 1], ('b.bed', 2))
    """
    sources = tuple(dict.fromkeys(table.source for table in tables))
    index = _index_names(tables)
    columns = {
        name: np.concatenate([table.columns[name] for table in tables])
        for name in (tables[0].columns if tables else ())
        if all(name in table.columns for table in tables)
    }
    files = None
    if len(sources) > 1:
        files = np.concatenate([np.full(len(t), t.source, object) if t.files is None else t.files for t in tables])
    summits = None
    if any(table.summits is not None for table in tables):
        summits = np.concatenate([np.full(len(t), -1) if t.summits is None else t.summits for t in tables])
    return Intervals(
        source=", ".join(sources),
        contigs=tuple(index),
        contig=_join([_renumber(table, index) for table in tables]),
        starts=_join([table.starts for table in tables]),
        ends=_join([table.ends for table in tables]),
        strands=_join([table.strands for table in tables]),
        lines=_join([table.lines for table in tables]),
        summits=summits,
        columns=columns,
        files=files,
        notes=tuple(note for table in tables for note in table.notes),
        dropped=tuple(line for table in tables for line in table.dropped),
    )


def _join(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _index_names(tables: Sequence[Intervals]) -> dict[str, int]:
    names = dict.fromkeys(name for table in tables for name in table.contigs)
    return {name: number for number, name in enumerate(names)}


def _renumber(table: Intervals, index: Mapping[str, int]) -> np.ndarray:
    return np.array([index[name] for name in table.contigs], np.int64)[table.contig]


def centre_windows(intervals: Intervals, width: int) -> Intervals:
    """Lay a window around each centre: from ``centre - width // 2``, so that the centre is its position ``width // 2``.

    A window may pass the ends of its contig; `fit_contigs` says which do.

    Examples
    --------
    >>> windows = centre_windows(Intervals("a.bed", ("chr1",), [0], [10], [20], [1], [1]), 6)
    >>> windows.starts.tolist(), windows.ends.tolist(), windows.centres().tolist()
    ([12], [18], [15])
    """
    if width < 1:
        raise PrimaseError(f"the window is {width} letters wide", fix="give at least 1")
    starts = intervals.centres() - width // 2
    return replace(intervals, starts=starts, ends=starts + width, summits=None)


def fit_contigs(intervals: Intervals, lengths: Mapping[str, int]) -> np.ndarray:
    """Say which intervals lie within their contigs, shape (N,), bool; a contig without a length holds none."""
    limits = np.array([lengths.get(name, 0) for name in intervals.contigs], np.int64)
    return (intervals.starts >= 0) & (intervals.ends <= limits[intervals.contig])


def sort_intervals(intervals: Intervals) -> Intervals:
    """Sort by contig (in the order of `contigs`), start and end; equal rows keep their order."""
    return intervals.take(np.lexsort((intervals.ends, intervals.starts, intervals.contig)))


def merge_intervals(intervals: Intervals, *, gap: int = 0) -> Intervals:
    """Join what overlaps, adjoins, or lies at most `gap` letters apart; sorted, without strands and columns.

    The line of a merged interval is that of its leftmost row.

    Examples
    --------
    >>> table = Intervals("a.bed", ("chr1",), [0] * 4, [30, 0, 2, 10], [40, 10, 5, 12], [0] * 4, [1, 2, 3, 4])
    >>> merged = merge_intervals(table)
    >>> merged.starts.tolist(), merged.ends.tolist(), merged.lines.tolist()
    ([0, 30], [12, 40], [2, 1])
    """
    (keys,) = _line_up([intervals], gap)
    order, firsts, ends = _unite(*keys, gap)
    rows = order[firsts]  # the ends are wanted on the contig, not on the axis
    return Intervals(
        intervals.source,
        intervals.contigs,
        intervals.contig[rows],
        intervals.starts[rows],
        intervals.starts[rows] + ends - keys[0][rows],
        np.zeros(len(rows), np.int8),
        intervals.lines[rows],
        files=None if intervals.files is None else intervals.files[rows],
        notes=intervals.notes,
        dropped=intervals.dropped,
    )


def overlaps_any(intervals: Intervals, others: Intervals) -> np.ndarray:
    """Say which intervals share at least one letter with any of `others`, shape (N,), bool.

    Examples
    --------
    >>> peaks = Intervals("a.bed", ("chr1",), [0, 0], [10, 20], [20, 30], [0, 0], [1, 2])
    >>> overlaps_any(peaks, Intervals("b.bed", ("chr1",), [0], [5], [11], [0], [1])).tolist()
    [True, False]
    """
    return overlap_matrix(intervals, [others])[:, 0] > 0


def overlap_matrix(intervals: Intervals, sets: Sequence[Intervals]) -> np.ndarray:
    """Count the letters of each interval that lie in each of several sets.

    A letter counts once, however many members of a set hold it.

    Parameters
    ----------
    intervals : Intervals
        N of them, for example the centre bins of windows.
    sets : sequence of Intervals
        K tables, for example peaks.

    Returns
    -------
    ndarray, shape=(N, K), int32

    Examples
    --------
    >>> bins = Intervals("a.bed", ("chr1",), [0, 0], [0, 10], [10, 20], [0, 0], [1, 2])
    >>> peaks = Intervals("b.bed", ("chr1",), [0, 0, 0], [2, 3, 8], [5, 4, 11], [0] * 3, [1, 2, 3])
    >>> overlap_matrix(bins, [peaks]).tolist()
    [[5], [1]]
    """
    (starts, ends), *others = _line_up([intervals, *sets])
    ordered = np.argsort(starts)  # neighbours are looked up one after the other: many times faster in a large set
    starts, ends = starts[ordered], ends[ordered]
    letters = np.zeros((len(intervals), len(sets)), np.int32)
    for column, keys in enumerate(others):
        order, firsts, united = _unite(*keys, 0)
        if len(united):
            begins = keys[0][order[firsts]]
            letters[ordered, column] = _held_before(ends, begins, united) - _held_before(starts, begins, united)
    return letters


def _held_before(places: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Count the letters in disjoint stretches that lie before each place."""
    held = np.append(0, np.cumsum(ends - begins))
    last = np.searchsorted(begins, places, "right") - 1  # the last stretch that begins here or before; -1 for none
    inside = np.minimum(places, ends[last]) - begins[last]
    return np.where(last >= 0, held[last] + inside, 0)


def tile_intervals(intervals: Intervals, width: int, *, stride: int | None = None, least: int = 1) -> Intervals:
    """Cover the union of intervals with windows of one width that start at the multiples of `stride`.

    The grid is that of the contig, so it does not depend on which intervals are given. The last window of a contig
    may pass its end.

    Parameters
    ----------
    intervals : Intervals
    width : int
        Letters per window.
    stride : int, optional
        Letters from one window to the next; `width` where not given.
    least : int
        Letters of the union that a window must hold.

    References
    ----------
    Zhou & Troyanskaya 2015, doi:10.1038/nmeth.3547: the genome in bins of 200 letters, those with a peak are kept.

    Examples
    --------
    >>> tiles = tile_intervals(Intervals("a.bed", ("chr1",), [0, 0], [150, 390], [260, 410], [0, 0], [1, 2]), 100)
    >>> tiles.starts.tolist()
    [100, 200, 300, 400]
    """
    stride = width if stride is None else stride
    if width < 1 or stride < 1:
        raise PrimaseError(f"tiles of {width} letters every {stride} letters", fix="give at least 1 of each")
    union = merge_intervals(intervals)
    first = np.maximum((union.starts - width) // stride + 1, 0)
    last = (union.ends - 1) // stride
    follows = np.flatnonzero(union.contig[1:] == union.contig[:-1]) + 1
    first[follows] = np.maximum(first[follows], last[follows - 1] + 1)  # a tile over two stretches is made once
    counts = np.maximum(last - first + 1, 0)
    rows = np.repeat(np.arange(len(union)), counts)
    number = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    tiled = union.take(rows)
    starts = (first[rows] + number) * stride
    tiled = replace(tiled, starts=starts, ends=starts + width)
    return tiled if least <= 1 else tiled.take(overlap_matrix(tiled, [union])[:, 0] >= least)


def _line_up(tables: Sequence[Intervals], gap: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return starts and ends of each table on one axis; contigs lie more than `gap` letters apart on it."""
    index = _index_names(tables)
    low = min((int(table.starts.min(initial=0)) for table in tables), default=0)
    high = max((int(table.ends.max(initial=0)) for table in tables), default=0)
    span = high - low + gap + 1
    offsets = [_renumber(table, index) * span - low for table in tables]
    return [(table.starts + shift, table.ends + shift) for table, shift in zip(tables, offsets, strict=True)]


def _unite(starts: np.ndarray, ends: np.ndarray, gap: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unite stretches of the axis.

    Returns
    -------
    order : ndarray, shape=(N,), int64
        Rows by start.
    firsts : ndarray, shape=(M,), int64
        Where in `order` each united stretch begins.
    ends : ndarray, shape=(M,), int64
        Its end.
    """
    order = np.argsort(starts, kind="stable")
    reach = np.maximum.accumulate(ends[order]) if len(order) else ends
    fresh = np.ones(len(order), bool)
    fresh[1:] = starts[order[1:]] > reach[:-1] + gap
    firsts = np.flatnonzero(fresh)
    return order, firsts, reach[np.append(firsts[1:], len(order)) - 1] if len(order) else reach
