"""Plain text: one sequence per line."""

import re
from pathlib import Path

import numpy as np

from primase.core.errors import FormatError
from primase.core.files import write_text
from primase.curation.options import CurateOptions
from primase.curation.records import Records, file_stem
from primase.curation.unpacking import read_text

SUFFIXES = (".txt", ".seq")
_LINE = re.compile(rb"\s*[A-Za-z*.\-]+\s*")
HEADS = frozenset({"seq", "seqs", "sequence", "sequences", "dna", "rna", "protein", "peptide"})


def sniff(head: bytes) -> bool:
    """Return whether the first lines are words of letters, one per line, and long enough for sequences."""
    lines = head.split(b"\n")
    if len(lines) > 1:
        lines.pop()  # may be cut
    lines = [line for line in lines[:1000] if line.strip()]
    if not lines:
        return False
    words = [line for line in lines if _LINE.fullmatch(line)]
    # a stray line is named by its number on reading, so a few are let through
    return len(words) >= 0.9 * len(lines) and float(np.median([len(word.strip()) for word in words])) >= 4


def read(path: str | Path, options: CurateOptions = CurateOptions()) -> Records:
    """Read a file with one sequence per line; blank lines are passed over.

    Raises
    ------
    FormatError
        If a line holds more than one word; the line is named.
    """
    ids, sequences, lines, dropped, stem = [], [], [], [], file_stem(str(path))
    for line, row in enumerate(read_text(path).split("\n"), 1):
        sequence = row.strip()
        if not sequence or (not lines and sequence.lower() in HEADS):
            continue
        if len(sequence.split()) > 1:
            if not options.drop_invalid:
                raise FormatError(
                    path,
                    f"{sequence[:40]!r} is more than one word in a file with one sequence per line",
                    fix="write one sequence per line, or leave the line out with --drop-invalid",
                    line=line,
                )
            dropped.append(f"{path}, line {line}: more than one word")
            continue
        sequences.append(sequence)
        lines.append(line)
        ids.append(f"{stem}_{len(lines)}")
    return Records(
        str(path),
        ids,
        [""] * len(ids),
        sequences,
        np.array(lines, np.int64),
        {},
        named=False,
        kind="text",
        dropped=tuple(dropped),
    )


def write(path: str | Path, records: Records) -> None:
    """Write the sequences, one per line."""
    write_text(path, "".join(f"{sequence}\n" for sequence in records.sequences))
