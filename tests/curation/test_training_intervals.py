"""What a model has seen of a genome is written beside its card, and read again."""

from dataclasses import replace

import numpy as np
import pytest

from conftest import make_dataset
from primase.core.errors import ManifestError
from primase.core.files import write_json
from primase.curation.packing import open_genome
from primase.curation.sequences import GenomeSequences
from primase.curation.training_intervals import CARD_FILE, INTERVALS_FILE, load_intervals, record_intervals


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("genome")
    letters = np.random.default_rng(0).choice(list("ACGT"), 3000)
    (folder / "g.fa").write_text(f">a\n{''.join(letters[:2000])}\n>b\n{''.join(letters[2000:])}\n")
    return open_genome(folder / "g.fa", cache=folder)


def on_genome(genome, contigs, starts, parts, folds=None):
    starts, rows = np.array(starts), len(starts)
    still = np.zeros(rows, np.int8)
    places = np.array(contigs, np.int32), starts, starts + 100, still, still.astype(bool)
    return replace(
        make_dataset(rows, length=100),
        sequences=GenomeSequences(genome, *places),
        parts=np.array(parts, np.int8),
        folds=folds,
    )


def read(folder):
    found = load_intervals(folder)
    rows = found.intervals
    return found, [
        (rows.contigs[c], int(s), int(e)) for c, s, e in zip(rows.contig, rows.starts, rows.ends, strict=True)
    ]


def test_training_and_validation_windows_are_merged_and_read_again(genome, tmp_path):
    data = on_genome(genome, [1, 0, 0, 0, 0], [50, 60, 0, 1000, 1500], [0, 0, 1, 2, 0])
    facts = record_intervals(data, tmp_path)
    assert facts["trained_on"] == {
        "genome": genome.source, "digest": genome.digest, "windows": 4, "intervals": 3, "letters": 360,
    }  # fmt: skip
    write_json(tmp_path / CARD_FILE, facts)
    found, rows = read(tmp_path)
    assert rows == [("a", 0, 160), ("a", 1500, 1600), ("b", 50, 150)]
    assert (found.source, found.digest, len(found)) == (genome.source, genome.digest, 3)


def test_letters_that_shifted_windows_showed_have_been_seen(genome, tmp_path):
    data = on_genome(genome, [0, 0, 0, 1], [10, 700, 1890, 500], [0, 1, 0, 2])
    write_json(tmp_path / CARD_FILE, record_intervals(data, tmp_path, shift=20))
    assert read(tmp_path)[1] == [("a", 0, 130), ("a", 700, 800), ("a", 1870, 2000)]


def test_with_folds_every_window_has_trained_a_member(genome, tmp_path):
    data = on_genome(genome, [0, 0, 0], [0, 500, 900], [2, 1, 0], folds=np.array([0, 1, 2], np.int8))
    write_json(tmp_path / CARD_FILE, record_intervals(data, tmp_path))
    assert [start for _, start, _ in read(tmp_path)[1]] == [0, 500, 900]


def test_the_same_data_give_the_same_bytes(genome, tmp_path):
    data = on_genome(genome, [0, 0], [0, 500], [0, 1])
    for name in ("one", "two"):
        record_intervals(data, tmp_path / name)
    assert (tmp_path / "one" / INTERVALS_FILE).read_bytes() == (tmp_path / "two" / INTERVALS_FILE).read_bytes()
    assert (tmp_path / "one" / INTERVALS_FILE).read_bytes()[4:8] == bytes(4)  # gzip's time


def test_sequences_without_a_place_leave_nothing(tmp_path):
    assert record_intervals(make_dataset(20), tmp_path) == {}
    assert not list(tmp_path.iterdir())


def test_a_card_without_intervals_or_a_lost_file_is_said(genome, tmp_path):
    write_json(tmp_path / CARD_FILE, {"system": "basset"})
    with pytest.raises(ManifestError, match="names no training intervals"):
        load_intervals(tmp_path)
    write_json(tmp_path / CARD_FILE, record_intervals(on_genome(genome, [0], [0], [0]), tmp_path))
    (tmp_path / INTERVALS_FILE).unlink()
    with pytest.raises(ManifestError, match="is missing"):
        load_intervals(tmp_path)
