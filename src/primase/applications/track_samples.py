"""How well tracks are predicted along single held-out windows: a figure for each, and a few of them whole."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa

from primase.core.files import write_with
from primase.curation.dataset import Dataset
from primase.metrics.profile import jensen_shannon_distances, resample_reads
from primase.metrics.windows import per_window

BRIGHT = 4  # windows are drawn from the quarter with the most signal: where there is none, nothing is to be seen
EXPERIMENTS = 4  # tracks that are kept, those of two strands counted once
Expect = Callable[[Dataset, np.ndarray, int | None], np.ndarray]
DISTANCE, CORRELATION = "profile_distance", "window_pearson_r"  # columns of predictions.parquet


@dataclass(frozen=True, eq=False)
class TrackSample:
    """Observed and expected signal of some held-out windows: the best, the middle and the worst predicted.

    Attributes
    ----------
    ids : ndarray, shape=(M,), object
        The windows, from well to badly predicted.
    names : tuple of str
        Tracks: those of the first four experiments.
    observed, expected : ndarray, shape=(M, T, bins), float32
    """

    ids: np.ndarray
    names: tuple[str, ...]
    observed: np.ndarray
    expected: np.ndarray

    def save(self, path: str | Path) -> None:
        """Write ``tracks.h5``."""

        def write(draft: Path) -> None:
            with h5py.File(draft, "w") as file:
                for name, words in (("ids", self.ids), ("names", self.names)):
                    file.create_dataset(name, data=np.array(words, object), dtype=h5py.string_dtype())
                for name, values in (("observed", self.observed), ("expected", self.expected)):
                    file.create_dataset(name, data=values, compression="gzip", shuffle=True)

        write_with(path, write)

    @classmethod
    def load(cls, path: str | Path) -> "TrackSample":
        """Read ``tracks.h5``."""
        with h5py.File(path) as file:
            arrays: dict[str, Any] = {name: np.asarray(file[name]) for name in ("observed", "expected")}
            ids, names = ([text.decode() for text in np.asarray(file[name])] for name in ("ids", "names"))
        return cls(np.array(ids, object), tuple(names), **arrays)


def window_figures(
    kind: str, targets: np.ndarray, expected: np.ndarray, average: np.ndarray, *, seed: int = 0
) -> dict[str, np.ndarray]:
    """Return how well each window is predicted, the mean over its tracks; NaN where it cannot be told.

    Parameters
    ----------
    kind : str
        ``counts`` or ``profile``.
    targets, expected, average : ndarray, shape=(N, T, P)
        Signal that was measured, that a model expects, and that is known without the sequence.
    seed : int
        Of the reads that are drawn again.

    Returns
    -------
    dict of str to ndarray, shape=(N,)
        Of counts ``window_pearson_r``, the correlation over the bins. Of profiles ``profile_distance``, and what it is
        for the average profile (``_average``) and for reads drawn again (``_replicate``).
    """
    tracks = range(targets.shape[1])
    if kind == "counts":
        return {CORRELATION: _mean([_correlate(targets[:, track], expected[:, track]) for track in tracks])}
    distances: dict[str, list[np.ndarray]] = {DISTANCE: [], f"{DISTANCE}_average": [], f"{DISTANCE}_replicate": []}
    for track in tracks:
        reads = np.asarray(targets[:, track], np.float64)
        others = expected[:, track], average[:, track], resample_reads(reads, seed=seed)
        for found, other in zip(distances.values(), others, strict=True):
            found.append(jensen_shannon_distances(reads, np.asarray(other, np.float64)))
    return {name: _mean(found) for name, found in distances.items()}


def sample_tracks(expect: Expect, data: Dataset, table: pa.Table) -> TrackSample | None:
    """Choose held-out windows with much signal: two that are predicted best, two in the middle, and the two worst.

    Parameters
    ----------
    expect : callable
        ``expect(data, rows, fold)``, as `TrainedModel.expect`: the expected signal of some rows, (N, T, bins).
    data : Dataset
    table : pyarrow.Table
        Of ``predictions.parquet``, with the columns of `window_figures`.

    Returns
    -------
    TrackSample or None
        None where the data have no tracks, or no window can be compared.
    """
    if data.tracks is None:
        return None
    column, worse = (DISTANCE, 1) if DISTANCE in table.column_names else (CORRELATION, -1)
    figures = table[column].to_numpy()
    place = {name: row for row, name in enumerate(data.ids)}
    known = np.flatnonzero(np.isfinite(figures))
    if not len(known):
        return None
    rows = np.array([place[name] for name in table["id"].take(known).to_pylist()])
    totals = np.expm1(data.targets[rows])
    signal = (totals / totals.mean(0).clip(1e-9)).sum(1)  # so that every track has its say
    bright = np.argsort(-signal, kind="stable")[: max(6, len(rows) // BRIGHT)]
    ordered = bright[np.argsort(worse * figures[known[bright]], kind="stable")]
    middle = len(ordered) // 2
    wanted = [0, 1, middle - 1, middle, len(ordered) - 2, len(ordered) - 1]
    chosen = rows[ordered[np.unique(np.clip(wanted, 0, len(ordered) - 1))]]
    kept = _first_experiments(len(data.names), data.tracks.strand_pairs)
    expected = np.concatenate([_expect_row(expect, data, row) for row in chosen])
    return TrackSample(
        ids=data.ids[chosen],
        names=tuple(data.names[track] for track in kept),
        observed=np.asarray(data.tracks.middle(chosen)[:, kept], np.float32),
        expected=expected[:, kept].astype(np.float32),
    )


def _expect_row(expect: Expect, data: Dataset, row: int) -> np.ndarray:
    """Return what is expected along a window, with folds by the members that never saw it."""
    if data.folds is None:
        return expect(data, np.array([row]), None)
    fold = int(data.folds[row])
    return expect(data.fold(fold), np.array([row]), fold)


def _first_experiments(tracks: int, pairs: tuple[int, ...]) -> list[int]:
    """Return the tracks of the first experiments; the two strands of one lie together."""
    pairs = pairs or tuple(range(tracks))
    firsts = [track for track, other in enumerate(pairs) if track <= other][:EXPERIMENTS]
    return [track for first in firsts for track in sorted({first, pairs[first]})]


def _correlate(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation of each pair of rows, shape (N,), for arrays (N, P); NaN of a constant row."""

    def correlation(one: np.ndarray, two: np.ndarray) -> np.ndarray:
        one, two = (values - values.mean(1, keepdims=True) for values in (one, two))
        scale = np.sqrt(np.square(one).sum(1) * np.square(two).sum(1))
        return np.where(scale > 0, (one * two).sum(1) / np.where(scale > 0, scale, 1), np.nan)

    return per_window(correlation, first, second)


def _mean(tracks: list[np.ndarray]) -> np.ndarray:
    """Return the mean over tracks of what is not NaN, shape (N,)."""
    values = np.stack(tracks)
    known = ~np.isnan(values)
    return np.where(known.any(0), np.where(known, values, 0).sum(0) / np.maximum(known.sum(0), 1), np.nan)
