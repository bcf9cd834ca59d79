"""The public verbs: they chain the steps, write the folder of a run, and skip what is already done.

A run is a folder. Each step ends by writing one file that says it is done: ``dataset/manifest.json``,
``model/card.json``, ``evaluation.json``, ``sanity.json`` and ``report.html``. To continue is to do what is missing.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import primase
from primase.applications import assessing, choosing, explaining, fitting, prediction
from primase.applications.trained import CARD_FILE, TrainedModel
from primase.core.errors import ManifestError, PrimaseError
from primase.core.files import write_text
from primase.core.manifest import FILE_NAME, Manifest
from primase.core.motifs import load_motifs
from primase.curation.curating import curate_sequences
from primase.curation.dataset import Dataset
from primase.curation.options import CurateOptions
from primase.evaluation.scores import Scores
from primase.inference import choose_device, set_threads
from primase.interpretation.attributions import Attributions
from primase.recipe import InterpretOptions, Recipe, SystemOptions, TrainOptions, read_recipe
from primase.reporting import Report, render_report
from primase.reporting.figures import draw_attribution
from primase.training import read_history, write_history

Say = Callable[[str], None]
RECIPE_FILE = "recipe.toml"


def _silent(_: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, eq=False)
class Run:
    """One run: a folder, and what lies in it.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    @cached_property
    def recipe(self) -> Recipe:
        """What it is made from."""
        return read_recipe(self.folder / RECIPE_FILE)

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


