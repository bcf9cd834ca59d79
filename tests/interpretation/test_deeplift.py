"""DeepLIFT/SHAP against captum, tangermeme, closed forms and its own completeness."""

import pytest
import torch
from captum.attr import DeepLift
from torch import Tensor, nn

from interpretation.known_models import CountG, Logits, random_sequences, small_cnn
from primase.core.errors import PrimaseWarning, ShapeError
from primase.interpretation.contributions import shuffled_references
from primase.interpretation.deeplift import deep_lift, deep_lift_shap
from primase.nn.ensemble import Ensemble
from primase.zoo import configure, create, system_names

SEQ = random_sequences(3, 40)
POOLS = [nn.MaxPool1d(4), nn.MaxPool1d(3, 2, 1), nn.AvgPool1d(4)]
ACTIVATIONS = [nn.ReLU, nn.ELU, nn.GELU, nn.Sigmoid, nn.Tanh]
# What tangermeme 1.6.0 (torch 2.13.0) gives for the networks of the test below: three hypothetical contributions, and
# the sum of the sizes of all; one row per activation, one block per pool.
TANGERMEME = [
    (0.01867, -0.14271, -0.22644, 74.9771),
    (0.12708, 0.00745, -0.74082, 101.2780),
    (0.07269, -0.00471, -0.21562, 40.9268),
    (0.00026, 0.00251, -0.00635, 1.2664),
    (0.08586, -0.09266, -0.44765, 47.4959),
    (-0.08529, 0.10693, -0.00049, 44.9622),
    (-0.01993, 0.05697, 0.00451, 66.9508),
    (0.00426, 0.04037, 0.01434, 17.4520),
    (-0.00024, -0.00165, 0.00013, 1.0783),
    (-0.06699, -0.03662, -0.06352, 65.6205),
    (0.01481, -0.17980, -0.00736, 36.8428),
    (0.30628, -0.03893, 0.07912, 65.1395),
    (0.03694, -0.00873, -0.00671, 12.3828),
    (0.00337, 0.00315, 0.00141, 0.9281),
    (0.34459, -0.03707, 0.12829, 63.7619),
]  # fmt: skip


@pytest.mark.parametrize("activation", [nn.ReLU, nn.ELU, nn.Sigmoid, nn.Tanh])
@pytest.mark.filterwarnings("ignore:Setting forward, backward hooks:UserWarning", "ignore:Input Tensor:UserWarning")
def test_it_agrees_with_captum(activation):
    # captum is no oracle for max-pooling between other rules, nor for GELU: there its own contributions do not add up
    net = small_cnn(activation, nn.AvgPool1d(4))
    references = shuffled_references(SEQ, copies=4)
    found = deep_lift_shap(Logits(net), SEQ, 1, references=references).sum(1)
    explainer = DeepLift(net)
    expected = [explainer.attribute(SEQ, references[:, k].float(), target=1).detach().sum(1) for k in range(4)]
    assert torch.allclose(found, torch.stack(expected).mean(0), atol=1e-5)


@pytest.mark.parametrize("pool", POOLS, ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_it_agrees_with_tangermeme(activation, pool):
    oracle = pytest.importorskip("tangermeme.deep_lift_shap", reason="tangermeme is not installed")
    net = small_cnn(activation, pool)
    references = shuffled_references(SEQ, copies=3)
    found = deep_lift_shap(Logits(net), SEQ, 0, references=references, hypothetical=True)
    expected = oracle.deep_lift_shap(
        net, SEQ, target=0, references=references.float(), hypothetical=True, device="cpu", warning_threshold=1
    )
    assert torch.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("pool", "activation", "golden"),
    [(pool, act, TANGERMEME[5 * i + j]) for i, pool in enumerate(POOLS) for j, act in enumerate(ACTIVATIONS)],
)
def test_it_gives_what_tangermeme_gave(pool, activation, golden):
    references = shuffled_references(SEQ, copies=3)
    found = deep_lift_shap(Logits(small_cnn(activation, pool)), SEQ, 0, references=references, hypothetical=True)
    some = torch.stack([found[0, 0, 5], found[1, 2, 20], found[2, 3, 33]])
    assert torch.allclose(some, torch.tensor(golden[:3]), atol=1e-5)
    assert float(found.abs().sum()) == pytest.approx(golden[3], abs=1e-3)


