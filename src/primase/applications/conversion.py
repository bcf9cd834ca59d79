"""The authors' weights as primase's: read as plain numbers, written as safetensors with a card."""

import csv
import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from primase import zoo
from primase.applications.trained import TrainedModel
from primase.core.alphabet import get_alphabet
from primase.core.errors import FormatError, PrimaseError
from primase.core.files import digest_file
from primase.core.manifest import Manifest
from primase.tasks import task_module

LARGEST_FILE = 2**20  # bytes of one parameter file; the published ones have 48,330 at most
LARGEST_TOTAL = 2**28  # of all of them; the published ones have 26 MB
UNREADABLE = (tarfile.TarError, zlib.error, EOFError, OSError, csv.Error)
MEMBER_NAME = re.compile(r"(?:^|/)(D\d{5}\.\d{3})\.txt$")
INDEX_NAMES = ("db.tsv.gz", "db.tsv")
INDEX_COLUMNS = ("Protein", "Type", "Species", "Family", "Class", "Experiment", "Experiment Details")
SIZES = {  # name in the file -> least and largest legal value
    "reverse_complement": (0, 1),
    "num_detectors": (1, 1000),
    "detector_len": (1, 1000),
    "has_avg_pooling": (0, 1),
    "num_hidden": (0, 1000),
}


def convert_deepbind(archive: str | Path, out: str | Path, ids: Sequence[str] | None = None) -> tuple[Path, ...]:
    """Convert DeepBind's published parameters to model folders.

    Each model answers with its raw score. It scores both strands, and keeps the better, where the authors' file says
    so (``reverse_complement``), and visits every stretch of a longer sequence; a model of one strand leaves out the
    last stretch, as the official program does. So the scores of the authors' README come out, and the AUROCs of their
    reference program. The archive is read member by member; nothing of it is written as it is. Where the authors'
    index ``db.tsv`` lies beside the archive, each model also says its protein.

    Parameters
    ----------
    archive : str or Path
        ``params.tar.gz``: one text file ``<ID>.txt`` per model.
    out : str or Path
        Folder that receives one folder per model.
    ids : sequence of str, optional
        Which models, as ``D00328.003``; all by default.

    Returns
    -------
    tuple of Path
        The model folders, in the order of `ids` or of the archive.

    Raises
    ------
    FormatError
        If `archive` is no tar archive, holds no parameter file, or one of them is damaged.
    PrimaseError
        If one of `ids` is not in the archive.

    References
    ----------
    Alipanahi et al. 2015, doi:10.1038/nbt.3300; format of the files: predictor 0.1.
    """
    archive, out = Path(archive), Path(out)
    digest = _digest(archive)
    texts = dict(_read_members(archive))
    if not texts:
        raise FormatError(archive, "it holds no parameter file D00000.000.txt", fix="give the authors' params.tar.gz")
    for name in ids or ():
        if name not in texts:
            raise PrimaseError(
                f"{archive} has no model {name!r}",
                fix=f"give some of its {len(texts)} ids, from {min(texts)} to {max(texts)}, or none for all",
            )
    index = _read_index(archive.parent)
    folders = []
    for name in ids or texts:
        folder = out / name
        _read_model(texts[name], name, archive).save(folder)
        facts = {"id": name, **index.get(name, {})}
        Manifest(kind="model", parents={archive.name: digest}, facts=facts).save(folder)
        folders.append(folder)
    return tuple(folders)


def _digest(archive: Path) -> str:
    try:
        return digest_file(archive)
    except OSError as error:
        raise FormatError(archive, f"it cannot be read: {error.strerror}", fix="check the path") from error


def _read_members(archive: Path) -> Iterator[tuple[str, str]]:
    """Give id and text of every parameter file; only plain files of a plausible name and size are opened."""
    total = 0
    try:
        with tarfile.open(archive, "r:*") as tar:
            for member in tar:
                match = MEMBER_NAME.search(member.name)
                if match is None or not member.isreg():
                    continue
                total += member.size
                if member.size > LARGEST_FILE or total > LARGEST_TOTAL:
                    raise FormatError(
                        archive, f"{member.name} has {member.size} bytes", fix="give the authors' params.tar.gz"
                    )
                handle = tar.extractfile(member)
                assert handle is not None  # noqa: S101 - a plain file always opens
                yield match[1], handle.read().decode("ascii", "replace")
    except UNREADABLE as error:
        raise FormatError(archive, f"it is no whole tar archive: {error}", fix="download it again") from error


