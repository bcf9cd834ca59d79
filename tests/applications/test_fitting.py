"""Members, folds and strands: what is trained is what is predicted with, and is kept apart where it must be."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from conftest import make_dataset
from primase.applications import assessing, choosing, explaining
from primase.applications.fitting import fit_members, task_null_loss
from primase.applications.trained import TrainedModel
from primase.core.alphabet import PROTEIN, RNA
from primase.core.errors import PrimaseError
from primase.curation.sequences import StoredSequences
from primase.recipe import InterpretOptions, SystemOptions, TrainOptions
from primase.tasks import fit_task

CPU = torch.device("cpu")
QUICK = {"epochs": 4, "patience": 0, "learning_rate": 0.01}


def trained(data, tmp_path, *, seeds=1, strands=1, system="primer_cnn", **changes):
    options = TrainOptions(changes={**QUICK, **changes}, seeds=seeds, strands=strands)
    choice = choosing.choose(data, SystemOptions(name=system), options, seed=0)
    return fit_members(data, choice, tmp_path / "model", seed=0, device=CPU, say=lambda _: None)


def folded(rows=300):
    data = make_dataset(rows)
    folds = (np.arange(rows) % 3).astype(np.int8)
    return replace(replace(data, folds=folds).fold(0), folds=folds)


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
def test_a_saved_model_predicts_the_same(task, tmp_path):
    data = make_dataset(300, task=task)
    model = assessing.calibrate(trained(data, tmp_path), data)
    model.save(tmp_path / "model")
    again = TrainedModel.load(tmp_path / "model")
    rows = data.part("test")
    before, after = (m.predictions(m.logits(data, rows)) for m in (model, again))
    np.testing.assert_array_equal(before, after)
    assert again.threshold == model.threshold


def test_seeds_make_an_ensemble_of_mean_logits(tmp_path):
    data = make_dataset(200)
    model = trained(data, tmp_path, seeds=3)
    assert list(model.networks) == ["0-0", "0-1", "0-2"]
    rows = data.part("test")
    single = [replace(model, networks={name: net}).logits(data, rows) for name, net in model.networks.items()]
    np.testing.assert_allclose(model.logits(data, rows), np.mean(single, 0), rtol=1e-5, atol=1e-6)


def test_folds_are_predicted_by_those_who_never_saw_them(tmp_path):
    data = folded()
    model = assessing.calibrate(trained(data, tmp_path), data)
    assert list(model.networks) == ["0-0", "1-0", "2-0"]
    scores, table = assessing.assess(model, data)
    assert scores.n["test"] == len(data) == table.num_rows
    assert set(table["split"].to_pylist()) == {"test"}
    order = {name: row for row, name in enumerate(table["id"].to_pylist())}
    one = data.fold(1)
    expected = model.logits(one, one.part("test"), 1)[:, 0]
    found = table["prediction"].to_numpy()[[order[name] for name in data.ids[one.part("test")]]]
    assert np.corrcoef(np.argsort(np.argsort(expected)), np.argsort(np.argsort(found)))[0, 1] > 0.99


def test_two_strands_answer_alike(tmp_path):
    data = make_dataset(200)
    model = trained(data, tmp_path, strands=2)
    seq = torch.nn.functional.one_hot(torch.randint(0, 4, (5, 40)), 4).transpose(1, 2).float()
    turned = seq.flip(1, 2)
    net = model.ensemble()
    torch.testing.assert_close(net(seq=seq)["logits"], net(seq=turned)["logits"])


def test_rna_has_no_second_strand(tmp_path):
    data = replace(make_dataset(100), alphabet=RNA)
    with pytest.raises(PrimaseError, match="--strands 2 was given for rna"):
        trained(data, tmp_path, strands=2)


def test_a_system_refuses_what_it_does_not_do(tmp_path):
    data = replace(make_dataset(100), alphabet=PROTEIN)
    with pytest.raises(PrimaseError, match="danq takes dna"):
        trained(data, tmp_path, system="danq")


def test_members_that_are_done_are_not_trained_again(tmp_path, monkeypatch):
    data = make_dataset(200)
    first = trained(data, tmp_path)
    monkeypatch.setattr("primase.applications.fitting.train_network", lambda *_, **__: pytest.fail("trained again"))
    second = trained(data, tmp_path)
    for one, other in zip(first.networks[""].parameters(), second.networks[""].parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
def test_null_loss_is_that_of_the_best_constant(task, balanced):
    data = make_dataset(200, task=task)
    targets = data.targets
    if task in ("binary", "multiclass"):
        targets = np.where(np.arange(200) % 4 == 0, targets, 0)  # most are of the first class
    question = fit_task(task, targets, data.names, balanced=balanced)
    constant = torch.zeros(1, question.outputs, requires_grad=True)
    optimiser = torch.optim.LBFGS([constant], max_iter=200)

    def closure():
        optimiser.zero_grad()
        loss = question.loss({"logits": constant.expand(200, -1)}, torch.from_numpy(targets))
        loss.backward()
        return loss

    optimiser.step(closure)
    assert task_null_loss(question, targets) == pytest.approx(closure().item(), rel=1e-3)


def test_an_explanation_is_of_held_out_rows(tmp_path):
    data = make_dataset(300)
    model = assessing.calibrate(trained(data, tmp_path, epochs=20), data)
    lines: list[str] = []
    methods = InterpretOptions().methods
    why = explaining.explain(model, data, InterpretOptions(examples=20), say=lines.append)
    assert lines == [f"30 of {len(data.part('test'))} held-out sequences are explained ({', '.join(methods)})"]
    held = set(data.ids[data.part("test")])
    assert set(why.attributions.ids) <= held
    assert why.sanity.keys() >= {"randomisation", "planted", "passed", "words"}
    why.save(tmp_path)
    assert (tmp_path / "motifs.tsv").is_file()


def test_shift_is_decided_by_a_probe_and_never_for_rna():
    data = make_dataset(400)
    shift, why = choosing.choose_shift(data, -1, 1, seed=0)
    assert shift in (0, 3)
    assert "probe" in why
    assert choosing.choose_shift(replace(data, alphabet=RNA), -1, 1, seed=0) == (0, "")
    with pytest.raises(PrimaseError, match="rna sequences are not shifted"):
        choosing.choose_shift(replace(data, alphabet=RNA), 2, 1, seed=0)


def test_places_that_matter_forbid_shifts():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (600, 30)).astype(np.uint8)
    data = make_dataset(600, length=30)
    placed = replace(
        data, sequences=StoredSequences(codes.ravel(), data.offsets), targets=(codes[:, 12] == 2).astype(np.int64)
    )
    assert choosing.choose_shift(placed, -1, 1, seed=0)[0] == 0
    anywhere = replace(
        data, sequences=StoredSequences(codes.ravel(), data.offsets), targets=((codes == 2).sum(1) > 7).astype(np.int64)
    )
    assert choosing.choose_shift(anywhere, -1, 1, seed=0)[0] == 3


@pytest.mark.parametrize(("task", "wish"), [("multilabel", "sampling"), ("regression", "weights")])
def test_balance_that_has_no_meaning_is_refused(task, wish):
    with pytest.raises(PrimaseError, match=wish):
        choosing.choose_balance(wish, make_dataset(100, task=task))


@pytest.mark.parametrize("field", ["length", "channels", "outputs"])
def test_sizes_that_follow_from_the_data_are_not_set(field):
    with pytest.raises(PrimaseError, match=f"system.{field} follows from the data"):
        choosing.check_choice(SystemOptions(name="danq", changes={field: "30"}), TrainOptions())


def test_motifs_are_tested_on_rows_of_every_class(monkeypatch, tmp_path):
    data, seen = make_dataset(400), []
    rows, targets = data.part("test"), data.targets.copy()
    targets[rows] = np.sort(targets[rows])
    monkeypatch.setattr(explaining, "MOST_TESTED", 12)
    assert len(np.unique(targets[rows][:12])) == 1

    def note(data, asked, names):
        seen.append(data.targets[asked])
        return dict.fromkeys(names, data.targets[asked])

    monkeypatch.setattr(explaining, "_answers", note)
    model = trained(data, tmp_path)
    explaining.explain(model, replace(data, targets=targets), InterpretOptions(examples=50))
    assert len(np.unique(seen[0])) == 2
