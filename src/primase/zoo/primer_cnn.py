"""The convolutional network of the tutorial to "A primer on deep learning in genomics".

One convolution without activation, max-pooling, one hidden layer, two softmax outputs. The smallest network that
discovers a planted motif, and the pattern for every file of this folder.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from primase.core.batch import Batch, example_batch
from primase.core.card import Card, Result
from primase.core.plan import Plan

CARD = Card(
    name="primer_cnn",
    title="Primer tutorial CNN",
    paper="Zou et al., A primer on deep learning in genomics, Nature Genetics 2019",
    doi="10.1038/s41588-018-0295-5",
    year=2019,
    family="convolutional",
    alphabets=("dna", "rna", "protein"),
    base_order="ACGT",
    tasks=("binary", "multiclass", "multilabel", "regression"),
    inputs={"seq": "(B, 4, 50) one-hot sequence"},
    outputs={"logits": "(B, 2) before the softmax: motif absent, motif present"},
    length=50,
    smallest_length=15,
    parameters=6226,
    published_parameters=6226,
    context="global",
    deviations=(
        (
            "The loss is the cross-entropy of the two-column softmax; the notebook's binary cross-entropy over both "
            "columns has the same value."
        ),
    ),
    source="abidlabs/deep-learning-genomics-primer, commit 30caa54, the notebook",
    results=(
        Result(
            metric="accuracy",
            value=0.980,
            data="primer/zou2019, 500 random test sequences, one run",
            source="saved output of the notebook: confusion matrix [[251, 8], [2, 239]]",
            status="verified",
        ),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network; the defaults are the notebook's.

    Attributes
    ----------
    length, channels, outputs : int
        Of the data.
    filters, width : int
        Of the convolution.
    pool : int
        Positions per maximum.
    hidden : int
        Units of the dense layer.
    """

    length: int = 50
    channels: int = 4
    outputs: int = 2
    filters: int = 32
    width: int = 12
    pool: int = 4
    hidden: int = 16


VARIANTS = {"base": Config(), "tiny": Config(filters=4, hidden=4)}

# Keras defaults of the notebook: Adam 0.001 with epsilon 1e-7, batch 32; the last weights are used.
PLAN = Plan(
    epochs=50,
    batch_size=32,
    optimiser="adam",
    learning_rate=1e-3,
    weight_decay=0.0,
    warmup=0.0,
    schedule="constant",
    clip=0.0,
    patience=0,
    keep="last",
    reverse_complement="off",
    balance="none",
    precision="float32",
    shift=0,
)


def smallest_length(config: Config) -> int:
    """Return the shortest input that leaves one pooled position."""
    return config.width + config.pool - 1


class Net(nn.Module):
    """Conv1d, max-pool, dense, dense."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        positions = (config.length - config.width + 1) // config.pool
        self.conv = nn.Conv1d(config.channels, config.filters, config.width)
        self.pool = nn.MaxPool1d(config.pool)
        self.flatten = nn.Flatten()
        self.hidden = nn.Linear(positions * config.filters, config.hidden)
        self.relu = nn.ReLU()
        self.head = nn.Linear(config.hidden, config.outputs)
        # Keras' initialisation: Glorot uniform weights, zero biases
        for layer in (self.conv, self.hidden, self.head):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        """Return ``logits`` (B, outputs) for `seq` (B, channels, length)."""
        pooled = self.pool(self.conv(seq))
        return {"logits": self.head(self.relu(self.hidden(self.flatten(pooled))))}


def example(config: Config, *, rows: int = 2) -> Batch:
    """Return the smallest legal batch: `rows` different sequences."""
    return example_batch(config.channels, config.length, outputs=config.outputs, task="binary", rows=rows)
