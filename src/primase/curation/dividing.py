"""Which sequences belong together, and which part each of them goes to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from primase.core.errors import SplitError
from primase.curation.dataset import Dataset
from primase.curation.grouping import find_chromosomes, find_intervals, given_parts
from primase.curation.options import CurateOptions
from primase.curation.records import Pool

STRATA = 10  # quantiles of a number by which regression is stratified
CHANCE_LENGTH = 50  # letters up to which a sequence has near-duplicates in long ones by chance
FEW_FOLDS = 5  # below, less than 60 % of the rows train
GIANT = 0.2  # share of all sequences from which on a unit is said to be large


@dataclass(frozen=True)
class Division:
    """The parts, and the units that stay whole.

    Attributes
    ----------
    parts : ndarray, shape=(N,), int8
    folds : ndarray, shape=(N,), int8, or None
    facts : dict
        How it was made.
    notes : tuple of str
        The same in words.
    """

    parts: np.ndarray
    folds: np.ndarray | None
    facts: dict[str, Any]
    notes: tuple[str, ...]


def find_units(dataset: Dataset, pool: Pool, options: CurateOptions) -> tuple[np.ndarray, dict[str, str]]:
    """Return the unit of every row, and how the units were found.

    Parameters
    ----------
    dataset : Dataset
        Not divided yet; row i is record i of `pool`.
    pool : Pool
    options : CurateOptions

    Returns
    -------
    units : ndarray, shape=(N,), int64
    facts : dict
        ``method`` and ``definition``.
    """
    from primase.curation.similarity import DEFINITION, clusters, near_duplicates

    method = options.split
    if method == "random":
        return np.arange(len(pool)), {"method": method, "definition": "every sequence by itself"}
    if method.startswith("group:"):
        return number_groups(pool.groups or ()), {"method": method, "definition": "the sequences of one group"}
    intervals = find_intervals(pool)
    if method == "chromosome":
        names = find_chromosomes(pool, intervals)
        return number_groups(names), {"method": method, "definition": "the sequences of one chromosome"}
    pairs, exact = near_duplicates(
        dataset.codes, dataset.offsets, dataset.alphabet, intervals=intervals, seed=options.seed
    )
    definition = DEFINITION.format(strands=", on either strand," if dataset.alphabet.name == "dna" else "")
    if pool.groups:
        pairs = np.concatenate([pairs, chain_pairs(number_groups(pool.groups))])
        definition += "; or they are of one group"
    how = "every pair was decided" if exact else "pairs were found by shared seeds and confirmed by alignment"
    return clusters(pairs, len(pool)), {"method": method, "definition": definition, "search": how}


def number_groups(names: Sequence[str]) -> np.ndarray:
    """Give each name a number, in the order of their first appearance.

    Examples
    --------
    >>> number_groups(["b", "a", "b"]).tolist()
    [0, 1, 0]
    """
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)


def chain_pairs(units: np.ndarray) -> np.ndarray:
    """Pair each row with the next one of its unit, shape (P, 2).

    Examples
    --------
    >>> chain_pairs(np.array([0, 1, 0, 0])).tolist()
    [[0, 2], [2, 3]]
    """
    order = np.argsort(units, kind="stable")
    same = units[order[1:]] == units[order[:-1]]
    return np.stack([order[:-1][same], order[1:][same]], 1)


def stratify(task: str, targets: np.ndarray) -> np.ndarray:
    """Return the stratum of every row: its class, its set of labels, or the quantile of its (first) value."""
    if targets.ndim == 1:
        return targets.astype(np.int64)
    if task == "multilabel":
        patterns, number = np.unique(np.nan_to_num(targets, nan=-1.0), axis=0, return_inverse=True)
        if len(patterns) <= 2 * STRATA:
            return number.reshape(-1).astype(np.int64)
        return np.minimum(np.nansum(targets, 1), 2 * STRATA).astype(np.int64)
    first = np.nan_to_num(targets[:, 0], nan=float(np.nanmedian(targets[:, 0])))
    edges = np.quantile(first, np.arange(1, STRATA) / STRATA)
    return np.searchsorted(edges, first, "right").astype(np.int64)


def divide_rows(
    dataset: Dataset, pool: Pool, origin: np.ndarray, definition: dict[str, str], options: CurateOptions
) -> Division:
    """Choose part and, where asked for, fold of every row: whole units, stratified.

    Rows of ``--test`` and ``--valid`` files stay where they are; what remains is divided.

    Parameters
    ----------
    dataset : Dataset
        With its units.
    pool : Pool
        The records.
    origin : ndarray, shape=(N,)
        Record of each row.
    definition : dict
        How the units were found.
    options : CurateOptions

    Raises
    ------
    SplitError
        If the training or the test part would be empty, or a part or fold lacks a class.
    """
    try:
        return _divide(dataset, pool, origin, definition, options)
    except SplitError as error:
        lengths = dataset.lengths
        if options.split != "homology" or lengths.min() > CHANCE_LENGTH or lengths.max() < 3 * lengths.min():
            raise
        raise SplitError(
            f"{error.what}; sequences of {lengths.min()} letters are found by chance in those of {lengths.max():,}",
            fix="leave out the short ones, give groups (--groups, --group-column), or use --split random",
        ) from error


def _divide(
    dataset: Dataset, pool: Pool, origin: np.ndarray, definition: dict[str, str], options: CurateOptions
) -> Division:
    from primase.curation.splitting import fold_rows, split_rows

    units, strata = dataset.units, stratify(dataset.task, dataset.targets)
    classes = dataset.names if dataset.task in ("binary", "multiclass") else ()
    kind, _, column = options.split.partition(":")
    if options.folds:
        folds = fold_rows(units, strata, options.folds, options.seed, names=classes)
        parts = replace(dataset, folds=folds).fold(0).parts
        return _describe(units, parts, folds, definition, options)
    given = given_parts(pool, column) if kind == "given" else np.maximum(pool.roles, 0)
    parts = given[origin].astype(np.int8)
    train, valid, test = options.fractions
    shares = (train, 0.0 if (parts == 1).any() else valid, 0.0 if (parts == 2).any() else test)
    if shares[1] or shares[2]:
        free = parts == 0
        _, compact = np.unique(units[free], return_inverse=True)
        total = sum(shares)
        shares = (shares[0] / total, shares[1] / total, shares[2] / total)
        parts[free] = split_rows(compact, strata[free], shares, options.seed, names=classes)
    return _describe(units, parts, None, definition, options)


def _describe(
    units: np.ndarray, parts: np.ndarray, folds: np.ndarray | None, definition: dict[str, str], options: CurateOptions
) -> Division:
    """Check that no part is empty, and put the division into words."""
    from primase.curation.splitting import count_units

    counts, whole = np.bincount(parts, minlength=3), count_units(len(np.unique(units)))
    for name, count in (("training", counts[0]), ("test", counts[2])):
        if not count:
            raise SplitError(
                f"the {name} part is empty: {len(parts)} sequences in {whole} do not divide by "
                f"--fractions {','.join(f'{share:g}' for share in options.fractions)}",
                fix="give more sequences, other --fractions, or --split random",
            )
    sizes = np.unique(units, return_counts=True)[1]
    facts = {
        **definition,
        "fractions": list(options.fractions),
        "seed": options.seed,
        "folds": options.folds,
        "clusters": len(sizes),
        "largest_cluster": int(sizes.max()),
    }
    method = options.split
    if method == "homology" and definition["definition"].endswith("of one group"):
        method = "homology and groups"
    if options.test:
        method = "as given" if options.valid or not counts[1] else f"test part as given, validation by {method}"
    note = (
        f"split {method}: {counts[0]:,} train, {counts[1]:,} validation, {counts[2]:,} test; "
        f"{len(sizes):,} units, the largest of {sizes.max():,}"
        + (f" ({definition['search']})" if "search" in definition else "")
    )
    if folds is not None:
        note = f"{options.folds} folds of {', '.join(map(str, np.bincount(folds[folds >= 0])))} sequences; {note}"
    notes = [note]
    if folds is not None and options.folds < FEW_FOLDS:
        notes.append(
            f"of {options.folds} folds one tests and another one chooses the model, so {options.folds - 2} of them "
            "train: with more --folds more rows do"
        )
    if sizes.max() > GIANT * len(parts) and len(sizes) > 1:
        notes.append(f"one unit holds {sizes.max() / len(parts):.0%} of the sequences; it stays in one part")
    return Division(parts, folds, facts, tuple(notes))
