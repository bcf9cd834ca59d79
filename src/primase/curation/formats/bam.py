"""BAM: alignments as binary records in compressed blocks (SAM specification, sections 4.1 and 4.2; no index is needed).

Blocks are unpacked in several threads and handed on in order, so a file of any size passes through a few megabytes.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from struct import error as StructError
from struct import unpack_from
from typing import BinaryIO

from isal import isal_zlib  # unpacks almost twice as fast as the standard library's zlib
from isal.igzip_lib import IsalError

from primase.core.errors import FormatError

SUFFIXES = (".bam",)
THREADS = 2
LONGEST = 2**31 - 1  # a place is a signed 32-bit integer
_BATCH = 2**20  # unpacked bytes that a thread makes at a time
_AHEAD = 3 * THREADS  # batches that may wait
_BLOCK = 2**16  # most bytes of a block, unpacked
_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")  # an empty block ends every file
_AGAIN = "copy or download it again, or write it anew with 'samtools view -b'"

Block = tuple[int, bytes]  # at which byte of the file it begins; its data and tail


def sniff(head: bytes) -> bool:
    """Return whether the unpacked file begins as BAM does."""
    return head.startswith(b"BAM\1")


def read(path: str | Path) -> tuple[dict[str, int], Iterator[list[bytes]]]:
    """Read a BAM file in order, in bounded memory.

    Returns
    -------
    lengths : dict of str to int
        Contigs as the header has them.
    pieces : iterator of lists of bytes
        The bytes of the records, one after the other; a piece may end anywhere, also within a record.

    Raises
    ------
    FormatError
        If the file is not BAM, cut short or damaged; the byte is named. What lies further on in the file is found as
        the pieces are drawn.
    """
    _check_end(path)
    pieces = _unpacked(path)
    head = bytearray()
    for piece in pieces:
        head += b"".join(piece)
        if len(head) >= 4 and not sniff(head):
            raise FormatError(path, f"it holds {bytes(head[:4])!r} where BAM begins", fix="give a BAM or CRAM file")
        try:
            lengths, end = _contigs(path, head)
        except StructError:
            continue  # the header goes on
        return lengths, chain(([bytes(head[end:])],), pieces)
    raise FormatError(path, f"the file is cut short in its header, after {len(head)} bytes", fix=_AGAIN)


def _check_end(path: str | Path) -> None:
    """Refuse a file without the block that ends every BAM file, before time is spent on it."""
    try:
        with open(path, "rb") as handle:
            size = handle.seek(0, 2)
            handle.seek(max(size - len(_END), 0))
            end = handle.read()
            handle.seek(0)
            start = handle.read(4)
    except OSError as error:
        raise FormatError(
            path, f"the file cannot be read ({error.strerror or error})", fix="check the path and its permissions"
        ) from error
    if not start.startswith(b"\x1f\x8b"):
        raise FormatError(path, f"the file begins with {start!r}, so it is not BAM", fix="give a BAM or CRAM file")
    if start == b"\x1f\x8b\x08\x04" and end != _END:
        raise FormatError(
            path, f"the file is cut short after {size:,} bytes: the block that ends a BAM file is missing", fix=_AGAIN
        )


def _contigs(path: str | Path, head: bytearray) -> tuple[dict[str, int], int]:
    """Read contigs and their lengths, and where the records begin; StructError where the header goes on."""
    (text,) = unpack_from("<I", head, 4)
    at = 8 + text
    (count,) = unpack_from("<I", head, at)
    at += 4
    lengths: dict[str, int] = {}
    for _ in range(count):
        (size,) = unpack_from("<I", head, at)
        (length,) = unpack_from("<I", head, at + 4 + size)
        name = head[at + 4 : at + 3 + size].decode("utf-8", "replace")
        if name in lengths:
            raise FormatError(path, f"its header has the contig {name!r} twice", fix="rename one of the contigs")
        if length > LONGEST:
            raise FormatError(
                path, f"its header gives the contig {name!r} {length:,} bases, the most is {LONGEST:,}", fix=_AGAIN
            )
        lengths[name] = length
        at += 8 + size
    return lengths, at


def _unpacked(path: str | Path) -> Iterator[list[bytes]]:
    """Unpack the blocks of a file, a few batches ahead of whoever draws them."""
    with open(path, "rb") as handle, ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[list[bytes]]] = deque()
        for batch in _batches(path, handle):
            waiting.append(pool.submit(_inflate, path, batch))
            if len(waiting) == _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _batches(path: str | Path, handle: BinaryIO) -> Iterator[list[Block]]:
    batch: list[Block] = []
    size = 0
    for block in _blocks(path, handle):
        batch.append(block)
        size += int.from_bytes(block[1][-4:], "little")
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _blocks(path: str | Path, handle: BinaryIO) -> Iterator[Block]:
    """Cut a file into its blocks: a gzip member each, whose extra field ``BC`` says how long it is."""
    at = 0
    while head := handle.read(12):
        extra = handle.read(int.from_bytes(head[10:], "little"))
        if len(head) == 12 and head[:4] != b"\x1f\x8b\x08\x04":
            what = "is gzip, but not in the blocks of BAM" if at == 0 else f"is damaged: no block begins at byte {at:,}"
            raise FormatError(path, f"the file {what}", fix=_AGAIN)
        size = _block_size(extra) - 12 - len(extra)
        if size < 8 and len(extra) >= 6:
            raise _damaged(path, at, "its size is wrong")
        rest = handle.read(max(size, 0))
        if size < 8 or len(rest) < size:
            raise FormatError(path, f"the file is cut short in the block that begins at byte {at:,}", fix=_AGAIN)
        if int.from_bytes(rest[-4:], "little") > _BLOCK:
            raise _damaged(path, at, "its size is wrong")
        yield at, rest
        at += 12 + len(extra) + size


def _block_size(extra: bytes) -> int:
    """Return the bytes of a whole block, 0 where its extra field does not tell."""
    at = 0
    while at + 6 <= len(extra):
        size = int.from_bytes(extra[at + 2 : at + 4], "little")
        if extra[at : at + 2] == b"BC":
            return int.from_bytes(extra[at + 4 : at + 6], "little") + 1
        at += 4 + size
    return 0


def _inflate(path: str | Path, batch: list[Block]) -> list[bytes]:
    """Unpack blocks and check them; isal leaves the other threads running meanwhile."""
    parts = []
    for at, packed in batch:
        crc, size = unpack_from("<II", packed, len(packed) - 8)
        try:
            part = isal_zlib.decompress(memoryview(packed)[:-8], -isal_zlib.MAX_WBITS, size or 1)
        except IsalError as error:  # pyright: ignore[reportGeneralTypeIssues] - its stub says instance for class
            raise _damaged(path, at, str(error)) from error
        if len(part) != size or isal_zlib.crc32(part) != crc:
            raise _damaged(path, at, "its checksum is wrong")
        parts.append(part)
    return parts


def _damaged(path: str | Path, at: int, reason: str) -> FormatError:
    return FormatError(path, f"the block that begins at byte {at:,} is damaged ({reason})", fix=_AGAIN)
