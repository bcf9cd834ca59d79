"""The four functions of the zoo: errors in two sentences, notes in one."""

import pytest

from primase import zoo
from primase.core.errors import PrimaseError, UnknownName


def test_names_are_listed_without_importing_a_system():
    import subprocess
    import sys

    code = (
        "import sys; from primase.core.registry import names; assert 'danq' in names('primase.zoo');"
        "assert not [m for m in sys.modules if m.startswith('primase.zoo.')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_system_offers_the_nearest():
    with pytest.raises(UnknownName) as error:
        zoo.configure("danqq")
    assert "use danq" in error.value.fix


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"filtres": 3}, "no field of system is called 'filtres'"),
        ({"filters": "many"}, "system.filters cannot be 'many'"),
        ({"filters": 2.5}, "system.filters is 2.5"),
        ({"filters": 0}, "system.filters is 0"),
        ({"width": -1}, "system.width is -1"),
        ({"hidden": -1}, "system.hidden is -1"),
        ({"dropout": 1.0}, "system.dropout is 1.0"),
        ({"dropout": float("nan")}, "system.dropout is nan"),
        ({"mean_pool": "maybe"}, "system.mean_pool cannot be 'maybe'"),
    ],
)
def test_wrong_sizes_are_refused(changes, what):
    with pytest.raises(PrimaseError) as error:
        zoo.configure("deepbind", changes=changes)
    assert what in error.value.what
    assert error.value.fix


def test_zero_means_none_where_a_published_variant_has_it():
    assert zoo.configure("deepbind", changes={"hidden": 0}).hidden == 0
    with pytest.raises(PrimaseError, match="give at least 1"):
        zoo.configure("danq", changes={"hidden": 0})


def test_tuples_are_read_from_text():
    assert zoo.configure("basset", changes={"filters": "8, 8,4"}).filters == (8, 8, 4)


def test_unknown_variant():
    with pytest.raises(UnknownName, match="no variant of danq is called 'jasper'"):
        zoo.configure("danq", variant="jasper")


def test_adapt_says_every_departure():
    config, notes = zoo.adapt("danq", zoo.configure("danq"), length=20, channels=7, outputs=1)
    assert (config.length, config.channels, config.outputs) == (38, 7, 1)
    assert notes == (
        "sequences of 20 are padded with N to 38, the shortest that danq takes",
        "input length 38 instead of the published 1000",
        "7 input channels instead of 4",
        "1 output instead of 919",
    )
