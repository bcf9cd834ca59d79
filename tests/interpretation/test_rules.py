"""Each rule: the value of the operation, and multipliers that add up."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from interpretation.known_models import CountG
from primase.interpretation.rules import recording, replacing

CALLS = {
    "relu": F.relu,
    "relu in place": lambda x: F.relu(x * 1, inplace=True),
    "torch.relu": torch.relu,
    "method relu": lambda x: x.relu(),
    "relu6": F.relu6,
    "leaky_relu": F.leaky_relu,
    "elu in place": lambda x: F.elu(x * 1, 0.5, True),
    "gelu": F.gelu,
    "gelu tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "softplus": F.softplus,
    "sigmoid": torch.sigmoid,
    "tanh": lambda x: x.tanh(),
    "exp": torch.exp,
    "max_pool1d": lambda x: F.max_pool1d(x, 4),
    "overlapping max_pool1d": lambda x: F.max_pool1d(x, 5, 2, 2),
    "dilated max_pool1d": lambda x: F.max_pool1d(x, 3, 1, 0, 2),
    "ceiling max_pool1d": lambda x: F.max_pool1d(x, 3, ceil_mode=True),
    "adaptive_max_pool1d": lambda x: F.adaptive_max_pool1d(x, 3),
    "amax": lambda x: x.amax(-1),
    "amax over channels": lambda x: torch.amax(x, 1, keepdim=True),
    "max": lambda x: x.max(dim=2).values,
    "torch.max": lambda x: torch.max(x, 1, keepdim=True)[0],
    "two in a row": lambda x: F.max_pool1d(torch.tanh(x), 2) + F.relu(x[..., ::2]),
}


def multipliers(call, x: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Return the output of the rule and the multipliers of its sum."""
    model = CountG()  # no module of it has a rule of its own
    with torch.no_grad(), recording(model) as (inputs, own):
        call(reference)
    leaf = x.clone().requires_grad_()
    with replacing(model, inputs, own):
        out = call(leaf)
    (found,) = torch.autograd.grad(out.sum(), leaf)
    return out.detach(), found


@pytest.mark.parametrize("name", CALLS)
def test_values_stay_and_contributions_add_up(name):
    generator = torch.Generator().manual_seed(0)
    x, reference = (torch.randn(3, 4, 14, generator=generator, dtype=torch.float64) for _ in range(2))
    x[0, 0, :5] = reference[0, 0, :5]  # no difference: the derivative
    call = CALLS[name]
    out, found = multipliers(call, x, reference)
    assert torch.equal(out, call(x))
    difference = (call(x) - call(reference)).flatten(1).sum(1)
    assert torch.allclose((found * (x - reference)).flatten(1).sum(1), difference, atol=1e-9)
    assert torch.isfinite(found).all()


def test_overlapping_windows_add_up_at_one_place():
    x, reference = torch.tensor([[[0.0, 5.0, 1.0, 0.0]]]), torch.tensor([[[1.0, 0.0, 0.0, 3.0]]])
    # windows of two: maxima 5, 5, 1 against 1, 0, 3. Rises of 4 and 5 belong to the place of 5 (difference 5);
    # the fall of 2 to the place of 3 (difference -3)
    _, found = multipliers(lambda t: F.max_pool1d(t, 2, 1), x, reference)
    assert torch.allclose(found, torch.tensor([[[0.0, 9 / 5, 0.0, 2 / 3]]]))


def test_what_has_no_rule_keeps_its_gradient():
    x, reference = torch.randn(1, 2, 5), torch.randn(1, 2, 5)
    _, found = multipliers(lambda t: (t**3).sum(-1), x, reference)
    assert torch.allclose(found, 3 * x**2, rtol=1e-5)
    _, found = multipliers(lambda t: t.max(), x, reference)
    assert found.sum() == 1


class Cube(nn.Module):
    """``x ** 3`` with its own rule: x^3 - r^3 = (x^2 + x r + r^2) (x - r)."""

    def forward(self, x: Tensor) -> Tensor:
        return x**3

    def deep_lift_multiplier(self, x: Tensor, reference: Tensor, grad_output: Tensor) -> Tensor:
        return grad_output * (x**2 + x * reference + reference**2)


def test_a_module_may_bring_its_own_rule():
    cube = Cube()
    x, reference = torch.randn(4, 3, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)
    with torch.no_grad(), recording(cube) as (inputs, own):
        before = cube(reference)
    leaf = x.clone().requires_grad_()
    with replacing(cube, inputs, own):
        out = 2 * cube(leaf)
    (found,) = torch.autograd.grad(out.sum(), leaf)
    assert torch.allclose((found * (x - reference)).sum(), out.detach().sum() - 2 * before.sum())
    assert not cube._forward_hooks
