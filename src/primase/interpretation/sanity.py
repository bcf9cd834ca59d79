"""Two checks of an explanation: it must follow the weights, and it must find what was planted."""

import copy
import math
from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import Tensor, nn

from primase.inference import predict_logits
from primase.interpretation.contributions import check_sequences, project, shuffled_references
from primase.interpretation.deeplift import deep_lift

SIMILAR = 0.5  # rank correlation up to which an explanation counts as changed
LEVEL = 0.01  # of the paired tests
WINDOW = 12  # letters that are planted
REFERENCES = 5  # per sequence: the checks look at means over many sequences
LEAST = 8  # sequences without which no test is made


def check_attributions(
    model: nn.Module, seq: Tensor | np.ndarray, target: int, *, limit: int = 50, seed: int = 0
) -> dict[str, Any]:
    """Check that DeepLIFT attributions follow the weights of a model and find what was planted.

    *Randomisation*: with every parameter's values in random order, the attributions must no longer be those of the
    trained model (mean rank correlation over the letters of a sequence at most `SIMILAR`).

    *Planted*: the stretch of a sequence with the largest contributions is put into a dinucleotide shuffle of that
    sequence, at its own place. This must raise the logit more than another stretch of the same sequence does, and the
    attributions must rise there.

    Parameters
    ----------
    model : nn.Module
        Takes ``seq`` (B, C, L), returns ``{"logits": (B, T)}``. Left as it was.
    seq : Tensor or ndarray, shape=(N, C, L)
        One-hot, held-out sequences.
    target : int
        Which logit.
    limit : int
        The sequences with the highest logits are used, at most so many.
    seed : int
        Of the random orders and the shuffles.

    Returns
    -------
    dict
        ``randomisation`` {correlation, limit, sequences, passed}, ``planted`` {effect, control, p_effect,
        attributions_before, attributions_after, p_attributions, sequences, passed}, ``passed``, ``words``; plain
        values, in logits.

    References
    ----------
    Adebayo et al. 2018, arXiv:1810.03292 (randomisation).
    """
    seq = torch.as_tensor(seq).float()
    letters = check_sequences(seq)
    logits = predict_logits(model, seq)[:, target]
    seq = seq[logits.argsort(descending=True, stable=True)[:limit]]
    values = _contributions(model, seq, target)
    known = seq[:, :letters].any(1).numpy()
    randomisation = _check_randomisation(model, seq, target, values, known, seed)
    planted = _check_planted(model, seq, target, values, known, seed)
    passed = randomisation["passed"] and planted["passed"]
    return {
        "randomisation": randomisation,
        "planted": planted,
        "passed": passed,
        "words": _words(randomisation, planted),
    }


def randomised(model: nn.Module, seed: int) -> nn.Module:
    """Return a copy of a model in which the values of every parameter stand in random order."""
    generator = torch.Generator().manual_seed(seed)
    other = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in other.parameters():
            order = torch.randperm(parameter.numel(), generator=generator).to(parameter.device)
            parameter.copy_(parameter.flatten()[order].view_as(parameter))
    return other


def _contributions(model: nn.Module, seq: Tensor, target: int) -> np.ndarray:
    references = shuffled_references(seq, copies=REFERENCES)
    return project(deep_lift(model, seq, target, references=references).values, seq).sum(1).numpy()


def _check_randomisation(
    model: nn.Module, seq: Tensor, target: int, values: np.ndarray, known: np.ndarray, seed: int
) -> dict[str, Any]:
    other = _contributions(randomised(model, seed), seq, target)
    correlations = []
    for before, after, letters in zip(values, other, known, strict=True):
        if letters.sum() > 2 and np.ptp(before[letters]) > 0:
            constant = np.ptp(after[letters]) == 0  # a dead network says nothing, which is a change
            correlations.append(0.0 if constant else float(stats.spearmanr(before[letters], after[letters])[0]))
    correlation = float(np.mean(correlations)) if correlations else float("nan")
    return {
        "correlation": correlation,
        "limit": SIMILAR,
        "sequences": len(correlations),
        "passed": bool(abs(correlation) <= SIMILAR),
    }


