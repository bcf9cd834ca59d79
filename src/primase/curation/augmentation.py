"""Changes of a training batch that leave its labels true. Pure functions of codes and a generator."""

from collections.abc import Sequence

import torch
from torch import Tensor


def flip_strands(codes: Tensor, complement: Sequence[int], generator: torch.Generator) -> Tensor:
    """Replace half of the sequences, drawn at random, by their reverse complements.

    Parameters
    ----------
    codes : Tensor, shape=(B, L), uint8
    complement : sequence of int
        Row of each letter's complement; unknown letters stay unknown.
    generator : torch.Generator

    Returns
    -------
    Tensor, shape=(B, L), uint8
    """
    table = torch.tensor([*complement, *range(len(complement), 256)], dtype=torch.uint8, device=codes.device)
    flipped = table[codes.flip(1).long()]
    chosen = torch.rand(len(codes), generator=generator, device=generator.device).to(codes.device) < 0.5
    return torch.where(chosen[:, None], flipped, codes)


def shift_sequences(codes: Tensor, most: int, padding: int, generator: torch.Generator) -> Tensor:
    """Move every sequence by a random number of letters, at most `most` either way; `padding` fills the gap.

    Parameters
    ----------
    codes : Tensor, shape=(B, L), uint8

    Returns
    -------
    Tensor, shape=(B, L), uint8
    """
    length = codes.shape[1]
    moves = torch.randint(-most, most + 1, (len(codes), 1), generator=generator, device=generator.device)
    source = torch.arange(length, device=codes.device)[None] - moves.to(codes.device)
    outside = (source < 0) | (source >= length)
    return codes.gather(1, source.clamp(0, length - 1)).masked_fill(outside, padding)
