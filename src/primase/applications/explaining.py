"""Step 4 for a trained model: which held-out sequences are explained, and what is written about them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from primase.applications.contribution_tracks import write_contributions
from primase.applications.prediction import Say
from primase.applications.trained import TrainedModel
from primase.core.alphabet import decode
from primase.core.errors import UnknownName
from primase.core.files import write_json
from primase.core.motifs import load_motifs
from primase.core.strands import experiment_names, group_strands
from primase.curation.dataset import Dataset
from primase.curation.encoding import encode_rows
from primase.curation.sequences import GenomeSequences
from primase.inference import count_operations, predict_logits, threads_for
from primase.interpretation.attributions import Attributions, attribute
from primase.interpretation.motifs import FoundMotifs, discover_motifs, name_motifs
from primase.interpretation.sanity import check_attributions
from primase.tasks import NUMBERS, TRACKS

# The work that an explanation may take, in multiply-adds counted twice: a minute or two on two cores. It is a rule and
# not a clock, so that the same run explains the same sequences everywhere.
MOST_WORK = 3e12
LEAST_WORK_PER_PASS = 2e6  # below, calling a network costs more than computing it
PASS = 64  # examples at a time
DEEP_LIFT_PASSES = 60  # 20 references, forward and backward
FEWEST = 50
MOST_TESTED = 5000  # held-out sequences on which a motif must go with the labels
MOST_LETTERS = 5_000_000  # of them
PIECE = 200  # letters of a window whose signal a motif in them must go with
TOGETHER = "total"  # what is explained where the reads of all tracks are counted together
SHOWN = 10  # most confident and worst examples, for the report


@dataclass(frozen=True, eq=False)
class Explanation:
    """What step 4 found.

    Attributes
    ----------
    attributions : Attributions
    motifs : FoundMotifs or None
        None where the alphabet has no motif collections (protein).
    sanity : dict
        The two checks of the explanation.
    places : GenomeSequences or None
        Where the explained windows lie, if they are of a genome.
    """

    attributions: Attributions
    motifs: FoundMotifs | None
    sanity: dict[str, Any]
    places: GenomeSequences | None = None

    def save(self, folder: str | Path) -> list[str]:
        """Write attributions, motifs and, last, the checks; return what there is to say."""
        folder = Path(folder)
        self.attributions.save(folder / "attributions.h5")
        lines: list[str] = []
        if self.places is not None:
            method = next(iter(self.attributions.values))
            tracks = write_contributions(folder, self.attributions, self.places, method)
            lines += [f"{path.name}: contributions along the genome ({method})" for path in tracks]
        if self.motifs is not None:
            self.motifs.save_meme(folder / "motifs.meme")
            self.motifs.save_tsv(folder / "motifs.tsv")
            for motif in self.motifs:
                match = f", like {motif.match_name} ({motif.match_id}, q {motif.q_value:.1e})" if motif.match_id else ""
                lines.append(f"{motif.name}: {self.motifs.consensus(motif)}, {motif.n_seqlets} seqlets{match}")
            if not len(self.motifs):
                lines.append("no motif was found that goes with the labels of held-out sequences")
        lines.append(str(self.sanity["words"]))
        write_json(folder / "sanity.json", self.sanity)
        return lines


def explain(
    model: TrainedModel, dataset: Dataset, options: Any, *, seed: int = 0, say: Say = lambda _: None
) -> Explanation:
    """Explain a model on held-out sequences.

    Parameters
    ----------
    model : TrainedModel
    dataset : Dataset
        With folds, the members of the first fold are explained, on that fold.
    options : InterpretOptions
    seed : int
    say : callable
        Told, before the work, how many sequences are explained and how.

    Returns
    -------
    Explanation
    """
    fold = None if dataset.folds is None else 0
    data = dataset if fold is None else dataset.fold(fold)
    net = model.scorer(fold)
    example = encode_rows(data, data.part("test")[:1], model.length)[0][:1]
    work = count_operations(net, {"seq": example})
    with threads_for(3 * PASS * work):
        targets = target_outputs(model, net, example)
        rows, methods, words = _plan_work(model, data, options, fold, work * len(targets), seed)
        say(words)
        return _explain(model, net, data, options, rows, targets, methods, seed)


def _explain(
    model: TrainedModel,
    net: nn.Module,
    data: Dataset,
    options: Any,
    rows: np.ndarray,
    targets: dict[str, int],
    methods: tuple[str, ...],
    seed: int,
) -> Explanation:
    seq, starts = strongest_windows(model, net, data, rows)
    why = attribute(net, seq, targets, ids=[str(data.ids[row]) for row in rows], methods=methods, seed=seed)
    why = replace(why, starts=starts)
    motifs = None
    if model.alphabet.name in ("dna", "rna"):
        most = max(FEWEST, min(MOST_TESTED, MOST_LETTERS // model.length))
        asked = np.random.default_rng([seed, 0x3F]).permutation(data.part("test"))[:most]
        held = strongest_windows(model, net, data, asked)[0][:, : len(model.alphabet)].numpy().astype(np.int8)
        if data.tracks is None:
            answers = _answers(data, asked, targets)
        else:
            held, answers = _answers_along(data, asked, held, targets)
        found = discover_motifs(
            why, answers=answers, sequences=held, alphabet=model.alphabet, strands=model.strands, method=methods[0]
        )
        motifs = name_motifs(found, load_motifs(options.motifs))
    sanity = check_attributions(net, seq, next(iter(targets.values())), seed=seed)
    places = data.sequences.take(rows) if isinstance(data.sequences, GenomeSequences) and starts is None else None
    return Explanation(why, motifs, sanity, places)


def target_outputs(model: TrainedModel, net: nn.Module, seq: Tensor) -> dict[str, int]:
    """Return the outputs to explain: name -> logit.

    A binary question has one, the odds of its second class. Tracks have one for each experiment, its strands together;
    and one alone where the reads of all are counted together.
    """
    names, outputs = list(model.task.names), predict_logits(net, seq[:1]).shape[1]
    if model.kind in TRACKS:
        names = experiment_names(names, model.task.strand_pairs)
        names = names if outputs == len(names) else [TOGETHER]
    return {name: number for number, name in enumerate(names[-outputs:])}


def strongest_windows(
    model: TrainedModel, net: nn.Module, data: Dataset, rows: np.ndarray
) -> tuple[Tensor, np.ndarray | None]:
    """Return one window per sequence: of several, the one with the largest logit.

    Returns
    -------
    seq : Tensor, shape=(N, channels, L)
    starts : ndarray, shape=(N,), or None
        First letter of each window in its sequence; None where every sequence is one window.
    """
    seq, owner = encode_rows(data, rows, model.length)
    if len(seq) == len(rows):
        return seq, None
    strength = predict_logits(net, seq).abs().amax(1).numpy()
    order = np.lexsort((-strength, owner))
    best = order[np.searchsorted(owner[order], np.arange(len(rows)))]
    return seq[torch.from_numpy(best)], data.windows(rows, model.length).starts[best]


def _plan_work(
    model: TrainedModel, data: Dataset, options: Any, fold: int | None, work: float, seed: int
) -> tuple[np.ndarray, tuple[str, ...], str]:
    """Choose rows and methods by the work that a prediction of all targets takes, and say what was chosen."""
    test = data.part("test")
    work = max(work, LEAST_WORK_PER_PASS)
    most = int(max(FEWEST, min(options.examples, MOST_WORK / (DEEP_LIFT_PASSES * work))))
    rows = _choose_rows(model, data, test, min(most, len(test)), fold, seed)
    methods, more = tuple(options.methods), ""
    mutations = 3 * model.length * len(rows)
    if "saturation_mutagenesis" in methods and mutations * work > MOST_WORK and len(methods) > 1:
        methods = tuple(name for name in methods if name != "saturation_mutagenesis")
        more = (
            f"; mutagenesis would take {mutations:,} predictions and is left out; `primase interpret DIR --example ID "
            "--method saturation_mutagenesis` does it for one example"
        )
    words = f"{len(rows):,} of {len(test):,} held-out sequences are explained ({', '.join(methods)}){more}"
    return rows, methods, words


def _choose_rows(
    model: TrainedModel, data: Dataset, test: np.ndarray, most: int, fold: int | None, seed: int
) -> np.ndarray:
    """Choose held-out rows: those that the report shows, then others at random."""
    if most >= len(test):
        return test
    predictions = model.answers(data, test, fold)
    order = np.random.default_rng([seed, 0xE8]).permutation(len(test))
    if predictions.ndim == 1 or model.kind in NUMBERS:  # of several numbers the report ranks by the first
        first = predictions.reshape(len(test), -1)[:, 0]
        ranked = np.argsort(first, kind="stable")
        wrong = np.abs(first - data.targets[test].reshape(len(test), -1)[:, 0])
        shown = [ranked[:SHOWN], ranked[-SHOWN:], np.argsort(-wrong, kind="stable")[:SHOWN]]
        order = np.concatenate([*shown, order])
    _, places = np.unique(order, return_index=True)
    return test[np.sort(order[np.sort(places)][:most])]


def _answers(data: Dataset, rows: np.ndarray, targets: dict[str, int]) -> dict[str, np.ndarray]:
    """Return the known answer to each explained output, shape (N,)."""
    known = data.targets[rows]
    if data.task == "multiclass":
        return {name: (known == number).astype(np.float64) for name, number in targets.items()}
    table = known.reshape(len(rows), -1).astype(np.float64)
    return {name: table[:, number] for name, number in targets.items()}


def _answers_along(
    data: Dataset, rows: np.ndarray, windows: np.ndarray, targets: dict[str, int]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Cut windows (N, 4, L) into pieces (M, 4, size), each with the logarithm of its own signal as answer, (M,).

    Whole windows would not do: among peaks, the motif of a factor that brings fewer reads than another does not go with
    the reads of windows, since where it is, the other mostly is not. It goes with where in a window the reads lie.
    """
    tracks = data.tracks
    signal = np.asarray(tracks.middle(rows), np.float64)
    bins = min(tracks.bins, -(-PIECE // tracks.bin))  # of a piece
    count, size = tracks.bins // bins, bins * tracks.bin
    first = windows.shape[2] // 2 - tracks.bins * tracks.bin // 2
    middle = windows[:, :, first : first + count * size]
    pieces = middle.reshape(*windows.shape[:2], count, size).swapaxes(1, 2).reshape(-1, windows.shape[1], size)
    sums = signal[:, :, : count * bins].reshape(*signal.shape[:2], count, bins).sum(3).swapaxes(1, 2)
    sums = sums.reshape(len(pieces), -1)
    groups = [range(sums.shape[1])] if TOGETHER in targets else group_strands(data.names, tracks.strand_pairs)
    return pieces, {name: np.log1p(sums[:, list(groups[number])].sum(1)) for name, number in targets.items()}


def attribution_of(
    model: TrainedModel, dataset: Dataset, example: str, method: str, *, seed: int = 0
) -> dict[str, Any]:
    """Return what is needed to draw the attribution of one example.

    Returns
    -------
    dict
        ``contributions`` {class or target: (A, L)}, zero at letters that are not there, ``sequence`` (str), ``letters``
        and ``title``.

    Raises
    ------
    UnknownName
        If there is no such example or method.
    """
    found = np.flatnonzero(dataset.ids == example)
    if not len(found):
        raise UnknownName("example", example, map(str, dataset.ids[:1000]))
    fold = None if dataset.folds is None else max(0, int(dataset.folds[found[0]]))
    net = model.scorer(fold)
    seq, starts = strongest_windows(model, net, dataset, found[:1])
    why = attribute(net, seq, target_outputs(model, net, seq), ids=[example], methods=[method], seed=seed)
    size = int(min(dataset.lengths[found[0]], model.length))
    one_hot = why.sequences[0]
    codes = np.where(one_hot.any(0), one_hot.argmax(0), len(model.alphabet)).astype(np.uint8)[:size]
    return {
        "contributions": {name: (values[0] * one_hot)[:, :size] for name, values in why.values[method].items()},
        "sequence": decode(codes, model.alphabet),
        "letters": model.alphabet.letters,
        "title": f"{example}: {method}" + ("" if starts is None else f", letters from {starts[0] + 1:,}"),
    }
