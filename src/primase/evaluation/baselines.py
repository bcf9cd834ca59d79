"""What a simple model reaches on the same split: the figure that a deep model has to beat."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from primase.curation.dataset import Dataset
from primase.curation.tracks import Tracks
from primase.evaluation.features import count_words, describe_composition, expand_positions
from primase.evaluation.linear import Linear, Rounding, find_rounding, fit_linear, validation_losses
from primase.metrics.profile import average_profile
from primase.tasks import NUMBERS

LONGEST = {4: 6, 20: 2}  # largest k by size of the alphabet
PENALTIES = 10.0 ** np.arange(2.5, -4.0, -0.5)  # per feature, from strong to weak
PATIENCE = 2  # penalties without a better inner loss before the search ends
INNER_FOLDS = 3
SEARCH_ROWS = 10_000  # at most so many training rows choose the penalty; it does not depend on their number
MOST_NUMBERS = 250_000_000  # features of the training part: 1 GB
MOST_POSITIONS = 20_000  # one-hot features; beyond, the lengths are equal by a cut, not by nature
ROWS_AT_ONCE = 8192

AVERAGED = 5000  # training windows whose signal gives the average profile
LOSSES = {"binary": "logistic", "multilabel": "logistic", "multiclass": "softmax"} | dict.fromkeys(NUMBERS, "squares")
Features = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Baseline:
    """Predictions of a simple model.

    Attributes
    ----------
    valid, test : ndarray, shape=(N,) or (N, T)
        Probabilities or values for the rows of these parts, in order.
    note : str
        What was done otherwise than usual; empty where nothing was.
    """

    valid: np.ndarray
    test: np.ndarray
    note: str = ""


def fit_baselines(dataset: Dataset, *, strands: int = 1, seed: int = 0) -> dict[str, Baseline]:
    """Train the simple models on the training part.

    ``majority`` (or ``mean``) knows the targets alone, ``composition`` length and letters, ``kmer`` the counts of all
    k-mers (k = 1 to 6; protein 1 to 2), ``onehot`` the letter at each position, where all sequences have one length.
    The last three are L2-penalised logistic, softmax or ridge regression on standardised features; the penalty has the
    least loss on held-out inner folds of the training part, which keep units whole. A structure beside the sequence is
    not seen by any. Of tracks along a window the models predict the logarithm of the total, and spread it as the
    average window of the training part is spread.

    Parameters
    ----------
    dataset : Dataset
        Divided into parts.
    strands : int
        2 counts a k-mer and its reverse complement as one.
    seed : int
        Of the inner folds.

    Returns
    -------
    dict of str to Baseline
    """
    letters, alphabet = dataset.sequences.letters, dataset.alphabet
    merged = strands == 2 and bool(alphabet.complement)
    makers: dict[str, Features] = {
        "composition": lambda rows: describe_composition(*letters(rows), alphabet),
        "kmer": lambda rows: count_words(*letters(rows), alphabet, LONGEST[len(alphabet)], merged=merged),
    }
    lengths = dataset.lengths
    if lengths.min() == lengths.max() and lengths[0] * len(alphabet) <= MOST_POSITIONS:
        makers["onehot"] = lambda rows: expand_positions(*letters(rows), alphabet)
    constant = "mean" if dataset.task in NUMBERS else "majority"
    out = {constant: _fit_constant(dataset)}
    out |= {name: _fit_model(dataset, features, seed) for name, features in makers.items()}
    return out if dataset.tracks is None else _spread(dataset, dataset.tracks, out, seed)


def _spread(dataset: Dataset, tracks: Tracks, totals: dict[str, Baseline], seed: int) -> dict[str, Baseline]:
    """Turn log totals (N,) or (N, T) into signals (N, T, bins): each spread as the average training window is."""
    rows = dataset.part("train")
    some = np.sort(np.random.default_rng([seed, 0x5B]).permutation(rows)[:AVERAGED])
    middle = tracks.middle(some).astype(np.float64)
    profiles = np.stack([average_profile(middle[:, track]) for track in range(middle.shape[1])]).astype(np.float32)

    def spread(logs: np.ndarray) -> np.ndarray:
        amounts = np.expm1(np.maximum(logs, 0)).reshape(len(logs), -1).astype(np.float32)
        return amounts[:, :, None] * profiles

    return {name: replace(one, valid=spread(one.valid), test=spread(one.test)) for name, one in totals.items()}


def answer_columns(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    """Return the targets as one number per row and answer, shape (N, T); NaN where unknown."""
    targets = dataset.targets[rows]
    if dataset.task == "multiclass":
        return np.eye(len(dataset.names))[targets]
    return targets.astype(np.float64).reshape(len(rows), -1)


def _shaped(dataset: Dataset, predictions: np.ndarray) -> np.ndarray:
    """Return predictions (N, T) in the shape that the task's link gives."""
    return predictions[:, 0] if predictions.shape[1] == 1 and dataset.task != "multilabel" else predictions


