"""The documentation's pages on the zoo, made from the cards; nobody writes them by hand.

``python -m primase.reporting.zoo_pages docs/zoo`` writes them; the contract tests compare what is committed with what
would be written.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from primase import zoo
from primase.core.card import Card
from primase.core.files import write_text
from primase.core.plan import Plan


def page_name(name: str) -> str:
    """Return the file name of a system's page.

    Examples
    --------
    >>> page_name("danq")
    'danq.md'
    """
    return f"{name}.md"


def write_zoo_pages(folder: str | Path) -> tuple[Path, ...]:
    """Write one page per system, and an index, into `folder`.

    Returns
    -------
    tuple of Path
        The files, the index first.
    """
    folder = Path(folder)
    pages = {folder / "index.md": render_index()}
    pages |= {folder / page_name(name): render_system(name) for name in zoo.system_names()}
    for path, text in pages.items():
        write_text(path, text)
    return tuple(pages)


def render_index() -> str:
    """Return the page that lists all systems, as Markdown."""
    cards = [zoo.system_module(name).CARD for name in zoo.system_names()]
    rows = [
        (
            f"[{card.name}]({page_name(card.name)})",
            card.title,
            card.year,
            card.family,
            card.length,
            f"{card.parameters:,}",
        )
        for card in cards
    ]
    parts = [
        "# The zoo",
        "One file per published system, and one page per file; `primase run INPUT --system NAME` trains any of them.",
        _table(("name", "system", "year", "family", "input", "parameters"), rows),
        "```{toctree}\n:hidden:\n\n" + "\n".join(card.name for card in cards) + "\n```",
    ]
    return "\n\n".join(parts) + "\n"


def render_system(name: str) -> str:
    """Return the page of one system, as Markdown: its card, its sizes and its published training.

    Examples
    --------
    >>> print(render_system("danq").splitlines()[0])
    # DanQ
    """
    module = zoo.system_module(name)
    parts = [render_card(module.CARD), "## Sizes", _variants(name, module.VARIANTS)]
    if module.CARD.doi:
        words = "What `--plan published` does, beside the house plan; bold where they differ."
        parts += ["## Published training", words, _plan(module.PLAN, "published")]
    else:
        words = "Its own plan, which `--plan house` takes too; bold where it departs from the house plan of the others."
        parts += ["## Training", words, _plan(module.PLAN, name)]
    return "\n\n".join(parts) + "\n"


def render_card(card: Card) -> str:
    """Return a card as Markdown.

    Parameters
    ----------
    card : Card

    Returns
    -------
    str
        Begins with the title as a heading of the first level; no newline at the end.
    """
    paper = f"[{card.paper}](https://doi.org/{card.doi})" if card.doi else card.paper
    facts = [("family", card.family)]
    facts += [(f"input `{key}`", words) for key, words in card.inputs.items()]
    facts += [(f"output `{key}`", words) for key, words in card.outputs.items()]
    facts += [
        ("shortest input", f"{card.smallest_length} letters"),
        ("alphabets", ", ".join(card.alphabets)),
        ("authors' order of letters", card.base_order),
        ("tasks", ", ".join(card.tasks)),
        ("strands", _strands(card)),
        ("each output sees", "the whole input" if card.context == "global" else "a part of the input"),
        ("parameters", _parameters(card)),
        ("licence of the code", card.code_licence),
        ("licence of the weights", card.weights_licence),
    ]
    facts += [("read in", card.source)] if card.source else []
    parts = [f"# {card.title}", f"{paper}.", f"    primase run INPUT --system {card.name}", _table(("", ""), facts)]
    if card.results:
        rows = [
            (result.metric, f"{result.value:g}", result.data, f"{result.status}: {result.source}")
            for result in card.results
        ]
        parts += ["## Published results", _table(("metric", "value", "data", "where it stands"), rows)]
    if card.deviations:
        parts += ["## Departures from the paper", "\n".join(f"- {sentence}" for sentence in card.deviations)]
    return "\n\n".join(parts)


def _strands(card: Card) -> str:
    if card.strands == 1:
        return "the given one"
    return "both; the better score counts" if card.strand_pool == "max" else "both; averaged"


def _parameters(card: Card) -> str:
    if card.published_parameters in (None, card.parameters):
        return f"{card.parameters:,}" + ("" if card.published_parameters is None else ", as published")
    return f"{card.parameters:,} ({card.published_parameters:,} published)"


def _variants(name: str, variants: dict[str, Any]) -> str:
    base = variants["base"]
    names = [field.name for field in fields(base)]
    rows = []
    for variant, config in variants.items():
        changed = [key for key in names if variant == "base" or getattr(config, key) != getattr(base, key)]
        settings = ", ".join(f"`{key}={_setting(getattr(config, key))}`" for key in changed)
        rows.append((variant, f"{zoo.count_parameters(name, config):,}", settings))
    return _table(("variant", "parameters", "settings"), rows)


def _plan(plan: Plan, title: str) -> str:
    rows = []
    for field in fields(Plan):
        own, house = (str(getattr(one, field.name)) for one in (plan, Plan()))
        rows.append((f"`{field.name}`", own if own == house else f"**{own}**", house))
    return _table(("setting", title, "house"), rows)


def _setting(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


if __name__ == "__main__":
    write_zoo_pages(sys.argv[1])
