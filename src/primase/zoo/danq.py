"""DanQ: a convolution finds motifs, a bidirectional LSTM reads their order, dense layers answer.

Published for 919 chromatin features of the 200 bp in the middle of 1,000 bp. The variant ``jaspar`` is the larger
network of the paper (DanQ-JASPAR), whose detectors the authors start from known motifs.
"""

from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from primase.core.batch import Batch, example_batch
from primase.core.card import Card, Result
from primase.core.plan import Plan

CARD = Card(
    name="danq",
    title="DanQ",
    paper="Quang and Xie, DanQ: a hybrid convolutional and recurrent deep neural network for quantifying the function "
    "of DNA sequences, Nucleic Acids Research 2016",
    doi="10.1093/nar/gkw226",
    year=2016,
    family="convolutional-recurrent",
    alphabets=("dna",),
    base_order="AGCT",
    tasks=("multilabel", "binary", "multiclass", "regression"),
    inputs={"seq": "(B, 4, 1000) one-hot sequence; rows ACGT, where the authors' files have AGCT"},
    outputs={"logits": "(B, 919) before the sigmoid: each chromatin feature"},
    length=1000,
    smallest_length=38,
    parameters=46929039,
    published_parameters=46926479,
    context="global",
    strands=2,
    deviations=(
        (
            "46,929,039 parameters, 46,926,479 in Keras: PyTorch gives each direction of the LSTM two bias vectors "
            "where Keras has one, 2 x 1,280 more."
        ),
        "The gates of the LSTM are sigmoids; the authors' version of Keras used a piecewise linear one (hard sigmoid).",
        "RMSprop adds 1e-8 to the root, the authors' version of Keras 1e-6 to what is under it.",
        (
            "In the variant `jaspar` the detectors start at random; the authors start about half of the 1,024 from "
            "JASPAR matrices at random offsets."
        ),
        (
            "Averaging both strands when predicting is from the paper's evaluation, remembered and not read; the "
            "training data of the authors hold both strands of every sequence."
        ),
    ),
    code_licence="free for non-commercial applications; no code of theirs is used here",
    weights_licence="not stated",
    source="uci-cbcl/DanQ, commit 98341e0: DanQ_train.py, DanQ-JASPAR_train.py, LICENSE, aucs.txt",
    results=(
        Result(
            metric="auroc",
            value=0.93837,
            data="mean over the features of the DeepSEA test part (chromosomes 8 and 9, 455,024 sequences)",
            source="computed from aucs.txt at commit 98341e0",
            status="verified",
        ),
        Result(
            metric="average_precision",
            value=0.37089,
            data="mean over the features of the DeepSEA test part",
            source="computed from aucs.txt at commit 98341e0",
            status="verified",
        ),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network; the defaults are those of the paper.

    Attributes
    ----------
    length, channels, outputs : int
        Of the data.
    filters, width, pool : int
        Of the convolution and its max-pooling.
    pool_dropout : float
        After the pooling.
    units : int
        Of the LSTM, per direction.
    lstm_dropout : float
        After the LSTM.
    hidden : int
        Units of the dense layer.
    """

    length: int = 1000
    channels: int = 4
    outputs: int = 919
    filters: int = 320
    width: int = 26
    pool: int = 13
    pool_dropout: float = 0.2
    units: int = 320
    lstm_dropout: float = 0.5
    hidden: int = 925


VARIANTS = {
    "base": Config(),
    "jaspar": Config(filters=1024, width=30, pool=15, units=512),
    "tiny": Config(length=40, outputs=3, filters=4, width=6, pool=5, units=3, hidden=6),
}

PLAN = Plan(
    epochs=60,
    batch_size=100,
    optimiser="rmsprop",
    learning_rate=1e-3,
    weight_decay=0.0,
    decay_rate=0.9,
    warmup=0.0,
    schedule="constant",
    clip=0.0,
    patience=5,
    keep="best",
    reverse_complement="on",
    balance="none",
    precision="float32",
    shift=0,
)


def smallest_length(config: Config) -> int:
    """Return the shortest input that leaves one pooled position."""
    return config.width + config.pool - 1


class Net(nn.Module):
    """Conv1d, max-pool, bidirectional LSTM, dense, dense."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        positions = (config.length - config.width + 1) // config.pool
        self.motifs = nn.Sequential(
            nn.Conv1d(config.channels, config.filters, config.width),
            nn.ReLU(),
            nn.MaxPool1d(config.pool),
            nn.Dropout(config.pool_dropout),
        )
        self.lstm = nn.LSTM(config.filters, config.units, batch_first=True, bidirectional=True)
        self.dense = nn.Sequential(
            nn.Dropout(config.lstm_dropout),
            nn.Flatten(),
            nn.Linear(positions * 2 * config.units, config.hidden),
            nn.ReLU(),
        )
        self.head = nn.Linear(config.hidden, config.outputs)
        self._start_as_keras()

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        """Return ``logits`` (B, outputs) for `seq` (B, channels, length)."""
        motifs = self.motifs(seq).transpose(1, 2)
        # cuDNN's LSTM has gradients in training mode only, and attributions need them in eval mode
        explained = torch.is_grad_enabled() and not self.training
        with torch.backends.cudnn.flags(enabled=False) if explained else nullcontext():
            read, _ = self.lstm(motifs)
        return {"logits": self.head(self.dense(read))}

    def _start_as_keras(self) -> None:
        """Draw the weights as the authors' version of Keras did."""
        nn.init.uniform_(self.motifs[0].weight, -0.05, 0.05)
        nn.init.zeros_(self.motifs[0].bias)
        for layer in (self.dense[2], self.head):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
        for name, parameter in self.lstm.named_parameters():
            for gate, part in enumerate(parameter.data.chunk(4)):  # input, forget, cell, output
                if "bias" in name:
                    # the two bias vectors are added: the forget gate starts open by the first alone
                    nn.init.constant_(part, float(gate == 1 and "_ih_" in name))
                elif "_ih_" in name:
                    nn.init.xavier_uniform_(part)
                else:
                    nn.init.orthogonal_(part)


def example(config: Config, *, rows: int = 2) -> Batch:
    """Return the smallest legal batch: `rows` different sequences."""
    return example_batch(config.channels, config.length, outputs=config.outputs, task="multilabel", rows=rows)
