"""``primase run``: the four steps in one command."""

from typing import Any

import click

from primase.cli import _options as options
from primase.core.errors import PrimaseError


@click.command("run", short_help="Data in; a trained, evaluated, explained model and its report out.")
@click.argument("inputs", nargs=-1, metavar="INPUT...")
@options.data_options
@options.genome_options
@options.model_options
@options.interpret_options
@options.out_options
@click.option("--resume", metavar="DIR", help="Continue a run that was interrupted.")
@options.machine_options
@options.talk_options
def command(
    inputs: tuple[str, ...],
    out: str | None,
    overwrite: bool,
    resume: str | None,
    device: str,
    threads: int | None,
    quiet: bool,
    debug: bool,
    **values: Any,
) -> None:
    """Curate labelled sequences, train a model, evaluate and explain it, and write one report.

    INPUT is a FASTA, FASTQ, CSV, TSV, Parquet or text file, plain or gzipped, or a URL of one; several files are
    classes, or parts of one table; a recipe.toml repeats a run. With --genome it is a file of intervals (BED,
    narrowPeak, GFF, GTF), several such, or a track (bigWig, bedGraph, BAM, CRAM).
    """
    del debug  # read by main, before anything is imported
    from primase import workflow

    talk = options.Talk(quiet)
    if resume is not None:
        machine = {"device": None if device == "auto" else device, "threads": threads}
        given = [name for name, value in {**values, **machine}.items() if value not in (None, ())]
        if inputs or out or overwrite or given:
            raise PrimaseError(
                f"--resume {resume} was given together with other inputs or options ({', '.join(given) or 'INPUT'})",
                fix="give --resume alone: the folder knows its recipe",
            )
        folder = workflow.find_run(resume)
    else:
        if not inputs and not values["tracks"]:
            raise PrimaseError("no INPUT was given", fix="name a file, as in `primase run sequences.csv`")
        recipe = options.make_recipe(inputs, values)
        folder = workflow.start_run(recipe, out, overwrite=overwrite, device=device, threads=threads)
    options.remember_folder(folder)
    if resume is None:
        workflow.begin_run(folder, say=talk.say)
    try:
        workflow.continue_run(folder, say=talk.say, report=talk.progress)
    finally:
        talk.end()
    click.echo(str(folder / "report.html"))
