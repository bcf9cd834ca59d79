"""A registry is a folder: its file names are the keys, and nothing is imported to list them."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType

from primase.core.errors import UnknownName


@cache
def names(package: str) -> tuple[str, ...]:
    """Return the keys of the registry `package`: its public modules, sorted.

    Examples
    --------
    >>> "binary" in names("primase.tasks")
    True
    """
    spec = find_spec(package)  # finds the folder without importing it
    folders = [] if spec is None else spec.submodule_search_locations
    return tuple(sorted(module.name for module in iter_modules(folders) if not module.name.startswith("_")))


def load(package: str, name: str, kind: str) -> ModuleType:
    """Import and return one entry of a registry.

    Parameters
    ----------
    package : str
        The folder, as a dotted name.
    name : str
        The key.
    kind : str
        What an entry is called in an error.

    Raises
    ------
    UnknownName
        If there is no such file; the nearest names are offered.
    """
    if name not in names(package):
        raise UnknownName(kind, name, names(package))
    return import_module(f"{package}.{name}")
