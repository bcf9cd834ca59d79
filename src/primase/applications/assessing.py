"""Step 3 for a trained model: calibrate it on the validation part, score it and the baselines on the test part."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from primase.applications.trained import TrainedModel
from primase.core.files import write_with
from primase.curation.dataset import PARTS, Dataset
