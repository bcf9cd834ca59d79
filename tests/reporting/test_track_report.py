"""The report of tracks: data on a genome, two halves of a verdict, windows and tracks one by one, and no nonsense."""

import re
import shutil
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from primase.applications.track_samples import TrackSample
from primase.core.files import read_json, write_json
from primase.curation.sequences import GenomeSequences
from primase.reporting import render_report
from primase.reporting.blocks import Table
from primase.reporting.chapters.along import read_standing
from primase.reporting.chapters.windows import show_windows
from primase.reporting.contents import Contents, read_contents
from primase.reporting.words import decimal, percent
from reporting.test_report import read
from reporting.track_folder import WINDOW, write_track_run

NONSENSE = ("ROC curve", "confusion matrix", "reliability", "probabilities", "Class by class", "balance", "class by")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs of both kinds; the report is made without their genome."""
    folder = tmp_path_factory.mktemp("tracks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRIMASE_CACHE", str(folder / "cache"))
        data = {kind: write_track_run(folder / kind, kind) for kind in ("profile", "counts")}
        data["many"] = write_track_run(folder / "many", "counts", tracks=220)
        data["poor"] = write_track_run(folder / "poor", "profile", share=0.0)
    shutil.rmtree(folder / "cache")
    for path in folder.glob("*/genome.fa"):
        path.unlink()
    return {kind: (folder / kind, found) for kind, found in data.items()}


@pytest.mark.parametrize("kind", ["profile", "counts", "many", "poor"])
def test_page_is_whole_and_holds_nothing_of_classes(runs, kind):
    page = render_report(runs[kind][0])
    checker, words = read(page)
    assert len(checker.ids) == len(set(checker.ids))
    body = words[: words.index("What the words mean")]
    for phrase in NONSENSE:
        assert phrase not in body, phrase
    assert len(page.encode()) < 3_000_000
    assert "primase predict" in body
    assert "--genome GENOME.fa" in body


def test_data_chapter_says_where_the_windows_lie_and_what_a_bin_is(runs):
    folder, data = runs["counts"]
    _, words = read(render_report(folder))
    assert isinstance(data.sequences, GenomeSequences)
    for phrase in (f"120 windows of {WINDOW} letters", f"({data.sequences.genome.digest[:12]}), windows on 6 contigs",
                   "10 bins of 10 letters in each window; the outer 10 letters at each end are read only",
                   "the sum of its letters, times 0.5, at most 40, 1 bins left out at each end",
                   "40, blocks of 300 letters; the largest holds 3", "chr1, chr2, chr3, chr4", "windows per contig",
                   "from its first known letter on"):  # fmt: skip
        assert phrase in words, phrase
    own = data.parts == 0
    codes = data.codes.reshape(len(data), WINDOW)[own]
    mean = np.expm1(data.targets[own, 0].astype(float)).mean()
    row = f"training chr1, chr2, chr3, chr4 80 {decimal(float(np.isin(codes, [1, 2]).mean()))} {decimal(mean, 1)}"
    assert row in words


def test_the_brightest_window_of_an_experiment_is_drawn_from_the_stored_tracks(runs):
    folder, data = runs["profile"]
    page = render_report(folder)
    row = int(np.expm1(data.targets).sum(1).argmax())
    assert f"f0_plus and f0_minus along {data.ids[row]}, where most lies: forward strand up" in page
    assert "training can move a window by up to 5 letters" in page


def test_verdict_of_profiles_has_two_halves(runs):
    folder, _ = runs["profile"]
    page = render_report(folder)
    metrics = read_json(folder / "evaluation.json")["metrics"]["profile_jsd"]
    mean = read_json(folder / "evaluation.json")["baselines"]["mean"]["profile_jsd"]["value"]
    way = (mean - metrics["value"]) / (mean - metrics["replicate"])
    assert 0.3 < way < 1
    assert '<p class="badge">Counts better than the baseline, profiles better than the average</p>' in page
    _, words = read(page)
    told = f"The expected profiles are {decimal(metrics['value'])} ({decimal(metrics['low'])} to {decimal(metrics['high'])})"
    assert words.count(told) == 2  # in the verdict, and where the reads fall
    sentence = f"The model goes {percent(way)} of the way from the first to the second; were it right"
    assert sentence in words


@pytest.mark.parametrize(
    ("low", "high", "tone", "words"),
    [(-0.2, -0.1, "better", "of the way from the first"), (-0.1, 0.1, "level", "cannot be told from the average"),
     (0.1, 0.2, "worse", "further away than the average"), (None, None, "level", "cannot be told from the average")],
)  # fmt: skip
def test_tone_of_profiles_follows_the_interval(runs, tmp_path, low, high, tone, words):
    folder = tmp_path / "run"
    shutil.copytree(runs["profile"][0], folder)
    evaluation = read_json(folder / "evaluation.json")
    for entry in evaluation["comparison"]:
        if entry["metric"] == "profile_jsd":
            entry |= {"low": low, "high": high}
    write_json(folder / "evaluation.json", evaluation)
    standing = read_standing(read_contents(folder))
    assert standing is not None
    assert standing.tone == tone
    assert words in standing.sentence()
    phrase = {"better": "better than", "level": "level with", "worse": "worse than"}[tone]
    assert f"Counts better than the baseline, profiles {phrase} the average" in render_report(folder)


def test_a_model_that_knows_no_place_is_not_called_better(runs):
    standing = read_standing(read_contents(runs["poor"][0]))
    assert standing is not None
    assert standing.tone != "better"


@pytest.mark.parametrize("kind", ["profile", "counts"])
def test_totals_are_drawn_as_logarithms_and_told_as_amounts(runs, kind):
    folder, data = runs[kind]
    page = render_report(folder)
    unit = {"profile": "reads", "counts": "signal"}[kind]
    assert f"predicted against measured: log(1 + {unit}), {data.names[0]}" in page
    table = pq.read_table(folder / "predictions.parquet").to_pydict()
    tested = [row for row, split in enumerate(table["split"]) if split == "test"]
    name = data.names[0]
    highest = max(tested, key=lambda row: table[f"prediction_{name}"][row])
    seen, said = (np.expm1(table[f"{what}_{name}"][highest]) for what in ("target", "prediction"))
    words = {"profile": f"{decimal(seen, 0)} reads, {decimal(said, 1)} expected",
             "counts": f"signal {decimal(seen, 1)}, expected {decimal(said, 1)}"}[kind]  # fmt: skip
    assert f"{name}: {words}" in page[page.index("The highest and the lowest predictions") :]


@pytest.mark.parametrize("kind", ["profile", "counts"])
def test_windows_of_the_sample_are_drawn_with_what_was_expected(runs, kind):
    folder, data = runs[kind]
    page = render_report(folder)
    sample = TrackSample.load(folder / "tracks.h5")
    begin = page.index("Observed and expected, window by window")
    part = page[begin : page.index("</details>", begin)]
    assert re.findall(r"<h4>(.*?)</h4>", part) == sample.ids.tolist()
    assert part.count("line-series0") == len(sample.ids) * (1 if kind == "profile" else 2)
    assert part.count("line-series1") == (len(sample.ids) if kind == "profile" else 0)
    column = {"profile": "profile_distance", "counts": "window_pearson_r"}[kind]
    figures = dict(zip(data.ids, pq.read_table(folder / "predictions.parquet")[column].to_pylist(), strict=True))
    what = {"profile": "distance", "counts": "Pearson r"}[kind]
    assert f"{what} {decimal(figures[sample.ids[0]])}; {data.names[0]}: " in part


def test_distances_have_their_floors_beside_them(runs):
    page = render_report(runs["profile"][0])
    table = pq.read_table(runs["profile"][0] / "predictions.parquet")
    for column, name in (("", "bpnet"), ("_average", "average profile"), ("_replicate", "drawn again")):
        values = table[f"profile_distance{column}"].to_numpy()
        assert f"{name} {np.nanmean(values):.3f} on average" in page


def test_few_tracks_are_drawn_one_by_one_and_many_as_a_histogram(runs):
    few, many = (render_report(runs[kind][0]) for kind in ("counts", "many"))
    assert "Pearson r over bins of each track, with 95" in few
    assert "220 tracks: half reach" in many
    assert "The first 200 of 220; the others are in evaluation.json." in many
    assert "tissue199" in many
    assert "half reach" not in few


@pytest.mark.parametrize(
    "name",
    ["dataset/manifest.json", "dataset/examples.parquet", "model/card.json", "evaluation.json", "predictions.parquet",
     "history.csv", "attributions.h5"],
)  # fmt: skip
def test_any_one_file_may_be_absent(runs, tmp_path, name):
    folder = tmp_path / "run"
    shutil.copytree(runs["profile"][0], folder)
    (folder / name).unlink()
    read(render_report(folder))


def test_a_run_from_before_the_sample_has_no_empty_headings(runs, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(runs["counts"][0], folder)
    (folder / "tracks.h5").unlink()
    (folder / "dataset" / "tracks.npy").unlink()
    page = render_report(folder)
    assert "window by window" not in page
    assert "where most lies" not in page
    assert not re.search(r"</h3>\s*<h3>", page)


def test_with_folds_each_is_a_row(runs, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(runs["counts"][0], folder)
    path = folder / "dataset" / "examples.parquet"
    table = pq.read_table(path)
    pq.write_table(table.append_column("fold", pa.array(table["contig"].to_numpy() // 2, pa.int8())), path)
    _, words = read(render_report(folder))
    for fold, contigs in ((1, "chr1, chr2"), (2, "chr3, chr4"), (3, "chr5, chr6")):
        assert f"fold {fold} {contigs} 40 " in words
    assert "windows per contig" not in words


@pytest.mark.parametrize("task", ["binary", "multilabel"])
def test_classes_on_a_genome_are_counted_by_part(task, tmp_path):
    contigs = np.array([0, 0, 2, 2, 2, 7], np.int32)
    examples = {
        "id": np.array(["chrA:5-9", "chrA:9-13", "HLA:1:5-9", "HLA:1:7-11", "HLA:1:9-13", "chrZ:0-4"], object),
        "contig": contigs,
        "part": np.array([0, 0, 1, 1, 1, 2], np.int8),
        "target_0": np.array([0, 1, 1, 1, 0, 1]) if task == "binary" else np.array([1.0, 1, 0, np.nan, 0, 0]),
        "target_1": np.array([1.0, 0, 1, 1, 0, 1]),
    }
    facts = {"names": ["no", "yes"], "task": task, "gc": {"valid": {"no": 0.25, "yes": None}}}
    (table,) = show_windows(Contents(folder=tmp_path, facts={}, dataset=facts, examples=examples))
    assert isinstance(table, Table)
    assert table.columns == ("part", "contigs", "windows", "no (GC)", "yes (GC)")
    counted = {
        "binary": [("1", "1"), ("1 (0.250)", "2"), ("0", "1")],
        "multilabel": [("2", "1"), ("0 (0.250)", "2"), ("0", "1")],
    }[task]
    assert table.rows == tuple(
        (part, name, size, *cells)
        for (part, name, size), cells in zip(
            [("training", "chrA", "2"), ("validation", "HLA:1", "3"), ("test", "chrZ", "1")], counted, strict=True
        )
    )


def test_a_report_is_written_without_a_network():
    asked = "import sys, primase.reporting, primase.reporting.data_page; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
