"""The results page: `auto` against the baselines on every recipe of ``examples/data`` (``make results``).

Needs PRIMASE_DATA. Each problem is a run of its own below ``results-cache/``; what is done there is not done again, so
the command can be stopped and called again at any time. The page is ``docs/results/sets.md``.
"""

import argparse
import math
import os
import statistics
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bench.tables import make_table

ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "examples" / "data"
CACHE = ROOT / "results-cache"
PAGE = ROOT / "docs" / "results" / "sets.md"
HEADER = (
    "| set | metric | held-out rows | auto | baseline | difference | outcome | published |",
    "|---|---|---|---|---|---|---|---|",
)

GENOME_HEADER = (
    "The sets that are places on a genome, and what simpler models reach on them: *GC* the share of G and C (on all",
    "rows), *composition* the shares of letters and of pairs, *k-mers* the counts of words of up to six letters,",
    "*positions* the letter at each place. Whole chromosomes, or arcs of one, are held out, and of near-duplicates in",
    "different parts one is left out: the last column counts, among held-out windows drawn at random, what remains.",
    "Gaps between nucleosomes are those of 60 to 500 letters: in longer ones no read can be placed, Ty elements above",
    "all, and they would be told by that.",
    "",
    "| set | split | resampled | GC | composition | k-mers | positions | auto | near-duplicates |",
    "|---|---|---|---|---|---|---|---|---|",
)
VERSION_FILE = "version.txt"  # of the source, in the folder of a run
NETWORK_HEADER = (
    "What one plain convolutional network (a stem of width 15, three residual blocks of 96 channels, one seed) reached",
    "on these sets in three grouped folds, and what was judged, before ours was trained, to be within reach.",
    "",
    "| set | metric | plain network | goal | auto |",
    "|---|---|---|---|---|",
)


@dataclass(frozen=True)
class Problem:
    """One run of the page.

    Attributes
    ----------
    group : str
        The recipe's name.
    name : str
        Of the problem in it; empty where the recipe is one problem.
    inputs : tuple of str
    data, genome, train : dict
        Tables of its recipe.
    result : dict
        Metric and published figure.
    seed : int
        Of folds and training; a recipe with repeats has one problem per seed.
    """

    group: str
    name: str
    inputs: tuple[str, ...]
    data: dict[str, Any]
    genome: dict[str, Any]
    train: dict[str, Any]
    result: dict[str, Any]
    seed: int = 0

    @property
    def key(self) -> str:
        """What it is called on the command line, and where its run lies below the cache."""
        return f"{self.group}/{self.name or 'run'}" + (f"-seed{self.seed}" if self.seed else "")

    @property
    def folder(self) -> Path:
        """Where its run lies."""
        return CACHE / self.key


def read_problems(path: Path) -> list[Problem]:
    """Read the problems of one recipe; paths are below PRIMASE_DATA, ``{made}`` tables are made."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    found = []
    for one in tables.get("problems", [{}]):
        names = {"problem": one.get("name", ""), "stem": one.get("stem", "")}
        data = {**tables.get("data", {}), **one.get("data", {})}
        result = {**tables["result"], **{key: one[key] for key in ("published", "plain_cnn") if key in one}}
        result["published_mean"] = tables["result"].get("published")
        inputs = tuple(_place(text, names) for text in one.get("inputs", tables["run"]["inputs"]))
        for key in ("labels", "groups"):
            if key in data:
                data[key] = _place(data[key], names)
        for key in ("test", "valid"):
            if key in data:
                data[key] = tuple(_place(text, names) for text in data[key])
        data = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
        genome = dict(tables.get("genome", {}))
        if genome:
            genome["genome"] = _place(genome["genome"], names)
        parts = path.stem, one.get("name", ""), inputs, data, genome, tables.get("train", {}), result
        found += [Problem(*parts, seed) for seed in range(tables["run"].get("repeats", 1))]
    return found


def _place(text: str, names: dict[str, str]) -> str:
    data = Path(os.environ["PRIMASE_DATA"])
    filled = text.format(made="{made}", **names)
    if filled.startswith("{made}/"):
        return str(make_table(Path(filled).name, data, CACHE / "tables"))
    return str(data / filled)


def source_version() -> str:
    """Return the tree of ``src`` that is checked out, as git names it; with a mark where something in it is changed."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    return git("rev-parse", "HEAD:src")[:12] + ("-changed" if git("status", "--porcelain", "src") else "")


