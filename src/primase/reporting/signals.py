"""Signals along windows, and how far the expected ones are from the observed ones."""

from collections.abc import Mapping, Sequence

import numpy as np

from primase.core.errors import ShapeError
from primase.reporting.svg import (
    CHARACTER,
    Figure,
    Frame,
    axes,
    draw,
    fill,
    line,
    number,
    polyline,
    rectangle,
    segment,
    shorten,
    text,
    tick_text,
    ticks,
)

WIDTH = 880
NAMES = 150  # most of the width that names of tracks take
MOST_STEPS = 1500  # a longer window is thinned: no screen shows more
LINES = ("series0", "series1")  # upwards and downwards


def signal_plot(
    observed: np.ndarray,
    names: Sequence[str],
    *,
    expected: np.ndarray | None = None,
    step: int = 1,
    title: str = "signal along a window",
) -> Figure:
    """Draw a signal along a window; of two strands the second hangs below the axis.

    Parameters
    ----------
    observed : ndarray, shape=(S, P)
        One or two tracks.
    names : sequence of str
        Theirs.
    expected : ndarray, shape=(S, P), optional
        What a model expects, drawn as a line over the observed areas.
    step : int
        Letters per bin.
    title : str
        For the screen reader.

    Examples
    --------
    >>> signal_plot(np.array([[0, 3, 1]]), ["reads"], step=10, title="reads at chr1:0-30")
    Figure('reads at chr1:0-30')
    """
    observed = np.atleast_2d(np.asarray(observed, float))
    if len(observed) > 2 or len(observed) != len(names) or (expected is not None and expected.shape != observed.shape):
        raise ShapeError(f"{observed.shape} is drawn for {len(names)} tracks", fix="give one or two tracks, (S, P)")
    thin = -(-observed.shape[1] // MOST_STEPS)
    span = observed.shape[1] * step
    shown = [_thin(observed, thin), None if expected is None else _thin(np.asarray(expected, float), thin)]
    peak = max(float(values.max(initial=0)) for values in shown if values is not None) * 1.04 or 1.0
    low = -peak if len(observed) == 2 else 0.0
    beside = min(NAMES, max(map(len, names)) * CHARACTER + 8)
    size = {"width": WIDTH, "height": 116 if low == 0 else 156}
    frame = Frame(x=(0, span), y=(low, peak), **size, left=56, right=beside + 8, top=8)
    body = axes(frame, "letters of the predicted stretch", "", up_ticks=())
    zero = float(frame.up(0))
    marks = ticks(0, peak, 3)
    marks = marks if len(marks) > 1 else ticks(0, peak, 6)
    for mark in np.unique([*marks, *(-marks if low else ())]):  # both strands count upwards from 0
        place = float(frame.up(mark)) + 3.8
        body += text(frame.left - 6, place, tick_text(abs(mark)), anchor="end", quiet=True)
    # the last bin is as wide as is left
    edges = frame.across(np.minimum(np.arange(shown[0].shape[1] + 1) * step * thin, span))
    for strand, name in enumerate(names):
        sign, colour = (-1 if strand else 1), LINES[strand]
        tops = frame.up(sign * shown[0][strand])
        body += _area(edges, tops, zero, fill("quiet" if expected is not None else colour))
        if shown[1] is not None:
            body += polyline((edges[1:] + edges[:-1]) / 2, frame.up(sign * shown[1][strand]), line(colour, 1.5))
        middle = (zero + float(frame.up(sign * peak))) / 2 + 4
        body += text(frame.width - frame.right + 8, middle, shorten(name, beside), quiet=True)
    body += segment(frame.left, zero, frame.width - frame.right, zero, 'stroke="currentColor" stroke-opacity="0.5"')
    told = ", ".join(f"{name} up to {values.max(initial=0):.3g}" for name, values in zip(names, observed, strict=True))
    return draw(frame.width, frame.height, body, title=title, description=told)


def _thin(values: np.ndarray, groups: int) -> np.ndarray:
    """Return the highest of each group of neighbouring bins."""
    if groups == 1:
        return values
    return np.maximum.reduceat(values, np.arange(0, values.shape[1], groups), axis=1)


def _area(edges: np.ndarray, tops: np.ndarray, zero: float, paint: str) -> str:
    """Return the area between the axis and steps of one height per bin; stretches at the axis are left out."""
    parts, inside = [], False
    for left, right, top in zip(edges[:-1], edges[1:], tops, strict=True):
        if abs(top - zero) < 0.05:
            parts.append(f"V{number(zero)}Z" if inside else "")
            inside = False
            continue
        parts.append(f"{'' if inside else f'M{number(left)} {number(zero)}'}V{number(top)}H{number(right)}")
        inside = True
    parts.append(f"V{number(zero)}Z" if inside else "")
    return f'<path d="{"".join(parts)}" fill-opacity="0.75" {paint}/>' if any(parts) else ""


def distance_curves(distances: Mapping[str, np.ndarray], *, title: str, across: str, bins: int = 30) -> Figure:
    """Draw how often each of several predictors is how far from what was observed.

    Parameters
    ----------
    distances : mapping of str to ndarray, shape=(N,)
        Name -> one distance per window, NaN where there is none; up to three.
    title, across : str
        For the screen reader, and the name of the axis.
    bins : int
        Steps of the curves.

    Examples
    --------
    >>> distance_curves({"model": np.array([0.2, 0.3])}, title="distances", across="distance")
    Figure('distances')
    """
    known = {name: np.asarray(values, float)[np.isfinite(values)] for name, values in distances.items()}
    every = np.concatenate([*known.values(), [0.0]])
    edges = np.linspace(0, max(float(every.max()) * 1.02, 1e-6), bins + 1)
    counts = {name: np.histogram(values, edges)[0] for name, values in known.items()}
    most = max((int(values.max(initial=0)) for values in counts.values()), default=0)
    frame = Frame(x=(0, edges[-1]), y=(0, max(most, 1) * 1.05), height=244, top=32)
    body = axes(frame, across, "windows")
    x = frame.left
    for (name, values), colour in zip(counts.items(), ("model", "baseline", "series2"), strict=False):
        xs, ys = np.repeat(edges, 2)[1:-1], np.repeat(values, 2)
        body += polyline(frame.across(xs), frame.up(ys), line(colour, 1.7))
        body += rectangle(x, 8, 11, 3.5, fill(colour)) + text(x + 15, 13, name, quiet=True)
        x += 15 + len(name) * CHARACTER + 10
    told = ", ".join(f"{name} {values.mean():.3f} on average" for name, values in known.items() if len(values))
    return draw(frame.width, frame.height, body, title=title, description=told)
