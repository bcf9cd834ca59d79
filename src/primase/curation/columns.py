"""What the columns of a table hold, told by their content."""

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from primase.core.alphabet import DNA, PROTEIN
from primase.core.errors import PrimaseError

ID_NAMES = frozenset({"id", "ids", "name", "seqid", "seq_id", "sequence_id", "identifier", "accession", "sample_id"})
PLACE_NAMES = frozenset({"start", "end", "stop", "pos", "position", "length", "len", "index"})
MISSING = frozenset({"", "nan"})  # N and NA are names of classes
UNKNOWN_NUMBERS = MISSING | {"na", "n/a", "null", "none"}
MOST_INTEGER_CLASSES = 20
MOST_CLASSES = 100

_NUCLEOTIDES = "ACGTUN"
_NO_NUCLEOTIDE = str.maketrans("", "", "".join(sorted(set(DNA.letters + "U" + DNA.ambiguous))))
_NO_RESIDUE = str.maketrans("", "", "".join(sorted(set(PROTEIN.letters + PROTEIN.ambiguous))))
_STRUCTURE = re.compile(r"[().]+")
_CHROMOSOME = re.compile(r"(?:chr|CHR|Chr)[0-9A-Za-z_]{1,20}")


def is_nucleotides(cell: str) -> bool:
    """Return whether a string reads as DNA or RNA: legal letters, nearly all of them A, C, G, T, U or N.

    Examples
    --------
    >>> is_nucleotides("acgtR" * 4), is_nucleotides("data")
    (True, False)
    """
    letters = cell.upper()
    if not letters or letters.translate(_NO_NUCLEOTIDE):
        return False
    return sum(map(letters.count, _NUCLEOTIDES)) >= 0.8 * len(letters)


def is_protein(cell: str) -> bool:
    """Return whether a string reads as amino acids, in capitals.

    Examples
    --------
    >>> is_protein("MKVLAAGE"), is_protein("label")
    (True, False)
    """
    return cell.isupper() and not cell.translate(_NO_RESIDUE)


def sequence_kind(cells: Sequence[str]) -> str | None:
    """Return ``nucleotide`` or ``protein`` where (nearly) all cells are sequences of that kind, else None."""
    cells = sample([cell for cell in cells if cell])
    if not cells or float(np.median([len(cell) for cell in cells])) < 4:
        return None
    if sum(map(is_nucleotides, cells)) >= 0.8 * len(cells):
        return "nucleotide"
    if sum(map(is_protein, cells)) >= 0.8 * len(cells):
        return "protein"
    return None


def find_sequence_column(columns: Mapping[str, Sequence[str]]) -> str:
    """Return the one column that holds sequences.

    Raises
    ------
    PrimaseError
        If no column does, or several could.

    Examples
    --------
    >>> find_sequence_column({"id": ["a1", "b2"], "dna": ["ACGTAC", "ACCGTA"]})
    'dna'
    """
    kinds = {name: sequence_kind(cells) for name, cells in columns.items()}
    names = [name for name, kind in kinds.items() if kind == "nucleotide"] or [n for n, kind in kinds.items() if kind]
    if not names:
        raise PrimaseError(
            f"no column holds sequences (columns: {', '.join(columns)})",
            fix="name it with --sequence-column; for intervals of a genome add --genome FASTA",
        )
    medians = {name: float(np.median([len(cell) for cell in sample(columns[name])])) for name in names}
    longest = max(medians.values())
    names = [name for name in names if medians[name] >= longest / 2]
    if len(names) > 1:
        raise PrimaseError(
            f"{len(names)} columns could be the sequence: {', '.join(names)}",
            fix=f"choose one, for instance --sequence-column {names[0]!r}",
        )
    return names[0]


def find_id_column(columns: Mapping[str, Sequence[str]]) -> str | None:
    """Return the column that names the rows, or None: one called so, else the first whose values are all different."""
    for name in columns:
        if name.lower() in ID_NAMES:
            return name
    kinds = {name: column_kind(name, cells) for name, cells in columns.items()}
    for kind in ("id", "row number"):
        for name, found in kinds.items():
            if found == kind:
                return name
    return None


def column_kind(name: str, cells: Sequence[str]) -> str:
    """Return what a column holds.

    Returns
    -------
    str
        ``constant``, ``structure``, ``place`` (chromosome, strand, start, end), ``id``, ``row number``, ``classes``,
        ``numbers`` or ``text``. Only classes and numbers can be labels.

    Examples
    --------
    >>> column_kind("y", ["0", "1", "1"]), column_kind("gene", ["abc", "def", "ghi"])
    ('classes', 'id')
    """
    distinct = {cell for cell in set(cells) if cell.lower() not in MISSING}
    rows, few = len(cells), sample(list(distinct))
    if len(distinct) <= 1:
        return "constant"
    if all(map(_STRUCTURE.fullmatch, few)):
        return "structure" if distinct != {"."} else "constant"
    if distinct <= {"+", "-", "."} or all(map(_CHROMOSOME.fullmatch, few)):
        return "place"
    numbers = [value for value in map(to_number, few) if value is not None]
    if len(numbers) < 0.9 * len(few):
        if len(distinct) == rows and rows > 2:
            return "id"
        return "classes" if len(distinct) <= max(2, min(MOST_CLASSES, rows // 2)) else "text"
    whole = all(value.is_integer() for value in numbers)
    if len(distinct) == 2 or (whole and len(distinct) <= min(MOST_INTEGER_CLASSES, rows // 2)):
        return "classes"
    if whole and name.lower() in PLACE_NAMES:
        return "place"
    if whole and len(distinct) == rows and _counts_up(cells):
        return "row number"
    return "numbers"


def _counts_up(cells: Sequence[str]) -> bool:
    values = [to_number(cell) for cell in cells]
    if any(value is None for value in values):
        return False
    return bool((np.diff(np.array(values, float)) > 0).all())


def label_candidates(columns: Mapping[str, Sequence[str]], used: Iterable[str] = ()) -> dict[str, str]:
    """Return the columns that could be the label, with their kind (``classes`` or ``numbers``).

    Parameters
    ----------
    columns : mapping
        Name to cells.
    used : iterable of str
        Columns that have another part: groups, given parts.
    """
    kinds = {name: column_kind(name, cells) for name, cells in columns.items() if name not in set(used)}
    return {name: kind for name, kind in kinds.items() if kind in ("classes", "numbers")}


def get_column(columns: Mapping[str, list[str]], name: str, flag: str) -> list[str]:
    """Return one column by its name.

    Raises
    ------
    PrimaseError
        If there is none; the columns are listed.
    """
    if name.strip() not in columns:
        raise PrimaseError(
            f"no column is called {name!r} ({flag}); the columns are: {', '.join(columns) or '(none)'}",
            fix=f"give one of these with {flag}",
        )
    return columns[name.strip()]


def to_number(cell: str) -> float | None:
    """Return a cell as a number, or None where it is none.

    Examples
    --------
    >>> to_number("1e-3"), to_number("1_000")
    (0.001, None)
    """
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def sample(values: Sequence[str], most: int = 1000) -> Sequence[str]:
    """Return at most `most` values, evenly spread."""
    return values if len(values) <= most else values[:: -(-len(values) // most)]
