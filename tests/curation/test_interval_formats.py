"""BED, narrowPeak, broadPeak, tables of intervals, GFF3 and GTF: what the field's files really look like."""

import gzip
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from primase.core.errors import FormatError, PrimaseError
from primase.curation import rows as rows_module
from primase.curation.formats import bed, gff
from primase.curation.intervals import Intervals, centre_windows
from primase.curation.options import CurateOptions
from primase.curation.unpacking import read_head

DROP = CurateOptions(drop_invalid=True)
NARROW = "chr1\t100\t300\tp1\t870\t.\t9.5\t12.25\t-1\t50\nchr2\t5\t25\tp2\t0\t+\t1\t2\t3\t-1\n"
BROAD = "chr1\t100\t300\tp1\t870\t.\t9.5\t12.25\t-1\nchr2\t5\t25\tp2\t0\t-\t1e2\t2\t3\n"


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
    return path


def spelled(intervals: Intervals) -> list[str]:
    return [intervals.spell(row) + ".+-"[intervals.strands[row]] for row in range(len(intervals))]


PLAIN = "chr1\t10\t20\nchr2\t5\t9\nchr1\t12\t15\n"
SAME = ["chr1:10-20.", "chr2:5-9.", "chr1:12-15."]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (PLAIN, [1, 2, 3]),
        (PLAIN.replace("\n", "\r\n"), [1, 2, 3]),
        (PLAIN.replace("\n", "\r"), [1, 2, 3]),
        ("\ufeff" + PLAIN, [1, 2, 3]),
        (PLAIN.rstrip(), [1, 2, 3]),
        (PLAIN.replace("\t", " "), [1, 2, 3]),
        (PLAIN.replace("\t", "   ").replace("\nchr2", "  \n  chr2"), [1, 2, 3]),
        ("chr1 10\t20\nchr2 5\t9\nchr1 12\t15\n".replace("\t", " "), [1, 2, 3]),
        ("# a comment\n\n" + PLAIN + "\n\n", [3, 4, 5]),
        ('track name=x description="a b"\nbrowser position chr1:1-2\n' + PLAIN, [3, 4, 5]),
        ("chr1\t10\t20\n#chr9\t1\t2\nchr2\t5\t9\n   \n\t\ntrack name=y\nchr1\t12\t15\n", [1, 3, 7]),
        ("chrom\tstart\tend\n" + PLAIN, [2, 3, 4]),
        ("#chrom\tstart\tend\n" + PLAIN, [2, 3, 4]),
        ("# made by hand\n#chrom\tstart\tend\n" + PLAIN, [3, 4, 5]),
        ("Chr,Start,End\n" + PLAIN.replace("\t", ","), [2, 3, 4]),
        ('"seqnames"\t"start"\t"end"\n' + re.sub(r"(chr\d)", r'"\1"', PLAIN), [2, 3, 4]),
        ("chromosome;chromStart;chromEnd\n" + PLAIN.replace("\t", ";"), [2, 3, 4]),
        ("end\tchrom\tstart\n20\tchr1\t10\n9\tchr2\t5\n15\tchr1\t12\n", [2, 3, 4]),
        (PLAIN.replace("10", "010").replace("20", " 20 "), [1, 2, 3]),
        (PLAIN.replace("chr1", "chr1 "), [1, 2, 3]),
        (PLAIN.replace("\n", "\t.\t.\t.\n"), [1, 2, 3]),
    ],
)
@pytest.mark.parametrize("name", ["peaks.bed", "x.txt.gz", "odd.fa"])
def test_bed_dialects_are_read_alike(tmp_path, name, text, lines):
    path = put(tmp_path, name, text)
    intervals = bed.read(path)
    assert bed.sniff(
        read_head(path, sequences=False).removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    )
    assert spelled(intervals) == SAME
    assert intervals.contigs == ("chr1", "chr2")
    assert intervals.lines.tolist() == lines
    assert intervals.source == str(path)
    assert intervals.columns == {}


@pytest.mark.parametrize("block", [1, 7, 20, 64])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_across_blocks_are_whole(tmp_path, monkeypatch, block, end):
    """Blocks of a few bytes: a row, a comment and a line end of two letters are cut anywhere."""
    monkeypatch.setattr(rows_module, "BLOCK", block)
    text = end.join(["# note", "chr1\t10\t20\tfirst", "", "track x", "chr2\t5\t9\tb", "#", "chr1\t12\t15\tc"])
    for name in ("a.bed", "a.bed.gz"):
        intervals = bed.read(put(tmp_path, name, text))
        assert spelled(intervals) == SAME
        assert intervals.lines.tolist() == [2, 5, 7]
        assert intervals.columns["name"].tolist() == ["first", "b", "c"]


