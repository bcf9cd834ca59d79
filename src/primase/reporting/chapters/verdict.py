"""What came out, in a few words and one figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from primase.reporting.blocks import Block, Panel, Prose, Tiles
from primase.reporting.chapters.along import Standing, read_standing
from primase.reporting.contents import Contents, mapping
from primase.reporting.figures import forest_plot
from primase.reporting.words import (
    HEADLINES,
    baseline_words,
    count,
    decimal,
    estimate,
    interval,
    meaning,
    p_value,
    percent,
    signed,
)


@dataclass(frozen=True)
class Verdict:
    """The top of the report.

    Attributes
    ----------
    tone : str
        ``better``, ``level``, ``worse``, or ``open`` where nothing was compared.
    badge : str
        The tone in words.
    words : str
        The verdict itself.
    blocks : tuple of blocks
        The numbers behind it.
    panel : Panel or None
        The model and the baselines, drawn.
    """

    tone: str
    badge: str
    words: str
    blocks: tuple[Block, ...] = ()
    panel: Panel | None = None


BADGES = {
    "better": "Better than the baseline",
    "level": "Level with the baseline",
    "worse": "Worse than the baseline",
    "open": "Not evaluated yet",
}


def headline_metric(contents: Contents) -> str:
    """Return the metric that the verdict is about; an empty name where nothing was measured."""
    comparison = contents.evaluation.get("comparison") or []
    metrics = mapping(contents.evaluation.get("metrics"))
    compared = comparison[0].get("metric") if comparison else None
    wanted = (contents.evaluation.get("primary"), compared, HEADLINES.get(contents.task))
    return next((name for name in [*wanted, *metrics] if name in metrics), "")


def _tone(comparison: Mapping[str, Any], rising: bool) -> str:
    low, high = comparison.get("low"), comparison.get("high")
    if low is None or high is None:
        return "level"
    if not rising:
        low, high = -high, -low
    return "better" if low > 0 else "worse" if high < 0 else "level"


def _both(counts: str, standing: Standing) -> tuple[str, str]:
    """Return tone and badge of a question in two halves: how many reads, and where they fall."""
    tones = {counts, standing.tone}
    tone = "worse" if "worse" in tones else "better" if tones == {"better"} else "level"
    phrases = {"better": "better than", "level": "level with", "worse": "worse than"}
    return tone, f"Counts {phrases[counts]} the baseline, profiles {phrases[standing.tone]} the average"


def _profile_tile(standing: Standing) -> tuple[str, str, str]:
    told = f"average profile {decimal(standing.average)}, reads drawn again {decimal(standing.replicate)}"
    way = f": {percent(standing.way)} of the way" if standing.tone == "better" else ""
    return "profile distance", decimal(standing.entry["value"]), told + way


def _tested(evaluation: Mapping[str, Any]) -> str:
    sizes, units = evaluation["n"], evaluation.get("units")
    words = f"held out; {int(sizes.get('train') or 0):,} were trained on"
    return f"in {units:,} independent groups, {words}" if units and units < (sizes.get("test") or 0) else words


def build_verdict(contents: Contents) -> Verdict:
    """Return the verdict of a run."""
    evaluation = contents.evaluation
    metric = headline_metric(contents)
    if not metric:
        return Verdict("open", BADGES["open"], "The model has not been evaluated on held-out data yet.")
    known = meaning(metric)
    entry = evaluation["metrics"][metric]
    comparisons = evaluation.get("comparison") or []
    compared = next((found for found in comparisons if found.get("metric") == metric), {})
    tone = _tone(compared, known.rising) if compared else "open"
    badge = BADGES[tone] if compared else "Evaluated"
    standing = read_standing(contents)
    if compared and standing is not None:
        tone, badge = _both(tone, standing)
    rivals = mapping(evaluation.get("baselines"))
    against = str(compared.get("against", ""))
    tiles = [(known.label, decimal(entry.get("value")), f"95 % interval {interval(entry)}")]
    if against in rivals:
        rival = mapping(rivals[against]).get(metric)
        tiles.append(
            (
                f"baseline: {baseline_words(against)}",
                decimal(mapping(rival).get("value")),
                f"95 % interval {interval(rival)}",
            )
        )
    if compared:
        chance = p_value(compared.get("p"))
        told = f"{interval(compared)}" + (f", {chance}" if chance else "")
        tiles.append(("difference", signed(compared.get("difference")), told))
    sizes = mapping(evaluation.get("n"))
    if sizes:
        tiles.append(("tested on", f"{int(sizes.get('test') or 0):,}", _tested(evaluation)))
    if standing is not None:
        tiles.append(_profile_tile(standing))
    blocks: list[Block] = [Tiles(tuple(tiles)), Prose(f"{known.label}: {known.words}", "quiet")]
    if standing is not None:
        blocks.append(Prose(standing.sentence()))
    rows = [(contents.system, entry.get("value"), entry.get("low"), entry.get("high"))]
    for name, scores in rivals.items():
        score = mapping(mapping(scores).get(metric))
        if score.get("value") is not None:
            rows.append((baseline_words(name), score["value"], score.get("low"), score.get("high")))
    usable = [row for row in rows if row[1] is not None]
    panel = None
    if len(usable) > 1:
        figure = forest_plot(
            usable, title=f"{known.label} of the model and the baselines", unit=known.label, emphasised=contents.system
        )
        told = "The model (blue) and simple models trained on the same data; the bars are 95 % intervals."
        panel = Panel(figure, told)
    tested = count(int(sizes.get("test") or 0), "held-out example")
    words = evaluation.get("verdict") or f"{contents.system} reaches {known.label} {estimate(entry)} on {tested}."
    return Verdict(tone, badge, str(words), tuple(blocks), panel)
