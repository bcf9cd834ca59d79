"""The contract of a published system: every file of ``primase/zoo`` is held to it the moment it is there.

What a new file needs besides itself: ``python tests/golden/regenerate.py`` writes its golden outputs, and
``python -m primase.reporting.zoo_pages docs/zoo`` its page.
"""

import ast
import inspect
import json
import re
import time
from dataclasses import MISSING, FrozenInstanceError, fields, replace
from pathlib import Path

import pytest
import torch

from primase import zoo
from primase.core import registry
from primase.core.alphabet import ALPHABETS, STRUCTURE
from primase.core.batch import Batch, Outputs, example_batch, join_outputs
from primase.core.card import Card
from primase.core.errors import PrimaseError
from primase.core.plan import Plan
from primase.core.weights import load_weights, save_weights
from primase.inference import predict_logits
from primase.reporting.zoo_pages import page_name, render_index, render_system
from primase.tasks import fit_task

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "zoo"
SYSTEMS = zoo.system_names()
VARIANTS = [(name, variant) for name in SYSTEMS for variant in zoo.system_module(name).VARIANTS]
TASKS = [(name, task) for name in SYSTEMS for task in zoo.system_module(name).CARD.tasks]
ALONG_WINDOWS = ("counts", "profile")  # tasks whose outputs have positions
NAMES = ("CARD", "Config", "VARIANTS", "PLAN", "Net", "smallest_length", "example")

every_system = pytest.mark.parametrize("name", SYSTEMS)
every_variant = pytest.mark.parametrize(("name", "variant"), VARIANTS)


def tiny(name: str, *, seed: int = 0, **changes) -> tuple[torch.nn.Module, Batch]:
    """Return a tiny network in eval mode and four examples."""
    module = zoo.system_module(name)
    config = replace(module.VARIANTS["tiny"], **changes)
    return zoo.create(name, config, seed=seed).eval(), module.example(config, rows=4)


def fit_to(name: str, task: str) -> tuple[torch.nn.Module, Batch, object]:
    """Return a tiny network with the head of a task, eight examples and the task."""
    module = zoo.system_module(name)
    labels = ("a", "b") if task == "binary" else ("a", "b", "c")
    config = module.VARIANTS["tiny"]
    outputs = 1 if task == "binary" else 3
    tracks = {"output_length": config.output_length} if task in ALONG_WINDOWS else {}
    config, _ = zoo.adapt(name, config, length=config.length, channels=config.channels, outputs=outputs, **tracks)
    batch = example_batch(config.channels, config.length, outputs=3, task=task, rows=8, **tracks)
    known = module.task_fields(config) if hasattr(module, "task_fields") else {}
    return zoo.create(name, config), batch, fit_task(task, batch.targets.numpy(), labels, **known)


def total(outputs: Outputs) -> torch.Tensor:
    """Return one number that depends on everything a network says."""
    return torch.stack([values.square().sum() for values in outputs.values()]).sum()


# --- the file


@every_system
def test_file_holds_what_the_pattern_names(name):
    module = zoo.system_module(name)
    assert not [attribute for attribute in NAMES if not hasattr(module, attribute)]
    assert isinstance(module.CARD, Card)
    assert isinstance(module.PLAN, Plan)
    assert module.CARD.name == name
    assert {"base", "tiny"} <= set(module.VARIANTS)
    assert module.VARIANTS["base"] == module.Config()
    assert all(isinstance(config, module.Config) for config in module.VARIANTS.values())
    assert inspect.getdoc(module)


@every_system
def test_config_is_frozen_keyword_only_and_documented(name):
    module = zoo.system_module(name)
    config = module.Config()
    with pytest.raises(FrozenInstanceError):
        config.length = 1
    with pytest.raises(TypeError):
        module.Config(50)
    named = {field.name for field in fields(module.Config)}
    assert {"length", "channels", "outputs"} <= named
    assert all(field.default is not MISSING for field in fields(module.Config))
    undocumented = [field for field in named if not re.search(rf"\b{field}\b", module.Config.__doc__)]
    assert not undocumented, "the docstring of Config names every field"


