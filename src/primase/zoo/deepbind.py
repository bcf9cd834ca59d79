"""DeepBind: motif detectors, pooled over the whole sequence, then a line or one hidden layer.

Sixteen detectors slide over the sequence, padded with "N" on both sides so that a motif may stick out; each adds its
threshold, is rectified and gives its maximum (and, where asked, its mean) over all offsets. N counts as a quarter of
each letter. With ``scan`` the network is asked about every stretch of `width` letters and answers with the highest
score: so the published predictors are applied to longer sequences.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from primase.core.batch import Batch, example_batch
from primase.core.card import Card, Result
from primase.core.plan import Plan

CARD = Card(
    name="deepbind",
    title="DeepBind",
    paper="Alipanahi et al., Predicting the sequence specificities of DNA- and RNA-binding proteins by deep learning, "
    "Nature Biotechnology 2015",
    doi="10.1038/nbt.3300",
    year=2015,
    family="convolutional",
    alphabets=("dna", "rna"),
    base_order="ACGT",
    tasks=("binary", "multiclass", "multilabel", "regression"),
    inputs={"seq": "(B, 4, 101) one-hot sequence; leading and trailing N are padding, whatever their number"},
    outputs={"logits": "(B, 1) binding score"},
    length=101,
    smallest_length=1,
    parameters=2129,
    published_parameters=2129,
    context="global",
    strands=2,
    strand_pool="max",
    deviations=(
        (
            "The authors draw 30 settings at random, cross-validate them and keep the best of six final runs; the "
            "plan holds the middle of each range: rate 0.005 of 0.0005 to 0.05, momentum 0.98 of 0.95 to 0.99, "
            "dropout 0.25 of 0, 0.25 and 0.5, weight decay 3e-7 of 1e-10 to 1e-3."
        ),
        (
            "The authors train for 20,000 steps of 64 sequences, the plan for 60 epochs; their weight decay begins at "
            "step 100, the plan's at the first."
        ),
        (
            "In training the authors score both strands of a sequence and learn from the better one; the plan shows "
            "one strand, drawn at random, and prediction keeps the better score."
        ),
        (
            "The authors start detectors at a scale of 1e-7 to 1e-3 and dense weights at 1e-5 to 1e-2; here both "
            "start at the scale of their fan-in, from which every run trains."
        ),
        (
            "The official program leaves out the last stretch of a longer sequence, the repository's later one does "
            "not; converted models of one strand do as the first (the README's scores need it), those of both strands "
            "as the second (its AUROCs need it)."
        ),
        "The official program counts N at the ends of a sequence as letters; here they are padding.",
    ),
    code_licence="BSD 3-Clause",
    weights_licence="BSD 3-Clause",
    source="kundajelab/deepbind, commit 714d552 (predictor 0.1 and its 927 parameter files); "
    "jisraeli/DeepBind, commit a9bbf5f (training)",
    results=(
        Result(
            metric="auroc",
            value=0.9638,
            data="regulatory/deepbind_encode_chip, median of the ten *_B files, both strands",
            source="published parameters run with the reference program, commit 714d552",
            status="verified",
        ),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network; the defaults are those of the ENCODE ChIP-seq models with a hidden layer.

    Attributes
    ----------
    length, channels, outputs : int
        Of the data; the network itself takes any length.
    filters, width : int
        Detectors and their length in letters.
    mean_pool : bool
        Hand on the mean over the offsets beside the maximum.
    hidden : int
        Units of the hidden layer; 0 for none.
    dropout : float
        On the pooled detectors.
    scan : bool
        Score every stretch of `width` letters and keep the highest score.
    scan_last : bool
        Whether the last stretch is among them; the authors' official program leaves it out.
    """

    length: int = 101
    channels: int = 4
    outputs: int = 1
    filters: int = 16
    width: int = 24
    mean_pool: bool = False
    hidden: int = 32
    dropout: float = 0.25
    scan: bool = False
    scan_last: bool = True


VARIANTS = {
    "base": Config(),
    "linear": Config(hidden=0),
    "rna": Config(width=16, mean_pool=True),
    "tiny": Config(length=20, filters=4, width=6, mean_pool=True, hidden=4),
}

PLAN = Plan(
    epochs=60,
    batch_size=64,
    optimiser="sgd",
    learning_rate=5e-3,
    weight_decay=3e-7,
    momentum=0.98,
    warmup=0.0,
    schedule="constant",
    clip=0.0,
    patience=0,
    keep="best",
    reverse_complement="on",
    balance="none",
    precision="float32",
    fresh_negatives=False,
    shift=0,
)

STRETCHES_AT_ONCE = 4096  # scored together when scanning: some 10 MB for each step


def smallest_length(config: Config) -> int:
    """Return 1: the padding lets a detector stick out on both sides."""
    del config
    return 1


