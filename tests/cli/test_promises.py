"""What a run promises beside its figures: nothing is lost, the files agree with each other, all is said."""

import json
from contextlib import chdir
from pathlib import Path

import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest

import primase as pr
from primase import cli, workflow
from primase.curation.simulation import simulate_motif
from primase.recipe import Recipe, read_recipe

FAST = ["--system", "primer_cnn", "--set", "plan.epochs=4", "--threads", "1"]


def call(capsys, *words) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        cli.main([str(word) for word in words])
    out, err = capsys.readouterr()
    return stopped.value.code, out, err


def write_table(path: Path, rows: int = 240, extra: str = "", **options) -> Path:
    _, sequences, labels = simulate_motif(rows=rows, length=50, seed=1, **options)
    path.write_text("sequence,label\n" + "".join(f"{s},{y}\n" for s, y in zip(sequences, labels, strict=True)) + extra)
    return path


def test_overwrite_keeps_the_old_run_where_the_new_input_is_refused(tmp_path, capsys):
    table, folder = write_table(tmp_path / "a.csv"), tmp_path / "run"
    assert call(capsys, "curate", table, "--out", folder)[0] == 0
    before = (folder / "manifest.json").read_bytes()
    code, _, err = call(capsys, "run", tmp_path / "typo.csv", "--out", folder, "--overwrite")
    assert code == 2
    assert "typo.csv" in err
    assert (folder / "manifest.json").read_bytes() == before
    assert call(capsys, "curate", table, "--out", folder, "--overwrite", "--seed", "1")[0] == 0
    assert (folder / "manifest.json").read_bytes() != before
    assert not list(tmp_path.glob(".*"))


def test_what_is_no_run_is_never_replaced(tmp_path, capsys, monkeypatch):
    table = write_table(tmp_path / "a.csv")
    before = table.read_bytes()
    for place in (table, "/dev/null"):
        code, _, err = call(capsys, "curate", table, "--out", place, "--overwrite")
        assert code == 2
        assert "is a file, and a run is a folder" in err
    monkeypatch.chdir(tmp_path)
    assert call(capsys, "curate", "a.csv", "--out", ".")[0] == 2
    code, _, err = call(capsys, "curate", "a.csv", "--out", ".", "--overwrite")
    assert (code, table.read_bytes()) == (2, before)
    assert "manifest" in err
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_run_of_train_is_called_after_its_data(tmp_path, capsys, monkeypatch):
    write_table(tmp_path / "a.csv")
    monkeypatch.chdir(tmp_path)
    assert call(capsys, "curate", "a.csv", "--out", "sites")[0] == 0
    for name in ("sites", "sites-2"):
        assert call(capsys, "train", "sites", *FAST)[1].splitlines()[-1] == f"runs/{name}"
    code, _, err = call(capsys, "train", "sites", *FAST, "--overwrite")
    assert (code, "--out" in err) == (2, True)


def test_python_says_that_it_takes_files():
    with pytest.raises(pr.PrimaseError, match="an input is a list, and not the path of a file"):
        pr.curate(["ACGT"], ["ACGA"])


def test_calls_of_the_folds_are_those_of_the_evaluation(tmp_path, capsys):
    table, folder = write_table(tmp_path / "a.csv"), tmp_path / "run"
    assert call(capsys, "curate", table, "--out", tmp_path / "data", "--folds", "3")[0] == 0
    assert call(capsys, "train", tmp_path / "data", "--out", folder, *FAST)[0] == 0
    assert call(capsys, "evaluate", folder)[0] == 0
    table = pq.read_table(folder / "predictions.parquet").to_pydict()
    confusion = [[0, 0], [0, 0]]
    for target, label in zip(table["target"], table["label"], strict=True):
        confusion[int(target)][int(label)] += 1
    assert confusion == json.loads((folder / "evaluation.json").read_text())["confusion"]


def test_a_run_goes_on_from_another_folder(tmp_path, capsys):
    (tmp_path / "there").mkdir()
    with chdir(tmp_path / "there"):
        write_table(Path("a.csv"))
        workflow.start_run(Recipe(inputs=("a.csv",)), "run", device="cpu", threads=1)
    with chdir(tmp_path):
        workflow.continue_run("there/run", until="curate")
    assert (tmp_path / "there" / "run" / "dataset" / "manifest.json").is_file()
    code, _, err = call(capsys, "run", "--resume", tmp_path / "there" / "run", "--threads", "3")
    assert code == 2
    assert "threads" in err


