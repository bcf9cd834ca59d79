"""The training loop: short, deterministic, and resumable at any step."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from primase.core.batch import Batch, Outputs, join_outputs, to_float
from primase.core.plan import Plan
from primase.training.checkpoint import copy_state, load_checkpoint, save_checkpoint
from primase.training.optimiser import limit_norms, make_optimiser, rate_factor
from primase.training.precision import autocast

CHECKPOINT_SECONDS = 10.0
REPORT_SECONDS = 0.2


class Batches(Protocol):
    """What the loop is handed: epochs that depend on nothing but their number, and the rows as they stand."""

    def __len__(self) -> int: ...

    def steps(self, batch_size: int) -> int:
        """Return how many batches an epoch has."""
        ...

    def epoch(self, number: int, batch_size: int) -> Iterator[Batch]:
        """Yield the batches of epoch `number`."""
        ...

    def in_order(self, batch_size: int) -> Iterator[Batch]:
        """Yield the rows as they stand."""
        ...


@dataclass(frozen=True)
class Progress:
    """Where a training stands, for a progress bar."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    metric: float | None
    examples_per_second: float


@dataclass(frozen=True)
class Trained:
    """The outcome of a training.

    Attributes
    ----------
    state : dict of str to Tensor
        The weights that are kept.
    history : list of dict
        One row per epoch, with the columns of ``history.csv``.
    best_epoch : int
        Epoch of the kept weights, from 1.
    stopped : str
        Why it ended: ``finished``, ``patience`` or ``exploded``.
    """

    state: dict[str, Tensor]
    history: list[dict[str, Any]]
    best_epoch: int
    stopped: str


@dataclass
class _State:
    """What changes during a training, besides network and optimiser."""

    epoch: int = 0
    step: int = 0
    best_epoch: int = 0
    best_loss: float = math.inf
    loss_sum: float = 0.0
    rows: int = 0
    right: float = 0.0
    norm: float | None = None
    rate: float = 0.0


