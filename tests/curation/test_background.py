"""Background: the right GC, nowhere where something lies, and honest where it runs out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from primase.core.errors import PrimaseError, UnknownName
from primase.curation.background import FARTHEST, STEPS, _allot, draw_background, free_stretches, gc_fractions
from primase.curation.genomes import read_letters, simulate_genome, write_genome
from primase.curation.packing import PackedGenome, open_genome


def pack(contigs: list[np.ndarray]) -> PackedGenome:
    """Pack codes 0-3 (4 unknown) as a genome does, letter by letter."""
    lengths = np.array([len(codes) for codes in contigs])
    ends = np.cumsum((lengths + 3) // 4 * 4)
    offsets = np.concatenate([[0], ends[:-1]])
    flat = np.full(ends[-1], 4, np.uint8)
    for codes, offset in zip(contigs, offsets, strict=True):
        flat[offset : offset + len(codes)] = codes
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat == 4, [0]])))
    known = np.where(flat == 4, 0, flat).reshape(-1, 4)
    return PackedGenome(
        source="",
        digest="",
        names=tuple(f"chr{number + 1}" for number in range(len(contigs))),
        lengths=lengths,
        offsets=offsets,
        bases=(known << np.array([0, 2, 4, 6], np.uint8)).sum(1).astype(np.uint8),
        unknown=edges.reshape(-1, 2),
    )


def draw_contig(length: int, gc: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw letters whose GC fraction changes along the contig as `gc` says."""
    share = np.repeat(gc, -(-length // len(gc)))[:length]
    return np.where(rng.random(length) < share, rng.choice([1, 2], length), rng.choice([0, 3], length)).astype(np.uint8)


@pytest.fixture
def varied() -> tuple[list[np.ndarray], PackedGenome]:
    """Return three contigs of changing GC, one with unknown letters, and their packed form."""
    rng = np.random.default_rng(0)
    contigs = [draw_contig(length, rng.uniform(0.25, 0.65, 60), rng) for length in (200_003, 120_001, 60_002)]
    contigs[0][50_000:55_000] = 4
    contigs[1][:1000] = 4
    return contigs, pack(contigs)


def fraction(codes: np.ndarray) -> float:
    known = codes[codes < 4]
    return float(np.isin(known, (1, 2)).mean()) if len(known) else np.nan


@pytest.mark.parametrize("width", [1, 3, 7, 50, 1001])
def test_gc_is_that_of_the_letters(varied, width):
    contigs, genome = varied
    rng = np.random.default_rng(width)
    contig = rng.integers(0, 3, 300)
    starts = np.array([rng.integers(-width, len(contigs[c])) for c in contig])
    starts[:3] = 50_000 - width // 2, 52_000, -width
    contig[:3] = 0
    expected = [
        fraction(contigs[c][max(0, s) : max(0, s + width)])
        for c, s in zip(contig.tolist(), starts.tolist(), strict=True)
    ]
    np.testing.assert_allclose(gc_fractions(genome, (contig, starts), width), expected, rtol=0, atol=1e-12)


def taken_mask(contigs, intervals):
    mask = [codes == 4 for codes in contigs]
    for contig, start, end in zip(*intervals, strict=True):
        mask[contig][max(0, start) : max(0, end)] = True
    return mask


@pytest.mark.parametrize("match", ["gc", "random"])
@pytest.mark.parametrize("ratio", [0.5, 1, 2.25])
def test_windows_touch_nothing_and_are_as_many_as_asked(varied, match, ratio):
    contigs, genome = varied
    rng = np.random.default_rng(1)
    contig = rng.integers(0, 2, 60)
    starts = np.array([rng.integers(-50, len(contigs[c]) - 50) for c in contig])
    blacklist = (np.array([0, 1, 2]), np.array([100_000, 5000, 0]), np.array([110_000, 9000, 10]))
    background = draw_background(
        genome, (contig, starts), 101, excluded=blacklist, ratio=ratio, match=match, seed=3
    )  # fmt: skip
    assert len(background) == background.facts["found"] == background.facts["wanted"] == round(60 * ratio)
    mask = taken_mask(contigs, (contig, starts, starts + 101))
    for where, bad in zip(mask, taken_mask(contigs, blacklist), strict=True):
        where |= bad
    for c, s in zip(background.contig, background.starts, strict=True):
        assert c < 2  # no locus lies on the third
        assert 0 <= s <= len(contigs[c]) - 101
        assert not mask[c][s : s + 101].any()
        mask[c][s : s + 101] = True  # the next one must not overlap this one
    order = np.lexsort((background.starts, background.contig))
    assert (order == np.arange(len(order))).all()
    assert "chr3" in background.notes[-1]


def test_matched_windows_have_the_gc_of_their_loci(varied):
    contigs, genome = varied
    starts = np.flatnonzero(np.convolve(np.isin(contigs[0], (1, 2)), np.ones(100), "valid") > 60)[::150][:80]
    loci = (np.zeros(len(starts), int), starts)
    ours, free = (draw_background(genome, loci, 100, match=match, seed=1) for match in ("gc", "random"))
    own, matched, random = (
        np.sort(gc_fractions(genome, windows, 100))
        for windows in (loci, (ours.contig, ours.starts), (free.contig, free.starts))
    )
    assert np.abs(own - matched).mean() < 0.012
    assert np.abs(own - random).mean() > 0.1
    assert np.abs(own - matched).mean() <= ours.facts["mean_gc_difference"] + 1e-9  # sorted pairs are the nearest ones
    assert f"{ours.facts['mean_gc_difference']:.4f}" in ours.notes[0]
    assert ours.facts["mean_gc"] == pytest.approx(matched.mean())


def test_with_plenty_to_choose_from_the_match_is_exact():
    rng = np.random.default_rng(5)
    codes = draw_contig(1_000_000, np.array([0.5]), rng)
    background = draw_background(pack([codes]), (np.zeros(100, int), np.arange(100) * 100), 100, seed=2)
    own = np.sort([fraction(codes[s : s + 100]) for s in range(0, 10_000, 100)])
    assert np.sort([fraction(codes[s : s + 100]) for s in background.starts]).tolist() == own.tolist()
    assert background.facts["mean_gc_difference"] == 0


def test_every_window_is_equally_likely():
    genome = pack([np.tile(np.array([0, 1], np.uint8), 50_000)])  # every even window has the same GC
    loci = (np.zeros(10, int), np.full(10, 40_000))
    starts = np.concatenate([draw_background(genome, loci, 100, seed=seed).starts for seed in range(300)])
    share = np.histogram(starts, bins=10, range=(0, 100_000))[0] / len(starts)
    assert np.abs(share - 0.1).max() < 0.025  # 3 standard errors are 0.016
    assert len(np.unique(starts % 100)) > 60  # the grid has a random phase


def test_a_small_genome_gives_what_it_has():
    codes = np.tile(np.array([0, 1], np.uint8), 5000)
    loci = (np.zeros(70, int), np.arange(0, 7000, 100))
    background = draw_background(pack([codes]), loci, 100, seed=0)
    assert len(background) == background.facts["candidates"] == 30
    assert "70 windows were wanted, but only 30" in background.notes[1]


def test_windows_of_another_gc_are_no_match():
    codes = np.concatenate([np.full(10_000, 1), np.full(10_000, 0)]).astype(np.uint8)
    background = draw_background(pack([codes]), (np.zeros(90, int), np.arange(0, 9000, 100)), 100)
    assert len(background) == 10
    assert (background.starts < 10_000).all()
    assert len(draw_background(pack([codes]), (np.zeros(90, int), np.arange(0, 9000, 100)), 100, match="random")) == 90


def test_allowed_contigs_are_drawn_from(varied):
    _, genome = varied
    loci = (np.zeros(20, int), np.arange(20) * 1000)
    background = draw_background(genome, loci, 100, allowed=np.array([False, False, True]), match="random")
    assert set(background.contig) == {2}
    assert len(background.notes) == 1


def test_no_room_is_an_error(varied):
    contigs, genome = varied
    whole = (np.arange(3), np.zeros(3, int), np.array([len(codes) for codes in contigs]))
    with pytest.raises(PrimaseError, match=r"no window of 100 letters is free .* on 1 of 3 contigs"):
        draw_background(genome, (np.zeros(1, int), np.zeros(1, int)), 100, excluded=whole)
    with pytest.raises(PrimaseError, match="ask for no background"):
        draw_background(genome, (np.zeros(1, int), np.array([51_000])), 100)
    with pytest.raises(PrimaseError, match="background of 0 loci"):
        draw_background(genome, (np.zeros(0, int), np.zeros(0, int)), 100)
    with pytest.raises(UnknownName, match="'at'"):
        draw_background(genome, (np.zeros(1, int), np.zeros(1, int)), 100, match="at")


def test_loci_without_letters_are_said_and_the_seed_decides(varied):
    _, genome = varied
    loci = (np.zeros(21, int), np.concatenate([[51_000], np.arange(20) * 1000]))
    one, same, other = (draw_background(genome, loci, 100, seed=seed) for seed in (1, 1, 2))
    assert len(one) == 20
    assert "nothing matches 1 of the loci" in one.notes[1]
    assert one.starts.tolist() == same.starts.tolist() != other.starts.tolist()


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(-20, 130), st.integers(0, 60)), max_size=12),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 110), st.integers(1, 30)), max_size=4),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.integers(1, 40),
)
def test_free_stretches_are_those_of_a_mask(intervals, gaps, allowed, shortest):
    contigs = [np.ones(length, np.uint8) for length in (120, 97, 64)]
    for contig, start, size in gaps:
        contigs[contig][start : start + size] = 4
    genome = pack(contigs)
    taken = np.array([(c, s, s + size) for c, s, size in intervals], np.int64).reshape(-1, 3).T
    mask = taken_mask(contigs, taken.tolist())
    expected = []
    for number, (bad, offset) in enumerate(zip(mask, genome.offsets, strict=True)):
        edges = np.flatnonzero(np.diff(np.concatenate([[True], bad | (not allowed[number]), [True]]).astype(int)))
        expected += [(a, b) for a, b in (edges.reshape(-1, 2) + offset).tolist() if b - a >= shortest]
    assert [tuple(row) for row in free_stretches(genome, taken, np.array(allowed), shortest).tolist()] == expected


