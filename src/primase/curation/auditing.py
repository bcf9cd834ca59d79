"""Looking at a data set for what would make its results worthless."""

from typing import Any

import numpy as np

from primase.curation.dataset import Dataset
from primase.metrics.ranking import auroc
from primase.metrics.regression import spearman_r

GIVEN_AWAY = 0.8  # AUROC of one simple feature from which it is called a shortcut
CORRELATED = 0.5  # the same for |Spearman|
FOLDS = 5  # in which composition is asked to predict
RIDGE = 1.0
ROWS_PER_INPUT = 10  # examples per effective input below which data are called few
SAMPLE = 1000  # test rows that are compared with the training part


def audit_dataset(dataset: Dataset) -> dict[str, Any]:
    """Look for duplicates, conflicting labels, leakage, imbalance, shortcuts and want of data.

    Returns
    -------
    dict
        ``duplicates``, ``conflicts``, ``leakage`` {pairs, definition, examined}, ``balance``, ``shortcuts``
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
    if leakage["pairs"]:
        warnings.append(
            f"{leakage['pairs']:,} of {leakage['examined']:,} examined test sequences have a near-duplicate in the "
            "training part: the test result flatters"
        )
    for name, found in shortcuts.items():
        level = GIVEN_AWAY if found["metric"] == "auroc" else CORRELATED
        if found["score"] is not None and found["score"] >= level:
            warnings.append(
                f"{name} alone tells the label ({found['metric']} {found['score']:.2f}): a model may learn nothing else"
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
    """Return how many sequences are exact copies of an earlier one, and how many sequences have several labels."""
    first: dict[bytes, int] = {}
    copies, conflicting = 0, set()
    data = np.asarray(dataset.codes)
    for row in range(len(dataset)):
        key = data[dataset.offsets[row] : dataset.offsets[row + 1]].tobytes()
        other = first.setdefault(key, row)
        if other != row:
            copies += 1
            same = np.array_equal(
                dataset.targets[row], dataset.targets[other], equal_nan=dataset.targets.dtype.kind == "f"
            )
            if not same:
                conflicting.add(other)
    return copies, len(conflicting)


def _count_leakage(dataset: Dataset) -> dict[str, Any]:
    """Count test sequences with a near-duplicate in the training part."""
    from primase.curation.tracing import trace_copies

    test, train = dataset.part("test"), dataset.part("train")
    asked = np.sort(np.random.default_rng(0).permutation(test)[:SAMPLE])
    real = asked[~_made_up(dataset)[asked]]
    traced = trace_copies(dataset, real, train[~_made_up(dataset)[train]])
    return {
        "pairs": int(traced.sum()),
        "examined": len(real),
        "examples": [str(name) for name in dataset.ids[real[traced]][:10]],
        "definition": (
            "test sequences of which a stretch of 80 % is within 20 % edits of a training sequence, on either strand "
            "for DNA; found by shared words and aligned letter by letter, apart from what made the split"
        ),
    }


def _made_up(dataset: Dataset) -> np.ndarray:
    """Say which rows are shuffles, shape (N,): those are no relatives of anything."""
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


def _simple(dataset: Dataset) -> dict[str, np.ndarray]:
    lengths = dataset.lengths.astype(float)
    size = len(dataset.alphabet) + 1
    row = np.repeat(np.arange(len(dataset)), dataset.lengths)
    counts = np.bincount(row * size + np.asarray(dataset.codes), minlength=len(dataset) * size).reshape(-1, size)
    share = counts / np.maximum(lengths, 1)[:, None]
    features = {"length": lengths, "share of unknown letters": share[:, -1]}
    if size == 5:
        features["GC content"] = share[:, 1] + share[:, 2]
    return features


def _find_shortcuts(dataset: Dataset) -> dict[str, Any]:
    """Return how well features that need no reading tell the answer: AUROC (folded above 0.5) or |Spearman|."""
    out = {
        name: _tell(dataset, np.tile(values[:, None], len(dataset.names))) for name, values in _simple(dataset).items()
    }
    composition = _composition(dataset)
    for name, columns in (("letter composition", len(dataset.alphabet)), ("dinucleotide composition", None)):
        if columns is not None or len(dataset.alphabet) == 4:
            out[name] = _tell(dataset, _cross_predict(dataset, composition[:, :columns]))
    return out


def _tell(dataset: Dataset, scores: np.ndarray) -> dict[str, Any]:
    """Return how well scores, shape (N, classes or targets), tell the answers; of several answers the best told."""
    metric, each = ("spearman_r" if dataset.task == "regression" else "auroc"), []
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


def _composition(dataset: Dataset) -> np.ndarray:
    """Return the share of each letter and, for DNA and RNA, of each dinucleotide, shape (N, features)."""
    size = len(dataset.alphabet)
    codes, rows = np.asarray(dataset.codes).astype(np.int64), len(dataset)
    row = np.repeat(np.arange(rows), dataset.lengths)
    known = codes < size
    single = np.bincount(row[known] * size + codes[known], minlength=rows * size).reshape(rows, size)
    parts = [single / np.maximum(dataset.lengths, 1)[:, None]]
    if size == 4:
        inside = (row[1:] == row[:-1]) & known[1:] & known[:-1]
        pair = row[:-1][inside] * 16 + codes[:-1][inside] * 4 + codes[1:][inside]
        parts.append(
            np.bincount(pair, minlength=rows * 16).reshape(rows, 16) / np.maximum(dataset.lengths - 1, 1)[:, None]
        )
    return np.concatenate(parts, 1)


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
    """Weigh examples against what a model can tell apart."""
    rows = int((dataset.parts == 0).sum())
    units = len(np.unique(dataset.units[dataset.parts == 0]))
    inputs = dataset.length * (len(dataset.alphabet) - 1)  # one letter of a column follows from the others
    few = units < ROWS_PER_INPUT * inputs
    verdict = f"{units:,} independent training sequences for {inputs:,} free inputs ({dataset.length} positions): " + (
        "few for a deep model; a linear model may do as well" if few else "enough to try a deep model"
    )
    return {"examples": rows, "units": units, "effective_inputs": inputs, "few": few, "verdict": verdict}
