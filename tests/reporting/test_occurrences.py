import numpy as np
import pytest

from primase.reporting.occurrences import align_motif, find_occurrences, mean_contributions

MOTIF = np.eye(4)[[1, 2, 0, 1, 1, 2]].T * 0.97 + 0.01  # CGACCG


def one_hot(sequence: str) -> np.ndarray:
    return np.array([[letter == row for letter in sequence] for row in "ACGT"], np.int8)


def test_both_strands_are_found_and_told_apart():
    sequences = np.stack([one_hot("TTTTCGACCGTTTT"), one_hot("TTCGGTCGTTTTTT"), one_hot("TTTTTTTTTTTTTT")])
    found = find_occurrences(MOTIF, sequences)
    assert found.rows.tolist() == [0, 1]
    assert found.starts.tolist() == [4, 2]
    assert found.reverse.tolist() == [False, True]
    assert found.within(1) == [(2, 8)]
    assert len(find_occurrences(MOTIF, sequences, strands=1)) == 1


def test_a_motif_longer_than_the_sequence_is_nowhere():
    assert len(find_occurrences(MOTIF, one_hot("ACG")[None])) == 0


def test_scan_agrees_with_brute_force():
    generator = np.random.default_rng(1)
    sequences = np.eye(4, dtype=np.int8)[generator.integers(0, 4, (5, 300))].transpose(0, 2, 1)
    motif = generator.dirichlet([0.2] * 4, 5).T
    weights = np.log2(np.maximum(motif, 0.01) / np.maximum(motif, 0.01).sum(0) * 4)
    expected = [
        (row, start)
        for row in range(5)
        for start in range(296)
        if (weights * sequences[row][:, start : start + 5]).sum() >= 0.8 * weights.max(0).sum()
    ]
    found = find_occurrences(motif, sequences, strands=1)
    assert list(zip(found.rows.tolist(), found.starts.tolist(), strict=True)) == expected


def test_mean_contributions_turn_the_other_strand():
    sequences = np.stack([one_hot("TTCGACCGTT"), one_hot("TTCGGTCGTT")])
    contributions = np.zeros((2, 10))
    contributions[0, 2:8] = [1, 2, 3, 4, 5, 6]
    contributions[1, 2:8] = [6, 5, 4, 3, 2, 1]
    mean = mean_contributions(find_occurrences(MOTIF, sequences), contributions, sequences)
    assert np.array_equal(mean, one_hot("CGACCG") * [1, 2, 3, 4, 5, 6])


@pytest.mark.parametrize("turn", [False, True])
def test_known_motif_is_turned_to_the_strand_that_fits(turn):
    known = np.hstack([np.full((4, 2), 0.25), MOTIF])
    given = known[::-1, ::-1] if turn else known
    assert np.allclose(align_motif(MOTIF, given), known)
