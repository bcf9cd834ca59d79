"""Numbers and names in plain words."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"


@dataclass(frozen=True)
class Meaning:
    """What a metric is called and what it says.

    Attributes
    ----------
    label, words : str
        Its usual name, and one sentence for a reader who does not know it.
    rising : bool
        True where more is better.
    """

    label: str
    words: str
    rising: bool = True


METRICS = {
    "accuracy": Meaning("accuracy", "Share of examples that were called right."),
    "balanced_accuracy": Meaning(
        "balanced accuracy",
        "Share called right within each class, averaged over the classes; guessing gives 1 / classes.",
    ),
    "auroc": Meaning(
        "AUROC", "Chance that a random positive scores higher than a random negative: 0.5 is guessing, 1 is perfect."
    ),
    "average_precision": Meaning(
        "average precision",
        "Area under the precision-recall curve; guessing gives the share of positives, 1 is perfect.",
    ),
    "mcc": Meaning(
        "MCC", "Matthews correlation between calls and truth: 0 is guessing, 1 is perfect; fair to unequal classes."
    ),
    "f1": Meaning("F1", "Balance of precision and recall at the chosen threshold; 1 is perfect."),
    "log_loss": Meaning(
        "log loss", "How surprised the model is by the truth; 0 is perfect, lower is better.", rising=False
    ),
    "brier": Meaning(
        "Brier score", "Mean squared error of the probabilities; 0 is perfect, lower is better.", rising=False
    ),
    "ece": Meaning(
        "ECE",
        "Expected calibration error: mean gap between stated probability and observed share; lower is better.",
        rising=False,
    ),
    "pearson_r": Meaning("Pearson r", "How straight the line of predicted against measured values is: 1 is perfect."),
    "spearman_r": Meaning("Spearman r", "How well the order of the values is predicted: 1 is perfect."),
    "r2": Meaning(
        "R²",
        "Share of the variance that is predicted: 1 is perfect, 0 no better than the mean, below 0 worse than that.",
    ),
    "rmse": Meaning("RMSE", "Typical error, in the unit of the target; lower is better.", rising=False),
    "log_count_pearson_r": Meaning(
        "Pearson r of log counts",
        "Correlation of the totals of windows, as logarithms: 1 is perfect, 0 guessing.",
    ),
    "log_count_spearman_r": Meaning("Spearman r of counts", "The same by rank."),
    "bin_pearson_r": Meaning(
        "Pearson r over bins", "Correlation over all bins of all windows: 1 is perfect, 0 guessing."
    ),
    "poisson_nll": Meaning("Poisson loss", "What the model was trained to lower.", rising=False),
    "deviance_explained": Meaning(
        "deviance explained", "What R² is for numbers, for counts: 1 is perfect, 0 no better than the mean."
    ),
    "profile_jsd": Meaning(
        "profile distance",
        "Jensen-Shannon distance of expected and observed reads along a window; 0 is the same.",
        rising=False,
    ),
    "profile_nll": Meaning("profile loss", "Multinomial loss of where the reads fall; lower is better.", rising=False),
}
BASELINES = {
    "majority": ("majority", "always the most frequent class"),
    "mean": ("mean", "always the mean of the training part"),
    "composition": ("composition", "length and the shares of letters and pairs only"),
    "kmer": ("k-mers", "a linear model on counts of short words"),
    "onehot": ("positions", "a linear model on the letter at each position"),
}
HEADLINES = {
    "binary": "auroc",
    "multiclass": "auroc",
    "multilabel": "auroc",
    "regression": "pearson_r",
    "counts": "bin_pearson_r",
    "profile": "log_count_pearson_r",
}
TASKS = {
    "binary": "two classes",
    "multiclass": "several classes, one per sequence",
    "multilabel": "several labels, each present or absent",
    "regression": "a measured value",
    "counts": "signal in bins along a window",
    "profile": "reads at every position of a window",
}
UNITS = {"profile": "reads", "counts": "signal"}  # what the total of a window is called


def meaning(name: str) -> Meaning:
    """Return what is known of a metric; an unknown one is called by its name."""
    return METRICS.get(name, Meaning(name.replace("_", " "), ""))


def baseline_words(name: str) -> str:
    """Return the readable name of a baseline."""
    return BASELINES.get(name, (name, ""))[0]


def decimal(value: Any, digits: int = 3) -> str:
    """Write a number with `digits` decimals, or a dash where there is none.

    Examples
    --------
    >>> decimal(0.98765), decimal(-0.5, 2), decimal(None), decimal(123456.0), decimal(0.00023)
    ('0.988', '−0.50', '–', '123,456', '0.0002')
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool) or value != value:
        return NONE
    if value and (abs(value) >= 1000 or (float(value).is_integer() and abs(value) >= 100)):
        return f"{value:,.0f}".replace("-", MINUS)
    if value and abs(value) < 10.0**-digits:
        places = -math.floor(math.log10(abs(value)))  # down to its first digit that is not 0
        return (f"{value:.{places}f}" if places <= 6 else f"{value:.1e}").replace("-", MINUS)
    return f"{value:.{digits}f}".replace("-", MINUS)