class Net(nn.Module):
    """Detectors with thresholds, ReLU, global pooling, dense."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.width, self.scan, self.scan_last = config.width, config.scan, config.scan_last
        self.detectors = nn.Conv1d(config.channels, config.filters, config.width)
        self.relu = nn.ReLU()
        self.mean_pool = config.mean_pool
        self.dropout = nn.Dropout(config.dropout)
        features = config.filters * (2 if config.mean_pool else 1)
        self.dense = nn.Sequential()
        if config.hidden:
            self.dense.extend([nn.Linear(features, config.hidden), nn.ReLU()])
            features = config.hidden
        self.head = nn.Linear(features, config.outputs)

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        """Return ``logits`` (B, outputs) for `seq` (B, channels, L), whatever L is."""
        first, last = letter_span(seq)
        # an unknown letter is an equal part of each; an exact no-op on one-hot columns
        seq = seq + (1 - seq.sum(1, keepdim=True).clamp(max=1)) / seq.shape[1]
        return {"logits": self._scan(seq, first, last) if self.scan else self._score(seq, first, last)}

    def _score(self, seq: Tensor, first: Tensor, last: Tensor) -> Tensor:
        """Return the scores (B, outputs) of sequences that reach from letter `first` to before `last`, both (B,)."""
        detected = self.detectors(F.pad(seq, (self.width - 1,) * 2, value=1 / seq.shape[1]))
        # only the offsets that touch a letter count, so that further padding changes nothing
        offset = torch.arange(detected.shape[-1], device=seq.device)
        touching = (offset >= first[:, None]) & (offset < (last + self.width - 1)[:, None])
        return self._answer(detected, touching)

    def _scan(self, seq: Tensor, first: Tensor, last: Tensor) -> Tensor:
        """Return the highest score of any stretch of `width` letters; sequences that are no longer count as one."""
        rows, channels, length = seq.shape
        place = torch.arange(length, device=seq.device)
        end = torch.where(last - first > self.width, last - self.width + int(self.scan_last), first + 1)
        owners, starts = ((place >= first[:, None]) & (place < end[:, None])).nonzero(as_tuple=True)
        stretches = F.pad(seq, (0, self.width - 1), value=1 / channels).unfold(2, self.width, 1)
        # a detector at each of its offsets against a stretch, cut to the stretch: the rest of it meets N only
        weight, bias = self.detectors.weight, self.detectors.bias
        cut = F.pad(weight, (self.width - 1,) * 2).unfold(2, self.width, 1).transpose(1, 2)
        bias = bias[:, None] + (weight.sum((1, 2))[:, None] - cut.sum((2, 3))) / channels
        unseen = (self.width - (last - first)).clamp(min=0)  # offsets at which a detector misses a short sequence
        offset = torch.arange(cut.shape[1], device=seq.device)
        highest = seq.new_full((rows, self.head.out_features), -torch.inf)
        for owner, start in zip(owners.split(STRETCHES_AT_ONCE), starts.split(STRETCHES_AT_ONCE), strict=True):
            detected = F.linear(stretches[owner, :, start].flatten(1), cut.flatten(2).flatten(0, 1), bias.flatten())
            score = self._answer(detected.unflatten(1, bias.shape), offset >= unseen[owner, None])
            highest = highest.scatter_reduce(0, owner[:, None].expand_as(score), score, "amax")
        return highest

    def _answer(self, detected: Tensor, touching: Tensor) -> Tensor:
        """Return scores (B, outputs) of detectors (B, filters, offsets), counting those `touching` (B, offsets)."""
        detected = self.relu(detected) * touching[:, None]
        features = detected.amax(-1, keepdim=True)
        if self.mean_pool:
            mean = detected.sum(-1, keepdim=True) / touching.sum(1).clamp(min=1)[:, None, None]
            features = torch.cat([features, mean], 2)  # the authors' order: max 0, mean 0, max 1, ...
        return self.head(self.dense(self.dropout(features.flatten(1))))


def letter_span(seq: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first letter and the end, both (B,) int64, of sequences (B, channels, L) between all-zero columns.

    Examples
    --------
    >>> seq = torch.zeros(1, 4, 9)
    >>> seq[0, 2, 3:7] = 1
    >>> [int(end) for end in letter_span(seq)]
    [3, 7]
    """
    known = (seq > 0).any(1)
    first = known.int().argmax(1)
    last = seq.shape[-1] - known.flip(1).int().argmax(1)
    return first, torch.where(known.any(1), last, first)


def example(config: Config, *, rows: int = 2) -> Batch:
    """Return the smallest legal batch: `rows` different sequences."""
    return example_batch(config.channels, config.length, outputs=config.outputs, task="binary", rows=rows)