@pytest.mark.parametrize(
    ("text", "columns", "strands", "summits"),
    [
        ("c\t1\t9\n", {}, ".", None),
        ("c\t1\t9\tn\n", {"name": "n"}, ".", None),
        ("c\t1\t9\t17\n", {"name": "17"}, ".", None),  # of a bedGraph, or a name: the letters are kept
        ("c\t1\t9\t.\t5\n", {"score": 5.0}, ".", None),
        ("c\t1\t9\tn\t.\t-\n", {"name": "n"}, "-", None),
        ("c\t1\t9\tn\t0\t*\n", {"name": "n", "score": 0.0}, ".", None),
        ("c\t1\t9\tn\thigh\t+\n", {"name": "n", "score": "high"}, "+", None),
        ("c\t1\t9\t50.5\t3\t4\n", {"column_4": 50.5, "column_5": 3.0, "column_6": 4.0}, ".", None),  # BED3+3
        ("c\t1\t9\tn\t.\t+\tECK1__x\n", {"name": "n", "column_7": "ECK1__x"}, "+", None),  # BED6+1
        ("c\t1\t9\tn\t0\t+\t2\t8\n", {"name": "n", "score": 0.0, "thick_start": 2.0, "thick_end": 8.0}, "+", None),
        ("c\t1\t9\tn\t0\t+\t2\t8\t255,0,0\n",
         {"name": "n", "score": 0.0, "thick_start": 2.0, "thick_end": 8.0, "rgb": "255,0,0"}, "+", None),
        ("c\t100\t900\tn\t0\t+\t100\t900\t0\t2\t10,20,\t0,780,\n",
         {"name": "n", "score": 0.0, "thick_start": 100.0, "thick_end": 900.0, "rgb": "0", "block_count": 2.0,
          "block_sizes": "10,20,", "block_starts": "0,780,"}, "+", None),
        ("c\t100\t900\tn\t0\t+\t0\t0\t0\t2\t10,20,\t0,780,\n",
         {"name": "n", "score": 0.0, "thick_start": 0.0, "thick_end": 0.0, "rgb": "0", "block_count": 2.0,
          "block_sizes": "10,20,", "block_starts": "0,780,"}, "+", None),
        ("c\t100\t900\tn\t7\t.\t0\t0\t0\t-1\n",
         {"name": "n", "score": 7.0, "signal": 0.0, "p_value": 0.0, "q_value": 0.0}, ".", -1),
        ("c\t100\t900\tn\t7\t.\t0\t0\t0\n",
         {"name": "n", "score": 7.0, "signal": 0.0, "p_value": 0.0, "q_value": 0.0}, ".", None),
        ("c\t100\t900\tn\t7\t.\t3.5\t-1\t-1\t250\n",
         {"name": "n", "score": 7.0, "signal": 3.5, "p_value": -1.0, "q_value": -1.0}, ".", 350),
        ("c\t100\t900\tn\t7\t.\t200\t5\t2\t0\n",
         {"name": "n", "score": 7.0, "signal": 200.0, "p_value": 5.0, "q_value": 2.0}, ".", 100),
        ("c\t100\t900\tn\t7\t.\t3.5\t4e-2\tinf\t-1\n",
         {"name": "n", "score": 7.0, "signal": 3.5, "p_value": 0.04, "q_value": np.inf}, ".", -1),
        ("c\t100\t900\t.\t7\t.\t3.5\t+4\t5\n", {"score": 7.0, "signal": 3.5, "p_value": 4.0, "q_value": 5.0}, ".", None),
        ("#chrom\tstart\tend\tactivity\tbatch\nc\t1\t9\t-0.5\tb1\n", {"activity": -0.5, "batch": "b1"}, ".", None),
        ("chrom\tstart\tend\tstrand\ty\nc\t1\t9\t-1\tNA\nc\t1\t9\t-1\t3\n", {"y": np.nan}, "-", None),
        ("chrom\tstart\tend\tpeak\tname\nc\t10\t90\t30\tn\n", {"name": "n"}, ".", 40),
        ("chr\tstart\tend\tabs_summit\tpileup\nc\t10\t90\t30\t8.5\n", {"pileup": 8.5}, ".", 30),
        ("chr1\tstart\tend\nchr1\t1\t9\n", None, None, None),
    ],
)  # fmt: skip
def test_layouts_are_told_by_content(tmp_path, text, columns, strands, summits):
    path = put(tmp_path, "x.narrowPeak", text)
    if columns is None:
        with pytest.raises(FormatError, match="no columns name chromosome, start and end"):
            bed.read(path)
        return
    intervals = bed.read(path)
    assert list(intervals.columns) == list(columns)
    for name, value in columns.items():
        assert intervals.columns[name].dtype == (object if isinstance(value, str) else np.float64)
        assert intervals.columns[name][0] == value or value != value
    assert spelled(intervals)[0][-1] == strands
    assert (None if intervals.summits is None else intervals.summits[0]) == summits


