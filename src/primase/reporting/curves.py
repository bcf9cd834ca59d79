"""Curves and points: training, ROC and precision-recall, reliability, regression."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from primase.reporting.svg import (
    SERIES,
    Figure,
    Frame,
    axes,
    draw,
    fill,
    key_row,
    legend,
    line,
    number,
    polyline,
    rectangle,
    segment,
    shorten,
)
from primase.reporting.words import meaning

UNIT_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
MOST_POINTS = 400  # above this many a scatter becomes a map of densities
CELLS = 48


def _limits(values: Sequence[np.ndarray], floor: float | None = None) -> tuple[float, float]:
    joined = np.concatenate([np.ravel(value) for value in values]) if values else np.zeros(0)
    joined = joined[np.isfinite(joined)]
    if not len(joined):
        return 0.0, 1.0
    low, high = float(joined.min()), float(joined.max())
    low = low if floor is None else min(floor, low)
    pad = 0.05 * (high - low) or 0.05 * abs(high) or 0.5
    return (low if floor is not None else low - pad), high + pad


def training_curves(history: Mapping[str, Sequence[float] | np.ndarray], quantity: str = "loss") -> Figure:
    """Draw how the network learned: a quantity on the training and the validation part, per epoch.

    Parameters
    ----------
    history : mapping of str to arrays
        Columns of ``history.csv``: ``epoch``, ``train_<quantity>``, ``valid_<quantity>`` (either may be absent),
        and ``member`` where several networks were trained.
    quantity : str
        ``loss``, ``accuracy``, or a metric.

    Returns
    -------
    Figure
        One line per network and part; a ring marks the lowest validation loss of each network.

    Examples
    --------
    >>> training_curves({"epoch": [1, 2], "train_loss": [0.7, 0.5], "valid_loss": [0.7, 0.6]})
    Figure('loss per epoch')
    """
    columns = {name: np.asarray(values) for name, values in history.items()}
    epochs = columns["epoch"].astype(float)
    members = columns.get("member", np.zeros(len(epochs)))
    shown = {
        part: columns[f"{part}_{quantity}"].astype(float)
        for part in ("train", "valid")
        if f"{part}_{quantity}" in columns
    }
    floor = 0.0 if quantity == "loss" else None
    y = _limits(list(shown.values()), floor)
    if quantity != "loss" and y[1] > 1 and all(np.nanmax(values, initial=0) <= 1 for values in shown.values()):
        y = (y[0], 1.0 + 0.02 * (1 - y[0]))
    frame = Frame(x=(float(epochs.min()) - 0.5, float(epochs.max()) + 0.5), y=y, top=26)
    several, label = len(np.unique(members)) > 1, meaning(quantity).label
    body = axes(frame, "epoch (one pass over the training data)", label)
    for part, values in shown.items():
        for member in np.unique(members):
            own = members == member
            xs, ys = frame.across(epochs[own]), frame.up(values[own])
            body += polyline(xs, ys, line(part, 1.1 if several else 1.8))
            if part == "valid" and "valid_loss" in columns:
                losses = columns["valid_loss"].astype(float)[own]
                if np.isfinite(losses).any():
                    best = int(np.nanargmin(losses))
                    body += f'<circle cx="{number(xs[best])}" cy="{number(ys[best])}" r="3.6" {line(part)}/>'
    names = {"train": "training", "valid": "validation"}
    body += key_row([(part, names[part]) for part in shown], frame.left, 14)
    last = ", ".join(f"{names[part]} ends at {values[-1]:.3g}" for part, values in shown.items() if len(values))
    return draw(frame.width, frame.height, body, title=f"{label} per epoch", description=last)


def _class_curves(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], across: str, up: str, title: str, *, falling: bool
) -> Figure:
    frame = Frame(x=(0.0, 1.0), y=(0.0, 1.0), width=320, height=300)
    body = axes(frame, across, up, across_ticks=UNIT_TICKS, up_ticks=UNIT_TICKS)
    if not falling:
        dashed = 'stroke="currentColor" stroke-opacity="0.4" stroke-dasharray="3 4"'
        body += segment(
            *(float(frame.across(0)), float(frame.up(0)), float(frame.across(1)), float(frame.up(1))), dashed
        )
    # beyond six the eye cannot tell colours apart: the rest is drawn quietly and named in the table
    named = list(curves)[: len(SERIES)]
    for name in [*list(curves)[len(SERIES) :], *named]:
        colour = SERIES[named.index(name)] if name in named else "quiet"
        xs, ys = (np.asarray(values, float) for values in curves[name])
        body += polyline(frame.across(xs), frame.up(ys), line(colour, 1.8 if name in named else 1.0))
    if len(curves) > 1:
        entries = [(SERIES[row], shorten(name, 110)) for row, name in enumerate(named)]
        top = frame.height - frame.bottom - 10 - 15 * (len(entries) - 1)
        body += legend(entries, frame.width - frame.right - (110 if falling else 4), top)
    return draw(frame.width, frame.height, body, title=title)


def roc_curves(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], *, title: str = "ROC curve") -> Figure:
    """Draw receiver operating characteristics.

    Parameters
    ----------
    curves : mapping of str to (ndarray, ndarray)
        Class -> false positive rates and true positive rates, from 0 to 1.
    title : str
        For the screen reader.

    Returns
    -------
    Figure
        With the diagonal of a coin toss.
    """
    return _class_curves(
        curves, "false positives / all negatives", "true positives / all positives", title, falling=False
    )


def precision_recall_curves(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], *, title: str = "precision-recall curve"
) -> Figure:
    """Draw precision against recall.

    Parameters
    ----------
    curves : mapping of str to (ndarray, ndarray)
        Class -> recall and precision.
    title : str
        For the screen reader.
    """
    return _class_curves(
        curves, "recall: share of positives found", "precision: share of calls right", title, falling=True
    )


def reliability_curves(bins: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """Draw how often the model is right when it says how sure it is, before and after calibration.

    Parameters
    ----------
    bins : mapping of str to sequence of mappings
        ``before`` and ``after`` (either may be absent) -> bins with ``mean_prediction``, ``observed`` and ``count``.

    Returns
    -------
    Figure
        On the diagonal, 80 % means right eight times in ten. The size of a point shows the examples in its bin.
    """
    frame = Frame(x=(0.0, 1.0), y=(0.0, 1.0), width=320, height=318, top=36)
    body = axes(frame, "predicted probability", "observed share", across_ticks=UNIT_TICKS, up_ticks=UNIT_TICKS)
    dashed = 'stroke="currentColor" stroke-opacity="0.4" stroke-dasharray="3 4"'
    body += segment(float(frame.across(0)), float(frame.up(0)), float(frame.across(1)), float(frame.up(1)), dashed)
    entries = []
    for name, colour in (("before", "before"), ("after", "model")):
        filled = [found for found in bins.get(name, ()) if found.get("count")]
        if not filled:
            continue
        entries.append((colour, f"{name} calibration"))
        xs = frame.across([found["mean_prediction"] for found in filled])
        ys = frame.up([found["observed"] for found in filled])
        body += polyline(xs, ys, f'stroke-opacity="0.45" {line(colour, 1.2)}')
        most = max(found["count"] for found in filled)
        for x, y, found in zip(xs, ys, filled, strict=True):
            radius = 2 + 3.5 * (found["count"] / most) ** 0.5
            body += (
                f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" fill-opacity="0.8" {fill(colour)}/>'
            )
    if entries:
        body += legend(entries, frame.width - frame.right - 4, 12)
    return draw(frame.width, frame.height, body, title="reliability curve")


def regression_scatter(targets: np.ndarray, predictions: np.ndarray, *, name: str = "value") -> Figure:
    """Draw predicted against measured values.

    Parameters
    ----------
    targets, predictions : ndarray, shape=(N,)
        Measured and predicted; rows that are not finite are left out.
    name : str
        Of the target.

    Returns
    -------
    Figure
        Points up to 400 examples; above, a map whose darker cells hold more of them.

    Examples
    --------
    >>> regression_scatter(np.arange(3.0), np.arange(3.0), name="activity")
    Figure('predicted against measured: activity')
    """
    targets, predictions = np.asarray(targets, float), np.asarray(predictions, float)
    usable = np.isfinite(targets) & np.isfinite(predictions)
    targets, predictions = targets[usable], predictions[usable]
    frame = Frame(x=_limits([targets]), y=_limits([predictions]), width=320, height=300)
    body = axes(frame, shorten(f"measured: {name}", 240), "predicted")
    low, high = max(frame.x[0], frame.y[0]), min(frame.x[1], frame.y[1])
    if low < high:
        dashed = 'stroke="currentColor" stroke-opacity="0.4" stroke-dasharray="3 4"'
        body += segment(
            *(float(value) for value in (frame.across(low), frame.up(low), frame.across(high), frame.up(high))), dashed
        )
    if len(targets) <= MOST_POINTS:
        for x, y in zip(frame.across(targets), frame.up(predictions), strict=True):
            body += f'<circle cx="{number(x)}" cy="{number(y)}" r="2.6" fill-opacity="0.55" {fill("model")}/>'
    else:
        counts, xs, ys = np.histogram2d(targets, predictions, bins=CELLS, range=[frame.x, frame.y])
        left, top = frame.across(xs), frame.up(ys)
        shade = np.log1p(counts) / np.log1p(counts.max())
        for column, row in zip(*np.nonzero(counts), strict=True):
            x, y = left[column], top[row + 1]
            paint = f'fill-opacity="{0.15 + 0.85 * shade[column, row]:.2f}" {fill("model")}'
            body += rectangle(x, y, left[column + 1] - x, top[row] - y, paint)
    title = f"predicted against measured: {name}"
    return draw(frame.width, frame.height, body, title=title, description=f"{len(targets)} examples")
