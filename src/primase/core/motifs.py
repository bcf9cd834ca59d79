"""Motifs: the frozen `Motif`, JASPAR and MEME files, and the JASPAR CORE collections inside the package."""

import gzip
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from primase.core.alphabet import DNA, Alphabet
from primase.core.errors import FormatError, ShapeError, UnknownName
from primase.core.files import write_text

COLLECTIONS = ("vertebrates", "plants", "insects", "fungi")
_NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, eq=False)
class Motif:
    """A position frequency matrix with its names.

    Attributes
    ----------
    name : str
        What people call it, such as the factor: ``CTCF``.
    accession : str
        What identifies it: ``MA0139.2``.
    probabilities : ndarray, shape=(4, W), float64
        Share of each letter at each position, rows A C G T (U); columns sum to 1.
    sites : int
        How many sites it was made from.
    """

    name: str
    accession: str
    probabilities: np.ndarray
    sites: int

    def __post_init__(self) -> None:
        if self.probabilities.ndim != 2 or self.probabilities.shape[0] != 4 or not self.probabilities.shape[1]:
            raise ShapeError(
                f"motif {self.accession} has a matrix of shape {self.probabilities.shape}",
                fix="give one row per letter A, C, G, T and at least one column",
            )

    def __len__(self) -> int:
        return self.probabilities.shape[1]


