from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from conftest import make_dataset
from primase.core.alphabet import encode
from primase.curation.sequences import StoredSequences
from primase.evaluation import baselines
from primase.evaluation.baselines import Baseline, divide_units, fit_baselines
from primase.evaluation.features import count_words
from primase.evaluation.scoring import measure


def score(data, baseline: Baseline, metric, part="test"):
    return measure(data.task, data.targets[data.part(part)], getattr(baseline, part), only=metric)[metric][0]


def test_words_find_a_motif_that_composition_and_position_do_not():
    data = make_dataset(1500, 60)
    found = fit_baselines(data, strands=2)
    assert list(found) == ["majority", "composition", "kmer", "onehot"]
    assert score(data, found["kmer"], "auroc") > 0.9
    assert score(data, found["composition"], "auroc") < 0.85
    assert score(data, found["onehot"], "auroc") < 0.7
    assert score(data, found["majority"], "auroc") == 0.5


def test_positions_find_a_letter_at_its_place():
    data = make_dataset(1000, 40)
    data = replace(data, targets=(data.codes.reshape(1000, 40)[:, 7] == 2).astype(np.int64))
    assert score(data, fit_baselines(data)["onehot"], "auroc") > 0.99


@pytest.mark.parametrize(
    ("task", "metric", "least"),
    [("regression", "pearson_r", 0.5), ("multilabel", "auroc", 0.7), ("multiclass", "auroc", 0.7)],
)
def test_every_kind_of_question_is_answered_in_its_own_shape(task, metric, least):
    data = make_dataset(800, task=task)
    if task == "multilabel":
        targets = data.targets.copy()
        targets[::7, 0] = np.nan
        data = replace(data, targets=targets)
    found = fit_baselines(data)
    test, valid = data.part("test"), data.part("valid")
    shape = {"regression": (), "multilabel": (2,), "multiclass": (3,)}[task]
    for baseline in found.values():
        assert baseline.test.shape == (len(test), *shape)
        assert baseline.valid.shape == (len(valid), *shape)
    assert max(score(data, found["kmer"], metric), score(data, found["onehot"], metric)) > least
    if task == "multiclass":
        np.testing.assert_allclose(found["kmer"].test.sum(1), 1)


def test_several_numbers_keep_their_units():
    data = make_dataset(800, task="regression")
    both = replace(data, targets=np.concatenate([data.targets, 1000 * data.targets + 5000], 1), names=("a", "b"))
    found = fit_baselines(both)["kmer"].test
    np.testing.assert_allclose(found[:, 1], 1000 * found[:, 0] + 5000, rtol=1e-3)


def test_the_final_fit_is_that_of_sklearn(monkeypatch):
    monkeypatch.setattr(baselines, "PENALTIES", np.array([0.5]))
    data = make_dataset(400)
    letters = [data.sequences.letters(data.part(part)) for part in ("train", "test")]
    words = [count_words(*some, data.alphabet, 6, merged=True) for some in letters]
    middle, scale = words[0].mean(0), words[0].std(0)
    kept = scale > 0
    train, test = (((w - middle) / np.where(kept, scale, 1))[:, kept] for w in words)
    oracle = LogisticRegression(C=1 / (0.5 * words[0].shape[1]), tol=1e-8, max_iter=5000)
    oracle.fit(train, data.targets[data.part("train")])
    np.testing.assert_allclose(fit_baselines(data, strands=2)["kmer"].test, oracle.predict_proba(test)[:, 1], atol=1e-3)


def test_both_strands_say_the_same_where_two_count():
    data = make_dataset(300)
    letters = data.codes.reshape(300, 40).copy()
    letters[data.part("test")] = 3 - letters[data.part("test"), ::-1]
    turned = replace(data, sequences=StoredSequences(letters.reshape(-1), data.offsets))
    two = [fit_baselines(d, strands=2)["kmer"].test for d in (data, turned)]
    np.testing.assert_allclose(*two, atol=1e-4)
    one = [fit_baselines(d, strands=1)["kmer"].test for d in (data, turned)]
    assert np.abs(one[0] - one[1]).max() > 0.01


def test_the_seed_decides():
    data = make_dataset(300)
    first, second = fit_baselines(data, seed=1), fit_baselines(data, seed=1)
    np.testing.assert_array_equal(first["kmer"].test, second["kmer"].test)


def test_sequences_of_several_lengths_have_no_positions():
    data = make_dataset(100)
    codes, offsets = encode(["ACGT" * 10 + "A" * (i % 3) for i in range(100)])
    found = fit_baselines(replace(data, sequences=StoredSequences(codes, offsets)))
    assert "onehot" not in found
    assert np.isfinite(found["kmer"].test).all()


def test_large_data_are_thinned_and_it_is_said(monkeypatch):
    monkeypatch.setattr(baselines, "MOST_NUMBERS", 2772 * 200)
    monkeypatch.setattr(baselines, "SEARCH_ROWS", 90)
    found = fit_baselines(make_dataset(600), strands=2)
    assert found["kmer"].note == "trained on 200 of 480 training sequences, drawn at random"
    assert not found["composition"].note


def test_an_empty_validation_part_is_no_trouble():
    data = make_dataset(100)
    data = replace(data, parts=np.where(data.parts == 1, 0, data.parts).astype(np.int8))
    assert all(len(baseline.valid) == 0 for baseline in fit_baselines(data).values())


def test_inner_folds_keep_units_whole_and_about_equal():
    units = np.repeat(np.arange(40), np.random.default_rng(0).integers(1, 9, 40))
    folds = divide_units(units, 3, np.random.default_rng(1))
    assert all(len(np.unique(folds[units == unit])) == 1 for unit in np.unique(units))
    assert np.ptp(np.bincount(folds)) <= 8


def test_too_few_units_are_divided_by_rows():
    assert np.bincount(divide_units(np.zeros(9), 3, np.random.default_rng(0))).tolist() == [3, 3, 3]
