"""Profiles: the loss against scipy's multinomial distribution, and against BPNet's way of adding it up."""

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import multinomial

from primase.tasks import fit_task
from primase.tasks.profile import Task

RNG = np.random.default_rng(0)
ROWS, TRACKS, LENGTH = 5, 4, 12
LOGITS = torch.tensor(RNG.normal(0, 2, (ROWS, TRACKS, LENGTH)), dtype=torch.float32)
LOG_COUNTS = torch.tensor(RNG.normal(3, 1, (ROWS, TRACKS)), dtype=torch.float32)
READS = RNG.poisson(2, (ROWS, TRACKS, LENGTH)).astype(np.float32)
READS[0, 1] = 0  # a track without a read
PAIRS = (1, 0, 3, 2)
NAMES = ("a+", "a-", "b+", "b-")
SEPARATE = {"logits": LOGITS, "log_counts": LOG_COUNTS}
SHARED = {"logits": LOGITS, "log_counts": LOG_COUNTS[:, :1]}


def likelihoods(reads: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Return scipy's negative log-likelihood of each row (..., L)."""
    shares = softmax(logits.astype(np.float64), -1)
    shares /= shares.sum(-1, keepdims=True)
    return -multinomial.logpmf(reads, reads.sum(-1).astype(int), shares)


def test_loss_of_separate_tracks_is_bpnets():
    nll = likelihoods(READS, LOGITS.numpy()).sum(1)  # of all tracks, added up
    error = (LOG_COUNTS.numpy() - np.log1p(READS.sum(2))) ** 2
    each = nll + 7 * (error[:, :2].mean(1) + error[:, 2:].mean(1))  # a factor's strands are averaged, factors added
    task = Task(NAMES, PAIRS, 7.0)
    targets = torch.from_numpy(READS)
    assert task.loss(SEPARATE, targets).item() == pytest.approx(each.mean(), rel=1e-5)
    weights = RNG.random(ROWS)
    loss = task.loss(SEPARATE, targets, torch.from_numpy(weights).float()).item()
    assert loss == pytest.approx(np.average(each, weights=weights), rel=1e-5)


def test_tracks_without_strands_are_experiments_of_their_own():
    targets = torch.from_numpy(READS)
    base, double = (Task(NAMES, pairs, 7.0).loss(SEPARATE, targets) for pairs in (PAIRS, ()))
    nll = Task(NAMES, PAIRS, 0.0).loss(SEPARATE, targets)
    torch.testing.assert_close(double - nll, 2 * (base - nll))
    assert Task(NAMES, (0, 1, 3, 2)).experiments == 3


def test_loss_of_tracks_that_share_a_distribution():
    nll = likelihoods(READS.reshape(ROWS, -1), LOGITS.numpy().reshape(ROWS, -1))
    error = (LOG_COUNTS[:, 0].numpy() - np.log1p(READS.sum((1, 2)))) ** 2
    loss = Task(NAMES, PAIRS, 7.0).loss(SHARED, torch.from_numpy(READS)).item()
    assert loss == pytest.approx((nll + 7 * error).mean(), rel=1e-5)


def test_link_spreads_the_reads():
    reads = Task(NAMES).link(SEPARATE).double().numpy()
    np.testing.assert_allclose(reads.sum(2), np.expm1(LOG_COUNTS.numpy()), rtol=1e-5)
    np.testing.assert_allclose(reads / reads.sum(2, keepdims=True), softmax(LOGITS.numpy(), 2), rtol=1e-5)
    reads = Task(NAMES).link(SHARED).double().numpy()
    np.testing.assert_allclose(reads.sum((1, 2)), np.expm1(LOG_COUNTS[:, 0].numpy()), rtol=1e-5)
    assert np.corrcoef(np.log(reads[0]).ravel(), LOGITS[0].ravel())[0, 1] == pytest.approx(1)


def test_fewer_than_no_reads_keep_their_spread():
    outputs = {"logits": LOGITS, "log_counts": torch.full((ROWS, TRACKS), -3.0)}
    reads = Task(NAMES).link(outputs)
    assert (reads > 0).all()
    assert (reads.sum(2) < 0.01).all()


@pytest.mark.parametrize(
    ("pairs", "weight"),
    [((1, 0), 20.0), ((), 10.0)],  # a tenth of the median 200 of both tracks, or of 100 of each
)
def test_weight_of_the_counts_is_a_tenth_of_the_median(pairs, weight):
    reads = np.ones((5, 2, 50), np.float32) * np.array([0, 1, 2, 3, 9])[:, None, None]
    assert fit_task("profile", reads, ("a", "b"), strand_pairs=pairs).count_weight == weight
    assert fit_task("profile", reads / 1e4, ("a", "b")).count_weight == 1.0
    assert fit_task("profile", reads, ("a", "b"), count_weight=10.0).count_weight == 10.0


def test_many_reads_keep_their_digits():
    reads = torch.zeros(1, 1, 1000)
    reads[..., :10] = 10_000
    task = Task(("a",), (), 0.0)
    logits = torch.zeros(1, 1, 1000)
    logits[..., :10] = 20
    loss = task.loss({"logits": logits, "log_counts": torch.zeros(1, 1)}, reads).item()
    wanted = likelihoods(reads[0, 0].numpy(), logits[0, 0].numpy())
    assert loss == pytest.approx(wanted, abs=0.3)  # a millionth of log(100000!)
