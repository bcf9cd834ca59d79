"""What of tracks is explained, and with what a motif of theirs must go."""

from types import SimpleNamespace

import numpy as np
import pytest

from primase.applications.explaining import PIECE, TOGETHER, _answers_along
from primase.curation.tracks import Tracks


@pytest.mark.parametrize(
    ("length", "positions", "size", "count"),
    [
        (1000, 1000, 1, 5),
        (1001, 450, 1, 2),
        (2114, 1000, 1, 5),
        (500, 150, 1, 1),
        (700, 4, 128, 2),
        (1000, 9, 100, 4),
        (900, 3, 300, 3),
    ],
)
def test_pieces_of_a_window_have_their_own_signal(length, positions, size, count):
    # each letter is the number of its place, and so is the signal there: sums over other places would differ
    windows = np.stack([np.arange(length), np.arange(length) + 7.0])[:, None]
    start = length // 2 - positions * size // 2
    binned = windows[:, :, start : start + positions * size].reshape(2, 1, positions, size).sum(3)
    tracks = Tracks(np.concatenate([binned, 2 * binned, 5 * binned], 1), size, strand_pairs=(1, 0, 2))
    data = SimpleNamespace(tracks=tracks, names=("a_plus", "a_minus", "b"))
    rows = np.array([1, 0])
    pieces, answers = _answers_along(data, rows, windows[rows], {"a": 0, "b": 1})
    assert len(pieces) == 2 * count
    assert pieces.shape[2] >= min(PIECE, positions * size)
    for name, share in (("a", 3), ("b", 5)):
        np.testing.assert_allclose(np.expm1(answers[name]), share * pieces[:, 0].sum(1))
    _, together = _answers_along(data, rows, windows[rows], {TOGETHER: 0})
    np.testing.assert_allclose(np.expm1(together[TOGETHER]), 8 * pieces[:, 0].sum(1))


def test_signal_in_the_margins_belongs_to_no_piece():
    values = np.zeros((1, 1, 440), np.float32)
    values[..., 20:420] = 1
    values[..., :20] = values[..., 420:] = 1000
    data = SimpleNamespace(tracks=Tracks(values, 1, margin=20), names=("a",))
    pieces, answers = _answers_along(data, np.array([0]), np.zeros((1, 4, 400)), {"a": 0})
    assert pieces.shape == (2, 4, 200)
    np.testing.assert_allclose(np.expm1(answers["a"]), [200, 200])
