"""Motif files, the collections in the package, and looking motifs up."""

import gzip

import numpy as np
import pytest
from scipy.stats import entropy

from primase.core.alphabet import RNA
from primase.core.errors import FormatError, ShapeError, UnknownName
from primase.core.motifs import (
    COLLECTIONS,
    Motif,
    consensus,
    find_motif,
    information,
    jaspar_motifs,
    load_motifs,
    read_motifs,
    write_meme,
)

JASPAR = ">MA0001.1\tAB c\nA [ 0 3 ]\nC [ 4 1 ]\nG [ 0 0 ]\nT [ 0 0 ]\n>X\n1 2\n1 2\n1 2\n1 2\n"
MEME = """MEME version 4

ALPHABET= ACGT

MOTIF one first
letter-probability matrix: alength= 4 w= 2 nsites= 7 E= 0
 0.5 0.5 0 0
 0 0 1 0

MOTIF two
letter-probability matrix: alength= 4 w= 1
0.25 0.25 0.25 0.25
URL http://example.org/two
"""


@pytest.mark.parametrize(
    ("name", "count", "widths"),
    [("vertebrates", 1019, (4, 33)), ("plants", 927, (4, 30)), ("insects", 296, (5, 21)), ("fungi", 193, (5, 19))],
)
def test_the_collections_are_whole(name, count, widths):
    motifs = jaspar_motifs(name)
    assert len(motifs) == count
    assert len({motif.accession for motif in motifs}) == count
    assert (min(map(len, motifs)), max(map(len, motifs))) == widths
    assert all(np.allclose(motif.probabilities.sum(0), 1) for motif in motifs)
    assert name in COLLECTIONS


def test_the_package_holds_the_files_of_the_data_folder(real_data):
    from importlib.resources import files

    for name in COLLECTIONS:
        source = real_data / "regulatory" / "jaspar2026_core" / f"JASPAR2026_CORE_{name}.jaspar.txt.gz"
        assert (files("primase") / "data" / "jaspar" / f"{name}.txt.gz").read_bytes() == source.read_bytes()


def test_the_licence_of_the_collections_is_said():
    from importlib.resources import files

    notice = (files("primase") / "data" / "jaspar" / "NOTICE").read_text()
    assert "CC BY 4.0" in notice
    assert "JASPAR" in notice


@pytest.mark.parametrize("zipped", [False, True])
def test_jaspar_text_is_read(tmp_path, zipped):
    path = tmp_path / "m.txt"
    path.write_bytes(gzip.compress(JASPAR.encode()) if zipped else JASPAR.encode())
    first, second = read_motifs(path)
    assert (first.accession, first.name, first.sites) == ("MA0001.1", "AB c", 4)
    assert first.probabilities.tolist() == [[0, 0.75], [1, 0.25], [0, 0], [0, 0]]
    assert (second.accession, second.name) == ("X", "X")


def test_meme_text_is_read(tmp_path):
    (tmp_path / "m.meme").write_text(MEME)
    one, two = read_motifs(tmp_path / "m.meme")
    assert (one.accession, one.name, one.sites, len(one)) == ("one", "first", 7, 2)
    assert one.probabilities.T.tolist() == [[0.5, 0.5, 0, 0], [0, 0, 1, 0]]
    assert (two.accession, two.name, len(two)) == ("two", "two", 1)


def test_memelite_reads_what_is_written(tmp_path):
    from memelite.io import read_meme

    motifs = [find_motif("CTCF"), find_motif("GATA1")]
    write_meme(tmp_path / "m.meme", motifs)
    theirs = list(read_meme(str(tmp_path / "m.meme")).values())
    ours = read_motifs(tmp_path / "m.meme")
    for motif, their, our in zip(motifs, theirs, ours, strict=True):
        assert np.allclose(motif.probabilities, np.asarray(their), atol=1e-6)
        assert np.allclose(motif.probabilities, our.probabilities, atol=1e-6)
        assert (our.name, our.accession, our.sites) == (motif.name, motif.accession, motif.sites)


