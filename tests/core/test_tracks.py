"""Tracks turned and cut: against what a window on the other strand, or a narrower one, would have read."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from primase.core.errors import ShapeError
from primase.core.strands import experiment_names, group_strands
from primase.core.tracks import average_strands, crop_centre, flip_tracks

PAIRS = (1, 0, 2, 4, 3)


def test_tracks_of_the_other_strand():
    values = torch.arange(2 * 5 * 4).view(2, 5, 4)
    turned = flip_tracks(values, PAIRS)
    for track, partner in enumerate(PAIRS):
        assert torch.equal(turned[:, track], values[:, partner].flip(-1))
    assert torch.equal(flip_tracks(turned, PAIRS), values)
    assert torch.equal(flip_tracks(values), values.flip(-1))


def test_one_number_per_track_has_no_direction():
    values = torch.arange(10).view(2, 5)
    assert torch.equal(flip_tracks(values, PAIRS), values[:, list(PAIRS)])
    assert torch.equal(flip_tracks(values), values)
    shared = torch.ones(2, 1)
    assert torch.equal(flip_tracks(shared, PAIRS), shared)


@given(st.integers(1, 60), st.integers(1, 60))
def test_middle_of_a_window_is_the_narrower_window_around_its_centre(length, positions):
    values = torch.arange(length)
    if positions > length:
        with pytest.raises(ShapeError, match=f"{positions} positions are wanted of {length}"):
            crop_centre(values, positions)
        return
    centre = 1000  # a window of width W begins at centre - W // 2
    wide, narrow = (np.arange(centre - width // 2, centre - width // 2 + width) for width in (length, positions))
    assert crop_centre(values, positions).tolist() == np.searchsorted(wide, narrow).tolist()
    assert crop_centre(values, length).tolist() == values.tolist()


@pytest.mark.parametrize(
    ("names", "pairs", "groups", "experiments"),
    [
        (["a", "b"], (), [(0,), (1,)], ["a", "b"]),
        (["a_plus", "a_minus", "b"], (1, 0, 2), [(0, 1), (2,)], ["a", "b"]),
        (["x.rev", "y.rev", "x.fwd", "y.fwd"], (2, 3, 0, 1), [(2, 0), (3, 1)], ["x", "y"]),
        (["minus", "plus"], (1, 0), [(1, 0)], ["plus and minus"]),
        (["a", "a_plus", "a_minus"], (0, 2, 1), [(0,), (1, 2)], ["a", "a_plus and a_minus"]),
    ],
)
def test_strands_of_an_experiment_belong_together(names, pairs, groups, experiments):
    assert group_strands(names, pairs) == groups
    assert experiment_names(names, pairs) == experiments
    values = torch.arange(2.0 * len(names)).view(2, -1)
    wanted = np.stack([values.numpy()[:, list(group)].mean(1) for group in groups], 1)
    np.testing.assert_array_equal(average_strands(values, pairs), wanted)
