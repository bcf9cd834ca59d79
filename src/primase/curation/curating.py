"""From files of labelled sequences to an audited data set, in one call."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from primase.core.alphabet import PROTEIN, Alphabet, encode
from primase.core.errors import FormatError, PrimaseError
from primase.core.files import digest_file
from primase.curation.columns import label_candidates, to_number
from primase.curation.dataset import LARGE_LENGTH, PARTS, Dataset
from primase.curation.dividing import divide_rows, find_units
from primase.curation.grouping import find_groups, used_columns
from primase.curation.labelling import find_header_labels, find_labels, infer_targets
from primase.curation.letters import encode_structures, find_illegal, recognise_letters
from primase.curation.options import CurateOptions
from primase.curation.reading import check_inputs, local_path, read_records
from primase.curation.records import Pool, Records, number_repeats, pool_records
from primase.curation.sequences import StoredSequences
from primase.tasks import TRACKS

PERCENTILE = 95  # of the training lengths: the length that a model sees unless told
LISTED = 100  # rows left out that are listed by their lines


def curate_sequences(inputs: Sequence[str | Path], options: CurateOptions = CurateOptions()) -> Dataset:
    r"""Read, label, divide and audit files of sequences.

    Parameters
    ----------
    inputs : sequence of str or Path
        Files or http(s) addresses; see `CurateOptions` for what they may hold.
    options : CurateOptions

    Returns
    -------
    Dataset
        Its facts say how it was made: ``inputs``, ``options``, ``sources``, ``notes``, ``counts``, ``dropped``,
        ``constant``, ``split``, ``negatives``, ``audit``.

    Raises
    ------
    PrimaseError
        If something cannot be read or told; nothing is written.

    Examples
    --------
    >>> import tempfile
    >>> from primase.curation.simulation import simulate_motif
    >>> ids, sequences, labels = simulate_motif(rows=60, length=30, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "a.csv"
    ...     _ = table.write_text("".join(f"{s},{y}\n" for s, y in zip(sequences, labels)))
    ...     data = curate_sequences([table])
    >>> data.task, data.names, data.length, len(data)
    ('binary', ('0', '1'), 30, 60)
    """
    options = for_sequences(options)
    pool, facts = _read(inputs, options)
    pool, facts = _label(pool, options, facts)
    pool, alphabet, facts = _drop_illegible(pool, options, facts)
    labels = infer_targets(pool, options)
    pool, targets = pool.take(labels.keep), labels.targets[labels.keep]
    facts = _report_drops(_note(facts, labels.note), labels.dropped)
    dataset = _encode(pool, targets, labels.task, labels.names, alphabet, facts)
    dataset = _find_constant(dataset, options)
    return _divide(dataset, pool, options)


def for_sequences(options: CurateOptions) -> CurateOptions:
    """Settle what is left open, and refuse what needs a genome.

    Raises
    ------
    PrimaseError
        If something was asked for that only windows of a genome have.
    """
    if options.negatives not in (None, "shuffle"):
        raise PrimaseError(
            f"--negatives {options.negatives} takes windows from a genome", fix="add --genome FILE, or use shuffle"
        )
    if options.task in TRACKS:
        raise PrimaseError(f"--task {options.task} asks for tracks along a genome", fix="add --genome and --tracks")
    if options.split == "blocks" or options.split.endswith(".json"):
        raise PrimaseError(f"--split {options.split} divides a genome", fix="add --genome FILE, or use another --split")
    return replace(options, split="homology") if options.split == "auto" else options


def _note(facts: dict[str, Any], *notes: str) -> dict[str, Any]:
    return {**facts, "notes": [*facts["notes"], *notes]}


def _read(inputs: Sequence[str | Path], options: CurateOptions) -> tuple[Pool, dict[str, Any]]:
    """Read all files, and start the facts."""
    if not inputs:
        raise PrimaseError("no input was given (0 files)", fix="name one or more files of sequences")
    roles = [*[-1] * len(inputs), *[1] * len(options.valid), *[2] * len(options.test)]
    sources = [*inputs, *options.valid, *options.test]
    names = [str(source) for source in sources]
    check_inputs(names)
    files = [read_records(source, options=options) for source in sources]
    pool = pool_records(files, roles)
    if options.negatives and not (options.labels or options.label_pattern or options.label_column):
        _check_labelled_alike(files, len(inputs), options)
    if pool.structure is None and options.structure_column:
        raise PrimaseError(
            f"--structure-column {options.structure_column!r} needs tables, but not every input is one",
            fix="give tables, or leave out --structure-column",
        )
    digests = {records.source: records.digest for records in files}
    facts = {
        "inputs": [str(source) for source in inputs],
        "options": asdict(options),
        "sources": digests,
        "notes": [note for records in files for note in records.notes],
        "counts": {"read": len(pool)},
        "dropped": [line for records in files for line in records.dropped],
    }
    return pool, facts


def _check_labelled_alike(files: Sequence[Records], inputs: int, options: CurateOptions) -> None:
    """Refuse a labelled test or validation file beside unlabelled positives: its negatives would be lost."""
    used = used_columns(options)

    def has_labels(some: Sequence[Records]) -> bool:
        pool = pool_records(some, [-1] * len(some))
        return bool(label_candidates(pool.columns, used) or find_header_labels(pool))

    if has_labels(files) or any(has_labels([one]) for one in files[:inputs]):
        return
    for records in files[inputs:]:
        if has_labels([records]):
            raise PrimaseError(
                f"{records.source} has labels, and {files[0].source} has none",
                fix="label the positives in the same way, so that one can tell which of the others are positive",
            )


def _label(pool: Pool, options: CurateOptions, facts: dict[str, Any]) -> tuple[Pool, dict[str, Any]]:
    """Find labels and groups, as strings; then make the ids unique, since both may be joined by them."""
    labels = find_labels(pool, options, used_columns(options))
    groups = find_groups(pool, options)
    digests = {name: digest_file(local_path(name)) for name in (options.labels, options.groups) if name}
    ids, repeats = number_repeats(pool.ids)
    pool = replace(pool, ids=ids, labels=labels[0] if labels else None, groups=groups[0] if groups else None)
    counts = {**facts["counts"], "repeated_ids": repeats}
    facts = {**facts, "sources": {**facts["sources"], **digests}, "counts": counts}
    notes = [found[1] for found in (labels, groups) if found]
    if repeats:
        notes.append(f"{repeats:,} repeated ids got a number (_2, _3, ...)")
    return pool, _note(facts, *notes)


def _drop_illegible(pool: Pool, options: CurateOptions, facts: dict[str, Any]) -> tuple[Pool, Alphabet, dict[str, Any]]:
    """Tell the alphabet, and refuse (or leave out) the rows that are not written in it."""
    alphabet, faults = recognise_letters(pool.sequences)
    if alphabet is PROTEIN:
        stops = sum(text.endswith("*") for text in pool.sequences)
        if stops:
            pool = replace(pool, sequences=[text.removesuffix("*") for text in pool.sequences])
            facts = _note(facts, f"{stops:,} sequences end in a stop (*), which is cut off")
            faults |= find_illegal(pool.sequences, alphabet)
    if pool.structure is not None:
        lengths = np.array(list(map(len, pool.sequences)))
        faults = {**encode_structures(pool.structure, lengths)[1], **faults}
    if faults and not options.drop_invalid:
        row = min(faults)
        source, line = pool.place(row)
        more = f" (and {len(faults) - 1:,} more such sequences)" if len(faults) > 1 else ""
        letters = f"{alphabet.letters} or {alphabet.ambiguous}"
        raise FormatError(
            source,
            faults[row] + more,
            fix=("mend it" if "structure" in faults[row] else f"use the letters {letters}")
            + ", or leave such rows out with --drop-invalid",
            line=line,
        )
    if len(faults) == len(pool):
        source, line = pool.place(0)
        raise FormatError(source, f"no row can be read: {faults[0]}", fix="give a file with sequences", line=line)
    dropped = ["{}, line {}: {}".format(*pool.place(row), faults[row]) for row in sorted(faults)]
    keep = np.ones(len(pool), bool)
    keep[list(faults)] = False
    return pool.take(keep), alphabet, _report_drops(facts, dropped)


def _report_drops(facts: dict[str, Any], dropped: Sequence[str]) -> dict[str, Any]:
    return {**facts, "dropped": [*facts["dropped"], *dropped]}


def _encode(
    pool: Pool,
    targets: np.ndarray,
    task: str,
    names: tuple[str, ...],
    alphabet: Alphabet,
    facts: dict[str, Any],
) -> Dataset:
    """Turn the rows into a data set that is not divided yet."""
    codes, offsets = encode(pool.sequences, alphabet)
    structure = None if pool.structure is None else encode_structures(pool.structure, np.diff(offsets))[0]
    unknown = int(np.count_nonzero(codes == alphabet.unknown))
    spelled = {"dna": "DNA", "rna": "RNA"}.get(alphabet.name, alphabet.name)
    notes = [f"{len(pool):,} {spelled} sequences of {_span(np.diff(offsets))} letters"]
    if unknown:
        notes.append(f"{unknown:,} letters ({unknown / len(codes):.2%}) stand for several and are read as unknown")
    if facts["dropped"]:
        notes.append(f"{len(facts['dropped']):,} rows were left out, the first: {facts['dropped'][0]}")
    counts = {**facts["counts"], "dropped": len(facts["dropped"]), "unknown_letters": unknown}
    return Dataset(
        ids=np.array(pool.ids, object),
        sequences=StoredSequences(codes, offsets, alphabet.unknown, structure),
        targets=targets,
        parts=np.zeros(len(pool), np.int8),
        units=np.arange(len(pool)),
        alphabet=alphabet,
        task=task,
        names=names,
        length=int(np.diff(offsets).max()),
        policy="pad",
        facts=_note({**facts, "counts": counts, "dropped": facts["dropped"][:LISTED]}, *notes),
    )


def _span(lengths: np.ndarray) -> str:
    low, high = int(lengths.min()), int(lengths.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _find_constant(dataset: Dataset, options: CurateOptions) -> Dataset:
    """Say which columns are the same everywhere, and cut those at the ends where that was asked for."""
    from primase.core.kernels import copy_spans
    from primase.curation.similarity import constant_columns

    constant = constant_columns(dataset.codes, dataset.offsets)
    facts = {
        **dataset.facts,
        "constant": {"left": constant.left, "right": constant.right, "inside": len(constant.inside)},
    }
    if not len(constant):
        return replace(dataset, facts=facts)
    ends = [f"{word} {count}" for word, count in (("first", constant.left), ("last", constant.right)) if count]
    note = (
        f"all sequences share their {' and '.join(ends)} letters"
        + (f" and {len(constant.inside)} between" if len(constant.inside) else "")
        + ": left out when near-duplicates are sought"
    )
    if not options.trim_constant:
        return replace(dataset, facts=_note(facts, f"{note}; --trim-constant cuts them off"))
    starts, ends = dataset.offsets[:-1] + constant.left, dataset.offsets[1:] - constant.right
    same = np.arange(256, dtype=np.uint8)
    codes, offsets = copy_spans(dataset.codes, starts, ends, same, backwards=False)
    structure = dataset.sequences.structure
    if structure is not None:
        structure, _ = copy_spans(structure, starts, ends, same, backwards=False)
    facts = _note(facts, f"{note}; cut off by --trim-constant")
    kept = StoredSequences(codes, offsets, dataset.alphabet.unknown, structure)
    return replace(dataset, sequences=kept, facts=facts)


def _divide(dataset: Dataset, pool: Pool, options: CurateOptions) -> Dataset:
    """Find units, make negatives, divide, choose the length, audit."""
    from primase.curation.auditing import audit_dataset

    units, definition = find_units(dataset, pool, options)
    dataset, origin = _add_negatives(replace(dataset, units=units), pool, options)
    division = divide_rows(dataset, pool, origin, definition, options)
    length, policy, note = choose_length(dataset.lengths, division.parts, options)
    counts = {name: int((division.parts == part).sum()) for part, name in enumerate(PARTS)}
    facts = {**dataset.facts, "split": division.facts, "counts": {**dataset.facts["counts"], **counts}}
    dataset = replace(
        dataset,
        parts=division.parts,
        folds=division.folds,
        length=length,
        policy=policy,
        facts=_note(facts, note, *division.notes),
    )
    return replace(dataset, facts={**dataset.facts, "audit": audit_dataset(dataset)})


def _add_negatives(dataset: Dataset, pool: Pool, options: CurateOptions) -> tuple[Dataset, np.ndarray]:
    """Add a shuffle of every positive where that was asked for; a shuffle is of the unit of its source.

    Given validation and test parts get shuffles only where they hold no negatives.

    Returns
    -------
    dataset : Dataset
    origin : ndarray, shape=(N,), int64
        Row of `pool` that each row is, or is made from.
    """
    rows = np.arange(len(dataset))
    if options.negatives is None:
        return dataset, rows
    names, targets = _name_positives(dataset, pool)
    lacking = [role for role in np.unique(pool.roles).tolist() if targets[pool.roles == role].all()]
    if -1 not in lacking:
        raise PrimaseError(
            f"--negatives {options.negatives} is for positives only, but the input has {len(names)} classes: "
            f"{', '.join(sorted(names))}",
            fix="leave out --negatives, or give the positives only",
        )
    sources = np.flatnonzero(np.isin(pool.roles, lacking))
    from primase.curation.negatives import shuffle_negatives

    codes, offsets = dataset.sequences.letters(sources)
    made = shuffle_negatives(codes, offsets, options.seed)
    facts = {
        **dataset.facts,
        "negatives": options.negatives,
        "shuffled_from_first_row": len(dataset),
        "shuffled_sources": sources.tolist(),
    }
    note = f"{len(sources):,} negatives made by shuffling, dinucleotides kept ({names[0]!r}); {names[1]!r} is positive"
    origin = np.concatenate([rows, sources])
    ids = [*pool.ids, *(f"{pool.ids[row]}_shuffled" for row in sources.tolist())]
    return replace(
        dataset,
        ids=np.array(number_repeats(ids)[0], object),
        sequences=StoredSequences(
            np.concatenate([dataset.codes, made]),
            np.concatenate([dataset.offsets, dataset.offsets[-1] + offsets[1:]]),
            dataset.alphabet.unknown,
        ),
        targets=np.concatenate([targets, np.zeros(len(sources), np.int64)]),
        parts=np.zeros(len(origin), np.int8),
        units=dataset.units[origin],
        names=names,
        facts=_note(facts, note),
    ), origin


def _name_positives(dataset: Dataset, pool: Pool) -> tuple[tuple[str, str], np.ndarray]:
    """Return the two classes, the one of the inputs second, and the targets that go with them."""
    folded = dataset.sequences.structure is not None
    if folded or dataset.task not in ("binary", "multiclass") or len(dataset.names) > 2:
        what = "a structure column" if folded else f"a {dataset.task} task"
        raise PrimaseError(f"--negatives shuffle does not go with {what}", fix="leave out --negatives")
    if len(dataset.names) == 1:
        only = dataset.names[0]
        return ("0" if to_number(only) else "negative", only), np.ones(len(dataset), np.int64)
    positive = int(dataset.targets[pool.roles < 0][0])
    names = (dataset.names[1 - positive], dataset.names[positive])
    return names, (dataset.targets == positive).astype(np.int64)


def choose_length(lengths: np.ndarray, parts: np.ndarray, options: CurateOptions) -> tuple[int, str, str]:
    """Choose at which length, and how, a model sees the sequences.

    Parameters
    ----------
    lengths : ndarray, shape=(N,)
        Letters of every sequence.
    parts : ndarray, shape=(N,)
        0 for training rows: only these count.
    options : CurateOptions
        ``length`` and ``length_policy``, where the user said something.

    Returns
    -------
    length : int
    policy : str
        ``pad``, ``crop`` or ``tile``.
    note : str
        The same in words.

    Examples
    --------
    >>> choose_length(np.array([50, 50]), np.array([0, 2]), CurateOptions())
    (50, 'pad', 'length 50, which every sequence has')
    """
    training = lengths[parts == 0]
    percentile = int(np.ceil(np.percentile(training, PERCENTILE)))
    policy, length = options.length_policy, options.length
    if policy is None:
        policy = "tile" if length is None and percentile > LARGE_LENGTH else "crop"
    if length is None:
        length = {"pad": int(lengths.max()), "crop": percentile, "tile": min(percentile, LARGE_LENGTH)}[policy]
        why = {
            "pad": "the longest sequence",
            "tile": "windows",
            "crop": f"{PERCENTILE} % of the training sequences fit",
        }
        reason = why[policy]
    else:
        reason = "as asked for"
    longer, shorter = int((lengths > length).sum()), int((lengths < length).sum())
    if policy == "pad" and longer:
        raise PrimaseError(
            f"--length-policy pad cuts nothing, but {longer:,} sequences are longer than --length {length} "
            f"(up to {lengths.max():,})",
            fix="give a larger --length, or --length-policy crop or tile",
        )
    if not longer and not shorter:
        return length, "pad", f"length {length:,}, which every sequence has"
    fate = "cut into windows, whose predictions are averaged" if policy == "tile" else "cropped at the end"
    if policy == "crop" and not longer:
        policy = "pad"
    fates = [f"{longer:,} longer sequences are {fate}"] if longer else []
    fates += [f"{shorter:,} shorter ones are padded"] if shorter else []
    return length, policy, f"length {length:,} ({reason}): {', '.join(fates)}"
