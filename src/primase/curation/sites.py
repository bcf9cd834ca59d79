"""Where factors bind on a simulated genome: motifs are planted, and every match that is good enough counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from primase.core.errors import PrimaseError
from primase.core.motifs import find_motif
from primase.curation.genomes import CHUNK, SimulatedGenome, free_slots, plant_patches, read_letters

SLOT = 400  # letters kept for one planted site and its helper
REACH = 150  # letters from the centre of a site as far as which its reads begin, and as far as which helpers act
HELP_DECAY = 50.0  # letters, standard deviation of how a helper's effect falls with the distance
WEAKEST = 0.2  # quantile of a motif's own sites below which a match counts as no site
HALVING = 3.0  # bits of the motif's score that halve what binds


@dataclass(frozen=True, kw_only=True)
class Factor:
    """What binds, and how its reads lie around it.

    Attributes
    ----------
    motif : str
        JASPAR name or accession; of ten letters or more, or chance matches are as many as planted sites.
    sites : int
        How many are planted; chance matches as good as those bind as well.
    reads : float
        Expected reads of a perfect site without help.
    offset : int
        Letters from the motif's centre to the 5' ends: upstream on the forward strand, downstream on the reverse one.
    sharpness : float
        Standard deviation of those 5' ends, in letters.
    second : float
        Share of the forward strand's reads that begin 20 letters further upstream: tells the motif's direction.
    helper : str, optional
        JASPAR motif that, near a site, multiplies its reads.
    boost : float
        What a helper beside the site adds, as a multiple of the site's own reads.
    helped : float
        Share of the planted sites that get a helper.
    """

    motif: str
    sites: int = 1000
    reads: float = 400.0
    offset: int = 12
    sharpness: float = 2.5
    second: float = 0.3
    helper: str | None = None
    boost: float = 3.0
    helped: float = 0.4


@dataclass(frozen=True, eq=False)
class Sites:
    """Where factors bind, in the order of the genome.

    Attributes
    ----------
    contig : ndarray, shape=(S,), int64
    centres : ndarray, shape=(S,), int64
        Position ``width // 2`` of the motif, as it reads.
    strands : ndarray, shape=(S,), int8
    factor : ndarray, shape=(S,), int64
        Index into the factors.
    rates : ndarray, shape=(S,), float64
        Expected reads.
    """

    contig: np.ndarray
    centres: np.ndarray
    strands: np.ndarray
    factor: np.ndarray
    rates: np.ndarray


def footprint(factor: Factor) -> np.ndarray:
    """Return how the 5' ends of one site's reads are distributed, the motif read from left to right.

    Returns
    -------
    ndarray, shape=(2, 2 * REACH + 1), float64
        Forward and reverse strand; the motif's centre at position `REACH`. Sums to 1, half of it on each strand. Two
        thirds of the reads begin in sharp piles, the others up to some 100 letters around them.
    """
    x = np.arange(-REACH, REACH + 1)

    def pile(centre: float, width: float) -> np.ndarray:
        shape = np.exp(-0.5 * ((x - centre) / width) ** 2)
        return shape / shape.sum()

    near, far = pile(-factor.offset, factor.sharpness), pile(-factor.offset - 20, factor.sharpness)
    forward = 2 / 3 * ((1 - factor.second) * near + factor.second * far) + pile(-factor.offset - 10, 30) / 3
    reverse = 2 / 3 * pile(factor.offset, factor.sharpness) + pile(factor.offset + 10, 30) / 3
    return np.stack([forward, reverse]) / 2


def find_sites(genome: SimulatedGenome, factors: Sequence[Factor]) -> Sites:
    """Find every place of the genome where a factor binds, and how many reads are expected of it."""
    rows = []
    for number, factor in enumerate(factors):
        places, strands, affinity = _find_matches(genome, factor.motif)
        rates = factor.reads * affinity
        if factor.helper is not None:
            helpers = _find_matches(genome, factor.helper)[0]
            rates *= 1 + factor.boost * _help(genome, places, helpers)
        rows.append((places, strands, np.full(len(places), number), rates))
    places, strands, number, rates = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.argsort(places, kind="stable")
    contig = np.searchsorted(genome.offsets, places[order], side="right") - 1
    return Sites(contig, places[order] - genome.offsets[contig], strands[order], number[order], rates[order])


def plant_sites(genome: SimulatedGenome, factors: Sequence[Factor], rng: np.random.Generator) -> SimulatedGenome:
    """Plant the sites of all factors and their helpers, each with the letters around it to itself.

    Raises
    ------
    PrimaseError
        If the genome has too little room.
    UnknownName
        If JASPAR does not know a motif.
    """
    slots = free_slots(genome, SLOT)
    wanted = sum(factor.sites for factor in factors)
    if len(slots) < wanted:
        raise PrimaseError(
            f"{wanted:,} sites need {wanted * SLOT:,} letters; the genome has room for {len(slots):,}",
            fix="plant fewer, or give a larger genome",
        )
    owners = np.repeat(np.arange(len(factors)), [factor.sites for factor in factors])
    places, pieces = [], []
    for slot, owner in zip(rng.permutation(slots)[:wanted].tolist(), owners.tolist(), strict=True):
        factor = factors[owner]
        site = _draw_instance(factor.motif, rng)
        place = slot + SLOT // 2 - len(site) // 2 + int(rng.integers(-30, 31))
        places.append(place)
        pieces.append(site)
        if factor.helper is not None and rng.random() < factor.helped:
            helper = _draw_instance(factor.helper, rng)
            gap = int(rng.integers(2, 41))
            places.append(place + len(site) + gap if rng.random() < 0.5 else place - gap - len(helper))
            pieces.append(helper)
    return plant_patches(genome, np.array(places, np.int64), pieces)


@cache
def _scoring(name: str) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Return a motif's probabilities (W, 4), its scores in bits (W, 5), the score of a site and that of the best."""
    matrix = np.asarray(find_motif(name).probabilities, float).T + 0.01
    matrix /= matrix.sum(1, keepdims=True)
    bits = np.log2(matrix / 0.25)
    draws = _draw_letters(matrix, 5000, np.random.default_rng(0))
    own = np.take_along_axis(bits, draws.T, 1).sum(0)
    scores = np.concatenate([bits, np.full((len(bits), 1), -1e6)], 1).astype(np.float32)  # an unknown letter: no site
    return matrix, scores, float(np.quantile(own, WEAKEST)), float(bits.max(1).sum())