def test_peaks_are_centred_on_their_summits(tmp_path):
    peaks = bed.read(put(tmp_path, "x.txt", NARROW))
    assert peaks.summits.tolist() == [150, -1]
    assert peaks.centres().tolist() == [150, 15]
    assert centre_windows(peaks, 10).starts.tolist() == [145, 10]
    broad = bed.read(put(tmp_path, "y.txt", BROAD))
    assert broad.summits is None
    assert broad.columns["signal"].tolist() == [9.5, 100.0]
    assert broad.strands.tolist() == [0, -1]


@pytest.mark.parametrize(
    ("row", "what", "fix"),
    [
        ("chr1\t1500\t1200", "end 1200 is not after start 1500", "swap the columns"),
        ("chr1\t7\t7", "end 7 is not after start 7", "swap the columns"),
        ("chr1\t-5\t7", "start -5 is below 0", "let the interval start"),
        ("chr1\t1e3\t1200", "start '1e3' is no whole number", "give letters"),
        ("chr1\t1,000\t1200", "start '1,000' is no whole number", "give letters"),
        ("chr1\t5\t7.0", "end '7.0' is no whole number", "give letters"),
        ("chr1\t5\t", "end '' is no whole number", "give letters"),
        ("chr1\t5\t99999999999999999999", "end '99999999999999999999' is no whole number", "give letters"),
        ("\t5\t9", "the chromosome is missing", "name it"),
        ("chr1 5 9", "1 column instead of 3", "separate the cells"),
        ("chr1\t5", "2 columns instead of 3", "separate the cells"),
        ("chr1\t5\t9\tx", "4 columns instead of 3", "separate the cells"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_bad_row_is_named_by_its_line(tmp_path, row, what, fix, end):
    good = ["chr1\t10\t20"] * 8
    text = end.join(["track x", "", *good, "# c", row, "chr1\t5\t6", row.replace("1", "1"), ""])
    path = put(tmp_path, "peaks.bed", text)
    with pytest.raises(FormatError) as caught:
        bed.read(path)
    assert caught.value.line == 12
    first, second = str(caught.value).split("\n")
    assert first == f"{path}, line 12: {what} (and 1 more such line)"
    assert second.startswith(f"  fix: {fix}")
    assert second.endswith("or leave such lines out with --drop-invalid")
    kept = bed.read(path, DROP)
    assert kept.lines.tolist() == [3, 4, 5, 6, 7, 8, 9, 10, 13]
    assert kept.dropped == (f"{path}, line 12: {what}", f"{path}, line 14: {what}")


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("chr1\t100\t300\tp\t0\tx\t1\t1\t1\t5", "strand 'x' is none"),
        ("chr1\t100\t300\tp\t0\t.\t1\t1\t1\t200", "summit '200' is not within 100-300"),
        ("chr1\t100\t300\tp\t0\t.\t1\t1\t1\t-2", "summit '-2' is not within 100-300"),
        ("chr1\t100\t300\tp\t0\t.\t1\t1\t1\tmid", "summit 'mid' is not within 100-300"),
        ("chr1\t100\t300\tp\t0\t.\t1\tlow\t1\t5", "p_value 'low' is no number"),
    ],
)
def test_bad_cells_of_peaks_are_named(tmp_path, row, what):
    path = put(tmp_path, "p.bed", NARROW * 10 + row + "\n")
    with pytest.raises(FormatError, match=re.escape(f"line 21: {what}")):
        bed.read(path)
    kept = bed.read(path, DROP)
    assert len(kept) == 20
    assert kept.columns["p_value"].tolist() == [12.25, 2.0] * 10
    assert kept.dropped == (f"{path}, line 21: {what}",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("# only\ntrack x\n", "holds no interval"),
        ("chrom\tstart\tend\n", "holds no interval"),
        ("ACGTACGT\nACGT\n", "first row is 'ACGTACGT', not chromosome, start and end"),
        ("chr1\t5\n", "not chromosome, start and end"),
        ("id\tseq\tlabel\na\tACGT\tx\n", r"no columns name .* \(columns: name, seq, label\)"),
        ("", "the file is empty"),
        (b"chr1\t5\t9\tna\xefve\nchr1\t5\t9\tx\n", "line 1: the byte 0xef is not UTF-8"),
        (b"BAM\1\0\0", "byte 4 is 0, so this is no text"),
        (b"PK\x03\x04", "a zip archive"),
        (gzip.compress(PLAIN.encode() * 1000, mtime=0)[:100], "cut short"),
        ("chr1\t9\t5\n", "end 5 is not after start 9"),
    ],
)
def test_what_is_no_bed_is_said(tmp_path, content, message):
    with pytest.raises(FormatError, match=message):
        bed.read(put(tmp_path, "x.bed", content))


