import numpy as np
import pytest
from scipy import stats

from primase.metrics.kernels import weighted_ranks
from primase.metrics.ranking import tie_ends


@pytest.mark.parametrize("digits", [1, 8])
def test_ranks_are_those_of_the_expanded_sample(digits):
    rng = np.random.default_rng(1)
    values, weights = rng.random(50).round(digits), rng.integers(0, 4, 50)
    order = np.argsort(values)
    ranks = weighted_ranks(order, tie_ends(values[order]), weights.astype(float))
    np.testing.assert_allclose(np.repeat(ranks, weights), stats.rankdata(np.repeat(values, weights)))
