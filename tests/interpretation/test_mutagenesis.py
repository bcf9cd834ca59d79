"""Saturation mutagenesis against brute force and models that know the answer."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from interpretation.known_models import CountG, Logits, random_sequences, small_cnn
from primase.core.alphabet import one_hot_encode
from primase.interpretation.mutagenesis import saturation_mutagenesis


def test_every_substitution_is_predicted():
    net = small_cnn(nn.ReLU, nn.MaxPool1d(4))
    seq = random_sequences(2, 40)
    found = saturation_mutagenesis(Logits(net), seq, 1, batch_size=7)
    with torch.no_grad():
        for row in range(2):
            before = net(seq[row : row + 1])[0, 1]
            for place in range(40):
                for letter in range(4):
                    mutant = seq[row : row + 1].clone()
                    mutant[0, :, place] = torch.eye(4)[letter]
                    expected = net(mutant)[0, 1] - before
                    assert abs(found[row, letter, place] - expected) < 1e-5
    assert (found[seq == 1] == 0).all()


@given(st.text("ACGTN", min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_counting_is_recovered(sequence):
    seq = torch.as_tensor(one_hot_encode([sequence])).float()
    found = saturation_mutagenesis(CountG(), seq, 0)[0].numpy()
    for place, letter in enumerate(sequence):
        expected = np.zeros(4) if letter == "N" else np.array([0, 0, 1, 0]) - (letter == "G")
        present = seq[0, :, place].numpy() == 1
        assert np.allclose(found[:, place], np.where(present, 0, expected))


def test_hypothetical_values_are_centred_over_the_letters():
    seq = random_sequences(2, 40)
    seq[0, :, 20:] = 0
    model = Logits(small_cnn(nn.Tanh, nn.AvgPool1d(4)))
    centred = saturation_mutagenesis(model, seq, 0, hypothetical=True)
    effects = saturation_mutagenesis(model, seq, 0)
    assert torch.allclose(centred.sum(1), torch.zeros(2, 40), atol=1e-6)
    assert torch.allclose(centred - (centred * seq).sum(1, keepdim=True), effects, atol=1e-6)
    assert (centred[0, :, 20:] == 0).all()


def test_structure_channels_are_left_alone():
    seq = torch.zeros(1, 7, 6)
    seq[:, :4], seq[:, 4] = random_sequences(1, 6), 1
    model = Logits(nn.Sequential(nn.Flatten(), nn.Linear(42, 1)))
    found = saturation_mutagenesis(model, seq, 0)
    assert (found[:, 4:] == 0).all()
    assert found[:, :4].abs().max() > 0
