"""The verbs of the five lines, and what else a script asks for."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from primase.applications import explaining, prediction
from primase.applications.scanning import scan_genome
from primase.applications.trained import TrainedModel
from primase.core.errors import PrimaseError, UnknownName
from primase.core.files import write_text
from primase.curation.contigs import place_intervals
from primase.curation.curating import curate_sequences
from primase.curation.dataset import Dataset
from primase.curation.genome_curating import curate_genome, read_intervals
from primase.curation.genome_options import GenomeOptions
from primase.curation.loci import genome_lengths
from primase.curation.options import CurateOptions
from primase.curation.packing import open_genome
from primase.evaluation.scores import Scores
from primase.inference import choose_device, set_threads
from primase.interpretation.attributions import Attributions
from primase.recipe import Recipe, SystemOptions, TrainOptions, read_recipe
from primase.reporting import Report
from primase.reporting.figures import draw_attribution
from primase.workflow.runs import Run, free_folder, load_run, run_name, start_run
from primase.workflow.steps import Say, begin_run, continue_run, silent


def curate(*inputs: str | Path | Sequence[str | Path], seed: int = 0, **options: Any) -> Dataset:
    """Turn labelled sequences, or places on a genome, into an audited data set.

    Parameters
    ----------
    *inputs : str or Path, or one list of such
        FASTA, FASTQ, CSV, TSV, Parquet or text files, plain or gzipped, or URLs of such; with ``genome="genome.fa"``
        intervals (BED, GFF, GTF, tables) or tracks (bigWig, bedGraph, BAM, CRAM) on that genome.
    seed : int
        Of the split and of made-up negatives.
    **options
        Fields of `CurateOptions` and `GenomeOptions`, for example ``labels="labels.txt"``.

    Returns
    -------
    Dataset

    Raises
    ------
    PrimaseError
        If the files cannot be read, or the labels cannot be told.
    """
    files = inputs[0] if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)) else inputs
    names = _paths(files)
    data, genome = _data_options(seed, options)
    return curate_genome(names, data, genome) if genome.genome else curate_sequences(names, data)


def train(
    data: Dataset,
    system: str = "auto",
    *,
    out: str | Path | None = None,
    variant: str = "base",
    plan: str = "house",
    seed: int = 0,
    seeds: int = 0,
    strands: int = 0,
    changes: dict[str, dict[str, Any]] | None = None,
    device: str = "auto",
    threads: int | None = None,
    overwrite: bool = False,
    say: Say = silent,
    report: Callable[[str, Any], None] | None = None,
) -> Run:
    """Train a system of the zoo on a data set.

    Parameters
    ----------
    data : Dataset
    system, variant : str
        ``auto`` chooses.
    out : str or Path, optional
        The run's folder; by default the first free ``runs/<name>``.
    plan : str
        ``house`` or ``published``.
    seed, seeds : int
        Of all randomness; how many networks.
    strands : int
        1 or 2; 0 decides on the validation part.
    changes : dict, optional
        ``{"plan": {...}, "system": {...}}``: fields that differ.

    Returns
    -------
    Run
    """
    changes = changes or {}
    inputs = tuple(data.facts.get("inputs", ["data"]))
    recipe = Recipe(
        inputs=inputs,
        seed=seed,
        data=CurateOptions(**_tuples(data.facts.get("options", {}))),
        genome=GenomeOptions(**_tuples(data.facts.get("genome_options", {}))),
        system=SystemOptions(name=system, variant=variant, changes=changes.get("system", {})),
        train=TrainOptions(plan=plan, changes=changes.get("plan", {}), seeds=seeds, strands=strands),
    )
    if out is None and overwrite:
        raise PrimaseError("overwrite was given without out", fix="say what is to be replaced, with --out DIR")
    folder = start_run(
        recipe, out or free_folder(run_name(inputs[0])), overwrite=overwrite, device=device, threads=threads
    )
    data.save(folder / "dataset")
    return continue_run(folder, say=say, report=report, until="train")


def _paths(files: Sequence[Any]) -> list[str]:
    for file in files:
        if not isinstance(file, (str, Path)):
            raise PrimaseError(
                f"an input is a {type(file).__name__}, and not the path of a file",
                fix="write sequences and labels into a file first, for instance with DataFrame.to_csv",
            )
    return [str(file) for file in files]


def _data_options(seed: int, options: dict[str, Any]) -> tuple[CurateOptions, GenomeOptions]:
    of_data, of_genome = ({field.name for field in fields(kind)} for kind in (CurateOptions, GenomeOptions))
    for name in options:
        if name not in of_data | of_genome:
            raise UnknownName("option", name, of_data | of_genome)
    data = {name: value for name, value in options.items() if name in of_data}
    genome = {name: value for name, value in options.items() if name in of_genome}
    return CurateOptions(seed=seed, **_tuples(data)), GenomeOptions(**_tuples(genome))


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def evaluate(run: Run | str | Path, *, say: Say = silent) -> Scores:
    """Score a run on its held-out part, beside the baselines.

    Returns
    -------
    Scores
        Every metric with its interval, the baselines, the paired comparison and the verdict.
    """
    done = continue_run(_folder(run), say=say, until="evaluate")
    return Scores.load(done.folder / "evaluation.json")


def interpret(run: Run | str | Path, *, say: Say = silent) -> Attributions:
    """Explain a run: attributions of held-out examples, motifs, and the two checks of the explanation."""
    done = continue_run(_folder(run), say=say, until="interpret")
    return Attributions.load(done.folder / "attributions.h5")


def report(run: Run | str | Path, *, say: Say = silent) -> Report:
    """Write a run's report and return it."""
    done = continue_run(_folder(run), say=say, until="report")
    return Report((done.folder / "report.html").read_text(encoding="utf-8"))


