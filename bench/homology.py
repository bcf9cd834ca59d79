"""The homology split of windows over planted duplications: what stays together, how long it takes, and how much memory.

    python -m bench.homology [--windows 100000] [--width 1000] [--pairs 4000] [--megabases 250]

A genome is simulated (isochores, no repeats), and stretches of 200 to 5,000 letters are copied to other places of it,
on either strand, at 70 to 100 % identity (a fifth of the changes are insertions and deletions). Windows of 1 kb tile
every stretch and every copy, from up to a window before it; of half of the pairs the copy's windows are aligned, which
means that they begin where those of the source do, of the others they begin anywhere. Further windows lie where nothing
is planted. `curate_genome` makes a data set of them from FASTA and table to the audit, in a process of its own.

What counts. Two windows, one over a stretch and one over its copy, share so many letters of the pair as lie in both of
them (counted along the pair, as if insertions and deletions were spread evenly). Every two windows that share so many
letters or more are a window pair, and a planted pair is kept together if all its window pairs are. This is counted for
200 letters, the smallest planted duplication, and for 100; a planted pair so cut by its windows that no two of them
share as much is not counted, and how many these are is printed. Identity is that of the whole planted pair, so of two
windows that share little of it some are less alike.

Two windows fall into one part of a random split two times in three, so beside the parts the clusters are counted, which
are never divided: the stricter figure, for which chance does nothing. That the split does not keep pairs together by
joining everything shows in the clusters that hold windows without any planted pair or overlap between them.

The bars: of the planted pairs at 80 % identity or more, 99 % in one cluster at 200 shared letters, and 99 % in one part
at 100; 10 minutes and 4 GB.
"""

import argparse
import multiprocessing
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from primase.curation.genomes import Duplications, SimulatedGenome, plant_duplications, simulate_genome, write_genome

BAR_KEPT, BAR_SECONDS, BAR_GIGABYTES = 0.99, 600.0, 4.0
SHARED = (200, 100)  # letters of a planted pair from which on two windows are a window pair
IDENTITY = 0.8
CONTIGS = 20
CLASSES = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)


@dataclass(frozen=True, eq=False)
class Result:
    """What came out of the curation: windows, their clusters and parts, and the cost."""

    contig: np.ndarray
    starts: np.ndarray
    units: np.ndarray
    parts: np.ndarray
    notes: list[str]
    leaking: int
    seconds: float
    cpu_seconds: float
    gigabytes: float


def plant(megabases: int, pairs: int) -> tuple[SimulatedGenome, Duplications]:
    """Simulate a genome with duplications."""
    sizes = np.geomspace(3, 1, CONTIGS)
    sizes = (sizes / sizes.sum() * megabases * 1e6).astype(int).tolist()
    bare = simulate_genome({f"chr{number}": size for number, size in enumerate(sizes, 1)}, seed=1)
    return plant_duplications(bare, pairs, seed=2)


