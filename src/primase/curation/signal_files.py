"""Opening tracks: which kind of signal a file holds is told by its content."""

import zlib
from pathlib import Path
from typing import Any

from primase.core.errors import FormatError
from primase.curation.formats import bedgraph, bigwig
from primase.curation.reading import local_path
from primase.curation.signals import Signal

_HEAD = 2**16  # bytes that show what a file is
_GZIP = b"\x1f\x8b"


def open_signal(path: str | Path, **options: Any) -> Signal:
    """Open a track; what it is, is told by its content.

    Parameters
    ----------
    path : str or Path
        A bigWig, a bedGraph (plain or gzipped), a BAM or a CRAM; an http(s) address is downloaded first.
    **options
        How reads become a signal, see `primase.curation.alignments.open_alignments`. A bigWig or bedGraph has a signal
        already and does not look at them.

    Raises
    ------
    FormatError
        If it is none of these, or damaged.
    """
    place = local_path(path)
    head = _read_head(place)
    if bigwig.sniff(head):
        return bigwig.read(place)
    if head.startswith((b"BAM\1", b"CRAM")):
        from primase.curation.alignments import open_alignments

        return open_alignments(place, **options)
    if bedgraph.sniff(head):
        return bedgraph.read(place)
    raise FormatError(path, _foreign(head), fix="give a bigWig, a bedGraph, a BAM or a CRAM")


def is_alignment(path: Path) -> bool:
    """Say whether a file is a BAM or a CRAM, by its content."""
    return _read_head(path).startswith((b"BAM\1", b"CRAM"))


def is_signal(path: Path) -> bool:
    """Say whether a file is one that `open_signal` opens, by its content."""
    head = _read_head(path)
    return head.startswith((b"BAM\1", b"CRAM")) or bigwig.sniff(head) or bedgraph.sniff(head)


def _read_head(path: Path) -> bytes:
    """Return the first bytes of a file, unpacked where it is gzipped (as a BAM is)."""
    try:
        with path.open("rb") as handle:
            head = handle.read(_HEAD)
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, _HEAD) if head.startswith(_GZIP) else head
    except OSError as error:
        raise FormatError(
            path, f"the file cannot be read ({error.strerror or error})", fix="check the path and its permissions"
        ) from error
    except zlib.error as error:
        raise FormatError(path, f"the gzip file is damaged ({error})", fix="copy or download it again") from error


def _foreign(head: bytes) -> str:
    """Say what a file is that is no signal."""
    if not head.strip():
        return "the file is empty"
    if int.from_bytes(head[:4], "little") == 0x8789F2EB or int.from_bytes(head[:4], "big") == 0x8789F2EB:
        return "the file is a bigBed, which holds intervals and no signal"
    if b"fixedStep" in head or b"variableStep" in head:
        return "the file is a wiggle (fixedStep or variableStep), which is not read"
    first = head[:40].split(b"\n", 1)[0].decode("utf-8", "replace")
    return f"the file holds no signal that is read (it begins with {first!r})"
