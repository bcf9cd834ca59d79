"""Windows of a genome as one-hot arrays: against tangermeme and GenVarLoader, and a streamed epoch of a 3 Gb genome.

    python -m bench.windows [--windows 20000] [--runs 7] [--skip-peers]
    python -m bench.windows --stream [--bases 3000000000] [--windows 1000000]

The first: random windows of 1,000 letters of a 12 Mb FASTA, every tool opening it by path with whatever cache it made
before, as arrays of bytes (N, 4, L), or (N, L, 4) where that is the tool's own. The best of alternating runs counts,
since what disturbs a run only makes it longer. The second: a shuffled epoch of windows with reverse complement and
shift, as int8 and as float32 batches, and the most anonymous memory meanwhile.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.memory import Memory

if TYPE_CHECKING:
    from primase.curation.dataset import Dataset

WIDTH = 1000
CONTIGS = {f"chr{number}": 3_000_000 for number in range(1, 5)}
BARS = {"tangermeme": 1.3, "GenVarLoader": 6.0}
STREAM_BARS = {"int8": 150_000, "float32": 60_000}
MOST_MEMORY = 1e9


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
    import genvarloader as gvl
    import pandas as pd
    import polars as pl
    import seqpro as sp
    from tangermeme.io import extract_loci

    def read_loader() -> np.ndarray:
        data = gvl.RefDataset(gvl.Reference.from_path(path), bed).with_len(WIDTH)
        return sp.ohe(np.asarray(data[:]), alphabet=sp.DNA).transpose(0, 2, 1)

    bed = pl.DataFrame({"chrom": [names[i] for i in contigs], "chromStart": starts, "chromEnd": starts + WIDTH})
    found["GenVarLoader"] = read_loader
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


def draw_data(folder: Path, bases: int, windows: int) -> "Dataset":
    """Return random windows of a packed genome of random letters, with a run of unknown ones in every megabase."""
    from primase.core.alphabet import DNA
    from primase.curation.dataset import Dataset
    from primase.curation.packing import PackedGenome
    from primase.curation.sequences import GenomeSequences

    rng = np.random.default_rng(0)
    with (folder / "bases.bin").open("wb") as out:
        for _ in range(0, bases // 4 + 1, 2**24):
            out.write(rng.integers(0, 256, 2**24, np.uint8).tobytes())
    length = bases // 24 // 4 * 4
    runs = np.arange(0, 24 * length, 1_000_000)
    genome = PackedGenome(
        "simulated", "0" * 64, tuple(f"chr{i}" for i in range(24)), np.full(24, length), np.arange(24) * length,
        np.memmap(folder / "bases.bin", np.uint8, "r"), np.stack([runs, runs + 50_000], 1),
    )  # fmt: skip
    contigs = rng.integers(0, 24, windows).astype(np.int32)
    starts = rng.integers(1000, length - 2 * WIDTH, windows)
    still = np.zeros(windows, np.int8)
    return Dataset(
        ids=np.arange(windows),
        sequences=GenomeSequences(genome, contigs, starts, starts + WIDTH, still, still > 0),
        targets=np.zeros((windows, 1), np.float32), parts=still, units=np.arange(windows), alphabet=DNA,
        task="regression", names=("none",), length=WIDTH, policy="pad",
    )  # fmt: skip


def stream(bases: int, windows: int) -> int:
    """Stream epochs of windows of a large packed genome and print speed and memory; return 1 where a bar is missed."""
    # threads that wait for the next piece of work sleep, as they do in a run
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from primase.curation.augmentation import Augmentation
    from primase.curation.encoding import SequenceBatches

    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        data = draw_data(Path(folder), bases, windows)
        print(f"packed genome: {(Path(folder) / 'bases.bin').stat().st_size / 1e9:.2f} GB on disk")
        for name, dtype in (("int8", torch.int8), ("float32", torch.float32)):
            batches = SequenceBatches(
                data,
                np.arange(windows),
                length=WIDTH,
                device=torch.device("cpu"),
                augmentation=Augmentation(both_strands=True, shift=10),
                dtype=dtype,
            )
            with Memory() as memory:
                started = time.perf_counter()
                seen = sum(len(batch.inputs["seq"]) for batch in batches.epoch(0, 256))
                speed = seen / (time.perf_counter() - started)
            bar = STREAM_BARS[name]
            print(f"{name}: {speed:,.0f} windows/s (bar {bar:,}), at most {memory.most / 1e9:.2f} GB of memory (bar 1)")
            missed += speed < bar or memory.most > MOST_MEMORY
    return int(missed > 0)


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
