"""Sequences drawn: logos, attribution tracks, and one encoded example."""

from collections.abc import Mapping, Sequence

import numpy as np

from primase.core.errors import ShapeError
from primase.core.motifs import information
from primase.reporting.letters import letter_colour, letter_path
from primase.reporting.svg import (
    Figure,
    Frame,
    draw,
    fill,
    number,
    rectangle,
    segment,
    text,
    tick_text,
    ticks,
)

DNA = "ACGT"
LETTER_WIDTH = 15.0
LEFT = 58.0  # room for numbers as long as -0.0004, and the name of the axis
ENCODED = 70  # letters of an encoded example: the width of a page
LETTERS = 60  # most letters that are drawn one by one
MOST_BARS = 1500  # a wider track is thinned: no screen shows more


def _check(values: np.ndarray, letters: str) -> None:
    if values.ndim != 2 or values.shape[0] != len(letters) or values.shape[1] == 0:
        raise ShapeError(
            f"a logo got an array of shape {values.shape} for the letters {letters!r}",
            fix=f"give shape ({len(letters)}, L) with L >= 1: one row per letter",
        )


def _axis_left(frame: Frame, low: float, high: float, name: str) -> str:
    marks = ticks(low, high, 3)
    marks = marks if len(marks) > 1 else ticks(low, high, 6)
    parts = [
        text(frame.left - 5, float(frame.up(mark)) + 3.8, tick_text(mark), anchor="end", quiet=True) for mark in marks
    ]
    middle = number((frame.top + frame.height - frame.bottom) / 2)
    parts.append(
        text(10, float(middle), name, anchor="middle", quiet=True, extra=f'transform="rotate(-90 10 {middle})"')
    )
    return "".join(parts)


def _positions(frame: Frame, length: int, start: int, step: int) -> str:
    marks = [place for place in range(length) if (start + place + 1) % step == 0 or place == 0]
    marks = [place for place in marks if place == 0 or place >= step / 2]
    floor = frame.height - frame.bottom + 14
    return "".join(
        text(float(frame.across(place + 0.5)), floor, f"{start + place + 1:,}", anchor="middle", quiet=True)
        for place in marks
    )


def _bands(frame: Frame, highlight: Sequence[tuple[int, int]], start: int, length: int) -> str:
    parts = []
    for first, end in highlight:
        left, right = max(first - start, 0), min(end - start, length)
        if left < right:
            x = float(frame.across(left))
            parts.append(rectangle(x, 2, float(frame.across(right)) - x, frame.height - frame.bottom, fill("band")))
    return "".join(parts)


