"""From intervals, tracks and alignments on a genome to an audited data set, in one call."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np

from primase.core.alphabet import DNA
from primase.core.errors import FormatError, PrimaseError
from primase.core.files import digest_file
from primase.curation.columns import label_candidates
from primase.curation.contigs import place_intervals
from primase.curation.dataset import PARTS, Dataset
from primase.curation.dividing import Division
from primase.curation.formats import format_module
from primase.curation.genome_dividing import Cut, check_parts, divide_windows, near_others
from primase.curation.genome_options import GenomeOptions, say_settings
from primase.curation.intervals import Intervals
from primase.curation.loci import (
    BACKGROUND,
    Loci,
    genome_lengths,
    label_against,
    label_peaks,
    label_sets,
    label_table,
    used_contigs,
)
from primase.curation.options import CurateOptions
from primase.curation.packing import PackedGenome, open_genome
from primase.curation.reading import check_inputs, local_path
from primase.curation.records import number_repeats
from primase.curation.sequences import GenomeSequences
from primase.curation.signal_files import is_alignment, is_signal
from primase.curation.tracks import Tracks
from primase.curation.unpacking import read_head

_BED = re.compile(r"(?i)\.(bed|narrowpeak|broadpeak)(\.gz)?$")  # four columns may be bedGraph or BED
_OF_SEQUENCES = (
    *("labels", "label_pattern", "sequence_column", "structure_column", "groups", "group_column", "group_pattern"),
    *("length", "length_policy", "trim_constant"),
)
_OF_READS = ("reads", "stranded", "atac", "mapq", "exclude_flags", "require_flags")
_OF_TRACKS = (
    *("peaks", "control", "output_window", "bin", "stride", "crop", "scale", "clip_soft", "clip", "jitter"),
    *_OF_READS,
)
SHOWN = 25  # contigs of a part that are named
LISTED = 100  # rows left out that are listed by their lines
_BED_COLUMNS = {
    *("name", "score", "signal", "p_value", "q_value", "thick_start", "thick_end", "rgb"),
    *("block_count", "block_sizes", "block_starts", "peak", "summit", "type", "source", "phase", "attributes"),
}  # what intervals have that is no label


@dataclass(frozen=True, eq=False)
class _Reader:
    """How files of intervals are read and placed on the genome."""

    genome: PackedGenome
    options: CurateOptions
    genome_options: GenomeOptions

    def read(self, source: str | Path, *, cut: bool = False) -> Intervals:
        found = read_intervals(source, self.options, feature=self.genome_options.feature)
        return place_intervals(
            found,
            genome_lengths(self.genome),
            skip_missing=self.genome_options.skip_missing_contigs,
            drop_invalid=self.options.drop_invalid,
            cut=cut,
        )


def read_intervals(
    source: str | Path, options: CurateOptions = CurateOptions(), *, feature: str | None = None
) -> Intervals:
    """Read a file of intervals: BED and its kin, a table that names chromosome, start and end, GFF or GTF.

    Parameters
    ----------
    source : str or Path
        File or http(s) address.
    options : CurateOptions
        Whether what cannot be read is left out.
    feature : str, optional
        Of GFF and GTF: ``tss`` or a type of column 3.

    Raises
    ------
    FormatError
        If it is none of these, or a row cannot be read.
    """
    path = local_path(source)
    head = read_head(path, sequences=False).removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    gff, bed = format_module("gff"), format_module("bed")
    if gff.sniff(head):
        if feature is None:
            raise FormatError(source, "it holds features of several types", fix="choose with --feature tss, or a type")
        found = gff.read_features(path, feature, options)
    elif bed.sniff(head):
        found = bed.read(path, options)
    else:
        first = head[:40].split(b"\n", 1)[0].decode("utf-8", "replace")
        raise FormatError(
            source,
            f"it holds no intervals of a genome (it begins with {first!r})",
            fix="give BED, GFF, GTF, or a table that names chrom, start and end; sequences need no --genome",
        )
    return replace(found, source=str(source))


def curate_genome(
    inputs: Sequence[str | Path],
    options: CurateOptions = CurateOptions(),
    genome_options: GenomeOptions = GenomeOptions(),
) -> Dataset:
    """Turn places on a genome into a data set: windows, labels, parts and an audit.

    Parameters
    ----------
    inputs : sequence of str or Path
        One file of peaks (against background), several (one label each), a table of intervals with a label column, or
        tracks (bigWig, bedGraph, BAM, CRAM).
    options : CurateOptions
    genome_options : GenomeOptions

    Returns
    -------
    Dataset
        No letter of its windows is stored: it refers to the packed genome by digest.

    Raises
    ------
    PrimaseError
        If something cannot be read or told; nothing is written.
    """
    if genome_options.genome is None:
        raise PrimaseError("no genome was given", fix="add --genome FILE, a FASTA file")
    refuse_sequence_options(options)
    genome = open_genome(genome_options.genome)
    reader = _Reader(genome, options, genome_options)
    names = [str(source) for source in inputs]
    check_inputs([*names, *genome_options.tracks])
    signals = [name for name in names if not _BED.search(name) and is_signal(local_path(name))]
    tables = [reader.read(name) for name in names if name not in signals]
    blacklist = reader.read(genome_options.blacklist, cut=True) if genome_options.blacklist else None
    signals += list(genome_options.tracks)
    refuse_unused_options(options, genome_options, signals, tables)
    tracks = None
    notes = [f"genome: {len(genome.names):,} contigs, {genome.lengths.sum():,} letters ({genome.digest[:12]})"]
    notes += [f"{table.source}: {len(table):,} intervals" for table in tables]
    notes += [] if blacklist is None else [f"{blacklist.source}: {len(blacklist):,} intervals", *blacklist.notes]
    if signals:
        from primase.curation.signal_labels import label_signals

        if len(tables) > 1 or (tables and genome_options.peaks):
            raise PrimaseError(
                f"{len(tables)} files of intervals are given beside {len(signals)} tracks",
                fix="give the places of the windows once, with --peaks FILE",
            )
        peaks = reader.read(genome_options.peaks) if genome_options.peaks else (tables[0] if tables else None)
        used, note = used_contigs(genome, [peaks] if peaks is not None else [], genome_options.contigs)
        loci, tracks = label_signals(signals, peaks, genome, used, blacklist, genome_options)
        notes += [note] if note else []
    else:
        loci, note = _label_tables(tables, reader, blacklist)
        notes += [note] if note else []
    if options.task not in (None, loci.task):
        raise PrimaseError(f"--task {options.task} was given for {loci.task}", fix="leave it out, or give other inputs")
    loci, tracks, division, units = _divide(loci, tracks, reader)
    return _assemble(loci, tracks, division, units, reader, names, list(dict.fromkeys([*notes, *loci.notes])))


def refuse_sequence_options(options: CurateOptions) -> None:
    """Refuse what only files of sequences have, rather than pass over it.

    Raises
    ------
    PrimaseError
    """
    for name in _OF_SEQUENCES:
        if getattr(options, name) not in (None, False):
            raise PrimaseError(
                f"--{name.replace('_', '-')} is for files of sequences, not for places on a genome",
                fix="give --window, --label-column or --split group:COLUMN, or leave it out",
            )


def refuse_unused_options(
    options: CurateOptions, genome_options: GenomeOptions, signals: Sequence[str], tables: Sequence[Intervals]
) -> None:
    """Refuse what would have no effect on these inputs, and two ways at once of dividing them.

    Raises
    ------
    PrimaseError
    """
    asked = {field.name for field in fields(genome_options) if getattr(genome_options, field.name) != field.default}
    reads = [name for name in (*signals, *genome_options.control) if is_alignment(local_path(name))]
    peaks = genome_options.peaks or tables
    for unused, names, reason in (
        (not signals, _OF_TRACKS, "is for tracks, and none is given"),
        (not reads, _OF_READS, "is for a BAM or CRAM, and none is given"),
        (bool(peaks), ("stride",), "is for windows that tile the genome, not for windows at peaks"),
        (len(tables) < 2, ("label_bin", "overlap"), "is for several files of peaks"),
        (bool(signals) or len(tables) > 1, ("ratio",), "is for one file of peaks"),
    ):
        for name in names:
            if unused and name in asked:
                raise PrimaseError(f"--{name.replace('_', '-')} {reason}", fix="leave it out, or give such inputs")
    ways = [f"--{name.replace('_', '-')}" for name in ("test_contigs", "valid_contigs") if name in asked][:1]
    ways += ["--test or --valid"] if options.test or options.valid else []
    if options.folds and (ways or options.split.endswith(".json")):
        ways.append(f"--folds {options.folds}")
    ways += [f"--split {options.split}"] if options.split != "auto" else []
    if len(ways) > 1:
        raise PrimaseError(f"{ways[0]} and {ways[1]} both divide the data", fix="use one of the two")


def _label_tables(tables: list[Intervals], reader: _Reader, blacklist: Intervals | None) -> tuple[Loci, str]:
    """Choose what files of intervals ask, and label their windows."""
    genome, options, genome_options = reader.genome, reader.options, reader.genome_options
    if not tables:
        raise PrimaseError("no input was given (0 files)", fix="name files of intervals, or --tracks")
    used, note = used_contigs(genome, tables, genome_options.contigs)
    tables = [table.take(used[table.contig]) for table in tables]
    if len(tables) > 1:
        if options.negatives:
            raise PrimaseError(
                f"--negatives {options.negatives} is for one file of peaks, but {len(tables)} are given",
                fix="leave it out: windows that another file covers are the negatives",
            )
        return label_sets(tables, genome, blacklist, genome_options), note
    (table,) = tables
    columns = label_columns(table, options)
    if columns:
        return label_table(table, columns, genome, blacklist, options, genome_options), note
    if options.negatives and options.negatives not in (*BACKGROUND, "shuffle"):
        others = reader.read(options.negatives)
        return label_against(table, others, genome, blacklist, genome_options), note
    return label_peaks(table, genome, used, blacklist, options, genome_options), note


def label_columns(table: Intervals, options: CurateOptions) -> tuple[str, ...]:
    """Return the columns of a table of intervals that hold labels; none where its intervals are peaks.

    Raises
    ------
    PrimaseError
        If a named column does not exist, or several could be the label.
    """
    if options.label_column:
        for name in options.label_column:
            if name not in table.columns:
                raise FormatError(
                    table.source,
                    f"no column is called {name!r} (--label-column); the columns are: {', '.join(table.columns)}",
                    fix="give one of these with --label-column",
                )
        return options.label_column
    kind, _, column = options.split.partition(":")
    used = _BED_COLUMNS | ({column} if kind in ("group", "given") else set())
    others = {name: [str(value) for value in cells] for name, cells in table.columns.items() if name not in used}
    found = [name for name in label_candidates(others) if not name.startswith("column_")]
    if len(found) > 1:
        raise FormatError(
            table.source,
            f"{len(found)} columns could be the label: {', '.join(map(repr, found))}",
            fix=f"choose with --label-column, for instance --label-column {found[0]!r}",
        )
    return tuple(found)


def _divide(loci: Loci, tracks: Tracks | None, reader: _Reader) -> tuple[Loci, Tracks | None, Division, np.ndarray]:
    """Choose part (or fold) and unit of every window; leave out those in no part, near to another or alike."""
    options, whole = reader.options, _sequences(loci, reader)
    cut = divide_windows(loci, whole, options, reader.genome_options, reader.read)
    bins = cut.parts if cut.folds is None else cut.folds
    # training windows of tracks are moved: what they then show must be of no other part either
    gap = max(cut.gap, 0 if tracks is None else tracks.margin * tracks.bin)
    near = near_others(loci.windows, bins, gap) & (bins >= 0)
    keep = (bins >= 0) & ~near
    notes = []
    if near.any():
        apart = f"nearer than {gap:,} letters to another part" if gap else "that overlap another part"
        notes.append(f"{near.sum():,} windows {apart} are left out")
    if cut.chosen:
        notes += _leave_relatives(keep, whole, bins, options.seed)
    if not keep.all():
        loci, cut = loci.take(keep), cut.take(keep)
        tracks = None if tracks is None else tracks.take(np.flatnonzero(keep))
    check_parts(cut, loci, options)
    return loci, tracks, _describe(loci, cut, [*cut.notes, *notes], options), cut.units


def _leave_relatives(keep: np.ndarray, whole: GenomeSequences, bins: np.ndarray, seed: int) -> list[str]:
    """Take the windows that have a near-duplicate in a later part out of those that are kept, and say so."""
    from primase.curation.relatives import MOST_LETTERS, find_relatives

    rows = np.flatnonzero(keep)
    kept = whole.take(rows)
    letters = int(kept.lengths.sum())
    if letters > MOST_LETTERS:
        return [f"among {letters:,} letters no near-duplicates were looked for; the audit counts those of a sample"]
    alike = rows[find_relatives(kept, bins[rows], seed)]
    keep[alike] = False
    return [f"{len(alike):,} windows with a near-duplicate in a later part are left out"] if len(alike) else []


def _describe(loci: Loci, cut: Cut, left: list[str], options: CurateOptions) -> Division:
    sizes = np.unique(cut.units, return_counts=True)[1]
    facts = {
        "method": cut.method,
        "definition": cut.definition,
        "fractions": list(options.fractions),
        "seed": options.seed,
        "folds": options.folds,
        "clusters": len(sizes),
        "largest_cluster": int(sizes.max()),
    }
    counts = np.bincount(cut.parts, minlength=3)
    notes = [f"split {cut.method}: {counts[0]:,} train, {counts[1]:,} validation, {counts[2]:,} test"]
    names, contig = loci.windows.contigs, loci.windows.contig
    if cut.folds is not None:
        sizes = np.bincount(cut.folds)
        notes = [f"split {cut.method}: {options.folds} folds of {', '.join(map(str, sizes))} windows"]
    elif not np.intersect1d(contig[cut.parts == 2], contig[cut.parts == 0]).size:
        for part, name in ((1, "validation"), (2, "test")):
            held = [names[number] for number in np.unique(contig[cut.parts == part])]
            more = f" and {len(held) - SHOWN:,} more" if len(held) > SHOWN else ""
            notes += [f"{name}: {', '.join(held[:SHOWN])}{more}"] if held else []
    if cut.method == "by homology":
        notes.append(f"{facts['clusters']:,} clusters, the largest of {facts['largest_cluster']:,} windows")
    return Division(cut.parts, cut.folds, facts, (*notes, *left))


def _sequences(loci: Loci, reader: _Reader) -> GenomeSequences:
    windows = loci.windows
    return GenomeSequences(
        reader.genome,
        windows.contig,
        windows.starts,
        windows.ends,
        windows.strands,
        loci.shuffled,
        reader.options.seed,
    )


def _assemble(
    loci: Loci,
    tracks: Tracks | None,
    division: Division,
    units: np.ndarray,
    reader: _Reader,
    names: list[str],
    notes: list[str],
) -> Dataset:
    from primase.curation.auditing import audit_dataset
    from primase.curation.gc_content import describe_gc

    windows, options = loci.windows, reader.options
    signs = np.array(["-", "", "+"], object)[windows.strands + 1]
    ids = [
        f"{windows.contigs[contig]}:{start}-{end}{sign and f'({sign})'}{'_shuffled' if made_up else ''}"
        for contig, start, end, sign, made_up in zip(
            windows.contig, windows.starts, windows.ends, signs, loci.shuffled, strict=True
        )
    ]
    width = int(windows.ends[0] - windows.starts[0])
    counts = {name: int((division.parts == part).sum()) for part, name in enumerate(PARTS)}
    files = [*names, *reader.genome_options.tracks, *reader.genome_options.control]
    files += [one for one in (reader.genome_options.peaks, reader.genome_options.blacklist) if one]
    files += [*options.test, *options.valid, *([options.negatives] if "." in (options.negatives or "") else [])]
    dropped = list(windows.dropped)
    settings = loci.facts["settings"] | {
        "blacklist": reader.genome_options.blacklist,
        "control": ",".join(reader.genome_options.control) or None,
        "contigs": ",".join(reader.genome_options.contigs) or None,
        "seed": options.seed,
    }
    facts = {
        "inputs": names,
        "options": asdict(options),
        "genome_options": asdict(reader.genome_options),
        "sources": {name: digest_file(local_path(name)) for name in files},
        "notes": [*notes, say_settings(settings), *division.notes],
        "counts": {"read": len(windows), "dropped": len(dropped), **counts},
        "dropped": dropped[:LISTED],
        "split": division.facts,
        **loci.facts,
        "settings": settings,
    }
    dataset = Dataset(
        ids=np.array(number_repeats(ids)[0], object),
        sequences=_sequences(loci, reader),
        targets=loci.targets,
        parts=division.parts,
        units=units,
        alphabet=DNA,
        task=loci.task,
        names=loci.names,
        length=width,
        policy="pad",
        folds=division.folds,
        tracks=tracks,
        facts=facts,
    )
    return replace(dataset, facts={**facts, "gc": describe_gc(dataset), "audit": audit_dataset(dataset)})
