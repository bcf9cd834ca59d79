"""Motifs: from attributions to matrices, tested on the labels, compared with known ones, written as files."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from scipy import stats
from torch.nn import functional

from primase.core.alphabet import DNA, Alphabet
from primase.core.errors import PrimaseWarning
from primase.core.files import write_text
from primase.core.motifs import Motif, consensus, information, write_meme
from primase.interpretation.attributions import MAIN_METHOD, Attributions
from primase.interpretation.clustering import Cluster, cluster_seqlets, cut, flip
from primase.interpretation.seqlets import find_seqlets

FLANK = 15  # letters on either side of a site's middle that a matrix is first made of
BITS = 0.3  # information of the outermost columns of a motif
LEAST_BITS = 4.0  # of a whole motif: the -10 element of E. coli has no more; whether it means something the labels tell
SITE_BITS = 5.0  # by which a member is likelier under the matrix than by chance: one in 30 alignments was chosen
PSEUDO = 0.01  # added to shares before logarithms
ROUNDS = 3
HIT = 0.6  # share of the highest possible score at which a site counts as a hit
LEVEL = 0.01  # of the test on the labels, divided by the number of candidates
FEW_KNOWN = 25  # known motifs below which TOMTOM's p-values are shaky
MATCH_LEVEL = 0.05  # q-value up to which a known motif gives its name
COLUMNS = ("motif", "consensus", "n_seqlets", "match_id", "match_name", "p_value", "q_value")


@dataclass(frozen=True, eq=False)
class FoundMotif:
    """A motif that a model has learned.

    Attributes
    ----------
    name : str
        ``motif_1`` is the one most strongly associated with the target.
    target : str
        Class or target whose logit it moves.
    sign : int
        1 if it raises the logit, -1 if it lowers it.
    pfm : ndarray, shape=(4, W)
        Share of each letter over the sites.
    cwm : ndarray, shape=(4, W)
        Mean contribution of each letter over the sites, in logits.
    n_seqlets : int
        Sites that it was made from.
    association : float
        Spearman correlation of the best score in a sequence with the known answers; NaN where none were given.
    match_id, match_name : str
        The nearest known motif; empty where none is near.
    p_value, q_value : float
        Of the nearest known motif, near or not; NaN before `name_motifs`.
    """

    name: str
    target: str
    sign: int
    pfm: np.ndarray
    cwm: np.ndarray
    n_seqlets: int
    association: float = float("nan")
    match_id: str = ""
    match_name: str = ""
    p_value: float = float("nan")
    q_value: float = float("nan")

    def __len__(self) -> int:
        return self.pfm.shape[1]


@dataclass(frozen=True)
class FoundMotifs:
    """All motifs that were found, and how to write them.

    Attributes
    ----------
    motifs : tuple of FoundMotif
    alphabet : Alphabet
        DNA or RNA.
    strands : int
        2 if a site may lie on either strand.
    """

    motifs: tuple[FoundMotif, ...]
    alphabet: Alphabet = DNA
    strands: int = 2

    def __len__(self) -> int:
        return len(self.motifs)

    def __iter__(self) -> Iterator[FoundMotif]:
        return iter(self.motifs)

    def consensus(self, motif: FoundMotif) -> str:
        """Return a motif as letters."""
        return consensus(motif.pfm, self.alphabet)

    def save_meme(self, path: str | Path) -> None:
        """Write ``motifs.meme``."""
        matrices = [Motif(m.match_name or m.name, m.name, m.pfm, m.n_seqlets) for m in self.motifs]
        write_meme(path, matrices, alphabet=self.alphabet, strands=self.strands)

    def save_tsv(self, path: str | Path) -> None:
        """Write ``motifs.tsv``, one line per motif with the columns `COLUMNS`."""
        lines = ["\t".join(COLUMNS)]
        for m in self.motifs:
            numbers = ["" if np.isnan(value) else f"{value:.3g}" for value in (m.p_value, m.q_value)]
            lines.append("\t".join([m.name, self.consensus(m), str(m.n_seqlets), m.match_id, m.match_name, *numbers]))
        write_text(path, "\n".join(lines) + "\n")


def discover_motifs(
    attributions: Attributions,
    *,
    answers: Mapping[str, np.ndarray] | None = None,
    sequences: np.ndarray | None = None,
    alphabet: Alphabet = DNA,
    strands: int = 2,
    method: str = MAIN_METHOD,
) -> FoundMotifs:
    """Find the motifs that a model has learned.

    Seqlets of either sign are clustered and aligned; their letters give a matrix, trimmed by information. A matrix is
    kept only if the best score in a sequence goes with the known answers of sequences unseen in training.
    The strongest is taken first and its hits are masked, so that fragments and shadows of it, and whatever else a
    network has made up, do not pass.

    Parameters
    ----------
    attributions : Attributions
        Of held-out sequences, ideally some hundreds, of all classes.
    answers : mapping of str to ndarray, optional
        For each target to explain, the known answers, shape (M,): 0 or 1, or a value. Without it every target is
        explained and no matrix is tested.
    sequences : ndarray, shape=(M, 4, L), optional
        The sequences that the answers belong to; default: those of `attributions`.
    alphabet : Alphabet
        DNA or RNA.
    strands : int
        2 if a site may lie on either strand; RNA has one.
    method : str
        Which attributions.

    Returns
    -------
    FoundMotifs
        Unnamed: see `name_motifs`. May be empty.

    References
    ----------
    The order of the steps is that of TF-MoDISco (Shrikumar et al. 2018, arXiv:1811.00416); the steps are our own.
    """
    sequences = attributions.sequences if sequences is None else sequences
    found: list[FoundMotif] = []
    targets = attributions.targets if answers is None else tuple(answers)
    for target in targets:
        candidates = [m for sign in (1, -1) for m in _candidates(attributions, method, target, sign, strands)]
        if answers is None:
            kept = sorted(candidates, key=lambda motif: -motif.n_seqlets)
        else:
            kept = _associated(candidates, sequences, np.asarray(answers[target], float), strands)
        prefix = "" if len(targets) == 1 else f"{target}."
        found += [replace(motif, name=f"{prefix}motif_{number}") for number, motif in enumerate(kept, 1)]
    return FoundMotifs(tuple(found), alphabet, strands)


def _candidates(attributions: Attributions, method: str, target: str, sign: int, strands: int) -> list[FoundMotif]:
    values, sequences = attributions.of(method, target), attributions.sequences
    seqlets = find_seqlets(attributions.projected(method, target), sequences.any(1), sign=sign)
    smallest = max(10, len(sequences) // 50)
    clusters = cluster_seqlets(seqlets, values, sequences, strands=strands, smallest=smallest)
    motifs = (_matrix(cluster, values, sequences, target, sign, smallest) for cluster in clusters)
    return [motif for motif in motifs if motif is not None]


def _matrix(
    cluster: Cluster, values: np.ndarray, sequences: np.ndarray, target: str, sign: int, smallest: int
) -> FoundMotif | None:
    """Make the matrices of a cluster: wide first, then trimmed; None where the letters hold too little information.

    Members that are no more like the matrix than chance would have it leave, and the matrix is made again.
    """
    letters = cut(sequences, cluster.rows, cluster.centres, FLANK).astype(float)
    weights = letters * cut(values, cluster.rows, cluster.centres, FLANK)
    letters, weights = (np.where(cluster.strands[:, None, None] == 1, each, flip(each)) for each in (letters, weights))
    background = sequences.sum((0, 2)) / sequences.sum()
    chosen = np.ones(len(letters), bool)
    for _ in range(ROUNDS):
        span = _informative(letters[chosen], background)
        if span is None or chosen.sum() < smallest:
            return None
        pfm = _shares(letters[chosen])[:, span]
        odds = np.log2((pfm + PSEUDO) / (1 + 4 * PSEUDO) / background[:, None])
        chosen = (letters[..., span] * odds).sum((1, 2)) >= SITE_BITS
    cwm = weights[chosen].sum(0) / max(chosen.sum(), 1)
    return FoundMotif("motif", target, sign, pfm, cwm[:, span], int(chosen.sum()))


def _shares(letters: np.ndarray) -> np.ndarray:
    """Return the share of each letter, shape (4, W), in aligned sites (S, 4, W)."""
    counts = letters.sum(0)
    return counts / np.maximum(counts.sum(0), 1)


def _informative(letters: np.ndarray, background: np.ndarray) -> slice | None:
    """Return the columns that hold the information of aligned sites; None if they hold too little.

    A column counts by what it has beyond `BITS`, so that a stray one beside the core does not take its gap along.
    """
    total = letters.sum((0, 1))
    # finite samples seem informative: Schneider et al. 1986, doi:10.1016/0022-2836(86)90165-8
    bits = information(_shares(letters), background) - 3 / (2 * np.log(2) * np.maximum(total, 1))
    bits[total < len(letters) / 2] = 0
    sums = np.concatenate([[0.0], np.cumsum(bits - BITS)])
    gains = np.triu(sums[None, :] - sums[:, None])
    first, end = np.unravel_index(gains.argmax(), gains.shape)
    if first == end or bits[first:end].sum() < LEAST_BITS:
        return None
    return slice(int(first), int(end))


def _associated(
    candidates: Sequence[FoundMotif], sequences: np.ndarray, answers: np.ndarray, strands: int
) -> list[FoundMotif]:
    """Keep the motifs that go with the answers, the strongest first, each tested also with those before it masked."""
    known = np.isfinite(answers)
    answers, left = answers[known], torch.as_tensor(sequences[known]).float()

    def passing(motif: FoundMotif) -> tuple[float, float, FoundMotif] | None:
        r, p = _association(_scan(motif.pfm, left, strands)[0], answers)
        passes = p * len(candidates) <= LEVEL and np.sign(r) == motif.sign
        return (p, -abs(r), replace(motif, association=r)) if passes else None

    kept: list[FoundMotif] = []
    # masking shortens what holds a motif, and so favours the opposite sign: who fails unmasked is out
    remaining = [motif for motif in candidates if passing(motif)]
    while tests := [test for motif in remaining if (test := passing(motif))]:
        best = min(tests, key=lambda test: test[:2])[2]
        kept.append(best)
        remaining = [test[2] for test in tests if test[2] is not best]
        left = left * ~_scan(best.pfm, left, strands)[1][:, None]
    return kept


def _association(scores: np.ndarray, answers: np.ndarray) -> tuple[float, float]:
    """Return Spearman's correlation and its p-value; 0 and 1 where one side is constant."""
    if np.ptp(scores) == 0 or np.ptp(answers) == 0:
        return 0.0, 1.0
    found = stats.spearmanr(scores, answers)
    return float(found[0]), float(found[1])


