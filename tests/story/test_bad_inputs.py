"""Every bad input ends with two sentences: what is wrong, with value and place, and how to fix it; nothing is written."""

from pathlib import Path

import pytest

from primase.core.errors import FormatError, PrimaseError
from primase.curation.curating import curate_sequences
from primase.curation.options import CurateOptions
from story.bad_inputs import CASES, GOOD, Case, arguments


def test_there_are_enough_cases_and_no_two_of_one_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep downloads out of the user's cache."""
    monkeypatch.setenv("PRIMASE_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_is_said_in_two_lines(tmp_path: Path, case: Case) -> None:
    inputs, options = case.place(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(PrimaseError, match=case.message) as caught:
        curate_sequences(inputs, CurateOptions(**options))
    assert str(caught.value).count("\n") == 1
    assert caught.value.fix.strip()
    assert sorted(tmp_path.rglob("*")) == before


def test_the_good_input_of_the_table_is_good(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    assert len(curate_sequences([tmp_path / "a.csv"])) == 40


def test_options_become_flags() -> None:
    words = arguments(["a.fa"], {"test": ("t.fa",), "fractions": (0.8, 0.1, 0.1), "drop_invalid": True, "folds": 5})
    assert words == ["a.fa", "--test", "t.fa", "--fractions", "0.8,0.1,0.1", "--drop-invalid", "--folds", "5"]


ROWS = 1_000_000
BAD_ROWS = {
    "letter": ("ACGTACGTTA!A,1\n", "the letter '!' at position 11 is no DNA letter"),
    "cells": ("ACGTACGTTAAA\n", "1 column instead of 2"),
    "label": ("ACGTACGTTAAA,\n", "the label is missing"),
    "class": ("ACGTACGTTAAA,2\n", "the class '2' has one example"),
}


@pytest.mark.parametrize(
    "kind", ["letter", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("cells", "label", "class"))]
)
def test_one_bad_row_in_a_million_is_named_by_its_line(tmp_path: Path, kind: str) -> None:
    row, message = BAD_ROWS[kind]
    good = "ACGTACGTTAAA,1\nGGCATTACAGGA,0\n" * (ROWS // 2)
    at = 15 * 777_776
    (tmp_path / "a.csv").write_text("sequence,y\n" + good[:at] + row + good[at + 15 :])
    with pytest.raises(FormatError, match=message) as caught:
        curate_sequences([tmp_path / "a.csv"])
    assert caught.value.line == 777_778
    assert caught.value.what.count("line") == 1


def test_a_data_set_is_not_half_written_where_it_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GOOD)
    (tmp_path / "taken").write_text("a file stands where the folder should be")
    data = curate_sequences([tmp_path / "a.csv"])
    with pytest.raises(PrimaseError, match="cannot be written"):
        data.save(tmp_path / "taken" / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "taken"]
