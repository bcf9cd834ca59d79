"""Files from http(s) addresses: kept in a cache, resumed when cut off, never used when incomplete."""

import http.client
import os
import re
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from primase.core.errors import FormatError
from primase.core.files import read_json, write_json

TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 4
_CHUNK = 2**20


@dataclass(frozen=True)
class Remote:
    """What a server said of a file: kept beside it, so that a changed file is noticed.

    Attributes
    ----------
    url : str
    size : int
        Bytes of the whole file.
    tag, modified : str
        The server's ``ETag`` and ``Last-Modified``; empty where it gave none.
    """

    url: str
    size: int
    tag: str = ""
    modified: str = ""


def is_url(source: str | Path) -> bool:
    """Return whether `source` is an address rather than a path.

    Examples
    --------
    >>> is_url("https://a.org/x.fa.gz"), is_url("x.fa")
    (True, False)
    """
    return "://" in str(source)


def cache_folder() -> Path:
    """Return where downloads are kept: ``$PRIMASE_CACHE``, else ``~/.cache/primase``."""
    return Path(os.environ.get("PRIMASE_CACHE") or Path.home() / ".cache" / "primase") / "downloads"


def fetch_file(url: str, folder: Path | None = None) -> Path:
    """Return a complete local copy of a remote file, downloading what is missing of it.

    A copy that the server says is unchanged is used again. A download that breaks off is resumed where the server
    can, at once and by later calls, else begun anew; the size is checked against what the server announced.

    Raises
    ------
    FormatError
        If the address is not http(s), the server refuses, or the file stays incomplete.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise FormatError(url, "this kind of address is not read", fix="give an http or https address, or a local file")
    folder = folder or cache_folder()
    name = re.sub(r"[^A-Za-z0-9._-]", "_", PurePosixPath(urlsplit(url).path).name) or "file"
    target = folder / sha256(url.encode()).hexdigest()[:16] / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        reason = "no attempt was made"
        for _ in range(ATTEMPTS):
            try:
                if _advance(url, target):
                    return target
                reason = "the connection broke off"
            except (http.client.HTTPException, ConnectionError, TimeoutError) as error:
                reason = str(error) or type(error).__name__
    except HTTPError as error:
        raise FormatError(url, f"the server answers {error.code} {error.reason}", fix="check the address") from error
    except URLError as error:
        raise FormatError(
            url, f"the server cannot be reached ({error.reason})", fix="check the address and the network"
        ) from error
    except OSError as error:
        raise FormatError(
            url, f"{target.parent} cannot be written ({error.strerror})", fix="set PRIMASE_CACHE to a folder with space"
        ) from error
    part = _part(target)
    size = part.stat().st_size if part.is_file() else 0
    raise FormatError(
        url,
        f"the download is incomplete after {ATTEMPTS} attempts, {size} bytes so far ({reason})",
        fix="run the command again to resume it, or download the file yourself",
    )


def _part(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _facts(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _known(path: Path, url: str) -> Remote | None:
    """Return what was noted of a (partial) copy, or None where there is no such copy."""
    if not path.is_file() or not _facts(path).is_file():
        return None
    remote = Remote(**read_json(_facts(path)))
    return remote if remote.url == url else None


def _advance(url: str, target: Path) -> bool:
    """Download until the connection ends; return whether `target` is complete."""
    part, headers = _part(target), {"Accept-Encoding": "identity", "User-Agent": "primase"}
    whole, begun = _known(target, url), _known(part, url)
    have = part.stat().st_size if begun else 0
    if whole and target.stat().st_size == whole.size and (whole.tag or whole.modified):
        headers |= {"If-None-Match": whole.tag} if whole.tag else {"If-Modified-Since": whole.modified}
    elif begun and have and (begun.tag or begun.modified):
        # If-Range: a file that changed meanwhile is sent whole instead
        headers |= {"Range": f"bytes={have}-", "If-Range": begun.tag or begun.modified}
    else:
        have = 0
    try:
        response = urlopen(Request(url, headers=headers), timeout=TIMEOUT)
    except HTTPError as error:
        if error.code == 304:
            return True
        if error.code == 416 and "Range" in headers:  # the part is longer than the file: it is of another file
            part.unlink()
            return False
        raise
    with response:
        remote = _described(url, response, have if "Range" in headers else 0)
        resumed = response.status == 206
        write_json(_facts(part), asdict(remote))
        with part.open("ab" if resumed else "wb") as handle:
            while chunk := response.read(_CHUNK):
                handle.write(chunk)
    return _finish(part, target, remote)


def _described(url: str, response: http.client.HTTPResponse, have: int) -> Remote:
    """Return size and version of the file that a response belongs to."""
    if response.status == 206:
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers.get("Content-Range", ""))
        if not match or int(match[1]) != have:
            raise http.client.HTTPException(f"the server sent {response.headers.get('Content-Range')!r}")
        size = int(match[3])
    elif response.headers.get("Content-Length") is None or response.headers.get("Content-Encoding"):
        raise FormatError(
            url,
            "the server does not say how long the file is, so a cut-off could not be seen",
            fix="download it yourself",
        )
    else:
        size = int(response.headers["Content-Length"])
    return Remote(url, size, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))


def _finish(part: Path, target: Path, remote: Remote) -> bool:
    """Move a complete download into place."""
    size = part.stat().st_size
    if size > remote.size:
        part.unlink()
        return False
    if size < remote.size:
        return False
    _facts(target).unlink(missing_ok=True)  # a crash between the two renames must not pair old facts with a new file
    part.replace(target)
    _facts(part).replace(_facts(target))
    return True
