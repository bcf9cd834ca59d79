"""Several classes, of which exactly one is right."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from primase.core.batch import Outputs

PRIMARY = "auroc"


@dataclass(frozen=True)
class Task:
    """A question with several exclusive answers.

    Attributes
    ----------
    names : tuple of str
        The classes.
    class_weights : tuple of float
        Weight of each class in the loss.
    """

    names: tuple[str, ...]
    class_weights: tuple[float, ...] = ()

    @property
    def outputs(self) -> int:
        """One logit per class."""
        return len(self.names)

    @classmethod
    def fit(cls, targets: np.ndarray, names: tuple[str, ...], *, balanced: bool = False) -> "Task":
        """Make the task for the training targets, shape (N,)."""
        counts = np.bincount(targets, minlength=len(names)).clip(1)
        weights = len(targets) / (len(names) * counts) if balanced else np.ones(len(names))
        return cls(names, tuple(weights.tolist()))

    def score(self, outputs: Outputs) -> Tensor:
        """Return the logits, shape (B, classes)."""
        return outputs["logits"]

    def loss(self, outputs: Outputs, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the mean cross-entropy of targets (B,) under ``logits`` (B, classes)."""
        logits = outputs["logits"]
        classes = logits.new_tensor(self.class_weights) if self.class_weights else None
        each = F.cross_entropy(logits, targets, weight=classes, reduction="none")
        return each.mean() if weights is None else (each * weights).sum() / weights.sum()

    def link(self, outputs: Outputs) -> Tensor:
        """Return the probability of each class, shape (B, classes)."""
        return outputs["logits"].softmax(1)
