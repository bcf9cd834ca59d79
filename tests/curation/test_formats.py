"""Formats: each recognised by its content, read back as written, its faults named by line."""

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from primase.core.errors import FormatError, UnknownName
from primase.curation.formats import ORDER, format_module
from primase.curation.formats.table import find_separator
from primase.curation.options import CurateOptions
from primase.curation.reading import read_records, sniff_format
from primase.curation.records import Records

SEQUENCES = ["ACGTACGTAC", "GGGTTTACGA", "TTACGACGTT"]
FASTA = ">a one\nACGTA\nCGTAC\n>b two\nGGGTTTACGA\n>c three\nTTACGACGTT\n"
FASTQ = "".join(f"@{n} x\n{s}\n+\n{'I' * 10}\n" for n, s in zip("abc", SEQUENCES, strict=True))
CSV = "id,sequence,label\n" + "".join(f"{n},{s},{i}\n" for i, (n, s) in enumerate(zip("abc", SEQUENCES, strict=True)))
TEXT = "\n".join(SEQUENCES) + "\n"
CONTENTS = {"fasta": FASTA, "fastq": FASTQ, "table": CSV, "text": TEXT}


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
    return path


def test_every_format_has_the_same_names() -> None:
    for name in ORDER:
        module = format_module(name)
        assert all(suffix.startswith(".") for suffix in module.SUFFIXES)
        assert callable(module.sniff)
        assert callable(module.read)
        assert callable(module.write)


@pytest.mark.parametrize("kind", ORDER)
@pytest.mark.parametrize("name", ["x.fa", "x.csv", "x.txt.gz", "x"])
def test_content_tells_the_format_whatever_the_name(tmp_path: Path, kind: str, name: str) -> None:
    path = put(tmp_path, name, CONTENTS[kind])
    assert sniff_format(path) == kind
    assert read_records(path).sequences == SEQUENCES


@pytest.mark.parametrize("kind", ORDER)
@pytest.mark.parametrize("change", ["crlf", "cr", "bom", "blank end", "no end", "lower"])
def test_dialects_of_text_are_read_alike(tmp_path: Path, kind: str, change: str) -> None:
    text = CONTENTS[kind]
    changed = {
        "crlf": text.replace("\n", "\r\n"),
        "cr": text.replace("\n", "\r"),
        "bom": "\ufeff" + text,
        "blank end": text + "\n\n",
        "no end": text.rstrip("\n"),
        "lower": text.replace("ACG", "acg"),
    }[change]
    records = read_records(put(tmp_path, "x", changed))
    assert [sequence.upper() for sequence in records.sequences] == SEQUENCES
    assert records.kind == kind


@pytest.mark.parametrize("kind", ORDER)
def test_what_is_written_is_read_back(tmp_path: Path, kind: str) -> None:
    records = Records("x", ["a", "b", "c"], ["a 1", "b 2", "c 3"], SEQUENCES, np.arange(1, 4), {"y": ["0", "1", "0"]})
    path = tmp_path / "out.csv"
    format_module(kind).write(path, records)
    again = read_records(path)
    assert again.kind == kind
    assert again.sequences == SEQUENCES
    if kind != "text":
        assert again.ids == records.ids
    if kind == "table":
        assert again.columns == records.columns


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_tables_keep_structure_and_odd_cells(tmp_path: Path, suffix: str) -> None:
    columns = {"note": ['a "quoted", one', "NA", "two\nlines"], "y": ["N", "NA", "1.50"]}
    records = Records(
        "x", ["a", "b", "c"], [""] * 3, SEQUENCES, np.arange(3), columns, ["(((....)))", "..........", "((......))"]
    )
    path = tmp_path / f"t{suffix}"
    format_module("table").write(path, records)
    again = read_records(path, options=CurateOptions(structure_column="structure"))
    assert again.columns == columns
    assert again.structure == records.structure


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (">a b c\nACGT\n", ["a"]),
        ("> chr1,+,5,9; class:0\nACGT\n", ["chr1,+,5,9; class:0"]),
        ("> 6400\nACGT\n", ["6400"]),
        (">\nACGT\n", ["line_1"]),
        ("\n\n>a\nAC\nGT\n\n>b\nGG TT\n", ["a", "b"]),
        (">a>b\nACGT\n", ["a>b"]),
    ],
)
def test_fasta_ids(tmp_path: Path, text: str, ids: list[str]) -> None:
    assert read_records(put(tmp_path, "x.fa", text)).ids == ids