@every_system
def test_file_is_short_and_imports_no_sibling(name):
    path = Path(zoo.system_module(name).__file__)
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    imported = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.update(f"{node.module}.{alias.name}" for alias in node.names)
    ours = {target for target in imported if target.startswith("primase")}
    legal = ("primase.core.", "primase.metrics.", "primase.nn.", "primase.tasks.", "primase.inference.")
    assert not [target for target in ours if not target.startswith(legal)]


# --- the card


@every_system
def test_card_is_filled_in(name):
    card = zoo.system_module(name).CARD
    own = not card.doi
    assert own or re.fullmatch(r"10\.\d{4,9}/\S+", card.doi)
    assert own or card.source, "say which repository and commit were read"
    assert 1980 <= card.year <= 2100
    for text in (card.title, card.paper, card.family, card.code_licence, card.weights_licence):
        assert text.strip()
    assert set(card.tasks) <= set(registry.names("primase.tasks"))
    assert card.tasks
    assert set(card.alphabets) <= set(ALPHABETS)
    assert card.alphabets
    letters = {"".join(sorted(ALPHABETS[alphabet].letters)) for alphabet in card.alphabets}
    assert "".join(sorted(card.base_order)) in letters
    assert card.context in ("global", "local")
    assert card.strands in (1, 2)
    assert card.strand_pool in ("mean", "max")
    assert all(sentence.endswith(".") for sentence in card.deviations)


@every_system
def test_results_say_where_they_stand(name):
    for result in zoo.system_module(name).CARD.results:
        assert result.status in ("verified", "quoted")
        assert result.metric in METRIC_NAMES
        assert result.data.strip()
        assert result.source.strip()
        assert result.value == pytest.approx(float(result.value))


METRIC_NAMES = {
    *("accuracy", "balanced_accuracy", "auroc", "average_precision", "mcc", "f1", "log_loss", "brier", "ece"),
    *("pearson_r", "spearman_r", "r2", "rmse"),
    *("bin_pearson_r", "log_count_pearson_r", "poisson_nll", "profile_jsd"),
}


@every_system
def test_inputs_and_outputs_agree_with_the_card(name):
    module = zoo.system_module(name)
    card, config = module.CARD, module.Config()
    assert (card.length, card.smallest_length) == (config.length, module.smallest_length(config))
    batch = module.example(config, rows=3)
    named = dict(list(inspect.signature(module.Net.forward).parameters.items())[1:])  # the first is self
    assert set(named) == set(card.inputs)
    assert {key for key, known in named.items() if known.default is inspect.Parameter.empty} == set(batch.inputs)
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        net = module.Net(config).eval()
        outputs = net(**{key: value.to("meta") for key, value in batch.inputs.items()})
    assert set(outputs) == set(card.outputs)
    for said, tensors in ((card.inputs, batch.inputs), (card.outputs, outputs)):
        for key, words in said.items():
            axes = re.match(r"\(B((?:, \d+)+)\)", words)
            assert axes, f"{key}: begin with the axes, as (B, 4, 600)"
            if key in tensors:  # an input that may be left out is left out here
                assert tuple(map(int, axes[1].strip(", ").split(", "))) == tuple(tensors[key].shape[1:])


@every_system
def test_parameters_are_the_cards_and_the_published(name):
    card = zoo.system_module(name).CARD
    assert zoo.count_parameters(name, zoo.configure(name)) == card.parameters
    if card.published_parameters not in (None, card.parameters):
        numbers = (f"{card.parameters:,}", f"{card.published_parameters:,}")
        assert any(all(number in sentence for number in numbers) for sentence in card.deviations)


# --- the network


