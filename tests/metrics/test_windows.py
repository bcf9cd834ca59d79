"""Windows are worked on in blocks; the blocks must not show."""

import numpy as np
import pytest

from primase.core.errors import ShapeError
from primase.metrics import windows
from primase.metrics.windows import check_windows, per_window


@pytest.mark.parametrize("block", [1, 7, 20, 10**6])
@pytest.mark.parametrize("rows", [0, 1, 9])
def test_blocks_do_not_show(block, rows, monkeypatch):
    monkeypatch.setattr(windows, "BLOCK", block)
    x = np.random.default_rng(0).normal(size=(rows, 5)).astype(np.float32)
    out = per_window(lambda a, b: (a * b).sum(1), x, x + 1)
    assert out.dtype == np.float64
    np.testing.assert_allclose(out, (x.astype(np.float64) * (x + 1)).sum(1))


@pytest.mark.parametrize("shapes", [((3,), (3,)), ((3, 4), (4, 3)), ((2, 3, 4), (2, 3, 4))])
def test_other_shapes_are_refused(shapes):
    with pytest.raises(ShapeError, match="targets have shape"):
        check_windows(*(np.zeros(shape) for shape in shapes))
