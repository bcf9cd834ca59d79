"""Simulated genomes of any size: every letter follows from the seed and its place, so that none need be stored."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from primase.core.errors import PrimaseError
from primase.core.files import writing

SEGMENT = 20_000  # mean length of a stretch of one GC content
LINE = 60  # letters of a line of FASTA
CHUNK = LINE << 15  # letters made at once
SHARES = 1 << 15  # steps of the GC content
UNKNOWN = 4


@dataclass(frozen=True, eq=False)
class SimulatedGenome:
    """A genome as the recipe of its letters; places count through all contigs, one after the other without padding.

    Attributes
    ----------
    names : tuple of str
    lengths : ndarray, shape=(C,), int64
    offsets : ndarray, shape=(C + 1,), int64
        Place of each contig's first letter.
    seed : int
    bounds : ndarray, shape=(S + 1,), int64
        Where the segments of one GC content begin and end.
    shares : ndarray, shape=(S,), int64
        GC content of each, in 32,768ths.
    unknown : ndarray, shape=(R, 2), int64
        Runs of N.
    masked : float
        Share of lower-case letters when written.
    patch_starts : ndarray, shape=(P,), int64
        Where planted letters replace the drawn ones, in order and without overlap.
    patch_offsets, patch_codes : ndarray
        Patch p is ``patch_codes[patch_offsets[p]:patch_offsets[p + 1]]``.
    """

    names: tuple[str, ...]
    lengths: np.ndarray
    offsets: np.ndarray
    seed: int
    bounds: np.ndarray
    shares: np.ndarray
    unknown: np.ndarray
    masked: float
    patch_starts: np.ndarray
    patch_offsets: np.ndarray
    patch_codes: np.ndarray


@dataclass(frozen=True, eq=False)
class Duplications:
    """Pairs of stretches of which one is the changed copy of the other.

    Attributes
    ----------
    sources, copies : ndarray, shape=(P, 3), int64
        Contig, start and end.
    strands : ndarray, shape=(P,), int8
        -1 where the copy lies on the other strand.
    identity : ndarray, shape=(P,), float64
        Equal letters among the columns of the alignment by which the copy was made.
    """

    sources: np.ndarray
    copies: np.ndarray
    strands: np.ndarray
    identity: np.ndarray


def simulate_genome(
    lengths: Mapping[str, int],
    *,
    gc: float = 0.41,
    spread: float = 0.06,
    unknown: float = 0.02,
    masked: float = 0.4,
    seed: int = 0,
) -> SimulatedGenome:
    """Draw a genome whose GC content changes along the contigs in the manner of isochores.

    Segments, 20 kb long on average, have a GC content each (beta distribution, skewed like that of vertebrates);
    inside a segment the letters are independent. Unknown letters lie as a run at both ends of a contig and one inside.

    Parameters
    ----------
    lengths : mapping of str to int
        Letters of each contig.
    gc, spread : float
        Mean and standard deviation of the GC content of the segments.
    unknown : float
        Share of unknown letters.
    masked : float
        Share of lower-case letters, in stretches of multiples of 256.
    seed : int

    Raises
    ------
    PrimaseError
        If there is no contig, one is empty, or the contents are not possible.

    Examples
    --------
    >>> genome = simulate_genome({"chr1": 1000, "chr2": 500}, unknown=0.1)
    >>> "".join("ACGTN"[code] for code in read_letters(genome, 0, 5, 15))
    'NNNNNAATTC'
    """
    sizes = np.array(list(lengths.values()), np.int64)
    if not len(sizes) or sizes.min() < 1:
        raise PrimaseError(f"contigs of {sizes.tolist()} letters make no genome", fix="give at least one letter each")
    if not (0 < gc < 1 and 0 <= spread**2 < gc * (1 - gc) and 0 <= unknown < 1 and 0 <= masked <= 1):
        raise PrimaseError(
            f"GC {gc} (spread {spread}), {unknown} unknown, {masked} lower case: not possible",
            fix="give shares between 0 and 1 and a spread below sqrt(gc * (1 - gc))",
        )
    rng = np.random.default_rng([seed, 0x6E])
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    inner = np.unique(rng.integers(0, offsets[-1], offsets[-1] // SEGMENT))
    bounds = np.unique(np.concatenate([offsets, inner]))  # segments end with their contig
    contents = np.full(len(bounds) - 1, gc)
    if spread:
        size = gc * (1 - gc) / spread**2 - 1
        contents = rng.beta(gc * size, (1 - gc) * size, len(contents))
    runs = []
    for low, length in zip(offsets[:-1].tolist(), sizes.tolist(), strict=True):
        end, inside = round(0.1 * unknown * length), round(0.8 * unknown * length)
        middle = low + end + int(rng.integers(0, length - 2 * end - inside + 1))
        runs += [(low, low + end), (middle, middle + inside), (low + length - end, low + length)]
    return SimulatedGenome(
        names=tuple(lengths),
        lengths=sizes,
        offsets=offsets,
        seed=int(rng.integers(0, 1 << 62)),
        bounds=bounds,
        shares=np.rint(contents * SHARES).astype(np.int64),
        unknown=np.array([run for run in runs if run[0] < run[1]], np.int64).reshape(-1, 2),
        masked=masked,
        patch_starts=np.empty(0, np.int64),
        patch_offsets=np.zeros(1, np.int64),
        patch_codes=np.empty(0, np.uint8),
    )


def read_letters(genome: SimulatedGenome, contig: int, start: int, end: int) -> np.ndarray:
    """Return the letters `start` to `end` of a contig.

    Returns
    -------
    ndarray, shape=(end - start,), uint8
        Codes 0 to 3, 4 for an unknown letter.

    Raises
    ------
    PrimaseError
        If the stretch leaves the contig.
    """
    from primase.curation.simulation_kernels import draw_letters

    if not 0 <= start <= end <= genome.lengths[contig]:
        raise PrimaseError(
            f"{genome.names[contig]}:{start}-{end} is not on a contig of {genome.lengths[contig]} letters",
            fix="give 0 <= start <= end <= length",
        )
    low, high = int(genome.offsets[contig] + start), int(genome.offsets[contig] + end)
    out = draw_letters(low, high - low, np.uint64(genome.seed), genome.bounds, genome.shares)
    first = np.searchsorted(genome.unknown[:, 1], low, side="right")
    last = np.searchsorted(genome.unknown[:, 0], high)
    for begin, stop in genome.unknown[first:last].tolist():
        out[max(begin - low, 0) : stop - low] = UNKNOWN
    ends = genome.patch_starts + np.diff(genome.patch_offsets)
    for patch in range(np.searchsorted(ends, low, side="right"), np.searchsorted(genome.patch_starts, high)):
        begin = int(genome.patch_starts[patch]) - low
        codes = genome.patch_codes[genome.patch_offsets[patch] : genome.patch_offsets[patch + 1]]
        out[max(begin, 0) : begin + len(codes)] = codes[max(-begin, 0) : high - low - begin]
    return out


def write_genome(path: str | Path, genome: SimulatedGenome) -> None:
    """Write a genome as FASTA of 60 letters a line, a piece at a time."""
    from primase.curation.simulation_kernels import format_lines

    seed, masked = np.uint64(genome.seed ^ 0x5A5A), round(genome.masked * (1 << 16))
    with writing(path) as draft, draft.open("wb") as handle:
        for contig, name in enumerate(genome.names):
            handle.write(f">{name}\n".encode())
            length = int(genome.lengths[contig])
            for start in range(0, length, CHUNK):
                codes = read_letters(genome, contig, start, min(start + CHUNK, length))
                handle.write(format_lines(codes, int(genome.offsets[contig]) + start, LINE, seed, masked).data)


def plant_patches(genome: SimulatedGenome, starts: np.ndarray, pieces: list[np.ndarray]) -> SimulatedGenome:
    """Return the genome with other letters at some places.

    Parameters
    ----------
    genome : SimulatedGenome
    starts : ndarray, shape=(P,), int64
        Places through all contigs.
    pieces : list of ndarray of uint8
        Codes of each patch.

    Raises
    ------
    PrimaseError
        If two patches overlap.
    """
    old = np.split(genome.patch_codes, genome.patch_offsets[1:-1]) if len(genome.patch_starts) else []
    every = np.concatenate([genome.patch_starts, np.asarray(starts, np.int64)])
    order = np.argsort(every, kind="stable")
    codes = [(old + pieces)[i] for i in order]
    offsets = np.concatenate([[0], np.cumsum([len(piece) for piece in codes])]).astype(np.int64)
    every = every[order]
    late = np.flatnonzero(every[:-1] + np.diff(offsets)[:-1] > every[1:])
    if len(late):
        raise PrimaseError(f"patches overlap at place {every[late[0] + 1]}", fix="plant where nothing is planted")
    flat = np.concatenate([*codes, np.empty(0, np.uint8)]).astype(np.uint8)
    return replace(genome, patch_starts=every, patch_offsets=offsets, patch_codes=flat)


def free_slots(genome: SimulatedGenome, size: int) -> np.ndarray:
    """List the places, a multiple of `size` from the start of their contig, where so many letters are as drawn.

    Returns
    -------
    ndarray, shape=(S,), int64
        Places through all contigs of slots in which nothing is planted or unknown.
    """
    counts = genome.lengths // size
    before = np.cumsum(counts) - counts
    number = np.arange(counts.sum())
    slots = np.repeat(genome.offsets[:-1], counts) + (number - np.repeat(before, counts)) * size
    patches = np.stack([genome.patch_starts, genome.patch_starts + np.diff(genome.patch_offsets)], 1)
    for runs in (genome.unknown, patches):
        first = np.searchsorted(runs[:, 1], slots, side="right")
        slots = slots[first == np.searchsorted(runs[:, 0], slots + size)]
    return slots


def plant_duplications(
    genome: SimulatedGenome,
    pairs: int,
    *,
    identity: tuple[float, float] = (0.7, 1.0),
    sizes: tuple[int, int] = (200, 5000),
    indels: float = 0.2,
    seed: int = 0,
) -> tuple[SimulatedGenome, Duplications]:
    """Copy stretches of a genome to other places, on either strand of any contig, with changes.

    Of the changes a share `indels` are single letters left out or put in (half each), the others are substitutions.
    No stretch, source or copy, overlaps another.

    Parameters
    ----------
    genome : SimulatedGenome
    pairs : int
    identity : (float, float)
        Lowest and highest share of letters left unchanged, drawn evenly.
    sizes : (int, int)
        Fewest and most letters of a source, drawn evenly.
    indels : float
    seed : int

    Returns
    -------
    genome : SimulatedGenome
    pairs : Duplications

    Raises
    ------
    PrimaseError
        If the genome is too small for so many.
    """
    rng = np.random.default_rng([seed, 0xD0])
    room = sizes[1] + sizes[1] // 4 + 20  # a copy may be longer than its source
    slots = free_slots(genome, room)
    if len(slots) < 2 * pairs:
        raise PrimaseError(
            f"{pairs:,} pairs of up to {sizes[1]:,} letters do not fit: there is room for {len(slots) // 2:,}",
            fix="give fewer or shorter ones, or a larger genome",
        )
    chosen = rng.permutation(slots)[: 2 * pairs].reshape(-1, 2)
    sources, copies, pieces = np.empty((pairs, 3), np.int64), np.empty((pairs, 3), np.int64), []
    strands = rng.choice(np.array([1, -1], np.int8), pairs)
    kept = np.empty(pairs)
    for row, (from_slot, to_slot) in enumerate(chosen.tolist()):
        size = int(rng.integers(sizes[0], sizes[1] + 1))
        sources[row] = _stretch(genome, from_slot + int(rng.integers(0, room - size + 1)), size)
        codes = read_letters(genome, *sources[row].tolist())
        piece, kept[row] = _change(codes, 1 - rng.uniform(*identity), indels, rng)
        piece = piece[:room]
        copies[row] = _stretch(genome, to_slot + int(rng.integers(0, room - len(piece) + 1)), len(piece))
        pieces.append(piece if strands[row] > 0 else 3 - piece[::-1])
    places = genome.offsets[copies[:, 0]] + copies[:, 1]
    return plant_patches(genome, places, pieces), Duplications(sources, copies, strands, kept)


def _stretch(genome: SimulatedGenome, place: int, size: int) -> tuple[int, int, int]:
    contig = int(np.searchsorted(genome.offsets, place, side="right")) - 1
    start = place - int(genome.offsets[contig])
    return contig, start, start + size


def _change(codes: np.ndarray, rate: float, indels: float, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Substitute, leave out and put in letters; return the copy and the share of columns that stay equal."""
    shares = np.array([1 - rate, rate * (1 - indels), rate * indels / 2, rate * indels / 2])
    kinds = rng.choice(4, len(codes), p=shares)  # kept, substituted, left out, followed by another letter
    changed = np.where(kinds == 1, (codes + rng.integers(1, 4, len(codes))) % 4, codes).astype(np.uint8)
    times = np.array([1, 1, 0, 2])[kinds]
    copy = np.repeat(changed, times)
    inserted = np.cumsum(times)[kinds == 3] - 1
    copy[inserted] = rng.integers(0, 4, len(inserted))
    return copy, float(((kinds == 0) | (kinds == 3)).sum() / (len(codes) + len(inserted)))
