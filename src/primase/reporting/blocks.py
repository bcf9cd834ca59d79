"""What a chapter of a report is made of: plain data, which the template turns into HTML and escapes."""

from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from primase.reporting.svg import Figure


@dataclass(frozen=True)
class Prose:
    """A paragraph; `tone` is ``plain``, ``quiet``, ``good`` or ``warn``."""

    kind: ClassVar[str] = "prose"
    words: str
    tone: str = "plain"


@dataclass(frozen=True)
class Points:
    """A list of sentences; `tone` as in `Prose`."""

    kind: ClassVar[str] = "points"
    items: tuple[str, ...]
    title: str = ""
    tone: str = "plain"


@dataclass(frozen=True)
class Facts:
    """Names with their values, read line by line."""

    kind: ClassVar[str] = "facts"
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Tiles:
    """A few numbers that matter most: name, value, and a line that says what it means."""

    kind: ClassVar[str] = "tiles"
    items: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Table:
    """A table; the first column names the row, `strong` rows stand out, `words` are columns that hold text."""

    kind: ClassVar[str] = "table"
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    strong: frozenset[int] = frozenset()
    words: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Panel:
    """A figure with the sentence below it; a wide one scrolls sideways on a narrow screen."""

    figure: Figure
    caption: str = ""
    title: str = ""


@dataclass(frozen=True)
class Figures:
    """Figures side by side as far as the page allows, or one below the other where they are `wide`."""

    kind: ClassVar[str] = "figures"
    panels: tuple[Panel, ...]
    wide: bool = False


@dataclass(frozen=True)
class Card:
    """One thing with a name, a line about it, and wide figures below each other."""

    title: str
    words: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Cards:
    """Several of a kind: examples, or motifs."""

    kind: ClassVar[str] = "cards"
    items: tuple[Card, ...]


@dataclass(frozen=True)
class Code:
    """Text to copy."""

    kind: ClassVar[str] = "code"
    words: str
    title: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading inside a chapter."""

    kind: ClassVar[str] = "heading"
    words: str


@dataclass(frozen=True)
class Folded:
    """Blocks behind a line that opens them."""

    kind: ClassVar[str] = "folded"
    summary: str
    blocks: tuple["Block", ...]


Block: TypeAlias = Prose | Points | Facts | Tiles | Table | Figures | Cards | Code | Heading | Folded


@dataclass(frozen=True)
class Chapter:
    """One part of the report.

    Attributes
    ----------
    anchor, title : str
        Its place in the page, and its heading.
    blocks : tuple of blocks
        In reading order.
    """

    anchor: str
    title: str
    blocks: tuple[Block, ...] = field(default=())
