"""The data, their division, and what the audit found."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from primase.reporting.blocks import Block, Chapter, Facts, Figures, Folded, Heading, Panel, Points, Table
from primase.reporting.chapters.windows import describe_windows, draw_contigs, show_windows
from primase.reporting.contents import Contents, Explained, mapping
from primase.reporting.counts import PARTS
from primase.reporting.figures import bar_chart, class_balance, encoded_example, histogram
from primase.reporting.logo import ENCODED
from primase.reporting.words import TASKS, UNITS, count, decimal, meaning, plain, readable
from primase.tasks import NUMBERS, TRACKS

MOST_TARGETS = 4  # targets of a regression whose distribution is drawn
ALPHABETS = {"dna": "DNA", "rna": "RNA", "protein": "protein"}


def build_data(contents: Contents, explained: Explained | None) -> Chapter | None:
    """Return the chapter on data and audit; None where there is no data set."""
    facts = contents.dataset
    if not facts:
        return None
    blocks: list[Block] = [Facts(tuple(_facts(contents)))]
    warnings = tuple(str(words) for words in mapping(facts.get("audit")).get("warnings") or ())
    if warnings:
        blocks.append(Points(warnings, title="Take note", tone="warn"))
    panels = [*_distributions(contents), *(draw_contigs(contents) if contents.on_genome else ())]
    if panels:
        blocks.append(Figures(tuple(panels)))
    if contents.on_genome:
        blocks += show_windows(contents)
    if explained is not None and len(explained.ids):
        letters = explained.sequence(0)
        known = letters.lstrip("N")
        figure = encoded_example(known or letters, explained.letters)
        begin = ", from its first known letter on" if len(known) < len(letters) else ""
        begin += f", the first {ENCODED} letters" if len(known or letters) > ENCODED else ""
        told = (
            f"How the network sees a sequence ({explained.ids[0]}{begin}): one row per letter, one filled cell per "
            "position."
        )
        blocks.append(Figures((Panel(figure, told),), wide=True))
    blocks += _audit(mapping(facts.get("audit")))
    notes = tuple(str(words) for words in facts.get("notes") or ())
    if notes:
        blocks.append(Folded("What was found and decided while reading", (Points(notes),)))
    return Chapter("data", "Data and audit", tuple(blocks))


def _facts(contents: Contents) -> list[tuple[str, str]]:
    facts = contents.dataset
    parts = contents.examples.get("part")
    lengths = contents.examples.get("length")
    pairs = [("question", f"{contents.task}: {TASKS.get(contents.task, contents.task)}")]
    noun = "tracks" if contents.task in TRACKS else "targets" if contents.task in NUMBERS else "classes"
    if contents.names:
        pairs.append(
            (
                noun,
                ", ".join(contents.names[:12])
                + (f" and {len(contents.names) - 12} more" if len(contents.names) > 12 else ""),
            )
        )
    pairs += describe_windows(contents) if contents.on_genome else [("sequences", _sequences(facts, lengths))]
    folds = contents.examples.get("fold")
    if folds is not None and len(folds):
        count_of_folds = int(folds.max()) + 1
        pairs.append(("parts", f"{count_of_folds} folds; each is the test part once, and all are evaluated together"))
    elif parts is not None:
        sizes = [f"{int((parts == number).sum()):,} {words}" for number, (_, words) in enumerate(PARTS)]
        pairs.append(("parts", ", ".join(sizes)))
    split = mapping(facts.get("split"))
    if split.get("method"):
        pairs.append(("split", str(split["method"])))
    if contents.on_genome and split.get("clusters") is not None:
        of_what = f"{plain(split['clusters'])}, {split.get('definition')}"
        pairs.append(("independent groups", f"{of_what}; the largest holds {plain(split.get('largest_cluster'))}"))
    elif split.get("definition"):
        pairs.append(("near-duplicate means", str(split["definition"])))
    if not contents.on_genome and split.get("clusters") is not None:
        pairs.append(
            (
                "groups kept together",
                f"{plain(split['clusters'])}; the largest holds {plain(split.get('largest_cluster'))}",
            )
        )
    if facts.get("negatives"):
        made = {
            "shuffle": "made by dinucleotide shuffles of the positives",
            "gc": "windows without a peak, of the same GC content",
            "random": "windows without a peak, drawn at random",
        }
        pairs.append(("negatives", made.get(str(facts["negatives"]), str(facts["negatives"]))))
    if facts.get("sources"):
        pairs.append(("files", ", ".join(str(name) for name in facts["sources"])))
    return pairs


def _sequences(facts: Mapping[str, Any], lengths: np.ndarray | None) -> str:
    kind = ALPHABETS.get(str(facts.get("alphabet")), str(facts.get("alphabet")))
    words = f"{kind}, seen at {count(int(facts.get('length') or 0), 'letter')}"
    if facts.get("policy") == "tile":
        words = f"{kind}, cut into windows of {count(int(facts.get('length') or 0), 'letter')}, which are averaged"
    if lengths is None or not len(lengths):
        return words
    low, high = int(lengths.min()), int(lengths.max())
    spread = f"all {low:,} long" if low == high else f"{low:,} to {high:,} long"
    return f"{count(len(lengths), f'{kind} sequence')}, {spread}; {words.removeprefix(kind + ', ')}"


def _distributions(contents: Contents) -> list[Panel]:
    examples, panels = contents.examples, []
    columns = [name for name in examples if name.startswith("target_")]
    parts = examples.get("part")
    if parts is None or not columns:
        return panels
    names, by_part = contents.names, ", by part"
    if "fold" in examples:  # each fold is every part once
        parts, by_part = np.zeros_like(parts), ""
    if contents.task in ("binary", "multiclass"):
        targets = examples[columns[0]].astype(np.int64)
        counts = {
            part: np.bincount(targets[parts == number], minlength=len(names)) for number, (part, _) in enumerate(PARTS)
        }
        panels.append(Panel(class_balance(names, _shown(counts)), f"Examples of each class{by_part}."))
    elif contents.task == "multilabel":
        counts = {
            part: np.array([int(np.nansum(examples[column][parts == number])) for column in columns])
            for number, (part, _) in enumerate(PARTS)
        }
        figure = class_balance(names, _shown(counts), title="examples with each label")
        panels.append(Panel(figure, f"Examples that carry each label{by_part}."))
    else:
        for name, column in list(zip(names, columns, strict=False))[:MOST_TARGETS]:
            across = f"log(1 + {UNITS[contents.task]}) of {name}" if contents.task in UNITS else name
            figure = histogram(examples[column], title=f"values of {name}", across=across)
            what = "Totals of the windows" if contents.task in UNITS else "The values to be predicted"
            panels.append(Panel(figure, f"{what}: {name}."))
    lengths = examples.get("length")
    if lengths is not None and len(lengths) and lengths.min() < lengths.max():
        figure = histogram(lengths, title="lengths of the sequences", across="length in letters")
        panels.append(Panel(figure, "Lengths before they are cut or padded."))
    return panels


def _shown(counts: dict[str, np.ndarray]) -> dict[str, list[int]]:
    return {part: values.tolist() for part, values in counts.items() if values.any()}


def _audit(audit: Mapping[str, Any]) -> list[Block]:
    if not audit:
        return []
    blocks: list[Block] = [Heading("Can these data be trusted?")]
    pairs = []
    leakage = mapping(audit.get("leakage"))
    if leakage:
        pairs_found = int(leakage.get("pairs") or 0)
        found = (
            "none found"
            if not pairs_found
            else f"{count(pairs_found, 'pair')} of near-duplicates lie in different parts"
        )
        told = (
            f" (counted anew, not by the way that made the split: {leakage['definition']})"
            if leakage.get("definition")
            else ""
        )
        pairs.append(("leakage between the parts", found + told))
    for name, title in (
        ("duplicates", "duplicates"),
        ("conflicts", "equal sequences, unlike labels"),
        ("balance", "balance"),
    ):
        if name in audit and audit[name] != {}:
            pairs.append((title, _found(audit[name])))
    size = mapping(audit.get("size"))
    if size.get("verdict"):
        pairs.append(("enough for a deep model?", str(size["verdict"])))
    if pairs:
        blocks.append(Facts(tuple(pairs)))
    blocks += _shortcuts(mapping(audit.get("shortcuts")))
    return blocks


def _found(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, Mapping, list, tuple)):
        return plain(value)
    if isinstance(value, int):
        return f"{value:,}" if value else "none"
    if isinstance(value, Mapping):
        for key in ("words", "verdict"):
            if value.get(key):
                return str(value[key])
        shown = {readable(str(name)): item for name, item in value.items() if name != "examples"}
        if all(item == 0 for item in shown.values()):
            return "none"
        return plain(shown)
    return count(len(value), "case") if value else "none"


def _shortcuts(shortcuts: Mapping[str, Any]) -> list[Block]:
    rows = {str(name): mapping(entry) for name, entry in shortcuts.items() if mapping(entry).get("score") is not None}
    if not rows:
        return []
    metric = str(next(iter(rows.values())).get("metric", ""))
    known = meaning(metric)
    scores = [float(entry["score"]) for entry in rows.values()]
    guessing = {"auroc": 0.5, "pearson_r": 0.0, "spearman_r": 0.0, "r2": 0.0}.get(metric)
    low = min([0.0 if guessing is None else guessing, *scores])
    if metric in ("auroc", "balanced_accuracy", "accuracy", "pearson_r", "spearman_r", "r2"):
        limits = (low, 1.0)
        figure = bar_chart(
            [readable(name) for name in rows],
            scores,
            title="shortcuts",
            unit=known.label,
            reference=guessing,
            limits=limits,
        )
        told = (
            f"How well a single simple property predicts the label ({known.label}"
            + (f"; the dashed line is guessing, {decimal(guessing, 1)}" if guessing is not None else "")
            + "). A long bar means that the label can be told without reading the sequence: the model may do just that."
        )
        return [Figures((Panel(figure, told, "Shortcuts"),))]
    table = Table(
        ("property", known.label or "score"),
        tuple((readable(name), decimal(score)) for name, score in zip(rows, scores, strict=True)),
        "Shortcuts: how well one simple property predicts the label.",
    )
    return [table]
