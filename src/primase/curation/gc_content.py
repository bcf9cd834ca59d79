"""The share of G and C in the sequences of a data set, by class and by part."""

import numpy as np

from primase.curation.dataset import PARTS, Dataset
from primase.tasks import NUMBERS

SAMPLE = 2**22  # letters that are counted of a group of rows
MOST = 12  # classes or labels that are told apart


def measure_gc(dataset: Dataset, rows: np.ndarray) -> float | None:
    """Return the share of G and C among the known letters of some rows, of a sample of them where they are many.

    None where there is no row, or the letters are no nucleotides.
    """
    if len(dataset.alphabet) != 4 or not len(rows):
        return None
    most = max(1, SAMPLE // max(1, int(dataset.lengths[rows].max())))
    some = np.sort(np.random.default_rng(0).permutation(rows)[:most])
    counts = np.bincount(dataset.sequences.letters(some)[0], minlength=5)[:4]
    return float(counts[1:3].sum() / counts.sum()) if counts.any() else None


def class_rows(dataset: Dataset) -> dict[str, np.ndarray]:
    """Return the row numbers of each class, or of each label that is present; of a question with numbers, ``all``."""
    if dataset.task in NUMBERS:
        return {"all": np.arange(len(dataset))}
    if dataset.task == "multilabel":
        return {name: np.flatnonzero(dataset.targets[:, number] == 1) for number, name in enumerate(dataset.names)}
    return {name: np.flatnonzero(dataset.targets == number) for number, name in enumerate(dataset.names)}


def describe_gc(dataset: Dataset) -> dict[str, dict[str, float | None]]:
    """Return the GC content of each class in each part: ``train``, ``valid``, ``test``; with folds ``fold 1``, ...

    Of many classes or labels the first twelve are told apart.
    """
    bins, names = dataset.parts, PARTS
    if dataset.folds is not None:
        bins, names = dataset.folds, tuple(f"fold {number + 1}" for number in range(int(dataset.folds.max()) + 1))
    groups = list(class_rows(dataset).items())[:MOST]
    return {
        part: {name: measure_gc(dataset, rows[bins[rows] == number]) for name, rows in groups}
        for number, part in enumerate(names)
    }
