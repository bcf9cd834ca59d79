"""Counts and comparisons: balance, histograms, confusion, and metrics with their intervals."""

from collections.abc import Mapping, Sequence

import numpy as np

from primase.reporting.svg import (
    CHARACTER,
    Figure,
    Frame,
    axes,
    draw,
    fill,
    key_row,
    key_width,
    line,
    number,
    rectangle,
    segment,
    shorten,
    text,
    tick_text,
)

PARTS = (("train", "training"), ("valid", "validation"), ("test", "test"))
SHADES = {"train": "quiet", "valid": "series5", "test": "series0"}
MOST_ROWS = 24  # rows of a bar chart
MOST_CELLS = 12  # classes of a confusion matrix whose counts are written


def _names_width(names: Sequence[str], most: float) -> float:
    return min(most, max((len(name) for name in names), default=1) * CHARACTER + 12)


def bar_chart(
    names: Sequence[str],
    values: Sequence[float],
    *,
    title: str,
    unit: str = "",
    reference: float | None = None,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Draw one horizontal bar per name, with its value.

    Parameters
    ----------
    names, values : sequences
        Of one length; the first 24 are drawn.
    title, unit : str
        For the screen reader; what the bars measure.
    reference : float, optional
        A value to mark by a dashed line, for example that of a coin toss.
    limits : (float, float), optional
        Left and right end of the scale; 0 and the largest value by default.

    Examples
    --------
    >>> bar_chart(["a", "b"], [3, 5], title="sizes")
    Figure('sizes')
    """
    names, values = list(names)[:MOST_ROWS], [float(value) for value in values][:MOST_ROWS]
    low, high = limits or (0.0, max([*values, 1e-9]))
    left = _names_width(names, 165)
    frame = Frame(
        x=(low, high), y=(0, 1), height=24 * len(names) + (30 if unit else 12), left=left, right=52, top=4, bottom=26
    )
    body = ""
    for row, (name, value) in enumerate(zip(names, values, strict=True)):
        y = frame.top + 24 * row
        end = float(frame.across(min(max(value, low), high)))
        body += text(left - 6, y + 14, shorten(name, left - 8), anchor="end")
        body += rectangle(left, y + 4, end - left, 14, fill("model"))
        body += text(end + 5, y + 14.5, tick_text(round(value, 3)), quiet=True)
    floor = frame.top + 24 * len(names)
    if reference is not None:
        x = float(frame.across(reference))
        body += segment(x, 2, x, floor + 2, 'stroke="currentColor" stroke-opacity="0.6" stroke-dasharray="3 3"')
    if unit:
        body += text((left + frame.width - frame.right) / 2, floor + 18, unit, anchor="middle", quiet=True)
    told = ", ".join(f"{name}: {tick_text(round(value, 3))}" for name, value in zip(names, values, strict=True))
    return draw(frame.width, frame.height, body, title=title, description=told)


def class_balance(
    names: Sequence[str], counts: Mapping[str, Sequence[int]], *, title: str = "examples per class"
) -> Figure:
    """Draw how many examples of each class lie in the training, validation and test part.

    Parameters
    ----------
    names : sequence of str
        Classes; the first 24 are drawn.
    counts : mapping of str to sequence of int
        ``train``, ``valid``, ``test`` (any may be absent) -> examples of each class. One part alone is not named.
    title : str
        For the screen reader.

    Examples
    --------
    >>> class_balance(["no", "yes"], {"train": [60, 40], "test": [12, 8]})
    Figure('examples per class')
    """
    names = list(names)[:MOST_ROWS]
    parts = [(part, words) for part, words in PARTS if part in counts]
    totals = [sum(int(counts[part][row]) for part, _ in parts) for row in range(len(names))]
    left = _names_width(names, 130)
    frame = Frame(x=(0, max([*totals, 1])), y=(0, 1), height=26 * len(names) + 28, left=left, right=50)
    body = ""
    if len(parts) > 1:
        room = sum(key_width(words) for _, words in parts)
        body = key_row([(SHADES[part], words) for part, words in parts], min(left, frame.width - room), 14)
    for row, name in enumerate(names):
        y, done = 26 + 26 * row, 0
        body += text(left - 6, y + 13, shorten(name, left - 8), anchor="end")
        for part, _ in parts:
            count = int(counts[part][row])
            start, end = (float(value) for value in frame.across([done, done + count]))
            body += rectangle(start, y, max(end - start - 1, 0.5 if count else 0), 18, fill(SHADES[part]))
            done += count
        body += text(float(frame.across(done)) + 5, y + 13, f"{done:,}", quiet=True)
    told = ", ".join(f"{name}: {total}" for name, total in zip(names, totals, strict=True))
    return draw(frame.width, frame.height, body, title=title, description=told)


def histogram(
    values: np.ndarray,
    *,
    title: str,
    across: str,
    up: str = "examples",
    limits: tuple[float, float] | None = None,
    bins: int = 30,
) -> Figure:
    """Draw how often values occur: lengths, targets, or places of a motif.

    Parameters
    ----------
    values : ndarray, shape=(N,)
        Numbers; those that are not finite are left out.
    title, across, up : str
        For the screen reader, and the names of the axes.
    limits : (float, float), optional
        Smallest and largest value of the axis; those of the values by default.
    bins : int
        Most bars.

    Examples
    --------
    >>> histogram(np.array([50, 50, 50]), title="lengths", across="letters")
    Figure('lengths')
    """
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    if not len(values):
        values = np.zeros(1)
    low, high = limits or (float(values.min()), float(values.max()))
    whole = bool((values == np.round(values)).all())
    if whole:  # a bar covers the same number of whole values everywhere
        step = max(1, -(-int(high - low + 1) // bins))
        edges = np.arange(low - 0.5, high + 0.5 + step, step)
        if len(edges) < 6:
            edges = np.arange(low - 2.5 * step, high + 3.5 * step, step)
    else:
        edges = np.linspace(low, high, bins + 1)
    counts, edges = np.histogram(values, edges)
    frame = Frame(x=(edges[0], edges[-1]), y=(0, counts.max() * 1.05), height=190)
    body = axes(frame, across, up)
    xs, floor = frame.across(edges), float(frame.up(0))
    tops = frame.up(counts)
    for column in np.flatnonzero(counts):
        body += rectangle(
            xs[column], tops[column], xs[column + 1] - xs[column] - 0.6, floor - tops[column], fill("model")
        )
    least, middle, most = (tick_text(float(value)) for value in np.quantile(values, [0, 0.5, 1]))
    told = f"{len(values)} values from {least} to {most}, median {middle}"
    return draw(frame.width, frame.height, body, title=title, description=told)


def confusion_matrix(counts: np.ndarray, names: Sequence[str], *, normalised: bool = False) -> Figure:
    """Draw which classes were called for which: rows are the truth, columns the calls.

    Parameters
    ----------
    counts : ndarray, shape=(C, C)
        Examples of each true class (row) called each class (column).
    names : sequence of str
        C classes.
    normalised : bool
        Write shares of the row instead of counts.

    Examples
    --------
    >>> confusion_matrix(np.array([[251, 8], [2, 239]]), ["no", "yes"], normalised=True)
    Figure('confusion matrix, share of each true class')
    """
    counts = np.asarray(counts, float)
    size = len(counts)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    left = _names_width(names, 96) + 16
    cell = min(72.0, max(9.0, (330 - left) / size))
    written = size <= MOST_CELLS
    slanted = written and max(len(name) for name in names) * CHARACTER > cell - 2
    top = 34.0 + (min(max(len(name) for name in names) * CHARACTER, 80) * 0.75 if slanted else 0)
    width, height = max(left + cell * size + (50 if slanted else 10), 220), top + cell * size + 8
    body = text(left + cell * size / 2, 12, "called", anchor="middle", quiet=True)
    for row in range(size):
        y = top + cell * row
        if written:
            body += text(left - 6, y + cell / 2 + 4, shorten(names[row], left - 22), anchor="end")
            x = left + cell * (row + 0.5)
            turn = f'transform="rotate(-48 {number(x)} {number(top - 6)})"' if slanted else ""
            words = shorten(names[row], 80 if slanted else cell)
            body += text(x, top - 6, words, anchor="start" if slanted else "middle", extra=turn)
        for column in range(size):
            x, share = left + cell * column, shares[row, column]
            body += rectangle(x, y, cell - 1.5, cell - 1.5, fill("empty"))
            body += rectangle(x, y, cell - 1.5, cell - 1.5, f'fill-opacity="{share:.3f}" {fill("model")}')
            if written:
                words = f"{100 * share:.0f} %" if normalised else f"{counts[row, column]:,.0f}"
                paint = 'class="on-dark" fill="#ffffff"' if share > 0.55 else ""
                body += text(x + cell / 2, y + cell / 2 + 4, words, anchor="middle", extra=paint)
    middle = top + cell * size / 2
    body += text(11, middle, "true", anchor="middle", quiet=True, extra=f'transform="rotate(-90 11 {number(middle)})"')
    told = "; ".join(
        f"{names[row]} called {names[column]}: {counts[row, column]:.0f}"
        for row in range(min(size, 6))
        for column in range(min(size, 6))
    )
    kind = "share of each true class" if normalised else "counts"
    return draw(width, height, body, title=f"confusion matrix, {kind}", description=told)


def forest_plot(
    rows: Sequence[tuple[str, float, float | None, float | None]],
    *,
    title: str,
    unit: str,
    emphasised: str = "",
    reference: float | None = None,
) -> Figure:
    """Draw estimates with their intervals, one below the other.

    Parameters
    ----------
    rows : sequence of (name, value, low, high)
        Estimates; without an interval (None) only the point is drawn.
    title, unit : str
        For the screen reader; what the values are.
    emphasised : str
        Name of the row to draw strongly: the model.
    reference : float, optional
        A value to mark, for example no difference.

    Examples
    --------
    >>> forest_plot([("deepbind", 0.95, 0.93, 0.97), ("kmer", 0.9, 0.87, 0.93)], title="AUROC", unit="AUROC")
    Figure('AUROC')
    """
    ends = [value for _, *values in rows for value in values if value is not None and np.isfinite(value)]
    ends += [] if reference is None else [reference]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    pad = 0.08 * (high - low) or 0.05
    left = _names_width([name for name, *_ in rows], 120) + 4
    frame = Frame(
        x=(low - pad, high + pad), y=(0, 1), height=30 * len(rows) + 46, left=left, right=14, top=6, bottom=40
    )
    body = axes(frame, unit, "", up_ticks=())
    if reference is not None:
        x = float(frame.across(reference))
        body += segment(x, 4, x, frame.height - 40, 'stroke="currentColor" stroke-opacity="0.6" stroke-dasharray="3 3"')
    for row, (name, value, first, last) in enumerate(rows):
        y = frame.top + 30 * row + 15
        colour = "model" if name == emphasised else "baseline"
        weight = 'font-weight="600"' if name == emphasised else ""
        body += text(left - 8, y + 4, shorten(name, left - 8), anchor="end", extra=weight)
        if first is not None and last is not None:
            x1, x2 = (float(end) for end in frame.across([first, last]))
            body += segment(x1, y, x2, y, line(colour, 2.4))
            body += segment(x1, y - 4, x1, y + 4, line(colour, 1.4)) + segment(x2, y - 4, x2, y + 4, line(colour, 1.4))
        body += f'<circle cx="{number(float(frame.across(value)))}" cy="{number(y)}" r="4.6" {fill(colour)}/>'
    told = ", ".join(f"{name}: {value:.3f}" for name, value, *_ in rows)
    return draw(frame.width, frame.height, body, title=title, description=told)
