"""What a user may say about the curation of labelled sequences."""

import re
from dataclasses import dataclass, fields

from primase.core.errors import PrimaseError, UnknownName
from primase.core.plan import check_fields
from primase.core.registry import names

SPLITS = ("auto", "homology", "random", "chromosome", "blocks")
POLICIES = ("pad", "crop", "tile")
NEGATIVES = ("shuffle", "gc", "random")
_TEXTS = ("labels", "label_pattern", "sequence_column", "structure_column", "groups", "group_column", "group_pattern")


@dataclass(frozen=True, kw_only=True)
class CurateOptions:
    """How files of sequences become a data set; every field has a flag of the same name.

    Attributes
    ----------
    labels : str, optional
        File with the labels: one per line in the order of the sequences, or a table whose first column is the id.
    label_pattern : str, optional
        Regular expression whose first group (or whole match) in a header is the label.
    sequence_column, structure_column : str, optional
        Columns of the tables: the letters, and a dot-bracket string beside them.
    label_column : tuple of str
        Column of the label; several columns are several targets.
    groups : str, optional
        File with the groups: one per line, or a table whose first column is the id.
    group_column : str, optional
        Column of `groups` (or, without that file, of the tables) that holds the group.
    group_pattern : str, optional
        Regular expression whose first group (or whole match) in the group column, or else in the header, is the group.
    test, valid : tuple of str
        Files that are the test part and the validation part.
    fractions : tuple of float
        Train, validation, test.
    split : str
        ``homology`` (which ``auto`` takes for sequences), ``random``, ``chromosome``, ``given:COLUMN``,
        ``group:COLUMN``, ``group:file`` or ``group:header``. On a genome: ``chromosome`` or ``blocks`` (one of which
        ``auto`` takes), ``homology``, ``random``, ``given:COLUMN``, ``group:COLUMN``, or a JSON file of the parts.
    folds : int
        How many folds; 0 for one division into three parts.
    length : int, optional
        Letters that a model sees.
    length_policy : str, optional
        ``pad``, ``crop`` or ``tile``.
    negatives : str, optional
        ``shuffle`` makes a dinucleotide-preserving shuffle of every positive. On a genome also ``gc`` and ``random``,
        windows from where no peak lies, or a file of intervals.
    task : str, optional
        Kind of question; inferred where not given.
    trim_constant : bool
        Cut the letters that begin or end every sequence.
    drop_invalid : bool
        Leave out, count and list what cannot be read, instead of stopping.
    seed : int
        Of the division and the shuffles.

    Raises
    ------
    PrimaseError
        If a value is not one of those above.

    Examples
    --------
    >>> CurateOptions(split="given:part").split
    'given:part'
    """

    labels: str | None = None
    label_pattern: str | None = None
    sequence_column: str | None = None
    label_column: tuple[str, ...] = ()
    structure_column: str | None = None
    groups: str | None = None
    group_column: str | None = None
    group_pattern: str | None = None
    test: tuple[str, ...] = ()
    valid: tuple[str, ...] = ()
    fractions: tuple[float, float, float] = (0.8, 0.1, 0.1)
    split: str = "auto"
    folds: int = 0
    length: int | None = None
    length_policy: str | None = None
    negatives: str | None = None
    task: str | None = None
    trim_constant: bool = False
    drop_invalid: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("label_column", "test", "valid"):
            if isinstance(getattr(self, name), str):  # one name is as good as a tuple of one
                object.__setattr__(self, name, (getattr(self, name),))
        self._check_types()
        _check_choice("length policy", self.length_policy, POLICIES)
        if "." not in (self.negatives or ""):  # a file has a suffix
            _check_choice("way of making negatives", self.negatives, NEGATIVES)
        _check_choice("task", self.task, names("primase.tasks"))
        self._check_split()
        for flag, pattern in (("--label-pattern", self.label_pattern), ("--group-pattern", self.group_pattern)):
            check_pattern(flag, pattern)
        if self.length is not None and self.length < 1:
            raise PrimaseError(f"--length is {self.length}", fix="give a positive number of letters")
        if self.seed < 0:
            raise PrimaseError(f"--seed is {self.seed}", fix="give a number from 0 on")
        if len(set(self.label_column)) < len(self.label_column) or "" in self.label_column:
            raise PrimaseError(
                f"--label-column is {','.join(self.label_column)!r}", fix="name each column once, separated by commas"
            )

    def _check_types(self) -> None:
        check_fields(self, "data")
        for field in fields(self):
            value = getattr(self, field.name)
            texts = field.default == () or field.name in _TEXTS
            given = (value if isinstance(value, tuple) else (value,)) if texts else ()
            if value is not None and not all(isinstance(one, str) for one in given):
                raise PrimaseError(f"data.{field.name} is {value!r}", fix="give text")
        if self.length is not None and type(self.length) is not int:
            raise PrimaseError(f"data.length is {self.length!r}", fix="give a whole number of letters")
        if not all(isinstance(share, (int, float)) for share in self.fractions):
            raise PrimaseError(f"data.fractions is {self.fractions!r}", fix="give three numbers")

    def _check_split(self) -> None:
        kind, _, column = self.split.partition(":")
        named = self.split in SPLITS or self.split.endswith(".json")
        if not named and (kind not in ("given", "group") or not column):
            raise UnknownName(
                "split", self.split, (*SPLITS, "given:COLUMN", "group:COLUMN", "group:file", "group:header")
            )
        shares = self.fractions
        if len(shares) != 3 or min(shares) < 0 or shares[0] <= 0 or not abs(sum(shares) - 1) <= 1e-6:
            raise PrimaseError(
                f"--fractions is {','.join(f'{share:g}' for share in shares)}",
                fix="give three shares (train, validation, test) that add up to 1, such as 0.8,0.1,0.1",
            )
        if self.folds and not 3 <= self.folds <= 100:
            raise PrimaseError(
                f"--folds is {self.folds}", fix="give 3 to 100 folds: one to test, one to validate, the rest to train"
            )
        if self.folds and (self.test or self.valid or kind == "given"):
            raise PrimaseError(
                f"--folds {self.folds} divides the data anew, but parts are given",
                fix="leave out --folds, or the given parts (--test, --valid, --split given:COLUMN)",
            )
        if kind == "given" and (self.test or self.valid):
            raise PrimaseError(
                f"--split {self.split} and --test or --valid both give the parts", fix="use one of the two"
            )
        if self.split in ("group:header",) and not self.group_pattern:
            raise PrimaseError("--split group:header needs --group-pattern", fix="add --group-pattern REGEX")


def check_pattern(flag: str, pattern: str | None) -> None:
    """Raise where `pattern`, given by `flag`, is no regular expression."""
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise PrimaseError(
            f"{flag} {pattern!r} is no regular expression: {error}",
            fix=r"quote the pattern and escape special letters, such as 'gene_id:(\S+)'",
        ) from error


def _check_choice(kind: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise UnknownName(kind, value, known)
