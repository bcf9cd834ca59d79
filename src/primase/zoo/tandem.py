"""Tandem, primase's own system for small and middling data: two paths to one answer.

The first path is linear: counts of all k-mers, and every letter at its position. `prepare` solves it to the optimum
before training, its penalty chosen by grouped inner folds. The second is a handful of small convolutional towers with
residual dilated blocks, pooled over the sequence and also read place by place; in training each row is dealt to one of
them. `settle` weighs the paths on the validation part: where the towers have too little to learn from, the answer is
that of a good linear model.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from primase.core.batch import Batch, example_batch
from primase.core.card import Card
from primase.core.plan import Plan
from primase.nn.frames import OpenFrames
from primase.nn.kmers import KmerCounts
from primase.nn.penalised import solve_penalised

CARD = Card(
    name="tandem",
    title="Tandem",
    paper="primase's own: a linear path over k-mers and positions beside convolutional towers",
    doi="",
    year=2026,
    family="linear and convolutional",
    alphabets=("dna", "rna", "protein"),
    base_order="ACGT",
    tasks=("binary", "multiclass", "multilabel", "regression"),
    inputs={"seq": "(B, 4, 200) one-hot sequence"},
    outputs={"logits": "(B, 1) weighted sum of the paths"},
    length=200,
    smallest_length=1,
    parameters=171075,
    published_parameters=None,
    context="global",
    code_licence="Apache-2.0",
    weights_licence="none published",
)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network.

    Attributes
    ----------
    length, channels, outputs : int
        Of the data; channels beyond the letters (a structure) are seen by the positions and the towers.
    longest : int
        Letters of the longest k-mer, 1 to 6; never more than 2 for proteins.
    towers : int
        Convolutional networks, averaged.
    filters, width : int
        Of the first convolution (an even width is one more); the blocks keep the number.
    pool : int
        Letters per pooled position; more for long sequences, so that no more than `positions` remain.
    positions : int
        Most pooled positions.
    blocks : int
        Residual blocks, with dilations 1, 2, 4 ...
    readers : int
        Channels that are read at each pooled position, beside mean and maximum over all.
    dropout, head_dropout : float
        Inside the blocks, and before the last layer.
    """

    length: int = 200
    channels: int = 4
    outputs: int = 1
    longest: int = 6
    towers: int = 3
    filters: int = 64
    width: int = 15
    pool: int = 4
    positions: int = 128
    blocks: int = 2
    readers: int = 8
    dropout: float = 0.2
    head_dropout: float = 0.4


VARIANTS = {
    "base": Config(),
    "tiny": Config(length=20, longest=3, towers=2, filters=8, width=5, blocks=1, readers=2),
}

# Measured on the sets of the results page: 192 rows a step are 64 for each of three towers.
PLAN = Plan(
    epochs=45,
    batch_size=192,
    learning_rate=2e-3,
    weight_decay=0.5,
    warmup=0.1,
    patience=12,
    average=0.99,
    shift=0,  # the linear path is solved on sequences as they stand
)

# Tried for k-mers, positions and open frames: the few frames must stand against thousands of k-mers.
SCALES = ((1.0, 0.0, 10.0), (1.0, 1.0, 10.0), (0.3, 1.0, 10.0), (0.0, 1.0, 0.0))
CODING = 300  # letters from which open reading frames are looked at
PLACED = 600  # letters up to which each position has weights of its own
LEAST = 4  # rows that a tower is dealt
LONG = 1000  # letters beyond which the first convolution looks at every fourth position
GATES = (0.5, 0.75)  # weights of the paths that `settle` begins from, about the median of those it found


def smallest_length(config: Config) -> int:
    """Return 1: the towers pad what is shorter than two pooled positions."""
    del config
    return 1


def letters_of(channels: int) -> int:
    """Return how many of the channels are letters: 4 or 20, and the rest a structure."""
    return 20 if channels >= 20 else min(channels, 4)


