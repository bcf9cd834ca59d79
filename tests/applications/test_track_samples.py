"""Single windows: their figures are those of scipy, and the few that are kept are the ones that were asked for."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import pearsonr

from conftest import make_dataset
from primase.applications.track_samples import TrackSample, sample_tracks, window_figures
from primase.curation.tracks import Tracks
from primase.evaluation.scores import profile_floors
from primase.metrics.profile import average_profile, profile_jsd

RNG = np.random.default_rng(0)


class Oracle:
    """A model that expects twice what was measured; it notes which rows it was asked."""

    def __init__(self):
        self.asked = []

    def expect(self, dataset, rows, fold=None):
        self.asked += [(int(row), fold) for row in rows]
        return 2 * np.asarray(dataset.tracks.middle(rows), np.float32)


def tracked(rows=80, tracks=2, bins=12, *, pairs=(), task="profile"):
    values = RNG.poisson(RNG.gamma(2, 2, (rows, tracks, 1)) * np.ones(bins + 4)).astype(np.float32)
    found = Tracks(values, bin=1, margin=2, strand_pairs=pairs)
    names = tuple(f"t{number}" for number in range(tracks))
    return replace(make_dataset(rows), tracks=found, task=task, names=names, targets=np.log1p(found.totals()))


def table_of(data, name, figures):
    rows = data.part("test")
    column = np.full(len(data), np.nan)
    column[rows] = figures
    return pa.table({"id": [str(name) for name in data.ids], name: column})


def test_distances_of_windows_are_those_of_scipy():
    targets = RNG.poisson(2, (15, 2, 20)).astype(np.float32)
    targets[3, 0] = 0
    targets[4] = 0
    expected = RNG.random((15, 2, 20)).astype(np.float32)
    average = np.stack([np.tile(average_profile(targets[:, track]), (15, 1)) for track in range(2)], 1)
    found = window_figures("profile", targets, expected, average, seed=3)
    for name, others in (("profile_distance", expected), ("profile_distance_average", average)):
        for row in range(15):
            known = [track for track in range(2) if targets[row, track].any()]
            wanted = [jensenshannon(targets[row, track], others[row, track]) for track in known]
            assert found[name][row] == pytest.approx(np.mean(wanted) if wanted else np.nan, nan_ok=True, abs=1e-6)
    assert np.isnan(found["profile_distance"]).tolist() == [row == 4 for row in range(15)]


def test_figures_of_windows_have_the_mean_that_the_evaluation_tells():
    targets = 1 + RNG.poisson(2, (30, 2, 20)).astype(np.float64)
    expected = RNG.random((30, 2, 20))
    found = window_figures("profile", targets, expected, expected, seed=5)
    model = np.mean([profile_jsd(targets[:, track], expected[:, track]) for track in range(2)])
    assert found["profile_distance"].mean() == pytest.approx(model)
    assert found["profile_distance_replicate"].mean() == pytest.approx(
        profile_floors(targets, expected, 5)["replicate"]
    )


def test_correlations_of_windows_are_those_of_scipy():
    targets, expected = RNG.random((2, 9, 3, 16))
    targets[2] = 1.0
    found = window_figures("counts", targets, expected, expected)["window_pearson_r"]
    for row in range(9):
        wanted = np.nan if row == 2 else np.mean([pearsonr(targets[row, t], expected[row, t])[0] for t in range(3)])
        assert found[row] == pytest.approx(wanted, nan_ok=True)


@pytest.mark.parametrize(("name", "sign"), [("profile_distance", 1), ("window_pearson_r", -1)])
def test_the_best_the_middle_and_the_worst_of_the_bright_windows_are_kept(name, sign, tmp_path):
    data = tracked(400)
    rows = data.part("test")
    figures = RNG.random(len(rows)).astype(np.float32)
    model = Oracle()
    sample = sample_tracks(model.expect, data, table_of(data, name, figures))
    assert sample is not None
    totals = np.expm1(data.targets[rows])
    signal = (totals / totals.mean(0)).sum(1)
    bright = np.argsort(-signal, kind="stable")[:10]
    order = rows[bright[np.argsort(sign * figures[bright])]]
    chosen = order[[0, 1, 4, 5, 8, 9]]
    assert sample.ids.tolist() == data.ids[chosen].tolist()
    np.testing.assert_array_equal(sample.observed, data.tracks.middle(chosen))
    np.testing.assert_array_equal(sample.expected, 2 * sample.observed)
    assert [row for row, _ in model.asked] == chosen.tolist()  # the others are not predicted again
    sample.save(tmp_path / "tracks.h5")
    again = TrackSample.load(tmp_path / "tracks.h5")
    assert (again.ids.tolist(), again.names) == (sample.ids.tolist(), sample.names)
    np.testing.assert_array_equal(again.expected, sample.expected)


def test_each_fold_is_expected_by_those_who_never_saw_it():
    data = tracked(60)
    data = replace(data, folds=(np.arange(60) % 3).astype(np.int8))
    model = Oracle()
    table = pa.table({"id": [str(name) for name in data.ids], "profile_distance": RNG.random(60)})
    assert sample_tracks(model.expect, data, table) is not None
    assert len(model.asked) == 6
    assert all(fold == row % 3 for row, fold in model.asked)


def test_strands_of_the_first_experiments_stay_together():
    pairs = (5, 6, 7, 8, 9, 0, 1, 2, 3, 4)
    sample = sample_tracks(
        Oracle().expect, data := tracked(60, 10, pairs=pairs), table_of(data, "profile_distance", 0.5)
    )
    assert sample is not None
    assert sample.names == ("t0", "t5", "t1", "t6", "t2", "t7", "t3", "t8")
    assert sample.observed.shape == (6, 8, 12)


def test_where_nothing_can_be_compared_there_is_no_sample():
    data = tracked(40)
    assert sample_tracks(Oracle().expect, data, table_of(data, "profile_distance", np.nan)) is None
    assert sample_tracks(Oracle().expect, make_dataset(40), pa.table({"id": ["s0"]})) is None
    few = table_of(data, "profile_distance", [0.1, 0.2, np.nan, np.nan])
    assert len(sample_tracks(Oracle().expect, data, few).ids) == 2
