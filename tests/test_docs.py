"""The documentation says what happens: its commands are run, its recipes read, its tutorial executed."""

import json
import os
import re
import sys
from contextlib import chdir
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch

from primase.core import registry
from primase.recipe import read_recipe

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))
from refresh import STORIES, TUTORIAL, call, execute_tutorial, render_page  # noqa: E402 - it lies beside the pages

TEXTS = sorted(path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")) if "_build" not in path.parts)
NAMES = [str(path.relative_to(ROOT)) for path in TEXTS]
RECIPES = sorted((ROOT / "examples").glob("*.toml"))
TASKS = registry.names("primase.tasks")


@pytest.fixture(autouse=True)
def own_settings():
    """Commands run in this process, on one core each, since tests share them; what they settle is settled back."""
    threads, environment, cores = torch.get_num_threads(), dict(os.environ), sorted(os.sched_getaffinity(0))
    worker = int(environment.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.sched_setaffinity(0, {cores[worker % len(cores)]})
    yield
    os.sched_setaffinity(0, cores)
    torch.set_num_threads(threads)
    os.environ.clear()
    os.environ.update(environment)


def said(text: str) -> list[str]:
    """Return the lines of a text without columns, and without what differs from machine to machine: figures, motifs."""
    plain = re.sub(r"\b[ACGTRYSWKMBDHVN]{6,}\b", "@", re.sub(r"[-+]?\d[\d,.]*(e-?\d+)?%?", "#", text))
    return [" ".join(line.split()) for line in plain.splitlines()]


@pytest.mark.parametrize(
    "story", [*(pytest.param(name, marks=pytest.mark.slow) for name in ("guide", "README")), "genome"]
)
def test_commands_print_what_the_pages_say(story, tmp_path):
    with chdir(tmp_path):
        for page in STORIES[story]:
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


def write_inputs(folder: Path) -> None:
    """Write small files with the names and the contents that the recipes speak of."""
    rng = np.random.default_rng(0)
    dna = ["".join(rng.choice(list("ACGT"), 60)) for _ in range(120)]
    yes = rng.integers(0, 2, (120, 3))
    (folder / "motif").mkdir()
    (folder / "motif" / "sequences.txt").write_text("\n".join(dna))
    (folder / "motif" / "labels.txt").write_text("\n".join(map(str, yes[:, 0])))
    for number, name in enumerate(("exon", "intron", "intergenic")):
        records = (f">{name}{row}\n{dna[row]}\n" for row in range(number, 120, 3))
        (folder / f"{name}.fa").write_text("".join(records))
    write_table(folder / "peaks.tsv", "\t", {"sequence": dna, "CTCF": yes[:, 0], "SP1": yes[:, 1], "MYC": yes[:, 2]})
    genes = [f"g{row // 3}" for row in range(120)]
    write_table(folder / "promoters.csv", ",", {"sequence": dna, "gene": genes, "expression": rng.normal(size=120)})
    peaks = (f">chr{1 + row % 9}:{1000 * row}-{1000 * row + 60}\n{one}\n" for row, one in enumerate(dna))
    (folder / "peaks.fa").write_text("".join(peaks))
    residues = ["".join(rng.choice(list("ACDEFGHIKLMNPQRSTVWY"), 50)) for _ in range(120)]
    kinds = [("secreted", "other")[one] for one in yes[:, 0]]
    proteins = (f">P{row} class:{kinds[row]} family=f{row // 2}\n{one}\n" for row, one in enumerate(residues))
    (folder / "proteins.fa").write_text("".join(proteins))
    folds = ["(" * 20 + "." * 20 + ")" * 20] * 120
    rna = [one.replace("T", "U") for one in dna]
    write_table(folder / "hairpins.csv", ",", {"sequence": rna, "structure": folds, "precursor": yes[:, 0]})


def write_table(path: Path, separator: str, columns: dict) -> None:
    rows = zip(*columns.values(), strict=True)
    path.write_text("".join(separator.join(map(str, row)) + "\n" for row in (tuple(columns), *rows)))


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=() if path.stem == "binary" else pytest.mark.slow, id=path.stem) for path in RECIPES],
)
def test_recipe_runs(path, tmp_path):
    """At tiny size, on noise: from files of the kind that it is for to a report."""
    write_inputs(tmp_path)
    with chdir(tmp_path):
        call(f"primase run {path} --variant tiny --set plan.epochs=2 --out run")
    task = json.loads((tmp_path / "run" / "evaluation.json").read_text())["task"]
    assert task == (path.stem if path.stem in TASKS else "binary")
    assert (tmp_path / "run" / "report.html").is_file()


def test_recipes_of_the_guide_can_be_read(tmp_path):
    for text in re.findall(
        r"^```toml\n(.*?)^```$", (ROOT / "docs/guide/recipe.md").read_text(), re.MULTILINE | re.DOTALL
    ):
        (tmp_path / "recipe.toml").write_text(text)
        assert read_recipe(tmp_path / "recipe.toml").inputs