def lay_windows(genome: SimulatedGenome, planted: Duplications, count: int, width: int) -> np.ndarray:
    """Return contig and start of windows over all stretches and of others, shape (N, 2); even pairs are aligned."""
    rng = np.random.default_rng(3)
    places = []
    for pair, (source, copy, strand) in enumerate(zip(planted.sources, planted.copies, planted.strands, strict=True)):
        before = rng.integers(0, width, 2)
        before[1] = before[0] if pair % 2 == 0 else before[1]
        for (contig, start, end), first, way in zip((source, copy), before, (1, strand), strict=True):
            steps = np.arange(-(-(end - start + first) // width)) * width
            starts = start - first + steps if way > 0 else end + first - width - steps
            places.append(np.stack([np.full(len(steps), contig), starts], 1))
    windows = np.concatenate(places)
    offsets, ends = genome.offsets[windows[:, 0]], genome.lengths[windows[:, 0]] - width
    windows = windows[(windows[:, 1] >= 0) & (windows[:, 1] <= ends)]
    tiles = np.arange(genome.offsets[-1] // width) * width
    taken = np.sort(np.concatenate([(offsets + windows[:, 1]), genome.offsets]))
    blocked = np.searchsorted(taken, tiles + width) > np.searchsorted(taken, tiles - width, "right")
    runs = genome.unknown
    blocked |= np.searchsorted(runs[:, 1], tiles, "right") < np.searchsorted(runs[:, 0], tiles + width)
    chosen = np.sort(rng.choice(tiles[~blocked], max(0, count - len(windows)), replace=False))
    contig = np.searchsorted(genome.offsets, chosen, "right") - 1
    return np.concatenate([windows, np.stack([contig, chosen - genome.offsets[contig]], 1)])


def curate(folder: Path) -> Result:
    """Make a data set of the table of windows; called in a process of its own."""
    from primase.curation.genome_curating import curate_genome
    from primase.curation.genome_options import GenomeOptions
    from primase.curation.options import CurateOptions
    from primase.curation.sequences import GenomeSequences

    os.environ["PRIMASE_CACHE"] = str(folder / "cache")
    start = time.perf_counter()
    data = curate_genome(
        [folder / "windows.tsv"], CurateOptions(split="homology"), GenomeOptions(genome=str(folder / "genome.fa"))
    )
    seconds = time.perf_counter() - start
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    windows, notes = data.sequences, [*data.facts["notes"], data.facts["split"]["definition"]]
    assert isinstance(windows, GenomeSequences)
    return Result(
        windows.contigs,
        windows.starts,
        data.units,
        data.parts,
        notes,
        data.facts["audit"]["leakage"]["pairs"],
        seconds,
        time.process_time(),
        int(found[1]) / 2**20 if found else float("nan"),
    )


def pair_windows(planted: Duplications, result: Result, width: int) -> np.ndarray:
    """List the windows that share letters of a planted pair, shape (M, 4): planted pair, two windows, letters."""
    order = np.lexsort((result.starts, result.contig))
    keys = (result.contig.astype(np.int64) << 40) + result.starts
    keys = keys[order]
    shared = []
    for pair, (source, copy, strand) in enumerate(zip(planted.sources, planted.copies, planted.strands, strict=True)):
        spans = []
        for contig, start, end in (source, copy):
            first, last = np.searchsorted(keys, (int(contig) << 40) + np.array([max(0, start - width + 1), end]))
            rows = order[first:last]
            inside = np.clip(np.stack([result.starts[rows], result.starts[rows] + width], 1) - start, 0, end - start)
            spans.append((rows, inside * ((source[2] - source[1]) / (end - start))))
        (rows, inside), (others, there) = spans
        if strand < 0:
            there = source[2] - source[1] - there[:, ::-1]
        low = np.maximum(inside[:, None, 0], there[None, :, 0])
        high = np.minimum(inside[:, None, 1], there[None, :, 1])
        one, two = np.nonzero(high > low)
        letters = np.rint((high - low)[one, two]).astype(np.int64)
        shared.append(np.stack([np.full(len(one), pair), rows[one], others[two], letters], 1))
    return np.concatenate(shared)


def count_strange(result: Result, shared: np.ndarray, width: int) -> int:
    """Count the clusters that hold windows which neither a planted pair nor an overlap connects."""
    from primase.curation.similarity import clusters

    order = np.lexsort((result.starts, result.contig))
    touching = np.diff(result.starts[order]) < width
    touching &= np.diff(result.contig[order]) == 0
    overlaps = np.stack([order[:-1], order[1:]], 1)[touching]
    kin = clusters(np.concatenate([shared[:, 1:3], overlaps]), len(result.starts))
    return len(np.unique(np.stack([result.units, kin], 1), axis=0)) - len(np.unique(result.units))


def report(planted: Duplications, result: Result, width: int) -> list[tuple[float, float]]:
    """Print what is kept together, by identity.

    Returns
    -------
    list of (float, float)
        For each of `SHARED`, which share of the planted pairs at 80 % and more is in one cluster, and in one part.
    """
    shared = pair_windows(planted, result, width)
    print("shared letters  identity   windows    planted pairs  window pairs  in one cluster  in one part")
    all_kept = []
    for least in SHARED:
        pairs = shared[shared[:, 3] >= least]
        divided = {
            name: np.bincount(pairs[:, 0], values[pairs[:, 1]] != values[pairs[:, 2]], len(planted.identity)) > 0
            for name, values in (("units", result.units), ("parts", result.parts))
        }
        counts = np.bincount(pairs[:, 0], minlength=len(planted.identity))
        aligned = np.arange(len(counts)) % 2 == 0
        lines = [
            (low, high, name, chosen)
            for low, high in pairwise(CLASSES)
            for name, chosen in (("aligned", aligned), ("anywhere", ~aligned))
        ]
        for low, high, name, chosen in [*lines, (IDENTITY, 1.0, "all", aligned | ~aligned)]:
            mine = chosen & (planted.identity >= low) & ((planted.identity < high) | (high == 1)) & (counts > 0)
            kept, parted = (1 - divided[kind][mine].mean() for kind in ("units", "parts"))
            print(
                f"{least:>10} up  {low:.0%} - {high:.0%}  {name:9s}  {mine.sum():13,}  {counts[mine].sum():12,}"
                f"  {kept:14.2%}  {parted:11.2%}"
            )
        all_kept.append((float(kept), float(parted)))
        print(f"{int((counts == 0).sum()):,} planted pairs are cut so that no two windows share {least} letters")
    strange = count_strange(result, shared, width)
    sizes = np.unique(result.units, return_counts=True)[1]
    print(
        f"{len(sizes):,} clusters, the largest of {sizes.max():,} of {len(result.units):,} windows; {strange} more "
        f"groups of windows than clusters that hold them (joined without cause); audit: {result.leaking} leaking"
    )
    return all_kept


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--windows", type=int, default=100_000)
    parser.add_argument("--width", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=4000)
    parser.add_argument("--megabases", type=int, default=250)
    given = parser.parse_args()
    genome, planted = plant(given.megabases, given.pairs)
    windows = lay_windows(genome, planted, given.windows, given.width)
    labels = np.random.default_rng(4).integers(0, 2, len(windows))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_genome(folder / "genome.fa", genome)
        lines = (
            f"{genome.names[contig]}\t{start}\t{start + given.width}\t{'ab'[label]}\n"
            for (contig, start), label in zip(windows.tolist(), labels.tolist(), strict=True)
        )
        (folder / "windows.tsv").write_text("chrom\tstart\tend\tlabel\n" + "".join(lines))
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            result = pool.apply(curate, (folder,))
    print("\n".join(result.notes))
    (in_cluster, _), (_, in_part) = report(planted, result, given.width)
    print(
        f"planted pairs at {IDENTITY:.0%} identity or more: {in_cluster:.2%} in one cluster at {SHARED[0]} shared "
        f"letters, {in_part:.2%} in one part at {SHARED[1]} (bar {BAR_KEPT:.0%})"
    )
    print(
        f"{len(result.units):,} windows of {given.width:,} in {result.seconds:.0f} s (bar {BAR_SECONDS:g}; "
        f"{result.cpu_seconds:.0f} s of processor time), {result.gigabytes:.2f} GB (bar {BAR_GIGABYTES:g})"
    )
    missed = result.seconds > BAR_SECONDS or result.gigabytes > BAR_GIGABYTES
    return int(missed or min(in_cluster, in_part) < BAR_KEPT)


if __name__ == "__main__":
    sys.exit(main())
