"""Splitting without leaks: all pairs of small data, sketches of large data, and CSV to an audited data set on disk.

    python -m bench.split [--rows 100000] [--length 200]

The bars: 100,000 sequences of 200 letters from CSV to data set in at most 30 seconds and 1.5 GB, of which reading and
encoding 10 seconds. Each figure is taken in a process of its own, after a first call that compiles.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from primase.core.alphabet import DNA, encode

BAR_SECONDS, BAR_READING, BAR_GIGABYTES = 30.0, 10.0, 1.5
BAR_KEPT = 0.995


def draw(rows: int, length: int, seed: int = 0) -> list[str]:
    """Draw random sequences."""
    letters = np.frombuffer(b"ACGT", np.uint8)
    table = letters[np.random.default_rng(seed).integers(0, 4, (rows, length))]
    return [row.tobytes().decode() for row in table]


def compare_all(rows: int, length: int) -> list[float]:
    """Return the seconds in which all pairs of random sequences are decided."""
    from primase.curation.similarity import near_duplicates

    near_duplicates(*encode(draw(200, length, 1)), DNA)
    codes, offsets = encode(draw(rows, length))
    start = time.perf_counter()
    near_duplicates(codes, offsets, DNA)
    return [time.perf_counter() - start]


def keep_families(families: int, length: int) -> list[float]:
    """Return seconds, near pairs, and the share of them that sketches keep together, of pairs at 70 to 100 %."""
    from primase.curation.alignment import is_near
    from primase.curation.seeding import compare_by_seeds
    from primase.curation.similarity import clusters, other_strand
    from primase.curation.simulation import simulate_families

    sequences, family = simulate_families(families=families, members=2, length=length)
    codes, offsets = encode(sequences)
    other = other_strand(codes, offsets, DNA)
    start = time.perf_counter()
    units = clusters(compare_by_seeds(codes, other, offsets, DNA, seed=0), len(sequences))
    seconds = time.perf_counter() - start
    kept = []
    for one, two in np.argsort(family, kind="stable").reshape(-1, 2):
        mine, there = slice(offsets[one], offsets[one + 1]), slice(offsets[two], offsets[two + 1])
        if is_near(codes[mine], codes[there]) or is_near(codes[mine], other[there]):
            kept.append(units[one] == units[two])
    return [seconds, len(kept), float(np.mean(kept))]


def curate_table(rows: int, length: int) -> list[float]:
    """Return the seconds of the way from CSV to data set on disk, those of reading and encoding, and the gigabytes."""
    from primase.curation.curating import curate_sequences
    from primase.curation.options import CurateOptions
    from primase.curation.reading import read_records

    with tempfile.TemporaryDirectory() as folder:
        small, table = Path(folder) / "small.csv", Path(folder) / "table.csv"
        for path, count in ((small, 6000), (table, rows)):
            lines = (f"{text},{i % 2}\n" for i, text in enumerate(draw(count, length)))
            path.write_text("sequence,label\n" + "".join(lines))
        curate_sequences([small])
        start = time.perf_counter()
        curate_sequences([table]).save(Path(folder) / "dataset")
        seconds = time.perf_counter() - start
        gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        start = time.perf_counter()
        encode(read_records(table, options=CurateOptions()).sequences)
        return [seconds, time.perf_counter() - start, gigabytes]


def alone(function: Callable[..., list[float]], *values: int) -> list[float]:
    """Call a function in a new process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, values)


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--length", type=int, default=200)
    given = parser.parse_args()
    for rows in (2000, 5000):
        (seconds,) = alone(compare_all, rows, given.length)
        print(f"all pairs of {rows:,} sequences of {given.length}: {seconds:.1f} s")
    seconds, pairs, kept = alone(keep_families, given.rows // 2, given.length)
    print(
        f"sketches of {given.rows:,} sequences: {seconds:.1f} s; of {pairs:,.0f} near pairs {kept:.2%} are together "
        f"(bar {BAR_KEPT:.1%})"
    )
    total, reading, gigabytes = alone(curate_table, given.rows, given.length)
    print(f"CSV to data set on disk: {total:.1f} s (bar {BAR_SECONDS:g}), {gigabytes:.2f} GB (bar {BAR_GIGABYTES:g})")
    print(f"of which reading and encoding: {reading:.1f} s (bar {BAR_READING:g})")
    missed = total > BAR_SECONDS or reading > BAR_READING or gigabytes > BAR_GIGABYTES or kept < BAR_KEPT
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
