"""Alignments as a signal: how many reads cover each base, or begin at it.

A file is read once, in order, with or without an index and sorted or not. What is kept of it, 5' ends or the ends of
aligned blocks, lies sorted in a cache on disk (4 bytes each) and is memory-mapped; windows are counted from it.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from primase.core.errors import FormatError, PrimaseError, UnknownName
from primase.core.files import read_json, write_json
from primase.curation.downloading import cache_folder
from primase.curation.formats import bam, cram
from primase.curation.signals import count_bins, track_name

EXCLUDED = 0xF04  # unmapped, secondary, QC-fail, duplicate, supplementary
ATAC_SHIFT = (4, -4)
_SCHEMA = 1  # of the cache; a newer one is made beside it
_SPOOLED = 2**20  # events that are put in their rows at a time
_COUNTS = ("coverage", "ends")
_FLAGS = (
    "paired", "in a proper pair", "unmapped", "with an unmapped mate", "on the minus strand", "with a mate on minus",
    "first of a pair", "second of a pair", "secondary", "of failed quality", "marked as duplicates", "supplementary",
    "with flag 0x1000", "with flag 0x2000", "with flag 0x4000", "with flag 0x8000",
)  # fmt: skip
_FAULTS = (
    "",
    "its fields do not fit its size",
    "its contig is not in the header",
    "its CIGAR has an unknown operation",
)


@dataclass(frozen=True, kw_only=True)
class AlignmentOptions:
    """Which reads count, and what of them.

    Attributes
    ----------
    count : str
        ``coverage``: the depth, in aligned bases (CIGAR ``M``, ``=`` and ``X``; deletions and skipped stretches are
        left out, as ``samtools depth`` and ``bedtools genomecov -split`` do). Or ``ends``: the 5' end of each read, the
        first aligned base on the plus strand, the last on the minus strand, whatever is clipped (``bedtools genomecov
        -5``). Mates count each by itself.
    strand : int
        1 or -1 for the reads of one strand, 0 for both together.
    shift : tuple of int
        How far 5' ends are moved on the plus and on the minus strand, to the right where positive. `ATAC_SHIFT` puts
        Tn5's cuts together: a plus read at ``start`` counts at ``start + 4``, a minus read with the half-open end
        ``end`` at ``end - 5`` (its last base is ``end - 1``), as ChromBPNet (``reads_to_bigwig.py``, +4 and -4 added
        to start and end) and bam2bw, which bpnet-lite uses (``-ps 4 -ns -4``), have it. Ends moved off a contig are
        left out.
    mapq : int
        Least mapping quality.
    exclude, require : int
        SAM flags of which a read may have none, and must have all. Unmapped reads never count.

    Examples
    --------
    >>> AlignmentOptions(count="ends", shift=ATAC_SHIFT, mapq=30).rules
    (1, 3844, 0, 30, 4, -4)
    """

    count: str = "coverage"
    strand: int = 0
    shift: tuple[int, int] = (0, 0)
    mapq: int = 0
    exclude: int = EXCLUDED
    require: int = 0

    def __post_init__(self) -> None:
        if self.count not in _COUNTS:
            raise UnknownName("way to count reads", self.count, _COUNTS)
        if self.strand not in (-1, 0, 1):
            raise PrimaseError(f"the strand is {self.strand!r}", fix="give 1 (plus), -1 (minus) or 0 (both)")
        if self.count == "coverage" and tuple(self.shift) != (0, 0):
            raise PrimaseError(f"the shift {self.shift} moves 5' ends, not coverage", fix="count 'ends', or shift by 0")
        if self.exclude & self.require:
            raise PrimaseError(
                f"the flags 0x{self.exclude & self.require:x} are both excluded and required", fix="give them once"
            )

    @property
    def rules(self) -> tuple[int, ...]:
        """What decides over the content of the cache, as `parse_records` takes it; the strand is chosen when read."""
        return (int(self.count == "ends"), self.exclude, self.require, self.mapq, *self.shift)


@dataclass(frozen=True, eq=False)
class AlignmentTrack:
    """The signal of one file of alignments.

    Attributes
    ----------
    name : str
        File name without its ending, and the strand where it is one.
    lengths : dict of str to int
        Contigs as the header has them.
    options : AlignmentOptions
    folder : Path
        Where the events are kept.
    events, offsets : ndarray, int32 and int64
        Events of row i are ``events[offsets[i]:offsets[i + 1]]``, sorted (rows as in `bam_kernels`); memory-mapped.
    notes : tuple of str
        In words: how many reads were counted, and why the others were not.
    """

    name: str
    lengths: dict[str, int]
    options: AlignmentOptions
    folder: Path
    events: np.ndarray
    offsets: np.ndarray
    notes: tuple[str, ...]

    def read(self, contig: str, starts: np.ndarray, width: int, bin: int = 1) -> np.ndarray:  # noqa: A002
        """Return the sum over each bin of each window, see `primase.curation.signals.Signal.read`.

        It is a sum of depths, or a number of 5' ends.
        """
        from primase.curation.bam_kernels import add_depth, add_ends

        starts = np.asarray(starts, np.int64)
        out = np.zeros((len(starts), count_bins(width, bin)), np.float32)
        for strand, row in ((1, self._rows[contig]), (-1, self._rows[contig] + 2)) if contig in self._rows else ():
            if self.options.strand in (0, strand):
                if self.options.count == "ends":
                    add_ends(self._row(row), starts, bin, out)
                else:
                    add_depth(self._row(row), self._row(row + 1), starts, bin, out)
        return out

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: 4 * number for number, name in enumerate(self.lengths)}

    def _row(self, row: int) -> np.ndarray:
        return self.events[self.offsets[row] : self.offsets[row + 1]]

    def __reduce__(self) -> tuple:
        """Hand a worker process the place of the events, not the events."""
        return _load, (self.folder, self.options)


def open_alignments(path: str | Path, **options: Any) -> AlignmentTrack:
    """Open a BAM or CRAM file as a signal: the first time it is read as a whole, later its events are in the cache.

    Parameters
    ----------
    path : str or Path
        BAM or CRAM, sorted or not; neither an index nor, for CRAM, the reference is needed.
    **options
        Which reads count, and what of them: the attributes of `AlignmentOptions`.

    Raises
    ------
    FormatError
        If the file is not BAM or CRAM, is cut short or is damaged; the byte or the record is named.
    PrimaseError
        If the cache cannot be written.
    """
    chosen = AlignmentOptions(**options)
    try:
        path = Path(path).resolve(strict=True)
        facts = path.stat()
        with path.open("rb") as handle:
            reader = cram if cram.sniff(handle.read(4)) else bam
    except OSError as error:
        raise FormatError(path, f"the file cannot be read ({error.strerror})", fix="check the path") from error
    # size and time stand for the content: to digest a large file would be one more reading of it
    key = json.dumps([_SCHEMA, str(path), facts.st_size, facts.st_mtime_ns, chosen.rules])
    folder = cache_folder().parent / "alignments" / hashlib.sha256(key.encode()).hexdigest()[:32]
    if not folder.is_dir():
        _keep_events(path, reader, chosen, folder)
    return _load(folder, chosen)


def _load(folder: Path, options: AlignmentOptions) -> AlignmentTrack:
    facts = read_json(folder / "facts.json")
    return AlignmentTrack(
        name=facts["name"] + {0: "", 1: "_plus", -1: "_minus"}[options.strand],
        lengths=facts["lengths"],
        options=options,
        folder=folder,
        # a plain array on the mapped file: numba knows no subclasses
        events=np.asarray(np.load(folder / "events.npy", mmap_mode="r")),
        offsets=np.load(folder / "offsets.npy"),
        notes=_in_words(facts["name"], facts["tally"], options),
    )


def _keep_events(path: Path, reader: ModuleType, options: AlignmentOptions, folder: Path) -> None:
    """Read a file into the cache: a folder that is made beside and renamed into place."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as draft:
            made = Path(draft) / "track"
            made.mkdir()
            _write_events(path, reader, options, made)
            try:
                made.rename(folder)
            except OSError:
                if not folder.is_dir():  # another process was faster
                    raise
    except OSError as error:
        raise PrimaseError(
            f"the events of {path} cannot be kept in {folder.parent} ({error.strerror})",
            fix="set PRIMASE_CACHE to a folder with space",
        ) from error


