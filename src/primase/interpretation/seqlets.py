"""Seqlets: the short stretches of sequence on which a model's attributions concentrate."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d

WIDTH = 9  # letters over which contributions are summed: most binding sites have six to twelve strong positions
FALSE_SHARE = 0.05  # of the seqlets called, those that tracks without order would give
SHUFFLES = 5


@dataclass(frozen=True, eq=False)
class Seqlets:
    """Where seqlets lie.

    Attributes
    ----------
    rows : ndarray, shape=(S,), int64
        Sequence of each.
    centres : ndarray, shape=(S,), int64
        Position of its middle letter, 0-based.
    scores : ndarray, shape=(S,), float64
        Sum of the contributions around it, in logits; the strongest first.
    """

    rows: np.ndarray
    centres: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)


def find_seqlets(contributions: np.ndarray, known: np.ndarray, *, sign: int = 1, limit: int = 1500) -> Seqlets:
    """Find where contributions of one sign concentrate.

    Contributions are summed over `WIDTH` letters; a seqlet is a local maximum above a threshold, which is the lowest one at
    which the same contributions in random order within each sequence would give at most `FALSE_SHARE` as many.

    Parameters
    ----------
    contributions : ndarray, shape=(N, L), float
        Contribution of the letter at each position.
    known : ndarray, shape=(N, L), bool
        False where there is no letter.
    sign : int
        1 for contributions that raise the logit, -1 for those that lower it.
    limit : int
        The strongest so many are kept.

    Returns
    -------
    Seqlets

    Examples
    --------
    >>> track = np.full((40, 60), 0.01)
    >>> track[:, 20:30] = 1.0
    >>> found = find_seqlets(track, np.ones((40, 60), bool))
    >>> len(found), int(abs(found.centres - 24.5).max())
    (40, 0)
    """
    track = np.where(known, sign * contributions, 0.0)
    rng = np.random.default_rng(0)
    null = [np.sort(_peaks(_permuted(track, known, rng))[1]) for _ in range(SHUFFLES)]
    places, scores = _peaks(track)
    order = np.argsort(-scores, kind="stable")
    places, scores = places[order], scores[order]
    above = sum(len(each) - np.searchsorted(each, scores, "left") for each in null) / SHUFFLES
    passing = np.flatnonzero(above <= FALSE_SHARE * np.arange(1, len(scores) + 1))
    kept = slice(0, min(limit, int(passing[-1]) + 1 if len(passing) else 0))
    rows, centres = places[kept].T if len(places) else np.zeros((2, 0), np.int64)
    return Seqlets(rows, centres, sign * scores[kept])


def _peaks(track: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the places (P, 2) and heights (P,) of the positive local maxima of the smoothed track."""
    sums = uniform_filter1d(track, WIDTH, axis=1, mode="constant") * WIDTH
    # ties, as on a plateau, are broken towards the larger contribution in the middle
    sums = sums + 1e-6 * track
    high = (sums == maximum_filter1d(sums, 2 * WIDTH - 1, axis=1, mode="constant")) & (sums > 1e-12)
    return np.argwhere(high), sums[high]


def _permuted(track: np.ndarray, known: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put the contributions of each sequence in random order, unknown positions staying where they are."""
    keys = np.where(known, rng.random(track.shape), 2.0)
    source = np.argsort(keys, axis=1)
    target = np.argsort(~known, axis=1, kind="stable")
    out = np.zeros_like(track)
    np.put_along_axis(out, target, np.take_along_axis(track, source, 1), 1)
    return out
