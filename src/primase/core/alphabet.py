"""Alphabets and the encodings between letters, codes and one-hot arrays.

Three forms of one sequence: the string; its *codes*, one uint8 per letter (the letter's row; ``len(alphabet)`` for
every letter that is not in the alphabet, N among them); and its *one-hot* array, shape (A, L), in which an unknown
letter is an all-zero column. Lower case is sequence. Whole lists are encoded at once, by a compiled loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from primase.core.errors import PrimaseError, ShapeError, UnknownName

CHUNK = 4096  # strings that are joined at once: few calls, and what is joined stays in the processor's cache


@dataclass(frozen=True)
class Alphabet:
    """An ordered set of letters.

    Attributes
    ----------
    name : str
        ``dna``, ``rna`` or ``protein``.
    letters : str
        One letter per row of the one-hot array.
    ambiguous : str
        Letters that are legal but stand for several: they are encoded as unknown and counted.
    complement : str
        The complement of each letter of `letters`; empty where there is no second strand.
    """

    name: str
    letters: str
    ambiguous: str
    complement: str = ""

    def __len__(self) -> int:
        return len(self.letters)

    @property
    def unknown(self) -> int:
        """The code of every letter outside the alphabet."""
        return len(self.letters)

    @property
    def complement_rows(self) -> tuple[int, ...]:
        """For each row, the row of its complement; the rows themselves where there is none."""
        source = self.complement or self.letters
        return tuple(self.letters.index(letter) for letter in source)


# U is read as T in DNA and T as U in RNA: files mix the two spellings.
DNA = Alphabet("dna", "ACGT", "NRYSWKMBDHVX-.", "TGCA")
RNA = Alphabet("rna", "ACGU", "NRYSWKMBDHVX-.", "UGCA")
PROTEIN = Alphabet("protein", "ACDEFGHIKLMNPQRSTVWY", "XBZJUO*-.")
STRUCTURE = Alphabet("structure", "(.)", "")
ALPHABETS = {alphabet.name: alphabet for alphabet in (DNA, RNA, PROTEIN)}


def get_alphabet(name: str) -> Alphabet:
    """Return the alphabet called `name`.

    Raises
    ------
    UnknownName
        If there is none of that name.

    Examples
    --------
    >>> get_alphabet("dna").letters
    'ACGT'
    """
    if name not in ALPHABETS:
        raise UnknownName("alphabet", name, ALPHABETS)
    return ALPHABETS[name]


@cache
def code_table(alphabet: Alphabet) -> np.ndarray:
    """Return the table from byte to code, shape (256,), uint8; 255 marks a byte that is not legal at all."""
    table = np.full(256, 255, np.uint8)
    for letter in alphabet.ambiguous:
        table[[ord(letter), ord(letter.lower())]] = alphabet.unknown
    for row, letter in enumerate(alphabet.letters):
        table[[ord(letter), ord(letter.lower())]] = row
    if alphabet.name in ("dna", "rna"):
        for letter in "tTuU":
            table[ord(letter)] = 3
    table.setflags(write=False)
    return table


def encode(sequences: Sequence[str], alphabet: Alphabet = DNA) -> tuple[np.ndarray, np.ndarray]:
    """Encode strings of any lengths as one flat array of codes.

    Parameters
    ----------
    sequences : sequence of str
        N strings.
    alphabet : Alphabet
        Which letters have rows.

    Returns
    -------
    codes : ndarray, shape=(total length,), uint8
    offsets : ndarray, shape=(N + 1,), int64
        Sequence i is ``codes[offsets[i]:offsets[i + 1]]``.

    Raises
    ------
    ShapeError
        If a letter is neither in the alphabet nor one of its ambiguity letters.

    Examples
    --------
    >>> codes, offsets = encode(["ACG", "tn"])
    >>> codes.tolist(), offsets.tolist()
    ([0, 1, 2, 3, 4], [0, 3, 5])
    """
    offsets = np.zeros(len(sequences) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, sequences), np.int64, len(sequences)), out=offsets[1:])
    codes, table = np.empty(offsets[-1], np.uint8), code_table(alphabet)
    for start in range(0, len(sequences), CHUNK):
        joined = "".join(sequences[start : start + CHUNK])
        raw = np.frombuffer(joined.encode("ascii", "replace"), np.uint8)
        part = codes[offsets[start] : offsets[start] + len(raw)]
        np.take(table, raw, out=part)
        if len(part) and part.max() == 255:
            at = int(np.argmax(part == 255))
            raise _illegal(joined[at], alphabet, int(np.searchsorted(offsets, offsets[start] + at, "right")))
    return codes, offsets


def _illegal(letter: str, alphabet: Alphabet, number: int) -> ShapeError:
    return ShapeError(
        f"sequence {number} has the letter {letter!r}, which is no {alphabet.name} letter",
        fix=f"use the letters {alphabet.letters} or {alphabet.ambiguous}",
    )


def one_hot_encode(sequences: Sequence[str] | str, alphabet: Alphabet = DNA) -> np.ndarray:
    """Encode strings of one length as a one-hot array.

    Parameters
    ----------
    sequences : sequence of str, or str
        N strings of one length L; a single string gives one (A, L) array.
    alphabet : Alphabet
        Which letters have rows.

    Returns
    -------
    ndarray, shape=(N, A, L), int8
        Rows in the order of `alphabet.letters`; an ambiguous letter is an all-zero column.

    Raises
    ------
    ShapeError
        If the lengths differ or a letter is illegal.

    Examples
    --------
    >>> one_hot_encode("ACGTN").tolist()
    [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]
    """
    if isinstance(sequences, str):
        return one_hot_encode([sequences], alphabet)[0]
    from primase.core.kernels import one_hot_from_bytes

    if not sequences:
        return np.zeros((0, len(alphabet), 0), np.int8)
    length = len(sequences[0])
    out = np.empty((len(sequences), len(alphabet), length), np.int8)
    table = code_table(alphabet)
    for start in range(0, len(sequences), CHUNK):
        chunk = sequences[start : start + CHUNK]
        if set(map(len, chunk)) != {length}:
            raise _unequal(sequences)
        raw = np.frombuffer("".join(chunk).encode("ascii", "replace"), np.uint8).reshape(len(chunk), length)
        if one_hot_from_bytes(raw, table, out[start : start + len(chunk)]):
            encode(sequences, alphabet)  # names the letter and the sequence
    return out


def _unequal(sequences: Sequence[str]) -> ShapeError:
    lengths = set(map(len, sequences))
    return ShapeError(
        f"the sequences have {len(lengths)} lengths, {min(lengths)} to {max(lengths)}",
        fix="pad or crop them to one length first",
    )


def characters(one_hot: np.ndarray, alphabet: Alphabet = DNA) -> str:
    """Decode one one-hot array, shape (A, L), to a string; all-zero columns become N (X in proteins).

    Examples
    --------
    >>> characters(one_hot_encode("ACNGT"))
    'ACNGT'
    """
    if one_hot.ndim != 2 or one_hot.shape[0] != len(alphabet):
        raise ShapeError(
            f"characters got an array of shape {one_hot.shape}", fix=f"give one of shape ({len(alphabet)}, length)"
        )
    codes = np.where(one_hot.any(0), one_hot.argmax(0), alphabet.unknown)
    return decode(codes.astype(np.uint8), alphabet)


def decode(codes: np.ndarray, alphabet: Alphabet = DNA) -> str:
    """Decode codes, shape (L,), to a string.

    Examples
    --------
    >>> decode(np.array([0, 1, 2, 3, 4], np.uint8))
    'ACGTN'
    """
    letters = np.frombuffer((alphabet.letters + ("X" if alphabet.name == "protein" else "N")).encode(), np.uint8)
    return letters[codes].tobytes().decode()


def reverse_complement(sequence: str, alphabet: Alphabet = DNA) -> str:
    """Return the other strand of a string, read 5' to 3'; ambiguity letters become their complements.

    Raises
    ------
    PrimaseError
        If the alphabet has no complement.

    Examples
    --------
    >>> reverse_complement("AACGN")
    'NCGTT'
    """
    if not alphabet.complement:
        raise PrimaseError(f"{alphabet.name} has no second strand", fix="leave the sequence as it is")
    source = alphabet.letters + "RYKMBVDH"
    target = alphabet.complement + "YRMKVBHD"
    return sequence.translate(str.maketrans(source + source.lower(), target + target.lower()))[::-1]
