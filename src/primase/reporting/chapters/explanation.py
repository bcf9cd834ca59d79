"""Why the model says what it says: checks, motifs, examples."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from primase.core.errors import UnknownName
from primase.core.motifs import Motif, find_motif
from primase.reporting.blocks import Block, Card, Cards, Chapter, Folded, Heading, Panel, Points, Prose, Table
from primase.reporting.cases import Case, choose_cases
from primase.reporting.contents import Contents, Explained, mapping
from primase.reporting.figures import attribution_logo, attribution_track, histogram, information_logo, sequence_logo
from primase.reporting.logo import strongest_stretch
from primase.reporting.occurrences import Occurrences, align_motif, find_occurrences, mean_contributions
from primase.reporting.words import NONE, count, decimal, plain, readable
from primase.tasks import NUMBERS

# the first that a run has is drawn
METHODS = {
    "deep_lift_shap": "DeepLIFT/SHAP",
    "integrated_gradients": "integrated gradients",
    "input_x_gradient": "input x gradient",
    "saturation_mutagenesis": "in-silico mutagenesis",
    "saliency": "saliency",
}
MOST_MOTIFS = 12
MOST_SCANNED = 2_000_000  # letters that are searched for motifs


def build_explanation(contents: Contents, explained: Explained | None) -> Chapter | None:
    """Return the chapter on the explanation; None where the run was not interpreted."""
    if explained is None or not explained.methods:
        return None
    blocks: list[Block] = [*_sanity(contents.sanity)]
    method = next((name for name in METHODS if name in explained.methods), next(iter(explained.methods)))
    found = {}
    if contents.motifs and explained.letters in ("ACGT", "ACGU"):
        strands = 2 if explained.letters == "ACGT" else 1
        rows = max(1, MOST_SCANNED // max(1, explained.sequences.shape[2]))
        found = {
            name: find_occurrences(motif.probabilities, explained.sequences[:rows], strands=strands)
            for name, motif in list(contents.matrices.items())[:MOST_MOTIFS]
        }
        blocks += _motifs(contents, explained, method, found)
    elif contents.motifs == [] and (contents.folder / "motifs.tsv").is_file():
        blocks += [
            Heading("Motifs"),
            Prose("No stretch of letters recurred often and strongly enough to be called a motif."),
        ]
    surest, worst = choose_cases(contents, explained)
    if surest:
        blocks += _closer(explained, surest[0], found) if len(explained.methods) > 1 else []
        regression = contents.task in NUMBERS
        title = (
            "The highest and the lowest predictions" if regression else "The examples that it is surest of, and right"
        )
        blocks += [
            Heading(title),
            Prose(_reading(contents, method, marked=bool(found))),
            _examples(explained, method, surest, found),
        ]
    if worst:
        blocks += [
            Heading("The examples that it got most wrong, or was least sure of"),
            _examples(explained, method, worst, found),
        ]
    return Chapter("explanation", "Explanation", tuple(blocks))


def _reading(contents: Contents, method: str, *, marked: bool) -> str:
    towards = f"towards “{contents.names[1]}”" if contents.task == "binary" and len(contents.names) > 1 else "up"
    what = {"profile": "the logarithm of the window's reads", "counts": "the window's mean signal, before the link"}
    return (
        f"Each letter is as tall as it moved {what.get(contents.task, 'the prediction')}, by {_method_words(method)}: "
        f"above the axis {towards}, below it the other way."
        + (" Shaded stretches are occurrences of the motifs." if marked else "")
    )


def _method_words(method: str) -> str:
    return METHODS.get(method, readable(method))


def _sanity(sanity: Mapping[str, Any]) -> list[Block]:
    if not sanity:
        return []
    words = sanity.get("words")
    sentences = (str(words),) if isinstance(words, str) else tuple(str(sentence) for sentence in words or ())
    passed = sanity.get("passed")
    verdict = {
        True: "The explanation passed its checks.",
        False: "The explanation failed a check: do not trust the motifs and the examples below.",
    }.get(passed if isinstance(passed, bool) else None, "The explanation was checked.")
    blocks: list[Block] = [Points(sentences, title=verdict, tone="good" if passed else "warn")]
    rows = []
    for name, title in (("randomisation", "weights made random"), ("planted", "planted motif")):
        rows += [
            (title, readable(str(key)), decimal(value) if isinstance(value, float) else plain(value))
            for key, value in mapping(sanity.get(name)).items()
        ]
    if rows:
        table = Table(("check", "what", "value"), tuple(rows), words=frozenset({1, 2}))
        told = Prose(
            "Two checks. With the weights made random the attributions must change: else they show the sequence, not "
            "what was learned. And a strong pattern planted into sequences must be found by them."
        )
        blocks.append(Folded("The checks in numbers", (told, table)))
    return blocks


def _motifs(contents: Contents, explained: Explained, method: str, found: Mapping[str, Occurrences]) -> list[Block]:
    told = (
        "Stretches of strong attribution that look alike, gathered. A logo shows how fixed each of its positions is: "
        "two bits are always the same letter, none is any letter."
    )
    targets = explained.methods[method]
    contributions = (
        explained.contributions(method, _main_target(contents, targets), np.arange(len(explained.ids)))
        if contents.task in ("binary", *NUMBERS) and len(targets) <= 2
        else None
    )
    cards = []
    for row in contents.motifs[:MOST_MOTIFS]:
        motif = contents.matrices.get(row.get("motif", ""))
        places = found.get(row.get("motif", ""))
        panels = [] if motif is None else _logos(row, motif, places, explained, contributions)
        cards.append(Card(row.get("motif", "motif"), _about(row), tuple(panels)))
    blocks: list[Block] = [Heading("Motifs"), Prose(told), Cards(tuple(cards))]
    columns = ("motif", "consensus", "n_seqlets", "match_id", "match_name", "p_value", "q_value")
    shown = tuple(tuple(row.get(column, "") or NONE for column in columns) for row in contents.motifs)
    names = ("motif", "consensus", "seqlets", "match", "name", "p", "q")
    blocks.append(Folded("All motifs as a table", (Table(names, shown, words=frozenset({1, 3, 4})),)))
    return blocks


def _main_target(contents: Contents, targets: Mapping[str, str]) -> str:
    return contents.names[1] if len(contents.names) == 2 and contents.names[1] in targets else next(iter(targets))


def _about(row: Mapping[str, str]) -> str:
    words = [row.get("consensus", "")]
    if row.get("n_seqlets"):
        words.append(f"from {count(int(float(row['n_seqlets'])), 'seqlet')}")
    if row.get("match_name") or row.get("match_id"):
        named = " ".join(filter(None, (row.get("match_name"), row.get("match_id"))))
        chance = f" (q = {float(row['q_value']):.2g})" if row.get("q_value") else ""
        words.append(f"resembles {named}{chance}")
    else:
        words.append("resembles no known motif")
    return "; ".join(filter(None, words))


def _logos(
    row: Mapping[str, str],
    motif: Motif,
    places: Occurrences | None,
    explained: Explained,
    contributions: np.ndarray | None,
) -> list[Panel]:
    panels = [Panel(information_logo(motif.probabilities, explained.letters, title=f"motif {row['motif']}"), "motif")]
    if places is not None and len(places):
        scanned = explained.sequences
        if contributions is not None:
            heights = mean_contributions(places, contributions, scanned)
            figure = sequence_logo(
                heights, explained.letters, title=f"contribution of {row['motif']}", unit="attribution"
            )
            panels.append(Panel(figure, "what it contributes"))
    if row.get("match_id"):
        try:
            known = find_motif(row["match_id"])
        except UnknownName:  # a motif of the user's own file
            pass
        else:
            turned = align_motif(motif.probabilities, known.probabilities)
            figure = information_logo(turned, explained.letters, title=f"{known.name} of JASPAR")
            panels.append(Panel(figure, f"{known.name} ({known.accession}, JASPAR)"))
    if places is not None and len(places) > 1:
        middles = places.starts + places.width // 2 + 1
        figure = histogram(
            middles,
            title=f"places of {row['motif']}",
            across="position of its middle",
            up="occurrences",
            limits=(1.0, float(explained.sequences.shape[2])),
        )
        panels.append(Panel(figure, f"where it stands: {count(len(places), 'occurrence')}"))
    return panels


def _stretches(found: Mapping[str, Occurrences], row: int) -> list[tuple[int, int]]:
    return [stretch for places in found.values() for stretch in places.within(row)]


def _target(explained: Explained, method: str, wanted: str) -> str | None:
    targets = explained.methods[method]
    return wanted if wanted in targets else next(iter(targets)) if len(targets) == 1 else None


def _closer(explained: Explained, case: Case, found: Mapping[str, Occurrences]) -> list[Block]:
    sequence, stretches = explained.sequence(case.row), _stretches(found, case.row)
    panels = []
    for method in explained.methods:
        target = _target(explained, method, case.target)
        if target is None or not sequence:
            continue
        values = explained.contributions(method, target, np.array([case.row]))[0][: len(sequence)]
        figure = attribution_track(
            values,
            sequence,
            explained.letters,
            title=f"{_method_words(method)} of {case.title}",
            highlight=stretches or None,
        )
        panels.append(Panel(figure, _method_words(method)))
    if not panels:
        return []
    where = "Bars are coloured by letter where a motif was found; methods" if found else "Methods"
    told = f"The same example by every method. {where} that agree can be trusted more."
    return [Heading("One example, closely"), Prose(told), Cards((Card(case.title, case.words, tuple(panels)),))]


def _examples(explained: Explained, method: str, cases: tuple[Case, ...], found: Mapping[str, Occurrences]) -> Cards:
    drawn = []
    for case in cases:
        target, sequence = _target(explained, method, case.target), explained.sequence(case.row)
        if target is not None and sequence:
            values = explained.contributions(method, target, np.array([case.row]))[0][: len(sequence)]
            drawn.append((case, sequence, values))
    every = np.concatenate([[0.0], *(values for *_, values in drawn)])
    limits = (float(every.min()), float(every.max()))  # one scale, so that examples can be compared
    return Cards(
        tuple(
            Card(
                case.title, case.words, _tracks(explained, case, sequence, values, _stretches(found, case.row), limits)
            )
            for case, sequence, values in drawn
        )
    )


def _tracks(
    explained: Explained,
    case: Case,
    sequence: str,
    values: np.ndarray,
    stretches: list[tuple[int, int]],
    limits: tuple[float, float],
) -> tuple[Panel, ...]:
    panels = []
    first, end = strongest_stretch(values)
    if end - first < len(sequence):
        title = f"attribution along {case.title}"
        highlight = stretches or None
        track = attribution_track(values, sequence, explained.letters, title=title, highlight=highlight, limits=limits)
        panels.append(Panel(track))
    title = f"letters of {case.title}"
    logo = attribution_logo(
        values[first:end],
        sequence[first:end],
        explained.letters,
        title=title,
        start=first,
        highlight=stretches,
        limits=limits,
    )
    return (*panels, Panel(logo))
