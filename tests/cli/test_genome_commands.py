"""A person with peaks, reads and a genome: from the files to a model, its report, and a track along the genome."""

import json
import re
import shutil

import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest

from primase import cli
from primase.applications.track_samples import TrackSample
from primase.curation.dataset import Dataset
from primase.curation.formats import bigwig
from primase.curation.genome_curating import read_intervals
from primase.curation.signal_files import open_signal
from primase.interpretation.attributions import Attributions

QUICK = ["--set", "plan.epochs=2", "--set", "plan.patience=0", "--threads", "1"]


def call(*words) -> int:
    with pytest.raises(SystemExit) as stopped:
        cli.main([str(word) for word in words])
    return int(stopped.value.code or 0)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    assert call("simulate", "binding", "--length", 60_000, "--sites", 60, "--out", folder) == 0
    return folder


def test_simulated_binding_can_be_read_again(lab):
    peaks = read_intervals(lab / "peaks.narrowPeak")
    assert peaks.summits is not None
    track = open_signal(lab / "reads.bam", count="ends")
    assert set(track.lengths.values()) == {60_000}
    around = np.concatenate(
        [
            track.read(peaks.contigs[contig], np.array([summit - 100]), 200).sum(1)
            for contig, summit in zip(peaks.contig, peaks.summits, strict=True)
        ]
    )
    apart = np.concatenate([track.read(name, np.arange(0, 60_000, 200), 200).sum(1) for name in track.lengths])
    assert np.median(around) > 3 * np.median(apart)


def test_peaks_become_a_model_and_a_track(lab, tmp_path, capsys):
    out = tmp_path / "run"
    words = [lab / "peaks.narrowPeak", "--genome", lab / "genome.fa", "--window", 60, "--system", "primer_cnn", *QUICK]
    assert call("run", *words, "--out", out) == 0
    said = capsys.readouterr().out
    assert "matched by GC" in said
    assert "attributions.bw: contributions along the genome" in said
    scores = json.loads((out / "evaluation.json").read_text())
    assert scores["task"] == "binary"
    assert scores["split"]["method"] == "by chromosome"
    table = pq.read_table(out / "predictions.parquet")
    data = Dataset.load(out / "dataset")
    assert table["id"].to_pylist() == data.ids.tolist()
    assert not (out / "dataset" / "codes.npy").exists()
    with h5py.File(out / "attributions.h5") as file:
        ids = [name.decode() for name in file["ids"]]
    contig, _, span = ids[0].partition(":")
    start, end = map(int, span.split("(")[0].split("-"))
    assert np.abs(bigwig.read(out / "attributions.bw").read(contig, np.array([start]), end - start)).sum() > 0
    (tmp_path / "r.bed").write_text("chr2\t1000\t3000\n")
    assert (
        call("predict", out, "--genome", lab / "genome.fa", "--regions", tmp_path / "r.bed", "--out", tmp_path / "s.bw")
        == 0
    )
    scanned = bigwig.read(tmp_path / "s.bw").read("chr2", np.array([0, 1000]), 1000)
    assert scanned[0].sum() == 0
    assert (scanned[1] > 0).all()
    html = (out / "report.html").read_text()
    assert "by chromosome" in html
    assert call("run", "--resume", out) == 0


