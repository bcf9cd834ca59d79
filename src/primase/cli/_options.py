"""Options that several commands share, and how they become a recipe."""

import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from primase.core.errors import PrimaseError, PrimaseWarning


def _stack(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


data_options = _stack(
    click.option(
        "--labels", metavar="FILE", help="File with the labels: in the order of the sequences, or id and label."
    ),
    click.option("--label-pattern", metavar="REGEX", help="Where the label stands in a header: the first group."),
    click.option("--sequence-column", metavar="NAME", help="Column with the sequences."),
    click.option("--label-column", metavar="NAME[,NAME]", help="Column with the label; several for several targets."),
    click.option("--structure-column", metavar="NAME", help="Column with a dot-bracket structure (RNA)."),
    click.option("--groups", metavar="FILE", help="File with id and group; rows of a group are never divided."),
    click.option("--group-column", metavar="NAME", help="Column with the group."),
    click.option(
        "--group-pattern", metavar="REGEX", help="Which part of the group column, or of the header, is the group."
    ),
    click.option("--test", multiple=True, metavar="FILE", help="The held-out part; repeatable."),
    click.option("--valid", multiple=True, metavar="FILE", help="The validation part; repeatable."),
    click.option("--fractions", metavar="TRAIN,VALID,TEST", help="Sizes of the parts.  [default: 0.8,0.1,0.1]"),
    click.option(
        "--split",
        metavar="METHOD",
        help="homology, random, chromosome, given:COLUMN, or group: and COLUMN, file or header; on a genome also "
        "blocks or FILE.json.  [default: homology; on a genome chromosome or blocks]",
    ),
    click.option("--folds", type=int, metavar="K", help="Cross-validate in K folds."),
    click.option("--length", type=int, metavar="N", help="Letters that a model sees.  [default: 95th percentile]"),
    click.option("--length-policy", type=click.Choice(["pad", "crop", "tile"]), help="What happens to other lengths."),
    click.option(
        "--negatives", metavar="HOW", help="shuffle the positives; on a genome gc, random, or a file.  [default: gc]"
    ),
    click.option("--task", metavar="TASK", help="binary, multiclass, multilabel or regression.  [default: inferred]"),
    click.option(
        "--trim-constant", is_flag=True, default=None, help="Cut columns that are the same in every sequence."
    ),
    click.option(
        "--drop-invalid", is_flag=True, default=None, help="Leave out rows that cannot be read, and list them."
    ),
)
genome_options = _stack(
    click.option("--genome", metavar="FASTA", help="The inputs are intervals, tracks or alignments on this genome."),
    click.option(
        "--tracks", multiple=True, metavar="FILE", help="bigWig, bedGraph, BAM or CRAM to predict; repeatable."
    ),
    click.option("--peaks", metavar="FILE", help="Where the windows of tracks lie.  [default: tiles of the genome]"),
    click.option("--control", multiple=True, metavar="FILE", help="Track that the model is given; repeatable."),
    click.option("--feature", metavar="TYPE", help="Of GFF and GTF: tss, exon, gene, or a type."),
    click.option("--window", type=int, metavar="N", help="Letters of a window.  [default: 1000; tiles 8192]"),
    click.option("--output-window", type=int, metavar="N", help="Letters whose signal is predicted.  [default: all]"),
    click.option("--bin", type=int, metavar="N", help="Letters per bin.  [default: 1 at peaks, 128 in tiles]"),
    click.option("--stride", type=int, metavar="N", help="Letters from tile to tile.  [default: --output-window]"),
    click.option(
        "--label-bin", type=int, metavar="N", help="Middle of a window that decides its labels.  [default: 200]"
    ),
    click.option("--overlap", type=float, metavar="SHARE", help="Of it that a peak must cover.  [default: 0.5]"),
    click.option("--blacklist", metavar="FILE", help="Intervals that no window may touch."),
    click.option("--ratio", type=float, metavar="R", help="Negatives per positive.  [default: 1]"),
    click.option("--contigs", metavar="NAME[,NAME]", help="Contigs to use.  [default: those with a row]"),
    click.option("--test-contigs", metavar="NAME[,NAME]", help="Contigs of the test part."),
    click.option("--valid-contigs", metavar="NAME[,NAME]", help="Contigs of the validation part."),
    click.option(
        "--skip-missing-contigs", is_flag=True, default=None, help="Leave out rows on contigs that the genome lacks."
    ),
    click.option("--reads", type=click.Choice(["auto", "ends", "coverage"]), help="What of an alignment counts."),
    click.option(
        "--stranded", type=click.Choice(["auto", "on", "off"]), help="A track of each strand of an alignment."
    ),
    click.option("--atac", is_flag=True, default=None, help="Shift 5' ends by +4 and -4 letters."),
    click.option("--mapq", type=int, metavar="N", help="Least mapping quality of a read.  [default: 0]"),
    click.option("--exclude-flags", type=int, metavar="N", help="SAM flags that leave a read out.  [default: 3844]"),
    click.option("--require-flags", type=int, metavar="N", help="SAM flags that a read must have.  [default: 0]"),
    click.option("--crop", type=int, metavar="BINS", help="Left out at each end of the output window.  [default: 0]"),
    click.option("--scale", type=float, metavar="X", help="Multiplies binned values.  [default: 1]"),
    click.option("--clip-soft", type=float, metavar="X", help="Above it values count with their square root."),
    click.option("--clip", type=float, metavar="X", help="Most that a value counts."),
    click.option("--jitter", type=int, metavar="N", help="Largest shift with tracks.  [default: 200 at bins of 1]"),
)
model_options = _stack(
    click.option("--system", metavar="NAME", help="A system of the zoo.  [default: auto]"),
    click.option("--variant", metavar="NAME", help="A variant of the system.  [default: base]"),
    click.option("--plan", type=click.Choice(["house", "published"]), help="Training recipe.  [default: house]"),
    click.option(
        "--set", "changes", multiple=True, metavar="KEY=VALUE", help="plan.FIELD or system.FIELD; repeatable."
    ),
    click.option("--seeds", type=int, metavar="N", help="Train N networks that predict together."),
    click.option("--strands", type=click.IntRange(1, 2), help="Score one strand or both.  [default: by validation]"),
)
interpret_options = _stack(
    click.option("--motifs", metavar="SET", help="vertebrates, plants, insects, fungi or a MEME file."),
)
out_options = _stack(
    click.option("--out", metavar="DIR", help="Where the folder is made.  [default: runs/NAME]"),
    click.option("--overwrite", is_flag=True, help="Replace the folder if it exists."),
    click.option("--seed", type=int, help="All randomness comes from it.  [default: 0]"),
)
machine_options = _stack(
    click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:1, mps or auto."),
    click.option("--threads", type=click.IntRange(1), help="Processor cores to use.  [default: all]"),
)
talk_options = _stack(
    click.option("--quiet", is_flag=True, help="Say nothing but the result and errors."),
    click.option("--debug", is_flag=True, help="Show the traceback of an error."),
)


def make_recipe(inputs: tuple[str, ...], values: dict[str, Any]) -> Any:
    """Return the recipe of a command's inputs and options; a single ``.toml`` is read, and options change it."""
    from dataclasses import replace

    from primase.recipe import Recipe, read_recipe

    recipe = read_recipe(inputs[0]) if len(inputs) == 1 and inputs[0].endswith(".toml") else Recipe(inputs=inputs)
    given = {key: value for key, value in values.items() if value is not None and value != ()}
    if "label_column" in given:
        given["label_column"] = tuple(part.strip() for part in given["label_column"].split(","))
    if "fractions" in given:
        given["fractions"] = _fractions(given["fractions"])
    for name in ("contigs", "test_contigs", "valid_contigs"):
        if name in given:
            given[name] = tuple(part.strip() for part in given[name].split(","))
    known = {item.name for item in fields(recipe.data)}
    data = replace(recipe.data, **{key: value for key, value in given.items() if key in known and key != "seed"})
    known = {item.name for item in fields(recipe.genome)}
    genome = replace(recipe.genome, **{key: value for key, value in given.items() if key in known})
    changes = _changes(given.get("changes", ()))
    system = replace(
        recipe.system,
        name=given.get("system", recipe.system.name),
        variant=given.get("variant", recipe.system.variant),
        changes={**recipe.system.changes, **changes["system"]},
    )
    train = replace(
        recipe.train,
        plan=given.get("plan", recipe.train.plan),
        changes={**recipe.train.changes, **changes["plan"]},
        seeds=given.get("seeds", recipe.train.seeds),
        strands=given.get("strands", recipe.train.strands),
    )
    interpret = replace(recipe.interpret, motifs=given.get("motifs", recipe.interpret.motifs))
    seed = given.get("seed", recipe.seed)
    data = replace(data, seed=seed)
    return replace(recipe, data=data, genome=genome, system=system, train=train, interpret=interpret, seed=seed)


def _fractions(text: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != 3:
        raise PrimaseError(f"--fractions is {text!r}", fix="give three numbers, for example 0.8,0.1,0.1")
    return values


def _changes(pairs: tuple[str, ...]) -> dict[str, dict[str, str]]:
    changes: dict[str, dict[str, str]] = {"plan": {}, "system": {}}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        table, _, name = key.strip().partition(".")
        if not equals or table not in changes or not name:
            raise PrimaseError(
                f"--set got {pair!r}", fix="give plan.FIELD=VALUE or system.FIELD=VALUE, for example plan.epochs=50"
            )
        changes[table][name] = value.strip()
    return changes


class Talk:
    """What a command says while it works: sentences, and a progress bar where a person is watching."""

    def __init__(self, quiet: bool) -> None:
        import warnings

        self.quiet = quiet
        self.bar: Any = None
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", PrimaseWarning)
        warnings.showwarning = lambda message, *_: self.say(f"note: {message}")

    def say(self, sentence: str) -> None:
        """Print one line."""
        if not self.quiet:
            self.end()
            click.echo(sentence)

    def progress(self, member: str, progress: Any) -> None:
        """Show where a training stands."""
        if self.quiet or not os.isatty(2):
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        if self.bar is None:
            columns = ("training {task.fields[member]}", BarColumn(), TextColumn("{task.fields[words]}"))
            from rich.console import Console

            self.bar = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True))
            self.bar.start()
            self.task = None
        if self.task is None or self.member != member:
            self.member = member
            self.task = self.bar.add_task("", total=progress.epochs * progress.steps, member=member, words="")
        metric = "" if progress.metric is None else f", metric {progress.metric:.3f}"
        words = f"epoch {progress.epoch}/{progress.epochs}, loss {progress.loss:.4f}{metric}"
        words += f", {progress.examples_per_second:,.0f}/s"
        done = (progress.epoch - 1) * progress.steps + progress.step
        self.bar.update(self.task, completed=done, words=words)

    def end(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None


def remember_folder(folder: Path) -> None:
    """Keep the folder of the run under way, so that an interruption can name it."""
    os.environ["PRIMASE_RUN_FOLDER"] = str(folder)
