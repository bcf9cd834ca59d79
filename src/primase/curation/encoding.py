"""From a data set to the batches that a model is trained on and asked about."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from primase.core.alphabet import STRUCTURE
from primase.core.batch import Batch
from primase.curation.augmentation import (
    Augmentation,
    cut_windows_at,
    draw_moves,
    draw_turns,
    mutate_letters,
    turn_sequences,
    turn_tracks,
)
from primase.curation.dataset import Dataset
from primase.curation.sequences import StoredSequences
from primase.curation.tracks import Tracks
from primase.inference import one_hot

Chunk = tuple[Tensor, Tensor | None, Tensor | None]  # which windows, their moves, which of them are turned
CHUNK_BYTES = 2**24  # letters are expanded to floats for so many bytes at once: few calls, little memory


def encode_windows(codes: Tensor, structure: Tensor | None, letters: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Expand codes (B, L) to a model's input (B, channels, L): the letters, then the structure."""
    seq = one_hot(codes, letters, dtype)
    return seq if structure is None else torch.cat([seq, one_hot(structure, len(STRUCTURE), dtype)], 1)


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


class SequenceBatches:
    """The rows of one part as batches; every epoch is a pure function of (seed, epoch).

    Stored sequences are held on the device. Windows of a genome are read as they are needed, one chunk ahead, and so
    are tracks: memory does not grow with the data.

    Parameters
    ----------
    dataset : Dataset
    rows : ndarray of int
        Which sequences.
    length : int
        Letters per window, as the model takes them.
    device : torch.device
        Where batches are made.
    augmentation : Augmentation
    seed : int
        Of order and augmentation.
    fresh_negatives : bool
        Redraw in every epoch the shuffles that stand for made-up negatives.
    balanced : bool
        Draw every class equally often.
    dtype : torch.dtype
        Of the sequences: float32 as models take them; int8 is a quarter of the bytes, for those who move batches about.
    worker, workers : int
        Of several processes that read one epoch together, which one this is: it yields the chunks whose number leaves
        `worker` when divided by `workers`.
    """

    def __init__(  # noqa: PLR0913
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
        dtype: torch.dtype = torch.float32,
        worker: int = 0,
        workers: int = 1,
    ) -> None:
        self.dataset, self.rows, self.length, self.device = dataset, np.asarray(rows), length, device
        self.letters = len(dataset.alphabet)
        self.complement = dataset.alphabet.complement_rows
        self.owner, self.starts = dataset.place_windows(self.rows, length)
        self.codes = self.structure = None
        if isinstance(dataset.sequences, StoredSequences):
            windows = dataset.windows(self.rows, length)
            self.codes = torch.from_numpy(windows.codes).to(device)
            self.structure = None if windows.structure is None else torch.from_numpy(windows.structure).to(device)
        self.targets = torch.from_numpy(np.ascontiguousarray(dataset.targets[self.rows][self.owner])).to(device)
        self.weights = None
        if len(self.owner) > len(self.rows):
            # every sequence has the same share in the loss, however many windows it has
            per_row = torch.from_numpy(np.bincount(self.owner, minlength=len(self.rows)).astype(np.float32))
            self.weights = (1 / per_row)[torch.from_numpy(self.owner)].to(device)
        self.augmentation, self.seed, self.balanced = augmentation, seed, balanced
        self.dtype, self.fresh, self.worker, self.workers = dtype, fresh_negatives, worker, workers
        self.sources = _shuffle_sources(dataset, self.rows) if fresh_negatives else None

    def __len__(self) -> int:
        return len(self.owner)

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
        change = self.augmentation
        per_chunk = max(1, CHUNK_BYTES // (4 * self.letters * self.length * batch_size)) * batch_size
        plans = []
        for index, rows in enumerate(self._order(generator).split(per_chunk)):
            # what is drawn for a chunk does not depend on who reads it
            moves = draw_moves(len(rows), change.shift, generator) if change.shift else None
            turns = draw_turns(len(rows), generator) if change.both_strands else None
            if index % self.workers == self.worker:
                plans.append((index, rows, moves, turns))
        codes_of = self._letters([plan[1:] for plan in plans], draw=number if self.fresh else 0)
        for (index, rows, moves, turns), codes in zip(plans, codes_of, strict=True):
            if change.mutate:
                own = torch.Generator().manual_seed((self.seed * 1_000_003 + number) * 65_537 % 2**62 + index)
                codes = mutate_letters(codes, change.mutate, self.letters, own)
            yield from self._batches(codes, rows, batch_size, moves, turns)

    def in_order(self, batch_size: int) -> Iterator[Batch]:
        """Yield the batches as they stand, for validation."""
        chunks = torch.arange(len(self)).split(batch_size)
        for rows, codes in zip(chunks, self._letters([(rows, None, None) for rows in chunks]), strict=True):
            yield from self._batches(codes, rows, batch_size)

    def _letters(self, chunks: Sequence[Chunk], draw: int = 0) -> Iterator[Tensor]:
        """Yield the codes of each chunk of windows, moved and turned, on the device."""
        if self.codes is not None:
            held = self.codes if self.sources is None else self._redraw(self.codes, *self.sources, draw)
            flank = self.augmentation.shift
            for rows, moves, turns in chunks:
                codes = held[rows.to(self.device)]
                if moves is not None:
                    codes = cut_windows_at(F.pad(codes, (flank, flank), value=self.letters), flank - moves, self.length)
                yield codes if turns is None else turn_sequences(codes, self.complement, turns)
            return
        sequences, rows_of, starts = self.dataset.sequences, self.rows[self.owner], self.starts

        def read(chunk: Chunk) -> Tensor:
            places, moves, turns = chunk[0].numpy(), chunk[1], chunk[2]
            change: dict[str, Any] = {"moves": 0 if moves is None else moves.numpy()}
            change["turns"] = False if turns is None else turns.numpy()
            return torch.from_numpy(sequences.cut(rows_of[places], starts[places], self.length, draw=draw, **change))

        for codes in look_ahead(read, chunks):
            yield codes.to(self.device)

    def _batches(
        self,
        codes: Tensor,
        rows: Tensor,
        batch_size: int,
        moves: Tensor | None = None,
        turns: Tensor | None = None,
    ) -> Iterator[Batch]:
        places = rows.to(self.device)
        structure = None if self.structure is None else self.structure[places]
        inputs = {"seq": encode_windows(codes, structure, self.letters, self.dtype)}
        tracks = self.dataset.tracks
        if tracks is None:
            targets = self.targets[places]
        else:
            targets = self._cut(tracks, tracks.values, tracks.strand_pairs, rows, moves, turns)
            if tracks.control is not None:
                inputs["control"] = self._cut(tracks, tracks.control, tracks.control_pairs, rows, moves, turns)
        for start in range(0, len(rows), batch_size):
            some = slice(start, start + batch_size)
            weights = None if self.weights is None else self.weights[places[some]]
            yield Batch({name: values[some] for name, values in inputs.items()}, targets[some], weights)

    def _cut(
        self,
        tracks: Tracks,
        values: np.ndarray,
        pairs: tuple[int, ...],
        rows: Tensor,
        moves: Tensor | None,
        turns: Tensor | None,
    ) -> Tensor:
        """Return the tracks of windows (B, T, bins), moved and turned as their sequences are."""
        bins = values.shape[2] - 2 * tracks.margin
        order = np.sort(rows.numpy())  # in the order of the file, then back
        read = torch.from_numpy(values[self.rows[order]])[torch.from_numpy(np.searchsorted(order, rows.numpy()))]
        read = read.to(self.device)
        if moves is None:
            read = read[..., tracks.margin : tracks.margin + bins]
        else:
            steps = torch.round(moves / tracks.bin).long()  # a move of less than half a bin leaves the bins
            read = cut_windows_at(read, tracks.margin - steps, bins)
        return read if turns is None else turn_tracks(read, pairs, turns)

    def _redraw(self, held: Tensor, made_up: np.ndarray, sources: np.ndarray, number: int) -> Tensor:
        from primase.curation.negatives import shuffle_negatives

        if number == 0 or not len(made_up):
            return held
        flat, offsets = self.dataset.sequences.letters(sources)
        shuffled = shuffle_negatives(flat, offsets, seed=self.seed * 1_000_003 + number)
        codes = held.clone()
        for position, start, end in zip(made_up, offsets[:-1], offsets[1:], strict=True):
            size = min(self.length, int(end - start))
            codes[position, :size] = torch.from_numpy(shuffled[start : start + size]).to(codes.device)
        return codes


def look_ahead(read: Callable[[Any], Any], wanted: Sequence[Any]) -> Iterator[Any]:
    """Yield ``read(one)`` for each that is wanted, in order; the next is read while the last one is used."""
    with ThreadPoolExecutor(1) as reader:
        coming = None
        for one in wanted:
            done, coming = coming, reader.submit(read, one)
            if done is not None:
                yield done.result()
        if coming is not None:
            yield coming.result()


def _shuffle_sources(dataset: Dataset, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return which of `rows` are made-up negatives and the rows that they were made from."""
    first = dataset.facts.get("shuffled_from_first_row")
    if first is None or dataset.policy == "tile" or not isinstance(dataset.sequences, StoredSequences):
        return None
    positives = np.asarray(dataset.facts["shuffled_sources"])
    made_up = np.flatnonzero((rows >= first) & (rows < first + len(positives)))
    return made_up, positives[rows[made_up] - first]
