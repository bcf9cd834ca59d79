import numpy as np

from primase.core.alphabet import DNA
from primase.evaluation.features import kmer_columns
from primase.evaluation.kernels import count_kmers


def test_letters_that_are_written_as_read_only_memory_are_counted():
    codes = np.array([0, 1, 4, 1, 1], np.uint8)
    codes.setflags(write=False)  # as a memory-mapped data set gives them
    columns, names = kmer_columns(DNA, 2, merged=False)
    out = np.zeros((1, len(names)), np.float32)
    count_kmers(codes, np.array([0]), np.array([5]), 4, columns, out)
    assert {name: count for name, count in zip(names, out[0], strict=True) if count} == {
        "A": 1,
        "C": 3,
        "AC": 1,
        "CC": 1,
    }
