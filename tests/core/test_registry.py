"""A registry is its folder: listed without imports, loaded one file at a time."""

import sys

import pytest

from primase.core import registry
from primase.core.errors import UnknownName


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "toys"
    folder.mkdir()
    for name in ("ball", "kite", "_hidden"):
        (folder / f"{name}.py").write_text(f"NAME = {name!r}\n")
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    registry.names.cache_clear()
    yield "toys"
    for name in [name for name in sys.modules if name.partition(".")[0] == "toys"]:
        del sys.modules[name]
    registry.names.cache_clear()


def test_names_are_the_public_files_sorted_and_not_imported(package):
    assert registry.names(package) == ("ball", "kite")
    assert "toys.ball" not in sys.modules


def test_load_imports_one_file_only(package):
    assert registry.load(package, "ball", "toy").NAME == "ball"
    assert "toys.kite" not in sys.modules


@pytest.mark.parametrize("name", ["kit", "_hidden", "ball.x", "../ball", ""])
def test_unknown_name_is_refused_without_importing(package, name):
    with pytest.raises(UnknownName, match="no toy is called") as error:
        registry.load(package, name, "toy")
    assert "ball, kite" in error.value.fix
    if name == "kit":
        assert error.value.fix.startswith("use kite")
