"""The definition of a near-duplicate, taken literally and slowly: the table of Sellers for every start of a stretch."""

import math

import numpy as np


def prefix_edits(pattern: str, text: str) -> list[int]:
    """Edit distance of each prefix of `pattern` to the stretch of `text` that is nearest to it."""
    letters = np.array(list(text))
    row = np.zeros(len(text) + 1, int)
    least = [0]
    for i, letter in enumerate(pattern, 1):
        step = np.empty_like(row)
        step[0] = i
        step[1:] = np.minimum(row[:-1] + (letters != letter), row[1:] + 1)
        ramp = np.arange(len(step))  # a run of inserted letters: the least of all cells to the left, plus the way
        row = np.minimum.accumulate(step - ramp) + ramp
        least.append(int(row.min()))
    return least


def holds(short: str, long: str) -> bool:
    """Whether a stretch of at least 80 % of `short` is within 20 % edits of a stretch of `long`."""
    stretch = math.ceil(4 * len(short) / 5)
    for start in range(len(short) - stretch + 1):
        least = prefix_edits(short[start:], long)
        if any(5 * least[size] <= size for size in range(stretch, len(least))):
            return True
    return False


def near(one: str, two: str, *, both: bool = True) -> bool:
    """Whether two sequences are near-duplicates; of two equally long ones either may be the shorter."""
    turned = two[::-1].translate(str.maketrans("ACGT", "TGCA"))
    for other in (two, turned) if both else (two,):
        if len(one) <= len(other) and holds(one, other):
            return True
        if len(other) <= len(one) and holds(other, one):
            return True
    return False
