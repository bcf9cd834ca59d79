"""Step 3 for a trained model: calibrate it on the validation part, score it and the baselines on the test part."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from primase.applications.prediction import prediction_columns
from primase.applications.track_samples import window_figures
from primase.applications.trained import TrainedModel
from primase.core.files import write_with
from primase.curation.dataset import PARTS, Dataset
from primase.evaluation.baselines import fit_baselines
from primase.evaluation.calibration import Calibration, fit_calibration
from primase.evaluation.scores import Part, Scores, Setting, evaluate_predictions
from primase.evaluation.thresholds import choose_fold_thresholds, choose_threshold, spread_thresholds
from primase.tasks import NUMBERS, TRACKS


def divisions(data: Dataset) -> list[tuple[int | None, Dataset]]:
    """Return each fold with its number; the data set itself, without a number, where it has no folds."""
    if data.folds is None:
        return [(None, data)]
    return [(fold, data.fold(fold)) for fold in range(int(data.folds.max()) + 1)]


def calibrate(model: TrainedModel, data: Dataset, *, seed: int = 0) -> TrainedModel:
    """Return the model with the calibration and the threshold that it is used with on new sequences.

    Both are learned on the validation part; with folds, on every row by the members that had it for validation.
    """
    if model.kind in NUMBERS:
        return model.calibrated(Calibration(model.task), None)
    logits, targets, units = [], [], []
    for fold, part in divisions(data):
        rows = part.part("valid")
        logits.append(model.logits(part, rows, fold))
        targets.append(part.targets[rows])
        units.append(part.units[rows])
    held, known, unit = (np.concatenate(parts) for parts in (logits, targets, units))
    if not len(held):
        return model.calibrated(Calibration(model.task), 0.5 if data.task in ("binary", "multilabel") else None)
    calibration = fit_calibration(model.task, held, known, unit, seed=seed)
    threshold = None
    if data.task in ("binary", "multilabel"):
        threshold = choose_threshold(known, calibration.apply(held)).tolist()
    return model.calibrated(calibration, threshold)


def assess(model: TrainedModel, data: Dataset, *, seed: int = 0, primary: str | None = None) -> tuple[Scores, pa.Table]:
    """Score a model and the baselines on the held-out part; with folds on all rows, each by those who never saw it.

    Parameters
    ----------
    model : TrainedModel
        Calibrated.
    data : Dataset
    seed : int
        Of inner folds and resamples.
    primary : str, optional
        The metric that the verdict is on; by default the task's.

    Returns
    -------
    scores : Scores
    table : pyarrow.Table
        The columns of ``predictions.parquet``; of tracks also what `window_figures` tells of each held-out window.
    """
    found: dict[str, list[dict[str, Any]]] = {"valid": [], "test": []}
    notes: list[str] = []
    for fold, part in divisions(data):
        calibration = model.calibration or Calibration(model.task)
        if fold is not None and model.kind not in NUMBERS:
            # each fold calibrated on its own, so that no held-out row had a say
            rows = part.part("valid")
            logits = model.logits(part, rows, fold)
            calibration = fit_calibration(model.task, logits, part.targets[rows], part.units[rows], seed=seed)
        baselines = fit_baselines(part, strands=model.strands, seed=seed)
        notes += [f"{name}: {one.note}" for name, one in baselines.items() if one.note]
        for name, parts in found.items():
            rows = part.part(name)
            said, plain = _predict(model, part, rows, fold, calibration)
            predictions = {"model": said} | {key: getattr(one, name) for key, one in baselines.items()}
            parts.append({"rows": rows, "fold": fold, "predictions": predictions, "uncalibrated": plain})
    setting = Setting(
        system=model.system,
        split=data.facts.get("split", {}),
        n=_sizes(data),
        members=len(model.networks),
        seed=seed,
        leakage=_leakage(data),
        calibration=None if data.task in NUMBERS else model.calibration and _describe(model.calibration),
        notes=tuple(dict.fromkeys(notes)),
        primary=primary,
    )
    valid, test = (_join(data, found[name]) for name in ("valid", "test"))
    scores = evaluate_predictions(model.task, valid, test, setting)
    figures = {}
    if model.kind in TRACKS:
        said, average = test.predictions["model"], test.predictions["mean"]
        figures = window_figures(model.kind, test.targets, said, average, seed=seed)
    if data.folds is None:
        rows = np.arange(len(data))
        table = _table(model, data, rows, model.answers(data, rows))
        return scores, _with_figures(table, data.part("test"), figures)
    rows, said = np.concatenate([one["rows"] for one in found["test"]]), test.predictions["model"]
    if model.kind in TRACKS:
        said = np.log1p(said.sum(2))
        said = said[:, 0] if said.shape[1] == 1 else said
    chosen = choose_fold_thresholds(scores.task, valid.targets, valid.predictions["model"], valid.row_folds)
    table = _table(model, data, rows, said, spread_thresholds(chosen, test.row_folds))
    return scores, _with_figures(table, np.arange(len(rows)), figures)


def _with_figures(table: pa.Table, rows: np.ndarray, figures: dict[str, np.ndarray]) -> pa.Table:
    """Return the table with figures of some of its rows, NaN for the others."""
    for name, values in figures.items():
        column = np.full(table.num_rows, np.nan, np.float32)
        column[rows] = values
        table = table.append_column(name, pa.array(column))
    return table


def _predict(
    model: TrainedModel, data: Dataset, rows: np.ndarray, fold: int | None, calibration: Calibration
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return what the model says of some rows, and what it would say without calibration."""
    if model.kind in TRACKS:
        return model.expect(data, rows, fold), None
    logits = model.logits(data, rows, fold)
    return calibration.apply(logits), model.task.link({"logits": torch.from_numpy(logits)}).numpy()


