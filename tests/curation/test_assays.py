"""Simulated assays: what binds follows from the letters, and the reads follow from what binds."""

import numpy as np
import pysam
import pytest

from primase.core.errors import PrimaseError, UnknownName
from primase.curation.assays import (
    LEAST_READS,
    READ_LENGTH,
    simulate_binding,
    write_peaks,
    write_reads,
)
from primase.curation.genomes import read_letters, simulate_genome
from primase.curation.sites import REACH, Factor, footprint

FACTORS = (
    Factor(motif="CTCF", sites=150, offset=20, helper="REST"),
    Factor(motif="NRF1", sites=150, offset=8, reads=200),
)


@pytest.fixture(scope="module")
def binding():
    return simulate_binding(simulate_genome({"chr1": 400_001, "chr2": 200_000}, seed=1), FACTORS, seed=2)


def around(binding, factor: int, strand: int) -> tuple[np.ndarray, float]:
    """Sum the reads around the lonely sites of a factor; return them and how many are expected of binding."""
    sites, reads = binding.sites, binding.reads
    places = binding.genome.offsets[sites.contig] + sites.centres
    gaps = np.diff(places, prepend=-10_000, append=10**9)
    lonely = (np.minimum(gaps[:-1], gaps[1:]) > 2 * REACH) & (sites.factor == factor) & (sites.strands == strand)
    seen = np.zeros((2, 2 * REACH + 1))
    where = binding.genome.offsets[reads.contig] + reads.positions
    for place in places[lonely]:
        near = np.abs(where - place) <= REACH
        np.add.at(seen, ((reads.strands[near] < 0).astype(int), where[near] - place + REACH), 1)
    return seen, float(sites.rates[lonely].sum())


@pytest.mark.parametrize("factor", [0, 1])
@pytest.mark.parametrize("strand", [1, -1])
def test_reads_lie_as_the_footprint_says(binding, factor, strand):
    seen, expected = around(binding, factor, strand)
    shape = footprint(FACTORS[factor])
    shape = shape if strand > 0 else shape[::-1, ::-1]
    assert seen.sum() == pytest.approx(expected, rel=0.1)  # Poisson, and a little background
    assert np.abs(seen / seen.sum() - shape).sum() / 2 < 0.12
    assert np.abs(seen / seen.sum() - shape[::-1, ::-1]).sum() / 2 > 0.18


def test_counts_are_poisson_draws_of_their_rates(binding):
    sites, reads = binding.sites, binding.reads
    places = binding.genome.offsets[sites.contig] + sites.centres
    gaps = np.diff(places, prepend=-10_000, append=10**9)
    lonely = np.minimum(gaps[:-1], gaps[1:]) > 2 * REACH
    where = np.sort(binding.genome.offsets[reads.contig] + reads.positions)
    counts = np.searchsorted(where, places + REACH) - np.searchsorted(where, places - REACH)
    rates = sites.rates[lonely] + 2 * REACH * 0.005
    chi = ((counts[lonely] - rates) ** 2 / rates).mean()
    assert 0.75 < chi < 1.35  # 1 for Poisson, a little more by the uneven background
    assert np.corrcoef(np.log1p(counts[lonely]), np.log1p(rates))[0, 1] > 0.9


def test_the_control_does_not_know_the_sites(binding):
    total = binding.genome.lengths.sum()
    assert len(binding.control.positions) == pytest.approx(0.005 * total, rel=0.15)
    where = np.sort(binding.genome.offsets[binding.control.contig] + binding.control.positions)
    places = binding.genome.offsets[binding.sites.contig] + binding.sites.centres
    near = np.searchsorted(where, places + REACH) - np.searchsorted(where, places - REACH)
    assert near.mean() == pytest.approx(2 * REACH * 0.005, rel=0.25)


def test_peaks_cover_the_strong_sites(binding, tmp_path):
    peaks, sites = binding.peaks, binding.sites
    for contig, centre, rate in zip(sites.contig, sites.centres, sites.rates, strict=True):
        covered = (peaks.contig == contig) & (peaks.starts <= centre) & (centre < peaks.ends)
        assert covered.sum() == 1 if rate >= LEAST_READS else covered.sum() <= 1
    write_peaks(tmp_path / "p.narrowPeak", binding)
    rows = [line.split("\t") for line in (tmp_path / "p.narrowPeak").read_text().splitlines()]
    assert len(rows) == len(peaks.starts)
    assert {len(row) for row in rows} == {10}
    assert all(0 <= int(row[9]) < int(row[2]) - int(row[1]) for row in rows)
    assert all(0 <= int(row[4]) <= 1000 for row in rows)
    summits = np.array([int(row[1]) + int(row[9]) for row in rows])
    assert (summits == peaks.summits).all()
    places = binding.genome.offsets[sites.contig] + sites.centres
    away = np.abs(places[:, None] - (binding.genome.offsets[peaks.contig] + summits)).min(0)
    assert np.quantile(away, 0.99) <= 9


def test_the_bam_holds_the_reads(binding, tmp_path):
    path = tmp_path / "reads.bam"
    write_reads(path, binding.genome, binding.reads)
    ends = []
    with pysam.AlignmentFile(str(path)) as handle:
        assert handle.header.to_dict()["HD"]["SO"] == "coordinate"
        assert handle.check_index()
        text = "".join("ACGTN"[code] for code in read_letters(binding.genome, 0, 0, 400_001))
        for read in handle:
            end = read.reference_end - 1 if read.is_reverse else read.reference_start
            ends.append((read.reference_id, end, -1 if read.is_reverse else 1))
            if read.reference_id == 0:
                assert read.query_sequence == text[read.reference_start : read.reference_end]
        assert handle.count("chr2") == (binding.reads.contig == 1).sum()
    reads = binding.reads
    expected = list(zip(reads.contig.tolist(), reads.positions.tolist(), reads.strands.tolist(), strict=True))
    assert ends == expected
    assert READ_LENGTH == 36


def test_no_read_leaves_its_contig_or_begins_in_a_gap(binding):
    for reads in (binding.reads, binding.control):
        assert (reads.positions >= 0).all()
        assert (reads.positions < binding.genome.lengths[reads.contig]).all()
        for contig in (0, 1):
            codes = read_letters(binding.genome, contig, 0, int(binding.genome.lengths[contig]))
            assert (codes[reads.positions[reads.contig == contig]] < 4).all()


def test_the_seed_decides():
    genome = simulate_genome({"a": 50_000}, seed=1)
    one, same, other = (simulate_binding(genome, [Factor(motif="NRF1", sites=20)], seed=seed) for seed in (1, 1, 2))
    assert one.reads.positions.tolist() == same.reads.positions.tolist() != other.reads.positions.tolist()


def test_what_cannot_be_made_is_an_error():
    genome = simulate_genome({"a": 50_000}, seed=1)
    with pytest.raises(PrimaseError, match="1,000 sites need 400,000 letters"):
        simulate_binding(genome, [Factor(motif="NRF1")])
    with pytest.raises(UnknownName, match="NOTATF"):
        simulate_binding(genome, [Factor(motif="NOTATF", sites=1)])
