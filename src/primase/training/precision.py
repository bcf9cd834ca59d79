"""bfloat16 where it helps, and only after a check that the gradients are the same."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import nn

from primase.core.batch import Batch, to_float
from primase.inference import count_operations

# Below so much work per example the conversions are taken to cost more than the faster products gain.
WORTHWHILE_FLOPS = 20e6
SMALLEST_COSINE = 0.99


def autocast(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """Return the context in which forward passes of a training run."""
    return torch.autocast(device.type, torch.bfloat16) if precision == "bfloat16" else nullcontext()


def choose_precision(net: nn.Module, batch: Batch, task: Any, wish: str = "auto") -> tuple[str, str]:
    """Decide in which precision to train, by rule and by a check, never by a clock: the choice is reproducible.

    Parameters
    ----------
    net : nn.Module
        As it will be trained; left as it was.
    batch : Batch
        One training batch.
    task : Task
    wish : str
        ``auto``, ``float32`` or ``bfloat16``.

    Returns
    -------
    precision, reason : str
    """
    device = next(net.parameters()).device
    if wish != "auto":
        return wish, "as asked"
    if device.type == "cuda" and not torch.cuda.is_bf16_supported():
        return "float32", "the device has no bfloat16"
    if device.type == "cpu" and not torch.cpu._is_avx512_bf16_supported():
        return "float32", "the processor has no bfloat16 instructions"
    if device.type not in ("cpu", "cuda"):
        return "float32", f"bfloat16 is not checked on {device.type}"
    work = count_operations(net, batch.inputs) / len(batch.inputs["seq"])
    if work < WORTHWHILE_FLOPS:
        return "float32", f"{work / 1e6:.1f} million operations per example are too few for bfloat16 to pay"
    exact, rounded = (_gradient(net, batch, task, precision, device) for precision in ("float32", "bfloat16"))
    cosine = torch.nn.functional.cosine_similarity(exact, rounded, dim=0).item()
    if not cosine >= SMALLEST_COSINE:
        return "float32", f"the gradients in bfloat16 point elsewhere (cosine {cosine:.3f})"
    return "bfloat16", f"same gradients as float32 (cosine {cosine:.4f}), less time"


def _gradient(net: nn.Module, batch: Batch, task: Any, precision: str, device: torch.device) -> torch.Tensor:
    parameters = [p for p in net.parameters() if p.requires_grad]
    modes = [(module, module.training) for module in net.modules()]
    net.eval()  # no dropout: both gradients are of the same function
    try:
        # cuDNN's recurrent layers have no backward in eval mode
        with autocast(precision, device), torch.backends.cudnn.flags(enabled=False):
            loss = task.loss(to_float(net(**batch.inputs)), batch.targets, batch.weights)
            gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    finally:
        for module, training in modes:
            module.training = training
    return torch.cat([g.float().flatten() for g in gradients if g is not None])
