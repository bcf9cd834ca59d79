"""Features of sequences for the simple baselines: what a linear model is given to see."""

from functools import cache
from itertools import product

import numpy as np

from primase.core.alphabet import Alphabet
from primase.core.errors import ShapeError


@cache
def kmer_columns(alphabet: Alphabet, longest: int, *, merged: bool) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the column of each k-mer of length 1 to `longest`, and the k-mers of the columns.

    Parameters
    ----------
    alphabet : Alphabet
    longest : int
        Largest k.
    merged : bool
        Count a k-mer and its reverse complement in one column.

    Returns
    -------
    columns : ndarray, shape=(longest, letters ** longest), int64
        For each k, the column of the k-mer that is read as a number in base `letters`.
    names : tuple of str

    Examples
    --------
    >>> from primase.core.alphabet import DNA
    >>> kmer_columns(DNA, 1, merged=True)[1], len(kmer_columns(DNA, 6, merged=True)[1])
    (('A', 'C'), 2772)
    """
    letters = len(alphabet)
    columns = np.zeros((longest, letters**longest), np.int64)
    names: list[str] = []
    complement = dict(zip(alphabet.letters, (alphabet.letters[row] for row in alphabet.complement_rows), strict=True))
    for k in range(1, longest + 1):
        seen: dict[str, int] = {}
        for number, word in enumerate(map("".join, product(alphabet.letters, repeat=k))):
            other = "".join(complement[letter] for letter in reversed(word)) if merged else word
            if other in seen:
                columns[k - 1, number] = seen[other]
            else:
                columns[k - 1, number] = seen[word] = len(names)
                names.append(word)
    return columns, tuple(names)


def count_words(
    codes: np.ndarray, offsets: np.ndarray, alphabet: Alphabet, longest: int, *, merged: bool
) -> np.ndarray:
    """Count the k-mers of length 1 to `longest` in sequences.

    Parameters
    ----------
    codes, offsets : ndarray
        Sequence i is ``codes[offsets[i]:offsets[i + 1]]``.
    alphabet, longest, merged
        As in `kmer_columns`.

    Returns
    -------
    ndarray, shape=(N, features), float32

    Examples
    --------
    >>> from primase.core.alphabet import DNA, encode
    >>> count_words(*encode(["AAC", "GTT"]), DNA, 1, merged=True).tolist()
    [[2.0, 1.0], [2.0, 1.0]]
    """
    from primase.evaluation.kernels import count_kmers

    columns, names = kmer_columns(alphabet, longest, merged=merged)
    out = np.zeros((len(offsets) - 1, len(names)), np.float32)
    count_kmers(codes, offsets[:-1], offsets[1:], len(alphabet), columns, out)
    return out


def describe_composition(codes: np.ndarray, offsets: np.ndarray, alphabet: Alphabet) -> np.ndarray:
    """Return what can be said of sequences without reading them.

    Logarithm of the length, share of unknown letters, share of each letter and, for DNA and RNA, share of each
    dinucleotide and GC content.

    Returns
    -------
    ndarray, shape=(N, features), float32
    """
    longest = 2 if len(alphabet) == 4 else 1
    counts = count_words(codes, offsets, alphabet, longest, merged=False)
    letters = counts[:, : len(alphabet)]
    length = np.diff(offsets).astype(np.float32)
    known = letters.sum(1)
    parts = [np.log(length + 1)[:, None], 1 - known[:, None] / np.maximum(length, 1)[:, None]]
    parts.append(counts / np.maximum(known, 1)[:, None])
    if longest == 2:
        parts.append((letters[:, 1:2] + letters[:, 2:3]) / np.maximum(known, 1)[:, None])
    return np.concatenate(parts, 1).astype(np.float32)


def expand_positions(codes: np.ndarray, offsets: np.ndarray, alphabet: Alphabet) -> np.ndarray:
    """Return the one-hot letters of sequences of one length L, shape (N, L * letters), float32.

    Raises
    ------
    ShapeError
        If the lengths differ.

    Examples
    --------
    >>> from primase.core.alphabet import DNA, encode
    >>> expand_positions(*encode(["AN", "CG"]), DNA).tolist()
    [[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]]
    """
    lengths = np.diff(offsets)
    if len(lengths) and lengths.min() != lengths.max():
        raise ShapeError(
            f"the sequences have lengths from {lengths.min()} to {lengths.max()}", fix="give sequences of one length"
        )
    letters = codes.reshape(len(lengths), -1)
    table = np.eye(len(alphabet) + 1, len(alphabet), dtype=np.float32)  # the last row, for unknown, is zero
    return table[letters].reshape(len(lengths), -1)
