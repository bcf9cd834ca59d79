"""From a data set to the batches that a model is trained on and asked about."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from primase.core.alphabet import STRUCTURE
from primase.core.batch import Batch
from primase.curation.augmentation import flip_strands, shift_sequences
from primase.curation.dataset import Dataset
from primase.inference import one_hot

CHUNK_BYTES = 2**24  # letters are expanded to floats for so many bytes at once: few calls, little memory


def encode_windows(codes: Tensor, structure: Tensor | None, letters: int) -> Tensor:
    """Expand codes (B, L) to a model's input (B, channels, L) float32: the letters, then the structure."""
    seq = one_hot(codes, letters)
    return seq if structure is None else torch.cat([seq, one_hot(structure, len(STRUCTURE))], 1)


def encode_rows(dataset: Dataset, rows: np.ndarray, length: int | None = None) -> tuple[Tensor, np.ndarray]:
    """Return the model input of some sequences.

    Returns
    -------
    seq : Tensor, shape=(M, channels, L), float32
    owner : ndarray, shape=(M,)
        For each window the position in `rows` of its sequence.
    """
    windows = dataset.windows(rows, length)
    structure = None if windows.structure is None else torch.from_numpy(windows.structure)
    return encode_windows(torch.from_numpy(windows.codes), structure, len(dataset.alphabet)), windows.rows


@dataclass(frozen=True)
class Augmentation:
    """What may be done to a training sequence.

    Attributes
    ----------
    both_strands : bool
        Show either strand.
    shift : int
        Largest shift, in letters.
    """

    both_strands: bool = False
    shift: int = 0


class SequenceBatches:
    """The rows of one part as batches; every epoch is a pure function of (seed, epoch).

    Parameters
    ----------
    dataset : Dataset
    rows : ndarray of int
        Which sequences.
    length : int
        Letters per window, as the model takes them.
    device : torch.device
        Where the codes lie and batches are made.
    augmentation : Augmentation
    seed : int
        Of order and augmentation.
    fresh_negatives : bool
        Redraw in every epoch the shuffles that stand for made-up negatives.
    balanced : bool
        Draw every class equally often.
    """

    def __init__(
        self,
        dataset: Dataset,
        rows: np.ndarray,
        *,
        length: int,
        device: torch.device,
        augmentation: Augmentation = Augmentation(),
        seed: int = 0,
        fresh_negatives: bool = False,
        balanced: bool = False,
    ) -> None:
        windows = dataset.windows(rows, length)
        self.dataset, self.rows, self.length = dataset, rows, length
        self.letters = len(dataset.alphabet)
        self.complement = dataset.alphabet.complement_rows
        self.codes = torch.from_numpy(windows.codes).to(device)
        self.structure = None if windows.structure is None else torch.from_numpy(windows.structure).to(device)
        self.owner = torch.from_numpy(windows.rows).to(device)
        self.targets = torch.from_numpy(np.ascontiguousarray(dataset.targets[rows])).to(device)[self.owner]
        per_row = torch.bincount(self.owner, minlength=len(rows)).to(torch.float32)
        # every sequence has the same share in the loss, however many windows it has
        self.weights = None if len(windows) == len(rows) else (1 / per_row)[self.owner]
        self.augmentation, self.seed, self.balanced = augmentation, seed, balanced
        self.sources = _shuffle_sources(dataset, rows) if fresh_negatives else None

    def __len__(self) -> int:
        return len(self.codes)

    def steps(self, batch_size: int) -> int:
        """Return how many batches an epoch has."""
        return -(-len(self) // batch_size)

    def _order(self, generator: torch.Generator) -> Tensor:
        if not self.balanced:
            return torch.randperm(len(self), generator=generator)
        counts = torch.bincount(self.targets.cpu())
        return torch.multinomial((1 / counts)[self.targets.cpu()], len(self), replacement=True, generator=generator)

    def epoch(self, number: int, batch_size: int) -> Iterator[Batch]:
        """Yield the batches of one training epoch: shuffled, augmented, negatives drawn anew."""
        generator = torch.Generator().manual_seed((self.seed * 1_000_003 + number) % 2**63)
        codes = self.codes if self.sources is None else self._redraw(number)
        order = self._order(generator).to(codes.device)
        per_chunk = max(1, CHUNK_BYTES // (4 * self.letters * self.length * batch_size)) * batch_size
        for chunk in order.split(per_chunk):
            part = codes[chunk]
            if self.augmentation.shift:
                part = shift_sequences(part, self.augmentation.shift, self.letters, generator)
            if self.augmentation.both_strands:
                part = flip_strands(part, self.complement, generator)
            yield from self._batches(part, chunk, batch_size)

    def in_order(self, batch_size: int) -> Iterator[Batch]:
        """Yield the batches as they stand, for validation."""
        for rows in torch.arange(len(self), device=self.codes.device).split(batch_size):
            yield from self._batches(self.codes[rows], rows, batch_size)

    def _batches(self, codes: Tensor, rows: Tensor, batch_size: int) -> Iterator[Batch]:
        structure = None if self.structure is None else self.structure[rows]
        seq, targets = encode_windows(codes, structure, self.letters), self.targets[rows]
        for start in range(0, len(rows), batch_size):
            stop = start + batch_size
            weights = None if self.weights is None else self.weights[rows[start:stop]]
            yield Batch({"seq": seq[start:stop]}, targets[start:stop], weights)

    def _redraw(self, number: int) -> Tensor:
        from primase.curation.negatives import shuffle_negatives

        made_up, sources = self.sources or (np.zeros(0, np.int64), np.zeros(0, np.int64))
        if number == 0 or not len(made_up):
            return self.codes
        data = self.dataset
        stretches = [data.codes[data.offsets[row] : data.offsets[row + 1]] for row in sources]
        flat, offsets = np.concatenate(stretches), np.concatenate([[0], np.cumsum([len(s) for s in stretches])])
        shuffled = shuffle_negatives(flat, offsets, seed=self.seed * 1_000_003 + number)
        codes = self.codes.clone()
        for position, start, end in zip(made_up, offsets[:-1], offsets[1:], strict=True):
            size = min(self.length, int(end - start))
            codes[position, :size] = torch.from_numpy(shuffled[start : start + size]).to(codes.device)
        return codes


def _shuffle_sources(dataset: Dataset, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return which of `rows` are made-up negatives and the rows that they were made from."""
    first = dataset.facts.get("shuffled_from_first_row")
    if first is None or dataset.policy == "tile":
        return None
    positives = np.asarray(dataset.facts["shuffled_sources"])
    made_up = np.flatnonzero((rows >= first) & (rows < first + len(positives)))
    return made_up, positives[rows[made_up] - first]
