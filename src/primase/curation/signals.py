"""Signals: one number for every position of a genome, read as sums over the bins of windows."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from primase.core.errors import PrimaseError
from primase.curation.records import file_stem

_SHOWN = 5  # names that an error lists


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


def check_lengths(signal: Signal, genome_lengths: Mapping[str, int]) -> tuple[str, ...]:
    """Compare a track's contigs with those of a genome.

    Parameters
    ----------
    signal : Signal
    genome_lengths : mapping of str to int
        Contigs and their lengths; names as the signal has them, see `rename_signal`.

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
    """A signal under another name, and other names of its contigs."""

    signal: Signal
    names: Mapping[str, str]
    name: str

    @property
    def exact_lengths(self) -> bool:
        return getattr(self.signal, "exact_lengths", True)

    @property
    def lengths(self) -> dict[str, int]:
        given = {name: contig for contig, name in self.names.items()}
        return {given.get(name, name): length for name, length in self.signal.lengths.items()}

    def read(self, contig: str, starts: np.ndarray, width: int, bin: int = 1) -> np.ndarray:  # noqa: A002
        return self.signal.read(self.names.get(contig, contig), starts, width, bin)


def rename_signal(signal: Signal, names: Mapping[str, str], name: str | None = None) -> Signal:
    """Return `signal` under the contig names of a genome, and under another name of its own.

    Parameters
    ----------
    signal : Signal
    names : mapping of str to str
        The signal's name of each of the genome's contigs; those that agree may be left out.
    name : str, optional
    """
    return _Renamed(signal, names, name or signal.name)


def _listed(names: Mapping[str, int]) -> str:
    shown = ", ".join(list(names)[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")
