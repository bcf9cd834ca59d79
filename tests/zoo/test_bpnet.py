"""BPNet: Keras and bpnet-lite give the same numbers, with and without controls."""

import pytest
import torch
from torch.nn import functional as F

from formula import fill_by_formula, sequences_by_formula
from primase import zoo
from primase.tasks import fit_task
from primase.tasks.profile import Task
from primase.zoo.bpnet import Net, example, smallest_length

# Made with Keras layers as bpnet/layers.py and bpnet/heads.py put them together (kundajelab/bpnet, commit 1c6e5c4: two
# tasks of two strands, transposed convolutions, separable convolution over the controls), with the weights of
# tests/formula.py; every fortieth position.
PAPER = {"outputs": 4, "filters": 6, "layers": 3, "length": 120, "output_length": 120, "controls": 2}
PAPER_LOGITS = [
    [[-7.9769, -12.8666, -12.0691], [-7.8851, -13.0223, -12.7258], [-3.6115, -7.9952, -6.6762], [-4.0859, -8.0398, -6.8628]],
    [[-8.3320, -11.7744, -12.9762], [-8.1737, -12.0493, -13.2587], [-4.8839, -7.4063, -7.4257], [-4.3918, -6.6872, -7.4182]],
]  # fmt: skip
PAPER_COUNTS = [[-3.83096, -3.18181, -1.61718, -0.84550], [-3.79180, -3.17231, -1.62368, -0.86523]]

# Made with bpnet-lite 1.1.0 (BPNet of 6 filters and 3 layers, trimming 65), with the weights of tests/formula.py: every
# twentieth position, and its loss at count weight 3.
LITE = {"filters": 6, "layers": 3, "length": 170, "output_length": 40}
LITE_GIVES = {
    0: (
        [[[-0.44158, 0.11839], [1.9593, 0.62477]], [[-0.486, -0.60281], [0.99749, 1.45886]]],
        [[-0.92723], [-1.00592]],
        135.745,
    ),
    2: (
        [[[0.091, 0.11269], [-0.15631, -0.27985]], [[-0.10981, -0.23007], [-0.34995, -0.01048]]],
        [[-0.65049], [-0.72335]],
        114.8192,
    ),
}


def reads_by_formula(rows: int, tracks: int, length: int, every: int, of: int, below: int) -> torch.Tensor:
    return (torch.arange(rows * tracks * length).view(rows, tracks, length) * every % of < below).float()


def test_keras_gives_the_same():
    net = fill_by_formula(Net(zoo.configure("bpnet", changes=PAPER)))
    with torch.no_grad():
        for weight in (net.control_profile.weight, net.control_counts.weight):
            weight[1::2] = weight[::2]  # the authors share them between the strands
        out = net(seq=sequences_by_formula(2, 120), control=reads_by_formula(2, 2, 120, 7, 11, 2))
    torch.testing.assert_close(out["logits"][..., ::40], torch.tensor(PAPER_LOGITS), rtol=0, atol=2e-4)
    torch.testing.assert_close(out["log_counts"], torch.tensor(PAPER_COUNTS), rtol=0, atol=2e-5)


@pytest.mark.parametrize("controls", [0, 2])
def test_bpnet_lite_gives_the_same(controls):
    net = fill_by_formula(Net(zoo.configure("bpnet", variant="2114", changes=LITE | {"controls": controls})))
    inputs = {"seq": sequences_by_formula(2, 170)}
    if controls:
        inputs["control"] = reads_by_formula(2, 2, 170, 7, 11, 2)
    with torch.no_grad():
        out = net(**inputs)
    logits, log_counts, loss = LITE_GIVES[controls]
    torch.testing.assert_close(out["logits"][..., ::20], torch.tensor(logits), rtol=0, atol=2e-5)
    torch.testing.assert_close(out["log_counts"], torch.tensor(log_counts), rtol=0, atol=2e-5)
    task = Task(("+", "-"), (1, 0), 3.0)
    assert task.loss(out, reads_by_formula(2, 2, 40, 5, 7, 3)).item() == pytest.approx(loss, abs=1e-3)


@pytest.mark.parametrize(
    ("variant", "controls", "parameters"),
    # of 2114, what bpnet-lite counts; of base, four factors of 3,332 beside a body of 117,632
    [("base", 0, 130_960), ("2114", 0, 113_923), ("2114", 2, 114_224)],
)
def test_parameters(variant, controls, parameters):
    config = zoo.configure("bpnet", variant=variant, changes={"controls": controls})
    assert zoo.count_parameters("bpnet", config) == parameters


def test_successor_answers_for_the_middle_thousand():
    assert smallest_length(zoo.configure("bpnet", variant="2114")) == 2114


@pytest.mark.parametrize("extra", [2, 40])
def test_letters_further_out_change_nothing(extra):
    config = zoo.configure("bpnet", variant="2114", changes=LITE)
    net = fill_by_formula(Net(config))
    seq = sequences_by_formula(2, 170)
    around = F.pad(seq, (extra // 2, extra // 2))
    with torch.no_grad():
        plain, padded = net(seq=seq), net(seq=around)
    for key, values in plain.items():
        assert torch.equal(values, padded[key])


@pytest.mark.parametrize("variant", ["tiny", "2114"])
def test_controls_reach_both_heads_and_get_gradients(variant):
    changes = {"controls": 2, "length": 140, "output_length": 10, "layers": 2, "filters": 4}
    config = zoo.configure("bpnet", variant=variant, changes=changes)
    net, batch = zoo.create("bpnet", config, seed=1).eval(), example(config, rows=3)
    with torch.no_grad():
        before = net(**batch.inputs)
        after = net(seq=batch.inputs["seq"], control=2 * batch.inputs["control"])
        without = net(seq=batch.inputs["seq"])
        none = net(seq=batch.inputs["seq"], control=0 * batch.inputs["control"])
    assert all(not torch.equal(before[key], after[key]) for key in before)
    assert all(torch.equal(without[key], none[key]) for key in none)
    fit_task("profile", batch.targets.numpy(), ("a", "b", "c")).loss(net(**batch.inputs), batch.targets).backward()
    assert all(p.grad.abs().sum() > 0 for p in net.parameters())


def test_an_experiments_heads_start_as_layers_of_their_own():
    net = zoo.create("bpnet", zoo.configure("bpnet"))
    limit = (6 / (25 * (64 + 2))) ** 0.5  # Glorot's, for a layer of two tracks
    assert net.profile.weight.abs().max().item() == pytest.approx(limit, rel=0.01)
    assert all((layer.bias == 0).all() for layer in (net.enter, net.profile, net.counts))


def test_weight_of_the_counts_is_the_systems_or_the_datas():
    reads = example(zoo.configure("bpnet", variant="tiny"), rows=4).targets.numpy() * 100
    module = zoo.system_module("bpnet")
    weights = {}
    for variant in ("base", "2114"):
        known = module.task_fields(zoo.configure("bpnet", variant=variant))
        weights[variant] = fit_task("profile", reads, ("a", "b", "c"), **known).count_weight
    assert weights == {"base": 10.0, "2114": 300.0}
