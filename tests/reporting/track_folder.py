"""Run folders of tracks on a genome: real data sets and evaluations of made-up signals and predictions."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from primase.applications.track_samples import sample_tracks, window_figures
from primase.core.alphabet import DNA
from primase.core.files import write_json, write_text
from primase.core.manifest import Manifest
from primase.core.strands import experiment_names
from primase.curation.auditing import audit_dataset
from primase.curation.dataset import PARTS, Dataset
from primase.curation.gc_content import describe_gc
from primase.curation.packing import open_genome
from primase.curation.sequences import GenomeSequences
from primase.curation.tracks import Tracks
from primase.evaluation.scores import Part, Setting, evaluate_predictions
from primase.metrics.profile import average_profile
from primase.tasks import fit_task

WINDOW = 120


def write_track_run(folder: Path, kind: str, *, tracks: int = 2, rows: int = 120, share: float = 1.0) -> Dataset:
    """Write the folder of a finished run of ``profile`` (bins of 1) or ``counts`` (bins of 10); return its data.

    Of the signal a site that changes from window to window is the `share` that the model knows; the rest it takes for
    the average.
    """
    rng = np.random.default_rng(1)
    contigs = {f"chr{number}": 2000 + WINDOW for number in range(1, 7)}
    folder.mkdir(parents=True)
    text = "".join(f">{name}\n{''.join(rng.choice(list('ACGT'), size))}\n" for name, size in contigs.items())
    (folder / "genome.fa").write_text(text)
    genome = open_genome(folder / "genome.fa")
    width = 1 if kind == "profile" else 10
    bins = (WINDOW - 20) // width
    truth = _signal(rng, rows, tracks, bins)
    plain = np.broadcast_to(truth.mean(0, keepdims=True), truth.shape)
    expected = (share * truth + (1 - share) * plain).astype(np.float32)
    margin = 5 if kind == "profile" else 0
    values = np.zeros((rows, tracks, bins + 2 * margin), np.float32)
    values[:, :, margin : margin + bins] = rng.poisson(truth)
    pairs = tuple(track ^ 1 for track in range(tracks)) if kind == "profile" else ()
    if kind == "profile":
        names = tuple(f"f{track // 2}_{'minus' if track % 2 else 'plus'}" for track in range(tracks))
    else:
        names = tuple(f"tissue{track}" for track in range(tracks))
    found = Tracks(values, width, margin, strand_pairs=pairs)
    contig = (np.arange(rows) % 6).astype(np.int32)
    starts = np.arange(rows) // 6 * (2000 // max(1, rows // 6))
    still = np.zeros(rows, np.int8)
    parts = np.array([0, 0, 0, 0, 1, 2], np.int8)[contig]
    data = Dataset(
        ids=np.array([f"chr{c + 1}:{s}-{s + WINDOW}" for c, s in zip(contig, starts, strict=True)], object),
        sequences=GenomeSequences(genome, contig, starts, starts + WINDOW, still, still.astype(bool)),
        targets=np.log1p(found.totals()),
        parts=parts,
        units=np.arange(rows) // 2,
        alphabet=DNA,
        task=kind,
        names=names,
        length=WINDOW,
        policy="pad",
        tracks=found,
        facts={
            "sources": {"reads.bam": "ab" * 32},
            "genome_options": {"scale": 0.5, "clip": 40, "crop": 1, "clip_soft": None} if kind == "counts" else {},
            "split": {"method": "by chromosome", "definition": "blocks of 300 letters", "clusters": 40,
                      "largest_cluster": 3},
            "notes": ["genome: 6 contigs"],
        },
    )  # fmt: skip
    data.facts.update(gc=describe_gc(data), audit=audit_dataset(data))
    data.save(folder / "dataset")
    _write_training(folder, data)
    _write_evaluation(folder, data, expected)
    _write_attributions(folder, data)
    return data


def _signal(rng: np.random.Generator, rows: int, tracks: int, bins: int) -> np.ndarray:
    """Return the expected signal, (rows, tracks, bins): a hill whose place and height differ from window to window."""
    places = rng.uniform(0.2, 0.8, (rows, 1, 1)) * bins
    heights = np.exp(rng.normal(4.5, 0.8, (rows, 1, 1)))
    hill = np.exp(-0.5 * ((np.arange(bins) - places) / (0.05 * bins + 0.5)) ** 2)
    shares = hill / hill.sum(2, keepdims=True) + 0.2 / bins
    return heights * shares * (1 + 0.1 * np.arange(tracks)[:, None])


def _write_training(folder: Path, data: Dataset) -> None:
    system = "bpnet" if data.task == "profile" else "basenji"
    facts = {"version": "0.1.0", "created": "2026-11-21 10:00", "system": system, "variant": "base", "seed": 0}
    Manifest(kind="run", facts=facts).save(folder)
    write_json(
        folder / "model" / "card.json",
        {
            "system": system,
            "task": {"name": data.task},
            "strands": 2,
            "names": list(data.names),
            "card": {"title": system},
        },
    )
    lines = ["member,epoch,train_loss,valid_loss,valid_metric,learning_rate,gradient_norm,seconds"]
    lines += [f",{epoch},{9 / epoch:.3f},{10 / epoch:.3f},{1 - 1 / epoch:.3f},0.001,1.0,0.1" for epoch in range(1, 9)]
    write_text(folder / "history.csv", "\n".join(lines) + "\n")


def _write_evaluation(folder: Path, data: Dataset, expected: np.ndarray) -> None:
    assert data.tracks is not None
    train = data.tracks.middle(data.part("train"))
    task = fit_task(data.task, train, data.names)
    profiles = np.stack([average_profile(train[:, track]) for track in range(train.shape[1])])
    amounts = train.sum(2).mean(0)

    def part(name: str) -> Part:
        rows = data.part(name)
        mean = np.broadcast_to(amounts[:, None] * profiles, (len(rows), *profiles.shape))
        noise = np.random.default_rng(len(rows)).lognormal(0, 0.2, (len(rows), 1, 1))
        predictions = {"model": expected[rows], "mean": mean, "kmer": mean * noise}
        return Part(targets=data.tracks.middle(rows), predictions=predictions, units=data.units[rows])

    valid, test = part("valid"), part("test")
    system = "bpnet" if data.task == "profile" else "basenji"
    sizes = {name: len(data.part(name)) for name in PARTS}
    setting = Setting(system=system, split=data.facts["split"], n=sizes)
    evaluate_predictions(task, valid, test, setting, resamples=200).save(folder / "evaluation.json")
    figures = window_figures(data.task, test.targets, expected[data.part("test")], test.predictions["mean"])
    said = np.log1p(expected.sum(2))
    columns: dict[str, Any] = {"id": [str(name) for name in data.ids], "split": np.array(PARTS, object)[data.parts]}
    for prefix, numbers in (("target", data.targets), ("prediction", said)):
        columns |= {f"{prefix}_{name}": numbers[:, track] for track, name in enumerate(data.names)}
    for name, found in figures.items():
        columns[name] = np.full(len(data), np.nan)
        columns[name][data.part("test")] = found
    table = pa.table(columns)
    pq.write_table(table, folder / "predictions.parquet")
    sample = sample_tracks(lambda _data, rows, _fold: expected[rows], data, table)
    assert sample is not None
    sample.save(folder / "tracks.h5")


def _write_attributions(folder: Path, data: Dataset) -> None:
    rows = data.part("test")
    codes = data.sequences.letters(rows)[0].reshape(len(rows), WINDOW)
    letters = (codes[:, None] == np.arange(4)[:, None]).astype(np.int8)
    letters[0, :, :15] = 0  # the first begins with unknown letters
    with h5py.File(folder / "attributions.h5", "w") as file:
        file["ids"] = [str(name) for name in data.ids[rows]]
        file["sequences"] = letters
        for name in experiment_names(data.names, data.tracks.strand_pairs):
            file[f"deep_lift_shap/{name}"] = letters * np.random.default_rng(2).normal(0, 1, letters.shape)
