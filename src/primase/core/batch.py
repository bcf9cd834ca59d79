"""What a model is handed."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Batch:
    """Named inputs and what is known of them.

    Attributes
    ----------
    inputs : dict of str to Tensor
        Passed to the model by name; ``seq`` is (B, channels, L) float32.
    targets : Tensor or None
        (B,) int64 class indices, or (B, T) float32; NaN where unknown.
    weights : Tensor or None
        (B,) float32, the share each row has in the loss; None for equal shares.
    """

    inputs: dict[str, torch.Tensor]
    targets: torch.Tensor | None = None
    weights: torch.Tensor | None = None