def test_a_file_of_bad_rows_only_is_no_table(tmp_path):
    with pytest.raises(FormatError, match="holds no interval"):
        bed.read(put(tmp_path, "x.bed", "chr1\t9\t5\n"), DROP)
    with pytest.raises(FormatError, match="cannot be read"):
        bed.read(tmp_path / "absent.bed")


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (PLAIN, True),
        (NARROW, True),
        ("#only a comment\n", False),
        ("track type=bedGraph name=x\nchr1\t1\t5\t0.5\n", False),
        ('track type="wiggle_0"\nfixedStep chrom=chr1 start=1 step=1\n1\n2\n', False),
        ("track type=narrowPeak\n" + NARROW, True),
        ("seq1\t5\tACGT\n", False),
        ("5\t6\t7\n" * 3, True),
        ("chrom,start,end,y\n1,5,9,0.1\n", True),
        ("id,sequence,label\na,ACGT,1\n", False),
        ("chrom,start,end,sequence,y\n1,5,25,ACGTACGTACGTACGTACGT,1\n1,9,29,ACGTACGTACGTACGTACGA,1\n", False),
        ("chr1\t5\t25\tACGTACGTACGTACGTACGT\t1\n", False),
        (">a\nACGT\n", False),
        ("chr1\t5\t.\tA\tC\t50\t.\t.\n", False),  # VCF
        ('chr1\tx\texon\t5\t9\t.\t+\t.\tgene_id "g";\n', False),
        ("", False),
        ("\0\0", False),
        ("chr1\t5\t9\n" * 20 + "chr1\tx\t9\n", True),  # a stray line is named on reading
        ("chr1\t5\t9\nchr1\t5\t", True),  # the head of a file may be cut
    ],
)
def test_sniffing_bed(head, answer):
    assert bed.sniff(head.encode()) is answer


def test_tables_keep_every_column(tmp_path):
    path = put(
        tmp_path, "y.csv", 'id,chrom,start,end,note,mean,group\n"a,1",chr1,5,9,"x ""y""",0.5,\nb,chr2,6,8,z,1e-3,g\n'
    )
    table = bed.read(path)
    assert spelled(table) == ["chr1:5-9.", "chr2:6-8."]
    assert table.columns["name"].tolist() == ["a,1", "b"]
    assert table.columns["note"].tolist() == ['x "y"', "z"]
    assert table.columns["mean"].tolist() == [0.5, 0.001]
    assert table.columns["group"].tolist() == ["", "g"]
    assert table.notes == (f"{path}: starts are counted from 0 and ends are not included, as in BED",)


def test_parquet_tables_are_read(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"chromosome": ["chr1", "2"], "start": [5, 6], "stop": [9, 8], "y": [0.25, None]}), path)
    table = bed.read(path)
    assert spelled(table) == ["chr1:5-9.", "2:6-8."]
    assert table.columns["y"][0] == 0.25
    assert np.isnan(table.columns["y"][1])


def test_a_table_that_seems_to_count_from_one_is_said(tmp_path):
    table = bed.read(put(tmp_path, "t.tsv", "chromosome\tstart\tend\nI\t201\t400\nI\t1\t200\n"))
    assert "may count from 1" in table.notes[0]