def train_network(  # noqa: PLR0913 - each argument is one thing the trainer must not decide itself
    net: nn.Module,
    train: Batches,
    valid: Batches | None,
    task: Any,
    plan: Plan,
    *,
    metric: Callable[[Outputs, Tensor], float],
    seed: int,
    precision: str = "float32",
    checkpoint: Path | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Trained:
    """Train `net` by `plan` and return the weights that are kept.

    The global random state, from which dropout draws, is forked, seeded and left as it was. Given the same arguments
    the result is the same bit for bit on a CPU, also when the training was interrupted and goes on from `checkpoint`.

    Parameters
    ----------
    net : nn.Module
        Trained in place, on its own device.
    train, valid : Batches
        Without `valid` the last weights are kept and the training never stops early.
    task : Task
        Owns loss and link.
    plan : Plan
    metric : callable
        ``metric(outputs, targets)``: the number shown beside the validation loss, larger is better.
    seed : int
    precision : str
        ``float32`` or ``bfloat16``; validation is always in float32.
    checkpoint : Path, optional
        Where the state is kept, at most every ten seconds, and looked for at the start.
    report : callable, optional
        Told of the progress a few times a second.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        run = _Training(net, train, valid, task, plan, metric, precision, checkpoint, report)
        return run.run()


class _Training:
    """One training under way; lives only inside `train_network`."""

    def __init__(  # noqa: PLR0913
        self,
        net: nn.Module,
        train: Batches,
        valid: Batches | None,
        task: Any,
        plan: Plan,
        metric: Callable[[Outputs, Tensor], float],
        precision: str,
        checkpoint: Path | None,
        report: Callable[[Progress], None] | None,
    ) -> None:
        self.net, self.train, self.valid, self.task, self.plan = net, train, valid, task, plan
        self.metric, self.precision, self.checkpoint, self.report = metric, precision, checkpoint, report
        self.device = next(net.parameters()).device
        self.parameters = [p for p in net.parameters() if p.requires_grad]
        self.optimiser = make_optimiser(net, plan)
        self.rates = [group["lr"] for group in self.optimiser.param_groups]
        self.steps = train.steps(plan.batch_size)
        self.factor = rate_factor(plan, self.steps * plan.epochs)
        self.average = copy_state(net) if plan.average else None
        self.best = copy_state(net)
        self.history: list[dict[str, Any]] = []
        self.state = _State()
        self.answered: list[tuple[Outputs, Tensor]] = []
        self.saved = self.shown = time.monotonic()
        if checkpoint is not None and checkpoint.is_file():
            self._restore(checkpoint)

    def run(self) -> Trained:
        plan = self.plan
        while self.state.epoch < plan.epochs:
            waited = self.state.epoch - self.state.best_epoch
            if plan.patience and waited >= plan.patience and self.valid is not None:
                return self._outcome("patience")
            if not self._run_epoch():
                return self._outcome("exploded")
        return self._outcome("finished")

    def _outcome(self, stopped: str) -> Trained:
        last = self.plan.keep == "last" or self.valid is None
        kept = self.best if stopped == "exploded" or not last else self.average or copy_state(self.net)
        epoch = self.state.epoch if kept is not self.best else self.state.best_epoch
        self.net.load_state_dict(kept)
        return Trained(kept, self.history, epoch, stopped)

    def _run_epoch(self) -> bool:
        state, plan, started = self.state, self.plan, time.monotonic()
        self.net.train()
        total = torch.tensor(state.loss_sum, dtype=torch.float64)
        skip = state.step
        for number, batch in enumerate(self.train.epoch(state.epoch, plan.batch_size)):
            if number < skip:  # an interrupted epoch is replayed up to where it was
                continue
            loss, outputs, norm = self._step(batch, last=number == self.steps - 1)
            state.rate = self.optimiser.param_groups[0]["lr"]
            if norm is not None and number == self.steps - 1:
                state.norm = norm.item()
            total += loss.cpu() * len(batch.targets)
            state.rows += len(batch.targets)
            if batch.targets.is_floating_point():
                state.right = math.nan  # no classes, no right calls
            else:
                self.answered.append((outputs, batch.targets))
            state.step = number + 1
            now = time.monotonic()
            if self.report is not None and now - self.shown > REPORT_SECONDS:
                self._show(total, now - started, now)
            if self.checkpoint is not None and now - self.saved > CHECKPOINT_SECONDS:
                state.loss_sum = total.item()
                self._save()
        train_loss = total.item() / max(state.rows, 1)
        row = {
            "epoch": state.epoch + 1,
            "train_loss": train_loss,
            "learning_rate": state.rate,
        }
        self._count_right()
        row["train_accuracy"] = None if math.isnan(state.right) else state.right / max(state.rows, 1)
        row["gradient_norm"] = state.norm
        if not math.isfinite(train_loss):
            self.history.append(row | {"seconds": time.monotonic() - started})
            return False
        self._validate(row)
        row["seconds"] = round(time.monotonic() - started, 4)
        self.history.append(row)
        self.state = _State(epoch=state.epoch + 1, best_epoch=state.best_epoch, best_loss=state.best_loss)
        if self.checkpoint is not None and time.monotonic() - self.saved > CHECKPOINT_SECONDS:
            self._save()
        return True

    def _step(self, batch: Batch, *, last: bool) -> tuple[Tensor, Outputs, Tensor | None]:
        plan, optimiser = self.plan, self.optimiser
        if self.factor is not None:
            factor = self.factor(self.state.epoch * self.steps + self.state.step)
            for group, rate in zip(optimiser.param_groups, self.rates, strict=True):
                group["lr"] = rate * factor
        optimiser.zero_grad(set_to_none=True)
        with autocast(self.precision, self.device):
            outputs = to_float(self.net(**batch.inputs))
        loss = self.task.loss(outputs, batch.targets, batch.weights)
        loss.backward()
        norm = None
        if plan.clip:
            norm = nn.utils.clip_grad_norm_(self.parameters, plan.clip)
        elif last:
            norm = nn.utils.get_total_norm([p.grad for p in self.parameters if p.grad is not None])
        optimiser.step()
        if plan.max_norm:
            limit_norms(self.net, plan.max_norm)
        if self.average is not None:
            self._update_average()
        return loss.detach(), {name: values.detach() for name, values in outputs.items()}, norm

    @torch.no_grad()
    def _update_average(self) -> None:
        # early on the average would remember the random start: its memory grows with the number of steps
        done = self.state.epoch * self.steps + self.state.step + 1
        decay = min(self.plan.average, (1 + done) / (10 + done))
        for name, tensor in self.net.state_dict().items():
            kept = self.average[name]
            if tensor.is_floating_point():
                kept.lerp_(tensor, 1 - decay)
            else:
                kept.copy_(tensor)

    def _validate(self, row: dict[str, Any]) -> None:
        state = self.state
        if self.valid is None:
            state.best_epoch = state.epoch + 1
            return
        current = None
        if self.average is not None:
            current = copy_state(self.net)
            self.net.load_state_dict(self.average)
        self.net.eval()
        with torch.inference_mode():
            batches = list(self.valid.in_order(max(256, self.plan.batch_size)))
            outputs = join_outputs([to_float(self.net(**batch.inputs)) for batch in batches])
            targets = torch.cat([batch.targets for batch in batches])
            weights = None if batches[0].weights is None else torch.cat([batch.weights for batch in batches])
            loss = self.task.loss(outputs, targets, weights).item()
        row["valid_loss"], row["valid_metric"] = loss, self.metric(outputs, targets)
        right = _right(self.task, outputs, targets)
        row["valid_accuracy"] = None if math.isnan(right) else right / len(targets)
        if loss < state.best_loss:
            state.best_loss, state.best_epoch = loss, state.epoch + 1
            if self.plan.keep == "best":
                self.best = copy_state(self.net)
        if current is not None:
            self.net.load_state_dict(current)

    def _show(self, total: Tensor, seconds: float, now: float) -> None:
        state = self.state
        self.shown = now
        metric = self.history[-1].get("valid_metric") if self.history else None
        rate = state.rows / max(seconds, 1e-9)
        loss = total.item() / max(state.rows, 1)
        self.report(Progress(state.epoch + 1, self.plan.epochs, state.step, self.steps, loss, metric, rate))

    def _count_right(self) -> None:
        """Add up the right calls of the steps since it was last done: once an epoch, since each look costs time."""
        if self.answered:
            outputs, targets = zip(*self.answered, strict=True)
            self.state.right += _right(self.task, join_outputs(outputs), torch.cat(targets))
            self.answered.clear()

    def _save(self) -> None:
        self._count_right()
        states = {"net": copy_state(self.net), "best": self.best}
        if self.average is not None:
            states["average"] = self.average
        save_checkpoint(self.checkpoint, states, self.optimiser, {**vars(self.state), "history": self.history})
        self.saved = time.monotonic()

    def _restore(self, path: Path) -> None:
        states, facts = load_checkpoint(path, self.optimiser)
        self.history = facts.pop("history")
        self.state = _State(**facts)
        self.net.load_state_dict(states["net"])
        self.best = {name: tensor.to(self.device) for name, tensor in states["best"].items()}
        if self.average is not None:
            self.average = {name: tensor.to(self.device) for name, tensor in states["average"].items()}


def _right(task: Any, outputs: Outputs, targets: Tensor) -> float:
    """Return the number of right calls; NaN where the answers are no classes."""
    if targets.is_floating_point():
        return math.nan
    scores = task.score(outputs)
    called = scores.argmax(1) if scores.shape[1] > 1 else (scores[:, 0] > 0).long()
    return float((called == targets).sum().item())
