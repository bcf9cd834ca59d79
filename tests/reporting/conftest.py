"""Fixtures of the report's tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from primase.core.alphabet import DNA, PROTEIN, Alphabet
from reporting.run_folder import NAMES, make_examples, write_run


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that writes a new run folder: ``make_run("binary", length=50)``."""

    def make(
        task: str, *, names: tuple[str, ...] = (), alphabet: Alphabet = DNA, rows: int = 300, length: int = 50
    ) -> Path:
        folder = tmp_path_factory.mktemp("runs") / f"fixture-{task}"
        write_run(folder, make_examples(task, names or NAMES[task], alphabet, rows=rows, length=length))
        return folder

    return make


@pytest.fixture
def protein() -> Alphabet:
    """The alphabet of a protein run."""
    return PROTEIN
