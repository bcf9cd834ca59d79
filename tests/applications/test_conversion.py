"""Conversion of the authors' weights: whole or refused, read without extracting anything."""

import gzip
import io
import re
import tarfile

import numpy as np
import pytest
import torch

from primase.applications.conversion import convert_deepbind
from primase.applications.trained import TrainedModel
from primase.core.errors import FormatError, PrimaseError
from primase.core.files import digest_file, read_json
from primase.core.manifest import Manifest

SIZES = {"reverse_complement": 1, "num_detectors": 3, "detector_len": 4, "has_avg_pooling": 1, "num_hidden": 2}


def parameter_file(seed: int = 0, **changes: int) -> str:
    """Return a parameter file in the authors' format, with random numbers."""
    sizes = {**SIZES, **changes}
    filters, width, hidden = sizes["num_detectors"], sizes["detector_len"], sizes["num_hidden"]
    features = filters * (1 + sizes["has_avg_pooling"])
    counts = {
        "detectors": filters * width * 4, "thresholds": filters,
        "weights1": features * max(hidden, 1), "biases1": max(hidden, 1), "weights2": hidden, "biases2": int(hidden > 0),
    }  # fmt: skip
    rng = np.random.default_rng(seed)
    lines = ["# deepbind 0.1"] + [f"{name} = {value}" for name, value in sizes.items()]
    lines += [f"{name} = {','.join(f'{x:.9e}' for x in rng.normal(size=count))}" for name, count in counts.items()]
    return "\r\n".join(lines) + "\r\n"


def pack(path, members: dict[str, str]):
    with tarfile.open(path, "w:gz") as tar:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return path


def numbers(text: str, name: str) -> list[float]:
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name} = ")]
    return [float(part) for part in line.split(" = ")[1].split(",")]


def test_every_number_finds_its_place(tmp_path):
    text = parameter_file()
    archive = pack(tmp_path / "params.tar.gz", {"params/D00001.001.txt": text})
    (folder,) = convert_deepbind(archive, tmp_path / "out")
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "manifest.json", "model.safetensors"]
    state = TrainedModel.load(folder).networks[""].state_dict()
    flat = numbers(text, "detectors")
    for detector in range(3):
        for letter in range(4):
            for position in range(4):
                # the index function of the authors' program: detector + detectors * (base + 4 * position)
                wanted = flat[detector + 3 * (letter + 4 * position)]
                assert state["detectors.weight"][detector, letter, position].item() == pytest.approx(wanted, rel=1e-6)
    for feature in range(6):
        for unit in range(2):
            wanted = numbers(text, "weights1")[feature * 2 + unit]
            assert state["dense.0.weight"][unit, feature].item() == pytest.approx(wanted, rel=1e-6)
    for key, name in (
        ("detectors.bias", "thresholds"), ("dense.0.bias", "biases1"), ("head.weight", "weights2"),
        ("head.bias", "biases2"),
    ):  # fmt: skip
        assert state[key].flatten().tolist() == pytest.approx(numbers(text, name), rel=1e-6)


@pytest.mark.parametrize(("both", "alphabet", "strands", "scan_last"), [(1, "dna", 2, True), (0, "rna", 1, False)])
def test_card_and_manifest(tmp_path, both, alphabet, strands, scan_last):
    text = parameter_file(reverse_complement=both, num_hidden=0, has_avg_pooling=0)
    archive = pack(tmp_path / "params.tar.gz", {"params/D00001.001.txt": text})
    (tmp_path / "db.tsv").write_text("# the index\nID\tProtein\tSpecies\tPath\nD00001.001\tCTCF\tHomo sapiens\tE:/x\n")
    (folder,) = convert_deepbind(archive, tmp_path / "out")
    card = read_json(folder / "card.json")
    assert (card["system"], card["alphabet"], card["strands"], card["policy"]) == (
        "deepbind",
        alphabet,
        strands,
        "whole",
    )
    assert card["config"] == {
        "length": 4, "channels": 4, "outputs": 1, "filters": 3, "width": 4, "mean_pool": False, "hidden": 0,
        "dropout": 0.0, "scan": True, "scan_last": scan_last,
    }  # fmt: skip
    manifest = Manifest.load(folder, "model")
    assert manifest.parents == {"params.tar.gz": digest_file(archive)}
    assert manifest.facts == {"id": "D00001.001", "protein": "CTCF", "species": "Homo sapiens"}


