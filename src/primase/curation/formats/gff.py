"""GFF3 and GTF: nine columns, counted from 1, ends included; inside they become 0-based and half-open.

The attributes of column 9 stay as written until one is asked for (`feature_attribute`); `select_features` makes sites
of features. A section ``##FASTA`` ends the table.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from primase.core.errors import FormatError, PrimaseError, UnknownName
from primase.core.files import write_text
from primase.curation.intervals import Intervals
from primase.curation.options import CurateOptions
from primase.curation.rows import (
    cut_line,
    find_faults,
    number_names,
    read_blocks,
    read_rows,
    read_strands,
    sample_lines,
    settle_faults,
    shared_strings,
    to_numbers,
    whole_numbers,
)

SUFFIXES = (".gff", ".gff3", ".gtf")
NAMES = ("gene_name", "Name", "gene", "gene_id", "locus_tag", "ID", "transcript_id", "Parent")
_COMMENTS = (b"#", b"track ", b"browser ")
_STOPS = (b"##FASTA", b">")
_STRANDS = ("+", "-", ".", "?")
_DEFAULTS = {"source": ".", "type": "region", "phase": ".", "attributes": "."}
_USUAL = 0.9  # share of the sampled rows that must look like features


def sniff(head: bytes) -> bool:
    """Return whether the file says that it is GFF, or most lines have nine columns with places and a strand."""
    if head.startswith((b"##gff-version", b"##gtf")):
        return True
    if b"\0" in head:
        return False
    lines = sample_lines(head.rpartition(b"\n")[0] or head, _COMMENTS)  # the last line may be cut
    rows = [cut_line(line, blanks=False) for line in lines]
    return bool(rows) and sum(map(_is_feature, rows)) >= _USUAL * len(rows)


def _is_feature(row: Sequence[str]) -> bool:
    return len(row) == 9 and all(re.fullmatch(r"\d+", cell) for cell in row[3:5]) and row[6] in _STRANDS


def read(
    path: str | Path, options: CurateOptions = CurateOptions(), *, wanted: Callable[[str], bool] | None = None
) -> Intervals:
    """Read features; column 3 becomes the column ``type``, column 9 ``attributes``.

    Parameters
    ----------
    path : str or Path
    options : CurateOptions
        Of which `drop_invalid` is used.
    wanted : callable, optional
        Says of a type whether its features are kept; the others are read over, which spares memory.

    Raises
    ------
    FormatError
        If a row is no feature, or there is none; the line is named.
    """
    import pyarrow as pa

    def is_wanted(columns: list[Any]) -> Any:
        types, index = number_names(columns[2])
        return pa.array(np.array([*map(wanted, types), False], bool)[index])

    keep = None if wanted is None else is_wanted
    rows = read_rows(path, read_blocks(path), 9, comments=_COMMENTS, stops=_STOPS, keep=keep)
    seqid, source, kind, start, end, score, strand, phase, attributes = rows.cells
    contigs, contig = number_names(seqid)
    (starts, whole_start), (ends, whole_end), strands = whole_numbers(start), whole_numbers(end), read_strands(strand)
    failed, found = find_faults(
        rows.lines,
        (
            (~whole_start, lambda row: f"start {start[row].as_py()!r} is no whole number", "give letters from 1 on"),
            (~whole_end, lambda row: f"end {end[row].as_py()!r} is no whole number", "give letters from 1 on"),
            (starts < 1, lambda row: f"start {starts[row]} is below 1, the first letter in GFF", "add 1 to the starts"),
            (ends < starts, lambda row: f"end {ends[row]} is before start {starts[row]}", "swap the columns"),
            (strands == 2, lambda row: f"strand {strand[row].as_py()!r} is none", "give + or -, or . for none"),
        ),
    )
    dropped = settle_faults(path, [*rows.faults, *found], drop_invalid=options.drop_invalid)
    if failed.all() and (wanted is None or len(failed)):
        raise FormatError(path, "the file holds no feature", fix="give a file with at least one valid line")
    columns = {
        "type": shared_strings(kind),
        "source": shared_strings(source),
        "score": to_numbers(score)[0],
        "phase": shared_strings(phase),
        "attributes": attributes.to_numpy(zero_copy_only=False).astype(object),
    }
    return Intervals(
        str(path), contigs, contig[~failed], starts[~failed] - 1, ends[~failed], strands[~failed],
        rows.lines[~failed], columns={name: values[~failed] for name, values in columns.items()}, dropped=dropped,
    )  # fmt: skip


def feature_attribute(features: Intervals, *names: str) -> np.ndarray:
    """Return one attribute of each feature, shape (N,), object; empty strings where it has none.

    Parameters
    ----------
    features : Intervals
        From `read`.
    names : str
        Keys in the order of preference, such as ``gene_biotype``, ``gene_type``, ``biotype``.

    Examples
    --------
    >>> columns = {"attributes": np.array(['gene_id "g1"; level 2;', 'gene_id "g2";'], object)}
    >>> features = Intervals("a.gtf", ("1",), [0, 0], [0, 9], [5, 12], [1, 1], [1, 2], columns=columns)
    >>> feature_attribute(features, "level", "gene_id").tolist()
    ['2', 'g2']
    """
    import pyarrow as pa
    from pyarrow import compute

    written = features.columns["attributes"]
    gtf = _is_gtf(written)
    values = np.full(len(written), "", object)
    for name in names:
        # the attributes before it are passed over whole: a quoted value may hold a semicolon
        before = r'^(?:(?:[^";]|"[^"]*")*?;)*?\s*' if gtf else r"^(?:[^;]*;)*?\s*"
        after = r'[ \t]+(?:"(?P<quoted>[^"]*)"|(?P<bare>[^;"]*))' if gtf else r"=(?P<bare>[^;]*)"
        rows = np.flatnonzero(values == "")
        found = compute.extract_regex(pa.array(written[rows], pa.string()), before + re.escape(name) + after)
        for group in ("quoted", "bare") if gtf else ("bare",):
            texts = compute.utf8_trim_whitespace(compute.fill_null(compute.struct_field(found, group), ""))
            values[rows] = np.where(values[rows] == "", texts.to_numpy(zero_copy_only=False), values[rows])
    if not gtf:
        for row in np.flatnonzero(np.array(["%" in value for value in values], bool)):
            values[row] = unquote(values[row])
    return values


def _is_gtf(written: np.ndarray) -> bool:
    """Say whether attributes are ``key "value";`` as in GTF, not ``key=value;``."""
    sample = [text for text in written[:100] if text.strip(" .;")]
    return sum(bool(re.match(r'\s*[^\s=;"]+[ \t]+\S', text)) for text in sample) > len(sample) / 2


def read_features(path: str | Path, kind: str, options: CurateOptions = CurateOptions()) -> Intervals:
    """Read the sites of one kind, as `select_features` makes them; other features are read over, not held in memory.

    Raises
    ------
    FormatError
        If a row of the wanted types is no feature, or there is none; the types of the file are listed.
    """
    seen = set[str]()

    def read_types(is_wanted: Callable[[str], bool]) -> Intervals:
        def note_type(name: str) -> bool:
            seen.add(name)
            return is_wanted(name)

        return read(path, options, wanted=note_type)

    if kind.lower() == "tss":
        features = read_types(lambda name: is_transcript(name) or is_gene(name))
        features = features if len(features) else read_types(lambda name: name == "exon")
    else:
        features = read_types(lambda name: name == kind)
    if not len(features):
        raise _no_feature(str(path), kind, seen)
    return select_features(features, kind)


def select_features(features: Intervals, kind: str) -> Intervals:
    """Return the features of one type, or the transcription start sites.

    A ``tss`` is the first letter, by strand, of a transcript; of a gene, where it has no transcript; of the exons with
    one ``transcript_id``, where the file has neither. Sites at one place are kept once.

    Parameters
    ----------
    features : Intervals
        From `read`.
    kind : str
        ``tss``, or a type as column 3 has it: ``gene``, ``exon``, ``CDS`` ...

    Returns
    -------
    Intervals
        Its column ``name`` is the gene's name, or the next best attribute.

    Raises
    ------
    FormatError
        If there is none; the types of the file are listed.
    """
    if kind.lower() == "tss":
        chosen = _find_starts(features)
    else:
        chosen = features.take(features.columns["type"] == kind)
    if not len(chosen):
        raise _no_feature(features.source, kind, set(features.columns["type"]))
    return replace(chosen, columns={**chosen.columns, "name": feature_attribute(chosen, *NAMES)})


def _no_feature(source: str, kind: str, types: set[str]) -> FormatError:
    what = "no transcript, gene or exon with a strand" if kind.lower() == "tss" else f"no feature of type {kind!r}"
    return FormatError(source, f"the file holds {what}", fix=UnknownName("type", kind, types).fix)


def _find_starts(features: Intervals) -> Intervals:
    names = features.columns["type"]
    transcripts = _rows_of(names, is_transcript)
    genes = _rows_of(names, is_gene)
    chosen = features.take(np.sort(np.concatenate(_transcribed(features, transcripts, genes))))
    if not len(chosen):
        chosen = _join_exons(features.take(names == "exon"))
    stranded = chosen.take(chosen.strands != 0)
    starts = np.where(stranded.strands > 0, stranded.starts, stranded.ends - 1)
    places = np.stack([stranded.contig, starts, stranded.strands])
    once = np.sort(np.unique(places, axis=1, return_index=True)[1])
    note = f"{features.source}: {len(once)} start sites of {len(chosen)} transcripts or genes"
    if len(stranded) < len(chosen):
        note += f"; {len(chosen) - len(stranded)} have no strand and are left out"
    return replace(stranded, starts=starts, ends=starts + 1, notes=(*features.notes, note)).take(once)


def _rows_of(names: np.ndarray, is_kind: Callable[[str], bool]) -> np.ndarray:
    kinds = {name for name in set(names) if is_kind(name)}
    return np.array([row for row, name in enumerate(names) if name in kinds], np.int64)


def _transcribed(features: Intervals, transcripts: np.ndarray, genes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of transcripts that are no product of another one, and of genes that have no transcript."""
    made, loci = features.take(transcripts), features.take(genes)
    if _is_gtf(features.columns["attributes"]):
        owners = set(feature_attribute(made, "gene_id"))
        return transcripts, genes[[name not in owners for name in feature_attribute(loci, "gene_id")]]
    parents = [set(text.split(",")) for text in feature_attribute(made, "Parent")]
    own = set(feature_attribute(made, "ID")) - {""}
    owners = set[str]().union(*parents)
    whole = np.array([not (names & own) for names in parents], bool)  # a mature miRNA has a transcript for parent
    alone = np.array([not name or name not in owners for name in feature_attribute(loci, "ID")], bool)
    return transcripts[whole], genes[alone]


