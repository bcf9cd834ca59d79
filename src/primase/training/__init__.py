"""Step 2b, train: one loop that is handed a network, batches and a plan, and knows neither architecture nor file."""

from primase.training.diagnosis import diagnose_training
from primase.training.history import COLUMNS, read_history, write_history
from primase.training.loop import Trained, train_network
from primase.training.precision import choose_precision

__all__ = [
    "COLUMNS",
    "Trained",
    "choose_precision",
    "diagnose_training",
    "read_history",
    "train_network",
    "write_history",
]
