"""Reading: local files, gzip, and http addresses that break off, change or lie."""

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from primase.core.errors import FormatError, PrimaseError
from primase.core.files import digest_file
from primase.curation import downloading
from primase.curation.downloading import fetch_file
from primase.curation.reading import local_path, read_records

RNG = np.random.default_rng(0)
FASTA = "".join(f">s{i}\n{''.join(RNG.choice(list('ACGT'), 60))}\n" for i in range(200)).encode()


@dataclass
class Shop:
    """A local server whose behaviour a test sets."""

    data: bytes = FASTA
    tag: str = '"v1"'
    cut: list[int] = field(default_factory=list)  # bytes after which each request breaks off
    ranges: bool = True
    length: bool = True
    status: int = 200
    encoding: str = ""
    wrong_range: bool = False
    requests: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """Serve one file; the cache of downloads is in the test's folder."""
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            shop.requests.append({name.lower(): value for name, value in self.headers.items()})
            answer(self, shop)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    monkeypatch.setenv("PRIMASE_CACHE", str(tmp_path / "cache"))
    shop.url = f"http://127.0.0.1:{server.server_port}/a/peaks.fa?x=1"
    yield shop
    server.shutdown()
    server.server_close()
    thread.join()


def answer(handler: BaseHTTPRequestHandler, shop: Shop) -> None:
    if shop.status != 200:
        handler.send_error(shop.status)
        return
    if shop.tag and handler.headers.get("If-None-Match") == shop.tag:
        handler.send_response(304)
        handler.end_headers()
        return
    asked = handler.headers.get("Range")
    resumed = bool(asked and shop.ranges and handler.headers.get("If-Range") == shop.tag)
    start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and resumed else 0
    handler.send_response(206 if resumed else 200)
    if resumed:
        said = start + 1 if shop.wrong_range else start
        handler.send_header("Content-Range", f"bytes {said}-{len(shop.data) - 1}/{len(shop.data)}")
    if shop.length:
        handler.send_header("Content-Length", str(len(shop.data) - start))
    if shop.tag:
        handler.send_header("ETag", shop.tag)
    if shop.encoding:
        handler.send_header("Content-Encoding", shop.encoding)
    handler.end_headers()
    body = shop.data[start:]
    handler.wfile.write(body[: shop.cut.pop(0)] if shop.cut else body)
    handler.close_connection = True


def test_an_address_is_read_like_a_file(shop: Shop) -> None:
    records = read_records(shop.url)
    assert len(records) == 200
    assert records.source == shop.url
    copy = local_path(shop.url)
    assert copy.name == "peaks.fa"
    assert copy.read_bytes() == FASTA
    assert records.digest == digest_file(copy)


def test_an_unchanged_file_is_not_sent_again(shop: Shop) -> None:
    fetch_file(shop.url)
    fetch_file(shop.url)
    assert shop.requests[1]["if-none-match"] == '"v1"'
    assert len(shop.requests) == 2


def test_a_changed_file_is_fetched_anew(shop: Shop) -> None:
    fetch_file(shop.url)
    shop.data, shop.tag = FASTA[: FASTA.index(b">s50")], '"v2"'
    assert len(read_records(shop.url)) == 50


def test_a_download_that_breaks_off_is_resumed(shop: Shop) -> None:
    shop.cut = [1000, 2500]
    assert fetch_file(shop.url).read_bytes() == FASTA
    assert [request.get("range") for request in shop.requests] == [None, "bytes=1000-", "bytes=3500-"]


def test_a_later_call_resumes(shop: Shop, tmp_path: Path) -> None:
    shop.cut = [1000, 10, 10, 10]
    with pytest.raises(PrimaseError, match=r"incomplete after 4 attempts, 1030 bytes so far") as caught:
        read_records(shop.url)
    assert "run the command again" in caught.value.fix
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.name == "peaks.fa"]
    assert len(read_records(shop.url)) == 200
    assert shop.requests[-1]["range"] == "bytes=1030-"


