"""The checks pass for models that learned, and fail for explanations that say nothing."""

import json
import re

import pytest
import torch
from torch import Tensor, nn

from interpretation.known_models import CountG, Logits, random_sequences
from primase.core.files import read_json, write_json
from primase.interpretation.sanity import check_attributions, randomised

WORD = "TGACTCAT"


class Network(nn.Module):
    """A first layer that matches a word among others, with weights to put out of order."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.conv, self.head = nn.Conv1d(4, 8, 8), nn.Linear(8, 1)
        with torch.no_grad():
            self.conv.weight *= 0.2
            self.conv.weight[0] = 4 * torch.eye(4)[["ACGT".index(letter) for letter in WORD]].T - 1
            self.head.weight[0, 0] = 3

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        return {"logits": self.head(torch.relu(self.conv(seq)).amax(-1))}


def test_a_model_with_a_motif_passes(tmp_path):
    seq = random_sequences(40, 60)
    result = check_attributions(Network(), seq, 0, limit=20)
    assert result["passed"]
    assert abs(result["randomisation"]["correlation"]) < 0.3
    assert result["planted"]["effect"] > result["planted"]["control"]
    assert result["planted"]["attributions_after"] > result["planted"]["attributions_before"]
    assert result["randomisation"]["sequences"] == result["planted"]["sequences"] == 20
    assert "follow the weights" in result["words"]
    assert "find what was planted" in result["words"]
    write_json(tmp_path / "sanity.json", result)
    assert read_json(tmp_path / "sanity.json") == json.loads(json.dumps(result))


def test_it_is_repeatable_and_leaves_the_model_as_it_was():
    model, seq = Network(), random_sequences(12, 40)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert check_attributions(model, seq, 0, seed=3) == check_attributions(model, seq, 0, seed=3)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_a_small_effect_is_said_in_figures_that_count():
    model = Network()
    with torch.no_grad():
        model.head.weight *= 1e-4
    result = check_attributions(model, random_sequences(40, 60), 0)
    said = float(re.search(r"the output changes by (\S+) ", result["words"])[1])
    assert 0 < said < 0.01
    assert said == pytest.approx(result["planted"]["effect"], rel=0.05)


def test_attributions_without_weights_fail():
    result = check_attributions(CountG(), random_sequences(30, 60), 0)
    assert not result["passed"]
    assert not result["randomisation"]["passed"]
    assert result["randomisation"]["correlation"] == pytest.approx(1)
    assert "hardly depend on the weights" in result["words"]


def test_a_model_that_looks_at_nothing_fails():
    net = nn.Sequential(nn.Flatten(), nn.Linear(240, 1))
    nn.init.zeros_(net[1].weight)
    result = check_attributions(Logits(net), random_sequences(30, 60), 0)
    assert not result["passed"]
    assert "does not look at the sequence" in result["words"]


def test_too_few_sequences_are_said():
    result = check_attributions(Network(), random_sequences(3, 60), 0)
    assert not result["planted"]["passed"]
    assert "not tested" in result["words"]


def test_padding_is_not_planted():
    seq = random_sequences(15, 60)
    seq[:, :, 10:18] = torch.eye(4)[["ACGT".index(letter) for letter in WORD]].T
    seq[:, :, 40:] = 0
    result = check_attributions(Network(), seq, 0)
    assert result["passed"]


def test_randomising_keeps_the_values_and_changes_their_order():
    model = Network()
    other = randomised(model, 0)
    assert torch.equal(model.conv.weight.flatten().sort().values, other.conv.weight.flatten().sort().values)
    assert not torch.equal(model.conv.weight, other.conv.weight)
