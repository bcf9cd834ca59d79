"""The data set: what step 1 ends with, and all that later steps see of the data."""

from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from primase.core.alphabet import STRUCTURE, Alphabet, decode, get_alphabet
from primase.core.errors import ManifestError, PrimaseError, ShapeError
from primase.core.files import digest_file, write_with
from primase.core.manifest import Manifest
from primase.curation.sequences import Sequences, load_sequences
from primase.curation.tracks import Tracks, load_tracks

PARTS = ("train", "valid", "test")
LARGE_LENGTH = 2000  # beyond this many letters a sequence is cut into windows instead of cropped


@dataclass(frozen=True)
class Windows:
    """Sequences at one length, as a model takes them.

    Attributes
    ----------
    codes : ndarray, shape=(M, L), uint8
        Letter codes; the alphabet's size where unknown or padded.
    structure : ndarray, shape=(M, L), uint8, or None
        Codes of the dot-bracket letters; 3 where padded.
    rows : ndarray, shape=(M,), int64
        Which of the N asked-for sequences each window is of; several windows of one are neighbours.
    starts : ndarray, shape=(M,), int64
        First letter of each window in its sequence, from 0.
    """

    codes: np.ndarray
    structure: np.ndarray | None
    rows: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Sequences, targets and their division, audited.

    Attributes
    ----------
    ids : ndarray, shape=(N,), object
        Unique names.
    sequences : StoredSequences or GenomeSequences
        Their letters, stored or in a genome.
    targets : ndarray
        (N,) int64 class indices for ``binary`` and ``multiclass``; (N, T) float32 for ``multilabel`` and
        ``regression``.
    parts : ndarray, shape=(N,), int8
        0 train, 1 valid, 2 test (indices into `PARTS`).
    units : ndarray, shape=(N,), int64
        Cluster or group; rows of one unit are never divided, and are resampled together in a bootstrap.
    folds : ndarray, shape=(N,), int8, or None
        Fold of each row, where cross-validation was asked for; -1 for rows that are in every training part.
    alphabet : Alphabet
        Of the sequences.
    task : str
        Kind of question.
    names : tuple of str
        Classes or targets, in order.
    length : int
        At which a model sees a sequence.
    policy : str
        ``crop`` or ``pad`` (one window, starting at the first letter) or ``tile`` (as many windows as it takes).
    tracks : Tracks, optional
        Signals along the windows, for the tasks that predict them; `targets` are then the logarithms of their totals.
    facts : dict
        How it was made, in plain values: sources, notes, split, audit.
    """

    ids: np.ndarray
    sequences: Sequences
    targets: np.ndarray
    parts: np.ndarray
    units: np.ndarray
    alphabet: Alphabet
    task: str
    names: tuple[str, ...]
    length: int
    policy: str
    folds: np.ndarray | None = None
    tracks: Tracks | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = len(self.ids)
        for name in ("sequences", "targets", "parts", "units"):
            if len(getattr(self, name)) != rows:
                raise ShapeError(
                    f"{name} has {len(getattr(self, name))} rows for {rows} sequences", fix="give one row per sequence"
                )

    def __repr__(self) -> str:
        parts = ", ".join(f"{len(self.part(name)):,} {name}" for name in PARTS)
        return f"<Dataset: {len(self):,} {self.alphabet.name} sequences, {self.task}; {parts}>"

    def _repr_html_(self) -> str:
        """Show in a notebook how it was made, and what the audit found."""
        lines = [repr(self), *self.facts.get("notes", ()), *self.facts.get("audit", {}).get("warnings", ())]
        return f"<pre>{escape(chr(10).join(lines))}</pre>"

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def lengths(self) -> np.ndarray:
        """Length of each sequence, shape (N,)."""
        return self.sequences.lengths

    @property
    def codes(self) -> np.ndarray:
        """All letters in one row, shape (total,), uint8; sequence i is ``codes[offsets[i]:offsets[i + 1]]``."""
        return self.sequences.letters()[0]

    @property
    def offsets(self) -> np.ndarray:
        """Where each sequence begins in `codes`, shape (N + 1,), int64."""
        return self.sequences.letters()[1]

    @property
    def channels(self) -> int:
        """Rows of a model's input: the letters, and three more where there is a structure."""
        return len(self.alphabet) + (len(STRUCTURE) if self.sequences.structure is not None else 0)

    def part(self, name: str) -> np.ndarray:
        """Return the row numbers of one part (``train``, ``valid`` or ``test``), in order."""
        return np.flatnonzero(self.parts == PARTS.index(name))

    def sequence(self, row: int) -> str:
        """Return one sequence as a string."""
        return decode(self.sequences.letters(np.array([row]))[0], self.alphabet)

    def fold(self, number: int) -> "Dataset":
        """Return the data set with fold `number` as the test part and the next fold as the validation part."""
        if self.folds is None:
            raise PrimaseError("the data set has no folds", fix="curate it with --folds K")
        count = int(self.folds.max()) + 1
        parts = np.zeros(len(self), np.int8)
        parts[self.folds == number] = 2
        parts[self.folds == (number + 1) % count] = 1
        return replace(self, parts=parts)

    def windows(self, rows: np.ndarray, length: int | None = None) -> Windows:
        """Cut or pad the sequences of `rows` to one length, at the places that `place_windows` gives.

        Parameters
        ----------
        rows : ndarray of int
            Which sequences, in which order.
        length : int, optional
            Letters per window, if a model needs more than the data set's own length.

        Returns
        -------
        Windows
            One window per sequence, or several under the policy ``tile``: then the windows of a sequence are spread
            evenly from its first to its last letter, and together see every letter.
        """
        rows, length = np.asarray(rows), length or self.length
        owner, starts = self.place_windows(rows, length)
        place = rows[owner], starts, length
        return Windows(self.sequences.cut(*place), self.sequences.cut_structure(*place), owner, starts)

    def place_windows(self, rows: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Return which of `rows` each window is of, and where in its sequence it begins; shape (M,) each."""
        lengths = self.lengths[rows]
        counts = np.maximum(1, -(-lengths // length)) if self.policy == "tile" else np.ones(len(rows), np.int64)
        owner = np.repeat(np.arange(len(rows)), counts)
        first = np.cumsum(counts) - counts
        index = np.arange(len(owner)) - first[owner]
        spare = np.maximum(lengths - length, 0)[owner]
        return owner, index * spare // np.maximum(counts[owner] - 1, 1) * (self.policy == "tile")

    def save(self, folder: str | Path) -> None:
        """Write the data set into `folder`: examples.parquet, its letters (or places), and last manifest.json."""
        folder = Path(folder)
        columns: dict[str, Any] = {
            "id": self.ids,
            "length": self.lengths.astype(np.int32),
            "part": self.parts,
            "unit": self.units,
        }
        if self.folds is not None:
            columns["fold"] = self.folds
        targets = self.targets[:, None] if self.targets.ndim == 1 else self.targets
        for column in range(targets.shape[1]):
            columns[f"target_{column}"] = targets[:, column]
        arrays, places, origin = self.sequences.describe()
        if self.tracks is not None:
            more, origin["tracks"] = self.tracks.describe()
            arrays |= more
        table = pa.table({**columns, **places})
        write_with(folder / "examples.parquet", lambda path: pq.write_table(table, path))
        for name, array in arrays.items():
            write_with(folder / name, lambda path, array=array: np.save(path, array))
        facts = {
            "alphabet": self.alphabet.name,
            "task": self.task,
            "names": list(self.names),
            "length": self.length,
            "policy": self.policy,
            "digests": {name: digest_file(folder / name) for name in ("examples.parquet", *arrays)},
            **origin,
            **self.facts,
        }
        Manifest(kind="dataset", parents=self.facts.get("sources", {}), facts=facts).save(folder)

    @classmethod
    def load(cls, folder: str | Path) -> "Dataset":
        """Read a data set; its letters are memory-mapped.

        Raises
        ------
        ManifestError
            If the folder is no data set, or a file of it is not the one that was written.
        PrimaseError
            If its genome is neither in the cache nor where it was.
        """
        folder = Path(folder)
        facts = dict(Manifest.load(folder, "dataset").facts)
        for name, digest in facts.pop("digests").items():
            if not (folder / name).is_file() or digest_file(folder / name) != digest:
                raise ManifestError(f"{folder / name} is missing or was changed", fix="curate the data again")
        table = pq.read_table(folder / "examples.parquet")
        column = {name: table[name].to_numpy() for name in table.column_names}
        targets = np.stack([column[name] for name in table.column_names if name.startswith("target_")], 1)
        task, alphabet = facts.pop("task"), get_alphabet(facts.pop("alphabet"))
        return cls(
            ids=column["id"],
            sequences=load_sequences(folder, column, alphabet, facts),
            targets=targets[:, 0] if task in ("binary", "multiclass") else targets,
            parts=column["part"],
            units=column["unit"],
            alphabet=alphabet,
            task=task,
            names=tuple(facts.pop("names")),
            length=facts.pop("length"),
            policy=facts.pop("policy"),
            folds=column.get("fold"),
            tracks=load_tracks(folder, facts["tracks"]) if "tracks" in facts else None,
            facts=facts,
        )
