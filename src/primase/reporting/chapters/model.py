"""The network, how it was trained, and whether that went well."""

from collections.abc import Mapping
from typing import Any

from primase.reporting.blocks import Block, Chapter, Facts, Figures, Folded, Panel, Points, Prose, Table
from primase.reporting.contents import Contents, first, mapping
from primase.reporting.figures import training_curves
from primase.reporting.words import HEADLINES, count, decimal, meaning, plain, readable


def build_model(contents: Contents) -> Chapter | None:
    """Return the chapter on model and training; None where nothing was trained yet."""
    if not contents.card and not contents.history:
        return None
    facts, card = contents.facts, mapping(contents.card.get("card"))
    blocks: list[Block] = []
    if facts.get("why_system"):
        blocks.append(Prose(str(facts["why_system"])))
    notes = _sentences(facts.get("notes"))
    if notes:
        blocks.append(Points(notes))
    blocks.append(Facts(tuple(_facts(contents, card))))
    diagnosis = _sentences(first(facts.get("diagnosis"), contents.card.get("diagnosis"), ()))
    if contents.history:
        blocks.append(Figures(tuple(_curves(contents))))
        if diagnosis:
            blocks.append(Points(diagnosis, title="How the training went", tone="warn"))
        else:
            told = (
                "No trouble was found in the training: the training loss fell and the gradients stayed within bounds. "
                "Whether what was learnt is of use, the evaluation tells."
            )
            blocks.append(Prose(told, "good"))
    layers = [mapping(layer) for layer in facts.get("layers") or ()]
    if layers:
        blocks.append(_layers(layers))
    deviations = _sentences(card.get("deviations"))
    if deviations:
        blocks.append(Folded("Where this model departs from the published one", (Points(deviations),)))
    settings: list[Block] = []
    for key, title in (("plan", "training plan"), ("config", "network")):
        values = mapping(first(facts.get(key), contents.card.get(key)))
        if values:
            rows = tuple((readable(str(name)), plain(value)) for name, value in values.items())
            settings.append(Table((title, "value"), rows, words=frozenset({1})))
    if settings:
        blocks.append(Folded("Every setting", tuple(settings)))
    return Chapter("model", "Model and training", tuple(blocks))


def _sentences(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(words) for words in value or ()))


def _facts(contents: Contents, card: Mapping[str, Any]) -> list[tuple[str, str]]:
    facts = contents.facts
    pairs = []
    title = str(card.get("title") or contents.system)
    variant = str(first(facts.get("variant"), contents.card.get("variant"), "base"))
    pairs.append(("system", f"{title} ({contents.system}" + (f", variant {variant})" if variant != "base" else ")")))
    if card.get("paper"):
        doi = f", doi:{card['doi']}" if card.get("doi") else ""
        pairs.append(("published in", f"{card['paper']}{doi}"))
    parameters = sum(int(mapping(layer).get("parameters") or 0) for layer in facts.get("layers") or ())
    if parameters:
        pairs.append(("adjustable numbers", f"{count(parameters, 'parameter')} per network"))
    members = contents.evaluation.get("members") or len({*contents.history.get("member", ())})
    if isinstance(members, (list, tuple)):
        members = len(members)
    if members:
        many = f"{members}, whose predictions are averaged" if members > 1 else "one"
        pairs.append(("networks trained", many))
    strands = contents.card.get("strands")
    if strands:
        pairs.append(("strands read", "both, averaged" if strands == 2 else "the given one"))
    seconds = facts.get("seconds")
    if isinstance(seconds, Mapping):  # one number per step
        seconds = seconds.get("train")
    if seconds:
        where = f" on {facts['device']}" if facts.get("device") else ""
        pairs.append(("time to train", f"{decimal(float(seconds), 1)} s{where}"))
    return pairs


def _curves(contents: Contents) -> list[Panel]:
    told = {
        "loss": "Loss: how wrong the network is, by its own measure. Validation examples are not trained on; where "
        "their loss rises while the training loss falls, the network learns by heart. A ring marks the lowest one.",
        "accuracy": "Accuracy: share of examples called right.",
    }
    panels = []
    # the column is called valid_metric for every task
    metric = HEADLINES.get(contents.task, "metric")
    history = {name.replace("valid_metric", f"valid_{metric}"): values for name, values in contents.history.items()}
    quantities = dict.fromkeys(name.split("_", 1)[1] for name in history if name.startswith(("train_", "valid_")))
    for quantity in quantities:
        words = told.get(quantity, f"{meaning(quantity).label} on the validation part. {meaning(quantity).words}")
        panels.append(Panel(training_curves(history, quantity), words))
    return panels


def _layers(layers: list[Mapping[str, Any]]) -> Table:
    rows = [
        (
            str(layer.get("name", "")),
            str(layer.get("kind", "")),
            " \N{MULTIPLICATION SIGN} ".join(str(size) for size in layer.get("shape") or ()),
            f"{int(layer.get('parameters') or 0):,}",
        )
        for layer in layers
    ]
    total = sum(int(layer.get("parameters") or 0) for layer in layers)
    rows.append(("together", "", "", f"{total:,}"))
    told = "The layers, from the sequence to the answer."
    columns = ("layer", "kind", "output", "parameters")
    return Table(columns, tuple(rows), told, strong=frozenset({len(rows) - 1}), words=frozenset({1, 2}))
