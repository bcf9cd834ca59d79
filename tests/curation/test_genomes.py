"""Simulated genomes: the same letters however they are read, and the statistics that were asked for."""

import numpy as np
import pysam
import pytest

from primase.core.errors import PrimaseError
from primase.curation.genomes import (
    SEGMENT,
    free_slots,
    plant_duplications,
    plant_patches,
    read_letters,
    simulate_genome,
    write_genome,
)


@pytest.fixture(scope="module")
def genome():
    return simulate_genome({"chr1": 1_000_003, "chr2": 499_999, "tiny": 7}, seed=4)


def whole(genome, contig: int) -> np.ndarray:
    return read_letters(genome, contig, 0, int(genome.lengths[contig]))


def test_letters_do_not_depend_on_how_they_are_read(genome):
    planted, _ = plant_duplications(genome, 20, seed=1)
    rng = np.random.default_rng(0)
    for contig in range(3):
        letters = whole(planted, contig)
        for start, end in np.sort(rng.integers(0, len(letters) + 1, (200, 2)), 1).tolist():
            assert (read_letters(planted, contig, start, min(end, start + 9000)) == letters[start:end][:9000]).all()


def test_contents_are_those_asked_for(genome):
    letters = np.concatenate([whole(genome, 0), whole(genome, 1)])
    assert (letters == 4).mean() == pytest.approx(0.02, abs=0.001)
    counts = np.bincount(letters, minlength=5)[:4] / (letters < 4).sum()
    assert counts[0] == pytest.approx(counts[3], abs=0.003)
    assert counts[1] == pytest.approx(counts[2], abs=0.003)
    share = genome.shares / (1 << 15)
    assert share.mean() == pytest.approx(0.41, abs=0.02)  # some 75 segments
    assert share.std() == pytest.approx(0.06, abs=0.02)
    assert np.diff(genome.bounds).mean() == pytest.approx(SEGMENT, rel=0.3)
    for low, high, asked in zip(genome.bounds[5:15], genome.bounds[6:16], share[5:15], strict=True):
        own = read_letters(genome, 0, int(low), int(high))
        if (own < 4).all():
            assert np.isin(own, (1, 2)).mean() == pytest.approx(asked, abs=4 * np.sqrt(0.25 / len(own)))


def test_neighbouring_letters_are_independent():
    letters = whole(simulate_genome({"a": 1_000_000}, gc=0.5, spread=0, unknown=0, seed=1), 0).astype(int)
    for lag in (1, 2, 3, 4, 8, 256):
        table = np.bincount(letters[:-lag] * 4 + letters[lag:], minlength=16) / (len(letters) - lag)
        assert np.abs(table - 1 / 16).max() < 5 * np.sqrt(1 / 16 / len(letters))


def test_the_seed_decides():
    one, same, other = (whole(simulate_genome({"a": 1000}, seed=seed), 0) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one == other).mean() < 0.5


