"""``primase leakage``: what one data set has of another."""

import click

from primase.cli import _options as options


@click.command("leakage", short_help="Count what of one data set is in another.")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--out", metavar="FILE", help="Write the ids of A that are in B, one per line.")
@options.talk_options
def command(first: str, second: str, out: str | None, quiet: bool, debug: bool) -> None:
    """Count the sequences of A that have a near-duplicate in B, or overlap a window of B on the same genome.

    A and B are runs, data sets or files of sequences; `runs/mine:train` is the training part of one, so that
    `primase leakage new.fa runs/mine:train` says which new sequences a model has seen. B may also be the folder of a
    model that was trained on a genome: its card says on which intervals.
    """
    del debug, quiet
    from primase.core.files import write_text
    from primase.curation.leakage import compare_sets, open_sequences

    found = compare_sets(open_sequences(first), open_sequences(second))
    for line in found.lines():
        click.echo(line)
    if out is not None:
        write_text(out, "".join(f"{name}\n" for name in found.ids[found.seen]))
