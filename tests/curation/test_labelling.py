"""Labels: found where they stand, the task told by them, faults named by line."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from primase.core.errors import FormatError, PrimaseError
from primase.curation.columns import column_kind, find_id_column, label_candidates
from primase.curation.grouping import find_chromosomes, find_groups, find_intervals, given_parts, used_columns
from primase.curation.labelling import Labels, find_labels, infer_targets, order_classes
from primase.curation.options import CurateOptions
from primase.curation.reading import read_records
from primase.curation.records import Pool, file_class, file_stem, number_repeats, pool_records

RNG = np.random.default_rng(1)
SEQUENCES = ["".join(RNG.choice(list("ACGT"), 24)) for _ in range(40)]


def fasta(headers: Sequence[str]) -> str:
    return "".join(f">{header}\n{sequence}\n" for header, sequence in zip(headers, SEQUENCES, strict=False))


def table(columns: dict[str, Sequence[object]], separator: str = ",") -> str:
    """Return a table with `SEQUENCES` as its first column."""
    rows = [["sequence", *columns]]
    rows += [[SEQUENCES[row], *map(str, cells)] for row, cells in enumerate(zip(*columns.values(), strict=True))]
    return "".join(separator.join(row) + "\n" for row in rows)


def pool_of(folder: Path, files: dict[str, str], options: CurateOptions = CurateOptions()) -> Pool:
    """Write files and read them; those called test_* are the test part."""
    for name, text in files.items():
        (folder / name).write_text(text)
    records = [read_records(folder / name, options=options) for name in files]
    return pool_records(records, [2 if name.startswith("test_") else -1 for name in files])


def label(folder: Path, files: dict[str, str], options: CurateOptions = CurateOptions()) -> tuple[Pool, str, Labels]:
    pool = pool_of(folder, files, options)
    columns, note = find_labels(pool, options, used_columns(options)) or (None, "")
    pool = replace(pool, labels=columns)
    return pool, note, infer_targets(pool, options)


YES_NO = [row % 2 for row in range(40)]


@pytest.mark.parametrize(
    "headers",
    [
        [f"s{i} class:{i % 2}" for i in range(40)],
        [f" chr1,+,{i},{i + 9}; class:{i % 2}" for i in range(40)],
        [f"s{i} some=1;label={i % 2};x=2" for i in range(40)],
        [f"s{i} CLASS={i % 2}" for i in range(40)],
        [f"s{i}|x|{i % 2}" for i in range(40)],
        [f"s{i} | {i % 2} " for i in range(40)],
    ],
)
def test_labels_in_headers(tmp_path: Path, headers: list[str]) -> None:
    _, note, labels = label(tmp_path, {"a.fa": fasta(headers)})
    assert labels.task == "binary"
    assert labels.names == ("0", "1")
    assert labels.targets.tolist() == YES_NO
    assert "headers" in note


def test_a_last_field_that_names_the_record_is_no_label(tmp_path: Path) -> None:
    with pytest.raises(PrimaseError, match="has no labels"):
        label(tmp_path, {"a.fa": fasta([f"sp|P{i}|NAME{i}" for i in range(40)])})


def test_a_header_without_the_label_that_others_have_is_named(tmp_path: Path) -> None:
    headers = [f"s{i} class:{i % 2}" for i in range(40)]
    headers[7] = "s7"
    with pytest.raises(FormatError, match="label is missing") as caught:
        label(tmp_path, {"a.fa": fasta(headers)})
    assert caught.value.line == 15


def test_label_pattern(tmp_path: Path) -> None:
    headers = [f"s{i}_tissue-{'liver' if i % 2 else 'brain'}_x" for i in range(40)]
    _, _, labels = label(tmp_path, {"a.fa": fasta(headers)}, CurateOptions(label_pattern=r"tissue-(\w+?)_"))
    assert labels.names == ("brain", "liver")
    with pytest.raises(FormatError, match="not found in 's0_tissue"):
        label(tmp_path, {"a.fa": fasta(headers)}, CurateOptions(label_pattern="organ-"))


def test_each_file_is_a_class(tmp_path: Path) -> None:
    files = {name: fasta([f"s{i}" for i in range(20)]) for name in ("gut.fa", "oral.fasta", "skin.fna")}
    _, note, labels = label(tmp_path, files)
    assert labels.task == "multiclass"
    assert labels.names == ("gut", "oral", "skin")
    assert labels.targets.tolist() == [0] * 20 + [1] * 20 + [2] * 20
    assert note == "each file is a class: gut, oral, skin"


def test_each_file_is_a_class_in_test_files_too(tmp_path: Path) -> None:
    files = {name: fasta([f"s{i}" for i in range(20)]) for name in ("pos_train.fa", "neg_train.fa")}
    more = {f"test_{name}": files["pos_train.fa"] for name in ("x.fa",)}
    with pytest.raises(PrimaseError, match="class 'test_x', which is not among neg, pos"):
        label(tmp_path, files | more)


def test_files_of_one_name_are_no_two_classes(tmp_path: Path) -> None:
    with pytest.raises(PrimaseError, match="several files give the class 'a'"):
        label(tmp_path, {"a.fa": fasta(["x", "y"]), "a.txt": fasta(["x", "y"])})


@pytest.mark.parametrize("content", ["{y}", "label\n{y}", "{y}\n"])
def test_labels_line_by_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "y.txt").write_text(content.format(y="\n".join(map(str, YES_NO))))
    options = CurateOptions(labels=str(tmp_path / "y.txt"))
    _, _, labels = label(tmp_path, {"a.txt": "\n".join(SEQUENCES)}, options)
    assert labels.targets.tolist() == YES_NO


@pytest.mark.parametrize("header", ["", "name\ttissue\n"])
def test_labels_joined_by_id_in_any_order(tmp_path: Path, header: str) -> None:
    rows = [f"s{i}\t{'b' if i % 2 else 'a'}" for i in range(40)]
    (tmp_path / "y.tsv").write_text(header + "\n".join(rows[::-1]))
    _, note, labels = label(
        tmp_path, {"a.fa": fasta([f"s{i} x" for i in range(40)])}, CurateOptions(labels=str(tmp_path / "y.tsv"))
    )
    assert labels.targets.tolist() == YES_NO
    assert ("tissue" in note) == bool(header)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["0"] * 41, "41 labels for 40 sequences: 1 more"),
        (["0"] * 39, "39 labels for 40 sequences: 1 fewer"),
        ([f"s{i},{i % 2}" for i in range(41)], "1 labels more than there are sequences, such as that of 's40'"),
        ([f"s{i},{i % 2}" for i in range(39)], "1 of 40 sequences have no label in .*, such as 's39'"),
        ([f"s{i},{i % 2}" for i in range(40)] + ["s3,1"], "the id 's3' is repeated"),
        (["id,x,y"] + [f"s{i},{i % 2},{i % 3}" for i in range(40)], "2 could be the label: x, y"),
    ],
)
def test_labels_that_do_not_fit_are_named(tmp_path: Path, lines: list[str], message: str) -> None:
    (tmp_path / "y.csv").write_text("\n".join(lines))
    options = CurateOptions(labels=str(tmp_path / "y.csv"))
    with pytest.raises(PrimaseError, match=message):
        label(tmp_path, {"a.fa": fasta([f"s{i}" for i in range(40)])}, options)


def test_a_repeated_id_is_an_error_only_where_it_is_joined_by(tmp_path: Path) -> None:
    (tmp_path / "y.csv").write_text("\n".join(f"s{i},{i % 2}" for i in range(39)))
    headers = [f"s{i} class:{i % 2}" for i in range(39)] + ["s3 class:1"]
    pool, _, _ = label(tmp_path, {"a.fa": fasta(headers)})
    assert number_repeats(pool.ids)[1] == 1
    with pytest.raises(FormatError, match="the id 's3' is repeated") as caught:
        label(tmp_path, {"a.fa": fasta(headers)}, CurateOptions(labels=str(tmp_path / "y.csv")))
    assert caught.value.line == 79


@pytest.mark.parametrize(
    ("cells", "task", "names"),
    [
        (YES_NO, "binary", ("0", "1")),
        ([bool(y) for y in YES_NO], "binary", ("False", "True")),
        ([f"{y}.0" for y in YES_NO], "binary", ("0", "1")),
        ([2 * y - 1 for y in YES_NO], "binary", ("-1", "1")),
        ([("enhancer", "non-enhancer")[y] for y in YES_NO], "binary", ("non-enhancer", "enhancer")),
        ([("bound", "unbound")[y] for y in YES_NO], "binary", ("unbound", "bound")),
        ([("NA", "N")[y] for y in YES_NO], "binary", ("N", "NA")),
        ([("EI", "IE", "N")[i % 3] for i in range(40)], "multiclass", ("EI", "IE", "N")),
        ([i % 12 for i in range(40)], "multiclass", tuple(map(str, range(12)))),
        ([i / 7 for i in range(40)], "regression", ("y",)),
        ([i * i for i in range(40, 0, -1)], "regression", ("y",)),
        ([1.5 if i % 3 else -0.25 * (i % 4) for i in range(40)], "regression", ("y",)),
    ],
)
def test_the_task_is_told_by_the_label(tmp_path: Path, cells: list[object], task: str, names: tuple[str, ...]) -> None:
    _, note, labels = label(tmp_path, {"a.csv": table({"y": cells})})
    assert labels.task == task
    assert labels.names == names
    assert "column 'y'" in note
    if task == "regression":
        np.testing.assert_allclose(labels.targets[:, 0], np.array(cells, float), rtol=1e-6)
    else:
        spelled = [str(cell).removesuffix(".0") for cell in cells]
        assert [names[index] for index in labels.targets] == spelled


def test_the_task_can_be_said(tmp_path: Path) -> None:
    cells = [i % 12 for i in range(40)]
    _, _, labels = label(tmp_path, {"a.csv": table({"y": cells})}, CurateOptions(task="regression"))
    assert labels.targets[:, 0].tolist() == cells
    _, _, labels = label(tmp_path, {"a.csv": table({"y": YES_NO})}, CurateOptions(task="multiclass"))
    assert labels.task == "multiclass"
    with pytest.raises(PrimaseError, match="takes two classes, but there are 12"):
        label(tmp_path, {"a.csv": table({"y": cells})}, CurateOptions(task="binary"))


@pytest.mark.parametrize(
    ("columns", "task"),
    [
        ({"a": YES_NO, "b": [1 - y for y in YES_NO]}, "multilabel"),
        ({"a": YES_NO, "b": [i / 3 for i in range(40)]}, "regression"),
    ],
)
def test_several_columns_are_several_targets(tmp_path: Path, columns: dict[str, list[float]], task: str) -> None:
    with pytest.raises(PrimaseError, match=r"2 columns of .* could be the label: 'a' .*, 'b'"):
        label(tmp_path, {"a.csv": table(columns)})
    _, _, labels = label(tmp_path, {"a.csv": table(columns)}, CurateOptions(label_column=("a", " b")))
    assert labels.task == task
    assert labels.names == ("a", "b")
    np.testing.assert_allclose(labels.targets, np.stack(list(columns.values()), 1), rtol=1e-6)


def test_an_unknown_answer_among_several_is_kept(tmp_path: Path) -> None:
    columns = {"a": [*YES_NO[:-1], ""], "b": ["NA", *YES_NO[1:]]}
    _, _, labels = label(tmp_path, {"a.csv": table(columns)}, CurateOptions(label_column=("a", "b")))
    assert labels.task == "multilabel"
    assert np.isnan(labels.targets).sum() == 2
    assert labels.keep.all()
    assert "2 unknown" in labels.note


@pytest.mark.parametrize(
    ("cells", "line", "message"),
    [
        ([*[i / 7 for i in range(39)], "nan"], 41, "the target 'y' is 'nan', not a finite number"),
        (["inf", *[i / 7 for i in range(39)]], 2, "is 'inf'"),
        ([*[i / 7 for i in range(39)], "1e50"], 41, "is '1e50'"),
        ([*[i / 7 for i in range(39)], "high"], 41, "is 'high'"),
        ([*[i / 7 for i in range(39)], ""], 41, "is '', not a finite number"),
        ([*YES_NO[:-1], ""], 41, "the label is missing"),
        ([*YES_NO[:-1], "NaN"], 41, "the label is missing"),
        ([*["a", "b"] * 19, "", ""], 40, "label is missing .* 1 more such row"),
        ([*["a", "b"] * 19, "a", "c"], 41, "the class 'c' has one example"),
    ],
)
def test_a_bad_label_is_named_by_its_line(tmp_path: Path, cells: list[object], line: int, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        label(tmp_path, {"a.csv": table({"y": cells})}, CurateOptions(label_column=("y",)))
    assert caught.value.line == line


def test_bad_labels_are_left_out_and_listed_when_asked(tmp_path: Path) -> None:
    cells = [i / 7 for i in range(40)]
    cells[3], cells[9] = float("nan"), float("inf")
    _, _, labels = label(tmp_path, {"a.csv": table({"y": cells})}, CurateOptions(drop_invalid=True))
    assert np.flatnonzero(~labels.keep).tolist() == [3, 9]
    assert ["line 5" in labels.dropped[0], "line 11" in labels.dropped[1]] == [True, True]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([f"gene{i}" for i in range(40)], "it names the rows and is no label"),
        (list(range(100, 140)), "it names the rows and is no label"),
        ([1] * 40, "all 40 examples have the class '1'"),
        ([f"c{i // 2 if i < 10 else i}" for i in range(40)], "the label seems to be an id"),
    ],
)
def test_a_column_that_is_no_label_is_refused(tmp_path: Path, cells: list[object], message: str) -> None:
    with pytest.raises(PrimaseError, match=message):
        label(tmp_path, {"a.csv": table({"y": cells})}, CurateOptions(label_column=("y",)))


def test_constant_and_id_columns_are_no_candidates(tmp_path: Path) -> None:
    columns = {"FoldID": ["A"] * 40, "EventID": [f"e{i}" for i in range(40)], "Bound": YES_NO}
    _, note, labels = label(tmp_path, {"a.tsv": table(columns, "\t")})
    assert "'Bound'" in note
    assert labels.targets.tolist() == YES_NO


def test_several_tables_with_a_label_are_one(tmp_path: Path) -> None:
    files = {"hairpin.csv": table({"label": [True] * 20}), "pseudo.csv": table({"label": [False] * 20})}
    pool, _, labels = label(tmp_path, files)
    assert labels.names == ("False", "True")
    assert labels.targets.tolist() == [1] * 20 + [0] * 20
    assert len(pool.sources) == 2


def test_several_tables_without_a_label_are_classes(tmp_path: Path) -> None:
    files = {"left.csv": table({"x": ["k"] * 20}), "right.csv": table({"x": ["k"] * 20})}
    _, note, labels = label(tmp_path, files)
    assert labels.names == ("left", "right")
    assert "each file is a class" in note


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("x", ["a"] * 9, "constant"),
        ("x", ["(.)", "((.))", "..."], "structure"),
        ("strand", ["+", "-", "+", "-"], "place"),
        ("chrom", ["chr1", "chr2", "chrX"] * 3, "place"),
        ("start", ["10", "500", "30", "44", "10", "91"], "place"),
        ("x", ["k1", "k2", "k3"], "id"),
        ("n", ["1", "2", "3", "5"], "row number"),
        ("y", ["1", "2", "2", "1", "3", "3"], "classes"),
        ("y", ["0.5", "2", "2", "1", "3", "3"], "numbers"),
        ("y", ["1", "0", "nan", "1"], "classes"),
        ("y", [f"w{i % 150}" for i in range(400)], "text"),
    ],
)
def test_column_kinds(name: str, cells: list[str], kind: str) -> None:
    assert column_kind(name, cells) == kind


def test_candidates_leave_out_columns_with_another_part() -> None:
    columns = {"fold": ["0", "1", "2"] * 10, "y": ["0", "1"] * 15}
    assert label_candidates(columns) == {"fold": "classes", "y": "classes"}
    assert label_candidates(columns, ["fold"]) == {"y": "classes"}


def test_id_column() -> None:
    assert find_id_column({"n": ["1", "2", "3"], "tag": ["x1", "x2", "x3"]}) == "tag"
    assert find_id_column({"y": ["0", "1", "1"], "ID": ["a", "a", "b"]}) == "ID"
    assert find_id_column({"y": ["0", "1", "1"]}) is None


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (["10", "9", "-1"], ["-1", "9", "10"]),
        (["coding", "noncoding_RNA"], ["noncoding_RNA", "coding"]),
        (["Mouse_tata", "Mouse_nonprom"], ["Mouse_nonprom", "Mouse_tata"]),
        (["treated", "control"], ["control", "treated"]),
        (["b", "a", "c"], ["a", "b", "c"]),
    ],
)
def test_order_of_classes(names: list[str], ordered: list[str]) -> None:
    assert order_classes(names) == ordered


@pytest.mark.parametrize(
    ("source", "stem", "name"),
    [
        ("a/b/enhancer.cv.txt.gz", "enhancer.cv", "enhancer.cv"),
        ("oral_train.fq.gz", "oral_train", "oral"),
        ("x.FASTA", "x", "x"),
        ("https://a.org/d/pos.fa.gz?raw=1#x", "pos", "pos"),
        ("test.fa", "test", "test"),
        (".fa", ".fa", ".fa"),
    ],
)
def test_names_of_files(source: str, stem: str, name: str) -> None:
    assert file_stem(source) == stem
    assert file_class(source) == name


def test_groups_from_every_place(tmp_path: Path) -> None:
    genes = [f"g{i // 4}" for i in range(40)]
    (tmp_path / "g.tsv").write_text("id\tgene\torgan\n" + "".join(f"s{i}\t{genes[i]}\tx\n" for i in range(40)))
    by_table = pool_of(tmp_path, {"a.csv": table({"y": YES_NO, "gene": genes})})
    by_header = pool_of(tmp_path, {"a.fa": fasta([f"s{i} gene={genes[i]} class:{i % 2}" for i in range(40)])})
    for pool, options in [
        (by_table, CurateOptions(split="group:gene")),
        (by_table, CurateOptions(group_column="gene")),
        (by_header, CurateOptions(groups=str(tmp_path / "g.tsv"), group_column="gene")),
        (by_header, CurateOptions(groups=str(tmp_path / "g.tsv"), split="group:gene")),
        (by_header, CurateOptions(group_pattern=r"gene=(\w+)")),
        (by_header, CurateOptions(group_pattern=r"gene=(\w+)", split="group:header")),
    ]:
        groups, note = find_groups(pool, options) or ([], "")
        assert groups == genes
        assert "10 groups" in note
    coarse, _ = find_groups(by_table, CurateOptions(split="group:gene", group_pattern=r"g\d")) or ([], "")
    assert set(coarse) == {f"g{i}" for i in range(10)}
    assert find_groups(by_table, CurateOptions()) is None
    with pytest.raises(PrimaseError, match="2 could be the group: gene, organ"):
        find_groups(by_header, CurateOptions(groups=str(tmp_path / "g.tsv")))
    with pytest.raises(PrimaseError, match="no column is called 'organism'"):
        find_groups(by_table, CurateOptions(split="group:organism"))
    with pytest.raises(FormatError, match="not found in 'g0'"):
        find_groups(by_table, CurateOptions(split="group:gene", group_pattern="^x"))


def test_each_file_is_a_group(tmp_path: Path) -> None:
    pool = pool_of(tmp_path, {"a.csv": table({"y": YES_NO}), "b.csv": table({"y": YES_NO})})
    groups, _ = find_groups(pool, CurateOptions(split="group:file")) or ([], "")
    assert groups == [str(tmp_path / "a.csv")] * 40 + [str(tmp_path / "b.csv")] * 40


def test_a_missing_group_is_named(tmp_path: Path) -> None:
    pool = pool_of(tmp_path, {"a.csv": table({"y": YES_NO, "g": ["x"] * 20 + [""] + ["z"] * 19})})
    with pytest.raises(FormatError, match="has no group") as caught:
        find_groups(pool, CurateOptions(split="group:g"))
    assert caught.value.line == 22
    groups, _ = find_groups(pool, CurateOptions(split="group:g", drop_invalid=True)) or ([], "")
    assert len(set(groups)) == 3


def test_windows_and_chromosomes(tmp_path: Path) -> None:
    headers = pool_of(tmp_path, {"a.fa": fasta([f"CHR{1 + i % 3}_{i}_{i + 9}" for i in range(40)])})
    windows = find_intervals(headers)
    assert windows is not None
    assert find_chromosomes(headers, windows)[:3] == ["chr1", "chr2", "chr3"]
    columns = {"chrom": [f"chr{1 + i % 3}" for i in range(40)], "start": range(40), "end": range(9, 49), "y": YES_NO}
    cells = pool_of(tmp_path, {"a.csv": table(columns)})
    assert find_intervals(cells) == windows
    assert find_chromosomes(cells, None)[:3] == ["chr1", "chr2", "chr3"]
    plain = pool_of(tmp_path, {"a.fa": fasta(["chr1:1-9", "nothing"])})
    with pytest.raises(PrimaseError, match="line 3: 'nothing' names no chromosome"):
        find_chromosomes(plain, find_intervals(plain))


def test_given_parts(tmp_path: Path) -> None:
    cells = ["train"] * 20 + ["val"] * 5 + ["Test"] * 15
    pool = pool_of(tmp_path, {"a.csv": table({"y": YES_NO, "part": cells})})
    assert np.bincount(given_parts(pool, "part")).tolist() == [20, 5, 15]
    with pytest.raises(FormatError, match="column 'y' is '0', which names no part"):
        given_parts(pool, "y")
    pool = pool_of(tmp_path, {"a.csv": table({"y": YES_NO, "part": ["train"] * 40})})
    with pytest.raises(PrimaseError, match="no row of column 'part' is 'test'"):
        given_parts(pool, "part")
