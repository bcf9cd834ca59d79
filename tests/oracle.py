"""The definition of a near-duplicate, taken literally and slowly: Sellers' table from every start of a stretch.

No code of the library is used: bit-parallel words, seeds and bounds are what these tables check.
"""

import numba
import numpy as np


@numba.njit(cache=True)
def _holds(short: np.ndarray, long: np.ndarray) -> bool:
    """Whether a stretch of at least 80 % of `short` is within 20 % edits of a stretch of `long`."""
    least = (4 * len(short) + 4) // 5
    for start in range(len(short) - least + 1):
        above = np.zeros(len(long) + 1, np.int64)
        for i in range(start, len(short)):
            row = np.empty(len(long) + 1, np.int64)
            row[0] = i - start + 1
            for j in range(len(long)):
                row[j + 1] = min(above[j] + (short[i] != long[j]), above[j + 1] + 1, row[j] + 1)
            size, edits = i - start + 1, row.min()
            if size >= least and 5 * edits <= size:
                return True
            if 5 * edits > len(short) - start:  # the edits of longer prefixes are no fewer
                break
            above = row
    return False


@numba.njit(cache=True)
def _near(one: np.ndarray, two: np.ndarray) -> bool:
    return (len(one) <= len(two) and _holds(one, two)) or (len(two) <= len(one) and _holds(two, one))


def near(one: str, two: str, *, both: bool = True) -> bool:
    """Whether two sequences are near-duplicates; of two equally long ones either may be the shorter."""
    turned = two[::-1].translate(str.maketrans("ACGT", "TGCA"))
    first, *others = (np.frombuffer(text.encode(), np.uint8) for text in (one, two, turned))
    return any(_near(first, other) for other in (others if both else others[:1]))