def interval(entry: Mapping[str, Any] | None) -> str:
    """Write the 95 % interval of an estimate with ``low`` and ``high``.

    Examples
    --------
    >>> interval({"value": 0.9, "low": 0.88, "high": 0.92})
    '0.880 to 0.920'
    """
    if not entry or entry.get("low") is None or entry.get("high") is None:
        return NONE
    return f"{decimal(entry['low'])} to {decimal(entry['high'])}"


def estimate(entry: Mapping[str, Any] | None) -> str:
    """Write an estimate with its interval."""
    if not entry:
        return NONE
    bounds = interval(entry)
    return decimal(entry.get("value")) + ("" if bounds == NONE else f" ({bounds})")


def signed(value: Any) -> str:
    """Write a difference with its sign.

    Examples
    --------
    >>> signed(0.02), signed(-0.02)
    ('+0.020', '−0.020')
    """
    words = decimal(value)
    return f"+{words}" if isinstance(value, (int, float)) and value > 0 else words


def p_value(value: Any) -> str:
    """Write a p value; small ones as a bound.

    Examples
    --------
    >>> p_value(0.0004), p_value(0.21)
    ('p < 0.001', 'p = 0.21')
    """
    if not isinstance(value, (int, float)) or value != value:
        return ""
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"


def percent(value: Any) -> str:
    """Write a share as a percentage.

    Examples
    --------
    >>> percent(0.123), percent(1.0), percent(0.0004), percent(0.99996)
    ('12 %', '100 %', '0.04 %', '> 99.9 %')
    """
    if not isinstance(value, (int, float)) or value != value:
        return NONE
    hundredfold = 100 * value
    if 99 < hundredfold < 100:  # all but certain is not certain
        return "> 99.9 %" if hundredfold > 99.9 else f"{hundredfold:.1f} %"
    digits = 0 if hundredfold == round(hundredfold) or abs(hundredfold) >= 10 else 2 if abs(hundredfold) < 0.1 else 1
    return f"{hundredfold:.{digits}f} %".replace("-", MINUS)


def count(value: int, noun: str, plural: str = "") -> str:
    """Write a number of things.

    Examples
    --------
    >>> count(1, "example"), count(2000, "example"), count(2, "class", "classes")
    ('1 example', '2,000 examples', '2 classes')
    """
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def plain(value: Any) -> str:
    """Write any plain value of a manifest in a line.

    Examples
    --------
    >>> plain({"a": 1, "b": [0.5, True]}), plain(None), plain([])
    ('a: 1; b: 0.5, yes', 'none', 'none')
    """
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {plain(item)}" for name, item in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(item) for item in value) or "none"
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace("-", MINUS)
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", MINUS)
    return str(value)


def amounts(task: str, observed: float, expected: float) -> str:
    """Write the observed and the expected total of a window.

    Examples
    --------
    >>> amounts("profile", 31, 28.44), amounts("counts", 1250.5, 1100)
    ('31 reads, 28.4 expected', 'signal 1,250, expected 1,100')
    """
    if task == "profile":
        return f"{decimal(float(observed), 0)} reads, {decimal(float(expected), 1)} expected"
    return f"signal {decimal(float(observed), 1)}, expected {decimal(float(expected), 1)}"


def readable(name: str) -> str:
    """Turn a key into words.

    Examples
    --------
    >>> readable("learning_rate")
    'learning rate'
    """
    return name.replace("_", " ")


_TERMS = """
training, validation and test part: The network learns on the training part. Choices (when to stop, calibration,
threshold) are made on the validation part. The evaluation is of the test part, which neither saw.

95 % interval: Found by drawing the test examples again, with replacement, many times (bootstrap). Similar sequences are
drawn together, so that copies do not make the interval look narrower than it is.

baseline: A simple model trained on the same data. A deep network is worth its trouble only where it beats it.

near-duplicate: Two sequences so alike that one in training would give away the answer to the other in the test.

calibration: Correcting the stated probabilities so that, of the examples called with 80 %, 80 % are right.

attribution: How much each letter of a sequence moved the prediction: up above the axis, down below it.

seqlet: A short stretch of strong attribution. Seqlets that look alike are gathered into a motif.

q value: Chance that a named match is a false one, corrected for the number of motifs that were compared.

dinucleotide shuffle: A scrambled sequence that keeps the count of every pair of neighbouring letters: a fair reference
without the signal.

epoch: One pass over the training part.
"""


def glossary() -> tuple[tuple[str, str], ...]:
    """Return the words of a report that need an explanation, with it."""
    terms = [" ".join(entry.split()).split(": ", 1) for entry in _TERMS.strip().split("\n\n")]
    return (*((term, words) for term, words in terms), *((entry.label, entry.words) for entry in METRICS.values()))