def _write_events(path: Path, reader: ModuleType, options: AlignmentOptions, folder: Path) -> None:
    """Write the events of a file row by row, sorted, in memory that does not grow with the file.

    They are spooled in the order of the file, which says how long each row is; then each goes to its row.
    """
    from primase.curation.bam_kernels import OUTCOMES, put_in_rows

    lengths, pieces = reader.read(path)
    sizes, tally = np.zeros(4 * len(lengths), np.int64), np.zeros(OUTCOMES, np.int64)
    with tempfile.TemporaryFile(dir=folder) as spool:
        for events in _parsed(path, pieces, np.array(list(lengths.values()), np.int64), options, (sizes, tally)):
            events.tofile(spool)
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        rows = np.lib.format.open_memmap(folder / "events.npy", "w+", np.int32, (int(offsets[-1]),))
        _reserve(folder / "events.npy")
        following = offsets[:-1].copy()
        spool.seek(0)
        while len(events := np.fromfile(spool, np.int64, _SPOOLED)):
            put_in_rows(events, following, np.asarray(rows))
    for row in np.flatnonzero(sizes):
        rows[offsets[row] : offsets[row + 1]].sort(kind="stable")  # quick where they are nearly in order, as mostly
    rows.flush()
    np.save(folder / "offsets.npy", offsets)
    facts = {"name": track_name(path, (*bam.SUFFIXES, *cram.SUFFIXES)), "lengths": lengths, "tally": tally}
    write_json(folder / "facts.json", facts)


