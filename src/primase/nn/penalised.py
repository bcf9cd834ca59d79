"""Linear models with an L2 penalty, solved to the optimum, their penalty chosen by grouped folds."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits
from torch import Tensor
from torch.nn import functional as F

# From "nothing but the mean" to "hardly any penalty", for standardised features; largest first.
PENALTIES = (30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
RISE = 1.02  # a path of penalties ends where two in a row are this much worse than the best

Loss = Callable[[Tensor, Tensor, Tensor | None], Tensor]


def fit_penalised(
    features: Tensor,
    targets: Tensor,
    loss: Loss,
    penalty: float,
    start: Tensor,
    *,
    weights: Tensor | None = None,
    iterations: int = 300,
) -> Tensor:
    """Minimise ``loss(logits, targets) + penalty / 2 * |weights|^2`` by L-BFGS.

    Parameters
    ----------
    features : Tensor, shape=(N, F), float32
        Standardised.
    targets : Tensor, shape=(N,) or (N, T)
        As `loss` takes them.
    loss : callable
        ``loss(logits, targets, weights)``: a mean over the rows, convex in the logits.
    penalty : float
        On the weights; the last column, the constant, is free.
    start : Tensor, shape=(T, F + 1)
        Where to begin.
    weights : Tensor, shape=(N,), optional
        Of the rows.
    iterations : int
        At most.

    Returns
    -------
    Tensor, shape=(T, F + 1)
        Weights and, last, the constant.

    Examples
    --------
    >>> x, y = torch.tensor([[-1.0], [1.0]]), torch.tensor([[-2.0], [4.0]])
    >>> fit_penalised(x, y, F.mse_loss, 2.0, torch.zeros(1, 2)).round(decimals=3)
    tensor([[1.5000, 1.0000]])
    """

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        point = torch.from_numpy(flat).float().view_as(start)
        logits = F.linear(features, point[:, :-1], point[:, -1]).requires_grad_()
        value = loss(logits, targets, weights)
        (slope,) = torch.autograd.grad(value, logits)
        gradient = torch.cat([slope.T @ features + penalty * point[:, :-1], slope.sum(0)[:, None]], 1)
        size = point[:, :-1].double().square().sum().item()
        return value.item() + penalty / 2 * size, gradient.double().flatten().numpy()

    options = {"maxiter": iterations, "ftol": 1e-9, "gtol": 1e-5}
    found = minimize(objective, start.double().flatten().numpy(), jac=True, method="L-BFGS-B", options=options)
    return torch.from_numpy(found.x).float().view_as(start)


def score_penalties(
    features: Tensor,
    targets: Tensor,
    units: np.ndarray,
    loss: Loss,
    start: Tensor,
    *,
    weights: Tensor | None = None,
    folds: int = 3,
    seed: int = 0,
) -> np.ndarray:
    """Return the loss on held-out units for each of `PENALTIES`; infinite where the path had ended.

    Parameters
    ----------
    features, targets, loss, start, weights
        As in `fit_penalised`.
    units : ndarray, shape=(N,), int64
        Rows of one unit are held out together.
    folds, seed : int
        How the units are divided.
    """
    names, index = np.unique(units, return_inverse=True)
    fold = (np.random.default_rng(seed).permutation(len(names)) % folds)[index]
    losses = np.zeros(len(PENALTIES))
    for number in range(folds):
        inside, outside = (torch.from_numpy(np.flatnonzero(part)) for part in (fold != number, fold == number))
        if not len(inside) or not len(outside):
            continue
        seen, found = [], start
        rows, held = features[inside], features[outside]
        mine, theirs = (None if weights is None else weights[part] for part in (inside, outside))
        for penalty in PENALTIES:
            found = fit_penalised(rows, targets[inside], loss, penalty, found, weights=mine, iterations=30)
            logits = F.linear(held, found[:, :-1], found[:, -1])
            seen.append(loss(logits, targets[outside], theirs).item())
            if len(seen) > 3 and min(seen[-2:]) > RISE * min(seen):
                break
        losses += len(outside) / len(index) * np.array(seen + [np.inf] * (len(PENALTIES) - len(seen)))
    return losses


# scipy's steps run on numpy's threads, the objective on torch's: taking turns, each spins while the other works
@threadpool_limits.wrap(limits=1, user_api="blas")
def solve_penalised(
    features: Tensor,
    targets: Tensor,
    units: np.ndarray,
    loss: Loss,
    scales: Sequence[Tensor],
    *,
    weights: Tensor | None = None,
    outputs: int = 1,
    seed: int = 0,
) -> Tensor:
    """Fit the linear model whose penalty, and whose scale of the features, predict held-out units best.

    Parameters
    ----------
    features : Tensor, shape=(N, F), float32
        As they are; overwritten by their standardised form.
    targets, units, loss, weights, seed
        As in `score_penalties`.
    scales : sequence of Tensor, shape=(F,)
        What each standardised feature is multiplied by before it is penalised; 0 leaves it out. Each is tried.
    outputs : int
        Logits per row.

    Returns
    -------
    Tensor, shape=(outputs, F + 1)
        Weights of the features as they came and, last, the constant.
    """
    mean, spread = features.mean(0), features.std(0, correction=0)
    inverse = torch.where(spread > 1e-6, 1 / spread, 0.0)
    features.sub_(mean).mul_(inverse)
    best, scale, end = np.inf, scales[0], 1
    for candidate in scales:
        part = _take(features, candidate)
        start = torch.zeros(outputs, part.shape[1] + 1)
        losses = score_penalties(part, targets, units, loss, start, weights=weights, seed=seed)
        if losses.min() < best:
            best, scale, end = losses.min(), candidate, int(losses.argmin()) + 1
    part = _take(features, scale)
    found = torch.zeros(outputs, part.shape[1] + 1)
    for penalty in PENALTIES[:end]:  # down the path, since each solution is a good start for the next
        found = fit_penalised(part, targets, loss, penalty, found, weights=weights)
    slopes = torch.zeros(outputs, len(mean))
    slopes[:, scale > 0] = found[:, :-1]
    slopes *= scale * inverse
    return torch.cat([slopes, (found[:, -1] - slopes @ mean)[:, None]], 1)


def _take(features: Tensor, scale: Tensor) -> Tensor:
    """Return the scaled features whose scale is not 0."""
    return features[:, scale > 0] * scale[scale > 0]
