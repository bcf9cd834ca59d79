"""Dividing windows of a genome: whole contigs, long arcs with a gap, given parts, or clusters of near-duplicates."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from primase.core.errors import FormatError, PrimaseError, SplitError, UnknownName
from primase.curation.dataset import PARTS
from primase.curation.dividing import chain_pairs, number_groups, stratify
from primase.curation.genome_options import GenomeOptions
from primase.curation.grouping import number_parts
from primase.curation.intervals import Intervals, join_intervals, overlaps_any, sort_intervals
from primase.curation.loci import Loci, find_contigs
from primase.curation.options import CurateOptions
from primase.curation.packing import PackedGenome
from primase.curation.sequences import GenomeSequences

BLOCK = 100_000  # most letters that are resampled together in a bootstrap
BLOCKS = 100  # a small genome has so many blocks at least
GAP = 10_000  # letters between arcs of different parts; a block where the genome is small
TURNS = 100  # beginnings of the first arc that are tried for parts with enough of each class
EVEN = 0.5  # share of what a part should have of each class that is enough
LARGE = 0.5  # share of the windows on one contig from which on contigs are not the units
FEWEST = 5  # contigs from which on whole contigs are held out
STRETCH = 100  # letters that two windows of a cluster share: nothing in 10^9 letters is so much alike by chance


@dataclass(frozen=True, eq=False)
class Cut:
    """How windows are divided, before those at the edges are left out.

    Attributes
    ----------
    parts : ndarray, shape=(N,), int8
        0 train, 1 valid, 2 test; -1 where a window is in none.
    folds : ndarray, shape=(N,), int8, or None
    units : ndarray, shape=(N,), int64
        What is resampled together.
    method, definition : str
    gap : int
        Letters that must lie between windows of different parts.
    chosen : bool
        Whether primase chose the parts by place alone: then near-duplicates of a later part are left out too.
    notes : tuple of str
    """

    parts: np.ndarray
    folds: np.ndarray | None
    units: np.ndarray
    method: str
    definition: str
    gap: int = 0
    chosen: bool = False
    notes: tuple[str, ...] = ()

    def take(self, keep: np.ndarray) -> "Cut":
        """Return it for the windows where the mask `keep` is true."""
        folds = None if self.folds is None else self.folds[keep]
        return replace(self, parts=self.parts[keep], folds=folds, units=self.units[keep])


def divide_windows(
    loci: Loci,
    sequences: GenomeSequences,
    options: CurateOptions,
    genome_options: GenomeOptions,
    read: Callable[[str], Intervals],
) -> Cut:
    """Choose part, or fold, and unit of every window.

    Parameters
    ----------
    loci : Loci
    sequences : GenomeSequences
        The same windows; their letters are looked at for clusters only.
    options : CurateOptions
    genome_options : GenomeOptions
    read : callable
        Reads a file of intervals and places them on the genome.

    Raises
    ------
    PrimaseError
        If the method is unknown, or a column or contig that it names does not exist.
    """
    windows, size = loci.windows, block_size(sequences.genome)
    units = number_blocks(windows, size)
    method = choose_method(windows, options, genome_options)
    kind, _, column = method.partition(":")
    definition = f"blocks of {size:,} letters"
    classes = loci.targets if loci.task in ("binary", "multiclass") else None
    gap = min(GAP, size)
    if method == "given":
        parts = given_contigs(sequences.genome, options, genome_options)[windows.contig]
        if not options.split.endswith(".json") and not genome_options.valid_contigs:
            parts = split_units(loci, windows.contig, options, parts)
        return Cut(parts, None, units, "by given contigs", definition)
    if method == "regions":
        regions = [[read(name) for name in names] for names in (options.test, options.valid)]
        parts = divide_regions(windows, *(join_intervals(some) if some else None for some in regions))
        free, (train, valid, test) = parts == 0, options.fractions
        shares = np.array([train, valid * (not options.valid), test * (not options.test)])
        if free.any():
            theirs = None if classes is None else classes[free]
            parts[free] = lay_arcs(windows.take(free), shares, options.seed, theirs)
        notes = tuple(note for some in regions for one in some for note in one.notes)
        return Cut(parts, None, units, "by given regions", definition, gap, notes=notes)
    if kind == "given":
        parts = number_parts(read_column(windows, column), column, windows.place)
        return Cut(parts, None, units, method, definition)
    if method == "blocks":
        shares = np.ones(options.folds) if options.folds else np.array(options.fractions)
        arcs = lay_arcs(windows, shares, options.seed, classes)
        return _in_folds(Cut(arcs, None, units, "in arcs", definition, gap, chosen=True), options.folds)
    if method == "chromosome":
        whole = windows.contig.astype(np.int64)
    elif method == "homology":
        whole = units = cluster_windows(units, loci.windows, *sequences.letters(), options.seed)
        definition = (
            f"windows that share {STRETCH} letters on either strand with edits in at most 20 % of them (or 80 % of a "
            f"shorter window), found by shared seeds; and windows that overlap within {size:,} letters"
        )
    elif method == "random":
        whole = np.arange(len(loci))
    elif kind == "group":
        whole = units = number_groups(read_column(windows, column))
        definition = "the windows of one group"
    else:
        raise UnknownName("split of a genome", method, ("chromosome", "blocks", "homology", "random", "FILE.json"))
    if options.folds:
        from primase.curation.splitting import fold_rows

        names = () if classes is None else loci.names
        bins = fold_rows(whole, stratify(loci.task, loci.targets), options.folds, options.seed, names=names)
    else:
        bins = split_units(loci, whole, options)
    return _in_folds(Cut(bins, None, units, f"by {kind}", definition, chosen=kind == "chromosome"), options.folds)


def _in_folds(cut: Cut, folds: int) -> Cut:
    """Take the parts for folds where there are any; the first is tested on, and the second chooses the model."""
    if not folds:
        return cut
    parts = np.zeros(len(cut.parts), np.int8)
    parts[cut.parts == 0], parts[cut.parts == 1] = 2, 1
    return replace(cut, parts=parts, folds=cut.parts)


def read_column(windows: Intervals, name: str) -> list[str]:
    """Return a column of the table that the windows come from, as strings.

    Raises
    ------
    FormatError
        If there is none of that name.
    """
    if name not in windows.columns:
        raise FormatError(
            windows.source,
            f"no column is called {name!r}; the columns are: {', '.join(windows.columns) or '(none)'}",
            fix="name one of these",
        )
    return [str(value) for value in windows.columns[name]]


def block_size(genome: PackedGenome) -> int:
    """Return the letters of a block: at most `BLOCK`, fewer where the genome is small."""
    return int(min(BLOCK, max(1, genome.lengths.sum() // BLOCKS)))


def number_blocks(windows: Intervals, size: int) -> np.ndarray:
    """Return the number of the block of its contig that each window has its middle in, shape (N,), int64."""
    middle = (windows.starts + windows.ends) // 2 // size
    keys = windows.contig.astype(np.int64) << 32 | middle
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def choose_method(windows: Intervals, options: CurateOptions, genome_options: GenomeOptions) -> str:
    """Return how windows are divided where the user left it open: by contigs, or in arcs where one has most of them."""
    if options.split.endswith(".json") or genome_options.test_contigs or genome_options.valid_contigs:
        return "given"
    if options.test or options.valid:
        return "regions"
    if options.split != "auto":
        return options.split
    counts = np.bincount(windows.contig)
    several = (counts > 0).sum() >= max(FEWEST, options.folds)
    return "chromosome" if several and counts.max() <= LARGE * len(windows) else "blocks"


def given_contigs(genome: PackedGenome, options: CurateOptions, genome_options: GenomeOptions) -> np.ndarray:
    """Return the part of each contig as the user gave it, shape (C,): 0, 1, 2, or -1 where it is in none.

    Raises
    ------
    FormatError
        If a file of parts is no JSON of lists of contigs.
    UnknownName
        If a contig is not in the genome.
    """
    skip = False
    if options.split.endswith(".json"):
        lists, rest, skip = _read_parts(options.split), -1, genome_options.skip_missing_contigs
    else:
        lists, rest = {"valid": genome_options.valid_contigs, "test": genome_options.test_contigs}, 0
    parts = np.full(len(genome.names), rest, np.int8)
    numbers = find_contigs(genome, [contig for contigs in lists.values() for contig in contigs], skip_missing=skip)
    known: dict[int, str] = {}
    for name, contigs in lists.items():
        for contig in contigs:
            if contig not in numbers:
                continue
            if known.setdefault(numbers[contig], name) != name:
                raise PrimaseError(
                    f"the contig {contig!r} is given for two parts: {known[numbers[contig]]} and {name}",
                    fix="name each contig for one part",
                )
            parts[numbers[contig]] = PARTS.index(name)
    return parts


def _read_parts(path: str) -> dict[str, list[str]]:
    """Read ``{"train": [...], "valid": [...], "test": [...]}``, as ChromBPNet and others write a fold."""
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FormatError(path, f"the parts cannot be read ({error})", fix="give a JSON file of contigs") from error
    good = isinstance(values, dict) and all(isinstance(contigs, list) for contigs in values.values())
    if not good or not {"train", "test"} <= set(values) <= set(PARTS):
        raise FormatError(
            path, "it names no parts", fix='write {"train": ["chr1"], "valid": ["chr8"], "test": ["chr9"]}'
        )
    return values


def lay_arcs(windows: Intervals, shares: np.ndarray, seed: int, classes: np.ndarray | None = None) -> np.ndarray:
    """Deal the windows, in the order of the genome, to as many arcs as there are shares; shape (N,), int8.

    The first arc begins at a random place, and the last ends there. Where windows have `classes`, shape (N,), so many
    places are tried until each arc has its share of each class, or nearly; else the best of them is taken.
    """
    order = np.lexsort((windows.starts, windows.contig))
    count = len(windows)
    edges = np.rint(np.cumsum(shares / shares.sum()) * count).astype(np.int64)
    dealt = np.searchsorted(edges, np.arange(count), side="right")
    draw = np.random.default_rng([seed, 0xA2C])
    best, most = np.empty(count, np.int8), -1.0
    for _ in range(1 if classes is None else TURNS):
        turn, arcs = int(draw.integers(count)), np.empty(count, np.int8)
        arcs[order[(np.arange(count) + turn) % count]] = dealt
        if classes is None:
            return arcs
        table = np.zeros((len(shares), int(classes.max()) + 1))
        np.add.at(table, (arcs, classes), 1)
        wanted = np.outer(shares / shares.sum(), table.sum(0))
        least = float((table[wanted > 0] / wanted[wanted > 0]).min())
        if least > most:
            best, most = arcs, least
        if most >= EVEN:
            break
    return best


def near_others(windows: Intervals, parts: np.ndarray, gap: int) -> np.ndarray:
    """Say which windows lie within `gap` letters of a window of a later part, shape (N,), bool.

    Leaving them out keeps the parts apart; the test part, the last, loses nothing.
    """
    near = np.zeros(len(windows), bool)
    wide = replace(windows, starts=windows.starts - gap, ends=windows.ends + gap)
    for part in range(int(parts.max(initial=0))):
        mine, later = np.flatnonzero(parts == part), parts > part
        if later.any() and len(mine):
            near[mine] = overlaps_any(wide.take(mine), windows.take(later))
    return near


def cluster_windows(
    blocks: np.ndarray, windows: Intervals, codes: np.ndarray, offsets: np.ndarray, seed: int
) -> np.ndarray:
    """Return the cluster of each window, shape (N,): overlapping windows of one block, and relatives anywhere.

    A duplication rarely begins where a window does, so windows that share a short stretch are relatives, too. A chain
    of overlapping windows is cut at the ends of blocks, since tiles would chain up whole contigs.
    """
    from primase.core.alphabet import DNA
    from primase.curation.similarity import clusters, near_duplicates

    order = np.lexsort((windows.starts, windows.contig))
    same = windows.contig[order[1:]] == windows.contig[order[:-1]]
    touching = same & (windows.starts[order[1:]] < windows.ends[order[:-1]])
    joined = touching & (blocks[order[1:]] == blocks[order[:-1]])
    runs = np.empty(len(windows), np.int64)
    runs[order] = np.cumsum(np.append(True, ~joined)) - 1
    pairs, _ = near_duplicates(codes, offsets, DNA, stretch=STRETCH, seed=seed)
    return clusters(np.concatenate([pairs, chain_pairs(runs)]), len(windows))


def divide_regions(windows: Intervals, test: Intervals | None, valid: Intervals | None) -> np.ndarray:
    """Return the part of each window: those that overlap given regions are of the test or validation part."""
    parts = np.zeros(len(windows), np.int8)
    for part, regions in ((1, valid), (2, test)):
        if regions is not None:
            parts[overlaps_any(windows, sort_intervals(regions))] = part
    return parts


def split_units(loci: Loci, units: np.ndarray, options: CurateOptions, parts: np.ndarray | None = None) -> np.ndarray:
    """Divide whole units by the fractions, stratified; rows of `parts` that are 1 or 2 stay where they are."""
    from primase.curation.splitting import split_rows

    parts = np.zeros(len(loci), np.int8) if parts is None else parts.copy()
    train, valid, test = options.fractions
    shares = train, valid * (not (parts == 1).any()), test * (not (parts == 2).any())
    free = parts == 0
    if free.any() and (shares[1] or shares[2]):
        total = sum(shares)
        classes = loci.names if loci.task in ("binary", "multiclass") else ()
        strata = stratify(loci.task, loci.targets)[free]
        _, compact = np.unique(units[free], return_inverse=True)
        scaled = shares[0] / total, shares[1] / total, shares[2] / total
        parts[free] = split_rows(compact, strata, scaled, options.seed, names=classes)
    return parts


def check_parts(cut: Cut, loci: Loci, options: CurateOptions) -> None:
    """Refuse a division without a training or a test part, or with a part, or fold, that lacks a class.

    Raises
    ------
    SplitError
    """
    places = [(f"the {name} part", cut.parts == part) for part, name in enumerate(("training", "validation", "test"))]
    if cut.folds is not None:
        places = [(f"fold {fold}", cut.folds == fold) for fold in range(options.folds)]
    for name, rows in places:
        if not rows.any():
            if name == "the validation part" and not (cut.gap and options.fractions[1]):
                continue  # nobody asked for one
            apart = f", since its windows lie nearer than {cut.gap:,} letters to another part" if cut.gap else ""
            raise SplitError(
                f"{name} has no window{apart}",
                fix="give other contigs or regions, fewer folds, or another --split; few windows cannot be divided",
            )
        if loci.task in ("binary", "multiclass"):
            lacking = np.setdiff1d(np.arange(len(loci.names)), loci.targets[rows])
            if len(lacking):
                raise SplitError(
                    f"{name} has no window of the class {loci.names[lacking[0]]!r}, of which there are "
                    f"{int((loci.targets == lacking[0]).sum()):,} in all",
                    fix="give other contigs or regions, another --seed or --split, or leave rare classes out",
                )
