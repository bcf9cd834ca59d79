"""Looking at a data set for what would make its results worthless."""

from hashlib import blake2b
from itertools import pairwise
from typing import Any

import numpy as np

from primase.curation.dataset import Dataset
from primase.curation.sequences import GenomeSequences, in_chunks
from primase.curation.similarity import other_strand
from primase.metrics.ranking import auroc
from primase.metrics.regression import spearman_r
from primase.tasks import NUMBERS

GIVEN_AWAY = 0.8  # AUROC of one simple feature from which it is called a shortcut
CORRELATED = 0.5  # the same for |Spearman|
FOLDS = 5  # in which composition is asked to predict
RIDGE = 1.0
UNLIKE = 0.2  # difference of a class's share between parts from which it is said
ROWS_PER_INPUT = 10  # examples per effective input below which data are called few
SAMPLE = 1000  # rows of a part that are compared with the other parts


def audit_dataset(dataset: Dataset) -> dict[str, Any]:
    """Look for duplicates, conflicting labels, leakage, imbalance, shortcuts and want of data.

    Returns
    -------
    dict
        ``duplicates``, ``conflicts``, ``leakage`` {pairs, definition, examined, examples}, ``balance``, ``shortcuts``
        {feature: {score, metric}}, ``size`` {examples, effective_inputs, verdict}, ``warnings`` [str].
    """
    duplicates, conflicts = _count_copies(dataset)
    leakage = _count_leakage(dataset)
    balance = _describe_balance(dataset)
    shortcuts = _find_shortcuts(dataset)
    size = _judge_size(dataset)
    warnings = []
    if conflicts:
        warnings.append(f"{conflicts:,} sequences occur with different labels: at most one of the labels is right")
    warnings += [
        f"{count:,} of {examined:,} examined {name} have a near-duplicate elsewhere: {result} flatters"
        for name, (count, examined, result) in leakage.pop("counts").items()
        if count
    ]
    warnings += _compare_balance(dataset)
    for name, found in shortcuts.items():
        level, metric = (GIVEN_AWAY, "AUROC") if found["metric"] == "auroc" else (CORRELATED, "rank correlation")
        if found["score"] is not None and found["score"] >= level:
            warnings.append(
                f"{name} alone tells the label ({metric} {found['score']:.2f}): a model may learn nothing else"
            )
    if size["few"]:
        warnings.append(size["verdict"])
    return {
        "duplicates": duplicates,
        "conflicts": conflicts,
        "leakage": leakage,
        "balance": balance,
        "shortcuts": shortcuts,
        "size": size,
        "warnings": warnings,
    }


def _count_copies(dataset: Dataset) -> tuple[int, int]:
    """Return how many sequences are exact copies of an earlier one, and how many sequences have several labels.

    In DNA the other strand is a copy too; but only the same strand must have the same label.
    """
    either, same = _first_copies(dataset)
    copies = either != np.arange(len(dataset))
    later = np.flatnonzero(same != np.arange(len(dataset)))
    one, two = dataset.targets[later], dataset.targets[same[later]]
    differ = (one != two) & ~(np.isnan(one) & np.isnan(two))
    differ = differ.any(1) if differ.ndim > 1 else differ
    return int(copies.sum()), len(np.unique(same[later][differ]))


