"""Start-up: ``import primase`` and ``primase --help`` against bare Python (bar: at most 5 and 12 times)."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 25


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Time the three commands in turn and print the medians."""
    primase = str(Path(sys.executable).with_name("primase"))
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import primase": [sys.executable, "-c", "import primase"],
        "primase --help": [primase, "--help"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(RUNS + 1):
        for name, command in commands.items():
            taken = seconds(command)
            if run:  # the first one fills the caches
                times[name].append(taken)
    bare = statistics.median(times["python -c pass"])
    for name, values in times.items():
        middle = statistics.median(values)
        print(f"{name:16} {middle * 1000:7.1f} ms  {middle / bare:5.2f} x bare Python")


if __name__ == "__main__":
    main()
