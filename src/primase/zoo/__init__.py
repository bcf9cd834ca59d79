"""The zoo: one published system per file; the file name is the key. Nothing else has to be touched to add one.

A file holds

- ``CARD``: what is known of the system, as data;
- ``Config``: its sizes; a frozen, keyword-only dataclass whose defaults are the paper's. It always has ``length``,
  ``channels`` and ``outputs``, and for tracks along a window ``output_length`` (and ``controls``): what `adapt` fits to
  the user's data;
- ``VARIANTS``: configurations by name, among them ``base`` (the paper's) and ``tiny`` (for tests);
- ``PLAN``: the published training recipe;
- ``smallest_length(config)``: the shortest input that `Net` takes;
- ``Net``: the network; ``Net(config)(seq=...)`` gives ``{"logits": (B, outputs)}``, and the task owns the link;
- ``example(config, rows=2)``: the smallest legal batch;

and, where the system needs them, ``bin_size(config)`` (letters per position of its tracks; without it 1) and
``with_bin(config, size)`` (the configuration for positions of so many letters),
``task_fields(config)`` (fields of the task that the system decides), ``prepare(net, batch, task, ...)`` (what is
settled on the training rows before the first step) and ``settle(net, batch, task)`` (what is settled on the validation
rows after the last).

``tests/contract/test_zoo.py`` holds every file to this the moment it is here.
"""

from dataclasses import fields, replace
from types import ModuleType
from typing import Any

import torch
from torch import nn

from primase.core import registry
from primase.core.errors import PrimaseError, UnknownName
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
        If a value is not of the field's type, or no size or share at all.

    Examples
    --------
    >>> configure("danq", changes={"filters": "64"}).filters
    64
    """
    module = system_module(name)
    if variant not in module.VARIANTS:
        raise UnknownName(f"variant of {name}", variant, module.VARIANTS)
    config = override(module.VARIANTS[variant], changes or {}, "system")
    check_fields(config, "system")
    _check_sizes(config, module)
    return config


def _check_sizes(config: Any, module: ModuleType) -> None:
    """Refuse a size below 1, or below 0 where a published variant has 0 (for "none"), and a dropout outside [0, 1)."""
    for field in fields(config):
        value = getattr(config, field.name)
        known = [getattr(variant, field.name) for variant in module.VARIANTS.values()]
        least = 0 if 0 in known else 1
        sizes = value if isinstance(value, tuple) else (value,)
        if any(type(size) is int and size < least for size in sizes):
            raise PrimaseError(f"system.{field.name} is {value}", fix=f"give at least {least}")
        if "dropout" in field.name and any(not 0 <= size < 1 for size in sizes):
            raise PrimaseError(f"system.{field.name} is {value}", fix="give a number from 0 to below 1")


def adapt(
    name: str, config: Any, *, length: int, channels: int, outputs: int, **tracks: int
) -> tuple[Any, tuple[str, ...]]:
    """Fit a configuration to the data, and say what differs from the paper.

    Shorter input than the system can take is padded with N to the smallest legal length.

    Parameters
    ----------
    name : str
    config : Config
    length, channels, outputs : int
        Letters, input channels, and outputs or tracks.
    **tracks
        ``output_length``, the positions of each track, and the number of ``controls``, where the data have them.

    Returns
    -------
    config : Config
    notes : tuple of str
        One sentence per departure.

    Raises
    ------
    PrimaseError
        If the system gives no tracks, or the positions do not lie in the middle of the window.

    Examples
    --------
    >>> config, notes = adapt("danq", configure("danq"), length=20, channels=4, outputs=919)
    >>> config.length, notes[0]
    (38, 'sequences of 20 are padded with N to 38, the shortest that danq takes')
    """
    module = system_module(name)
    card = module.CARD
    for key in tracks:
        if not hasattr(config, key):
            raise PrimaseError(f"{name} takes no data with {key}", fix="choose another system with --system")
    config = replace(config, channels=channels, outputs=outputs, **tracks)
    if "output_length" in tracks:
        _check_window(name, length, config.output_length, module.bin_size(config) if hasattr(module, "bin_size") else 1)
    smallest = module.smallest_length(config)
    notes = []
    if length < smallest:
        notes.append(f"sequences of {length} are padded with N to {smallest}, the shortest that {name} takes")
    config = replace(config, length=max(length, smallest))
    if not card.doi:  # a system of primase's own has no published sizes
        return config, tuple(notes)
    if config.length != card.length:
        notes.append(f"input length {config.length} instead of the published {card.length}")
    published = module.VARIANTS["base"]
    if channels != published.channels:
        notes.append(f"{channels} input channels instead of {published.channels}")
    if outputs != published.outputs:
        notes.append(f"{outputs} output{'s' * (outputs != 1)} instead of {published.outputs}")
    for key, value in tracks.items():
        if value != getattr(published, key):
            notes.append(f"{key.replace('_', ' ')} {value} instead of the published {getattr(published, key)}")
    return config, tuple(notes)


def _check_window(name: str, length: int, positions: int, size: int) -> None:
    """Refuse windows that do not have the same number of whole bins on both sides of what is predicted."""
    inner = positions * size
    if length < inner or (length - inner) % (2 * size):
        legal = inner + 2 * size * max(0, -((inner - length) // (2 * size)))
        bins = f" in bins of {size}" if size > 1 else ""
        raise PrimaseError(
            f"{name} cannot predict {positions} positions{bins} in the middle of {length} letters",
            fix=f"give windows of {legal} letters",
        )


def create(name: str, config: Any, *, seed: int = 0) -> nn.Module:
    """Build one system with freshly drawn weights; the global random state is left as it was.

    Raises
    ------
    PrimaseError
        If `config.length` is below the shortest input that the system takes.

    Examples
    --------
    >>> net = create("primer_cnn", configure("primer_cnn"))
    >>> sum(p.numel() for p in net.parameters())
    6226
    """
    module = system_module(name)
    smallest = module.smallest_length(config)
    if config.length < smallest:
        raise PrimaseError(
            f"{name} cannot take sequences of {config.length}", fix=f"give at least {smallest} letters, or use adapt"
        )
    with torch.random.fork_rng(devices=[]):
        # not torch.manual_seed, which would reseed every accelerator as well
        torch.default_generator.manual_seed(seed)
        return module.Net(config)


def count_parameters(name: str, config: Any) -> int:
    """Return how many trainable parameters a configuration has, without holding any in memory.

    Examples
    --------
    >>> count_parameters("danq", configure("danq"))
    46929039
    """
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        net = system_module(name).Net(config)
    return sum(parameter.numel() for parameter in net.parameters() if parameter.requires_grad)
