"""What a user may say of data that are places on a genome."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from primase.core.errors import PrimaseError
from primase.core.plan import check_fields

EXCLUDED_FLAGS = 0xF04  # unmapped, secondary, failed, duplicate, supplementary


@dataclass(frozen=True, kw_only=True)
class GenomeOptions:
    """How intervals, tracks and alignments on a genome become a data set; every field has a flag of the same name.

    Attributes
    ----------
    genome : str, optional
        FASTA file; where it is given, the inputs are intervals, tracks or alignments, and no sequences.
    tracks : tuple of str
        bigWig, bedGraph, BAM or CRAM files to be predicted, beside those among the inputs.
    peaks : str, optional
        Intervals at whose middles the windows of tracks lie; without, windows tile the genome.
    control : tuple of str
        Tracks that the model is given beside the sequence.
    feature : str, optional
        Of GFF and GTF files: ``tss``, ``exon``, ``gene``, or any type of column 3.
    window : int, optional
        Letters of a window; 1,000 around a summit or middle, and 8,192 for tiles.
    output_window : int, optional
        Letters in the middle of a window whose signal is predicted; by default all of it.
    bin : int, optional
        Letters per bin of a track; by default 1 at peaks, and 128 for tiles.
    stride : int, optional
        Letters from one tile to the next; by default `output_window`.
    label_bin : int
        Letters in the middle of a window that decide its labels, where there are several files of peaks.
    overlap : float
        Share of the label bin that a peak must cover.
    blacklist : str, optional
        Intervals that no window may touch.
    ratio : float
        Made-up negatives per positive.
    contigs : tuple of str
        Contigs that are used; by default those on which an input has a row.
    test_contigs, valid_contigs : tuple of str
        Contigs of the test part and of the validation part.
    skip_missing_contigs : bool
        Leave out, and count, what lies on contigs that the genome does not have.
    reads : str
        What of an alignment is counted: ``ends`` (5' ends) or ``coverage``; ``auto`` takes ends for bins of one letter.
    stranded : str
        ``on`` makes a track of each strand of an alignment, ``off`` one of both; ``auto`` is on for bins of one letter.
    atac : bool
        Shift 5' ends by +4 and -4 letters, to the middle of what the transposase binds.
    mapq : int
        Least mapping quality of a read.
    exclude_flags, require_flags : int
        SAM flags that a read must not have, and those that it must have.
    crop : int
        Bins left out at each end of the output window.
    scale : float
        What each binned value is multiplied by.
    clip_soft, clip : float, optional
        Values above `clip_soft` count with their square root above it; none counts more than `clip`.
    jitter : int, optional
        Letters by which a window may be shifted in training together with its tracks; 200 for bins of one letter.

    Raises
    ------
    PrimaseError
        If a value is not one of those above.
    """

    genome: str | None = None
    tracks: tuple[str, ...] = ()
    peaks: str | None = None
    control: tuple[str, ...] = ()
    feature: str | None = None
    window: int | None = None
    output_window: int | None = None
    bin: int | None = None
    stride: int | None = None
    label_bin: int = 200
    overlap: float = 0.5
    blacklist: str | None = None
    ratio: float = 1.0
    contigs: tuple[str, ...] = ()
    test_contigs: tuple[str, ...] = ()
    valid_contigs: tuple[str, ...] = ()
    skip_missing_contigs: bool = False
    reads: Literal["auto", "ends", "coverage"] = "auto"
    stranded: Literal["auto", "on", "off"] = "auto"
    atac: bool = False
    mapq: int = 0
    exclude_flags: int = EXCLUDED_FLAGS
    require_flags: int = 0
    crop: int = 0
    scale: float = 1.0
    clip_soft: float | None = None
    clip: float | None = None
    jitter: int | None = None

    def __post_init__(self) -> None:
        for name in ("tracks", "control", "contigs", "test_contigs", "valid_contigs"):
            if isinstance(getattr(self, name), str):
                object.__setattr__(self, name, (getattr(self, name),))
        check_fields(self, "genome")
        for name in ("window", "output_window", "bin", "stride", "label_bin"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 1):
                raise PrimaseError(f"--{name.replace('_', '-')} is {value!r}", fix="give a positive number of letters")
        for name in ("crop", "jitter", "mapq", "exclude_flags", "require_flags"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 0):
                raise PrimaseError(f"--{name.replace('_', '-')} is {value!r}", fix="give a whole number from 0 on")
        if not 0 < self.overlap <= 1:
            raise PrimaseError(f"--overlap is {self.overlap:g}", fix="give a share, above 0 and at most 1")
        if not self.ratio > 0:
            raise PrimaseError(f"--ratio is {self.ratio:g}", fix="give a number above 0")
        if self.genome is None:
            given = [field.name for field in fields(self) if getattr(self, field.name) != field.default]
            if given:
                raise PrimaseError(
                    f"--{given[0].replace('_', '-')} was given without a genome", fix="add --genome FILE, a FASTA file"
                )


def say_settings(settings: Mapping[str, Any]) -> str:
    """Return the flags that made a data set, with the values that were used, in words.

    Examples
    --------
    >>> say_settings({"window": 1000, "label_bin": 200, "clip": None, "atac": True})
    'settings: --window 1000, --label-bin 200, --atac'
    """
    shown = {name: f"{value:g}" if isinstance(value, float) else value for name, value in settings.items()}
    flags = (
        f"--{name.replace('_', '-')}" + ("" if value is True else f" {value}")
        for name, value in shown.items()
        if value is not None
    )
    return f"settings: {', '.join(flags)}"
