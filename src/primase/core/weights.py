"""Weights on disk: safetensors only, so that no file from elsewhere can run code."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from primase.core.errors import PrimaseError
from primase.core.files import writing


def save_weights(path: str | Path, state: dict[str, torch.Tensor]) -> None:
    """Write a state dict as safetensors, whole or not at all."""
    with writing(path) as draft:
        draft.write_bytes(save({name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}))


def load_weights(path: str | Path, device: str | torch.device = "cpu") -> dict[str, torch.Tensor]:
    """Read a safetensors file.

    Raises
    ------
    PrimaseError
        If the file is missing, truncated or not safetensors.
    """
    try:
        return load_file(str(path), device=str(device))
    except (OSError, SafetensorError) as error:
        raise PrimaseError(f"{path} holds no readable weights: {error}", fix="train or download them again") from error
