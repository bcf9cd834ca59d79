"""``primase predict``: use a trained model on new sequences."""

import click

from primase.cli import _options as options


@click.command("predict", short_help="Use a trained model on new sequences.")
@click.argument("model", metavar="DIR")
@click.argument("inputs", metavar="INPUT")
@click.option("--out", metavar="FILE", help="tsv or parquet, by suffix.  [default: a table on the terminal]")
@click.option("--strands", type=click.IntRange(1, 2), help="Score one strand or both.  [default: as trained]")
@click.option("--sequence-column", metavar="NAME", help="Column with the sequences.")
@click.option("--structure-column", metavar="NAME", help="Column with a dot-bracket structure (RNA).")
@click.option("--drop-invalid", is_flag=True, help="Leave out rows that cannot be read, and list them.")
@options.machine_options
@options.talk_options
def command(
    model: str,
    inputs: str,
    out: str | None,
    strands: int | None,
    sequence_column: str | None,
    structure_column: str | None,
    drop_invalid: bool,
    device: str,
    threads: int | None,
    quiet: bool,
    debug: bool,
) -> None:
    """Predict for every sequence of INPUT with the model of the run (or model folder) DIR."""
    del debug
    from primase import workflow
    from primase.applications.prediction import check_suffix, format_table, write_table

    talk = options.Talk(quiet)
    if out is not None:
        check_suffix(out)  # before the work is done
    table = workflow.predict(
        model,
        inputs,
        strands=strands,
        sequence_column=sequence_column,
        structure_column=structure_column,
        drop_invalid=drop_invalid,
        device=device,
        threads=threads,
        say=talk.say,
    )
    if out is None:
        click.echo(format_table(table), nl=False)
        return
    write_table(out, table)
    click.echo(out)
