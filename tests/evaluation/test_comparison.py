import numpy as np
import pytest

from primase.evaluation.comparison import OF_PROBABILITIES, choose_baseline, compare_predictions
from primase.evaluation.scoring import METRICS, measure

HALF = {"model": np.array(0.5), "kmer": np.array(0.5), "onehot": np.array(0.5), "majority": np.array(0.5)}


def draw(rows=600, better=0.0, seed=0):
    """Return targets and the predictions of a model and its rivals, the model better by so much."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, 2, rows)
    said = {name: targets * gain + rng.normal(0, 1, rows) for name, gain in (("kmer", 1.0), ("onehot", 0.5))}
    said["model"] = targets * (1.0 + better) + rng.normal(0, 1, rows)
    predictions = {name: 1 / (1 + np.exp(-values + values.mean())) for name, values in said.items()}
    return targets, predictions | {"majority": np.full(rows, 0.4)}


def compare(targets, predictions, units=None, **changes):
    settings = {"baseline": "kmer", "primary": "auroc", "resamples": 400} | changes
    units = np.arange(len(targets)) if units is None else units
    return compare_predictions("binary", targets, predictions, HALF, units, **settings)


def test_estimates_are_the_metrics_with_intervals_around_them():
    targets, predictions = draw()
    found = compare(targets, predictions).estimates("model", ("no", "yes"))
    assert set(found) == set(METRICS["binary"])
    for name, values in measure("binary", targets, predictions["model"]).items():
        assert found[name]["value"] == values[0]
        assert found[name]["low"] < found[name]["high"]
        assert "per_class" not in found[name]
    for name in ("auroc", "accuracy", "log_loss"):
        assert found[name]["low"] < found[name]["value"] < found[name]["high"]


def test_the_interval_of_accuracy_is_the_binomial_one():
    targets, predictions = draw(2000)
    found = compare(targets, predictions, resamples=2000).estimates("model", ())["accuracy"]
    expected = 1.96 * np.sqrt(found["value"] * (1 - found["value"]) / 2000)
    assert found["high"] - found["value"] == pytest.approx(expected, rel=0.1)
    assert found["value"] - found["low"] == pytest.approx(expected, rel=0.1)


def test_the_primary_metric_against_the_baseline_comes_first():
    found = compare(*draw(), primary="mcc").differences()
    assert (found[0]["metric"], found[0]["against"]) == ("mcc", "kmer")
    assert {entry["metric"] for entry in found if entry["against"] == "kmer"} == set(METRICS["binary"]) - set(
        OF_PROBABILITIES
    )
    assert [(entry["metric"], entry["against"]) for entry in found[6:]] == [("mcc", "onehot"), ("mcc", "majority")]


@pytest.mark.parametrize(("better", "sign"), [(1.5, 1), (-0.8, -1)])
def test_a_clear_difference_is_found(better, sign):
    first = compare(*draw(better=better)).differences()[0]
    assert min(sign * first["low"], sign * first["high"]) > 0
    assert first["p"] < 0.02


def test_a_model_that_is_the_baseline_is_level():
    targets, predictions = draw()
    first = compare(targets, predictions | {"model": predictions["kmer"]}).differences()[0]
    assert first == {"metric": "auroc", "against": "kmer", "difference": 0, "low": 0, "high": 0, "p": 1}


def test_differences_are_paired():
    targets, predictions = draw()
    nearly = predictions["kmer"] + np.random.default_rng(1).normal(0, 1e-3, len(targets))
    found = compare(targets, predictions | {"model": nearly})
    first, alone = found.differences()[0], found.estimates("model", ())["auroc"]
    assert first["high"] - first["low"] < 0.1 * (alone["high"] - alone["low"])


def test_chance_differences_are_seldom_called():
    called = [compare(*draw(150, seed=seed), resamples=200).differences()[0]["p"] < 0.05 for seed in range(100)]
    assert sum(called) <= 12  # 5 are expected


def test_a_single_unit_has_no_interval():
    found = compare(*draw(), units=np.zeros(600))
    estimate = found.estimates("model", ())["auroc"]
    assert estimate["value"] is not None
    assert estimate["low"] is None
    assert found.differences()[0]["p"] is None


def test_what_has_no_meaning_is_none():
    _, predictions = draw()
    found = compare(np.ones(600, int), predictions)
    assert found.estimates("model", ())["auroc"] == {"value": None, "low": None, "high": None}
    assert found.differences()[0] == {
        "metric": "auroc", "against": "kmer", "difference": None, "low": None, "high": None, "p": None,
    }  # fmt: skip


def test_the_better_rival_on_validation_is_the_baseline():
    targets, predictions = draw()
    assert choose_baseline("binary", targets, predictions, HALF, "auroc") == "kmer"
    assert choose_baseline("binary", targets, predictions, HALF, "log_loss") == "kmer"
    swapped = predictions | {"kmer": predictions["onehot"], "onehot": predictions["kmer"]}
    assert choose_baseline("binary", targets, swapped, HALF, "auroc") == "onehot"
    nothing = {name: values[:0] for name, values in predictions.items()}
    assert choose_baseline("binary", targets[:0], nothing, HALF, "auroc") == "kmer"


def test_large_data_have_fewer_resamples(monkeypatch):
    monkeypatch.setattr("primase.evaluation.comparison.MOST_NUMBERS", 600 * 500)
    assert compare(*draw(), resamples=None).resamples == 500
