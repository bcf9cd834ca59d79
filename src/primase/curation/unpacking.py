"""From a file on disk to bytes or text: gzip is undone, and what is no text is named."""

import gzip
import zlib
from pathlib import Path

from primase.core.errors import FormatError

_FOREIGN = {
    b"PK\x03\x04": "a zip archive (or an Excel file)",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"%PDF": "a PDF",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_NO_SEQUENCES = {
    b"\x89HDF": "arrays (HDF5)",
    b"##fileformat=VCF": "variants (VCF)",
    b"BCF": "variants (BCF)",
    b"BAM\1": "alignments (BAM)",
    b"CRAM": "alignments (CRAM)",
    b"@HD\t": "alignments (SAM)",
    b"@SQ\t": "alignments (SAM)",
    b"##gff": "features of a genome (GFF)",
    b"track ": "a track for a genome browser",
    b"browser ": "a track for a genome browser",
    b"\x26\xfc\x8f\x88": "a signal along a genome (bigWig)",
    b"\x88\x8f\xfc\x26": "a signal along a genome (bigWig)",
    b"{": "JSON",
    b"[": "JSON",
}
_ON_GENOME = ("BAM", "CRAM", "SAM", "GFF", "bigWig", "browser")
_HEAD = 2**16  # enough for a format to show itself


def read_head(path: str | Path, *, sequences: bool = True) -> bytes:
    """Return the first bytes of a file, unpacked.

    Raises
    ------
    FormatError
        If it cannot be opened, is empty, is damaged or is of a kind that is never read.
    """
    try:
        with open(path, "rb") as handle:
            raw = handle.read(_HEAD)
    except OSError as error:
        raise _unreadable(path, error) from error
    if raw[:2] == b"\x1f\x8b":
        try:
            # 16 + MAX_WBITS: a gzip header is expected; half a stream is enough for the head
            raw = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(raw, _HEAD)
        except zlib.error as error:
            raise _damaged(path, error) from error
    if not raw.strip():
        raise FormatError(path, "the file is empty", fix="give a file that holds something")
    for magic, kind in _FOREIGN.items():
        if raw.startswith(magic):
            raise FormatError(path, f"the file is {kind}", fix="unpack or save it as plain UTF-8 text, or as gzip")
    for magic, kind in _NO_SEQUENCES.items() if sequences else ():
        if raw.startswith(magic):
            fix = "give sequences: FASTA, FASTQ, a table, or one per line"
            if any(word in kind for word in _ON_GENOME):
                fix = f"add --genome FASTA, since it lies on a genome; or {fix}"
            raise FormatError(path, f"the file holds {kind}", fix=fix)
    return raw


def read_bytes(path: str | Path) -> bytes:
    """Return the bytes of a file, unpacked.

    Raises
    ------
    FormatError
        As `read_head`; also if a gzip file is cut short.
    """
    read_head(path)
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return gzip.decompress(raw)
    except EOFError as error:
        raise FormatError(
            path, f"the gzip file is cut short after {len(raw)} bytes", fix="copy or download it again"
        ) from error
    except (OSError, zlib.error) as error:
        raise _damaged(path, error) from error


def read_text(path: str | Path) -> str:
    """Return the text of a file, unpacked, its line ends as line feeds.

    Raises
    ------
    FormatError
        As `read_bytes`; also if it is not UTF-8 text.
    """
    raw = read_bytes(path)
    at = raw.find(b"\0")
    if at >= 0:
        raise FormatError(
            path, f"byte {at} is 0, so this is no text", fix="give FASTA, FASTQ, CSV, TSV, Parquet or text"
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FormatError(
            path, f"the byte 0x{raw[error.start]:02x} is not UTF-8 text", fix="save the file as UTF-8", line=line
        ) from error
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _unreadable(path: str | Path, error: OSError) -> FormatError:
    return FormatError(
        path, f"the file cannot be read ({error.strerror or error})", fix="check the path and its permissions"
    )


def _damaged(path: str | Path, error: Exception) -> FormatError:
    return FormatError(path, f"the gzip file is damaged ({error})", fix="copy or download it again")
