"""The steps of a run, in order.

Each ends by writing one file that says it is done: ``dataset/manifest.json``, ``model/card.json``, ``evaluation.json``,
``sanity.json`` and ``report.html``. To continue is to do what is missing.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from primase.applications import assessing, choosing, explaining, fitting, track_samples
from primase.applications.trained import CARD_FILE
from primase.core.errors import PrimaseError
from primase.core.files import write_text
from primase.core.manifest import FILE_NAME
from primase.curation.curating import curate_sequences
from primase.curation.genome_curating import curate_genome
from primase.inference import choose_device, set_threads
from primase.reporting import render_report
from primase.training import read_history, write_history
from primase.workflow.runs import Run, discard_replaced, find_run, note_facts, withdraw_run

Say = Callable[[str], None]


def silent(_: str) -> None:
    """Say nothing."""


def begin_run(folder: Path, *, say: Say = silent) -> None:
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
            withdraw_run(folder)
        raise


def continue_run(
    folder: str | Path,
    *,
    say: Say = silent,
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
    for draft in run.folder.rglob(".*.part*"):  # of a process that was killed while it wrote
        draft.unlink(missing_ok=True)
    set_threads(run.facts["threads"])
    for name, (done, step) in STEPS.items():
        if not (run.folder / done).is_file():
            started = time.monotonic()
            step(run, say, report)
            seconds = run.facts.get("seconds", {}) | {name: round(time.monotonic() - started, 2)}
            note_facts(run.folder, {"seconds": seconds})
            run = Run(run.folder)
        if name == "curate":
            discard_replaced(run.folder)
        if name == until:
            break
    return run


def _curate_step(run: Run, say: Say, _: Any) -> None:
    recipe = run.recipe
    if recipe.genome.genome:
        data = curate_genome(recipe.inputs, recipe.data, recipe.genome)
    else:
        data = curate_sequences(recipe.inputs, recipe.data)
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
    note_facts(
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
    sample = track_samples.sample_tracks(run.model.expect, run.dataset, table)
    if sample is not None:
        sample.save(run.folder / "tracks.h5")
    for line in scores.summary_lines():
        say(line)
    scores.save(run.folder / "evaluation.json")


def _interpret_step(run: Run, say: Say, _: Any) -> None:
    why = explaining.explain(run.model, run.dataset, run.recipe.interpret, seed=run.recipe.seed, say=say)
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
