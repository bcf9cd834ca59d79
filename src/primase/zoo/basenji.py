"""Basenji: convolutions and pooling down to bins of 128 bp, dilated convolutions across 131 kb, one line per track.

Published for 4,229 tracks of coverage. Each dilated layer sees all before it (their channels are joined). The variant
``small`` is the network of the authors' tutorial, of the form that their program builds today: GELU, and dilated
layers whose result is added.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from primase.core.batch import Batch, example_batch
from primase.core.card import Card, Result
from primase.core.errors import PrimaseError
from primase.core.plan import Plan
from primase.core.tracks import crop_centre

CARD = Card(
    name="basenji",
    title="Basenji",
    paper="Kelley et al., Sequential regulatory activity prediction across chromosomes with convolutional neural "
    "networks, Genome Research 2018",
    doi="10.1101/gr.227819.117",
    year=2018,
    family="convolutional",
    alphabets=("dna",),
    base_order="ACGT",
    tasks=("counts",),
    inputs={"seq": "(B, 4, 131072) one-hot sequence"},
    outputs={
        "logits": "(B, 4229, 960) coverage of each track in bins of 128 bp, before the exp-linear; the window's outer "
        "32 bins on each side are left out"
    },
    length=131072,
    smallest_length=122880,
    parameters=15190636,
    published_parameters=None,
    context="local",
    strands=1,
    deviations=(
        "The loss leaves out the part that depends on the targets alone, which the authors' program of 2018 reports.",
        "Adam's decay rates are 0.9 and 0.999, the authors' 0.97 and 0.98; its epsilon is 1e-7, TensorFlow's was 1e-8.",
        (
            "The authors train until the validation loss has not fallen for 25 epochs; their program may show "
            "the strands in turn and shift sequences, and whether it did for the paper is not in the files read: the "
            "plan does neither."
        ),
        (
            "The variant `small` has 109,235 trainable parameters, 111,011 as Keras counts the batch normalisation's "
            "means and variances among them; its authors train by SGD (rate 0.1, momentum 0.99), batch 4, gradient "
            "norm 2, with both strands and shifts of up to 3, which is not the plan of this page."
        ),
    ),
    code_licence="Apache-2.0",
    weights_licence="not stated",
    source="calico/basenji, commit 74b8671: manuscripts/genome_research2018/params.txt, "
    "tutorials/models/params_small.json, tutorials/train_test.ipynb, basenji/blocks.py; commit 5961117 (May 2018): "
    "basenji/seqnn.py, basenji/layers.py, basenji/params.py",
    results=(
        Result(
            metric="bin_pearson_r",
            value=0.5476,
            data="variant small: mean over three CAGE tracks (heart_l131k), 45 test batches",
            source="saved output of tutorials/train_test.ipynb at commit 74b8671",
            status="verified",
        ),
        Result(
            metric="poisson_nll",
            value=0.3362,
            data="variant small: three CAGE tracks (heart_l131k), 45 test batches",
            source="saved output of tutorials/train_test.ipynb at commit 74b8671",
            status="verified",
        ),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network; the defaults are those of the paper.

    Attributes
    ----------
    length, channels, outputs, output_length : int
        Of the data; `output_length` bins in the middle of the window are predicted.
    filters, widths, pools : tuple of int
        Of the first convolutions, one entry each; the product of `pools` is the size of a bin.
    dropout : float
        After each of them.
    dilated : int
        Filters of each dilated convolution.
    rates : tuple of int
        Their dilation, one entry each.
    dilated_dropout : float
        After each of them.
    last : int
        Filters of the last convolution.
    last_dropout : float
        After it.
    residual : bool
        The form of the authors' program today: GELU, and dilated layers widened back and added.
    activation : str
        What turns a logit into an expected count: ``exp_linear`` or ``softplus``.
    """

    length: int = 131072
    channels: int = 4
    outputs: int = 4229
    output_length: int = 960
    filters: tuple[int, ...] = (312, 368, 435, 514, 607, 717)
    widths: tuple[int, ...] = (22, 1, 6, 6, 6, 3)
    pools: tuple[int, ...] = (1, 2, 4, 4, 4, 1)
    dropout: float = 0.05
    dilated: int = 108
    rates: tuple[int, ...] = (2, 4, 8, 16, 32, 64)
    dilated_dropout: float = 0.1
    last: int = 1365
    last_dropout: float = 0.05
    residual: bool = False
    activation: Literal["exp_linear", "softplus"] = "exp_linear"

    def __post_init__(self) -> None:
        if not len(self.filters) == len(self.widths) == len(self.pools):
            raise PrimaseError(
                f"basenji has filters {self.filters}, widths {self.widths} and pools {self.pools}",
                fix="give one entry of each per convolution",
            )


