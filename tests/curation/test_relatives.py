"""Near-duplicates across parts: left out of the earlier part where primase chose the parts, counted where it did not."""

from pathlib import Path

import numpy as np
import pytest

from primase.curation.dataset import Dataset
from primase.curation.genome_curating import curate_genome
from primase.curation.genome_options import GenomeOptions
from primase.curation.options import CurateOptions

WIDTH, EACH, CONTIGS = 200, 40, 6
STEP = 500


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Make a genome in which every fifth window of a contig has a copy, on the other strand, on the next contig."""
    folder = tmp_path_factory.mktemp("genome")
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (CONTIGS, STEP * (EACH + 1)))
    for contig in range(CONTIGS):
        for window in range(0, EACH, 5):
            copy = 3 - codes[contig - 1, window * STEP : window * STEP + WIDTH][::-1]
            other = rng.random(WIDTH) < 0.1
            copy = np.where(other, (copy + rng.integers(1, 4, WIDTH)) % 4, copy)
            codes[contig, (window + 1) * STEP : (window + 1) * STEP + WIDTH] = copy
    text = "".join(f">c{i}\n{''.join('ACGT'[j] for j in row)}\n" for i, row in enumerate(codes))
    (folder / "g.fa").write_text(text)
    rows = [f"c{i}\t{n * STEP}\t{n * STEP + WIDTH}\t{n % 2}\n" for i in range(CONTIGS) for n in range(EACH)]
    (folder / "t.tsv").write_text("chrom\tstart\tend\tlabel\n" + "".join(rows))
    return folder


def curate(place: Path, monkeypatch, *, folds: int = 0, **genome) -> Dataset:
    monkeypatch.setenv("PRIMASE_CACHE", str(place / "cache"))
    options = CurateOptions(folds=folds, valid=(), fractions=(0.6, 0.2, 0.2))
    return curate_genome([place / "t.tsv"], options, GenomeOptions(genome=str(place / "g.fa"), **genome))


def pairs_across(data: Dataset, bins: np.ndarray) -> int:
    """Count the planted pairs whose two windows are in different parts."""
    windows = data.sequences
    at = {
        (int(contig), int(start) // STEP): int(part)
        for contig, start, part in zip(windows.contigs, windows.starts, bins, strict=True)
    }
    pairs = (((contig - 1) % CONTIGS, n, contig, n + 1) for contig in range(CONTIGS) for n in range(0, EACH, 5))
    return sum(
        (a, m) in at and (b, n) in at and at[a, m] != at[b, n]
        for a, m, b, n in pairs
    )  # fmt: skip


def test_copies_on_other_contigs_are_left_out(place, monkeypatch):
    data = curate(place, monkeypatch)
    assert data.facts["split"]["method"] == "by chromosome"
    assert pairs_across(data, data.parts) == 0
    left = CONTIGS * EACH - len(data)
    assert 0 < left <= CONTIGS * EACH // 5
    assert f"{left} windows with a near-duplicate in a later part are left out" in data.facts["notes"]
    held = {int(contig) for contig in data.sequences.contigs[data.part("test")]}
    assert len(data.part("test")) == EACH * len(held)  # the test part loses nothing
    assert data.facts["audit"]["leakage"]["pairs"] == 0


def test_copies_in_other_folds_are_left_out(place, monkeypatch):
    data = curate(place, monkeypatch, folds=3)
    assert pairs_across(data, data.folds) == 0
    assert data.facts["audit"]["leakage"]["pairs"] == 0


def test_parts_that_the_user_gave_stay_as_they_are(place, monkeypatch):
    data = curate(place, monkeypatch, test_contigs=("c2",), valid_contigs=("c4",))
    assert len(data) == CONTIGS * EACH
    assert pairs_across(data, data.parts) == 2 * EACH // 5 * 2
    assert any("test sequences have a near-duplicate elsewhere" in words for words in data.facts["audit"]["warnings"])
