"""Two classes, one answer: the probability of the second class."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from primase.core.batch import Outputs

PRIMARY = "auroc"


@dataclass(frozen=True)
class Task:
    """A binary question.

    Attributes
    ----------
    names : tuple of str
        The two classes; the second is the positive one.
    class_weights : tuple of float
        Weight of each class in the loss.
    """

    names: tuple[str, ...]
    class_weights: tuple[float, ...] = (1.0, 1.0)

    @property
    def outputs(self) -> int:
        """One logit; a system may keep two (`link` and `loss` take both)."""
        return 1

    @classmethod
    def fit(cls, targets: np.ndarray, names: tuple[str, ...], *, balanced: bool = False) -> "Task":
        """Make the task for the training targets, shape (N,)."""
        if not balanced:
            return cls(names)
        counts = np.bincount(targets, minlength=2).clip(1)
        return cls(names, tuple((len(targets) / (2 * counts)).tolist()))

    def score(self, outputs: Outputs) -> Tensor:
        """Return the log odds of the positive class, shape (B, 1), from one logit or from two."""
        logits = outputs["logits"]
        return logits if logits.shape[1] == 1 else logits[:, 1:] - logits[:, :1]

    def loss(self, outputs: Outputs, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the mean negative log-likelihood of targets (B,) under ``logits`` (B, 1) or (B, 2).

        For two softmax columns the binary cross-entropy over both equals the cross-entropy, so both forms agree.
        """
        logits = outputs["logits"]
        if self.class_weights == (1.0, 1.0) and weights is None:
            if logits.shape[1] == 2:
                return F.cross_entropy(logits, targets)
            return F.binary_cross_entropy_with_logits(logits[:, 0], targets.to(logits.dtype))
        each = F.binary_cross_entropy_with_logits(self.score(outputs)[:, 0], targets.to(logits.dtype), reduction="none")
        each = each * logits.new_tensor(self.class_weights)[targets]
        return each.mean() if weights is None else (each * weights).sum() / weights.sum()

    def link(self, outputs: Outputs) -> Tensor:
        """Return the probability of the positive class, shape (B,)."""
        return torch.sigmoid(self.score(outputs)[:, 0])