VARIANTS = {
    "base": Config(),
    "small": Config(
        outputs=3,
        output_length=1024,
        filters=(64, 64, 72),
        widths=(15, 5, 5),
        pools=(8, 4, 4),
        dropout=0.0,
        dilated=32,
        rates=(1, 2, 4, 8, 16, 32),
        dilated_dropout=0.25,
        last=64,
        residual=True,
        activation="softplus",
    ),
    "tiny": Config(
        length=64,
        outputs=3,
        output_length=12,
        filters=(12, 12),
        widths=(6, 3),
        pools=(2, 2),
        dilated=8,
        rates=(2, 4),
        last=24,
    ),
}

PLAN = Plan(
    epochs=1000,
    batch_size=2,
    optimiser="adam",
    learning_rate=2.063e-3,
    weight_decay=0.0,
    warmup=0.0,
    schedule="constant",
    clip=1.0,
    patience=25,
    keep="best",
    reverse_complement="off",
    balance="none",
    precision="float32",
    shift=0,
)


def bin_size(config: Config) -> int:
    """Return the letters per bin."""
    return math.prod(config.pools)


def with_bin(config: Config, size: int) -> Config:
    """Return the configuration with bins of `size` letters: its factors are dealt to the pools, the larger ones first.

    Examples
    --------
    >>> with_bin(VARIANTS["small"], 128).pools, with_bin(VARIANTS["small"], 50).pools
    ((8, 4, 4), (5, 5, 2))
    """
    pools, left = [1] * len(config.pools), size
    factors = []
    for factor in range(2, size + 1):
        while left % factor == 0:
            factors.append(factor)
            left //= factor
    for factor in reversed(factors):
        pools[pools.index(min(pools))] *= factor
    return config if bin_size(config) == size else replace(config, pools=tuple(pools))


def smallest_length(config: Config) -> int:
    """Return the shortest input that has all bins."""
    return config.output_length * bin_size(config)


def task_fields(config: Config) -> dict[str, Any]:
    """Return what the system decides of its task."""
    return {"activation": config.activation}


class Net(nn.Module):
    """Convolutions with pooling, dilated convolutions that are joined or added, and one line per track."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.output_length, self.residual = config.output_length, config.residual
        act = (lambda: nn.GELU("tanh")) if config.residual else nn.ReLU
        self.body, channels = nn.Sequential(), config.channels
        for filters, width, pool in zip(config.filters, config.widths, config.pools, strict=True):
            block = _block(act(), channels, filters, width, dropout=config.dropout)
            self.body.append(nn.Sequential(*block, nn.MaxPool1d(pool)))
            channels = filters
        self.dilated = nn.ModuleList()
        for rate in config.rates:
            if config.residual:
                block = _block(act(), channels, config.dilated, 3, rate=rate)
                block += _block(act(), config.dilated, channels, 1, dropout=config.dilated_dropout)
            else:
                block = _block(act(), channels, config.dilated, 3, rate=rate, dropout=config.dilated_dropout)
                channels += config.dilated
            self.dilated.append(nn.Sequential(*block))
        self.last = nn.Sequential(*_block(act(), channels, config.last, 1, dropout=config.last_dropout), act())
        self.head = nn.Conv1d(config.last, config.outputs, 1)
        self._start()

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        """Return ``logits`` (B, outputs, output_length) for `seq` (B, channels, length)."""
        x = self.body(seq)
        for block in self.dilated:
            x = x + block(x) if self.residual else torch.cat([x, block(x)], 1)
        return {"logits": self.head(crop_centre(self.last(x), self.output_length))}

    def _start(self) -> None:
        """Draw the weights as the authors: Glorot, or He (of normal numbers cut at two deviations) in today's form."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv1d):
                if self.residual:
                    # 0.8796: the deviation of a normal number cut at two, by which Keras divides
                    deviation = math.sqrt(2 / layer.weight[0].numel()) / 0.87962566103423978
                    nn.init.trunc_normal_(layer.weight, std=deviation, a=-2 * deviation, b=2 * deviation)
                else:
                    nn.init.xavier_uniform_(layer.weight)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        if self.residual:  # each dilated layer begins as nothing
            for block in self.dilated:
                norms = [layer for layer in block.modules() if isinstance(layer, nn.BatchNorm1d)]
                nn.init.zeros_(norms[-1].weight)


def _block(
    act: nn.Module, channels: int, filters: int, width: int, *, rate: int = 1, dropout: float = 0.0
) -> list[nn.Module]:
    """Return activation, convolution that keeps the length, batch normalisation, dropout."""
    reach = rate * (width - 1)
    layers, padding = [act], reach // 2
    if reach % 2:  # an even width reaches one letter further to the right, as in TensorFlow
        layers, padding = [act, nn.ConstantPad1d((reach // 2, reach // 2 + 1), 0.0)], 0
    return [
        *layers,
        nn.Conv1d(channels, filters, width, dilation=rate, padding=padding, bias=False),
        nn.BatchNorm1d(filters, eps=1e-3, momentum=0.1),
        nn.Dropout(dropout),
    ]


def example(config: Config, *, rows: int = 2) -> Batch:
    """Return the smallest legal batch: `rows` different windows."""
    return example_batch(
        config.channels,
        config.length,
        outputs=config.outputs,
        task="counts",
        rows=rows,
        output_length=config.output_length,
    )
