"""DeepBind against the definition of its score, written out in loops, and against the authors' published numbers."""

import csv
import gzip
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from primase import zoo
from primase.applications.conversion import convert_deepbind
from primase.applications.trained import TrainedModel
from primase.core.alphabet import encode, one_hot_encode
from primase.curation.dataset import Dataset
from primase.curation.sequences import StoredSequences
from primase.zoo.deepbind import letter_span

# README.TXT of kundajelab/deepbind, commit 714d552: four models on four sequences. The models of both strands (GATA3,
# CTCF) take the better one, those of RNA-binding proteins are of one strand.
SEQUENCES = (
    "AGGUAAUAAUUUGCAUGAAAUAACUUGGAGAGGAUAGC",
    "AGACAGAGCUUCCAUCAGCGCUAGCAGCAGAGACCAUU",
    "GAGGTTACGCGGCAAGATAA",
    "TACCACTAGGGGGCGCCACC",
)
README_SCORES = {
    "D00210.001": (7.345649, -0.159393, -0.143584, -0.161033),
    "D00120.001": (-0.152710, 3.663924, 0.357632, -0.081444),
    "D00410.003": (-0.763340, -0.196943, 5.885349, -0.379695),
    "D00328.003": (-0.026180, -0.026180, -0.026180, 17.682623),
}
# the reference program of the same commit, compiled and run: the better of both strands for every model
BOTH_STRANDS = (7.345649, 4.117530, 5.885349, 17.682623)
# the same program with the published parameters on the *_B files of regulatory/deepbind_encode_chip
AUROCS = {
    "ARID3A": ("D00736.002", 0.8694),
    "CTCFL": ("D00753.001", 0.9832),
    "ELK1": ("D00360.007", 0.9535),
    "FOXA1": ("D00761.001", 0.9777),
    "GABPA": ("D00409.004", 0.9742),
    "MYC": ("D00785.001", 0.9141),
    "REST": ("D00799.001", 0.9989),
    "SP1": ("D00650.007", 0.8782),
    "USF1": ("D00700.006", 0.9940),
    "ZBTB7A": ("D00714.004", 0.8582),
}
MIXED = ("ACGT", "GATTACAGATTACA", "ACNNGTCA", "CC", "TTGACGTCAATTGGCCNACG", "GGGGGGGG", "A", "CATCATGN" * 4 + "C")


def score_whole(net: torch.nn.Module, sequence: str) -> float:
    """Score one sequence as a whole, offset by offset, as the authors define it."""
    state = {key: tensor.double().numpy() for key, tensor in net.state_dict().items()}
    detectors, thresholds = state["detectors.weight"], state["detectors.bias"]
    filters, letters, width = detectors.shape
    column = {letter: np.eye(letters)[row] for row, letter in enumerate("ACGT")}
    unknown = np.full(letters, 1 / letters)
    padded = [unknown] * (width - 1) + [column.get(letter, unknown) for letter in sequence] + [unknown] * (width - 1)
    features = []
    for detector in range(filters):
        found = []
        for offset in range(len(sequence) + width - 1):
            total = sum(detectors[detector, :, i] @ padded[offset + i] for i in range(width)) + thresholds[detector]
            found.append(max(0.0, total))
        features += [max(found), sum(found) / len(found)] if net.mean_pool else [max(found)]
    hidden = np.array(features)
    if "dense.0.weight" in state:
        hidden = np.maximum(0, state["dense.0.weight"] @ hidden + state["dense.0.bias"])
    return float((state["head.weight"] @ hidden + state["head.bias"])[0])


def score_stretches(net: torch.nn.Module, sequence: str, *, last: bool) -> float:
    """Score every stretch of `width` letters on its own and keep the highest score."""
    width = net.width
    if len(sequence) <= width:
        return score_whole(net, sequence)
    ends = len(sequence) - width + int(last)
    return max(score_whole(net, sequence[start : start + width]) for start in range(ends))


def batch_of(sequences: tuple[str, ...], *, left: int = 0, right: int = 0) -> torch.Tensor:
    """Encode sequences of any lengths, padded with N to the longest, and on both sides."""
    longest = max(map(len, sequences))
    return torch.from_numpy(one_hot_encode(["N" * left + s.ljust(longest + right, "N") for s in sequences])).float()


@pytest.mark.parametrize("hidden", [0, 5])
@pytest.mark.parametrize("mean_pool", [False, True])
@pytest.mark.parametrize("scan", ["", "all", "all but the last"])
def test_scores_are_those_of_the_definition(hidden, mean_pool, scan):
    sequences = tuple(sequence.rstrip("N") for sequence in MIXED)
    config = zoo.configure(
        "deepbind",
        changes={
            "length": max(map(len, sequences)), "filters": 3, "width": 6, "hidden": hidden, "mean_pool": mean_pool,
            "scan": bool(scan), "scan_last": scan == "all",
        },
    )  # fmt: skip
    net = zoo.create("deepbind", config, seed=3).eval()
    with torch.no_grad():
        scores = net(seq=batch_of(sequences))["logits"][:, 0].tolist()
    if scan:
        wanted = [score_stretches(net, sequence, last=scan == "all") for sequence in sequences]
    else:
        wanted = [score_whole(net, sequence) for sequence in sequences]
    assert scores == pytest.approx(wanted, abs=1e-6)
    assert np.std(wanted) > 1e-3, "the sequences must be told apart"


