"""From places on a genome to a data set: windows, labels, negatives, parts, and the errors on the way."""

import json
from pathlib import Path

import numpy as np
import pytest

from primase.core.errors import FormatError, PrimaseError, SplitError, UnknownName
from primase.curation.curating import curate_sequences
from primase.curation.dataset import Dataset
from primase.curation.formats import bedgraph
from primase.curation.genome_curating import curate_genome
from primase.curation.genome_dividing import lay_arcs, near_others
from primase.curation.genome_options import GenomeOptions
from primase.curation.intervals import Intervals
from primase.curation.options import CurateOptions
from primase.curation.signal_labels import pair_strands

LENGTHS = {f"chr{n}": 40_000 for n in range(1, 9)}
WIDTH = 100


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Make a genome of eight contigs, and peaks on seven of them."""
    folder = tmp_path_factory.mktemp("genome")
    rng = np.random.default_rng(0)
    with (folder / "g.fa").open("w") as out:
        for name, length in LENGTHS.items():
            letters = rng.choice(np.frombuffer(b"ACGT", np.uint8), length)
            if name == "chr2":
                letters[10_000:12_000] = ord("N")
            out.write(f">{name}\n{letters.tobytes().decode()}\n")
    rows = [(f"chr{1 + n % 7}", 300 + 390 * (n // 7)) for n in range(630)]
    lines = [f"{c}\t{s}\t{s + 90}\tp{i}\t0\t.\t1\t1\t1\t{20 + i % 50}\n" for i, (c, s) in enumerate(rows)]
    (folder / "a.narrowPeak").write_text("".join(lines))
    return folder


@pytest.fixture(autouse=True)
def cache(place, monkeypatch):
    monkeypatch.setenv("PRIMASE_CACHE", str(place / "cache"))


def curate(place: Path, *inputs: str, genome: dict | None = None, **options) -> Dataset:
    files = [str(place / name) for name in inputs]
    wanted = {"window": WIDTH, **(genome or {})}
    return curate_genome(files, CurateOptions(**options), GenomeOptions(genome=str(place / "g.fa"), **wanted))


def spans(data: Dataset) -> list[tuple[str, int, int]]:
    s = data.sequences
    names = np.array(s.genome.names)[s.contigs]
    return list(zip(names.tolist(), s.starts.tolist(), s.ends.tolist(), strict=True))


def test_peaks_stand_against_windows_of_the_same_gc(place):
    data = curate(place, "a.narrowPeak")
    assert (data.task, data.names, data.length) == ("binary", ("background", "a"), WIDTH)
    positive = data.targets == 1
    assert abs(int(positive.sum()) - int((~positive).sum())) <= 4
    gc = np.isin(data.codes.reshape(len(data), -1), [1, 2]).mean(1)
    assert abs(gc[positive].mean() - gc[~positive].mean()) < 0.01
    assert "chr8" not in {name for name, _, _ in spans(data)}  # no peak lies there: labels may not cover it
    assert any("chr8" in note for note in data.facts["notes"])
    summits = {(f"chr{1 + n % 7}", 300 + 390 * (n // 7) + 20 + n % 50 - WIDTH // 2) for n in range(630)}
    assert {(name, start) for (name, start, _), yes in zip(spans(data), positive, strict=True) if yes} <= summits
    for name, start, end in (span for span, yes in zip(spans(data), positive, strict=True) if not yes):
        hits = [s for c, s in summits if c == name and s < end and s + WIDTH > start]
        assert not hits


def test_the_settings_that_made_the_data_are_said_and_kept(place):
    data = curate(place, "a.narrowPeak", genome={"ratio": 0.5})
    assert data.facts["settings"]["ratio"] == 0.5
    (words,) = (note for note in data.facts["notes"] if note.startswith("settings"))
    assert words == f"settings: --window {WIDTH}, --negatives gc, --ratio 0.5, --seed 0"
    assert any("around the summits of" in note for note in data.facts["notes"])
    write_track(place / "t.bedGraph", lambda name, at: at % 7)
    tiles = curate(place, "t.bedGraph", genome={"window": 4096, "bin": 128, "clip": 9.0})
    wanted = {"window": 4096, "output_window": 4096, "stride": 4096, "bin": 128, "crop": 0, "clip": 9.0, "scale": 1.0}
    assert wanted.items() <= tiles.facts["settings"].items()


def test_contigs_are_held_out_whole(place):
    data = curate(place, "a.narrowPeak")
    parts = [{data.sequences.contigs[row] for row in data.part(name)} for name in ("train", "valid", "test")]
    assert all(parts)
    assert not parts[0] & parts[1] | parts[0] & parts[2] | parts[1] & parts[2]
    assert data.facts["split"]["method"] == "by chromosome"


@pytest.mark.parametrize(
    "genome", [{"test_contigs": ("chr3",)}, {"test_contigs": "chr3", "valid_contigs": ("chr5", "chr6")}]
)
def test_given_contigs_are_the_parts(place, genome):
    data = curate(place, "a.narrowPeak", genome=genome)
    assert {name for (name, _, _), part in zip(spans(data), data.parts, strict=True) if part == 2} == {"chr3"}
    held = {name for (name, _, _), part in zip(spans(data), data.parts, strict=True) if part == 1}
    assert held == {"chr5", "chr6"} if "valid_contigs" in genome else held and "chr3" not in held


def test_a_fold_as_the_field_writes_it(place):
    fold = place / "fold_0.json"
    fold.write_text(json.dumps({"train": ["chr1", "chr2"], "valid": ["chr3"], "test": ["chr4"]}))
    data = curate(place, "a.narrowPeak", split=str(fold))
    names = [{name for (name, _, _), p in zip(spans(data), data.parts, strict=True) if p == part} for part in (0, 1, 2)]
    assert names == [{"chr1", "chr2"}, {"chr3"}, {"chr4"}]
    fold.write_text('{"train": ["chr1"], "test": ["chr44"]}')
    with pytest.raises(UnknownName, match="chr44"):
        curate(place, "a.narrowPeak", split=str(fold))
    fold.write_text('["chr1"]')
    with pytest.raises(FormatError, match="names no parts"):
        curate(place, "a.narrowPeak", split=str(fold))


def test_one_contig_is_divided_in_arcs_with_a_gap(place, monkeypatch):
    monkeypatch.setattr("primase.curation.genome_dividing.GAP", 1000)
    data = curate(place, "a.narrowPeak", genome={"contigs": ("chr1",)})
    assert data.facts["split"]["method"] == "in arcs"
    starts, ends = data.sequences.starts, data.sequences.ends
    for part in (1, 2):
        mine, others = data.parts == part, data.parts < part
        gaps = np.maximum(starts[mine][:, None] - ends[others], starts[others] - ends[mine][:, None])
        assert gaps.min() >= 1000
    assert any("are left out" in note for note in data.facts["notes"])


def test_given_regions_are_the_test_part(place):
    (place / "held.bed").write_text("chr2\t0\t20000\n")
    data = curate(place, "a.narrowPeak", test=(str(place / "held.bed"),))
    inside = [name == "chr2" and start < 20_000 for name, start, _ in spans(data)]
    assert np.array_equal(np.array(inside), data.parts == 2)
    near = [start for name, start, _ in spans(data) if name == "chr2" and start >= 20_000]
    gap = data.sequences.genome.lengths.sum() // 100
    assert 20_000 + gap <= min(near) < 20_000 + 2 * gap < 30_000  # and not 10,000 letters, on so small a genome


def test_folds_are_contigs(place):
    data = curate(place, "a.narrowPeak", folds=3)
    assert data.folds is not None
    assert all(len(set(data.folds[data.sequences.contigs == contig])) == 1 for contig in range(7))


@pytest.mark.parametrize("how", ["shuffle", "random"])
def test_other_negatives(place, how):
    data = curate(place, "a.narrowPeak", negatives=how)
    positive = data.targets == 1
    if how == "shuffle":
        assert np.array_equal(data.sequences.shuffled, ~positive)
        assert {span for span, yes in zip(spans(data), positive, strict=True) if yes} == {
            span for span, yes in zip(spans(data), positive, strict=True) if not yes
        }
    else:
        assert not data.sequences.shuffled.any()


def test_negatives_of_a_file(place):
    (place / "not.bed").write_text(
        "".join(f"chr{n % 7 + 1}\t{600 + 390 * (n // 7)}\t{700 + 390 * (n // 7)}\n" for n in range(400))
    )
    data = curate(place, "a.narrowPeak", negatives=str(place / "not.bed"), genome={"window": 60})
    assert data.names == ("not", "a")
    assert (data.targets == 0).sum() > 300


def test_several_files_are_labels_of_tiles(place):
    (place / "x.bed").write_text(
        "".join(f"chr{n}\t{s}\t{s + 300}\n" for n in range(1, 8) for s in range(1000, 30_000, 3000))
    )
    (place / "y.bed").write_text(
        "".join(f"chr{n}\t{s}\t{s + 120}\n" for n in range(1, 8) for s in range(1000, 30_000, 1500))
    )
    data = curate(place, "x.bed", "y.bed", genome={"window": 400})
    assert (data.task, data.names) == ("multilabel", ("x", "y"))
    for (name, start, end), row in zip(spans(data), data.targets, strict=True):
        middle = start + 200 - 100, start + 200 + 100
        assert name != "chr8"
        assert end - start == 400
        assert middle[0] % 200 == 0
        for label, (size, step) in enumerate(((300, 3000), (120, 1500))):
            covered = sum(max(0, min(middle[1], s + size) - max(middle[0], s)) for s in range(1000, 30_000, step))
            assert row[label] == (covered >= 100)
    assert data.targets.any(1).all()


def test_a_table_of_intervals_is_regression(place):
    rng = np.random.default_rng(1)
    rows = [(f"chr{n % 7 + 1}", 500 + 300 * (n // 7), rng.normal()) for n in range(300)]
    text = "chrom\tstart\tend\tstrand\tactivity\n" + "".join(f"{c}\t{s}\t{s + 80}\t-\t{v:.4f}\n" for c, s, v in rows)
    (place / "t.tsv").write_text(text)
    data = curate(place, "t.tsv", genome={"window": None})
    assert (data.task, data.names, data.length) == ("regression", ("activity",), 80)
    order = {(c, s): v for c, s, v in rows}
    for (name, start, _), value in zip(spans(data), data.targets[:, 0], strict=True):
        assert value == pytest.approx(order[name, start], abs=1e-3)
    assert (data.sequences.strands == -1).all()


def write_track(path: Path, value) -> None:
    blocks = ((name, 0, value(name, np.arange(length)).astype(np.float32)) for name, length in LENGTHS.items())
    bedgraph.write(path, LENGTHS, blocks)


def test_tracks_over_tiles_are_binned_counts(place):
    write_track(place / "up.bedGraph", lambda name, at: (at // 64) % 7 + int(name[3:]))
    options = {"tracks": (str(place / "up.bedGraph"),), "window": 1024, "bin": 64, "contigs": tuple(LENGTHS)}
    data = curate(place, genome=options)
    assert (data.task, data.names, data.tracks.bins, data.tracks.bin) == ("counts", ("up",), 16, 64)
    for (name, start, _), values in zip(spans(data), data.tracks.middle(np.arange(len(data))), strict=True):
        at = np.arange(start, start + 1024)
        assert np.allclose(values[0], ((at // 64) % 7 + int(name[3:])).reshape(16, 64).sum(1))
    assert np.allclose(data.targets[:, 0], np.log1p(data.tracks.totals()[:, 0]))
    assert not any(name == "chr2" and 10_000 < start + 512 < 12_000 for name, start, _ in spans(data))  # mostly N


def test_stranded_tracks_at_peaks_are_profiles(place):
    write_track(place / "r_plus.bedGraph", lambda name, at: (at % 11 == 0) * 2)
    write_track(place / "r_minus.bedGraph", lambda name, at: (at % 13 == 0) * -3)
    tracks = (str(place / "r_plus.bedGraph"), str(place / "r_minus.bedGraph"))
    data = curate(place, "a.narrowPeak", genome={"tracks": tracks, "output_window": 60, "jitter": 15})
    assert (data.task, data.tracks.strand_pairs, data.tracks.bins, data.tracks.margin) == ("profile", (1, 0), 60, 15)
    values = data.tracks.middle(np.arange(len(data)))
    for (_, start, _), rows in zip(spans(data), values, strict=True):
        at = np.arange(start + 20, start + 80)
        assert np.array_equal(rows[0], (at % 11 == 0) * 2)
        assert np.array_equal(rows[1], (at % 13 == 0) * 3)  # the minus strand is written downwards


@pytest.mark.parametrize(("window", "inner"), [(100, 60), (101, 61)])
def test_controls_are_cut_from_end_to_end_of_the_window(place, window, inner):
    write_track(place / "at.bedGraph", lambda name, at: at % 50)
    write_track(place / "in.bedGraph", lambda name, at: (at + 7) % 50)
    given = {"tracks": (str(place / "at.bedGraph"),), "control": (str(place / "in.bedGraph"),)}
    options = {"window": window, "output_window": inner, "jitter": 5}
    data = curate(place, "a.narrowPeak", genome=given | options)
    every = np.arange(len(data))
    both = zip(spans(data), data.tracks.middle(every), data.tracks.middle_control(every), strict=True)
    for (_, start, end), rows, controls in both:
        assert np.array_equal(rows[0], np.arange(start + 20, end - 20) % 50)
        assert np.array_equal(controls[0], (np.arange(start, end) + 7) % 50)


def test_tracks_are_read_along_the_genome_whatever_the_strand_of_a_peak(place):
    write_track(place / "at.bedGraph", lambda name, at: at % 50)
    (place / "minus.bed").write_text(
        "".join(f"chr{n}\t{s}\t{s + 60}\tp\t0\t-\n" for n in range(1, 8) for s in (500, 900, 1500))
    )
    data = curate(place, "minus.bed", genome={"tracks": (str(place / "at.bedGraph"),), "jitter": 0})
    assert (data.sequences.strands == 0).all()
    for (_, start, end), rows in zip(spans(data), data.tracks.middle(np.arange(len(data))), strict=True):
        assert np.array_equal(rows[0], np.arange(start, end) % 50)


def test_peaks_of_tracks_lie_on_the_contigs_that_are_used(place):
    write_track(place / "few.bedGraph", lambda name, at: at % 7)
    given = {"tracks": (str(place / "few.bedGraph"),), "output_window": 60, "jitter": 0}
    used = ("chr1", "chr2", "chr3")
    some = curate(place, "a.narrowPeak", genome={**given, "contigs": used, "test_contigs": ("chr2",)})
    every = curate(place, "a.narrowPeak", genome=given)
    assert spans(some) == [span for span in spans(every) if span[0] in used] != spans(every)


def test_what_is_wrong_is_said(place):
    (place / "far.bed").write_text("chr1\t39990\t40100\n")
    (place / "odd.bed").write_text("chr99\t1\t50\nchr1\t5\t60\n")
    write_track(place / "log.bedGraph", lambda name, at: np.where(at % 100 < 50, 1.0, -1.0))
    cases = [
        (["far.bed"], {}, {}, "another assembly"),
        (["odd.bed"], {}, {}, "chr99"),
        (["a.narrowPeak"], {"contigs": ("chrX",)}, {}, "no contig is called 'chrX'"),
        (["a.narrowPeak"], {"test_contigs": ("chr77",)}, {}, "chr77"),
        (
            ["a.narrowPeak"],
            {"test_contigs": ("chr3",), "valid_contigs": ("chr3",)},
            {},
            "for two parts: valid and test",
        ),
        (["a.narrowPeak", "odd.bed"], {"skip_missing_contigs": True}, {"negatives": "gc"}, "--negatives gc is for one"),
        (["g.fa"], {}, {}, "holds no intervals"),
        ([], {}, {}, "no input was given"),
        (["a.narrowPeak"], {}, {"split": "sideways:x"}, "split"),
        (["a.narrowPeak"], {}, {"length": 50}, "--length is for files of sequences"),
        (["a.narrowPeak"], {}, {"task": "regression"}, "--task regression was given for binary"),
        (["a.narrowPeak"], {}, {"split": "group:nowhere"}, "no column is called 'nowhere'"),
        (["a.narrowPeak"], {"tracks": (str(place / "log.bedGraph"),)}, {}, "below 0 in places"),
        (
            ["a.narrowPeak"],
            {"tracks": (str(place / "log.bedGraph"),), "output_window": 300},
            {},
            "is larger than --window",
        ),
        (
            ["a.narrowPeak"],
            {"tracks": (str(place / "log.bedGraph"),), "window": 100, "output_window": 51},
            {},
            "has no middle of --output-window 51",
        ),
    ]
    for inputs, genome, options, words in cases:
        with pytest.raises(PrimaseError, match=words):
            curate(place, *inputs, genome=genome, **options)


def test_what_needs_a_genome_says_so(place):
    with pytest.raises(PrimaseError, match="add --genome"):
        GenomeOptions(window=50)
    for options in ({"negatives": "gc"}, {"split": "blocks"}, {"task": "counts"}):
        with pytest.raises(PrimaseError, match="genome"):
            curate_sequences([place / "g.fa"], CurateOptions(**options))


def test_all_windows_in_one_part_is_refused(place):
    with pytest.raises(SplitError, match="training part has no window"):
        curate(place, "a.narrowPeak", genome={"contigs": ("chr1",), "test_contigs": ("chr1",)})
    (place / "all.bed").write_text("".join(f"{name}\t0\t{length}\n" for name, length in LENGTHS.items()))
    with pytest.raises(SplitError, match="training part has no window"):
        curate(place, "a.narrowPeak", test=(str(place / "all.bed"),))


@pytest.mark.parametrize(
    ("genome", "options", "words"),
    [
        ({"test_contigs": ("chr3",)}, {"folds": 3}, "--test-contigs and --folds 3 both divide"),
        ({"test_contigs": ("chr3",)}, {"split": "homology"}, "--test-contigs and --split homology both divide"),
        ({}, {"split": "homology", "test": ("odd.bed",)}, "--test or --valid and --split homology both divide"),
        ({}, {"split": "f.json", "folds": 3}, "--folds 3 and --split f.json both divide"),
        ({"bin": 32}, {}, "--bin is for tracks"),
        ({"stride": 7}, {}, "--stride is for tracks"),
        ({"mapq": 30}, {}, "--mapq is for tracks"),
        ({"tracks": ("up.bedGraph",), "mapq": 30}, {}, "--mapq is for a BAM or CRAM"),
        ({"tracks": ("up.bedGraph",), "stride": 7}, {}, "--stride is for windows that tile"),
        ({"tracks": ("up.bedGraph",), "bin": 20, "jitter": 30}, {}, "--jitter 30 is no whole number of bins of 20"),
        ({"overlap": 0.7}, {}, "--overlap is for several files"),
    ],
)
def test_what_would_have_no_effect_is_refused(place, genome, options, words):
    (place / "up.bedGraph").write_text("chr1\t0\t2000\t3\n")
    genome = {k: tuple(str(place / one) for one in v) if k == "tracks" else v for k, v in genome.items()}
    with pytest.raises(PrimaseError, match=words):
        curate(place, "a.narrowPeak", genome=genome, **options)


def test_files_of_one_name_are_told_apart(place):
    lines = (place / "a.narrowPeak").read_text().splitlines(keepends=True)
    for folder, rows in (("one", lines[::2]), ("two", lines[1::2])):
        (place / folder).mkdir(exist_ok=True)
        (place / folder / "p.narrowPeak").write_text("".join(rows))
        (place / folder / "up_minus.bedGraph").write_text("chr1\t0\t2000\t3\n")
        (place / folder / "up_plus.bedGraph").write_text("chr1\t0\t2000\t3\n")
    data = curate(place, "one/p.narrowPeak", "two/p.narrowPeak", genome={"label_bin": 50})
    assert data.names == ("one_p", "two_p")
    names = ("one/up_plus.bedGraph", "two/up_minus.bedGraph", "two/up_plus.bedGraph", "one/up_minus.bedGraph")
    data = curate(place, "a.narrowPeak", genome={"tracks": tuple(str(place / name) for name in names)})
    assert data.names == ("one_up_plus", "two_up_minus", "two_up_plus", "one_up_minus")
    assert data.tracks.strand_pairs == (3, 2, 1, 0)
    (place / "one" / "p.bed").write_text("chr1\t300\t390\n")
    with pytest.raises(PrimaseError, match="both called 'one_p'"):
        curate(place, "one/p.narrowPeak", "one/p.bed", genome={"label_bin": 50})


def test_a_track_that_is_written_downwards_is_clipped_as_upwards(place):
    for name, sign in (("s_plus", ""), ("s_minus", "-")):
        lines = [f"chr{1 + n % 7}\t{390 * (n // 7)}\t{390 * (n // 7) + 390}\t{sign}{n % 13}\n" for n in range(630)]
        (place / f"{name}.bedGraph").write_text("".join(lines))
    tracks = tuple(str(place / f"s_{name}.bedGraph") for name in ("plus", "minus"))
    data = curate(place, "a.narrowPeak", genome={"tracks": tracks, "bin": 20, "clip_soft": 5.0, "clip": 12.0})
    assert 11 < data.tracks.values[:, 0].max() <= 12
    np.testing.assert_array_equal(data.tracks.values[:, 0], data.tracks.values[:, 1])


def test_a_peak_that_covers_just_enough_is_a_label(place):
    for name, start in (("x.bed", 1000), ("y.bed", 1020)):
        rows = [f"chr{c}\t{start + 200 * n}\t{start + 200 * n + 110}\n" for c in range(1, 8) for n in range(0, 80, 2)]
        (place / name).write_text("".join(rows))
    data = curate(place, "x.bed", "y.bed", genome={"window": 200, "label_bin": 200, "overlap": 0.55})
    starts = data.sequences.starts
    assert (starts % 400 == 200).all()
    assert (data.targets == 1).all()


def test_contigs_go_by_any_of_their_names(place):
    data = curate(place, "a.narrowPeak", genome={"test_contigs": ("3",), "valid_contigs": ("Chr4",)})
    assert {name for (name, _, _), part in zip(spans(data), data.parts, strict=True) if part == 2} == {"chr3"}
    (place / "fold.json").write_text(json.dumps({"train": ["1", "2"], "valid": ["4"], "test": ["3", "chrY"]}))
    with pytest.raises(PrimaseError, match="no contig is called 'chrY'"):
        curate(place, "a.narrowPeak", split=str(place / "fold.json"))
    data = curate(place, "a.narrowPeak", genome={"skip_missing_contigs": True}, split=str(place / "fold.json"))
    assert {name for name, _, _ in spans(data)} == {"chr1", "chr2", "chr3", "chr4"}


def test_what_is_left_out_beside_the_inputs_is_said(place):
    (place / "black.bed").write_text("3\t0\t900000\nchrUn\t0\t10\n")
    (place / "held.bed").write_text("chr2\t0\t20000\nchrUn\t0\t10\n")
    wanted = {"blacklist": str(place / "black.bed"), "contigs": ("1", "2", "3"), "skip_missing_contigs": True}
    data = curate(place, "a.narrowPeak", genome=wanted, test=(str(place / "held.bed"),))
    said = "\n".join(data.facts["notes"])
    for words in (
        "3 is read as chr3",
        "black.bed: 1 row cut at the end of the contig",
        "black.bed: 1 of 2 rows are left out, since the genome has no contig chrUn (1)",
        "held.bed: 1 of 2 rows are left out",
        "360 of 630 rows lie on other contigs than --contigs",
    ):
        assert words in said
    assert {name for name, _, _ in spans(data)} == {"chr1", "chr2"}


def test_every_part_has_every_class(place):
    rng = np.random.default_rng(0)
    letters = rng.choice(np.frombuffer(b"ACGT", np.uint8), 300_000).tobytes().decode()
    (place / "one.fa").write_text(f">c\n{letters}\n")
    rows = [f"c\t{start}\t{start + 60}\n" for start in np.sort(rng.choice(70_000 // 80, 300, replace=False)) * 80 + 200]
    (place / "arm.bed").write_text("".join(rows))
    for seed in range(12):
        options = CurateOptions(seed=seed)
        data = curate_genome([place / "arm.bed"], options, GenomeOptions(genome=str(place / "one.fa"), window=60))
        for part in range(3):
            assert set(data.targets[data.parts == part]) == {0, 1}
    (place / "alike.bed").write_text("".join(rows[:200]))
    (place / "last.bed").write_text("c\t280000\t300000\n")
    with pytest.raises(SplitError, match="test part has no window of the class 'alike', of which there are 1"):
        curate_genome(
            [place / "alike.bed"],
            CurateOptions(test=(str(place / "last.bed"),)),
            GenomeOptions(genome=str(place / "one.fa"), window=60),
        )


def table(starts, contig=0):
    starts = np.asarray(starts)
    zero = np.zeros(len(starts), np.int64)
    return Intervals("x", ("a", "b"), zero + contig, starts, starts + 10, zero, zero + 1)


def test_arcs_are_runs_of_the_genome():
    windows = table(np.random.default_rng(0).permutation(1000) * 20)
    arcs = lay_arcs(windows, np.array([0.8, 0.1, 0.1]), seed=3)
    assert np.bincount(arcs).tolist() == [800, 100, 100]
    along = arcs[np.argsort(windows.starts)]
    assert (np.diff(along) != 0).sum() <= 3
    assert not np.array_equal(lay_arcs(windows, np.array([0.8, 0.1, 0.1]), seed=4), arcs)


def test_windows_near_a_later_part_are_found():
    parts = np.array([0, 0, 1, 1, 2])
    near = near_others(table([0, 85, 100, 1000, 1015]), parts, 6)
    assert near.tolist() == [False, True, False, True, False]
    assert not near_others(table([0, 85, 100, 1000, 1015]), np.zeros(5, int), 5).any()


def test_strands_are_told_by_names():
    assert pair_strands(["x.pos", "x.neg", "y"]) == (1, 0, 2)
    assert pair_strands(["a_plus", "b_minus"]) == ()
    assert pair_strands(["step", "stem"]) == ()
    assert pair_strands(["a_plus", "a_minus", "a_pos", "a_neg"]) == (1, 0, 3, 2)
    assert pair_strands(["a_fwd", "a_minus"]) == (1, 0)
