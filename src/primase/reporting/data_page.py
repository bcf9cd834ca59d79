"""A data set by itself: its counts in lines for a terminal, and a page with pictures of it."""

import numpy as np

from primase.core.strands import group_strands
from primase.curation.dataset import PARTS, Dataset
from primase.curation.gc_content import class_rows, measure_gc
from primase.curation.sequences import GenomeSequences
from primase.reporting.blocks import Block, Chapter, Facts, Figures, Panel, Points
from primase.reporting.counts import bar_chart, class_balance, histogram
from primase.reporting.report import Report, render_page
from primase.reporting.signals import signal_plot
from primase.reporting.words import count
from primase.tasks import NUMBERS

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
    panels, tracks = [*_answers(dataset), *_places(dataset)], _tracks(dataset)
    blocks: list[Block] = [Facts(tuple(facts)), Figures(tuple(panels))]
    if tracks:
        blocks.append(Figures(tuple(tracks), wide=True))
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
    for name, members in class_rows(dataset).items():
        gc = measure_gc(dataset, members)
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
        bins = f"{count(tracks.bins, 'bin')} of {count(tracks.bin, 'letter')}"
        pairs.append(("tracks", f"{bins}; mean total {told}"))
    return pairs


def _answers(dataset: Dataset) -> list[Panel]:
    panels = []
    if dataset.task in NUMBERS:
        for number, name in enumerate(dataset.names[:SHOWN]):
            across = f"log(1 + total) of {name}" if dataset.tracks is not None else name
            panels.append(Panel(histogram(dataset.targets[:, number], title=f"values of {name}", across=across), ""))
    else:
        groups = class_rows(dataset)
        counts = {
            part: [int((dataset.parts[rows] == i).sum()) for rows in groups.values()] for i, part in enumerate(PARTS)
        }
        panels.append(Panel(class_balance(list(groups), counts), "Examples of each class by part."))
        gc = [measure_gc(dataset, rows) for rows in groups.values()]
        if all(value is not None for value in gc):
            values = [float(value or 0.0) for value in gc]
            panels.append(Panel(bar_chart(list(groups), values, title="GC content"), "GC by class."))
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
    """Draw the window with the highest total of each track; the two strands of an experiment in one figure."""
    tracks = dataset.tracks
    if tracks is None:
        return []
    totals, panels = tracks.totals(), []
    for group in group_strands(dataset.names, tracks.strand_pairs)[:SHOWN]:
        row = int(totals[:, group].sum(1).argmax())
        names = [dataset.names[track] for track in group]
        values, title = tracks.middle(np.array([row]))[0, group], f"{' and '.join(names)} along {dataset.ids[row]}"
        panels.append(Panel(signal_plot(values, names, step=tracks.bin, title=title), f"{title}."))
    return panels
