"""Data sets that are made up: planted motifs, in the manner of the primer, and families of relatives."""

from collections.abc import Sequence

import numpy as np

from primase.core.alphabet import DNA, Alphabet, decode, reverse_complement
from primase.core.errors import PrimaseError


def simulate_families(
    *,
    families: int,
    members: int,
    length: int,
    identity: tuple[float, float] = (0.7, 1.0),
    shift: float = 0.15,
    alphabet: Alphabet = DNA,
    seed: int = 0,
) -> tuple[list[str], np.ndarray]:
    """Draw families of related sequences: copies of a random ancestor, changed, shifted and turned.

    Each member is a window of its family's ancestor, begun up to ``shift * length`` letters late, in which a share of
    the letters, drawn between ``1 - identity[1]`` and ``1 - identity[0]``, is substituted (6 of 10), deleted (2) or
    preceded by an inserted letter (2); of DNA half of the members are on the other strand.

    Returns
    -------
    sequences : list of str
        ``families * members`` sequences in random order.
    family : ndarray, shape=(families * members,), int64

    Examples
    --------
    >>> sequences, family = simulate_families(families=3, members=2, length=20)
    >>> len(sequences), sorted(family.tolist())
    (6, [0, 0, 1, 1, 2, 2])
    """
    rng = np.random.default_rng(seed)
    letters = len(alphabet)
    spare = int(shift * length)
    sequences: list[str] = []
    for _ in range(families):
        ancestor = rng.integers(0, letters, length + spare + length // 2)
        for _ in range(members):
            source = ancestor[rng.integers(0, spare + 1) :]
            rate = 1 - rng.uniform(*identity)
            kinds = rng.choice(4, len(source), p=[1 - rate, 0.6 * rate, 0.2 * rate, 0.2 * rate])
            changed = np.where(kinds == 1, (source + rng.integers(1, letters, len(source))) % letters, source)
            copies = np.array([1, 1, 0, 2])[kinds]
            member = np.repeat(changed, copies)
            doubled = np.cumsum(copies)[kinds == 3] - 2
            member[doubled] = rng.integers(0, letters, len(doubled))
            text = decode(member[:length].astype(np.uint8), alphabet)
            sequences.append(reverse_complement(text) if alphabet is DNA and rng.random() < 0.5 else text)
    order = rng.permutation(len(sequences))
    return [sequences[i] for i in order], np.repeat(np.arange(families), members)[order]


def simulate_motif(
    *,
    rows: int = 2000,
    length: int = 50,
    motifs: Sequence[str] = ("CGACCGAACTCC",),
    seed: int = 0,
) -> tuple[list[str], list[str], list[int]]:
    """Draw sequences of which half carry motifs, in the manner of the primer.

    Positives (label 1) hold every motif once, at random places that do not overlap, on the forward strand; negatives
    (label 0) hold none of those that are given as letters.

    Parameters
    ----------
    rows, length : int
        How many sequences, of how many letters.
    motifs : sequence of str
        Letters, or names or accessions of JASPAR motifs, whose sites are drawn from the matrix.
    seed : int

    Returns
    -------
    ids, sequences : list of str
    labels : list of int

    Raises
    ------
    PrimaseError
        If the motifs do not fit the length.
    UnknownName
        If a motif is neither letters nor known to JASPAR.

    References
    ----------
    Zou et al. 2019, doi:10.1038/s41588-018-0295-5: 2,000 sequences of 50 letters with CGACCGAACTCC.

    Examples
    --------
    >>> ids, sequences, labels = simulate_motif(rows=10, length=30, seed=1)
    >>> [("CGACCGAACTCC" in sequence) == bool(label) for sequence, label in zip(sequences, labels)] == [True] * 10
    True
    """
    if rows < 2 or length < 1:
        raise PrimaseError(f"{rows} sequences of {length} letters cannot be made", fix="give at least 2 and 1")
    rng = np.random.default_rng(seed)
    matrices = [_motif_matrix(name) for name in motifs]
    widths = [matrix.shape[1] for matrix in matrices]
    if sum(widths) > length:
        raise PrimaseError(
            f"motifs of {sum(widths)} letters together do not fit into {length}", fix="give longer sequences"
        )
    plain = [name.upper() for name in motifs if set(name.upper()) <= set("ACGT")]
    labels = rng.permutation(np.arange(rows) % 2)
    sequences = []
    for label in labels:
        letters = rng.integers(0, 4, length).astype(np.uint8)
        while any(word in decode(letters) for word in plain):
            letters = rng.integers(0, 4, length).astype(np.uint8)
        if label:
            gaps = np.sort(rng.integers(0, length - sum(widths) + 1, len(widths)))
            before = 0
            for number in rng.permutation(len(widths)):
                start = gaps[0] + before
                gaps = gaps[1:]
                draws = rng.random((1, widths[number])) < matrices[number].cumsum(0)
                letters[start : start + widths[number]] = draws.argmax(0)
                before += widths[number]
        sequences.append(decode(letters))
    return [f"s{number}" for number in range(1, rows + 1)], sequences, labels.tolist()


def _motif_matrix(name: str) -> np.ndarray:
    """Return the probabilities, shape (4, W), of a motif given as letters or by its JASPAR name."""
    if name and set(name.upper()) <= set(DNA.letters):
        return np.eye(4)[[DNA.letters.index(letter) for letter in name.upper()]].T
    from primase.core.motifs import find_motif

    matrix = np.asarray(find_motif(name).probabilities, float)
    return matrix / matrix.sum(0)