@every_variant
@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")  # on the way to the failure that is wanted
def test_smallest_length_is_the_smallest(name, variant):
    module = zoo.system_module(name)
    config = module.VARIANTS[variant]
    smallest = module.smallest_length(config)
    assert smallest >= 1
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        legal = replace(config, length=smallest)
        outputs = module.Net(legal).eval()(seq=torch.zeros(2, config.channels, smallest))
        assert {len(values) for values in outputs.values()} == {2}
        if smallest > 1:
            short = replace(config, length=smallest - 1)
            with pytest.raises((RuntimeError, ValueError, ZeroDivisionError)):
                module.Net(short).eval()(seq=torch.zeros(2, config.channels, smallest - 1))
    with pytest.raises(PrimaseError, match="cannot take sequences"):
        zoo.create(name, replace(config, length=smallest - 1))


@every_system
def test_gradient_reaches_every_parameter(name):
    net, batch = tiny(name)  # in eval mode: batch normalisation would cancel the biases before it
    total(net(**batch.inputs)).backward()
    unreached = [key for key, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not unreached


@every_system
def test_gradient_reaches_the_input_in_eval_mode(name):
    net, batch = tiny(name)
    seq = batch.inputs["seq"].clone().requires_grad_()
    total(net(seq=seq)).backward()
    assert seq.grad.abs().sum() > 0


@every_system
@pytest.mark.parametrize("training", [False, True])
def test_all_n_gives_numbers(name, training):
    net, batch = tiny(name)
    net.train(training)
    seq = torch.zeros_like(batch.inputs["seq"]).requires_grad_()
    outputs = net(seq=seq)
    total(outputs).backward()
    assert all(values.isfinite().all() for values in outputs.values())
    assert seq.grad.isfinite().all()
    assert all(p.grad.isfinite().all() for p in net.parameters() if p.grad is not None)


@every_system
def test_examples_do_not_influence_each_other(name):
    net, batch = tiny(name)
    seq = batch.inputs["seq"].clone()
    with torch.no_grad():
        before = net(seq=seq)
        alone = join_outputs([net(seq=row[None]) for row in seq])
        seq[1:] = 0
        after = net(seq=seq)
    for key, values in before.items():
        torch.testing.assert_close(alone[key], values, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(after[key][0], values[0], rtol=1e-5, atol=1e-6)
        assert not torch.equal(values[1], values[0]), "different sequences get different answers"


@every_system
def test_network_leaves_its_input_alone(name):
    net, batch = tiny(name)
    seq = batch.inputs["seq"].clone()
    net.train()(seq=seq)
    assert torch.equal(seq, batch.inputs["seq"])


@every_system
def test_weights_come_back_bit_for_bit(name, tmp_path):
    net, batch = tiny(name)
    save_weights(tmp_path / "model.safetensors", net.state_dict())
    other, _ = tiny(name, seed=1)
    other.load_state_dict(load_weights(tmp_path / "model.safetensors"))
    for key, tensor in net.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[key]), key
    assert torch.equal(predict_logits(net, batch.inputs["seq"]), predict_logits(other, batch.inputs["seq"]))


@every_system
def test_seed_decides_the_weights_and_nothing_else_changes(name):
    before = torch.get_rng_state()
    first, second, third = (tiny(name, seed=seed)[0].state_dict() for seed in (7, 7, 8))
    zoo.count_parameters(name, zoo.configure(name, variant="tiny"))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert any(not torch.equal(first[key], third[key]) for key in first)


@every_system
@pytest.mark.parametrize("length", [1, 17, 101])
@pytest.mark.parametrize("outputs", [1, 5])
def test_other_data_fit_through_adapt(name, length, outputs):
    module = zoo.system_module(name)
    sizes = {len(ALPHABETS[alphabet]) for alphabet in module.CARD.alphabets}
    for channels in (*sizes, *(size + len(STRUCTURE) for size in sizes)):
        config, notes = zoo.adapt(name, module.VARIANTS["tiny"], length=length, channels=channels, outputs=outputs)
        assert (config.channels, config.outputs) == (channels, outputs)
        assert config.length == max(length, module.smallest_length(config))
        batch = module.example(config, rows=3)
        assert batch.inputs["seq"].shape == (3, channels, config.length)
        assert zoo.create(name, config).eval()(**batch.inputs)["logits"].shape[:2] == (3, outputs)
        assert ("padded with N" in " ".join(notes)) == (length < config.length)


@pytest.mark.parametrize(
    ("name", "variant"), [(n, v) for n, v in VARIANTS if hasattr(zoo.configure(n), "output_length")]
)
def test_tracks_have_the_positions_of_the_data(name, variant):
    module = zoo.system_module(name)
    bins = module.bin_size(module.VARIANTS[variant]) if hasattr(module, "bin_size") else 1
    config, notes = zoo.adapt(name, module.VARIANTS[variant], length=40 * bins, channels=4, outputs=2, output_length=6)
    assert config.output_length == 6
    assert any(note.startswith("output length 6 instead of") for note in notes)
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        outputs = module.Net(config).eval()(seq=torch.zeros(2, 4, config.length))
    assert outputs["logits"].shape == (2, 2, 6)
    for length in (39 * bins, 5 * bins, *([40 * bins + 1] if bins > 1 else [])):
        with pytest.raises(PrimaseError, match="cannot predict 6 positions"):
            zoo.adapt(name, config, length=length, channels=4, outputs=2, output_length=6)


@every_system
def test_data_along_windows_need_a_system_that_gives_tracks(name):
    config = zoo.configure(name, variant="tiny")
    for key in {"output_length", "controls"} - {field.name for field in fields(config)}:
        with pytest.raises(PrimaseError, match=f"takes no data with {key}"):
            zoo.adapt(name, config, length=config.length, channels=4, outputs=1, **{key: 2})


@every_system
def test_published_sizes_need_no_note(name):
    card, config = zoo.system_module(name).CARD, zoo.configure(name)
    _, notes = zoo.adapt(name, config, length=card.length, channels=config.channels, outputs=config.outputs)
    assert notes == ()


@pytest.mark.parametrize(("name", "task"), TASKS)
def test_loss_falls_on_eight_examples(name, task):
    net, batch, question = fit_to(name, task)
    net.train()
    optimiser = torch.optim.Adam(net.parameters(), 0.02)
    torch.manual_seed(0)  # of the dropout
    for _ in range(60):
        optimiser.zero_grad()
        question.loss(net(**batch.inputs), batch.targets).backward()
        optimiser.step()
    untrained = fit_to(name, task)[0].eval()
    with torch.no_grad():
        before = question.loss(untrained(**batch.inputs), batch.targets)
        after = question.loss(net.eval()(**batch.inputs), batch.targets)
    assert after < 0.8 * before


@every_system
def test_tiny_is_quick(name):
    start = time.process_time()
    net, batch = tiny(name)
    total(net(**batch.inputs)).backward()
    assert time.process_time() - start < 1
    assert zoo.count_parameters(name, zoo.configure(name, variant="tiny")) < 20_000


@every_system
def test_golden_outputs(name):
    path = GOLDEN / f"{name}.json"
    assert path.is_file(), "run: python tests/golden/regenerate.py"
    golden = json.loads(path.read_text(encoding="utf-8"))
    net, batch = tiny(name, seed=golden["seed"])
    with torch.no_grad():
        outputs = net(**batch.inputs)
    assert {key for key in golden if key not in ("origin", "seed", "torch")} == set(outputs)
    for key, values in outputs.items():
        torch.testing.assert_close(values, torch.tensor(golden[key]), rtol=1e-4, atol=1e-6)


# --- the page


@every_system
def test_page_of_the_docs_is_current(name):
    page = ROOT / "docs" / "zoo" / page_name(name)
    assert page.is_file(), "run: python -m primase.reporting.zoo_pages docs/zoo"
    assert page.read_text(encoding="utf-8") == render_system(name), (
        "run: python -m primase.reporting.zoo_pages docs/zoo"
    )


def test_index_of_the_docs_is_current():
    assert (ROOT / "docs" / "zoo" / "index.md").read_text(encoding="utf-8") == render_index()


def test_no_golden_file_or_page_without_a_system():
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(SYSTEMS)
    assert {path.stem for path in (ROOT / "docs" / "zoo").glob("*.md")} == {*SYSTEMS, "index"}
