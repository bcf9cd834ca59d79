"""Signals of windows: what is taken of them, in memory or in a file."""

import numpy as np
import pytest

from primase.core.errors import ShapeError
from primase.curation import tracks
from primase.curation.tracks import Tracks

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("held", [2**28, 2000])
def test_windows_that_are_taken_hold_what_they_held(monkeypatch, held):
    monkeypatch.setattr(tracks, "HELD", held)
    values, control = RNG.random((50, 2, 14), np.float32), RNG.random((50, 1, 20), np.float32)
    rows = np.sort(RNG.permutation(50)[:37])
    found = Tracks(values, 1, 2, control, (1, 0)).take(rows)
    assert isinstance(found.values, np.memmap) == (held == 2000)
    assert found.strand_pairs == (1, 0)
    np.testing.assert_array_equal(found.values, values[rows])
    np.testing.assert_array_equal(found.middle_control(np.arange(37)), control[rows][:, :, 2:-2])
    np.testing.assert_allclose(found.totals(), values[rows][:, :, 2:-2].sum(2), rtol=1e-6)


def test_no_window_can_be_taken():
    assert Tracks(RNG.random((5, 2, 14), np.float32), 1, 2).take(np.arange(0)).totals().shape == (0, 2)


@pytest.mark.parametrize("shape", [(49, 1, 14), (50, 1, 13)])
def test_controls_are_of_the_same_windows_and_no_narrower(shape):
    with pytest.raises(ShapeError, match="controls have the shape"):
        Tracks(np.zeros((50, 2, 14), np.float32), 1, 2, np.zeros(shape, np.float32))
