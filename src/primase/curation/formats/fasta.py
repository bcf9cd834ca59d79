"""FASTA: a line ``>header``, then the sequence on one or more lines."""

from pathlib import Path

import numpy as np

from primase.core.errors import FormatError
from primase.core.files import write_text
from primase.curation.options import CurateOptions
from primase.curation.records import Records
from primase.curation.unpacking import read_text

SUFFIXES = (".fa", ".fasta", ".fna", ".ffn", ".faa", ".frn")


def sniff(head: bytes) -> bool:
    """Return whether the first letter is ``>``."""
    return head.lstrip().startswith(b">")


def read(path: str | Path, options: CurateOptions = CurateOptions()) -> Records:
    """Read a FASTA file.

    The id is the first word of the header; where the header begins with a blank, it is the whole header.

    Raises
    ------
    FormatError
        If a header has no sequence or a sequence no header; the line is named.
    """
    text = read_text(path)
    body = text.lstrip()
    line = 1 + text.count("\n", 0, len(text) - len(body))
    if not body.startswith(">"):
        raise FormatError(path, "the first line is no header", fix="begin each record with a line '>name'", line=line)
    ids, headers, sequences, lines, dropped = [], [], [], [], []
    for block in body[1:].split("\n>"):
        header, _, rest = block.partition("\n")
        sequence = "".join(rest.split())
        if sequence:
            headers.append(header.strip())
            ids.append(header.split(None, 1)[0] if header[:1].strip() else header.strip())
            sequences.append(sequence)
            lines.append(line)
        elif options.drop_invalid:
            dropped.append(f"{path}, line {line}: no sequence follows '>{header}'")
        else:
            raise FormatError(
                path,
                f"no sequence follows the header '>{header}'",
                fix="remove the header, or leave it out with --drop-invalid",
                line=line,
            )
        line += block.count("\n") + 1
    ids = [name or f"line_{line}" for name, line in zip(ids, lines, strict=True)]
    return Records(str(path), ids, headers, sequences, np.array(lines, np.int64), {}, dropped=tuple(dropped))


def write(path: str | Path, records: Records) -> None:
    """Write a FASTA file, one line per sequence; gzip is not applied."""
    pairs = zip(records.ids, records.headers, records.sequences, strict=True)
    write_text(path, "".join(f">{header or name}\n{sequence}\n" for name, header, sequence in pairs))
