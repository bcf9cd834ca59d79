"""Reading a run folder: what is there is read, what is not done yet is None or empty."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow.parquet as pq

from primase.applications.track_samples import TrackSample
from primase.core.errors import ManifestError
from primase.core.files import read_json
from primase.core.manifest import Manifest
from primase.core.motifs import Motif, read_motifs
from primase.curation.tracks import Tracks, load_tracks


@dataclass(frozen=True, kw_only=True, eq=False)
class Contents:
    """The files of a run, read.

    Attributes
    ----------
    folder : Path
        The run.
    facts : dict
        Of the run's manifest.
    recipe : str
        ``recipe.toml`` as it stands.
    dataset : dict
        Facts of ``dataset/manifest.json``.
    examples, predictions, history : dict of str to ndarray
        Columns of the tables.
    card : dict
        ``model/card.json`` (with several models, that of the first).
    evaluation, sanity : dict
        The JSON files.
    motifs : list of dict
        Rows of ``motifs.tsv``.
    matrices : dict of str to Motif
        The motifs of ``motifs.meme`` by their accession.
    tracks : Tracks or None
        Signal of the windows, still on disk.
    sample : TrackSample or None
        A few held-out windows of ``tracks.h5``.
    """

    folder: Path
    facts: dict[str, Any]
    recipe: str = ""
    dataset: dict[str, Any] = field(default_factory=dict)
    examples: dict[str, np.ndarray] = field(default_factory=dict)
    predictions: dict[str, np.ndarray] = field(default_factory=dict)
    history: dict[str, np.ndarray] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)
    sanity: dict[str, Any] = field(default_factory=dict)
    motifs: list[dict[str, str]] = field(default_factory=list)
    matrices: dict[str, Motif] = field(default_factory=dict)
    tracks: Tracks | None = None
    sample: TrackSample | None = None

    @property
    def task(self) -> str:
        """Kind of question, from whichever file tells it."""
        named = self.card.get("task")  # the card holds the whole task: its name and its scales
        card = named.get("name") if isinstance(named, Mapping) else named
        return str(first(self.evaluation.get("task"), self.dataset.get("task"), card, ""))

    @property
    def names(self) -> list[str]:
        """Classes or targets, in order."""
        return [str(name) for name in first(self.dataset.get("names"), self.card.get("names"), [])]

    @property
    def on_genome(self) -> bool:
        """Whether the sequences are windows of a genome."""
        return "contig" in self.examples

    @property
    def system(self) -> str:
        """The system's name."""
        return str(first(self.evaluation.get("system"), self.facts.get("system"), self.card.get("system"), "model"))


def first(*values: Any) -> Any:
    """Return the first value that is not None; the last where all are."""
    return next((value for value in values if value is not None), values[-1])


