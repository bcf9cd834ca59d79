"""What two data sets share: near-duplicate sequences, and overlapping windows of one genome."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from primase.core.alphabet import encode
from primase.core.errors import PrimaseError, UnknownName
from primase.core.manifest import FILE_NAME
from primase.curation.dataset import PARTS, Dataset
from primase.curation.intervals import Intervals, overlaps_any
from primase.curation.letters import recognise_letters
from primase.curation.reading import read_records
from primase.curation.records import number_repeats
from primase.curation.sequences import GenomeSequences, StoredSequences
from primase.curation.tracing import trace_copies


@dataclass(frozen=True, eq=False)
class Leakage:
    """What one data set has of another.

    Attributes
    ----------
    ids : ndarray, shape=(N,), object
        Of the first data set.
    copies : ndarray, shape=(N,), bool
        Those that have a near-duplicate in the second.
    overlaps : ndarray, shape=(N,), bool, or None
        Those that overlap a window of the second; None where they are not on one genome.
    others : int
        Sequences of the second data set.
    """

    ids: np.ndarray
    copies: np.ndarray
    overlaps: np.ndarray | None
    others: int

    def lines(self) -> list[str]:
        """Return the counts as sentences."""
        rows = len(self.ids)
        found = [f"{self.copies.sum():,} of {rows:,} sequences have a near-duplicate among the {self.others:,} others"]
        if self.overlaps is not None:
            found.append(f"{self.overlaps.sum():,} of {rows:,} windows overlap one of the others on the genome")
        return found


def compare_sets(first: Dataset, second: Dataset) -> Leakage:
    """Look for what of the first data set is in the second.

    Near-duplicates are those of the default split (`primase.curation.similarity`), found by shared words and aligned.

    Raises
    ------
    PrimaseError
        If their alphabets differ.
    """
    if first.alphabet is not second.alphabet:
        raise PrimaseError(
            f"{first.alphabet.name} cannot be compared with {second.alphabet.name}", fix="give data of one kind"
        )
    (codes, offsets), (others, more) = first.sequences.letters(), second.sequences.letters()
    rows = len(first) + len(second)
    both = replace(
        first,
        ids=np.arange(rows),
        sequences=StoredSequences(
            np.concatenate([codes, others]), np.concatenate([offsets, offsets[-1] + more[1:]]), first.alphabet.unknown
        ),
        targets=np.zeros((rows, 1), np.float32),
        parts=np.zeros(rows, np.int8),
        units=np.arange(rows),
        task="regression",
        folds=None,
        tracks=None,
    )
    copies = trace_copies(both, np.arange(len(first)), np.arange(len(first), rows))
    overlaps = None
    one, two = first.sequences, second.sequences
    if isinstance(one, GenomeSequences) and isinstance(two, GenomeSequences) and one.genome.digest == two.genome.digest:
        overlaps = overlaps_any(_places(one), _places(two))
    return Leakage(first.ids, copies, overlaps, len(second))


def _places(sequences: GenomeSequences) -> Intervals:
    zero = np.zeros(len(sequences), np.int64)
    names = sequences.genome.names
    return Intervals("windows", names, sequences.contigs, sequences.starts, sequences.ends, zero, zero + 1)


def open_sequences(source: str) -> Dataset:
    """Open a run, a data set or a file of sequences; ``:PART`` behind it takes one part.

    Raises
    ------
    UnknownName
        If there is no such part.
    PrimaseError
        If it cannot be read.
    """
    place, colon, part = source.rpartition(":")
    if not colon or "://" in source or Path(source).exists():
        place, part = source, ""
    folder = Path(place)
    if folder.is_dir():
        folder = folder / "dataset" if (folder / "dataset").is_dir() else folder
        if not (folder / FILE_NAME).is_file():
            raise PrimaseError(
                f"{place} is neither a run nor a data set", fix="give a folder that primase made, or a file"
            )
        data = Dataset.load(folder)
    else:
        data = _read_file(place)
    if not part:
        return data
    if part not in PARTS:
        raise UnknownName("part", part, PARTS)
    rows = data.part(part)
    codes, offsets = data.sequences.letters(rows)
    kept: GenomeSequences | StoredSequences = StoredSequences(codes, offsets, data.alphabet.unknown)
    if isinstance(data.sequences, GenomeSequences):
        kept = data.sequences.take(rows)
    return replace(
        data,
        ids=data.ids[rows],
        sequences=kept,
        targets=data.targets[rows],
        parts=data.parts[rows],
        units=data.units[rows],
        folds=None,
        tracks=None,
    )


def _read_file(source: str) -> Dataset:
    records = read_records(source)
    alphabet, faults = recognise_letters(records.sequences)
    if faults:
        row = min(faults)
        raise PrimaseError(f"{source}, line {int(records.lines[row])}: {faults[row]}", fix="mend the line")
    codes, offsets = encode(records.sequences, alphabet)
    rows = len(records)
    return Dataset(
        ids=np.array(number_repeats(records.ids)[0], object),
        sequences=StoredSequences(codes, offsets, alphabet.unknown),
        targets=np.zeros((rows, 1), np.float32),
        parts=np.zeros(rows, np.int8),
        units=np.arange(rows),
        alphabet=alphabet,
        task="regression",
        names=("unknown",),
        length=int(np.diff(offsets).max()),
        policy="pad",
    )
