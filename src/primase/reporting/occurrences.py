"""Where a motif stands in the explained sequences, and what it contributes there."""

from dataclasses import dataclass

import numpy as np

NEAR = 0.8  # of the best possible score: an occurrence
FLOOR = 0.01  # smallest probability, so that one unlike letter does not rule a place out


@dataclass(frozen=True, eq=False)
class Occurrences:
    """Places of one motif.

    Attributes
    ----------
    rows, starts : ndarray, shape=(P,), int64
        Sequence and 0-based first position.
    reverse : ndarray, shape=(P,), bool
        True where it lies on the other strand.
    width : int
        Letters.
    """

    rows: np.ndarray
    starts: np.ndarray
    reverse: np.ndarray
    width: int

    def __len__(self) -> int:
        return len(self.rows)

    def within(self, row: int) -> list[tuple[int, int]]:
        """Return the stretches (0-based, half-open) in one sequence."""
        return [(int(start), int(start) + self.width) for start in self.starts[self.rows == row]]


def find_occurrences(probabilities: np.ndarray, sequences: np.ndarray, *, strands: int = 2) -> Occurrences:
    """Find the places where a motif's log-odds score is near its best possible one.

    Parameters
    ----------
    probabilities : ndarray, shape=(4, W)
        The motif; columns sum to one.
    sequences : ndarray, shape=(N, 4, L)
        One-hot.
    strands : int
        2 looks at both (rows in the order A C G T).

    Returns
    -------
    Occurrences
        Sorted by sequence and place; each place once, on the strand that fits better.

    Examples
    --------
    >>> motif = np.eye(4)[:, [0, 1, 2]]
    >>> find_occurrences(motif, np.eye(4)[None, :, [3, 0, 1, 2]], strands=1).starts.tolist()
    [1]
    """
    width = probabilities.shape[1]
    places = sequences.shape[2] - width + 1
    if places < 1 or not len(sequences):
        none = np.zeros(0, np.int64)
        return Occurrences(none, none, none.astype(bool), width)
    clipped = np.maximum(probabilities, FLOOR)
    weights = np.log2(clipped / clipped.sum(0) * len(probabilities)).astype(np.float32)
    best = float(weights.max(0).sum())
    scores = [_scan(weights, sequences, places)]
    if strands == 2:
        scores.append(_scan(weights[::-1, ::-1], sequences, places))
    both = np.stack(scores)
    rows, starts = np.nonzero(both.max(0) >= NEAR * best)
    return Occurrences(rows, starts, both[:, rows, starts].argmax(0) == 1, width)


def _scan(weights: np.ndarray, sequences: np.ndarray, places: int) -> np.ndarray:
    scores = np.zeros((len(sequences), places), np.float32)
    for column in range(weights.shape[1]):
        window = sequences[:, :, column : column + places]
        scores += np.tensordot(weights[:, column], window, (0, 1)).astype(np.float32)
    return scores


def mean_contributions(occurrences: Occurrences, contributions: np.ndarray, sequences: np.ndarray) -> np.ndarray:
    """Return the mean contribution of each letter at each position of a motif: its CWM, shape (4, W).

    Parameters
    ----------
    occurrences : Occurrences
        At least one place.
    contributions : ndarray, shape=(N, L)
        Attribution of each observed letter.
    sequences : ndarray, shape=(N, 4, L)
        One-hot.
    """
    columns = occurrences.starts[:, None] + np.arange(occurrences.width)
    rows = occurrences.rows[:, None]
    letters = sequences[rows, :, columns] * contributions[rows, columns][:, :, None]  # (P, W, 4)
    turned = letters[:, ::-1, ::-1]
    return np.where(occurrences.reverse[:, None, None], turned, letters).mean(0).T


def align_motif(probabilities: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Turn `other`, shape (4, V), to the strand on which it looks more like `probabilities`, shape (4, W)."""
    turned = other[::-1, ::-1]
    return max((other, turned), key=lambda found: _similarity(probabilities, found))


def _similarity(one: np.ndarray, other: np.ndarray) -> float:
    width, wide = one.shape[1], other.shape[1]
    padded = np.full((len(one), width + 2 * (wide - 1)), 0.25)
    padded[:, wide - 1 : wide - 1 + width] = one
    shifts = range(padded.shape[1] - wide + 1)
    return max(float(((padded[:, shift : shift + wide] - 0.25) * (other - 0.25)).sum()) for shift in shifts)
