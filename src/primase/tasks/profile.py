"""Reads at every position of a window: how many there are in all, and how they are spread.

The model gives the logits of the spread, ``logits`` (B, S, L), and log(1 + reads) as ``log_counts``: (B, S), one number
per track, each spread over its own positions (BPNet); or (B, 1), one number for all tracks, spread over the positions
of all of them (its successor). The loss is the negative log-likelihood of the reads under the multinomial
distribution, plus the weighted squared error of the logarithm of their number.

References
----------
Avsec et al. 2021, doi:10.1038/s41588-021-00782-6, Methods; kundajelab/bpnet, commit 1c6e5c4, bpnet/losses.py.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from primase.core.batch import Outputs
from primase.core.tracks import average_strands

PRIMARY = "log_count_pearson_r"
FEWEST = 1e-3  # reads: what is predicted at the least, so that a spread stays visible


@dataclass(frozen=True)
class Task:
    """A question whose answer is one or several tracks of reads.

    Attributes
    ----------
    names : tuple of str
        The tracks.
    strand_pairs : tuple of int
        For each track, the track of the other strand; its own number where there is none. Empty: no track has a strand.
    count_weight : float
        Of the squared error of the log counts.
    """

    names: tuple[str, ...]
    strand_pairs: tuple[int, ...] = ()
    count_weight: float = 1.0

    @property
    def outputs(self) -> int:
        """One logit per track and position."""
        return len(self.names)

    @property
    def experiments(self) -> int:
        """Tracks, those of the two strands of an experiment counted once."""
        pairs = self.strand_pairs or range(len(self.names))
        return len({min(pair) for pair in enumerate(pairs)})

    @classmethod
    def fit(cls, targets: np.ndarray, names: tuple[str, ...], *, balanced: bool = False, **known: Any) -> "Task":
        """Make the task for the training targets, shape (N, S, L); `balanced` has no meaning here.

        Where `count_weight` is not known, it is a tenth of the median number of reads of a window and an experiment,
        1 at the least, as in ChromBPNet (kundajelab/chrombpnet, commit ece97c9, helpers/hyperparameters). BPNet's paper
        has 10 for its own data; bpnet-lite 1.0 takes the mean number of reads per track.
        """
        del balanced
        task = cls(names, **known)
        if "count_weight" in known:
            return task
        totals = targets.sum((1, 2), dtype=np.float64) / task.experiments
        return replace(task, count_weight=max(1.0, float(np.median(totals)) / 10))

    def score(self, outputs: Outputs) -> Tensor:
        """Return log(1 + expected reads), shape (B, S), or (B, 1) where one number is for all tracks."""
        return outputs["log_counts"]

    def explained(self, outputs: Outputs) -> Tensor:
        """Return what an attribution is of: log counts, the mean over an experiment's strands, (B, E) or (B, 1)."""
        counts = self.score(outputs)
        return counts if counts.shape[1] < len(self.names) else average_strands(counts, self.strand_pairs)

    def loss(self, outputs: Outputs, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the mean over the windows of both losses; targets (B, S, L) whole numbers.

        The likelihoods of the tracks are added up; the squared errors of the two strands of an experiment are averaged,
        those of experiments are added up. All of it is BPNet's.
        """
        log_counts = outputs["log_counts"]
        reads = targets.reshape(*log_counts.shape, -1)
        total = reads.sum(-1)
        likely = (reads * self._spread(outputs)).sum(-1) + (total + 1).lgamma() - (reads + 1).lgamma().sum(-1)
        error = (log_counts - total.log1p()).square().mean(1) * min(self.experiments, log_counts.shape[1])
        each = self.count_weight * error - likely.sum(1)
        return each.mean() if weights is None else (each * weights).sum() / weights.sum()

    def link(self, outputs: Outputs) -> Tensor:
        """Return the expected reads at every position, shape (B, S, L)."""
        total = outputs["log_counts"].expm1().clamp(min=FEWEST)
        return (self._spread(outputs).exp() * total[..., None]).view_as(outputs["logits"])

    def _spread(self, outputs: Outputs) -> Tensor:
        """Return log probabilities: (B, S, L), or (B, 1, S x L) where the tracks share one distribution."""
        return torch.log_softmax(outputs["logits"].reshape(*outputs["log_counts"].shape, -1), -1)
