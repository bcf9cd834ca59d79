"""The commands as a person types them: files, words, exit codes, and a run that goes on where it stopped."""

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from primase import cli

FAST = ["--system", "primer_cnn", "--set", "plan.epochs=6", "--set", "plan.patience=0", "--threads", "1"]
FILES = [
    "recipe.toml",
    "manifest.json",
    "history.csv",
    "evaluation.json",
    "predictions.parquet",
    "attributions.h5",
    "motifs.meme",
    "motifs.tsv",
    "sanity.json",
    "report.html",
    "dataset/manifest.json",
    "model/model.safetensors",
    "model/card.json",
]


def call(capsys, *words) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        cli.main([str(word) for word in words])
    out, err = capsys.readouterr()
    return stopped.value.code, out, err


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    with pytest.raises(SystemExit):
        cli.main(["simulate", "motif", "--out", str(folder), "--rows", "300", "--quiet"])
    return folder


@pytest.fixture(scope="module")
def run(data, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    inputs = [str(data / "sequences.txt"), "--labels", str(data / "labels.txt")]
    with pytest.raises(SystemExit) as stopped:
        cli.main(["run", *inputs, "--out", str(folder), "--quiet", *FAST])
    assert stopped.value.code == 0
    return folder


def digests(folder: Path) -> dict[str, str]:
    names = ["model/model.safetensors", "predictions.parquet", "evaluation.json", "motifs.tsv"]
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def test_a_run_writes_every_file(run):
    assert [name for name in FILES if not (run / name).is_file()] == []
    assert [path.name for path in run.rglob("*.part*")] == []
    assert not (run / "model" / "checkpoint.safetensors").exists()


def test_evaluation_keeps_its_contract(run):
    values = json.loads((run / "evaluation.json").read_text())
    wanted = "task system split seed n members threshold metrics baselines comparison calibration confusion leakage"
    assert set(wanted.split()) <= values.keys()
    assert values["n"].keys() == {"train", "valid", "test"}
    for metric in [
        "accuracy",
        "balanced_accuracy",
        "auroc",
        "average_precision",
        "mcc",
        "f1",
        "log_loss",
        "brier",
        "ece",
    ]:
        assert values["metrics"][metric].keys() >= {"value", "low", "high"}
    assert values["baselines"].keys() == {"majority", "composition", "kmer", "onehot"}
    assert values["comparison"][0].keys() == {"metric", "against", "difference", "low", "high", "p"}


def test_predictions_keep_their_contract(run):
    table = pq.read_table(run / "predictions.parquet")
    assert table.column_names == ["id", "split", "target", "prediction", "label"]
    assert table.num_rows == 300
    assert set(table["split"].to_pylist()) == {"train", "valid", "test"}


def test_predict_agrees_with_the_run(run, data, tmp_path, capsys):
    code, _, err = call(capsys, "predict", run, data / "sequences.txt", "--out", tmp_path / "p.tsv")
    assert code == 0, err
    lines = [line.split("\t") for line in (tmp_path / "p.tsv").read_text().splitlines()]
    assert lines[0] == ["id", "prediction", "label"]
    known = pq.read_table(run / "predictions.parquet")
    order = {name: row for row, name in enumerate(known["id"].to_pylist())}
    expected = known["prediction"].to_numpy()
    np.testing.assert_allclose(
        [float(v) for _, v, _ in lines[1:]], [expected[order[n]] for n, _, _ in lines[1:]], rtol=1e-6
    )
    code, out, _ = call(capsys, "predict", run, data / "sequences.txt")
    assert code == 0
    assert len(out.splitlines()) == 301


def test_same_seed_gives_the_same_bytes_also_from_the_recipe(run, data, tmp_path, capsys, monkeypatch):
    code, _, err = call(capsys, "run", run / "recipe.toml", "--out", tmp_path / "again", "--quiet", "--threads", "1")
    assert code == 0, err
    assert digests(run) == digests(tmp_path / "again")


def test_a_killed_run_is_resumed_with_the_same_bytes(run, data, tmp_path):
    folder = tmp_path / "killed"
    inputs = [str(data / "sequences.txt"), "--labels", str(data / "labels.txt"), "--out", str(folder)]
    command = [sys.executable, "-m", "primase"]
    process = subprocess.Popen([*command, "run", *inputs, "--quiet", *FAST])
    deadline = time.monotonic() + 100
    while not (folder / "dataset" / "manifest.json").is_file() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (folder / "report.html").exists()
    subprocess.run([*command, "run", "--resume", str(folder), "--quiet"], check=True)
    assert digests(run) == digests(folder)


@pytest.mark.parametrize(
    ("kilobytes", "refused"), [(4, "examples.parquet"), (20, "model.safetensors"), (30, "attributions.h5")]
)
def test_a_full_disk_leaves_a_run_that_goes_on(kilobytes, refused, run, data, tmp_path):
    folder = tmp_path / "full"
    inputs = [str(data / "sequences.txt"), "--labels", str(data / "labels.txt"), "--out", str(folder)]
    command = [sys.executable, "-m", "primase"]

    def fill() -> None:  # to the writer, a limit on the size of a file is a disk that is full
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))

    call = [*command, "run", *inputs, "--quiet", *FAST]
    done = subprocess.run(call, preexec_fn=fill, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert refused in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[1].startswith("  fix: ")
    assert len(done.stderr.splitlines()) == 2
    assert not list(folder.rglob(".*"))
    subprocess.run([*command, "run", "--resume", str(folder), "--quiet"], check=True)
    assert digests(run) == digests(folder)


def test_interruption_exits_130_and_names_the_folder(data, tmp_path):
    folder = tmp_path / "stopped"
    inputs = [str(data / "sequences.txt"), "--labels", str(data / "labels.txt"), "--out", str(folder)]
    command = [sys.executable, "-m", "primase", "run", *inputs, "--quiet", "--set", "plan.epochs=5000", *FAST[:2]]

    def listen() -> None:  # a shell lets what it starts in the background ignore the signal
        signal.signal(signal.SIGINT, signal.default_int_handler)

    command += ["--set", "plan.patience=0"]
    process = subprocess.Popen(command, preexec_fn=listen, stderr=subprocess.PIPE, text=True)  # noqa: PLW1509
    deadline = time.monotonic() + 100
    while not (folder / "dataset" / "manifest.json").is_file() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    # to a shell both are 130: Python ends by the signal itself where that came while source text was being run
    assert process.returncode in (130, -signal.SIGINT)
    assert err.strip().splitlines() == ["interrupted", f"  fix: continue with `primase run --resume {folder}`"]


def test_a_full_folder_is_an_error_and_stays_as_it_is(data, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("precious")
    inputs = [data / "sequences.txt", "--labels", data / "labels.txt", "--out", tmp_path]
    code, _, err = call(capsys, "run", *inputs)
    assert code == 2
    assert "exists and is not empty" in err.splitlines()[0]
    code, _, err = call(capsys, "run", *inputs, "--overwrite")
    assert code == 2, "a folder that is no run is never removed"
    assert (tmp_path / "mine.txt").read_text() == "precious"


BAD = [
    (["run"], "no INPUT was given"),
    (["run", "nowhere.fa"], "nowhere.fa"),
    (["run", "--resume", "nowhere"], "nowhere is no folder"),
    (["run", "a.fa", "--resume", "b"], "together with other inputs"),
    (["run", "DATA", "--system", "danqq"], "no system is called 'danqq'"),
    (["run", "DATA", "--variant", "huge", "--system", "danq"], "no variant of danq is called 'huge'"),
    (["run", "DATA", "--set", "plan.epoch=5"], "no field of plan is called 'epoch'"),
    (["run", "DATA", "--set", "plan.epochs=many"], "plan.epochs cannot be 'many'"),
    (["run", "DATA", "--set", "plan.epochs=0"], "plan.epochs is 0"),
    (["run", "DATA", "--set", "epochs=5"], "--set got 'epochs=5'"),
    (["run", "DATA", "--set", "system.filters=-1"], "system.filters is -1"),
    (["run", "DATA", "--fractions", "0.5,0.5"], "--fractions is '0.5,0.5'"),
    (["run", "DATA", "--split", "homologous"], "no split is called 'homologous'"),
    (["run", "DATA", "--device", "cuda:99"], "the device 'cuda:99' cannot be used"),
    (["run", "DATA", "--motifs", "fish"], "no motif collection or file is called 'fish'"),
    (["run", "DATA", "--threads", "0"], "Invalid value"),
    (["run", "DATA", "--out", "/dev/null/run"], "/dev/null/run cannot be made"),
    (["curate", "/proc/self/mem"], "the file cannot be read"),
    (["predict", "RUN", "DATA", "--out", "/dev/null/p.tsv"], "/dev/null is no folder"),
    (["walk"], "No such command"),
    (["run", "--fast"], "No such option"),
    (["predict", "nowhere", "DATA"], "holds no model"),
    (["predict", "RUN", "DATA", "--out", "p.xlsx"], "ends in 'xlsx'"),
    (["interpret", "RUN", "--example", "nobody"], "no example is called 'nobody'"),
    (["interpret", "RUN", "--example", "sequences_1", "--method", "magic"], "no attribution method is called 'magic'"),
    (["simulate", "motif", "--out", "x", "--length", "5"], "do not fit into 5"),
    (["simulate", "motif", "--out", "x", "--motif", "NOTATF"], "no"),
    (["convert", "deepbind", "DATA", "--out", "x"], "no"),
    (["zoo", "show", "alexnet"], "no system is called 'alexnet'"),
]


@pytest.mark.parametrize(("words", "told"), BAD, ids=[" ".join(words) for words, _ in BAD])
def test_bad_usage_is_two_lines_and_exit_2(words, told, data, run, tmp_path, capsys, monkeypatch):
    inputs = {"DATA": [str(data / "sequences.txt"), "--labels", str(data / "labels.txt")], "RUN": [str(run)]}
    if words[0] in ("predict", "convert"):
        inputs["DATA"] = inputs["DATA"][:1]
    monkeypatch.chdir(tmp_path)
    code, out, err = call(capsys, *[part for word in words for part in inputs.get(word, [word])])
    lines = err.splitlines()
    assert code == 2, err
    assert told in lines[0]
    assert lines[1].startswith("  fix: ")
    assert len(lines) == 2
    assert not out
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [], "nothing half written"


def test_help_names_every_command(capsys):
    code, out, _ = call(capsys, "--help")
    assert code == 0
    assert all(f"\n  {name} " in out for name in cli.COMMANDS)


def test_draw_one_example_and_export(run, capsys, tmp_path):
    code, _, err = call(capsys, "interpret", run, "--example", "sequences_1", "--out", tmp_path / "one.svg")
    assert code == 0, err
    assert (tmp_path / "one.svg").read_text().startswith("<svg")
    code, _, err = call(capsys, "interpret", run, "--export", "modisco")
    assert code == 0, err
    assert np.load(run / "modisco" / "ohe.npz")["arr_0"].shape[1:] == (4, 50)
