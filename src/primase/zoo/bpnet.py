"""BPNet: a motif layer, dilated convolutions whose results are added, then where reads lie and how many there are.

Published for ChIP-nexus reads of four factors on both strands of 1,000 bp. The variant ``2114`` is its successor as
bpnet-lite builds it: convolutions see letters only, no padding, so that 2,114 letters answer for the 1,000 in their
middle; and the tracks share one distribution and one number of reads.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from primase.core.batch import Batch, example_batch
from primase.core.card import Card
from primase.core.plan import Plan
from primase.core.tracks import crop_centre

CARD = Card(
    name="bpnet",
    title="BPNet",
    paper="Avsec et al., Base-resolution models of transcription-factor binding reveal soft motif syntax, Nature "
    "Genetics 2021",
    doi="10.1038/s41588-021-00782-6",
    year=2021,
    family="convolutional",
    alphabets=("dna",),
    base_order="ACGT",
    tasks=("profile",),
    inputs={
        "seq": "(B, 4, 1000) one-hot sequence",
        "control": "(B, 2, 1000) reads of a control experiment; only where `controls` is not 0",
    },
    outputs={
        "logits": "(B, 8, 1000) before the softmax over the positions: reads of four factors on two strands",
        "log_counts": "(B, 8) log(1 + reads) of each; in the variant `2114` (B, 1), of all tracks together",
    },
    length=1000,
    smallest_length=1000,
    parameters=130960,
    published_parameters=None,
    context="local",
    strands=1,
    deviations=(
        "The transposed convolutions of the profiles are written as plain ones, which compute the same.",
        (
            "With controls, each track has its own weights for them; the authors' code shares one set between the two "
            "strands of an experiment."
        ),
        (
            "The 50-bp window of the controls is a sum, as in the authors' code; the paper says average, a factor that "
            "its weight takes up."
        ),
        (
            "The variant `2114` draws its weights as bpnet-lite does, which trains with Adam at 0.001, batch 64, "
            "gradient norm 1, shifts of up to 128, and the rate halved after 5 epochs without progress: not the plan "
            "of this page."
        ),
        (
            "bpnet-lite weighs the counts by the mean number of reads per track, ChromBPNet by a tenth of the median "
            "number of reads: the variant `2114` does as ChromBPNet."
        ),
    ),
    code_licence="MIT",
    weights_licence="not stated",
    source="kundajelab/bpnet, commit 1c6e5c4 (branch v0-final_legacy): bpnet/models.py, layers.py, heads.py, "
    "losses.py, datasets.py, premade/bpnet9.gin, LICENSE; jmschrei/bpnet-lite, commit fa5bcf5 (MIT): "
    "bpnetlite/bpnet.py, losses.py; kundajelab/chrombpnet, commit ece97c9 (MIT)",
)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network; the defaults are those of the paper.

    Attributes
    ----------
    length, channels, outputs, output_length, controls : int
        Of the data: `outputs` tracks, predicted at `output_length` positions in the middle of the window, and tracks
        of a control experiment.
    filters, width : int
        Of the first convolution; the dilated ones have as many filters.
    layers : int
        Dilated convolutions, of dilation 2, 4, 8 and so on.
    profile_width : int
        Of the convolution that gives the profiles.
    padded : bool
        Convolutions keep the length; otherwise each is as much shorter as it is wide.
    shared : bool
        One distribution and one number of reads for all tracks together.
    count_weight : float
        Of the squared error of the log counts in the loss; 0 for what `primase.tasks.profile` finds in the data.
    """

    length: int = 1000
    channels: int = 4
    outputs: int = 8
    output_length: int = 1000
    controls: int = 0
    filters: int = 64
    width: int = 25
    layers: int = 9
    profile_width: int = 25
    padded: bool = True
    shared: bool = False
    count_weight: float = 10.0


VARIANTS = {
    "base": Config(),
    "2114": Config(
        length=2114, outputs=2, width=21, layers=8, profile_width=75, padded=False, shared=True, count_weight=0.0
    ),
    "tiny": Config(
        length=30, outputs=3, output_length=20, filters=8, width=5, layers=2, profile_width=5, count_weight=1.0
    ),
}

PLAN = Plan(
    epochs=200,
    batch_size=128,
    optimiser="adam",
    learning_rate=4e-3,
    weight_decay=0.0,
    warmup=0.0,
    schedule="constant",
    clip=0.0,
    patience=5,
    keep="best",
    reverse_complement="on",
    balance="none",
    precision="float32",
    shift=200,
)

