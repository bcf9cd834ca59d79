"""`auto` against every fixed system: one split per set, at most 5,000 examples, house plan (``make rank``).

Needs PRIMASE_DATA. The mean rank over the sets counts, 1 being the best; a system that does not take the data has the
last rank. Runs lie below ``results-cache/rank`` and are not done again.
"""

import os
import sys
from dataclasses import fields, replace
from typing import Any

import numpy as np

from bench.results import CACHE, RECIPES, Problem, read_problems

MOST = 5000
LAST = float("-inf")


def limited(data: Any, seed: int = 0) -> Any:
    """Return a data set of at most `MOST` rows, drawn at random, without folds."""
    from primase.core.kernels import copy_spans

    parts = data.fold(0).parts if data.folds is not None else data.parts
    rows = np.sort(np.random.default_rng(seed).permutation(len(data))[:MOST])
    same = np.arange(256, dtype=np.uint8)
    starts, ends = data.offsets[rows], data.offsets[rows + 1]
    codes, offsets = copy_spans(np.asarray(data.codes), starts, ends, same, backwards=False)
    structure = data.structure
    if structure is not None:
        structure, _ = copy_spans(np.asarray(structure), starts, ends, same, backwards=False)
    kept = {key: value for key, value in data.facts.items() if not key.startswith("shuffled")}
    return replace(
        data,
        ids=data.ids[rows],
        codes=codes,
        offsets=offsets,
        structure=structure,
        targets=data.targets[rows],
        parts=parts[rows],
        units=data.units[rows],
        folds=None,
        facts={**kept, "negatives": None},
    )


def score(problem: Problem, system: str) -> float:
    """Train one system on one problem and return the metric of the recipe on the test part."""
    import primase as pr
    from primase.core.errors import PrimaseError
    from primase.curation.options import CurateOptions

    folder = CACHE / "rank" / f"{problem.group}-{problem.name or 'all'}-{system}"
    if not (folder / "evaluation.json").is_file():
        known = {field.name for field in fields(CurateOptions)}
        options = {key: value for key, value in problem.data.items() if key in known}
        data = limited(pr.curate(*problem.inputs, **options))
        strands = problem.train.get("strands", 0)
        try:
            pr.train(data, system, out=folder, strands=strands, device="cpu", threads=1, overwrite=True)
        except PrimaseError as error:
            print(f"{problem.group}: {system} does not take it ({error.what})", flush=True)
            return LAST
    scores = pr.evaluate(folder)
    return scores.metrics[problem.result["metric"]]["value"]


def main() -> None:
    """Print the ranks."""
    from primase.zoo import system_names

    if "PRIMASE_DATA" not in os.environ:
        sys.exit("set PRIMASE_DATA to the folder of data sets")
    systems = ["auto", *system_names()]
    ranks = []
    for path in sorted(RECIPES.glob("*.toml")):
        problem = read_problems(path)[0]
        values = np.array([score(problem, system) for system in systems])
        ranks.append([(values > value).sum() + ((values == value).sum() + 1) / 2 for value in values])
        cells = "  ".join(f"{name} {value:.3f}" for name, value in zip(systems, values, strict=True))
        print(f"{path.stem}: {cells}", flush=True)
    means = np.mean(ranks, 0)
    print("mean rank: " + "  ".join(f"{name} {value:.2f}" for name, value in zip(systems, means, strict=True)))
    best = min(means[1:])
    print(f"auto is {'no worse than' if means[0] <= best else 'worse than'} the best fixed system")


if __name__ == "__main__":
    main()
