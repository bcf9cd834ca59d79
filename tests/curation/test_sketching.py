"""Windows are listed the same from both strands, and packed letters are the letters."""

import numpy as np

from primase.core.alphabet import encode, reverse_complement
from primase.curation.seeding import draw_seeds
from primase.curation.sketching import list_windows, pack_planes, peek


def test_both_strands_of_a_window_have_one_hash():
    row = "".join(np.random.default_rng(2).choice(list("ACGT"), 80))
    shape = draw_seeds(10, 32, 2, 0)[1]
    hashes, sides = [], []
    for text in (row, reverse_complement(row)):
        codes, offsets = encode([text])
        entries, _ = list_windows(codes, offsets, shape, (4, 2, 12), True, 1.0, (0, 256))
        inner = (entries[:, 0] & np.uint64(0xFFFFFFFF)) >> np.uint64(1)
        whole = (inner >= 12) & (inner <= 80 - 12 - len(shape))  # with 12 letters on both sides
        hashes.append(sorted((entries[:, 0] >> np.uint64(32)).tolist()))
        sides.append(sorted(entries[whole, 1].tolist()))
    assert hashes[0] == hashes[1]
    assert sides[0] == sides[1]


def test_planes_hold_the_codes():
    codes = np.random.default_rng(3).integers(0, 20, 200).astype(np.uint8)
    packed = pack_planes(codes, 5)
    for i, code in enumerate(codes.tolist()):
        bits = [int(packed[(i + 64) >> 6, plane] >> np.uint64(i & 63)) & 1 for plane in range(5)]
        assert sum(bit << plane for plane, bit in enumerate(bits)) == code
    out = np.empty(5, np.uint64)
    for first in (-60, -1, 0, 1, 63, 100, 180):
        peek(packed, first, out)
        seen = [sum(((int(out[plane]) >> i) & 1) << plane for plane in range(5)) for i in range(64)]
        expected = [int(codes[i]) if 0 <= i < 200 else 0 for i in range(first, first + 64)]
        assert seen == expected
