"""The GC content of classes and parts is that of their letters."""

from dataclasses import replace

import numpy as np
import pytest

from conftest import make_dataset
from primase.core.alphabet import PROTEIN
from primase.curation import gc_content
from primase.curation.dataset import PARTS
from primase.curation.gc_content import class_rows, describe_gc, measure_gc
from primase.curation.sequences import StoredSequences


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
def test_every_class_of_every_part_is_counted(task):
    data = make_dataset(200, task=task)
    letters = data.codes.reshape(200, -1)
    found = describe_gc(data)
    assert list(found) == list(PARTS)
    for number, part in enumerate(PARTS):
        for label, name in enumerate(data.names if task != "regression" else ("all",)):
            own = data.parts == number
            if task == "multilabel":
                own = own & (data.targets[:, label] == 1)
            elif task != "regression":
                own = own & (data.targets == label)
            assert found[part][name] == pytest.approx(np.isin(letters[own], [1, 2]).mean())


def test_with_folds_each_fold_is_told():
    data = replace(make_dataset(60), folds=(np.arange(60) % 3).astype(np.int8))
    found = describe_gc(data)
    own = data.codes.reshape(60, -1)[(data.folds == 1) & (data.targets == 1)]
    assert list(found) == ["fold 1", "fold 2", "fold 3"]
    assert found["fold 2"]["yes"] == pytest.approx(np.isin(own, [1, 2]).mean())


def test_unknown_letters_do_not_count_and_none_is_none():
    data = make_dataset(20)
    codes = np.array(data.codes).reshape(20, -1)
    codes[0, :30], codes[0, 30:] = 4, 2
    codes[1] = 4
    data = replace(data, sequences=StoredSequences(codes.reshape(-1), data.offsets))
    assert measure_gc(data, np.array([0])) == 1.0
    assert measure_gc(data, np.array([1])) is None
    assert measure_gc(data, np.zeros(0, np.int64)) is None
    assert measure_gc(replace(data, alphabet=PROTEIN), np.array([0])) is None


def test_many_rows_are_sampled_and_few_labels_of_many_are_told(monkeypatch):
    data = make_dataset(400)
    whole = measure_gc(data, np.arange(400))
    monkeypatch.setattr(gc_content, "SAMPLE", 40 * 40)
    assert measure_gc(data, np.arange(400)) == pytest.approx(whole, abs=0.05)
    assert measure_gc(data, np.arange(400)) != whole
    many = replace(data, task="multilabel", targets=np.ones((400, 30), np.float32), names=tuple(map(str, range(30))))
    assert len(class_rows(many)) == 30
    assert list(describe_gc(many)["train"]) == [str(label) for label in range(12)]
