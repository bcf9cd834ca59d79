"""The primer's published recipe: our training against the best plain PyTorch loop and against Keras, in one run.

1,125 training and 375 validation sequences of 50 bp, 50 epochs, batch 32, validation every epoch; ours with its
checkpoints. Bars: at most 1.2 times the plain loop, at most 0.35 times Keras. Keras runs in its own process, since two
frameworks in one fight over the cores; all three take turns.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from primase import zoo
from primase.core.alphabet import DNA, encode
from primase.curation.dataset import Dataset
from primase.curation.encoding import SequenceBatches, encode_rows
from primase.curation.sequences import StoredSequences
from primase.curation.simulation import simulate_motif
from primase.inference import set_threads
from primase.tasks import fit_task
from primase.training import train_network
from primase.zoo import primer_cnn

REPEATS = 5
TRAIN, VALID, LENGTH, EPOCHS, BATCH = 1125, 375, 50, 50, 32

KERAS = f"""
import os, sys, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np, keras
K = keras.layers
X = np.load(sys.argv[1]).transpose(0, 2, 1).copy(); Y = np.eye(2, dtype="float32")[np.load(sys.argv[2])]
def fit():
    m = keras.Sequential([K.Input(({LENGTH}, 4)), K.Conv1D(32, 12), K.MaxPooling1D(4), K.Flatten(),
                          K.Dense(16, activation="relu"), K.Dense(2, activation="softmax")])
    m.compile(loss="binary_crossentropy", optimizer="adam", metrics=["binary_accuracy"])
    m.fit(X[:{TRAIN}], Y[:{TRAIN}], epochs={EPOCHS}, batch_size={BATCH}, verbose=0,
          validation_data=(X[{TRAIN}:], Y[{TRAIN}:]))
fit()
for line in sys.stdin:
    started = time.perf_counter(); fit(); print(time.perf_counter() - started, flush=True)
"""


def make_data() -> Dataset:
    rows = TRAIN + VALID
    ids, sequences, labels = simulate_motif(rows=rows, length=LENGTH, seed=1)
    codes, offsets = encode(sequences)
    return Dataset(
        ids=np.array(ids, object),
        sequences=StoredSequences(codes, offsets),
        targets=np.array(labels, np.int64),
        parts=np.repeat([0, 1], [TRAIN, VALID]).astype(np.int8),
        units=np.arange(rows),
        alphabet=DNA,
        task="binary",
        names=("0", "1"),
        length=LENGTH,
        policy="pad",
    )


def ours(data: Dataset) -> float:
    started = time.perf_counter()
    device = torch.device("cpu")
    net = zoo.create("primer_cnn", zoo.configure("primer_cnn"), seed=0)
    task = fit_task("binary", data.targets[data.part("train")], data.names)
    train = SequenceBatches(data, data.part("train"), length=LENGTH, device=device)
    valid = SequenceBatches(data, data.part("valid"), length=LENGTH, device=device)

    def accuracy(logits: torch.Tensor, targets: torch.Tensor) -> float:
        return (logits.argmax(1) == targets).float().mean().item()

    with tempfile.TemporaryDirectory() as folder:
        train_network(
            net,
            train,
            valid,
            task,
            primer_cnn.PLAN,
            metric=accuracy,
            seed=0,
            checkpoint=Path(folder) / "checkpoint.safetensors",
        )
    return time.perf_counter() - started


def plain(x: torch.Tensor, y: torch.Tensor) -> float:
    """Train with the shortest loop there is: fused Adam, one permutation per epoch, slices."""
    started = time.perf_counter()
    net = nn.Sequential(
        nn.Conv1d(4, 32, 12), nn.MaxPool1d(4), nn.Flatten(), nn.Linear(288, 16), nn.ReLU(), nn.Linear(16, 2)
    )
    optimiser = torch.optim.Adam(net.parameters(), fused=True)
    for _ in range(EPOCHS):
        net.train()
        order = torch.randperm(TRAIN)
        xs, ys = x[:TRAIN][order], y[:TRAIN][order]
        for start in range(0, TRAIN, BATCH):
            optimiser.zero_grad(set_to_none=True)
            F.cross_entropy(net(xs[start : start + BATCH]), ys[start : start + BATCH]).backward()
            optimiser.step()
        net.eval()
        with torch.no_grad():
            (net(x[TRAIN:]).argmax(1) == y[TRAIN:]).float().mean().item()
    return time.perf_counter() - started


def main() -> None:
    """Time all three in turn and print medians and ratios."""
    set_threads(None)
    data = make_data()
    x, _ = encode_rows(data, np.arange(len(data)))
    y = torch.from_numpy(data.targets)
    keras = os.environ.get("PRIMASE_KERAS_PYTHON", sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/x.npy", x.numpy())
        np.save(f"{folder}/y.npy", data.targets)
        command = [keras, "-c", KERAS, f"{folder}/x.npy", f"{folder}/y.npy"]
        peer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        times: dict[str, list[float]] = {"primase": [], "plain torch": [], "keras": []}
        ours(data)
        plain(x, y)
        for _ in range(REPEATS):
            times["primase"].append(ours(data))
            times["plain torch"].append(plain(x, y))
            peer.stdin.write("go\n")
            peer.stdin.flush()
            answer = peer.stdout.readline()
            if answer:
                times["keras"].append(float(answer))
        peer.stdin.close()
    middle = {name: statistics.median(values) for name, values in times.items() if values}
    for name, value in middle.items():
        each = ", ".join(f"{taken:.2f}" for taken in times[name])
        print(f"{name:12} {value:6.2f} s  primase takes {middle['primase'] / value:5.2f} x   ({each})")
    if "keras" not in middle:
        print("keras did not run: install it (make bench does), or name its interpreter in PRIMASE_KERAS_PYTHON")


if __name__ == "__main__":
    main()
