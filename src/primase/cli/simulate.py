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


@command.command("binding", short_help="A genome to which factors bind: peaks, and reads around them.")
@click.option("--out", required=True, metavar="DIR", help="Folder for genome.fa, peaks.narrowPeak and reads.bam.")
@click.option("--contigs", type=int, default=6, show_default=True, help="Contigs of the genome.")
@click.option("--length", type=int, default=500_000, show_default=True, help="Letters of each.")
@click.option(
    "--motif", "motifs", multiple=True, default=("CTCF",), show_default=True, help="JASPAR names; repeatable."
)
@click.option("--sites", type=int, default=500, show_default=True, help="Planted sites of each factor.")
@click.option("--reads", type=float, default=200, show_default=True, help="Expected reads of a perfect site.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same data.")
@click.option("--quiet", is_flag=True, help="Say nothing but the path.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def binding(
    out: str,
    contigs: int,
    length: int,
    motifs: tuple[str, ...],
    sites: int,
    reads: float,
    seed: int,
    quiet: bool,
    debug: bool,
) -> None:
    """Write a genome with planted motifs, the peaks of what binds there, and the reads of an experiment."""
    del debug
    from pathlib import Path

    from primase.curation.assays import simulate_binding, write_peaks, write_reads
    from primase.curation.genomes import simulate_genome, write_genome
    from primase.curation.sites import Factor

    bare = simulate_genome({f"chr{number}": length for number in range(1, contigs + 1)}, seed=seed)
    found = simulate_binding(bare, [Factor(motif=name, sites=sites, reads=reads) for name in motifs], seed=seed)
    folder = Path(out)
    write_genome(folder / "genome.fa", found.genome)
    write_peaks(folder / "peaks.narrowPeak", found)
    write_reads(folder / "reads.bam", found.genome, found.reads)
    if not quiet:
        click.echo(
            f"{contigs} contigs of {length:,} letters, {len(found.peaks.summits):,} peaks of {', '.join(motifs)}, "
            f"{len(found.reads.positions):,} reads"
        )
    click.echo(out)
