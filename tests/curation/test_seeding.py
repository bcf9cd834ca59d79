"""Sketches find nearly all near pairs, join nothing else, and do not blow up on repeats."""

import time

import numpy as np
import pytest

from primase.core.alphabet import DNA, PROTEIN, encode, reverse_complement
from primase.curation.alignment import is_near
from primase.curation.seeding import choose_weight, compare_by_seeds, draw_seeds
from primase.curation.similarity import clusters, other_strand
from primase.curation.simulation import simulate_families


def sketch_units(codes, offsets, alphabet=DNA, seed=0) -> tuple[np.ndarray, np.ndarray]:
    other = other_strand(codes, offsets, alphabet)
    edges = compare_by_seeds(codes, other, offsets, alphabet, seed=seed)
    return clusters(edges, len(offsets) - 1), edges


@pytest.mark.parametrize(
    ("length", "members", "alphabet"),
    [(200, 2, DNA), (200, 5, DNA), (100, 2, DNA), (50, 2, DNA), (600, 2, DNA), (200, 2, PROTEIN), (60, 2, PROTEIN)],
)
def test_nearly_all_near_pairs_end_together(length, members, alphabet):
    """Pairs at 70 to 100 % identity: of those that are near, 99.5 % must be in one cluster, and no others."""
    sequences, family = simulate_families(
        families=1200 // members, members=members, length=length, alphabet=alphabet, seed=length
    )
    codes, offsets = encode(sequences, alphabet)
    units, edges = sketch_units(codes, offsets, alphabet)
    other = other_strand(codes, offsets, alphabet)
    together = total = 0
    for rows in np.argsort(family, kind="stable").reshape(-1, members):
        for i, one in enumerate(rows):
            for two in rows[:i]:
                first, second = slice(offsets[one], offsets[one + 1]), slice(offsets[two], offsets[two + 1])
                if is_near(codes[first], codes[second]) or is_near(codes[first], other[second]):
                    total += 1
                    together += units[one] == units[two]
    assert total > 100
    assert together >= 0.995 * total
    if length >= 60:  # at 50 letters some strangers are near by chance
        assert (family[edges[:, 0]] == family[edges[:, 1]]).all()


def test_parts_of_longer_sequences_are_found():
    rng = np.random.default_rng(0)
    long = ["".join(rng.choice(list("ACGT"), 3000)) for _ in range(40)]
    parts = [reverse_complement(text[900:1100]) if i % 2 else text[2700:2900] for i, text in enumerate(long)]
    units, _ = sketch_units(*encode(long + parts))
    assert (units[:40] == units[40:]).mean() == 1
    assert len(set(units.tolist())) == 40


@pytest.mark.parametrize(("size", "identity"), [(150, (0.82, 1.0)), (300, (0.8, 0.9)), (45, (1.0, 1.0))])
def test_rows_that_share_a_stretch_are_found(size, identity):
    """Rows of 500 letters with a changed copy of `size` letters anywhere, on either strand; 45 alone are too few."""
    rng = np.random.default_rng(size)
    rows = rng.integers(0, 4, (1600, 500)).astype(np.uint8)
    for one in range(0, 1600, 2):
        start, end = rng.integers(0, 500 - size, 2)
        piece = rows[one, start : start + size].copy()
        changed = rng.permutation(size)[: int(size * (1 - rng.uniform(*identity)))]
        piece[changed] = (piece[changed] + rng.integers(1, 4, len(changed))) % 4
        rows[one + 1, end : end + size] = piece if one % 4 else 3 - piece[::-1]
    codes, offsets = rows.reshape(-1), np.arange(1601) * 500
    edges = compare_by_seeds(codes, other_strand(codes, offsets, DNA), offsets, DNA, seed=0, stretch=100)
    assert (edges[:, 0] // 2 == edges[:, 1] // 2).all()
    assert len(edges) >= 0.995 * 800 if size > 45 else len(edges) == 0


def test_gaps_make_no_relatives():
    """Rows with 150 unknown letters inside, and beside them the same 20 letters, share no stretch of 100."""
    rows = np.random.default_rng(5).integers(0, 4, (400, 400)).astype(np.uint8)
    rows[:, 100:250], rows[:, 80:100] = 4, rows[0, 80:100]
    codes, offsets = rows.reshape(-1), np.arange(401) * 400
    other = other_strand(codes, offsets, DNA)
    assert not len(compare_by_seeds(codes, other, offsets, DNA, seed=0, stretch=100))


@pytest.mark.parametrize("kind", ["family", "motif", "repeats", "unknown"])
def test_large_buckets_cost_no_square(kind):
    """6,000 rows of one family, or with one word in all of them, take seconds: a square would take minutes."""
    rng = np.random.default_rng(1)
    table = rng.integers(0, 4, (6000, 80)).astype(np.uint8)
    if kind == "family":
        table[:] = table[0]
        table[np.arange(6000), rng.integers(0, 80, 6000)] = 4
    elif kind == "motif":
        table[:, 20:40] = table[0, 20:40]
    elif kind == "repeats":
        table[:, 10:] = np.tile([0, 1], 35)
    else:
        table[:, 5:] = 4
    offsets = np.arange(6001) * 80
    start = time.process_time()
    units, _ = sketch_units(table.reshape(-1), offsets)
    assert time.process_time() - start < 40
    assert (len(set(units.tolist())) == 1) == (kind in ("family", "repeats"))


def test_the_result_does_not_depend_on_threads():
    import numba

    sequences, _ = simulate_families(families=300, members=3, length=120, seed=4)
    codes, offsets = encode(sequences)
    several = sketch_units(codes, offsets)[1]
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        assert np.array_equal(sketch_units(codes, offsets)[1], several)
    finally:
        numba.set_num_threads(threads)


@pytest.mark.parametrize("weight", [3, 8, 12, 15])
def test_seeds_read_so_many_letters(weight):
    shapes = draw_seeds(weight, 32, 5, 0)
    assert all(shape.sum() == weight and shape[0] and shape[-1] for shape in shapes)
    assert shapes[0].all()


def test_more_data_takes_longer_seeds():
    weights = [choose_weight(places, 200, 4, both=True) for places in (1e5, 1e7, 1e8)]
    assert weights == sorted(weights)
    assert weights[0] < weights[2]
