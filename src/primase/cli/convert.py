"""``primase convert``: authors' weights become models of primase."""

import click

from primase.cli import _options as options


@click.group("convert", short_help="Turn authors' weights into models of primase.")
def command() -> None:
    """Turn authors' weights into models of primase: tensors are read, nothing in a file is executed."""


@command.command("deepbind", short_help="The 927 published DeepBind predictors.")
@click.argument("archive", metavar="ARCHIVE")
@click.option("--out", required=True, metavar="DIR", help="One folder per predictor is made in it.")
@click.option("--id", "ids", multiple=True, metavar="ID", help="Only this predictor; repeatable.")
@options.talk_options
def deepbind(archive: str, out: str, ids: tuple[str, ...], quiet: bool, debug: bool) -> None:
    """Convert the parameter files in ARCHIVE (params.tar.gz) to safetensors with cards."""
    del debug
    from primase.applications.conversion import convert_deepbind

    folders = convert_deepbind(archive, out, ids=ids or None)
    if not quiet:
        click.echo(f"{len(folders)} predictors converted")
    click.echo(out)
