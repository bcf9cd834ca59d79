"""The gradient, against linear models and autograd."""

import torch
from torch import nn

from interpretation.known_models import CountG, Logits, random_sequences, small_cnn
from primase.interpretation.saliency import saliency


def test_a_linear_model_gives_its_weights():
    torch.manual_seed(0)
    layer = nn.Linear(4 * 12, 2)
    model = Logits(nn.Sequential(nn.Flatten(), layer))
    seq = random_sequences(5, 12)
    weights = layer.weight.detach()[1].view(4, 12)
    assert torch.allclose(saliency(model, seq, 1, hypothetical=True), weights.expand(5, 4, 12))
    assert torch.allclose(saliency(model, seq, 1), weights * seq)


def test_batches_do_not_matter():
    model, seq = Logits(small_cnn(nn.GELU, nn.MaxPool1d(4))), random_sequences(7, 40)
    assert torch.allclose(saliency(model, seq, 0, batch_size=2), saliency(model, seq, 0, batch_size=64), atol=1e-7)


def test_no_sequences_give_none():
    assert saliency(CountG(), torch.zeros(0, 4, 9), 0).shape == (0, 4, 9)
