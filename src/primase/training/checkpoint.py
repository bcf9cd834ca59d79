"""The whole state of a training on disk, so that it can go on bit for bit after any interruption."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from primase.core.errors import PrimaseError
from primase.core.files import writing


def save_checkpoint(
    path: Path, states: dict[str, dict[str, Tensor]], optimiser: torch.optim.Optimizer, facts: dict[str, Any]
) -> None:
    """Write named state dicts, the optimiser, the random state and plain facts into one safetensors file.

    Parameters
    ----------
    path : Path
    states : dict of str to state dict
        For example the network, its average and the best weights so far.
    optimiser : Optimizer
    facts : dict
        Plain values: epoch, step, history.
    """
    tensors = {f"{group}/{name}": tensor for group, state in states.items() for name, tensor in state.items()}
    for index, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser/{index}/{name}": value for name, value in state.items() if value is not None}
    tensors["random"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random_cuda"] = torch.cuda.get_rng_state()
    # clone: safetensors refuses tensors that share memory
    tensors = {name: torch.as_tensor(value).detach().cpu().clone().contiguous() for name, value in tensors.items()}
    with writing(path) as draft:
        draft.write_bytes(save(tensors, metadata={"facts": json.dumps(facts)}))


def load_checkpoint(
    path: Path, optimiser: torch.optim.Optimizer
) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]]:
    """Read a checkpoint; the optimiser and the random state are set, the rest is returned.

    Returns
    -------
    states : dict of str to state dict
    facts : dict

    Raises
    ------
    PrimaseError
        If the file is not a checkpoint.
    """
    try:
        with safe_open(str(path), "pt") as handle:
            facts = json.loads(handle.metadata()["facts"])
            tensors = {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118 - not a dict
    except (OSError, SafetensorError, KeyError, TypeError) as error:
        raise PrimaseError(f"{path} is no checkpoint: {error}", fix="remove it to train from the start") from error
    torch.set_rng_state(tensors.pop("random"))
    cuda = tensors.pop("random_cuda", None)
    if cuda is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(cuda)
    states: dict[str, dict[str, Tensor]] = {}
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        group, _, rest = name.partition("/")
        if group == "optimiser":
            index, _, key = rest.partition("/")
            moments.setdefault(int(index), {})[key] = tensor
        else:
            states.setdefault(group, {})[rest] = tensor
    state = optimiser.state_dict()
    state["state"] = moments
    optimiser.load_state_dict(state)
    return states, facts


def copy_state(net: nn.Module) -> dict[str, Tensor]:
    """Return a detached copy of a network's state."""
    return {name: tensor.detach().clone() for name, tensor in net.state_dict().items()}
