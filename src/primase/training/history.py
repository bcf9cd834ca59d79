"""The course of a training, one row per epoch."""

import csv
from pathlib import Path
from typing import Any

from primase.core.files import writing

COLUMNS = (
    "member",
    "epoch",
    "train_loss",
    "train_accuracy",
    "valid_loss",
    "valid_metric",
    "valid_accuracy",
    "learning_rate",
    "gradient_norm",
    "seconds",
)


def write_history(path: str | Path, rows: list[dict[str, Any]]) -> None:
    """Write rows with `COLUMNS` as CSV; what a row lacks stays empty."""
    with writing(path) as draft, draft.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)


def read_history(path: str | Path) -> list[dict[str, Any]]:
    """Read what `write_history` wrote; numbers are numbers again, empty fields are None."""
    with open(path, newline="", encoding="utf-8") as handle:
        return [
            {
                name: value
                if name == "member"
                else None
                if value == ""
                else int(value)
                if name == "epoch"
                else float(value)
                for name, value in row.items()
            }
            for row in csv.DictReader(handle)
        ]
