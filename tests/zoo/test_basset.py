"""Basset: the lengths that the authors' code prints, and what its two forms share."""

import pytest
import torch

from primase import zoo
from primase.core.errors import PrimaseError
from primase.zoo.basset import Config, Net, pooled_length


def lengths_after_pooling(config: Config) -> list[int]:
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        net = Net(config).eval()
        x, lengths = torch.zeros(1, 4, config.length), []
        for layer in net.body:
            x = layer(x)
            if isinstance(layer, torch.nn.MaxPool1d):
                lengths.append(x.shape[-1])
    return lengths


@pytest.mark.parametrize(
    ("padded", "lengths"),
    [
        (False, [194, 46, 10]),  # 600 -> 582 -> 194 -> 184 -> 46 -> 40 -> 10
        (True, [200, 50, 13]),  # flattened to 2,600 by the repository's present code
    ],
)
def test_lengths_are_the_published_ones(padded, lengths):
    config = Config(padded=padded)
    assert lengths_after_pooling(config) == lengths
    assert pooled_length(config) == lengths[-1]


@pytest.mark.parametrize(("variant", "parameters"), [("base", 4_135_064), ("padded", 4_735_064)])
def test_parameters_of_both_forms(variant, parameters):
    assert zoo.count_parameters("basset", zoo.configure("basset", variant=variant)) == parameters


@pytest.mark.parametrize("length", [1, 2, 7, 60, 601])
def test_padded_form_takes_any_length(length):
    config = Config(length=length, padded=True, filters=(3, 3, 3), hidden=(4,), outputs=2)
    assert lengths_after_pooling(config)[-1] == pooled_length(config)
    assert zoo.create("basset", config).eval()(seq=torch.zeros(2, 4, length))["logits"].shape == (2, 2)


def test_sizes_of_different_counts_are_refused():
    with pytest.raises(PrimaseError, match=r"filters \(300, 200\)"):
        zoo.configure("basset", changes={"filters": "300,200"})
