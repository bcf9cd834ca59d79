"""From logits to probabilities that mean what they say: learned on the validation part.

Temperature scaling divides the logits by one number per question; where it helps, an offset is added, since a network
that was trained with weighted classes is off by one. Isotonic regression (binary questions only) needs no such form but
more examples. What is used is decided by the log loss of cross-validation within the validation part, and the simpler
stays unless the other is better by more than a standard error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit, log_softmax

from primase.metrics.probability import TINY
from primase.tasks import NUMBERS, task_from_dict, task_to_dict

FOLDS = 5
ISOTONIC_ROWS = 500  # below, isotonic regression follows the noise
SLOPE = 0.01  # share of the temperature-scaled probability in an isotonic one: keeps the order of any two examples
SMALLEST = 10  # with fewer rows of a class there is nothing to learn from


@dataclass(frozen=True)
class Calibration:
    """From a model's logits to predictions.

    Attributes
    ----------
    task : Task
        Owns the link.
    method : str
        ``none``, ``temperature`` or ``isotonic``.
    temperature : tuple of float
        What the logits are divided by: one number, or one per question of a multilabel task.
    offset : tuple of float
        What is then added: one number per logit.
    knots : tuple of (float, float)
        Of ``isotonic``: scaled log odds and the probability there; linear between, constant beyond.
    """

    task: Any
    method: str = "none"
    temperature: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)
    knots: tuple[tuple[float, float], ...] = ()

    def apply(self, logits: np.ndarray) -> np.ndarray:
        """Return predictions: probabilities, or values in the unit of the targets.

        Parameters
        ----------
        logits : ndarray, shape=(N, outputs)
            As the model gives them; a binary model may give two.

        Returns
        -------
        ndarray, shape=(N,) or (N, T), float64
        """
        score = model_scores(self.task, logits)
        if self.method != "none":
            score = score / np.array(self.temperature) + np.array(self.offset)
        predictions = self.task.link({"logits": torch.from_numpy(score)}).numpy()
        if self.method == "isotonic":
            place, level = np.array(self.knots).T
            predictions = SLOPE * predictions + (1 - SLOPE) * np.interp(score[:, 0], place, level)
        return predictions

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "task": task_to_dict(self.task),
            "method": self.method,
            "temperature": list(self.temperature),
            "offset": list(self.offset),
            "knots": [list(knot) for knot in self.knots],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Calibration":
        """Make it from what `to_dict` returned."""
        return cls(
            task=task_from_dict(values["task"]),
            method=values["method"],
            temperature=tuple(values["temperature"]),
            offset=tuple(values["offset"]),
            knots=tuple((place, level) for place, level in values["knots"]),
        )


def model_scores(task: Any, logits: np.ndarray) -> np.ndarray:
    """Return one float64 logit per answer, shape (N, T): two binary logits become their difference."""
    return task.score({"logits": torch.from_numpy(np.asarray(logits, np.float64))}).numpy()


def fit_calibration(
    task: Any, logits: np.ndarray, targets: np.ndarray, units: np.ndarray | None = None, *, seed: int = 0
) -> Calibration:
    """Learn the calibration of a model on validation data.

    Parameters
    ----------
    task : Task
        Binary, multiclass and multilabel questions are calibrated; for others the link alone is kept.
    logits : ndarray, shape=(N, outputs)
        Of the validation rows.
    targets : ndarray, shape=(N,) or (N, T)
        NaN where unknown.
    units : ndarray, shape=(N,), optional
        Rows of one unit stay in one fold of the cross-validation; by default every row is its own.
    seed : int
        Of the division into folds.

    Returns
    -------
    Calibration
        Of method ``none`` where the validation part is too small to learn from.

    References
    ----------
    Guo et al. 2017, arXiv:1706.04599, section 4 (temperature); Alexandari et al. 2020, arXiv:1901.06852 (offset);
    Zadrozny & Elkan 2002, doi:10.1145/775047.775151 (isotonic).

    Examples
    --------
    >>> from primase.tasks import fit_task
    >>> targets = np.tile([0, 1, 1, 1, 0, 0, 0, 1], 50)
    >>> logits = np.tile([-8.0, -8, 8, 8, -8, 8, -8, 8], 50)[:, None]   # 75 % right, and far too sure of it
    >>> calibration = fit_calibration(fit_task("binary", targets, ("no", "yes")), logits, targets)
    >>> calibration.apply(np.array([[8.0]])).round(2).tolist()
    [0.75]
    """
    kind = task_to_dict(task)["name"]
    if kind in NUMBERS or not _enough(kind, targets):
        return Calibration(task)
    score = model_scores(task, logits)
    units = np.arange(len(score)) if units is None else np.unique(units, return_inverse=True)[1]
    folds = np.random.default_rng([seed, 0xCA1]).permutation(int(units.max()) + 1)[units] % FOLDS
    losses = {
        name: _cross_validated(fit, task, score, targets, folds)
        for name, fit in CANDIDATES.items()
        if name != "isotonic" or (kind == "binary" and len(score) >= ISOTONIC_ROWS)
    }
    chosen, *others = losses
    for name in others:
        gain = losses[chosen] - losses[name]
        if gain.mean() > gain.std() / np.sqrt(len(gain)):
            chosen = name
    return CANDIDATES[chosen](task, score, targets)


def _enough(kind: str, targets: np.ndarray) -> bool:
    """Return whether two classes, or both answers to some question, have enough rows."""
    if kind == "multilabel":
        return bool(np.minimum(np.nansum(targets, 0), np.nansum(1 - targets, 0)).max() >= SMALLEST)
    return bool((np.bincount(targets.astype(np.int64)) >= SMALLEST).sum() >= 2)


def _cross_validated(fit: "Fit", task: Any, score: np.ndarray, targets: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Return the log loss of each row (N,) under the calibration learned on the other folds."""
    out = np.zeros(len(score))
    for fold in range(FOLDS):
        left = folds == fold
        if left.any() and not left.all():
            out[left] = _row_losses(fit(task, score[~left], targets[~left]).apply(score[left]), targets[left])
    return out