def test_fasta_lines_are_those_of_the_headers(tmp_path: Path) -> None:
    records = read_records(put(tmp_path, "x.fa", "\n>a\nAC\nGT\n\n>b\nGG TT\n>c\nA\n"))
    assert records.lines.tolist() == [2, 6, 8]
    assert records.sequences == ["ACGT", "GGTT", "A"]


@pytest.mark.parametrize(
    ("name", "content", "line", "message"),
    [
        ("x.fa", ">a\nACGT\n>b\n>c\nACGT\n", 3, "no sequence follows"),
        ("x.fq", "@a\nACGT\n+\nIIII\n@b\nACGT\n+\nIII\n", 5, "4 letters and 3 qualities"),
        ("x.fq", "@a\nACGT\n+\nIIII\n@b\nACGT\n", 5, "2 of 4 lines"),
        ("x.fq", "@a\nACGT\n+\nIIII\nb\nACGT\n+\nIIII\n", 5, "begins with 'b'"),
        ("x.csv", "seq,y\nACGTAC,1\nACGTAA\nACGTAG,0\n", 3, "1 column instead of 2"),
        ("x.csv", "seq,y\nACGTAC,1\n\nACGTAA,1,2\nACGTAG,0\n", 4, "3 columns instead of 2"),
        ("x.csv", 'seq,z,y\nACGTAC,"a\nb",1\nACGTAA,1\nACGTAG,c,0\n', 4, "2 columns instead of 3"),
        ("x.csv", "## made by x\nseq,y\nACGTAC,1\nACGTAA\n", 4, "1 column instead of 2"),
        ("x.csv", "seq,y\nACGTAC,1\n,1\nACGTAG,0\n", 3, "the sequence is missing"),
        ("x.txt", "ACGTAC\n" * 20 + "ACGT ACGT\n" + "ACGTAC\n", 21, "more than one word"),
        ("x.csv", b"seq,y\nACGTAC,1\nACG\xffAA,0\n", 3, "0xff is not UTF-8"),
    ],
)
def test_faults_are_named_by_line(tmp_path: Path, name: str, content: str | bytes, line: int, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        read_records(put(tmp_path, name, content))
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("name", "content", "left", "dropped"),
    [
        ("x.fa", ">a\nACGT\n>b\n>c\nACGT\n", 2, "line 3"),
        ("x.fq", "@a\nACGT\n+\nIIII\n@b\nACGT\n+\nIII\n", 1, "line 5"),
        ("x.csv", "seq,y\nACGTAC,1\nACGTAA\nACGTAG,0\n", 2, "line 3"),
        ("x.csv", "seq,y\nACGTAC,1\n,0\nACGTAG,0\n", 2, "line 3"),
        ("x.txt", "ACGTAC\n" * 20 + "ACGT ACGT\n", 20, "line 21"),
    ],
)
def test_faults_are_left_out_and_listed_when_asked(
    tmp_path: Path, name: str, content: str, left: int, dropped: str
) -> None:
    records = read_records(put(tmp_path, name, content), options=CurateOptions(drop_invalid=True))
    assert len(records) == left
    assert len(records.dropped) == 1
    assert dropped in records.dropped[0]


@pytest.mark.parametrize(
    ("text", "columns", "ids"),
    [
        ("id,sequence,label\na,ACGTAC,1\nb,ACGTAA,0\nc,ACGTAG,0\n", ["label"], ["a", "b", "c"]),
        ("a,ACGTAC,1\nb,ACGTAA,0\nc,ACGTAG,0\n", ["column_3"], ["a", "b", "c"]),
        ("ACGTAC\t1.5\nACGTAA\t2.5\nACGTAG\t0.5\n", ["column_2"], ["x_1", "x_2", "x_3"]),
        ("Sequence #\tSequence\t C0\n1\tACGTAC\t 0.5\n2\tACGTAA\t -1\n3\tACGTAA\t 0\n", ["C0"], ["1", "2", "3"]),
        ("label sequence\nEI ACGTAC\nN ACGTAA\nN ACGTAG\n", ["label"], ["x_1", "x_2", "x_3"]),
        ('"","sequence","y"\n"1","ACGTAC","0"\n"2","ACGTAA","1"\n"3","ACGTAG","1"\n', ["y"], ["1", "2", "3"]),
        ("sequence\ty\nr1\tACGTAC\t0\nr2\tACGTAA\t1\nr3\tACGTAG\t1\n", ["y"], ["r1", "r2", "r3"]),
        ("#id;seq;y\na;ACGTAC;0\nb;ACGTAA;1\nb;ACGTAG;1\n", ["y"], ["a", "b", "b"]),
        ("peptide,y\nMKVLE,0\nMKWLE,1\nMKQLE,1\n", ["y"], ["x_1", "x_2", "x_3"]),
        ("MKVLE,0\nMKWLE,1\nMKQLE,1\n", ["column_2"], ["x_1", "x_2", "x_3"]),
        ("seq,y,y\nACGTAC,1,2\nACGTAA,1,2\nACGTAG,1,2\n", ["y", "y_2"], ["x_1", "x_2", "x_3"]),
    ],
)
def test_header_and_columns_are_found(tmp_path: Path, text: str, columns: list[str], ids: list[str]) -> None:
    records = read_records(put(tmp_path, "x.txt", text))
    assert list(records.columns) == columns
    assert records.ids == ids