def _first_copies(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """For each row, the first row that is the same sequence: on either strand, and on its own."""
    own, least = np.empty((2, len(dataset)), "S16")  # digests take less memory than letters
    for rows, codes, offsets in in_chunks(dataset.sequences):
        other = other_strand(codes, offsets, dataset.alphabet)
        for row, (start, end) in enumerate(pairwise(offsets.tolist()), rows.start):
            own[row] = _digest(codes[start:end])
            least[row] = own[row] if other is codes else min(own[row], _digest(other[start:end]))
    either, same = (np.unique(keys, return_index=True, return_inverse=True) for keys in (least, own))
    return either[1][either[2]], same[1][same[2]]


def _digest(codes: np.ndarray) -> bytes:
    return blake2b(codes.tobytes(), digest_size=16).digest().rstrip(b"\0")  # as numpy gives strings back


def _count_leakage(dataset: Dataset) -> dict[str, Any]:
    """Count sequences with a near-duplicate in another part: of the test part, the validation part, or each fold."""
    from primase.curation.tracing import trace_copies

    real = ~_made_up(dataset)
    if dataset.folds is None:
        places = [
            ("test sequences", dataset.parts == 2, dataset.parts < 2, "the test result"),
            ("validation sequences", dataset.parts == 1, dataset.parts == 0, "the choice of the model"),
        ]
    else:
        numbers = np.unique(dataset.folds[dataset.folds >= 0])
        places = [(f"sequences of fold {k}", dataset.folds == k, dataset.folds != k, "its result") for k in numbers]
    counts: dict[str, tuple[int, int, str]] = {}
    examples: list[str] = []
    for number, (name, mine, others, result) in enumerate(places):
        rows = np.flatnonzero(mine & real)
        asked = np.sort(np.random.default_rng(number).permutation(rows)[: SAMPLE if len(places) == 2 else SAMPLE // 4])
        sequences = dataset.sequences
        traced = trace_copies(sequences.take(asked), sequences.take(np.flatnonzero(others & real)), dataset.alphabet)
        counts[name] = int(traced.sum()), len(asked), result
        examples += [str(identity) for identity in dataset.ids[asked[traced]]]
    examined = sum(asked for _, asked, _ in counts.values())
    parts = [f"{asked:,} {name}" for name, (_, asked, _) in counts.items()]
    return {
        "pairs": sum(found for found, _, _ in counts.values()),
        "examined": examined,
        "examples": examples[:10],
        "definition": (
            "sequences of which a stretch of 80 % is within 20 % edits of a sequence of another part, on either strand "
            "for DNA; found by shared words and aligned letter by letter, apart from what made the split; counted "
            f"among the {examined:,} examined: {' and '.join(parts)}"
        ),
        "counts": counts,
    }


def _made_up(dataset: Dataset) -> np.ndarray:
    """Say which rows are shuffles, shape (N,): those are no relatives of anything."""
    if isinstance(dataset.sequences, GenomeSequences):
        return dataset.sequences.shuffled
    rows = np.zeros(len(dataset), bool)
    first = dataset.facts.get("shuffled_from_first_row")
    if first is not None:
        rows[first:] = True
    return rows


def _describe_balance(dataset: Dataset) -> dict[str, Any]:
    if dataset.task in ("binary", "multiclass"):
        counts = np.bincount(dataset.targets, minlength=len(dataset.names))
        return dict(zip(dataset.names, counts.tolist(), strict=True))
    if dataset.task == "multilabel":
        return dict(zip(dataset.names, np.nansum(dataset.targets, 0).astype(int).tolist(), strict=True))
    return {}


def _compare_balance(dataset: Dataset) -> list[str]:
    """Return a warning for each part whose shares of the classes are far from those of the training part."""
    if dataset.task not in ("binary", "multiclass") or dataset.folds is not None:
        return []
    shares = [np.bincount(dataset.targets[dataset.parts == part], minlength=len(dataset.names)) for part in range(3)]
    found = []
    for name, counts in (("validation", shares[1]), ("test", shares[2])):
        if counts.any() and shares[0].any():
            here, there = counts / counts.sum(), shares[0] / shares[0].sum()
            most = int(np.abs(here - there).argmax())
            if abs(here[most] - there[most]) > UNLIKE:
                found.append(
                    f"{dataset.names[most]!r} is {there[most]:.0%} of the training part and {here[most]:.0%} of the "
                    f"{name} part: they are not alike"
                )
    return found


def _count_letters(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return how often each letter, the unknown one last, and each pair of known neighbours is in each sequence.

    Returns
    -------
    single : ndarray, shape=(N, A + 1), int64
    double : ndarray, shape=(N, A * A), int64
        Of four letters; for more there are no columns.
    """
    size = len(dataset.alphabet)
    single, double = (np.zeros((len(dataset), count), np.int64) for count in (size + 1, size**2 if size == 4 else 0))
    for rows, codes, offsets in in_chunks(dataset.sequences):
        letters, count = codes.astype(np.int64), len(offsets) - 1
        row = np.repeat(np.arange(count), np.diff(offsets))
        single[rows] = np.bincount(row * (size + 1) + letters, minlength=count * (size + 1)).reshape(count, -1)
        if size == 4:
            inside = (row[1:] == row[:-1]) & (letters[1:] < size) & (letters[:-1] < size)
            pair = row[:-1][inside] * size**2 + letters[:-1][inside] * size + letters[1:][inside]
            double[rows] = np.bincount(pair, minlength=count * size**2).reshape(count, -1)
    return single, double


def _simple(dataset: Dataset, counts: np.ndarray) -> dict[str, np.ndarray]:
    lengths = dataset.lengths.astype(float)
    share = counts / np.maximum(lengths, 1)[:, None]
    features = {"length": lengths, "share of unknown letters": share[:, -1]}
    if share.shape[1] == 5:
        features["GC content"] = share[:, 1] + share[:, 2]
    return features


def _find_shortcuts(dataset: Dataset) -> dict[str, Any]:
    """Return how well features that need no reading tell the answer: AUROC (folded above 0.5) or |Spearman|."""
    single, double = _count_letters(dataset)
    out = {
        name: _tell(dataset, np.tile(values[:, None], len(dataset.names)))
        for name, values in _simple(dataset, single).items()
    }
    lengths = dataset.lengths[:, None]
    composition = np.concatenate([single[:, :-1] / np.maximum(lengths, 1), double / np.maximum(lengths - 1, 1)], 1)
    for name, columns in (("letter composition", len(dataset.alphabet)), ("dinucleotide composition", None)):
        if columns is not None or len(dataset.alphabet) == 4:
            out[name] = _tell(dataset, _cross_predict(dataset, composition[:, :columns]))
    return out


def _tell(dataset: Dataset, scores: np.ndarray) -> dict[str, Any]:
    """Return how well scores, shape (N, classes or targets), tell the answers; of several answers the best told."""
    metric, each = ("spearman_r" if dataset.task in NUMBERS else "auroc"), []
    for number in range(len(dataset.names)):
        if dataset.task in ("binary", "multiclass"):
            target = (dataset.targets == number).astype(float)
        else:
            target = dataset.targets[:, number].astype(float)
        known = ~np.isnan(target) & ~np.isnan(scores[:, number])
        if metric == "spearman_r":
            each.append(abs(float(spearman_r(target[known], scores[known, number]))))
        else:
            value = float(auroc(target[known], scores[known, number]))
            each.append(max(value, 1 - value))
    best = max((value for value in each if np.isfinite(value)), default=None)
    return {"score": best, "metric": metric}


def _cross_predict(dataset: Dataset, features: np.ndarray) -> np.ndarray:
    """Predict every answer by ridge regression fitted to the rows of other units, shape (N, classes or targets)."""
    answers = dataset.targets
    if dataset.task in ("binary", "multiclass"):
        answers = np.eye(len(dataset.names))[answers]
    answers = np.where(np.isnan(answers), np.nanmean(answers, 0), answers)
    fold = np.random.default_rng(0).permutation(int(dataset.units.max()) + 1)[dataset.units] % FOLDS
    scaled = (features - features.mean(0)) / np.maximum(features.std(0), 1e-9)
    out = np.full(answers.shape, np.nan)
    for number in range(FOLDS):
        seen = fold != number
        if seen.all() or not seen.any():
            continue
        gram = scaled[seen].T @ scaled[seen] + RIDGE * np.eye(scaled.shape[1])
        middle = answers[seen].mean(0)
        out[~seen] = scaled[~seen] @ np.linalg.solve(gram, scaled[seen].T @ (answers[seen] - middle)) + middle
    return out


def _judge_size(dataset: Dataset) -> dict[str, Any]:
    """Weigh examples against what a model can tell apart: the letters that each position really takes, less one."""
    training = np.flatnonzero(dataset.parts == 0)
    genome = isinstance(dataset.sequences, GenomeSequences)  # whose units are blocks of many windows
    units = len(training) if genome else len(np.unique(dataset.units[training]))
    asked = np.sort(np.random.default_rng(0).permutation(training)[: 20 * SAMPLE])
    size = len(dataset.alphabet)
    columns = dataset.sequences.cut(asked, np.zeros(len(asked), np.int64), dataset.length)
    counts = np.stack([(columns == letter).sum(0) for letter in range(size)]).astype(float)
    shares = counts / np.maximum(counts.sum(0), 1)
    bits = -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(0)
    inputs = round(float((2**bits - 1).sum()))
    few = units < ROWS_PER_INPUT * inputs
    what = "training sequences" if units == len(training) else "groups of training sequences"
    verdict = f"{units:,} independent {what} for {inputs:,} free inputs ({dataset.length} positions): " + (
        "few for a deep model; a linear model may do as well" if few else "enough to try a deep model"
    )
    return {"examples": len(training), "units": units, "effective_inputs": inputs, "few": few, "verdict": verdict}
