import json

import numpy as np
import pytest

from primase.core.errors import PrimaseError, ShapeError
from primase.evaluation.scores import Part, Scores, Setting, evaluate_predictions
from primase.evaluation.scoring import METRICS, measure
from primase.tasks import fit_task

CONTRACT = {
    "task", "system", "split", "seed", "n", "members", "threshold", "metrics", "baselines", "comparison", "calibration",
    "confusion", "leakage", "verdict", "curves",
}  # fmt: skip
TARGETS = {
    "binary": (lambda rng, n: rng.integers(0, 2, n), ("no", "yes")),
    "multiclass": (lambda rng, n: rng.integers(0, 3, n), ("a", "b", "c")),
    "multilabel": (lambda rng, n: np.where(rng.random((n, 2)) < 0.2, np.nan, rng.integers(0, 2, (n, 2))), ("u", "v")),
    "regression": (lambda rng, n: rng.normal(0, 1, (n, 1)), ("strength",)),
}


def say(kind, rng, targets, gain):
    """Return predictions in the shape of the task's link, the surer the larger the gain."""
    if kind == "multiclass":
        logits = gain * np.eye(3)[targets] + rng.normal(0, 1, (len(targets), 3))
        return np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    values = gain * (np.nan_to_num(targets, nan=0.5) - 0.5) + rng.normal(0, 1, targets.shape)
    return values[:, 0] if kind == "regression" else 1 / (1 + np.exp(-values))


