"""A trained model over a whole genome, or regions of it: a bigWig of what it expects, or a BED of scored windows."""

import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from primase.applications.trained import LETTERS_AT_ONCE, TrainedModel
from primase.core.alphabet import DNA
from primase.core.errors import PrimaseError
from primase.core.files import writing
from primase.curation.formats import bigwig
from primase.curation.intervals import Intervals, merge_intervals, sort_intervals
from primase.curation.loci import MOSTLY_UNKNOWN, genome_lengths, whole_contigs
from primase.curation.packing import PackedGenome
from primase.inference import one_hot, predict_outputs
from primase.tasks import TRACKS

SUFFIXES = (".bw", ".bigwig", ".bed")
WINDOWS_AT_ONCE = 4096
Block = tuple[str, int, np.ndarray]  # contig, start, values (T, cells)


@dataclass(frozen=True)
class Scan:
    """How a genome is gone over: windows in step, each giving `cells` values for as many stretches of `step` letters.

    Attributes
    ----------
    names : tuple of str
        What the values are of; where both strands are scored, first all of the plus strand, then of the minus strand.
    cells : int
        Values per window.
    step : int
        Letters for which a value stands.
    signs : tuple of str
        ``+`` and ``-`` where each strand has values of its own; ``.`` where a value is of both.
    """

    names: tuple[str, ...]
    cells: int
    step: int
    signs: tuple[str, ...] = (".",)

    @property
    def stride(self) -> int:
        """Letters from one window to the next."""
        return self.cells * self.step


