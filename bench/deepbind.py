"""DeepBind's ten ENCODE factors from scratch: `deepbind` and `auto` on all training peaks (``make deepbind``).

Needs PRIMASE_DATA. Positives are all rows of ``*_AC``, negatives their dinucleotide shuffles; the test part is ``*_B``,
whose negatives are the authors' shuffles. Runs lie below ``results-cache/deepbind`` and are not done again; the table
is ``docs/results/deepbind.md``. Bars: the median AUROC of `deepbind` is at least that of the published parameters less
0.01; that of `auto` at least it, and no factor more than 0.02 below the baseline.
"""

import os
import statistics
import sys
from dataclasses import replace
from pathlib import Path

from bench.results import CACHE, RECIPES, ROOT, Problem, make_parser, read_problems, say_versions, solve, start_each

SYSTEMS = ("deepbind", "auto")
PAGE = ROOT / "docs" / "results" / "deepbind.md"


def read_factors() -> dict[str, Problem]:
    """Return the ten problems, each with all of its training peaks."""
    folder = Path(os.environ["PRIMASE_DATA"]) / "regulatory" / "deepbind_encode_chip"
    found = {}
    for problem in read_problems(RECIPES / "deepbind_encode_chip.toml"):
        (test,) = problem.data["test"]
        peaks = folder / Path(test).name.replace("_B.seq", "_AC.seq")
        found[problem.name] = replace(problem, inputs=(str(peaks),))
    return found


def write_page(factors: dict[str, Problem]) -> bool:
    """Write the table of what is done and return whether the bars are met."""
    from primase.core.files import write_text
    from primase.evaluation.scores import Scores

    rows, gaps = [], []
    for name, problem in factors.items():
        scores = {
            system: Scores.load(CACHE / "deepbind" / f"{name}-{system}" / "evaluation.json") for system in SYSTEMS
        }
        one = scores["auto"]
        auroc = {system: scores[system].metrics["auroc"] for system in SYSTEMS}
        baseline = one.baselines[one.baseline]["auroc"]["value"]
        gaps.append(auroc["auto"]["value"] - baseline)
        rows.append((name, one.n["train"], problem.result["published"], auroc, baseline))
    lines = [
        "# DeepBind's factors, from scratch",
        "",
        "AUROC on the held-out half of ten ENCODE ChIP-seq sets, by `make deepbind`: trained on all other peaks and",
        "their dinucleotide shuffles, both strands scored. *Published*: the authors' own parameters on the same rows.",
        "",
        say_versions(CACHE / "deepbind" / f"{name}-{system}" for name in factors for system in SYSTEMS),
        "",
        "| factor | training rows | published | `--system deepbind` | `--system auto` | k-mer baseline |",
        "|---|---|---|---|---|---|",
    ]
    for name, count, published, auroc, baseline in rows:
        cells = [f"{auroc[s]['value']:.3f} ({auroc[s]['low']:.3f} to {auroc[s]['high']:.3f})" for s in SYSTEMS]
        lines.append(f"| {name} | {count:,} | {published:.3f} | {cells[0]} | {cells[1]} | {baseline:.3f} |")
    published = statistics.median(row[2] for row in rows)
    median = {system: statistics.median(row[3][system]["value"] for row in rows) for system in SYSTEMS}
    middle = statistics.median(row[4] for row in rows)
    cells = f"{published:.4f} | {median['deepbind']:.4f} | {median['auto']:.4f} | {middle:.4f}"
    lines += [f"| *median* | | {cells} |", "", f"`auto` is at the least {min(gaps):+.3f} from the baseline."]
    write_text(PAGE, "\n".join(lines) + "\n")
    print("\n".join(lines))
    return median["deepbind"] >= published - 0.01 and median["auto"] >= published and min(gaps) >= -0.02


def main() -> int:
    """Train what is missing, then write the table; return 1 where a bar is missed."""
    options = make_parser(__doc__).parse_args()
    factors = read_factors()
    if options.one:
        name, _, system = options.one.partition("-")
        solve(factors[name], CACHE / "deepbind" / options.one, system)
        return 0
    names = [f"{name}-{system}" for system in SYSTEMS for name in factors]
    todo = [name for name in names if not (CACHE / "deepbind" / name / "evaluation.json").is_file()]
    start_each("bench.deepbind", todo, options.jobs)
    return 0 if write_page(factors) else 1


if __name__ == "__main__":
    sys.exit(main())
