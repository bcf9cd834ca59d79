"""Clusters of seqlets: aligned over shifts and strands, joined by the similarity of what the model sees in them."""

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from primase.interpretation.seqlets import Seqlets

CORE = 15  # letters compared
SHIFT = 7  # letters by which two seqlets may be shifted against each other
JOIN = 0.55  # mean cosine similarity at which seqlets join a cluster
BELONG = 0.45  # similarity to a cluster's mean at which a seqlet belongs to it
MERGE = 0.7  # similarity of two clusters' means at which they are one
ROUNDS = 3


@dataclass(frozen=True, eq=False)
class Cluster:
    """Aligned sites of one motif.

    Attributes
    ----------
    rows, centres : ndarray, shape=(S,), int64
        Sequence, and the position under the middle of the motif.
    strands : ndarray, shape=(S,), int64
        1, or -1 where the site lies on the other strand.
    mean : ndarray, shape=(8, CORE)
        Mean of the aligned features.
    """

    rows: np.ndarray
    centres: np.ndarray
    strands: np.ndarray
    mean: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)


def cut(values: np.ndarray, rows: np.ndarray, centres: np.ndarray, half: int) -> np.ndarray:
    """Cut windows of ``2 * half + 1`` letters around `centres` from `values` (N, A, L); zeros beyond the ends.

    Examples
    --------
    >>> cut(np.arange(4.0)[None, None], np.array([0]), np.array([0]), 2)[0, 0].tolist()
    [0.0, 0.0, 0.0, 1.0, 2.0]
    """
    places = centres[:, None] + np.arange(-half, half + 1)
    inside = (places >= 0) & (places < values.shape[2])
    found = values[rows[:, None], :, places.clip(0, values.shape[2] - 1)]
    return np.where(inside[..., None], found, 0).transpose(0, 2, 1)