def _fit_constant(dataset: Dataset) -> Baseline:
    answers = answer_columns(dataset, dataset.part("train"))
    known = ~np.isnan(answers)
    middle = np.where(known, answers, 0.0).sum(0) / np.maximum(known.sum(0), 1)
    valid, test = (_shaped(dataset, np.tile(middle, (len(dataset.part(name)), 1))) for name in ("valid", "test"))
    return Baseline(valid, test)


def _fit_model(dataset: Dataset, features: Features, seed: int) -> Baseline:
    generator = np.random.default_rng([seed, 0xBA5E])
    rows, note = dataset.part("train"), ""
    most = MOST_NUMBERS // features(rows[:1]).shape[1]
    if len(rows) > most:
        note = f"trained on {most:,} of {len(rows):,} training sequences, drawn at random"
        rows = np.sort(generator.permutation(rows)[:most])
    seen, answers = features(rows), answer_columns(dataset, rows)
    middle, scale = _standardise(seen)
    centre, spread = 0.0, 1.0
    if dataset.task in NUMBERS:
        centre, spread = np.nanmean(answers, 0), np.nanstd(answers, 0)
        spread[spread == 0] = 1.0
    model = _fit_penalised(seen, (answers - centre) / spread, dataset.units[rows], LOSSES[dataset.task], generator)

    def predict(part: str) -> np.ndarray:
        wanted = dataset.part(part)
        out = np.zeros((len(wanted), answers.shape[1]))
        for start in range(0, len(wanted), ROWS_AT_ONCE):
            here = slice(start, start + ROWS_AT_ONCE)
            out[here] = model.predict((features(wanted[here]) - middle) / scale) * spread + centre
        return _shaped(dataset, out)

    return Baseline(predict("valid"), predict("test"), note)


def _standardise(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each feature mean 0 and variance 1, in place; return what was taken off, and by what it was divided."""
    middle = features.mean(0, dtype=np.float64).astype(np.float32)
    features -= middle
    squares = np.zeros(features.shape[1])
    for start in range(0, len(features), ROWS_AT_ONCE):
        squares += np.square(features[start : start + ROWS_AT_ONCE]).sum(0, dtype=np.float64)
    scale = np.sqrt(squares / len(features)).astype(np.float32)
    scale[scale < 1e-6] = np.inf  # a constant feature says nothing
    features /= scale
    return middle, scale


def _fit_penalised(
    features: np.ndarray, answers: np.ndarray, units: np.ndarray, loss: str, generator: np.random.Generator
) -> Linear:
    """Choose the penalty of each answer (of all, for a softmax) on inner folds, and fit all rows with it."""
    rounding = find_rounding(features)
    penalties = _choose_penalties(features, answers, units, loss, rounding, generator)
    targets = answers[:, None] if loss == "softmax" else answers
    return fit_linear(features, targets, penalties, loss, rounding, tolerance=1e-5)


def _choose_penalties(
    features: np.ndarray,
    answers: np.ndarray,
    units: np.ndarray,
    loss: str,
    rounding: Rounding,
    generator: np.random.Generator,
) -> np.ndarray:
    """Return the penalty of each answer with the least loss on held-out inner folds, shape (T,)."""
    folds = divide_units(units, INNER_FOLDS, generator)
    if len(features) > SEARCH_ROWS:
        # whole groups of units again, of which one is used
        used = divide_units(units, -(-len(features) // SEARCH_ROWS), generator) == 0
        share = float(used.mean())
        features, answers, folds = features[used], answers[used], folds[used]
        rounding = replace(rounding, values=rounding.values * share, rest=rounding.rest * share)
    held = folds[:, None] == np.arange(INNER_FOLDS)
    targets = np.where(held[:, :, None], np.nan, answers[:, None])  # (N, folds, T): each fold's model lacks its rows
    grid = PENALTIES * features.shape[1]
    best, least, since = np.full(answers.shape[1], grid[0]), np.full(answers.shape[1], np.inf), 0
    model = None
    for penalty in grid:
        columns = np.full(targets.shape[1:], penalty)
        model = fit_linear(features, targets, columns, loss, rounding, start=model, tolerance=1e-3)
        losses = validation_losses(model, features, answers, held)
        better = losses < least
        best[better], least[better] = penalty, losses[better]
        since = 0 if better.any() else since + 1
        if since == PATIENCE:
            break
    return best


def divide_units(units: np.ndarray, folds: int, generator: np.random.Generator) -> np.ndarray:
    """Divide rows into folds of about one size that keep units whole; rows themselves where units are too few.

    Returns
    -------
    ndarray, shape=(N,), int64

    Examples
    --------
    >>> folds = divide_units(np.repeat(np.arange(9), 5), 3, np.random.default_rng(0))
    >>> np.bincount(folds).tolist()
    [15, 15, 15]
    """
    _, unit, sizes = np.unique(units, return_inverse=True, return_counts=True)
    if len(sizes) < folds:
        return generator.permutation(len(units)) % folds
    order = generator.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]  # large units first, each to the smallest fold
    filled, fold_of = np.zeros(folds, np.int64), np.zeros(len(sizes), np.int64)
    for number in order:
        fold_of[number] = filled.argmin()
        filled[fold_of[number]] += sizes[number]
    return fold_of[unit]
