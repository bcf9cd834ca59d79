"""Writing so that no file is ever half written: beside the target, then renamed into place."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from primase.core.errors import PrimaseError


@contextmanager
def writing(path: str | Path) -> Iterator[Path]:
    """Give a path beside `path` to write to, and rename it into place when the block ends well.

    The suffix is kept, since some writers choose the format by it. Where the block raises, nothing is left.

    Raises
    ------
    PrimaseError
        If the folder cannot be written or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with writing(Path(folder) / "a.txt") as draft:
    ...         _ = draft.write_text("whole")
    ...     (Path(folder) / "a.txt").read_text()
    'whole'
    """
    path = Path(path)
    # a name of its own: two containers that share a folder can have the same process number, as two threads have
    draft = path.with_name(f".{path.stem}.{token_hex(6)}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        with draft.open("rb") as handle:
            os.fsync(handle.fileno())
        draft.replace(path)
    except OSError as error:
        reason = error.strerror or f"{error} (is the disk full?)"
        if isinstance(error, FileExistsError):
            reason = f"{path.parent} is no folder"
        raise PrimaseError(
            f"{path} cannot be written: {reason}",
            fix="choose another place with --out, or free some space and continue with --resume",
        ) from error
    finally:
        with suppress(OSError):  # where the folder itself is no folder, there is no draft either
            draft.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with writing(path) as draft:
        draft.write_text(text, encoding="utf-8")


def write_json(path: str | Path, value: Any) -> None:
    """Write a JSON file whole or not at all; NaN becomes null, since JSON has no NaN."""
    write_text(path, json.dumps(_plain(value), indent=1, allow_nan=False) + "\n")


def write_with(path: str | Path, write: Callable[[Path], Any]) -> None:
    """Let `write` fill a draft of `path`, then put it into place."""
    with writing(path) as draft:
        write(draft)


def read_json(path: str | Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    PrimaseError
        If it is missing or not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise PrimaseError(f"{path} cannot be read: {error.strerror}", fix="check the folder") from error
    except json.JSONDecodeError as error:
        raise PrimaseError(f"{path} is not JSON: {error}", fix="make the folder again") from error


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return _plain(value.tolist())
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value


def digest_file(path: str | Path) -> str:
    """Return the SHA-256 of a file, hexadecimal.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as handle:
    ...     digest_file(handle.name)[:12]
    'e3b0c44298fc'
    """
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
