"""``primase interpret``: step 4, for a run or for one example."""

import click

from primase.cli import _options as options


@click.command("interpret", short_help="Step 4: which letters the predictions rest on, and which motifs they form.")
@click.argument("folder", metavar="DIR")
@click.option("--example", metavar="ID", help="Draw one example instead.")
@click.option("--method", default="deep_lift_shap", show_default=True, help="Attribution method of --example.")
@click.option("--out", metavar="FILE", help="SVG file of --example.  [default: DIR/ID.svg]")
@click.option("--export", type=click.Choice(["modisco"]), help="Write the two npz files that TF-MoDISco tools read.")
@options.talk_options
def command(
    folder: str, example: str | None, method: str, out: str | None, export: str | None, quiet: bool, debug: bool
) -> None:
    """Explain the run in DIR: attributions, motifs named against JASPAR, and two checks of the explanation."""
    del debug
    from primase import workflow

    talk = options.Talk(quiet)
    run = workflow.find_run(folder)
    if example is not None:
        click.echo(str(workflow.draw_example(run, example, method=method, out=out)))
        return
    options.remember_folder(run)
    done = workflow.continue_run(run, say=talk.say, report=talk.progress, until="interpret")
    talk.end()
    if export:
        click.echo(str(workflow.export_modisco(done)))
        return
    click.echo(str(done.folder / "attributions.h5"))
