"""Shared fixtures: small data with a known truth, and the folder of real data where there is one."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings

from primase.core.alphabet import DNA, encode
from primase.curation.dataset import Dataset
from primase.curation.sequences import StoredSequences

# the same examples every time: a test that fails can be run again
settings.register_profile("steady", derandomize=True)
settings.load_profile("steady")
torch.set_num_threads(1)  # two test processes share two cores


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep packed genomes and downloads of the tests apart from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRIMASE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real data sets, or skip."""
    folder = os.environ.get("PRIMASE_DATA")
    if not folder:
        pytest.skip("PRIMASE_DATA names no folder of real data")
    return Path(folder)


def make_dataset(rows: int = 400, length: int = 40, *, task: str = "binary", seed: int = 0) -> Dataset:
    """Return random DNA whose answer is told by a planted motif."""
    rng = np.random.default_rng(seed)
    letters = rng.integers(0, 4, (rows, length))
    planted = rng.random(rows) < 0.5
    for row in np.flatnonzero(planted):
        at = rng.integers(0, length - 6)
        letters[row, at : at + 6] = [0, 1, 2, 2, 1, 3]
    strings = ["".join("ACGT"[i] for i in row) for row in letters]
    codes, offsets = encode(strings)
    if task == "regression":
        targets, names = (planted * 2.0 + rng.normal(0, 0.1, rows))[:, None].astype(np.float32), ("strength",)
    elif task == "multilabel":
        targets, names = np.stack([planted, letters[:, 0] == 1], 1).astype(np.float32), ("motif", "start")
    elif task == "multiclass":
        targets, names = np.where(planted, 2, (letters[:, 0] < 2)).astype(np.int64), ("a", "b", "motif")
    else:
        targets, names = planted.astype(np.int64), ("no", "yes")
    parts = np.repeat([0, 1, 2], [rows * 8 // 10, rows // 10, rows - rows * 8 // 10 - rows // 10]).astype(np.int8)
    ids = np.array([f"s{i}" for i in range(rows)], object)
    return Dataset(
        ids=ids, sequences=StoredSequences(codes, offsets), targets=targets, parts=parts, units=np.arange(rows), alphabet=DNA,
        task=task, names=names, length=length, policy="pad",
    )  # fmt: skip


@pytest.fixture
def planted() -> Dataset:
    """Return 400 sequences of 40 letters, half of them with ACGGCT."""
    return make_dataset()
