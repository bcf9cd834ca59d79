"""One or several numbers per example; an unknown number is NaN and counts for nothing."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from primase.core.batch import Outputs

PRIMARY = "pearson_r"


@dataclass(frozen=True)
class Task:
    """A question whose answer is one number or several.

    Attributes
    ----------
    names : tuple of str
        The targets.
    mean, scale : tuple of float
        Of each target on the training part: the model works on standardised values, `link` returns to the unit.
    """

    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]

    @property
    def outputs(self) -> int:
        """One output per target."""
        return len(self.names)

    @classmethod
    def fit(cls, targets: np.ndarray, names: tuple[str, ...], *, balanced: bool = False) -> "Task":
        """Make the task for the training targets, shape (N, T); `balanced` has no meaning here."""
        del balanced
        scale = np.nanstd(targets, 0)
        return cls(names, tuple(np.nanmean(targets, 0).tolist()), tuple(np.where(scale > 0, scale, 1.0).tolist()))

    def score(self, outputs: Outputs) -> Tensor:
        """Return the standardised values, shape (B, T)."""
        return outputs["logits"]

    def loss(self, outputs: Outputs, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the mean squared error of standardised values; targets (B, T) in their own unit."""
        logits, known = outputs["logits"], ~targets.isnan()
        wanted = (targets - logits.new_tensor(self.mean)) / logits.new_tensor(self.scale)
        each = (logits - wanted.nan_to_num(0.0)).square()
        share = known.to(logits.dtype) if weights is None else known * weights[:, None]
        return (each * share).sum() / share.sum().clamp(min=1e-9)

    def link(self, outputs: Outputs) -> Tensor:
        """Return the values in the targets' unit: (B,) for one target, (B, T) for several."""
        logits = outputs["logits"]
        values = logits * logits.new_tensor(self.scale) + logits.new_tensor(self.mean)
        return values[:, 0] if len(self.names) == 1 else values
