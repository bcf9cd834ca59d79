"""DeepLIFT's rules, one per kind of operation, and how a model's operations are met while it runs.

A rule replaces an operation ``y = f(x)`` by a linear one with the same value at the input, whose slope is the ratio of
the differences to the reference, so that ordinary backpropagation gives DeepLIFT's multipliers. Operations are met
as torch calls them, in modules and as functions alike; nothing is attached to the model but, for the time of
one pass, to modules with a rule of their own.

A module whose operation no rule covers may bring its own: a method

    deep_lift_multiplier(input, reference, grad_output) -> Tensor

For tensors `input` and `reference`, both (B, ...), and `grad_output`, the multipliers of the module's output, it
returns m, of the shape of `input`, such that for every example

    (m * (input - reference)).sum() == (grad_output * (forward(input) - forward(reference))).sum()

The module takes one tensor and returns one. An operation that is not linear and has no rule, such as a recurrent layer
or a softmax, is passed by its gradient at the input; what that costs is measured by ``deeplift.deep_lift``.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

# Differences below this are rounding: the slope is then the derivative at the input.
EPSILON = 1e-6


def _rescale(call: Callable[..., Tensor], given: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Return value and slope of an elementwise operation: difference of outputs over difference of inputs."""
    with torch.enable_grad():
        leaf = given.clone().requires_grad_()
        value = call(leaf.clone())  # a clone, since the operation may work in place
        (derivative,) = torch.autograd.grad(value.sum(), leaf)
    value = value.detach()
    difference = given - reference
    ratio = (value - call(reference.clone())) / difference
    return value, torch.where(difference.abs() < EPSILON, derivative, ratio)


def _elementwise(func: Callable[..., Any], args: tuple, kwargs: dict[str, Any], reference: Tensor) -> Tensor:
    given = args[0].detach()
    value, slope = _rescale(lambda x: func(x, *args[1:], **kwargs), given, reference)
    return value + (args[0] - given) * slope


def _route(x: Tensor, reference: Tensor, place: Tensor, reference_place: Tensor) -> Tensor:
    """Return the maxima of `x` at `place` (last axis), linear in what the maxima of `x` and of `reference` lie on.

    A rise of a window's maximum belongs to the place where the maximum of `x` lies, a fall to the place where that of
    `reference` lies. Windows may overlap: what a place gets from several windows adds up.
    """
    given = x.detach()
    difference = given - reference
    value, reference_value = given.gather(-1, place), reference.gather(-1, reference_place)
    top = torch.maximum(value, reference_value)
    here, there = difference.gather(-1, place), difference.gather(-1, reference_place)
    share = torch.where(here.abs() < EPSILON, 1.0, (top - reference_value) / here)
    reference_share = torch.where(there.abs() < EPSILON, 0.0, (value - top) / there)
    change = x - given  # zero: only its gradient counts
    return value + share * change.gather(-1, place) + reference_share * change.gather(-1, reference_place)


def _max_pool(func: Callable[..., Any], args: tuple, kwargs: dict[str, Any], reference: Tensor) -> Tensor:
    rest = {**kwargs, "return_indices": True}
    _, place = func(args[0].detach(), *args[1:], **rest)
    _, reference_place = func(reference, *args[1:], **rest)
    return _route(args[0], reference, place, reference_place)


def _amax(func: Callable[..., Any], args: tuple, kwargs: dict[str, Any], reference: Tensor) -> Any:
    x, dim, keepdim = _reduction(*args, **kwargs)
    x, reference = x.movedim(dim, -1), reference.movedim(dim, -1)
    place, reference_place = (t.detach().argmax(-1, keepdim=True) for t in (x, reference))
    out = _route(x, reference, place, reference_place)
    out, place = (t.movedim(-1, dim) if keepdim else t.squeeze(-1) for t in (out, place))
    return out if func in (torch.amax, Tensor.amax) else torch.return_types.max((out, place))


def _reduction(input: Tensor, dim: Any = None, keepdim: bool = False) -> tuple[Tensor, Any, bool]:  # noqa: A002, FBT
    """Read the arguments of ``amax`` and ``max`` as torch names them."""
    if isinstance(dim, (tuple, list)) and len(dim) == 1:
        dim = dim[0]
    return input, dim, keepdim


