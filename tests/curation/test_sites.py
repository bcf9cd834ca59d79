"""Sites are what a plain scan of the letters finds, and bind as their letters say."""

from dataclasses import replace

import numpy as np
import pytest

from primase.core.motifs import find_motif
from primase.curation.genomes import plant_patches, read_letters, simulate_genome
from primase.curation.sites import REACH, Factor, _scoring, find_sites, footprint, plant_sites

FACTORS = (
    Factor(motif="CTCF", sites=150, offset=20, helper="REST"),
    Factor(motif="NRF1", sites=150, offset=8, reads=200),
)


@pytest.fixture(scope="module")
def planted():
    genome = simulate_genome({"chr1": 400_001, "chr2": 200_000}, seed=1)
    return plant_sites(genome, FACTORS, np.random.default_rng(2))


@pytest.fixture(scope="module")
def sites(planted):
    return find_sites(planted, FACTORS)


def best(motif: str) -> np.ndarray:
    """Return the letters that fit a motif best."""
    return np.asarray(find_motif(motif).probabilities).argmax(0).astype(np.uint8)


def scores(codes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Score every window by taking the letters one by one."""
    windows = np.lib.stride_tricks.sliding_window_view(codes, len(matrix))
    return np.array([matrix[np.arange(len(matrix)), window].sum() for window in windows])


def test_sites_are_what_a_plain_scan_finds(planted, sites):
    matrix, _, least, _ = _scoring("CTCF")
    bits = np.vstack([np.log2(matrix / 0.25).T, np.full(len(matrix), -1e6)]).T
    own = sites.factor == 0
    low, high = 60_000, 80_000
    codes = read_letters(planted, 0, low, high)
    forward = scores(codes, bits)
    reverse = scores(np.where(codes == 4, 4, 3 - codes)[::-1], bits)[::-1]
    hits = set(np.flatnonzero(np.maximum(forward, reverse) >= least).tolist())
    width = len(matrix)
    centres = sites.centres[own & (sites.contig == 0)]
    strands = sites.strands[own & (sites.contig == 0)]
    inside = (centres >= low + width) & (centres < high - width)
    assert inside.sum() >= 3
    for centre, strand in zip(centres[inside], strands[inside], strict=True):
        start = centre - low - (width // 2 if strand > 0 else width - 1 - width // 2)
        assert start in hits
        assert (forward if strand > 0 else reverse)[start] >= least
    near = {hit for hit in hits if np.abs(centres - low - hit - width // 2).min() <= width // 2 + 1}
    assert near == hits  # a hit that is no site lies upon a better one


def test_planted_sites_bind(planted, sites):
    assert (np.bincount(sites.factor) >= 150).all()
    assert (np.diff(sites.contig) >= 0).all()
    plain = find_sites(simulate_genome({"chr1": 400_001, "chr2": 200_000}, seed=1), FACTORS)
    assert 290 <= len(sites.rates) - len(plain.rates) <= 310


def test_rates_follow_the_match_and_the_helper():
    genome = simulate_genome({"a": 20_000}, gc=0.5, spread=0, unknown=0, seed=3)
    perfect, helper = best("CTCF"), best("REST")
    worse = perfect.copy()
    worse[[0, -1]] = 3 - worse[[0, -1]]
    _, bits, _, top = _scoring("CTCF")
    lost = top - bits[np.arange(len(worse)), worse].sum()
    planted = plant_patches(genome, np.array([2000, 6000, 6040, 10_000]), [perfect, perfect, helper, 3 - worse[::-1]])
    sites = find_sites(planted, [replace(FACTORS[0], reads=100)])
    rates = {c: (r, s) for c, r, s in zip(sites.centres.tolist(), sites.rates, sites.strands, strict=True)}
    half = len(perfect) // 2
    assert rates[2000 + half] == pytest.approx((100, 1), rel=1e-4)
    assert rates[10_000 + half] == pytest.approx((100 * 2 ** (-lost / 3), -1), rel=1e-4)
    gap = 6040 + len(helper) // 2 - (6000 + half)
    helped = [gap, gap - 1 + len(helper) % 2]  # the centre of an even motif depends on its strand
    assert rates[6000 + half][0] == pytest.approx(100 * (1 + 3 * np.exp(-0.5 * (helped[0] / 50) ** 2)), rel=0.02)


def test_footprints_are_distributions():
    for factor in FACTORS:
        shape = footprint(factor)
        assert shape.shape == (2, 2 * REACH + 1)
        assert shape.sum(1) == pytest.approx([0.5, 0.5])
        assert shape[0].argmax() == REACH - factor.offset
        assert shape[1].argmax() == REACH + factor.offset
