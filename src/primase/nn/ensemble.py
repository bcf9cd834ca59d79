"""Several trained networks, on one strand or both, as one network."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from primase.core.batch import Outputs
from primase.core.tracks import flip_tracks


class Ensemble(nn.Module):
    """Average the outputs of several networks, and join those of both strands.

    Parameters
    ----------
    members : sequence of nn.Module
        Each takes ``seq`` (B, channels, L), and perhaps ``control``, and returns ``{"logits": (B, T)}``, or heads along
        the window, (B, T, P); with ``log_odds`` two logits become one.
    complement : sequence of int or None
        For each channel, the channel of its complement; None scores the given strand only.
    pool : str
        How the strands are joined: ``mean``, or ``max`` where a system's authors keep the better strand.
    log_odds : bool
        Turn two softmax logits into the log odds of the second, so that every binary model gives (B, 1).
    strand_pairs, control_pairs : sequence of int
        For each track, and each control, that of the other strand: what is read on the other strand is turned back.
    """

    def __init__(
        self,
        members: Sequence[nn.Module],
        *,
        complement: Sequence[int] | None = None,
        pool: str = "mean",
        log_odds: bool = False,
        strand_pairs: Sequence[int] = (),
        control_pairs: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.complement = None if complement is None else list(complement)
        self.pool = pool
        self.log_odds = log_odds
        self.strand_pairs, self.control_pairs = tuple(strand_pairs), tuple(control_pairs)

    def forward(self, seq: Tensor, control: Tensor | None = None) -> Outputs:
        """Return the outputs for `seq` (B, channels, L) and `control` (B, C, P), each head as a member gives it."""
        given: dict[str, Tensor] = {"seq": seq} if control is None else {"seq": seq, "control": control}
        strands = [given]
        if self.complement is not None:
            turned = {"seq": seq[:, self.complement].flip(-1)}
            if control is not None:
                turned["control"] = flip_tracks(control, self.control_pairs)
            strands.append(turned)
        found = [member(**strand) for member in self.members for strand in strands]
        return {head: self._join([outputs[head] for outputs in found], len(strands)) for head in found[0]}

    def _join(self, heads: list[Tensor], strands: int) -> Tensor:
        """Return one head of all members and strands as one."""
        if heads[0].ndim > 2 or self.strand_pairs:
            heads = [flip_tracks(head, self.strand_pairs) if i % strands else head for i, head in enumerate(heads)]
        joined = torch.stack(heads)
        if self.log_odds and joined.shape[-1] == 2:
            joined = joined[..., 1:] - joined[..., :1]
        if self.pool == "max":
            joined = joined.unflatten(0, (-1, strands)).amax(1)
        return joined.mean(0)


class TrackTotals(nn.Module):
    """A network of tracks that answers with one number per track, for what explains single numbers.

    Parameters
    ----------
    net : nn.Module
        Gives heads along the window.
    score : callable
        From its outputs to (B, T): the task's.
    """

    def __init__(self, net: nn.Module, score: Callable[[Outputs], Tensor]) -> None:
        super().__init__()
        self.net, self.score = net, score

    def forward(self, seq: Tensor) -> Outputs:
        """Return ``{"logits": (B, T)}`` for `seq` (B, channels, L)."""
        return {"logits": self.score(self.net(seq=seq))}
