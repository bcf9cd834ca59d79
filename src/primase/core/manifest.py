"""Every folder that primase writes says in ``manifest.json`` what it is and what it was made from."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from primase.core.errors import ManifestError
from primase.core.files import read_json, write_json

FILE_NAME = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a folder is.

    Attributes
    ----------
    kind : str
        ``dataset``, ``run`` or ``model``.
    schema : int
        Version of the folder's layout; readers keep reading every older one.
    parents : dict of str to str
        What it was made from: name -> SHA-256.
    facts : dict
        Everything else, as plain values.
    """

    kind: str
    schema: int = 1
    parents: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def save(self, folder: str | Path) -> None:
        """Write ``manifest.json`` into `folder`."""
        write_json(Path(folder) / FILE_NAME, asdict(self))

    @classmethod
    def load(cls, folder: str | Path, kind: str) -> "Manifest":
        """Read the manifest of `folder`.

        Raises
        ------
        ManifestError
            If there is none, or the folder is of another kind or a newer schema.
        """
        path = Path(folder) / FILE_NAME
        if not path.is_file():
            raise ManifestError(f"{folder} has no {FILE_NAME}", fix=f"give a folder of kind '{kind}' made by primase")
        values = read_json(path)
        if not isinstance(values, dict) or values.get("kind") != kind:
            found = values.get("kind") if isinstance(values, dict) else type(values).__name__
            raise ManifestError(f"{folder} is of kind {found!r}, not '{kind}'", fix=f"give a folder of kind '{kind}'")
        if values.get("schema", 0) > cls.schema:
            raise ManifestError(
                f"{folder} has schema {values['schema']}, this primase reads up to {cls.schema}", fix="update primase"
            )
        return cls(**values)
