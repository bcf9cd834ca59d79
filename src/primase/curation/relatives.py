"""Windows of a genome that have a near-duplicate in another part: repeats, paralogs, duplications."""

import numpy as np

from primase.core.alphabet import DNA
from primase.curation.sequences import GenomeSequences
from primase.curation.similarity import clusters, near_duplicates
from primase.curation.tracing import trace_copies

MOST_LETTERS = 2**28  # that are compared: some ten bytes of memory each


def find_relatives(sequences: GenomeSequences, bins: np.ndarray, seed: int) -> np.ndarray:
    """Say which windows have a near-duplicate in a later part; leaving them out, the last part loses nothing.

    Clusters of near-duplicates come first, by seeds. Then the members of those that lie in several parts are compared
    one with one, since a chain of overlapping windows connects what is not alike.

    Parameters
    ----------
    sequences : GenomeSequences, of N windows
    bins : ndarray, shape=(N,), int8
        Part or fold of each window.
    seed : int

    Returns
    -------
    ndarray, shape=(N,), bool
    """
    found = np.zeros(len(bins), bool)
    real = np.flatnonzero(~sequences.shuffled)
    sequences, bins = sequences.take(real), bins[real]
    pairs, _ = near_duplicates(*sequences.letters(), DNA, seed=seed)
    units = clusters(pairs, len(bins))
    last = np.full(len(bins), -1, bins.dtype)
    np.maximum.at(last, units, bins)
    first = last.copy()
    np.minimum.at(first, units, bins)
    across = (first < last)[units]
    for part in range(int(bins.max(initial=0))):
        mine, later = np.flatnonzero(across & (bins == part)), np.flatnonzero(across & (bins > part))
        if len(mine) and len(later):
            found[real[mine]] = trace_copies(sequences.take(mine), sequences.take(later), DNA)
    return found
