"""How long the reading frames stay open, as a layer with a gradient."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Codons; about half an octave apart, from what chance leaves open to most of a protein.
WIDTHS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)


class OpenFrames(nn.Module):
    """Measure the open reading frames of the given strand.

    For each width: whether a stretch of that many codons without a stop begins with a start codon, and how many
    stretches of it there are in the frame that has most. A codon with an N in it counts as a stop. Start and stop
    are products of the letters, and a stretch is open by ``relu(1 - stops)``: exact for one-hot input, and the gradient
    tells which letters would close a frame. Standard code (TAA, TAG, TGA; ATG).

    Examples
    --------
    >>> codes = torch.tensor([0, 3, 2] + [0, 0, 0] * 20 + [3, 0, 0])
    >>> layer = OpenFrames()
    >>> layer(torch.eye(4)[codes].T[None])[0, :3].tolist()  # 21 codons from ATG on: 16, but not 24 or 32
    [1.0, 0.0, 0.0]
    """

    features = 2 * len(WIDTHS)

    def forward(self, seq: Tensor) -> Tensor:
        """Return (B, features) for `seq` (B, 4, L): starts of each width, then hundreds of stretches of each width."""
        codons = seq.shape[-1] // 3 - 1
        if codons < 1:
            return seq.new_zeros(len(seq), self.features)
        # the letter at offsets 0, 1 and 2 of the codon that begins at each position
        one, two, three = (seq[..., offset : offset + 3 * codons] for offset in range(3))
        known = one.sum(1) * two.sum(1) * three.sum(1)
        stop = one[:, 3] * (two[:, 0] * (three[:, 0] + three[:, 2]) + two[:, 2] * three[:, 0]) + (1 - known)
        start = one[:, 0] * two[:, 3] * three[:, 2]
        stop, start = (track.unflatten(-1, (codons, 3)) for track in (stop, start))  # (B, codons, frames)
        stops = F.pad(stop.cumsum(1), (0, 0, 1, 0))
        starts, stretches = [], []
        for width in WIDTHS:
            if width > codons:
                starts.append(seq.new_zeros(len(seq)))
                stretches.append(seq.new_zeros(len(seq)))
                continue
            free = torch.relu(1 - (stops[:, width:] - stops[:, :-width]))
            starts.append((free * start[:, : free.shape[1]]).flatten(1).amax(1))
            stretches.append(free.sum(1).amax(1) / 100)
        return torch.stack([*starts, *stretches], 1)
