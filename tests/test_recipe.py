"""recipe.toml says everything, reads back as it was, and refuses what it does not know."""

from dataclasses import replace

import pytest

from primase.core.errors import FormatError, PrimaseError, UnknownName
from primase.curation.options import CurateOptions
from primase.recipe import InterpretOptions, Recipe, SystemOptions, TrainOptions, read_recipe

RECIPE = Recipe(
    inputs=("a.csv", "b.csv"),
    seed=7,
    data=CurateOptions(label_column=("x", "y"), split="group:gene", fractions=(0.7, 0.2, 0.1), folds=4, seed=7),
    system=SystemOptions(name="danq", variant="jaspar", changes={"filters": 64}),
    train=TrainOptions(plan="published", changes={"epochs": 3, "learning_rate": 0.1}, seeds=2, strands=1),
    interpret=InterpretOptions(motifs="plants", examples=20),
)


@pytest.mark.parametrize(
    "recipe", [RECIPE, Recipe(inputs=("a.fa",)), replace(RECIPE, data=CurateOptions(test=("t.fa",)))]
)
def test_round_trip(recipe, tmp_path):
    (tmp_path / "recipe.toml").write_text(recipe.to_toml())
    assert read_recipe(tmp_path / "recipe.toml") == recipe


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("[run\n", FormatError, "no valid TOML"),
        ("[run]\nseed = 1\n", FormatError, "names no inputs"),
        ("[run]\ninputs = []\n", FormatError, "names no inputs"),
        ('[run]\ninputs = "a.csv"\n', FormatError, "names no inputs"),
        ("run = 3\n", FormatError, "run is no table"),
        ('[run]\ninputs = ["a"]\nseed = "one"\n', FormatError, "run.seed is 'one'"),
        ('[run]\ninputs = ["a"]\n[train]\nchanges = "x"\n', PrimaseError, "train.changes is 'x'"),
        ('[run]\ninputs = ["a"]\n[interpret]\nexamples = -3\n', PrimaseError, "interpret.examples is -3"),
        ('[run]\ninputs = ["a"]\nsed = 1\n', UnknownName, "no key of \\[run\\] is called 'sed'"),
        ('[run]\ninputs = ["a"]\n[dota]\n', UnknownName, "no table of a recipe is called 'dota'"),
        ('[run]\ninputs = ["a"]\n[data]\nlabel = "x"\n', UnknownName, "no key of \\[data\\] is called 'label'"),
        ('[run]\ninputs = ["a"]\n[train]\nplan = "mine"\n', PrimaseError, "train.plan is 'mine'"),
        ('[run]\ninputs = ["a"]\n[train]\nstrands = 3\n', PrimaseError, "strands is 3"),
        ('[run]\ninputs = ["a"]\n[data]\nsplit = "homologous"\n', UnknownName, "no split is called 'homologous'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, kind, told):
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(kind, match=told):
        read_recipe(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(PrimaseError, match="cannot be read"):
        read_recipe(tmp_path / "none.toml")
