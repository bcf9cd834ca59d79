"""recipe.toml: a whole run, written down. Six tables, each one dataclass."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

import tomli_w

from primase.core.errors import FormatError, PrimaseError, UnknownName
from primase.core.plan import check_fields
from primase.curation.genome_options import GenomeOptions
from primase.curation.options import CurateOptions


def _check_changes(changes: Any, table: str) -> None:
    if not isinstance(changes, dict):
        raise PrimaseError(f"{table}.changes is {changes!r}", fix=f"write [{table}.changes] and its keys below")


@dataclass(frozen=True, kw_only=True)
class SystemOptions:
    """Which network.

    Attributes
    ----------
    name : str
        A system of the zoo, or ``auto``.
    variant : str
        One of the system's variants.
    changes : dict
        Fields of its ``Config`` that differ.
    """

    name: str = "auto"
    variant: str = "base"
    changes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self, "system")
        _check_changes(self.changes, "system")


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """How it is trained.

    Attributes
    ----------
    plan : str
        ``house`` or ``published``.
    changes : dict
        Fields of the ``Plan`` that differ.
    seeds : int
        Networks trained from different seeds (in each fold); together they predict. 0 takes the plan's number.
    strands : int
        1 or 2; 0 decides on the validation part.
    """

    plan: Literal["house", "published"] = "house"
    changes: dict[str, Any] = field(default_factory=dict)
    seeds: int = 0
    strands: int = 0

    def __post_init__(self) -> None:
        check_fields(self, "train")
        _check_changes(self.changes, "train")
        if self.strands not in (0, 1, 2) or self.seeds < 0:
            raise PrimaseError(
                f"strands is {self.strands} and seeds is {self.seeds}", fix="give 1 or 2 strands and at least 1 seed"
            )


@dataclass(frozen=True, kw_only=True)
class InterpretOptions:
    """How it is explained.

    Attributes
    ----------
    motifs : str
        JASPAR collection, or a MEME file, that motifs are named against.
    methods : tuple of str
        Attribution methods.
    examples : int
        Most sequences that are explained.
    """

    motifs: str = "vertebrates"
    methods: tuple[str, ...] = ("deep_lift_shap", "saturation_mutagenesis")
    examples: int = 500

    def __post_init__(self) -> None:
        check_fields(self, "interpret")
        if self.examples < 1:
            raise PrimaseError(f"interpret.examples is {self.examples}", fix="give at least 1")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that a run is made from.

    Attributes
    ----------
    inputs : tuple of str
        Files or URLs.
    seed : int
        All randomness comes from it.
    data, genome, system, train, interpret : dataclasses
        The options of the steps.
    """

    inputs: tuple[str, ...]
    seed: int = 0
    data: CurateOptions = field(default_factory=CurateOptions)
    genome: GenomeOptions = field(default_factory=GenomeOptions)
    system: SystemOptions = field(default_factory=SystemOptions)
    train: TrainOptions = field(default_factory=TrainOptions)
    interpret: InterpretOptions = field(default_factory=InterpretOptions)

    def below(self, folder: str | Path) -> "Recipe":
        """Return the recipe with its relative paths as they are seen from elsewhere than `folder`."""
        folder = Path(folder)
        if folder.absolute() == Path.cwd():
            return self

        def place(text: str) -> str:
            return text if "://" in text else str(folder / text)

        data = _placed(self.data, place, ("labels", "groups"), ("test", "valid"))
        if "." in (data.negatives or ""):  # files, and no methods of ours
            data = replace(data, negatives=place(data.negatives or ""))
        if data.split.endswith(".json"):
            data = replace(data, split=place(data.split))
        genome = _placed(self.genome, place, ("genome", "peaks", "blacklist"), ("tracks", "control"))
        motifs = self.interpret.motifs
        if "." in motifs:  # a file, and no collection of ours
            motifs = place(motifs)
        inputs = tuple(map(place, self.inputs))
        interpret = replace(self.interpret, motifs=motifs)
        return replace(self, inputs=inputs, data=data, genome=genome, interpret=interpret)

    def to_toml(self) -> str:
        """Return the recipe as TOML; every value is written, so that later defaults change nothing."""
        tables = {
            "run": {"inputs": list(self.inputs), "seed": self.seed},
            "data": asdict(self.data),
            "genome": asdict(self.genome) if self.genome.genome else {},
            "system": asdict(self.system),
            "train": asdict(self.train),
            "interpret": asdict(self.interpret),
        }
        return tomli_w.dumps(_without_none({name: values for name, values in tables.items() if values}))


def _placed(options: Any, place: Callable[[str], str], single: Sequence[str], several: Sequence[str]) -> Any:
    """Return options whose paths are seen from elsewhere."""
    changed: dict[str, Any] = {name: place(getattr(options, name)) for name in single if getattr(options, name)}
    changed |= {name: tuple(map(place, getattr(options, name))) for name in several}
    return replace(options, **changed)


_TABLES = {
    "data": CurateOptions,
    "genome": GenomeOptions,
    "system": SystemOptions,
    "train": TrainOptions,
    "interpret": InterpretOptions,
}


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe file.

    Raises
    ------
    FormatError
        If it is no TOML.
    UnknownName
        If a table or a key is unknown; the nearest are offered.
    """
    try:
        tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FormatError(path, f"no valid TOML: {error}", fix="mend the line, or write the recipe again") from error
    except OSError as error:
        raise PrimaseError(f"{path} cannot be read: {error.strerror}", fix="check the path") from error
    for table, values in tables.items():
        if not isinstance(values, dict):
            raise FormatError(path, f"{table} is no table", fix=f"write [{table}] and its keys below")
    run = dict(tables.pop("run", {}))
    inputs = run.get("inputs")
    tracks = tables.get("genome", {}).get("tracks")
    texts = isinstance(inputs, list) and all(isinstance(text, str) for text in inputs)
    if not texts or not (inputs or tracks):
        raise FormatError(path, "the table [run] names no inputs", fix='add inputs = ["FILE"] under [run]')
    if type(run.get("seed", 0)) is not int:
        raise FormatError(path, f"run.seed is {run['seed']!r}", fix="give a whole number")
    for table in tables:
        if table not in _TABLES:
            raise UnknownName("table of a recipe", table, ["run", *_TABLES])
    for key in run:
        if key not in ("inputs", "seed"):
            raise UnknownName("key of [run]", key, ["inputs", "seed"])
    tables["data"] = {"seed": run.get("seed", 0)} | tables.get("data", {})
    options = {name: _make(kind, tables.get(name, {}), name) for name, kind in _TABLES.items()}
    return Recipe(inputs=tuple(run["inputs"]), seed=run.get("seed", 0), **options)


def _make(kind: type, values: dict[str, Any], table: str) -> Any:
    known = {item.name for item in fields(kind)}
    for key in values:
        if key not in known:
            raise UnknownName(f"key of [{table}]", key, known)
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, tuple):
        return [_without_none(item) for item in value]
    return value