def _scan(pfm: np.ndarray, sequences: torch.Tensor, strands: int) -> tuple[np.ndarray, torch.Tensor]:
    """Return the best score in each sequence, (N,), and which letters lie under a hit, (N, L) bool."""
    odds = np.log2((pfm + PSEUDO) / (1 + 4 * PSEUDO) / 0.25)
    weights = torch.tensor(np.stack([odds, flip(odds)][:strands]), dtype=torch.float32)
    width = pfm.shape[1]
    padded = functional.pad(sequences, (0, max(0, width - sequences.shape[2])))
    unknown = 1 - padded.sum(1, keepdim=True)  # counts as the worst letter
    scores = functional.conv1d(padded, weights) + functional.conv1d(unknown, weights.amin(1, keepdim=True))
    scores = scores.amax(1)
    hits = (scores >= HIT * odds.max(0).sum()).float()
    under = functional.conv_transpose1d(hits[:, None], torch.ones(1, 1, width))[:, 0] > 0
    return scores.amax(1).numpy(), under[:, : sequences.shape[2]]


def name_motifs(found: FoundMotifs, known: Sequence[Motif]) -> FoundMotifs:
    """Compare motifs with known ones by TOMTOM, and name those that match.

    Parameters
    ----------
    found : FoundMotifs
    known : sequence of Motif
        Such as ``jaspar_motifs("vertebrates")``; the q-values (Benjamini-Hochberg) are over all of them.

    Returns
    -------
    FoundMotifs

    References
    ----------
    Gupta et al. 2007, doi:10.1186/gb-2007-8-2-r24; as implemented in memelite.
    """
    if not found.motifs or not known:
        return found
    from memelite import tomtom

    if len(known) < FEW_KNOWN:
        words = (
            f"{len(known)} known motifs are few: TOMTOM's p-values need some {FEW_KNOWN}, since they are its background"
        )
        warnings.warn(PrimaseWarning(words), stacklevel=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # memelite's own words on the same
        targets = [motif.probabilities for motif in known]
        p_values = tomtom([m.pfm for m in found], targets, reverse_complement=found.strands == 2)[0].clip(0, 1)
    named = []
    for motif, p in zip(found, p_values, strict=True):
        q = stats.false_discovery_control(p)
        best = int(np.argmin(p))
        near = q[best] <= MATCH_LEVEL
        names = (known[best].accession, known[best].name) if near else ("", "")
        named.append(
            replace(motif, match_id=names[0], match_name=names[1], p_value=float(p[best]), q_value=float(q[best]))
        )
    return replace(found, motifs=tuple(named))
