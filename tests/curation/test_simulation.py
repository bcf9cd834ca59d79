"""Simulated data are what they are said to be."""

import numpy as np
import pytest

from primase.core.errors import PrimaseError, UnknownName
from primase.core.motifs import find_motif
from primase.curation.simulation import simulate_families, simulate_motif


def test_the_motif_is_in_every_positive_and_in_no_negative():
    ids, sequences, labels = simulate_motif(rows=500, seed=3)
    assert len(set(ids)) == 500
    assert {len(sequence) for sequence in sequences} == {50}
    assert sum(labels) == 250
    assert all(("CGACCGAACTCC" in sequence) == bool(label) for sequence, label in zip(sequences, labels, strict=True))


def test_it_lies_anywhere():
    _, sequences, labels = simulate_motif(rows=2000, seed=1)
    places = [s.index("CGACCGAACTCC") for s, label in zip(sequences, labels, strict=True) if label]
    assert set(places) == set(range(39))


def test_several_motifs_do_not_overlap():
    motifs = ("AAAAAAAAAA", "CCCCCCCCCC")
    _, sequences, labels = simulate_motif(rows=100, length=24, motifs=motifs, seed=2)
    assert all(all(m in s for m in motifs) == bool(y) for s, y in zip(sequences, labels, strict=True))


def test_jaspar_sites_follow_the_matrix():
    matrix = np.asarray(find_motif("CTCF").probabilities)
    width = matrix.shape[1]
    _, sequences, labels = simulate_motif(rows=3000, length=width, motifs=("CTCF",), seed=0)
    sites = np.array([["ACGT".index(c) for c in s] for s, y in zip(sequences, labels, strict=True) if y])
    seen = np.stack([(sites == letter).mean(0) for letter in range(4)])
    assert np.abs(seen - matrix).max() < 0.05


def test_what_cannot_be_made_is_an_error():
    with pytest.raises(PrimaseError, match="do not fit into 10"):
        simulate_motif(length=10)
    with pytest.raises(UnknownName, match="NOTATF"):
        simulate_motif(motifs=("NOTATF",))


def test_same_seed_same_data():
    assert simulate_motif(rows=20, seed=1) == simulate_motif(rows=20, seed=1) != simulate_motif(rows=20, seed=2)


def test_families_have_their_members():
    sequences, family = simulate_families(families=5, members=4, length=60)
    assert np.bincount(family).tolist() == [4] * 5
    assert {len(sequence) for sequence in sequences} == {60}
