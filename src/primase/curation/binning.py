"""Labels of windows from signals: binned coverage, and base-resolution profiles as bins of one position."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from primase.core.errors import PrimaseError
from primase.curation.signals import Signal, count_bins

_CHUNK = 2**25  # bytes of labels that are made at a time


@dataclass(frozen=True, kw_only=True)
class LabelRule:
    """How windows of signals become labels.

    The steps and their order are those of Basenji (Kelley et al. 2018, doi:10.1101/gr.227819.117; the authors'
    ``bin/basenji_data_read.py`` of 2025): crop both ends of the window, scale, sum each bin, clip softly, clip.
    A position without a value counts 0, where theirs takes the window's median; their columns of the targets table
    have the same names.

    Attributes
    ----------
    width : int
        Positions per window, before cropping.
    bin : int
        Positions per label; 1 gives a profile at base resolution.
    crop : int
        Positions left out at both ends.
    scale : tuple of float
        Factor of the signal; the mean of a bin is the sum with ``1 / bin``. Here and below one value for all tracks,
        or one per track.
    clip_soft : tuple of float or None
        A sum x beyond this threshold c becomes c - 1 + sqrt(x - c + 1), and below -c the negative of that of -x.
    clip : tuple of float or None
        Labels end at this value, and at its negative.

    Raises
    ------
    PrimaseError
        If what is left after cropping does not divide into bins, or a number is not positive.

    Examples
    --------
    >>> LabelRule(width=2048, bin=32, crop=512).bins
    32
    """

    width: int
    bin: int = 1
    crop: int = 0
    scale: tuple[float, ...] = (1.0,)
    clip_soft: tuple[float | None, ...] = (None,)
    clip: tuple[float | None, ...] = (None,)

    def __post_init__(self) -> None:
        if self.crop < 0 or self.width <= 2 * self.crop:
            raise PrimaseError(
                f"nothing is left of windows of {self.width} positions cropped by {self.crop} at both ends",
                fix="crop less than half of the window",
            )
        count_bins(self.width - 2 * self.crop, self.bin)
        for name in ("scale", "clip_soft", "clip"):
            for value in getattr(self, name):
                if value is not None and not value > 0:
                    raise PrimaseError(f"{name} is {value}", fix="give a positive number")

    @property
    def bins(self) -> int:
        """Labels per window and track."""
        return (self.width - 2 * self.crop) // self.bin


def label_windows(
    signals: Sequence[Signal],
    rule: LabelRule,
    contigs: Sequence[str],
    contig: np.ndarray,
    starts: np.ndarray,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Return the labels of windows, made chunk by chunk in the order of the genome.

    Parameters
    ----------
    signals : sequence of Signal
        T tracks.
    rule : LabelRule
    contigs : sequence of str
        Names, as the signals have them (see `primase.curation.signals.rename_signal`).
    contig : ndarray, shape=(N,), int
        Index into `contigs`.
    starts : ndarray, shape=(N,), int64
        Where the windows begin, before cropping; they may reach over the ends of a contig.
    out : ndarray, shape=(N, T, bins), float32, optional
        Where the labels are written, for instance a memory-mapped file; else an array is made.

    Returns
    -------
    ndarray, shape=(N, T, bins), float32

    Raises
    ------
    PrimaseError
        If `out` or the rule's values do not fit the tracks, or a track holds an infinite value.
    """
    count, tracks = len(starts), len(signals)
    rules = list(zip(*(_per_track(rule, name, tracks) for name in ("scale", "clip_soft", "clip")), strict=True))
    shape = (count, tracks, rule.bins)
    if out is None:
        out = np.empty(shape, np.float32)
    if out.shape != shape or out.dtype != np.float32:
        raise PrimaseError(
            f"the labels have the shape {shape} and float32, the place for them {out.shape} and {out.dtype}",
            fix="give an array of that shape and type",
        )
    contig, starts = np.asarray(contig), np.asarray(starts, np.int64)
    order = np.lexsort((starts, contig))
    rows = max(1, _CHUNK // max(1, 4 * tracks * rule.bins))
    edges = np.flatnonzero(np.diff(contig[order])) + 1
    for group in np.split(order, edges):
        for first in range(0, len(group), rows):
            chunk = group[first : first + rows]
            labels = np.empty((len(chunk), tracks, rule.bins), np.float32)
            for track, (signal, values) in enumerate(zip(signals, rules, strict=True)):
                name = contigs[contig[chunk[0]]]
                sums = signal.read(name, starts[chunk] + rule.crop, rule.width - 2 * rule.crop, rule.bin)
                if not np.isfinite(sums).all():
                    row = chunk[int(np.argmax(~np.isfinite(sums).all(1)))]
                    raise PrimaseError(
                        f"the track {signal.name} is infinite in the window of {rule.width} at {name}:{starts[row]}",
                        fix="write finite values into the track, or NaN where there is none",
                    )
                labels[:, track] = squash(sums, *values)
            out[chunk] = labels
    return out


def squash(sums: np.ndarray, scale: float, clip_soft: float | None, clip: float | None) -> np.ndarray:
    """Scale sums and clip them, softly and hard, as `LabelRule` says.

    Examples
    --------
    >>> squash(np.array([2.0, 20.0, 200.0], np.float32), 1.0, 5.0, 10.0).tolist()
    [2.0, 8.0, 10.0]
    """
    if scale != 1:
        sums = sums * np.float32(scale)
    if clip_soft is not None:
        soft = np.float32(clip_soft)
        size = np.abs(sums)  # minus strands may be written downwards
        softened = soft - 1 + np.sqrt(np.maximum(size - soft + 1, 0))
        sums = np.where(size > soft, np.copysign(softened, sums), sums)
    return sums if clip is None else np.clip(sums, -np.float32(clip), np.float32(clip))


def _per_track(rule: LabelRule, name: str, tracks: int) -> tuple[float | None, ...]:
    values = getattr(rule, name)
    if len(values) not in (1, tracks):
        raise PrimaseError(
            f"{name} has {len(values)} values for {tracks} tracks",
            fix="give one value, or one per track in their order",
        )
    return values * tracks if len(values) == 1 else values
