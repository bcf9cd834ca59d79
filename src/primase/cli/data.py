"""``primase data``: look at a data set."""

import click

from primase.cli import _options as options


@click.group("data", short_help="Look at a data set.")
def command() -> None:
    """Look at a data set that was curated."""


@command.command("show")
@click.argument("folder", metavar="DIR")
@click.option("--out", metavar="FILE", help="Where the page is written.  [default: DIR/data.html]")
@options.talk_options
def show(folder: str, out: str | None, quiet: bool, debug: bool) -> None:
    """Print what the data set in DIR (a run's folder, or its dataset folder) holds, and draw it on a page."""
    del debug
    from pathlib import Path

    from primase.curation.dataset import Dataset
    from primase.reporting.data_page import show_data

    place = Path(folder)
    data = Dataset.load(place / "dataset" if (place / "dataset").is_dir() else place)
    lines, page = show_data(data, title=place.resolve().name)
    for line in lines if not quiet else ():
        click.echo(line)
    click.echo(str(page.save(out or place / "data.html")))
