"""Places on a genome. Coordinates are 0-based and half-open."""

import re
from dataclasses import dataclass

from primase.core.errors import PrimaseError


@dataclass(frozen=True, order=True)
class Interval:
    """A stretch of one chromosome.

    Attributes
    ----------
    chrom : str
        Name as written.
    start, end : int
        0-based, half-open.
    strand : str
        ``+``, ``-`` or ``.``.
    """

    chrom: str
    start: int
    end: int
    strand: str = "."

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise PrimaseError(f"{self.chrom}:{self.start}-{self.end} is no interval", fix="give 0 <= start <= end")


# chr1:5-9, range=chr1:5-9, CHR1_5_9, chr1,+,5,9 : the ways in which headers of the field name a window
_CHROM = r"(?P<chrom>(?:chr|CHR|Chr)[A-Za-z0-9]+(?:_(?:random|alt|fix))?|[0-9]{1,2}|[XYM]|MT|NC_[0-9.]+)"
_NUMBER = r"[0-9][0-9,]*"
_PATTERNS = (
    re.compile(rf"(?<![A-Za-z0-9]){_CHROM}:(?P<start>{_NUMBER})(?:-|\.\.)(?P<end>{_NUMBER})(?:\((?P<strand>[+-])\))?"),
    re.compile(r"(?<![A-Za-z0-9])(?P<chrom>(?:chr|CHR|Chr)[A-Za-z0-9]+)[_|](?P<start>\d+)[_|-](?P<end>\d+)(?![0-9])"),
    re.compile(rf"(?<![A-Za-z0-9]){_CHROM},(?P<strand>[+-]),(?P<start>\d+),(?P<end>\d+)(?![0-9])"),
)


def find_interval(header: str) -> Interval | None:
    """Read the genomic window that a header names, or None.

    Headers do not say whether they count from 0 or from 1; the numbers are taken as they stand, which is enough to see
    that two windows overlap or adjoin.

    Examples
    --------
    >>> find_interval("CHR13_99137199_99137399")
    Interval(chrom='chr13', start=99137199, end=99137399, strand='.')
    >>> find_interval("seq_00001_peak") is None
    True
    """
    for pattern in _PATTERNS:
        match = pattern.search(header)
        if match:
            start, end = (int(match[name].replace(",", "")) for name in ("start", "end"))
            if start <= end:
                chrom = match["chrom"]
                chrom = "chr" + chrom[3:] if chrom[:3].lower() == "chr" else chrom
                strand = match.groupdict().get("strand") or "."
                return Interval(chrom, start, end, strand)
    return None
