"""``primase train``: step 2 alone."""

from typing import Any

import click

from primase.cli import _options as options


@click.command("train", short_help="Step 2: train a system of the zoo on a curated data set.")
@click.argument("folder", metavar="DIR")
@options.model_options
@click.option("--out", metavar="DIR", help="Folder of the new run.  [default: the first free runs/NAME]")
@click.option("--overwrite", is_flag=True, help="Replace the folder if it exists.")
@click.option("--seed", type=int, default=0, show_default=True, help="All randomness comes from it.")
@options.machine_options
@options.talk_options
def command(
    folder: str,
    out: str | None,
    overwrite: bool,
    seed: int,
    device: str,
    threads: int | None,
    quiet: bool,
    debug: bool,
    **values: Any,
) -> None:
    """Train on the data set in DIR (a run's folder, or its dataset folder) and write a new run."""
    del debug
    from pathlib import Path

    from primase import workflow
    from primase.curation.dataset import Dataset

    talk = options.Talk(quiet)
    source = Path(folder) / "dataset" if (Path(folder) / "dataset").is_dir() else Path(folder)
    place = source.resolve()
    name = place.parent.name if place.name == "dataset" else place.name
    recipe = options.make_recipe(("data",), values)
    run = workflow.train(
        Dataset.load(source),
        recipe.system.name,
        out=out if out or overwrite else workflow.free_folder(name),
        variant=recipe.system.variant,
        plan=recipe.train.plan,
        seed=seed,
        seeds=recipe.train.seeds,
        strands=recipe.train.strands,
        changes={"plan": recipe.train.changes, "system": recipe.system.changes},
        device=device,
        threads=threads,
        overwrite=overwrite,
        say=talk.say,
        report=talk.progress,
    )
    talk.end()
    click.echo(str(run.folder))
