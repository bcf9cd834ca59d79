"""Basenji: the authors' layers give the same numbers, and what its two forms share."""

import pytest
import torch

from formula import fill_by_formula, sequences_by_formula
from primase import zoo
from primase.core.errors import PrimaseError
from primase.zoo.basenji import Config, Net, bin_size

# Made with TensorFlow 2 from the authors' own basenji/blocks.py (calico/basenji, commit 74b8671), with the weights of
# tests/formula.py; every second bin.
TODAY = Config(
    length=768, outputs=2, output_length=6, filters=(6, 6, 7), widths=(15, 5, 5), pools=(8, 4, 4), dilated=5,
    rates=(1, 2, 4), last=6, residual=True,
)  # fmt: skip
TODAY_GIVES = [
    [[-0.18816, -0.16815, -0.38858], [-0.10315, -0.11609, -0.01961]],
    [[-0.17129, -0.71128, -0.16302], [-0.13819, 0.03701, -0.12900]],
]
# Made with Keras layers in the order of basenji/layers.py of 2018 (commit d3ff1f2), four bins cut off; every fourth bin.
PAPER = Config(
    length=640, outputs=2, output_length=12, filters=(6, 7, 7), widths=(22, 1, 6), pools=(1, 8, 4), dilated=3,
    rates=(2, 4), last=6,
)  # fmt: skip
PAPER_GIVES = [
    [[1.35831, 1.39251, 1.40554], [-0.94048, -1.03406, -1.08448]],
    [[1.29642, 1.27120, 1.51892], [-0.84399, -0.80828, -1.32869]],
]


@pytest.mark.parametrize(("config", "wanted", "step"), [(TODAY, TODAY_GIVES, 2), (PAPER, PAPER_GIVES, 4)])
def test_authors_layers_give_the_same(config, wanted, step):
    with torch.no_grad():
        logits = fill_by_formula(Net(config))(seq=sequences_by_formula(2, config.length))["logits"]
    torch.testing.assert_close(logits[..., ::step], torch.tensor(wanted), rtol=0, atol=2e-5)


@pytest.mark.parametrize(("variant", "parameters"), [("base", 15_190_636), ("small", 109_235)])
def test_parameters_of_both_forms(variant, parameters):
    assert zoo.count_parameters("basenji", zoo.configure("basenji", variant=variant)) == parameters


def test_small_has_the_numbers_that_keras_prints():
    net = zoo.create("basenji", zoo.configure("basenji", variant="small"))
    assert sum(tensor.numel() for name, tensor in net.state_dict().items() if "num_batches" not in name) == 111_011


@pytest.mark.parametrize("variant", ["base", "small"])
def test_bins_are_of_128_letters(variant):
    config = zoo.configure("basenji", variant=variant)
    assert bin_size(config) == 128
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        logits = Net(config).eval()(seq=torch.zeros(1, 4, 131072))["logits"]
    assert logits.shape == (1, config.outputs, {"base": 960, "small": 1024}[variant])


@pytest.mark.parametrize("residual", [False, True])
def test_a_bin_looks_at_its_own_letters(residual):
    config = Config(
        length=256,
        outputs=1,
        output_length=12,
        filters=(8,),
        widths=(5,),
        pools=(16,),
        rates=(),
        last=4,
        residual=residual,
    )
    net = fill_by_formula(Net(config))
    seq = sequences_by_formula(1, 256)
    other, letters = seq.clone(), slice(16 * (2 + 5) + 2, 16 * (2 + 6) - 2)  # two bins are cut off; this is bin 5
    other[..., letters] = other[..., letters].roll(1, 1)
    with torch.no_grad():
        changed = (net(seq=seq)["logits"] != net(seq=other)["logits"])[0, 0].nonzero()
    assert changed.tolist() == [[5]]


def test_dilated_layers_of_todays_form_begin_as_nothing():
    config = Config(
        length=64, outputs=2, output_length=8, filters=(6,), widths=(3,), pools=(8,), dilated=4, rates=(1, 2), last=5,
        residual=True,
    )  # fmt: skip
    net = zoo.create("basenji", config).eval()
    without = zoo.create("basenji", config).eval()
    without.dilated = torch.nn.ModuleList()
    seq = sequences_by_formula(3, 64)
    assert torch.equal(net(seq=seq)["logits"], without(seq=seq)["logits"])


def test_todays_form_starts_by_he():
    net = zoo.create("basenji", zoo.configure("basenji", variant="small"))
    weight = net.body[1][1].weight  # 64 filters of 64 x 5
    assert weight.std().item() == pytest.approx((2 / 320) ** 0.5, rel=0.02)
    assert weight.abs().max().item() == pytest.approx(2 / 0.8796 * (2 / 320) ** 0.5, rel=0.01)


def test_sizes_of_different_counts_are_refused():
    with pytest.raises(PrimaseError, match=r"filters \(300, 200\)"):
        zoo.configure("basenji", changes={"filters": "300,200"})
