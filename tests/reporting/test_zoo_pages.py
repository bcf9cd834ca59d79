"""The zoo's pages: every fact of a card is on its page, and no cell breaks its table."""

from dataclasses import replace

import pytest

from primase import zoo
from primase.core.card import Result
from primase.reporting.zoo_pages import render_card, render_index, render_system, write_zoo_pages

CARD = zoo.system_module("danq").CARD


@pytest.mark.parametrize("name", zoo.system_names())
def test_page_says_all_that_the_card_says(name):
    card, page = zoo.system_module(name).CARD, render_system(name)
    for text in (card.title, card.paper, card.family, card.code_licence, card.weights_licence, card.source):
        assert text in page
    for sentence in (*card.deviations, *card.inputs.values(), *card.outputs.values()):
        assert sentence in page
    for result in card.results:
        assert result.source in page
        assert f"{result.value:g}" in page
    assert f"{card.parameters:,}" in page
    for variant, config in zoo.system_module(name).VARIANTS.items():
        assert f"| {variant} | {zoo.count_parameters(name, config):,} |" in page


def test_tables_are_rectangular():
    for page in (render_index(), *map(render_system, zoo.system_names())):
        table = []
        for line in [*page.splitlines(), ""]:
            if line.startswith("|"):
                table.append(line.replace("\\|", "").count("|"))
            else:
                assert len(set(table)) <= 1
                table = []


def test_bar_in_a_cell_does_not_end_it():
    result = Result(metric="auroc", value=0.5, data="a | b", source="x", status="quoted")
    assert "a \\| b" in render_card(replace(CARD, results=(result,)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strands": 1}, "| strands | the given one |"),
        ({"strands": 2, "strand_pool": "max"}, "| strands | both; the better score counts |"),
        ({"published_parameters": None}, "| parameters | 46,929,039 |"),
        ({"published_parameters": 46929039}, "| parameters | 46,929,039, as published |"),
        ({"doi": "", "paper": "Ours"}, "\nOurs.\n"),
    ],
)
def test_what_differs_between_cards(changes, words):
    assert words in render_card(replace(CARD, **changes))


def test_pages_are_written(tmp_path):
    paths = write_zoo_pages(tmp_path)
    assert [path.stem for path in paths] == ["index", *zoo.system_names()]
    assert (tmp_path / "index.md").read_text() == render_index()
