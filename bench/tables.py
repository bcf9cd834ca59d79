"""Tables that three sets of the results page are read from: what their files say in a way no reader can know.

``uci_splice``: the gene of a row stands in a second file; duplicates are dropped. ``cnnprom_ecoli``: the fragments
are found in the genome, so that a fold can keep stretches of it whole. ``<factor>_AC``: at most 5,000 peaks, drawn at
random.
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


def make_table(name: str, data: Path, folder: Path) -> Path:
    """Write the table called `name` (without ``.tsv``) into `folder`, unless it is there.

    Parameters
    ----------
    name : str
        ``uci_splice``, ``cnnprom_ecoli`` or ``<factor>_AC``.
    data : Path
        The folder that PRIMASE_DATA names.
    folder : Path
        Where tables are kept.
    """
    path = folder / f"{name}.tsv"
    if path.is_file():
        return path
    if name.endswith("_AC"):
        rows = _peaks(name, data / "regulatory/deepbind_encode_chip")
    else:
        make = {"uci_splice": _splice, "cnnprom_ecoli": _ecoli}[name]
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
