"""Where on a genome a model was trained: kept beside its card, since a model travels without its data."""

import gzip
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from primase.core.errors import ManifestError
from primase.core.files import read_json, write_with
from primase.curation.dataset import PARTS, Dataset
from primase.curation.formats import bed
from primase.curation.intervals import Intervals, merge_intervals
from primase.curation.sequences import GenomeSequences

CARD_FILE = "card.json"
CARD_KEY = "trained_on"
INTERVALS_FILE = "training_intervals.bed.gz"


@dataclass(frozen=True, eq=False)
class TrainingIntervals:
    """What of a genome a model has seen.

    Attributes
    ----------
    source, digest : str
        The genome: its FASTA file, and its SHA-256.
    intervals : Intervals
        Windows of the training and the validation part, merged.
    """

    source: str
    digest: str
    intervals: Intervals

    def __len__(self) -> int:
        return len(self.intervals)


def window_intervals(sequences: GenomeSequences) -> Intervals:
    """Return the windows of a data set on a genome as intervals, row by row."""
    zero = np.zeros(len(sequences), np.int64)
    names = sequences.genome.names
    return Intervals("windows", names, sequences.contigs, sequences.starts, sequences.ends, zero, zero + 1)


def record_intervals(dataset: Dataset, folder: str | Path, *, shift: int = 0) -> dict[str, Any]:
    """Write the intervals that a data set trains on into a model's folder.

    Parameters
    ----------
    dataset : Dataset
        With folds, every window is trained on by one member or another.
    folder : str or Path
        Of the model; it gets ``training_intervals.bed.gz``.
    shift : int
        Letters by which training windows were moved at most: what they then showed has been seen as well.

    Returns
    -------
    dict
        What its card says of them, under ``trained_on``; empty where the data are not on a genome.
    """
    if not isinstance(dataset.sequences, GenomeSequences):
        return {}
    genome, windows = dataset.sequences.genome, window_intervals(dataset.sequences)
    moved = np.full(len(windows), shift)
    if dataset.folds is None:
        windows = windows.take(dataset.parts != PARTS.index("test"))
        moved = np.where(dataset.parts[dataset.parts != PARTS.index("test")] == PARTS.index("train"), shift, 0)
    ends = np.minimum(windows.ends + moved, genome.lengths[windows.contig])
    merged = merge_intervals(replace(windows, starts=np.maximum(windows.starts - moved, 0), ends=ends))
    rows = zip(merged.contig.tolist(), merged.starts.tolist(), merged.ends.tolist(), strict=True)
    text = "".join(f"{merged.contigs[contig]}\t{start}\t{end}\n" for contig, start, end in rows)
    # without a time, so that the same data give the same bytes
    write_with(Path(folder) / INTERVALS_FILE, lambda draft: draft.write_bytes(gzip.compress(text.encode(), mtime=0)))
    facts = {
        "genome": genome.source,
        "digest": genome.digest,
        "windows": len(windows),
        "intervals": len(merged),
        "letters": int((merged.ends - merged.starts).sum()),
    }
    return {CARD_KEY: facts}


def load_intervals(folder: str | Path) -> TrainingIntervals:
    """Read the training intervals of a model's folder.

    Raises
    ------
    ManifestError
        If its card names none, or the file is missing.
    """
    folder = Path(folder)
    facts, path = read_json(folder / CARD_FILE).get(CARD_KEY), folder / INTERVALS_FILE
    if facts is None:
        raise ManifestError(
            f"the card of {folder} names no training intervals: the model was not trained on windows of a genome",
            fix="give the run with its data set, or a file of the training sequences",
        )
    if not path.is_file():
        raise ManifestError(f"{path} is missing", fix="copy the whole folder of the model, or give the run")
    return TrainingIntervals(facts["genome"], facts["digest"], bed.read(path))