@pytest.mark.parametrize("pool", POOLS, ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_contributions_add_up(activation, pool):
    result = deep_lift(Logits(small_cnn(activation, pool)), SEQ, 2)
    assert result.relative_error < 1e-4
    assert float(result.differences.abs().max()) > 0


class Residual(nn.Module):
    """Skip connections, a reused module, functions and both kinds of pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.block, self.act = nn.Conv1d(4, 6, 5), nn.Conv1d(6, 6, 3, padding=1), nn.GELU()
        self.head = nn.Linear(12, 2)

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        x = self.act(self.enter(seq))
        x = x + self.act(self.block(x))
        x = x + torch.relu_(self.block(x)) * 0 + torch.tanh(self.block(x))
        return {"logits": self.head(torch.cat([x.mean(-1), x.amax(-1)], 1))}


def test_residual_models_with_reused_modules_add_up():
    torch.manual_seed(0)
    assert deep_lift(Residual().eval(), SEQ, 1).relative_error < 1e-4


def test_an_ensemble_on_both_strands_adds_up():
    members = [Logits(small_cnn(nn.ReLU, nn.MaxPool1d(4), seed=seed)) for seed in (1, 2)]
    model = Ensemble(members, complement=(3, 2, 1, 0))
    assert deep_lift(model, SEQ, 0).relative_error < 1e-4
    alone = [deep_lift(Ensemble([m], complement=(3, 2, 1, 0)), SEQ, 0).values for m in members]
    assert torch.allclose(deep_lift(model, SEQ, 0).values, torch.stack(alone).mean(0), atol=1e-6)


class OneNumber(nn.Module):
    """What a network says of each track: its mean over the window; other networks as they are."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        logits = self.net(seq=seq)["logits"]
        return {"logits": logits.mean(-1) if logits.ndim == 3 else logits}


@pytest.mark.parametrize("name", sorted(set(system_names()) - {"danq"}))
def test_systems_without_recurrent_layers_add_up(name):
    config = configure(name, variant="tiny")
    model = OneNumber(create(name, config, seed=1).eval())
    seq = random_sequences(2, config.length)
    # freshly drawn, some differences are near zero: the errors are measured against the size of the contributions
    result = deep_lift(model, seq, 0)
    assert float(result.errors.abs().max()) < 1e-4 * float(result.values.abs().sum((1, 2)).max())


def test_a_linear_model_is_exact():
    torch.manual_seed(0)
    layer = nn.Linear(4 * 40, 1)
    references = shuffled_references(SEQ, copies=2)
    found = deep_lift_shap(Logits(nn.Sequential(nn.Flatten(), layer)), SEQ, 0, references=references, hypothetical=True)
    weights = layer.weight.detach().view(4, 40)
    spent = (weights * references.float()).sum(2).mean(1)
    assert torch.allclose(found, weights - spent[:, None], atol=1e-6)


def test_counting_gives_each_g_its_part():
    references = torch.zeros(3, 1, 4, 40)
    assert torch.equal(
        deep_lift_shap(CountG(), SEQ, 0, references=references), SEQ * torch.tensor([0, 0, 1, 0])[:, None]
    )


def test_unknown_letters_get_nothing():
    seq = SEQ.clone()
    seq[:, :, 30:] = 0
    found = deep_lift_shap(Logits(small_cnn(nn.ReLU, nn.MaxPool1d(4))), seq, 0)
    assert (found[:, :, 30:] == 0).all()
    assert found[:, :, :30].abs().max() > 0


def test_structure_gets_nothing_when_projected():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv1d(7, 5, 3), nn.ReLU(), nn.Flatten(), nn.Linear(5 * 18, 1))
    seq = torch.zeros(2, 7, 20)
    seq[:, :4], seq[:, 5] = random_sequences(2, 20), 1
    result = deep_lift(Logits(net), seq, 0)
    assert result.relative_error < 1e-4
    assert torch.allclose((result.values * seq)[:, :4].sum((1, 2)), result.differences, atol=1e-5)


def test_batches_do_not_matter():
    model = Logits(small_cnn(nn.ELU, nn.MaxPool1d(3, 2, 1)))
    few, many = (deep_lift_shap(model, SEQ, 0, batch_size=size) for size in (1, 1000))
    assert torch.allclose(few, many, atol=1e-6)


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.head = nn.LSTM(4, 5, batch_first=True), nn.Linear(5, 1)

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        return {"logits": self.head(self.lstm(seq.transpose(1, 2) * 4)[0][:, -1])}


def test_what_recurrent_layers_lose_is_measured_and_said():
    torch.manual_seed(0)
    model = Recurrent().eval()
    error = deep_lift(model, SEQ, 0).relative_error
    assert error > 0.05
    with pytest.warns(PrimaseWarning, match=f"{error:.0%}"):
        found = deep_lift_shap(model, SEQ, 0)
    assert found.abs().max() > 0


def test_references_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match="references have shape"):
        deep_lift_shap(CountG(), SEQ, 0, references=torch.zeros(3, 4, 40))