# --- the folder ---------------------------------------------------------------------------------------------------


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
    # settled here, since the number of threads changes the last bits of a sum, and a resumed run must not
    device = str(choose_device(device))
    threads = threads or len(os.sched_getaffinity(0))
    folder = Path(out) if out is not None else Path("runs") / _run_name(recipe.inputs[0])
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not overwrite:
        raise PrimaseError(
            f"{folder} exists and is not empty",
            fix=f"continue it with --resume {folder}, or replace it with --overwrite",
        )
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        draft.mkdir(parents=True)
        write_text(draft / RECIPE_FILE, recipe.to_toml())
        facts = {
            "version": primase.__version__,
            "python": sys.version.split()[0],
            "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "command": " ".join(["primase", *sys.argv[1:]]) if sys.argv[0].endswith("primase") else "",
            "seed": recipe.seed,
            "device": device,
            "threads": threads,
        }
        Manifest(kind="run", facts=facts).save(draft)
        if folder.exists():
            _remove_run(folder)
        draft.rename(folder)
    except OSError as error:
        raise PrimaseError(
            f"{folder} cannot be made: {error.strerror}", fix="choose another place with --out"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _remove_run(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        Manifest.load(folder, "run")  # never remove what is not a run of ours
        shutil.rmtree(folder)
    elif folder.is_dir():
        folder.rmdir()


def begin_run(folder: Path, *, say: Say = _silent) -> None:
    """Do the first step of a run that was just made; if its input is refused, take the folder away again.

    Raises
    ------
    PrimaseError
        If the input is not what it should be.
    """
    try:
        continue_run(folder, say=say, until="curate")
    except PrimaseError:
        if not (folder / "dataset").exists():  # a full disk leaves one, and the run can be continued
            _remove_run(folder)
        raise


def _run_name(source: str) -> str:
    name = source.rstrip("/").rpartition("/")[2].split("?")[0]
    return name.split(".")[0] or "run"


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


def _note(folder: Path, facts: dict[str, Any]) -> None:
    """Add facts to the manifest of a run."""
    manifest = Manifest.load(folder, "run")
    replace(manifest, facts={**manifest.facts, **facts}).save(folder)


# --- the steps ----------------------------------------------------------------------------------------------------


def continue_run(
    folder: str | Path,
    *,
    say: Say = _silent,
    report: Callable[[str, Any], None] | None = None,
    until: str = "report",
) -> Run:
    """Do what a run still lacks, up to and with the step `until`.

    Parameters
    ----------
    folder : str or Path
    say : callable
        Told in sentences what happens.
    report : callable, optional
        ``report(member, progress)`` while a network is trained.
    until : str
        ``curate``, ``train``, ``evaluate``, ``interpret`` or ``report``.
    """
    run = Run(find_run(folder))
    set_threads(run.facts["threads"])
    for name, (done, step) in STEPS.items():
        if not (run.folder / done).is_file():
            started = time.monotonic()
            step(run, say, report)
            seconds = run.facts.get("seconds", {}) | {name: round(time.monotonic() - started, 2)}
            _note(run.folder, {"seconds": seconds})
            run = Run(run.folder)
        if name == until:
            break
    return run


def _curate_step(run: Run, say: Say, _: Any) -> None:
    recipe = run.recipe
    data = curate_sequences(recipe.inputs, replace(recipe.data, seed=recipe.seed))
    for note in data.facts.get("notes", []):
        say(note)
    for warning in data.facts.get("audit", {}).get("warnings", []):
        say(f"audit: {warning}")
    data.save(run.folder / "dataset")


def _train_step(run: Run, say: Say, report: Any) -> None:
    recipe, data, device = run.recipe, run.dataset, choose_device(run.facts["device"])
    choice = choosing.choose(data, recipe.system, recipe.train, seed=recipe.seed)
    for note in choice.notes:
        say(note)
    layers = choosing.layer_table(choice)
    for line in choosing.layer_lines(layers):
        say(line)
    _note(
        run.folder,
        {
            "system": choice.system,
            "variant": choice.variant,
            "plan": asdict(choice.plan),
            "config": asdict(choice.config),
            "layers": layers,
            "notes": list(choice.notes),
        },
    )
    model = fitting.fit_members(
        data, choice, run.folder / "model", seed=recipe.seed, device=device, say=say, report=report
    )
    model = assessing.calibrate(model, data)
    rows = [row for name in model.networks for row in read_history(run.folder / "model" / name / "history.csv")]
    write_history(run.folder / "history.csv", rows)
    model.save(run.folder / "model", weights=False)


def _evaluate_step(run: Run, say: Say, _: Any) -> None:
    scores, table = assessing.assess(run.model, run.dataset, seed=run.recipe.seed)
    assessing.write_predictions(run.folder / "predictions.parquet", table)
    for line in scores.summary_lines():
        say(line)
    scores.save(run.folder / "evaluation.json")


def _interpret_step(run: Run, say: Say, _: Any) -> None:
    why = explaining.explain(run.model, run.dataset, run.recipe.interpret, seed=run.recipe.seed)
    for line in why.save(run.folder):
        say(line)


def _report_step(run: Run, say: Say, _: Any) -> None:
    del say
    write_text(run.folder / "report.html", render_report(run.folder))


STEPS: dict[str, tuple[str, Callable[[Run, Say, Any], None]]] = {
    "curate": (f"dataset/{FILE_NAME}", _curate_step),
    "train": (f"model/{CARD_FILE}", _train_step),
    "evaluate": ("evaluation.json", _evaluate_step),
    "interpret": ("sanity.json", _interpret_step),
    "report": ("report.html", _report_step),
}


# --- the verbs of the five lines ----------------------------------------------------------------------------------


def curate(*inputs: str | Path, seed: int = 0, **options: Any) -> Dataset:
    """Turn labelled sequences into an audited data set.

    Parameters
    ----------
    *inputs : str or Path
        FASTA, FASTQ, CSV, TSV, Parquet or text files, plain or gzipped, or URLs of such.
    seed : int
        Of the split and of made-up negatives.
    **options
        Fields of `CurateOptions`, for example ``labels="labels.txt"``.

    Returns
    -------
    Dataset

    Raises
    ------
    PrimaseError
        If the files cannot be read, or the labels cannot be told.
    """
    return curate_sequences([str(path) for path in inputs], CurateOptions(seed=seed, **options))


def train(
    data: Dataset,
    system: str = "auto",
    *,
    out: str | Path | None = None,
    variant: str = "base",
    plan: str = "house",
    seed: int = 0,
    seeds: int = 0,
    strands: int = 0,
    changes: dict[str, dict[str, Any]] | None = None,
    device: str = "auto",
    threads: int | None = None,
    overwrite: bool = False,
    say: Say = _silent,
    report: Callable[[str, Any], None] | None = None,
) -> Run:
    """Train a system of the zoo on a data set.

    Parameters
    ----------
    data : Dataset
    system, variant : str
        ``auto`` chooses.
    out : str or Path, optional
        The run's folder; by default the first free ``runs/<name>``.
    plan : str
        ``house`` or ``published``.
    seed, seeds : int
        Of all randomness; how many networks.
    strands : int
        1 or 2; 0 decides on the validation part.
    changes : dict, optional
        ``{"plan": {...}, "system": {...}}``: fields that differ.

    Returns
    -------
    Run
    """
    changes = changes or {}
    inputs = tuple(data.facts.get("inputs", ["data"]))
    recipe = Recipe(
        inputs=inputs,
        seed=seed,
        data=CurateOptions(**_tuples(data.facts.get("options", {}))),
        system=SystemOptions(name=system, variant=variant, changes=changes.get("system", {})),
        train=TrainOptions(plan=plan, changes=changes.get("plan", {}), seeds=seeds, strands=strands),
    )
    if out is None:
        name, number = _run_name(inputs[0]), 2
        out = Path("runs") / name
        while out.exists():
            out, number = Path("runs") / f"{name}-{number}", number + 1
    folder = start_run(recipe, out, overwrite=overwrite, device=device, threads=threads)
    data.save(folder / "dataset")
    return continue_run(folder, say=say, report=report, until="train")


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def evaluate(run: Run | str | Path, *, say: Say = _silent) -> Scores:
    """Score a run on its held-out part, beside the baselines.

    Returns
    -------
    Scores
        Every metric with its interval, the baselines, the paired comparison and the verdict.
    """
    done = continue_run(_folder(run), say=say, until="evaluate")
    return Scores.load(done.folder / "evaluation.json")


def interpret(run: Run | str | Path, *, say: Say = _silent) -> Attributions:
    """Explain a run: attributions of held-out examples, motifs, and the two checks of the explanation."""
    done = continue_run(_folder(run), say=say, until="interpret")
    return Attributions.load(done.folder / "attributions.h5")


def report(run: Run | str | Path, *, say: Say = _silent) -> Report:
    """Write a run's report and return it."""
    done = continue_run(_folder(run), say=say, until="report")
    return Report((done.folder / "report.html").read_text(encoding="utf-8"))


def run(*inputs: str | Path, out: str | Path | None = None, seed: int = 0, say: Say = _silent, **options: Any) -> Run:
    """Do all four steps, as the command ``primase run`` does.

    Parameters
    ----------
    *inputs : str or Path
        Files or URLs, or one recipe.
    out : str or Path, optional
        The run's folder.
    **options
        Fields of `CurateOptions`, and ``system``, ``overwrite``, ``device``, ``threads``.
    """
    machine = {name: options.pop(name) for name in ("overwrite", "device", "threads") if name in options}
    system = options.pop("system", "auto")
    names = tuple(str(path) for path in inputs)
    if len(names) == 1 and names[0].endswith(".toml"):
        recipe = read_recipe(names[0])
    else:
        recipe = Recipe(
            inputs=names, seed=seed, data=CurateOptions(seed=seed, **options), system=SystemOptions(name=system)
        )
    folder = start_run(recipe, out, **machine)
    begin_run(folder, say=say)
    return continue_run(folder, say=say)


def predict(
    model: Run | str | Path,
    inputs: str | Path | Sequence[str],
    *,
    strands: int | None = None,
    device: str = "auto",
    threads: int | None = None,
    say: Say = _silent,
    **columns: Any,
) -> Any:
    """Use a trained model on new sequences.

    Parameters
    ----------
    model : Run, str or Path
        A run, or a folder with a model.
    inputs : str, Path or list of str
        A file of sequences, or the sequences themselves.
    strands : int, optional
        1 or 2, to overrule the model's own.
    **columns
        ``sequence_column``, ``structure_column`` and ``drop_invalid``, as in `CurateOptions`.

    Returns
    -------
    pyarrow.Table
        ``id``, ``prediction`` (or one column per class or target) and ``label``.
    """
    folder = _folder(model)
    set_threads(threads)
    trained = TrainedModel.load(folder / "model" if (folder / "model").is_dir() else folder, choose_device(device))
    return prediction.predict_sequences(trained, inputs, strands=strands, say=say, **columns)


def draw_example(
    run: Run | str | Path, example: str, *, method: str = "deep_lift_shap", out: str | None = None
) -> Path:
    """Draw the attribution of one example of a run as SVG and return the file's path.

    Raises
    ------
    UnknownName
        If the run has no such example, or there is no such method.
    """
    opened = load_run(_folder(run))
    facts = explaining.attribution_of(opened.model, opened.dataset, example, method, seed=opened.recipe.seed)
    path = Path(out) if out else opened.folder / f"{example.replace('/', '_')}.svg"
    write_text(path, draw_attribution(**facts).svg)
    return path


def export_modisco(run: Run | str | Path) -> Path:
    """Write the attributions of a run as the two npz files that TF-MoDISco tools read; return their folder."""
    folder = _folder(run)
    Attributions.load(folder / "attributions.h5").export_modisco(folder / "modisco")
    return folder / "modisco"


def _folder(run: Run | str | Path) -> Path:
    return run.folder if isinstance(run, Run) else Path(run)


__all__ = [
    "InterpretOptions",
    "Run",
    "begin_run",
    "continue_run",
    "curate",
    "draw_example",
    "evaluate",
    "export_modisco",
    "find_run",
    "interpret",
    "load_run",
    "predict",
    "report",
    "run",
    "start_run",
    "train",
]
