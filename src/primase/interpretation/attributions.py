"""Attributions of a model's outputs to the letters of sequences: computed by several methods, kept in one file."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from primase.core.errors import FormatError, ShapeError, UnknownName
from primase.core.files import writing
from primase.interpretation.contributions import check_sequences, shuffled_references
from primase.interpretation.deeplift import deep_lift
from primase.interpretation.gradients import input_x_gradient, integrated_gradients
from primase.interpretation.mutagenesis import saturation_mutagenesis
from primase.interpretation.saliency import saliency

# Each: f(model, seq, target, *, hypothetical, batch_size) -> (N, C, L). DeepLIFT stands apart, since it says how nearly
# its contributions add up.
_SIMPLE: dict[str, Callable[..., Tensor]] = {
    "saliency": saliency,
    "input_x_gradient": input_x_gradient,
    "integrated_gradients": integrated_gradients,
    "saturation_mutagenesis": saturation_mutagenesis,
}
MAIN_METHOD = "deep_lift_shap"
METHODS = ("saliency", "input_x_gradient", "integrated_gradients", "deep_lift_shap", "saturation_mutagenesis")


@dataclass(frozen=True, eq=False)
class Attributions:
    """Attributions of some sequences, by method and target.

    Attributes
    ----------
    ids : tuple of str
        One per sequence.
    sequences : ndarray, shape=(N, A, L), int8
        One-hot; rows in the alphabet's order.
    values : dict of str to dict of str to ndarray
        ``values[method][target]``, shape (N, A, L), float32, in logits; hypothetical, so also at letters that are not
        there.
    errors : dict of str to float
        For each target, the share of the difference of logits by which the DeepLIFT contributions miss it, on average.
    starts : ndarray, shape=(N,), int64, or None
        Where the explained window of each sequence begins, from 0; None where all are seen from their first letter.
    """

    ids: tuple[str, ...]
    sequences: np.ndarray
    values: dict[str, dict[str, np.ndarray]]
    errors: dict[str, float] = field(default_factory=dict)
    starts: np.ndarray | None = None

    def __post_init__(self) -> None:
        for method, targets in self.values.items():
            for target, values in targets.items():
                if values.shape != self.sequences.shape or len(self.ids) != len(values):
                    raise ShapeError(
                        f"{method} of {target} has shape {values.shape} for {len(self.ids)} ids and sequences of shape "
                        f"{self.sequences.shape}",
                        fix="give one value per letter",
                    )

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        named = f"{', '.join(self.values)} of {', '.join(self.targets)}"
        return f"<Attributions of {len(self):,} sequences of {self.sequences.shape[2]:,} letters: {named}>"

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the classes or targets, in order."""
        return tuple(next(iter(self.values.values()), {}))

    def of(self, method: str, target: str) -> np.ndarray:
        """Return hypothetical values, shape (N, A, L).

        Raises
        ------
        UnknownName
            If there is no such method or target.
        """
        if method not in self.values:
            raise UnknownName("attribution method", method, self.values)
        if target not in self.values[method]:
            raise UnknownName("target", target, self.values[method])
        return self.values[method][target]

    def projected(self, method: str, target: str) -> np.ndarray:
        """Return the contribution of the letter at each position, shape (N, L)."""
        return (self.of(method, target) * self.sequences).sum(1)

    def save(self, path: str | Path) -> None:
        """Write an HDF5 file: ``ids``, ``sequences``, ``/<method>/<target>``, and ``starts`` of windows; gzip.

        A slash in a target's name is written ``%2F``; the attribute ``name`` of the data set holds the name as it is.
        """
        import h5py

        packed: dict[str, Any] = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
        buffer = io.BytesIO()  # HDF5 itself, on a disk that is full, ends the whole process
        with h5py.File(buffer, "w") as file:
            file.create_dataset("ids", data=list(self.ids), dtype=h5py.string_dtype())
            file.create_dataset("sequences", data=self.sequences.astype(np.int8), **packed)
            if self.starts is not None:
                file.create_dataset("starts", data=self.starts.astype(np.int64))
            for method, targets in self.values.items():
                group = file.create_group(method, track_order=True)
                for target, values in targets.items():
                    data = group.create_dataset(_key(target), data=values.astype(np.float32), **packed)
                    data.attrs["name"] = target
                    if method == MAIN_METHOD and target in self.errors:
                        data.attrs["relative_error"] = self.errors[target]
        with writing(path) as draft:
            draft.write_bytes(buffer.getbuffer())

    @classmethod
    def load(cls, path: str | Path) -> "Attributions":
        """Read what `save` wrote.

        Raises
        ------
        FormatError
            If the file is missing or is none of that kind.
        """
        import h5py

        try:
            with h5py.File(path, "r") as file:
                content: Any = file
                values, errors = {}, {}
                for method in (name for name in METHODS if name in content):
                    values[method] = {data.attrs["name"]: data[:] for data in content[method].values()}
                    marked = [data for data in content[method].values() if "relative_error" in data.attrs]
                    errors |= {data.attrs["name"]: float(data.attrs["relative_error"]) for data in marked}
                ids = tuple(name.decode() for name in content["ids"][:])
                starts = content["starts"][:] if "starts" in content else None
                return cls(ids, content["sequences"][:], values, errors, starts)
        except (OSError, KeyError) as error:
            raise FormatError(path, f"is no attributions file: {error}", fix="interpret the run again") from error

    def export_modisco(self, folder: str | Path, *, target: str | None = None, method: str = MAIN_METHOD) -> list[Path]:
        """Write the two files that TF-MoDISco tools read: ``modisco motifs -s ohe.npz -a shap.npz``.

        Parameters
        ----------
        folder : str or Path
        target : str, optional
            Which class or target; default: the first.
        method : str
            Which attributions.

        Returns
        -------
        list of Path
            ``ohe.npz`` (one-hot) and ``shap.npz`` (hypothetical contributions), each (N, 4, L) under the key ``arr_0``.
        """
        values = self.of(method, self.targets[0] if target is None else target)
        paths = []
        for name, array in (("ohe.npz", self.sequences.astype(np.int8)), ("shap.npz", values.astype(np.float32))):
            paths.append(Path(folder) / name)
            with writing(paths[-1]) as draft:
                np.savez_compressed(draft, array)
        return paths


