"""Letters, references and the state in which a model is left."""

import numpy as np
import pytest
import torch
from torch import nn

from interpretation.known_models import CountG, Logits, random_sequences, small_cnn
from primase.core.errors import PrimaseError, ShapeError
from primase.interpretation.attributions import METHODS, attribute
from primase.interpretation.contributions import (
    check_sequences,
    hypothetical,
    input_gradients,
    letter_channels,
    shuffled_references,
    target_logit,
)


@pytest.mark.parametrize(("channels", "letters"), [(4, 4), (7, 4), (20, 20), (23, 20)])
def test_structure_channels_are_not_letters(channels, letters):
    assert letter_channels(channels) == letters


def test_other_channel_counts_are_refused():
    with pytest.raises(ShapeError, match="5 channels"):
        letter_channels(5)


@pytest.mark.parametrize("bad", [torch.full((1, 4, 3), 0.25), torch.ones(1, 4, 3), torch.zeros(4, 3)])
def test_what_is_not_one_hot_is_refused(bad):
    with pytest.raises(ShapeError):
        check_sequences(bad)


def test_shuffles_keep_dinucleotides_padding_and_structure():
    seq = torch.zeros(2, 7, 30)
    seq[:, :4] = random_sequences(2, 30)
    seq[1, :4, 11:14] = 0
    seq[1, :4, 25:] = 0
    seq[:, 5, ::2] = 1
    shuffled = shuffled_references(seq, copies=5, seed=3)
    assert torch.equal(shuffled[:, :, 4:].float(), seq[:, None, 4:].expand(2, 5, 3, 30))
    assert torch.equal(shuffled[:, :, :4].any(2), seq[:, None, :4].any(2).expand(2, 5, 30))
    assert not torch.equal(shuffled[0, 0].float(), seq[0])
    for row, spans in ((0, [(0, 30)]), (1, [(0, 11), (14, 25)])):
        for start, end in spans:
            pairs = [
                np.einsum("ai,bi->ab", s[:4, start : end - 1], s[:4, start + 1 : end]) for s in (seq[row].numpy(),)
            ]
            for copy in shuffled[row].float().numpy():
                found = np.einsum("ai,bi->ab", copy[:4, start : end - 1], copy[:4, start + 1 : end])
                assert (found == pairs[0]).all()


def test_shuffles_depend_on_the_seed_only():
    seq = random_sequences(3, 40)
    assert torch.equal(shuffled_references(seq, seed=1), shuffled_references(seq, seed=1))
    assert not torch.equal(shuffled_references(seq, seed=1), shuffled_references(seq, seed=2))


def test_hypothetical_contributions_of_the_letters_present_are_the_contributions():
    torch.manual_seed(0)
    seq, reference, multipliers = random_sequences(3, 9), random_sequences(3, 9, seed=5), torch.randn(3, 4, 9)
    found = (hypothetical(multipliers, reference) * seq).sum(1)
    assert torch.allclose(found, (multipliers * (seq - reference)).sum(1), atol=1e-6)


def test_gradients_flow_under_no_grad_and_inference_mode():
    seq = random_sequences(2, 5)
    for context in (torch.no_grad(), torch.inference_mode()):
        with context:
            found = attribute(CountG(), seq, {"g": 0}, methods=["saliency"]).of("saliency", "g")
        assert (found[:, 2] == 1).all()
        assert (found[:, [0, 1, 3]] == 0).all()


def test_an_output_that_is_not_there_is_an_error():
    with pytest.raises(PrimaseError, match="no number 1"):
        target_logit(CountG(), random_sequences(1, 5), 1)


def test_input_gradients_leave_the_input_alone():
    seq = random_sequences(1, 5)
    input_gradients(CountG(), seq, 0)
    assert seq.grad is None
    assert not seq.requires_grad


def test_the_model_comes_back_as_it_was():
    net = small_cnn(nn.ReLU, nn.MaxPool1d(4))
    model = Logits(net).train()
    net[0][1].eval()  # a mixed state, such as frozen statistics
    net[1].weight.requires_grad_(requires_grad=False)
    modes = [module.training for module in model.modules()]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    attribute(model, random_sequences(2, 40), {"a": 0}, methods=METHODS)
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not net[1].weight.requires_grad
    assert net[3].weight.requires_grad
    for module in model.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
        assert not module._backward_hooks
