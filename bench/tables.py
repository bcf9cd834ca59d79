"""Tables that five sets of the results page are read from: what their files say in a way no reader can know.

``uci_splice.tsv``: the gene of a row stands in a second file; duplicates are dropped. ``cnnprom_ecoli.tsv``: the
fragments are found in the genome, so that a fold can keep stretches of it whole. ``<factor>_AC.tsv``: at most 5,000
peaks, drawn at random. ``yeast_nucleosomes.tsv``: the gaps between the calls, and as many calls, drawn at random.
``yeast_tss.bed``: where the transcripts begin.
"""

import csv
import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from primase.core.alphabet import reverse_complement
from primase.core.files import write_text

BLOCK = 20_000  # letters of the E. coli genome that stay in one fold
PEAKS = 5_000
GAPS = range(60, 501)  # letters between two nucleosomes; where it is more, reads fit several places (Ty elements)


def make_table(name: str, data: Path, folder: Path) -> Path:
    """Write the table called `name` into `folder`, unless it is there.

    Parameters
    ----------
    name : str
        One of those above.
    data : Path
        The folder that PRIMASE_DATA names.
    folder : Path
        Where tables are kept.
    """
    path = folder / name
    if path.is_file():
        return path
    if path.stem.endswith("_AC"):
        rows = _peaks(path.stem, data / "regulatory/deepbind_encode_chip")
    else:
        make = {
            "uci_splice.tsv": _splice,
            "cnnprom_ecoli.tsv": _ecoli,
            "yeast_nucleosomes.tsv": _nucleosomes,
            "yeast_tss.bed": _starts,
        }[name]
        rows = make(data / "regulatory")
    write_text(path, "".join("\t".join(row) + "\n" for row in rows))
    return path


def _lines(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        return handle.read().splitlines()


def _splice(folder: Path) -> Iterable[Sequence[str]]:
    """Row i of the table is data row i of the ARFF file, whose instance name begins with the gene."""
    table = list(csv.reader(_lines(folder / "uci_splice/splice.tsv.gz"), delimiter="\t"))[1:]
    lines = _lines(folder / "uci_splice/splice.arff.gz")
    start = next(number for number, line in enumerate(lines) if line.lower().startswith("@data"))
    data = [line for line in lines[start + 1 :] if line.strip() and not line.startswith("%")]
    names = [next(cell for cell in line.replace("'", "").split(",") if "-" in cell).strip() for line in data]
    genes: dict[str, str] = {}
    first: dict[str, tuple[str, str]] = {}
    for (label, sequence), name in zip(table, names, strict=True):
        gene = name.split("-")[0]
        # a sequence that stands under two genes makes one group of them
        genes.setdefault(gene, gene)
        kept = first.setdefault(sequence, (label, gene))
        _join(genes, gene, kept[1])
    yield ("label", "sequence", "gene")
    for sequence, (label, gene) in first.items():
        yield (label, sequence, _root(genes, gene))


def _root(names: dict[str, str], name: str) -> str:
    while names[name] != name:
        name = names[name]
    return name


def _join(names: dict[str, str], one: str, other: str) -> None:
    names[_root(names, one)] = _root(names, other)


def _ecoli(folder: Path) -> Iterable[Sequence[str]]:
    genome = "".join(_lines(next((folder / "ecoli_genome_promoters").glob("*.f*a.gz")))[1:]).upper()
    yield ("sequence", "label", "block")
    for label, name in (("promoter", "Ecoli_prom"), ("other", "Ecoli_non_prom")):
        records = "\n".join(_lines(folder / f"cnnprom/{name}.fa.gz")).split(">")[1:]
        for record in records:
            sequence = "".join(record.split("\n")[1:]).upper()
            found = max(genome.find(sequence), genome.find(reverse_complement(sequence)))
            if found < 0:
                raise ValueError(f"{sequence} is not in the genome")
            yield (sequence, label, str(found // BLOCK))


def _peaks(name: str, folder: Path) -> Iterable[Sequence[str]]:
    rows = list(csv.reader(_lines(next(folder.glob(f"{name[:-3]}_*_AC.seq.gz"))), delimiter="\t"))
    yield rows[0]
    drawn = np.sort(np.random.default_rng(0).permutation(len(rows) - 1)[:PEAKS])
    yield from (rows[1 + number] for number in drawn)


def _nucleosomes(folder: Path) -> Iterable[Sequence[str]]:
    """Every gap between calls and as many calls; calls overlap, so a gap begins at the last end so far."""
    calls: dict[str, list[tuple[int, int]]] = {}
    for line in _lines(folder / "yeast_genome_tracks/nucleosome_GSM1891203_danpos.bed.gz"):
        contig, start, end, _ = line.split("\t")
        calls.setdefault(contig, []).append((int(start), int(end)))
    gaps = []
    for contig, places in calls.items():
        places.sort()
        ends = np.maximum.accumulate([end for _, end in places])
        gaps += [
            (contig, end, start)
            for end, (start, _) in zip(ends[:-1].tolist(), places[1:], strict=True)
            if start - end in GAPS
        ]
    every = [(contig, *place) for contig, places in calls.items() for place in places]
    drawn = np.sort(np.random.default_rng(0).permutation(len(every))[: len(gaps)])
    yield ("chrom", "start", "end", "label")
    for label, rows in (("linker", gaps), ("nucleosome", [every[number] for number in drawn])):
        for contig, start, end in rows:
            yield (contig, str(start), str(end), label)


def _starts(folder: Path) -> Iterable[Sequence[str]]:
    """Each row is the first letter of a transcript, with which its 5' untranslated region begins (1-based, closed)."""
    for line in _lines(folder / "yeast_genome_tracks/yeast_gene_utrs.tsv.gz")[1:]:
        gene, contig, start, end, strand, name = line.split("\t")
        if name.endswith("5prime-utr"):
            first = int(start) - 1 if strand == "1" else int(end) - 1
            yield (contig, str(first), str(first + 1), gene, ".", "+" if strand == "1" else "-")
