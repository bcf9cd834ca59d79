"""Several yes-or-no questions on one example; an unknown answer is NaN and counts for nothing."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from primase.core.batch import Outputs

PRIMARY = "auroc"


@dataclass(frozen=True)
class Task:
    """Several binary questions.

    Attributes
    ----------
    names : tuple of str
        The questions.
    positive_weights : tuple of float
        Weight of a positive answer to each.
    """

    names: tuple[str, ...]
    positive_weights: tuple[float, ...] = ()

    @property
    def outputs(self) -> int:
        """One logit per question."""
        return len(self.names)

    @classmethod
    def fit(cls, targets: np.ndarray, names: tuple[str, ...], *, balanced: bool = False) -> "Task":
        """Make the task for the training targets, shape (N, T)."""
        positive = np.nansum(targets, 0).clip(1)
        negative = np.nansum(1 - targets, 0).clip(1)
        weights = negative / positive if balanced else np.ones(len(names))
        return cls(names, tuple(weights.tolist()))

    def score(self, outputs: Outputs) -> Tensor:
        """Return the logits, shape (B, T)."""
        return outputs["logits"]

    def loss(self, outputs: Outputs, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the mean binary cross-entropy over the known answers; targets (B, T)."""
        logits, known = outputs["logits"], ~targets.isnan()
        positive = logits.new_tensor(self.positive_weights) if self.positive_weights else None
        each = F.binary_cross_entropy_with_logits(
            logits, targets.nan_to_num(0.0), pos_weight=positive, reduction="none"
        )
        share = known.to(logits.dtype) if weights is None else known * weights[:, None]
        return (each * share).sum() / share.sum().clamp(min=1e-9)

    def link(self, outputs: Outputs) -> Tensor:
        """Return the probability of each question's yes, shape (B, T)."""
        return torch.sigmoid(outputs["logits"])
