"""primase: from genomic files to a deep-learning model that is trained, evaluated and explained.

>>> import primase as pr
>>> data = pr.curate("sequences.csv")  # doctest: +SKIP
>>> run = pr.train(data, "basset")  # doctest: +SKIP
>>> scores = pr.evaluate(run)  # doctest: +SKIP
>>> why = pr.interpret(run)  # doctest: +SKIP
>>> pr.report(run).save("report.html")  # doctest: +SKIP

Names are imported when they are first used: ``import primase`` itself loads neither torch nor pandas.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

__version__ = "0.1.0"

# name -> module that defines it
_HOME = {
    "Attributions": "primase.interpretation.attributions",
    "Dataset": "primase.curation.dataset",
    "Motif": "primase.core.motifs",
    "PrimaseError": "primase.core.errors",
    "Run": "primase.workflow",
    "Scores": "primase.evaluation.scores",
    "create": "primase.zoo",
    "curate": "primase.workflow",
    "dinucleotide_shuffle": "primase.core.edits",
    "evaluate": "primase.workflow",
    "interpret": "primase.workflow",
    "load_run": "primase.workflow",
    "one_hot_encode": "primase.core.alphabet",
    "predict": "primase.workflow",
    "report": "primase.workflow",
    "reverse_complement": "primase.core.alphabet",
    "run": "primase.workflow",
    "simulate_motif": "primase.curation.simulation",
    "system_names": "primase.zoo",
    "train": "primase.workflow",
}

__all__ = sorted(_HOME)  # noqa: PLE0605 - a list; it is checked by a test


def _give_compiled_loops_a_place() -> None:
    """Where no home can be written to, as in a container, numba would refuse to compile what it cannot keep."""
    home = Path(os.path.expanduser("~/.cache"))
    while not home.exists():
        home = home.parent
    if "NUMBA_CACHE_DIR" in os.environ or os.access(home, os.W_OK):
        return
    if kept := os.environ.get("PRIMASE_CACHE"):
        os.environ["NUMBA_CACHE_DIR"] = str(Path(kept, "compiled"))
        return
    import atexit
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="primase-")  # of this process alone: what lies there is executed
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = folder


_give_compiled_loops_a_place()


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'primase' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
