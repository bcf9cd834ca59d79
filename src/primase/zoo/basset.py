"""Basset: three convolutions with batch normalisation and max-pooling, then two wide dense layers.

Published for DNase hypersensitivity of 600 bp in 164 cell types. The variant ``padded`` is the network that the
authors' repository builds today: every convolution keeps the length, and pooling keeps the incomplete last position.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from primase.core.batch import Batch, example_batch
from primase.core.card import Card, Result
from primase.core.errors import PrimaseError
from primase.core.plan import Plan

CARD = Card(
    name="basset",
    title="Basset",
    paper="Kelley, Snoek and Rinn, Basset: learning the regulatory code of the accessible genome with deep "
    "convolutional neural networks, Genome Research 2016",
    doi="10.1101/gr.200535.115",
    year=2016,
    family="convolutional",
    alphabets=("dna",),
    base_order="ACGT",
    tasks=("multilabel", "binary", "multiclass", "regression"),
    inputs={"seq": "(B, 4, 600) one-hot sequence"},
    outputs={"logits": "(B, 164) before the sigmoid: accessible in each cell type"},
    length=600,
    smallest_length=168,
    parameters=4135064,
    published_parameters=4135064,
    context="global",
    strands=1,
    deviations=(
        "The loss is the mean of the binary cross-entropy, the authors' its sum; RMSprop divides the scale out again.",
        (
            "The authors stop 10 epochs after the best mean AUC of the validation part and keep those weights; the "
            "plan does so on the validation loss."
        ),
        "The authors may train on alternate epochs of either strand (option -rc); the plan trains on the given one.",
        "Scales of the batch normalisation start at 1, in Torch7 between 0 and 1.",
        (
            "The authors' repository now pads each convolution and pools the incomplete last position, 4,735,064 "
            "parameters: that is the variant `padded`; the default is the network of the paper and of the published "
            "weights."
        ),
    ),
    code_licence="MIT",
    weights_licence="not stated",
    source="davek44/Basset, commit 71cd801: src/convnet.lua, src/basset_train.lua, data/models/pretrained_params.txt",
    results=(
        Result(
            metric="auroc",
            value=0.8944,
            data="mean over the 164 cell types, 71,886 random test sites",
            source="tutorials/test_eg/aucs.txt at commit 71cd801",
            status="verified",
        ),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network; the defaults are those of the published weights.

    Attributes
    ----------
    length, channels, outputs : int
        Of the data.
    filters, widths, pools : tuple of int
        Of the convolutions, one entry each.
    hidden : tuple of int
        Units of the dense layers.
    dropout : float
        After each dense layer.
    padded : bool
        Convolutions keep the length, and pooling the incomplete last position.
    """

    length: int = 600
    channels: int = 4
    outputs: int = 164
    filters: tuple[int, ...] = (300, 200, 200)
    widths: tuple[int, ...] = (19, 11, 7)
    pools: tuple[int, ...] = (3, 4, 4)
    hidden: tuple[int, ...] = (1000, 1000)
    dropout: float = 0.3
    padded: bool = False

    def __post_init__(self) -> None:
        if not len(self.filters) == len(self.widths) == len(self.pools):
            raise PrimaseError(
                f"basset has filters {self.filters}, widths {self.widths} and pools {self.pools}",
                fix="give one entry of each per convolution",
            )


VARIANTS = {
    "base": Config(),
    "padded": Config(padded=True),
    "tiny": Config(length=40, outputs=3, filters=(4, 4), widths=(5, 3), pools=(2, 2), hidden=(6,)),
}

PLAN = Plan(
    epochs=1000,
    batch_size=128,
    optimiser="rmsprop",
    learning_rate=2e-3,
    weight_decay=0.0,
    decay_rate=0.98,
    warmup=0.0,
    schedule="constant",
    clip=0.0,
    max_norm=7.0,
    patience=10,
    keep="best",
    reverse_complement="off",
    balance="none",
    precision="float32",
    shift=0,
)


def pooled_length(config: Config) -> int:
    """Return the positions that the last pooling leaves of `config.length` letters; 0 or less if there is none."""
    length = config.length
    for width, pool in zip(config.widths, config.pools, strict=True):
        length = -(-length // pool) if config.padded else (length - width + 1) // pool
    return length


def smallest_length(config: Config) -> int:
    """Return the shortest input that leaves one pooled position."""
    length = 1
    if not config.padded:
        for width, pool in zip(reversed(config.widths), reversed(config.pools), strict=True):
            length = length * pool + width - 1
    return length


class Net(nn.Module):
    """Convolutions with batch normalisation, ReLU and max-pooling, then dense layers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.body = nn.Sequential()
        channels = config.channels
        for filters, width, pool in zip(config.filters, config.widths, config.pools, strict=True):
            padding = "same" if config.padded else "valid"
            self.body.extend(
                [
                    nn.Conv1d(channels, filters, width, padding=padding),
                    nn.BatchNorm1d(filters),
                    nn.ReLU(),
                    nn.MaxPool1d(pool, ceil_mode=config.padded),
                ]
            )
            channels = filters
        self.body.append(nn.Flatten())
        features = channels * pooled_length(config)
        for units in config.hidden:
            self.body.extend([nn.Linear(features, units), nn.BatchNorm1d(units), nn.ReLU(), nn.Dropout(config.dropout)])
            features = units
        self.head = nn.Linear(features, config.outputs)

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        """Return ``logits`` (B, outputs) for `seq` (B, channels, length)."""
        return {"logits": self.head(self.body(seq))}


def example(config: Config, *, rows: int = 2) -> Batch:
    """Return the smallest legal batch: `rows` different sequences."""
    return example_batch(config.channels, config.length, outputs=config.outputs, task="multilabel", rows=rows)
