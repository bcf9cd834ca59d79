"""The few words of SVG that the figures are written in.

A figure is a string of SVG that is right by itself: plain colours as attributes, text in ``currentColor``. Every
coloured shape also has a class (``fill-train``, ``line-train``), so that a page with a style sheet can choose other
colours, for dark mode and for print.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from primase.core.errors import PrimaseError
from primase.core.files import write_text

# Series: Okabe and Ito, doi:10.1038/nmeth.1618 (distinct with every colour vision). Bases: the field's colours, with
# four different brightnesses. Amino acids: by chemistry.
PALETTE = {
    "train": "#7a8691",
    "valid": "#0072b2",
    "model": "#0072b2",
    "baseline": "#7a8691",
    "before": "#d98a00",
    "series0": "#0072b2",
    "series1": "#d55e00",
    "series2": "#009e73",
    "series3": "#b5629b",
    "series4": "#d98a00",
    "series5": "#6db6e3",
    "quiet": "#9aa5ae",
    "band": "#f2ecd9",
    "empty": "#eef1f3",
    "A": "#109648",
    "C": "#255c99",
    "G": "#f0a20a",
    "T": "#d62839",
    "acidic": "#d62839",
    "basic": "#255c99",
    "polar": "#109648",
    "aromatic": "#8a4fbf",
    "hydrophobic": "#6b7680",
    "special": "#f0a20a",
}
SERIES = tuple(name for name in PALETTE if name.startswith("series"))
CHARACTER = 6.3  # mean advance of a letter, in units, at the size below
SIZE = 11


@dataclass(frozen=True)
class Figure:
    """A drawing that shows itself in a notebook and can be saved.

    Attributes
    ----------
    svg : str
        One ``<svg>`` element.
    title : str
        What it shows, as a short phrase.

    Examples
    --------
    >>> Figure("<svg></svg>", "nothing")
    Figure('nothing')
    """

    svg: str
    title: str

    def __repr__(self) -> str:
        return f"Figure({self.title!r})"

    def __html__(self) -> str:
        return self.svg

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return f'<div style="max-width:100%;overflow-x:auto">{self.svg}</div>'

    def save(self, path: str | Path) -> Path:
        """Write the figure as an SVG file and return its path.

        Raises
        ------
        PrimaseError
            If the suffix is not ``.svg``.
        """
        path = Path(path)
        if path.suffix.lower() != ".svg":
            raise PrimaseError(f"a figure cannot be written as {path.name!r}", fix="give a name that ends in .svg")
        write_text(path, '<?xml version="1.0" encoding="UTF-8"?>\n' + self.svg + "\n")
        return path


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A plotting area: where data lie on the page.

    Attributes
    ----------
    x, y : tuple of float
        Data at the left and right, bottom and top edge.
    width, height : float
        Of the whole figure, in units (one is a CSS pixel at full size).
    left, right, top, bottom : float
        Margins.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    width: float = 320
    height: float = 240
    left: float = 46
    right: float = 12
    top: float = 12
    bottom: float = 40

    def across(self, values: float | Sequence[float] | np.ndarray) -> np.ndarray:
        """Return the page positions of data along x."""
        low, high = self.x
        return self.left + (np.asarray(values, float) - low) / (high - low) * (self.width - self.left - self.right)

    def up(self, values: float | Sequence[float] | np.ndarray) -> np.ndarray:
        """Return the page positions of data along y (the page's y grows downwards)."""
        low, high = self.y
        inner = self.height - self.top - self.bottom
        return self.height - self.bottom - (np.asarray(values, float) - low) / (high - low) * inner


def number(value: float) -> str:
    """Write a coordinate with at most two decimals, as short as it goes.

    Examples
    --------
    >>> number(12.0), number(0.126), number(-0.001)
    ('12', '0.13', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def fill(name: str) -> str:
    """Return the attributes that fill a shape with a colour of the palette."""
    return f'class="fill-{name}" fill="{PALETTE[name]}"'


def line(name: str, width: float = 1.6) -> str:
    """Return the attributes that draw a line in a colour of the palette."""
    return f'class="line-{name}" stroke="{PALETTE[name]}" stroke-width="{number(width)}" fill="none"'


def text(x: float, y: float, words: object, *, anchor: str = "start", quiet: bool = False, extra: str = "") -> str:
    """Return a line of text, escaped."""
    shade = ' fill-opacity="0.72"' if quiet else ""
    return (
        f'<text x="{number(x)}" y="{number(y)}" text-anchor="{anchor}"{shade}{" " + extra if extra else ""}>'
        f"{escape(str(words))}</text>"
    )


def rectangle(x: float, y: float, width: float, height: float, paint: str) -> str:
    """Return a rectangle."""
    size = f'width="{number(max(width, 0))}" height="{number(max(height, 0))}"'
    return f'<rect x="{number(x)}" y="{number(y)}" {size} {paint}/>'


def segment(x1: float, y1: float, x2: float, y2: float, paint: str) -> str:
    """Return a straight line."""
    return f'<path d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}" {paint}/>'


def polyline(xs: np.ndarray, ys: np.ndarray, paint: str) -> str:
    """Return a line through points; points that are not finite interrupt it."""
    parts, pen = [], "M"
    for x, y in zip(xs, ys, strict=True):
        if np.isfinite(x) and np.isfinite(y):
            parts.append(f"{pen}{number(x)} {number(y)}")
            pen = "L"
        else:
            pen = "M"
    return f'<path d="{"".join(parts)}" stroke-linejoin="round" {paint}/>' if parts else ""


def shorten(words: object, width: float) -> str:
    """Cut a phrase to what fits into `width` units."""
    phrase, most = str(words), max(2, int(width / CHARACTER))
    return phrase if len(phrase) <= most else phrase[: most - 1] + "…"


def ticks(low: float, high: float, count: int = 5) -> np.ndarray:
    """Return round numbers from `low` to `high`, about `count` of them.

    Examples
    --------
    >>> ticks(0, 1).tolist()
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    span = high - low
    if not span > 0:
        return np.array([low])
    power = 10.0 ** np.floor(np.log10(span / count))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * count >= span * 0.999)
    marks = np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step
    return np.round(marks, 12) + 0.0


