"""Counts of k-mers as a layer: exact for one-hot input, and with a gradient for every letter that could stand there."""

import torch
from torch import Tensor, nn

# Gauss-Legendre nodes and weights on [0, 1]; three integrate polynomials up to degree 5 exactly.
NODES = (0.5 - 0.15**0.5, 0.5, 0.5 + 0.15**0.5)
WEIGHTS = (5 / 18, 8 / 18, 5 / 18)


class KmerCounts(nn.Module):
    """Count all words of 1 to `longest` letters.

    A window counts for a word as the product of the input at the word's letters: 1 or 0 for one-hot letters, and 0
    wherever an N (an all-zero column) is in it. The counts are multilinear in the columns, so the gradient at a
    letter is the change that putting it there would make. Long words are joined from two halves, one matrix product
    for all pairs of half-words, instead of one filter per word.

    Parameters
    ----------
    letters : int
        Channels of the input.
    longest : int
        Letters of the longest word, 1 to 6.

    Examples
    --------
    >>> seq = torch.eye(4)[[0, 1, 0, 1]].T[None]
    >>> counts = KmerCounts(4, 2)(seq)[0]
    >>> counts[:4].tolist(), counts[4:].nonzero()[:, 0].tolist()
    ([2.0, 2.0, 0.0, 0.0], [1, 4])
    """

    def __init__(self, letters: int, longest: int) -> None:
        super().__init__()
        self.letters, self.longest = letters, longest
        self.features = sum(letters**k for k in range(1, longest + 1))

    def forward(self, seq: Tensor) -> Tensor:
        """Return counts (B, features) for `seq` (B, letters, L): words of one letter first, each size in order."""
        half = (self.longest + 1) // 2
        words = [seq]
        for size in range(2, half + 1):
            shorter, letter = words[-1][..., : max(seq.shape[-1] - size + 1, 0)], seq[..., size - 1 :]
            words.append((shorter[:, :, None] * letter[:, None]).flatten(1, 2))
        counts = [word.sum(-1) for word in words]
        for size in range(half + 1, self.longest + 1):
            windows = max(seq.shape[-1] - size + 1, 0)
            left, right = words[half - 1][..., :windows], words[size - half - 1][..., half:]
            counts.append((left @ right[..., :windows].mT).flatten(1))
        return torch.cat(counts, 1)

    def deep_lift_multiplier(self, seq: Tensor, reference: Tensor, grad_output: Tensor) -> Tensor:
        """Return the multipliers of `seq` against `reference`: the mean gradient on the straight way between them.

        Along it the gradient is a polynomial of degree `longest` - 1 at most, so three nodes give the mean exactly, and
        the contributions add up.
        """
        total = torch.zeros_like(seq)
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            with torch.enable_grad():
                point = (reference + node * (seq - reference)).requires_grad_()
                (gradient,) = torch.autograd.grad(self(point), point, grad_output)
            total += weight * gradient
        return total
