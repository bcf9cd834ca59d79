"""The model and the baselines on the same resamples of the test part."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from primase.evaluation.intervals import RESAMPLES, difference_p, percentile_interval, resample_weights
from primase.evaluation.scoring import SMALLER_IS_BETTER, measure

MODEL = "model"
RIVALS = ("kmer", "onehot")  # "the baseline" is the better of these on the validation part
MOST_NUMBERS = 100_000_000  # rows x answers x resamples; beyond, fewer resamples are drawn
FEWEST_RESAMPLES = 400

OF_PROBABILITIES = ("log_loss", "brier", "ece")  # not compared: the model is calibrated, the baselines are not

Measured = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Metrics of several predictors.

    Attributes
    ----------
    primary : str
        The metric that counts.
    baseline : str
        The predictor that the model is compared with.
    points : dict of str to dict of str to ndarray, shape=(K,)
        Predictor -> metric -> its value and, where there are several classes or targets, theirs.
    draws : dict of str to dict of str to ndarray, shape=(R, K)
        The same on each resample.
    resamples : int
    """

    primary: str
    baseline: str
    points: dict[str, Measured]
    draws: dict[str, Measured]
    resamples: int

    def estimates(self, predictor: str, names: tuple[str, ...]) -> dict[str, Any]:
        """Return ``value``, ``low`` and ``high`` of every metric, with those of each class in ``per_class``."""
        out = {}
        for metric, values in self.points[predictor].items():
            low, high = percentile_interval(self.draws[predictor][metric])
            if metric == "ece":  # resamples repeat rows, which looks like more error: the interval is moved back
                excess = (low + high) / 2 - values
                low, high = np.maximum(low - excess, 0.0), high - excess
            each = [
                {"value": plain(v), "low": plain(a), "high": plain(b)}
                for v, a, b in zip(values, low, high, strict=True)
            ]
            out[metric] = each[0]
            if len(each) > 1:
                out[metric]["per_class"] = dict(zip(names, each[1:], strict=True))
        return out

    def differences(self) -> list[dict[str, Any]]:
        """Return model less baseline: first in the primary metric, then in the others, then against other baselines."""
        metrics = [name for name in self.points[MODEL] if name not in OF_PROBABILITIES or name == self.primary]
        metrics.sort(key=lambda name: name != self.primary)
        others = [name for name in self.points if name not in (MODEL, self.baseline)]
        pairs = [(metric, self.baseline) for metric in metrics] + [(self.primary, name) for name in others]
        return [self._difference(metric, against) for metric, against in pairs]

    def _difference(self, metric: str, against: str) -> dict[str, Any]:
        drawn = self.draws[MODEL][metric][:, 0] - self.draws[against][metric][:, 0]
        low, high = percentile_interval(drawn)
        return {
            "metric": metric,
            "against": against,
            "difference": plain(self.points[MODEL][metric][0] - self.points[against][metric][0]),
            "low": plain(low),
            "high": plain(high),
            "p": plain(difference_p(drawn)) if np.isfinite(low) else None,
        }


def plain(value: Any) -> float | None:
    """Return a number as JSON has it: None where it is not finite."""
    return float(value) if np.isfinite(value) else None


def choose_baseline(
    kind: str,
    targets: np.ndarray,
    predictions: dict[str, np.ndarray],
    thresholds: dict[str, np.ndarray],
    primary: str,
) -> str:
    """Return the rival with the best primary metric on the validation part; the first where none can be told.

    Parameters
    ----------
    kind : str
    targets, predictions, thresholds
        Of the validation rows, as in `compare_predictions`.
    primary : str
    """
    sign = -1.0 if primary in SMALLER_IS_BETTER else 1.0
    rivals = [name for name in RIVALS if name in predictions]
    found = [
        sign * measure(kind, targets, predictions[name], threshold=thresholds[name], only=primary)[primary][0]
        for name in rivals
    ]
    return rivals[int(np.argmax(np.nan_to_num(found, nan=-np.inf)))]


def compare_predictions(  # noqa: PLR0913
    kind: str,
    targets: np.ndarray,
    predictions: dict[str, np.ndarray],
    thresholds: dict[str, np.ndarray],
    units: np.ndarray,
    *,
    baseline: str,
    primary: str,
    resamples: int | None = None,
    seed: int = 0,
) -> Comparison:
    """Take every metric of every predictor, on the sample and on the same bootstrap resamples of it.

    Parameters
    ----------
    kind : str
        Kind of question.
    targets : ndarray, shape=(N,) or (N, T)
    predictions : dict of str to ndarray
        ``model`` and others.
    thresholds : dict of str to ndarray
        For each predictor, from which probability on the answer is yes: one number, or one per row (and label).
    units : ndarray, shape=(N,), int
        What is drawn together.
    baseline : str
        The predictor that the model is compared with.
    primary : str
        The metric that counts.
    resamples : int, optional
        By default 2,000, fewer for large data.
    seed : int
        Of the resamples.
    """
    if resamples is None:
        resamples = int(np.clip(MOST_NUMBERS // predictions[MODEL].size, FEWEST_RESAMPLES, RESAMPLES))

    def take(weights: np.ndarray | None) -> dict[str, Measured]:
        return {
            name: measure(kind, targets, predictions[name], threshold=thresholds[name], weights=weights)
            for name in predictions
        }

    points = take(None)
    parts = [take(weights) for weights in resample_weights(units, resamples=resamples, seed=seed)]
    draws = {
        name: {metric: np.concatenate([part[name][metric] for part in parts]) for metric in points[name]}
        for name in predictions
    }
    if len(np.unique(units)) < 2:  # every resample is the sample: there is no interval
        draws = {name: {metric: np.full_like(v, np.nan) for metric, v in m.items()} for name, m in draws.items()}
    return Comparison(primary, baseline, points, draws, resamples)
