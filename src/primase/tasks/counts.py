"""Coverage along a window, in bins: how much signal each track has in each.

The loss is the Poisson negative log-likelihood without the part that depends on the targets alone, log(count!): it
moves no weight, and coverage that was normalised or clipped is no whole number, so that it means nothing. Basenji's
program of 2018 reports the loss with it; its later versions, Enformer and Borzoi without.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from primase.core.batch import Outputs
from primase.core.tracks import average_strands

PRIMARY = "bin_pearson_r"
TINY = 1e-7  # added to an expected count before its logarithm, as in Keras


@dataclass(frozen=True)
class Task:
    """A question whose answer is one or several tracks of expected counts.

    Attributes
    ----------
    names : tuple of str
        The tracks.
    mean : tuple of float
        Mean count per bin of each track on the training part: the null model.
    strand_pairs : tuple of int
        For each track, the track of the other strand; its own number where there is none. Empty: no track has a strand.
    activation : str
        What turns a logit into an expected count; the system says which. ``softplus``, or ``exp_linear``: exp(x) up to
        0, x + 1 above.
    """

    names: tuple[str, ...]
    mean: tuple[float, ...]
    strand_pairs: tuple[int, ...] = ()
    activation: Literal["softplus", "exp_linear"] = "softplus"

    @property
    def outputs(self) -> int:
        """One logit per track and bin."""
        return len(self.names)

    @classmethod
    def fit(cls, targets: np.ndarray, names: tuple[str, ...], *, balanced: bool = False, **known: Any) -> "Task":
        """Make the task for the training targets, shape (N, T, bins); `balanced` has no meaning here."""
        del balanced
        return cls(names, tuple(targets.mean((0, 2), dtype=np.float64).tolist()), **known)

    def score(self, outputs: Outputs) -> Tensor:
        """Return log(1 + expected count of the window) of each track, shape (B, T)."""
        return self.link(outputs).sum(-1).log1p()

    def explained(self, outputs: Outputs) -> Tensor:
        """Return the mean logit of each experiment, (B, E): linear in the last layer, as an attribution wants it."""
        return average_strands(outputs["logits"].mean(-1), self.strand_pairs)

    def loss(self, outputs: Outputs, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the mean of mean - count x log(mean) over bins and tracks; targets (B, T, bins), not below 0."""
        logits = outputs["logits"]
        if self.activation == "exp_linear":  # its logarithm is known without taking one of something tiny
            logs = torch.where(logits > 0, F.relu(logits).log1p(), logits)
        else:
            logs = (F.softplus(logits) + TINY).log()
        each = (self.link(outputs) - targets * logs).mean((1, 2))
        return each.mean() if weights is None else (each * weights).sum() / weights.sum()

    def link(self, outputs: Outputs) -> Tensor:
        """Return the expected counts, shape (B, T, bins)."""
        logits = outputs["logits"]
        if self.activation == "softplus":
            return F.softplus(logits)
        return torch.where(logits > 0, logits + 1, logits.clamp(max=0).exp())