def test_demand_is_met_from_the_nearest_bins():
    demand, supply = np.zeros(STEPS + 1, int), np.zeros(STEPS + 1, int)
    demand[500], demand[503] = 10, 4
    supply[500], supply[501], supply[499], supply[503], supply[600], supply[601] = 3, 2, 2, 1, 100, 100
    taken, apart = _allot(demand, supply)
    assert taken[[499, 500, 501, 503, 600, 601]].tolist() == [2, 3, 2, 1, 6, 0]
    assert apart[[0, 1, 97, 100]].tolist() == [4, 4, 3, 3]
    assert apart.sum() == 14
    assert len(apart) == FARTHEST + 1


def test_it_draws_from_a_genome_on_disk(tmp_path):
    simulated = simulate_genome({"a": 60_000, "b": 40_001, "c": 9999}, unknown=0.1, seed=1)
    write_genome(tmp_path / "g.fa", simulated)
    genome = open_genome(tmp_path / "g.fa", cache=tmp_path / "cache")
    loci = (np.repeat([0, 1], 25), np.tile(np.arange(25) * 1000 + 5000, 2))
    background = draw_background(genome, loci, 101, ratio=2, seed=1)
    assert len(background) == 2 * (~np.isnan(gc_fractions(genome, loci, 101))).sum()
    letters = [
        read_letters(simulated, int(contig), int(start), int(start) + 101)
        for contig, start in zip(background.contig, background.starts, strict=True)
    ]
    assert np.max(letters) < 4
    drawn = gc_fractions(genome, (background.contig, background.starts), 101)
    np.testing.assert_allclose(drawn, [fraction(codes) for codes in letters])
    assert drawn.mean() == pytest.approx(np.nanmean(gc_fractions(genome, loci, 101)), abs=0.01)
