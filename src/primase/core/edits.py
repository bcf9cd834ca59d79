"""Pure edits of encoded sequences."""

from collections.abc import Sequence

import numpy as np

from primase.core.kernels import shuffle_dinucleotides


def dinucleotide_shuffle(codes: np.ndarray, *, seed: int | Sequence[int], copies: int = 1) -> np.ndarray:
    """Shuffle one sequence so that every dinucleotide keeps its count.

    The shuffle is a uniformly random Eulerian path through the dinucleotide multigraph, whose last-exit tree is drawn
    by Wilson's algorithm. First and last letter stay in place. Unknown letters count as one letter more.

    Parameters
    ----------
    codes : ndarray, shape=(L,), uint8
        Any codes below 32.
    seed : int or sequence of int
        Same seed, same shuffles.
    copies : int
        How many shuffles to draw.

    Returns
    -------
    ndarray, shape=(copies, L), uint8

    References
    ----------
    Altschul & Erickson 1985, doi:10.1093/oxfordjournals.molbev.a040370; Jiang et al. 2008 (uShuffle),
    doi:10.1186/1471-2105-9-192.

    Examples
    --------
    >>> codes = np.array([0, 1, 0, 2, 0, 3, 0, 1], np.uint8)
    >>> out = dinucleotide_shuffle(codes, seed=1)[0]
    >>> sorted(zip(out, out[1:])) == sorted(zip(codes, codes[1:]))
    True
    """
    state = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    return shuffle_dinucleotides(np.ascontiguousarray(codes, np.uint8), copies, state)
