"""The folder of a run: how it appears, is found again, and what lies in it."""

import shutil
import sys
import time
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from secrets import token_hex
from typing import Any

import primase
from primase.applications import choosing
from primase.applications.trained import TrainedModel
from primase.core.errors import ManifestError, PrimaseError, UnknownName
from primase.core.files import write_text
from primase.core.manifest import Manifest
from primase.core.motifs import load_motifs
from primase.curation.dataset import Dataset
from primase.inference import choose_device, count_cores
from primase.interpretation.attributions import METHODS
from primase.recipe import Recipe, read_recipe
from primase.training import read_history

RECIPE_FILE = "recipe.toml"
_COMMANDS = ("primase", "primase/__main__.py")  # as the shell calls it, and ``python -m primase``


@dataclass(frozen=True, eq=False)
class Run:
    """One run: a folder, and what lies in it.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    def _repr_html_(self) -> str:
        """Show in a notebook which network was trained and where it lies."""
        notes = [f"{self.folder}: {self.facts.get('system', 'no network yet')}", *self.facts.get("notes", ())]
        return f"<pre>{escape(chr(10).join(notes))}</pre>"

    @cached_property
    def recipe(self) -> Recipe:
        """What it is made from; its relative paths are those of the folder in which the run was begun."""
        return read_recipe(self.folder / RECIPE_FILE).below(self.facts.get("directory", "."))

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The facts of its manifest."""
        return Manifest.load(self.folder, "run").facts

    @cached_property
    def dataset(self) -> Dataset:
        """Its data set."""
        return Dataset.load(self.folder / "dataset")

    @cached_property
    def model(self) -> TrainedModel:
        """Its trained model."""
        return TrainedModel.load(self.folder / "model", choose_device(self.facts["device"]))

    @property
    def history(self) -> list[dict[str, Any]]:
        """One row per epoch and member."""
        return read_history(self.folder / "history.csv")


def start_run(
    recipe: Recipe,
    out: str | Path | None = None,
    *,
    overwrite: bool = False,
    device: str = "auto",
    threads: int | None = None,
) -> Path:
    """Make the folder of a run; it appears together with its recipe and manifest, or not at all.

    Raises
    ------
    PrimaseError
        If the folder exists and is not empty, or cannot be made.
    """
    choosing.check_choice(recipe.system, recipe.train)
    load_motifs(recipe.interpret.motifs)
    for method in recipe.interpret.methods:
        if method not in METHODS:
            raise UnknownName("attribution method", method, METHODS)
    # settled here, since the number of threads changes the last bits of a sum, and a resumed run must not
    device = str(choose_device(device))
    threads = threads or count_cores()
    folder = Path(out) if out is not None else Path("runs") / run_name((*recipe.inputs, *recipe.genome.tracks)[0])
    if folder.name in ("", ".."):
        folder = folder.resolve()
    restore_replaced(folder)
    if folder.exists() and not folder.is_dir():
        raise PrimaseError(f"{folder} is a file, and a run is a folder", fix="give another place with --out")
    if folder.exists() and any(folder.iterdir()) and not overwrite:
        raise PrimaseError(
            f"{folder} exists and is not empty",
            fix=f"continue it with primase run --resume {folder}, or replace it with --overwrite",
        )
    if folder.exists() and any(folder.iterdir()):
        Manifest.load(folder, "run")  # what is no run of ours is never replaced
    draft = folder.with_name(f".{folder.name}.{token_hex(6)}.part")
    try:
        draft.mkdir(parents=True)
        write_text(draft / RECIPE_FILE, recipe.to_toml())
        facts = {
            "version": primase.__version__,
            "python": sys.version.split()[0],
            "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "command": " ".join(["primase", *sys.argv[1:]]) if sys.argv[0].endswith(_COMMANDS) else "",
            "seed": recipe.seed,
            "device": device,
            "threads": threads,
            "directory": str(Path.cwd()),
        }
        Manifest(kind="run", facts=facts).save(draft)
        if folder.exists():
            discard_replaced(folder)
            folder.rename(_replaced(folder))
        draft.rename(folder)
    except OSError as error:
        raise PrimaseError(
            f"{folder} cannot be made: {error.strerror}", fix="choose another place with --out"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _replaced(folder: Path) -> Path:
    """Return where a run is kept that another one replaces, until that has read its data."""
    return folder.with_name(f".{folder.name}.old")


def discard_replaced(folder: Path) -> None:
    """Remove the run that this one replaces."""
    shutil.rmtree(_replaced(folder), ignore_errors=True)


def restore_replaced(folder: Path) -> None:
    """Put a run back into its place if the one that was to replace it is not there."""
    if _replaced(folder).is_dir() and not folder.exists():
        _replaced(folder).rename(folder)


def withdraw_run(folder: Path) -> None:
    """Remove a run whose input was refused, and put back what it was to replace."""
    shutil.rmtree(folder)
    restore_replaced(folder)


def run_name(source: str) -> str:
    """Return what a run of this input is called: the file's name without its suffixes."""
    name = source.rstrip("/").rpartition("/")[2].split("?")[0]
    return name.split(".")[0] or "run"


def free_folder(name: str) -> Path:
    """Return the first of ``runs/name``, ``runs/name-2``, ... that does not exist."""
    folder, number = Path("runs") / name, 2
    while folder.exists():
        folder, number = Path("runs") / f"{name}-{number}", number + 1
    return folder


def find_run(folder: str | Path) -> Path:
    """Return the folder of a run after a look at its manifest.

    Raises
    ------
    ManifestError
        If it is no run.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ManifestError(f"{folder} is no folder", fix="give the folder of a run")
    Manifest.load(folder, "run")
    if not (folder / RECIPE_FILE).is_file():
        raise ManifestError(f"{folder} has no {RECIPE_FILE}", fix="give the folder of a run")
    return folder


def load_run(folder: str | Path) -> Run:
    """Open a run that was made before.

    Raises
    ------
    ManifestError
        If the folder is no run.
    """
    return Run(find_run(folder))


def note_facts(folder: Path, facts: dict[str, Any]) -> None:
    """Add facts to the manifest of a run."""
    manifest = Manifest.load(folder, "run")
    replace(manifest, facts={**manifest.facts, **facts}).save(folder)
