"""How good the model is on data that it has not seen."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from primase.reporting.blocks import Block, Chapter, Figures, Folded, Heading, Panel, Points, Prose, Table
from primase.reporting.chapters.along import draw_spread, evaluate_along
from primase.reporting.chapters.verdict import headline_metric
from primase.reporting.contents import Contents, mapping
from primase.reporting.figures import (
    confusion_matrix,
    precision_recall_curves,
    regression_scatter,
    reliability_curves,
    roc_curves,
)
from primase.reporting.words import (
    BASELINES,
    UNITS,
    baseline_words,
    decimal,
    estimate,
    interval,
    meaning,
    p_value,
    percent,
    signed,
)
from primase.tasks import NUMBERS, TRACKS

MOST_SCATTERS = 6
MOST_LISTED = 200  # classes or tracks of a table


def build_evaluation(contents: Contents) -> Chapter | None:
    """Return the chapter on the evaluation; None where it is not done."""
    metrics = mapping(contents.evaluation.get("metrics"))
    if not metrics:
        return None
    evaluation = contents.evaluation
    headline = headline_metric(contents)
    blocks: list[Block] = [
        Prose(
            "Every number here is of the test part. The 95 % intervals come from drawing the test examples again and "
            "again; sequences that belong together are drawn together."
            + (" With several tracks each number is the mean over them." if contents.task in TRACKS else "")
        ),
        _metrics(metrics, headline),
    ]
    notes = tuple(str(words) for words in evaluation.get("notes") or ())
    if notes:
        blocks.append(Points(notes))
    blocks += _comparison(evaluation, headline)
    calibration = mapping(evaluation.get("calibration"))
    curves = [*_curves(mapping(evaluation.get("curves"))), *_reliability(calibration)]
    if curves:
        blocks += [Heading("How well it ranks, and whether its probabilities can be believed"), Figures(tuple(curves))]
        blocks += _calibration(calibration)
    confusion = [*_confusion(contents), *_confusion_of_labels(contents)]
    if confusion:
        blocks += [Heading("What it confuses"), Figures(tuple(confusion))]
    scatters = _scatters(contents) if contents.task in NUMBERS else []
    scatters += draw_spread(contents, headline) if contents.task in TRACKS else []
    if scatters:
        blocks += [Heading("Predicted against measured"), Figures(tuple(scatters))]
    if contents.task in TRACKS:
        blocks += evaluate_along(contents)
    each = _per_class(contents, metrics, headline)
    if each is not None:
        blocks.append(each)
    return Chapter("evaluation", "Evaluation", tuple(blocks))


def _metrics(metrics: Mapping[str, Any], headline: str) -> Table:
    names = sorted(metrics, key=lambda name: name != headline)
    rows = tuple(
        (
            meaning(name).label,
            decimal(mapping(metrics[name]).get("value")),
            interval(metrics[name]),
            meaning(name).words,
        )
        for name in names
    )
    return Table(
        ("metric", "value", "95 % interval", "what it says"), rows, strong=frozenset({0}), words=frozenset({3})
    )


def _comparison(evaluation: Mapping[str, Any], headline: str) -> list[Block]:
    rivals = mapping(evaluation.get("baselines"))
    blocks: list[Block] = []
    if rivals:
        shared = [name for name in evaluation["metrics"] if any(name in mapping(scores) for scores in rivals.values())]
        shown = sorted(shared, key=lambda name: name != headline)[:4]
        rows = [
            (
                str(evaluation.get("system", "model")),
                "the deep model",
                *(estimate(evaluation["metrics"][name]) for name in shown),
            )
        ]
        for name, scores in rivals.items():
            told = BASELINES.get(name, ("", ""))[1]
            rows.append(
                (baseline_words(name), told, *(estimate(mapping(mapping(scores).get(metric))) for metric in shown))
            )
        columns = ("model", "what it is", *(meaning(name).label for name in shown))
        table = Table(
            columns,
            tuple(rows),
            "On the same examples, with 95 % intervals.",
            strong=frozenset({0}),
            words=frozenset({1}),
        )
        blocks += [Heading("Against simple models"), table]
    comparison = [mapping(entry) for entry in evaluation.get("comparison") or ()]
    comparison = [entry for entry in comparison if entry.get("difference") is not None]
    main = [entry for entry in comparison if entry.get("metric") == headline]
    others = [entry for entry in comparison if entry.get("metric") != headline]
    if main:
        told = "Deep model minus baseline, on the same redrawn examples. An interval without 0 is more than chance."
        blocks.append(_differences(main, told))
    if others:
        blocks.append(Folded("The difference in the other metrics", (_differences(others, ""),)))
    return blocks


def _differences(comparison: list[Mapping[str, Any]], told: str) -> Table:
    rows = tuple(
        (
            meaning(str(entry.get("metric"))).label,
            baseline_words(str(entry.get("against"))),
            signed(entry.get("difference")),
            interval(entry),
            p_value(entry.get("p")).removeprefix("p = ").removeprefix("p "),
        )
        for entry in comparison
    )
    return Table(("metric", "against", "difference", "95 % interval", "p"), rows, told, words=frozenset({1}))


def _pairs(curves: Mapping[str, Any], across: str, up: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {
        str(name): (np.array(curve[across], float), np.array(curve[up], float))
        for name, curve in curves.items()
        if across in mapping(curve) and up in curve
    }


def _curves(curves: Mapping[str, Any]) -> list[Panel]:
    panels = []
    roc = _pairs(mapping(curves.get("roc")), "fpr", "tpr")
    if roc:
        told = (
            "ROC curve: the positives found against the false alarms, for every threshold. The dashed line is guessing."
        )
        panels.append(Panel(roc_curves(roc), told))
    recall = _pairs(mapping(curves.get("pr")), "recall", "precision")
    if recall:
        told = "Precision-recall curve: of those called positive, the share that is; further right, more are found."
        panels.append(Panel(precision_recall_curves(recall), told))
    return panels


def _confusion(contents: Contents) -> list[Panel]:
    found = contents.evaluation.get("confusion")
    labels = contents.names
    if isinstance(found, Mapping):
        labels = [str(name) for name in found.get("labels") or labels]
        found = next((found[key] for key in ("counts", "matrix") if key in found), None)
    if not found:
        return []
    counts = np.array(found, float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or len(labels) != len(counts):
        return []
    threshold = contents.evaluation.get("threshold")
    cut = (
        f" Called {labels[1]} from a probability of {decimal(threshold)} on, chosen on the validation part."
        if len(labels) == 2 and isinstance(threshold, (int, float))
        else ""
    )
    return [
        Panel(
            confusion_matrix(counts, labels),
            f"Confusion matrix: how many of each true class (row) were called what (column).{cut}",
        ),
        Panel(
            confusion_matrix(counts, labels, normalised=True),
            "The same as shares of each true class; each row adds up to 100 %.",
        ),
    ]


def _confusion_of_labels(contents: Contents) -> list[Panel]:
    tables = contents.evaluation.get("confusion")
    if contents.task != "multilabel" or not isinstance(tables, list):
        return []
    panels = []
    for name, table in list(zip(contents.names, tables, strict=False))[:MOST_SCATTERS]:
        counts = np.array(table, float)
        if counts.shape == (2, 2):
            told = f"{name}: true (row) and called (column)."
            panels.append(Panel(confusion_matrix(counts, ["absent", "present"]), told))
    return panels


def _scatters(contents: Contents) -> list[Panel]:
    table = contents.predictions
    names = contents.names
    if "split" not in table:
        return []
    tested = table["split"] == "test"
    panels = []
    for name in names[:MOST_SCATTERS]:
        targets = next((table[key] for key in (f"target_{name}", "target", name) if key in table), None)
        predictions = next((table[key] for key in (f"prediction_{name}", "prediction") if key in table), None)
        if targets is None or predictions is None:
            continue
        unit = f"log(1 + {UNITS[contents.task]}), {name}" if contents.task in UNITS else name
        figure = regression_scatter(targets[tested].astype(float), predictions[tested].astype(float), name=unit)
        what = "total of each test window" if contents.task in UNITS else "each test example"
        panels.append(Panel(figure, f"{name}: {what}, measured and predicted. On the dashed line they agree."))
    return panels


def _reliability(calibration: Mapping[str, Any]) -> list[Panel]:
    bins = {name: mapping(calibration.get(name)).get("bins") or () for name in ("before", "after")}
    if not any(bins.values()):
        return []
    told = (
        "Reliability: on the dashed line, what is called with 80 % is right eight times in ten. Larger points hold "
        "more examples."
    )
    return [Panel(reliability_curves(bins), told)]


def _calibration(calibration: Mapping[str, Any]) -> list[Block]:
    before, after = (mapping(calibration.get(name)).get("ece") for name in ("before", "after"))
    if before is None or after is None:
        return []
    method = {"temperature": "temperature scaling (one number that makes all answers more or less sure)",
              "isotonic": "isotonic regression (any correction that keeps the order)",
              "none": "no correction"}  # fmt: skip
    chosen = method.get(str(calibration.get("method")), str(calibration.get("method")))
    return [
        Prose(
            f"The probabilities were calibrated on the validation part by {chosen}: the mean gap between stated "
            f"probability and truth (ECE) goes from {percent(before)} to {percent(after)}."
        )
    ]


def _per_class(contents: Contents, metrics: Mapping[str, Any], headline: str) -> Folded | None:
    tables = {name: mapping(mapping(entry).get("per_class")) for name, entry in metrics.items()}
    tables = {name: each for name, each in sorted(tables.items(), key=lambda item: item[0] != headline) if each}
    if not tables:
        return None
    classes = list(dict.fromkeys(label for each in tables.values() for label in each))
    noun = "track" if contents.task in TRACKS else "target" if contents.task in NUMBERS else "class"
    told = ""
    if len(classes) > MOST_LISTED:
        told = f"The first {MOST_LISTED} of {len(classes):,}; the others are in evaluation.json."

    def cell(value: Any) -> str:
        return estimate(value) if isinstance(value, Mapping) else decimal(value)

    rows = tuple((str(label), *(cell(each.get(label)) for each in tables.values())) for label in classes[:MOST_LISTED])
    table = Table((noun, *(meaning(name).label for name in tables)), rows, told)
    return Folded(f"{noun.capitalize()} by {noun}", (table,))
