"""What one data set has of another is counted, whichever way it is given."""

from dataclasses import replace

import numpy as np
import pytest

from conftest import make_dataset
from primase.cli import main
from primase.core.errors import PrimaseError, UnknownName
from primase.curation.leakage import compare_sets, open_sequences
from primase.curation.packing import open_genome
from primase.curation.sequences import GenomeSequences, StoredSequences

RNG = np.random.default_rng(0)


def letters(rows, length=60):
    return RNG.integers(0, 4, (rows, length)).astype(np.uint8)


def stored(codes):
    rows, length = codes.shape
    offsets = np.arange(rows + 1) * length
    return replace(make_dataset(rows, length=length), sequences=StoredSequences(codes.reshape(-1), offsets))


def test_copies_on_either_strand_and_with_a_few_changes_are_found():
    first, second = letters(40), letters(50)
    second[7] = first[3]
    second[8] = 3 - first[4][::-1]
    changed = first[5].copy()
    changed[::12] = (changed[::12] + 1) % 4
    second[9] = changed
    found = compare_sets(stored(first), stored(second))
    assert np.flatnonzero(found.copies).tolist() == [3, 4, 5]
    assert found.overlaps is None
    assert found.lines() == ["3 of 40 sequences have a near-duplicate among the 50 others"]


def test_windows_of_one_genome_are_compared_by_place(tmp_path):
    text = "".join(RNG.choice(list("ACGT"), 3000))
    (tmp_path / "g.fa").write_text(f">a\n{text}\n")
    genome = open_genome(tmp_path / "g.fa", cache=tmp_path)

    def windows(starts):
        starts = np.array(starts)
        zero = np.zeros(len(starts), np.int64)
        places = zero.astype(np.int32), starts, starts + 100, zero.astype(np.int8), zero.astype(bool)
        return replace(make_dataset(len(starts), length=100), sequences=GenomeSequences(genome, *places))

    found = compare_sets(windows([0, 500, 1000]), windows([560, 1090, 2000]))
    assert found.overlaps.tolist() == [False, True, True]
    assert "2 of 3 windows overlap" in found.lines()[1]
    assert compare_sets(windows([0, 500]), stored(letters(5, 100))).overlaps is None


def test_the_command_takes_runs_parts_and_files(tmp_path, capsys):
    data = make_dataset(100, length=40)
    (tmp_path / "run").mkdir()
    data.save(tmp_path / "run" / "dataset")
    rows = data.part("test")[:4]
    (tmp_path / "new.fa").write_text(
        "".join(f">n{row}\n{data.sequence(row)}\n" for row in rows) + ">other\n" + "ACGGT" * 8 + "\n"
    )
    seen = {
        part: compare_sets(open_sequences(str(tmp_path / "new.fa")), open_sequences(f"{tmp_path}/run:{part}"))
        for part in ("test", "train")
    }
    assert seen["test"].copies.tolist() == [True] * 4 + [False]
    assert not seen["train"].copies.any()
    with pytest.raises(SystemExit) as ended:
        main(["leakage", str(tmp_path / "new.fa"), f"{tmp_path}/run:test", "--out", str(tmp_path / "ids.txt")])
    assert ended.value.code == 0
    assert "4 of 5 sequences" in capsys.readouterr().out
    assert (tmp_path / "ids.txt").read_text().split() == [f"n{row}" for row in rows]


def test_what_cannot_be_compared_is_said(tmp_path):
    with pytest.raises(PrimaseError, match="is neither a run nor a data set"):
        open_sequences(str(tmp_path))
    make_dataset(20).save(tmp_path)
    with pytest.raises(UnknownName, match="no part is called 'tset'"):
        open_sequences(f"{tmp_path}:tset")
    (tmp_path / "p.fa").write_text(">a\nMKVLAAGERRS\n>b\nMKVLWWGERRS\n")
    with pytest.raises(PrimaseError, match="protein cannot be compared with dna"):
        compare_sets(open_sequences(str(tmp_path / "p.fa")), open_sequences(str(tmp_path)))