def sequence_logo(
    heights: np.ndarray,
    letters: str = DNA,
    *,
    title: str = "sequence logo",
    unit: str = "bits",
    start: int = 0,
    highlight: Sequence[tuple[int, int]] = (),
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Draw letters stacked by height, the tallest outermost; negative ones hang below the axis, on their heads.

    Parameters
    ----------
    heights : ndarray, shape=(A, L)
        Signed height of each letter at each position.
    letters : str
        One letter per row.
    title : str
        For the screen reader.
    unit : str
        Of the heights, written at the axis.
    start : int
        0-based position of the first column; positions are written 1-based.
    highlight : sequence of (int, int)
        Stretches (0-based, half-open) to shade.
    limits : (float, float), optional
        Lowest and highest value of the axis, so that several logos can be compared.

    Returns
    -------
    Figure

    References
    ----------
    Schneider & Stephens 1990, doi:10.1093/nar/18.20.6097.

    Examples
    --------
    >>> sequence_logo(np.eye(4), title="ACGT")
    Figure('ACGT')
    """
    heights = np.nan_to_num(np.asarray(heights, float))
    _check(heights, letters)
    length = heights.shape[1]
    low, high = limits or (
        float(np.where(heights < 0, heights, 0).sum(0).min()),
        float(np.where(heights > 0, heights, 0).sum(0).max()),
    )
    span = (high - low) or 1.0
    high = high + 0.04 * span if high > low else 1.0
    width = LEFT + LETTER_WIDTH * length + 6
    frame = Frame(x=(0, length), y=(low, high), width=width, height=118, left=LEFT, right=6, top=8, bottom=20)
    paths: dict[str, list[str]] = {}
    for place in range(length):
        x = float(frame.across(place)) + 0.4
        for side in (1, -1):
            rest = 0.0
            column = heights[:, place] * side
            for row in np.argsort(column, kind="stable"):
                if column[row] * (frame.height - 28) / span < 0.4:  # less than half a pixel
                    continue
                edges = frame.up([side * rest, side * (rest + column[row])])
                rest += column[row]
                top, tall = float(edges.min()), float(np.ptp(edges))
                colour = letter_colour(letters[row], letters)
                path = letter_path(letters[row], x, top, LETTER_WIDTH - 0.8, tall * side)
                paths.setdefault(colour, []).append(path)
    zero = float(frame.up(0))
    body = _bands(frame, highlight, start, length) + _axis_left(frame, low, high, unit)
    body += "".join(f'<path d="{"".join(found)}" {fill(colour)}/>' for colour, found in paths.items())
    body += segment(frame.left, zero, width - 6, zero, 'stroke="currentColor" stroke-opacity="0.5"')
    body += _positions(frame, length, start, 5 if length <= 40 else 10)
    best = "".join(letters[row] for row in np.abs(heights).argmax(0))
    return draw(width, frame.height, body, title=title, description=f"Tallest letters: {best}")


def information_logo(frequencies: np.ndarray, letters: str = DNA, *, title: str = "motif") -> Figure:
    """Draw a position frequency matrix as information content: how much each position is fixed, in bits.

    Parameters
    ----------
    frequencies : ndarray, shape=(A, L)
        Probability of each letter at each position; columns sum to one.
    letters : str
        One letter per row.
    title : str
        For the screen reader.

    Returns
    -------
    Figure
        Two bits is the most for DNA and RNA (always the same letter), zero says nothing.

    Examples
    --------
    >>> information_logo(np.full((4, 3), 0.25), title="flat")
    Figure('flat')
    """
    frequencies = np.asarray(frequencies, float)
    _check(frequencies, letters)
    return sequence_logo(frequencies * information(frequencies), letters, title=title, unit="bits")


def attribution_logo(
    contributions: np.ndarray,
    sequence: str,
    letters: str = DNA,
    *,
    title: str = "attribution",
    start: int = 0,
    highlight: Sequence[tuple[int, int]] = (),
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Draw the letters of one sequence, each as tall as it moved the prediction, upwards or downwards.

    Parameters
    ----------
    contributions : ndarray, shape=(L,)
        Attribution of each letter of `sequence`.
    sequence : str
        L letters; those outside `letters` are left blank.
    letters : str
        The alphabet.
    title : str
        For the screen reader.
    start : int
        0-based position of the first letter in the whole sequence.
    highlight : sequence of (int, int)
        Stretches of the whole sequence (0-based, half-open) to shade.
    limits : (float, float), optional
        Lowest and highest value of the axis.

    Returns
    -------
    Figure
    """
    contributions = np.asarray(contributions, float)
    if contributions.shape != (len(sequence),):
        raise ShapeError(
            f"{contributions.shape} contributions for {len(sequence)} letters", fix="give one number per letter"
        )
    heights = np.array([[value if letter == row else 0.0 for value, letter in zip(contributions, sequence, strict=True)]
                        for row in letters])  # fmt: skip
    return sequence_logo(
        heights, letters, title=title, unit="attribution", start=start, highlight=highlight, limits=limits
    )


def attribution_track(
    contributions: np.ndarray,
    sequence: str,
    letters: str = DNA,
    *,
    title: str = "attribution along the sequence",
    highlight: Sequence[tuple[int, int]] | None = None,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Draw one example as bars: how much the letter at each position moved the prediction.

    Parameters
    ----------
    contributions : ndarray, shape=(L,)
        Attribution of each letter.
    sequence : str
        L letters.
    letters : str
        The alphabet, for the colours.
    title : str
        For the screen reader.
    highlight : sequence of (int, int), optional
        Stretches (0-based, half-open) whose bars are coloured by letter while the others are grey, for example a
        motif; without it every bar is coloured.
    limits : (float, float), optional
        Lowest and highest value of the axis.

    Returns
    -------
    Figure
        Beyond 1,500 letters each bar stands for the strongest of several neighbours.

    Examples
    --------
    >>> attribution_track(np.array([0.1, 0.9, -0.2]), "ACG", highlight=[(1, 2)])
    Figure('attribution along the sequence')
    """
    contributions = np.nan_to_num(np.asarray(contributions, float))
    length = len(sequence)
    if contributions.shape != (length,) or not length:
        raise ShapeError(f"{contributions.shape} contributions for {length} letters", fix="give one number per letter")
    low, high = limits or (min(0.0, float(contributions.min())), max(0.0, float(contributions.max())))
    if low == high:
        high = 1.0
    coloured = np.full(length, highlight is None)
    for first, end in highlight or ():
        coloured[max(first, 0) : end] = True
    frame = Frame(x=(0, length), y=(low, high), width=880, height=104, left=LEFT, right=16, top=6, bottom=20)
    wide = (frame.width - frame.left - frame.right) / length
    groups = -(-length // MOST_BARS)
    bars: dict[str, list[str]] = {}
    zero = float(frame.up(0))
    for first in range(0, length, groups):
        place = first + int(np.abs(contributions[first : first + groups]).argmax())
        known = coloured[place] and sequence[place] in letters
        colour = letter_colour(sequence[place], letters) if known else "quiet"
        x, y = float(frame.across(first)), float(frame.up(contributions[place]))
        bar = max(wide * groups * (0.82 if length <= 300 else 1.0), 0.4)
        if abs(y - zero) >= 0.05:
            bars.setdefault(colour, []).append(
                f"M{number(x)} {number(zero)}v{number(y - zero)}h{number(bar)}V{number(zero)}z"
            )
    step = int(ticks(0, length, 8)[1]) or 1
    body = _bands(frame, highlight or (), 0, length) + _axis_left(frame, low, high, "attribution")
    body += "".join(f'<path d="{"".join(found)}" {fill(colour)}/>' for colour, found in bars.items())
    body += segment(frame.left, zero, frame.width - 16, zero, 'stroke="currentColor" stroke-opacity="0.5"')
    body += _positions(frame, length, 0, step)
    peak = int(np.abs(contributions).argmax())
    told = f"Strongest at position {peak + 1}, letter {sequence[peak]}: {contributions[peak]:.3g}"
    return draw(frame.width, frame.height, body, title=title, description=told)


def draw_attribution(
    contributions: Mapping[str, np.ndarray], sequence: str, letters: str = DNA, title: str = "attribution"
) -> Figure:
    """Draw one example whole: for each class or target its track, and below it the letters where it is strongest.

    Parameters
    ----------
    contributions : mapping of str to ndarray, shape=(A, L)
        Class or target -> attribution, zero at letters that are not there.
    sequence : str
        L letters.
    letters : str
        The alphabet.
    title : str
        Written above the drawing.

    Returns
    -------
    Figure
        Sequences up to 60 letters show all their letters, longer ones the strongest 56.

    Examples
    --------
    >>> draw_attribution({"present": np.eye(4)}, "ACGT", title="s1")
    Figure('s1')
    """
    body, y = text(8, 16, title, extra='font-weight="600"'), 24
    for name, values in contributions.items():
        observed = np.nan_to_num(np.asarray(values, float)).sum(0)
        first, end = strongest_stretch(observed)
        track = attribution_track(observed, sequence, letters, title=f"{name}, along the sequence")
        told = f"{name}, letters {first + 1} to {end}"
        logo = attribution_logo(observed[first:end], sequence[first:end], letters, title=told, start=first)
        body += text(8, y + 14, f"towards {name}", quiet=True)
        body += track.svg.replace("<svg ", f'<svg y="{y + 18}" ', 1)
        body += logo.svg.replace("<svg ", f'<svg y="{y + 128}" ', 1)
        y += 262
    return draw(960, y, body, title=title)


def strongest_stretch(contributions: np.ndarray) -> tuple[int, int]:
    """Return the stretch (0-based, half-open) that is drawn as letters: all up to 60, else the strongest 56.

    Examples
    --------
    >>> strongest_stretch(np.ones(12))
    (0, 12)
    """
    length = len(contributions)
    if length <= LETTERS:
        return 0, length
    width = LETTERS - 4
    sums = np.cumsum(np.concatenate([[0.0], np.abs(contributions)]))
    first = int((sums[width:] - sums[:-width]).argmax())
    return first, first + width


def encoded_example(sequence: str, letters: str = DNA, *, title: str = "one encoded example") -> Figure:
    """Draw a sequence as the network sees it: one row per letter, a filled cell where the letter stands.

    Parameters
    ----------
    sequence : str
        Letters; the first `ENCODED` are drawn. A letter outside the alphabet is an empty column.
    letters : str
        The alphabet.
    title : str
        For the screen reader.

    Examples
    --------
    >>> encoded_example("ACGTN")
    Figure('one encoded example')
    """
    shown = sequence[:ENCODED].upper()
    cell = 14.0
    width = 26 + cell * len(shown) + 6
    height = 20 + cell * len(letters) + 20
    parts = []
    for row, letter in enumerate(letters):
        y = 20 + cell * row
        parts.append(text(18, y + 10.8, letter, anchor="end"))
        parts.append(rectangle(26, y + 0.5, cell * len(shown), cell - 1, fill("empty")))
        here = [place for place, found in enumerate(shown) if found == letter]
        colour = letter_colour(letter, letters)
        cells = "".join(f"M{number(26 + cell * place + 0.5)} {number(y + 0.5)}h13v13h-13z" for place in here)
        parts.append(f'<path d="{cells}" {fill(colour)}/>' if cells else "")
    parts += [text(26 + cell * (place + 0.5), 13, letter, anchor="middle") for place, letter in enumerate(shown)]
    floor = height - 6
    marks = [0, *range(9, len(shown), 10)]
    parts += [text(26 + cell * (place + 0.5), floor, place + 1, anchor="middle", quiet=True) for place in marks]
    return draw(width, height, "".join(parts), title=title, description=f"The sequence {shown}")
