"""Several trained networks, on one strand or both, as one network."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Ensemble(nn.Module):
    """Average the logits of several networks, and join those of both strands.

    Parameters
    ----------
    members : sequence of nn.Module
        Each takes ``seq`` (B, channels, L) and returns ``{"logits": (B, T)}``; with ``log_odds`` two logits become one.
    complement : sequence of int or None
        For each channel, the channel of its complement; None scores the given strand only.
    pool : str
        How the strands are joined: ``mean``, or ``max`` where a system's authors keep the better strand.
    log_odds : bool
        Turn two softmax logits into the log odds of the second, so that every binary model gives (B, 1).
    """

    def __init__(
        self,
        members: Sequence[nn.Module],
        *,
        complement: Sequence[int] | None = None,
        pool: str = "mean",
        log_odds: bool = False,
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.complement = None if complement is None else list(complement)
        self.pool = pool
        self.log_odds = log_odds

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        """Return ``{"logits": (B, T)}`` for `seq` (B, channels, L)."""
        strands = [seq] if self.complement is None else [seq, seq[:, self.complement].flip(-1)]
        logits = torch.stack([member(seq=strand)["logits"] for member in self.members for strand in strands])
        if self.log_odds and logits.shape[-1] == 2:
            logits = logits[..., 1:] - logits[..., :1]
        if self.pool == "max":
            logits = logits.unflatten(0, (-1, len(strands))).amax(1)
        return {"logits": logits.mean(0)}
