"""Write the golden outputs again: ``python tests/golden/regenerate.py [SYSTEM...]``.

One file per system in ``tests/golden/zoo``: the outputs of its variant ``tiny``, freshly drawn with seed 0, on four rows
of its ``example``. They were made by primase itself: they do not say that a system is right (the other contract tests,
and the tests with the authors' weights, do), but that a change did not change it. Look at the difference before you
commit it, and state it in CHANGELOG.md.
"""

import sys
from pathlib import Path

import torch

from primase import zoo
from primase.core.files import write_json

FOLDER = Path(__file__).parent / "zoo"
ORIGIN = "made by tests/golden/regenerate.py: variant tiny, weights drawn with this seed, four rows of example()"
SEED = 0


def regenerate(name: str) -> Path:
    """Write the golden file of one system."""
    module = zoo.system_module(name)
    config = module.VARIANTS["tiny"]
    net, batch = zoo.create(name, config, seed=SEED).eval(), module.example(config, rows=4)
    with torch.no_grad():
        outputs = net(**batch.inputs)
    path = FOLDER / f"{name}.json"
    write_json(path, {"origin": ORIGIN, "seed": SEED, "torch": torch.__version__.split("+")[0], **outputs})
    return path


if __name__ == "__main__":
    torch.set_num_threads(1)
    for name in sys.argv[1:] or zoo.system_names():
        regenerate(name)
