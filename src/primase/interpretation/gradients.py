"""Input x gradient, and its average on the way from a reference: integrated gradients."""

import numpy as np
import torch
from torch import Tensor, nn

from primase.interpretation import contributions
from primase.interpretation.contributions import check_sequences, differentiating, input_gradients, project
from primase.interpretation.saliency import saliency


def input_x_gradient(
    model: nn.Module,
    seq: Tensor,
    target: int,
    *,
    hypothetical: bool = False,
    corrected: bool = True,
    batch_size: int = 64,
) -> Tensor:
    """Return input times gradient, the gradient being corrected for the direction in which no sequence lies.

    One-hot columns sum to one, so a gradient's component along (1, 1, 1, 1) is unconstrained by the data, and is
    subtracted: the mean over the letters of each position. Structure channels are left as they are.

    Parameters
    ----------
    model : nn.Module
        Takes ``seq`` (B, C, L), returns ``{"logits": (B, T)}``. Left as it was.
    seq : Tensor, shape=(N, C, L)
        One-hot.
    target : int
        Which logit.
    hypothetical : bool
        Keep the values of the letters that are not there.
    corrected : bool
        Subtract the mean over letters.
    batch_size : int
        Examples per pass.

    Returns
    -------
    Tensor, shape=(N, C, L), float32, on the CPU

    References
    ----------
    Majdandzic et al. 2023, doi:10.1186/s13059-023-02956-3, equation 3.
    """
    letters = check_sequences(seq)
    gradient = saliency(model, seq, target, hypothetical=True, batch_size=batch_size)
    if corrected:
        gradient[:, :letters] -= gradient[:, :letters].mean(1, keepdim=True)
    return gradient if hypothetical else project(gradient, seq.cpu())


def integrated_gradients(
    model: nn.Module,
    seq: Tensor,
    target: int,
    *,
    references: Tensor | None = None,
    hypothetical: bool = False,
    steps: int = 20,
    batch_size: int = 64,
) -> Tensor:
    """Average the gradient along the straight line from a reference to each sequence (Gauss-Legendre quadrature).

    Contributions sum to the logit of the sequence minus that of the reference, up to the error of the quadrature.

    Parameters
    ----------
    model : nn.Module
        Takes ``seq`` (B, C, L), returns ``{"logits": (B, T)}``. Left as it was.
    seq : Tensor, shape=(N, C, L)
        One-hot.
    target : int
        Which logit.
    references : Tensor, shape=(N, R, C, L), optional
        R references per sequence, averaged over, such as ``shuffled_references(seq)``; default: one, all zeros.
    hypothetical : bool
        Keep the values of the letters that are not there.
    steps : int
        Points on the line.
    batch_size : int
        Points per pass.

    Returns
    -------
    Tensor, shape=(N, C, L), float32, on the CPU

    References
    ----------
    Sundararajan et al. 2017, arXiv:1703.01365, equation 1.
    """
    check_sequences(seq)
    seq = seq.cpu().float()
    if references is None:
        references = torch.zeros(len(seq), 1, *seq.shape[1:])
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    places = torch.tensor((nodes + 1) / 2, dtype=torch.float32)[:, None, None]
    shares = torch.tensor(weights / 2, dtype=torch.float32)[:, None, None]
    out = torch.zeros(seq.shape)
    with differentiating(model):
        for row, sequence in enumerate(seq):
            for reference in references[row].float():
                line = reference + places * (sequence - reference)
                gradient = torch.cat([input_gradients(model, part, target) for part in line.split(batch_size)])
                out[row] += contributions.hypothetical((gradient * shares).sum(0), reference) / references.shape[1]
    return out if hypothetical else project(out, seq)
