"""``primase curate``: step 1 alone."""

from typing import Any

import click

from primase.cli import _options as options


@click.command("curate", short_help="Step 1: files of labelled sequences become an audited data set.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@options.data_options
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
    """Read labelled sequences, divide and audit them, and write the data set into the folder of a run.

    Continue with `primase train DIR`, or with `primase run --resume DIR` for all that follows.
    """
    del debug
    from primase import workflow

    talk = options.Talk(quiet)
    recipe = options.make_recipe(inputs, values)
    folder = workflow.start_run(recipe, out, overwrite=overwrite, device=device, threads=threads)
    options.remember_folder(folder)
    workflow.begin_run(folder, say=talk.say)
    click.echo(str(folder / "dataset"))