def test_bad_rows_of_tables_are_dropped_and_listed(tmp_path):
    path = put(tmp_path, "t.csv", "chrom,start,end,y\nchr1,5,9,1\nchr1,9,5,2\nchr1,5\nchr1,6,9,3\n")
    kept = bed.read(path, DROP)
    assert kept.columns["y"].tolist() == [1.0, 3.0]
    assert kept.dropped == (
        f"{path}, line 4: 2 columns instead of 4", f"{path}, line 3: end 5 is not after start 9"
    )  # fmt: skip


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=6)
NAMES = WORDS.map(lambda word: f"n{word}")
NUMBERS = st.floats(allow_nan=False, width=64).map(lambda value: value + 0.0)


@st.composite
def tables(draw):
    count = draw(st.integers(1, 6))
    contigs = draw(st.lists(st.sampled_from(["chr1", "chrX", "2", "GL1.1"]), min_size=count, max_size=count))
    starts = np.array(draw(st.lists(st.integers(0, 10**9), min_size=count, max_size=count)))
    ends = starts + np.array(draw(st.lists(st.integers(1, 10**6), min_size=count, max_size=count)))
    index = {name: number for number, name in enumerate(dict.fromkeys(contigs))}
    strands = draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=count, max_size=count))
    columns = {}
    for name in draw(st.sets(st.sampled_from(["name", "score", "extra", "words", "signal"]))):
        values = st.lists(NAMES if name in ("name", "words") else NUMBERS, min_size=count, max_size=count)
        columns[name] = np.array(draw(values), object if name in ("name", "words") else float)
    summits = None
    kind = draw(st.sampled_from(["bed", "narrowPeak", "broadPeak"]))
    if kind == "narrowPeak":
        summits = np.where(draw(st.lists(st.booleans(), min_size=count, max_size=count)), ends - 1, -1)
    if kind != "bed":
        columns |= {name: np.array(draw(st.lists(NUMBERS, min_size=count, max_size=count))) for name in bed.PEAK[6:9]}
    return Intervals("x", tuple(index), [index[name] for name in contigs], starts, ends, strands,
                     np.arange(count), summits, columns), kind  # fmt: skip


@settings(deadline=None, max_examples=120)
@given(tables())
def test_what_is_written_is_read_back(tmp_path_factory, made):
    table, kind = made
    path = tmp_path_factory.mktemp("bed") / f"out.{kind}"
    bed.write(path, table)
    again = bed.read(path)
    assert spelled(again) == spelled(table)
    assert again.contigs == table.contigs
    assert (again.summits is None) == (table.summits is None)
    assert again.centres().tolist() == table.centres().tolist()
    assert {name: values.tolist() for name, values in again.columns.items()} == {
        name: values.tolist() for name, values in table.columns.items()
    }


def test_written_peaks_are_the_fields_own(tmp_path):
    for name, text in (("a", NARROW), ("b", BROAD.replace("1e2", "100")), ("c", PLAIN)):
        bed.write(tmp_path / "out", bed.read(put(tmp_path, name, text)))
        assert (tmp_path / "out").read_text() == text
    summits = Intervals("x", ("c",), [0], [5], [9], [0], [1], [7])
    bed.write(tmp_path / "out", summits)
    assert (tmp_path / "out").read_text() == "c\t5\t9\t.\t.\t.\t-1\t-1\t-1\t2\n"
    assert bed.read(tmp_path / "out").summits.tolist() == [7]
    with pytest.raises(PrimaseError, match="c:-1-9 starts below 0"):
        bed.write(tmp_path / "out", Intervals("x", ("c",), [0], [-1], [9], [0], [1]))


# --- GFF3 and GTF

GTF = """\
#!genome-build GRCh38.p14
1\thavana\tgene\t11869\t14409\t.\t+\t.\tgene_id "ENSG1"; gene_version "5"; gene_name "DDX11L2"; gene_biotype "lncRNA";
1\thavana\ttranscript\t11869\t14409\t.\t+\t.\tgene_id "ENSG1"; transcript_id "ENST1"; gene_name "DDX11L2"; level 2; tag "basic"; tag "c; gene_id x";
1\thavana\texon\t11869\t12227\t.\t+\t.\tgene_id "ENSG1"; transcript_id "ENST1"; exon_number "1";
1\thavana\ttranscript\t12010\t13670\t.\t+\t.\tgene_id "ENSG1"; transcript_id "ENST2"; gene_name "DDX11L2";
1\thavana\ttranscript\t11869\t13670\t.\t+\t.\tgene_id "ENSG1"; transcript_id "ENST3"; gene_name "DDX11L2";
X\tensembl\tgene\t100\t200\t.\t-\t.\tgene_id "ENSG2"; gene_biotype "protein_coding";
X\tensembl\ttranscript\t100\t200\t.\t-\t.\tgene_id "ENSG2"; transcript_id "ENST4";
MT\tinsdc\tgene\t7\t7\t.\t+\t.\tgene_id "ENSG3"; gene_name "MT-TF";
"""

