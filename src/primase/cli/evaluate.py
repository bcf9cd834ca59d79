"""``primase evaluate``."""

import click

from primase.cli import _options as options


@click.command("evaluate", short_help="Step 3: score a model beside the baselines, with intervals.")
@click.argument("folder", metavar="DIR")
@options.talk_options
def command(folder: str, quiet: bool, debug: bool) -> None:
    """Do what the run in DIR lacks, up to this step, and print the path of its result."""
    del debug
    from primase import workflow

    talk = options.Talk(quiet)
    options.remember_folder(workflow.find_run(folder))
    run = workflow.continue_run(folder, say=talk.say, report=talk.progress, until="evaluate")
    talk.end()
    click.echo(str(run.folder / "evaluation.json"))