def test_fasta_holds_the_letters(genome, tmp_path):
    write_genome(tmp_path / "g.fa", genome)
    lines = (tmp_path / "g.fa").read_text().split("\n")
    assert lines[0] == ">chr1"
    assert {len(line) for line in lines[1 : 1 + 1_000_003 // 60]} == {60}
    assert lines[1 + 1_000_003 // 60] == lines[1 + 1_000_003 // 60][: 1_000_003 % 60]
    with pysam.FastaFile(str(tmp_path / "g.fa")) as handle:
        assert tuple(handle.references) == genome.names
        for contig, name in enumerate(genome.names):
            text = handle.fetch(name)
            expected = np.frombuffer(b"ACGTN", np.uint8)[whole(genome, contig)].tobytes().decode()
            assert text.upper() == expected
        text = handle.fetch("chr1").replace("N", "")
    assert sum(letter.islower() for letter in text) / len(text) == pytest.approx(0.4, abs=0.04)


def test_fasta_does_not_depend_on_the_pieces(genome, tmp_path, monkeypatch):
    write_genome(tmp_path / "one.fa", genome)
    monkeypatch.setattr("primase.curation.genomes.CHUNK", 60 * 7)
    small = simulate_genome({"a": 5000, "b": 421, "c": 420}, seed=1)
    write_genome(tmp_path / "two.fa", small)
    monkeypatch.undo()
    write_genome(tmp_path / "three.fa", small)
    assert (tmp_path / "two.fa").read_bytes() == (tmp_path / "three.fa").read_bytes()


def distance(one: np.ndarray, two: np.ndarray) -> int:
    """Return the edit distance by the textbook recurrence."""
    row = np.arange(len(two) + 1)
    for i, letter in enumerate(one.tolist(), 1):
        best = np.minimum(row[1:] + 1, row[:-1] + (two != letter))
        # what goes right within the row: a running minimum after taking the slope out
        slope = np.arange(1, len(two) + 1)
        row = np.concatenate([[i], np.minimum.accumulate(np.concatenate([[i], best - slope]))[1:] + slope])
    return int(row[-1])


def stretch(genome, row: np.ndarray) -> np.ndarray:
    return read_letters(genome, *row.tolist())


def test_copies_are_as_alike_as_said(genome):
    planted, pairs = plant_duplications(genome, 60, sizes=(200, 600), seed=3)
    before = [stretch(genome, row) for row in pairs.sources]
    assert all((stretch(planted, row) == old).all() for row, old in zip(pairs.sources, before, strict=True))
    ratios = []
    for source, row, strand, identity in zip(before, pairs.copies, pairs.strands, pairs.identity, strict=True):
        copy = stretch(planted, row)
        copy = copy if strand > 0 else 3 - copy[::-1]
        changes = distance(source, copy)
        columns = len(source) / (1 - 0.1 * (1 - identity))  # roughly: 1 in 10 changes is put in
        assert changes <= (1 - identity) * columns + 3
        ratios.append((changes + 1) / ((1 - identity) * columns + 1))
    assert np.mean(ratios) > 0.9  # and not much more alike either
    assert pairs.identity.min() > 0.65
    assert pairs.identity.max() <= 1
    assert pairs.identity.mean() == pytest.approx(0.85, abs=0.03)
    assert 15 <= (pairs.strands > 0).sum() <= 45
    assert (pairs.sources[:, 0] != pairs.copies[:, 0]).sum() >= 10


def test_without_indels_identity_is_the_share_of_equal_letters(genome):
    planted, pairs = plant_duplications(genome, 30, identity=(0.8, 0.9), indels=0, seed=5)
    for source, row, strand, identity in zip(pairs.sources, pairs.copies, pairs.strands, pairs.identity, strict=True):
        copy = stretch(planted, row)
        equal = (stretch(planted, source) == (copy if strand > 0 else 3 - copy[::-1])).mean()
        assert equal == pytest.approx(identity)
        assert 0.7 < identity < 0.97


def test_nothing_planted_overlaps(genome):
    _, pairs = plant_duplications(genome, 100, seed=6)
    every = np.concatenate([pairs.sources, pairs.copies])
    assert (every[:, 1] >= 0).all()
    assert (every[:, 2] <= genome.lengths[every[:, 0]]).all()
    every = every[np.lexsort((every[:, 1], every[:, 0]))]
    same = every[1:, 0] == every[:-1, 0]
    assert (every[1:, 1] >= every[:-1, 2])[same].all()
    sizes = pairs.sources[:, 2] - pairs.sources[:, 1]
    assert sizes.min() >= 200
    assert sizes.max() <= 5000
    assert sizes.mean() == pytest.approx(2600, rel=0.15)


def test_slots_avoid_what_is_planted_and_unknown(genome):
    patched = plant_patches(genome, np.array([200_010]), [np.zeros(10, np.uint8)])
    slots = set(free_slots(patched, 1000).tolist())
    assert 200_000 not in slots
    assert {199_000, 201_000} <= slots
    assert 0 not in slots  # unknown letters begin the contig
    assert all((read_letters(genome, 0, slot, slot + 1000) < 4).all() for slot in slots if slot < 999_000)


def test_patches_change_their_letters_only(genome):
    starts, pieces = np.array([300_000, 100_000]), [np.full(5, 3, np.uint8), np.full(7, 2, np.uint8)]
    patched = plant_patches(plant_patches(genome, starts, pieces), np.array([200_000]), [np.full(3, 1, np.uint8)])
    expected = whole(genome, 0)
    expected[300_000:300_005], expected[100_000:100_007], expected[200_000:200_003] = 3, 2, 1
    assert (whole(patched, 0) == expected).all()
    with pytest.raises(PrimaseError, match="patches overlap at place 100006"):
        plant_patches(patched, np.array([100_006]), pieces[:1])


def test_what_cannot_be_made_is_an_error(genome):
    with pytest.raises(PrimaseError, match="1,000 pairs of up to 5,000 letters do not fit"):
        plant_duplications(genome, 1000)
    with pytest.raises(PrimaseError, match="make no genome"):
        simulate_genome({"a": 0})
    with pytest.raises(PrimaseError, match="not possible"):
        simulate_genome({"a": 10}, gc=0.1, spread=0.5)
    with pytest.raises(PrimaseError, match="tiny:0-8 is not on a contig of 7"):
        read_letters(genome, 2, 0, 8)
