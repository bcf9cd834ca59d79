"""What is settled before training: the system, its sizes, the plan and the strands; each with its reason."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from primase import zoo
from primase.applications.fitting import Choice, choose_balance, published_or_house
from primase.core.errors import PrimaseError
from primase.core.plan import Plan
from primase.curation.augmentation import NUDGE
from primase.curation.dataset import Dataset
from primase.curation.tracks import Tracks
from primase.evaluation.probes import probe_shift, probe_strands

AUTO = {"counts": ("basenji", "small"), "profile": ("bpnet", "base")}  # by task; else the next
USUAL = ("tandem", "base")
MOST_LAYERS = 24
BATCH_LETTERS = 2**20  # of a training batch under the house plan: longer windows, fewer of them


def choose(dataset: Dataset, system: Any, train: Any, *, seed: int) -> Choice:
    """Settle everything that training needs, from the data set and what the user asked for.

    Parameters
    ----------
    dataset : Dataset
        Only its training and validation parts are looked at.
    system : SystemOptions
    train : TrainOptions
    seed : int

    Returns
    -------
    Choice

    Raises
    ------
    UnknownName
        If a system, a variant or a field does not exist.
    PrimaseError
        If the system does not take such data.
    """
    notes = []
    name, variant = system.name, system.variant
    if name == "auto":
        name, usual = AUTO.get(dataset.task, USUAL)
        variant = usual if variant == "base" else variant
        notes.append(why_auto(dataset, name))
    card = zoo.system_module(name).CARD
    if dataset.alphabet.name not in card.alphabets:
        raise PrimaseError(
            f"{name} takes {' or '.join(card.alphabets)}, the data are {dataset.alphabet.name}",
            fix="choose another system with --system, or auto",
        )
    if dataset.task not in card.tasks:
        raise PrimaseError(
            f"{name} does not do {dataset.task}, only {', '.join(card.tasks)}",
            fix="choose another system with --system, or auto",
        )
    plan = published_or_house(name, train.plan, train.changes)
    if train.seeds:
        plan = replace(plan, members=train.seeds)
    config = zoo.configure(name, variant=variant, changes=system.changes)
    outputs = 1 if dataset.task == "binary" else len(dataset.names)
    if dataset.task == "binary" and config.outputs == 2:
        outputs = 2  # a binary question may keep the two softmax columns of its paper
    config, why = _fit_bins(name, config, dataset, system.changes)
    notes += [why] if why else []
    sizes = {"length": dataset.length, "channels": dataset.channels, "outputs": outputs}
    config, departures = zoo.adapt(name, config, **sizes, **_track_sizes(dataset))
    if dataset.tracks is not None and config.length > dataset.length:
        raise PrimaseError(
            f"{name} needs {config.length} letters to predict {dataset.tracks.bins} positions, the windows have "
            f"{dataset.length}",
            fix=f"curate with --window {config.length}",
        )
    notes += departures
    fitting = max(1, BATCH_LETTERS // config.length)
    if train.plan == "house" and "batch_size" not in train.changes and fitting < plan.batch_size:
        notes.append(f"{fitting} windows a step instead of {plan.batch_size}, since they are long")
        plan = replace(plan, batch_size=fitting)
    strands, why = choose_strands(dataset, plan, train.strands, seed=seed)
    notes += [why] if why else []
    shift, why = choose_shift(dataset, plan.shift, strands, seed=seed)
    plan = replace(plan, shift=shift)
    notes += [why] if why else []
    balance, why = choose_balance(plan.balance, dataset)
    notes += [why] if why else []
    if dataset.folds is not None:
        notes.append(
            "strands, shift and balance are settled once for all folds, on the training and validation part of fold 0"
        )
    return Choice(
        system=name,
        variant=variant,
        config=config,
        plan=plan,
        strands=strands,
        balance=balance,
        notes=tuple(notes),
    )


def check_choice(system: Any, train: Any) -> None:
    """Refuse a system, a variant or a field that does not exist, before any work is done.

    Raises
    ------
    UnknownName
        If there is none of that name.
    PrimaseError
        If a value cannot be.
    """
    for field in ("length", "channels", "outputs", "output_length", "controls"):
        if field in system.changes:
            raise PrimaseError(
                f"system.{field} follows from the data", fix="use --length" if field == "length" else "leave it out"
            )
    names = [USUAL[0], *(name for name, _ in AUTO.values())] if system.name == "auto" else [system.name]
    errors = []
    for name in names:  # which one auto takes depends on the task
        try:
            zoo.configure(name, variant=system.variant, changes=system.changes)
        except PrimaseError as error:
            errors.append(error)
    if len(errors) == len(names):
        raise errors[0]
    published_or_house(names[0], train.plan, train.changes)


def _fit_bins(name: str, config: Any, dataset: Dataset, changes: dict[str, Any]) -> tuple[Any, str]:
    """Give a system the bins of the data, where it can have others than its own.

    Raises
    ------
    PrimaseError
        If it cannot, or the user fixed what decides on them.
    """
    tracks, module = dataset.tracks, zoo.system_module(name)
    wide = module.bin_size(config) if hasattr(module, "bin_size") else 1
    if tracks is None or wide == tracks.bin:
        return config, ""
    if not hasattr(module, "with_bin") or "pools" in changes:
        raise PrimaseError(
            f"{name} predicts bins of {wide} letters, the data have bins of {tracks.bin}",
            fix=f"curate with --bin {wide}, or choose another system or other --set system.pools",
        )
    fitted = module.with_bin(config, tracks.bin)
    return fitted, f"it pools by {_times(fitted.pools)} instead of {_times(config.pools)}: bins of {tracks.bin} letters"


def _times(pools: Sequence[int]) -> str:
    return " x ".join(map(str, pools))


def _track_sizes(dataset: Dataset) -> dict[str, int]:
    """Return what tracks ask of a system: how many positions, and how many controls."""
    tracks = dataset.tracks
    if tracks is None:
        return {}
    controls = {} if tracks.control is None else {"controls": tracks.control.shape[1]}
    return {"output_length": tracks.bins, **controls}


def why_auto(dataset: Dataset, name: str) -> str:
    """Say why `auto` takes the system that it takes."""
    data = f"{len(dataset.part('train')):,} training sequences of {dataset.length:,} letters ({dataset.task})"
    reasons = {
        "basenji": "convolutions that pool to its bins, and dilated ones that see the whole window",
        "bpnet": "dilated convolutions that keep every position, one head for the profile and one for the count",
    }
    usual = (
        "its linear path over k-mers and positions learns from few examples, its convolutions add what is not linear, "
        "and both see the whole sequence"
    )
    return f"auto takes {name} for {data}: {reasons.get(name, usual)}"


def choose_strands(dataset: Dataset, plan: Plan, wish: int, *, seed: int) -> tuple[int, str]:
    """Decide whether both strands of a sequence mean the same; by linear probes on the validation part if left open.

    Returns
    -------
    strands : int
        1 or 2.
    why : str
    """
    if not dataset.alphabet.complement or dataset.alphabet.name != "dna":
        if wish == 2:
            raise PrimaseError(
                f"--strands 2 was given for {dataset.alphabet.name}", fix="leave it out: one strand only"
            )
        return 1, ""
    if dataset.sequences.structure is not None:  # a structure does not turn with its sequence
        if wish == 2:
            raise PrimaseError("--strands 2 was given for sequences with a structure", fix="leave it out")
        return 1, "the given strand is scored, since a structure does not turn with its sequence"
    if wish:
        return wish, f"{'both strands are' if wish == 2 else 'the given strand is'} scored, as asked"
    if dataset.tracks is not None and plan.reverse_complement == "auto":
        paired = dataset.tracks.strand_pairs
        return 2, "both strands are shown and scored" + (", tracks of strands change places" if paired else "")
    if plan.reverse_complement != "auto":
        both = plan.reverse_complement == "on"
        return (2, "both strands are scored, as in the plan") if both else (1, "")
    return probe_strands(dataset, seed=seed)


def choose_shift(dataset: Dataset, wish: int, strands: int, *, seed: int) -> tuple[int, str]:
    """Decide by how many letters training sequences may be shifted; by linear probes on the validation part if open.

    Returns
    -------
    shift : int
    why : str
    """
    if dataset.tracks is not None:
        return _track_shift(dataset.tracks, wish)
    fixed = dataset.alphabet.name != "dna" or dataset.sequences.structure is not None
    if wish > 0 and fixed:
        kind = (
            "sequences with a structure"
            if dataset.sequences.structure is not None
            else f"{dataset.alphabet.name} sequences"
        )
        raise PrimaseError(f"plan.shift is {wish}, but {kind} are not shifted", fix="leave it out")
    if wish >= 0 or fixed:
        return max(wish, 0), ""
    return probe_shift(dataset, merged=strands == 2, seed=seed)


def _track_shift(tracks: Tracks, wish: int) -> tuple[int, str]:
    """Shift windows as far as their tracks are known, or by less than half a bin."""
    most = tracks.margin * tracks.bin or min(NUDGE, (tracks.bin - 1) // 2)
    if wish > most:
        raise PrimaseError(
            f"plan.shift is {wish}, but the tracks are known to {most} letters beyond their windows",
            fix=f"curate with --jitter {wish}, or give a smaller shift",
        )
    shift = most if wish < 0 else wish
    return shift, f"training windows are shifted by up to {shift} letters, with their tracks" if shift else ""


def layer_table(choice: Choice) -> list[dict[str, Any]]:
    """Return name, output shape and parameters of every layer; of more than `MOST_LAYERS`, those of their blocks.

    They come from a pass on the meta device: nothing is computed.
    """
    with torch.device("meta"):
        net = zoo.system_module(choice.system).Net(choice.config)
        seq = torch.zeros(1, choice.config.channels, choice.config.length)
    rows: list[dict[str, Any]] = []

    def note(name: str, module: nn.Module) -> None:
        def hook(_: nn.Module, __: Any, output: Any) -> None:
            output = output[0] if isinstance(output, tuple) else output
            shape = list(output.shape[1:]) if torch.is_tensor(output) else []
            own = sum(p.numel() for p in module.parameters())
            rows.append({"name": name, "kind": type(module).__name__, "shape": shape, "parameters": own})

        module.register_forward_hook(hook)

    for name, module in net.named_modules():
        if name and not list(module.children()):
            note(name, module)
    with torch.no_grad():
        net.eval()(seq=seq)
    counted = {name.rpartition(".")[0] for name, _ in net.named_parameters()}
    for name in sorted(counted - {row["name"] for row in rows}):  # parameters held by a module that is no leaf
        module = net.get_submodule(name)
        own = sum(p.numel() for p in module.parameters(recurse=False))
        rows.append({"name": name or choice.system, "kind": type(module).__name__, "shape": [], "parameters": own})
    return _blocks(rows) if len(rows) > MOST_LAYERS else rows


def layer_lines(layers: list[dict[str, Any]]) -> list[str]:
    """Return the layer table as lines of text."""
    cells = [("layer", "kind", "output", "parameters")]
    for row in layers:
        shape = " x ".join(map(str, row["shape"]))
        cells.append((row["name"], row["kind"], shape, f"{row['parameters']:,}" if row["parameters"] else "-"))
    widths = [max(len(cell[i]) for cell in cells) for i in range(4)]
    lines = [f"  {a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}" for a, b, c, d in cells]
    return [*lines, f"  {sum(row['parameters'] for row in layers):,} parameters"]


def _blocks(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row per block, the layers whose names share their first two parts."""
    blocks: dict[str, list[dict[str, Any]]] = {}
    for row in layers:
        blocks.setdefault(".".join(row["name"].split(".")[:2]), []).append(row)
    return [
        {
            "name": name,
            "kind": rows[0]["kind"] if len(rows) == 1 else f"{len(rows)} layers",
            "shape": rows[-1]["shape"],
            "parameters": sum(row["parameters"] for row in rows),
        }
        for name, rows in blocks.items()
    ]