WINDOW = 50  # positions over which the controls are added up, beside the reads themselves
STRANDS = 2  # tracks of an experiment in the authors' data


def smallest_length(config: Config) -> int:
    """Return the shortest input that has all positions."""
    if config.padded:
        return config.output_length
    dilated = 4 * (2**config.layers - 1)  # 2 x (2 + 4 + ... + 2^layers)
    return config.output_length + config.width - 1 + dilated + config.profile_width - 1


def task_fields(config: Config) -> dict[str, Any]:
    """Return what the system decides of its task."""
    return {"count_weight": config.count_weight} if config.count_weight else {}


class Net(nn.Module):
    """Convolution, dilated convolutions, a convolution for the profiles, a line for the counts."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.output_length, self.padded, self.shared = config.output_length, config.padded, config.shared
        self.controls = config.controls
        self.needed = smallest_length(config)
        padding = "same" if config.padded else "valid"
        self.enter = nn.Conv1d(config.channels, config.filters, config.width, padding=padding)
        self.dilated = nn.ModuleList(
            nn.Conv1d(config.filters, config.filters, 3, dilation=2**layer, padding=padding)
            for layer in range(1, config.layers + 1)
        )
        joined = config.controls if config.shared else 0
        self.profile = nn.Conv1d(config.filters + joined, config.outputs, config.profile_width, padding=padding)
        self.counts = nn.Linear(config.filters + bool(joined), 1 if config.shared else config.outputs)
        if config.controls and not config.shared:
            self.control_profile = nn.Conv1d(config.controls + 1, config.outputs, 1, bias=False)
            self.control_counts = nn.Linear(config.controls, config.outputs, bias=False)
        if not config.shared:
            self._start_as_keras()

    def forward(self, seq: Tensor, control: Tensor | None = None) -> dict[str, Tensor]:
        """Return ``logits`` (B, outputs, output_length) and ``log_counts`` (B, outputs) or (B, 1).

        Parameters
        ----------
        seq : Tensor, shape=(B, channels, length)
        control : Tensor, shape=(B, controls, length), optional
            Where the network has `controls`; without it as if no read of theirs lay here.
        """
        if control is None and self.controls:
            control = seq.new_zeros(len(seq), self.controls, seq.shape[-1])
        if not self.padded:  # letters further out are seen by nothing
            seq = crop_centre(seq, self.needed)
        x = torch.relu(self.enter(seq))
        for layer in self.dilated:
            found = torch.relu(layer(x))
            x = crop_centre(x, found.shape[-1]) + found
        summary = x.mean(-1)
        if control is not None and self.shared:
            control = crop_centre(control, x.shape[-1])
            x = torch.cat([x, control], 1)
            summary = torch.cat([summary, control.sum((1, 2))[:, None].log1p()], 1)
        logits, log_counts = self.profile(x), self.counts(summary)
        if control is not None and not self.shared:
            total = F.pad(control.sum(1, keepdim=True), ((WINDOW - 1) // 2, WINDOW // 2))
            tracks = torch.cat([control, F.avg_pool1d(total, WINDOW, 1) * WINDOW], 1)
            logits = logits + crop_centre(self.control_profile(tracks), logits.shape[-1])
            log_counts = log_counts + self.control_counts(control.sum(-1).log1p())
        return {"logits": crop_centre(logits, self.output_length), "log_counts": log_counts}

    def _start_as_keras(self) -> None:
        """Draw the weights as Keras does: Glorot, an experiment's strands being a layer of their own; no biases."""
        for layer in self.modules():
            if isinstance(layer, (nn.Conv1d, nn.Linear)):
                heads = layer in (self.profile, self.counts)
                for part in layer.weight.data.split(STRANDS if heads else len(layer.weight)):
                    nn.init.xavier_uniform_(part)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)


def example(config: Config, *, rows: int = 2) -> Batch:
    """Return the smallest legal batch: `rows` different windows."""
    batch = example_batch(
        config.channels,
        config.length,
        outputs=config.outputs,
        task="profile",
        rows=rows,
        output_length=config.output_length,
    )
    if config.controls:
        batch.inputs["control"] = torch.ones(rows, config.controls, config.length)
    return batch
