"""Windows on a genome with their labels: from intervals of every kind, by pure functions of tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from primase.core.errors import PrimaseError, UnknownName
from primase.curation.background import draw_background
from primase.curation.contigs import match_contigs
from primase.curation.genome_options import GenomeOptions
from primase.curation.intervals import (
    Intervals,
    centre_windows,
    fit_contigs,
    join_intervals,
    overlap_matrix,
    overlaps_any,
    tile_intervals,
)
from primase.curation.labelling import infer_targets
from primase.curation.options import CurateOptions
from primase.curation.packing import PackedGenome
from primase.curation.records import Pool, file_class, tell_apart

WINDOW = 1000
MOSTLY_UNKNOWN = 0.5  # windows with a larger share of unknown letters are left out
BACKGROUND = ("gc", "random")


@dataclass(frozen=True, eq=False)
class Loci:
    """Windows of one width on a genome, and what is asked of them.

    Attributes
    ----------
    windows : Intervals
        Placed on the genome.
    targets : ndarray
        (N,) int64 for classes, (N, T) float32 else.
    task : str
    names : tuple of str
        Classes or targets.
    shuffled : ndarray, shape=(N,), bool
        True for windows whose letters are to be shuffled: made-up negatives.
    notes : tuple of str
    facts : dict
        ``settings``, the flags in effect, and what is known of made-up negatives.
    """

    windows: Intervals
    targets: np.ndarray
    task: str
    names: tuple[str, ...]
    shuffled: np.ndarray
    notes: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.windows)

    def take(self, keep: np.ndarray) -> "Loci":
        """Return the windows where the mask `keep` is true."""
        if keep.all():
            return self
        return replace(self, windows=self.windows.take(keep), targets=self.targets[keep], shuffled=self.shuffled[keep])


def genome_lengths(genome: PackedGenome) -> dict[str, int]:
    """Return the length of each contig by its name, in the genome's order."""
    return dict(zip(genome.names, genome.lengths.tolist(), strict=True))


def whole_contigs(genome: PackedGenome, chosen: np.ndarray) -> Intervals:
    """Return the chosen contigs, shape (C,) bool, from end to end."""
    numbers = np.flatnonzero(chosen)
    zero = np.zeros(len(numbers), np.int64)
    return Intervals(genome.source, genome.names, numbers, zero, genome.lengths[numbers], zero, zero + 1)


def used_contigs(genome: PackedGenome, tables: Sequence[Intervals], wanted: Sequence[str]) -> tuple[np.ndarray, str]:
    """Say which contigs are used, shape (C,) bool: those asked for, else those on which some table has a row.

    Labels may not cover a contig without a row: its windows would be false negatives.

    Raises
    ------
    UnknownName
        If a contig that is asked for is not in the genome.
    """
    used = np.zeros(len(genome.names), bool)
    if wanted:
        used[list(find_contigs(genome, wanted).values())] = True
        rows = sum(len(table) for table in tables)
        others = sum(int((~used[table.contig]).sum()) for table in tables)
        return used, f"{others:,} of {rows:,} rows lie on other contigs than --contigs" if others else ""
    for table in tables:
        used[table.contig] = True
    left = [genome.names[number] for number in np.flatnonzero(~used)]
    if not left or not used.any():
        return used | (not used.any()), ""
    shown = ", ".join(left[:5]) + (f" and {len(left) - 5:,} more" if len(left) > 5 else "")
    return (
        used,
        f"contigs without a row are left out, since the labels may not cover them: {shown} (--contigs overrides)",
    )


def find_contigs(genome: PackedGenome, names: Sequence[str], *, skip_missing: bool = False) -> dict[str, int]:
    """Return the number of each named contig of a genome, whatever prefix is used; those it lacks may be passed over.

    Raises
    ------
    UnknownName
        If a contig is not in the genome.
    """
    names = list(dict.fromkeys(names))
    numbers, _ = match_contigs(names, genome_lengths(genome))
    for name, number in zip(names, numbers, strict=True):
        if number < 0 and not skip_missing:
            raise UnknownName("contig", name, genome.names)
    return {name: int(number) for name, number in zip(names, numbers, strict=True) if number >= 0}


