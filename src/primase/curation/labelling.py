"""From records to targets: where the labels stand, what kind of question they ask, and their values as arrays."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from primase.core.errors import FormatError, PrimaseError
from primase.curation.columns import (
    MISSING,
    UNKNOWN_NUMBERS,
    column_kind,
    get_column,
    label_candidates,
    sample,
    to_number,
)
from primase.curation.joining import join_column
from primase.curation.options import CurateOptions
from primase.curation.records import Pool, bad_line, file_class

POSITIVE_NAMES = ("negative", "positive")  # of data without labels, with --negatives shuffle
# words that name the class to tell the other from
_NEGATIVE = frozenset(
    {"0", "-1", "no", "not", "neg", "negative", "negatives", "false", "control", "controls", "background", "bg"}
    | {"pseudo", "random", "shuffled", "unbound", "decoy", "none", "absent", "null"}
)
_HEADER_LABEL = re.compile(r"(?:^|[\s;|,])(?:class|label)\s*[:=]\s*([^\s;|,]+)", re.IGNORECASE)
_LAST_FIELD = re.compile(r"\|\s*([^|\s][^|]*?)\s*$")
_HOW = "add --labels FILE, --label-pattern REGEX, one file per class, or --negatives shuffle"


@dataclass(frozen=True)
class Labels:
    """Targets.

    Attributes
    ----------
    task : str
        Kind of question.
    names : tuple of str
        Classes, or targets.
    targets : ndarray
        (N,) int64 for classes, (N, T) float32 else.
    keep : ndarray, shape=(N,), bool
        False where the label cannot be read and ``--drop-invalid`` was given.
    note : str
        Task and classes, in words.
    dropped : tuple of str
        The labels that could not be read, with their places.
    """

    task: str
    names: tuple[str, ...]
    targets: np.ndarray
    keep: np.ndarray
    note: str
    dropped: tuple[str, ...] = ()


def find_labels(
    pool: Pool, options: CurateOptions, used: Sequence[str] = ()
) -> tuple[dict[str, list[str]], str] | None:
    """Find the labels of all records, as strings.

    Parameters
    ----------
    pool : Pool
    options : CurateOptions
    used : sequence of str
        Columns that have another part (groups, given parts).

    Returns
    -------
    columns : dict of str to list of str
        One entry per target.
    note : str
        Where they were found. Instead of both None, where there are no labels and ``--negatives shuffle`` was asked
        for: then all records are positive.

    Raises
    ------
    PrimaseError
        If there are no labels, or more than one place could hold them.
    """
    if options.labels:
        columns, how = join_column(
            pool, options.labels, options.label_column, "label", drop_invalid=options.drop_invalid
        )
        return columns, f"labels from {options.labels}, {how}"
    if options.label_pattern:
        return {"label": _by_pattern(pool, options)}, f"labels by --label-pattern {options.label_pattern!r}"
    if options.label_column:
        columns = {name.strip(): get_column(pool.columns, name, "--label-column") for name in options.label_column}
        for name, cells in columns.items():
            _refuse_ids(pool, name, cells)
        return columns, f"labels from {_listed('column', columns)}"
    candidates = label_candidates(pool.columns, used)
    if len(candidates) > 1:
        listed = ", ".join(f"{name!r} ({kind})" for name, kind in candidates.items())
        raise PrimaseError(
            f"{len(candidates)} columns of {pool.sources[0]} could be the label: {listed}",
            fix=f"choose with --label-column, one ({next(iter(candidates))}) or several ({','.join(candidates)})",
        )
    if candidates:
        name, kind = next(iter(candidates.items()))
        return {name: pool.columns[name]}, f"labels from column {name!r} ({kind}), found by its content"
    found = find_header_labels(pool)
    if found:
        return found
    return _by_file(pool, options)


def _listed(word: str, names: Sequence[str] | dict[str, list[str]]) -> str:
    return f"{word if len(names) == 1 else word + 's'} {', '.join(map(repr, names))}"


def _refuse_ids(pool: Pool, name: str, cells: list[str]) -> None:
    kind = column_kind(name, cells)
    if kind in ("id", "row number"):
        raise PrimaseError(
            f"{pool.sources[0]}: column {name!r} has {len(set(cells))} different values in {len(cells)} rows, "
            f"such as {cells[0]!r}: it names the rows and is no label",
            fix="give another column with --label-column",
        )


def _by_pattern(pool: Pool, options: CurateOptions) -> list[str]:
    pattern = re.compile(options.label_pattern or "")
    labels = []
    for row, (header, name) in enumerate(zip(pool.headers, pool.ids, strict=True)):
        match = pattern.search(header or name)
        if match is None and not options.drop_invalid:
            raise bad_line(
                pool,
                row,
                f"--label-pattern {options.label_pattern!r} is not found in {header or name!r}",
                "change the pattern, or leave such records out with --drop-invalid",
            )
        labels.append("" if match is None else (match[1] if pattern.groups else match[0]) or "")
    return labels


def find_header_labels(pool: Pool) -> tuple[dict[str, list[str]], str] | None:
    """Return the labels that every header has, if they are classes."""
    few = sample(pool.headers)
    for pattern, what in ((_HEADER_LABEL, "'class:' or 'label='"), (_LAST_FIELD, "last field, after '|',")):
        if sum(pattern.search(header) is not None for header in few) < 0.5 * len(few):
            continue
        matches = [pattern.search(header) for header in pool.headers]
        missing = [row for row, match in enumerate(matches) if match is None]
        labels = [match[1] if match else "" for match in matches]
        if missing and pattern is _LAST_FIELD:  # a bar alone is a weak sign
            continue
        if pattern is _HEADER_LABEL or column_kind("label", labels) in ("classes", "numbers"):
            return {"label": labels}, f"labels from the {what} of the headers"
    return None


def _by_file(pool: Pool, options: CurateOptions) -> tuple[dict[str, list[str]], str] | None:
    names = [file_class(source) for source in pool.sources]
    inputs = set(pool.file[pool.roles < 0].tolist())
    if options.negatives and len(inputs) == 1:
        return None
    if len(inputs) < 2:
        single = [name for name, cells in pool.columns.items() if len(set(cells)) == 1]
        why = ": no column of it holds classes or numbers" if pool.columns else ""
        if single:
            why += f" ({single[0]!r} is {pool.columns[single[0]][0]!r} in every row)"
        raise PrimaseError(f"{pool.sources[0]} has no labels{why}", fix=_HOW)
    repeated = [name for name, count in Counter(names[number] for number in inputs).items() if count > 1]
    if repeated:
        raise PrimaseError(
            f"without labels each file is a class, but the names of several files give the class {repeated[0]!r}: "
            f"{', '.join(pool.sources[number] for number in sorted(inputs) if names[number] == repeated[0])}",
            fix="rename the files, or add labels",
        )
    known = {names[number] for number in inputs}
    classes = ", ".join(sorted(known))
    for number, name in enumerate(names):
        if name not in known:
            raise PrimaseError(
                f"{pool.sources[number]}: its name gives the class {name!r}, which is not among {classes}",
                fix="name the files of --test and --valid like the inputs, or add labels",
            )
    labels = [names[number] for number in pool.file.tolist()]
    return {"label": labels}, f"each file is a class: {classes}"


def infer_targets(pool: Pool, options: CurateOptions) -> Labels:
    """Tell the kind of question by the labels, and turn them into arrays.

    One column: two values are ``binary``; words, or few whole numbers, ``multiclass``; other numbers ``regression``.
    Several columns: zeros and ones are ``multilabel``, numbers ``regression``. ``--task`` overrides.

    Raises
    ------
    PrimaseError
        If a label is missing or cannot be read (its line is named), or the labels do not fit the task.
    """
    columns = pool.labels
    if columns is None:
        count = f"task: binary; all {len(pool):,} sequences are positive, the negatives are made by shuffling"
        return Labels("binary", POSITIVE_NAMES, np.ones(len(pool), np.int64), np.ones(len(pool), bool), count)
    if len(columns) == 1:
        name, cells = next(iter(columns.items()))
        task = options.task or _guess_task(name, cells)
        if task in ("binary", "multiclass"):
            return _classes(name, cells, task, pool, options)
    elif options.task in ("binary", "multiclass"):
        raise PrimaseError(
            f"--task {options.task} takes one label, but there are {len(columns)} ({', '.join(columns)})",
            fix="give one --label-column, or --task multilabel or regression",
        )
    else:
        yes_no = all(_YES_NO.keys() >= {cell.lower() for cell in set(cells)} for cells in columns.values())
        task = options.task or ("multilabel" if yes_no else "regression")
    return _numbers(columns, task, pool, options)


_YES_NO = {
    "0": 0.0,
    "1": 1.0,
    "0.0": 0.0,
    "1.0": 1.0,
    "false": 0.0,
    "true": 1.0,
    "no": 0.0,
    "yes": 1.0,
} | dict.fromkeys(UNKNOWN_NUMBERS, np.nan)


def _guess_task(name: str, cells: list[str]) -> str:
    present = [cell for cell in cells if cell.lower() not in MISSING]
    kind = column_kind(name, present)
    distinct = set(present)
    # a column of numbers with a few unreadable cells is still one of numbers: those cells are then named
    if kind == "numbers" or (kind in ("text", "id", "row number") and _mostly_numbers(distinct)):
        return "regression"
    return "binary" if len(distinct) <= 2 else "multiclass"


def _mostly_numbers(distinct: set[str]) -> bool:
    return sum(to_number(cell) is not None for cell in distinct) >= 0.9 * len(distinct)


def _classes(name: str, cells: list[str], task: str, pool: Pool, options: CurateOptions) -> Labels:
    counts = Counter(cells)
    missing = [cell for cell in counts if cell.lower() in MISSING]
    keep, dropped = np.ones(len(cells), bool), ()
    if missing:
        lost = set(missing)
        rows = [row for row, cell in enumerate(cells) if cell in lost]
        dropped = _report(pool, rows, [f"the label is missing ({name!r})"] * len(rows), options)
        keep[rows] = False
        for cell in missing:
            del counts[cell]
    spelling = _spellings(list(counts))
    classes = Counter[str]()
    for cell, count in counts.items():
        classes[spelling[cell]] += count
    names = order_classes(list(classes))
    _check_classes(names, classes, cells, spelling, task, pool, options)
    number = {cell: names.index(spelling[cell]) for cell in counts}
    targets = np.fromiter((number.get(cell, 0) for cell in cells), np.int64, len(cells))
    listed = ", ".join(f"{one} ({classes[one]:,})" for one in names)
    note = f"task: {task}; classes: {listed}" + (f"; {names[1]!r} is the positive one" if len(names) == 2 else "")
    return Labels(task, tuple(names), targets, keep, note, dropped)


def _spellings(cells: list[str]) -> dict[str, str]:
    """Return the class that each spelling stands for: ``1`` and ``1.0`` are one where all classes are whole numbers."""
    numbers = {cell: to_number(cell) for cell in cells}
    if all(value is not None and value.is_integer() for value in numbers.values()):
        return {cell: str(int(value)) for cell, value in numbers.items() if value is not None}
    return {cell: cell for cell in cells}


def order_classes(names: Sequence[str]) -> list[str]:
    """Order classes: numbers by size, words by the alphabet, but words for "not" first.

    Examples
    --------
    >>> order_classes(["enhancer.cv", "non.cv"]), order_classes(["10", "9"])
    (['non.cv', 'enhancer.cv'], ['9', '10'])
    """
    numbers = {name: to_number(name) for name in names}
    if None not in numbers.values():
        return sorted(names, key=lambda name: (numbers[name], name))

    def rank(name: str) -> tuple[bool, str]:
        words = re.split(r"[^a-z0-9]+", name.lower())
        return not (_NEGATIVE & set(words) or any(word.startswith("non") for word in words)), name

    return sorted(names, key=rank)


def _check_classes(
    names: list[str],
    counts: Counter[str],
    cells: list[str],
    spelling: dict[str, str],
    task: str,
    pool: Pool,
    options: CurateOptions,
) -> None:
    single = [name for name in names if counts[name] == 1]
    if len(names) > 2 and len(single) > len(names) / 2:
        raise PrimaseError(
            f"{pool.sources[0]}: {len(single)} of {len(names)} classes have one example, such as {single[0]!r}: "
            "the label seems to be an id",
            fix="give another --label-column, or --task regression for numbers",
        )
    if len(names) < 2 and not options.negatives:
        raise PrimaseError(
            f"{pool.sources[0]}: all {len(cells)} examples have the class {names[0] if names else '(none)'!r}",
            fix="add examples of another class, or --negatives shuffle",
        )
    if single:
        row = next(row for row, cell in enumerate(cells) if spelling.get(cell) == single[0])
        raise bad_line(
            pool,
            row,
            f"the class {single[0]!r} has one example",
            "correct the label, leave the row out, or add examples",
        )
    if task == "binary" and len(names) > 2:
        raise PrimaseError(
            f"--task binary takes two classes, but there are {len(names)}: {', '.join(names[:10])}",
            fix="use --task multiclass, or merge classes",
        )


def _numbers(columns: dict[str, list[str]], task: str, pool: Pool, options: CurateOptions) -> Labels:
    """Turn columns of numbers into targets (N, T); with several columns an empty cell is an unknown answer."""
    values, faults = [], dict[int, str]()
    for name, cells in columns.items():
        parsed = _parse(cells, task)
        odd = np.flatnonzero(~np.isfinite(parsed))
        for row in odd.tolist():
            unknown = cells[row].lower() in UNKNOWN_NUMBERS
            if not (unknown and len(columns) > 1):
                word = "0 or 1" if task == "multilabel" else "a finite number"
                faults.setdefault(row, f"the target {name!r} is {cells[row]!r}, not {word}")
        values.append(parsed)
    targets = np.stack(values, 1).astype(np.float32)
    for row in np.flatnonzero(np.isnan(targets).all(1)).tolist():
        faults.setdefault(row, f"all targets are missing ({', '.join(columns)})")
    if len(faults) > len(targets) / 2:
        row, fault = min(faults.items())
        raise bad_line(pool, row, f"{fault} (and so in {len(faults)} rows)", "give another --label-column or --task")
    rows = sorted(faults)
    dropped = _report(pool, rows, [faults[row] for row in rows], options)
    keep = np.ones(len(targets), bool)
    keep[rows] = False
    for name, column in zip(columns, targets[keep].T, strict=True):
        if len(np.unique(column[np.isfinite(column)])) < 2:
            raise PrimaseError(
                f"{pool.sources[0]}: the target {name!r} has the same value in every row",
                fix="give another --label-column",
            )
    unknown = int(np.isnan(targets[keep]).sum())
    note = f"task: {task}; targets: {', '.join(columns)}" + (f"; {unknown:,} unknown values" if unknown else "")
    return Labels(task, tuple(columns), targets, keep, note, dropped)


def _parse(cells: list[str], task: str) -> np.ndarray:
    """Return cells as numbers; NaN where one is none."""
    if task == "multilabel":
        return np.array([_YES_NO.get(cell.lower(), np.inf) for cell in cells], np.float64)
    try:
        parsed = np.array(list(map(float, cells)), np.float64)
    except ValueError:
        return np.array([np.nan if (value := to_number(cell)) is None else value for cell in cells], np.float64)
    # beyond float32, as targets are kept, a number is infinite
    return np.where(np.abs(parsed) > np.finfo(np.float32).max, np.inf, parsed)


def _report(pool: Pool, rows: list[int], faults: list[str], options: CurateOptions) -> tuple[str, ...]:
    """Raise for the first fault, or return all of them as lines where they may be left out."""
    if not rows:
        return ()
    if not options.drop_invalid:
        more = f" (and {len(rows) - 1:,} more such rows)" if len(rows) > 1 else ""
        source, line = pool.place(rows[0])
        raise FormatError(
            source, faults[0] + more, fix="correct the row, or leave it out with --drop-invalid", line=line
        )
    return tuple("{}, line {}: {}".format(*pool.place(row), fault) for row, fault in zip(rows, faults, strict=True))
