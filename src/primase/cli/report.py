"""``primase report``."""

import click

from primase.cli import _options as options


@click.command("report", short_help="Write the report of a run.")
@click.argument("folder", metavar="DIR")
@options.talk_options
def command(folder: str, quiet: bool, debug: bool) -> None:
    """Do what the run in DIR lacks, up to this step, and print the path of its result."""
    del debug
    from primase import workflow

    talk = options.Talk(quiet)
    options.remember_folder(workflow.find_run(folder))
    run = workflow.continue_run(folder, say=talk.say, report=talk.progress, until="report")
    talk.end()
    click.echo(str(run.folder / "report.html"))