def flip(matrices: np.ndarray) -> np.ndarray:
    """Return the other strand of matrices (..., 4 or 8, W), whose rows are A C G T."""
    blocks = matrices.reshape(*matrices.shape[:-2], matrices.shape[-2] // 4, 4, matrices.shape[-1])
    return blocks[..., ::-1, ::-1].reshape(matrices.shape)


def cluster_seqlets(
    seqlets: Seqlets, values: np.ndarray, sequences: np.ndarray, *, strands: int = 2, smallest: int = 20
) -> list[Cluster]:
    """Cluster seqlets by what the model sees in them.

    Two seqlets are compared by their hypothetical contributions and by those of their letters, in the best of all
    shifts and on the better strand. Average linkage gives clusters; then each seqlet goes to the nearest cluster's
    mean, and clusters with the same mean are merged, a few times over.

    Parameters
    ----------
    seqlets : Seqlets
        Up to a few thousand, of one sign.
    values : ndarray, shape=(N, 4, L)
        Hypothetical contributions.
    sequences : ndarray, shape=(N, 4, L)
        One-hot.
    strands : int
        2 if a site may lie on either strand.
    smallest : int
        Seqlets that a cluster has at least.

    Returns
    -------
    list of Cluster
        The largest first.
    """
    if len(seqlets) < max(smallest, 2):
        return []
    wide = _features(seqlets, values, sequences)
    norms = np.stack([np.linalg.norm(wide[..., o : o + CORE], axis=(1, 2)) for o in range(2 * SHIFT + 1)]).max(0)
    core = wide[..., SHIFT : SHIFT + CORE]
    similarity, _, _ = _align(core, wide, norms, strands)
    similarity = (similarity + similarity.T) / 2
    distance = (1 - similarity).clip(0)
    np.fill_diagonal(distance, 0)
    labels = fcluster(linkage(squareform(distance, checks=False), "average"), 1 - JOIN, "distance")
    means = []
    for label in np.flatnonzero(np.bincount(labels) >= max(smallest // 2, 2)):
        members = np.flatnonzero(labels == label)
        medoid = members[similarity[np.ix_(members, members)].sum(1).argmax()]
        means.append(core[medoid])
    for _ in range(ROUNDS):
        if not means:
            return []
        fit, shift, strand = _align(np.stack(means), wide, norms, strands)
        nearest = fit.argmax(0)
        members = [np.flatnonzero((nearest == k) & (fit[k] >= BELONG)) for k in range(len(means))]
        groups = [(k, m) for k, m in enumerate(members) if len(m) >= smallest]
        means = [_mean(wide[m], shift[k, m], strand[k, m]) for k, m in groups]
        means = _merged(means, [len(m) for _, m in groups], strands)
    if not means:
        return []
    fit, shift, strand = _align(np.stack(means), wide, norms, strands)
    nearest = fit.argmax(0)
    clusters = []
    for k, mean in enumerate(means):
        chosen = np.flatnonzero((nearest == k) & (fit[k] >= BELONG))
        cluster = _sites(seqlets, chosen, shift[k, chosen], strand[k, chosen], mean)
        if len(cluster) >= smallest:
            clusters.append(cluster)
    return sorted(clusters, key=len, reverse=True)


def _features(seqlets: Seqlets, values: np.ndarray, sequences: np.ndarray) -> np.ndarray:
    """Return what is compared, shape (S, 8, CORE + 2 SHIFT): two centred blocks of equal weight, each of unit size."""
    half = CORE // 2 + SHIFT
    present = cut(sequences, seqlets.rows, seqlets.centres, half).astype(float)
    imagined = cut(values, seqlets.rows, seqlets.centres, half).astype(float)
    # centred over the letters, so that unrelated seqlets have similarity zero on average
    real = (imagined * present).sum(1, keepdims=True) * (present - 0.25) * present.any(1, keepdims=True)
    imagined = imagined - imagined.mean(1, keepdims=True)
    sizes = [np.linalg.norm(block, axis=(1, 2), keepdims=True) for block in (imagined, real)]
    return np.concatenate([imagined / np.maximum(sizes[0], 1e-12), real / np.maximum(sizes[1], 1e-12)], 1)


def _align(cores: np.ndarray, wide: np.ndarray, norms: np.ndarray, strands: int) -> tuple[np.ndarray, ...]:
    """Compare K cores with S wide windows: similarity, shift (from 0) and strand of the best alignment, each (K, S)."""
    shape = (len(cores), len(wide))
    best, shift, strand = np.full(shape, -np.inf, np.float32), np.zeros(shape, np.int64), np.ones(shape, np.int64)
    scale = np.maximum(np.linalg.norm(cores, axis=(1, 2)), 1e-12)[:, None] * np.maximum(norms, 1e-12)
    for direction in (1, -1)[:strands]:
        oriented = (cores if direction == 1 else flip(cores)).reshape(len(cores), -1).astype(np.float32)
        for offset in range(2 * SHIFT + 1):
            windows = wide[..., offset : offset + CORE].reshape(len(wide), -1).astype(np.float32)
            fit = oriented @ windows.T / scale
            better = fit > best
            best[better], shift[better], strand[better] = fit[better], offset, direction
    return best, shift, strand


def _mean(wide: np.ndarray, shift: np.ndarray, strand: np.ndarray) -> np.ndarray:
    """Return the mean of windows (S, 8, CORE + 2 SHIFT) after aligning each."""
    columns = shift[:, None] + np.arange(CORE)
    aligned = np.take_along_axis(wide, columns[:, None, :].repeat(wide.shape[1], 1), 2)
    aligned[strand == -1] = flip(aligned[strand == -1])
    return aligned.mean(0)


def _merged(means: list[np.ndarray], sizes: list[int], strands: int) -> list[np.ndarray]:
    """Leave out the means that are a shift or the other strand of a larger cluster's mean."""
    kept: list[np.ndarray] = []
    for index in np.argsort(sizes)[::-1]:
        padded = np.pad(means[index], ((0, 0), (SHIFT, SHIFT)))[None]
        norm = np.linalg.norm(means[index][None], axis=(1, 2))
        if not kept or _align(np.stack(kept), padded, norm, strands)[0].max() < MERGE:
            kept.append(means[index])
    return kept


def _sites(seqlets: Seqlets, chosen: np.ndarray, shift: np.ndarray, strand: np.ndarray, mean: np.ndarray) -> Cluster:
    """Place the members of a cluster; two seqlets on one site count once."""
    rows, centres = seqlets.rows[chosen], seqlets.centres[chosen] + shift - SHIFT
    _, first = np.unique(np.stack([rows, centres], 1), axis=0, return_index=True)
    first.sort()
    return Cluster(rows[first], centres[first], strand[first], mean)
