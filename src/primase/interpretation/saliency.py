"""Saliency: the gradient itself."""

import torch
from torch import Tensor, nn

from primase.interpretation.contributions import check_sequences, differentiating, input_gradients, project


def saliency(model: nn.Module, seq: Tensor, target: int, *, hypothetical: bool = False, batch_size: int = 64) -> Tensor:
    """Return the gradient of one logit with respect to the sequence.

    Cheap, and blind where the model saturates: see ``deep_lift_shap`` for contributions that add up.

    Parameters
    ----------
    model : nn.Module
        Takes ``seq`` (B, C, L), returns ``{"logits": (B, T)}``. Left as it was.
    seq : Tensor, shape=(N, C, L)
        One-hot; all-zero columns are unknown letters.
    target : int
        Which logit.
    hypothetical : bool
        Keep the gradient at every letter, not only at those that are there.
    batch_size : int
        Examples per pass; the result does not depend on it.

    Returns
    -------
    Tensor, shape=(N, C, L), float32, on the CPU
        Logits per unit of input.

    References
    ----------
    Simonyan et al. 2013, arXiv:1312.6034; signed, as is usual for sequences.

    Examples
    --------
    >>> class CountG(nn.Module):
    ...     def forward(self, seq):
    ...         return {"logits": seq[:, 2].sum(-1, keepdim=True)}
    >>> saliency(CountG(), torch.eye(4)[None], 0)[0].sum(0)
    tensor([0., 0., 1., 0.])
    """
    check_sequences(seq)
    with differentiating(model):
        parts = [input_gradients(model, part, target) for part in seq.split(batch_size)]
    gradient = torch.cat(parts) if parts else torch.zeros(seq.shape)
    return gradient if hypothetical else project(gradient, seq.cpu())
