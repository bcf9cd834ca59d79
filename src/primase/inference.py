"""Prediction: eval mode, device and batches for everything but training."""

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from primase.core.batch import Outputs, join_outputs
from primase.core.errors import PrimaseError

LETTERS = 2**20  # of a batch, at most: long windows need much memory
LETTERS_ON_CPU = 2**15  # where what a layer gives then stays in the cache: up to three times as fast
WORK_PER_THREAD = 1e9  # operations of a pass, forward and backward


def choose_device(name: str = "auto") -> torch.device:
    """Return the device to compute on: the named one, else CUDA, else Apple's, else the CPU.

    Raises
    ------
    PrimaseError
        If the named device is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise PrimaseError(f"the device {name!r} cannot be used: {reason}", fix="pass --device cpu, or auto") from error
    return device


def count_cores() -> int:
    """Return how many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def set_threads(threads: int | None) -> None:
    """Let torch, numpy, scipy and numba use `threads` cores; None takes all that this process may use."""
    import numba
    import scipy.linalg  # noqa: F401 - its library must be loaded to be limited

    threads = threads or count_cores()
    torch.set_num_threads(threads)
    threadpool_limits(threads, user_api="blas")
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))


def count_operations(net: nn.Module, inputs: dict[str, Tensor], *, training: bool = False) -> float:
    """Return the floating-point operations of one forward pass, in eval or in training mode; `net` stays as it is."""
    device = next(net.parameters(), torch.empty(0)).device
    probe = copy.deepcopy(net).train(training)  # in training mode, normalisation learns from what it sees
    with torch.random.fork_rng(devices=[]), torch.no_grad(), FlopCounterMode(display=False) as counter:
        probe(**{name: values.to(device) for name, values in inputs.items()})
    return float(counter.get_total_flops())


@contextmanager
def threads_for(work: float) -> Iterator[None]:
    """Let torch use one thread for each `WORK_PER_THREAD` operations of a pass, at most those that it has.

    Threads of a small network wait for each other; where another job has the core of one of them, all wait for that.
    """
    most = torch.get_num_threads()
    torch.set_num_threads(max(1, min(most, int(work / WORK_PER_THREAD))))
    try:
        yield
    finally:
        torch.set_num_threads(most)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[nn.Module]:
    """Put every module of `model` into eval mode, and back into the mode in which it came."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield model
    finally:
        for module, training in modes:
            module.training = training


def one_hot(codes: Tensor, size: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Expand codes (B, L) uint8 to one-hot (B, size, L); a code of `size` or more is an all-zero column."""
    rows = torch.arange(size, device=codes.device, dtype=codes.dtype)
    out = torch.empty(len(codes), size, codes.shape[1], dtype=dtype, device=codes.device)
    return torch.eq(codes[:, None, :], rows[None, :, None], out=out)  # written once: no truth values in between


def predict_outputs(model: nn.Module, inputs: dict[str, Tensor], *, batch_size: int = 256) -> Outputs:
    """Return every head of a model for all examples, without gradients, float32 on the CPU.

    Parameters
    ----------
    model : nn.Module
        Left in the mode in which it came.
    inputs : dict of str to Tensor
        By name, each with one row per example; moved to the model's device and float32 batch by batch.
    batch_size : int
        Most examples per forward pass, fewer where they are long; the result does not depend on it.
    """
    first = next(model.parameters(), torch.empty(0))
    seq = inputs["seq"]
    letters = LETTERS_ON_CPU if first.device.type == "cpu" else LETTERS
    batch_size = max(1, min(batch_size, letters // max(1, seq.shape[-1])))
    parts: list[Outputs] = []
    with evaluating(model), torch.inference_mode():
        for start in range(0, len(seq), batch_size):
            batch = {name: x[start : start + batch_size].to(first.device, torch.float32) for name, x in inputs.items()}
            parts.append({name: head.float().cpu() for name, head in model(**batch).items()})
    return join_outputs(parts) if parts else {"logits": torch.zeros(0, 0)}


def predict_logits(model: nn.Module, seq: Tensor | np.ndarray, *, batch_size: int = 256) -> Tensor:
    """Return the logits of every example, without gradients.

    Parameters
    ----------
    model : nn.Module
        Takes ``seq`` and returns ``{"logits": (B, T)}``; left in the mode in which it came.
    seq : Tensor or ndarray, shape=(N, channels, L)
        Of any number type; moved to the model's device and float32 batch by batch.
    batch_size : int
        Examples per forward pass; the result does not depend on it.

    Returns
    -------
    Tensor, shape=(N, T), float32, on the CPU
    """
    return predict_outputs(model, {"seq": torch.as_tensor(seq)}, batch_size=batch_size)["logits"]
