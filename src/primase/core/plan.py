"""The training recipe, as data."""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args, get_type_hints

from primase.core.errors import PrimaseError, UnknownName


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a system is trained. The defaults are the house plan; a system's ``PLAN`` holds the published one.

    Attributes
    ----------
    epochs : int
        Most passes over the training part.
    batch_size : int
        Examples per step.
    optimiser : str
        ``adamw``, ``adam``, ``rmsprop`` or ``sgd``.
    learning_rate, weight_decay, momentum : float
        Of the optimiser; `momentum` (Nesterov) is read by ``sgd`` only; `decay_rate` is the smoothing of ``rmsprop``.
    warmup : float
        Share of all steps over which the rate rises linearly from zero.
    schedule : str
        ``constant``, or ``cosine`` decay to zero after the warm-up.
    clip : float
        Largest norm of the gradient; 0 leaves it as it is.
    max_norm : float
        Largest norm of the weights into one unit, applied after each step; 0 for none.
    patience : int
        Epochs without a better validation loss before stopping; 0 trains to the end.
    keep : str
        Which weights are kept: ``best`` on the validation loss, or ``last``.
    average : float
        Decay per step of the exponential moving average of the weights that is validated and kept; 0 for none.
    reverse_complement : str
        ``auto`` decides on the validation part, ``on``, or ``off``.
    shift : int
        Largest random shift of a training sequence, in letters, either way; -1 decides on the validation part.
    mutate : float
        Share of the letters of a training sequence that are replaced by another.
    balance : str
        ``auto`` (weights under imbalance), ``none``, ``weights`` or ``sampling``.
    precision : str
        ``auto`` (bfloat16 where it is faster and checked), ``float32`` or ``bfloat16``.
    fresh_negatives : bool
        Shuffle made-up negatives anew in every epoch.
    members : int
        Networks trained from different seeds and averaged.
    """

    epochs: int = 60
    batch_size: int = 64
    optimiser: Literal["adamw", "adam", "rmsprop", "sgd"] = "adamw"
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    momentum: float = 0.9
    decay_rate: float = 0.99
    warmup: float = 0.05
    schedule: Literal["constant", "cosine"] = "cosine"
    clip: float = 1.0
    max_norm: float = 0.0
    patience: int = 10
    keep: Literal["best", "last"] = "best"
    average: float = 0.0
    reverse_complement: Literal["auto", "on", "off"] = "auto"
    shift: int = -1
    mutate: float = 0.0
    balance: Literal["auto", "none", "weights", "sampling"] = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    fresh_negatives: bool = True
    members: int = 1

    def __post_init__(self) -> None:
        check_fields(self, "plan")
        for name in ("epochs", "batch_size", "members"):
            if getattr(self, name) < 1:
                raise PrimaseError(f"plan.{name} is {getattr(self, name)}", fix="give at least 1")
        for name in ("learning_rate", "weight_decay", "clip", "max_norm", "patience"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise PrimaseError(f"plan.{name} is {getattr(self, name)}", fix="give a finite number, not below 0")
        if self.shift < -1:
            raise PrimaseError(f"plan.shift is {self.shift}", fix="give a number of letters, or -1 to decide")
        for name in ("warmup", "average", "momentum", "decay_rate", "mutate"):
            if not 0 <= getattr(self, name) < 1:
                raise PrimaseError(f"plan.{name} is {getattr(self, name)}", fix="give a number from 0 to below 1")


def check_fields(record: Any, what: str) -> None:
    """Refuse a frozen dataclass whose values are not of its declared types.

    Raises
    ------
    PrimaseError
        Naming the field and the value.
    """
    hints = get_type_hints(type(record))
    for field in fields(record):
        value, hint = getattr(record, field.name), hints[field.name]
        choices = get_args(hint)
        if choices and all(isinstance(choice, str) for choice in choices):
            legal, expected = value in choices, " | ".join(choices)
        elif hint is float:
            legal, expected = isinstance(value, (int, float)) and not isinstance(value, bool), "a number"
        elif hint in (int, bool, str):
            legal, expected = type(value) is hint, f"a value of type {hint.__name__}"
        else:
            continue
        if not legal:
            raise PrimaseError(f"{what}.{field.name} is {value!r}", fix=f"give {expected}")


def override(record: Any, changes: dict[str, Any], what: str) -> Any:
    """Return a copy of a frozen dataclass with some fields changed; strings are read as the field's type.

    Raises
    ------
    UnknownName
        If a name is no field.
    PrimaseError
        If a value cannot be read.

    Examples
    --------
    >>> override(Plan(), {"epochs": "5"}, "plan").epochs
    5
    """
    hints = get_type_hints(type(record))
    values = {}
    for name, value in changes.items():
        if name not in hints:
            raise UnknownName(f"field of {what}", name, hints)
        values[name] = _read(value, getattr(record, name), hints[name], f"{what}.{name}")
    return replace(record, **values)


def _read(text: Any, current: Any, hint: Any, where: str) -> Any:
    if not isinstance(text, str) or hint is str:
        return tuple(text) if isinstance(text, list) else text
    try:
        if hint is bool:
            return {"true": True, "false": False}[text.lower()]
        if hint is int or hint is float:
            return hint(text)
        if isinstance(current, tuple):
            kind = type(current[0]) if current else float
            return tuple(kind(part) for part in text.strip("()[] ").split(",") if part.strip())
    except (ValueError, KeyError):
        raise PrimaseError(f"{where} cannot be {text!r}", fix=f"give a value such as {current!r}") from None
    return text
