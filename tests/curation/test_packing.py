"""A packed genome gives back every letter of its FASTA, at any place, on either strand."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from primase.core.alphabet import DNA, decode, encode
from primase.core.errors import FormatError, PrimaseError
from primase.curation import packing
from primase.curation.packing import PackedGenome, open_genome, open_packed

COMPLEMENT = str.maketrans("ACGT", "TGCA")


def packed(folder: Path, text: str | bytes, name: str = "a.fa") -> PackedGenome:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return open_genome(path, cache=folder / "cache")


def fasta(contigs: dict[str, str], width: int = 7, end: str = "\n") -> str:
    lines = []
    for name, letters in contigs.items():
        lines += [f">{name} some words", *(letters[i : i + width] for i in range(0, len(letters), width))]
    return end.join(lines) + end


def window(letters: str, start: int, width: int, strand: int) -> str:
    """Cut a window letter by letter, the slow way."""
    clean = "".join(c if c in "ACGT" else "N" for c in letters.upper().replace("U", "T"))
    text = "".join(clean[i] if 0 <= i < len(clean) else "N" for i in range(start, start + width))
    return text if strand >= 0 else text.translate(COMPLEMENT)[::-1]


CONTIGS = st.dictionaries(
    st.sampled_from(["chr1", "chr2", "x", "MT"]), st.text("ACGTacgtNnRyU", min_size=0, max_size=40), min_size=1
)
WINDOWS = st.lists(st.tuples(st.integers(0, 3), st.integers(-30, 60), st.sampled_from([1, 0, -1])), min_size=1)


@settings(max_examples=60, deadline=None)
@given(CONTIGS, WINDOWS, st.integers(1, 25), st.sampled_from(["\n", "\r\n"]), st.sampled_from([5, 16, 1000]))
def test_every_window_is_that_of_the_file(tmp_path_factory, contigs, windows, width, end, chunk):
    folder = tmp_path_factory.mktemp("genome")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "CHUNK", chunk)
        genome = packed(folder, fasta(contigs, end=end))
    assert dict(zip(genome.names, genome.lengths.tolist(), strict=True)) == {k: len(v) for k, v in contigs.items()}
    names = [genome.names[number % len(contigs)] for number, _, _ in windows]
    places = np.array([genome.numbers[name] for name in names])
    starts, strands = (np.array(column) for column in list(zip(*windows, strict=True))[1:])
    wanted = [window(contigs[n], start, width, s) for n, (_, start, s) in zip(names, windows, strict=True)]
    codes = genome.read_codes(places, starts, width, strands)
    assert [decode(row, DNA) for row in codes] == wanted
    one_hot = genome.read_one_hot(places, starts, width, strands, dtype=np.float32)
    assert np.array_equal(one_hot, codes[:, None] == np.arange(4)[:, None])
    assert ((genome.unknown[1:, 0] - genome.unknown[:-1, 1]) > 0).all()


def test_it_is_packed_once_and_known_again(tmp_path, monkeypatch):
    contigs = {"a": "ACGTN" * 50, "b": "GATTACA"}
    plain = packed(tmp_path, fasta(contigs))
    monkeypatch.setattr(packing, "_Packer", None)
    again = open_genome(tmp_path / "a.fa", cache=tmp_path / "cache")
    assert again.digest == plain.digest
    assert open_packed(plain.digest, "gone.fa", cache=tmp_path / "cache").read_text("b", 1, 4) == "ATT"
    with pytest.raises(FormatError, match="cannot be read"):
        open_packed("0" * 64, str(tmp_path / "gone.fa"), cache=tmp_path / "cache")
    with pytest.raises(PrimaseError, match="is not the genome"):
        open_packed("0" * 64, str(tmp_path / "a.fa"), cache=tmp_path / "cache")


def test_a_changed_file_is_packed_anew(tmp_path):
    first = packed(tmp_path, ">a\nACGT\n")
    second = packed(tmp_path, ">a\nACGTA\n")
    assert first.digest != second.digest
    assert (first.lengths[0], second.lengths[0]) == (4, 5)


def test_gzip_and_blocks_of_gzip_are_the_same_genome(tmp_path):
    text = fasta({"a": "ACGTNNACGT" * 30, "b": "TTTT"}).encode()
    plain = packed(tmp_path, text)
    blocks = b"".join(gzip.compress(text[i : i + 50]) for i in range(0, len(text), 50))
    for name, data in (("b.fa.gz", gzip.compress(text)), ("c.fa.gz", blocks)):
        other = packed(tmp_path, data, name)
        assert (other.names, other.lengths.tolist()) == (plain.names, plain.lengths.tolist())
        assert np.array_equal(other.bases, plain.bases)
        assert np.array_equal(other.unknown, plain.unknown)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b">a\nACGT\nACLT\n>b\nA\n", "line 3: 'L' in contig 'a'"),
        (b">a\nACGT\n>a\nACGT\n", "'a' is there twice"),
        (b">a\nACGT\n>\nACGT\n", "names no contig"),
        (b"ACGT\n", "not with '>'"),
        (gzip.compress(b">a\n" + bytes(np.random.default_rng(0).choice(list(b"ACGT"), 9000)))[:-20], "cut short"),
        (b"", "empty"),
    ],
    ids=["letter", "twice", "nameless", "no header", "short", "empty"],
)
def test_what_is_wrong_is_said_and_nothing_stays(tmp_path, data, words):
    with pytest.raises(FormatError, match=words):
        packed(tmp_path, data)
    left = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert not left


def test_what_stands_for_several_letters_is_counted(tmp_path):
    genome = packed(tmp_path, ">a\nACRYNNnnr\n")
    facts = packing.read_json(tmp_path / "cache" / genome.digest / "genome.json")
    assert facts["letters"] == {"R": 1, "Y": 1, "r": 1}
    assert genome.unknown.tolist() == [[2, 12]]  # to the end of the last byte


def test_a_large_contig_matches_the_encoder(tmp_path):
    letters = "".join(np.random.default_rng(0).choice(list("ACGTN"), 100_003, p=[0.3, 0.2, 0.2, 0.29, 0.01]))
    genome = packed(tmp_path, fasta({"a": "ACG", "big": letters}, width=60))
    starts = np.random.default_rng(1).integers(0, 99_000, 500)
    codes, _ = encode([letters])
    read = genome.read_codes(np.full(500, 1), starts, 1001)
    assert np.array_equal(read, codes[starts[:, None] + np.arange(1001)])


def test_a_damaged_cache_is_made_again(tmp_path):
    path, cache = tmp_path / "g.fa", tmp_path / "cache"
    path.write_text(">a\n" + "ACGTTGCA" * 500 + "\n")
    genome = open_genome(path, cache=cache)
    wanted, folder = genome.read_text("a", 0, 4000), cache / genome.digest
    for name in ("bases.bin", "unknown.npy", "genome.json"):
        whole = (folder / name).read_bytes()
        for damage in (whole[: len(whole) // 2], b"", None):
            if damage is None:
                (folder / name).unlink()
            else:
                (folder / name).write_bytes(damage)
            assert open_genome(path, cache=cache).read_text("a", 0, 4000) == wanted
            assert (folder / name).read_bytes() == whole
            (folder / name).write_bytes(whole[:-1])
            assert open_packed(genome.digest, str(path), cache=cache).read_text("a", 0, 4000) == wanted
    (note,) = (cache / "paths").iterdir()
    note.write_text("{")
    assert open_genome(path, cache=cache).read_text("a", 0, 4000) == wanted


def test_genomes_packed_at_the_same_time_stay_apart(tmp_path):
    letters = np.random.default_rng(0).choice(list("ACGT"), (4, 2_000_000))
    texts = ["".join(row) for row in letters]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.fa").write_text(f">a\n{text}\n")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: open_genome(tmp_path / f"{n}.fa", cache=tmp_path / "cache"), range(4)))
    assert [genome.read_text("a", 0, 2_000_000) for genome in found] == texts
    assert not list((tmp_path / "cache").glob(".*.part"))


def test_many_scaffolds_are_packed_and_named(tmp_path):
    count = 50_000
    (tmp_path / "g.fa").write_text("".join(f">s{n}\nACGTACGTACGTACGTA\n" for n in range(count)))
    genome = open_genome(tmp_path / "g.fa", cache=tmp_path / "cache")
    assert len(genome.names) == count
    assert genome.read_text(f"s{count - 1}", 12, 17) == "ACGTA"


def test_lines_that_end_in_a_carriage_return_alone_are_refused(tmp_path):
    (tmp_path / "g.fa").write_bytes(b">a\rACGT\rACGT\r>b\rAC\r")
    with pytest.raises(FormatError, match="carriage return alone"):
        open_genome(tmp_path / "g.fa", cache=tmp_path / "cache")