def _row_losses(predictions: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the log loss of each row (N,); unknown answers cost nothing."""
    if predictions.ndim > targets.ndim:
        right = np.take_along_axis(predictions, targets[:, None], 1)
    else:
        right = np.where(np.isnan(targets), 1.0, np.where(targets > 0, predictions, 1 - predictions))
    return -np.log(right.clip(TINY)).reshape(len(targets), -1).sum(1)


def _scale_loss(scaled: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the summed log loss of logits (N, T), and its slope by each of them; unknown answers cost nothing."""
    if targets.ndim == 1 and scaled.shape[1] > 1:
        logs = log_softmax(scaled, axis=1)
        wanted = np.arange(scaled.shape[1]) == targets[:, None]
        return float(-logs[wanted].sum()), np.exp(logs) - wanted
    wanted = targets.reshape(scaled.shape).astype(np.float64)
    known = ~np.isnan(wanted)
    wanted = np.where(known, wanted, 0.0)
    return float(((np.logaddexp(0.0, scaled) - wanted * scaled) * known).sum()), (expit(scaled) - wanted) * known


def fit_scale(score: np.ndarray, targets: np.ndarray, slopes: int, *, offset: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return temperature (slopes,) and offset (T,) of the least log loss; one slope serves all logits, or each its own.

    Weak normal priors, on the logarithm of the slope (1) and on the offset (5), keep separable data finite.
    """
    outputs = score.shape[1]
    spread = np.append(np.ones(slopes), np.full(outputs, 5.0))

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        slope = np.exp(values[:slopes])
        total, by_logit = _scale_loss(score * slope + values[slopes:], targets)
        by_slope = (by_logit * score).sum(0) * slope
        gradient = np.append(by_slope if slopes == outputs else by_slope.sum(), by_logit.sum(0) * offset)
        pull = values / spread**2
        return total + 0.5 * float((values * pull).sum()), gradient + pull

    found = minimize(loss, np.zeros(slopes + outputs), jac=True, method="L-BFGS-B")
    return np.exp(-found.x[:slopes]), found.x[slopes:]


def _scaled(task: Any, score: np.ndarray, targets: np.ndarray, *, offset: bool) -> Calibration:
    slopes = 1 if targets.ndim == 1 else score.shape[1]
    temperature, shift = fit_scale(score, targets, slopes, offset=offset)
    return Calibration(task, "temperature", tuple(temperature.tolist()), tuple(shift.tolist()))


def _isotonic(task: Any, score: np.ndarray, targets: np.ndarray) -> Calibration:
    """Fit a rising step function and join the middles of its steps by lines."""
    temperature, shift = fit_scale(score, targets, 1, offset=True)
    scaled = score[:, 0] / temperature[0] + shift[0]
    order = np.lexsort((-targets, scaled))  # falling targets within ties, so that ties fall into one step
    fitted = isotonic_regression(targets[order].astype(np.float64))
    steps = zip(fitted.blocks[:-1], fitted.blocks[1:], strict=True)
    knots = [(float(scaled[order[a:b]].mean()), float(fitted.x[a])) for a, b in steps]
    return Calibration(task, "isotonic", tuple(temperature.tolist()), tuple(shift.tolist()), tuple(knots))


Fit = Callable[[Any, np.ndarray, np.ndarray], Calibration]
CANDIDATES: dict[str, Fit] = {  # simplest first
    "temperature": partial(_scaled, offset=False),
    "temperature and offset": partial(_scaled, offset=True),
    "isotonic": _isotonic,
}
