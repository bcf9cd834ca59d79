"""Where the letters of a data set are: stored one by one, or read from a genome at the places of its windows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from primase.core.alphabet import STRUCTURE, Alphabet
from primase.core.errors import ShapeError
from primase.core.threads import in_threads
from primase.curation.downloading import is_url
from primase.curation.packing import PackedGenome, open_packed


@dataclass(frozen=True, eq=False)
class StoredSequences:
    """Sequences letter by letter, memory-mapped when loaded.

    Attributes
    ----------
    codes, offsets : ndarray, shape=(total,), uint8, and shape=(N + 1,), int64
        Sequence i is ``codes[offsets[i]:offsets[i + 1]]``.
    unknown : int
        Code of unknown letters, and of what lies beyond a sequence.
    structure : ndarray, shape=(total,), uint8, or None
        Codes of a dot-bracket string beside each sequence.
    """

    codes: np.ndarray
    offsets: np.ndarray
    unknown: int = 4
    structure: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.offsets[-1] != len(self.codes):
            raise ShapeError(
                f"offsets end at {self.offsets[-1]} for {len(self.codes)} letters", fix="encode the sequences again"
            )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Letters of each sequence, shape (N,)."""
        return np.diff(self.offsets)

    def letters(self, rows: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the codes of some sequences, or of all, in one row, and where each begins."""
        if rows is None:
            return np.asarray(self.codes), np.asarray(self.offsets)
        from primase.core.kernels import copy_spans

        same = np.arange(256, dtype=np.uint8)
        return copy_spans(np.asarray(self.codes), self.offsets[rows], self.offsets[rows + 1], same, backwards=False)

    def take(self, rows: np.ndarray) -> "StoredSequences":
        """Return some of the sequences."""
        codes, offsets = self.letters(rows)
        structure = None if self.structure is None else replace(self, codes=self.structure).letters(rows)[0]
        return StoredSequences(codes, offsets, self.unknown, structure)

    def cut(self, rows: np.ndarray, starts: np.ndarray, length: int) -> np.ndarray:
        """Return windows of sequences, shape (M, length): window m begins at letter ``starts[m]`` of ``rows[m]``."""
        return self._cut(self.codes, rows, starts, length, self.unknown)

    def cut_structure(self, rows: np.ndarray, starts: np.ndarray, length: int) -> np.ndarray | None:
        """Return the same windows of the structure; None where there is none."""
        if self.structure is None:
            return None
        return self._cut(self.structure, rows, starts, length, len(STRUCTURE))

    def describe(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, Any]]:
        """Return what is to be saved: arrays by file, columns beside the examples, and facts."""
        arrays = {"codes.npy": self.codes}
        if self.structure is not None:
            arrays["structure.npy"] = self.structure
        return arrays, {}, {}

    def _cut(self, codes: np.ndarray, rows: np.ndarray, starts: np.ndarray, length: int, padding: int) -> np.ndarray:
        from primase.core.kernels import cut_windows

        return cut_windows(codes, self.offsets[rows] + starts, self.offsets[np.asarray(rows) + 1], length, padding)


@dataclass(frozen=True, eq=False)
class GenomeSequences:
    """Windows of a packed genome; no letter of them is stored.

    Attributes
    ----------
    genome : PackedGenome
    contigs : ndarray, shape=(N,), int32
        Number of each window's contig.
    starts, ends : ndarray, shape=(N,), int64
        0-based, half-open.
    strands : ndarray, shape=(N,), int8
        -1 where a window is read on the other strand.
    shuffled : ndarray, shape=(N,), bool
        True for windows whose letters are shuffled when they are read, dinucleotides kept: made-up negatives.
    seed : int
        Of the shuffles.
    """

    genome: PackedGenome
    contigs: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    strands: np.ndarray
    shuffled: np.ndarray
    seed: int = 0
    structure: None = None

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def lengths(self) -> np.ndarray:
        """Letters of each window, shape (N,)."""
        return self.ends - self.starts

    @cached_property
    def _all(self) -> tuple[np.ndarray, np.ndarray]:
        return self.letters(np.arange(len(self)))

    def letters(self, rows: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the codes of some windows, or of all, in one row, and where each begins."""
        if rows is None:
            return self._all
        lengths = self.ends[rows] - self.starts[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        width = int(lengths.max(initial=0))
        codes = self.cut(rows, np.zeros(len(rows), np.int64), width)
        if lengths.min(initial=width) < width:
            codes = codes[np.arange(width) < lengths[:, None]]
        return codes.reshape(-1), offsets

    def cut(
        self,
        rows: np.ndarray,
        starts: np.ndarray,
        length: int,
        *,
        moves: np.ndarray | int = 0,
        turns: np.ndarray | bool = False,
        draw: int = 0,
    ) -> np.ndarray:
        """Return windows, shape (M, length): each begins at letter ``starts[m]`` of its row.

        Parameters
        ----------
        rows, starts : ndarray, shape=(M,)
        length : int
            A window that is longer than its row has unknown letters behind the row's end.
        moves : ndarray, shape=(M,), or int
            By how many letters each sequence is moved to the right: the window then begins so much before its start.
            What moves in is the genome beside the row.
        turns : ndarray, shape=(M,), bool, or bool
            Which windows are read on the strand opposite to their own, after the move.
        draw : int
            Which shuffle of the shuffled windows.
        """
        from primase.core.kernels import shuffle_rows

        rows = np.asarray(rows)
        low, high, backwards = self.starts[rows], self.ends[rows], self.strands[rows] < 0
        begins = starts - moves
        first = np.where(backwards, high - begins - length, low + begins)
        turned = np.broadcast_to(turns, len(rows))
        codes = self.genome.read_codes(self.contigs[rows], first, length, np.where(backwards ^ turned, -1, 1))
        short = starts + length > high - low
        behind = begins + length - (high - low)  # letters behind the end of the row
        for row in np.flatnonzero(short & (behind > 0)):
            unknown = slice(0, behind[row]) if turned[row] else slice(length - behind[row], length)
            codes[row, unknown] = 4
        made_up = np.flatnonzero(self.shuffled[rows])
        if len(made_up):
            state = np.random.SeedSequence([self.seed, draw, 0x5F]).generate_state(1, np.uint64)[0]
            # an odd multiplier gives every row a stream of its own
            seeds = state + rows[made_up].astype(np.uint64) * np.uint64(0xD1342543DE82EF95)
            in_threads(shuffle_rows, len(made_up), codes, made_up, seeds)
        return codes

    def take(self, rows: np.ndarray) -> "GenomeSequences":
        """Return some of the windows; what is shuffled is shuffled anew."""
        places = self.contigs[rows], self.starts[rows], self.ends[rows], self.strands[rows], self.shuffled[rows]
        return GenomeSequences(self.genome, *places, self.seed)

    def cut_structure(self, *_: Any) -> None:
        """Return None: a genome has no structure beside it."""

    def describe(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, Any]]:
        """Return what is to be saved: arrays by file, columns beside the examples, and facts."""
        columns = {"contig": self.contigs, "start": self.starts, "strand": self.strands, "shuffled": self.shuffled}
        source = self.genome.source
        path = source if is_url(source) else str(Path(source).absolute())  # a run is looked at from any folder
        origin = {"source": source, "path": path, "digest": self.genome.digest, "seed": self.seed}
        return {}, columns, {"genome": origin}


Sequences = StoredSequences | GenomeSequences


def in_chunks(sequences: Sequences, letters: int = 2**22) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Yield all sequences, so many at a time that their letters are few: which rows, their codes and offsets."""
    ends = np.cumsum(sequences.lengths)
    first = 0
    while first < len(sequences):
        before = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + letters, side="right")))
        yield slice(first, last), *sequences.letters(np.arange(first, last))
        first = last


def load_sequences(
    folder: Path, columns: dict[str, np.ndarray], alphabet: Alphabet, facts: dict[str, Any]
) -> Sequences:
    """Read what `describe` gave to be saved."""
    if "genome" in facts:
        origin = facts["genome"]
        genome = replace(open_packed(origin["digest"], origin["path"]), source=origin["source"])
        starts = columns["start"]
        place = columns["contig"], starts, starts + columns["length"], columns["strand"]
        return GenomeSequences(genome, *place, columns["shuffled"], origin["seed"])
    structure = folder / "structure.npy"
    return StoredSequences(
        codes=np.load(folder / "codes.npy", mmap_mode="r"),
        offsets=np.concatenate([[0], np.cumsum(columns["length"], dtype=np.int64)]),
        unknown=alphabet.unknown,
        structure=np.load(structure, mmap_mode="r") if structure.is_file() else None,
    )