def solve(problem: Problem, folder: Path, system: str = "auto") -> None:
    """Curate, train and evaluate one problem on one core, or do what is missing of it.

    Raises
    ------
    SystemExit
        If another version of the source began it.
    """
    from primase import workflow
    from primase.applications import assessing
    from primase.core.files import write_text
    from primase.curation.genome_options import GenomeOptions
    from primase.curation.options import CurateOptions
    from primase.recipe import Recipe, SystemOptions, TrainOptions

    version = source_version()
    if not (folder / "recipe.toml").is_file():
        known = {field.name for field in fields(CurateOptions)}
        recipe = Recipe(
            inputs=problem.inputs,
            seed=problem.seed,
            data=CurateOptions(
                **{key: value for key, value in problem.data.items() if key in known}, seed=problem.seed
            ),
            genome=GenomeOptions(**problem.genome),
            system=SystemOptions(name=system),
            train=TrainOptions(**problem.train),
        )
        workflow.begin_run(workflow.start_run(recipe, folder, threads=1, device="cpu"))
        write_text(folder / VERSION_FILE, version)
    if read_version(folder) != version:
        sys.exit(f"{folder} was begun by another version of the source: remove it, and it is made anew")
    run = workflow.continue_run(folder, until="train")
    if not (folder / "evaluation.json").is_file():
        scores, table = assessing.assess(run.model, run.dataset, primary=problem.result["metric"])
        assessing.write_predictions(folder / "predictions.parquet", table)
        scores.save(folder / "evaluation.json")


def read_version(folder: Path) -> str:
    """Return the version of the source that a run is of; empty where it was not noted."""
    noted = folder / VERSION_FILE
    return noted.read_text(encoding="utf-8") if noted.is_file() else ""


def say_versions(folders: Iterable[Path]) -> str:
    """Say of which version of the source runs are."""
    versions = sorted({read_version(folder) or "not noted" for folder in folders})
    if len(versions) == 1:
        return f"All runs are of one version of the source: `git rev-parse COMMIT:src` begins with `{versions[0]}`."
    return f"The runs are of {len(versions)} versions of the source: {', '.join(versions)}."


def make_parser(about: str | None) -> argparse.ArgumentParser:
    """Return what the benches on real data share: their options, and the need for a folder of data."""
    if "PRIMASE_DATA" not in os.environ:
        sys.exit("set PRIMASE_DATA to the folder of data sets")
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, one core each")
    parser.add_argument("--one", metavar="KEY", help=argparse.SUPPRESS)
    return parser


def start_each(module: str, names: list[str], jobs: int) -> None:
    """Call ``python -m module --one NAME`` for each name, `jobs` at a time on one core each."""
    # libraries start as many threads as there are cores; several processes on one core each are faster
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}

    def start(name: str) -> None:
        started = time.monotonic()
        command = [sys.executable, "-m", module, "--one", name]
        code = subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode
        state = "done" if code == 0 else f"failed with {code}"
        print(f"{name}: {state} in {time.monotonic() - started:.0f} s", flush=True)

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(start, names))


@dataclass(frozen=True)
class Row:
    """One set of the page; several problems are averaged."""

    title: str
    metric: str
    rows: int
    model: float
    baseline: float
    which: str
    difference: float
    low: float
    high: float
    published: str

    @property
    def outcome(self) -> str:
        """``better``, ``worse`` or ``tie``: whether the interval excludes zero."""
        return "better" if self.low > 0 else "worse" if self.high < 0 else "tie"