class Block(nn.Module):
    """Residual block: normalise, GELU, dilated convolution, normalise, GELU, mix."""

    def __init__(self, filters: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.BatchNorm1d(filters), nn.GELU())
        self.conv = nn.Conv1d(filters, filters, 5, padding=2 * dilation, dilation=dilation, bias=False)
        self.leave = nn.Sequential(nn.BatchNorm1d(filters), nn.GELU(), nn.Dropout(dropout))
        self.mix = nn.Conv1d(filters, filters, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, filters, L) for `x` of that shape."""
        return x + self.mix(self.leave(self.conv(self.enter(x))))


class Tower(nn.Module):
    """Convolution, pooling, residual blocks, and a head that reads means, maxima and positions."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        filters = config.filters
        step = 1 if config.length <= LONG else 4
        pool = max(config.pool // step, math.ceil(config.length / (step * config.positions)))
        self.places = max(2, math.ceil(config.length / (step * pool)))  # two at least, for batch normalisation
        self.padding = self.places * step * pool - config.length
        half = config.width // 2
        self.stem = nn.Conv1d(config.channels, filters, 2 * half + 1, stride=step, padding=half, bias=False)
        self.enter = nn.Sequential(nn.BatchNorm1d(filters), nn.GELU(), nn.MaxPool1d(pool), nn.Dropout1d(0.1))
        self.blocks = nn.Sequential(*[Block(filters, 2**i, config.dropout) for i in range(config.blocks)])
        self.leave = nn.Sequential(nn.BatchNorm1d(filters), nn.GELU())
        self.read = nn.Conv1d(filters, config.readers, 1)
        self.dropout = nn.Dropout(config.head_dropout)
        self.head = nn.Linear(2 * filters + config.readers * self.places, config.outputs)
        nn.init.normal_(self.head.weight, std=0.02)

    def forward(self, seq: Tensor) -> Tensor:
        """Return (B, outputs) for `seq` (B, channels, length)."""
        x = self.leave(self.blocks(self.enter(self.stem(F.pad(seq, (0, self.padding))))))
        summary = torch.cat([x.mean(-1), x.amax(-1), self.read(x).flatten(1)], 1)
        return self.head(self.dropout(summary))


class Net(nn.Module):
    """A linear path and towers, weighed."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.letters = letters_of(config.channels)
        longest = min(config.longest, 2 if self.letters == 20 else 6)
        self.count = KmerCounts(self.letters, longest)
        sizes = [self.letters**k for k in range(1, longest + 1)]
        # the inverse of a count's spread in random sequences, so that unsolved weights meet features of unit size
        spread = torch.cat([torch.full((size,), (size / config.length) ** 0.5) for size in sizes])
        self.register_buffer("spread", spread, persistent=False)
        self.frames = OpenFrames() if self.letters == 4 and config.length >= CODING else None
        extra = self.frames.features if self.frames else 0
        placed = config.channels * config.length if config.length <= PLACED else 0
        self.sizes = (self.count.features, placed, extra)
        self.linear = nn.Linear(sum(self.sizes), config.outputs)
        nn.init.normal_(self.linear.weight, std=1e-3)
        self.towers = nn.ModuleList([Tower(config) for _ in range(config.towers)])
        self.gates = nn.Parameter(torch.tensor(GATES).log())
        self.offset = nn.Parameter(torch.zeros(config.outputs))

    def features(self, seq: Tensor) -> Tensor:
        """Return the features of the linear path, (B, F): scaled counts, each channel at each position, open frames."""
        letters = seq[:, : self.letters]
        parts = [self.count(letters) * self.spread]
        if self.sizes[1]:
            parts.append(seq.flatten(1))
        if self.frames:
            parts.append(self.frames(letters))
        return torch.cat(parts, 1)

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        """Return ``logits`` (B, outputs) for `seq` (B, channels, length).

        In training each row is dealt to one tower; and once the linear path is solved, the logits are those of the
        towers alone: a path that knows the training rows by heart would leave them nothing to learn.
        """
        if not self.training:
            return {"logits": self.weigh(self.linear(self.features(seq)), self.average(seq))}
        dealt = min(len(self.towers), max(1, len(seq) // LEAST))
        parts = zip(self.towers, seq.tensor_split(dealt), strict=False)
        answers = torch.cat([tower(part) for tower, part in parts])
        if not self.linear.weight.requires_grad:
            return {"logits": answers}
        return {"logits": self.weigh(self.linear(self.features(seq)), answers)}

    def average(self, seq: Tensor) -> Tensor:
        """Return the mean logits of the towers, (B, outputs)."""
        return torch.stack([tower(seq) for tower in self.towers]).mean(0)

    def weigh(self, linear: Tensor, towers: Tensor) -> Tensor:
        """Return the weighted sum of the paths' logits."""
        gates = self.gates.exp()
        return gates[0] * linear + gates[1] * towers + self.offset


def prepare(net: Net, batch: Batch, task: Any, *, units: np.ndarray, strands: int = 1, seed: int = 0) -> None:
    """Solve the linear path on the training rows and freeze it.

    Scale of the k-mers against the positions, and penalty, are those with the lowest loss on held-out units.

    Parameters
    ----------
    net : Net
        Changed in place.
    batch : Batch
        The training rows.
    task : Task
        Owns the loss.
    units : ndarray, shape=(N,), int64
        Cluster or group of each row.
    strands : int
        2 where the other strand is as good a reading; the path then answers alike on both (DNA only).
    seed : int
        Of the inner folds.
    """
    with torch.no_grad():
        features = torch.cat([_features(net, part, strands).cpu() for part in batch.inputs["seq"].split(256)])
    sizes = torch.tensor(net.sizes)
    tried = SCALES if net.sizes[1] else SCALES[:1]
    scales = [torch.tensor(scale).repeat_interleave(sizes) for scale in tried]
    found = solve_penalised(
        features,
        batch.targets.cpu(),
        units,
        lambda logits, *rest: task.loss({"logits": logits}, *rest),
        scales,
        weights=None if batch.weights is None else batch.weights.cpu(),
        outputs=net.linear.out_features,
        seed=seed,
    )
    with torch.no_grad():
        net.linear.weight.copy_(found[:, :-1])
        net.linear.bias.copy_(found[:, -1])
    net.linear.requires_grad_(requires_grad=False)


def _features(net: Net, seq: Tensor, strands: int) -> Tensor:
    """Return the features of the linear path, averaged over the strands: rows A C G T, turned both ways."""
    return net.features(seq) if strands == 1 else (net.features(seq) + net.features(seq.flip(1, 2))) / 2


def settle(net: Net, batch: Batch, task: Any) -> None:
    """Weigh the paths, once trained, so that the loss on the validation rows in `batch` is least.

    A weak pull towards `GATES` decides where the rows are few.
    """
    net.eval()
    with torch.no_grad():
        parts = batch.inputs["seq"].split(256)
        linear = torch.cat([net.linear(net.features(part)) for part in parts])
        towers = torch.cat([net.average(part) for part in parts])
    free = [net.gates, net.offset]
    optimiser = torch.optim.LBFGS(free, max_iter=100, line_search_fn="strong_wolfe")
    usual = net.gates.new_tensor(GATES).log()

    def closure() -> Tensor:
        loss = task.loss({"logits": net.weigh(linear, towers)}, batch.targets, batch.weights)
        loss = loss + (net.gates - usual).square().sum() / len(linear)
        for parameter, slope in zip(free, torch.autograd.grad(loss, free), strict=True):
            parameter.grad = slope
        return loss

    optimiser.step(closure)
    for parameter in free:
        parameter.grad = None


def example(config: Config, *, rows: int = 2) -> Batch:
    """Return the smallest legal batch: `rows` different sequences."""
    return example_batch(config.channels, config.length, outputs=config.outputs, task="binary", rows=rows)
