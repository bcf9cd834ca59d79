"""GC-matched background of 112,000 loci on a simulated genome of the size of the human one.

    python -m bench.background [--letters 3000000000] [--loci 112000] [--window 2114] [--peer]

The bars: at most 20 seconds and 2 GB. The packed genome is made in a temporary folder (a quarter of a byte per letter),
with the GC content of a vertebrate; the loci are richer in GC than the genome, as peaks are. Each figure is taken in a
process of its own, after a small first call that compiles, and the genome is read from the disk, not from its cache.
With --peer tangermeme's `extract_matching_loci` does the same from a FASTA file of that genome (one byte per letter).
"""

import argparse
import multiprocessing
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from primase.curation.background import draw_background, gc_fractions
from primase.curation.genomes import SimulatedGenome, read_letters, simulate_genome, write_genome
from primase.curation.packing import PackedGenome

BAR_SECONDS, BAR_GIGABYTES = 20.0, 2.0
CONTIGS = 24
PIECE = 1 << 24


def draw_genome(letters: int) -> SimulatedGenome:
    """Return contigs that fall off in size as human chromosomes do, one from five times as large as the last."""
    sizes = np.geomspace(5, 1, CONTIGS)
    sizes = (sizes / sizes.sum() * letters).astype(int).tolist()
    return simulate_genome({f"chr{number}": size for number, size in enumerate(sizes, 1)}, unknown=0.05, seed=1)


def pack(folder: Path, letters: int) -> None:
    """Write the arrays of a packed genome."""
    genome = draw_genome(letters)
    padded = (genome.lengths + 3) // 4 * 4
    offsets = np.cumsum(padded) - padded
    runs = []
    with (folder / "bases.bin").open("wb") as handle:
        for contig, (length, offset) in enumerate(zip(genome.lengths.tolist(), offsets.tolist(), strict=True)):
            inside = (genome.unknown[:, 0] >= genome.offsets[contig]) & (
                genome.unknown[:, 1] <= genome.offsets[contig + 1]
            )
            runs += [
                genome.unknown[inside] - genome.offsets[contig] + offset,
                [[offset + length, offset + padded[contig]]],
            ]
            for start in range(0, length, PIECE):
                codes = read_letters(genome, contig, start, min(start + PIECE, length))
                codes[codes > 3] = 0
                fours = np.concatenate([codes, np.zeros(-len(codes) % 4, np.uint8)]).reshape(-1, 4)
                (fours[:, 0] | fours[:, 1] << 2 | fours[:, 2] << 4 | fours[:, 3] << 6).tofile(handle)
        handle.write(bytes(1))
    unknown = np.concatenate(runs)
    np.savez(
        folder / "genome.npz", lengths=genome.lengths, offsets=offsets, unknown=unknown[unknown[:, 0] < unknown[:, 1]]
    )


def load(folder: Path) -> PackedGenome:
    """Open what `pack` wrote."""
    arrays = np.load(folder / "genome.npz")
    names = tuple(f"chr{number}" for number in range(1, CONTIGS + 1))
    bases = np.memmap(folder / "bases.bin", np.uint8, "r")
    return PackedGenome("simulated", "", names, arrays["lengths"], arrays["offsets"], bases, arrays["unknown"])


def draw_loci(folder: Path, count: int, width: int) -> None:
    """Write places of loci: random ones, of which those rich in GC are kept."""
    genome, rng = load(folder), np.random.default_rng(2)
    contig = rng.choice(CONTIGS, 12 * count, p=genome.lengths / genome.lengths.sum())
    starts = (rng.random(12 * count) * (genome.lengths[contig] - width)).astype(np.int64)
    gc = gc_fractions(genome, (contig, starts), width)
    keep = np.flatnonzero(rng.random(len(gc)) < 1 / (1 + np.exp((0.48 - np.nan_to_num(gc)) / 0.03)))[:count]
    np.savez(folder / "loci.npz", contig=contig[keep], starts=starts[keep])


def forget(path: Path) -> None:
    """Drop a file from the cache of the system."""
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
        os.posix_fadvise(handle.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def peak() -> float:
    """Return the most memory, in GB, that this process ever held."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 2**20 if found else float("nan")


def match_ours(folder: Path, width: int) -> tuple[float, float, Any]:
    """Return seconds, gigabytes, and what was drawn."""
    genome = load(folder)
    draw_background(genome, (np.array([0]), np.array([genome.lengths[0] // 4])), int(genome.lengths[0]) // 8)
    forget(folder / "bases.bin")
    arrays = np.load(folder / "loci.npz")
    blacklist = (np.arange(600) % CONTIGS, np.arange(600) * 1000, np.arange(600) * 1000 + 20_000)
    start = time.perf_counter()
    drawn = draw_background(genome, (arrays["contig"], arrays["starts"]), width, excluded=blacklist)
    return time.perf_counter() - start, peak(), (drawn.facts, drawn.notes)


def match_theirs(folder: Path, width: int) -> tuple[float, float, Any]:
    """Return seconds, gigabytes and the number of windows of the peer."""
    import pandas
    from tangermeme.match import extract_matching_loci

    arrays = np.load(folder / "loci.npz")
    table = pandas.DataFrame({"chrom": arrays["contig"], "start": arrays["starts"], "end": arrays["starts"] + width})
    table["chrom"] = [f"chr{number + 1}" for number in table["chrom"]]
    forget(folder / "genome.fa")
    start = time.perf_counter()
    drawn = extract_matching_loci(table, str(folder / "genome.fa"), in_window=width, random_state=0)
    return time.perf_counter() - start, peak(), len(drawn)


def write_fasta(folder: Path, letters: int) -> float:
    """Return the seconds in which the genome is written as FASTA."""
    start = time.perf_counter()
    write_genome(folder / "genome.fa", draw_genome(letters))
    return time.perf_counter() - start


def alone(function: Callable[..., Any], *values: Any) -> Any:
    """Call a function in a new process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, values)


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--letters", type=int, default=3_000_000_000)
    parser.add_argument("--loci", type=int, default=112_000)
    parser.add_argument("--window", type=int, default=2114)
    parser.add_argument("--peer", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.perf_counter()
        alone(pack, folder, given.letters)
        print(f"made and packed {given.letters / 1e6:,.0f} Mb in {time.perf_counter() - start:.1f} s")
        alone(draw_loci, folder, given.loci, given.window)
        seconds, gigabytes, (facts, notes) = alone(match_ours, folder, given.window)
        print("\n".join(notes))
        print(
            f"{facts['found']:,} of {facts['wanted']:,} windows (GC {facts['mean_gc']:.4f}, loci "
            f"{facts['mean_gc_loci']:.4f}): {seconds:.1f} s (bar {BAR_SECONDS:g}), "
            f"{gigabytes:.2f} GB (bar {BAR_GIGABYTES:g})"
        )
        if given.peer:
            print(f"FASTA written in {alone(write_fasta, folder, given.letters):.1f} s")
            theirs, memory, found = alone(match_theirs, folder, given.window)
            print(f"tangermeme: {found:,} windows in {theirs:.1f} s, {memory:.2f} GB: {theirs / seconds:.1f} x as long")
    return int(seconds > BAR_SECONDS or gigabytes > BAR_GIGABYTES or facts["found"] < facts["wanted"])


if __name__ == "__main__":
    sys.exit(main())
