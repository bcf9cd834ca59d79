"""What a model is handed."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

Outputs = dict[str, torch.Tensor]  # what a model returns: named heads, one of them ``logits``


@dataclass(frozen=True)
class Batch:
    """Named inputs and what is known of them.

    Attributes
    ----------
    inputs : dict of str to Tensor
        Passed to the model by name; ``seq`` is (B, channels, L) float32.
    targets : Tensor or None
        (B,) int64 class indices, or (B, T) float32, NaN where unknown; (B, T, P) float32 along a window.
    weights : Tensor or None
        (B,) float32, the share each row has in the loss; None for equal shares.
    """

    inputs: dict[str, torch.Tensor]
    targets: torch.Tensor | None = None
    weights: torch.Tensor | None = None


def to_float(outputs: Outputs) -> Outputs:
    """Return every head in float32: losses are not computed in less."""
    return {name: values.float() for name, values in outputs.items()}


def join_outputs(parts: Sequence[Outputs]) -> Outputs:
    """Return the outputs of several batches as those of one."""
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def example_batch(
    channels: int, length: int, *, outputs: int, task: str, rows: int = 2, output_length: int = 0
) -> Batch:
    """Return a batch of different random sequences and targets of one task, the same in every call.

    Parameters
    ----------
    channels, length : int
        Of ``seq``, (rows, channels, length) one-hot.
    outputs : int
        Logits of the model that the batch is for.
    task : str
        Kind of question.
    rows : int
        Sequences.
    output_length : int
        Positions of the targets along the window, for tasks that have them.

    Examples
    --------
    >>> batch = example_batch(4, 50, outputs=3, task="multiclass", rows=5)
    >>> tuple(batch.inputs["seq"].shape), batch.targets.tolist()
    ((5, 4, 50), [0, 1, 2, 0, 1])
    """
    letters = torch.randint(channels, (rows, 1, length), generator=torch.Generator().manual_seed(0))
    seq = torch.zeros(rows, channels, length).scatter_(1, letters, 1.0)
    row = torch.arange(rows)
    if task in ("binary", "multiclass"):
        return Batch({"seq": seq}, row % (2 if task == "binary" else outputs))
    if output_length:
        counts = (row[:, None, None] + torch.arange(outputs)[:, None] + torch.arange(output_length)) % 4
        return Batch({"seq": seq}, counts.float())
    answers = (row[:, None] + torch.arange(outputs)) % 2
    return Batch({"seq": seq}, answers.float())
