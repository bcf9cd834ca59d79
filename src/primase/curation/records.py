"""Records as read from files: strings and where they stand, nothing interpreted yet."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import numpy as np

from primase.core.errors import FormatError, PrimaseError

# what is stripped from a file's name to get the name of its class
_SUFFIX = re.compile(
    r"\.(fa|fasta|fna|ffn|faa|frn|fq|fastq|csv|tsv|tab|txt|seq|parquet|pq|bed|narrowpeak|broadpeak|gff3?|gtf|gz|gzip|bgz)$",
    re.IGNORECASE,
)
_PART = re.compile(r"[._-](train|training|test|testing|valid|validation|val)$", re.IGNORECASE)


@dataclass(frozen=True)
class Records:
    """One file, as read.

    Attributes
    ----------
    source : str
        Path or URL, as given.
    ids : list of str
        First words of the headers, or an id column; may repeat.
    headers : list of str
        Whole headers; empty strings where the format has none.
    sequences : list of str
        As written, without blanks.
    lines : ndarray, shape=(N,), int64
        1-based line of each record.
    columns : dict of str to list of str
        Columns of a table other than the sequence and the structure; strings without blanks around them.
    structure : list of str, optional
        Dot-bracket string of each sequence.
    named : bool
        Whether the ids stand in the file; otherwise they are its name and a number.
    kind : str
        The format, a file name in ``curation/formats``.
    notes : tuple of str
        What was decided on reading.
    dropped : tuple of str
        What could not be read, with its place.
    digest : str
        SHA-256 of the file as it lies on disk.
    """

    source: str
    ids: list[str]
    headers: list[str]
    sequences: list[str]
    lines: np.ndarray
    columns: dict[str, list[str]]
    structure: list[str] | None = None
    named: bool = True
    kind: str = "fasta"
    notes: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    digest: str = ""

    def __len__(self) -> int:
        return len(self.sequences)


@dataclass(frozen=True)
class Pool:
    """The records of several files, one after the other.

    Attributes
    ----------
    sources : tuple of str
        The files.
    file : ndarray, shape=(N,), int64
        Which of them each record is from.
    roles : ndarray, shape=(N,), int8
        -1 where the record is still to be divided, 1 from a ``--valid`` file, 2 from a ``--test`` file.
    columns : dict of str to list of str
        Those that every file has.
    ids, headers, sequences, lines, structure, named
        As in `Records`.
    labels : dict of str to list of str, optional
        One entry per target, as strings, once they are found.
    groups : list of str, optional
        Group of each record, where there are groups.
    """

    sources: tuple[str, ...]
    file: np.ndarray
    roles: np.ndarray
    ids: list[str]
    headers: list[str]
    sequences: list[str]
    lines: np.ndarray
    columns: dict[str, list[str]]
    structure: list[str] | None = None
    named: bool = True
    labels: dict[str, list[str]] | None = None
    groups: list[str] | None = None

    def __len__(self) -> int:
        return len(self.sequences)

    def place(self, row: int) -> tuple[str, int]:
        """Return file and line of one record."""
        return self.sources[self.file[row]], int(self.lines[row])

    def take(self, keep: np.ndarray) -> "Pool":
        """Return the records where the mask `keep`, shape (N,), is true."""
        if keep.all():
            return self
        mask = keep.tolist()

        def kept(values: list[str]) -> list[str]:
            return list(compress(values, mask))

        return replace(
            self,
            file=self.file[keep],
            roles=self.roles[keep],
            ids=kept(self.ids),
            headers=kept(self.headers),
            sequences=kept(self.sequences),
            lines=self.lines[keep],
            columns={name: kept(values) for name, values in self.columns.items()},
            structure=None if self.structure is None else kept(self.structure),
            labels=None if self.labels is None else {name: kept(values) for name, values in self.labels.items()},
            groups=None if self.groups is None else kept(self.groups),
        )


def pool_records(files: Sequence[Records], roles: Sequence[int]) -> Pool:
    """Join the records of several files.

    Parameters
    ----------
    files : sequence of Records
    roles : sequence of int
        Of each file: -1 input, 1 validation part, 2 test part.
    """
    shared = [name for name in files[0].columns if all(name in records.columns for records in files)]
    counts = [len(records) for records in files]
    structured = all(records.structure is not None for records in files)
    return Pool(
        sources=tuple(records.source for records in files),
        file=np.repeat(np.arange(len(files)), counts),
        roles=np.repeat(np.array(roles, np.int8), counts),
        ids=[one for records in files for one in records.ids],
        headers=[one for records in files for one in records.headers],
        sequences=[one for records in files for one in records.sequences],
        lines=np.concatenate([records.lines for records in files]),
        columns={name: [one for records in files for one in records.columns[name]] for name in shared},
        structure=[one for records in files for one in records.structure or ()] if structured else None,
        named=all(records.named for records in files),
    )


def number_repeats(ids: Sequence[str]) -> tuple[list[str], int]:
    """Make names unique: the second of a name gets ``_2``, the third ``_3``.

    Returns
    -------
    ids : list of str
    repeats : int
        How many got a number.

    Examples
    --------
    >>> number_repeats(["a", "b", "a", "a_2"])
    (['a', 'b', 'a_3', 'a_2'], 1)
    """
    if len(set(ids)) == len(ids):
        return list(ids), 0
    taken, seen, unique, repeats = set(ids), Counter[str](), [], 0
    for name in ids:
        seen[name] += 1
        if seen[name] == 1:
            unique.append(name)
            continue
        while f"{name}_{seen[name]}" in taken:
            seen[name] += 1
        unique.append(f"{name}_{seen[name]}")
        taken.add(unique[-1])
        repeats += 1
    return unique, repeats


def find_repeat(ids: Sequence[str]) -> tuple[int, int] | None:
    """Return the first two positions of a name that stands twice, or None."""
    if len(set(ids)) == len(ids):
        return None
    first: dict[str, int] = {}
    for position, name in enumerate(ids):
        if name in first:
            return first[name], position
        first[name] = position
    return None


def file_stem(source: str) -> str:
    """Return a file's name without the endings that formats and compressions give it.

    Examples
    --------
    >>> file_stem("data/enhancer.cv.txt.gz"), file_stem("https://a.org/x/pos.fa?raw=1")
    ('enhancer.cv', 'pos')
    """
    path = urlsplit(source).path if "://" in source else source
    stem = PurePosixPath(path.replace("\\", "/")).name
    while (shorter := _SUFFIX.sub("", stem)) != stem and shorter:
        stem = shorter
    return stem


def file_class(source: str) -> str:
    """Return the class that a file's name gives: its stem, without a last ``_train`` or ``.test`` and their like.

    Examples
    --------
    >>> file_class("gut_test.fq.gz")
    'gut'
    """
    stem = file_stem(source)
    return _PART.sub("", stem) or stem


def tell_apart(names: Sequence[str], sources: Sequence[str]) -> tuple[str, ...]:
    """Return the names of files, with those of their folders in front where two would be the same.

    Raises
    ------
    PrimaseError
        If two are the same all the same.

    Examples
    --------
    >>> tell_apart(["peaks", "peaks"], ["liver/peaks.bed", "heart/peaks.bed"])
    ('liver_peaks', 'heart_peaks')
    """
    if len(set(names)) == len(names):
        return tuple(names)
    folders = [PurePosixPath(source.replace("\\", "/")).parent.name for source in sources]
    longer = [
        f"{folder}_{name}" if folder and names.count(name) > 1 else name
        for name, folder in zip(names, folders, strict=True)
    ]
    for name, source in zip(longer, sources, strict=True):
        if longer.count(name) > 1:
            raise PrimaseError(f"{source} and another input are both called {name!r}", fix="give one another name")
    return tuple(longer)


def bad_line(pool: Pool, row: int, what: str, fix: str) -> FormatError:
    """Return the error that names file and line of one record."""
    source, line = pool.place(row)
    return FormatError(source, what, fix=fix, line=line)
