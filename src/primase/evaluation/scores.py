"""All figures of an evaluation: what ``evaluation.json`` holds."""

from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from primase.core.errors import PrimaseError, ShapeError
from primase.core.files import read_json, write_json
from primase.evaluation.comparison import MODEL, choose_baseline, compare_predictions
from primase.evaluation.curves import describe_reliability, trace_curves
from primase.evaluation.scoring import call_classes
from primase.evaluation.thresholds import choose_fold_thresholds, spread_thresholds
from primase.evaluation.verdict import METRIC_WORDS, judge, judge_profile
from primase.metrics.classification import confusion_matrix
from primase.metrics.profile import profile_jsd, resample_reads
from primase.tasks import NUMBERS, TRACKS, task_module, task_to_dict


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """The rows of one part, and what was predicted for them.

    Attributes
    ----------
    targets : ndarray, shape=(N,) or (N, T)
        Classes or values; NaN where unknown.
    predictions : dict of str to ndarray
        ``model`` (calibrated) and the baselines: probabilities or values, (N,) or (N, T).
    units : ndarray, shape=(N,), int
        Near-duplicate cluster or group of each row.
    folds : ndarray, shape=(N,), int, or None
        Where the rows of several folds are pooled: the fold whose model made the prediction.
    uncalibrated : ndarray or None
        The model's predictions before calibration.
    """

    targets: np.ndarray
    predictions: dict[str, np.ndarray]
    units: np.ndarray
    folds: np.ndarray | None = None
    uncalibrated: np.ndarray | None = None

    @property
    def row_folds(self) -> np.ndarray:
        """The fold of each row; 0 where there are none."""
        return np.zeros(len(self.targets), np.int64) if self.folds is None else self.folds

    def __post_init__(self) -> None:
        for name, values in self.predictions.items():
            if len(values) != len(self.targets):
                raise ShapeError(
                    f"{name} has {len(values)} predictions for {len(self.targets)} rows", fix="predict every row once"
                )


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What an evaluation is of: passed on as it is.

    Attributes
    ----------
    system : str
        What the model is called.
    split : dict
        How the parts were made.
    n : dict of str to int
        Rows of ``train``, ``valid`` and ``test``.
    members : int
        Networks that predict together.
    seed : int
        Of the run; also of the resamples.
    leakage : dict
        ``pairs`` and ``definition``, from the audit.
    calibration : dict or None
        ``method`` and its numbers; None for regression.
    notes : tuple of str
        What the reader should know of the baselines.
    primary : str or None
        The metric that the verdict is on; by default the task's.
    """

    system: str
    split: dict[str, Any]
    n: dict[str, int]
    members: int = 1
    seed: int = 0
    leakage: dict[str, Any] = field(default_factory=dict)
    calibration: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    primary: str | None = None


@dataclass(frozen=True, kw_only=True)
class Scores:
    """An evaluation, as plain values; a figure that has no meaning for the data is None.

    Attributes
    ----------
    task, system, split, seed, n, members, leakage, notes
        What it is of; see `Setting`.
    names : tuple of str
        Classes or targets.
    units : int
        Independent groups of test rows, which the intervals resample.
    resamples : int
        How often.
    primary : str
        The metric that the verdict is on.
    baseline : str
        The baseline that the model is compared with: the better one on the validation part.
    threshold : float, list of float or None
        From which probability on the answer is yes: the largest Matthews correlation to expect, by the validation part;
        with folds the median of theirs.
    metrics : dict
        Metric -> ``value``, ``low``, ``high``, and with several classes or targets ``per_class``: the same for each.
    baselines : dict
        Baseline -> metrics.
    comparison : list of dict
        ``metric``, ``against``, ``difference`` (model less baseline), ``low``, ``high``, ``p``; the one that counts
        comes first.
    calibration : dict or None
        ``method``, its numbers, ``before`` and ``after``: ``ece`` and ``bins`` on the test part.
    confusion : list or None
        Test rows of each true class (row) that were called each class (column); one such table per label.
    curves : dict
        ``roc`` and ``pr`` of each class.
    verdict : str
        The outcome in words.
    """

    task: str
    system: str
    names: tuple[str, ...]
    split: dict[str, Any]
    seed: int
    n: dict[str, int]
    units: int
    members: int
    resamples: int
    primary: str
    baseline: str
    threshold: float | list[float] | None
    metrics: dict[str, Any]
    baselines: dict[str, Any]
    comparison: list[dict[str, Any]]
    calibration: dict[str, Any] | None
    confusion: list[Any] | None
    curves: dict[str, Any]
    leakage: dict[str, Any]
    notes: tuple[str, ...]
    verdict: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        values = asdict(self)
        return {**values, "names": list(self.names), "notes": list(self.notes)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Scores":
        """Make it from what `to_dict` returned."""
        return cls(**{**values, "names": tuple(values["names"]), "notes": tuple(values["notes"])})

    def save(self, path: str | Path) -> None:
        """Write ``evaluation.json``; the same scores give the same bytes."""
        write_json(path, self.to_dict())

    @classmethod
    def load(cls, path: str | Path) -> "Scores":
        """Read ``evaluation.json``.

        Raises
        ------
        PrimaseError
            If it is missing or is something else.
        """
        try:
            return cls.from_dict(read_json(path))
        except (TypeError, KeyError) as error:
            raise PrimaseError(f"{path} is no evaluation: {error}", fix="evaluate the run again") from error

    def summary_lines(self) -> list[str]:
        """Return a table for a terminal, one line per metric, and the verdict."""
        shown = list(self.baselines)
        lines = [f"{'':18} {self.system:>14}  {'95 % interval':16}" + "".join(f"{name:>13}" for name in shown)]
        for name in sorted(self.metrics, key=lambda name: name != self.primary):
            own = self.metrics[name]
            line = f"{METRIC_WORDS[name]:18} {_cell(own['value']):>14}  {_cell(own['low'])} to {_cell(own['high']):7}"
            lines.append(line + "".join(f"{_cell(self.baselines[rival][name]['value']):>13}" for rival in shown))
        return [*lines, *self.notes, self.verdict]

    def __str__(self) -> str:
        return "\n".join(self.summary_lines())

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        return f"<pre>{escape(str(self))}</pre>"


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def evaluate_predictions(
    task: Any, valid: Part, test: Part, setting: Setting, *, resamples: int | None = None
) -> Scores:
    """Score a model and the baselines on the test part.

    What has to be chosen is chosen on the validation part: thresholds in each fold on its own, the better baseline
    once, on the validation rows of all folds.

    Parameters
    ----------
    task : Task
    valid, test : Part
        With the same predictors.
    setting : Setting
        What it is of.
    resamples : int, optional
        Bootstrap resamples; by default 2,000, fewer for large data.

    Raises
    ------
    PrimaseError
        If the test part is empty, or a prediction is not finite.
    """
    kind = task_to_dict(task)["name"]
    _check(test)
    primary = setting.primary or task_module(kind).PRIMARY
    chosen = {
        name: choose_fold_thresholds(kind, valid.targets, valid.predictions[name], valid.row_folds)
        for name in test.predictions
    }
    before, at = ({name: spread_thresholds(chosen[name], part.row_folds) for name in chosen} for part in (valid, test))
    found = compare_predictions(
        kind,
        test.targets,
        test.predictions,
        at,
        test.units,
        baseline=choose_baseline(kind, valid.targets, valid.predictions, before, primary),
        primary=primary,
        resamples=resamples,
        seed=setting.seed,
    )
    names, units = tuple(task.names), len(np.unique(test.units))
    metrics = found.estimates(MODEL, names)
    if kind in TRACKS and "profile_jsd" in metrics:
        metrics["profile_jsd"] |= profile_floors(test.targets, test.predictions[MODEL], setting.seed)
    baselines = {name: found.estimates(name, names) for name in test.predictions if name != MODEL}
    comparison = found.differences()
    rival = baselines[found.baseline]
    verdict = judge(setting.system, metrics, rival, comparison[0], len(test.targets), units)
    along = next((one for one in comparison if one["metric"] == "profile_jsd"), None)
    if along is not None:  # every baseline has the average profile
        average = baselines[along["against"]]["profile_jsd"]["value"]
        verdict += " " + judge_profile(metrics["profile_jsd"]["value"], average, along)
    return Scores(
        task=kind,
        names=names,
        system=setting.system,
        split=setting.split,
        seed=setting.seed,
        n=setting.n,
        units=units,
        members=setting.members,
        resamples=found.resamples,
        primary=primary,
        baseline=found.baseline,
        threshold=np.median(list(chosen[MODEL].values()), axis=0).tolist() if chosen[MODEL] else None,
        metrics=metrics,
        baselines=baselines,
        comparison=comparison,
        calibration=_describe_calibration(kind, test, setting),
        confusion=_count_confusion(kind, test, at[MODEL]),
        curves=trace_curves(kind, names, test.targets, test.predictions[MODEL]),
        leakage=setting.leakage,
        notes=setting.notes,
        verdict=verdict,
    )


def profile_floors(targets: np.ndarray, predictions: np.ndarray, seed: int) -> dict[str, float]:
    """Return what the distance of profiles would be for two stand-ins of the prediction, each the mean over tracks.

    ``replicate``: as many reads drawn by where they fell, which is what another experiment would give; ``expected``:
    reads drawn by the prediction, which is what it would have if it were true. Few reads keep both above 0.
    """
    out: dict[str, list[float]] = {"replicate": [], "expected": []}
    for track in range(targets.shape[1]):
        reads, said = np.asarray(targets[:, track], np.float64), np.asarray(predictions[:, track], np.float64)
        out["replicate"].append(float(profile_jsd(reads, resample_reads(reads, seed=seed))))
        out["expected"].append(float(profile_jsd(resample_reads(reads, said, seed=seed), said)))
    return {name: float(np.nanmean(values)) for name, values in out.items()}


def _check(test: Part) -> None:
    if not len(test.targets):
        raise PrimaseError("the test part has 0 rows", fix="give a test part, or larger --fractions")
    for name, values in test.predictions.items():
        wrong = len(values) - int(np.isfinite(values).reshape(len(values), -1).all(1).sum())
        if wrong:
            raise PrimaseError(
                f"{name} predicts no finite number for {wrong} of {len(values)} test rows",
                fix="train again with a lower learning rate: --set plan.learning_rate=1e-4",
            )


def _describe_calibration(kind: str, test: Part, setting: Setting) -> dict[str, Any] | None:
    if setting.calibration is None or kind in NUMBERS:
        return None
    after = test.predictions[MODEL]
    before = after if test.uncalibrated is None else test.uncalibrated
    return {
        **setting.calibration,
        "before": describe_reliability(kind, test.targets, before),
        "after": describe_reliability(kind, test.targets, after),
    }


def _count_confusion(kind: str, test: Part, threshold: np.ndarray) -> list[Any] | None:
    """Count the calls of each true class; for a multilabel question, of each label."""
    if kind in NUMBERS:
        return None
    predictions = test.predictions[MODEL]
    calls = call_classes(kind, predictions, threshold)
    if kind != "multilabel":
        classes = 2 if predictions.ndim == 1 else predictions.shape[1]
        return confusion_matrix(test.targets, calls, classes=classes).astype(int).tolist()
    known = ~np.isnan(test.targets)
    return [
        confusion_matrix(test.targets[seen, label], calls[seen, label]).astype(int).tolist()
        for label, seen in enumerate(known.T)
    ]