GFF3 = """\
##gff-version 3
#!gff-spec-version 1.21
##sequence-region NC_1 1 5000
NC_1\tRefSeq\tregion\t1\t5000\t.\t+\t.\tID=NC_1:1..5000;Dbxref=taxon:511145;Is_circular=true
NC_1\tRefSeq\tgene\t190\t255\t.\t+\t.\tID=gene-b1;Name=thrL;gbkey=Gene;gene_biotype=protein_coding;locus_tag=b1
NC_1\tRefSeq\tCDS\t190\t255\t.\t+\t0\tID=cds-1;Parent=gene-b1;Note=5"%2C 3%3B end;product=thr operon
###
NC_1\tRefSeq\tgene\t400\t475\t.\t-\t.\tID=gene-b2;Name=alaV;gene_biotype=tRNA
NC_1\tRefSeq\ttRNA\t400\t475\t.\t-\t.\tID=rna-b2;Parent=gene-b2
NC_1\tRefSeq\texon\t400\t475\t.\t-\t.\tID=exon-b2;Parent=rna-b2
NC_1\tRefSeq\tgene\t600\t900\t.\t+\t.\tID=gene-m;Name=MIR1
NC_1\tRefSeq\tprimary_transcript\t600\t900\t.\t+\t.\tID=rna-m;Parent=gene-m
NC_1\tRefSeq\tmiRNA\t650\t671\t.\t+\t.\tID=rna-mm;Parent=rna-m
NC_1\tRefSeq\tpseudogene\t1000\t1100\t1e-5\t?\t.\tID=gene-p
##FASTA
>NC_1
ACGTACGT
"""


def test_gtf_becomes_half_open(tmp_path):
    features = gff.read(put(tmp_path, "a.gtf.gz", GTF))
    assert features.contigs == ("1", "X", "MT")
    assert spelled(features)[0] == "1:11868-14409+"
    assert spelled(features)[-1] == "MT:6-7+"
    assert features.lines.tolist() == list(range(2, 10))
    assert features.columns["type"].tolist()[:3] == ["gene", "transcript", "exon"]
    assert features.columns["source"][0] == "havana"
    assert np.isnan(features.columns["score"]).all()


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (["gene_id"], ["ENSG1"] * 5 + ["ENSG2"] * 2 + ["ENSG3"]),
        (["gene_name"], ["DDX11L2", "DDX11L2", "", "DDX11L2", "DDX11L2", "", "", "MT-TF"]),
        (["gene_name", "gene_id"], ["DDX11L2", "DDX11L2", "ENSG1", "DDX11L2", "DDX11L2", "ENSG2", "ENSG2", "MT-TF"]),
        (["level"], ["", "2", "", "", "", "", "", ""]),
        (["tag"], ["", "basic", "", "", "", "", "", ""]),
        (["gene_type", "gene_biotype"], ["lncRNA", "", "", "", "", "protein_coding", "", ""]),
        (["id"], [""] * 8),
        (["gene"], [""] * 8),
    ],
)
def test_gtf_attributes(tmp_path, names, values):
    assert gff.feature_attribute(gff.read(put(tmp_path, "a.gtf", GTF)), *names).tolist() == values


def test_gff3_attributes_are_decoded(tmp_path):
    features = gff.read(put(tmp_path, "a.gff3", GFF3))
    assert len(features) == 10
    assert features.lines.tolist() == [4, 5, 6, 8, 9, 10, 11, 12, 13, 14]
    assert gff.feature_attribute(features, "Note")[2] == '5", 3; end'
    assert gff.feature_attribute(features, "product")[2] == "thr operon"
    assert gff.feature_attribute(features, "Name").tolist() == ["", "thrL", "", "alaV", "", "", "MIR1", "", "", ""]
    assert features.columns["score"][-1] == 1e-5
    assert features.columns["phase"][2] == "0"
    assert features.strands[-1] == 0


