"""Signals of the windows of a data set, as they are trained on: a little wider than what is predicted."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from primase.core.errors import ShapeError

HELD = 2**28  # bytes of signals that are kept in memory; more lie in a file


def empty_signals(shape: tuple[int, int, int]) -> np.ndarray:
    """Return room for signals (N, T, positions), float32: in memory, or in a file without a name if they are many."""
    if 4 * np.prod(shape, dtype=np.int64) > HELD:
        return np.memmap(tempfile.TemporaryFile(), np.float32, "w+", shape=shape)
    return np.empty(shape, np.float32)


@dataclass(frozen=True, eq=False)
class Tracks:
    """Binned signals around the middle of every window, memory-mapped when loaded.

    Attributes
    ----------
    values : ndarray, shape=(N, T, bins + 2 * margin), float32
        Sum of each track over each bin.
    control : ndarray, shape=(N, C, window bins + 2 * margin), float32, or None
        Control tracks, which a model is given beside the sequence, so along the whole window.
    bin : int
        Letters per bin.
    margin : int
        Bins at each side beyond those that are predicted, so that a window can be shifted together with its tracks.
    strand_pairs : tuple of int
        For each track, the track of the other strand; empty where no track has a strand.
    control_pairs : tuple of int
        The same for the controls.
    """

    values: np.ndarray
    bin: int
    margin: int = 0
    control: np.ndarray | None = None
    strand_pairs: tuple[int, ...] = ()
    control_pairs: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        control = self.values if self.control is None else self.control
        if len(control) != len(self.values) or control.shape[2] < self.values.shape[2]:
            raise ShapeError(
                f"the controls have the shape {control.shape}, the tracks {self.values.shape}",
                fix="cut the controls at the same windows, from end to end",
            )

    def __len__(self) -> int:
        return len(self.values)

    @property
    def bins(self) -> int:
        """Bins that are predicted."""
        return self.values.shape[2] - 2 * self.margin

    def middle(self, rows: np.ndarray) -> np.ndarray:
        """Return the tracks of some windows without their margins, shape (M, T, bins)."""
        return self.values[rows, :, self.margin : self.margin + self.bins]

    def middle_control(self, rows: np.ndarray) -> np.ndarray:
        """Return the controls of some windows without their margins, shape (M, C, window bins)."""
        if self.control is None:
            return np.zeros((len(rows), 0, self.bins), np.float32)
        return self.control[rows, :, self.margin : self.control.shape[2] - self.margin]

    def totals(self) -> np.ndarray:
        """Return the sum of each track over each window, shape (N, T), float32."""
        step = max(1, 2**24 // max(1, self.values[0].size)) if len(self) else 1
        parts = [self.middle(np.arange(at, min(at + step, len(self)))).sum(2) for at in range(0, len(self), step)]
        return np.concatenate(parts) if parts else np.zeros((0, self.values.shape[1]), np.float32)

    def take(self, rows: np.ndarray) -> "Tracks":
        """Return the tracks of some windows."""
        control = None if self.control is None else _take(self.control, rows)
        pairs = self.strand_pairs, self.control_pairs
        return Tracks(_take(self.values, rows), self.bin, self.margin, control, *pairs)

    def describe(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Return what is to be saved: arrays by file, and facts."""
        arrays = {"tracks.npy": self.values}
        if self.control is not None:
            arrays["control.npy"] = self.control
        facts = {
            "bin": self.bin,
            "margin": self.margin,
            "strand_pairs": list(self.strand_pairs),
            "control_pairs": list(self.control_pairs),
        }
        return arrays, facts


def _take(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Copy some windows, a block at a time: what lies in a file never lies in memory whole."""
    out = empty_signals((len(rows), *values.shape[1:]))
    step = max(1, HELD // 4 // max(1, values[0].nbytes)) if len(values) else 1
    for at in range(0, len(rows), step):
        out[at : at + step] = values[rows[at : at + step]]
    return out


def load_tracks(folder: Path, facts: dict[str, Any]) -> Tracks:
    """Read what `describe` gave to be saved."""
    control = folder / "control.npy"
    return Tracks(
        values=np.load(folder / "tracks.npy", mmap_mode="r"),
        bin=facts["bin"],
        margin=facts["margin"],
        control=np.load(control, mmap_mode="r") if control.is_file() else None,
        strand_pairs=tuple(facts["strand_pairs"]),
        control_pairs=tuple(facts["control_pairs"]),
    )