Rule = Callable[[Callable[..., Any], tuple, dict[str, Any], Tensor], Any]
_ELEMENTWISE = (
    *(torch.relu, functional.relu, Tensor.relu, functional.relu6, functional.leaky_relu, functional.elu),
    *(functional.selu, functional.celu, functional.gelu, functional.silu, functional.mish, functional.softplus),
    *(torch.sigmoid, functional.sigmoid, Tensor.sigmoid, functional.logsigmoid, functional.hardtanh),
    *(torch.tanh, functional.tanh, Tensor.tanh, torch.exp, Tensor.exp),
)
RULES: dict[Any, Rule] = {
    **dict.fromkeys(_ELEMENTWISE, _elementwise),
    **dict.fromkeys((functional.max_pool1d, functional.adaptive_max_pool1d), _max_pool),
    **dict.fromkeys((torch.amax, Tensor.amax, torch.max, Tensor.max), _amax),
}


def _rule(func: Any, args: tuple, kwargs: dict[str, Any]) -> Rule | None:
    """Return the rule for one call, or None where its gradient is to be taken."""
    rule = RULES.get(func)
    if rule is None or not args or not isinstance(args[0], Tensor) or not args[0].is_floating_point():
        return None
    if rule is _max_pool and (kwargs.get("return_indices") or args[0].ndim != 3):
        return None
    if rule is _amax:
        dims = args[1:2] or (kwargs.get("dim"),)
        return rule if isinstance(_reduction(args[0], dims[0])[1], int) else None
    return rule


class _Recorder(TorchFunctionMode):
    """Keep the input of every operation that has a rule, in the order of the calls."""

    def __init__(self, inputs: list[Tensor]) -> None:
        super().__init__()
        self.inputs = inputs

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if _rule(func, args, kwargs):
            self.inputs.append(args[0].clone())  # the operation, or the next one, may work in place
        return func(*args, **kwargs)


class _Replacer(TorchFunctionMode):
    """Put the rule in the place of every operation that has one."""

    def __init__(self, inputs: Iterator[Tensor]) -> None:
        super().__init__()
        self.inputs = inputs

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        rule = _rule(func, args, kwargs)
        reference = next(self.inputs, None) if rule else None
        if rule is None or reference is None or reference.shape != args[0].shape:  # the model took another way
            return func(*args, **kwargs)
        return rule(func, args, kwargs, reference)


class _OwnRule(torch.autograd.Function):
    """The output of a module, passed backward by the module's own rule."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, output: Tensor, reference: Tensor, module: Any) -> Tensor:
        ctx.save_for_backward(x, reference)
        ctx.module = module
        return output.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None]:
        x, reference = ctx.saved_tensors
        with torch.no_grad():
            return ctx.module.deep_lift_multiplier(x, reference, grads[0]), None, None, None


@contextmanager
def _hooked(model: nn.Module, hook: Callable[[Any, Any, Any], Any]) -> Iterator[None]:
    """Attach `hook` to the modules with a rule of their own, for the time of the block."""
    with ExitStack() as stack:
        for module in model.modules():
            if hasattr(module, "deep_lift_multiplier"):
                stack.enter_context(module.register_forward_hook(hook))
        yield


@contextmanager
def recording(model: nn.Module) -> Iterator[tuple[list[Tensor], list[Tensor]]]:
    """Run the references in this block; it gives the list of what each rule needs of them, and the modules' list."""
    inputs: list[Tensor] = []
    own: list[Tensor] = []

    def hook(_module: nn.Module, args: Any, _output: Tensor) -> None:
        own.append(args[0].detach().clone())

    with _hooked(model, hook), _Recorder(inputs):
        yield inputs, own


@contextmanager
def replacing(model: nn.Module, inputs: list[Tensor], own: list[Tensor]) -> Iterator[None]:
    """Run the inputs in this block; what comes out has DeepLIFT's multipliers as gradients."""
    remaining = iter(own)

    def hook(module: nn.Module, args: Any, output: Tensor) -> Tensor:
        return _OwnRule.apply(args[0], output.detach(), next(remaining), module)

    with _hooked(model, hook), _Replacer(iter(inputs)):
        yield
