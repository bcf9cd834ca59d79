"""One-hot encoding of a list of strings, against seqpro and tangermeme, in one process and in alternating runs.

    python bench/encode.py [--sequences 100000] [--length 200] [--runs 7]

Every contender turns the same list of strings into an array of one-hot letters: ours and tangermeme's (one call per
string, stacked) as int8 (N, 4, L), seqpro's as uint8 (N, L, 4). Compared are the best of several alternating runs,
since what disturbs a run only makes it longer.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from importlib import import_module
from types import ModuleType

import numpy as np

from primase.core.alphabet import one_hot_encode

BARS = {"seqpro": 2.0, "tangermeme": 5.0}


def load_peer(name: str) -> ModuleType:
    """Import a peer, or end with what to install."""
    try:
        return import_module(name)
    except ImportError as error:
        raise SystemExit(
            f"{name.partition('.')[0]} is not installed ({error})\n  fix: pip install 'primase[bench]'"
        ) from None


def contenders() -> dict[str, Callable[[list[str]], object]]:
    """Return the functions to be timed."""
    seqpro, utils, torch = load_peer("seqpro"), load_peer("tangermeme.utils"), load_peer("torch")
    return {
        "primase": one_hot_encode,
        "seqpro": lambda sequences: seqpro.ohe(sequences, seqpro.DNA),
        "tangermeme": lambda sequences: torch.stack([utils.one_hot_encode(one) for one in sequences]),
    }


def same_answers(functions: dict[str, Callable[[list[str]], object]], sequences: list[str]) -> bool:
    """Return whether all contenders give the same letters."""
    ours = np.asarray(functions["primase"](sequences))
    seqpro = np.asarray(functions["seqpro"](sequences)).transpose(0, 2, 1)
    return bool((ours == seqpro).all() and (ours == np.asarray(functions["tangermeme"](sequences))).all())


def main() -> int:
    """Time the contenders and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sequences", type=int, default=100_000)
    parser.add_argument("--length", type=int, default=200)
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    letters = np.frombuffer(b"ACGT", np.uint8)
    drawn = letters[np.random.default_rng(0).integers(0, 4, (given.sequences, given.length))]
    sequences = [row.tobytes().decode() for row in drawn]
    functions = contenders()
    if not same_answers(functions, sequences[:1000]):
        raise SystemExit("the contenders do not give the same letters")
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(given.runs):
        for name, function in functions.items():
            start = time.perf_counter()
            function(sequences)
            seconds[name].append(time.perf_counter() - start)
    best = {name: min(values) for name, values in seconds.items()}
    for name, values in seconds.items():
        print(f"{name:12s} best {best[name] * 1000:8.1f} ms, median {statistics.median(values) * 1000:8.1f} ms")
    missed = False
    for name, bar in BARS.items():
        ratio = best[name] / best["primase"]
        missed |= ratio < bar
        print(f"primase is {ratio:.1f} x as fast as {name} (bar {bar:g})")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
