"""The public names: few, sorted, lazy, documented."""

import inspect
import subprocess
import sys

import pytest

import primase


def test_names_are_few_and_sorted():
    assert primase.__all__ == sorted(primase.__all__)
    assert len(primase.__all__) <= 25


@pytest.mark.parametrize("name", primase.__all__)
def test_each_name_resolves_and_is_documented(name):
    value = getattr(primase, name)
    assert inspect.getdoc(value)
    assert value.__module__.startswith("primase.")


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        primase.nothing  # noqa: B018


def test_functions_survive_the_import_of_everything():
    """No public function is shadowed by a module of its name."""
    code = """
import pkgutil, importlib, primase
for module in pkgutil.walk_packages(primase.__path__, "primase."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print([name for name in primase.__all__ if type(getattr(primase, name)).__name__ == "module"])
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
