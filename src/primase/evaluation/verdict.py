"""Does the deep model beat the baseline? In words."""

from typing import Any

from primase.evaluation.scoring import SMALLER_IS_BETTER

METRIC_WORDS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "auroc": "AUROC",
    "average_precision": "average precision",
    "mcc": "MCC",
    "f1": "F1",
    "log_loss": "log loss",
    "brier": "Brier score",
    "ece": "calibration error",
    "pearson_r": "Pearson r",
    "spearman_r": "Spearman r",
    "r2": "R2",
    "rmse": "RMSE",
    "log_count_pearson_r": "Pearson r of log counts",
    "log_count_spearman_r": "Spearman r of counts",
    "bin_pearson_r": "Pearson r over bins",
    "poisson_nll": "Poisson loss",
    "deviance_explained": "deviance explained",
    "profile_jsd": "profile distance",
    "profile_nll": "profile loss",
}
BASELINE_WORDS = {"kmer": "k-mer baseline", "onehot": "baseline on positions"}
CHANCE = {"auroc": 0.5} | dict.fromkeys(
    ("mcc", "pearson_r", "spearman_r", "r2", "log_count_pearson_r", "log_count_spearman_r", "bin_pearson_r"), 0.0
)  # what guessing reaches
PERFECT = dict.fromkeys(("auroc", "average_precision", "accuracy", "balanced_accuracy", "f1", "mcc"), 1.0)
FEW_UNITS = 30


def judge(
    system: str, metrics: dict[str, Any], rival: dict[str, Any], comparison: dict[str, Any], rows: int, units: int
) -> str:
    """Say in a few sentences how the model compares with the baseline, and what to use.

    Parameters
    ----------
    system : str
        What the model is called.
    metrics, rival : dict
        Metric -> ``value``, ``low``, ``high`` of model and baseline.
    comparison : dict
        ``metric``, ``against``, ``difference``, ``low``, ``high``, ``p``.
    rows, units : int
        Test examples, and independent groups of them.

    Examples
    --------
    >>> one = {"auroc": {"value": 0.9, "low": 0.88, "high": 0.92}}
    >>> two = {"auroc": {"value": 0.8, "low": 0.77, "high": 0.83}}
    >>> found = dict(metric="auroc", against="kmer", difference=0.1, low=0.07, high=0.13, p=0.001)
    >>> judge("basset", one, two, found, 500, 500)
    'basset beats the k-mer baseline: AUROC 0.900 against 0.800, better by 0.100 (95 % interval 0.070 to 0.130).'
    """
    name = comparison["metric"]
    sign = -1 if name in SMALLER_IS_BETTER else 1
    against = BASELINE_WORDS.get(comparison["against"], comparison["against"])
    words = f"{METRIC_WORDS[name]} {_number(metrics[name]['value'])} against {_number(rival[name]['value'])}"
    tested = f"{rows:,} test examples" + (f" in {units:,} independent groups" if units < rows else "")
    if comparison["low"] is None:
        return (
            f"{system} and the {against}: {words}. With {tested} the uncertainty of the difference cannot be told; "
            f"test on more before preferring one."
        )
    low, high = sorted((sign * comparison["low"], sign * comparison["high"]))
    gain = sign * comparison["difference"]
    interval = f"95 % interval {low:.3f} to {high:.3f}"
    if low > 0:
        sentences = [f"{system} beats the {against}: {words}, better by {gain:.3f} ({interval})."]
    elif high < 0:
        sentences = [f"{system} is worse than the {against}: {words}, by {-gain:.3f} (gain: {interval})."]
        sentences.append("Use the baseline.")
    elif low == high == 0 and name in PERFECT and metrics[name]["value"] == PERFECT[name]:
        sentences = [f"{system} and the {against} are both perfect on {tested}: {METRIC_WORDS[name]} 1.000."]
        sentences.append("There is no ground to prefer the deep model: use the baseline, it is simpler.")
    else:
        change = f"the {'loss' if gain < 0 else 'gain'} of {abs(gain):.3f} may be chance"
        sentences = [f"{system} cannot be told from the {against}: {words}; {change}"]
        sentences[0] += f" ({interval}, which includes 0)."
        sentences.append(f"With {tested} there is no ground to prefer the deep model: use the baseline, it is simpler.")
    own = metrics[name]
    if name in CHANCE and own["low"] is not None and own["low"] <= CHANCE[name]:
        sentences.append("The model is not shown to be better than guessing.")
    if units < FEW_UNITS:
        sentences.append(f"The test part has only {units} independent groups, so the intervals are rough.")
    return " ".join(sentences)


def judge_profile(own: float | None, average: float | None, comparison: dict[str, Any]) -> str:
    """Say how the expected profiles compare with the average profile, which knows no sequence.

    Parameters
    ----------
    own, average : float or None
        Distance from the observed profiles.
    comparison : dict
        ``low`` and ``high`` of the difference, model less average.

    Examples
    --------
    >>> judge_profile(0.7, 0.5, {"low": 0.15, "high": 0.25})
    'Its profiles are further from the observed ones than the average profile: profile distance 0.700 against 0.500.'
    """
    low, high = comparison.get("low"), comparison.get("high")
    words = "cannot be told from the average profile"
    if low is not None and high is not None and (high < 0 or low > 0):
        words = f"are {'nearer to' if high < 0 else 'further from'} the observed ones than the average profile"
    return f"Its profiles {words}: {METRIC_WORDS['profile_jsd']} {_number(own)} against {_number(average)}."


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
