"""A data set shows what it holds, for every kind of question."""

from dataclasses import replace

import numpy as np
import pytest

from conftest import make_dataset
from primase.cli import main
from primase.curation.packing import open_genome
from primase.curation.sequences import GenomeSequences
from primase.curation.tracks import Tracks
from primase.reporting.data_page import show_data


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
def test_counts_are_those_of_the_data(task):
    data = make_dataset(200, task=task)
    lines, page = show_data(data, title="mine")
    text = "\n".join(lines)
    assert "200 (160 train, 20 valid, 20 test)" in text
    assert f"{task}: {', '.join(data.names)}" in text
    if task == "binary":
        gc = np.isin(data.codes.reshape(200, -1)[data.targets == 1], [1, 2]).mean()
        assert f"{int((data.targets == 1).sum())}, GC {gc:.3f}" in text
    assert page.html.count("<svg") >= 1
    assert "mine" in page.html
    assert "http" not in page.html.split("</style>")[1].replace("http://www.w3.org/2000/svg", "")


def test_windows_and_tracks_are_drawn(tmp_path, monkeypatch, capsys):
    rng = np.random.default_rng(0)
    (tmp_path / "g.fa").write_text("".join(f">{name}\n{''.join(rng.choice(list('ACGT'), 900))}\n" for name in "xyz"))
    monkeypatch.setenv("PRIMASE_CACHE", str(tmp_path / "cache"))
    genome = open_genome(tmp_path / "g.fa")
    data = make_dataset(60, task="regression", length=50)
    contigs, starts = (np.arange(60) // 30).astype(np.int32), np.arange(60) % 30 * 20
    still = np.zeros(60, np.int8)
    sequences = GenomeSequences(genome, contigs, starts, starts + 50, still, still.astype(bool))
    values = rng.poisson(3, (60, 2, 5)).astype(np.float32)
    tracks = Tracks(values, 10)
    data = replace(
        data,
        sequences=sequences,
        tracks=tracks,
        task="counts",
        names=("liver", "heart"),
        targets=np.log1p(tracks.totals()),
    )
    data.save(tmp_path / "run" / "dataset")
    with pytest.raises(SystemExit) as ended:
        main(["data", "show", str(tmp_path / "run")])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "2 of 3 contigs" in said
    assert f"5 bins of 10 letters; mean total liver {values[:, 0].sum(1).mean():,.4g}" in said
    html = (tmp_path / "run" / "data.html").read_text()
    best = values[:, 1].sum(1).argmax()
    assert f"heart along {data.ids[best]}" in html
    assert "windows per contig" in html