def label_peaks(
    peaks: Intervals, genome: PackedGenome, used: np.ndarray, blacklist: Intervals | None, options: CurateOptions,
    genome_options: GenomeOptions,
) -> Loci:  # fmt: skip
    """Set the windows around peaks against background."""
    width = genome_options.window or WINDOW
    positive = fitting(centre_windows(peaks, width), genome, blacklist)
    positive = keep_once(positive)
    kind = options.negatives or "gc"
    names = ("background", file_class(peaks.source) or "peak")
    notes = [*positive.notes, say_centres(peaks, width)]
    settings = {"window": width, "negatives": kind}
    if kind == "shuffle":
        negative, more = positive, {}
        notes.append(f"{len(positive):,} negatives made by shuffling the windows, dinucleotides kept")
    elif kind in BACKGROUND:
        excluded = join_intervals([peaks, *([blacklist] if blacklist is not None else [])])
        drawn = draw_background(
            genome,
            (positive.contig, positive.starts),
            width,
            excluded=(excluded.contig, excluded.starts, excluded.ends),
            allowed=used,
            ratio=genome_options.ratio,
            match=kind,
            seed=options.seed,
        )
        negative = make_windows(genome, drawn.contig, drawn.starts, width)
        notes += drawn.notes
        settings["ratio"], more = genome_options.ratio, {"background": drawn.facts}
    else:
        raise PrimaseError(f"the negatives are {kind!r}", fix="give gc, random, shuffle or a file of intervals")
    return _against(positive, negative, names, notes, {"negatives": kind, "settings": settings, **more})


def label_against(
    peaks: Intervals, others: Intervals, genome: PackedGenome, blacklist: Intervals | None, options: GenomeOptions
) -> Loci:
    """Set the windows around peaks against those around the intervals of a file of negatives."""
    width = options.window or WINDOW
    positive, negative = (keep_once(fitting(centre_windows(one, width), genome, blacklist)) for one in (peaks, others))
    names = (file_class(others.source) or "background", file_class(peaks.source) or "peak")
    both = overlaps_any(negative, positive)
    notes = [*positive.notes, *negative.notes, say_centres(peaks, width)]
    if both.any():
        notes.append(f"{both.sum():,} windows of {others.source} overlap a positive window and are left out")
    settings = {"window": width, "negatives": others.source}
    return _against(positive, negative.take(~both), names, notes, {"negatives": others.source, "settings": settings})


def label_sets(
    sets: Sequence[Intervals], genome: PackedGenome, blacklist: Intervals | None, options: GenomeOptions
) -> Loci:
    """Tile the union of several sets of peaks; a window has the label of each set that covers its middle.

    References
    ----------
    Zhou & Troyanskaya 2015 (DeepSEA), doi:10.1038/nmeth.3547: 200-letter bins, label 1 where a peak covers at least
    half of the bin, 1,000 letters of sequence around it.
    """
    width, middle = options.window or WINDOW, options.label_bin
    if width < middle:
        raise PrimaseError(f"--window {width} is smaller than --label-bin {middle}", fix="give a larger --window")
    tiles = tile_intervals(join_intervals(list(sets)), middle)
    tiles = replace(tiles, strands=np.zeros(len(tiles), np.int8), columns={}, summits=None)
    covered = overlap_matrix(tiles, list(sets))
    labels = covered >= options.overlap * middle - 1e-6  # 0.55 * 200 is more than 110
    some = labels.any(1)
    windows = fitting(centre_windows(tiles.take(some), width), genome, blacklist, keep_rows=True)
    kept = np.flatnonzero(some)[windows.lines]
    names = [file_class(one.source) or f"set_{number}" for number, one in enumerate(sets, 1)]
    names = tell_apart(names, [one.source for one in sets])
    rule = (
        f"label 1 where a peak covers at least {options.overlap:.0%} of the middle {middle:,} letters of a window; "
        f"{len(windows):,} windows of {width:,} letters tile the union of {len(sets):,} files"
    )
    facts = {"settings": {"window": width, "label_bin": middle, "overlap": options.overlap}}
    return Loci(
        windows, labels[kept].astype(np.float32), "multilabel", names, np.zeros(len(windows), bool),
        (*windows.notes, rule), facts,
    )  # fmt: skip


