"""The promise of the split, checked from outside: no near-duplicate of a training sequence is in another part."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from oracle import near
from primase.core.alphabet import DNA, PROTEIN, Alphabet
from primase.curation.curating import curate_sequences
from primase.curation.dataset import Dataset
from primase.curation.options import CurateOptions
from primase.curation.simulation import simulate_families


def curate_families(folder: Path, alphabet: Alphabet = DNA, **options) -> tuple[Dataset, list[str], np.ndarray]:
    sequences, family = simulate_families(alphabet=alphabet, **options)
    lengths = np.random.default_rng(0).integers(0, 8, len(sequences))
    sequences = [text[: len(text) - cut] for text, cut in zip(sequences, lengths, strict=True)]
    labels = ["even" if number % 2 else "odd" for number in family]
    table = folder / "families.csv"
    table.write_text("".join(f"{text},{label}\n" for text, label in zip(sequences, labels, strict=True)))
    return curate_sequences([table], CurateOptions(fractions=(0.7, 0.1, 0.2))), sequences, family


@pytest.mark.parametrize(("alphabet", "length"), [(DNA, 60), (DNA, 100), (PROTEIN, 50)])
def test_no_pair_is_divided_below_the_limit(tmp_path, alphabet, length):
    """All pairs between the parts, aligned one by one."""
    data, sequences, family = curate_families(tmp_path, alphabet, families=70, members=4, length=length, seed=length)
    parts, both = data.parts, alphabet is DNA
    assert (np.bincount(parts, minlength=3) > 20).all()
    between = [(one, two) for one, two in combinations(range(len(parts)), 2) if parts[one] != parts[two]]
    assert [pair for pair in between if near(sequences[pair[0]], sequences[pair[1]], both=both)] == []
    assert data.facts["audit"]["leakage"]["pairs"] == 0
    # the promise is not kept by lumping everything together, nor is it empty
    assert len(np.unique(data.units)) > 70
    joined = sum(data.units[one] == data.units[two] for one, two in combinations(range(len(parts)), 2))
    assert joined > 50
    assert all(len(set(family[data.units == unit])) == 1 for unit in np.unique(data.units)) or length < 100


@pytest.mark.slow
@pytest.mark.parametrize(("families", "members"), [(4500, 2), (1800, 5)])
def test_nearly_no_pair_is_divided_above_the_limit(tmp_path, families, members):
    """All pairs within the families, and as many between: 99.5 % of those that are near are in one part."""
    data, sequences, family = curate_families(tmp_path, families=families, members=members, length=200, seed=members)
    rows = np.argsort(family, kind="stable").reshape(families, members)
    pairs = [pair for kin in rows for pair in combinations(kin, 2)]
    strangers = np.random.default_rng(0).integers(0, len(sequences), (len(pairs) // 4, 2))
    pairs += [(one, two) for one, two in strangers if family[one] != family[two]]
    found = [(one, two) for one, two in pairs if near(sequences[one], sequences[two])]
    kept = sum(data.parts[one] == data.parts[two] for one, two in found)
    assert len(found) > 1000
    assert all(family[one] == family[two] for one, two in found)
    assert kept >= 0.995 * len(found)
