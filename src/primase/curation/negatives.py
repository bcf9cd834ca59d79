"""Made-up negatives: shuffles that keep every dinucleotide."""

import numpy as np


def shuffle_negatives(codes: np.ndarray, offsets: np.ndarray, seed: int) -> np.ndarray:
    """Shuffle every sequence so that each keeps its dinucleotide counts, its first and its last letter.

    Parameters
    ----------
    codes, offsets : ndarray
        Sequence i is ``codes[offsets[i]:offsets[i + 1]]``.
    seed : int
        Same seed, same shuffles.

    Returns
    -------
    ndarray, shape=(total,), uint8
        The shuffles, at the same offsets.

    Examples
    --------
    >>> shuffle_negatives(np.array([0, 1, 0, 2, 0], np.uint8), np.array([0, 5]), seed=1)[[0, -1]].tolist()
    [0, 0]
    """
    from primase.core.kernels import shuffle_many

    state = np.random.SeedSequence([seed, 0x5F]).generate_state(1, np.uint64)[0]
    return shuffle_many(np.ascontiguousarray(codes, np.uint8), np.asarray(offsets, np.int64), state)
