"""The audit finds what was planted, and nothing where there is nothing."""

from dataclasses import replace

import numpy as np
import pytest

from conftest import make_dataset
from primase.core.alphabet import DNA, decode, encode, reverse_complement
from primase.curation.auditing import audit_dataset
from primase.curation.sequences import StoredSequences
from primase.curation.tracing import trace_copies


def with_sequences(data, strings):
    codes, offsets = encode(strings)
    return replace(data, sequences=StoredSequences(codes, offsets))


def strings_of(data):
    return [data.sequence(row) for row in range(len(data))]


def test_clean_data_has_no_findings():
    audit = audit_dataset(make_dataset(600, 60))
    assert audit["duplicates"] == audit["conflicts"] == audit["leakage"]["pairs"] == 0
    assert audit["balance"].keys() == {"no", "yes"}
    assert not [words for words in audit["warnings"] if "near-duplicate" in words]


def test_copies_and_conflicts_are_counted():
    data = make_dataset(100)
    strings = strings_of(data)
    no, yes = np.flatnonzero(data.targets == 0), np.flatnonzero(data.targets == 1)
    strings[no[1]], strings[yes[2]] = strings[no[0]], strings[no[3]]  # a copy, and one with another label
    audit = audit_dataset(with_sequences(data, strings))
    assert audit["duplicates"] == 2
    assert audit["conflicts"] == 1
    assert any("different labels" in words for words in audit["warnings"])


def test_a_copy_on_the_other_strand_is_a_copy_but_no_conflict():
    data = make_dataset(100)
    strings = strings_of(data)
    no, yes = np.flatnonzero(data.targets == 0), np.flatnonzero(data.targets == 1)
    strings[yes[0]] = reverse_complement(strings[no[0]])
    audit = audit_dataset(with_sequences(data, strings))
    assert (audit["duplicates"], audit["conflicts"]) == (1, 0)


@pytest.mark.parametrize("task", ["multilabel", "regression"])
def test_conflicts_of_several_targets_are_counted(task):
    data = make_dataset(60, task=task)
    strings = strings_of(data)
    strings[1] = strings[2] = strings[0]
    targets = data.targets.copy()
    targets[1], targets[2] = targets[0], targets[0] + 1
    audit = audit_dataset(replace(with_sequences(data, strings), targets=targets))
    assert (audit["duplicates"], audit["conflicts"]) == (2, 1)


def test_leakage_between_folds_and_into_validation_is_counted():
    data = make_dataset(300, 100)
    strings = strings_of(data)
    valid, train = data.part("valid"), data.part("train")
    for mine, source in zip(valid[:3], train[:3], strict=True):
        strings[mine] = strings[source]
    data = with_sequences(data, strings)
    audit = audit_dataset(data)
    assert audit["leakage"]["pairs"] == 3
    assert any(words.startswith("3 of") and "choice of the model" in words for words in audit["warnings"])
    folds = np.arange(300) % 3
    folds[valid[:3]], folds[train[:3]] = 0, [1, 2, -1]
    audit = audit_dataset(replace(data, folds=folds.astype(np.int8)))
    assert audit["leakage"]["pairs"] == 3 + 2  # a row that is always trained on is asked of, and asks nobody


def test_constant_columns_are_no_inputs():
    data = make_dataset(200, 40)
    strings = [text[:10] + "A" * 30 for text in strings_of(data)]
    full, cut = (audit_dataset(each)["size"]["effective_inputs"] for each in (data, with_sequences(data, strings)))
    assert 110 < full <= 120
    assert 25 < cut <= 30


@pytest.mark.parametrize("change", ["copy", "other strand", "substituted", "shifted"])
def test_planted_leakage_is_counted(change):
    data = make_dataset(300, 100)
    strings = strings_of(data)
    rng = np.random.default_rng(0)
    test, train = data.part("test"), data.part("train")
    for mine, source in zip(test[:10], train[:10], strict=True):
        word = strings[source]
        if change == "other strand":
            word = reverse_complement(word)
        elif change == "substituted":
            letters = list(word)
            for place in rng.choice(100, 10, replace=False):
                letters[place] = "ACGT"[("ACGT".index(letters[place]) + 1) % 4]
            word = "".join(letters)
        elif change == "shifted":
            word = word[15:] + "".join(rng.choice(list("ACGT"), 15))
        strings[mine] = word
    audit = audit_dataset(with_sequences(data, strings))
    assert audit["leakage"]["pairs"] == 10
    assert any("near-duplicate" in words for words in audit["warnings"])


def test_a_shortcut_is_named():
    data = make_dataset(400)
    rng = np.random.default_rng(1)
    strings = ["".join(rng.choice(list("ACGT"), 40, p=[0.1, 0.4, 0.4, 0.1] if y else [0.25] * 4)) for y in data.targets]
    audit = audit_dataset(with_sequences(data, strings))
    assert audit["shortcuts"]["GC content"]["score"] > 0.9
    assert any(words.startswith("GC content alone tells the label") for words in audit["warnings"])


@pytest.mark.parametrize("task", ["multiclass", "multilabel", "regression"])
def test_every_task_is_audited(task):
    audit = audit_dataset(make_dataset(300, task=task))
    scores = [found["score"] for found in audit["shortcuts"].values()]
    assert all(score is None or 0 <= score <= 1 for score in scores)


def edit_distance_rule(short: str, long: str) -> bool:
    """The definition, word for word: any stretch of at least 80 % against any stretch of the other."""
    length = len(short)
    least = -(-length * 8 // 10)
    for size in range(least, length + 1):
        for start in range(length - size + 1):
            row = [0] * (len(long) + 1)
            for i in range(size):
                new = [i + 1]
                for j, letter in enumerate(long):
                    new.append(min(row[j] + (short[start + i] != letter), row[j + 1] + 1, new[j] + 1))
                row = new
            if min(row) <= size // 5:
                return True
    return False


def test_tracing_decides_as_the_definition_does():
    rng = np.random.default_rng(5)
    data = make_dataset(60, 30)
    strings = strings_of(data)
    for row in range(30):  # relatives of all degrees
        letters = list(strings[row + 30])
        for place in rng.choice(30, rng.integers(0, 12), replace=False):
            letters[place] = "ACGT"[rng.integers(4)]
        strings[row] = "".join(letters)
    data = with_sequences(data, strings)
    asked, others = (data.sequences.take(rows) for rows in (np.arange(30), np.arange(30, 60)))
    found = trace_copies(asked, others, DNA)
    codes = np.asarray(data.codes)
    for row in range(30):
        mine = decode(codes[data.offsets[row] : data.offsets[row + 1]], DNA)
        near = any(
            edit_distance_rule(mine, other)
            for word in strings[30:]
            for other in (word, reverse_complement(word))
            if any(mine[i : i + 9] in other for i in range(22))  # the words that candidates must share
        )
        assert found[row] == near


def test_parts_that_are_not_alike_are_said():
    data = make_dataset(300)
    assert not [words for words in audit_dataset(data)["warnings"] if "not alike" in words]
    parts = np.where(data.targets == 1, 2, data.parts)
    parts[:20] = 2
    (warning,) = [
        words for words in audit_dataset(replace(data, parts=parts))["warnings"] if "of the test part" in words
    ]
    share = np.mean(data.targets[parts == 2] == 0)
    assert warning == f"'no' is 100% of the training part and {share:.0%} of the test part: they are not alike"
