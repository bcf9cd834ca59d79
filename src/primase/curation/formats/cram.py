"""CRAM: alignments stored as differences from a reference, which is not needed here: only places are read.

Records are handed on as BAM records without name, letters and qualities, so that one reader judges and counts both.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import pack
from typing import Any

from primase.core.errors import FormatError

SUFFIXES = (".cram",)
# flag, contig, place, mapping quality and CIGAR: htslib's CRAM_OPT_REQUIRED_FIELDS, bits SAM_FLAG to SAM_CIGAR
_FIELDS = b"required_fields=62"
_BATCH = 50_000  # records
_MOST_OPERATIONS = 2**16 - 1  # of a BAM record; a longer CIGAR stands in the tag CG
# an empty container ends every file (CRAM specification, "End of file container"), by major version
_ENDS = {
    2: bytes.fromhex("0b000000ffffffff0fe0454f460000000001000001000606010001000100"),
    3: bytes.fromhex("0f000000ffffffff0fe0454f4600000000010005bdd94f0001000606010001000100ee63014b"),
}
_AGAIN = "copy or download it again, or write it anew with 'samtools view'"


def sniff(head: bytes) -> bool:
    """Return whether the file begins as CRAM does."""
    return head.startswith(b"CRAM")


def read(path: str | Path) -> tuple[dict[str, int], Iterator[list[bytes]]]:
    """Read a CRAM file in order, in bounded memory; its reference is not needed.

    Returns
    -------
    lengths : dict of str to int
        Contigs as the header has them.
    pieces : iterator of lists of bytes
        The records as BAM has them, without name, letters and qualities.

    Raises
    ------
    FormatError
        If the file is cut short or damaged. What lies further on in the file is found as the pieces are drawn.
    """
    _check_end(path)
    with _opened(path) as file:
        lengths = dict(zip(file.references, file.lengths, strict=True))
    return lengths, _pieces(path)


def _check_end(path: str | Path) -> None:
    """Refuse a file without the container that ends it, before time is spent on it."""
    with open(path, "rb") as handle:
        head = handle.read(5)
        size = handle.seek(0, 2)
        handle.seek(max(size - 64, 0))
        tail = handle.read()
    if len(head) < 5 or not tail.endswith(_ENDS.get(head[4], b"")):
        raise FormatError(
            path, f"the file is cut short after {size:,} bytes: the container that ends it is missing", fix=_AGAIN
        )


@contextmanager
def _opened(path: str | Path) -> Iterator[Any]:
    """Open a file with pysam, its own messages turned off: ours say it."""
    import pysam

    loud = pysam.set_verbosity(0)
    try:
        with pysam.AlignmentFile(str(path), "rc", format_options=[_FIELDS]) as file:
            yield file
    except (OSError, ValueError) as error:
        raise FormatError(path, f"the file is damaged ({error})", fix=_AGAIN) from error
    finally:
        pysam.set_verbosity(loud)


def _pieces(path: str | Path) -> Iterator[list[bytes]]:
    with _opened(path) as file:
        parts: list[bytes] = []
        for record in file:
            parts.append(_as_bam(record))
            if len(parts) == _BATCH:
                yield [b"".join(parts)]
                parts = []
        yield [b"".join(parts)]


def _as_bam(record: Any) -> bytes:
    """Write what places a read as a BAM record (SAM specification, section 4.2)."""
    steps = [count << 4 | kind for kind, count in record.cigartuples or ()]
    cigar = pack(f"<{len(steps)}I", *steps)
    if len(steps) > _MOST_OPERATIONS:
        cigar = pack("<II4sI", 4, 3, b"CGBI", len(steps)) + cigar  # section 4.2.2: 0S0N, and the tag
        steps = steps[:2]
    place = (record.reference_id, record.reference_start, 0, record.mapping_quality, 0, len(steps), record.flag)
    return pack("<iiiBBHHHiiii", 32 + len(cigar), *place, 0, -1, -1, 0) + cigar
