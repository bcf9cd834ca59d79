"""The errors of primase: two sentences each, what is wrong (the value and its place) and how to fix it."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

MOST_OFFERED = 30  # names that an error lists


class PrimaseError(ValueError):
    """Say what is wrong and what to do about it.

    Parameters
    ----------
    what : str
        The rule that was broken, with the offending value and where it stands.
    fix : str
        An imperative that the reader can follow.

    Examples
    --------
    >>> print(PrimaseError("the learning rate is -1", fix="give a positive number"))
    the learning rate is -1
      fix: give a positive number
    """

    def __init__(self, what: str, *, fix: str) -> None:
        super().__init__(what, fix)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n  fix: {self.fix}"


class ShapeError(PrimaseError):
    """An array does not have the axes, the size or the letters that a function takes."""


class SplitError(PrimaseError):
    """The data cannot be divided as asked."""


class ManifestError(PrimaseError):
    """A folder is not what its manifest says, or has no manifest."""


class FormatError(PrimaseError):
    """A file cannot be read.

    Parameters
    ----------
    path : str or Path
        The file (or URL) at fault.
    what : str
        The rule that it breaks, with the value.
    fix : str
        What to do.
    line : int, optional
        1-based line number, as an editor shows it.

    Examples
    --------
    >>> print(FormatError("a.fa", "no sequence follows the header '>x'", fix="remove the header", line=3))
    a.fa, line 3: no sequence follows the header '>x'
      fix: remove the header
    """

    def __init__(self, path: str | Path, what: str, *, fix: str, line: int | None = None) -> None:
        place = f"{path}, line {line}" if line is not None else str(path)
        super().__init__(f"{place}: {what}", fix=fix)
        self.path = path
        self.line = line


class UnknownName(PrimaseError):
    """A name is not among the known ones; the nearest are offered.

    Examples
    --------
    >>> print(UnknownName("system", "danqq", ["basset", "danq"]))
    no system is called 'danqq' (2 are known)
      fix: use danq, or one of: basset, danq
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(name, names, n=1, cutoff=0.6)
        offer = f"use {near[0]}, or one of: " if near else "use one of: "
        shown = ", ".join(names[:MOST_OFFERED]) + (", ..." if len(names) > MOST_OFFERED else "")
        super().__init__(f"no {kind} is called {name!r} ({len(names)} are known)", fix=offer + (shown or "(none)"))


class PrimaseWarning(UserWarning):
    """Something was decided or left out that the user should know of."""
