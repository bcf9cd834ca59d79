"""Run folders written by hand to the contract of the files, with made-up numbers, for all four tasks: a fixture."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from primase.core.alphabet import DNA, Alphabet, encode
from primase.core.files import write_json, write_text
from primase.core.manifest import Manifest
from primase.core.motifs import Motif, write_meme
from primase.curation.dataset import Dataset
from primase.curation.sequences import StoredSequences

MOTIF = "CGACCGAACTCC"
NAMES = {
    "binary": ("absent", "present"),
    "multiclass": ("gut", "oral", "skin"),
    "multilabel": ("nucleus", "membrane"),
    "regression": ("activity",),
}
METRICS = {
    "binary": ("accuracy", "balanced_accuracy", "auroc", "average_precision", "mcc", "f1", "log_loss", "brier", "ece"),
    "multiclass": ("accuracy", "balanced_accuracy", "auroc", "average_precision", "mcc", "f1", "log_loss", "ece"),
    "multilabel": ("auroc", "average_precision", "f1", "log_loss"),
    "regression": ("pearson_r", "spearman_r", "r2", "rmse"),
}
LOWER = ("log_loss", "brier", "ece", "rmse")


@dataclass(frozen=True)
class Made:
    """The made-up examples of one run."""

    task: str
    names: tuple[str, ...]
    alphabet: Alphabet
    ids: list[str]
    sequences: list[str]
    targets: np.ndarray
    parts: np.ndarray
    predictions: np.ndarray
    places: np.ndarray
    extra: dict[str, Any] = field(default_factory=dict)


def make_examples(task: str, names: tuple[str, ...], alphabet: Alphabet, *, rows: int, length: int) -> Made:
    """Make sequences of which some carry a motif, with targets and predictions that know it."""
    generator = np.random.default_rng(7)
    letters = np.array(list(alphabet.letters))
    sequences, places = [], np.full(rows, -1)
    signal = generator.random(rows) < 0.5
    for row in range(rows):
        sequence = "".join(generator.choice(letters, length))
        if signal[row] and alphabet is DNA:
            places[row] = generator.integers(0, length - len(MOTIF))
            sequence = sequence[: places[row]] + MOTIF + sequence[places[row] + len(MOTIF) :]
        sequences.append(sequence)
    parts = np.array([0] * (rows * 7 // 10) + [1] * (rows // 10) + [2] * (rows - rows * 7 // 10 - rows // 10), np.int8)
    noise = generator.normal(0, 0.15, rows)
    if task == "binary":
        targets = signal.astype(np.int64)
        predictions = np.clip(np.where(signal, 0.93, 0.06) + noise, 0.001, 0.999)
    elif task == "multiclass":
        targets = np.where(signal, 1 + (np.arange(rows) % (len(names) - 1)), 0).astype(np.int64)
        raw = np.eye(len(names))[targets] * 3 + generator.normal(0, 0.9, (rows, len(names)))
        predictions = np.exp(raw) / np.exp(raw).sum(1, keepdims=True)
    elif task == "multilabel":
        targets = np.stack([signal, generator.random(rows) < 0.3], 1).astype(np.float32)
        predictions = np.clip(targets * 0.8 + 0.1 + noise[:, None], 0.001, 0.999)
    else:
        targets = (signal * 1.5 + generator.normal(0, 0.4, rows)).astype(np.float32)[:, None]
        predictions = signal * 1.4 + 0.05 + noise
    ids = [f"chr1:{row * 100}-{row * 100 + length}" for row in range(rows)]
    return Made(task, names, alphabet, ids, sequences, targets, parts, predictions, places)


def write_run(folder: Path, made: Made, *, card: dict[str, Any] | None = None) -> None:
    """Write the folder of a finished run."""
    folder.mkdir(parents=True)
    _write_manifest(folder, made)
    _write_dataset(folder, made)
    write_json(
        folder / "model/card.json",
        {
            "system": "primer_cnn",
            "variant": "base",
            "task": {"name": made.task, "names": list(made.names)},
            "alphabet": made.alphabet.name,
            "length": len(made.sequences[0]),
            "policy": "pad",
            "strands": 1,
            "threshold": 0.47,
            "names": list(made.names),
            "notes": ["Input shortened from 50 to the data's length."],
            "card": card
            or {
                "title": "Primer tutorial CNN",
                "paper": "Zou et al., A primer on deep learning in genomics, Nature Genetics 2019",
                "doi": "10.1038/s41588-018-0295-5",
                "deviations": ["The loss is the cross-entropy of the two-column softmax."],
            },
        },
    )
    _write_history(folder, made)
    _write_predictions(folder, made)
    write_json(folder / "evaluation.json", make_evaluation(made))
    _write_explanation(folder, made)


def _write_manifest(folder: Path, made: Made) -> None:
    write_text(folder / "recipe.toml", '[run]\ninputs = ["sequences.txt"]\nseed = 0\n\n[system]\nname = "primer_cnn"\n')
    facts = {
        "version": "0.1.0",
        "created": "2026-11-21 10:00",
        "command": "primase run sequences.txt --labels labels.txt",
        "system": "primer_cnn",
        "variant": "base",
        "seed": 0,
        "steps_done": ["curate", "train", "evaluate", "interpret"],
        "notes": ["Both strands were tried on the validation part; one is better."],
        "plan": {"epochs": 50, "optimiser": "adamw", "learning_rate": 1e-3, "keep": "best"},
        "config": {"filters": 32, "width": 12},
        "layers": [
            {"name": "conv", "kind": "Conv1d", "shape": [32, 39], "parameters": 1568},
            {"name": "hidden", "shape": [16], "parameters": 4624},
            {"name": "head", "shape": [2], "parameters": 34},
        ],
        "why_system": "primer_cnn was chosen: the sequences are short and 1,400 examples are few.",
        "diagnosis": ["Overfitting: after epoch 18 the validation loss rose from 0.310 to 0.350; the weights of epoch 18 were kept."],
        "device": "cpu",
        "seconds": {"curate": 0.4, "train": 12.3},
    }  # fmt: skip
    Manifest(kind="run", facts=facts).save(folder)


def _write_dataset(folder: Path, made: Made) -> None:
    codes, offsets = encode(made.sequences, made.alphabet)
    rows = len(made.ids)
    facts = {
        "sources": {"sequences.txt": "ab" * 32, "labels.txt": "cd" * 32},
        "notes": [f"Read {rows} sequences from sequences.txt.", f"The task is {made.task}."],
        "counts": {"train": 1400, "valid": 200, "test": 400},
        "split": {
            "method": "homology: near-duplicates stay in one part, stratified by label",
            "definition": "at least 80 % of the shorter one aligns at an edit distance of at most 20 %",
            "fractions": [0.7, 0.1, 0.2],
            "clusters": rows - 5,
            "largest_cluster": 3,
        },
        "audit": {
            "duplicates": {"exact": 2, "examples": [["a", "b"]]},
            "conflicts": 0,
            "leakage": {"pairs": 0, "definition": "alignment of all pairs that share a 12-mer", "examples": []},
            "balance": {"smallest": 0.48, "largest": 0.52},
            "shortcuts": {
                "length": {"score": 0.5, "metric": "auroc"},
                "gc_content": {"score": 0.56, "metric": "auroc"},
                "dinucleotides": {"score": 0.61, "metric": "auroc"},
            },
            "size": {"examples": rows, "effective_inputs": 150, "verdict": "Enough for a small network."},
            "warnings": ["The dinucleotides alone tell the label with AUROC 0.61."],
        },
    }
    Dataset(
        ids=np.array(made.ids, object),
        sequences=StoredSequences(codes, offsets),
        targets=made.targets,
        parts=made.parts,
        units=np.arange(rows),
        alphabet=made.alphabet,
        task=made.task,
        names=made.names,
        length=len(made.sequences[0]),
        policy="pad",
        facts=facts,
    ).save(folder / "dataset")


def _write_history(folder: Path, made: Made) -> None:
    lines = [
        "member,epoch,train_loss,train_accuracy,valid_loss,valid_metric,valid_accuracy,learning_rate,gradient_norm,seconds"
    ]
    for member in ("0", "1"):
        for epoch in range(1, 26):
            train = 0.69 * np.exp(-epoch / 7) + 0.02
            valid = 0.69 * np.exp(-epoch / 7) + 0.006 * epoch + 0.01 * int(member)
            accuracy = "" if made.task == "regression" else f"{1 - train / 1.5:.4f}"
            lines.append(
                f"{member},{epoch},{train:.5f},{accuracy},{valid:.5f},{1 - valid / 2:.4f},{accuracy},0.001,{1.5 / epoch:.3f},0.2"
            )
    write_text(folder / "history.csv", "\n".join(lines) + "\n")


def _write_predictions(folder: Path, made: Made) -> None:
    names = np.array(made.names)
    columns: dict[str, Any] = {"id": made.ids, "split": np.array(["train", "valid", "test"])[made.parts]}
    if made.task in ("binary", "multiclass"):
        columns["target"] = names[made.targets]
    elif len(names) == 1:
        columns["target"] = made.targets[:, 0]
    else:
        columns |= {f"target_{name}": made.targets[:, column] for column, name in enumerate(names)}
    if made.predictions.ndim == 1:
        columns["prediction"] = made.predictions
    else:
        columns |= {f"prediction_{name}": made.predictions[:, column] for column, name in enumerate(names)}
    if made.task == "binary":
        columns["label"] = names[(made.predictions >= 0.47).astype(int)]
    elif made.task == "multiclass":
        columns["label"] = names[made.predictions.argmax(1)]
    pq.write_table(pa.table(columns), folder / "predictions.parquet")


def make_evaluation(made: Made) -> dict[str, Any]:
    """Make the contents of evaluation.json."""

    def entry(metric: str, value: float) -> dict[str, Any]:
        value = 1 - value if metric in LOWER else value
        found: dict[str, Any] = {"value": value, "low": value - 0.012, "high": value + 0.01}
        if made.task in ("multiclass", "multilabel"):
            found["per_class"] = dict.fromkeys(made.names, value - 0.01)
        return found

    def scores(value: float) -> dict[str, Any]:
        return {metric: entry(metric, value) for metric in METRICS[made.task]}

    headline = "pearson_r" if made.task == "regression" else "auroc"
    grid = np.linspace(0, 1, 100)
    classes = made.names[1:] if made.task == "binary" else made.names
    curves = {
        "roc": {name: {"fpr": grid, "tpr": grid**0.1} for name in classes},
        "pr": {name: {"recall": grid, "precision": 1 - grid**9 / 2} for name in classes},
    }
    bins = [
        {"low": low / 10, "high": low / 10 + 0.1, "mean_prediction": low / 10 + 0.05, "observed": min(1, (low / 10) ** 0.8),
         "count": 20 + 3 * low}
        for low in range(10)
    ]  # fmt: skip
    called = np.eye(len(made.names), dtype=int) * 90 + 4
    regression = made.task == "regression"
    return {
        "task": made.task,
        "system": "primer_cnn",
        "split": {"method": "homology"},
        "primary": headline,
        "units": 77,
        "notes": ["onehot: all sequences have one length."],
        "seed": 0,
        "n": {part: int((made.parts == number).sum()) for number, part in enumerate(("train", "valid", "test"))},
        "members": 2,
        "threshold": 0.47 if made.task == "binary" else None,
        "metrics": scores(0.981),
        "baselines": {"majority": scores(0.5), "composition": scores(0.58), "kmer": scores(0.93), "onehot": scores(0.91)},
        "comparison": [
            {"metric": headline, "against": "kmer", "difference": 0.051, "low": 0.034, "high": 0.068, "p": 0.0005}
        ],
        "calibration": None
        if regression
        else {"method": "temperature", "temperature": 1.4, "before": {"ece": 0.051, "bins": bins},
              "after": {"ece": 0.018, "bins": [found | {"observed": found["mean_prediction"]} for found in bins]}},
        "confusion": called.tolist() if made.task in ("binary", "multiclass") else None if regression else [called.tolist()] * 2,
        "leakage": {"pairs": 0, "definition": "as the split"},
        "curves": {} if regression else curves,
        "verdict": "The deep model beats the baseline (k-mers): AUROC 0.981 against 0.930, +0.051 (95 % interval 0.034 to 0.068).",
    }  # fmt: skip


def _write_explanation(folder: Path, made: Made) -> None:
    generator = np.random.default_rng(3)
    rows = np.flatnonzero(made.parts == 2)[:60]
    letters = made.alphabet.letters
    sequences = np.array(
        [[[letter == row for letter in made.sequences[index]] for row in letters] for index in rows], np.int8
    )
    weight = generator.normal(0, 0.02, sequences.shape[::2])
    for number, index in enumerate(rows):
        if made.places[index] >= 0:
            weight[number, made.places[index] : made.places[index] + len(MOTIF)] += 0.5
    targets = made.names[1:] if made.task == "binary" else made.names
    values = (sequences * weight[:, None] + generator.normal(0, 0.01, sequences.shape)).astype(np.float32)
    mutants = ((1 - sequences) * -weight[:, None]).astype(np.float32)
    with h5py.File(folder / "attributions.h5", "w") as file:
        file["ids"] = [made.ids[index] for index in rows]
        file["sequences"] = sequences
        for target in targets:
            file[f"deep_lift_shap/{target}"] = values
            file[f"saturation_mutagenesis/{target}"] = mutants
    write_json(
        folder / "sanity.json",
        {
            "randomisation": {"correlation": 0.04, "limit": 0.5, "passed": True},
            "planted": {"found": 0.98, "limit": 0.8, "passed": True},
            "passed": True,
            "words": "With random weights the attributions change (correlation 0.04); a planted motif is found in 98 % of sequences.",
        },
    )
    if made.alphabet is not DNA:
        return
    matrix = np.eye(4)[[letters.index(letter) for letter in MOTIF]].T * 0.94 + 0.015
    write_meme(folder / "motifs.meme", [Motif("motif_1", "motif_1", matrix, 30)])
    write_text(
        folder / "motifs.tsv",
        "motif\tconsensus\tn_seqlets\tmatch_id\tmatch_name\tp_value\tq_value\n"
        f"motif_1\t{MOTIF}\t30\tMA0139.2\tCTCF\t0.0004\t0.02\n",
    )