def draw(kind, rows, seed, folds=None):
    rng = np.random.default_rng(seed)
    targets = TARGETS[kind][0](rng, rows)
    gains = {"model": 3.0, "majority": 0.0, "composition": 0.5, "kmer": 1.0, "onehot": 1.5}
    predictions = {name: say(kind, rng, targets, gain) for name, gain in gains.items()}
    return Part(targets=targets, predictions=predictions, units=np.arange(rows) // 2, folds=folds)


def make_task(kind):
    targets = draw(kind, 300, 9).targets
    return fit_task(kind, targets, TARGETS[kind][1])


def evaluate(kind="binary", rows=300, resamples=100, **changes):
    values = {
        "system": "basset", "split": {"method": "random"}, "n": {"train": 10, "valid": 300, "test": rows}, "seed": 5,
        "leakage": {"pairs": 0, "definition": "near"}, "calibration": {"method": "none"},
    }  # fmt: skip
    setting = Setting(**values | changes)
    return evaluate_predictions(make_task(kind), draw(kind, 300, 0), draw(kind, rows, 1), setting, resamples=resamples)


@pytest.mark.parametrize("kind", TARGETS)
def test_the_file_keeps_the_contract(kind, tmp_path):
    scores = evaluate(kind)
    scores.save(tmp_path / "evaluation.json")
    values = json.loads((tmp_path / "evaluation.json").read_text())
    assert values.keys() >= CONTRACT
    assert set(values["metrics"]) == set(METRICS[kind])
    assert set(values["baselines"]) == {"majority", "composition", "kmer", "onehot"}
    names = TARGETS[kind][1]
    for metrics in (values["metrics"], *values["baselines"].values()):
        for entry in metrics.values():
            assert entry.keys() == {"value", "low", "high"} | (
                {"per_class"} if len(names) > 1 and kind != "binary" else set()
            )
            assert set(entry.get("per_class", names)) == set(names)
    assert values["comparison"][0].keys() == {"metric", "against", "difference", "low", "high", "p"}
    assert values["baseline"] == values["comparison"][0]["against"] == "onehot"
    assert values["units"] == 150
    assert Scores.load(tmp_path / "evaluation.json") == scores


@pytest.mark.parametrize("kind", TARGETS)
def test_the_same_seed_gives_the_same_bytes(kind, tmp_path):
    for name in ("one", "two"):
        evaluate(kind).save(tmp_path / name)
    evaluate(kind, seed=6).save(tmp_path / "three")
    one, two, three = ((tmp_path / name).read_bytes() for name in ("one", "two", "three"))
    assert one == two != three


def test_confusion_counts_every_known_row_once():
    assert np.sum(evaluate("binary").confusion) == np.sum(evaluate("multiclass").confusion) == 300
    labels = np.array(evaluate("multilabel").confusion)
    assert labels.shape == (2, 2, 2)
    known = ~np.isnan(draw("multilabel", 300, 1).targets)
    np.testing.assert_array_equal(labels.sum((1, 2)), known.sum(0))
    assert evaluate("regression").confusion is None


def test_the_confusion_is_that_of_the_accuracy():
    for kind in ("binary", "multiclass"):
        scores = evaluate(kind)
        assert np.trace(scores.confusion) / 300 == pytest.approx(scores.metrics["accuracy"]["value"])


def test_thresholds_are_chosen_on_validation_rows():
    assert 0 < evaluate("binary").threshold < 1
    assert len(evaluate("multilabel").threshold) == 2
    assert evaluate("multiclass").threshold is None
    assert evaluate("regression").threshold is None


def test_pooled_folds_are_called_by_their_own_thresholds():
    folds = np.arange(400) % 2
    rng = np.random.default_rng(0)

    def part(seed):
        targets = np.random.default_rng(seed).integers(0, 2, 400)
        # the models of the two folds are right, each on a scale of its own
        said = np.where(folds, 0.6, 0.1) + 0.2 * targets + rng.normal(0, 0.001, 400)
        return Part(targets=targets, predictions={"model": said, "kmer": said}, units=np.arange(400), folds=folds)

    setting = Setting(system="x", split={}, n={})
    scores = evaluate_predictions(make_task("binary"), part(0), part(1), setting, resamples=50)
    assert scores.metrics["accuracy"]["value"] == 1
    assert scores.threshold == pytest.approx(0.45, abs=0.02)


def test_calibration_is_described_before_and_after():
    test = draw("binary", 300, 1)
    raw = test.predictions["model"] ** 3
    test = Part(targets=test.targets, predictions=test.predictions, units=test.units, uncalibrated=raw)
    setting = Setting(system="x", split={}, n={}, calibration={"method": "temperature", "temperature": [2.0]})
    found = evaluate_predictions(make_task("binary"), draw("binary", 300, 0), test, setting, resamples=50)
    assert found.calibration["temperature"] == [2.0]
    assert found.calibration["before"]["ece"] == pytest.approx(measure("binary", test.targets, raw)["ece"][0])
    assert found.calibration["after"]["ece"] == found.metrics["ece"]["value"]
    assert evaluate("regression", calibration=None).calibration is None


def test_the_primary_metric_may_be_another():
    scores = evaluate(primary="mcc")
    assert scores.primary == scores.comparison[0]["metric"] == "mcc"
    assert "MCC" in scores.verdict


def test_the_terminal_gets_every_metric_and_the_verdict():
    scores = evaluate(notes=("trained on a part",))
    lines = scores.summary_lines()
    assert len(lines) == 1 + len(METRICS["binary"]) + 2
    assert lines[1].startswith("AUROC")
    assert lines[-2:] == ["trained on a part", scores.verdict]
    assert str(scores) == "\n".join(lines)


def test_one_class_in_the_test_part_is_no_crash(tmp_path):
    test = draw("binary", 50, 1)
    test = Part(targets=np.ones(50, int), predictions=test.predictions, units=test.units)
    scores = evaluate_predictions(
        make_task("binary"), draw("binary", 300, 0), test, Setting(system="x", split={}, n={}), resamples=50
    )
    scores.save(tmp_path / "evaluation.json")
    assert json.loads((tmp_path / "evaluation.json").read_text())["metrics"]["auroc"]["value"] is None
    assert "undefined" in scores.verdict


def test_an_empty_validation_part_is_no_crash():
    valid = draw("binary", 0, 0)
    scores = evaluate_predictions(
        make_task("binary"), valid, draw("binary", 60, 1), Setting(system="x", split={}, n={}), resamples=50
    )
    assert scores.baseline == "kmer"
    assert scores.threshold == 0.5


def test_an_empty_test_part_is_an_error():
    with pytest.raises(PrimaseError, match="the test part has 0 rows"):
        evaluate(rows=0)


def test_predictions_that_are_no_numbers_are_named():
    test = draw("binary", 60, 1)
    test.predictions["model"][3:5] = np.nan
    with pytest.raises(PrimaseError, match="model predicts no finite number for 2 of 60 test rows"):
        evaluate_predictions(make_task("binary"), draw("binary", 300, 0), test, Setting(system="x", split={}, n={}))


def test_predictions_must_fit_the_rows():
    with pytest.raises(ShapeError, match="kmer has 2 predictions for 3 rows"):
        Part(targets=np.zeros(3), predictions={"kmer": np.zeros(2)}, units=np.zeros(3))


def test_another_file_is_no_evaluation(tmp_path):
    (tmp_path / "a.json").write_text('{"task": "binary"}')
    with pytest.raises(PrimaseError, match="is no evaluation"):
        Scores.load(tmp_path / "a.json")
