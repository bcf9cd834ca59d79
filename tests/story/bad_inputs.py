"""Bad inputs, as a table: files, what is asked of them, and the words that the error must hold.

`CASES` is used twice: against `curate_sequences` and, by `arguments`, against the command line.
"""

import gzip
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from primase.curation.options import CurateOptions

RNG = np.random.default_rng(5)
SEQUENCES = ["".join("ACGT"[i] for i in row) for row in RNG.integers(0, 4, (40, 30))]
PROTEINS = ["".join("ACDEFGHIKLMNPQRSTVWY"[i] for i in row) for row in RNG.integers(0, 20, (40, 30))]
YES_NO = [i % 2 for i in range(40)]
NUMBERS = [round(i * 0.37 - 3, 3) for i in range(40)]


@dataclass(frozen=True)
class Case:
    """One bad input.

    Attributes
    ----------
    name : str
        Of the test.
    files : dict
        Content of each file, written into an empty folder; None makes a folder of that name.
    message : str
        Regular expression that the first sentence of the error must match.
    inputs : tuple of str
        The inputs, among `files` or not.
    options : dict
        Fields of `CurateOptions`; values that name a file of `files` become its path.
    """

    name: str
    files: dict[str, str | bytes | None]
    message: str
    inputs: tuple[str, ...] = ("a.csv",)
    options: dict[str, Any] = field(default_factory=dict)

    def place(self, folder: Path) -> tuple[list[str], dict[str, Any]]:
        """Write the files; return the inputs and the options with their paths."""
        for name, content in self.files.items():
            if content is None:
                (folder / name).mkdir()
            else:
                (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        path_fields = {"labels", "groups", "test", "valid"}

        def full(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(full(one) for one in value)
            return value if "://" in str(value) else str(folder / value)

        options = {name: full(value) if name in path_fields else value for name, value in self.options.items()}
        return [full(name) for name in self.inputs], options


def arguments(inputs: list[str], options: dict[str, Any]) -> list[str]:
    """Return inputs and options as the words of a command line.

    >>> arguments(["a.csv"], {"label_column": ("a", "b"), "drop_invalid": True})
    ['a.csv', '--label-column', 'a,b', '--drop-invalid']
    """
    known = {one.name for one in fields(CurateOptions)}
    words = list(inputs)
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if name not in known:
            raise KeyError(name)
        if value is True:
            words.append(flag)
        elif name in ("test", "valid"):
            for one in value:
                words += [flag, one]
        else:
            words += [flag, ",".join(map(str, value)) if isinstance(value, tuple) else str(value)]
    return words


def table(*columns: str, sequences: list[str] = SEQUENCES, separator: str = ",", **cells: list) -> str:
    """Return a table of `sequences` and further columns."""
    rows = zip(sequences, *cells.values(), strict=True)
    lines = [["sequence", *cells], *([str(cell) for cell in row] for row in rows)]
    return "".join(separator.join(line) + "\n" for line in lines)


def fasta(headers: list[str], sequences: list[str] = SEQUENCES) -> str:
    return "".join(f">{header}\n{sequence}\n" for header, sequence in zip(headers, sequences, strict=False))


def changed(values: list, row: int, value: object) -> list:
    """Return `values` with one of them replaced."""
    return [value if i == row else one for i, one in enumerate(values)]


NAMES = [f"s{i}" for i in range(40)]
GOOD = table(y=YES_NO)
GOOD_FASTA = fasta([f"{name} class:{y}" for name, y in zip(NAMES, YES_NO, strict=True)])
FASTQ = "".join(f"@{n}\n{s}\n+\n{'I' * 30}\n" for n, s in zip(NAMES, SEQUENCES, strict=True))
PLAIN = "\n".join(SEQUENCES) + "\n"
BY_ID = "".join(f"{name},{y}\n" for name, y in zip(NAMES, YES_NO, strict=True))

FILES = [
    Case("missing file", {}, r"none\.fa: the file cannot be read \(No such file", ("none.fa",)),
    Case("folder", {"d": None}, r"d: the file cannot be read \(Is a directory", ("d",)),
    Case("empty", {"a.csv": ""}, r"a\.csv: the file is empty"),
    Case("blank", {"a.csv": " \n\n \n"}, "the file is empty"),
    Case("empty gzip", {"a.csv": gzip.compress(b"", mtime=0)}, "the file is empty"),
    Case(
        "truncated gzip",
        {"a.fa.gz": gzip.compress(GOOD_FASTA.encode(), mtime=0)[:-40]},
        "the gzip file is cut short",
        ("a.fa.gz",),
    ),
    Case(
        "damaged gzip",
        {"a.csv": gzip.compress(GOOD.encode(), mtime=0)[:60] + b"junk" * 9},
        "gzip file is (damaged|cut short)",
    ),
    Case(
        "gzip with trailing junk",
        {"a.csv": gzip.compress(GOOD.encode(), mtime=0) + b"junk" * 9},
        "gzip file is damaged",
    ),
    Case(
        "binary junk", {"a.csv": bytes(RNG.integers(0, 256, 5000, np.uint8))}, "not recognised|is 0, so this is no text"
    ),
    Case("zip archive", {"a.csv": b"PK\x03\x04" + b"x" * 99}, "a zip archive"),
    Case("bzip2", {"a.csv": b"BZh91AY&SY"}, "bzip2"),
    Case("UTF-16", {"a.csv": GOOD.encode("utf-16")}, "UTF-16"),
    Case("Latin-1", {"a.csv": table(y=["no", "s\xed"] * 20).encode("latin-1")}, "line 3: the byte 0xed is not UTF-8"),
    Case("NUL byte", {"a.fa": GOOD_FASTA.replace("s7 ", "s\0 ")}, "is 0, so this is no text", ("a.fa",)),
    Case("damaged Parquet", {"a.parquet": b"PAR1" + b"x" * 99}, "the Parquet file is damaged", ("a.parquet",)),
    Case("other format", {"a.arff": "%title\n@relation\n@data\n"}, "the format is not recognised", ("a.arff",)),
    Case(
        "prose", {"a.txt": "Dear all, please find\nthe sequences, attached\n"}, "no column holds sequences", ("a.txt",)
    ),
    Case("input given twice", {"a.csv": GOOD}, "is given 2 times", ("a.csv", "a.csv")),
    Case("input is the test file", {"a.csv": GOOD}, "is given 2 times", options={"test": ("a.csv",)}),
    Case("unknown kind of address", {}, "this kind of address is not read", ("ftp://example.org/a.fa",)),
    Case("server not there", {}, "the server cannot be reached", ("http://127.0.0.1:9/a.fa",)),
]

RECORDS = [
    Case("header without sequence", {"a.fa": GOOD_FASTA + ">last class:1\n"}, "line 81: no sequence follows", ("a.fa",)),
    Case("FASTQ cut off", {"a.fq": FASTQ[:-40]}, "line 157: (the last read has|a read has)", ("a.fq",)),
    Case("FASTQ with too few qualities", {"a.fq": FASTQ.replace("I\n@s3", "\n@s3")}, "line 9: a read has 30 letters and 29", ("a.fq",)),
    Case("two words in a line", {"a.txt": PLAIN + "ACGT ACGT\n"}, "line 41: 'ACGT ACGT' is more than one word", ("a.txt",)),
    Case("ragged CSV, too few", {"a.csv": GOOD.replace(f"{SEQUENCES[4]},0", SEQUENCES[4])}, "line 6: 1 column instead of 2"),
    Case("ragged CSV, too many", {"a.csv": GOOD.replace(f"{SEQUENCES[4]},0", f"{SEQUENCES[4]},0,9")}, "line 6: 3 columns instead of 2"),
    Case("header only", {"a.csv": "sequence,y\n"}, "a header but no rows|no column holds sequences|has no labels"),
    Case("missing sequence", {"a.csv": GOOD.replace(SEQUENCES[8], "")}, "line 10: the sequence is missing"),
    Case("no sequence column", {"a.csv": "x,y\n" + "".join(f"{i},{i % 2}\n" for i in range(40))}, "no column holds sequences"),
    Case("two sequence columns", {"a.csv": table(other=SEQUENCES[::-1], y=YES_NO)}, "2 columns could be the sequence: sequence, other"),
    Case("unknown sequence column", {"a.csv": GOOD}, "no column is called 'dna'", options={"sequence_column": "dna"}),
    Case("unknown structure column", {"a.csv": GOOD}, "no column is called 's'", options={"structure_column": "s"}),
    Case("structure of a FASTA file", {"a.fa": GOOD_FASTA}, "needs tables", ("a.fa",), {"structure_column": "s"}),
    Case("structure of another length", {"a.csv": table(y=YES_NO, s=["(.)"] * 40)}, "line 2: the structure has 3 letters, the sequence 30", options={"structure_column": "s"}),
    Case("illegal letter", {"a.csv": GOOD.replace(SEQUENCES[8], SEQUENCES[8][:9] + "!" + SEQUENCES[8][10:])}, "line 10: the letter '!' at position 10 is no DNA letter"),
    Case("wrong alphabet", {"a.fa": fasta(NAMES, ["ÄÖÜ" * 9] * 40)}, "line 1: the letter 'Ä'", ("a.fa",), {"negatives": "shuffle"}),
    Case("protein among DNA", {"a.csv": table(sequences=changed(SEQUENCES, 20, PROTEINS[0]), y=YES_NO)}, "line 22: the sequence .* reads as protein"),
    Case("DNA among proteins", {"a.csv": table(sequences=changed(PROTEINS, 20, SEQUENCES[0]), y=YES_NO)}, "line 22: the sequence reads as DNA"),
    Case("RNA among DNA", {"a.csv": table(sequences=changed(SEQUENCES, 20, "ACGU" * 8), y=YES_NO)}, "line 22: .*DNA and RNA are mixed"),
    Case("one file DNA, one protein", {"a.fa": fasta(NAMES), "b.fa": fasta(NAMES[:30], PROTEINS)}, r"b\.fa, line 1: .*reads as protein", ("a.fa", "b.fa")),
    Case("nothing left", {"a.csv": "sequence,y\n" + "ACGTTGCA!,1\nACGTTGCA?,0\n" * 9}, "no row can be read", options={"drop_invalid": True, "sequence_column": "sequence"}),
]  # fmt: skip

LABELS = [
    Case("no labels", {"a.fa": fasta(NAMES)}, r"a\.fa has no labels", ("a.fa",)),
    Case("no labels in a table", {"a.csv": table(x=["k"] * 40)}, "has no labels: no column of it holds classes"),
    Case("text without labels", {"a.txt": PLAIN}, "has no labels", ("a.txt",)),
    Case("more labels than sequences", {"a.txt": PLAIN, "y": "0\n1\n" * 21}, "42 labels for 40 sequences: 2 more", ("a.txt",), {"labels": "y"}),
    Case("fewer labels than sequences", {"a.txt": PLAIN, "y": "0\n1\n" * 19}, "38 labels for 40 sequences: 2 fewer", ("a.txt",), {"labels": "y"}),
    Case("label of an unknown sequence", {"a.fa": fasta(NAMES), "y": BY_ID + "s99,1\n"}, "1 labels more than there are sequences, such as that of 's99'", ("a.fa",), {"labels": "y"}),
    Case("sequence without a label", {"a.fa": fasta(NAMES), "y": BY_ID.replace("s9,1\n", "")}, "line 19: 1 of 40 sequences have no label", ("a.fa",), {"labels": "y"}),
    Case("labels of other sequences", {"a.fa": fasta(NAMES), "y": BY_ID.replace("s", "t")}, "40 of 40 sequences have no label", ("a.fa",), {"labels": "y"}),
    Case("repeated id, joined", {"a.fa": fasta([*NAMES[:39], "s0"]), "y": BY_ID}, "line 79: the id 's0' is repeated", ("a.fa",), {"labels": "y"}),
    Case("repeated label", {"a.fa": fasta(NAMES), "y": BY_ID + "s3,1\n"}, "line 41: the id 's3' is repeated", ("a.fa",), {"labels": "y"}),
    Case("empty labels", {"a.txt": PLAIN, "y": ""}, "y: the file is empty", ("a.txt",), {"labels": "y"}),
    Case("labels that are not there", {"a.txt": PLAIN}, "y: the file cannot be read", ("a.txt",), {"labels": "y"}),
    Case("blank label", {"a.csv": table(y=changed(YES_NO, 11, ""))}, "line 13: the label is missing"),
    Case("label nan", {"a.csv": table(y=changed(YES_NO, 11, "nan"))}, "line 13: the label is missing"),
    Case("header without label", {"a.fa": GOOD_FASTA.replace("s5 class:1", "s5")}, "line 11: the label is missing", ("a.fa",)),
    Case("pattern not found", {"a.fa": GOOD_FASTA}, "line 1: --label-pattern 'organ=.*' is not found", ("a.fa",), {"label_pattern": r"organ=(\w+)"}),
    Case("one class only", {"a.csv": table(y=[1] * 40)}, "all 40 examples have the class '1'", options={"label_column": ("y",)}),
    Case("one example of a class", {"a.csv": table(y=changed(YES_NO, 11, 2))}, "line 13: the class '2' has one example"),
    Case("ambiguous label column", {"a.csv": table(y=YES_NO, z=NUMBERS)}, r"2 columns of .* could be the label: 'y' \(classes\), 'z' \(numbers\)"),
    Case("label column that is an id", {"a.csv": table(y=YES_NO, gene=NAMES)}, "it names the rows and is no label", options={"label_column": ("gene",)}),
    Case("label column that counts the rows", {"a.csv": table(y=YES_NO, n=list(range(40)))}, "it names the rows and is no label", options={"label_column": ("n",)}),
    Case("unknown label column", {"a.csv": GOOD}, "no column is called 'label'", options={"label_column": ("label",)}),
    Case("NaN target", {"a.csv": table(y=changed(NUMBERS, 11, "nan"))}, "line 13: the target 'y' is 'nan'"),
    Case("infinite target", {"a.csv": table(y=changed(NUMBERS, 11, "-inf"))}, "line 13: the target 'y' is '-inf'"),
    Case("target beyond float32", {"a.csv": table(y=changed(NUMBERS, 11, "1e99"))}, "line 13: the target 'y' is '1e99'"),
    Case("word among numbers", {"a.csv": table(y=changed(NUMBERS, 11, "high"))}, "line 13: the target 'y' is 'high'"),
    Case("constant target", {"a.csv": table(y=[0.5] * 40)}, "same value in every row", options={"label_column": ("y",), "task": "regression"}),
    Case("words as several targets", {"a.csv": table(y=YES_NO, z=["a", "b"] * 20)}, "the target 'z' is 'a', not a finite number .*40 rows", options={"label_column": ("y", "z")}),
    Case("two classes asked, three there", {"a.csv": table(y=[i % 3 for i in range(40)])}, "--task binary takes two classes, but there are 3", options={"task": "binary"}),
    Case("classes asked of several columns", {"a.csv": table(y=YES_NO, z=YES_NO[::-1])}, "--task binary takes one label, but there are 2", options={"task": "binary", "label_column": ("y", "z")}),
    Case("two files of one name", {"a.fa": fasta(NAMES), "a.txt": fasta(NAMES)}, "several files give the class 'a'", ("a.fa", "a.txt")),
    Case("test file of an unknown class", {"a.fa": fasta(NAMES[:20]), "b.fa": fasta(NAMES[20:]), "c.fa": fasta(NAMES)}, "gives the class 'c', which is not among a, b", ("a.fa", "b.fa"), {"test": ("c.fa",)}),
    Case("shuffles beside negatives", {"a.csv": GOOD}, "is for positives only", options={"negatives": "shuffle"}),
]  # fmt: skip

SPLITS = [
    Case("unknown split", {"a.csv": GOOD}, "no split is called 'homologous'", options={"split": "homologous"}),
    Case("unknown task", {"a.csv": GOOD}, "no task is called 'classification'", options={"task": "classification"}),
    Case("unknown length policy", {"a.csv": GOOD}, "no length policy is called 'cut'", options={"length_policy": "cut"}),
    Case("unknown negatives", {"a.csv": GOOD}, "no way of making negatives", options={"negatives": "genome"}),
    Case("fractions beyond 1", {"a.csv": GOOD}, "--fractions is 0.8,0.2,0.2", options={"fractions": (0.8, 0.2, 0.2)}),
    Case("one fold", {"a.csv": GOOD}, "--folds is 1", options={"folds": 1}),
    Case("folds and a test file", {"a.csv": GOOD, "b.csv": GOOD}, "but parts are given", options={"folds": 5, "test": ("b.csv",)}),
    Case("negative length", {"a.csv": GOOD}, "--length is -5", options={"length": -5}),
    Case("no regular expression", {"a.fa": GOOD_FASTA}, "is no regular expression", ("a.fa",), {"group_pattern": "("}),
    Case("unknown group column", {"a.csv": GOOD}, "no column is called 'gene'", options={"split": "group:gene"}),
    Case("missing group", {"a.csv": table(y=YES_NO, g=changed(["u", "v"] * 20, 11, ""))}, "line 13: .* has no group", options={"split": "group:g"}),
    Case("group pattern not found", {"a.fa": GOOD_FASTA}, "line 1: --group-pattern 'gene' is not found", ("a.fa",), {"group_pattern": "gene"}),
    Case("groups of other sequences", {"a.fa": GOOD_FASTA, "g": BY_ID.replace("s", "t")}, "have no group in", ("a.fa",), {"groups": "g"}),
    Case("headers without chromosome", {"a.fa": GOOD_FASTA}, "line 1: .* names no chromosome", ("a.fa",), {"split": "chromosome"}),
    Case("given column without parts", {"a.csv": GOOD}, "line 2: column 'y' is '0', which names no part", options={"split": "given:y", "label_column": ("y",)}),
    Case("given column without test", {"a.csv": table(y=YES_NO, p=["train"] * 40)}, "no row of column 'p' is 'test'", options={"split": "given:p"}),
    Case("test file of another table", {"a.csv": GOOD, "t.csv": table(z=YES_NO)}, "has no labels|no column is called", options={"test": ("t.csv",)}),
    Case("padding that would cut", {"a.csv": GOOD}, "pad cuts nothing, but 40 sequences are longer", options={"length": 10, "length_policy": "pad"}),
]  # fmt: skip

CASES = [*FILES, *RECORDS, *LABELS, *SPLITS]
