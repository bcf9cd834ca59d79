"""Signals: one number for every position of a genome, read as sums over the bins of windows."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from primase.core.errors import FormatError, PrimaseError
from primase.curation.records import file_stem

_HEAD = 2**16  # bytes that show what a file is
_SHOWN = 5  # names that an error lists
_GZIP = b"\x1f\x8b"


class Signal(Protocol):
    """One track over a genome.

    A signal may also have ``exact_lengths = False``: its `lengths` then say only how far its values reach, since files
    of its format do not hold the lengths of the contigs.
    """

    @property
    def name(self) -> str:
        """What the track is called: the file's name without its endings."""
        ...

    @property
    def lengths(self) -> dict[str, int]:
        """Contigs and their lengths, as the file has them."""
        ...

    def read(self, contig: str, starts: np.ndarray, width: int, bin: int = 1) -> np.ndarray:  # noqa: A002
        """Return the sum of the signal over each bin of each window.

        Parameters
        ----------
        contig : str
            Name as the file has it; where it has none of this name, all sums are 0.
        starts : ndarray, shape=(W,), int64
            Where the windows begin; any order, and they may reach over both ends of the contig.
        width, bin : int
            Positions per window and per bin.

        Returns
        -------
        ndarray, shape=(W, width // bin), float32
            Positions beyond the contig's ends, without a value or with NaN count 0.

        Raises
        ------
        PrimaseError
            If `width` is no multiple of `bin`.
        """
        ...


def count_bins(width: int, bin: int) -> int:  # noqa: A002
    """Return how many bins a window has.

    Raises
    ------
    PrimaseError
        If they do not fill it.

    Examples
    --------
    >>> count_bins(2048, 32)
    64
    """
    if bin < 1 or width < 1 or width % bin:
        raise PrimaseError(
            f"windows of {width} positions do not divide into bins of {bin}",
            fix="give a window that is a multiple of the bin, both at least 1",
        )
    return width // bin


def track_name(path: str | Path, suffixes: tuple[str, ...]) -> str:
    """Return a file's name without the endings of its format and of compression.

    Examples
    --------
    >>> track_name("data/liver.bedGraph.gz", (".bedGraph",))
    'liver'
    """
    stem = file_stem(str(path))
    for suffix in suffixes:
        stem = stem.removesuffix(suffix) or stem
    return stem


def open_signal(path: str | Path, **options: Any) -> Signal:
    """Open a track; what it is, is told by its content.

    Parameters
    ----------
    path : str or Path
        A bigWig, a bedGraph (plain or gzipped), a BAM or a CRAM; an http(s) address is downloaded first.
    **options
        How reads become a signal, see `primase.curation.alignments.open_alignments`. A bigWig or bedGraph has a signal
        already and does not look at them.

    Raises
    ------
    FormatError
        If it is none of these, or damaged.
    """
    from primase.curation.formats import bedgraph, bigwig
    from primase.curation.reading import local_path

    place = local_path(path)
    head = _read_head(place)
    if bigwig.sniff(head):
        return bigwig.read(place)
    if head.startswith((b"BAM\1", b"CRAM")):
        from primase.curation.alignments import open_alignments

        return open_alignments(place, **options)
    if bedgraph.sniff(head):
        return bedgraph.read(place)
    raise FormatError(path, _foreign(head), fix="give a bigWig, a bedGraph, a BAM or a CRAM")


def is_alignment(path: Path) -> bool:
    """Say whether a file is a BAM or a CRAM, by its content."""
    return _read_head(path).startswith((b"BAM\1", b"CRAM"))


def is_signal(path: Path) -> bool:
    """Say whether a file is one that `open_signal` opens, by its content."""
    from primase.curation.formats import bedgraph, bigwig

    head = _read_head(path)
    return head.startswith((b"BAM\1", b"CRAM")) or bigwig.sniff(head) or bedgraph.sniff(head)


