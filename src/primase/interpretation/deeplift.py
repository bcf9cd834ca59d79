"""DeepLIFT with the rescale rule, averaged over shuffled references (DeepLIFT/SHAP)."""

import warnings
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from primase.core.errors import PrimaseWarning, ShapeError
from primase.interpretation import contributions
from primase.interpretation.contributions import (
    check_sequences,
    device_of,
    differentiating,
    project,
    shuffled_references,
    target_logit,
)
from primase.interpretation.rules import recording, replacing

# Contributions that miss the difference by more than this share of it are reported.
TOLERANCE = 0.05


@dataclass(frozen=True, eq=False)
class Contributions:
    """Hypothetical contributions and how nearly they add up.

    Attributes
    ----------
    values : Tensor, shape=(N, C, L)
        Hypothetical contributions, averaged over the references.
    differences : Tensor, shape=(N,)
        Logit of the sequence minus mean logit of its references.
    errors : Tensor, shape=(N,)
        Sum of the contributions minus the difference: zero where every operation has a rule.
    """

    values: Tensor
    differences: Tensor
    errors: Tensor

    @property
    def relative_error(self) -> float:
        """Mean size of the errors as a share of the mean size of the differences."""
        scale = float(self.differences.abs().mean()) if len(self.differences) else 0.0
        return float(self.errors.abs().mean()) / scale if scale else 0.0


def deep_lift(
    model: nn.Module, seq: Tensor, target: int, *, references: Tensor | None = None, batch_size: int = 64
) -> Contributions:
    """Compute DeepLIFT contributions and their completeness; see `deep_lift_shap` for the parameters."""
    check_sequences(seq)
    seq = seq.cpu().float()
    if references is None:
        references = shuffled_references(seq)
    if references.ndim != 4 or (references.shape[0], *references.shape[2:]) != seq.shape:
        raise ShapeError(
            f"references have shape {tuple(references.shape)} for sequences of shape {tuple(seq.shape)}",
            fix="give (N, references, channels, L), as shuffled_references does",
        )
    copies = references.shape[1]
    values, sums, differences = torch.zeros(seq.shape), torch.zeros(len(seq)), torch.zeros(len(seq))
    rows = max(1, batch_size // copies)
    with differentiating(model):
        for start in range(0, len(seq), rows):
            part = slice(start, start + rows)
            reference = references[part].float()
            given = seq[part, None].expand(reference.shape)
            multipliers, change = _multipliers(model, given.flatten(0, 1), reference.flatten(0, 1), target)
            multipliers = multipliers.unflatten(0, reference.shape[:2])
            values[part] = contributions.hypothetical(multipliers, reference).mean(1)
            sums[part] = (multipliers * (given - reference)).sum((2, 3)).mean(1)
            differences[part] = change.unflatten(0, reference.shape[:2]).mean(1)
    return Contributions(values, differences, sums - differences)


def _multipliers(model: nn.Module, given: Tensor, reference: Tensor, target: int) -> tuple[Tensor, Tensor]:
    """Return the multipliers of pairs of input and reference, (B, C, L), and the differences of their logits, (B,)."""
    device = device_of(model)
    with torch.no_grad(), recording(model) as (inputs, own):
        before = target_logit(model, reference.to(device), target)
    x = given.to(device, copy=True).requires_grad_()
    with replacing(model, inputs, own):
        after = target_logit(model, x, target)
    (multipliers,) = torch.autograd.grad(after.sum(), x)
    return multipliers.cpu(), (after.detach() - before).cpu()


def deep_lift_shap(
    model: nn.Module,
    seq: Tensor,
    target: int,
    *,
    references: Tensor | None = None,
    hypothetical: bool = False,
    batch_size: int = 64,
) -> Tensor:
    """Divide the difference to shuffled references among the letters (DeepLIFT/SHAP, rescale rule).

    Where every operation of the model has a rule (linear ones, elementwise activations, max-pooling; see ``rules``) the
    contributions of a sequence sum exactly to its logit minus the mean logit of its references. Others, such as
    recurrent layers, are passed by their gradient; a warning says how much is then missing.

    Parameters
    ----------
    model : nn.Module
        Takes ``seq`` (B, C, L), returns ``{"logits": (B, T)}``. Left as it was.
    seq : Tensor, shape=(N, C, L)
        One-hot; all-zero columns are unknown letters, and get nothing.
    target : int
        Which logit.
    references : Tensor, shape=(N, R, C, L), optional
        R references per sequence; default: ``shuffled_references(seq)``, 20 dinucleotide shuffles.
    hypothetical : bool
        Keep the contributions that the letters that are not there would have.
    batch_size : int
        Pairs of sequence and reference per pass.

    Returns
    -------
    Tensor, shape=(N, C, L), float32, on the CPU
        Logits. Structure channels hold zeros when projected, since references keep the structure.

    Raises
    ------
    ShapeError
        If `seq` is not one-hot, or `references` do not fit it.

    References
    ----------
    Shrikumar et al. 2017, arXiv:1704.02685, section 3.5.1; Lundberg & Lee 2017, arXiv:1705.07874; the max-pooling rule
    is that of the shap package.

    Examples
    --------
    >>> class CountG(nn.Module):
    ...     def forward(self, seq):
    ...         return {"logits": seq[:, 2].sum(-1, keepdim=True)}
    >>> seq = torch.eye(4)[None, :, [0, 2, 2]]
    >>> deep_lift_shap(CountG(), seq, 0, references=torch.zeros(1, 1, 4, 3))[0, 2]
    tensor([0., 1., 1.])
    """
    result = deep_lift(model, seq, target, references=references, batch_size=batch_size)
    if result.relative_error > TOLERANCE:
        warnings.warn(
            PrimaseWarning(
                f"DeepLIFT contributions miss the difference of the logits by {result.relative_error:.0%} on average: "
                "the model has operations without a rule, which were passed by their gradient"
            ),
            stacklevel=2,
        )
    return result.values if hypothetical else project(result.values, seq.cpu())
