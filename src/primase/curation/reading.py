"""From a path or an address to records: the format is told by the content."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from primase.core.errors import FormatError, PrimaseError
from primase.core.files import digest_file
from primase.curation.downloading import fetch_file, is_url
from primase.curation.formats import ORDER, format_module
from primase.curation.options import CurateOptions
from primase.curation.records import Records
from primase.curation.unpacking import read_head


def local_path(source: str | Path) -> Path:
    """Return where `source` lies on this machine; an address is downloaded first.

    Raises
    ------
    FormatError
        If the download fails.
    """
    return fetch_file(str(source)) if is_url(source) else Path(source)


def sniff_format(path: str | Path) -> str:
    """Return the name of a file's format, told by its content.

    Raises
    ------
    FormatError
        If it is none of those that are read.
    """
    head = read_head(path).removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for name in ORDER:
        if format_module(name).sniff(head):
            return name
    first = head[:40].split(b"\n", 1)[0].decode("utf-8", "replace")
    raise FormatError(
        path,
        f"the format is not recognised (the file begins with {first!r})",
        fix="give FASTA, FASTQ, CSV, TSV, Parquet, or one sequence per line",
    )


def check_inputs(names: Sequence[str]) -> None:
    """Refuse a file that is given twice: it would be two classes, or each row would stand twice.

    Raises
    ------
    PrimaseError
    """
    for name in names:
        if names.count(name) > 1:
            raise PrimaseError(f"{name} is given {names.count(name)} times", fix="give each file once")


def read_records(source: str | Path, *, options: CurateOptions = CurateOptions()) -> Records:
    """Read one file of sequences, of any known format, plain or gzipped, local or from an http(s) address.

    Parameters
    ----------
    source : str or Path
        Path or URL.
    options : CurateOptions
        Columns of tables, and whether what cannot be read is left out.

    Raises
    ------
    FormatError
        If it cannot be read, or holds no sequence.
    """
    path = local_path(source)
    try:
        records = format_module(sniff_format(path)).read(path, options)
    except FormatError as error:
        if path == Path(source):
            raise
        raise PrimaseError(error.what.replace(str(path), str(source)), fix=error.fix) from error
    if not len(records):
        raise FormatError(source, "the file holds no sequence", fix="give a file with sequences")
    dropped = tuple(line.replace(str(path), str(source)) for line in records.dropped)
    return replace(records, source=str(source), dropped=dropped, digest=digest_file(path))
