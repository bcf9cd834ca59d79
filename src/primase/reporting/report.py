"""A run folder as one page of HTML: nothing is loaded from elsewhere, and it reads well without scripts."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

import primase
from primase.core.alphabet import ALPHABETS, DNA
from primase.core.files import write_text
from primase.reporting.blocks import Chapter
from primase.reporting.chapters.data import build_data
from primase.reporting.chapters.evaluation import build_evaluation
from primase.reporting.chapters.explanation import build_explanation
from primase.reporting.chapters.model import build_model
from primase.reporting.chapters.reproduction import build_reproduction
from primase.reporting.chapters.verdict import Verdict, build_verdict
from primase.reporting.contents import Contents, read_contents, read_explained
from primase.tasks import NUMBERS

# The only script of the page: it shows the copy buttons, which need one. The page's own policy allows it by its digest
# and nothing else, so that no text of a data set can ever run.
SCRIPT = (
    "document.querySelectorAll('button.copy').forEach(function(b){b.hidden=!navigator.clipboard;b.onclick=function(){"
    "navigator.clipboard.writeText(b.closest('.code').querySelector('pre').textContent).then(function(){"
    "b.textContent='copied'})}})"
)


@dataclass(frozen=True)
class Report:
    """A report that shows itself in a notebook and can be saved.

    Attributes
    ----------
    html : str
        The page.

    Examples
    --------
    >>> Report("<!doctype html>")
    Report(15 characters)
    """

    html: str

    def __repr__(self) -> str:
        return f"Report({len(self.html):,} characters)"

    def _repr_html_(self) -> str:
        # a page within a page: a frame keeps the styles of both apart
        return f'<iframe srcdoc="{escape(self.html)}" style="width:100%;height:80vh;border:0" title="report"></iframe>'

    def save(self, path: str | Path) -> Path:
        """Write the page and return its path."""
        write_text(path, self.html)
        return Path(path)


def render_report(run_dir: str | Path) -> str:
    """Return the report of a run as one HTML page.

    Parameters
    ----------
    run_dir : str or Path
        A run folder. Only its files are read; a step that is not done yet is left out.

    Returns
    -------
    str
        HTML, complete in itself.

    Raises
    ------
    ManifestError
        If `run_dir` is not a run folder.
    """
    contents = read_contents(run_dir)
    alphabet = ALPHABETS.get(str(contents.dataset.get("alphabet", contents.card.get("alphabet"))), DNA)
    explained = read_explained(contents.folder, alphabet.letters)
    chapters = (
        build_data(contents, explained),
        build_model(contents),
        build_evaluation(contents),
        build_explanation(contents, explained),
        build_reproduction(contents),
    )
    return render_page(
        _title(contents),
        _subtitle(contents),
        [chapter for chapter in chapters if chapter is not None],
        verdict=build_verdict(contents),
        version=str(contents.facts.get("version", "")),
        created=_day(str(contents.facts.get("created", ""))),
    )


def render_page(
    title: str,
    subtitle: str,
    chapters: Sequence[Chapter],
    *,
    verdict: Verdict | None = None,
    version: str = primase.__version__,
    created: str = "",
) -> str:
    """Return chapters as one HTML page, complete in itself; the verdict, if there is one, comes first."""
    return _template().render(
        title=title,
        subtitle=subtitle,
        verdict=verdict,
        chapters=chapters,
        version=version,
        created=created,
        style=Markup(_read("report.css")),  # our own file, not data
        script=Markup(SCRIPT),
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_digest(SCRIPT)}'",
    )


def _title(contents: Contents) -> str:
    return str(contents.facts.get("name") or contents.folder.resolve().name)


def _subtitle(contents: Contents) -> str:
    names, system = contents.names, contents.system
    if contents.task == "binary" and len(names) == 2:
        return f"{system} tells “{names[1]}” from “{names[0]}”"
    if contents.task == "multiclass":
        return f"{system} tells {len(names)} classes apart"
    if contents.task == "multilabel":
        return f"{system} looks for {len(names)} labels"
    if contents.task in NUMBERS:
        return f"{system} predicts {', '.join(names[:3])}" + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return system


def _day(created: str) -> str:
    try:
        return datetime.fromisoformat(created).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return created


def _digest(script: str) -> str:
    return b64encode(sha256(script.encode()).digest()).decode()


def _read(name: str) -> str:
    return (files("primase.reporting") / name).read_text(encoding="utf-8")


@cache
def _template() -> Any:
    environment = Environment(
        loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["tight"] = _tight
    return environment.get_template("report.html.j2")


def _tight(words: str) -> str:
    return words.replace(" %", "\N{NO-BREAK SPACE}%")