def _check_planted(
    model: nn.Module, seq: Tensor, target: int, values: np.ndarray, known: np.ndarray, seed: int
) -> dict[str, Any]:
    letters = check_sequences(seq)
    width = min(WINDOW, max(1, seq.shape[2] // 3))
    starts, controls, usable = _windows(values, known, width, np.random.default_rng(seed))
    seq = seq[usable]
    if len(seq) < LEAST:
        return {"sequences": len(seq), "passed": False}
    hosts = shuffled_references(seq, copies=1, seed=seed + 1)[:, 0].float()
    places = torch.arange(seq.shape[2])

    def planted(begin: np.ndarray) -> Tensor:
        first = torch.as_tensor(begin)[:, None]
        inside = (places >= first) & (places < first + width)
        out = hosts.clone()
        out[:, :letters] = torch.where(inside[:, None], seq[:, :letters], hosts[:, :letters])
        return out

    def logit(sequences: Tensor) -> np.ndarray:
        return predict_logits(model, sequences)[:, target].double().numpy()

    def inside(sequences: Tensor) -> np.ndarray:
        found = _contributions(model, sequences, target)
        return found[np.arange(len(found))[:, None], starts[:, None] + np.arange(width)].sum(1)

    base = logit(hosts)
    effect, control = logit(planted(starts)) - base, logit(planted(controls)) - base
    before, after = inside(hosts), inside(planted(starts))
    p_effect, p_attributions = _greater(effect, control), _greater(after, before)
    return {
        "effect": float(np.median(effect)),
        "control": float(np.median(control)),
        "p_effect": p_effect,
        "attributions_before": float(np.median(before)),
        "attributions_after": float(np.median(after)),
        "p_attributions": p_attributions,
        "sequences": len(seq),
        "passed": bool(p_effect <= LEVEL and p_attributions <= LEVEL),
    }


def _windows(
    values: np.ndarray, known: np.ndarray, width: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Choose the window of the largest contributions in each sequence, and another one that does not overlap it."""
    sums = np.lib.stride_tricks.sliding_window_view(values, width, axis=1).sum(-1)
    whole = np.lib.stride_tricks.sliding_window_view(known, width, axis=1).all(-1)
    sums = np.where(whole, sums, -np.inf)
    starts = sums.argmax(1)
    apart = whole & (np.abs(np.arange(sums.shape[1]) - starts[:, None]) >= width)
    usable = apart.any(1)
    controls = np.where(apart, rng.random(apart.shape), -1.0).argmax(1)
    return starts[usable], controls[usable], np.flatnonzero(usable)


def _greater(first: np.ndarray, second: np.ndarray) -> float:
    """Return the p-value of a paired Wilcoxon test that `first` is greater."""
    if (first == second).all():
        return 1.0
    return float(stats.wilcoxon(first, second, alternative="greater").pvalue)


def _words(randomisation: dict[str, Any], planted: dict[str, Any]) -> str:
    if not randomisation["sequences"]:
        return "The attributions are zero everywhere: the model does not look at the sequence."
    correlation = randomisation["correlation"]
    if randomisation["passed"]:
        first = f"The attributions follow the weights: randomised, they change (rank correlation {correlation:.2f})."
    else:
        first = (
            f"The attributions hardly depend on the weights (rank correlation {correlation:.2f} after randomising "
            "them): do not read them as what the model has learned."
        )
    if "effect" not in planted:
        return f"{first} Planting was not tested: fewer than {LEAST} sequences are long enough."
    size = max(abs(planted[name]) for name in ("effect", "attributions_after"))
    places = 2 if size == 0 else min(9, max(2, 1 - math.floor(math.log10(size))))  # two digits that count
    effect, control, before, after = (
        f"{planted[name]:+.{places}f}" for name in ("effect", "control", "attributions_before", "attributions_after")
    )
    change = (
        f"the output changes by {effect} (another stretch: {control}), and the contributions there go from {before} "
        f"to {after}"
    )
    if planted["passed"]:
        return f"{first} They find what was planted: with the most important stretch put into a shuffle, {change}."
    return f"{first} They do not find what was planted: with the most important stretch put into a shuffle, {change}."
