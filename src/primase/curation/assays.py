"""Simulated assays: factors bind where their motifs are, and what binds shows in peaks and reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from primase.core.files import write_text, write_with
from primase.curation.genomes import SimulatedGenome, read_letters
from primase.curation.sites import REACH, Factor, Sites, find_sites, footprint, plant_sites

BLOCK = 1000  # letters of one density of background
MERGED = 200  # letters between sites that lie in one peak
LEAST_READS = 10.0  # expected of a site that makes a peak
READ_LENGTH = 36


@dataclass(frozen=True, eq=False)
class Reads:
    """Reads by the place of their 5' end, in the order of the genome: contig, position, strand (1, -1)."""

    contig: np.ndarray
    positions: np.ndarray
    strands: np.ndarray


@dataclass(frozen=True, eq=False)
class Peaks:
    """Where sites lie: contig, start, end, summit (position of the strongest site, nearly) and observed reads."""

    contig: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    summits: np.ndarray
    reads: np.ndarray


@dataclass(frozen=True, eq=False)
class Binding:
    """A simulated binding experiment.

    Attributes
    ----------
    genome : SimulatedGenome
        With the motifs planted.
    factors : tuple of Factor
    sites : Sites
        The truth.
    peaks : Peaks
    reads, control : Reads
        Of the experiment, and of one without binding but with the same uneven background.
    """

    genome: SimulatedGenome
    factors: tuple[Factor, ...]
    sites: Sites
    peaks: Peaks
    reads: Reads
    control: Reads


