"""Input x gradient and integrated gradients, against captum and closed forms."""

import pytest
import torch
from captum.attr import InputXGradient, IntegratedGradients
from torch import nn

from interpretation.known_models import Logits, random_sequences, small_cnn
from primase.interpretation.contributions import shuffled_references
from primase.interpretation.gradients import input_x_gradient, integrated_gradients

NET = small_cnn(nn.Softplus, nn.AvgPool1d(4))
SEQ = random_sequences(4, 40)


def test_uncorrected_it_is_captums():
    expected = InputXGradient(NET).attribute(SEQ.clone().requires_grad_(), target=1).detach()
    assert torch.allclose(input_x_gradient(Logits(NET), SEQ, 1, corrected=False), expected, atol=1e-7)


def test_the_correction_takes_the_mean_over_letters_and_leaves_the_structure():
    torch.manual_seed(0)
    layer = nn.Linear(7 * 10, 1)
    seq = torch.zeros(3, 7, 10)
    seq[:, :4] = random_sequences(3, 10)
    seq[:, 4] = 1
    found = input_x_gradient(Logits(nn.Sequential(nn.Flatten(), layer)), seq, 0, hypothetical=True)
    weights = layer.weight.detach().view(7, 10)
    assert torch.allclose(found[0, :4], weights[:4] - weights[:4].mean(0), atol=1e-7)
    assert torch.allclose(found[0, 4:], weights[4:])


@pytest.mark.parametrize("steps", [5, 20])
def test_integrated_gradients_are_captums(steps):
    explainer = IntegratedGradients(NET)
    expected = explainer.attribute(SEQ, torch.zeros_like(SEQ), target=2, n_steps=steps, method="gausslegendre")
    found = integrated_gradients(Logits(NET), SEQ, 2, steps=steps, batch_size=3)
    assert torch.allclose(found, expected.float(), atol=1e-6)


def test_integrated_gradients_add_up_against_shuffles():
    references = shuffled_references(SEQ, copies=3)
    found = integrated_gradients(Logits(NET), SEQ, 0, references=references)
    with torch.no_grad():
        difference = NET(SEQ)[:, 0] - NET(references.flatten(0, 1).float())[:, 0].view(4, 3).mean(1)
    assert torch.allclose(found.sum((1, 2)), difference, rtol=1e-4, atol=1e-6)