def summarise(problems: list[Problem], *, title: str | None = None) -> Row:
    """Average the problems of one recipe.

    The paired bootstrap of each problem gives its interval. Repeats ask about the same rows: the mean of their
    intervals is at least as wide as the interval of their mean. Different problems share no test row: the half width of
    their mean is the root of their mean squares over their number.
    """
    from primase.evaluation.scores import Scores

    metric, result = problems[0].result["metric"], problems[0].result
    scores = {problem.key: Scores.load(problem.folder / "evaluation.json") for problem in problems}
    names = {one.baseline for one in scores.values()}

    def mean(values: Iterable[float]) -> float:
        return statistics.fmean(values)

    lows, highs = [], []
    for name in dict.fromkeys(problem.name for problem in problems):
        found = [scores[problem.key].comparison[0] for problem in problems if problem.name == name]
        lows.append(mean(one["low"] for one in found))
        highs.append(mean(one["high"] for one in found))
    difference = mean(one.comparison[0]["difference"] for one in scores.values())
    low, high = lows[0], highs[0]
    if len(lows) > 1:
        half = math.sqrt(sum(((high - low) / 2) ** 2 for low, high in zip(lows, highs, strict=True))) / len(lows)
        low, high = difference - half, difference + half
    value = result.get("published" if len(lows) == 1 else "published_mean")
    return Row(
        title=title or problems[0].group,
        metric=metric,
        rows=sum(scores[problem.key].n["test"] for problem in problems if problem.seed == 0),
        model=mean(one.metrics[metric]["value"] for one in scores.values()),
        baseline=mean(one.baselines[one.baseline][metric]["value"] for one in scores.values()),
        which=names.pop() if len(names) == 1 else "the better",
        difference=difference,
        low=low,
        high=high,
        published=f"{value:.3f} ({result['status']})" if value is not None else "none that may be quoted",
    )


def _whole(problems: list[Problem]) -> list[Problem]:
    """Return the problems of the seeds for which all are done."""
    lacking = {problem.seed for problem in problems if not (problem.folder / "evaluation.json").is_file()}
    return [problem for problem in problems if problem.seed not in lacking]


def write_page(groups: dict[str, list[Problem]]) -> None:
    """Write the page from what is done."""
    from primase.core.files import write_text

    done = {name: _whole(problems) for name, problems in groups.items()}
    rows = [summarise(problems) for problems in done.values() if problems]
    lines = [
        "# Public sets",
        "",
        f"`auto` on {len(rows)} public data sets, against the better of two baselines (k-mer counts, and letters at",
        "positions; both penalised linear models, tuned on the same training part). Made by `make results` from the",
        "recipes in `examples/data/`, where split, task and metric of each set are fixed. Held-out predictions of all",
        "folds are pooled, folds are drawn anew for each seed (`repeats` in the recipe), and the seeds are averaged;",
        "intervals are 95 % of a paired bootstrap over near-duplicate clusters, groups, or blocks of a genome.",
        "*Better* and *worse* mean that the interval of the difference excludes zero. Published figures are often on",
        "other rows: see the recipe.",
        "",
        say_versions(p.folder for problems in groups.values() for p in _whole(problems)),
        "",
        "What is not blind: the sizes and the plan of `tandem`, which `auto` takes, were settled while looking at one",
        "fold of these sets, its test rows included; and so was, for `lncrna_coding`, to crop at 2,000 letters instead",
        "of cutting into windows. The sets on a genome came later; but the promoters of `ecoli_promoters` are those of",
        "`cnnprom`. Whether one strand is scored or both, whether training sequences are shifted and how classes are",
        "weighed is settled once for all folds, on the training and validation part of the first: rows that other",
        "folds test.",
        "",
        *HEADER,
    ]
    lines += [_line(row) for row in rows]
    count = {outcome: sum(row.outcome == outcome for row in rows) for outcome in ("better", "tie", "worse")}
    lines += [
        "",
        f"Better on {count['better']}, a tie on {count['tie']}, worse on {count['worse']} of {len(rows)} sets.",
    ]
    for row in rows:
        why = groups[row.title][0].result.get("tie")
        if row.outcome == "tie" and why:
            lines += ["", f"`{row.title}`: {why}"]
    missing = [name for name in groups if len(done[name]) < len(groups[name])]
    if missing:
        lines += ["", f"Not done yet, or not every seed: {', '.join(missing)}."]
    parts = [
        [problem for problem in problems if problem.name == part]
        for problems in done.values()
        for part in dict.fromkeys(problem.name for problem in problems)
        if part
    ]
    if parts:
        lines += ["", "## The parts of the sets that are means", "", *HEADER]
        lines += [_line(summarise(part, title=f"{part[0].group}: {part[0].name}")) for part in parts]
    lines += ["", "## On a genome", "", *GENOME_HEADER]
    for problems in done.values():
        lines += _on_genome(problems)
    lines += ["", "## Beside a plain network", "", *NETWORK_HEADER]
    for problems in done.values():
        lines += _beside(problems)
    write_text(PAGE, "\n".join(lines) + "\n")
    print("\n".join(lines))


