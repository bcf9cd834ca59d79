"""Clusters: aligned, on both strands, one per motif."""

import numpy as np
import pytest

from primase.core.alphabet import one_hot_encode, reverse_complement
from primase.interpretation.clustering import cluster_seqlets, cut, flip
from primase.interpretation.seqlets import find_seqlets

WORDS = ("GATTACAGG", "CCGTTTACG")


def planted(*, both: bool, rows: int = 120, length: int = 60, seed: int = 0):
    """Return sequences, values that are 1 on a planted word and 0 elsewhere, and word, place and strand of each."""
    rng = np.random.default_rng(seed)
    sequences, word = [], rng.integers(0, 2, rows)
    place, strand = (
        rng.integers(0, length - 9, rows),
        np.where(rng.random(rows) < 0.5, -1, 1) if both else np.ones(rows),
    )
    for row in range(rows):
        letters = "".join(rng.choice(list("ACGT"), length))
        text = WORDS[word[row]] if strand[row] == 1 else reverse_complement(WORDS[word[row]])
        sequences.append(letters[: place[row]] + text + letters[place[row] + 9 :])
    one_hot = one_hot_encode(sequences)
    weight = np.zeros((rows, 1, length))
    for row in range(rows):
        weight[row, 0, place[row] : place[row] + 9] = rng.uniform(0.5, 1.5, 9)
    return one_hot, weight * (one_hot - 0.25) + rng.normal(0, 0.02, one_hot.shape), word, place, strand


@pytest.mark.parametrize("both", [False, True])
def test_two_words_are_two_aligned_clusters(both):
    one_hot, values, word, place, strand = planted(both=both)
    seqlets = find_seqlets((values * one_hot).sum(1), one_hot.any(1))
    clusters = cluster_seqlets(seqlets, values, one_hot, strands=2 if both else 1, smallest=20)
    assert len(clusters) == 2
    for cluster in clusters:
        of_one = np.bincount(word[cluster.rows], minlength=2)
        assert of_one.max() >= 0.98 * len(cluster)
        # the same distance from the planted place for all, counted along the strand
        shift = (cluster.centres - place[cluster.rows] - 4) * cluster.strands
        relative = cluster.strands * strand[cluster.rows]
        side = shift * np.sign(relative[0])
        assert np.mean(side == np.median(side)) > 0.9
        assert np.mean(relative == np.median(relative)) > 0.98
    assert sum(map(len, clusters)) >= 110


def test_few_seqlets_make_no_cluster():
    one_hot, values, *_ = planted(both=False, rows=15)
    seqlets = find_seqlets((values * one_hot).sum(1), one_hot.any(1))
    assert cluster_seqlets(seqlets, values, one_hot, smallest=20) == []


def test_windows_are_cut_with_zeros_beyond_the_ends():
    values = np.arange(10.0).reshape(1, 1, 10)
    found = cut(values, np.array([0, 0]), np.array([0, 9]), 2)[:, 0]
    assert found.tolist() == [[0, 0, 0, 1, 2], [7, 8, 9, 0, 0]]


def test_flipping_is_the_other_strand():
    for text in WORDS:
        assert np.array_equal(flip(one_hot_encode(text)), one_hot_encode(reverse_complement(text)))
    block = np.random.default_rng(0).random((3, 8, 7))
    assert np.array_equal(flip(block), np.concatenate([flip(block[:, :4]), flip(block[:, 4:])], 1))
    assert flip(block[:0]).shape == (0, 8, 7)
