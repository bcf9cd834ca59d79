"""In-silico saturation mutagenesis: every single substitution, predicted."""

import torch
from torch import Tensor, nn

from primase.inference import evaluating
from primase.interpretation.contributions import check_sequences, device_of, target_logit


def saturation_mutagenesis(
    model: nn.Module, seq: Tensor, target: int, *, hypothetical: bool = False, batch_size: int = 32
) -> Tensor:
    """Return what every single substitution does to one logit.

    Exact and plain: ``(letters - 1) * L + 1`` predictions per sequence.

    Parameters
    ----------
    model : nn.Module
        Takes ``seq`` (B, C, L), returns ``{"logits": (B, T)}``. Left as it was.
    seq : Tensor, shape=(N, C, L)
        One-hot.
    target : int
        Which logit.
    hypothetical : bool
        Subtract the mean over the letters of a position: the value at the letter that is there is then its
        contribution, and that at another letter the one that it would have.
    batch_size : int
        Mutants per pass. Small batches stay in a CPU's cache, and are faster there.

    Returns
    -------
    Tensor, shape=(N, C, L), float32, on the CPU
        Logit of the mutant minus logit of the sequence; exactly zero at the letters that are there, at unknown letters
        and in structure channels.

    References
    ----------
    Zhou & Troyanskaya 2015, doi:10.1038/nmeth.3547.

    Examples
    --------
    >>> class CountG(nn.Module):
    ...     def forward(self, seq):
    ...         return {"logits": seq[:, 2].sum(-1, keepdim=True)}
    >>> saturation_mutagenesis(CountG(), torch.eye(4)[None], 0)[0, 2]
    tensor([1., 1., 0., 1.])
    """
    letters = check_sequences(seq)
    device = device_of(model)
    seq = seq.to(device, torch.float32)
    known = seq[:, :letters].any(1, keepdim=True)
    absent = (seq[:, :letters] == 0) & known
    out = torch.zeros(seq.shape)
    effects = torch.zeros(absent.shape, device=device)
    with evaluating(model), torch.inference_mode():
        given = [target_logit(model, part, target) for part in seq.split(batch_size)]
        before = torch.cat(given) if given else effects.new_zeros(0)
        for part in absent.nonzero().split(batch_size):
            rows, letter, place = part.T
            mutants = seq[rows]
            index = torch.arange(len(rows), device=device)
            mutants[index, :letters, place] = 0
            mutants[index, letter, place] = 1
            effects[rows, letter, place] = target_logit(model, mutants, target) - before[rows]
    if hypothetical:
        effects -= effects.mean(1, keepdim=True) * known
    out[:, :letters] = effects.cpu()
    return out