def test_start_sites_of_gtf(tmp_path):
    path = put(tmp_path, "a.gtf", GTF)
    features = gff.read(path)
    sites = gff.select_features(features, "TSS")
    assert spelled(sites) == ["1:11868-11869+", "1:12009-12010+", "X:199-200-", "MT:6-7+"]
    assert sites.columns["name"].tolist() == ["DDX11L2", "DDX11L2", "ENSG2", "MT-TF"]
    assert sites.lines.tolist() == [3, 5, 8, 9]
    assert sites.notes == (f"{path}: 4 start sites of 5 transcripts or genes",)
    assert spelled(gff.read_features(path, "tss")) == spelled(sites)


def test_start_sites_of_gff3(tmp_path):
    """Bacterial genes have no transcript but for RNA; a mature miRNA starts nothing; no strand, no start."""
    path = put(tmp_path, "a.gff3", GFF3)
    sites = gff.select_features(gff.read(path), "tss")
    assert spelled(sites) == ["NC_1:189-190+", "NC_1:474-475-", "NC_1:599-600+"]
    assert sites.columns["name"].tolist() == ["thrL", "rna-b2", "rna-m"]
    assert sites.notes[0].endswith("3 start sites of 4 transcripts or genes; 1 have no strand and are left out")
    assert spelled(gff.read_features(path, "tss")) == spelled(sites)


def test_start_sites_of_exons_alone(tmp_path):
    """UCSC's and old Ensembl's GTF have neither genes nor transcripts."""
    row = 'chr1\tucsc\t{}\t{}\t{}\t.\t{}\t.\tgene_id "{}"; transcript_id "{}";\n'
    text = "".join(
        row.format(*cells)
        for cells in [
            ("exon", 500, 600, "-", "b", "b.1"), ("exon", 700, 900, "-", "b", "b.1"), ("CDS", 500, 950, "-", "b", "b.1"),
            ("exon", 100, 120, "+", "a", "a.1"), ("exon", 10, 20, "+", "a", "a.1"), ("exon", 50, 60, "+", "a", "a.2"),
        ]
    )  # fmt: skip
    path = put(tmp_path, "a.gtf", text)
    for sites in (gff.select_features(gff.read(path), "tss"), gff.read_features(path, "tss")):
        assert sorted(spelled(sites)) == ["chr1:49-50+", "chr1:899-900-", "chr1:9-10+"]
        assert len(sites.notes) == 1


@pytest.mark.parametrize(("kind", "count"), [("gene", 3), ("exon", 1), ("CDS", 1), ("pseudogene", 1), ("region", 1)])
def test_features_of_one_type(tmp_path, kind, count):
    path = put(tmp_path, "a", GFF3)
    chosen = gff.select_features(gff.read(path), kind)
    assert len(chosen) == count
    assert set(chosen.columns["type"]) == {kind}
    assert spelled(gff.read_features(path, kind)) == spelled(chosen)


def test_an_unknown_type_is_compared(tmp_path):
    path = put(tmp_path, "a.gff", GFF3)
    for ask in (lambda: gff.select_features(gff.read(path), "exons"), lambda: gff.read_features(path, "exons")):
        with pytest.raises(FormatError, match=r"holds no feature of type 'exons'\n  fix: use exon, or one of: CDS, "):
            ask()
    other = put(tmp_path, "b.gff", "c\ts\trepeat\t5\t9\t.\t+\t.\tID=r\n")
    for ask in (lambda: gff.select_features(gff.read(other), "tss"), lambda: gff.read_features(other, "tss")):
        with pytest.raises(FormatError, match="no transcript, gene or exon with a strand"):
            ask()


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("c\ts\tgene\t0\t9\t.\t+\t.\tID=a", "start 0 is below 1, the first letter in GFF"),
        ("c\ts\tgene\t9\t8\t.\t+\t.\tID=a", "end 8 is before start 9"),
        ("c\ts\tgene\tx\t8\t.\t+\t.\tID=a", "start 'x' is no whole number"),
        ("c\ts\tgene\t1\t\t.\t+\t.\tID=a", "end '' is no whole number"),
        ("c\ts\tgene\t1\t8\t.\tplus\t.\tID=a", "strand 'plus' is none"),
        ("c\ts\tgene\t1\t8\t.\t+\t.", "8 columns instead of 9"),
        ("c s gene 1 8 . + . ID=a", "1 column instead of 9"),
    ],
)
def test_a_bad_feature_is_named_by_its_line(tmp_path, row, what):
    path = put(tmp_path, "a.gff3", GFF3.replace("###\n", f"{row}\n"))
    with pytest.raises(FormatError, match=re.escape(f"{path}, line 7: {what}")):
        gff.read(path)
    kept = gff.read(path, DROP)
    assert len(kept) == 10
    assert kept.dropped == (f"{path}, line 7: {what}",)


