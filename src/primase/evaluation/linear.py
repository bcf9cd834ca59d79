"""L2-penalised logistic, softmax and least-squares models, many at once, on dense features.

All share one solver: L-BFGS in coordinates in which the problem is nearly round. These come from the leading
eigenvectors of the features' Gram matrix, found by random projection; every loss here is, by a constant, at most as
curved as least squares. Models that differ in targets, rows (NaN where a row does not belong) or penalty are columns of
one problem, so that each pass over the features serves them all.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, softmax

EIGENVECTORS = 128
CURVATURE = {"logistic": 0.25, "softmax": 0.25, "squares": 1.0}
STEPS = 2000


@dataclass(frozen=True, eq=False)
class Rounding:
    """Coordinates for the solver.

    Attributes
    ----------
    vectors : ndarray, shape=(P, K)
        Leading eigenvectors of the Gram matrix.
    values : ndarray, shape=(K,)
        Their eigenvalues.
    rest : float
        Mean of the other eigenvalues.
    """

    vectors: np.ndarray
    values: np.ndarray
    rest: float


@dataclass(frozen=True, eq=False)
class Linear:
    """A fitted model.

    Attributes
    ----------
    loss : str
        ``logistic``, ``softmax`` or ``squares``.
    weights : ndarray, shape=(P, T)
    intercepts : ndarray, shape=(T,)
    """

    loss: str
    weights: np.ndarray
    intercepts: np.ndarray

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return probabilities or values, shape (N, T), for features (N, P)."""
        logits = (features @ self.weights.astype(features.dtype)).astype(np.float64) + self.intercepts
        if self.loss == "squares":
            return logits
        return expit(logits) if self.loss == "logistic" else softmax(logits, axis=1)


def find_rounding(features: np.ndarray, *, seed: int = 0) -> Rounding:
    """Find the leading eigenvectors of ``features.T @ features`` by subspace iteration from a random start.

    References
    ----------
    Halko, Martinsson & Tropp 2011, doi:10.1137/090771806, algorithm 4.4.
    """
    rows, columns = features.shape
    count = min(EIGENVECTORS, rows, columns)
    basis = np.random.default_rng([seed, 0x9A]).standard_normal((columns, count)).astype(features.dtype)
    for _ in range(2):
        basis = np.linalg.qr(features.T @ (features @ basis))[0]
    seen = features @ basis
    values, turn = np.linalg.eigh((seen.T @ seen).astype(np.float64))
    values = values.clip(0)
    total = float(np.einsum("np,np->", features, features, dtype=np.float64))
    rest = max(total - values.sum(), 0.0) / max(columns - count, 1)
    return Rounding(basis @ turn.astype(features.dtype), values, rest)


def fit_linear(
    features: np.ndarray,
    targets: np.ndarray,
    penalties: np.ndarray,
    loss: str,
    rounding: Rounding,
    *,
    start: Linear | None = None,
    tolerance: float = 1e-4,
) -> Linear:
    """Minimise the summed loss plus half the penalty times the squared norm of the weights; the intercept is free.

    Parameters
    ----------
    features : ndarray, shape=(N, P)
        About centred; float32 is precise enough for predictions, float64 for comparisons.
    targets : ndarray, shape=(N, T)
        0 or 1 for ``logistic`` and ``softmax``, values for ``squares``; NaN where a row does not count for a column.
        For ``softmax`` the axis is (models, classes) flattened with shape (N, M, C).
    penalties : ndarray, shape=(T,) or (M, C)
        One per column; equal within a softmax.
    loss : str
        ``logistic``, ``softmax`` or ``squares``.
    rounding : Rounding
        Of these features.
    start : Linear, optional
        Where to begin: the fit of a neighbouring penalty.
    tolerance : float
        Largest gradient that is left, relative to that of the empty model.

    Returns
    -------
    Linear
        Weights of shape (P, T); for ``softmax`` with several models (P, M * C).
    """
    shape = targets.shape[1:]
    known = ~np.isnan(targets)
    wanted = np.where(known, targets, 0.0)
    penalties = np.asarray(penalties, np.float64).reshape(-1)
    share = known.mean(0).reshape(-1)
    curvature = CURVATURE[loss]
    leading = 1 / np.sqrt(curvature * share * rounding.values[:, None] + penalties)
    others = 1 / np.sqrt(curvature * share * rounding.rest + penalties)
    free = 1 / np.sqrt(curvature * np.maximum(known.sum(0).reshape(-1), 1))
    kind = features.dtype
    vectors = rounding.vectors

    def turn(matrix: np.ndarray) -> np.ndarray:
        """Go from round coordinates to weights; the map is symmetric, so gradients go back by it too."""
        inside = (leading - others) * (vectors.T @ matrix.astype(kind))
        return vectors @ inside.astype(kind) + others * matrix

    def objective(point: np.ndarray) -> tuple[float, np.ndarray]:
        round_weights = point.reshape(-1, len(penalties))
        weights, intercepts = turn(round_weights[:-1]), round_weights[-1] * free
        logits = (features @ weights.astype(kind)).astype(np.float64) + intercepts
        total, by_logit = _loss(loss, logits.reshape(-1, *shape), wanted, known)
        by_logit = by_logit.reshape(len(features), -1)
        by_weight = (features.T @ by_logit.astype(kind)).astype(np.float64) + penalties * weights
        gradient = np.concatenate([turn(by_weight), (by_logit.sum(0) * free)[None]])
        return total + 0.5 * float((penalties * (weights**2).sum(0)).sum()), gradient.ravel()

    empty = np.zeros((features.shape[1] + 1) * len(penalties))
    steepest = float(np.abs(objective(empty)[1]).max())
    first = empty if start is None else _round_point(start, rounding, leading, others, free)
    # a float32 gradient cannot be trusted to the last digit: a line search that fails ends the fit
    options = {"maxiter": STEPS, "maxfun": STEPS, "maxls": 10, "gtol": tolerance * steepest, "ftol": 0.0, "maxcor": 20}
    found = minimize(objective, first, jac=True, method="L-BFGS-B", options=options).x.reshape(-1, len(penalties))
    return Linear(loss, turn(found[:-1]), found[-1] * free)


