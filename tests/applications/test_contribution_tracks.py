"""Contributions stand in the bigWig at the letters that they are of."""

import numpy as np

from primase.applications.contribution_tracks import write_contributions
from primase.curation.formats import bigwig
from primase.curation.packing import open_genome
from primase.curation.sequences import GenomeSequences
from primase.interpretation.attributions import Attributions


def test_contributions_lie_where_their_letters_are(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "g.fa").write_text("".join(f">{n}\n{''.join(rng.choice(list('ACGT'), 300))}\n" for n in ("a", "b")))
    genome = open_genome(tmp_path / "g.fa", cache=tmp_path)
    contigs, starts = np.array([0, 1, 0, 0]), np.array([100, 20, 110, 5])
    strands = np.array([1, -1, -1, 1], np.int8)
    places = GenomeSequences(genome, contigs, starts, starts + 30, strands, np.array([False, False, False, True]))
    codes = places.cut(np.arange(4), np.zeros(4, np.int64), 30)
    sequences = (codes[:, None] == np.arange(4)[:, None]).astype(np.int8)
    values = rng.normal(size=(4, 4, 30)).astype(np.float32)
    why = Attributions(np.array(["w", "x", "y", "z"], object), sequences, {"saliency": {"yes": values}})
    (path,) = write_contributions(tmp_path, why, places, "saliency")
    assert path.name == "attributions.bw"
    track = bigwig.read(path)
    wanted, count = {"a": np.zeros(300), "b": np.zeros(300)}, {"a": np.zeros(300), "b": np.zeros(300)}
    for row in range(3):
        for position in range(30):
            place = starts[row] + (position if strands[row] > 0 else 29 - position)
            wanted["ab"[contigs[row]]][place] += values[row, codes[row, position], position]
            count["ab"[contigs[row]]][place] += 1
    for name in "ab":
        found = track.read(name, np.array([0]), 300)[0]
        np.testing.assert_allclose(found, wanted[name] / np.maximum(count[name], 1), rtol=1e-5, atol=1e-6)
    several = Attributions(why.ids, sequences, {"saliency": {"u/v": values, "w": -values}})
    names = [path.name for path in write_contributions(tmp_path, several, places, "saliency")]
    assert names == ["attributions.u_v.bw", "attributions.w.bw"]
    alone = GenomeSequences(genome, contigs, starts, starts + 30, strands, np.ones(4, bool))
    assert write_contributions(tmp_path, why, alone, "saliency") == []
