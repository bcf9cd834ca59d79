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
    preceded by an inserted letter (2); half of the members are on the other strand, where the alphabet has one.

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
            sequences.append(reverse_complement(text) if alphabet.complement and rng.random() < 0.5 else text)
    order = rng.permutation(len(sequences))
    return [sequences[i] for i in order], np.repeat(np.arange(families), members)[order]