def test_reads_become_profiles(lab, tmp_path, capsys):
    out = tmp_path / "run"
    words = ["--genome", lab / "genome.fa", "--peaks", lab / "peaks.narrowPeak", "--window", 120, "--output-window", 60]
    small = ["--jitter", 10, "--set", "system.filters=8", "--set", "system.layers=2", *QUICK]
    assert call("run", lab / "reads.bam", *words, *small, "--out", out) == 0
    assert "auto takes bpnet" in capsys.readouterr().out
    scores = json.loads((out / "evaluation.json").read_text())
    assert scores["task"] == "profile"
    assert scores["names"] == ["reads_plus", "reads_minus"]
    floor = scores["metrics"]["profile_jsd"]
    assert 0 < floor["replicate"] < floor["value"]
    assert set(scores["baselines"]) == {"mean", "composition", "kmer", "onehot"}
    columns = pq.read_table(out / "predictions.parquet").column_names
    assert columns == [
        "id",
        "split",
        "target_reads_plus",
        "target_reads_minus",
        "prediction_reads_plus",
        "prediction_reads_minus",
        "profile_distance",
        "profile_distance_average",
        "profile_distance_replicate",
    ]
    sample = TrackSample.load(out / "tracks.h5")
    assert sample.names == ("reads_plus", "reads_minus")
    assert sample.observed.shape == sample.expected.shape == (6, 2, 60)
    assert [path.name for path in out.glob("*.bw")] == ["attributions.bw"]
    assert Attributions.load(out / "attributions.h5").targets == ("reads",)
    assert call("predict", out, "--genome", lab / "genome.fa", "--out", tmp_path / "p.bw") == 0
    plus = bigwig.read(tmp_path / "p.reads_plus.bw")
    assert plus.lengths["chr1"] == 60_000
    written = plus.read("chr1", np.array([0]), 60_000)[0] > 0
    letters = "".join((lab / "genome.fa").read_text().split(">")[1].splitlines()[1:])
    known = np.array([letter not in "Nn" for letter in letters])
    assert 50_000 < known.sum() < 60_000
    near = np.convolve(known, np.ones(121), "same")  # of the 120 letters of a window, and a half step of 60 beside it
    assert written[near == np.convolve(np.ones(len(known)), np.ones(121), "same")].all()
    assert not written[near == 0].any()
    html = (out / "report.html").read_text()
    assert "profiles" in html[html.index('class="badge"') :][:200]
    capsys.readouterr()
    shutil.copytree(out / "model", tmp_path / "alone")
    for part, seen in (("train", 1.0), ("valid", 1.0), ("test", 0.0)):
        assert call("leakage", f"{out}:{part}", tmp_path / "alone") == 0
        overlap, rows = map(int, re.match(r"(\d+) of (\d+) windows", capsys.readouterr().out).groups())
        assert overlap == seen * rows
        assert rows > 0


def test_tracks_over_tiles_become_counts(lab, tmp_path, capsys):
    out = tmp_path / "run"
    words = ["--tracks", lab / "reads.bam", "--genome", lab / "genome.fa", "--window", 1024, *QUICK]
    assert call("run", *words, "--out", out) == 0
    assert "auto takes basenji" in capsys.readouterr().out
    data = Dataset.load(out / "dataset")
    assert (data.task, data.tracks.bin, data.tracks.bins) == ("counts", 128, 8)
    scores = json.loads((out / "evaluation.json").read_text())
    assert np.isfinite(scores["metrics"]["bin_pearson_r"]["value"])


def test_basenji_takes_the_bins_of_the_data(lab, tmp_path, capsys):
    out = tmp_path / "run"
    words = ["--tracks", lab / "reads.bam", "--genome", lab / "genome.fa", "--window", 1024, "--bin", 32, *QUICK]
    assert call("run", *words, "--out", out) == 0
    assert "it pools by 4 x 4 x 2 instead of 8 x 4 x 4: bins of 32 letters" in capsys.readouterr().out
    assert Dataset.load(out / "dataset").tracks.bins == 32
    assert (
        call(
            "train",
            out,
            *QUICK,
            "--system",
            "basenji",
            "--variant",
            "small",
            "--set",
            "system.pools=8,4,4",
            "--out",
            tmp_path / "other",
        )
        == 2
    )
    assert "predicts bins of 128 letters, the data have bins of 32" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["run", "{lab}/peaks.narrowPeak"], "add --genome FASTA"),
        (["run", "{lab}/reads.bam"], "add --genome FASTA"),
        (["run", *["{lab}/peaks.narrowPeak"] * 2, "--genome", "{lab}/genome.fa"], "is given 2 times"),
        (
            ["run", "{lab}/peaks.narrowPeak", "--genome", "{lab}/genome.fa", "--window", "300000"],
            "windows are left out: they pass the end of their contig",
        ),
        (["run", "{lab}/peaks.narrowPeak", "--genome", "{lab}/none.fa"], "cannot be read"),
        (["run", "{lab}/peaks.narrowPeak", "--window", "100"], "--window was given without a genome"),
        (["predict", "{lab}", "--genome", "{lab}/genome.fa"], "--genome needs --out"),
        (["predict", "{lab}"], "either INPUT or --genome"),
        (["data", "show", "{lab}"], "manifest"),
        (["curate", "--genome", "{lab}/genome.fa"], "no INPUT"),
    ],
)
def test_what_is_wrong_is_said_in_two_lines(lab, tmp_path, words, what, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call(*(word.format(lab=lab) for word in words)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert what in lines[0] + lines[1]
    assert lines[1].startswith("  fix: ")
    assert not (tmp_path / "runs" / "peaks").exists()
