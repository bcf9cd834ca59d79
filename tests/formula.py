"""Weights and sequences by formula, so that numbers made with other programs can be compared with ours."""

import torch
from torch import nn


def scatter(count: int, number: int) -> torch.Tensor:
    """Return `count` numbers between -1 and 1, float64, that follow no pattern."""
    place = torch.arange(1, count + 1, dtype=torch.float64)
    return 2 * torch.frac(torch.sin(place * 12.9898 + number * 78.233).abs() * 43758.5453) - 1


def fill_by_formula(net: nn.Module) -> nn.Module:
    """Give every weight and every statistic of `net` a value by its place; return `net` in eval mode."""
    for number, (name, tensor) in enumerate(net.state_dict().items()):
        if tensor.is_floating_point():
            values = scatter(tensor.numel(), number).view(tensor.shape)
            positive = tensor.ndim == 1 and not name.endswith(("bias", "mean"))
            tensor.copy_(1 + values / 2 if positive else values * (3 / max(tensor[0].numel(), 6)) ** 0.5)
    return net.eval()


def sequences_by_formula(rows: int, length: int) -> torch.Tensor:
    """Return one-hot sequences (rows, 4, length) by formula, with a stretch of N."""
    codes = ((scatter(rows * length, 0).view(rows, length) + 1) * 2).long().clamp(0, 3)
    seq = nn.functional.one_hot(codes, 4).mT.float()
    seq[:, :, length // 3 : length // 3 + 4] = 0
    return seq
