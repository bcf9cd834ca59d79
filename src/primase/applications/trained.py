"""A trained model: its networks and everything that is needed to use them on new sequences."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from primase import zoo
from primase.core.alphabet import Alphabet, get_alphabet
from primase.core.errors import ManifestError
from primase.core.files import read_json, write_json
from primase.core.weights import load_weights, save_weights
from primase.curation.dataset import Dataset
from primase.curation.encoding import encode_rows
from primase.curation.training_intervals import CARD_FILE
from primase.evaluation.calibration import Calibration
from primase.inference import predict_outputs
from primase.nn.ensemble import Ensemble, TrackTotals
from primase.tasks import TRACKS, task_from_dict, task_to_dict

WEIGHTS_FILE = "model.safetensors"
ROWS_AT_ONCE = 4096  # windows that are read at once, fewer where they are long
LETTERS_AT_ONCE = 2**24


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """Networks, and how to feed and to read them.

    Attributes
    ----------
    networks : dict of str to nn.Module
        Members by name: ``""`` for a single one, else ``<fold>-<seed>``.
    system, variant : str
        What they are, in the zoo.
    config : Any
        The system's ``Config`` that they were built with.
    task : Task
        Owns the link.
    alphabet : Alphabet
    policy : str
        ``crop``, ``pad`` or ``tile``; ``whole`` for a network that takes sequences of any length as they are.
    strands : int
        2 if both strands are scored, and joined as the system's card says.
    structure : bool
        Whether three channels of a dot-bracket string follow the letters.
    calibration : Calibration or None
        From logits to predictions; None applies the task's link alone.
    threshold : float, list of float or None
        At or above which a class is called.
    facts : dict
        Anything else worth keeping, in plain values: plan, notes, precision, the genome that it was trained on.
    """

    networks: dict[str, nn.Module]
    system: str
    variant: str
    config: Any
    task: Any
    alphabet: Alphabet
    policy: str
    strands: int
    structure: bool = False
    calibration: Calibration | None = None
    threshold: Any = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Letters that a network takes."""
        return self.config.length

    @property
    def window(self) -> int:
        """Letters that it has been shown: fewer than `length` where windows of a genome were filled up behind."""
        return self.facts.get("window", self.length)

    def ensemble(self, fold: int | None = None) -> Ensemble:
        """Return the members (of one fold) on the strands they score, as one network with one log odds per question."""
        prefix = "" if fold is None else f"{fold}-"
        members = [net for name, net in self.networks.items() if name.startswith(prefix)]
        rows = list(self.alphabet.complement_rows) if self.strands == 2 else None
        log_odds = self.kind == "binary" and self.task.outputs == 1
        pool = zoo.system_module(self.system).CARD.strand_pool
        pairs = {name: self.facts.get(name, ()) for name in ("strand_pairs", "control_pairs")}
        return Ensemble(members, complement=rows, pool=pool, log_odds=log_odds, **pairs)

    @property
    def kind(self) -> str:
        """The kind of question."""
        return type(self.task).__module__.rpartition(".")[2]

    def scorer(self, fold: int | None = None) -> nn.Module:
        """Return the ensemble as a network with one logit per answer; of tracks, what tells how high each is."""
        net = self.ensemble(fold)
        return TrackTotals(net, self.task.explained) if self.kind in TRACKS else net

    def answers(self, dataset: Dataset, rows: np.ndarray, fold: int | None = None) -> np.ndarray:
        """Return one number per row and answer, (N,) or (N, T): probabilities, values, or log(1 + expected total)."""
        if self.kind not in TRACKS:
            return self.predictions(self.logits(dataset, rows, fold))
        totals = [self.expect(dataset, chunk, fold).sum(2) for chunk in self._chunks(rows)]
        logs = np.log1p(np.concatenate(totals))
        return logs[:, 0] if logs.shape[1] == 1 else logs

    def expect(self, dataset: Dataset, rows: np.ndarray, fold: int | None = None) -> np.ndarray:
        """Return the expected signal of every track in every bin, (N, T, bins) float32, for windows of some rows."""
        model, parts = self.ensemble(fold), []
        for chunk in self._chunks(rows):
            inputs = {"seq": encode_rows(dataset, chunk, self.length)[0]}
            if dataset.tracks is not None and dataset.tracks.control is not None:
                inputs["control"] = torch.from_numpy(dataset.tracks.middle_control(chunk))
            parts.append(self.task.link(predict_outputs(model, inputs)).numpy())
        shape = (0, len(self.task.names), self.config.output_length)
        return np.concatenate(parts) if parts else np.zeros(shape, np.float32)

    def _chunks(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        size = max(1, min(ROWS_AT_ONCE, LETTERS_AT_ONCE // self.length))
        for start in range(0, len(rows), size):
            yield rows[start : start + size]

    def logits(self, dataset: Dataset, rows: np.ndarray, fold: int | None = None) -> np.ndarray:
        """Return the logits (N, T) of some rows: the mean over members, strands and windows."""
        model = self.ensemble(fold)
        parts = []
        for chunk in self._chunks(rows):
            length = max(self.length, int(dataset.lengths[chunk].max())) if self.policy == "whole" else self.length
            seq, owner = encode_rows(dataset, chunk, length)
            logits = predict_outputs(model, {"seq": seq})["logits"].numpy().astype(np.float64)
            total = np.zeros((len(chunk), logits.shape[1]))
            np.add.at(total, owner, logits)
            parts.append(total / np.bincount(owner, minlength=len(chunk))[:, None])
        return np.concatenate(parts) if parts else np.zeros((0, self.task.outputs))

    def predictions(self, logits: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, or values, of logits (N, T): (N,) or (N, T)."""
        if self.calibration is not None:
            return self.calibration.apply(logits)
        return self.task.link({"logits": torch.from_numpy(logits)}).numpy()

    def save(self, folder: str | Path, *, weights: bool = True) -> None:
        """Write the model; its card comes last, so that a folder with a card is whole.

        Parameters
        ----------
        folder : str or Path
        weights : bool
            False where the members' weights are already in place.
        """
        folder = Path(folder)
        if weights:
            for name, net in self.networks.items():
                save_weights(folder / name / WEIGHTS_FILE, net.state_dict())
        values = {
            "system": self.system,
            "variant": self.variant,
            "members": list(self.networks),
            "config": asdict(self.config),
            "task": task_to_dict(self.task),
            "alphabet": self.alphabet.name,
            "length": self.length,
            "policy": self.policy,
            "strands": self.strands,
            "structure": self.structure,
            "calibration": None if self.calibration is None else self.calibration.to_dict(),
            "threshold": self.threshold,
            "names": list(self.task.names),
            "card": asdict(zoo.system_module(self.system).CARD),
            **self.facts,
        }
        write_json(folder / CARD_FILE, values)

    @classmethod
    def load(cls, folder: str | Path, device: str | torch.device = "cpu") -> "TrainedModel":
        """Read a model folder.

        Raises
        ------
        ManifestError
            If it holds no model.
        PrimaseError
            If the weights cannot be read.
        """
        folder = Path(folder)
        if not (folder / CARD_FILE).is_file():
            raise ManifestError(
                f"{folder} holds no model ({CARD_FILE} is missing)", fix="give the folder of a run that was trained"
            )
        values = read_json(folder / CARD_FILE)
        names = [values.pop(key) for key in ("system", "variant", "members", "config")]
        system, variant, members, sizes = names
        module = zoo.system_module(system)
        config = module.Config(**{key: tuple(v) if isinstance(v, list) else v for key, v in sizes.items()})
        networks = {}
        for name in members:
            net = zoo.create(system, config)
            net.load_state_dict(load_weights(folder / name / WEIGHTS_FILE))
            networks[name] = net.to(device).eval()
        task = task_from_dict(values.pop("task"))
        calibration = values.pop("calibration")
        for derived in ("length", "names", "card"):
            values.pop(derived)
        return cls(
            networks=networks,
            system=system,
            variant=variant,
            config=config,
            task=task,
            alphabet=get_alphabet(values.pop("alphabet")),
            policy=values.pop("policy"),
            strands=values.pop("strands"),
            structure=values.pop("structure"),
            calibration=None if calibration is None else Calibration.from_dict(calibration),
            threshold=values.pop("threshold"),
            facts=values,
        )

    def calibrated(self, calibration: Calibration, threshold: Any) -> "TrainedModel":
        """Return the model with a calibration and a threshold."""
        return replace(self, calibration=calibration, threshold=threshold)
