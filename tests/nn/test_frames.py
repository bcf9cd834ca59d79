"""Open reading frames against a scan codon by codon."""

import numpy as np
import pytest
import torch

from primase.core.alphabet import one_hot_encode
from primase.nn.frames import WIDTHS, OpenFrames

STOPS = {"TAA", "TAG", "TGA"}


def scanned(sequence: str) -> list[float]:
    starts, stretches = [], []
    last = len(sequence) // 3 - 1  # codons per frame, the same in all three
    for width in WIDTHS:
        begun, most = 0.0, 0
        for frame in range(3):
            codons = [sequence[frame + 3 * i : frame + 3 * i + 3] for i in range(last)]
            closed = [codon in STOPS or "N" in codon for codon in codons]
            free = [i for i in range(last - width + 1) if not any(closed[i : i + width])]
            most = max(most, len(free))
            begun = max([begun, *(float(codons[i] == "ATG") for i in free)])
        starts.append(begun)
        stretches.append(most / 100)
    return starts + stretches


@pytest.mark.parametrize("length", [3, 5, 6, 60, 301, 1000])
def test_layer_agrees_with_the_scan(length):
    rng = np.random.default_rng(length)
    plain = "".join(rng.choice(list("ACGT"), length, p=[0.1, 0.4, 0.4, 0.1]))  # few stops, long frames
    gaps = "".join(letter if rng.random() > 0.01 else "N" for letter in plain)
    opened = "ATG" + "GCC" * (length // 3)
    sequences = [plain, gaps, opened[:length], "N" * length]
    found = OpenFrames()(torch.from_numpy(one_hot_encode(sequences)).float())
    torch.testing.assert_close(found, torch.tensor([scanned(sequence) for sequence in sequences]))


def test_gradient_says_which_letter_would_close_the_frame():
    seq = torch.from_numpy(one_hot_encode(["ATG" + "TAC" * 40])).float().requires_grad_()
    OpenFrames()(seq)[0, len(WIDTHS)].backward()
    changes = seq.grad[0] - (seq.grad[0] * seq[0].detach()).sum(0)  # of the letter there against each other one
    assert changes[0, 62] < 0  # the last letter of a TAC in frame: A or G make it a stop
    assert changes[2, 62] < 0
    assert changes[3, 62] == 0
    assert changes[:, 60].abs().max() == 0  # its first letter: no other makes a stop of it
