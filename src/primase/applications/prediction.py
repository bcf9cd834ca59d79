"""A trained model on new sequences: from a file to a table."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from primase.applications.trained import TrainedModel
from primase.core.alphabet import encode
from primase.core.errors import FormatError, PrimaseError
from primase.core.files import write_with
from primase.curation.dataset import Dataset
from primase.curation.letters import encode_structures, find_illegal
from primase.curation.options import CurateOptions
from primase.curation.reading import read_records
from primase.curation.records import number_repeats
from primase.curation.sequences import StoredSequences
from primase.evaluation.scoring import call_classes
from primase.tasks import task_to_dict

Say = Callable[[str], None]


def predict_sequences(
    model: TrainedModel,
    inputs: str | Path | Sequence[str],
    *,
    strands: int | None = None,
    say: Say = lambda _: None,
    **columns: Any,
) -> pa.Table:
    """Predict for every sequence of a file, or of a list.

    Parameters
    ----------
    model : TrainedModel
    inputs : str, Path or list of str
        A file (or URL) in any of the formats, or the sequences themselves.
    strands : int, optional
        1 or 2, to overrule the model's own.
    say : callable
        Told what was left out.
    **columns
        ``sequence_column``, ``structure_column`` and ``drop_invalid``, as in `CurateOptions`.

    Returns
    -------
    pyarrow.Table
        ``id``; ``prediction`` (the calibrated probability, or the value), or ``prediction_<name>`` for several classes
        or targets; ``label``, the called class, where there are classes.

    Raises
    ------
    PrimaseError
        If the file cannot be read, or holds letters that the model does not know.
    """
    if strands is not None:
        if strands == 2 and not model.alphabet.complement:
            raise PrimaseError(f"--strands 2 was given for {model.alphabet.name}", fix="leave it out: one strand only")
        model = replace(model, strands=strands)
    data = _as_dataset(model, inputs, CurateOptions(**columns), say)
    logits = model.logits(data, np.arange(len(data)))
    return prediction_table(model, data.ids, model.predictions(logits))


def _as_dataset(model: TrainedModel, inputs: Any, options: CurateOptions, say: Say) -> Dataset:
    """Read and encode sequences that have no labels, in the model's alphabet."""
    if isinstance(inputs, (str, Path)):
        records = read_records(inputs, options=options)
        ids, sequences, structure, source = records.ids, records.sequences, records.structure, records.source
        lines = records.lines
    else:
        ids, sequences = [str(number) for number in range(len(inputs))], list(inputs)
        structure, source, lines = None, "the list of sequences", np.arange(1, len(inputs) + 1)
    if not sequences:
        raise FormatError(source, "it holds no sequence", fix="give at least one")
    if model.structure != (structure is not None):
        raise FormatError(
            source,
            f"the model was trained {'with' if model.structure else 'without'} a structure column, the input has "
            f"{'one' if structure is not None else 'none'}",
            fix="pass --structure-column NAME" if model.structure else "leave out --structure-column",
        )
    faults = find_illegal(sequences, model.alphabet)
    if structure is not None:
        faults |= encode_structures(structure, np.array([len(s) for s in sequences]))[1]
    if faults and not options.drop_invalid:
        row = min(faults)
        raise FormatError(
            source,
            f"{faults[row]} (the model takes {model.alphabet.name})",
            fix=f"use the letters {model.alphabet.letters}, or leave such rows out with --drop-invalid",
            line=int(lines[row]),
        )
    keep = [row for row in range(len(sequences)) if row not in faults]
    if faults:
        say(f"{len(faults):,} rows were left out, the first in line {int(lines[min(faults)])}: {faults[min(faults)]}")
    most = model.window if model.policy in ("crop", "pad") else None
    longer = sum(most is not None and len(sequences[row]) > most for row in keep)
    if longer:
        say(f"of {longer:,} longer sequences only the first {most:,} letters are read, as in training")
    codes, offsets = encode([sequences[row][:most] for row in keep], model.alphabet)
    channels = None
    if structure is not None:
        channels = encode_structures([structure[row][:most] for row in keep], np.diff(offsets))[0]
    names, repeats = number_repeats([ids[row] for row in keep])
    rows = len(keep)
    if repeats:
        say(f"{repeats:,} repeated ids got a number (_2, _3, ...)")
    shorter = 0 if most is None else int((np.diff(offsets) < most).sum())
    if shorter:
        say(f"{shorter:,} sequences are shorter than the model's {most:,} letters, and are filled up")
    other = {"dna": "U", "rna": "T"}.get(model.alphabet.name)
    if other and any(other in text or other.lower() in text for text in sequences):
        say(f"the model reads {model.alphabet.name.upper()}: {other} is taken as {'T' if other == 'U' else 'U'}")
    return Dataset(
        ids=np.array(names, object),
        sequences=StoredSequences(codes, offsets, model.alphabet.unknown, channels),
        targets=np.zeros((rows, 1), np.float32),
        parts=np.full(rows, 2, np.int8),
        units=np.arange(rows),
        alphabet=model.alphabet,
        task="regression",
        names=("unknown",),
        length=model.length,
        policy=model.policy,
    )


