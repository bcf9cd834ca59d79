"""From strings to codes: which alphabet the sequences are written in, and which of them do not fit."""

from collections.abc import Sequence

import numpy as np

from primase.core.alphabet import CHUNK, DNA, PROTEIN, RNA, STRUCTURE, Alphabet, code_table
from primase.curation.columns import is_protein

SHARE = 0.8  # of the letters of DNA or RNA are A, C, G, T, U or N
LONGEST_PEPTIDE = 30  # letters; a protein sequence of so many that spells DNA is DNA
SHORTEST_PROTEIN = 8  # letters; a sequence of so many that spells protein among DNA is protein, not a slip

# kinds of letters: up to _SEVERAL legal in DNA and RNA, up to _RESIDUE in proteins
_PLAIN, _THYMINE, _URACIL, _SEVERAL, _RESIDUE, _NOTHING = range(6)


def _kinds() -> np.ndarray:
    """Return the table from byte to kind, shape (256,)."""
    table = np.full(256, _NOTHING, np.uint8)
    for letters, kind in (
        (PROTEIN.letters + PROTEIN.ambiguous, _RESIDUE),
        (DNA.ambiguous, _SEVERAL),
        ("ACGN", _PLAIN),
        ("T", _THYMINE),
        ("U", _URACIL),
    ):
        table[[ord(letter) for letter in letters + letters.lower()]] = kind
    return table


def recognise_letters(sequences: Sequence[str]) -> tuple[Alphabet, dict[int, str]]:
    """Tell DNA, RNA and protein apart by the majority of the sequences.

    Parameters
    ----------
    sequences : sequence of str
        None of them empty.

    Returns
    -------
    alphabet : Alphabet
    faults : dict of int to str
        What is wrong with a sequence, by row: another alphabet than most, or a letter that is in none.

    Examples
    --------
    >>> alphabet, faults = recognise_letters(["ACGU", "GGCA", "AC!U"])
    >>> alphabet.name, faults
    ('rna', {2: "the letter '!' at position 3 is no RNA letter"})
    """
    counts = _count_kinds(sequences)
    nucleotides = counts[:, [_PLAIN, _THYMINE, _URACIL]].sum(1)
    lengths = counts.sum(1)
    if np.mean(nucleotides >= SHARE * lengths) < 0.5:
        alphabet = PROTEIN
    else:
        spelled = (counts[:, [_THYMINE, _URACIL]] > 0).sum(0)
        alphabet = RNA if spelled[1] > spelled[0] else DNA
    faults = find_illegal(sequences, alphabet, counts)
    if alphabet is PROTEIN:
        rows = np.flatnonzero((nucleotides == lengths) & (lengths >= LONGEST_PEPTIDE))
        faults |= dict.fromkeys(rows.tolist(), "the sequence reads as DNA among proteins")
    else:
        own, other, kind = ("T", "U", _URACIL) if alphabet is DNA else ("U", "T", _THYMINE)
        fault = f"the sequence has the letter {other}, the others have {own}: DNA and RNA are mixed"
        faults |= dict.fromkeys(np.flatnonzero(counts[:, kind]).tolist(), fault)
    return alphabet, dict(sorted(faults.items()))


def find_illegal(sequences: Sequence[str], alphabet: Alphabet, counts: np.ndarray | None = None) -> dict[int, str]:
    """Return what is wrong with the sequences that are not written in `alphabet`, by row.

    DNA letters are legal in RNA and the other way round: T is read as U.

    Parameters
    ----------
    sequences : sequence of str
    alphabet : Alphabet
    counts : ndarray, optional
        Letters of each kind in every sequence, where they are counted already.

    Examples
    --------
    >>> find_illegal(["ACGU", "ACG!", ""], DNA)
    {1: "the letter '!' at position 4 is no DNA letter", 2: 'the sequence is empty'}
    """
    counts = _count_kinds(sequences) if counts is None else counts
    legal = _RESIDUE if alphabet is PROTEIN else _SEVERAL
    lengths = counts.sum(1)
    faults = dict.fromkeys(np.flatnonzero(lengths == 0).tolist(), "the sequence is empty")
    for row in np.flatnonzero(counts[:, legal + 1 :].any(1)).tolist():
        nucleotides = counts[row, [_PLAIN, _THYMINE, _URACIL]].sum()
        faults[row] = _letter_fault(sequences[row], alphabet, is_foreign=bool(nucleotides < SHARE * lengths[row]))
    return dict(sorted(faults.items()))


def _count_kinds(sequences: Sequence[str]) -> np.ndarray:
    """Count the letters of each kind in every sequence, shape (N, 6)."""
    from primase.core.kernels import count_letters

    counts, kinds = np.zeros((len(sequences), _NOTHING + 1), np.int64), _kinds()
    for start in range(0, len(sequences), CHUNK):
        chunk = sequences[start : start + CHUNK]
        offsets = np.zeros(len(chunk) + 1, np.int64)
        np.cumsum(list(map(len, chunk)), out=offsets[1:])
        raw = np.frombuffer("".join(chunk).encode("ascii", "replace"), np.uint8)
        count_letters(raw, offsets, kinds, counts[start : start + len(chunk)])
    return counts


def _letter_fault(sequence: str, alphabet: Alphabet, *, is_foreign: bool) -> str:
    """Say which letter of a sequence is illegal, or that all of it is of another alphabet."""
    if is_foreign and len(sequence) >= SHORTEST_PROTEIN and is_protein(sequence.upper()):
        return f"the sequence {sequence[:20]!r} reads as protein among {_title(alphabet)} sequences"
    legal = code_table(alphabet)
    for position, letter in enumerate(sequence, 1):
        if ord(letter) > 255 or legal[ord(letter)] == 255:
            return f"the letter {letter!r} at position {position} is no {_title(alphabet)} letter"
    return f"the sequence {sequence[:20]!r} cannot be read"


def _title(alphabet: Alphabet) -> str:
    return alphabet.name if alphabet.name == "protein" else alphabet.name.upper()


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
