"""The two paths of tandem, how the first is solved and how they are weighed."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from primase import zoo
from primase.core.alphabet import one_hot_encode
from primase.core.batch import Batch
from primase.inference import predict_logits
from primase.tasks import fit_task
from primase.zoo import tandem

TINY = tandem.VARIANTS["tiny"]


def planted(rows: int = 300, length: int = 20, *, seed: int = 0, rc: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    """Return random sequences, every second one with GATA somewhere (or its reverse complement)."""
    rng = np.random.default_rng(seed)
    letters = rng.choice(list("ACGT"), (rows, length))
    for row in range(1, rows, 2):
        at = rng.integers(length - 4)
        letters[row, at : at + 4] = list("TATC" if rc and rng.random() < 0.5 else "GATA")
    seq = torch.from_numpy(one_hot_encode(["".join(row) for row in letters])).float()
    return seq, torch.arange(rows) % 2


def solved(seq, targets, **changes):
    strands = changes.pop("strands", 1)
    config = replace(TINY, length=seq.shape[-1], channels=seq.shape[1], longest=4, **changes)
    net = zoo.create("tandem", config)
    task = fit_task("binary", targets.numpy(), ("no", "yes"))
    tandem.prepare(net, Batch({"seq": seq}, targets), task, units=np.arange(len(seq)), strands=strands)
    return net, task


def linear(net, seq):
    with torch.no_grad():
        return net.eval().linear(net.features(seq))


def test_linear_path_is_counts_and_positions_times_weights():
    net, batch = zoo.create("tandem", TINY).eval(), tandem.example(TINY, rows=3)
    seq = batch.inputs["seq"]
    sequences = ["".join("ACGT"[code] for code in row.argmax(0)) for row in seq]
    weights = net.linear.weight[0].detach()
    words = ["".join(word) for size in (1, 2, 3) for word in product("ACGT", repeat=size)]
    for row, sequence in enumerate(sequences):
        count = [sum(sequence.startswith(word, at) for at in range(20)) for word in words]
        places = seq[row].flatten()
        expected = torch.tensor(count) * net.spread @ weights[:84] + places @ weights[84:] + net.linear.bias
        torch.testing.assert_close(linear(net, seq)[row], expected.detach(), rtol=1e-4, atol=1e-5)
    assert net.sizes == (84, 80, 0)


def test_solved_path_predicts_and_stays_as_it_is_in_training():
    seq, targets = planted()
    net, task = solved(seq, targets)
    fresh, labels = planted(seed=1)
    assert roc_auc_score(labels, linear(net, fresh)[:, 0]) > 0.9
    before = net.linear.weight.clone()
    optimiser = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], 0.1)
    task.loss(net.train()(seq), targets).backward()
    optimiser.step()
    assert torch.equal(net.linear.weight, before)
    assert all(p.grad is not None for tower in net.towers for p in tower.parameters())


def test_path_solved_for_both_strands_answers_alike_on_both():
    seq, targets = planted(rc=True)
    net, _ = solved(seq, targets, strands=2)
    weights = net.linear.weight[0, : net.count.features]
    words = ["".join(word) for size in range(1, 5) for word in product("ACGT", repeat=size)]
    other = [words.index(word.translate(str.maketrans("ACGT", "TGCA"))[::-1]) for word in words]
    torch.testing.assert_close(weights, weights[other], rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(linear(net, seq), linear(net, seq.flip(1, 2)), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("channels", "length"), [(7, 30), (20, 30), (23, 30), (4, 400), (4, 1100)])
def test_other_inputs_can_be_solved_and_trained(channels, length):
    generator = torch.Generator().manual_seed(0)
    seq = torch.zeros(24, channels, length)
    letters = torch.randint(tandem.letters_of(channels), (24, 1, length), generator=generator)
    seq.scatter_(1, letters, 1.0)
    net, task = solved(seq, torch.arange(24) % 2)
    assert (net.sizes[1] > 0, net.sizes[2] > 0) == (length < 600, length >= 300)
    loss = task.loss(net.train()(seq), torch.arange(24) % 2)
    loss.backward()
    assert loss.isfinite()


def test_every_row_is_dealt_to_one_tower_in_training():
    net, batch = zoo.create("tandem", TINY), tandem.example(TINY, rows=8)
    seen = []
    for number, tower in enumerate(net.towers):
        tower.register_forward_hook(lambda _m, inputs, _out, number=number: seen.append((number, len(inputs[0]))))
    net.train()(**batch.inputs)
    assert seen == [(0, 4), (1, 4)]
    seen.clear()
    net.eval()(**batch.inputs)
    assert seen == [(0, 8), (1, 8)]


@pytest.mark.parametrize("good", ["linear", "towers"])
def test_settling_trusts_the_path_that_is_right(good):
    seq, targets = planted()
    net, task = solved(seq, targets)
    if good == "towers":
        with torch.no_grad():
            net.linear.weight.normal_(generator=torch.Generator().manual_seed(0))
        optimiser = torch.optim.Adam(list(net.towers.parameters()), 0.01)
        for _ in range(60):
            optimiser.zero_grad()
            task.loss(net.train()(seq), targets).backward()
            optimiser.step()
    valid, labels = planted(seed=1)
    before = task.loss({"logits": predict_logits(net, valid)}, labels)
    tandem.settle(net, Batch({"seq": valid}, labels), task)
    share = net.gates.exp().detach()
    assert (share[0] > share[1]) == (good == "linear")
    assert task.loss({"logits": predict_logits(net, valid)}, labels) < before


@pytest.mark.parametrize("task_name", ["multiclass", "multilabel", "regression"])
def test_every_task_is_prepared_and_settled(task_name):
    seq, labels = planted(60)
    config = replace(TINY, outputs=3)
    net = zoo.create("tandem", config)
    targets = (
        labels + (torch.arange(60) % 3 == 0) if task_name == "multiclass" else torch.stack([labels.float()] * 3, 1)
    )
    if task_name != "multiclass":
        targets[::7, 1] = torch.nan
    task = fit_task(task_name, targets.numpy(), ("a", "b", "c"))
    batch = Batch({"seq": seq}, targets)
    tandem.prepare(net, batch, task, units=np.arange(60))
    tandem.settle(net, batch, task)
    assert all(value.isfinite().all() for value in net.state_dict().values())