def test_a_class_called_na_stays_a_class(tmp_path: Path) -> None:
    records = read_records(put(tmp_path, "x.csv", "sequence,y\nACGTAC,NA\nACGTAA,N\nACGTAG,null\nAGGTAG,\n"))
    assert records.columns["y"] == ["NA", "N", "null", ""]


def test_sequence_column_can_be_named(tmp_path: Path) -> None:
    path = put(tmp_path, "x.csv", "left,right,y\nACGTAC,GGGTTT,1\nACGTAA,CCCGGG,0\n")
    with pytest.raises(FormatError, match="2 columns could be the sequence: left, right"):
        read_records(path)
    assert read_records(path, options=CurateOptions(sequence_column="right")).sequences == ["GGGTTT", "CCCGGG"]
    with pytest.raises(FormatError, match="no column is called 'middle'"):
        read_records(path, options=CurateOptions(sequence_column="middle"))


@pytest.mark.parametrize(
    ("text", "separator"),
    [("a,b\n1,2\n", ","), ("a\tb, c\n1\t2\n", "\t"), ("one\ntwo\n", None), ("a;b,c\n1;2\n3;4\n", ";")],
)
def test_separator(text: str, separator: str | None) -> None:
    assert find_separator(text) == separator


def test_a_very_long_cell_is_read(tmp_path: Path) -> None:
    text = "sequence,y\n" + "ACGT" * 500_000 + ",1\n" + "GGCA" * 400_000 + ",0\n"
    records = read_records(put(tmp_path, "x.csv", text))
    assert [len(sequence) for sequence in records.sequences] == [2_000_000, 1_600_000]


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(UnknownName, match="no format is called 'fastaa'"):
        format_module("fastaa")


def test_a_comment_before_the_header_is_passed_over_and_a_header_is_not(tmp_path: Path) -> None:
    rows = "ACGTACGT,1\nACGTTTTT,0\n"
    for top in ("# made by us\n## on Monday, late, again\n", ""):
        path = tmp_path / "a.csv"
        path.write_text(f"{top}#seq,label\n{rows}")
        records = read_records(path)
        assert (records.sequences, records.columns) == (["ACGTACGT", "ACGTTTTT"], {"label": ["1", "0"]})
        assert records.lines.tolist() == [top.count("\n") + 2, top.count("\n") + 3]


def test_columns_that_are_not_used_are_named(tmp_path: Path) -> None:
    table = pa.table({"seq": SEQUENCES, "y": [[1, 2], [3], []], "fold": ["(((....)))", "..........", "((......))"]})
    pq.write_table(table, tmp_path / "a.parquet")
    notes = read_records(tmp_path / "a.parquet").notes
    assert any("not read" in note and "y (list" in note for note in notes)
    assert any("--structure-column 'fold'" in note for note in notes)


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        (b"##fileformat=VCFv4.2\n#CHROM\tPOS\n", "variants"),
        (b"@HD\tVN:1.6\n", "alignments"),
        (gzip.compress(b"BAM\1\0\0\0\0", mtime=0), "alignments"),
        (b"\x89HDF\r\n", "arrays"),
        (b'[{"seq": "ACGT"}]\n', "JSON"),
        (b"chr1\t1\t200\tp1\nchr1\t500\t700\tp2\n", "no column holds sequences"),
    ],
    ids=["vcf", "sam", "bam", "hdf5", "json", "bed"],
)
def test_files_that_hold_no_sequences_are_named(tmp_path: Path, begin: bytes, kind: str) -> None:
    (tmp_path / "a").write_bytes(begin)
    with pytest.raises(FormatError, match=kind) as found:
        read_records(tmp_path / "a")
    assert "sequence" in found.value.fix
