"""Labels from tracks: windows at peaks or over the whole genome, and the signal along them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from primase.core.errors import PrimaseError
from primase.curation.binning import LabelRule, label_windows
from primase.curation.contigs import match_contigs
from primase.curation.genome_options import GenomeOptions
from primase.curation.intervals import Intervals, centre_windows, tile_intervals
from primase.curation.loci import WINDOW, Loci, fitting, genome_lengths, keep_once, whole_contigs
from primase.curation.packing import PackedGenome
from primase.curation.reading import local_path
from primase.curation.records import tell_apart
from primase.curation.signal_files import is_alignment, open_signal
from primase.curation.signals import Signal, check_lengths, rename_signal
from primase.curation.tracks import Tracks, empty_signals

TILE, TILE_BIN = 8192, 128  # letters of a tile and of its bins: 64 numbers each
JITTER = 200  # letters; BPNet (Avsec 2021, doi:10.1038/s41588-021-00782-6) moves its windows as much
_STRAND = re.compile(r"(?i)^(.*?)[._-](plus|minus|pos|neg|positive|negative|fwd|rev|forward|reverse)$")
_PLUS = {"plus": "minus", "pos": "neg", "positive": "negative", "fwd": "rev", "forward": "reverse"}


def label_signals(
    files: Sequence[str],
    peaks: Intervals | None,
    genome: PackedGenome,
    used: np.ndarray,
    blacklist: Intervals | None,
    options: GenomeOptions,
) -> tuple[Loci, Tracks]:
    """Cut the signal of tracks at windows around peaks, or at tiles of the used contigs.

    Returns
    -------
    loci : Loci
        Targets are log(1 + total) of each track over the output window.
    tracks : Tracks
        The signal itself: at bins of one letter a ``profile``, else ``counts``.

    Raises
    ------
    PrimaseError
        If a track cannot be read, is of another genome, or is negative.
    """
    width, size, inner, jitter = _settle_sizes(options, tiled=peaks is None)
    margin = jitter // size
    signals, pairs, notes = open_tracks(files, genome, options, single=size == 1)
    controls, control_pairs, more = open_tracks(options.control, genome, options, single=size == 1)
    windows, words = lay_windows(peaks, genome, used, blacklist, width, options.stride or inner)
    rule = LabelRule(
        width=inner + 2 * margin * size,
        bin=size,
        crop=options.crop * size,
        scale=(options.scale,),
        clip_soft=(options.clip_soft,),
        clip=(options.clip,),
    )
    # the middle of the output window is that of the window
    first = windows.starts + width // 2 - inner // 2 - margin * size
    places = genome.names, windows.contig, first
    values = _label(signals, rule, *places)
    control = None
    if controls:  # of the whole window, since a system may look further than it predicts
        whole = width // size * size
        first = windows.starts + width // 2 - whole // 2 - margin * size
        around = LabelRule(width=whole + 2 * margin * size, bin=size)
        control = _label(controls, around, genome.names, windows.contig, first)
    tracks = Tracks(values, size, margin, control, pairs, control_pairs)
    totals = tracks.totals()
    names = tuple(signal.name for signal in signals)
    kind = "profile" if size == 1 else "counts"
    empty = int((totals == 0).all(1).sum())
    notes += [
        *more,
        *windows.notes,
        words,
        f"task: {kind}; {tracks.bins:,} bins of {size:,} letters in the middle of each window, {len(names)} tracks: "
        + ", ".join(f"{name} (mean total {mean:,.4g})" for name, mean in zip(names, totals.mean(0), strict=True)),
    ]
    if empty:
        notes.append(f"{empty:,} windows have no signal in any track")
    settings = {
        "window": width, "output_window": inner, "bin": size, "jitter": jitter, "crop": options.crop,
        "scale": options.scale, "clip_soft": options.clip_soft, "clip": options.clip,
        "stride": (options.stride or inner) if peaks is None else None,
    }  # fmt: skip
    if any(is_alignment(local_path(name)) for name in (*files, *options.control)):
        settings |= _say_reads(options, single=size == 1)
    no_class, facts = np.zeros(len(windows), bool), {"settings": settings}
    return Loci(windows, np.log1p(totals), kind, names, no_class, tuple(notes), facts), tracks


def _settle_sizes(options: GenomeOptions, *, tiled: bool) -> tuple[int, int, int, int]:
    """Return the letters of a window, of a bin, of the output window, and by which windows are moved at most.

    Raises
    ------
    PrimaseError
        If they do not fit each other.
    """
    width = options.window or (TILE if tiled else WINDOW)
    size = options.bin or (TILE_BIN if tiled else 1)
    inner = options.output_window or width
    if inner > width:
        raise PrimaseError(f"--output-window {inner} is larger than --window {width}", fix="give a smaller one")
    if (width - inner) % 2:  # read on the other strand, the middle would be another one
        raise PrimaseError(
            f"--window {width} has no middle of --output-window {inner}: {width - inner} letters are left",
            fix=f"give --window {width + 1}, or --output-window {inner + 1 if inner < width else inner - 1}",
        )
    jitter = (JITTER if size == 1 else 0) if options.jitter is None else options.jitter
    if jitter % size:
        raise PrimaseError(
            f"--jitter {jitter} is no whole number of bins of {size}",
            fix=f"give --jitter {jitter - jitter % size} or {jitter - jitter % size + size}",
        )
    return width, size, inner, jitter


def _say_reads(options: GenomeOptions, *, single: bool) -> dict[str, Any]:
    """Return which reads of an alignment count, and how."""
    ways = _choices(options, single=single)
    return {
        "reads": ways[0]["count"], "stranded": "on" if len(ways) == 2 else "off", "atac": options.atac or None,
        "mapq": options.mapq, "exclude_flags": options.exclude_flags, "require_flags": options.require_flags,
    }  # fmt: skip


def lay_windows(
    peaks: Intervals | None,
    genome: PackedGenome,
    used: np.ndarray,
    blacklist: Intervals | None,
    width: int,
    stride: int,
) -> tuple[Intervals, str]:
    """Return the windows of tracks and how they were laid: around peaks, or over the used contigs."""
    if peaks is not None:
        # a track is read along the genome, so its windows are too, whatever the strand of the peak
        peaks = peaks.take(used[peaks.contig])
        along = replace(peaks, strands=np.zeros(len(peaks), np.int8))
        windows = keep_once(fitting(centre_windows(along, width), genome, blacklist))
        return windows, f"{len(windows):,} windows of {width:,} letters around {peaks.source}"
    tiles = tile_intervals(whole_contigs(genome, used), width, stride=stride)
    tiles = tiles.take((tiles.starts + width) <= genome.lengths[tiles.contig])
    windows = fitting(tiles, genome, blacklist)
    return windows, f"{len(windows):,} windows of {width:,} letters, one every {stride:,}, over {used.sum():,} contigs"


def open_tracks(
    files: Sequence[str], genome: PackedGenome, options: GenomeOptions, *, single: bool
) -> tuple[list[Signal], tuple[int, ...], list[str]]:
    """Open tracks under the genome's names; an alignment is one track, or one of each strand.

    Returns
    -------
    signals : list of Signal
    pairs : tuple of int
        For each track, that of the other strand; empty where none has a strand.
    notes : list of str
    """
    lengths, signals, origins, notes = genome_lengths(genome), list[Signal](), list[str](), list[str]()
    for source in files:
        path = local_path(source)
        for choice in _choices(options, single=single) if is_alignment(path) else [{}]:
            signal = open_signal(path, **choice)
            index, note = match_contigs(tuple(signal.lengths), lengths)
            names = list(signal.lengths)
            pairs = {genome.names[at]: name for name, at in zip(names, index, strict=True) if at >= 0}
            signals.append(rename_signal(signal, pairs))
            origins.append(str(source))
            missing = check_lengths(signals[-1], lengths)
            notes += [f"{source}: {note}"] if note else []
            notes += list(getattr(signal, "notes", ()))
            if missing:
                notes.append(f"{source} has nothing on {len(missing):,} contigs, which are read as 0: {missing[0]} ...")
    called = tell_apart([signal.name for signal in signals], origins)
    signals = [rename_signal(signal, {}, name) for signal, name in zip(signals, called, strict=True)]
    return signals, pair_strands(called), list(dict.fromkeys(notes))


def pair_strands(names: Sequence[str]) -> tuple[int, ...]:
    """Return for each track the track of the other strand, told by names that end in plus and minus or the like.

    Examples
    --------
    >>> pair_strands(["a_plus", "a_minus", "b"]), pair_strands(["liver", "heart"])
    ((1, 0, 2), ())
    """
    pairs = list(range(len(names)))
    for by_word in (True, False):  # a_pos goes with a_neg, where there is an a_minus too
        sides: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
        for number, name in enumerate(names):
            found = _STRAND.match(name)
            if found and pairs[number] == number:
                word = found[2].lower()
                key = found[1], _PLUS.get(word, word) if by_word else ""
                sides.setdefault(key, ([], []))[word not in _PLUS].append(number)
        for plus, minus in sides.values():
            if len(plus) == len(minus) == 1:
                pairs[plus[0]], pairs[minus[0]] = minus[0], plus[0]
    return tuple(pairs) if pairs != list(range(len(names))) else ()


def _choices(options: GenomeOptions, *, single: bool) -> list[dict]:
    """Return how an alignment is read, once per track that it gives."""
    count = {"auto": "ends" if single or options.atac else "coverage"}.get(options.reads, options.reads)
    shared = {
        "count": count,
        "shift": (4, -4) if options.atac else (0, 0),
        "mapq": options.mapq,
        "exclude": options.exclude_flags,
        "require": options.require_flags,
    }
    both = options.stranded == "off" or (options.stranded == "auto" and (not single or options.atac))
    return [shared | {"strand": strand} for strand in ((0,) if both else (1, -1))]


def _label(
    signals: Sequence[Signal], rule: LabelRule, contigs: Sequence[str], contig: np.ndarray, starts: np.ndarray
) -> np.ndarray:
    """Read the labels of all windows, into a file that is gone with the process where they are many."""
    shape = (len(starts), len(signals), rule.bins)
    values = label_windows(signals, rule, contigs, contig, starts, out=empty_signals(shape))
    for track, signal in enumerate(signals):
        step = max(1, 2**22 // rule.bins)
        lows = [float(values[at : at + step, track].min(initial=0)) for at in range(0, len(values), step)]
        if min(lows, default=0) < 0:
            if max(float(values[at : at + step, track].max(initial=0)) for at in range(0, len(values), step)) > 0:
                raise PrimaseError(
                    f"the track {signal.name} is below 0 in places, down to {min(lows):g}, so it counts nothing",
                    fix="give coverage or counts, not a fold change or a logarithm",
                )
            np.negative(values[:, track], out=values[:, track])  # the field writes minus strands downwards
    return values
