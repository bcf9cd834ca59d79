"""Compiled inner loops of the baselines' features."""

import numba
import numpy as np


@numba.njit(cache=True)
def count_kmers(
    codes: np.ndarray, starts: np.ndarray, ends: np.ndarray, letters: int, columns: np.ndarray, out: np.ndarray
) -> None:
    """Count the k-mers of every length up to K of each sequence into the zeroed `out`, shape (N, features).

    Parameters
    ----------
    codes : ndarray, shape=(total,), uint8
        `letters` or more is an unknown letter: no k-mer runs over it.
    starts, ends : ndarray, shape=(N,), int64
        Sequence i is ``codes[starts[i]:ends[i]]``.
    letters : int
        Size of the alphabet.
    columns : ndarray, shape=(K, letters ** K), int64
        The column that each k-mer, read as a number, is counted in.
    out : ndarray, shape=(N, features), float32
    """
    for row in range(starts.shape[0]):
        run = 0  # known letters up to this place, as far as they matter
        for place in range(starts[row], ends[row]):
            run = min(run + 1, columns.shape[0]) if codes[place] < letters else 0
            number, size = 0, 1
            for k in range(run):  # the k-mers that end here, each one letter longer at its front
                number += codes[place - k] * size
                size *= letters
                out[row, columns[k, number]] += 1
