"""Whether both strands of a sequence mean the same, and whether places matter: told by linear probes.

They are fitted to the training part and asked about the validation part.
"""

import numpy as np
from scipy.special import log_softmax

from primase.curation.augmentation import NUDGE
from primase.curation.dataset import Dataset
from primase.evaluation.baselines import LOSSES, answer_columns
from primase.evaluation.features import count_words, expand_positions
from primase.evaluation.linear import find_rounding, fit_linear

LONGEST = 4
PENALTIES = (30.0, 3.0, 0.3, 0.03)  # per feature, from strong to weak
MOST_ROWS = 5000  # of training and of validation: a probe needs no more
MOST_POSITIONS = 2000
CLEARLY = 1.0  # standard errors by which a probe must be better


def probe_strands(dataset: Dataset, *, seed: int = 0) -> tuple[int, str]:
    """Decide whether a model should see one strand of a DNA sequence or both.

    Two linear models are fitted to the training part: one on the counts of k-mers (k = 1 to 4) and, where all sequences
    have one length, on the letter at each position; the other on the same features averaged over both strands.
    Promoters and splice sites have a direction, and the first is better; binding sites in open chromatin have none, and
    the second needs fewer examples. Both strands are taken unless one is clearly better on the validation part.

    Returns
    -------
    strands : int
        1 or 2.
    why : str
        One sentence.
    """
    rng = np.random.default_rng([seed, 0x57])
    train, valid = (_some(dataset.part(part), rng) for part in ("train", "valid"))
    if not len(valid):
        return 1, "the given strand is scored: there is no validation part to ask about the other"
    one, two = (_row_losses(dataset, train, valid, merged=merged) for merged in (False, True))
    gain = two - one
    error = float(gain.std() / np.sqrt(len(gain)))
    words = f"validation loss of a linear probe {one.mean():.3f} on the given strand, {two.mean():.3f} on both"
    if gain.mean() > CLEARLY * error:
        return 1, f"the sequences have a direction: only the given strand is scored ({words})"
    return 2, f"both strands say the same: both are shown in training and scored ({words})"


def probe_shift(dataset: Dataset, *, merged: bool, seed: int = 0) -> tuple[int, str]:
    """Decide by how many letters a training sequence may be shifted.

    Where the letters at each position tell more than the counts of k-mers alone, as in splice sites, what counts is
    where a letter stands, and a shifted sequence would be a false example.

    Parameters
    ----------
    dataset : Dataset
    merged : bool
        Whether both strands are scored.
    seed : int

    Returns
    -------
    shift : int
        0 or `NUDGE`.
    why : str
        One sentence.
    """
    if not _has_positions(dataset):
        return NUDGE, f"training sequences are shifted by up to {NUDGE} letters: they have no common frame"
    rng = np.random.default_rng([seed, 0x58])
    train, valid = (_some(dataset.part(part), rng) for part in ("train", "valid"))
    if not len(valid):
        return 0, ""
    without, places = (_row_losses(dataset, train, valid, merged=merged, positions=known) for known in (False, True))
    gain = without - places
    words = f"validation loss of a linear probe {places.mean():.3f} with positions, {without.mean():.3f} without"
    if gain.mean() > CLEARLY * float(gain.std() / np.sqrt(len(gain))):
        return 0, f"places matter: training sequences are not shifted ({words})"
    return NUDGE, f"places do not matter: training sequences are shifted by up to {NUDGE} letters ({words})"


def _has_positions(dataset: Dataset) -> bool:
    lengths = dataset.lengths
    return lengths.min() == lengths.max() and lengths[0] * len(dataset.alphabet) <= MOST_POSITIONS


def _some(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.permutation(rows)[:MOST_ROWS])


def _features(dataset: Dataset, rows: np.ndarray, merged: bool, positions: bool) -> np.ndarray:
    (codes, offsets), alphabet = dataset.sequences.letters(rows), dataset.alphabet
    parts = [count_words(codes, offsets, alphabet, LONGEST, merged=merged)]
    if positions and _has_positions(dataset):
        letters = expand_positions(codes, offsets, alphabet)
        if merged:
            grid = letters.reshape(len(rows), -1, len(alphabet))
            letters = (grid + grid[:, ::-1, list(alphabet.complement_rows)]).reshape(len(rows), -1) / 2
        parts.append(letters)
    return np.concatenate(parts, 1)


def _row_losses(
    dataset: Dataset, train: np.ndarray, valid: np.ndarray, *, merged: bool, positions: bool = True
) -> np.ndarray:
    """Return the validation loss of each row, shape (N,), under the penalty that is best there."""
    seen, held = (_features(dataset, rows, merged, positions) for rows in (train, valid))
    middle, scale = seen.mean(0), seen.std(0)
    scale[scale < 1e-6] = np.inf
    seen, held = (seen - middle) / scale, (held - middle) / scale
    loss = LOSSES[dataset.task]
    answers, wanted = answer_columns(dataset, train), answer_columns(dataset, valid)
    if loss == "squares":
        centre, spread = np.nanmean(answers, 0), np.nanstd(answers, 0) + 1e-12
        answers, wanted = (answers - centre) / spread, (wanted - centre) / spread
    rounding, model, best = find_rounding(seen), None, np.full(len(held), np.inf)
    targets = answers[:, None] if loss == "softmax" else answers
    for penalty in PENALTIES:
        columns = np.full(targets.shape[1:], penalty * seen.shape[1])
        model = fit_linear(seen, targets, columns, loss, rounding, start=model, tolerance=1e-3)
        rows = _losses(loss, held @ model.weights.astype(held.dtype) + model.intercepts, wanted)
        if rows.mean() < best.mean():
            best = rows
    return best


def _losses(loss: str, logits: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the loss of each row, shape (N,); unknown answers cost nothing."""
    if loss == "softmax":
        return -(log_softmax(logits, axis=1) * wanted).sum(1)
    each = (logits - wanted) ** 2 if loss == "squares" else np.logaddexp(0.0, logits) - wanted * logits
    return np.nan_to_num(each).sum(1)
