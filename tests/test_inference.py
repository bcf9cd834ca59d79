"""What every step shares: devices, threads, and the work of a pass."""

import pytest
import torch
from torch import nn

from primase import zoo
from primase.inference import WORK_PER_THREAD, count_operations, threads_for


def test_operations_are_counted_and_the_network_is_left_alone():
    net = zoo.create("tandem", zoo.configure("tandem", variant="tiny"), seed=0).train()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    inputs = zoo.system_module("tandem").example(zoo.configure("tandem", variant="tiny"), rows=8).inputs
    dealt, whole = (count_operations(net, inputs, training=training) for training in (True, False))
    assert 0 < dealt < whole, "in training each row is dealt to one tower"
    assert net.training
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())

    class Plain(nn.Linear):
        def forward(self, seq):
            return {"logits": super().forward(seq)}

    assert count_operations(Plain(10, 3), {"seq": torch.zeros(5, 10)}) == 2 * 5 * 10 * 3


@pytest.mark.parametrize(("work", "threads"), [(0, 1), (0.5, 1), (1.9, 1), (2.0, 2), (100, 3)])
def test_threads_follow_the_work_and_are_given_back(work, threads):
    usual = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with threads_for(work * WORK_PER_THREAD):
            assert torch.get_num_threads() == threads
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(usual)