def tick_text(value: float) -> str:
    """Write the number at a tick.

    Examples
    --------
    >>> tick_text(0.25), tick_text(-2.0), tick_text(12000.0)
    ('0.25', '−2', '12,000')
    """
    words = f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e7 else f"{value:.4g}"
    return words.replace("-", "\N{MINUS SIGN}")


def axes(
    frame: Frame,
    across: str,
    up: str,
    *,
    across_ticks: Iterable[float] | None = None,
    up_ticks: Iterable[float] | None = None,
) -> str:
    """Return the axes of a plot: light horizontal rules, ticks with their numbers, and the names of both."""
    parts = []
    right, floor = frame.width - frame.right, frame.height - frame.bottom
    rule = 'stroke="currentColor" stroke-opacity="0.14" stroke-width="1"'
    for value in ticks(*frame.y) if up_ticks is None else up_ticks:
        y = float(frame.up(value))
        parts.append(segment(frame.left, y, right, y, rule))
        parts.append(text(frame.left - 6, y + 3.8, tick_text(value), anchor="end", quiet=True))
    for value in ticks(*frame.x) if across_ticks is None else across_ticks:
        x = float(frame.across(value))
        parts.append(segment(x, floor, x, floor + 4, 'stroke="currentColor" stroke-opacity="0.5"'))
        parts.append(text(x, floor + 16, tick_text(value), anchor="middle", quiet=True))
    parts.append(segment(frame.left, floor, right, floor, 'stroke="currentColor" stroke-opacity="0.5"'))
    parts.append(text((frame.left + right) / 2, frame.height - 6, across, anchor="middle"))
    if up:
        middle = (frame.top + floor) / 2
        parts.append(text(11, middle, up, anchor="middle", extra=f'transform="rotate(-90 11 {number(middle)})"'))
    return "".join(parts)


def legend(entries: Sequence[tuple[str, str]], right: float, y: float) -> str:
    """Return a key of (colour, name), one below the other, their right edge at `right`."""
    width = max(len(name) for _, name in entries) * CHARACTER
    parts = []
    for row, (colour, name) in enumerate(entries):
        top = y + 15 * row
        parts.append(rectangle(right - width - 16, top - 4.5, 11, 3.5, fill(colour)))
        parts.append(text(right - width, top, name))
    return "".join(parts)


def key_row(entries: Sequence[tuple[str, str]], left: float, y: float) -> str:
    """Return a key of (colour, name), one beside the other, from `left` on."""
    parts = []
    for colour, name in entries:
        parts.append(rectangle(left, y - 8, 11, 8, fill(colour)) + text(left + 15, y, name, quiet=True))
        left += key_width(name)
    return "".join(parts)


def key_width(name: str) -> float:
    """Return the room that a name takes in a row of a key."""
    return 29 + len(name) * CHARACTER


def draw(width: float, height: float, body: str, *, title: str, description: str = "") -> Figure:
    """Wrap the parts of a drawing as a figure that a screen reader can read out.

    Parameters
    ----------
    width, height : float
        Size, in units.
    body : str
        SVG elements.
    title, description : str
        What it shows, and what is to be seen.
    """
    told = f"<desc>{escape(description)}</desc>" if description else ""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}" '
        f'viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}" '
        f'style="max-width:100%;height:auto" font-family="system-ui, -apple-system, Segoe UI, sans-serif" '
        f'font-size="{SIZE}" fill="currentColor"><title>{escape(title)}</title>{told}{body}</svg>'
    )
    return Figure(svg, title)