def _draw_letters(matrix: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw instances, shape (count, W), from the probabilities, shape (W, 4)."""
    return (rng.random((count, len(matrix), 1)) > matrix.cumsum(1)[:, :3]).sum(2).astype(np.uint8)


def _draw_instance(name: str, rng: np.random.Generator) -> np.ndarray:
    """Draw one instance that is good enough to be a site, on either strand."""
    matrix, scores, least, _ = _scoring(name)
    rows = np.arange(len(matrix))
    while scores[rows, (letters := _draw_letters(matrix, 1, rng)[0])].sum() < least:
        pass
    return letters if rng.random() < 0.5 else 3 - letters[::-1]


def _find_matches(genome: SimulatedGenome, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find a motif's sites: their centres as places through all contigs, strands, and affinities up to 1."""
    from primase.curation.simulation_kernels import score_windows

    _, forward, least, best = _scoring(name)
    width = len(forward)
    reverse = np.ascontiguousarray(forward[::-1, [3, 2, 1, 0, 4]])
    found = []
    for contig, low in enumerate(genome.offsets[:-1].tolist()):
        length = int(genome.lengths[contig])
        for start in range(0, length, CHUNK):
            codes = read_letters(genome, contig, start, min(start + CHUNK + width - 1, length))
            one, two = score_windows(codes, forward), score_windows(codes, reverse)
            hits = np.flatnonzero(np.maximum(one, two) >= least)
            ahead = one[hits] >= two[hits]
            centre = np.where(ahead, width // 2, width - 1 - width // 2)
            found.append(np.stack([low + start + hits + centre, np.where(ahead, 1, -1), np.maximum(one, two)[hits]]))
    places, strands, scores = np.concatenate(found, 1)
    while len(near := np.flatnonzero(np.diff(places) <= width // 2)):  # of matches that overlap by half, the best
        worse = np.where(scores[near] < scores[near + 1], near, near + 1)
        places, strands, scores = (np.delete(column, worse) for column in (places, strands, scores))
    return places.astype(np.int64), strands.astype(np.int8), 2 ** ((scores - best) / HALVING)


def _help(genome: SimulatedGenome, places: np.ndarray, helpers: np.ndarray) -> np.ndarray:
    """Return how much help, 0 to 1, every site gets from the helper motifs around it."""
    first = np.searchsorted(helpers, places - REACH)
    counts = np.searchsorted(helpers, places + REACH, side="right") - first
    owner = np.repeat(np.arange(len(places)), counts)
    other = helpers[np.arange(len(owner)) + np.repeat(first - np.cumsum(counts) + counts, counts)]
    contigs = (np.searchsorted(genome.offsets, column, side="right") for column in (places[owner], other))
    effect = np.exp(-0.5 * ((other - places[owner]) / HELP_DECAY) ** 2) * np.equal(*contigs)
    return np.minimum(np.bincount(owner, effect, len(places)), 1)