def information(probabilities: np.ndarray, background: np.ndarray | None = None) -> np.ndarray:
    """Return the information of each column in bits: its relative entropy to `background` (default: uniform).

    Examples
    --------
    >>> information(np.array([[1, 0.25], [0, 0.25], [0, 0.25], [0, 0.25]])).tolist()
    [2.0, 0.0]
    """
    p = np.asarray(probabilities, float)
    q = np.full(len(p), 1 / len(p)) if background is None else np.asarray(background, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = np.where(p > 0, p * np.log2(p / q[:, None]), 0.0)
    return bits.sum(0)


# Letters that stand for several, by the letters that they stand for.
_IUPAC = {"AG": "R", "CT": "Y", "CG": "S", "AT": "W", "GT": "K", "AC": "M"}


def consensus(probabilities: np.ndarray, alphabet: Alphabet = DNA) -> str:
    """Write a matrix, shape (4, W), as letters.

    One letter where it has more than half and more than twice the second; a letter for two where those two have more
    than three quarters; else N.

    References
    ----------
    Cavener 1987, doi:10.1093/nar/15.4.1353.

    Examples
    --------
    >>> consensus(np.array([[1, 0.5, 0.25], [0, 0, 0.25], [0, 0.5, 0.25], [0, 0, 0.25]]))
    'ARN'
    """
    letters = []
    for column in np.asarray(probabilities).T:
        first, second = np.argsort(-column, kind="stable")[:2]
        if column[first] > 0.5 and column[first] > 2 * column[second]:
            letters.append(alphabet.letters[first])
        elif column[first] + column[second] > 0.75:
            letters.append(_IUPAC["".join(sorted((DNA.letters[first], DNA.letters[second])))])
        else:
            letters.append("N")
    return "".join(letters)


def read_motifs(path: str | Path) -> list[Motif]:
    """Read the motifs of a JASPAR or MEME file, plain or gzipped; the format is told from its content.

    Raises
    ------
    FormatError
        If it cannot be read, is neither format, or a matrix is broken; names the line.
    """
    try:
        raw = Path(path).read_bytes()
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise FormatError(path, f"cannot be read: {error}", fix="give a motif file in MEME or JASPAR form") from error
    lines = text.splitlines()
    if any(line.startswith("MEME version") for line in lines):
        motifs = _read_meme(lines, path)
    elif text.lstrip().startswith(">"):
        motifs = _read_jaspar(lines, path)
    else:
        raise FormatError(path, "is neither a MEME nor a JASPAR file", fix="start it with 'MEME version 4' or '>'")
    if not motifs:
        raise FormatError(path, "holds no motif", fix="give a file with at least one motif")
    return motifs


def _read_jaspar(lines: Sequence[str], path: str | Path) -> list[Motif]:
    motifs = []
    starts = [number for number, line in enumerate(lines) if line.startswith(">")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        accession, _, name = lines[start][1:].strip().replace("\t", " ").partition(" ")
        rows = [_NUMBER.findall(line) for line in lines[start + 1 : end] if line.strip()]
        if len(rows) != 4 or len(set(map(len, rows))) != 1 or not rows[0]:
            raise FormatError(
                path,
                f"motif {accession!r} has {len(rows)} rows of {sorted(set(map(len, rows)))} counts",
                fix="give four rows A, C, G, T of equal length",
                line=start + 1,
            )
        motifs.append(_motif(name.strip() or accession, accession, np.array(rows, float), path, start + 1))
    return motifs


def _read_meme(lines: Sequence[str], path: str | Path) -> list[Motif]:
    motifs = []
    names: list[str] = []
    for number, line in enumerate(lines):
        if line.startswith("MOTIF"):
            names = line.split()[1:3]
        elif line.startswith("letter-probability matrix"):
            width = re.search(r"w=\s*(\d+)", line)
            sites = re.search(r"nsites=\s*(\d+)", line)
            rows: list[list[str]] = []
            for row in lines[number + 1 :]:
                values = row.split()
                if not all(map(_NUMBER.fullmatch, values)) or (width and len(rows) == int(width[1])):
                    break
                if values:
                    rows.append(values)
            if not names or not rows or {len(row) for row in rows} != {4} or (width and len(rows) != int(width[1])):
                raise FormatError(
                    path,
                    f"motif {names[0] if names else '?'!r} has {len(rows)} rows of letter probabilities",
                    fix="give a MOTIF line and w= rows of four numbers",
                    line=number + 1,
                )
            matrix = np.array(rows, float).T
            motif = _motif(names[-1], names[0], matrix, path, number + 1)
            motifs.append(Motif(motif.name, motif.accession, motif.probabilities, int(sites[1]) if sites else 20))
            names = []
    return motifs


def _motif(name: str, accession: str, matrix: np.ndarray, path: str | Path, line: int) -> Motif:
    totals = matrix.sum(0)
    if (matrix < 0).any() or (totals <= 0).any():
        raise FormatError(
            path, f"motif {accession!r} has a negative or empty column", fix="give counts or probabilities", line=line
        )
    return Motif(name, accession, matrix / totals, round(float(totals.max())))


def write_meme(path: str | Path, motifs: Iterable[Motif], *, alphabet: Alphabet = DNA, strands: int = 2) -> None:
    """Write motifs as a MEME file (version 4), which MEME-suite tools read.

    Parameters
    ----------
    path : str or Path
    motifs : iterable of Motif
        None is legal: the file then holds only the header.
    alphabet : Alphabet
        DNA or RNA.
    strands : int
        2 if the motifs may lie on either strand.
    """
    lines = ["MEME version 4", "", f"ALPHABET= {alphabet.letters}", ""]
    if alphabet.complement and alphabet.name == "dna":
        lines += ["strands: + -" if strands == 2 else "strands: +", ""]
    lines += ["Background letter frequencies", " ".join(f"{letter} 0.25" for letter in alphabet.letters), ""]
    for motif in motifs:
        accession, name = ("_".join(word.split()) for word in (motif.accession, motif.name))
        lines.append(f"MOTIF {accession}" if name == accession else f"MOTIF {accession} {name}")
        lines.append(f"letter-probability matrix: alength= 4 w= {len(motif)} nsites= {motif.sites} E= 0")
        lines += [" ".join(f"{value:.6f}" for value in column) for column in motif.probabilities.T]
        lines.append("")
    write_text(path, "\n".join(lines))


@cache
def jaspar_motifs(collection: str) -> tuple[Motif, ...]:
    """Return a collection of JASPAR 2026 CORE (CC BY 4.0): ``vertebrates``, ``plants``, ``insects`` or ``fungi``.

    Raises
    ------
    UnknownName
        If there is none of that name.

    Examples
    --------
    >>> len(jaspar_motifs("fungi"))
    193
    """
    if collection not in COLLECTIONS:
        raise UnknownName("motif collection", collection, COLLECTIONS)
    path = files("primase") / "data" / "jaspar" / f"{collection}.txt.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    return tuple(_read_jaspar(lines, f"JASPAR {collection}"))


def load_motifs(source: str | Path) -> tuple[Motif, ...]:
    """Return a JASPAR collection by its name, or the motifs of a file.

    Raises
    ------
    UnknownName
        If `source` is neither a collection nor a file.
    FormatError
        If the file holds no motifs.
    """
    if str(source) in COLLECTIONS:
        return jaspar_motifs(str(source))
    if not Path(source).is_file():
        raise UnknownName("motif collection or file", str(source), COLLECTIONS)
    return tuple(read_motifs(source))


def find_motif(name: str) -> Motif:
    """Return a JASPAR motif by accession, with or without version, or by name; letter case does not matter.

    Where several fit, vertebrates go before plants, insects and fungi, and the matrix with the lowest number (the
    longest known) before the others.

    Raises
    ------
    UnknownName
        If there is none; offers near names.

    Examples
    --------
    >>> find_motif("ctcf").accession
    'MA0139.2'
    """
    wanted = name.strip().upper()
    known: set[str] = set()
    for collection in COLLECTIONS:
        motifs = jaspar_motifs(collection)
        known.update(motif.name for motif in motifs)
        fits = [m for m in motifs if wanted in (m.accession.upper(), m.accession.partition(".")[0], m.name.upper())]
        if fits:
            return min(fits, key=lambda motif: motif.accession)
    near = [motif for motif in known if wanted[:3] in motif.upper()]
    raise UnknownName("JASPAR motif", name, near or ["CTCF", "GATA1", "SP1", "TP53"])
