"""Data on a genome: where the windows lie, and what the tracks along them are."""

from collections.abc import Iterator

import numpy as np

from primase.core.strands import group_strands
from primase.reporting.blocks import Block, Figures, Panel, Table
from primase.reporting.contents import Contents, mapping
from primase.reporting.counts import MOST_ROWS, PARTS
from primase.reporting.figures import class_balance
from primase.reporting.signals import signal_plot
from primase.reporting.words import NONE, UNITS, count, decimal, plain
from primase.tasks import NUMBERS

MOST_NAMED = 6  # contigs, classes or tracks that are named in a line
SHOWN = 4  # experiments of which an example is drawn


def describe_windows(contents: Contents) -> list[tuple[str, str]]:
    """Return names and values that say what the windows are, and the tracks along them."""
    facts, options = contents.dataset, mapping(contents.dataset.get("genome_options"))
    genome = mapping(facts.get("genome"))
    windows = count(len(contents.examples["contig"]), "window")
    digest = str(genome.get("digest", ""))[:12]
    used = count(len(np.unique(contents.examples["contig"])), "contig")
    pairs = [
        ("sequences", f"{windows} of {count(int(facts.get('length') or 0), 'letter')}"),
        ("genome", f"{genome.get('source')} ({digest}), windows on {used}"),
    ]
    tracks = contents.tracks
    if tracks is None:
        return pairs
    outer = (int(facts.get("length") or 0) - tracks.bins * tracks.bin) // 2
    where = f"; the outer {count(outer, 'letter')} at each end are read only" if outer else ""
    pairs.append(("signal", f"{count(tracks.bins, 'bin')} of {count(tracks.bin, 'letter')} in each window{where}"))
    changes = [
        (float(options.get("scale") or 1) != 1, f"times {plain(options.get('scale'))}"),
        (options.get("clip_soft") is not None, f"above {plain(options.get('clip_soft'))} by the square root"),
        (options.get("clip") is not None, f"at most {plain(options.get('clip'))}"),
        (bool(options.get("crop")), f"{plain(options.get('crop'))} bins left out at each end"),
    ]
    told = [words for holds, words in changes if holds]
    if told or tracks.bin > 1:
        pairs.append(("a bin counts", ", ".join(["the sum of its letters", *told])))
    if any(other != track for track, other in enumerate(tracks.strand_pairs)):
        pairs.append(("strands", "a track of each; they change places where a window is read on the other one"))
    if tracks.control is not None:
        pairs.append(("control", count(tracks.control.shape[1], "track") + " that the model is given"))
    if tracks.margin:
        most = count(tracks.margin * tracks.bin, "letter")
        pairs.append(("shifts", f"the signal is stored so that training can move a window by up to {most}"))
    return pairs


def draw_contigs(contents: Contents) -> list[Panel]:
    """Draw how many windows of each part lie on each contig; nothing where folds take turns."""
    if "fold" in contents.examples:
        return []
    names, contigs = _contig_names(contents), contents.examples["contig"]
    numbers, sizes = np.unique(contigs, return_counts=True)
    largest = np.sort(np.argsort(-sizes, kind="stable")[:MOST_ROWS])
    parts = contents.examples["part"]
    counts = {
        part: [int(((contigs == number) & (parts == index)).sum()) for number in numbers[largest]]
        for index, (part, _) in enumerate(PARTS)
    }
    more = f"; the {MOST_ROWS} with the most of {len(numbers):,} contigs" if len(numbers) > MOST_ROWS else ""
    figure = class_balance([names[number] for number in numbers[largest]], counts, title="windows per contig")
    return [Panel(figure, f"Windows on each contig, by part{more}.")]


def show_windows(contents: Contents) -> list[Block]:
    """Return where the windows of each part lie, how many of each class or how much signal, and an example."""
    blocks: list[Block] = [_by_part(contents)]
    examples = _examples(contents)
    return [*blocks, Figures(tuple(examples), wide=True)] if examples else blocks


def _contig_names(contents: Contents) -> dict[int, str]:
    """Return the name of each used contig by its number: what stands before the place in an id."""
    numbers, firsts = np.unique(contents.examples["contig"], return_index=True)
    ids = contents.examples["id"][firsts]
    return {int(number): str(name).rpartition(":")[0] for number, name in zip(numbers, ids, strict=True)}


def _bins(contents: Contents) -> Iterator[tuple[str, str, np.ndarray]]:
    """Give key, name and rows of each part, or of each fold."""
    folds = contents.examples.get("fold")
    if folds is None:
        for number, (key, words) in enumerate(PARTS):
            yield key, words, np.flatnonzero(contents.examples["part"] == number)
        return
    for fold in range(int(folds.max()) + 1):
        yield f"fold {fold + 1}", f"fold {fold + 1}", np.flatnonzero(folds == fold)


def _by_part(contents: Contents) -> Table:
    examples, contigs = contents.examples, _contig_names(contents)
    columns = ["part", "contigs", "windows"]
    shares = mapping(contents.dataset.get("gc"))
    names = contents.names[:MOST_NAMED]
    numbers = contents.task in NUMBERS
    if numbers:
        columns += ["GC"] if shares else []
        unit = f"mean {UNITS[contents.task]} of " if contents.task in UNITS else "mean "
        columns += [f"{unit}{name}" for name in names]
    else:
        columns += [f"{name}{' (GC)' if shares else ''}" for name in names]
    rows = []
    for key, words, own in _bins(contents):
        gc = mapping(shares.get(key))
        held = [contigs[number] for number in np.unique(examples["contig"][own]).tolist()]
        told = ", ".join(held[:MOST_NAMED]) + (
            f" and {len(held) - MOST_NAMED:,} more" if len(held) > MOST_NAMED else ""
        )
        cells = [words, told or NONE, f"{len(own):,}"]
        if numbers:
            cells += [decimal(gc.get("all"))] if shares else []
            cells += [decimal(_mean_total(contents, track, own), 1) for track in range(len(names))]
        else:
            for label, name in enumerate(names):
                share = f" ({decimal(gc.get(name))})" if gc.get(name) is not None else ""
                cells.append(f"{_members(contents, label, own):,}{share}")
        rows.append(tuple(cells))
    return Table(tuple(columns), tuple(rows), "Where the windows of each part lie.", words=frozenset({1}))


def _members(contents: Contents, label: int, rows: np.ndarray) -> int:
    if contents.task == "multilabel":
        return int(np.nansum(contents.examples[f"target_{label}"][rows]))
    return int((contents.examples["target_0"][rows] == label).sum())


def _mean_total(contents: Contents, track: int, rows: np.ndarray) -> float | None:
    values = contents.examples[f"target_{track}"][rows].astype(float)
    if not len(values):
        return None
    return float(np.nanmean(np.expm1(values) if contents.task in UNITS else values))


def _examples(contents: Contents) -> list[Panel]:
    """Draw the window with the most signal of each experiment."""
    if contents.tracks is None:
        return []
    panels = []
    for group in group_strands(contents.names, contents.tracks.strand_pairs)[:SHOWN]:
        totals = sum(np.expm1(contents.examples[f"target_{track}"].astype(float)) for track in group)
        row, names = int(np.argmax(totals)), [contents.names[track] for track in group]
        values = contents.tracks.middle(np.array([row]))[0, list(group)]
        told = f"{' and '.join(names)} along {contents.examples['id'][row]}"
        caption = f"{told}, where most lies" + (": forward strand up, reverse strand down." if len(group) == 2 else ".")
        panels.append(Panel(signal_plot(values, names, step=contents.tracks.bin, title=told), caption))
    return panels
