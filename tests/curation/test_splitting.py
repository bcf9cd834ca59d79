"""Units stay whole, every part has its share of every class, and what cannot be divided says so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from primase.core.errors import SplitError
from primase.curation.splitting import fold_rows, split_rows


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(60, 400), st.integers(2, 4))
def test_units_stay_whole_and_parts_have_their_share(seed, rows, classes):
    rng = np.random.default_rng(seed)
    units = np.sort(rng.integers(0, rows // 2, rows))
    strata = rng.integers(0, classes, rows)
    parts = split_rows(units, strata, (0.8, 0.1, 0.1), seed)
    assert all(len(np.unique(parts[units == unit])) == 1 for unit in np.unique(units))
    largest = np.bincount(units).max()
    for part, share in enumerate((0.8, 0.1, 0.1)):
        assert abs((parts == part).sum() - share * rows) <= max(2 * largest, 0.04 * rows)


@pytest.mark.parametrize("share", [0.5, 0.1, 0.02])
def test_every_part_has_its_share_of_a_rare_class(share):
    strata = (np.arange(2000) < share * 2000).astype(int)
    parts = split_rows(np.arange(2000), strata, (0.8, 0.1, 0.1), 3)
    for part, expected in enumerate((0.8, 0.1, 0.1)):
        count = strata[parts == part].sum()
        assert abs(count - expected * strata.sum()) <= max(1, 0.1 * expected * strata.sum())


def test_same_seed_same_parts():
    units, strata = np.arange(300) // 3, np.arange(300) % 2
    assert (split_rows(units, strata, (0.8, 0.1, 0.1), 1) == split_rows(units, strata, (0.8, 0.1, 0.1), 1)).all()
    assert (split_rows(units, strata, (0.8, 0.1, 0.1), 1) != split_rows(units, strata, (0.8, 0.1, 0.1), 2)).any()


def test_a_giant_unit_is_trained_on():
    units = np.concatenate([np.zeros(700, int), np.arange(1, 301)])
    parts = split_rows(units, np.zeros(1000, int), (0.8, 0.1, 0.1), 0)
    assert set(parts[:700]) == {0}
    assert np.bincount(parts).tolist() == [800, 100, 100]


def test_one_unit_cannot_be_divided():
    with pytest.raises(SplitError, match="one unit that must not be divided"):
        split_rows(np.zeros(50, int), np.zeros(50, int), (0.8, 0.1, 0.1), 0)


@pytest.mark.parametrize("folds", [2, 3, 5, 10])
def test_folds_are_of_one_size_and_stratified(folds):
    rng = np.random.default_rng(folds)
    units, strata = rng.integers(0, 300, 1000), rng.integers(0, 3, 1000)
    found = fold_rows(units, strata, folds, 0)
    sizes = np.bincount(found, minlength=folds)
    assert sizes.max() - sizes.min() <= 0.1 * 1000 / folds + 8
    assert all(len(np.unique(found[units == unit])) == 1 for unit in np.unique(units))
    for fold in range(folds):
        share = np.bincount(strata[found == fold], minlength=3) / sizes[fold]
        assert np.abs(share - np.bincount(strata) / 1000).max() < 0.12


def test_fewer_units_than_folds_is_an_error():
    with pytest.raises(SplitError, match="3 units fill"):
        fold_rows(np.arange(30) % 3, np.zeros(30, int), 5, 0)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [1, 4])
def test_a_rare_class_is_in_every_part_if_it_can_be(seed, size):
    units = np.concatenate([np.arange(400) // 4, 100 + np.arange(3 * size) // size])
    strata = np.concatenate([np.zeros(400, int), np.ones(3 * size, int)])
    parts = split_rows(units, strata, (0.8, 0.1, 0.1), seed, names=("common", "rare"))
    assert sorted(set(parts[strata == 1])) == [0, 1, 2]
    folds = fold_rows(units, strata, 3, seed, names=("common", "rare"))
    assert sorted(set(folds[strata == 1])) == [0, 1, 2]


def test_a_class_that_cannot_be_everywhere_is_named():
    units = np.concatenate([np.arange(100), np.full(30, 100)])
    strata = np.concatenate([np.zeros(100, int), np.ones(30, int)])
    with pytest.raises(SplitError, match=r"the class 'b' is missing from the .* its 30 sequences form one unit"):
        split_rows(units, strata, (0.8, 0.1, 0.1), 0, names=("a", "b"))
    with pytest.raises(SplitError, match="the class 'b' is missing from the fold"):
        fold_rows(units, strata, 5, 0, names=("a", "b"))
    assert set(split_rows(units, strata, (0.8, 0.1, 0.1), 0)) == {0, 1, 2}  # bins of a number may be missing


def test_parts_that_are_not_asked_for_need_no_class():
    strata = np.arange(40) % 2
    parts = split_rows(np.arange(40), strata, (0.9, 0.1, 0.0), 0, names=("a", "b"))
    assert set(parts) == {0, 1}


def test_a_unit_of_more_than_half_is_trained_on_in_every_fold():
    units = np.concatenate([np.zeros(600, int), np.arange(1, 401)])
    folds = fold_rows(units, np.arange(1000) % 2, 5, 0)
    assert set(folds[:600]) == {-1}
    assert np.bincount(folds[600:]).tolist() == [80] * 5