def _read_model(text: str, name: str, archive: Path) -> TrainedModel:
    place = f"{archive}: {name}.txt"
    values = _read_values(text, place)
    sizes = {name: _size(values, name, place) for name in SIZES}
    both = bool(sizes["reverse_complement"])
    filters, width, hidden = sizes["num_detectors"], sizes["detector_len"], sizes["num_hidden"]
    config = zoo.configure(
        "deepbind",
        changes={
            "length": width,
            "filters": filters,
            "width": width,
            "mean_pool": bool(sizes["has_avg_pooling"]),
            "hidden": hidden,
            "dropout": 0.0,
            "scan": True,
            "scan_last": both,
        },
    )
    features = filters * (1 + sizes["has_avg_pooling"])
    state = {
        # the authors' order: position, letter, detector
        "detectors.weight": _tensor(values, "detectors", (width, 4, filters), place).permute(2, 1, 0),
        "detectors.bias": _tensor(values, "thresholds", (filters,), place),
    }
    last = "1"
    if hidden:
        state["dense.0.weight"] = _tensor(values, "weights1", (features, hidden), place).T
        state["dense.0.bias"] = _tensor(values, "biases1", (hidden,), place)
        features, last = hidden, "2"
    state["head.weight"] = _tensor(values, f"weights{last}", (features, 1), place).T
    state["head.bias"] = _tensor(values, f"biases{last}", (1,), place)
    net = zoo.create("deepbind", config)
    net.load_state_dict(state)
    return TrainedModel(
        networks={"": net.eval()},
        system="deepbind",
        variant="base",
        config=config,
        task=task_module("regression").Task(names=("score",), mean=(0.0,), scale=(1.0,)),  # the raw score, unscaled
        # the models of RNA-binding proteins are those of one strand
        alphabet=get_alphabet("dna" if both else "rna"),
        policy="whole",
        strands=2 if both else 1,
        facts={"notes": [f"converted from the authors' parameters {name}"]},
    )


def _read_values(text: str, place: str) -> dict[str, list[float]]:
    values = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, numbers = line.partition("=")
        if line.startswith("#") or not equals:
            continue
        try:
            values[name.strip()] = [float(part) for part in numbers.split(",")] if numbers.strip() else []
        except ValueError as error:
            raise FormatError(
                place, f"{name.strip()}: {error}", fix="download the archive again", line=number
            ) from None
    return values


def _size(values: dict[str, list[float]], name: str, place: str) -> int:
    """Return one of the whole numbers at the head of a parameter file."""
    found, (least, largest) = values.get(name, []), SIZES[name]
    if len(found) != 1 or found[0] not in range(least, largest + 1):
        said = ",".join(f"{number:g}" for number in found) or "missing"
        raise FormatError(
            place, f"{name} is {said}, not a whole number from {least} to {largest}", fix="download the archive again"
        )
    return int(found[0])


def _tensor(values: dict[str, list[float]], name: str, shape: tuple[int, ...], place: str) -> Tensor:
    numbers = torch.tensor(values.get(name, []), dtype=torch.float32)
    if numbers.numel() != torch.Size(shape).numel():
        raise FormatError(
            place,
            f"{name} has {numbers.numel()} values, not {' x '.join(map(str, shape))}",
            fix="download the archive again",
        )
    if not numbers.isfinite().all():
        raise FormatError(place, f"{name} holds a number that is not finite", fix="download the archive again")
    return numbers.reshape(shape)


def _read_index(folder: Path) -> dict[str, dict[str, str]]:
    """Return what the authors' index says of each model; nothing where it is not beside the archive."""
    path = next((folder / name for name in INDEX_NAMES if (folder / name).is_file()), None)
    if path is None:
        return {}
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", errors="replace") as handle:
            rows = list(csv.DictReader((line for line in handle if not line.startswith("#")), delimiter="\t"))
    except UNREADABLE as error:
        raise FormatError(path, f"it is no whole table: {error}", fix="download it again, or remove it") from error
    return {
        row["ID"]: {column.lower().replace(" ", "_"): row[column] for column in INDEX_COLUMNS if row.get(column)}
        for row in rows
        if row.get("ID")
    }
