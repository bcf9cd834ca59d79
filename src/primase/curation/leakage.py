"""What two data sets share: near-duplicate sequences, and overlapping windows of one genome.

A model whose data are not at hand can be asked too: its card says which intervals of which genome it was trained on.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from primase.core.alphabet import encode
from primase.core.errors import PrimaseError, UnknownName
from primase.core.manifest import FILE_NAME
from primase.curation.dataset import PARTS, Dataset
from primase.curation.intervals import overlaps_any
from primase.curation.letters import recognise_letters
from primase.curation.reading import read_records
from primase.curation.records import number_repeats
from primase.curation.sequences import GenomeSequences, StoredSequences
from primase.curation.tracing import trace_copies
from primase.curation.training_intervals import CARD_FILE, TrainingIntervals, load_intervals, window_intervals


@dataclass(frozen=True, eq=False)
class Leakage:
    """What one data set has of another.

    Attributes
    ----------
    ids : ndarray, shape=(N,), object
        Of the first data set.
    copies : ndarray, shape=(N,), bool, or None
        Those that have a near-duplicate in the second; None of a model's intervals, whose letters are not looked at.
    overlaps : ndarray, shape=(N,), bool, or None
        Those that overlap a window of the second; None where they are not on one genome.
    others : int
        Sequences of the second data set, or training intervals of the model.
    """

    ids: np.ndarray
    copies: np.ndarray | None
    overlaps: np.ndarray | None
    others: int

    @property
    def seen(self) -> np.ndarray:
        """Those that are in the second by either count, shape (N,), bool."""
        found = [kind for kind in (self.copies, self.overlaps) if kind is not None]
        return np.logical_or.reduce(found)

    def lines(self) -> list[str]:
        """Return the counts as sentences."""
        rows, found = len(self.ids), []
        if self.copies is not None:
            copies = f"{self.copies.sum():,} of {rows:,} sequences"
            found.append(f"{copies} have a near-duplicate among the {self.others:,} others")
        if self.overlaps is not None:
            others = (
                "others on the genome"
                if self.copies is not None
                else f"{self.others:,} intervals that were trained or chosen on"
            )
            found.append(f"{self.overlaps.sum():,} of {rows:,} windows overlap one of the {others}")
        return found


def compare_sets(first: Dataset | TrainingIntervals, second: Dataset | TrainingIntervals) -> Leakage:
    """Look for what of the first data set is in the second.

    Near-duplicates are those of the default split (`primase.curation.similarity`), found by shared words and aligned.

    Parameters
    ----------
    first : Dataset
    second : Dataset or TrainingIntervals
        The intervals of a model are compared by place alone.

    Raises
    ------
    PrimaseError
        If their alphabets or genomes differ, or the first is a model.
    """
    if isinstance(first, TrainingIntervals):
        raise PrimaseError("the first of the two is a model", fix="give the data first: primase leakage DATA MODEL")
    if isinstance(second, TrainingIntervals):
        return _compare_places(first, second)
    if first.alphabet is not second.alphabet:
        raise PrimaseError(
            f"{first.alphabet.name} cannot be compared with {second.alphabet.name}", fix="give data of one kind"
        )
    copies = trace_copies(first.sequences, second.sequences, first.alphabet)
    overlaps = None
    one, two = first.sequences, second.sequences
    if isinstance(one, GenomeSequences) and isinstance(two, GenomeSequences) and one.genome.digest == two.genome.digest:
        overlaps = overlaps_any(window_intervals(one), window_intervals(two))
    return Leakage(first.ids, copies, overlaps, len(second))


def _compare_places(data: Dataset, model: TrainingIntervals) -> Leakage:
    place = f"{model.source} ({model.digest[:12]})"
    if not isinstance(data.sequences, GenomeSequences):
        raise PrimaseError(
            f"the data are sequences without a place, the model is known by its intervals of {place}",
            fix="give the run or the data set that the model was trained on",
        )
    genome = data.sequences.genome
    if genome.digest != model.digest:
        raise PrimaseError(
            f"the data are windows of {genome.source} ({genome.digest[:12]}), the model was trained on {place}",
            fix="curate the data on that very file, or give the data set that the model was trained on",
        )
    return Leakage(data.ids, None, overlaps_any(window_intervals(data.sequences), model.intervals), len(model))


def open_sequences(source: str) -> Dataset | TrainingIntervals:
    """Open a run, a data set or a file of sequences; ``:PART`` behind it takes one part.

    Of a model without its data the intervals are opened that its card names.

    Raises
    ------
    UnknownName
        If there is no such part.
    PrimaseError
        If it cannot be read, or is a model that was not trained on a genome.
    """
    place, colon, part = source.rpartition(":")
    if not colon or "://" in source or Path(source).exists():
        place, part = source, ""
    folder = Path(place)
    if folder.is_dir():
        folder = next((folder / name for name in ("dataset", "model") if (folder / name).is_dir()), folder)
        if (folder / CARD_FILE).is_file():
            if part:
                raise PrimaseError(f"{place} is a model, which has no parts", fix=f"leave out :{part}")
            return load_intervals(folder)
        if not (folder / FILE_NAME).is_file():
            raise PrimaseError(
                f"{place} is no run, data set or model", fix="give a folder that primase made, or a file"
            )
        data = Dataset.load(folder)
    else:
        data = _read_file(place)
    if not part:
        return data
    if part not in PARTS:
        raise UnknownName("part", part, PARTS)
    rows = data.part(part)
    return replace(
        data,
        ids=data.ids[rows],
        sequences=data.sequences.take(rows),
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
