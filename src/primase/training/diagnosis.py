"""What went wrong in a training, named from its history, and what to try."""

import math
from typing import Any

from primase.core.plan import Plan

RISE = 0.05  # of the loss of a constant answer: a smaller rise is no matter


def diagnose_training(history: list[dict[str, Any]], plan: Plan, *, stopped: str, null_loss: float) -> list[str]:
    """Name the troubles of one training.

    Parameters
    ----------
    history : list of dict
        Rows of ``history.csv``.
    plan : Plan
    stopped : str
        How it ended, from `Trained`.
    null_loss : float
        Training loss of the best constant answer; NaN where it is not known.

    Returns
    -------
    list of str
        One sentence or two per trouble: what, what was done, what to try. Empty where all is well.
    """
    if stopped == "exploded":
        told = (
            f"Exploding gradients: the loss stopped being a number in epoch {len(history)}. The best weights before it "
            f"were kept. Try --set plan.learning_rate={plan.learning_rate / 10:g} or --set plan.clip=1."
        )
        return [told]
    rows = [row for row in history if row.get("train_loss") is not None]
    if not rows:
        return []
    words: list[str] = []
    first, last = rows[0], rows[-1]
    norms = [row["gradient_norm"] for row in rows if row.get("gradient_norm") is not None]
    if norms and max(norms) > 100 * max(_median(norms), 1e-12) and max(norms) > 10:
        done = f"they were clipped at {plan.clip:g}" if plan.clip else "nothing was done; try --set plan.clip=1"
        words.append(f"Exploding gradients: their norm rose to {max(norms):.3g} (median {_median(norms):.3g}); {done}.")
    if norms and _median(norms) < 1e-5 and last["train_loss"] > 0.9 * null_loss:
        words.append(
            f"Vanishing gradients: their median norm is {_median(norms):.1e} and the loss hardly moved. "
            "Try a higher --set plan.learning_rate, or a shallower system."
        )
    losses = [row["valid_loss"] for row in rows if row.get("valid_loss") is not None]
    scale, fallen = null_loss, 0.7 * first["train_loss"]
    if not math.isfinite(null_loss):  # a loss without a zero: what it fell by is the measure
        scale = max(losses, default=0.0) - min(losses, default=0.0)
        fallen = first["train_loss"]
    if losses and math.isfinite(null_loss) and min(row["train_loss"] for row in rows) > 0.95 * null_loss:
        words.append(
            f"Underfitting: the training loss ended at {last['train_loss']:.3f}, a constant answer has "
            f"{null_loss:.3f}. Try a larger system, more epochs, or ask whether the label can be told from the "
            "sequence at all."
        )
    elif losses and losses[-1] - min(losses) > RISE * scale and last["train_loss"] < fallen:
        best = losses.index(min(losses)) + 1
        kept = f"the weights of epoch {best}" if plan.keep == "best" else "the last weights all the same"
        words.append(
            f"Overfitting: after epoch {best} the validation loss rose from {min(losses):.3f} to {losses[-1]:.3f} "
            f"while the training loss fell to {last['train_loss']:.3f}; {kept} were kept. More data, a smaller system "
            "or more weight decay help."
        )
    return words


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
