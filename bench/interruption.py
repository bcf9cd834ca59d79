"""kill -9 at 20 random moments of a run: each time it is continued, and must end with the same bytes.

Compared are weights, predictions and evaluation of the uninterrupted run, byte by byte; and after every kill that no
file is half written: every JSON parses, every safetensors and Parquet file opens.
"""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
from safetensors import safe_open

KILLS = 20
ROOT = Path("runs/bench-interruption")
SAME = ("model/**/*.safetensors", "predictions.parquet", "evaluation.json", "motifs.tsv")


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "primase", *words]


def start(folder: Path) -> list[str]:
    data = ROOT / "data"
    inputs = [str(data / "sequences.txt"), "--labels", str(data / "labels.txt")]
    return command("run", *inputs, "--out", str(folder), "--seed", "3", "--threads", "1", "--quiet")


def whole_files(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.name.startswith(".") or not path.is_file():
            continue
        if path.suffix == ".json":
            json.loads(path.read_text())
        elif path.suffix == ".safetensors":
            with safe_open(str(path), "pt") as handle:
                list(handle.keys())
        elif path.suffix == ".parquet":
            pq.read_table(path)


def results(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for pattern in SAME for path in folder.glob(pattern)}


def main() -> None:
    """Do it and print what happened."""
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir(parents=True)
    subprocess.run(command("simulate", "motif", "--out", str(ROOT / "data")), check=True, stdout=subprocess.DEVNULL)
    started = time.perf_counter()
    subprocess.run(start(ROOT / "whole"), check=True, stdout=subprocess.DEVNULL)
    took = time.perf_counter() - started
    wanted = results(ROOT / "whole")
    print(f"uninterrupted: {took:.1f} s, {len(wanted)} files to compare")
    rng, equal = random.Random(0), 0
    for number in range(KILLS):
        folder = ROOT / f"killed-{number}"
        after = rng.uniform(0, took)
        process = subprocess.Popen(start(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.wait()
        existed = folder.is_dir()
        if existed:
            whole_files(folder)
            again = command("run", "--resume", str(folder), "--quiet")
        else:
            again = start(folder)
        subprocess.run(again, check=True, stdout=subprocess.DEVNULL)
        whole_files(folder)
        same = results(folder) == wanted
        equal += same
        state = "resumed" if existed else "nothing there yet"
        print(f"kill {number + 1:2} after {after:5.1f} s: {state}, same bytes: {same}")
        shutil.rmtree(folder)
    print(f"{equal} of {KILLS} end with the same bytes")
    sys.exit(equal != KILLS)


if __name__ == "__main__":
    main()
