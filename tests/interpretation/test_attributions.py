"""All methods together, and the file that keeps them."""

import h5py
import numpy as np
import pytest
import torch
from torch import nn

from interpretation.known_models import CountG, Logits, Matcher, random_sequences, small_cnn
from primase.core.errors import FormatError, ShapeError, UnknownName
from primase.interpretation.attributions import METHODS, Attributions, attribute

SEQ = random_sequences(3, 40)
TARGETS = {"skin / oral": 0, ".": 2, "a%2Fb": 1}


@pytest.fixture(scope="module")
def why() -> Attributions:
    """Return attributions by all methods of three awkwardly named targets."""
    return attribute(Logits(small_cnn(nn.ReLU, nn.MaxPool1d(4))), SEQ, TARGETS, ids=["x", "y/1", "ü"])


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_planted_word(method):
    seq = random_sequences(20, 60, seed=3)
    word = "ACGTTGCA"
    for row in range(20):
        seq[row, :, 10 + row : 18 + row] = torch.eye(4)[["ACGT".index(letter) for letter in word]].T
    track = attribute(Matcher(word), seq, {"word": 0}, methods=[method]).projected(method, "word")
    places = track.argmax(1)
    assert ((places >= 10 + np.arange(20)) & (places < 18 + np.arange(20))).all()


def test_values_have_the_shape_of_the_letters(why):
    assert tuple(why.values) == METHODS
    for targets in why.values.values():
        assert tuple(targets) == tuple(TARGETS)
        assert all(v.shape == (3, 4, 40) and v.dtype == np.float32 for v in targets.values())
    assert set(why.errors) == set(TARGETS)
    assert max(why.errors.values()) < 1e-4


def test_saved_and_loaded_they_are_the_same(why, tmp_path):
    why.save(tmp_path / "attributions.h5")
    again = Attributions.load(tmp_path / "attributions.h5")
    assert again.ids == why.ids
    assert again.targets == why.targets
    assert again.errors == why.errors
    assert np.array_equal(again.sequences, why.sequences)
    for method in METHODS:
        for target in TARGETS:
            assert np.array_equal(again.of(method, target), why.of(method, target))
    assert [path.name for path in tmp_path.iterdir()] == ["attributions.h5"]


def test_the_file_keeps_its_contract(why, tmp_path):
    why.save(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["ids"].asstr()[:].tolist() == ["x", "y/1", "ü"]
        assert file["sequences"].dtype == np.int8
        data = file["/deep_lift_shap/skin %2F oral"]
        assert data.shape == (3, 4, 40)
        assert data.dtype == np.float32
        assert data.compression == "gzip"


def test_a_structure_is_used_and_not_attributed_to():
    seq = torch.zeros(2, 7, 12)
    seq[:, :4], seq[:, 4] = random_sequences(2, 12), 1
    found = attribute(Logits(nn.Sequential(nn.Flatten(), nn.Linear(84, 1))), seq.numpy(), {"a": 0})
    assert found.sequences.shape == (2, 4, 12)
    assert all(found.of(method, "a").shape == (2, 4, 12) for method in METHODS)


def test_modisco_files_hold_what_was_asked_for(why, tmp_path):
    paths = why.export_modisco(tmp_path / "new", target=".")
    one_hot, hypothetical = (np.load(path)["arr_0"] for path in paths)
    assert [path.name for path in paths] == ["ohe.npz", "shap.npz"]
    assert np.array_equal(one_hot, why.sequences)
    assert np.array_equal(hypothetical, why.of("deep_lift_shap", "."))


def test_same_seed_same_values():
    model = Logits(small_cnn(nn.ReLU, nn.MaxPool1d(4)))
    one, two, other = (attribute(model, SEQ, {"a": 0}, methods=["deep_lift_shap"], seed=s) for s in (1, 1, 2))
    assert np.array_equal(one.of("deep_lift_shap", "a"), two.of("deep_lift_shap", "a"))
    assert not np.array_equal(one.of("deep_lift_shap", "a"), other.of("deep_lift_shap", "a"))


def test_unknown_names_are_refused(why):
    with pytest.raises(UnknownName, match="salency"):
        attribute(CountG(), SEQ, {"a": 0}, methods=["salency"])
    with pytest.raises(UnknownName, match="skin"):
        why.of("saliency", "skin")


def test_values_of_another_shape_are_refused():
    with pytest.raises(ShapeError, match="saliency of a"):
        Attributions(("x",), np.zeros((1, 4, 9), np.int8), {"saliency": {"a": np.zeros((1, 4, 8), np.float32)}})


@pytest.mark.parametrize("content", [b"", b"no hdf5"])
def test_what_is_no_attributions_file_is_refused(content, tmp_path):
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.h5"):
        Attributions.load(tmp_path / "a.h5")
