"""The whole of step 1: files in, an audited data set out."""

import gzip
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from primase.core.alphabet import DNA, PROTEIN, reverse_complement
from primase.core.errors import PrimaseError, SplitError, UnknownName
from primase.core.files import digest_file
from primase.curation.curating import choose_length, curate_sequences
from primase.curation.dataset import Dataset
from primase.curation.dividing import chain_pairs, number_groups, stratify
from primase.curation.letters import encode_structures, find_illegal, recognise_letters
from primase.curation.options import CurateOptions

RNG = np.random.default_rng(3)


def random_sequences(count: int, length: int = 40, letters: str = "ACGT") -> list[str]:
    drawn = RNG.integers(0, len(letters), (count, length))
    return ["".join(letters[i] for i in row) for row in drawn]


SEQUENCES = random_sequences(120)
YES_NO = [i % 2 for i in range(120)]


def write_table(path: Path, sequences: list[str] = SEQUENCES, **columns: list) -> str:
    columns = columns or {"y": YES_NO}
    rows = zip(sequences, *columns.values(), strict=True)
    lines = [",".join(["sequence", *columns]), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def write_fasta(path: Path, sequences: list[str], headers: list[str] | None = None) -> str:
    headers = headers or [f"s{i}" for i in range(len(sequences))]
    path.write_text("".join(f">{h}\n{s}\n" for h, s in zip(headers, sequences, strict=True)))
    return str(path)


def test_a_table_becomes_a_data_set(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv")
    data = curate_sequences([path])
    assert (data.task, data.names, data.alphabet.name, data.length, data.policy) == (
        "binary",
        ("0", "1"),
        "dna",
        40,
        "pad",
    )
    assert [data.sequence(row) for row in range(len(data))] == SEQUENCES
    assert data.targets.tolist() == YES_NO
    assert data.facts["sources"] == {path: digest_file(path)}
    assert data.facts["counts"] | {"train": 0, "valid": 0, "test": 0} == {
        "read": 120, "dropped": 0, "repeated_ids": 0, "unknown_letters": 0, "train": 0, "valid": 0, "test": 0,
    }  # fmt: skip
    counts = [len(data.part(name)) for name in ("train", "valid", "test")]
    assert counts == [data.facts["counts"][name] for name in ("train", "valid", "test")]
    assert abs(counts[0] - 96) <= 4
    assert data.facts["split"]["method"] == "homology"
    notes = "\n".join(data.facts["notes"])
    for words in (
        "column 'sequence'",
        "column 'y'",
        "task: binary",
        "120 DNA sequences of 40 letters",
        "length 40",
        "split",
    ):
        assert words in notes
    assert "warnings" in data.facts["audit"]


def test_what_is_saved_is_what_was_made(tmp_path: Path) -> None:
    data = curate_sequences([write_table(tmp_path / "a.csv")])
    data.save(tmp_path / "out")
    again = Dataset.load(tmp_path / "out")
    assert again.facts["split"] == data.facts["split"]
    assert again.parts.tolist() == data.parts.tolist()
    assert again.targets.tolist() == data.targets.tolist()


def test_the_seed_decides(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv")
    one, same, other = (curate_sequences([path], CurateOptions(seed=seed)).parts for seed in (1, 1, 2))
    assert one.tolist() == same.tolist()
    assert one.tolist() != other.tolist()


def test_near_duplicates_stay_together(tmp_path: Path) -> None:
    family = []
    for sequence in SEQUENCES[:40]:
        changed = list(sequence)
        changed[5] = "A" if changed[5] != "A" else "C"
        family += [sequence, reverse_complement("".join(changed)), sequence[3:]]
    data = curate_sequences([write_table(tmp_path / "a.csv", family, y=[i // 3 % 2 for i in range(120)])])
    assert data.facts["split"]["clusters"] == 40
    for first in range(0, 120, 3):
        assert len(set(data.parts[first : first + 3])) == 1
        assert len(set(data.units[first : first + 3])) == 1


@pytest.mark.parametrize("split", ["random", "homology", "chromosome", "group:gene", "group:file", "given:part"])
def test_every_split_keeps_its_promise(tmp_path: Path, split: str) -> None:
    columns = {
        "y": [i // 3 % 2 for i in range(120)],
        "gene": [f"g{i // 4}" for i in range(120)],
        "chrom": [f"chr{i % 11 + 1}" for i in range(120)],
        "part": ["train"] * 80 + ["valid"] * 20 + ["test"] * 20,
    }
    paths = [
        write_table(tmp_path / f"{n}.csv", SEQUENCES[n::8], **{name: cells[n::8] for name, cells in columns.items()})
        for n in range(8)
    ]
    options = CurateOptions(split=split, label_column=("y",))
    data = curate_sequences(paths, options)
    order = np.concatenate([np.arange(n, 120, 8) for n in range(8)])
    keys = {
        "chromosome": columns["chrom"],
        "group:gene": columns["gene"],
        "group:file": [str(i % 8) for i in range(120)],
    }.get(split, [str(i) for i in range(120)])
    parts = np.empty(120, int)
    parts[order] = data.parts
    for key in set(keys):
        assert len({parts[row] for row in range(120) if keys[row] == key}) == 1
    if split == "given:part":
        assert parts.tolist() == [0] * 80 + [1] * 20 + [2] * 20
    assert data.facts["split"]["method"] == split
    assert {0, 2} <= set(data.parts.tolist())


def test_groups_and_near_duplicates_are_both_kept_together(tmp_path: Path) -> None:
    sequences = [*SEQUENCES[:60], *SEQUENCES[:60]]  # row i and row i + 60 are the same
    groups = [f"g{i // 2}" for i in range(120)]
    path = write_table(tmp_path / "a.csv", sequences, y=[i // 2 % 2 for i in range(120)], g=groups)
    data = curate_sequences([path], CurateOptions(group_column="g"))
    for row in range(60):
        assert data.units[row] == data.units[row + 60] == data.units[row // 2 * 2]
    alone = curate_sequences([path], CurateOptions(split="group:g"))
    assert len(np.unique(alone.units)) == 60


def test_folds(tmp_path: Path) -> None:
    data = curate_sequences([write_table(tmp_path / "a.csv")], CurateOptions(folds=4))
    assert data.folds is not None
    assert sorted(set(data.folds.tolist())) == [0, 1, 2, 3]
    np.testing.assert_array_equal(data.parts, data.fold(0).parts)
    for unit in np.unique(data.units):
        assert len(set(data.folds[data.units == unit])) == 1


def test_test_and_valid_files_are_those_parts(tmp_path: Path) -> None:
    paths = [
        write_table(tmp_path / f"{name}.csv", SEQUENCES[part], y=YES_NO[part])
        for name, part in (("a", slice(0, 80)), ("t", slice(80, 100)), ("v", slice(100, 120)))
    ]
    both = curate_sequences(paths[:1], CurateOptions(test=(paths[1],), valid=(paths[2],)))
    assert both.parts.tolist() == [0] * 80 + [1] * 20 + [2] * 20
    assert [both.sequence(row) for row in (80, 100)] == [SEQUENCES[100], SEQUENCES[80]]
    test = curate_sequences(paths[:1], CurateOptions(test=(paths[1],)))
    assert test.parts[80:].tolist() == [2] * 20
    assert set(test.parts[:80].tolist()) == {0, 1}
    valid = curate_sequences(paths[:1], CurateOptions(valid=(paths[2],)))
    assert set(valid.parts[:80].tolist()) == {0, 2}


def test_given_parts_without_validation_get_one(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", y=YES_NO, part=["train"] * 90 + ["test"] * 30)
    data = curate_sequences([path], CurateOptions(split="given:part"))
    assert data.parts[90:].tolist() == [2] * 30
    assert set(data.parts[:90].tolist()) == {0, 1}


def dinucleotides(sequence: str) -> list[str]:
    return sorted(a + b for a, b in pairwise(sequence))


def test_positives_only_get_shuffles(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "pos.fa", SEQUENCES[:60])
    data = curate_sequences([path], CurateOptions(negatives="shuffle"))
    assert data.names == ("negative", "positive")
    assert data.targets.tolist() == [1] * 60 + [0] * 60
    assert data.ids[60] == "s0_shuffled"
    assert data.facts["negatives"] == "shuffle"
    assert data.facts["shuffled_from_first_row"] == 60
    assert data.facts["shuffled_sources"] == list(range(60))
    np.testing.assert_array_equal(data.units[60:], data.units[:60])
    np.testing.assert_array_equal(data.parts[60:], data.parts[:60])
    for row in range(60):
        assert dinucleotides(data.sequence(row)) == dinucleotides(data.sequence(row + 60))
    assert sum(data.sequence(row) != data.sequence(row + 60) for row in range(60)) > 50


@pytest.mark.parametrize("negatives_given", [True, False])
def test_a_given_test_part_gets_shuffles_only_where_it_has_no_negatives(tmp_path: Path, negatives_given: bool) -> None:
    train = write_table(tmp_path / "a.csv", SEQUENCES[:60], Fold=["A"] * 60, Bound=[1] * 60)
    bound = [int(not negatives_given or i < 20) for i in range(40)]
    test = write_table(tmp_path / "b.csv", SEQUENCES[60:100], Fold=["A"] * 40, Bound=bound)
    data = curate_sequences([train], CurateOptions(negatives="shuffle", test=(test,)))
    made = 60 if negatives_given else 100
    assert len(data) == 100 + made
    assert data.names == (("0", "1") if negatives_given else ("negative", "positive"))
    assert data.targets[:60].all()
    assert data.targets[60:100].tolist() == bound
    assert not data.targets[100:].any()
    assert (data.parts == 2).sum() == (40 if negatives_given else 80)


def test_shuffles_beside_negatives_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PrimaseError, match="is for positives only, but the input has 2 classes: 0, 1"):
        curate_sequences([write_table(tmp_path / "a.csv")], CurateOptions(negatives="shuffle"))


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"y": [i / 7 for i in range(120)]}, {}, "does not go with a regression task"),
        ({"y": [1] * 120, "s": ["." * 40] * 120}, {"structure_column": "s"}, "does not go with a structure column"),
    ],
)
def test_shuffles_are_for_classes_of_plain_sequences(
    tmp_path: Path, columns: dict[str, list], options: dict[str, str], message: str
) -> None:
    path = write_table(tmp_path / "a.csv", **columns)
    with pytest.raises(PrimaseError, match=message):
        curate_sequences([path], CurateOptions(negatives="shuffle", **options))


@pytest.mark.parametrize(
    ("letters", "name"), [("ACGT", "dna"), ("acgtn", "dna"), ("ACGU", "rna"), ("ACDEFGHIKLMNPQRSTVWY", "protein")]
)
def test_the_alphabet_is_told(tmp_path: Path, letters: str, name: str) -> None:
    path = write_table(tmp_path / "a.csv", random_sequences(120, 30, letters))
    assert curate_sequences([path], CurateOptions(split="random")).alphabet.name == name


@pytest.mark.parametrize(
    ("sequences", "alphabet", "faults"),
    [
        (["ACGT", "RYSWKM" + "ACGT" * 9], "dna", {}),
        (["ACGT", "GGTT", "ACGU"], "dna", {2: "DNA and RNA are mixed"}),
        (["ACGU", "GGUU", "ACGT"], "rna", {2: "DNA and RNA are mixed"}),
        (["ACGT", "GGTT", "MKVLEEQRPI"], "dna", {2: "reads as protein among DNA"}),
        (["MKVLEEQRPI", "LLIEPQRSTV", "ACGT" * 10], "protein", {2: "reads as DNA among proteins"}),
        (["MKVLEEQRPI", "LLIEPQRSTV", "GAGAGA"], "protein", {}),
        (["ACGT", "ACGTT GG", "ACGTé"], "dna", {1: "letter ' ' at position 6", 2: "letter 'é' at position 5"}),
        (["ACGT", "ACGGJT", "ACGT1"], "dna", {1: "letter 'J' at position 5", 2: "letter '1' at position 5"}),
    ],
)
def test_letters_that_do_not_fit(sequences: list[str], alphabet: str, faults: dict[int, str]) -> None:
    found, said = recognise_letters(sequences)
    assert found.name == alphabet
    assert said.keys() == faults.keys()
    for row, words in faults.items():
        assert words in said[row]


def test_letters_are_checked_against_a_known_alphabet() -> None:
    assert find_illegal(["ACGU", "ACGT", "NNRY"], DNA) == {}
    assert find_illegal(["ACGT", "MKVLEEQRPI", "AC-T"], DNA).keys() == {1}
    assert find_illegal(["ACGT", "MKVLEEQRPI", "", "A1"], PROTEIN).keys() == {2, 3}


def test_unreadable_rows_are_left_out_counted_and_listed(tmp_path: Path) -> None:
    sequences, labels = [*SEQUENCES], [str(y) for y in YES_NO]
    sequences[10] = "ACGT!"
    labels[20] = ""
    path = write_table(tmp_path / "a.csv", sequences, y=labels)
    with pytest.raises(PrimaseError, match=r"a.csv, line 12: the letter '!' at position 5"):
        curate_sequences([path])
    data = curate_sequences([path], CurateOptions(drop_invalid=True))
    assert len(data) == 118
    assert data.facts["counts"]["dropped"] == 2
    assert ["line 12" in data.facts["dropped"][0], "line 22" in data.facts["dropped"][1]] == [True, True]
    assert any("2 rows were left out" in note for note in data.facts["notes"])
    assert [data.sequence(row) for row in (10, 19, 117)] == [sequences[11], sequences[21], sequences[119]]
    assert data.ids[10] == "a_12"


def test_repeated_ids_are_numbered_and_counted(tmp_path: Path) -> None:
    headers = [f"s{i // 2} class:{i // 2 % 2}" for i in range(120)]
    data = curate_sequences([write_fasta(tmp_path / "a.fa", SEQUENCES, headers)])
    assert data.ids[:4].tolist() == ["s0", "s0_2", "s1", "s1_2"]
    assert data.facts["counts"]["repeated_ids"] == 60
    assert any("60 repeated ids" in note for note in data.facts["notes"])


def test_structure_becomes_codes(tmp_path: Path) -> None:
    sequences = random_sequences(120, 12, "ACGU")
    path = write_table(tmp_path / "a.csv", sequences, y=YES_NO, fold=["((((...)))).", "...........("] * 60)
    data = curate_sequences([path], CurateOptions(structure_column="fold", split="random"))
    assert data.sequences.structure is not None
    assert data.channels == 7
    assert data.sequences.structure[:12].tolist() == [0] * 4 + [1] * 3 + [2] * 4 + [1]
    for cells, message in (
        (["((("] * 120, "structure has 3 letters, the sequence 12"),
        (["[" * 12] * 120, r"letter '\['"),
    ):
        write_table(tmp_path / "b.csv", sequences, y=YES_NO, fold=cells)
        with pytest.raises(PrimaseError, match=message):
            curate_sequences([tmp_path / "b.csv"], CurateOptions(structure_column="fold"))


def test_structures_are_coded_in_order() -> None:
    codes, faults = encode_structures(["(.)", "."], np.array([3, 1]))
    assert codes.tolist() == [0, 1, 2, 1]
    assert not faults


@pytest.mark.parametrize("trim", [False, True])
def test_constant_ends_are_said_and_cut_when_asked(tmp_path: Path, trim: bool) -> None:
    sequences = [f"TTTCTTCA{sequence}GGCAG" for sequence in SEQUENCES]
    data = curate_sequences([write_table(tmp_path / "a.csv", sequences)], CurateOptions(trim_constant=trim))
    assert data.facts["constant"]["left"] >= 8
    assert data.facts["constant"]["right"] >= 5
    assert any("share their first" in note for note in data.facts["notes"])
    assert data.sequence(0) == (SEQUENCES[0] if trim else sequences[0])
    assert data.length == (40 if trim else 53)


@pytest.mark.parametrize(
    ("lengths", "options", "length", "policy"),
    [
        ([50] * 100, {}, 50, "pad"),
        ([*[50] * 50, *range(51, 101)], {}, 96, "crop"),
        ([3000] * 100, {}, 2000, "tile"),
        ([3000] * 100, {"length": 3000}, 3000, "pad"),
        ([3000] * 100, {"length": 500}, 500, "crop"),
        ([3000] * 100, {"length_policy": "crop"}, 3000, "pad"),
        ([*[10] * 99, 3000], {"length_policy": "pad"}, 3000, "pad"),
        ([*[100] * 99, 3000], {}, 100, "crop"),
        ([400, 600] * 50, {"length_policy": "tile"}, 600, "tile"),
        ([40, 60] * 50, {"length": 80}, 80, "pad"),
    ],
)
def test_the_length_a_model_sees(lengths: list[int], options: dict, length: int, policy: str) -> None:
    found = choose_length(np.array(lengths), np.zeros(len(lengths), int), CurateOptions(**options))
    assert found[:2] == (length, policy)
    assert f"{length:,}" in found[2]


def test_only_training_lengths_count() -> None:
    lengths, parts = np.array([30] * 50 + [90] * 50), np.repeat([0, 2], 50)
    assert choose_length(lengths, parts, CurateOptions())[:2] == (30, "crop")


def test_padding_that_would_cut_is_refused() -> None:
    with pytest.raises(PrimaseError, match="pad cuts nothing, but 1 sequences are longer than --length 20"):
        choose_length(np.array([10, 30]), np.zeros(2, int), CurateOptions(length=20, length_policy="pad"))


@pytest.mark.parametrize("compressed", [False, True])
def test_labels_of_a_text_file(tmp_path: Path, compressed: bool) -> None:
    text = ("\n".join(SEQUENCES) + "\n").encode()
    path = tmp_path / ("s.txt.gz" if compressed else "s.txt")
    path.write_bytes(gzip.compress(text) if compressed else text)
    (tmp_path / "y.txt").write_text("\n".join(map(str, YES_NO)))
    data = curate_sequences([path], CurateOptions(labels=str(tmp_path / "y.txt"), split="random"))
    assert data.targets.tolist() == YES_NO
    assert data.ids[0] == "s_1"
    assert data.facts["sources"].keys() == {str(path), str(tmp_path / "y.txt")}


def test_strata() -> None:
    assert stratify("binary", np.array([1, 0])).tolist() == [1, 0]
    assert np.bincount(stratify("regression", np.arange(100.0)[:, None])).tolist() == [10] * 10
    assert stratify("multilabel", np.array([[0, 1], [1, 1], [0, 1.0]])).tolist() == [0, 1, 0]
    many = stratify("multilabel", RNG.integers(0, 2, (500, 12)).astype(float))
    assert len(np.unique(many)) <= 13
    assert stratify("regression", np.array([[1.0], [np.nan], [3.0]])).shape == (3,)


def test_groups_and_chains() -> None:
    assert number_groups(["x", "y", "x"]).tolist() == [0, 1, 0]
    assert chain_pairs(np.array([1, 0, 1, 1])).tolist() == [[0, 2], [2, 3]]


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"split": "homologous"}, UnknownName, "no split is called 'homologous'"),
        ({"split": "group:"}, UnknownName, "no split"),
        ({"task": "classification"}, UnknownName, "no task is called"),
        ({"length_policy": "cut"}, UnknownName, "no length policy"),
        ({"negatives": "mirror"}, UnknownName, "no way of making negatives"),
        ({"fractions": (0.8, 0.1, 0.2)}, PrimaseError, "--fractions is 0.8,0.1,0.2"),
        ({"fractions": (0.0, 0.5, 0.5)}, PrimaseError, "--fractions is 0,0.5,0.5"),
        ({"fractions": (float("nan"), 0.5, 0.5)}, PrimaseError, "--fractions is nan"),
        ({"folds": 1}, PrimaseError, "--folds is 1"),
        ({"folds": 5, "test": ("t.fa",)}, PrimaseError, "but parts are given"),
        ({"split": "given:x", "test": ("t.fa",)}, PrimaseError, "both give the parts"),
        ({"split": "group:header"}, PrimaseError, "needs --group-pattern"),
        ({"length": 0}, PrimaseError, "--length is 0"),
        ({"seed": -1}, PrimaseError, "--seed is -1"),
        ({"label_pattern": "("}, PrimaseError, "no regular expression"),
        ({"group_pattern": "*"}, PrimaseError, "no regular expression"),
        ({"label_column": ("a", "a")}, PrimaseError, "--label-column is 'a,a'"),
        ({"label_column": (1,)}, PrimaseError, r"data.label_column is \(1,\)"),
        ({"labels": 3}, PrimaseError, "data.labels is 3"),
        ({"length": "200"}, PrimaseError, "data.length is '200'"),
        ({"fractions": ("a", "b", "c")}, PrimaseError, "data.fractions is"),
        ({"folds": 2.5}, PrimaseError, "data.folds is 2.5"),
        ({"drop_invalid": "yes"}, PrimaseError, "data.drop_invalid is 'yes'"),
    ],
)
def test_options_check_themselves(fields: dict, error: type[PrimaseError], message: str) -> None:
    with pytest.raises(error, match=message):
        CurateOptions(**fields)


def test_one_name_is_as_good_as_a_tuple_of_one() -> None:
    options = CurateOptions(label_column="y", test="t.fa")
    assert (options.label_column, options.test) == (("y",), ("t.fa",))


def test_a_data_set_knows_what_it_was_made_from(tmp_path: Path) -> None:
    options = CurateOptions(label_column=("y",), split="random")
    data = curate_sequences([write_table(tmp_path / "a.csv")], options)
    assert data.facts["inputs"] == [str(tmp_path / "a.csv")]
    assert CurateOptions(**data.facts["options"]) == options


def test_a_part_that_stays_empty_is_an_error(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", y=[i // 2 % 2 for i in range(120)], g=["x"] * 120)
    with pytest.raises(SplitError):
        curate_sequences([path], CurateOptions(split="group:g"))


ENCODE = "deepbind_encode_chip/ARID3A_K562_ARID3A_sc-8821_Stanford_"
REAL = {
    "primer": (["../primer/zou2019/sequences.txt"], {"labels": "../primer/zou2019/labels.txt"}, 2000, "binary", ("0", "1"), "dna"),
    "ienhancer": (["ienhancer/enhancer.cv.txt.gz", "ienhancer/non.cv.txt.gz"], {}, 2968, "binary", ("non.cv", "enhancer.cv"), "dna"),
    "cnnprom": (["cnnprom/Ecoli_prom.fa.gz", "cnnprom/Ecoli_non_prom.fa.gz"], {"split": "random"}, 3839, "binary", ("Ecoli_non_prom", "Ecoli_prom"), "dna"),
    "cnnprom mouse": (["cnnprom/Mouse_tata.fa.gz", "cnnprom/Mouse_nonprom.fa.gz"], {"split": "group:header", "group_pattern": r"^.{10}"}, 4785, "binary", ("Mouse_nonprom", "Mouse_tata"), "dna"),
    "encode": ([f"{ENCODE}AC.seq.gz"], {"negatives": "shuffle", "test": f"{ENCODE}B.seq.gz"}, 18052, "binary", ("0", "1"), "dna"),
    "uci": (["uci_splice/splice.tsv.gz"], {}, 3190, "multiclass", ("EI", "IE", "N"), "dna"),
    "pre_mirna": (["pre_mirna/hsa_hairpin.tsv.gz", "pre_mirna/pseudo_hairpin.tsv.gz"], {"structure_column": "structure"}, 3762, "binary", ("False", "True"), "rna"),
    "lncrna": (["lncrna_coding/Human_coding_mRNA.fa.gz", "lncrna_coding/Human_noncoding_RNA.fa.gz"], {"groups": "lncrna_coding/loci.tsv.gz", "split": "group:locus"}, 3000, "binary", ("Human_noncoding_RNA", "Human_coding_mRNA"), "dna"),
    "cyclizability": (["dna_cyclizability/random_library.tsv.gz"], {"label_column": ("C0",), "trim_constant": True, "split": "random"}, 12472, "regression", ("C0",), "dna"),
    "jores": (["jores_plant_promoters/CNN_test_leaf.tsv.gz"], {"label_column": ("enrichment",), "split": "group:gene"}, 4687, "regression", ("enrichment",), "dna"),
    "yeast": (["yeast_promoter_expression/HQ_testdata.txt.gz"], {"split": "random"}, 3331, "regression", ("column_2",), "dna"),
    "essential": (["essential_genes/C004_Haemophilus_influenzae_Rd.csv.gz", "essential_genes/C007_Streptococcus_pyogenes_MGAS5448.csv.gz", "essential_genes/C026_Helicobacter_pylori_G27.csv.gz", "essential_genes/C041_Streptococcus_mutans_UA159.csv.gz", "essential_genes/D014_Neisseria_gonorrhoeae_MS11.csv.gz"], {"split": "group:file", "fractions": (0.6, 0.2, 0.2)}, 9156, "binary", ("0", "1"), "dna"),
    "peaks": (["tf_peaks_fasta/wgEncodeSydhTfbsGm12878Nfe2hStdAlnRep0.tr.fa.gz", "tf_peaks_fasta/wgEncodeSydhTfbsGm12878Nfe2hStdAlnRep0.neg.tr.fa.gz"], {"split": "chromosome"}, 1288, "binary", None, "dna"),
    "clip": (["clip_rbp/27_ICLIP_TDP43_hg19.test.fa.gz"], {"split": "chromosome"}, 10000, "binary", ("0", "1"), "dna"),
    "peptides": (["../protein/peptide_classification/acp_mlacp.tsv.gz"], {}, 585, "binary", ("0", "1"), "protein"),
}  # fmt: skip


LONG = ("ienhancer", "encode", "lncrna", "yeast", "essential", "clip", "jores", "cnnprom mouse")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in REAL]
)
def test_real_sets_are_read_with_the_options_a_user_would_give(real_data: Path, name: str) -> None:
    files, given, rows, task, names, alphabet = REAL[name]
    folder = real_data / "regulatory"
    paths = {key: str(folder / given[key]) for key in ("labels", "groups") if key in given}
    test = {"test": (str(folder / given["test"]),)} if "test" in given else {}
    data = curate_sequences([folder / file for file in files], CurateOptions(**{**given, **paths, **test}))
    assert (len(data), data.task, data.alphabet.name) == (rows, task, alphabet)
    assert names is None or data.names == names
    assert len(set(data.ids.tolist())) == rows
    assert {0, 1, 2} <= set(data.parts.tolist())
