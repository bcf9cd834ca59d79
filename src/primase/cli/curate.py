"""``primase curate``: step 1 alone."""

from typing import Any

import click

from primase.cli import _options as options
from primase.core.errors import PrimaseError


@click.command("curate", short_help="Step 1: files of labelled sequences become an audited data set.")
@click.argument("inputs", nargs=-1, metavar="INPUT...")
@options.data_options
@options.genome_options
@options.out_options
@options.machine_options
@options.talk_options
def command(
    inputs: tuple[str, ...],
    out: str | None,
    overwrite: bool,
    device: str,
    threads: int | None,
    quiet: bool,
    debug: bool,
    **values: Any,
) -> None:
    """Read labelled sequences, or places on a genome, divide and audit them, and write the data set into a run.

    Continue with `primase train DIR`, or with `primase run --resume DIR` for all that follows.
    """
    del debug
    from primase import workflow

    talk = options.Talk(quiet)
    if not inputs and not values["tracks"]:
        raise PrimaseError("no INPUT was given", fix="name a file, as in `primase curate sequences.csv`")
    recipe = options.make_recipe(inputs, values)
    folder = workflow.start_run(recipe, out, overwrite=overwrite, device=device, threads=threads)
    options.remember_folder(folder)
    workflow.begin_run(folder, say=talk.say)
    click.echo(str(folder / "dataset"))