def prediction_columns(model: TrainedModel, predictions: np.ndarray, threshold: Any = None) -> dict[str, np.ndarray]:
    """Return the columns that hold predictions, shape (N,) or (N, T), and the called class."""
    names, kind = model.task.names, task_to_dict(model.task)["name"]
    if predictions.ndim == 1:
        columns = {"prediction": predictions}
    else:
        columns = {f"prediction_{name}": predictions[:, number] for number, name in enumerate(names)}
    if kind in ("binary", "multiclass"):
        threshold = model.threshold if threshold is None else threshold
        calls = call_classes(kind, predictions, 0.5 if threshold is None else threshold)
        columns["label"] = np.array(names, object)[calls]
    elif kind == "multilabel":
        threshold = model.threshold if threshold is None else threshold
        calls = call_classes(kind, predictions, np.asarray(0.5 if threshold is None else threshold))
        columns["label"] = np.array(
            [",".join(n for n, yes in zip(names, row, strict=True) if yes) for row in calls], object
        )
    return columns


def prediction_table(model: TrainedModel, ids: np.ndarray, predictions: np.ndarray) -> pa.Table:
    """Return ids and predictions as a table."""
    return pa.table({"id": pa.array(list(ids), pa.string()), **prediction_columns(model, predictions)})


def check_suffix(path: str | Path) -> str:
    """Return ``tsv`` or ``parquet``, by the suffix of a path.

    Raises
    ------
    PrimaseError
        If it is another.
    """
    suffix = Path(path).suffix.lower().lstrip(".")
    if suffix not in ("tsv", "parquet"):
        raise PrimaseError(f"--out {path} ends in {suffix or 'no suffix'!r}", fix="end it in .tsv or .parquet")
    return suffix


def write_table(path: str | Path, table: pa.Table) -> None:
    """Write a table as TSV or Parquet, by the suffix of `path`, whole or not at all."""
    if check_suffix(path) == "parquet":
        write_with(path, lambda draft: pq.write_table(table, draft))
    else:
        write_with(path, lambda draft: draft.write_text(format_table(table), encoding="utf-8"))


def format_table(table: pa.Table) -> str:
    """Return a table as tab-separated lines with a header; a tab or line break in a name becomes a space."""
    columns = []
    for column in table.columns:
        if pa.types.is_string(column.type):
            columns.append([" ".join(text.split()) for text in column.to_pylist()])
        else:  # as many digits as a float32 has: more would be noise to a reader, and Parquet keeps them all
            columns.append(column.cast(pa.float32()).cast(pa.string()).to_pylist())
    lines = ["\t".join(table.column_names), *map("\t".join, zip(*columns, strict=True))]
    return "\n".join(lines) + "\n"
