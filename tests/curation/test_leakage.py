"""What one data set has of another is counted, whichever way it is given."""

from dataclasses import replace

import numpy as np
import pytest

from conftest import make_dataset
from primase.cli import main
from primase.core.errors import ManifestError, PrimaseError, UnknownName
from primase.core.files import write_json
from primase.curation.leakage import compare_sets, open_sequences
from primase.curation.packing import open_genome
from primase.curation.sequences import GenomeSequences, StoredSequences
from primase.curation.training_intervals import record_intervals

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


def windows(genome, starts):
    starts = np.array(starts)
    zero = np.zeros(len(starts), np.int64)
    places = zero.astype(np.int32), starts, starts + 100, zero.astype(np.int8), zero.astype(bool)
    return replace(make_dataset(len(starts), length=100), sequences=GenomeSequences(genome, *places))


@pytest.fixture
def genome(tmp_path, monkeypatch):
    monkeypatch.setenv("PRIMASE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "g.fa").write_text(f">a\n{''.join(RNG.choice(list('ACGT'), 3000))}\n")
    return open_genome(tmp_path / "g.fa")


def test_windows_of_one_genome_are_compared_by_place(genome):
    found = compare_sets(windows(genome, [0, 500, 1000]), windows(genome, [560, 1090, 2000]))
    assert found.overlaps.tolist() == [False, True, True]
    assert "2 of 3 windows overlap" in found.lines()[1]
    assert compare_sets(windows(genome, [0, 500]), stored(letters(5, 100))).overlaps is None


def model_of(data, folder):
    """Leave what training leaves of a data set in a model's folder."""
    write_json(folder / "card.json", record_intervals(data, folder))
    return folder


def test_a_model_without_its_data_is_known_by_its_card(genome, tmp_path, capsys):
    seen = replace(windows(genome, [560, 1090, 2000]), parts=np.array([0, 1, 2], np.int8))
    new = windows(genome, [0, 500, 1000, 1950])
    model_of(seen, tmp_path / "run" / "model")
    new.save(tmp_path / "new")
    for place in (tmp_path / "run" / "model", tmp_path / "run"):
        found = compare_sets(new, open_sequences(str(place)))
        assert found.overlaps.tolist() == [False, True, True, False]  # the fourth lies in the test part alone
        assert found.copies is None
        assert found.lines() == ["2 of 4 windows overlap one of the 2 intervals that were trained or chosen on"]
    with pytest.raises(SystemExit) as ended:
        main(["leakage", str(tmp_path / "new"), f"{tmp_path}/run/model", "--out", str(tmp_path / "ids.txt")])
    assert ended.value.code == 0
    assert "2 of 4 windows" in capsys.readouterr().out
    assert (tmp_path / "ids.txt").read_text().split() == new.ids[[1, 2]].tolist()
    seen.save(tmp_path / "run" / "dataset")
    assert compare_sets(new, open_sequences(str(tmp_path / "run"))).copies is not None  # the data say more


def test_what_a_model_cannot_be_asked_is_said(genome, tmp_path):
    model = str(model_of(windows(genome, [0, 100]), tmp_path / "model"))
    intervals = open_sequences(model)
    with pytest.raises(PrimaseError, match="the first of the two is a model"):
        compare_sets(intervals, windows(genome, [0]))
    with pytest.raises(PrimaseError, match="sequences without a place"):
        compare_sets(stored(letters(3)), intervals)
    (tmp_path / "other.fa").write_text(f">a\n{'ACGT' * 500}\n")
    with pytest.raises(PrimaseError, match=r"windows of .*other\.fa .* trained on .*g\.fa"):
        compare_sets(windows(open_genome(tmp_path / "other.fa"), [0]), intervals)
    with pytest.raises(PrimaseError, match="has no parts"):
        open_sequences(f"{model}:train")
    write_json(tmp_path / "model" / "card.json", {"system": "basset"})
    with pytest.raises(ManifestError, match="names no training intervals"):
        open_sequences(model)


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
    with pytest.raises(PrimaseError, match="is no run, data set or model"):
        open_sequences(str(tmp_path))
    make_dataset(20).save(tmp_path)
    with pytest.raises(UnknownName, match="no part is called 'tset'"):
        open_sequences(f"{tmp_path}:tset")
    (tmp_path / "p.fa").write_text(">a\nMKVLAAGERRS\n>b\nMKVLWWGERRS\n")
    with pytest.raises(PrimaseError, match="protein cannot be compared with dna"):
        compare_sets(open_sequences(str(tmp_path / "p.fa")), open_sequences(str(tmp_path)))
