"""Labels of windows from bigWig tracks, against what pybigtools alone needs to read the same sums.

    python -m bench.labels [--windows 100000] [--width 2048] [--bin 32] [--tracks 10] [--megabases 320] [--runs 3]

The tracks are simulated: coverage-like runs of 40 positions in the mean, an eighth of them without a value. The
windows lie at random. primase writes the labels into a memory-mapped file; pybigtools only reads them, window by window
in the order of the genome (its sums over bins, exact) or in stretches of a megabase that numpy sums; the faster of the
two is the reference. All open their files anew for each run; the best of several alternating runs are compared. The bar
is 1.3 times the reference; the peak of anonymous memory is printed beside.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pybigtools

from bench.memory import Memory
from primase.curation.binning import LabelRule, label_windows
from primase.curation.formats import bigwig
from primase.curation.formats.bedgraph import Block
from primase.curation.signal_files import open_signal

BAR = 1.3
CONTIGS = 8
STRETCH = 2**20
RUN, EMPTY = 40, 1 / 8  # mean length of a run, share of runs without a value


def simulate(lengths: dict[str, int], seed: int) -> Iterator[Block]:
    """Give blocks of a megabase of one track."""
    rng = np.random.default_rng(seed)
    for contig, length in lengths.items():
        for start in range(0, length, STRETCH):
            size = min(STRETCH, length - start)
            runs = rng.geometric(1 / RUN, size // RUN * 2)
            values = rng.gamma(2, 3, len(runs)).round(2).astype(np.float32)
            values[rng.random(len(runs)) < EMPTY] = np.nan
            yield contig, start, np.repeat(values, runs)[:size]


Windows = dict[str, tuple[np.ndarray, np.ndarray]]  # contig -> sorted starts, rows


def read_windows(path: Path, windows: Windows, width: int, bins: int) -> np.ndarray:
    """Read sums with pybigtools, window by window."""
    reader = pybigtools.open(str(path))
    out = np.empty((sum(len(rows) for _, rows in windows.values()), bins))
    for contig, (starts, rows) in windows.items():
        for start, row in zip(starts.tolist(), rows.tolist(), strict=True):
            reader.values(
                contig, start, start + width, bins=bins, summary="sum", exact=True, fillna=0.0, oob=0.0, arr=out[row]
            )
    return out


def read_stretches(path: Path, windows: Windows, width: int, bins: int) -> np.ndarray:
    """Read values with pybigtools in stretches of a megabase, and sum them with numpy."""
    reader = pybigtools.open(str(path))
    out = np.empty((sum(len(rows) for _, rows in windows.values()), bins))
    buffer = np.empty(STRETCH + width)
    for contig, (starts, rows) in windows.items():
        for low in range(0, int(starts[-1]) + 1, STRETCH):
            first, last = np.searchsorted(starts, (low, low + STRETCH))
            if first < last:
                end = int(starts[last - 1]) + width
                reader.values(contig, low, end, fillna=0.0, oob=0.0, arr=buffer[: end - low])
                for start, row in zip((starts[first:last] - low).tolist(), rows[first:last].tolist(), strict=True):
                    out[row] = buffer[start : start + width].reshape(bins, -1).sum(1)
    return out


def main() -> int:
    """Measure, print, and return 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--windows", type=int, default=100_000)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--bin", type=int, default=32)
    parser.add_argument("--tracks", type=int, default=10)
    parser.add_argument("--megabases", type=int, default=320)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    lengths = {f"chr{i + 1}": given.megabases * 1_000_000 // CONTIGS for i in range(CONTIGS)}
    rule = LabelRule(width=given.width, bin=given.bin)
    rng = np.random.default_rng(0)
    contig = rng.integers(0, CONTIGS, given.windows)
    starts = rng.integers(0, lengths["chr1"] - given.width, given.windows)
    windows: Windows = {}
    for number, name in enumerate(lengths):
        rows = np.flatnonzero(contig == number)
        rows = rows[np.argsort(starts[rows], kind="stable")]
        windows[name] = (starts[rows], rows)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"track{i}.bw" for i in range(given.tracks)]
        start = time.perf_counter()
        for seed, path in enumerate(paths):
            bigwig.write(path, lengths, simulate(lengths, seed))
        took, size = time.perf_counter() - start, sum(path.stat().st_size for path in paths) / 1e6
        print(f"{given.tracks} tracks of {given.megabases} Mb written in {took:.1f} s, {size:.0f} MB")
        shape = (given.windows, given.tracks, rule.bins)
        labels = np.lib.format.open_memmap(Path(folder) / "labels.npy", "w+", np.float32, shape)
        memory = Memory()
        few = slice(0, min(64, given.windows))
        label_windows([open_signal(paths[0])], rule, list(lengths), contig[few], starts[few])  # compiles

        def ours() -> None:
            with memory:
                label_windows([open_signal(path) for path in paths], rule, list(lengths), contig, starts, out=labels)

        def each(read: Callable[[Path, Windows, int, int], np.ndarray]) -> None:
            for path in paths:
                read(path, windows, given.width, rule.bins)

        contenders = {
            "primase": ours,
            "pybigtools, window by window": lambda: each(read_windows),
            "pybigtools, by stretches": lambda: each(read_stretches),
        }
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        processor: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(given.runs):
            for name, contender in contenders.items():
                start, busy = time.perf_counter(), time.process_time()
                contender()
                seconds[name].append(time.perf_counter() - start)
                processor[name].append(time.process_time() - busy)
        for read in (read_windows, read_stretches):
            if not np.allclose(read(paths[-1], windows, given.width, rule.bins), labels[:, -1], rtol=1e-6, atol=0):
                raise SystemExit("the contenders do not give the same sums")
    for name, values in seconds.items():
        each_run = ", ".join(f"{value:.1f}" for value in values)
        print(f"{name:30s} best {min(values):6.1f} s, all {each_run}; processor {min(processor[name]):.1f} s")
    ratio = min(seconds["primase"]) / min(min(values) for name, values in seconds.items() if name != "primase")
    print(f"primase takes {ratio:.2f} x the time of the faster way (bar {BAR:g}), {memory.most / 1e6:.0f} MB of memory")
    return int(ratio > BAR)


if __name__ == "__main__":
    sys.exit(main())