def label_table(
    table: Intervals, columns: Sequence[str], genome: PackedGenome, blacklist: Intervals | None,
    options: CurateOptions, genome_options: GenomeOptions,
) -> Loci:  # fmt: skip
    """Take the labels of intervals from columns of their table."""
    width = genome_options.window or _common_width(table) or WINDOW
    windows = fitting(centre_windows(table, width), genome, blacklist)
    rows = len(windows)
    labels = {name: [_text(value) for value in windows.columns[name]] for name in columns}
    pool = Pool(
        (table.source,), np.zeros(rows, np.int64), np.full(rows, -1, np.int8), [""] * rows, [""] * rows, [""] * rows,
        windows.lines, {}, labels=labels,
    )  # fmt: skip
    found = infer_targets(pool, options)
    windows = windows.take(found.keep)
    notes = (*windows.notes, say_centres(table, width), f"labels from {', '.join(map(repr, columns))}", found.note)
    facts = {"settings": {"window": width}}
    return Loci(windows, found.targets[found.keep], found.task, found.names, np.zeros(len(windows), bool), notes, facts)


def say_centres(table: Intervals, width: int) -> str:
    """Say around what of its intervals the windows lie."""
    centres = (
        "middles" if table.summits is None else "summits" if (table.summits >= 0).all() else "summits, else middles"
    )
    return f"windows of {width:,} letters around the {centres} of {table.source}"


def make_windows(genome: PackedGenome, contig: np.ndarray, starts: np.ndarray, width: int) -> Intervals:
    """Return windows of one width as a table."""
    zero = np.zeros(len(starts), np.int64)
    return Intervals(genome.source, genome.names, contig, starts, starts + width, zero, zero + 1)


def unknown_shares(genome: PackedGenome, windows: Intervals) -> np.ndarray:
    """Return the share of unknown letters of windows that lie within their contigs, shape (N,)."""
    low, width = genome.offsets[windows.contig] + windows.starts, windows.ends - windows.starts
    return (genome.unknown_before(low + width) - genome.unknown_before(low)) / np.maximum(width, 1)


def _against(
    positive: Intervals, negative: Intervals, names: tuple[str, str], notes: list[str], facts: dict[str, Any]
) -> Loci:
    windows = join_intervals([positive, negative])
    targets = np.repeat([1, 0], [len(positive), len(negative)])
    note = f"task: binary; classes: {names[0]} ({len(negative):,}), {names[1]} ({len(positive):,})"
    made_up = (targets == 0) & (facts["negatives"] == "shuffle")
    return Loci(windows, targets, "binary", names, made_up, (*notes, note), facts)


def fitting(
    windows: Intervals, genome: PackedGenome, blacklist: Intervals | None, *, keep_rows: bool = False
) -> Intervals:
    """Leave out, and count, windows that pass the end of a contig, touch the blacklist or are mostly unknown.

    With `keep_rows` the lines of the result are the numbers of its windows among those given.
    """
    if keep_rows:
        windows = replace(windows, lines=np.arange(len(windows)))
    notes = list(windows.notes)
    for words, good in (
        ("pass the end of their contig", lambda some: fit_contigs(some, genome_lengths(genome))),
        ("touch the blacklist", lambda some: ~overlaps_any(some, blacklist) if blacklist is not None else None),
        ("are mostly unknown letters", lambda some: unknown_shares(genome, some) <= MOSTLY_UNKNOWN),
    ):
        keep = good(windows)
        if keep is not None and not keep.all():
            notes.append(f"{int((~keep).sum()):,} of {len(keep):,} windows are left out: they {words}")
            windows = windows.take(keep)
    if not len(windows):
        raise PrimaseError(
            f"no window is left of {windows.source}: {'; '.join(notes) or 'none fits into its contig'}",
            fix="give a smaller --window, or other intervals",
        )
    return replace(windows, notes=tuple(notes))


def keep_once(windows: Intervals) -> Intervals:
    """Keep one of the windows at the same place."""
    place = np.stack([windows.contig.astype(np.int64), windows.starts, windows.strands.astype(np.int64)], 1)
    _, first = np.unique(place, axis=0, return_index=True)
    if len(first) == len(windows):
        return windows
    keep = np.zeros(len(windows), bool)
    keep[first] = True
    note = f"{int((~keep).sum()):,} windows at the same place as another are left out"
    return replace(windows.take(keep), notes=(*windows.notes, note))


def _common_width(table: Intervals) -> int | None:
    widths = np.unique(table.ends - table.starts)
    return int(widths[0]) if len(widths) == 1 and widths[0] > 1 else None


def _text(value: Any) -> str:
    return repr(float(value)) if isinstance(value, (float, np.floating)) else str(value)
