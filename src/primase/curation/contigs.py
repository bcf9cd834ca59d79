"""Names of contigs: those of a file are found again among those of a genome, whatever prefix the file's author used.

A name goes to the contig of the same name; else to the only one that differs by ``chr`` in front (``chr1``/``1``), by
case too, or that is the mitochondrion under another of its names (``chrM``/``MT``/``M``/``chrMT``). Where two could be
meant, none is: two contigs are never taken for one.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

import numpy as np

from primase.core.errors import FormatError
from primase.curation.intervals import Intervals, fit_contigs

_MITOCHONDRION = {"m", "mt", "mito", "mtdna", "mitochondrion"}
_MOST_SHOWN = 3  # names or rows that a sentence shows


def _bare(name: str) -> str:
    return name[3:] if name[:3].lower() == "chr" and len(name) > 3 else name


def _alike(name: str) -> str:
    bare = _bare(name).lower()
    return "mt" if bare in _MITOCHONDRION else bare


# from the strictest to the loosest
_FORMS: tuple[Callable[[str], str], ...] = (str, _bare, lambda name: _bare(name).lower(), _alike)


def match_contigs(names: Sequence[str], genome_lengths: Mapping[str, int]) -> tuple[np.ndarray, str]:
    """Find the names of one file among those of a genome.

    Parameters
    ----------
    names : sequence of str
        Of one file, each once.
    genome_lengths : mapping of str to int
        Contigs of the genome and their lengths.

    Returns
    -------
    index : ndarray, shape=(len(names),), int64
        Position among the contigs of the genome; -1 where there is none, or where it is not clear which is meant.
    note : str
        Which names were read as others; empty where all are the genome's own.

    Examples
    --------
    >>> match_contigs(["1", "MT", "7"], {"chr1": 100, "chrM": 10})
    (array([ 0,  1, -1]), '1 is read as chr1, MT as chrM')
    >>> match_contigs(["chr1", "1"], {"1": 100, "chr1": 90})[0].tolist()
    [1, 0]
    """
    known = list(genome_lengths)
    index = np.full(len(names), -1, np.int64)
    taken: set[int] = set()
    for form in _FORMS:
        places, askers = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
        for place, name in enumerate(known):
            places[form(name)].append(place)
        for row in np.flatnonzero(index < 0):
            askers[form(names[row])].append(int(row))
        for key, rows in askers.items():
            meant = places.get(key, [])
            if len(rows) == len(meant) == 1 and meant[0] not in taken:
                index[rows[0]] = meant[0]
                taken.add(meant[0])
    return index, _say_renamed(names, known, index)


def _say_renamed(names: Sequence[str], known: Sequence[str], index: np.ndarray) -> str:
    pairs = [(name, known[at]) for name, at in zip(names, index, strict=True) if at >= 0 and known[at] != name]
    if not pairs:
        return ""
    said = [f"{pairs[0][0]} is read as {pairs[0][1]}", *(f"{one} as {two}" for one, two in pairs[1:_MOST_SHOWN])]
    more = len(pairs) - len(said)
    return ", ".join(said) + (f" and {more} more alike" if more else "")


def place_intervals(
    intervals: Intervals,
    genome_lengths: Mapping[str, int],
    *,
    skip_missing: bool = False,
    drop_invalid: bool = False,
    cut: bool = False,
) -> Intervals:
    """Put the intervals of one file on a genome: its names in its order, every interval within its contig.

    Parameters
    ----------
    intervals : Intervals
        As read from one file.
    genome_lengths : mapping of str to int
        Contigs of the genome and their lengths.
    skip_missing : bool
        Leave out and count intervals on contigs that the genome does not have.
    drop_invalid : bool
        Leave out, count and list intervals that pass the ends of their contigs.
    cut : bool
        Cut and count intervals that reach over the ends of their contigs, where nothing is asked of them.

    Returns
    -------
    Intervals
        `contigs` are those of the genome; `notes` say what was renamed and left out.

    Raises
    ------
    FormatError
        If an interval is on no contig of the genome, or does not fit it; the first such row is named.
    """
    index, note = match_contigs(intervals.contigs, genome_lengths)
    notes = [f"{intervals.source}: {note}"] if note else []
    there = np.append(index, -1)[intervals.contig] >= 0
    if not there.all():
        counts = _count_rows(intervals, ~there)
        if not there.any() or not skip_missing:
            raise _missing(intervals, counts, int(np.argmin(there)), genome_lengths, none=not there.any())
        shown = ", ".join(f"{name} ({rows:,})" for name, rows in counts[:_MOST_SHOWN])
        more = f" and {len(counts) - _MOST_SHOWN} more" if len(counts) > _MOST_SHOWN else ""
        notes.append(
            f"{intervals.source}: {int((~there).sum()):,} of {len(there):,} rows are left out, since the genome has no "
            f"contig {shown}{more}"
        )
    kept = intervals.take(there)
    kept = replace(kept, contigs=tuple(genome_lengths), contig=index[kept.contig])
    if cut:
        lengths = np.array(list(genome_lengths.values()))[kept.contig]
        reach = (kept.ends > lengths) & (kept.starts < lengths)
        kept = replace(kept, ends=np.where(reach, lengths, kept.ends))
        notes += [f"{kept.source}: {_rows(int(reach.sum()))} cut at the end of the contig"] if reach.any() else []
    fits = fit_contigs(kept, genome_lengths)
    if fits.all():
        return replace(kept, notes=(*kept.notes, *notes))
    error = _misfit(kept, fits, genome_lengths)
    if not drop_invalid or not fits.any():
        raise error
    notes.append(f"{error.what.removeprefix(f'{error.path}, ')}; they are left out")
    places = (kept.place(int(row)) for row in np.flatnonzero(~fits))
    dropped = tuple(f"{path}, line {line}: beyond the end of its contig" for path, line in places)
    kept = kept.take(fits)
    return replace(kept, notes=(*kept.notes, *notes), dropped=(*kept.dropped, *dropped))


def _count_rows(intervals: Intervals, chosen: np.ndarray) -> list[tuple[str, int]]:
    """Return contigs and how many of the chosen rows each has, the most first."""
    counts = np.bincount(intervals.contig[chosen], minlength=len(intervals.contigs))
    order = np.argsort(-counts, kind="stable")[: int((counts > 0).sum())]
    return [(intervals.contigs[at], int(counts[at])) for at in order]


def _missing(
    intervals: Intervals, counts: list[tuple[str, int]], row: int, lengths: Mapping[str, int], *, none: bool
) -> FormatError:
    path, line = intervals.place(row)
    name = intervals.contigs[intervals.contig[row]]
    what = f"the genome has no contig {name!r} ({_rows(dict(counts)[name])} on it"
    if len(counts) > 1:
        others = sum(rows for _, rows in counts)
        what += f"; {len(counts)} such contigs with {_rows(others)} in all"
    near = close_names(name, lengths)
    offer = f"it has {', '.join(near)}" if near else f"its contigs are {_some(lengths)}"
    if none:
        return FormatError(
            path, f"{what}), nor any other of the file", line=line,
            fix=f"give the genome on which the intervals were called ({offer})",
        )  # fmt: skip
    return FormatError(
        path, what + ")", line=line,
        fix=f"give the name as the genome has it ({offer}), or leave such rows out with --skip-missing-contigs",
    )  # fmt: skip


def close_names(name: str, genome_lengths: Mapping[str, int]) -> list[str]:
    """Return up to three contigs of a genome whose names are like `name`, the nearest first.

    Examples
    --------
    >>> close_names("chr20", {"chr2": 1, "chrX": 1, "scaffold_7": 1})
    ['chr2', 'chrX']
    """
    alike = [other for other in genome_lengths if _alike(other) == _alike(name)]
    near = get_close_matches(name, list(genome_lengths), n=_MOST_SHOWN, cutoff=0.6)
    return list(dict.fromkeys([*alike, *near]))[:_MOST_SHOWN]


def _misfit(intervals: Intervals, fits: np.ndarray, lengths: Mapping[str, int]) -> FormatError:
    row = int(np.argmin(fits))
    path, line = intervals.place(row)
    name = intervals.contigs[intervals.contig[row]]
    count = int((~fits).sum())
    return FormatError(
        path,
        f"{intervals.spell(row)} is not within {name}, which has {lengths[name]:,} letters in this genome; "
        f"{count:,} of {_rows(len(fits))} {'does' if count == 1 else 'do'} not fit, so the file looks like "
        "one of another assembly",
        fix="give the assembly on which the intervals were called, or leave such rows out with --drop-invalid",
        line=line,
    )


def _some(names: Sequence[str] | Mapping[str, int]) -> str:
    listed = list(names)
    return ", ".join(listed[:_MOST_SHOWN]) + (", ..." if len(listed) > _MOST_SHOWN else "")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