def _on_genome(problems: list[Problem]) -> Iterator[str]:
    """Say how a set on a genome was divided, and what each simpler model reached; seeds are averaged."""
    from primase.core.manifest import Manifest
    from primase.evaluation.scores import Scores

    if not problems or not problems[0].genome:
        return
    metric = problems[0].result["metric"]
    audits = [Manifest.load(problem.folder / "dataset", "dataset").facts["audit"] for problem in problems]
    every = [Scores.load(problem.folder / "evaluation.json") for problem in problems]
    values = [[audit["shortcuts"]["GC content"]["score"] for audit in audits]]
    values += [[one.baselines[name][metric]["value"] for one in every] for name in ("composition", "kmer", "onehot")]
    values += [[one.metrics[metric]["value"] for one in every]]
    pairs, examined = (sum(audit["leakage"][key] for audit in audits) for key in ("pairs", "examined"))
    split = every[0].split
    cells = (
        problems[0].group,
        f"{split['method']}, {split['folds']} folds",
        f"{every[0].units} {split['definition']}",
        *(f"{statistics.fmean(some):.3f}" for some in values),
        f"{pairs:,} of {examined:,}",
    )
    yield "| " + " | ".join(cells) + " |"


def _beside(problems: list[Problem]) -> Iterator[str]:
    """Compare with the plain network that was measured on the same rows, each part for itself."""
    from primase.evaluation.scores import Scores

    for name in dict.fromkeys(problem.name for problem in problems):
        mine = [problem for problem in problems if problem.name == name]
        other = mine[0].result.get("plain_cnn")
        if other is None:
            continue
        metric = other.get("metric", mine[0].result["metric"])
        value = statistics.fmean(
            Scores.load(problem.folder / "evaluation.json").metrics[metric]["value"] for problem in mine
        )
        title = f"{mine[0].group}: {name}" if name else mine[0].group
        yield f"| {title} | {metric} | {other['value']:.3f} | {other['goal']} | {value:.3f} |"


def _line(row: Row) -> str:
    interval = f"{row.difference:+.3f} ({row.low:+.3f} to {row.high:+.3f})"
    cells = (
        row.title,
        row.metric,
        f"{row.rows:,}",
        f"{row.model:.3f}",
        f"{row.baseline:.3f} ({row.which})",
        interval,
        row.outcome,
        row.published,
    )
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Solve what is missing, two problems at a time on one core each, then write the page."""
    parser = make_parser(__doc__)
    parser.add_argument("sets", nargs="*", help="only these recipes")
    options = parser.parse_args()
    groups = {path.stem: read_problems(path) for path in sorted(RECIPES.glob("*.toml"))}
    if options.one:
        problem = next(one for problems in groups.values() for one in problems if one.key == options.one)
        solve(problem, problem.folder)
        return
    chosen = {name: groups[name] for name in options.sets} if options.sets else groups
    todo = [p for problems in chosen.values() for p in problems if not (p.folder / "evaluation.json").is_file()]
    todo.sort(key=lambda problem: problem.seed)  # each set once before any is repeated
    start_each("bench.results", [problem.key for problem in todo], options.jobs)
    write_page(groups)


if __name__ == "__main__":
    main()
