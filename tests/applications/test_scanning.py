"""A model over a genome: every value is what the model says of the window around it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from primase import zoo
from primase.applications.prediction import predict_sequences
from primase.applications.scanning import scan_genome
from primase.applications.trained import TrainedModel
from primase.core.alphabet import DNA, PROTEIN, reverse_complement
from primase.core.errors import PrimaseError
from primase.curation.formats import bed, bigwig
from primase.curation.intervals import Intervals
from primase.curation.packing import PackedGenome, open_genome
from primase.inference import one_hot, predict_outputs
from primase.tasks import task_module


@pytest.fixture(scope="module")
def genome(tmp_path_factory) -> PackedGenome:
    folder = tmp_path_factory.mktemp("scan")
    rng = np.random.default_rng(0)
    text = "".join(f">{name}\n{''.join(rng.choice(list('ACGT'), size))}\n" for name, size in (("a", 700), ("b", 130)))
    (folder / "g.fa").write_text(text)
    return open_genome(folder / "g.fa", cache=folder)


def model(kind: str, *, strands: int = 2, alphabet=DNA) -> TrainedModel:
    if kind == "profile":
        task = task_module(kind).Task(("x_plus", "x_minus"), strand_pairs=(1, 0))
        config, _ = zoo.adapt(
            "bpnet", zoo.configure("bpnet", variant="tiny"), length=60, channels=4, outputs=2, output_length=20
        )
        net, facts = zoo.create("bpnet", config, seed=3), {"bin": 1, "strand_pairs": [1, 0]}
    else:
        task, facts = task_module("binary").Task(("no", "yes")), {}
        config, _ = zoo.adapt(
            "primer_cnn", zoo.configure("primer_cnn", variant="tiny"), length=50, channels=4, outputs=1
        )
        net = zoo.create("primer_cnn", config, seed=3)
    system = "bpnet" if kind == "profile" else "primer_cnn"
    return TrainedModel(
        {"": net.eval()}, system, "tiny", config, task, alphabet, policy="pad", strands=strands, facts=facts
    )


def said(trained: TrainedModel, genome: PackedGenome, contig: int, start: int) -> np.ndarray:
    codes = genome.read_codes(np.array([contig]), np.array([start]), trained.length)
    outputs = predict_outputs(trained.ensemble(), {"seq": one_hot(torch.from_numpy(codes), 4)})
    if trained.kind == "binary":
        return trained.predictions(outputs["logits"].numpy().astype(np.float64))
    return trained.task.link(outputs).numpy()[0]


def test_tracks_follow_each_other_without_a_gap(genome, tmp_path):
    trained = model("profile")
    paths = scan_genome(trained, genome, tmp_path / "o.bw")
    assert [path.name for path in paths] == ["o.x_plus.bw", "o.x_minus.bw"]
    tracks = [bigwig.read(path) for path in paths]
    assert tracks[0].lengths == {"a": 700, "b": 130}
    for contig, name, size in ((0, "a", 700), (1, "b", 130)):
        for start in range(0, size, 20):
            wanted = said(trained, genome, contig, start + 10 - 30)[:, : min(20, size - start)]
            for track, values in zip(tracks, wanted, strict=True):
                found = track.read(name, np.array([start]), wanted.shape[1])[0]
                np.testing.assert_allclose(found, values, rtol=1e-4, atol=1e-7)


def test_the_score_of_a_sliding_window_stands_at_its_middle(genome, tmp_path):
    trained = model("binary")
    region = Intervals(genome.source, genome.names, [0, 0, 0], [100, 300, 325], [161, 320, 330], [0, 0, 0], [1, 2, 3])
    (path,) = scan_genome(trained, genome, tmp_path / "o.bigWig", regions=region, stride=10)
    track = bigwig.read(path)
    for start in (*range(100, 161, 10), 300, 310, 320):
        wanted = said(trained, genome, 0, start + 5 - 25)
        assert track.read("a", np.array([start]), 1)[0, 0] == pytest.approx(float(wanted[0]), rel=1e-5)
    assert track.read("a", np.array([170]), 100).sum() == 0
    (table,) = scan_genome(trained, genome, tmp_path / "o.bed", regions=region, stride=10)
    rows = bed.read(table)
    assert len(rows) == 10
    assert (rows.starts[0], rows.ends[0]) == (100, 110)
    assert Path(table).read_text().splitlines()[0].split("\t")[3] == "yes"


def test_what_fills_a_window_up_in_training_does_so_here(genome, tmp_path):
    trained = replace(model("binary"), facts={"window": 30})
    (path,) = scan_genome(trained, genome, tmp_path / "o.bw", stride=10)
    track = bigwig.read(path)
    for start in (100, 640, 690):  # the last window passes the end of the contig
        codes = genome.read_codes(np.array([0]), np.array([start + 5 - 15]), 30)[0]
        text = "".join("ACGTN"[code] for code in codes)
        wanted = predict_sequences(trained, [text])["prediction"].to_pylist()[0]
        assert track.read("a", np.array([start]), 1)[0, 0] == pytest.approx(wanted, rel=1e-5)
    said = []
    longer = predict_sequences(trained, ["ACGTG" * 8], say=said.append)["prediction"].to_pylist()
    assert longer == predict_sequences(trained, ["ACGTG" * 6])["prediction"].to_pylist()
    assert said == ["of 1 longer sequences only the first 30 letters are read, as in training"]


def test_sequences_with_a_direction_are_scored_on_either_strand(genome, tmp_path):
    trained, said = replace(model("binary", strands=1), facts={"window": 40}), []
    paths = scan_genome(trained, genome, tmp_path / "o.bw", stride=10, say=said.append)
    assert [path.name for path in paths] == ["o.yes_plus.bw", "o.yes_minus.bw"]
    assert any("each strand is scored on its own" in line for line in said)
    codes = genome.read_codes(np.array([0]), np.array([300 + 5 - 20]), 40)[0]
    text = "".join("ACGT"[code] for code in codes)
    wanted = predict_sequences(trained, [text, reverse_complement(text)])["prediction"].to_pylist()
    for path, value in zip(paths, wanted, strict=True):
        assert bigwig.read(path).read("a", np.array([300]), 1)[0, 0] == pytest.approx(value, rel=1e-5)
    assert wanted[0] != pytest.approx(wanted[1])
    (table,) = scan_genome(trained, genome, tmp_path / "o.bed", stride=100)
    lines = [line.split("\t") for line in table.read_text().splitlines()]
    assert [(line[3], line[5]) for line in lines[:2]] == [("yes_plus", "+"), ("yes_minus", "-")]
    assert lines[-1][:3] == ["b", "100", "130"]  # and not beyond the end of the contig


def test_unknown_stretches_have_no_value(tmp_path):
    letters = "".join(np.random.default_rng(1).choice(list("ACGT"), 300))
    (tmp_path / "n.fa").write_text(f">a\n{letters}{'N' * 300}{letters}\n")
    gapped = open_genome(tmp_path / "n.fa", cache=tmp_path)
    (path,) = scan_genome(model("binary"), gapped, tmp_path / "o.bed", stride=10)
    starts = bed.read(path).starts
    assert not ((starts > 300) & (starts < 590)).any()
    assert set(range(0, 290, 10)) | set(range(610, 900, 10)) <= set(starts.tolist())


def test_between_regions_nothing_is_written(genome, tmp_path):
    region = Intervals(genome.source, genome.names, [0, 0], [10, 60], [20, 95], [0, 0], [1, 2])
    (path,) = scan_genome(model("binary"), genome, tmp_path / "o.bed", regions=region, stride=25)
    assert bed.read(path).starts.tolist() == [10, 60, 85]


def test_what_cannot_be_is_refused(genome, tmp_path):
    with pytest.raises(PrimaseError, match=r"ends in '.txt'"):
        scan_genome(model("binary"), genome, tmp_path / "o.txt")
    with pytest.raises(PrimaseError, match="--stride 5 was given for a model of tracks"):
        scan_genome(model("profile"), genome, tmp_path / "o.bw", stride=5)
    with pytest.raises(PrimaseError, match="cannot go over a genome"):
        scan_genome(model("binary", strands=1, alphabet=PROTEIN), genome, tmp_path / "o.bw")
    assert not list(tmp_path.iterdir())


def test_a_model_with_controls_is_used_with_empty_ones(genome, tmp_path):
    trained, lines = model("profile"), []
    config = replace(trained.config, controls=2)
    net = zoo.create("bpnet", config, seed=3).eval()
    trained = replace(trained, networks={"": net}, config=config, facts=trained.facts | {"controls": 2})
    paths = scan_genome(trained, genome, tmp_path / "o.bw", say=lines.append)
    assert any("controls are left empty" in line for line in lines)
    codes = genome.read_codes(np.array([0]), np.array([200 + 10 - 30]), trained.length)
    inputs = {"seq": one_hot(torch.from_numpy(codes), 4), "control": torch.zeros(1, 2, 60)}
    wanted = trained.task.link(predict_outputs(trained.ensemble(), inputs)).numpy()[0, 0]
    np.testing.assert_allclose(bigwig.read(paths[0]).read("a", np.array([200]), 20)[0], wanted, rtol=1e-4)
