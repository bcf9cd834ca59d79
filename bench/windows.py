"""Windows of a genome as one-hot arrays: against tangermeme, and a streamed epoch of a 3 Gb genome.

    python -m bench.windows [--windows 20000] [--runs 7] [--skip-peers]
    python -m bench.windows --stream [--bases 3000000000] [--windows 1000000]

The first: random windows of 1,000 letters of a 12 Mb FASTA, every tool opening it by path with whatever cache it made
before, as int8 (N, 4, L) arrays. The best of alternating runs counts, since what disturbs a run only makes it longer.
The second: an epoch of shuffled windows with reverse complement and shift, as float32 batches, and the anonymous memory
at its end.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

WIDTH = 1000
CONTIGS = {f"chr{number}": 3_000_000 for number in range(1, 5)}
BARS = {"tangermeme": 1.3}


def make_genome(folder: Path) -> Path:
    """Write a random genome of 12 Mb."""
    from primase.curation.genomes import simulate_genome, write_genome

    path = folder / "genome.fa"
    write_genome(path, simulate_genome(CONTIGS, seed=0))
    return path


def contenders(path: Path, windows: int, *, peers: bool) -> dict[str, Callable[[], np.ndarray]]:
    """Return the functions to be timed; each opens the genome by its path and gives all windows."""
    from primase.curation.packing import open_genome

    rng = np.random.default_rng(1)
    names = list(CONTIGS)
    contigs = rng.integers(0, len(names), windows)
    starts = rng.integers(0, 3_000_000 - WIDTH, windows)
    found: dict[str, Callable[[], np.ndarray]] = {
        "primase": lambda: open_genome(path, cache=path.parent / "cache").read_one_hot(contigs, starts, WIDTH)
    }
    if not peers:
        return found
    import pandas as pd
    from tangermeme.io import extract_loci

    loci = pd.DataFrame({"chrom": [names[i] for i in contigs], "start": starts, "end": starts + WIDTH})
    found["tangermeme"] = lambda: extract_loci(loci, str(path), in_window=WIDTH).numpy()
    return found


def compare(windows: int, runs: int, *, peers: bool) -> int:
    """Time all contenders in turns and print the ratios; return 1 where a bar is missed."""
    with tempfile.TemporaryDirectory() as folder:
        path = make_genome(Path(folder))
        functions = contenders(path, windows, peers=peers)
        started = time.perf_counter()
        first = functions["primase"]()
        print(f"first opening, packing included: {time.perf_counter() - started:.2f} s")
        for name, function in functions.items():
            if not np.array_equal(np.asarray(function()), first):
                sys.exit(f"{name} gives other letters")
        best = dict.fromkeys(functions, np.inf)
        for _ in range(runs):
            for name, function in functions.items():
                started = time.perf_counter()
                function()
                best[name] = min(best[name], time.perf_counter() - started)
    missed = 0
    for name, seconds in best.items():
        ratio = seconds / best["primase"]
        met = "" if name == "primase" else f", primase is {ratio:.2f} x as fast (bar {BARS[name]})"
        print(f"{name}: {windows / seconds:,.0f} windows/s{met}")
        missed += name in BARS and ratio < BARS[name]
    return int(missed > 0)


def stream(bases: int, windows: int) -> int:
    """Stream one epoch of windows of a large packed genome and print speed and memory."""
    import torch

    from primase.core.alphabet import DNA
    from primase.curation.augmentation import Augmentation
    from primase.curation.dataset import Dataset
    from primase.curation.encoding import SequenceBatches
    from primase.curation.packing import PackedGenome
    from primase.curation.sequences import GenomeSequences

    with tempfile.TemporaryDirectory() as folder:
        path, rng = Path(folder) / "bases.bin", np.random.default_rng(0)
        with path.open("wb") as out:
            for _ in range(0, bases // 4, 2**24):
                out.write(rng.integers(0, 256, 2**24, np.uint8).tobytes())
        length = bases // 24 // 4 * 4
        offsets = np.arange(24) * length
        genome = PackedGenome(
            "simulated", "0" * 64, tuple(f"chr{i}" for i in range(24)), np.full(24, length), offsets,
            np.memmap(path, np.uint8, "r"), np.zeros((0, 2), np.int64),
        )  # fmt: skip
        contigs = rng.integers(0, 24, windows).astype(np.int32)
        starts = rng.integers(1000, length - 2 * WIDTH, windows)
        still = np.zeros(windows, np.int8)
        data = Dataset(
            ids=np.arange(windows),
            sequences=GenomeSequences(genome, contigs, starts, starts + WIDTH, still, still > 0),
            targets=np.zeros((windows, 1), np.float32), parts=still, units=np.arange(windows), alphabet=DNA,
            task="regression", names=("none",), length=WIDTH, policy="pad",
        )  # fmt: skip
        batches = SequenceBatches(
            data,
            np.arange(windows),
            length=WIDTH,
            device=torch.device("cpu"),
            augmentation=Augmentation(both_strands=True, shift=10),
        )
        started, seen = time.perf_counter(), 0
        for batch in batches.epoch(0, 256):
            seen += len(batch.inputs["seq"])
        seconds = time.perf_counter() - started
    print(f"float32 batches: {seen / seconds:,.0f} windows/s; packed genome {bases / 4 / 1e9:.2f} GB on disk")
    print(f"anonymous memory at the end: {anonymous_memory() / 1e9:.2f} GB")
    return 0


def anonymous_memory() -> int:
    """Return the anonymous memory of this process, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return 1024 * int(line.split()[1])
    return 0


def main() -> int:
    """Print the figures; return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--windows", type=int)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--skip-peers", action="store_true")
    parser.add_argument("--stream", action="store_true", help="an epoch of a large genome instead")
    parser.add_argument("--bases", type=int, default=3_000_000_000)
    options = parser.parse_args()
    if options.stream:
        return stream(options.bases, options.windows or 1_000_000)
    return compare(options.windows or 20_000, options.runs, peers=not options.skip_peers)


if __name__ == "__main__":
    sys.exit(main())