def test_chosen_models_only_in_the_order_asked_for(tmp_path):
    names = [f"D0000{n}.001" for n in (1, 2, 3)]
    archive = pack(tmp_path / "a.tar.gz", {f"params/{name}.txt": parameter_file(n) for n, name in enumerate(names)})
    folders = convert_deepbind(archive, tmp_path / "out", [names[2], names[0]])
    assert [folder.name for folder in folders] == [names[2], names[0]]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [names[0], names[2]]
    assert len(convert_deepbind(archive, tmp_path / "all")) == 3


def test_hostile_members_are_passed_by(tmp_path):
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name in ("../../D00009.001.txt", "params/D00001.001.txt"):
            text = parameter_file().encode()
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
        link = tarfile.TarInfo("params/D00002.001.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    before = set(tmp_path.rglob("*"))
    folders = convert_deepbind(path, tmp_path / "out" / "models")
    assert {folder.name for folder in folders} == {"D00009.001", "D00001.001"}
    assert all(p.is_relative_to(tmp_path / "out") for p in set(tmp_path.rglob("*")) - before)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (parameter_file().replace("num_hidden = 2", ""), "num_hidden"),
        (parameter_file().replace("num_hidden = 2", "num_hidden = 3"), "weights1 has 12 values, not 6 x 3"),
        (parameter_file().replace("thresholds = ", "thresholds = oops,"), "line 8: thresholds"),
        (parameter_file().replace("detector_len = 4", "detector_len = 0"), "detector_len is 0"),
        (parameter_file().replace("detector_len = 4", "detector_len = 4.5"), "detector_len is 4.5"),
        (parameter_file().replace("thresholds = ", "thresholds = nan,"), "thresholds has 4 values, not 3"),
        (parameter_file(num_hidden=0).replace("biases1 = ", "biases1 = inf #"), "line 10: biases1"),
        (re.sub("biases2 = .*", "biases2 = inf", parameter_file()), "biases2 holds a number that is not finite"),
        ("", "reverse_complement is missing"),
    ],
)
def test_damaged_files_are_named(tmp_path, text, what):
    archive = pack(tmp_path / "params.tar.gz", {"params/D00001.001.txt": text})
    with pytest.raises(FormatError) as error:
        convert_deepbind(archive, tmp_path / "out")
    assert what in str(error.value)
    assert "D00001.001.txt" in str(error.value)
    assert not (tmp_path / "out").exists()


def test_unknown_id_is_refused_before_anything_is_written(tmp_path):
    archive = pack(tmp_path / "params.tar.gz", {"params/D00001.001.txt": parameter_file()})
    with pytest.raises(PrimaseError, match=r"no model 'D00001\.002'"):
        convert_deepbind(archive, tmp_path / "out", ["D00001.001", "D00001.002"])
    assert not (tmp_path / "out").exists()


def test_what_is_no_archive_is_refused(tmp_path):
    whole = pack(tmp_path / "whole.tar.gz", {"params/D00001.001.txt": parameter_file()}).read_bytes()
    for name, content in (("text", b"hello"), ("cut", whole[: len(whole) // 2]), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FormatError):
            convert_deepbind(tmp_path / name, tmp_path / "out")
    with pytest.raises(FormatError, match="no parameter file"):
        convert_deepbind(pack(tmp_path / "other.tar.gz", {"README": "x"}), tmp_path / "out")
    with pytest.raises(FormatError, match="cannot be read"):
        convert_deepbind(tmp_path / "absent.tar.gz", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_bomb_is_refused(tmp_path):
    archive = pack(tmp_path / "params.tar.gz", {"params/D00001.001.txt": "0" * (2**20 + 1)})
    with pytest.raises(FormatError, match="1048577 bytes"):
        convert_deepbind(archive, tmp_path / "out")


def test_damaged_index_is_named(tmp_path):
    archive = pack(tmp_path / "params.tar.gz", {"params/D00001.001.txt": parameter_file()})
    (tmp_path / "db.tsv.gz").write_bytes(gzip.compress(b"ID\tProtein\n" * 1000)[:-20])
    with pytest.raises(FormatError, match=r"db\.tsv\.gz: it is no whole table"):
        convert_deepbind(archive, tmp_path / "out")


@pytest.mark.slow
def test_all_published_models(real_data, tmp_path):
    folders = convert_deepbind(real_data / "weights" / "deepbind" / "params.tar.gz", tmp_path)
    assert len(folders) == 927
    shapes = {}
    for folder in folders:
        config = read_json(folder / "card.json")["config"]
        key = (config["width"], config["mean_pool"], config["hidden"])
        shapes[key] = shapes.get(key, 0) + 1
    assert shapes[20, False, 0] == 235
    assert shapes[16, True, 32] == 170
    seq = torch.zeros(1, 4, 30)
    seq[:, 0] = 1
    assert TrainedModel.load(folders[0]).ensemble()(seq=seq)["logits"].isfinite().all()
