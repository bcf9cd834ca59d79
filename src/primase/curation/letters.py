"""From strings to codes: which alphabet the sequences are written in, and which of them do not fit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from primase.core.alphabet import DNA, PROTEIN, RNA, STRUCTURE, Alphabet, code_table
from primase.curation.columns import is_nucleotides

SHARE = 0.8  # of the letters of DNA or RNA are A, C, G, T, U or N
LONGEST_PEPTIDE = 30  # letters; a protein sequence of so many that spells DNA is DNA


@dataclass(frozen=True)
class Recognised:
    """What the letters of a list of sequences are.

    Attributes
    ----------
    alphabet : Alphabet
    codes : ndarray, shape=(total,), uint8
        Of all sequences; 255 where a letter is illegal.
    offsets : ndarray, shape=(N + 1,), int64
    faults : dict of int to str
        What is wrong with a sequence, by row.
    """

    alphabet: Alphabet
    codes: np.ndarray
    offsets: np.ndarray
    faults: dict[int, str]


def recognise_letters(sequences: Sequence[str], alphabet: Alphabet | None = None) -> Recognised:
    """Tell DNA, RNA and protein apart by the majority of the sequences, and encode them.

    Parameters
    ----------
    sequences : sequence of str
        None of them empty.
    alphabet : Alphabet, optional
        Take this one instead of telling by the letters.

    Examples
    --------
    >>> recognise_letters(["ACGU", "GGCA"]).alphabet.name
    'rna'
    >>> recognise_letters(["ACGT", "GGCA", "AC!T"]).faults
    {2: "the letter '!' at position 3 is no dna letter"}
    """
    offsets = np.zeros(len(sequences) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, sequences), np.int64, len(sequences)), out=offsets[1:])
    joined = "".join(sequences)
    raw = np.frombuffer(joined.encode("ascii", "replace"), np.uint8)
    told = alphabet is None
    if alphabet is None:
        share = np.add.reduceat(_is_in("ACGTUN")[raw], offsets[:-1], dtype=np.int64) / np.diff(offsets)
        nucleotides = share >= SHARE
        alphabet = PROTEIN
        if nucleotides.mean() >= 0.5:
            alphabet = RNA if len(_rows_with(raw, offsets, "U")) > len(_rows_with(raw, offsets, "T")) else DNA
    codes = code_table(alphabet)[raw]
    faults: dict[int, str] = {}
    if told:
        faults |= _strangers(sequences, raw, offsets, alphabet)
    illegal = np.flatnonzero(codes == 255)
    rows, first = np.unique(np.searchsorted(offsets, illegal, "right") - 1, return_index=True)
    for row, at in zip(rows.tolist(), illegal[first].tolist(), strict=True):
        position = at - int(offsets[row]) + 1
        faults.setdefault(row, f"the letter {joined[at]!r} at position {position} is no {alphabet.name} letter")
    return Recognised(alphabet, codes, offsets, dict(sorted(faults.items())))


def _is_in(letters: str) -> np.ndarray:
    table = np.zeros(256, bool)
    table[[ord(letter) for letter in letters + letters.lower()]] = True
    return table


def _rows_with(raw: np.ndarray, offsets: np.ndarray, letters: str) -> np.ndarray:
    """Return the rows in which one of `letters` stands."""
    return np.flatnonzero(np.logical_or.reduceat(_is_in(letters)[raw], offsets[:-1]))


def _strangers(sequences: Sequence[str], raw: np.ndarray, offsets: np.ndarray, alphabet: Alphabet) -> dict[int, str]:
    """Return the sequences that are written in another alphabet than most."""
    if alphabet is PROTEIN:
        lengths = np.diff(offsets)
        spelled = np.add.reduceat(_is_in("ACGTUN")[raw], offsets[:-1], dtype=np.int64) == lengths
        rows = np.flatnonzero(spelled & (lengths >= LONGEST_PEPTIDE))
        return {row: "the sequence reads as DNA among proteins" for row in rows.tolist()}
    other, own = ("U", "T") if alphabet is DNA else ("T", "U")
    faults = {
        row: f"the sequence has the letter {other}, the others have {own}: DNA and RNA are mixed"
        for row in _rows_with(raw, offsets, other).tolist()
    }
    residues = _rows_with(raw, offsets, "EFILPQ")
    for row in residues.tolist():
        if len(sequences[row]) >= 8 and not is_nucleotides(sequences[row]) and sequences[row].isalpha():
            faults[row] = f"the sequence {sequences[row][:20]!r} reads as protein among {alphabet.name} sequences"
    return faults


def encode_structures(structures: Sequence[str], lengths: np.ndarray) -> tuple[np.ndarray, dict[int, str]]:
    """Encode dot-bracket strings.

    Parameters
    ----------
    structures : sequence of str
    lengths : ndarray, shape=(N,)
        Of the sequences beside them.

    Returns
    -------
    codes : ndarray, shape=(total,), uint8
        0 ``(``, 1 ``.``, 2 ``)``; only to be used where there are no faults.
    faults : dict of int to str
        What is wrong with a structure, by row.
    """
    table = np.full(256, 255, np.uint8)
    for code, letter in enumerate(STRUCTURE.letters):
        table[ord(letter)] = code
    joined = "".join(structures)
    codes = table[np.frombuffer(joined.encode("ascii", "replace"), np.uint8)]
    sizes = np.fromiter(map(len, structures), np.int64, len(structures))
    faults = {
        row: f"the structure has {sizes[row]} letters, the sequence {lengths[row]}"
        for row in np.flatnonzero(sizes != lengths).tolist()
    }
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    illegal = np.flatnonzero(codes == 255)
    for at, row in zip(illegal.tolist(), (np.searchsorted(offsets, illegal, "right") - 1).tolist(), strict=True):
        faults.setdefault(row, f"the structure has the letter {joined[at]!r}, not one of ( . )")
    return codes, dict(sorted(faults.items()))