@pytest.mark.parametrize(("left", "right"), [(0, 9), (4, 0), (11, 5)])
@pytest.mark.parametrize("scan", [False, True])
def test_padding_changes_nothing(left, right, scan):
    changes = {"width": 6, "mean_pool": True, "scan": scan}
    longest = max(map(len, MIXED))

    def scores(left, right):
        config = zoo.configure("deepbind", changes={**changes, "length": longest + left + right})
        with torch.no_grad():
            return zoo.create("deepbind", config).eval()(seq=batch_of(MIXED, left=left, right=right))["logits"]

    torch.testing.assert_close(scores(left, right), scores(0, 0), rtol=0, atol=1e-6)


def test_scanning_in_many_pieces_changes_nothing(monkeypatch):
    net = zoo.create("deepbind", zoo.configure("deepbind", changes={"width": 6, "scan": True})).eval()
    with torch.no_grad():
        at_once = net(seq=batch_of(MIXED))["logits"]
        monkeypatch.setattr("primase.zoo.deepbind.STRETCHES_AT_ONCE", 7)
        torch.testing.assert_close(net(seq=batch_of(MIXED))["logits"], at_once, rtol=0, atol=1e-6)


def test_scanning_has_gradients():
    net = zoo.create("deepbind", zoo.configure("deepbind", changes={"width": 6, "scan": True})).eval()
    seq = batch_of(("TTGACGTCAATTGGCCGACG",)).requires_grad_()
    net(seq=seq)["logits"].sum().backward()
    assert seq.grad.abs().sum() > 0


def test_letter_span_of_nothing_is_empty():
    first, last = letter_span(torch.zeros(2, 4, 5))
    assert first.tolist() == last.tolist()


# --- the authors' own numbers


@pytest.fixture(scope="session")
def converted(real_data, tmp_path_factory):
    out = tmp_path_factory.mktemp("deepbind")
    ids = [*README_SCORES, *(name for name, _ in AUROCS.values())]
    convert_deepbind(real_data / "weights" / "deepbind" / "params.tar.gz", out, ids)
    return out


def scores_of(model: TrainedModel, sequences, strands: int | None = None) -> np.ndarray:
    codes, offsets = encode(sequences, model.alphabet)
    rows = np.arange(len(sequences))
    dataset = Dataset(
        ids=rows.astype(object), sequences=StoredSequences(codes, offsets), targets=np.zeros((len(rows), 1), np.float32),
        parts=np.zeros(len(rows), np.int8), units=rows, alphabet=model.alphabet, task="regression", names=("score",),
        length=int(np.diff(offsets).max()), policy=model.policy,
    )  # fmt: skip
    return model.predictions(replace(model, strands=strands or model.strands).logits(dataset, rows))


@pytest.mark.parametrize("name", README_SCORES)
def test_readme_scores(converted, name):
    scores = scores_of(TrainedModel.load(converted / name), SEQUENCES)
    assert scores == pytest.approx(README_SCORES[name], abs=1e-5)


@pytest.mark.parametrize(("number", "name"), list(enumerate(README_SCORES)))
def test_scores_of_one_and_both_strands(converted, number, name):
    model = TrainedModel.load(converted / name)
    one, both = (scores_of(model, SEQUENCES, strands)[number] for strands in (1, 2))
    assert one == pytest.approx(README_SCORES[name][number], abs=1e-5)
    assert both == pytest.approx(BOTH_STRANDS[number], abs=1e-5)


# the factors whose figure tells whether the last stretch is scored; the others take as long and say less
TELLING = ("SP1", "ZBTB7A")


@pytest.mark.parametrize(
    "factor", [factor if factor in TELLING else pytest.param(factor, marks=pytest.mark.slow) for factor in AUROCS]
)
def test_aurocs_on_encode(converted, real_data, factor):
    name, published = AUROCS[factor]
    (path,) = (real_data / "regulatory" / "deepbind_encode_chip").glob(f"{factor}_*_B.seq.gz")
    with gzip.open(path, "rt") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    scores = scores_of(TrainedModel.load(converted / name), [row["seq"] for row in rows])
    assert roc_auc_score([row["Bound"] == "1" for row in rows], scores) == pytest.approx(published, abs=1e-3)


def test_median_auroc_is_the_cards():
    (result,) = zoo.system_module("deepbind").CARD.results
    assert np.median([published for _, published in AUROCS.values()]) == pytest.approx(result.value, abs=1e-4)