def _reserve(path: Path) -> None:
    """Claim the space of a file: a full disk is an error here, but a crash where a mapped page has no place."""
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as handle:
            os.posix_fallocate(handle.fileno(), 0, path.stat().st_size)


def _parsed(
    path: Path,
    pieces: Iterator[list[bytes]],
    lengths: np.ndarray,
    options: AlignmentOptions,
    counts: tuple[np.ndarray, np.ndarray],
) -> Iterator[np.ndarray]:
    """Turn pieces of a file into events; `counts` are the sizes of the rows and the tally, both added to."""
    from primase.curation.bam_kernels import parse_records

    rest = np.empty(0, np.uint8)
    for piece in pieces:
        data = np.concatenate([rest, *(np.frombuffer(part, np.uint8) for part in piece)])
        events, used, fault = parse_records(data, lengths, options.rules, *counts)
        if fault:
            raise FormatError(
                path, f"record {counts[1].sum() + 1:,} is damaged: {_FAULTS[fault]}", fix="make the file again"
            )
        yield events
        rest = data[used:]
    if len(rest):
        raise FormatError(
            path, f"the file is cut short in record {counts[1].sum() + 1:,}", fix="copy or download it again"
        )


def _in_words(name: str, tally: list[int], options: AlignmentOptions) -> tuple[str, ...]:
    """Say how many reads count, and why the others do not."""
    *others, counted = tally
    reasons = (
        *_FLAGS,
        "without a flag that is required",
        f"of mapping quality below {options.mapq}",
        "without an aligned base",
        "beyond the end of their contig",
    )
    what = "covered bases" if options.count == "coverage" else "5' ends"
    if any(options.shift):
        what += f" moved by {options.shift[0]:+d} (plus strand) and {options.shift[1]:+d} (minus strand)"
    notes = [f"{name}: {counted:,} of {sum(tally):,} reads are counted by their {what}"]
    left_out = [f"{number:,} {reason}" for number, reason in zip(others, reasons, strict=True) if number]
    if left_out:
        notes.append(f"{name}: reads left out: {', '.join(left_out)}")
    if options.strand:
        notes.append(f"{name}: of the counted reads, those on the {'plus' if options.strand > 0 else 'minus'} strand")
    return tuple(notes)