def simulate_binding(
    genome: SimulatedGenome,
    factors: Sequence[Factor],
    *,
    background: float = 0.005,
    uneven: float = 0.5,
    seed: int = 0,
) -> Binding:
    """Let factors bind to a genome, and sequence what they bind, in the manner of ChIP-nexus.

    Instances of every motif are planted at random places, with helpers near some. What binds then follows from the
    letters alone: every match of a motif that is better than its weakest instances is a site, three bits below the
    perfect match bind half as much, and helper motifs within 150 letters add to that. Reads are Poisson draws;
    their 5' ends lie around the site as `footprint` says, the others anywhere.

    Parameters
    ----------
    genome : SimulatedGenome
    factors : sequence of Factor
    background : float
        Reads per letter, both strands together, that have nothing to do with binding.
    uneven : float
        Standard deviation of the logarithm of the background's density, block by block; shared by the control.
    seed : int

    Raises
    ------
    PrimaseError
        If the motifs do not fit into the genome.
    UnknownName
        If JASPAR does not know a motif.
    """
    rng = np.random.default_rng([seed, 0xB1])
    planted = plant_sites(genome, factors, rng)
    sites = find_sites(planted, factors)
    density = rng.lognormal(-(uneven**2) / 2, uneven, int(planted.offsets[-1]) // BLOCK + 1)
    bound, loose, control = (
        _draw_bound(sites, factors, rng),
        *(_draw_loose(planted, background, density, rng) for _ in range(2)),
    )
    reads = _in_order(planted, np.concatenate([bound, loose], 1))
    peaks = _call_peaks(planted, sites, reads, rng)
    return Binding(planted, tuple(factors), sites, peaks, reads, _in_order(planted, control))


def write_peaks(path: str | Path, binding: Binding) -> None:
    """Write the peaks as narrowPeak; the signal is the number of reads."""
    peaks, names = binding.peaks, binding.genome.names
    table = zip(
        peaks.contig.tolist(), peaks.starts.tolist(), peaks.ends.tolist(), peaks.summits.tolist(), peaks.reads.tolist(),
        strict=True,
    )  # fmt: skip
    lines = [
        f"{names[contig]}\t{start}\t{end}\tpeak{number}\t{min(reads, 1000)}\t.\t{reads}\t-1\t-1\t{summit - start}\n"
        for number, (contig, start, end, summit, reads) in enumerate(table, 1)
    ]
    write_text(path, "".join(lines))


def write_reads(path: str | Path, genome: SimulatedGenome, reads: Reads, *, seed: int = 0) -> None:
    """Write reads as a BAM file in the order of the genome, with its index beside it.

    Each read is `READ_LENGTH` letters of the genome from its 5' end on, without errors, with a mapping quality of 60.
    """
    import pysam

    rng = np.random.default_rng([seed, 0xBA])
    marks = np.frombuffer(b"F:,#", np.uint8)  # binned qualities as sequencers write them
    qualities = [marks[rng.choice(4, READ_LENGTH, p=[0.9, 0.06, 0.03, 0.01])].tobytes().decode() for _ in range(64)]
    drawn = rng.integers(0, 64, len(reads.positions)).tolist()
    header = {
        "HD": {"VN": "1.6", "SO": "coordinate"},
        "SQ": [{"SN": n, "LN": size} for n, size in zip(genome.names, genome.lengths.tolist(), strict=True)],
    }

    def write(draft: Path) -> None:
        number = 0
        with pysam.AlignmentFile(str(draft), "wb", header=header) as out:
            for contig in range(len(genome.names)):
                low, high = np.searchsorted(reads.contig, [contig, contig + 1])
                codes = read_letters(genome, contig, 0, int(genome.lengths[contig]))
                letters = np.frombuffer(b"ACGTN", np.uint8)[codes].tobytes().decode()
                for position, strand in zip(
                    reads.positions[low:high].tolist(), reads.strands[low:high].tolist(), strict=True
                ):
                    start = position if strand > 0 else position - READ_LENGTH + 1
                    read = pysam.AlignedSegment(out.header)
                    read.query_name = f"r{number}"
                    read.flag = 0 if strand > 0 else 16
                    read.reference_id, read.reference_start, read.mapping_quality = contig, start, 60
                    read.cigartuples = [(0, READ_LENGTH)]
                    read.query_sequence = letters[start : start + READ_LENGTH]
                    read.query_qualities_str = qualities[drawn[number]]
                    out.write(read)
                    number += 1

    write_with(path, write)
    pysam.index(str(path))


def _draw_bound(sites: Sites, factors: Sequence[Factor], rng: np.random.Generator) -> np.ndarray:
    """Draw the reads of the sites: contig, position of the 5' end and strand, shape (3, reads)."""
    owner = np.repeat(np.arange(len(sites.rates)), rng.poisson(sites.rates))
    drawn = rng.random(len(owner))
    cells = np.empty(len(owner), np.int64)
    for number, factor in enumerate(factors):
        own = sites.factor[owner] == number
        total = np.cumsum(footprint(factor))
        cells[own] = np.searchsorted(total, drawn[own] * total[-1], side="right")
    row, column = np.divmod(cells, 2 * REACH + 1)
    strands = sites.strands[owner].astype(np.int64)
    return np.stack(
        [sites.contig[owner], sites.centres[owner] + strands * (column - REACH), strands * np.where(row == 0, 1, -1)]
    )


def _draw_loose(
    genome: SimulatedGenome, background: float, density: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw the reads that have nothing to do with binding, as `_draw_bound` does those that have."""
    count = rng.poisson(background * genome.offsets[-1])
    total = np.cumsum(density)
    places = np.searchsorted(total, rng.random(count) * total[-1], side="right") * BLOCK + rng.integers(0, BLOCK, count)
    contig = np.searchsorted(genome.offsets, places, side="right") - 1
    inside = contig < len(genome.names)
    contig, places = contig[inside], places[inside]
    return np.stack([contig, places - genome.offsets[contig], rng.choice([1, -1], len(contig))])


def _in_order(genome: SimulatedGenome, table: np.ndarray) -> Reads:
    """Drop reads that leave their contig or begin or end on an unknown letter; sort the others by where they lie."""
    contig, positions, strands = table
    left = np.where(strands > 0, positions, positions - READ_LENGTH + 1)
    keep = (left >= 0) & (left + READ_LENGTH <= genome.lengths[contig])
    for place in (genome.offsets[contig] + left, genome.offsets[contig] + left + READ_LENGTH - 1):
        run = np.searchsorted(genome.unknown[:, 1], place, side="right")
        keep &= run == np.searchsorted(genome.unknown[:, 0], place, side="right")
    order = np.flatnonzero(keep)
    order = order[np.lexsort((left[order], contig[order]))]
    return Reads(contig[order], positions[order], strands[order].astype(np.int8))


def _call_peaks(genome: SimulatedGenome, sites: Sites, reads: Reads, rng: np.random.Generator) -> Peaks:
    """Call a peak wherever sites with enough expected reads lie, neighbours together."""
    strong = np.flatnonzero(sites.rates >= LEAST_READS)
    contig, centres = sites.contig[strong], sites.centres[strong]
    first = np.flatnonzero(np.append(True, (np.diff(contig) > 0) | (np.diff(centres) > MERGED))[: len(strong)])
    last = np.append(first[1:], len(strong)) - 1
    group = np.repeat(np.arange(len(first)), last - first + 1)
    best = np.lexsort((sites.rates[strong], group))[last]  # the strongest of a group is the last of it
    low = genome.offsets[contig[first]]
    starts = np.maximum(centres[first] - 100, 0)
    ends = np.minimum(centres[last] + 101, genome.lengths[contig[first]])
    summits = np.clip(centres[best] + np.rint(rng.normal(0, 3, len(first))).astype(np.int64), starts, ends - 1)
    places = np.sort(genome.offsets[reads.contig] + reads.positions)
    counts = np.searchsorted(places, low + ends) - np.searchsorted(places, low + starts)
    return Peaks(contig[first], starts, ends, summits, counts)
