"""`auto` against every fixed system: one split per set, at most 5,000 examples, house plan (``make rank``).

Needs PRIMASE_DATA. The mean rank over the sets counts, 1 being the best; a system that does not take the data has the
last rank. Runs lie below ``results-cache/rank`` and are not done again; the table is ``docs/results/rank.md``.
"""

import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.results import (
    CACHE,
    RECIPES,
    ROOT,
    VERSION_FILE,
    Problem,
    make_parser,
    read_problems,
    say_versions,
    source_version,
    start_each,
)

MOST = 5000
LETTERS = 1_000_000  # longer sequences are fewer: 500 of 2,000 letters
PAGE = ROOT / "docs" / "results" / "rank.md"


def limited(data: Any, seed: int = 0) -> Any:
    """Return a data set of at most `MOST` rows and `LETTERS` letters, drawn at random, without folds."""
    from primase.curation.sequences import StoredSequences

    parts = data.fold(0).parts if data.folds is not None else data.parts
    rows = np.sort(np.random.default_rng(seed).permutation(len(data))[: min(MOST, LETTERS // data.length)])
    codes, offsets = data.sequences.letters(rows)
    structure = data.sequences.structure
    if structure is not None:
        structure, _ = replace(data.sequences, codes=structure).letters(rows)
    kept = {key: value for key, value in data.facts.items() if not key.startswith("shuffled")}
    return replace(
        data,
        ids=data.ids[rows],
        sequences=StoredSequences(codes, offsets, data.alphabet.unknown, structure),
        targets=data.targets[rows],
        parts=parts[rows],
        units=data.units[rows],
        folds=None,
        facts={**kept, "negatives": None},
    )


def read_ranked() -> dict[str, Problem]:
    """Return the first problem of each recipe; sets on a genome are not ranked."""
    first = {path.stem: read_problems(path)[0] for path in sorted(RECIPES.glob("*.toml"))}
    return {name: problem for name, problem in first.items() if not problem.genome}


def folder_of(problem: Problem, system: str) -> Path:
    """Return where the run of one system on one set lies."""
    return CACHE / "rank" / f"{problem.group}-{system}"


def solve(problem: Problem, system: str) -> None:
    """Train and evaluate one system on one set; one that does not take the data leaves a note that says so."""
    import primase as pr
    from primase.core.errors import PrimaseError
    from primase.curation.options import CurateOptions

    known = {field.name for field in fields(CurateOptions)}
    options = {key: value for key, value in problem.data.items() if key in known}
    data = limited(pr.curate(*problem.inputs, **options))
    folder = folder_of(problem, system)
    try:
        strands = problem.train.get("strands", 0)
        pr.train(data, system, out=folder, strands=strands, device="cpu", threads=1, overwrite=True)
    except PrimaseError as error:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "refused.txt").write_text(error.what)
    else:
        pr.evaluate(folder)
    (folder / VERSION_FILE).write_text(source_version())


def score(problem: Problem, system: str) -> float:
    """Return the metric of the recipe on the test part; less than any other where the system refused."""
    from primase.evaluation.scores import Scores

    folder = folder_of(problem, system)
    if (folder / "refused.txt").is_file():
        return -np.inf
    return Scores.load(folder / "evaluation.json").metrics[problem.result["metric"]]["value"]


def write_page(problems: dict[str, Problem], systems: list[str]) -> bool:
    """Write the table and return whether `auto` is no worse than the best fixed system."""
    from primase.core.files import write_text

    lines = [
        "# Rank of `auto`",
        "",
        "Every system under the house plan, one split per set, at most 5,000 examples (fewer long ones: a million",
        "letters), by `make rank`. The set's own metric on the test part, and in brackets the rank; equal values share",
        "theirs. A system that does not take the data (a dash) has the last rank. `auto` takes `tandem` on all of",
        "these sets, which therefore has no column of its own. Sets on a genome are left out.",
        "",
        say_versions(folder_of(problem, system) for problem in problems.values() for system in systems),
        "",
        f"| set | metric | {' | '.join(systems)} |",
        "|---|---|" + "---|" * len(systems),
    ]
    ranks = []
    for name, problem in problems.items():
        values = np.array([score(problem, system) for system in systems])
        ranks.append([(values > value).sum() + ((values == value).sum() + 1) / 2 for value in values])
        cells = [f"{v:.3f} ({r:g})" if v > -np.inf else f"- ({r:g})" for v, r in zip(values, ranks[-1], strict=True)]
        lines.append(f"| {name} | {problem.result['metric']} | {' | '.join(cells)} |")
    means = np.mean(ranks, 0)
    lines.append(f"| *mean rank* | | {' | '.join(f'{mean:.2f}' for mean in means)} |")
    good = bool(means[0] <= means[1:].min())
    lines += ["", f"`auto` is {'no worse than' if good else 'worse than'} the best fixed system."]
    write_text(PAGE, "\n".join(lines) + "\n")
    print("\n".join(lines))
    return good


def main() -> int:
    """Train what is missing, then write the table; return 1 where the bar is missed."""
    from primase.applications.choosing import USUAL
    from primase.zoo import system_names

    options = make_parser(__doc__).parse_args()
    tracks = ("basenji", "bpnet")  # whose task none of these sets has
    systems = ["auto", *(name for name in system_names() if name not in (USUAL[0], *tracks))]
    problems = read_ranked()
    if options.one:
        name, _, system = options.one.rpartition("-")
        solve(problems[name], system)
        return 0
    todo = []
    for name, problem in problems.items():
        for system in systems:
            folder = folder_of(problem, system)
            if not (folder / "evaluation.json").is_file() and not (folder / "refused.txt").is_file():
                todo.append(f"{name}-{system}")
    start_each("bench.rank", todo, options.jobs)
    return 0 if write_page(problems, systems) else 1


if __name__ == "__main__":
    sys.exit(main())