def test_a_file_that_changes_between_the_halves_is_begun_anew(shop: Shop) -> None:
    shop.cut = [1000] * 4
    shop.ranges = False
    with pytest.raises(PrimaseError, match="incomplete"):
        fetch_file(shop.url)
    shop.ranges, shop.tag, shop.data = True, '"v2"', FASTA[::-1]
    assert fetch_file(shop.url).read_bytes() == FASTA[::-1]


def test_a_server_without_ranges_is_begun_anew(shop: Shop) -> None:
    shop.cut, shop.ranges = [1000, 500], False
    assert fetch_file(shop.url).read_bytes() == FASTA


def test_without_a_version_nothing_is_resumed(shop: Shop) -> None:
    shop.cut, shop.tag = [1000], ""
    assert fetch_file(shop.url).read_bytes() == FASTA
    assert all("range" not in request for request in shop.requests)


def test_a_wrong_range_is_never_glued(shop: Shop) -> None:
    shop.cut, shop.wrong_range = [1000], True
    with pytest.raises(FormatError, match="incomplete"):
        fetch_file(shop.url)


def test_a_part_longer_than_the_file_is_dropped(shop: Shop) -> None:
    shop.cut = [1000, 0, 0, 0]
    with pytest.raises(FormatError, match="incomplete"):
        fetch_file(shop.url)
    part = next(path for path in downloading.cache_folder().rglob("*.part"))
    part.write_bytes(FASTA + b">extra\nACGT\n")
    assert fetch_file(shop.url).read_bytes() == FASTA


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"length": False}, "does not say how long"),
        ({"encoding": "gzip"}, "does not say how long"),
        ({"status": 404}, "answers 404"),
        ({"status": 500}, "answers 500"),
        ({"data": b""}, "the file is empty"),
        ({"data": gzip.compress(FASTA, mtime=0)[:-20]}, "cut short"),
    ],
)
def test_what_cannot_be_trusted_is_refused(shop: Shop, change: dict[str, object], message: str) -> None:
    for name, value in change.items():
        setattr(shop, name, value)
    with pytest.raises(PrimaseError, match=message) as caught:
        read_records(shop.url)
    assert shop.url in caught.value.what
    assert str(downloading.cache_folder()) not in caught.value.what


@pytest.mark.parametrize("url", ["ftp://a.org/x.fa", "s3://bucket/x.fa", "http://", "file:///etc/passwd"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(FormatError, match="address"):
        read_records(url)


def test_a_server_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIMASE_CACHE", str(tmp_path))
    with pytest.raises(FormatError, match="cannot be reached"):
        read_records("http://127.0.0.1:9/x.fa")


def test_a_cache_that_cannot_be_written_is_named(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("PRIMASE_CACHE", str(tmp_path / "file"))
    with pytest.raises(FormatError, match="cannot be written"):
        fetch_file(shop.url)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (gzip.compress(FASTA, mtime=0)[:-30], "cut short"),
        (gzip.compress(FASTA, mtime=0)[:-4] + b"abcd", "damaged"),
        (b"\x1f\x8b" + b"x" * 50, "damaged"),
        (b"PK\x03\x04" + b"x" * 50, "zip archive"),
        (b"BZh91AY", "bzip2"),
        (b"PAR1" + b"x" * 50, "Parquet file is damaged"),
        (">a\nACGT\n".encode("utf-16"), "UTF-16"),
        (bytes(range(256)) * 10, "not recognised"),
        (b">a\nAC\0GT\n", "byte 5 is 0"),
        (b"hello world, this is prose\nand more, of it\n", "no column holds sequences"),
    ],
)
def test_damaged_and_foreign_files_are_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.fa"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=message):
        read_records(path)


def test_paths_that_are_no_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot be read"):
        read_records(tmp_path / "none.fa")
    with pytest.raises(FormatError, match="cannot be read"):
        read_records(tmp_path)


def test_several_gzip_members_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "x.fa.gz"
    path.write_bytes(gzip.compress(b">a\nACGT\n", mtime=0) + gzip.compress(b">b\nGGTT\n"))
    assert read_records(path).ids == ["a", "b"]