def check_lengths(signal: Signal, genome_lengths: Mapping[str, int]) -> tuple[str, ...]:
    """Compare a track's contigs with those of a genome.

    Parameters
    ----------
    signal : Signal
    genome_lengths : mapping of str to int
        Contigs and their lengths; names as the signal has them, see `rename_contigs`.

    Returns
    -------
    tuple of str
        Contigs of the genome that the track does not have, where it reads as 0; for the caller to say.

    Raises
    ------
    PrimaseError
        If a contig has another length in the track, so that they are of two assemblies, or if they share no contig.

    Examples
    --------
    >>> from primase.curation.formats.bedgraph import BedGraph
    >>> track = BedGraph("a.bedGraph", "a", {"chr1": (np.array([0]), np.array([50]), np.array([1.0]))})
    >>> check_lengths(track, {"chr1": 60, "chr2": 30})
    ('chr2',)
    """
    exact = getattr(signal, "exact_lengths", True)
    for contig, length in signal.lengths.items():
        known = genome_lengths.get(contig, length)
        if length > known or (exact and length != known):
            reach = "is" if exact else "reaches at least"
            raise PrimaseError(
                f"the track {signal.name}: {contig} {reach} {length:,} positions long, in the genome {known:,}, so "
                "they are of two assemblies",
                fix="give the genome that the track was made with",
            )
    missing = tuple(contig for contig in genome_lengths if contig not in signal.lengths)
    if signal.lengths and genome_lengths and len(missing) == len(genome_lengths):
        raise PrimaseError(
            f"the track {signal.name} has no contig of the genome: it has {_listed(signal.lengths)}, the genome "
            f"{_listed(genome_lengths)}",
            fix="give the genome that the track was made with",
        )
    return missing


@dataclass(frozen=True, eq=False)
class _Renamed:
    """A signal under other names of its contigs."""

    signal: Signal
    names: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.signal.name

    @property
    def exact_lengths(self) -> bool:
        return getattr(self.signal, "exact_lengths", True)

    @property
    def lengths(self) -> dict[str, int]:
        given = {name: contig for contig, name in self.names.items()}
        return {given.get(name, name): length for name, length in self.signal.lengths.items()}

    def read(self, contig: str, starts: np.ndarray, width: int, bin: int = 1) -> np.ndarray:  # noqa: A002
        return self.signal.read(self.names.get(contig, contig), starts, width, bin)


def rename_contigs(signal: Signal, names: Mapping[str, str]) -> Signal:
    """Return `signal` under the contig names of a genome.

    Parameters
    ----------
    signal : Signal
    names : mapping of str to str
        The signal's name of each of the genome's contigs; those that agree may be left out.
    """
    return _Renamed(signal, names)


def _listed(names: Mapping[str, int]) -> str:
    shown = ", ".join(list(names)[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")


def _read_head(path: Path) -> bytes:
    """Return the first bytes of a file, unpacked where it is gzipped (as a BAM is)."""
    try:
        with path.open("rb") as handle:
            head = handle.read(_HEAD)
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, _HEAD) if head.startswith(_GZIP) else head
    except OSError as error:
        raise FormatError(
            path, f"the file cannot be read ({error.strerror or error})", fix="check the path and its permissions"
        ) from error
    except zlib.error as error:
        raise FormatError(path, f"the gzip file is damaged ({error})", fix="copy or download it again") from error


def _foreign(head: bytes) -> str:
    """Say what a file is that is no signal."""
    if not head.strip():
        return "the file is empty"
    if int.from_bytes(head[:4], "little") == 0x8789F2EB or int.from_bytes(head[:4], "big") == 0x8789F2EB:
        return "the file is a bigBed, which holds intervals and no signal"
    if b"fixedStep" in head or b"variableStep" in head:
        return "the file is a wiggle (fixedStep or variableStep), which is not read"
    first = head[:40].split(b"\n", 1)[0].decode("utf-8", "replace")
    return f"the file holds no signal that is read (it begins with {first!r})"
