"""The optimiser and the learning rate of a plan."""

import math
from collections.abc import Callable

import torch
from torch import nn

from primase.core.plan import Plan


def make_optimiser(net: nn.Module, plan: Plan) -> torch.optim.Optimizer:
    """Return the plan's optimiser, fused where torch can: on small networks the step itself is the cost.

    A network may divide its parameters by a method ``parameter_groups(plan)`` that returns torch's list of groups; else
    weights decay, and vectors (biases, normalisation) do not.
    """
    groups = net.parameter_groups(plan) if hasattr(net, "parameter_groups") else _decay_groups(net, plan)
    rate = plan.learning_rate
    if plan.optimiser == "adamw":
        return torch.optim.AdamW(groups, lr=rate, weight_decay=plan.weight_decay, fused=True)
    if plan.optimiser == "adam":
        # epsilon of Keras, in which most published recipes were written
        return torch.optim.Adam(groups, lr=rate, eps=1e-7, fused=True)
    if plan.optimiser == "rmsprop":
        return torch.optim.RMSprop(groups, lr=rate, alpha=plan.decay_rate, foreach=True)
    nesterov = plan.momentum > 0
    return torch.optim.SGD(groups, lr=rate, momentum=plan.momentum, nesterov=nesterov, fused=True)


def _decay_groups(net: nn.Module, plan: Plan) -> list[dict]:
    parameters = [p for p in net.parameters() if p.requires_grad]
    if plan.weight_decay == 0:
        return [{"params": parameters}]
    matrices = [p for p in parameters if p.ndim > 1]
    vectors = [p for p in parameters if p.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": plan.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]


def rate_factor(plan: Plan, steps: int) -> Callable[[int], float] | None:
    """Return the factor on the learning rate at each step of `steps`; None where it never changes.

    Examples
    --------
    >>> factor = rate_factor(Plan(warmup=0.1), 100)
    >>> factor(0), factor(9), round(factor(55), 2), round(factor(99), 3)
    (0.1, 1.0, 0.5, 0.0)
    """
    if plan.schedule == "constant" and plan.warmup == 0:
        return None
    rising = max(1, round(plan.warmup * steps)) if plan.warmup else 0

    def factor(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        if plan.schedule == "constant":
            return 1.0
        done = (step - rising) / max(1, steps - rising)
        return 0.5 * (1 + math.cos(math.pi * done))

    return factor


@torch.no_grad()
def limit_norms(net: nn.Module, most: float) -> None:
    """Scale down the weights into each unit whose norm exceeds `most` (max-norm regularisation)."""
    for parameter in net.parameters():
        if parameter.ndim > 1:
            parameter.renorm_(2, 0, most)
