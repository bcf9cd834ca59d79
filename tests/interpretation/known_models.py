"""Models whose attributions are known, and sequences to try them on."""

import numpy as np
import torch
from torch import Tensor, nn


def random_sequences(rows: int, length: int, *, seed: int = 0) -> Tensor:
    """Return one-hot DNA, shape (rows, 4, length)."""
    letters = np.random.default_rng(seed).integers(0, 4, (rows, length))
    return torch.eye(4)[torch.as_tensor(letters)].transpose(1, 2).contiguous()


class CountG(nn.Module):
    """The logit is the number of G."""

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        return {"logits": seq[:, 2].sum(-1, keepdim=True)}


class Logits(nn.Module):
    """Any network of sequences as a model."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        return {"logits": self.net(seq)}


class Matcher(nn.Module):
    """The best match of a word, beyond a threshold: a motif detector with weights set by hand."""

    def __init__(self, word: str, *, gain: float = 2.0, threshold: float = 2.0) -> None:
        super().__init__()
        self.conv = nn.Conv1d(4, 1, len(word))
        with torch.no_grad():
            self.conv.weight.fill_(-gain / 4)
            for place, letter in enumerate(word):
                self.conv.weight[0, "ACGT".index(letter), place] = gain / 2
            self.conv.bias.fill_(-gain / 2 * (len(word) - threshold))
        self.relu = nn.ReLU()

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        return {"logits": self.relu(self.conv(seq)).amax(-1)}


def small_cnn(activation: type[nn.Module], pool: nn.Module, *, length: int = 40, seed: int = 0) -> nn.Module:
    """Return a convolutional network with batch normalisation whose statistics are not trivial."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body = nn.Sequential(
            nn.Conv1d(4, 8, 7, padding=3), nn.BatchNorm1d(8), activation(), pool, nn.Conv1d(8, 8, 5), activation(),
            nn.Dropout(), nn.Flatten(),
        )  # fmt: skip
        width = body(random_sequences(1, length)).shape[1] if length else 0
        net = nn.Sequential(body, nn.Linear(width, 6), activation(), nn.Linear(6, 3))
        with torch.no_grad():
            for layer in (body[4], net[1], net[3]):  # so that differences are well above rounding
                layer.weight *= 4
        net.train()
        net(random_sequences(32, length, seed=9))
        return net.eval()