def _join(data: Dataset, parts: list[dict[str, Any]]) -> Part:
    rows = np.concatenate([one["rows"] for one in parts])
    names = parts[0]["predictions"]
    folds = None
    if parts[0]["fold"] is not None:
        folds = np.concatenate([np.full(len(one["rows"]), one["fold"]) for one in parts])
    targets = data.targets[rows] if data.tracks is None else data.tracks.middle(rows)
    plain = [one["uncalibrated"] for one in parts]
    return Part(
        targets=targets,
        predictions={name: np.concatenate([one["predictions"][name] for one in parts]) for name in names},
        units=data.units[rows],
        folds=folds,
        uncalibrated=None if plain[0] is None else np.concatenate(plain),
    )


def _sizes(data: Dataset) -> dict[str, int]:
    if data.folds is None:
        return {name: len(data.part(name)) for name in PARTS}
    rows, folds = len(data), int(data.folds.max()) + 1
    held = int((data.folds >= 0).sum())
    return {"train": rows - 2 * held // folds, "valid": held // folds, "test": held}


def _leakage(data: Dataset) -> dict[str, Any]:
    found = data.facts.get("audit", {}).get("leakage", {})
    return {key: found[key] for key in ("pairs", "examined", "definition") if key in found}


def _describe(calibration: Calibration) -> dict[str, Any]:
    values = calibration.to_dict()
    return {key: value for key, value in values.items() if key != "task"}


def _table(
    model: TrainedModel, data: Dataset, rows: np.ndarray, predictions: np.ndarray, threshold: np.ndarray | None = None
) -> pa.Table:
    columns: dict[str, Any] = {
        "id": pa.array([str(name) for name in data.ids[rows]], pa.string()),
        "split": np.array(PARTS, object)[data.parts[rows]] if data.folds is None else ["test"] * len(rows),
    }
    targets = data.targets[rows]
    if data.task in ("binary", "multiclass"):
        columns["target"] = np.array(data.names, object)[targets]
    elif len(data.names) == 1:
        columns["target"] = targets[:, 0]
    else:
        columns |= {f"target_{name}": targets[:, number] for number, name in enumerate(data.names)}
    return pa.table({**columns, **prediction_columns(model, predictions, threshold)})


def write_predictions(path: str | Path, table: pa.Table) -> None:
    """Write ``predictions.parquet``."""
    write_with(path, lambda draft: pq.write_table(table, draft))
