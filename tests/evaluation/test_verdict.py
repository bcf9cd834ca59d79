import pytest

from primase.evaluation.verdict import judge


def words(low, high, *, metric="auroc", rows=500, units=500, own_low=0.8):
    middle = None if low is None else (low + high) / 2
    own = {metric: {"value": 0.85, "low": own_low, "high": 0.9}}
    rival = {metric: {"value": 0.8, "low": 0.75, "high": 0.85}}
    found = {"metric": metric, "against": "kmer", "difference": middle, "low": low, "high": high, "p": 0.1}
    return judge("basset", own, rival, found, rows, units)


def test_better_is_said():
    assert words(0.02, 0.08) == (
        "basset beats the k-mer baseline: AUROC 0.850 against 0.800, better by 0.050 (95 % interval 0.020 to 0.080)."
    )


def test_worse_advises_the_baseline():
    said = words(-0.08, -0.02)
    assert said.startswith("basset is worse than the k-mer baseline")
    assert said.endswith("Use the baseline.")


def test_level_advises_the_baseline_and_claims_nothing():
    said = words(-0.01, 0.03)
    assert "cannot be told from the k-mer baseline" in said
    assert "which includes 0" in said
    assert "use the baseline" in said


def test_of_a_loss_less_is_better():
    assert words(-0.08, -0.02, metric="log_loss").startswith("basset beats")
    assert words(0.02, 0.08, metric="rmse").startswith("basset is worse")


@pytest.mark.parametrize("own_low", [0.5, 0.4])
def test_a_model_at_chance_is_called_so(own_low):
    assert "not shown to be better than guessing" in words(0.02, 0.08, own_low=own_low)
    assert "guessing" not in words(0.02, 0.08, own_low=0.51)


def test_few_groups_are_mentioned():
    assert "only 12 independent groups" in words(0.02, 0.08, units=12)
    assert "500 test examples in 400 independent groups" in words(-0.02, 0.08, units=400)


def test_without_an_interval_nothing_is_claimed():
    said = words(None, None, units=1)
    assert "cannot be told" in said
    assert "beats" not in said
