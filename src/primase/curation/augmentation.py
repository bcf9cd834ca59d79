"""Changes of a training batch that leave its labels true: pure functions of a batch and a generator, on its device.

What is drawn and what is done are apart, so that a sequence and its tracks move and turn together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from primase.core.tracks import flip_tracks

NUDGE = 3  # letters by which training sequences are moved where places do not matter


@dataclass(frozen=True)
class Augmentation:
    """What may be done to a training sequence.

    Attributes
    ----------
    both_strands : bool
        Show either strand.
    shift : int
        Largest shift, in letters.
    mutate : float
        Share of letters that are replaced by another.
    """

    both_strands: bool = False
    shift: int = 0
    mutate: float = 0.0


def draw_moves(rows: int, most: int, generator: torch.Generator) -> Tensor:
    """Draw how many letters each of `rows` sequences is moved to the right, -`most` to `most`; shape (rows,)."""
    return torch.randint(-most, most + 1, (rows,), generator=generator, device=generator.device)


def draw_turns(rows: int, generator: torch.Generator) -> Tensor:
    """Draw which of `rows` sequences are shown on the other strand: about half; shape (rows,), bool."""
    return torch.rand(rows, generator=generator, device=generator.device) < 0.5


def cut_windows_at(values: Tensor, starts: Tensor, width: int) -> Tensor:
    """Cut a window of `width` positions out of each row's last axis.

    Parameters
    ----------
    values : Tensor, shape=(B, ..., P)
        Codes or tracks.
    starts : Tensor, shape=(B,), int64
        Where each window begins, from 0 to P - `width`.
    width : int

    Returns
    -------
    Tensor, shape=(B, ..., width)

    Examples
    --------
    >>> cut_windows_at(torch.arange(10).view(2, 5), torch.tensor([0, 2]), 3).tolist()
    [[0, 1, 2], [7, 8, 9]]
    """
    windows = values.unfold(-1, width, 1).movedim(-2, 1)  # (B, places, ..., width), without a copy
    return windows[torch.arange(len(values), device=values.device), starts.to(values.device)]


def turn_sequences(codes: Tensor, complement: Sequence[int], chosen: Tensor) -> Tensor:
    """Replace the chosen sequences by their reverse complements.

    Parameters
    ----------
    codes : Tensor, shape=(B, L), uint8
    complement : sequence of int
        Row of each letter's complement; unknown letters stay unknown.
    chosen : Tensor, shape=(B,), bool

    Returns
    -------
    Tensor, shape=(B, L), uint8
    """
    table = torch.tensor([*complement, *range(len(complement), 256)], dtype=torch.uint8, device=codes.device)
    flipped = table[codes.flip(1).long()]
    return torch.where(chosen.to(codes.device)[:, None], flipped, codes)


def turn_tracks(values: Tensor, strand_pairs: Sequence[int], chosen: Tensor) -> Tensor:
    """Turn the tracks of the chosen sequences: positions run backwards, strands change places.

    Parameters
    ----------
    values : Tensor, shape=(B, T, P)
    strand_pairs : sequence of int
        For each track, the track of the other strand; empty where no track has a strand.
    chosen : Tensor, shape=(B,), bool
    """
    return torch.where(chosen.to(values.device)[:, None, None], flip_tracks(values, strand_pairs), values)


def mutate_letters(codes: Tensor, share: float, letters: int, generator: torch.Generator) -> Tensor:
    """Replace a random share of the known letters by another letter, each other one as likely.

    Parameters
    ----------
    codes : Tensor, shape=(B, L), uint8
    share : float
        Probability of each letter.
    letters : int
        Of the alphabet; larger codes are unknown and stay so.
    """
    chosen = torch.rand(codes.shape, generator=generator, device=generator.device) < share
    steps = torch.randint(1, letters, codes.shape, generator=generator, device=generator.device)
    chosen, steps = chosen.to(codes.device), steps.to(codes.device, torch.uint8)
    return torch.where(chosen & (codes < letters), (codes + steps) % letters, codes)
