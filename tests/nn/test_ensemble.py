"""Ensembles against averages and maxima taken by hand."""

import pytest
import torch
from torch import Tensor, nn

from primase.nn.ensemble import Ensemble

SEQ = torch.eye(4)[torch.tensor([[0, 1, 2, 3, 3], [2, 2, 1, 0, 1], [3, 0, 1, 0, 0]])].transpose(1, 2)
COMPLEMENT = (3, 2, 1, 0)


class Linear(nn.Module):
    def __init__(self, outputs: int, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.weight = nn.Parameter(torch.randn(20, outputs, generator=generator))

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        return {"logits": seq.flatten(1) @ self.weight}


def both_strands(net: nn.Module) -> tuple[Tensor, Tensor]:
    return net(seq=SEQ)["logits"], net(seq=SEQ.flip(1, 2))["logits"]


def test_one_member_on_one_strand_is_itself():
    net = Linear(3, 0)
    assert torch.equal(Ensemble([net])(seq=SEQ)["logits"], net(seq=SEQ)["logits"])


def test_members_and_strands_are_averaged():
    members = [Linear(3, seed) for seed in range(3)]
    wanted = sum(sum(both_strands(net)) for net in members) / 6
    torch.testing.assert_close(Ensemble(members, complement=COMPLEMENT)(seq=SEQ)["logits"], wanted)


def test_better_strand_counts_where_asked_for():
    members = [Linear(1, seed) for seed in range(3)]
    wanted = sum(torch.maximum(*both_strands(net)) for net in members) / 3
    torch.testing.assert_close(Ensemble(members, complement=COMPLEMENT, pool="max")(seq=SEQ)["logits"], wanted)
    given = sum(net(seq=SEQ)["logits"] for net in members) / 3
    torch.testing.assert_close(Ensemble(members, pool="max")(seq=SEQ)["logits"], given)


@pytest.mark.parametrize("pool", ["mean", "max"])
def test_answer_does_not_depend_on_the_strand(pool):
    net = Ensemble([Linear(2, 0), Linear(2, 1)], complement=COMPLEMENT, pool=pool, log_odds=True)
    torch.testing.assert_close(net(seq=SEQ)["logits"], net(seq=SEQ.flip(1, 2))["logits"])


def test_two_logits_become_log_odds():
    net = Linear(2, 0)
    logits = net(seq=SEQ)["logits"]
    torch.testing.assert_close(Ensemble([net], log_odds=True)(seq=SEQ)["logits"], logits[:, 1:] - logits[:, :1])
    one = Linear(1, 0)
    assert torch.equal(Ensemble([one], log_odds=True)(seq=SEQ)["logits"], one(seq=SEQ)["logits"])
