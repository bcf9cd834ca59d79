"""Seqlets: the short stretches of sequence on which a model's attributions concentrate."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d

WIDTH = 9  # letters over which contributions are summed: most binding sites have six to twelve strong positions
FALSE_SHARE = 0.05  # of the seqlets called, those that the background would give


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

    Contributions are summed over `WIDTH` letters; a seqlet is a local maximum of the sums. Most stretches of most
    sequences mean little to a model, so the median size of the sums tells the background, a Laplace distribution; a
    maximum counts if of those as high at most `FALSE_SHARE` would be expected of the background (Benjamini-Hochberg).

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
    >>> track[:, 20:29] = 1.0
    >>> found = find_seqlets(track, np.ones((40, 60), bool))
    >>> len(found), int(abs(found.centres - 24).max())
    (40, 0)
    """
    sums = uniform_filter1d(np.where(known, sign * contributions, 0.0), WIDTH, axis=1, mode="constant") * WIDTH
    high = (sums == maximum_filter1d(sums, 2 * WIDTH - 1, axis=1, mode="constant")) & (sums > 0) & known
    places, scores = np.argwhere(high), sums[high]
    order = np.argsort(-scores, kind="stable")
    places, scores = places[order], scores[order]
    # many models are silent on more than half of all letters: then every maximum counts
    scale = max(float(np.median(np.abs(sums[known]))) if known.any() else 0.0, 1e-12) / np.log(2)
    chance = np.exp(-scores / scale) * len(scores)
    passing = np.flatnonzero(chance <= FALSE_SHARE * np.arange(1, len(scores) + 1))
    kept = slice(0, min(limit, int(passing[-1]) + 1 if len(passing) else 0))
    return Seqlets(places[kept, 0], places[kept, 1], sign * scores[kept])