def run(*inputs: str | Path, out: str | Path | None = None, seed: int = 0, say: Say = silent, **options: Any) -> Run:
    """Do all four steps, as the command ``primase run`` does.

    Parameters
    ----------
    *inputs : str or Path
        Files or URLs, or one recipe.
    out : str or Path, optional
        The run's folder.
    **options
        Fields of `CurateOptions` and `GenomeOptions`, and ``system``, ``overwrite``, ``device``, ``threads``.
    """
    machine = {name: options.pop(name) for name in ("overwrite", "device", "threads") if name in options}
    system = options.pop("system", "auto")
    names = tuple(_paths(inputs))
    if len(names) == 1 and names[0].endswith(".toml"):
        recipe = read_recipe(names[0])
    else:
        data, genome = _data_options(seed, options)
        recipe = Recipe(inputs=names, seed=seed, data=data, genome=genome, system=SystemOptions(name=system))
    folder = start_run(recipe, out, **machine)
    begin_run(folder, say=say)
    return continue_run(folder, say=say)


def predict(
    model: Run | str | Path,
    inputs: str | Path | Sequence[str],
    *,
    strands: int | None = None,
    device: str = "auto",
    threads: int | None = None,
    say: Say = silent,
    **columns: Any,
) -> Any:
    """Use a trained model on new sequences.

    Parameters
    ----------
    model : Run, str or Path
        A run, or a folder with a model.
    inputs : str, Path or list of str
        A file of sequences, or the sequences themselves.
    strands : int, optional
        1 or 2, to overrule the model's own.
    **columns
        ``sequence_column``, ``structure_column`` and ``drop_invalid``, as in `CurateOptions`.

    Returns
    -------
    pyarrow.Table
        ``id``, ``prediction`` (or one column per class or target) and ``label``.
    """
    folder = _folder(model)
    set_threads(threads)
    trained = TrainedModel.load(folder / "model" if (folder / "model").is_dir() else folder, choose_device(device))
    return prediction.predict_sequences(trained, inputs, strands=strands, say=say, **columns)


def scan(
    model: Run | str | Path,
    genome: str | Path,
    out: str | Path,
    *,
    regions: str | Path | None = None,
    stride: int | None = None,
    strands: int | None = None,
    device: str = "auto",
    threads: int | None = None,
    say: Say = silent,
) -> list[Path]:
    """Use a trained model along a genome.

    Parameters
    ----------
    model : Run, str or Path
        A run, or a folder with a model.
    genome : str or Path
        FASTA file.
    out : str or Path
        A bigWig or a BED file, by its suffix.
    regions : str or Path, optional
        Intervals; by default the whole genome.
    stride : int, optional
        Letters from one window to the next.
    strands : int, optional
        1 or 2, to overrule the model's own.

    Returns
    -------
    list of Path
    """
    folder = _folder(model)
    set_threads(threads)
    trained = TrainedModel.load(folder / "model" if (folder / "model").is_dir() else folder, choose_device(device))
    if strands is not None:
        trained = replace(trained, strands=strands)
    packed = open_genome(genome)
    wanted = None if regions is None else place_intervals(read_intervals(regions), genome_lengths(packed))
    return scan_genome(trained, packed, out, regions=wanted, stride=stride, say=say)


def draw_example(
    run: Run | str | Path, example: str, *, method: str = "deep_lift_shap", out: str | None = None
) -> Path:
    """Draw the attribution of one example of a run as SVG and return the file's path.

    Raises
    ------
    UnknownName
        If the run has no such example, or there is no such method.
    """
    opened = load_run(_folder(run))
    facts = explaining.attribution_of(opened.model, opened.dataset, example, method, seed=opened.recipe.seed)
    path = Path(out) if out else opened.folder / f"{example.replace('/', '_')}.svg"
    write_text(path, draw_attribution(**facts).svg)
    return path


def export_modisco(run: Run | str | Path) -> Path:
    """Write the attributions of a run as the two npz files that TF-MoDISco tools read; return their folder.

    Of several classes or targets each has a folder of its own below.
    """
    out = _folder(run) / "modisco"
    why = Attributions.load(_folder(run) / "attributions.h5")
    for target in why.targets:
        why.export_modisco(out if len(why.targets) == 1 else out / target.replace("/", "_"), target=target)
    return out


def _folder(run: Run | str | Path) -> Path:
    return run.folder if isinstance(run, Run) else Path(run)