def validation_losses(model: Linear, features: np.ndarray, targets: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Return the mean loss of each answer on the rows that each of several models was not fitted on.

    Parameters
    ----------
    model : Linear
        M models side by side, with M * T columns.
    features : ndarray, shape=(N, P)
    targets : ndarray, shape=(N, T)
        NaN where unknown.
    held : ndarray, shape=(N, M), bool
        Which rows each model has not seen.

    Returns
    -------
    ndarray, shape=(T,)
        Of a softmax, the one loss T times.
    """
    logits = (features @ model.weights.astype(features.dtype)).astype(np.float64) + model.intercepts
    logits = logits.reshape(len(features), held.shape[1], targets.shape[1])
    out = np.zeros(targets.shape[1])
    for number in range(held.shape[1]):
        rows = held[:, number]
        known = ~np.isnan(targets[rows])
        wanted = np.where(known, targets[rows], 0.0)
        each = [
            _loss(model.loss, logits[rows, number, c], wanted[:, c], known[:, c])[0]
            for c in _columns(model.loss, wanted)
        ]
        out += np.array(each)
    return out / np.maximum((~np.isnan(targets)).sum(0), 1)


def _columns(loss: str, targets: np.ndarray) -> list[slice]:
    """Return the columns that have a loss of their own."""
    count = targets.shape[1]
    return [slice(0, count)] if loss == "softmax" else [slice(c, c + 1) for c in range(count)]


def _round_point(
    start: Linear, rounding: Rounding, leading: np.ndarray, others: np.ndarray, free: np.ndarray
) -> np.ndarray:
    """Go from weights to round coordinates."""
    vectors = rounding.vectors.astype(np.float64)
    inside = (1 / leading - 1 / others) * (vectors.T @ start.weights)
    return np.concatenate([vectors @ inside + start.weights / others, (start.intercepts / free)[None]]).ravel()


def _loss(loss: str, logits: np.ndarray, wanted: np.ndarray, known: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the summed loss and its slope by each logit."""
    if loss == "squares":
        error = np.where(known, logits - wanted, 0.0)
        return 0.5 * float((error**2).sum()), error
    if loss == "logistic":
        # log(1 + exp(z)) - y z, without overflow
        each = np.maximum(logits, 0) + np.log1p(np.exp(-np.abs(logits))) - wanted * logits
        return float(np.where(known, each, 0.0).sum()), np.where(known, expit(logits) - wanted, 0.0)
    logits = logits - logits.max(-1, keepdims=True)
    odds = np.exp(logits)
    total = odds.sum(-1, keepdims=True)
    each = np.log(total) - (wanted * logits).sum(-1, keepdims=True)
    return float(np.where(known[..., :1], each, 0.0).sum()), np.where(known, odds / total - wanted, 0.0)