def mapping(value: Any) -> Mapping[str, Any]:
    """Return `value` where it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def read_contents(folder: str | Path) -> Contents:
    """Read the files of a run folder.

    Raises
    ------
    ManifestError
        If `folder` is not the folder of a run.
    PrimaseError
        If a file of it cannot be read.
    """
    folder = Path(folder)
    manifest = Manifest.load(folder, "run")
    recipe = folder / "recipe.toml"
    data = folder / "dataset"
    cards = [folder / "model" / "card.json", *sorted(folder.glob("model/*/card.json"))]
    motifs = _motifs(folder / "motifs.tsv")
    matrices = read_motifs(folder / "motifs.meme") if motifs and (folder / "motifs.meme").is_file() else []
    facts = Manifest.load(data, "dataset").facts if (data / "manifest.json").is_file() else {}
    sample = folder / "tracks.h5"
    return Contents(
        folder=folder,
        facts=manifest.facts,
        recipe=recipe.read_text(encoding="utf-8") if recipe.is_file() else "",
        dataset=facts,
        examples=_table(data / "examples.parquet"),
        predictions=_table(folder / "predictions.parquet"),
        history=_history(folder / "history.csv"),
        card=next((read_json(card) for card in cards if card.is_file()), {}),
        evaluation=_json(folder / "evaluation.json"),
        sanity=_json(folder / "sanity.json"),
        motifs=motifs,
        matrices={motif.accession: motif for motif in matrices},
        tracks=load_tracks(data, facts["tracks"]) if facts and (data / "tracks.npy").is_file() else None,
        sample=TrackSample.load(sample) if sample.is_file() else None,
    )


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    value = read_json(path)
    if not isinstance(value, dict):
        raise ManifestError(f"{path} holds {type(value).__name__}, not an object", fix="make the folder again")
    return value


def _table(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        return {}
    table = pq.read_table(path)
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}


def _history(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    if not rows:
        return {}
    columns: dict[str, np.ndarray] = {}
    for name in rows[0]:
        values = [row[name] or "" for row in rows]
        if name == "member":
            columns[name] = np.array(values)
        elif any(values):
            columns[name] = np.array([float(value) if value else np.nan for value in values])
    return columns


def _motifs(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


@dataclass(frozen=True, kw_only=True, eq=False)
class Explained:
    """What ``attributions.h5`` holds, the large arrays still on disk.

    Attributes
    ----------
    path : Path
        The file.
    ids : ndarray, shape=(N,), str
        Explained examples.
    sequences : ndarray, shape=(N, A, L), int8
        Their one-hot letters (structure channels left out).
    letters : str
        The alphabet.
    methods : dict of str to dict of str to str
        Method -> class or target -> its key in the file.
    """

    path: Path
    ids: np.ndarray
    sequences: np.ndarray
    letters: str
    methods: dict[str, dict[str, str]]

    def sequence(self, row: int) -> str:
        """Return the letters of one example, N where unknown, without the padding behind the last known letter."""
        known = self.sequences[row].any(0)
        end = int(np.flatnonzero(known)[-1]) + 1 if known.any() else 0
        found = self.sequences[row].argmax(0)[:end]
        return "".join(self.letters[code] if there else "N" for code, there in zip(found, known[:end], strict=True))

    def contributions(self, method: str, target: str, rows: np.ndarray) -> np.ndarray:
        """Return how much each observed letter of some examples moved the prediction, shape (R, L).

        Where a method gives zero to the observed letters (mutagenesis: mutant minus original), it is the mean loss over
        the other letters.
        """
        order = np.unique(rows)
        with h5py.File(self.path) as file:
            values = _dataset(file, f"{method}/{self.methods[method][target]}")[order][:, : len(self.letters)].astype(
                float
            )
        values = np.nan_to_num(values[np.searchsorted(order, rows)])
        letters = self.sequences[rows].astype(float)
        observed = (values * letters).sum(1)
        if not observed.any() and values.any():
            return -values.sum(1) / (len(self.letters) - 1) * letters.any(1)
        return observed


def _dataset(file: h5py.File | h5py.Group, name: str) -> h5py.Dataset:
    found = file[name]
    if not isinstance(found, h5py.Dataset):
        raise ManifestError(f"{file.name}{name} is a group, not an array", fix="interpret the run again")
    return found


def read_explained(folder: Path, letters: str) -> Explained | None:
    """Open ``attributions.h5`` of a run folder; None where there is none."""
    path = folder / "attributions.h5"
    if not path.is_file():
        return None
    with h5py.File(path) as file:
        ids = np.array(
            [value.decode() if isinstance(value, bytes) else str(value) for value in _dataset(file, "ids")[:]]
        )
        sequences = _dataset(file, "sequences")[:][:, : len(letters)]
        methods = {
            name: {str(data.attrs.get("name", key)): key for key, data in group.items()}
            for name, group in file.items()
            if isinstance(group, h5py.Group)
        }
    return Explained(path=path, ids=ids, sequences=sequences, letters=letters, methods=methods)
