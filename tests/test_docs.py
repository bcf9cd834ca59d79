"""The documentation says what happens: its commands are run, its recipes read, its tutorial executed."""

import os
import re
import sys
from contextlib import chdir
from pathlib import Path

import nbformat
import pytest
import torch

from primase.recipe import read_recipe

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))
from refresh import PAGES, TUTORIAL, execute_tutorial, render_page  # noqa: E402 - it lies beside the pages

TEXTS = sorted(path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")) if "_build" not in path.parts)
NAMES = [str(path.relative_to(ROOT)) for path in TEXTS]
RECIPES = sorted((ROOT / "examples").glob("*.toml"))


@pytest.fixture(autouse=True)
def own_settings():
    """Commands run in this process: what they settle is settled back."""
    threads, environment = torch.get_num_threads(), dict(os.environ)
    yield
    torch.set_num_threads(threads)
    os.environ.clear()
    os.environ.update(environment)


def said(text: str) -> list[str]:
    """Return the lines of a text without figures, which differ from machine to machine, and without columns."""
    return [" ".join(re.sub(r"[-+]?\d[\d,.]*(e-?\d+)?%?", "#", line).split()) for line in text.splitlines()]


def test_commands_print_what_the_pages_say(tmp_path):
    with chdir(tmp_path):
        for page in PAGES:
            text = page.read_text(encoding="utf-8")
            assert said(render_page(text)) == said(text), page.name


def test_tutorial_runs_from_top_to_bottom(tmp_path):
    fresh, kept = execute_tutorial(tmp_path), nbformat.read(TUTORIAL, as_version=4)
    for new, old in zip(fresh.cells, kept.cells, strict=True):
        kinds = [
            [(one.output_type, *sorted(one.get("data", {}))) for one in cell.get("outputs", [])] for cell in (new, old)
        ]
        assert kinds[0] == kinds[1], old.source
    assert (tmp_path / "report.html").is_file()


def test_tutorial_stands_with_its_output():
    notebook = nbformat.read(TUTORIAL, as_version=4)
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("image/svg+xml" in output.get("data", {}) for output in shown) >= 6
    assert not any(output.output_type == "error" or output.get("name") == "stderr" for output in shown)
    text = TUTORIAL.read_text(encoding="utf-8")
    assert len(text) < 1_000_000
    assert not re.search(r"/(home|work|tmp|root|Users)/", text)


@pytest.mark.parametrize("path", TEXTS, ids=NAMES)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith(("http:", "https:")):
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", TEXTS, ids=NAMES)
def test_flags_and_commands_exist(path):
    """What is written after `primase` in code is a command, and every flag is one that it has."""
    from primase.cli import COMMANDS, cli

    known = {flag for name in COMMANDS if (found := cli.get_command(None, name)) for flag in flags_of(found)}
    for code in re.findall(r"`([^`\n]+)`|^(?:\$ |    )?(primase .*)$", path.read_text(encoding="utf-8"), re.MULTILINE):
        words = " ".join(code).split()
        if words[:1] == ["primase"] and len(words) > 1 and not words[1].startswith("-"):
            assert words[1] in COMMANDS, code
            used = {word.partition("=")[0] for word in words[2:] if word.startswith("--")}
            assert used <= known | {"--help"}, used - known


def flags_of(command) -> set[str]:
    own = {flag for parameter in command.params for flag in parameter.opts}
    return own.union(*(flags_of(one) for one in getattr(command, "commands", {}).values()))


@pytest.mark.parametrize("path", RECIPES, ids=[path.name for path in RECIPES])
def test_recipe_can_be_read(path):
    assert read_recipe(path).inputs


def test_recipes_of_the_guide_can_be_read(tmp_path):
    for text in re.findall(
        r"^```toml\n(.*?)^```$", (ROOT / "docs/guide/recipe.md").read_text(), re.MULTILINE | re.DOTALL
    ):
        (tmp_path / "recipe.toml").write_text(text)
        assert read_recipe(tmp_path / "recipe.toml").inputs