def _key(name: str) -> str:
    """Return a name under which HDF5 does not see a path."""
    key = name.replace("%", "%25").replace("/", "%2F")
    return key if key.strip(".") else key.replace(".", "%2E")


def attribute(
    model: nn.Module,
    seq: Tensor | np.ndarray,
    targets: Mapping[str, int],
    *,
    ids: Sequence[str] | None = None,
    methods: Sequence[str] = METHODS,
    seed: int = 0,
) -> Attributions:
    """Attribute outputs of a model to the letters of sequences.

    Parameters
    ----------
    model : nn.Module
        Takes ``seq`` (B, C, L), returns ``{"logits": (B, T)}``. Left as it was.
    seq : Tensor or ndarray, shape=(N, C, L)
        One-hot; channels beyond the letters (a structure) are used and not attributed to.
    targets : mapping of str to int
        Name and logit of each output to explain.
    ids : sequence of str, optional
        Names of the sequences; default: their numbers.
    methods : sequence of str
        Some of `METHODS`. Mutagenesis costs most: 3 L predictions per sequence.
    seed : int
        Of the shuffled references.

    Returns
    -------
    Attributions

    Raises
    ------
    UnknownName
        If there is no such method.
    ShapeError
        If `seq` is not one-hot.

    Examples
    --------
    >>> class CountG(nn.Module):
    ...     def forward(self, seq):
    ...         return {"logits": seq[:, 2].sum(-1, keepdim=True)}
    >>> why = attribute(CountG(), torch.eye(4)[None], {"G": 0}, methods=["saturation_mutagenesis"])
    >>> why.projected("saturation_mutagenesis", "G").tolist()
    [[-0.25, -0.25, 0.75, -0.25]]
    """
    for method in methods:
        if method not in METHODS:
            raise UnknownName("attribution method", method, METHODS)
    seq = torch.as_tensor(seq).float()
    letters = check_sequences(seq)
    references = shuffled_references(seq, seed=seed) if MAIN_METHOD in methods else None
    values: dict[str, dict[str, np.ndarray]] = {}
    errors: dict[str, float] = {}
    for method in methods:
        values[method] = {}
        for name, target in targets.items():
            if method == MAIN_METHOD:
                result = deep_lift(model, seq, target, references=references)
                found, errors[name] = result.values, result.relative_error
            else:
                found = _SIMPLE[method](model, seq, target, hypothetical=True)
            values[method][name] = found[:, :letters].numpy().astype(np.float32)
    names = tuple(map(str, range(len(seq)))) if ids is None else tuple(map(str, ids))
    return Attributions(names, seq[:, :letters].cpu().numpy().astype(np.int8), values, errors)
