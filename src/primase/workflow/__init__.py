"""The public verbs: they chain the steps, write the folder of a run, and skip what is already done."""

from primase.workflow.runs import Run, find_run, free_folder, load_run, start_run
from primase.workflow.steps import begin_run, continue_run
from primase.workflow.verbs import (
    curate,
    draw_example,
    evaluate,
    export_modisco,
    interpret,
    predict,
    report,
    run,
    scan,
    train,
)

__all__ = [
    "Run",
    "begin_run",
    "continue_run",
    "curate",
    "draw_example",
    "evaluate",
    "export_modisco",
    "find_run",
    "free_folder",
    "interpret",
    "load_run",
    "predict",
    "report",
    "run",
    "scan",
    "start_run",
    "train",
]
