"""A data set by itself: its counts in lines for a terminal, and a page with pictures of it."""

from collections.abc import Sequence

import numpy as np

from primase.curation.dataset import PARTS, Dataset
from primase.curation.sequences import GenomeSequences
from primase.reporting.blocks import Block, Chapter, Facts, Figures, Panel, Points
from primase.reporting.counts import bar_chart, class_balance, histogram
from primase.reporting.report import Report, render_page
from primase.reporting.svg import Figure, Frame, axes, draw, line, polyline
from primase.tasks import NUMBERS

SAMPLE = 20_000  # sequences whose letters are counted
SHOWN = 4  # tracks or targets that are drawn


def show_data(dataset: Dataset, *, title: str = "data set") -> tuple[list[str], Report]:
    """Describe a data set.

    Parameters
    ----------
    dataset : Dataset
    title : str
        Of the page.

    Returns
    -------
    lines : list of str
        What it holds: examples by part and class, lengths, GC by class, contigs, tracks.
    page : Report
        The same with pictures, an example of every track among them.
    """
    facts = _facts(dataset)
    panels = [*_answers(dataset), *_places(dataset), *_tracks(dataset)]
    blocks: list[Block] = [Facts(tuple(facts)), Figures(tuple(panels))]
    notes = (*dataset.facts.get("notes", ()), *dataset.facts.get("audit", {}).get("warnings", ()))
    if notes:
        blocks.append(Points(tuple(map(str, notes)), title="How it was made, and what the audit found"))
    width = max(len(name) for name, _ in facts)
    page = render_page(title, repr(dataset)[1:-1], [Chapter("data", "Data", tuple(blocks))])
    return [f"{name:<{width}}  {words}" for name, words in facts], Report(page)


def _facts(dataset: Dataset) -> list[tuple[str, str]]:
    sizes = ", ".join(f"{len(dataset.part(part)):,} {part}" for part in PARTS)
    lengths = dataset.lengths
    span = f"{lengths.min():,}" if lengths.min() == lengths.max() else f"{lengths.min():,} to {lengths.max():,}"
    pairs = [("examples", f"{len(dataset):,} ({sizes})"), ("question", f"{dataset.task}: {', '.join(dataset.names)}")]
    pairs += [("letters", f"{span} of {dataset.alphabet.name}, seen at {dataset.length:,}")]
    for name, members in _groups(dataset):
        gc = _gc(dataset, members)
        words = f"{len(members):,}" + (f", GC {gc:.3f}" if gc is not None else "")
        pairs.append((name, words))
    if isinstance(dataset.sequences, GenomeSequences):
        genome, used = dataset.sequences.genome, np.unique(dataset.sequences.contigs)
        pairs.append(
            ("genome", f"{genome.source}, {len(used):,} of {len(genome.names):,} contigs ({genome.digest[:12]})")
        )
    if dataset.tracks is not None:
        tracks = dataset.tracks
        means = tracks.totals().mean(0)
        told = ", ".join(f"{name} {mean:,.4g}" for name, mean in zip(dataset.names, means, strict=True))
        pairs.append(("tracks", f"{tracks.bins:,} bins of {tracks.bin:,} letters; mean total {told}"))
    return pairs


def _groups(dataset: Dataset) -> list[tuple[str, np.ndarray]]:
    """Return the rows of each class, or of each label that is present."""
    if dataset.task in NUMBERS:
        return [("all", np.arange(len(dataset)))]
    if dataset.task == "multilabel":
        return [(name, np.flatnonzero(dataset.targets[:, i] == 1)) for i, name in enumerate(dataset.names)]
    return [(name, np.flatnonzero(dataset.targets == number)) for number, name in enumerate(dataset.names)]


def _gc(dataset: Dataset, rows: np.ndarray) -> float | None:
    if len(dataset.alphabet) != 4 or not len(rows):
        return None
    some = np.sort(np.random.default_rng(0).permutation(rows)[:SAMPLE])
    counts = np.bincount(dataset.sequences.letters(some)[0], minlength=5)[:4]
    return float(counts[1:3].sum() / max(1, counts.sum()))


def _answers(dataset: Dataset) -> list[Panel]:
    panels = []
    if dataset.task in NUMBERS:
        for number, name in enumerate(dataset.names[:SHOWN]):
            across = f"log(1 + total) of {name}" if dataset.tracks is not None else name
            panels.append(Panel(histogram(dataset.targets[:, number], title=f"values of {name}", across=across), ""))
    else:
        groups = _groups(dataset)
        counts = {part: [int((dataset.parts[rows] == i).sum()) for _, rows in groups] for i, part in enumerate(PARTS)}
        panels.append(Panel(class_balance([name for name, _ in groups], counts), "Examples of each class by part."))
        gc = [_gc(dataset, rows) for _, rows in groups]
        if all(value is not None for value in gc):
            values = [float(value or 0.0) for value in gc]
            panels.append(Panel(bar_chart([name for name, _ in groups], values, title="GC content"), "GC by class."))
    lengths = dataset.lengths
    if lengths.min() < lengths.max():
        panels.append(Panel(histogram(lengths, title="lengths", across="letters"), "Lengths of the sequences."))
    return panels


def _places(dataset: Dataset) -> list[Panel]:
    if not isinstance(dataset.sequences, GenomeSequences):
        return []
    contigs, names = dataset.sequences.contigs, dataset.sequences.genome.names
    used = np.unique(contigs)
    counts = {
        part: [int(((contigs == number) & (dataset.parts == i)).sum()) for number in used]
        for i, part in enumerate(PARTS)
    }
    figure = class_balance([names[number] for number in used], counts, title="windows per contig")
    return [Panel(figure, "Windows on each contig by part.")]


def _tracks(dataset: Dataset) -> list[Panel]:
    """Draw the signal of the example with the highest total of each track."""
    tracks = dataset.tracks
    if tracks is None:
        return []
    totals, panels = tracks.totals(), []
    for number, name in enumerate(dataset.names[:SHOWN]):
        row = int(totals[:, number].argmax())
        values = tracks.middle(np.array([row]))[0, number]
        panels.append(Panel(track_plot(values, name=name, step=tracks.bin), f"{name} along {dataset.ids[row]}."))
    return panels


def track_plot(values: np.ndarray | Sequence[float], *, name: str, step: int = 1) -> Figure:
    """Draw a signal along a window.

    Parameters
    ----------
    values : ndarray, shape=(P,)
        One number per bin.
    name : str
        Of the track.
    step : int
        Letters per bin.

    Examples
    --------
    >>> track_plot([0, 3, 1], name="reads", step=10)
    Figure('reads along a window')
    """
    values = np.asarray(values, float)
    frame = Frame(
        x=(0, max(1, len(values) * step)), y=(min(0.0, float(values.min())), float(values.max()) * 1.05 or 1.0)
    )
    middles = (np.arange(len(values)) + 0.5) * step
    body = axes(frame, "letters", name) + polyline(frame.across(middles), frame.up(values), line("train", 1.2))
    told = f"from {values.min():.3g} to {values.max():.3g}"
    return draw(frame.width, frame.height, body, title=f"{name} along a window", description=told)
