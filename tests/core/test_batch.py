"""The batch for contract tests: legal for every task, and always the same."""

import pytest
import torch

from primase.core import registry
from primase.core.batch import example_batch
from primase.tasks import fit_task


@pytest.mark.parametrize("task", registry.names("primase.tasks"))
@pytest.mark.parametrize("channels", [4, 7, 20])
def test_example_is_legal_for_its_task(task, channels):
    outputs = 1 if task == "binary" else 3
    along = [5] if task in ("counts", "profile") else []
    batch = example_batch(channels, 11, outputs=outputs, task=task, rows=8, output_length=sum(along))
    seq = batch.inputs["seq"]
    assert seq.shape == (8, channels, 11)
    assert set(seq.unique().tolist()) == {0, 1}
    assert (seq.sum(1) == 1).all()
    assert len(seq.flatten(1).unique(dim=0)) == 8
    labels = ("a", "b") if task == "binary" else ("a", "b", "c")
    said = {"logits": torch.zeros(8, outputs, *along), "log_counts": torch.zeros(8, outputs)}
    question = fit_task(task, batch.targets.numpy(), labels)
    assert question.loss(said, batch.targets).isfinite()


def test_example_is_always_the_same_and_draws_from_no_global_state():
    before = torch.get_rng_state()
    first, second = (example_batch(4, 30, outputs=1, task="binary").inputs["seq"] for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)