def test_the_recipe_of_a_python_run_divides_the_data_as_it_did(tmp_path):
    data = pr.curate(write_table(tmp_path / "a.csv"), seed=3)
    run = pr.train(
        data, "primer_cnn", out=tmp_path / "run", seed=5, changes={"plan": {"epochs": 1}}, device="cpu", threads=1
    )
    again = workflow.start_run(read_recipe(run.folder / "recipe.toml"), tmp_path / "again", device="cpu")
    parts = workflow.continue_run(again, until="curate").dataset.parts
    assert "240 dna sequences, binary" in data._repr_html_()
    assert "primer_cnn" in run._repr_html_()
    assert "AUROC" in pr.evaluate(run)._repr_html_()
    assert (parts == data.parts).all()


def test_dna_with_a_structure_is_read_on_one_strand(tmp_path, capsys):
    _, sequences, labels = simulate_motif(rows=240, length=50, seed=1)
    rows = (f"{s},{'.' * 25}{'(' * 10}{')' * 10}{'.' * 5},{y}\n" for s, y in zip(sequences, labels, strict=True))
    (tmp_path / "a.csv").write_text("sequence,fold,label\n" + "".join(rows))
    words = ["run", tmp_path / "a.csv", "--structure-column", "fold", "--out", tmp_path / "run", *FAST]
    code, out, err = call(capsys, *words)
    assert code == 0, err
    assert "does not turn" in out
    code, _, err = call(capsys, *words, "--overwrite", "--set", "plan.shift=3")
    assert code == 2
    assert "are not shifted" in err


def test_labels_of_a_test_file_are_not_lost_beside_bare_positives(tmp_path, capsys):
    _, sequences, labels = simulate_motif(rows=240, length=50, seed=1)
    bare = [s for s, y in zip(sequences, labels, strict=True) if y == 1]
    (tmp_path / "p.fa").write_text("".join(f">p{i}\n{s}\n" for i, s in enumerate(bare)))
    write_table(tmp_path / "t.csv", rows=60)
    words = ["curate", tmp_path / "p.fa", "--negatives", "shuffle", "--test", tmp_path / "t.csv"]
    code, _, err = call(capsys, *words, "--out", tmp_path / "run")
    assert code == 2
    assert "has labels" in err


def test_tiled_explanations_say_where_their_window_begins(tmp_path, capsys):
    rng = np.random.default_rng(0)
    rows = ["".join(rng.choice(list("ACGT"), rng.integers(80, 300))) for _ in range(200)]
    text = "sequence,label\n" + "".join(f"{s},{i % 2}\n" for i, s in enumerate(rows))
    (tmp_path / "a.csv").write_text(text)
    words = ["--length", "60", "--length-policy", "tile", "--out", tmp_path / "run", *FAST]
    assert call(capsys, "run", tmp_path / "a.csv", *words)[0] == 0
    with h5py.File(tmp_path / "run" / "attributions.h5") as file:
        starts, ids, seen = file["starts"][:], [name.decode() for name in file["ids"][:]], file["sequences"][:]
    assert starts.max() > 0
    whole = {f"a_{number}": text for number, text in enumerate(rows, 1)}
    for name, start, one_hot in zip(ids, starts, seen, strict=True):
        assert "".join("ACGT"[i] for i in one_hot.argmax(0)) == whole[name][start : start + 60]


def test_predict_says_what_it_did_to_the_input(tmp_path, capsys):
    run = tmp_path / "run"
    assert call(capsys, "curate", write_table(tmp_path / "a.csv"), "--out", tmp_path / "data")[0] == 0
    assert call(capsys, "train", tmp_path / "data", "--out", run, *FAST)[0] == 0
    (tmp_path / "new.fa").write_text(f'>5"UTR_1 x\n{"ACGU" * 20}\n>5"UTR_1 y\n{"ACGT" * 12}\n')
    code, out, err = call(capsys, "predict", run, tmp_path / "new.fa", "--out", tmp_path / "p.tsv")
    assert code == 0, err
    said = out + err
    assert "repeated ids" in said
    assert "first 50 letters" in said
    assert "U is taken as T" in said
    ids = [line.split("\t")[0] for line in (tmp_path / "p.tsv").read_text().splitlines()]
    assert ids == ["id", '5"UTR_1', '5"UTR_1_2']


def test_stops_of_proteins_are_cut_off(tmp_path):
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("ACDEFGHIKLMNPQRSTVWY"), 40)) for _ in range(60)]
    table = tmp_path / "p.csv"
    table.write_text("sequence,label\n" + "".join(f"{text}*,{i % 2}\n" for i, text in enumerate(texts)))
    data = pr.curate(table)
    assert data.length == 40
    assert data.facts["counts"]["unknown_letters"] == 0
    assert any("stop" in note for note in data.facts["notes"])