def scan_genome(
    model: TrainedModel,
    genome: PackedGenome,
    out: str | Path,
    *,
    regions: Intervals | None = None,
    stride: int | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Predict along a genome and write the result, window by window; memory does not grow with the genome.

    Of a model of tracks the middle of each window is kept, and the windows follow each other without a gap: the value
    is the expected signal per letter. Of any other model windows are scored every `stride` letters: the value is the
    probability, or the number; of a model for which sequences have a direction, one of each strand. Windows that are
    mostly unknown letters have no value, since none was trained on.

    Parameters
    ----------
    model : TrainedModel
        Of DNA, without a structure.
    genome : PackedGenome
    out : str or Path
        ``.bw`` or ``.bigWig``, of several classes, tracks or strands one file each (``out.NAME.bw``); or ``.bed``.
    regions : Intervals, optional
        Placed on the genome; by default all of it.
    stride : int, optional
        By default half of a window.
    say : callable

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    PrimaseError
        If the model does not read DNA alone, or the suffix is none of those.
    """
    out = Path(out)
    if out.suffix.lower() not in SUFFIXES:
        raise PrimaseError(f"{out} ends in {out.suffix!r}", fix="write to a file that ends in .bw, .bigWig or .bed")
    if model.alphabet.name != "dna" or model.structure:
        what = f"of {model.alphabet.name}" if model.alphabet.name != "dna" else "of letters and structure"
        raise PrimaseError(f"a model {what} cannot go over a genome", fix="give a model of DNA sequences alone")
    if model.facts.get("controls"):
        say("the model's controls are left empty: what is predicted is what the letters alone explain")
    scan = _plan(model, stride)
    if regions is None:
        stretches = whole_contigs(genome, np.ones(len(genome.names), bool))
    else:  # a value may reach over the end of its region, so the next begins behind it
        regions = sort_intervals(regions)
        stretches = merge_intervals(regions, gap=scan.stride)
    say(f"{int((stretches.ends - stretches.starts).sum()):,} letters, a window every {scan.stride:,}")
    if len(scan.signs) == 2:
        say("the sequences of this model have a direction: each strand is scored on its own")
    lengths, blocks = genome_lengths(genome), _blocks(model, genome, stretches, scan)
    if regions is not None:
        blocks = _within(blocks, merge_intervals(regions), scan.step)
    if out.suffix.lower() == ".bed":
        _write_bed(out, lengths, scan, blocks, shade=model.kind in ("binary", "multiclass", "multilabel"))
        return [out]
    return _write_tracks(out, lengths, scan, blocks)


def _plan(model: TrainedModel, stride: int | None) -> Scan:
    if model.kind in TRACKS:
        if stride is not None:
            raise PrimaseError(
                f"--stride {stride} was given for a model of tracks", fix="leave it out: its windows follow each other"
            )
        return Scan(tuple(model.task.names), model.config.output_length, model.facts.get("bin", 1))
    names = tuple(model.task.names)
    if model.kind == "binary":
        names = names[1:]
    stride = stride or max(1, model.window // 2)
    if model.strands == 2:
        return Scan(names, 1, stride)
    return Scan((*(f"{name}_plus" for name in names), *(f"{name}_minus" for name in names)), 1, stride, ("+", "-"))


def _blocks(model: TrainedModel, genome: PackedGenome, stretches: Intervals, scan: Scan) -> Iterator[Block]:
    """Yield the values along each stretch, in the order of the genome."""
    net = model.ensemble()
    at_once = max(1, min(WINDOWS_AT_ONCE, LETTERS_AT_ONCE // model.length))
    for contig, start, end in zip(stretches.contig, stretches.starts, stretches.ends, strict=True):
        count = -(-int(end - start) // scan.stride)
        for first in range(0, count, at_once):
            places = start + np.arange(first, min(first + at_once, count)) * scan.stride
            begin = places + scan.stride // 2 - model.window // 2
            codes = genome.read_codes(np.full(len(places), contig), begin, model.window)
            values = np.concatenate([_ask(model, net, codes, sign, scan.step) for sign in scan.signs], 1)
            low, high = np.clip([begin, begin + model.window], 0, genome.lengths[contig]) + genome.offsets[contig]
            unknown = genome.unknown_before(high) - genome.unknown_before(low)
            values[unknown > MOSTLY_UNKNOWN * (high - low)] = np.nan
            along = np.moveaxis(values, 1, 0).reshape(len(scan.names), -1)
            cells = -(-int(min(end, places[-1] + scan.stride) - places[0]) // scan.step)
            yield genome.names[contig], int(places[0]), along[:, :cells].astype(np.float32)


def _within(blocks: Iterator[Block], regions: Intervals, step: int) -> Iterator[Block]:
    """Take out the values that touch none of the regions, which are merged and in the order of the genome."""
    for name, start, values in blocks:
        mine = regions.contig == regions.contigs.index(name)
        cells = start + np.arange(values.shape[1]) * step
        before = np.searchsorted(regions.ends[mine], cells, side="right")
        values[:, before == np.searchsorted(regions.starts[mine], cells + step, side="left")] = np.nan
        yield name, start, values


def _ask(model: TrainedModel, net: nn.Module, codes: np.ndarray, sign: str, step: int) -> np.ndarray:
    """Return the values of windows (N, L) on one strand, (N, T, cells)."""
    if sign == "-":
        codes = np.array([*DNA.complement_rows, DNA.unknown], np.uint8)[codes[:, ::-1]]
    filled = np.full((len(codes), model.length), DNA.unknown, np.uint8)  # behind, as in training
    filled[:, : codes.shape[1]] = codes
    outputs = predict_outputs(net, {"seq": one_hot(torch.from_numpy(filled), 4, torch.int8)})
    if model.kind in TRACKS:
        return model.task.link(outputs).numpy() / step
    return model.predictions(outputs["logits"].numpy().astype(np.float64)).reshape(len(codes), -1, 1)


def _write_tracks(out: Path, lengths: dict[str, int], scan: Scan, blocks: Iterator[Block]) -> list[Path]:
    if len(scan.names) == 1:
        bigwig.write(out, lengths, ((name, start, values[0]) for name, start, values in blocks), step=scan.step)
        return [out]
    paths = [out.with_name(f"{out.stem}.{name.replace('/', '_')}{out.suffix}") for name in scan.names]
    with tempfile.TemporaryFile(dir=out.parent) as spool:  # the genome is gone over once, the files written one by one
        index = []
        for name, start, values in blocks:
            index.append((name, start, values.shape[1], spool.tell()))
            spool.write(np.ascontiguousarray(values).tobytes())

        def read(track: int) -> Iterator[tuple[str, int, np.ndarray]]:
            for name, start, cells, place in index:
                spool.seek(place + 4 * track * cells)
                yield name, start, np.frombuffer(spool.read(4 * cells), np.float32)

        for track, path in enumerate(paths):
            bigwig.write(path, lengths, read(track), step=scan.step)
    return paths


def _write_bed(out: Path, lengths: dict[str, int], scan: Scan, blocks: Iterator[Block], *, shade: bool) -> None:
    """Write one line per value: place, what it is of, the score that genome browsers show, strand, the value itself."""
    signs = np.repeat(scan.signs, len(scan.names) // len(scan.signs)).tolist()
    with writing(out) as draft, draft.open("w", encoding="utf-8") as handle:
        for contig, start, values in blocks:
            for cell in range(values.shape[1]):
                begin = start + cell * scan.step
                place = f"{contig}\t{begin}\t{min(begin + scan.step, lengths[contig])}"
                for name, sign, value in zip(scan.names, signs, values[:, cell].tolist(), strict=True):
                    if not math.isnan(value):
                        score = round(1000 * value) if shade else 0
                        handle.write(f"{place}\t{name}\t{score}\t{sign}\t{value:.6g}\n")
