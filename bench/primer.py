"""The primer's real data (`primer/zou2019`): the published recipe over 20 seeds, and `auto` (needs PRIMASE_DATA).

The tutorial's split: a random quarter (`random_state=42`) is the test part, the last 375 of the rest validate.
"""

import os
import sys
from pathlib import Path

import numpy as np
import torch

from primase import zoo
from primase.core.alphabet import DNA, encode
from primase.curation.dataset import Dataset
from primase.curation.encoding import SequenceBatches, encode_rows
from primase.curation.sequences import StoredSequences
from primase.inference import predict_logits, set_threads
from primase.tasks import fit_task
from primase.training import train_network
from primase.zoo import primer_cnn

MOTIF = "CGACCGAACTCC"


def tutorial_split(folder: Path) -> Dataset:
    """Read the primer's two files and divide them as its notebook does."""
    from sklearn.model_selection import train_test_split

    sequences = (folder / "sequences.txt").read_text().split()
    labels = np.array((folder / "labels.txt").read_text().split(), np.int64)
    rest, test = train_test_split(np.arange(len(sequences)), test_size=0.25, random_state=42)
    parts = np.zeros(len(sequences), np.int8)
    parts[test] = 2
    parts[rest[-375:]] = 1
    codes, offsets = encode(sequences)
    return Dataset(
        ids=np.array([f"s{number}" for number in range(len(sequences))], object),
        sequences=StoredSequences(codes, offsets),
        targets=labels,
        parts=parts,
        units=np.arange(len(sequences)),
        alphabet=DNA,
        task="binary",
        names=("0", "1"),
        length=50,
        policy="pad",
        facts={"inputs": ["sequences.txt"], "split": {"method": "the tutorial's"}},
    )


def published(data: Dataset, seed: int) -> float:
    """Train the published recipe and return the test accuracy."""
    device = torch.device("cpu")
    net = zoo.create("primer_cnn", zoo.configure("primer_cnn"), seed=seed)
    task = fit_task("binary", data.targets[data.part("train")], data.names)
    train = SequenceBatches(data, data.part("train"), length=50, device=device, seed=seed)
    valid = SequenceBatches(data, data.part("valid"), length=50, device=device)
    train_network(net, train, valid, task, primer_cnn.PLAN, metric=lambda *_: 0.0, seed=seed)
    rows = data.part("test")
    logits = predict_logits(net, encode_rows(data, rows)[0]).numpy()
    return float((logits.argmax(1) == data.targets[rows]).mean())


def explained(data: Dataset, out: Path) -> None:
    """Run `auto` on the same split and say whether motif and attributions are right."""
    import primase as pr

    run = pr.train(data, "auto", out=out, overwrite=True, threads=1)
    scores = pr.evaluate(run)
    print(f"auto ({scores.system}): test accuracy {scores.metrics['accuracy']['value']:.4f}")
    why = pr.interpret(run)
    lines = (run.folder / "motifs.tsv").read_text().splitlines()
    print("\n".join(lines))
    named = [line.split("\t")[1] for line in lines[1:]]
    turned = pr.reverse_complement(MOTIF)
    print("motif found exactly:", any(MOTIF in name or turned in name for name in named))
    row_of = {name: row for row, name in enumerate(data.ids)}
    positive = [i for i, name in enumerate(why.ids) if data.targets[row_of[name]] == 1]
    starts = np.array([data.sequence(row_of[why.ids[i]]).index(MOTIF) for i in positive])
    for method in why.values:
        peak = why.projected(method, "1")[positive].argmax(1)
        inside = float(((peak >= starts) & (peak < starts + len(MOTIF))).mean())
        print(f"{method}: maximum inside the motif in {inside:.1%} of {len(positive)} positive test sequences")


def main() -> None:
    """Print the distribution over 20 seeds, then the run of `auto`."""
    if "PRIMASE_DATA" not in os.environ:
        sys.exit("set PRIMASE_DATA to the folder of data sets")
    set_threads(1)  # steps this small cost more to divide than to do
    data = tutorial_split(Path(os.environ["PRIMASE_DATA"]) / "primer" / "zou2019")
    found = [published(data, seed) for seed in range(20)]
    print("published recipe, 20 seeds:", " ".join(f"{value:.3f}" for value in sorted(found)))
    print(
        f"median {np.median(found):.4f}, lowest {min(found):.4f}, highest {max(found):.4f} (published, one run: 0.980)"
    )
    explained(data, Path("runs/bench-primer"))


if __name__ == "__main__":
    main()
