"""Metrics of how reads are spread over the positions of a window, one track at a time: arrays (N, L).

A profile is whatever is not negative; it is divided by its sum. How near a model can come is told by the same metrics
with something else in the place of its predictions:

- `average_profile`: what is known without the sequence; a model should be better.
- `resample_reads`: the reads drawn again where they lay, as many as there were. Nothing gets less than this noise
  floor; the truth gets as much where reads are many, and more where they are few. Drawn from the predictions instead,
  they tell what these would get if they were the truth.
- `split_reads`: one half of the reads against the other, two small replicates of the experiment. Both scatter, each
  with half the reads, so that the truth gets less.
"""

import numpy as np
from scipy.special import gammaln

from primase.metrics.weighting import as_given, ratio, weighted_sums
from primase.metrics.windows import check_windows, per_window, x_log_x

TINY = 1e-30  # a read where a float32 softmax has nothing left costs 69 nats, not infinitely many


def profile_jsd(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the mean Jensen-Shannon distance of observed and expected profiles; windows without a read are left out.

    The distance is the root of the divergence in nats: 0 for equal profiles, 0.8326 (root of log 2) for profiles that
    do not overlap; as `scipy.spatial.distance.jensenshannon` and ChromBPNet have it.

    Parameters
    ----------
    targets, predictions : ndarray, shape=(N, L)
        Reads, and expected reads or shares.
    weights : ndarray, shape=(N,) or (R, N), optional
        How often each window counts; several rows give several values.

    Returns
    -------
    ndarray, shape=() or (R,)

    Examples
    --------
    >>> round(float(profile_jsd(np.array([[2, 0]]), np.array([[0.5, 0.5]]))), 4)
    0.4645
    """
    each = jensen_shannon_distances(targets, predictions)
    known = ~np.isnan(each)
    total, windows = weighted_sums(weights, np.where(known, each, 0.0), known)
    return as_given(ratio(total, windows), weights)


def jensen_shannon_distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the Jensen-Shannon distance of each pair of rows, shape (N,), for arrays (N, L); NaN where one is empty.

    Examples
    --------
    >>> jensen_shannon_distances(np.array([[1, 1], [0, 0]]), np.array([[3, 3], [1, 1]])).tolist()
    [0.0, nan]
    """
    first, second = check_windows(first, second)

    def distance(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        p, q = (values * ratio(1.0, values.sum(1, keepdims=True)) for values in (p, q))
        between = (p + q) / 2
        divergence = (x_log_x(p) + x_log_x(q)).sum(1) / 2 - x_log_x(between).sum(1)
        return np.sqrt(divergence.clip(min=0))

    return per_window(distance, first, second)


def profile_nll(targets: np.ndarray, predictions: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the mean multinomial negative log-likelihood of a window's reads, in nats, given their number.

    Arguments: `profile_jsd`. A window without a read costs nothing.

    Examples
    --------
    >>> round(float(profile_nll(np.array([[1, 1]]), np.array([[0.5, 0.5]]))), 4)
    0.6931
    """
    targets, predictions = check_windows(targets, predictions)

    def nll(reads: np.ndarray, expected: np.ndarray) -> np.ndarray:
        share = np.maximum(expected / np.maximum(expected.sum(1, keepdims=True), TINY), TINY)
        ways = gammaln(reads.sum(1) + 1) - gammaln(reads + 1).sum(1)
        return -ways - (reads * np.log(share)).sum(1)

    total, windows = weighted_sums(weights, per_window(nll, targets, predictions), np.ones(len(targets)))
    return as_given(ratio(total, windows), weights)


def average_profile(targets: np.ndarray) -> np.ndarray:
    """Return the mean profile (L,) of the windows that have reads, each counting the same; even where none has any.

    Examples
    --------
    >>> average_profile(np.array([[2, 0], [1, 1], [0, 0]])).tolist()
    [0.75, 0.25]
    """
    sums = per_window(lambda reads: reads.sum(1), targets)
    seen = sums > 0
    if not seen.any():
        return np.full(targets.shape[1], 1 / targets.shape[1])
    return np.where(seen, 1 / np.where(seen, sums, 1), 0.0) @ targets / seen.sum()


def resample_reads(targets: np.ndarray, profiles: np.ndarray | None = None, *, seed: int = 0) -> np.ndarray:
    """Return each window's reads (N, L) drawn again, as many, by their own profile or by another.

    Parameters
    ----------
    targets : ndarray, shape=(N, L)
        Reads; their number in a window is rounded to a whole one.
    profiles : ndarray, shape=(N, L), optional
        Where they fall; by default where they fell.
    seed : int

    Examples
    --------
    >>> resample_reads(np.array([[0, 7], [5, 5]])).sum(1).tolist()
    [7, 10]
    """
    rng = np.random.default_rng(seed)

    def draw(reads: np.ndarray, profile: np.ndarray) -> np.ndarray:
        sums = profile.sum(1, keepdims=True)
        shares = np.where(sums > 0, profile / np.where(sums > 0, sums, 1), 1 / profile.shape[1])
        return rng.multinomial(np.rint(reads.sum(1)).astype(np.int64), shares)

    return per_window(draw, targets, targets if profiles is None else profiles)


def split_reads(targets: np.ndarray, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the reads (N, L) dealt to two halves at random.

    Examples
    --------
    >>> one, two = split_reads(np.array([[0, 7], [5, 5]]))
    >>> (one + two).tolist()
    [[0, 7], [5, 5]]
    """
    whole = np.rint(targets).astype(np.int64)
    one = np.random.default_rng(seed).binomial(whole, 0.5)
    return one, whole - one
