"""The results page: how its recipes are read, and the tables that no reader of files can make."""

import gzip
from pathlib import Path

import pytest

from primase.curation.genome_options import GenomeOptions

ROOT = Path(__file__).parents[1]


@pytest.fixture
def bench(monkeypatch, tmp_path):
    """Return the modules of the page; what they read and write lies below `tmp_path`."""
    monkeypatch.syspath_prepend(str(ROOT))
    from bench import results, tables

    monkeypatch.setenv("PRIMASE_DATA", str(tmp_path))
    monkeypatch.setattr(results, "CACHE", tmp_path / "cache")
    return results, tables


def write_packed(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(line + "\n" for line in lines).encode()))


def read_table(path: Path) -> list[tuple[str, ...]]:
    return [tuple(line.split("\t")) for line in path.read_text().splitlines()]


def test_recipe_on_a_genome(bench, tmp_path):
    results, _ = bench
    recipe = tmp_path / "peaks.toml"
    recipe.write_text(
        '[run]\ninputs = ["a/peaks.bed"]\nrepeats = 2\n[data]\nfolds = 3\n[genome]\ngenome = "a/g.fa"\nwindow = 90\n'
        '[result]\nmetric = "auroc"\n'
    )
    first, second = results.read_problems(recipe)
    assert (first.seed, second.seed) == (0, 1)
    assert first.inputs == (str(tmp_path / "a/peaks.bed"),)
    options = GenomeOptions(**first.genome)
    assert (options.genome, options.window) == (str(tmp_path / "a/g.fa"), 90)


def test_gaps_between_nucleosomes(bench, tmp_path):
    _, tables = bench
    calls = [
        ("chrI", 0, 141), ("chrI", 200, 341),  # a gap of 59
        ("chrI", 401, 542), ("chrI", 350, 700), ("chrI", 760, 901),  # of 60, counted from the end of the longest
        ("chrI", 1401, 1542), ("chrI", 2043, 2184),  # of 500, and of 501
        ("chrII", 5000, 5141),
    ]  # fmt: skip
    rows = [f"{contig}\t{start}\t{end}\tx" for contig, start, end in calls[::-1]]
    write_packed(tmp_path / "regulatory/yeast_genome_tracks/nucleosome_GSM1891203_danpos.bed.gz", *rows)
    head, *rows = read_table(tables.make_table("yeast_nucleosomes.tsv", tmp_path, tmp_path / "made"))
    assert head == ("chrom", "start", "end", "label")
    linkers = {row[:3] for row in rows if row[3] == "linker"}
    assert linkers == {("chrI", "700", "760"), ("chrI", "901", "1401")}
    drawn = {row[:3] for row in rows if row[3] == "nucleosome"}
    assert len(drawn) == len(linkers)
    assert drawn <= {(contig, str(start), str(end)) for contig, start, end in calls}


def test_transcripts_of_yeast_begin_at_a_purine_behind_a_pyrimidine(bench, real_data, tmp_path):
    """Yeast begins to transcribe at an A or G that follows a C or T: one letter too far, and half of them would not."""
    _, tables = bench
    from primase.curation.genome_curating import curate_genome

    made = tables.make_table("yeast_tss.bed", real_data, tmp_path / "made")
    genome = str(real_data / "regulatory/yeast_genome_tracks/sacCer3.fa.gz")
    data = curate_genome([made], genome_options=GenomeOptions(genome=genome, window=3))
    letters = data.sequences.letters((data.targets == 1).nonzero()[0])[0].reshape(-1, 3)
    before, first = letters[:, 0], letters[:, 1]  # A C G T are 0 1 2 3
    assert ((before == 1) | (before == 3)).mean() > 0.8
    assert ((first == 0) | (first == 2)).mean() > 0.8


def test_rank_leaves_out_what_lies_on_a_genome(bench, real_data, monkeypatch):
    monkeypatch.setenv("PRIMASE_DATA", str(real_data))
    from bench import rank

    assert {"primer", "pre_mirna"} <= set(rank.read_ranked())
    assert not {"yeast_tss", "yeast_nucleosomes", "ecoli_promoters"} & set(rank.read_ranked())