def test_gff_without_features(tmp_path):
    with pytest.raises(FormatError, match="holds no feature"):
        gff.read(put(tmp_path, "a.gff", "##gff-version 3\n##FASTA\n>a\nACGT\n"))


@pytest.mark.parametrize("block", [16, 100])
def test_gff_across_blocks(tmp_path, monkeypatch, block):
    path = put(tmp_path, "a.gff.gz", GFF3.replace("\n", "\r\n"))
    whole = gff.read(path)
    monkeypatch.setattr(rows_module, "BLOCK", block)
    cut = gff.read(path)
    assert spelled(cut) == spelled(whole)
    assert cut.lines.tolist() == whole.lines.tolist()
    assert cut.columns["attributes"].tolist() == whole.columns["attributes"].tolist()


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (GTF, True),
        (GFF3, True),
        ("##gff-version 3\n##sequence-region a 1 5\n", True),
        (GTF.split("\n", 1)[1], True),
        (PLAIN, False),
        (NARROW, False),
        ("", False),
        ("\0", False),
    ],
)
def test_sniffing_gff(head, answer):
    assert gff.sniff(head.encode()) is answer
    assert not (answer and bed.sniff(head.encode()))


@pytest.mark.parametrize("text", [GTF, GFF3])
def test_features_are_written_as_they_were(tmp_path, text):
    features = gff.read(put(tmp_path, "a", text))
    gff.write(tmp_path / "out", features)
    rows = [line for line in text.split("##FASTA")[0].split("\n") if line and not line.startswith("#")]
    assert [line for line in (tmp_path / "out").read_text().split("\n") if line and not line.startswith("#")] == [
        row.replace("\t?\t", "\t.\t").replace("1e-5", "1e-05") for row in rows
    ]
    assert spelled(gff.read(tmp_path / "out")) == spelled(features)
    gff.write(tmp_path / "peaks", bed.read(put(tmp_path, "p", NARROW)))
    assert (tmp_path / "peaks").read_text().split("\n")[1] == "chr1\t.\tregion\t101\t300\t870.0\t.\t.\tName=p1"
    with pytest.raises(PrimaseError, match="starts below 0"):
        gff.write(tmp_path / "out", Intervals("x", ("c",), [0], [-1], [9], [0], [1]))


def test_both_formats_have_the_names_of_the_registry():
    for module in (bed, gff):
        assert all(suffix.startswith(".") for suffix in module.SUFFIXES)
        assert all(callable(getattr(module, name)) for name in ("sniff", "read", "write"))


def test_real_files(real_data):
    yeast = real_data / "regulatory" / "yeast_genome_tracks"
    calls = bed.read(yeast / "nucleosome_GSM1891203_danpos.bed.gz")
    assert len(calls) == 54_793
    assert set((calls.ends - calls.starts).tolist()) == {141}
    assert sum(1 for name in calls.contigs if name == "chrM") == 1
    boundaries = bed.read(yeast / "microC_boundaries_res200.tsv.gz")
    assert len(boundaries) == 1_510
    assert "may count from 1" in boundaries.notes[0]
    promoters = bed.read(real_data / "regulatory" / "ecoli_genome_promoters" / "sigma70_promoters.bed")
    assert [int((promoters.strands == strand).sum()) for strand in (1, -1)] == [406, 433]
    assert set((promoters.ends - promoters.starts).tolist()) == {81}
    assert "column_7" in promoters.columns
    assert "score" not in promoters.columns
    confident = bed.read(
        real_data / "variant_calling" / "deepvariant_testdata" / "test_giab.b37_chr20_100kbp_at_10mb.bed"
    )
    assert (len(confident), int((confident.ends - confident.starts).sum())) == (11, 8_999)
    with pytest.raises(FormatError, match="end 3963596 is not after start 3963596"):  # counted from 1, of width 0
        bed.read(real_data / "methylation" / "single_cell_cpg" / "cell_01.cov.gz")
