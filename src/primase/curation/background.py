"""Negatives from the genome: windows where nothing is known to lie, of the same GC as the loci or drawn at random."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from primase.core.errors import PrimaseError, UnknownName
from primase.curation.packing import PackedGenome

MATCHES = ("gc", "random")
STEPS = 1000  # bins of GC from 0 to 1
PLENTY = 10  # tiles for each window wanted: then one less per stretch does no harm
FARTHEST = 100  # steps between a locus and the window that stands in for it: beyond, it is no match


@dataclass(frozen=True, eq=False)
class Background:
    """Windows of a genome that overlap neither each other nor anything excluded, in the order of the genome.

    Attributes
    ----------
    contig : ndarray, shape=(M,), int32
        Index into the names of the genome.
    starts : ndarray, shape=(M,), int64
        0-based.
    facts : dict
        Plain values: ``match``, ``ratio``, ``seed``, ``wanted``, ``found``, ``candidates``, mean GC of the loci and of
        the windows; of matched ones the mean and the largest difference.
    notes : tuple of str
        The same as sentences, for the user.
    """

    contig: np.ndarray
    starts: np.ndarray
    facts: dict[str, Any]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.starts)


def draw_background(
    genome: PackedGenome,
    loci: tuple[np.ndarray, np.ndarray],
    width: int,
    *,
    excluded: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
    allowed: np.ndarray | None = None,
    ratio: float = 1.0,
    match: str = "gc",
    seed: int = 0,
) -> Background:
    """Draw windows from where no locus lies.

    The free stretches of the genome (no locus, nothing excluded, no unknown letter) are tiled, each from a random
    place, and tiles are drawn without replacement. With ``match="gc"`` every locus asks for `ratio` tiles of its own GC
    fraction to the nearest 0.1 %; where those run out, the nearest are taken, up to 10 % away. Where even those run
    out, fewer windows come back, and the notes say so.

    Parameters
    ----------
    genome : PackedGenome
    loci : (contig, starts), each shape=(N,)
        Windows of the positives: index into the genome's names, 0-based start (may lie beyond an edge).
    width : int
        Letters of each locus and of each window drawn.
    excluded : (contig, starts, ends), each shape=(E,), optional
        Where else no window may lie: whole peaks, a blacklist.
    allowed : ndarray, shape=(contigs,), bool, optional
        Contigs to draw from; default those on which a locus lies.
    ratio : float
        Windows per locus.
    match : str
        ``gc`` or ``random``.
    seed : int
        Same seed, same windows.

    Raises
    ------
    PrimaseError
        If there is no locus, the ratio is not positive, or no window is free.
    UnknownName
        If `match` is neither.
    """
    contig, starts = (np.asarray(column, np.int64) for column in loci)
    if match not in MATCHES:
        raise UnknownName("background", match, MATCHES)
    if not len(starts) or width < 1 or not ratio > 0:
        raise PrimaseError(
            f"background of {len(starts)} loci of {width} letters, {ratio:g} windows for each, cannot be drawn",
            fix="give at least one locus, and positive --window and --ratio",
        )
    used = np.bincount(contig, minlength=len(genome.names)) > 0
    chosen_contigs = used if allowed is None else np.asarray(allowed, bool)
    taken = [np.stack([contig, starts, starts + width])]
    taken += [np.stack([np.asarray(column, np.int64) for column in excluded])] if excluded is not None else []
    stretches = free_stretches(genome, np.concatenate(taken, 1), chosen_contigs, width)
    if not len(stretches):
        raise PrimaseError(
            f"no window of {width:,} letters is free of loci, exclusions and unknown letters on "
            f"{chosen_contigs.sum():,} of {len(chosen_contigs):,} contigs",
            fix="give a smaller --window, --negatives shuffle, or more --contigs",
        )
    rng = np.random.default_rng([seed, 0xB6])
    firsts, tiles = _tile(stretches, width, ratio * len(starts), rng)
    gc = gc_fractions(genome, (contig, starts), width)
    if match == "gc":
        chosen, matching = _draw_matched(genome, gc, (firsts, tiles), width, ratio, rng)
    else:
        wanted = round(ratio * len(starts))
        total = int(tiles.sum())
        chosen = np.sort(rng.choice(total, min(wanted, total), replace=False, shuffle=False))
        matching = {"wanted": wanted, "candidates": total}
    before = np.cumsum(tiles) - tiles
    row = np.searchsorted(before, chosen, side="right") - 1
    places = firsts[row] + (chosen - before[row]) * width
    where = np.searchsorted(genome.offsets, places, side="right") - 1
    drawn = (where.astype(np.int32), places - genome.offsets[where])
    facts = {"match": match, "ratio": ratio, "seed": seed, "found": len(chosen), **matching}
    facts |= {"mean_gc_loci": _mean(gc), "mean_gc": _mean(gc_fractions(genome, drawn, width))}
    left_out = [genome.names[i] for i in np.flatnonzero(~used)] if allowed is None else []
    return Background(*drawn, facts, _describe(facts, width, left_out))


def gc_fractions(genome: PackedGenome, windows: tuple[np.ndarray, np.ndarray], width: int) -> np.ndarray:
    """Return the share of C and G among the known letters of windows; NaN where a window has none.

    Parameters
    ----------
    genome : PackedGenome
    windows : (contig, starts), each shape=(N,)
        What lies beyond an edge counts as unknown.
    width : int

    Returns
    -------
    ndarray, shape=(N,), float64
    """
    from primase.curation.background_kernels import count_gc

    contig, starts = (np.asarray(column, np.int64) for column in windows)
    lows, highs = _places(genome, contig, starts, starts + width)
    known = highs - lows - genome.unknown_before(highs) + genome.unknown_before(lows)
    counts = count_gc(np.asarray(genome.bases), lows, highs)
    return np.divide(counts, known, out=np.full(len(starts), np.nan), where=known > 0)


def free_stretches(genome: PackedGenome, taken: np.ndarray, allowed: np.ndarray, shortest: int) -> np.ndarray:
    """List the stretches of known letters on allowed contigs that nothing taken touches.

    Parameters
    ----------
    genome : PackedGenome
    taken : ndarray, shape=(3, E), int64
        Contig, start and end of each interval; they may overlap and reach beyond the edges.
    allowed : ndarray, shape=(contigs,), bool
    shortest : int
        Letters that a stretch must have.

    Returns
    -------
    ndarray, shape=(S, 2), int64
        Start and end in the concatenated coordinate, in order; none crosses the edge of a contig.
    """
    ends_of_contigs = np.where(allowed, genome.offsets + genome.lengths, genome.offsets)
    following = np.append(genome.offsets[1:], genome.offsets[-1] + genome.lengths[-1])
    intervals = np.stack(_places(genome, *taken), 1)
    blocks = [
        np.stack([ends_of_contigs, following], 1),  # empty ones too: no stretch passes from contig to contig
        np.asarray(genome.unknown, np.int64).reshape(-1, 2),
        intervals[intervals[:, 0] < intervals[:, 1]],
    ]
    blocked = np.concatenate(blocks)
    blocked = blocked[np.argsort(blocked[:, 0], kind="stable")]
    lows = np.concatenate([[0], np.maximum.accumulate(blocked[:, 1])])
    highs = np.concatenate([blocked[:, 0], following[-1:]])
    keep = highs - lows >= shortest
    return np.stack([lows[keep], highs[keep]], 1)


def _tile(stretches: np.ndarray, width: int, wanted: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Lay tiles from a random place of every stretch; where few are to spare, as many as it holds.

    Returns
    -------
    firsts, tiles : ndarray, shape=(S,), int64
        Where the first tile of each stretch begins, and how many follow each other from there.
    """
    sizes = stretches[:, 1] - stretches[:, 0]
    plenty = (sizes // width).sum() > PLENTY * wanted
    phases = rng.integers(0, np.minimum(width, sizes - width + 1) if plenty else sizes % width + 1)
    return stretches[:, 0] + phases, (sizes - phases) // width


def _draw_matched(
    genome: PackedGenome,
    gc: np.ndarray,
    grid: tuple[np.ndarray, np.ndarray],
    width: int,
    ratio: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, dict[str, Any]]:
    """Draw tiles of the same GC as the loci; return their numbers, in order, and how well they match."""
    from primase.curation.background_kernels import bin_tiles, choose_tiles

    known = np.rint(gc[~np.isnan(gc)] * STEPS).astype(np.int64)
    wanted = round(ratio * len(known))
    if not wanted:
        raise PrimaseError(
            f"{len(known):,} loci with known letters, {ratio:g} windows for each, ask for no background",
            fix="give a larger --ratio, or loci where the genome is known",
        )
    rest = rng.permutation(len(known))[: wanted % len(known)]
    demand = np.bincount(known, minlength=STEPS + 1) * (wanted // len(known))
    demand += np.bincount(known[rest], minlength=STEPS + 1)
    bins, counts = bin_tiles(np.asarray(genome.bases), *grid, width, STEPS)
    taken, apart = _allot(demand, counts)
    steps = np.flatnonzero(apart)
    return choose_tiles(bins, counts, taken, rng), {
        "wanted": wanted,
        "candidates": len(bins),
        "mean_gc_difference": float((apart * np.arange(len(apart))).sum() / max(apart.sum(), 1) / STEPS),
        "largest_gc_difference": float(steps.max(initial=0) / STEPS),
        "unknown_loci": int(len(gc) - len(known)),
    }


def _allot(demand: np.ndarray, supply: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Meet the demand of every bin from the nearest bins that have something left.

    Returns
    -------
    taken : ndarray, shape=(bins,), int64
        What is taken of each bin's supply.
    apart : ndarray, shape=(FARTHEST + 1,), int64
        How much is taken that many bins away from where it was asked for.
    """
    demand, left = demand.copy(), supply.copy()
    apart = np.zeros(FARTHEST + 1, np.int64)
    size = len(demand)
    for distance in range(FARTHEST + 1):
        for low, high in ((0, distance), (distance, 0)) if distance else ((0, 0),):
            asking, giving = slice(low, size - high), slice(high, size - low)
            moved = np.minimum(demand[asking], left[giving])
            demand[asking] -= moved
            left[giving] -= moved
            apart[distance] += moved.sum()
    return supply - left, apart


def _describe(facts: dict[str, Any], width: int, left_out: list[str]) -> tuple[str, ...]:
    """Say what was drawn."""
    drawn = f"background: {facts['found']:,} windows of {width:,} letters"
    if facts["match"] == "gc":
        mean, largest = facts["mean_gc_difference"], facts["largest_gc_difference"]
        notes = [f"{drawn} matched by GC: mean difference from their loci {mean:.4f}, largest {largest:.3f}"]
        if facts["unknown_loci"]:
            notes.append(f"nothing matches {facts['unknown_loci']:,} of the loci: they have no known letter")
    else:
        notes = [f"{drawn} at random: mean GC {facts['mean_gc']:.3f}, of the loci {facts['mean_gc_loci']:.3f}"]
    if facts["found"] < facts["wanted"]:
        like = " of like GC" if facts["match"] == "gc" else ""
        notes.append(
            f"the background ran out: {facts['wanted']:,} windows were wanted, but only {facts['found']:,}{like} are "
            f"free (of {facts['candidates']:,} in all)"
        )
    if left_out:
        names = ", ".join(left_out[:10]) + (f" and {len(left_out) - 10:,} more" if len(left_out) > 10 else "")
        notes.append(f"left out of the background, since no locus lies there: {names}")
    return tuple(notes)


def _places(
    genome: PackedGenome, contig: np.ndarray, starts: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Turn intervals into stretches of the concatenation, cut at the edges of their contigs."""
    low = genome.offsets[contig]
    length = genome.lengths[contig]
    return low + np.clip(starts, 0, length), low + np.clip(ends, 0, length)


def _mean(values: np.ndarray) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None
