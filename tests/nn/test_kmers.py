"""Counts of words against counting by hand."""

from itertools import product

import pytest
import torch
from torch import nn

from primase.core.alphabet import one_hot_encode
from primase.nn.kmers import KmerCounts

SEQUENCES = ["ACGTACGTTTACCA", "AAAAAAAAAAAAAA", "ACGNACGTNNACCA", "NNNNNNNNNNNNNN"]


def encoded(sequences: list[str]) -> torch.Tensor:
    return torch.from_numpy(one_hot_encode(sequences)).float()


def counted(sequence: str, longest: int) -> list[float]:
    words = ["".join(word) for size in range(1, longest + 1) for word in product("ACGT", repeat=size)]
    return [sum(sequence.startswith(word, at) for at in range(len(sequence))) for word in words]


@pytest.mark.parametrize("longest", [1, 2, 3, 4, 5, 6])
def test_counts_are_those_of_string_search_and_an_n_counts_for_nothing(longest):
    layer = KmerCounts(4, longest)
    found = layer(encoded(SEQUENCES))
    assert found.shape == (4, layer.features)
    assert found.tolist() == [counted(sequence, longest) for sequence in SEQUENCES]


@pytest.mark.parametrize("length", [1, 2, 5])
def test_words_longer_than_the_sequence_are_not_found(length):
    found = KmerCounts(4, 6)(encoded(["ACGTA"[:length]]))[0]
    assert found.tolist() == counted("ACGTA"[:length], 6)


def test_gradient_at_a_letter_is_the_change_of_putting_it_there():
    generator = torch.Generator().manual_seed(0)
    layer = KmerCounts(4, 6)
    weights = torch.randn(layer.features, generator=generator)
    seq = encoded(["ACGTACNTTTACCA"]).requires_grad_()
    before = layer(seq)[0] @ weights
    before.backward()
    for at, letter in product(range(seq.shape[-1]), range(4)):
        edited = seq.detach().clone()
        edited[0, :, at] = 0
        without = layer(edited)[0] @ weights
        edited[0, letter, at] = 1
        change = layer(edited)[0] @ weights - without
        assert seq.grad[0, letter, at] == pytest.approx(change.item(), abs=1e-4)


def test_deep_lift_multipliers_add_up():
    generator = torch.Generator().manual_seed(1)
    layer = KmerCounts(4, 6)
    slopes = torch.randn(2, layer.features, generator=generator)
    seq, reference = encoded(SEQUENCES[:2]), encoded(["CAGTTACGTTACGA", "ACGTTNACGTACGT"])
    multipliers = layer.deep_lift_multiplier(seq, reference, slopes)
    difference = (slopes * (layer(seq) - layer(reference))).sum(1)
    torch.testing.assert_close((multipliers * (seq - reference)).sum((1, 2)), difference, rtol=1e-4, atol=1e-4)


def test_protein_pairs():
    seq = torch.eye(20)[torch.tensor([0, 19, 0, 19])].T[None]
    found = KmerCounts(20, 2)(seq)[0]
    assert found[[0, 19]].tolist() == [2, 2]
    assert found[20:].nonzero()[:, 0].tolist() == [19, 19 * 20]
    assert found[20 + 19] == 2


def test_holds_no_parameters():
    assert not list(KmerCounts(4, 6).parameters())
    assert isinstance(KmerCounts(4, 6), nn.Module)
