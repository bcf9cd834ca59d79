"""``primase simulate``: data with a known truth."""

import click


@click.group("simulate", short_help="Make data with a known truth.")
def command() -> None:
    """Make data whose truth is known, to learn on and to test with."""


@command.command("motif", short_help="Sequences of which half carry a motif, in the manner of the primer.")
@click.option("--out", required=True, metavar="DIR|FILE", help="Folder for sequences.txt and labels.txt, or one .tsv.")
@click.option("--rows", type=int, default=2000, show_default=True, help="Sequences.")
@click.option("--length", type=int, default=50, show_default=True, help="Letters of each.")
@click.option(
    "--motif",
    "motifs",
    multiple=True,
    default=("CGACCGAACTCC",),
    show_default=True,
    help="Letters, or a JASPAR name or accession; repeatable.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same data.")
@click.option("--quiet", is_flag=True, help="Say nothing but the path.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def motif(out: str, rows: int, length: int, motifs: tuple[str, ...], seed: int, quiet: bool, debug: bool) -> None:
    """Write sequences of which half carry the motifs at random places."""
    del debug
    from pathlib import Path

    from primase.core.files import write_text
    from primase.curation.simulation import simulate_motif

    ids, sequences, labels = simulate_motif(rows=rows, length=length, motifs=motifs, seed=seed)
    if not quiet:
        click.echo(f"{rows:,} sequences of {length} letters; {sum(labels):,} carry {', '.join(motifs)}")
    if out.endswith(".tsv"):
        rows_of_table = zip(ids, sequences, labels, strict=True)
        write_text(out, "id\tsequence\tlabel\n" + "".join(f"{a}\t{b}\t{c}\n" for a, b, c in rows_of_table))
    else:
        write_text(Path(out) / "sequences.txt", "\n".join(sequences) + "\n")
        write_text(Path(out) / "labels.txt", "\n".join(map(str, labels)) + "\n")
    click.echo(out)