def _join_exons(exons: Intervals) -> Intervals:
    """Return the transcripts that exons with one ``transcript_id`` span."""
    names = feature_attribute(exons, "transcript_id", "Parent")
    exons, names = exons.take(names != ""), names[names != ""]
    if not len(exons):
        return exons
    code = np.unique(names.astype(str), return_inverse=True)[1]
    order = np.lexsort((exons.starts, code, exons.strands, exons.contig))
    keys = np.stack([exons.contig, exons.strands, code])[:, order]
    firsts = np.append(0, np.flatnonzero((keys[:, 1:] != keys[:, :-1]).any(0)) + 1)
    ends = np.maximum.reduceat(exons.ends[order], firsts)
    return replace(exons.take(order[firsts]), ends=ends)


def is_transcript(name: str) -> bool:
    """Say whether a type of column 3 is a transcript.

    Examples
    --------
    >>> [is_transcript(name) for name in ("mRNA", "lnc_RNA", "transcript", "gene", "exon")]
    [True, True, True, False, False]
    """
    return name.endswith(("RNA", "transcript"))


def is_gene(name: str) -> bool:
    """Say whether a type of column 3 is a gene: ``gene``, ``ncRNA_gene``, ``pseudogene`` ..."""
    return name.endswith("gene")


def write(path: str | Path, intervals: Intervals) -> None:
    """Write GFF3, or GTF where the attributes are such; places count from 1 again. gzip is not applied.

    Raises
    ------
    PrimaseError
        If an interval starts below the first letter.
    """
    if len(intervals) and intervals.starts.min() < 0:
        row = int(np.argmin(intervals.starts))
        raise PrimaseError(f"{intervals.spell(row)} starts below 0", fix="leave out windows beyond their contig")
    rows = len(intervals)
    texts = {name: intervals.columns.get(name, [default] * rows) for name, default in _DEFAULTS.items()}
    if "attributes" not in intervals.columns and "name" in intervals.columns:
        texts["attributes"] = [f"Name={name}" if name else "." for name in intervals.columns["name"]]
    strands = np.array([".", "+", "-"], object)[intervals.strands]
    contigs = np.array([*intervals.contigs, None], object)[intervals.contig]
    scores = intervals.columns.get("score", np.full(rows, np.nan)).tolist()
    starts, ends = (intervals.starts + 1).tolist(), intervals.ends.tolist()
    lines = [] if _is_gtf(np.array(texts["attributes"], object)) else ["##gff-version 3"]
    for row in range(rows):
        score = "." if scores[row] != scores[row] else f"{scores[row]!r}"
        cells = (
            contigs[row], texts["source"][row], texts["type"][row], starts[row], ends[row], score, strands[row],
            texts["phase"][row], texts["attributes"][row],
        )  # fmt: skip
        lines.append("\t".join(map(str, cells)))
    write_text(path, "\n".join([*lines, ""]))
