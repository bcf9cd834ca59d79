"""Clusters of windows over planted duplications: what is copied stays together, and nothing else is joined."""

import numpy as np
import pytest

from primase.curation.genome_curating import curate_genome
from primase.curation.genome_options import GenomeOptions
from primase.curation.genomes import plant_duplications, simulate_genome, write_genome
from primase.curation.options import CurateOptions
from primase.curation.similarity import clusters

WIDTH, PAIRS = 400, 40


@pytest.fixture(scope="module")
def curated(tmp_path_factory):
    """Tile a genome in which stretches of 200 to 900 letters have a copy at 82 to 100 % identity."""
    folder = tmp_path_factory.mktemp("duplications")
    bare = simulate_genome({"a": 160_000, "b": 90_000, "c": 50_000}, unknown=0, seed=1)
    genome, planted = plant_duplications(bare, PAIRS, identity=(0.82, 1.0), sizes=(200, 900), seed=2)
    write_genome(folder / "g.fa", genome)
    rows = [
        f"{name}\t{start}\t{start + WIDTH}\t{'xy'[start // WIDTH % 2]}\n"
        for name, length in zip(genome.names, genome.lengths, strict=True)
        for start in range(0, length - WIDTH + 1, WIDTH)
    ]
    (folder / "tiles.tsv").write_text("chrom\tstart\tend\tlabel\n" + "".join(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRIMASE_CACHE", str(folder / "cache"))
        data = curate_genome(
            [folder / "tiles.tsv"], CurateOptions(split="homology"), GenomeOptions(genome=str(folder / "g.fa"))
        )
    return data, planted


def covered(data, place: np.ndarray) -> list[tuple[int, int, int]]:
    """Return the windows over a stretch, and from where to where in the stretch each of them reaches."""
    contig, start, end = place.tolist()
    rows = np.flatnonzero((data.sequences.contigs == contig) & (data.sequences.starts < end))
    starts = data.sequences.starts[rows]
    return [
        (int(row), max(0, int(low) - start), min(end, int(low) + WIDTH) - start)
        for row, low in zip(rows, starts, strict=True)
        if low + WIDTH > start
    ]


def kin(data, planted, least: int) -> list[tuple[int, int]]:
    """Pair the windows that share so many letters of a stretch and its copy, to within insertions and deletions."""
    found = []
    for source, copy, strand in zip(planted.sources, planted.copies, planted.strands, strict=True):
        size, there = source[2] - source[1], copy[2] - copy[1]
        for one, low, high in covered(data, source):
            for two, first, last in covered(data, copy):
                begin, end = (first, last) if strand > 0 else (there - last, there - first)
                if min(high, end * size / there) - max(low, begin * size / there) >= least:
                    found.append((one, two))
    return found


def test_windows_that_share_a_duplication_are_in_one_cluster(curated):
    data, planted = curated
    pairs = kin(data, planted, 110)
    assert len(pairs) > 1.5 * PAIRS
    assert sum(data.units[one] == data.units[two] for one, two in pairs) >= 0.99 * len(pairs)
    assert all(data.parts[one] == data.parts[two] for one, two in pairs if data.units[one] == data.units[two])


def test_windows_that_share_nothing_are_not(curated):
    data, planted = curated
    related = clusters(np.array(kin(data, planted, 1)), len(data))
    assert len(np.unique(np.stack([data.units, related]), axis=1).T) == len(np.unique(data.units))
    assert len(np.unique(data.units)) > len(data) - 6 * PAIRS


def test_the_definition_and_the_largest_cluster_are_said(curated):
    split = curated[0].facts["split"]
    assert split["method"] == "by homology"
    assert "share 100 letters on either strand" in split["definition"]
    largest = np.bincount(curated[0].units).max()
    assert f"{split['clusters']:,} clusters, the largest of {largest:,} windows" in curated[0].facts["notes"]
