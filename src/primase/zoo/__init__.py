"""The zoo: one published system per file; the file name is the key. Nothing else has to be touched to add one.

A file holds ``CARD``, ``Config``, ``VARIANTS``, ``PLAN``, ``Net``, ``smallest_length`` and ``example``. `Config` always
has ``length``, ``channels`` and ``outputs``: what `create` adapts to the user's data.
"""

from dataclasses import replace
from types import ModuleType
from typing import Any

import torch
from torch import nn

from primase.core import registry
from primase.core.errors import UnknownName
from primase.core.plan import check_fields, override


def system_names() -> tuple[str, ...]:
    """Return the names of all systems, without importing any.

    Examples
    --------
    >>> "danq" in system_names()
    True
    """
    return registry.names(__name__)


def system_module(name: str) -> ModuleType:
    """Import the file of one system.

    Raises
    ------
    UnknownName
        If there is none of that name.
    """
    return registry.load(__name__, name, "system")


def configure(name: str, *, variant: str = "base", changes: dict[str, Any] | None = None) -> Any:
    """Return the configuration of a variant with some fields changed.

    Raises
    ------
    UnknownName
        If the variant or a field does not exist.
    PrimaseError
        If a value is not of the field's type.
    """
    module = system_module(name)
    if variant not in module.VARIANTS:
        raise UnknownName(f"variant of {name}", variant, module.VARIANTS)
    config = override(module.VARIANTS[variant], changes or {}, "system")
    check_fields(config, "system")
    return config


def adapt(name: str, config: Any, *, length: int, channels: int, outputs: int) -> tuple[Any, tuple[str, ...]]:
    """Fit a configuration to the data, and say what differs from the paper.

    Shorter input than the system can take is padded with N to the smallest legal length.

    Returns
    -------
    config : Config
    notes : tuple of str
        One sentence per departure.
    """
    module = system_module(name)
    card = module.CARD
    config = replace(config, channels=channels, outputs=outputs)
    smallest = module.smallest_length(config)
    notes = []
    if length < smallest:
        notes.append(f"sequences of {length} are padded with N to {smallest}, the shortest that {name} takes")
    config = replace(config, length=max(length, smallest))
    if config.length != card.length:
        notes.append(f"input length {config.length} instead of the published {card.length}")
    published = module.VARIANTS["base"]
    if channels != published.channels:
        notes.append(f"{channels} input channels instead of {published.channels}")
    if outputs != published.outputs:
        notes.append(f"{outputs} output{'s' * (outputs != 1)} instead of {published.outputs}")
    return config, tuple(notes)


def create(name: str, config: Any, *, seed: int = 0) -> nn.Module:
    """Build one system with freshly drawn weights; the global random state is left as it was.

    Examples
    --------
    >>> net = create("primer_cnn", configure("primer_cnn"))
    >>> sum(p.numel() for p in net.parameters())
    6226
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return system_module(name).Net(config)
