"""primase: from genomic files to a deep-learning model that is trained, evaluated and explained.

>>> import primase as pr
>>> data = pr.curate("sequences.csv")  # doctest: +SKIP
>>> run = pr.train(data, "basset")  # doctest: +SKIP
>>> scores = pr.evaluate(run)  # doctest: +SKIP
>>> why = pr.interpret(run)  # doctest: +SKIP
>>> pr.report(run).save("report.html")  # doctest: +SKIP

Names are imported when they are first used: ``import primase`` itself loads neither torch nor pandas.
"""

from importlib import import_module
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


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'primase' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
