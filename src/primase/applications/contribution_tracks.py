"""Attributions along a genome: what each letter contributes, as bigWig files that a genome browser shows."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from primase.curation.formats import bigwig
from primase.curation.intervals import Intervals, merge_intervals
from primase.curation.loci import genome_lengths
from primase.curation.sequences import GenomeSequences
from primase.interpretation.attributions import Attributions


def write_contributions(folder: str | Path, why: Attributions, places: GenomeSequences, method: str) -> list[Path]:
    """Write the contribution of each letter of the explained windows; where windows overlap, their mean.

    Parameters
    ----------
    folder : str or Path
        Receives ``attributions.bw``, or ``attributions.TARGET.bw`` for each of several classes or targets.
    why : Attributions
        Of N windows.
    places : GenomeSequences
        Where they lie; shuffled ones are left out, since their letters lie nowhere.
    method : str
        Which of the attributions.

    Returns
    -------
    list of Path
        Empty where all windows are shuffled.
    """
    real = np.flatnonzero(~places.shuffled)
    if not len(real):
        return []
    folder, found = Path(folder), why.values[method]
    zero = np.zeros(len(real), np.int64)
    windows = Intervals(
        "windows", places.genome.names, places.contigs[real], places.starts[real], places.ends[real], zero, zero + 1
    )
    lengths, paths = genome_lengths(places.genome), []
    for target, values in found.items():
        name = "attributions.bw" if len(found) == 1 else f"attributions.{target.replace('/', '_')}.bw"
        letters = (values * why.sequences).sum(1)
        paths.append(folder / name)
        bigwig.write(paths[-1], lengths, _stretches(windows, letters[real], places.strands[real]))
    return paths


def _stretches(windows: Intervals, letters: np.ndarray, strands: np.ndarray) -> Iterator[tuple[str, int, np.ndarray]]:
    """Yield the mean contribution along each stretch that windows cover, in the order of the genome."""
    union = merge_intervals(windows)
    order = np.lexsort((windows.starts, windows.contig))
    place = 0
    for contig, start, end in zip(union.contig, union.starts, union.ends, strict=True):
        total, count = np.zeros(end - start), np.zeros(end - start)
        while place < len(order):
            row = order[place]
            if windows.contig[row] != contig or windows.starts[row] >= end:
                break
            size = int(windows.ends[row] - windows.starts[row])
            here = letters[row, :size] if strands[row] >= 0 else letters[row, :size][::-1]
            at = int(windows.starts[row] - start)
            total[at : at + size] += here
            count[at : at + size] += 1
            place += 1
        low, high = max(0, -int(start)), len(total)
        yield windows.contigs[contig], int(start) + low, (total / np.maximum(count, 1))[low:high].astype(np.float32)
