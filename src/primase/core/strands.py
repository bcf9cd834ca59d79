"""Tracks of the two strands of one experiment."""

import re
from collections.abc import Sequence
from itertools import takewhile

_REVERSE = re.compile(r"(?i)(minus|neg|negative|rev|reverse)$")


def group_strands(names: Sequence[str], pairs: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the tracks of each experiment: one, or its two strands, the forward one first.

    Parameters
    ----------
    names : sequence of str
        Tracks.
    pairs : sequence of int
        For each track, that of the other strand; its own number where there is none. Empty: no track has a strand.

    Examples
    --------
    >>> group_strands(["a_minus", "a_plus", "b"], [1, 0, 2])
    [(1, 0), (2,)]
    """
    pairs = pairs or range(len(names))
    groups = [sorted({track, other}) for track, other in enumerate(pairs) if track <= other]
    return [tuple(sorted(group, key=lambda track: bool(_REVERSE.search(names[track])))) for group in groups]


def experiment_names(names: Sequence[str], pairs: Sequence[int]) -> list[str]:
    """Return the name of each of `group_strands`: what the names of its tracks begin with.

    Examples
    --------
    >>> experiment_names(["a_minus", "a_plus", "b"], [1, 0, 2])
    ['a', 'b']
    """
    found = []
    for group in group_strands(names, pairs):
        tracks = [names[track] for track in group]
        if len(tracks) == 1:
            found += tracks
            continue
        same = takewhile(lambda letters: letters[0] == letters[1], zip(*tracks, strict=False))
        shared = "".join(letter for letter, _ in same).rstrip("_-. ")
        found.append(shared if shared and shared not in (*names, *found) else " and ".join(tracks))
    return found