def test_names_with_blanks_stay_one_word(tmp_path):
    write_meme(tmp_path / "m.meme", [Motif("a b", "c d", np.full((4, 3), 0.25), 2)], alphabet=RNA, strands=1)
    text = (tmp_path / "m.meme").read_text()
    assert "MOTIF c_d a_b" in text
    assert "ALPHABET= ACGU" in text
    assert "strands" not in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "neither"),
        (b"hello", "neither"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"\x1f\x8b\x08broken", "cannot be read"),
        (b"MEME version 4\n", "holds no motif"),
        (b">a\nA [ 1 2 ]\nC [ 1 2 ]\nG [ 1 2 ]\n", "line 1: motif 'a' has 3 rows"),
        (b"\n>a\n1 2\n1 2\n1\n1 2\n", "line 2: motif 'a'"),
        (b">a\n1 0\n1 0\n1 0\n1 0\n", "empty column"),
        (b"MEME version 4\nMOTIF a\nletter-probability matrix: w= 3\n1 0 0 0\n", "line 3: motif 'a' has 1 rows"),
        (b"MEME version 4\nMOTIF a\nletter-probability matrix: w= 1\n1 0 0\n", "line 3: motif 'a'"),
        (b"MEME version 4\nletter-probability matrix: w= 1\n1 0 0 0\n", "line 2"),
    ],
)
def test_broken_files_are_named_by_line(tmp_path, content, message):
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(FormatError, match=message):
        read_motifs(tmp_path / "m")


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FormatError, match="cannot be read"):
        read_motifs(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "accession"),
    [
        ("CTCF", "MA0139.2"),
        ("ctcf", "MA0139.2"),
        ("MA0139", "MA0139.2"),
        ("MA1930.2", "MA1930.2"),
        ("FOS::JUN", "MA0099"),
    ],
)
def test_motifs_are_looked_up_by_name_or_accession(name, accession):
    assert find_motif(name).accession.startswith(accession)


def test_unknown_motifs_offer_near_ones():
    with pytest.raises(UnknownName, match="CTCF"):
        find_motif("CTCG")


def test_a_collection_or_a_file_is_loaded(tmp_path):
    assert load_motifs("fungi") == jaspar_motifs("fungi")
    (tmp_path / "m.meme").write_text(MEME)
    assert [motif.accession for motif in load_motifs(tmp_path / "m.meme")] == ["one", "two"]
    with pytest.raises(UnknownName, match="vertebrate"):
        load_motifs("vertebrate")
    with pytest.raises(UnknownName, match="mammals"):
        jaspar_motifs("mammals")


@pytest.mark.parametrize("shape", [(4,), (3, 5), (4, 0)])
def test_a_matrix_has_four_rows(shape):
    with pytest.raises(ShapeError, match="matrix of shape"):
        Motif("a", "a", np.ones(shape), 1)


def test_information_is_relative_entropy():
    rng = np.random.default_rng(0)
    matrix, background = rng.dirichlet(np.ones(4), 6).T, rng.dirichlet(np.ones(4))
    assert np.allclose(information(matrix, background), entropy(matrix, background[:, None], base=2))
    assert np.allclose(information(matrix), entropy(matrix, np.full((4, 1), 0.25), base=2))


@pytest.mark.parametrize(
    ("column", "letter"),
    [((0.6, 0.2, 0.1, 0.1), "A"), ((0.55, 0.4, 0.05, 0), "M"), ((0.3, 0.3, 0.2, 0.2), "N"), ((0, 0, 0.5, 0.5), "K")],
)
def test_consensus_letters(column, letter):
    assert consensus(np.array(column)[:, None]) == letter


def test_consensus_of_rna_has_u():
    assert consensus(np.eye(4), RNA) == "ACGU"
