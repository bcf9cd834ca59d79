"""Tracks along a window: values (B, tracks, positions), read on the other strand or cut to the middle."""

from collections.abc import Sequence

import torch
from torch import Tensor

from primase.core.errors import ShapeError
from primase.core.strands import group_strands


def average_strands(values: Tensor, pairs: Sequence[int]) -> Tensor:
    """Return the mean over the strands of each experiment, (B, experiments), of one value per track, (B, T).

    Examples
    --------
    >>> average_strands(torch.tensor([[1.0, 2.0, 4.0]]), [1, 0, 2]).tolist()
    [[1.5, 4.0]]
    """
    groups = group_strands([""] * values.shape[1], pairs)
    return torch.stack([values[:, list(group)].mean(1) for group in groups], 1)


def flip_tracks(values: Tensor, strand_pairs: Sequence[int] = ()) -> Tensor:
    """Return what belongs to the reverse complement of a window: positions run backwards, strands change places.

    Parameters
    ----------
    values : Tensor, shape=(B, T, P), (B, T) or (B, 1)
        Tracks along the window, one number per track, or one for all of them.
    strand_pairs : sequence of int
        For each track, the track of the other strand; its own number where there is none. Empty: no track has a strand.

    Examples
    --------
    >>> flip_tracks(torch.tensor([[[1, 2, 3], [4, 5, 6]]]), (1, 0)).tolist()
    [[[6, 5, 4], [3, 2, 1]]]
    """
    if len(strand_pairs) == values.shape[1]:
        values = values[:, list(strand_pairs)]
    return values.flip(-1) if values.ndim == 3 else values


def crop_centre(values: Tensor, positions: int) -> Tensor:
    """Return the `positions` in the middle of the last axis; the middle of L is position L // 2.

    Raises
    ------
    ShapeError
        If there are fewer.

    Examples
    --------
    >>> crop_centre(torch.arange(10), 4).tolist(), crop_centre(torch.arange(11), 3).tolist()
    ([3, 4, 5, 6], [4, 5, 6])
    """
    length = values.shape[-1]
    if length < positions:
        raise ShapeError(f"{positions} positions are wanted of {length}", fix="give a longer window")
    start = length // 2 - positions // 2
    return values[..., start : start + positions]
