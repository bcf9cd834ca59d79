"""What the attribution methods share: letters against other channels, references, gradients, projection."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from primase.core.alphabet import ALPHABETS, STRUCTURE
from primase.core.edits import dinucleotide_shuffle
from primase.core.errors import PrimaseError, ShapeError
from primase.inference import evaluating


def letter_channels(channels: int) -> int:
    """Return how many of a model's input channels are letters; three more may describe a structure.

    Raises
    ------
    ShapeError
        If no alphabet has that many letters, with a structure or without.

    Examples
    --------
    >>> letter_channels(4), letter_channels(7), letter_channels(20)
    (4, 4, 20)
    """
    for letters in sorted({len(alphabet) for alphabet in ALPHABETS.values()}):
        if channels in (letters, letters + len(STRUCTURE)):
            return letters
    raise ShapeError(f"the sequences have {channels} channels", fix="give (N, channels, L) with 4, 7 or 20 channels")


def check_sequences(seq: Tensor) -> int:
    """Check that `seq`, shape (N, C, L), is one-hot in its letters, and return their number.

    Raises
    ------
    ShapeError
        If it has other axes, or a column that is neither one letter nor unknown.
    """
    if seq.ndim != 3:
        raise ShapeError(f"the sequences have shape {tuple(seq.shape)}", fix="give (N, channels, L)")
    letters = letter_channels(seq.shape[1])
    total = seq[:, :letters].sum(1)
    if not (((total == 0) | (total == 1)).all() and (seq[:, :letters].amax(1) == total).all()):
        raise ShapeError(
            "the sequences are not one-hot", fix="encode letters as columns of one 1, unknown ones as zeros"
        )
    return letters


def project(values: Tensor, seq: Tensor) -> Tensor:
    """Keep the attributions of the letters that are there; both have shape (N, C, L)."""
    return values * seq.to(values.dtype)


def shuffled_references(seq: Tensor, *, copies: int = 20, seed: int = 0) -> Tensor:
    """Shuffle the letters of each sequence, keeping its dinucleotides.

    Each stretch between unknown letters is shuffled by itself: padding stays padding. A structure stays as it is.

    Parameters
    ----------
    seq : Tensor, shape=(N, C, L)
        One-hot.
    copies : int
        Shuffles per sequence.
    seed : int
        Same seed, same shuffles; those of a sequence depend on its place in `seq` and on nothing else.

    Returns
    -------
    Tensor, shape=(N, copies, C, L), int8

    Examples
    --------
    >>> seq = torch.eye(4)[:, [0, 1, 2, 0, 3, 0, 1]][None]
    >>> shuffled_references(seq, copies=3).shape
    torch.Size([1, 3, 4, 7])
    """
    letters = check_sequences(seq)
    known = seq[:, :letters].any(1).cpu().numpy()
    codes = seq[:, :letters].argmax(1).to(torch.uint8).cpu().numpy()
    shuffled = np.repeat(codes[:, None], copies, 1)
    for row in range(len(seq)):
        edges = np.flatnonzero(np.diff(known[row].astype(np.int8), prepend=0, append=0))
        for start, end in edges.reshape(-1, 2):
            part = dinucleotide_shuffle(codes[row, start:end], seed=(seed, row, int(start)), copies=copies)
            shuffled[row, :, start:end] = part
    out = seq[:, None].to(torch.int8).cpu().repeat(1, copies, 1, 1)
    rows = np.arange(letters, dtype=np.uint8)[:, None]
    out[:, :, :letters] = torch.from_numpy((shuffled[:, :, None] == rows) & known[:, None, None])
    return out


def hypothetical(multipliers: Tensor, references: Tensor) -> Tensor:
    """Return what each letter would contribute at each position, were it there, against the references' letters.

    Parameters
    ----------
    multipliers : Tensor, shape=(..., C, L)
        Contribution per unit of difference to the reference.
    references : Tensor, shape=(..., C, L)

    Returns
    -------
    Tensor, shape=(..., C, L)
        Letter b: ``sum over letters c of m[c] * ([c is b] - reference[c])``. Other channels hold their multiplier.
    """
    letters = letter_channels(multipliers.shape[-2])
    out = multipliers.clone()
    spent = (multipliers[..., :letters, :] * references[..., :letters, :]).sum(-2, keepdim=True)
    out[..., :letters, :] -= spent
    return out


def device_of(model: nn.Module) -> torch.device:
    """Return where the model's parameters lie; the CPU if it has none."""
    return next(model.parameters(), torch.empty(0)).device


@contextmanager
def differentiating(model: nn.Module) -> Iterator[nn.Module]:
    """Put `model` into eval mode with gradients on, whatever the caller's setting; afterwards all is as before."""
    with evaluating(model), torch.inference_mode(mode=False), torch.enable_grad():
        yield model


def target_logit(model: nn.Module, seq: Tensor, target: int) -> Tensor:
    """Return one logit of each example, shape (B,).

    Raises
    ------
    PrimaseError
        If the model has no output of that number.
    """
    logits = model(seq=seq)["logits"]
    if not 0 <= target < logits.shape[1]:
        raise PrimaseError(
            f"the model has {logits.shape[1]} outputs, there is no number {target}",
            fix=f"give a target from 0 to {logits.shape[1] - 1}",
        )
    return logits[:, target].float()


def input_gradients(model: nn.Module, seq: Tensor, target: int) -> Tensor:
    """Return the gradient of one logit at each example of one batch, shape (B, C, L), on the CPU.

    Call it inside `differentiating`.
    """
    given = seq.detach().to(device_of(model), torch.float32, copy=True).requires_grad_()
    (gradient,) = torch.autograd.grad(target_logit(model, given, target).sum(), given)
    return gradient.detach().cpu()
