"""The evaluation of tracks: how near the expected profiles come, window by window and track by track."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from primase.applications.track_samples import CORRELATION, DISTANCE, TrackSample
from primase.core.strands import group_strands
from primase.reporting.blocks import Block, Card, Cards, Figures, Heading, Panel, Prose
from primase.reporting.contents import Contents, mapping
from primase.reporting.figures import forest_plot, histogram
from primase.reporting.signals import distance_curves, signal_plot
from primase.reporting.words import amounts, decimal, interval, meaning, percent

MOST_LINES = 16  # tracks that are drawn one by one; more become a histogram


@dataclass(frozen=True)
class Standing:
    """Where the distance of profiles lies between what is known without the sequence and what is within reach.

    Attributes
    ----------
    entry : dict
        The model's ``value``, ``low`` and ``high``.
    average, replicate, expected : float
        Of the average profile of the training part, of the same reads drawn again, and of reads drawn by the
        prediction.
    comparison : dict
        Model less baseline, which has the average profile: ``difference``, ``low``, ``high``.
    """

    entry: dict[str, Any]
    average: float
    replicate: float
    expected: float
    comparison: dict[str, Any]

    @property
    def way(self) -> float:
        """Share of the way from the average profile to the reads drawn again."""
        return (self.average - self.entry["value"]) / (self.average - self.replicate)

    @property
    def tone(self) -> str:
        """``better``, ``level`` or ``worse`` than the average profile."""
        low, high = self.comparison.get("low"), self.comparison.get("high")
        if low is None or high is None:
            return "level"
        return "better" if high < 0 else "worse" if low > 0 else "level"

    def sentence(self) -> str:
        """Say it in words."""
        at = f"The expected profiles are {decimal(self.entry['value'])} ({interval(self.entry)}) from the observed ones"
        ends = (
            f"the average profile of the training part, which knows no sequence, is {decimal(self.average)} from them, "
            f"and the same reads drawn again are {decimal(self.replicate)}"
        )
        if self.tone == "better":
            gain = f"The model goes {percent(self.way)} of the way from the first to the second"
        elif self.tone == "worse":
            gain = "The model is further away than the average profile"
        else:
            gain = "The model cannot be told from the average profile"
        rest = f"were it right, its own distance would be {decimal(self.expected)}, since reads are few"
        return f"{at}; {ends}. {gain}; {rest}."


def read_standing(contents: Contents) -> Standing | None:
    """Return where the profiles stand; None where there are none, or their floors are not known."""
    evaluation = contents.evaluation
    entry = mapping(mapping(evaluation.get("metrics")).get("profile_jsd"))
    average = mapping(mapping(mapping(evaluation.get("baselines")).get("mean")).get("profile_jsd")).get("value")
    figures = (entry.get("value"), average, entry.get("replicate"), entry.get("expected"))
    if any(value is None for value in figures) or figures[1] <= figures[2]:
        return None
    found = [mapping(one) for one in evaluation.get("comparison") or ()]
    own = [one for one in found if one.get("metric") == "profile_jsd"]  # every baseline has the average profile
    return Standing(dict(entry), *figures[1:], comparison=dict(own[0]) if own else {})


def draw_spread(contents: Contents, headline: str) -> list[Panel]:
    """Return how the tracks differ from each other, and the windows."""
    return [*_track_by_track(contents, headline), *_correlations(contents)]


def evaluate_along(contents: Contents) -> list[Block]:
    """Return the blocks on where the reads fall, and on single windows."""
    blocks: list[Block] = []
    standing = read_standing(contents)
    if standing is not None:
        near = Figures(tuple(_near(contents, standing)))
        blocks += [Heading("Where the reads fall"), Prose(standing.sentence()), near]
    return [*blocks, *_loci(contents)]


def _near(contents: Contents, standing: Standing) -> list[Panel]:
    rows = [
        (contents.system, standing.entry["value"], standing.entry.get("low"), standing.entry.get("high")),
        ("average profile", standing.average, None, None),
        ("drawn by the model", standing.expected, None, None),
        ("drawn again", standing.replicate, None, None),
    ]
    label = meaning("profile_jsd").label
    figure = forest_plot(rows, title=label, unit=f"{label} (less is better)", emphasised=contents.system)
    told = (
        "Mean over windows and tracks. The reads drawn again where they fell: the noise of the experiment, nothing "
        "comes nearer. As many drawn by the model: how far the observed ones would be, were it right."
    )
    panels = [Panel(figure, told)]
    names = {DISTANCE: contents.system, f"{DISTANCE}_average": "average profile",
             f"{DISTANCE}_replicate": "drawn again"}  # fmt: skip
    table = contents.predictions
    found = {words: table[name].astype(float) for name, words in names.items() if name in table}
    if found and any(np.isfinite(values).any() for values in found.values()):
        curves = distance_curves(found, title="distances of the held-out windows", across=label)
        panels.append(Panel(curves, "The held-out windows, by how far their observed profile is from each of these."))
    return panels


def _correlations(contents: Contents) -> list[Panel]:
    values = contents.predictions.get(CORRELATION, np.zeros(0)).astype(float)
    known = values[np.isfinite(values)]
    if not len(known):
        return []
    across = "Pearson r over the bins of a window"
    figure = histogram(known, title=across, across=across, up="windows", limits=(min(0.0, float(known.min())), 1.0))
    middle = decimal(float(np.median(known)))
    return [Panel(figure, f"How well the signal within each held-out window is predicted; the median is {middle}.")]


def _track_by_track(contents: Contents, headline: str) -> list[Panel]:
    """Draw the headline metric of every track, where there are several."""
    each = mapping(mapping(mapping(contents.evaluation.get("metrics")).get(headline)).get("per_class"))
    values = {str(name): mapping(entry) for name, entry in each.items()}
    known = {name: entry for name, entry in values.items() if entry.get("value") is not None}
    if len(known) < 2:
        return []
    label = meaning(headline).label
    if len(known) <= MOST_LINES:
        rows = [(name, one["value"], one.get("low"), one.get("high")) for name, one in known.items()]
        told = f"{label} of each track, with 95 % intervals."
        return [Panel(forest_plot(rows, title=f"{label} of each track", unit=label), told)]
    scores = np.array([entry["value"] for entry in known.values()])
    figure = histogram(scores, title=f"{label} of each track", across=label, up="tracks")
    low, middle, high = (decimal(float(value)) for value in np.quantile(scores, [0.05, 0.5, 0.95]))
    return [Panel(figure, f"{len(known):,} tracks: half reach {middle}, nine in ten lie between {low} and {high}.")]


def _loci(contents: Contents) -> list[Block]:
    """Draw observed and expected signal along some held-out windows."""
    sample, facts = contents.sample, mapping(contents.dataset.get("tracks"))
    if sample is None or "id" not in contents.predictions:
        return []
    place = {name: row for row, name in enumerate(contents.predictions["id"].tolist())}
    partners = dict(
        zip(contents.names, (contents.names[other] for other in facts.get("strand_pairs") or ()), strict=False)
    )
    pairs = [sample.names.index(partners.get(name, name)) for name in sample.names]
    cards = []
    for row, name in enumerate(sample.ids):
        panels = []
        for group in group_strands(sample.names, pairs):
            shown = list(group)
            figure = signal_plot(
                sample.observed[row, shown],
                [sample.names[track] for track in shown],
                expected=sample.expected[row, shown],
                step=int(facts.get("bin") or 1),
                title=f"observed and expected at {name}",
            )
            panels.append(Panel(figure))
        cards.append(Card(str(name), _about(contents, sample, row, place[name]), tuple(panels)))
    told = (
        "Of the quarter of held-out windows with the most signal: the two that are predicted best, two in the middle, "
        "and the two worst. Grey is observed, the line is expected, on one scale"
        + ("; the forward strand points up, the reverse strand down." if pairs != list(range(len(pairs))) else ".")
    )
    return [Heading("Observed and expected, window by window"), Prose(told), Cards(tuple(cards))]


def _about(contents: Contents, sample: TrackSample, row: int, place: int) -> str:
    table = contents.predictions
    totals = [
        f"{name}: {amounts(contents.task, float(seen), float(said))}"
        for name, seen, said in zip(sample.names, sample.observed[row].sum(1), sample.expected[row].sum(1), strict=True)
    ]
    column, words = (DISTANCE, "distance") if DISTANCE in table else (CORRELATION, meaning("pearson_r").label)
    return f"{words} {decimal(float(table[column][place]))}; {'; '.join(totals)}"
