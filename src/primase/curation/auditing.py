"""Looking at a data set for what would make its results worthless."""

from typing import Any

import numpy as np

from primase.curation.dataset import Dataset
from primase.metrics.ranking import auroc
from primase.metrics.regression import spearman_r

GIVEN_AWAY = 0.8  # AUROC of one simple feature from which it is called a shortcut
CORRELATED = 0.5  # the same for |Spearman|
ROWS_PER_INPUT = 10  # examples per effective input below which data are called few
WORD = 12  # letters of the words that the leakage count is seeded by
SAMPLE = 2000  # test rows that are compared with the training part


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
            f"{leakage['pairs']:,} of {leakage['examined']:,} examined test sequences have a near-duplicate in the training "
            "part: the test result flatters"
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
            same = np.array_equal(dataset.targets[row], dataset.targets[other], equal_nan=dataset.targets.dtype.kind == "f")
            if not same:
                conflicting.add(other)
    return copies, len(conflicting)


def _count_leakage(dataset: Dataset) -> dict[str, Any]:
    """Count test sequences with a near-duplicate in the training part, by shared words and banded edit distance."""
    from primase.curation.tracing import count_traced

    rng = np.random.default_rng(0)
    test, train = dataset.part("test"), dataset.part("train")
    asked = np.sort(rng.permutation(test)[:SAMPLE])
    pairs = count_traced(dataset, asked, train)
    return {
        "pairs": int(pairs),
        "examined": len(asked),
        "definition": (
            f"test sequences that share a word of {WORD} letters with a training sequence, on either strand, and are within "
            "an edit distance of 20 % of the shorter over 80 % of it; seeded and aligned apart from what made the split"
        ),
    }


def _describe_balance(dataset: Dataset) -> dict[str, Any]:
    if dataset.task in ("binary", "multiclass"):
        counts = np.bincount(dataset.targets, minlength=len(dataset.names))
        return dict(zip(dataset.names, counts.tolist(), strict=True))
    if dataset.task == "multilabel":
        return dict(zip(dataset.names, np.nansum(dataset.targets, 0).astype(int).tolist(), strict=True))
    return {}


def _simple_features(dataset: Dataset) -> dict[str, np.ndarray]:
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
    """Return how well each simple feature alone tells the answer: AUROC folded above 0.5, or |Spearman|."""
    out = {}
    for name, values in _simple_features(dataset).items():
        if dataset.task == "regression":
            target = dataset.targets[:, 0].astype(float)
            known = ~np.isnan(target)
            score, metric = abs(float(spearman_r(target[known], values[known]))), "spearman_r"
        else:
            metric, each = "auroc", []
            for number in range(len(dataset.names)):
                if dataset.task == "multilabel":
                    target = dataset.targets[:, number].astype(float)
                else:
                    target = (dataset.targets == number).astype(float)
                known = ~np.isnan(target)
                value = float(auroc(target[known], values[known]))
                each.append(max(value, 1 - value))
            score = max((value for value in each if np.isfinite(value)), default=float("nan"))
        out[name] = {"score": score if np.isfinite(score) else None, "metric": metric}
    return out


def _judge_size(dataset: Dataset) -> dict[str, Any]:
    """Weigh examples against what a model can tell apart."""
    rows = int((dataset.parts == 0).sum())
    units = len(np.unique(dataset.units[dataset.parts == 0]))
    inputs = dataset.length * (len(dataset.alphabet) - 1)  # one letter of a column follows from the others
    few = units < ROWS_PER_INPUT * inputs
    verdict = (
        f"{units:,} independent training sequences for {inputs:,} free inputs ({dataset.length} positions): "
        + ("few for a deep model; a linear model may do as well" if few else "enough to try a deep model")
    )
    return {"examples": rows, "units": units, "effective_inputs": inputs, "few": few, "verdict": verdict}
