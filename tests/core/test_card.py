"""The card: data that cannot be changed, and plain values all through."""

import json
from dataclasses import FrozenInstanceError, asdict

import pytest

from primase.core.card import Card, Result

CARD = Card(
    name="toy", title="Toy", paper="A paper", doi="10.1000/1", year=2000, family="linear", alphabets=("dna",),
    base_order="ACGT", tasks=("binary",), inputs={"seq": "(B, 4, 10) one-hot"}, outputs={"logits": "(B, 1) score"},
    length=10, smallest_length=1, parameters=41, published_parameters=None, context="global",
    results=(Result(metric="auroc", value=0.9, data="test part", source="table 1", status="quoted"),),
)  # fmt: skip


def test_card_and_result_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        CARD.year = 1999
    with pytest.raises(FrozenInstanceError):
        CARD.results[0].value = 1.0


def test_positional_arguments_are_refused():
    with pytest.raises(TypeError):
        Result("auroc", 0.9, "x", "y", "quoted")


def test_what_the_authors_do_not_say_is_said_so():
    assert CARD.code_licence == CARD.weights_licence == "not stated"
    assert (CARD.strands, CARD.strand_pool, CARD.deviations) == (1, "mean", ())


def test_card_survives_json():
    again = json.loads(json.dumps(asdict(CARD)))
    assert again["results"][0] == asdict(CARD.results[0])
    assert again["inputs"] == CARD.inputs
