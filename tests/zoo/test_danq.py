"""DanQ against a forward pass written out in numpy, and the start of its weights against Keras' rules."""

import numpy as np
import torch
from scipy.special import expit

from primase import zoo

CONFIG = zoo.configure("danq", variant="tiny", changes={"length": 33, "outputs": 2})


def forward_in_numpy(state: dict[str, np.ndarray], seq: np.ndarray) -> np.ndarray:
    """Run one sequence (4, L) through the network, step by step."""
    weight, bias = state["motifs.0.weight"], state["motifs.0.bias"]
    width = weight.shape[2]
    found = np.stack(
        [(weight * seq[None, :, at : at + width]).sum((1, 2)) + bias for at in range(seq.shape[1] - width + 1)]
    )
    positions = len(found) // CONFIG.pool
    pooled = np.maximum(found[: positions * CONFIG.pool].reshape(positions, CONFIG.pool, -1).max(1), 0)
    strands = []
    for suffix, order in (("", range(positions)), ("_reverse", range(positions - 1, -1, -1))):
        h = c = np.zeros(CONFIG.units)
        out = np.zeros((positions, CONFIG.units))
        for at in order:
            gates = state[f"lstm.weight_ih_l0{suffix}"] @ pooled[at] + state[f"lstm.weight_hh_l0{suffix}"] @ h
            gates = gates + state[f"lstm.bias_ih_l0{suffix}"] + state[f"lstm.bias_hh_l0{suffix}"]
            enter, forget, cell, leave = np.split(gates, 4)
            c = expit(forget) * c + expit(enter) * np.tanh(cell)
            h = expit(leave) * np.tanh(c)
            out[at] = h
        strands.append(out)
    flat = np.concatenate(strands, 1).ravel()
    hidden = np.maximum(state["dense.2.weight"] @ flat + state["dense.2.bias"], 0)
    return state["head.weight"] @ hidden + state["head.bias"]


def test_forward_is_the_written_out_one():
    net = zoo.create("danq", CONFIG, seed=5).eval()
    state = {key: tensor.double().numpy() for key, tensor in net.state_dict().items()}
    seq = zoo.system_module("danq").example(CONFIG, rows=3).inputs["seq"]
    with torch.no_grad():
        logits = net(seq=seq)["logits"].numpy()
    np.testing.assert_allclose(logits, [forward_in_numpy(state, row) for row in seq.numpy()], atol=1e-6)


def test_weights_start_as_in_keras():
    net = zoo.create("danq", zoo.configure("danq", changes={"filters": 40, "units": 32, "hidden": 8}))
    units, lstm = 32, dict(net.lstm.named_parameters())
    assert net.motifs[0].weight.abs().max() <= 0.05
    for direction in ("", "_reverse"):
        bias = lstm[f"bias_ih_l0{direction}"] + lstm[f"bias_hh_l0{direction}"]
        expected = torch.zeros(4, units)
        expected[1] = 1  # the forget gate, second of torch's four
        torch.testing.assert_close(bias.detach().view(4, units), expected)
        for gate in lstm[f"weight_hh_l0{direction}"].detach().view(4, units, units):
            torch.testing.assert_close(gate @ gate.T, torch.eye(units), rtol=0, atol=1e-5)
        limit = (6 / (40 + units)) ** 0.5  # Glorot of one gate, not of the four stacked
        largest = lstm[f"weight_ih_l0{direction}"].abs().max()
        assert 0.95 * limit < largest <= limit


def test_training_and_eval_gradients_agree_without_dropout():
    config = zoo.configure("danq", variant="tiny", changes={"pool_dropout": 0.0, "lstm_dropout": 0.0})
    net = zoo.create("danq", config)
    seq = zoo.system_module("danq").example(config).inputs["seq"]
    gradients = []
    for training in (True, False):
        x = seq.clone().requires_grad_()
        net.train(training)(seq=x)["logits"].sum().backward()
        gradients.append(x.grad)
    torch.testing.assert_close(*gradients)
