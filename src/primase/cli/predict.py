"""``primase predict``: use a trained model on new sequences."""

import click

from primase.cli import _options as options
from primase.core.errors import PrimaseError


@click.command("predict", short_help="Use a trained model on new sequences.")
@click.argument("model", metavar="DIR")
@click.argument("inputs", metavar="[INPUT]", required=False)
@click.option(
    "--out", metavar="FILE", help="tsv or parquet; bw or bed with --genome.  [default: a table on the terminal]"
)
@click.option("--genome", metavar="FASTA", help="Go over a genome instead of INPUT.")
@click.option("--regions", metavar="FILE", help="Where on the genome.  [default: all of it]")
@click.option("--stride", type=click.IntRange(1), metavar="N", help="Letters from window to window.  [default: half]")
@click.option("--strands", type=click.IntRange(1, 2), help="Score one strand or both.  [default: as trained]")
@click.option("--sequence-column", metavar="NAME", help="Column with the sequences.")
@click.option("--structure-column", metavar="NAME", help="Column with a dot-bracket structure (RNA).")
@click.option("--drop-invalid", is_flag=True, help="Leave out rows that cannot be read, and list them.")
@options.machine_options
@options.talk_options
def command(
    model: str,
    inputs: str | None,
    out: str | None,
    genome: str | None,
    regions: str | None,
    stride: int | None,
    strands: int | None,
    sequence_column: str | None,
    structure_column: str | None,
    drop_invalid: bool,
    device: str,
    threads: int | None,
    quiet: bool,
    debug: bool,
) -> None:
    """Predict for every sequence of INPUT with the model of the run (or model folder) DIR.

    With --genome the model goes over the genome, and writes a bigWig or a BED file.
    """
    del debug
    from primase import workflow
    from primase.applications.prediction import check_suffix, format_table, write_table

    talk = options.Talk(quiet)
    if (inputs is None) == (genome is None):
        raise PrimaseError(
            "predict takes either INPUT or --genome",
            fix="name a file of sequences, or a genome, with --regions FILE for places on it",
        )
    if genome is None and (regions or stride):
        raise PrimaseError("--regions and --stride are for a genome", fix="add --genome FASTA")
    if genome is not None:
        if out is None:
            raise PrimaseError("--genome needs --out", fix="add --out FILE.bw or FILE.bed")
        machine = {"device": device, "threads": threads, "say": talk.say}
        paths = workflow.scan(model, genome, out, regions=regions, stride=stride, strands=strands, **machine)
        for path in paths:
            click.echo(str(path))
        return
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
