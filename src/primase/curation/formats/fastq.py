"""FASTQ: four lines per read, ``@header``, sequence, ``+``, qualities; the qualities are left out."""

from pathlib import Path

import numpy as np

from primase.core.errors import FormatError
from primase.core.files import write_text
from primase.curation.options import CurateOptions
from primase.curation.records import Records
from primase.curation.unpacking import read_text

SUFFIXES = (".fq", ".fastq")


def sniff(head: bytes) -> bool:
    """Return whether the first line begins with ``@`` and the third with ``+``."""
    lines = head.lstrip().split(b"\n", 3)
    return lines[0].startswith(b"@") and len(lines) > 2 and lines[2].startswith(b"+")


def read(path: str | Path, options: CurateOptions = CurateOptions()) -> Records:
    """Read a FASTQ file with four lines per read.

    Raises
    ------
    FormatError
        If a read is not four lines with as many qualities as letters; the line is named.
    """
    text = read_text(path)
    body = text.lstrip()
    first = 1 + text.count("\n", 0, len(text) - len(body))
    rows = body.rstrip("\n").split("\n")
    ids, headers, sequences, lines, dropped = [], [], [], [], []
    for start in range(0, len(rows), 4):
        read_lines = [row.rstrip() for row in rows[start : start + 4]]
        fault = _fault(read_lines)
        if fault is None:
            header, sequence = read_lines[0][1:], read_lines[1]
            headers.append(header.strip())
            ids.append(header.split(None, 1)[0] if header[:1].strip() else header.strip() or f"line_{first + start}")
            sequences.append(sequence)
            lines.append(first + start)
        elif options.drop_invalid and len(read_lines) == 4 and read_lines[0].startswith("@"):
            dropped.append(f"{path}, line {first + start}: {fault}")
        else:
            raise FormatError(path, fault, fix="repair the read, or copy the file again", line=first + start)
    return Records(
        str(path),
        ids,
        headers,
        sequences,
        np.array(lines, np.int64),
        {},
        kind="fastq",
        dropped=tuple(dropped),
    )


def _fault(lines: list[str]) -> str | None:
    """Return what is wrong with one read, or None."""
    if len(lines) < 4:
        return f"the last read has {len(lines)} of 4 lines"
    if not lines[0].startswith("@"):
        return f"a read begins with {lines[0][:20]!r}, not with '@'"
    if not lines[2].startswith("+"):
        return f"the third line of a read is {lines[2][:20]!r}, not '+'"
    if not lines[1]:
        return f"the read {lines[0]!r} has no letters"
    if len(lines[1]) != len(lines[3]):
        return f"a read has {len(lines[1])} letters and {len(lines[3])} qualities"
    return None


def write(path: str | Path, records: Records) -> None:
    """Write a FASTQ file; every quality is ``I`` (40), since `Records` hold none."""
    reads = zip(records.ids, records.headers, records.sequences, strict=True)
    write_text(path, "".join(f"@{head or name}\n{seq}\n+\n{'I' * len(seq)}\n" for name, head, seq in reads))
