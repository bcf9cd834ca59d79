"""Signals: bigWig and bedGraph against a dense array, written and read back, damaged, and made into labels."""

import gzip
import pickle
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pybigtools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from primase.core.errors import FormatError, PrimaseError
from primase.curation import binning, reading
from primase.curation.binning import LabelRule, label_windows
from primase.curation.formats import bedgraph, bigwig
from primase.curation.signal_files import open_signal
from primase.curation.signals import Signal, check_lengths, count_bins, rename_signal

LENGTHS = {"chr2": 90, "chr10": 61, "chr1": 7}
Runs = list[tuple[int, int, float]]
# eighths of small whole numbers: their sums are exact in float32, so that equal means equal
NUMBERS = st.integers(-40, 400).map(lambda number: number / 8) | st.just(float("nan"))


@st.composite
def tracks(draw: st.DrawFn) -> dict[str, Runs]:
    """Draw runs that do not overlap, with gaps and NaN; a contig may have none, but not all."""
    track: dict[str, Runs] = {}
    for contig, length in LENGTHS.items():
        cuts = sorted(draw(st.sets(st.integers(0, length), max_size=14)))
        runs = [(a, b, draw(NUMBERS)) for a, b in pairwise(cuts) if draw(st.integers(0, 3))]
        if runs:
            track[contig] = runs
    return track or {"chr1": [(0, 7, 1.5)]}


@st.composite
def windows(draw: st.DrawFn) -> tuple[np.ndarray, int, int]:
    """Draw starts (over both ends, repeated, in any order), width and bin."""
    bin_width = draw(st.integers(1, 9))
    width = bin_width * draw(st.integers(1, 13))
    starts = draw(st.lists(st.integers(-2 * width, max(LENGTHS.values()) + width), max_size=25))
    return np.array(starts, np.int64), width, bin_width


def dense_sums(track: dict[str, Runs], contig: str, starts: np.ndarray, width: int, bin_width: int) -> np.ndarray:
    """Return the sums of a signal laid out position by position, with plenty of zeros around it."""
    pad = 4 * (width + max(LENGTHS.values()))
    values = np.zeros(2 * pad + LENGTHS.get(contig, 0))
    for start, end, value in track.get(contig, []):
        values[pad + start : pad + end] = 0 if np.isnan(value) else value
    rows = [values[pad + start : pad + start + width].reshape(-1, bin_width).sum(1) for start in starts]
    return np.array(rows, np.float32).reshape(len(starts), width // bin_width)


def put_bigwig(path: Path, track: dict[str, Runs], lengths: dict[str, int] = LENGTHS) -> Path:
    entries = ((contig, *run) for contig in lengths for run in track.get(contig, []))
    pybigtools.open(str(path), "w").write(lengths, entries)
    return path


def put_bedgraph(path: Path, track: dict[str, Runs], order: np.ndarray | None = None) -> Path:
    lines = [f"{contig}\t{a}\t{b}\t{value!r}\n" for contig, runs in track.items() for a, b, value in runs]
    lines = lines if order is None else [lines[i] for i in order if i < len(lines)]
    path.write_text("track type=bedGraph\n" + "".join(lines))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that lasts over all examples of a property."""
    return tmp_path_factory.mktemp("signals")


@pytest.mark.parametrize(("buffer", "gap"), [(2**18, 1024), (16, 0), (1, 3), (64, 5)])
@settings(deadline=None, max_examples=40)
@given(track=tracks(), asked=windows())
def test_bigwig_equals_a_dense_array(folder: Path, buffer: int, gap: int, track, asked) -> None:
    path = put_bigwig(folder / "a.bw", track)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bigwig, "BUFFER", buffer)
        patch.setattr(bigwig, "GAP", gap)
        signal = open_signal(path)
        assert signal.lengths == {contig: LENGTHS[contig] for contig in track}
        for contig in (*LENGTHS, "chrX"):
            found = signal.read(contig, *asked)
            assert found.dtype == np.float32
            np.testing.assert_array_equal(found, dense_sums(track, contig, *asked))


def test_a_window_over_the_end_leaves_its_neighbour_alone(tmp_path: Path) -> None:
    length, width = 600_000, 2**18 + 1000  # more than is read at once
    signal = open_signal(put_bigwig(tmp_path / "a.bw", {"chr1": [(0, length, 2.0)]}, {"chr1": length}))
    found = signal.read("chr1", np.array([length - width - 20_000, length - 2**18 + 50]), width)
    assert (found[0] == 2).all()
    assert found[1].sum() == 2 * (2**18 - 50)


@pytest.mark.parametrize("chunk", [2**24, 40])
@settings(deadline=None, max_examples=60)
@given(track=tracks(), asked=windows(), seed=st.integers(0, 99))
def test_bedgraph_equals_a_dense_array(folder: Path, chunk: int, track, asked, seed: int) -> None:
    path = put_bedgraph(folder / "a.bedGraph", track, np.random.default_rng(seed).permutation(60))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bedgraph, "_CHUNK", chunk)
        signal = open_signal(path)
    assert set(signal.lengths) == set(track)
    for contig in (*LENGTHS, "chrX"):
        found = signal.read(contig, *asked)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, dense_sums(track, contig, *asked))


def test_a_large_track_gives_the_same_from_both_formats(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    ends = np.cumsum(rng.geometric(0.05, 40_000))
    starts = np.concatenate([[0], ends[:-1]])
    values = np.where(rng.random(40_000) < 0.2, np.nan, rng.gamma(2, 3, 40_000)).astype(np.float32)
    lengths = {"chr1": int(ends[-1]) + 500}
    runs = list(zip(starts.tolist(), ends.tolist(), values.tolist(), strict=True))
    wide = open_signal(put_bigwig(tmp_path / "a.bw", {"chr1": runs}, lengths))
    text = open_signal(put_bedgraph(tmp_path / "a.bg", {"chr1": runs}))
    dense = np.concatenate([np.nan_to_num(np.repeat(values, ends - starts)), np.zeros(500, np.float32)])
    for width, bin_width, count in [(2048, 32, 400), (200, 200, 3000), (300_000, 1000, 3), (64, 1, 50)]:
        places = rng.integers(0, lengths["chr1"] - width, count)
        wanted = np.stack([dense[at : at + width].reshape(-1, bin_width).sum(1, dtype=float) for at in places])
        for signal in (wide, text):
            np.testing.assert_allclose(signal.read("chr1", places, width, bin_width), wanted, rtol=1e-6)


def test_signals_travel_to_other_processes(tmp_path: Path) -> None:
    track = {"chr1": [(1, 3, 2.0)]}
    for path in (put_bigwig(tmp_path / "liver.bigWig", track), put_bedgraph(tmp_path / "liver.bedGraph", track)):
        signal = pickle.loads(pickle.dumps(open_signal(path)))  # noqa: S301 our own
        assert signal.name == "liver"
        assert signal.read("chr1", np.array([0]), 4).tolist() == [[0, 2, 2, 0]]


@pytest.mark.parametrize(("width", "bin_width"), [(10, 3), (0, 1), (8, 0), (4, 8), (-8, -4)])
def test_windows_must_divide_into_bins(tmp_path: Path, width: int, bin_width: int) -> None:
    track = {"chr1": [(1, 3, 2.0)]}
    for path in (put_bigwig(tmp_path / "a.bw", track), put_bedgraph(tmp_path / "a.bg", track)):
        with pytest.raises(PrimaseError, match="do not divide"):
            open_signal(path).read("chr1", np.array([0]), width, bin_width)
    with pytest.raises(PrimaseError, match=str(width)):
        count_bins(width, bin_width)


# bigWigs as other writers make them: https://doi.org/10.1093/bioinformatics/btq351, supplementary tables 5 to 21


def make_bigwig(order: str, kind: int, *, packed: bool) -> bytes:
    """Return a bigWig of one section, of either byte order and any of the three kinds, with or without zlib."""
    items = {
        1: [struct.pack(order + "IIf", *item) for item in ((2, 5, 1.5), (5, 6, float("nan")), (9, 12, 4.0))],
        2: [struct.pack(order + "If", *item) for item in ((2, 1.5), (9, 4.0))],
        3: [struct.pack(order + "f", value) for value in (1.5, 2.5, 4.0)],
    }[kind]
    end, span, step = {1: (12, 0, 0), 2: (12, 3, 0), 3: (14, 4, 5)}[kind]
    block = struct.pack(order + "IIIIIBBH", 0, 0 if kind == 3 else 2, end, step, span, kind, 0, len(items))
    block += b"".join(items)
    stored = zlib.compress(block) if packed else block
    tree = struct.pack(order + "IIIIQQ", 0x78CA8C91, 1, 4, 8, 1, 0) + struct.pack(order + "BBH", 1, 0, 1)
    tree += b"chr1" + struct.pack(order + "II", 0, 20)
    at = 64 + len(tree)
    index_at = at + 8 + len(stored)
    head = struct.pack(
        order + "IHHQQQHHQQIQ", 0x888FFC26, 4, 0, 64, at, index_at, 0, 0, 0, 0, len(block) if packed else 0, 0
    )
    index = struct.pack(order + "IIQIIIIQII", 0x2468ACE0, 256, 1, 0, 0, 0, end, index_at, 1, 0)
    index += struct.pack(order + "BBH", 1, 0, 1) + struct.pack(order + "IIIIQQ", 0, 0, 0, end, at + 8, len(stored))
    return head + tree + struct.pack(order + "Q", 1) + stored + index + struct.pack(order + "I", 0x888FFC26)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("kind", "runs"),
    [
        (1, [(2, 5, 1.5), (9, 12, 4.0)]),
        (2, [(2, 5, 1.5), (9, 12, 4.0)]),
        (3, [(0, 4, 1.5), (5, 9, 2.5), (10, 14, 4.0)]),
    ],
)
def test_bigwigs_of_other_writers_are_read(tmp_path: Path, kind: int, runs: Runs, order: str, packed: bool) -> None:
    path = tmp_path / "x.bw"
    path.write_bytes(make_bigwig(order, kind, packed=packed))
    signal = open_signal(path)
    assert signal.lengths == {"chr1": 20}
    wanted = np.zeros(24, np.float32)
    for start, end, value in runs:
        wanted[2 + start : 2 + end] = value
    np.testing.assert_array_equal(signal.read("chr1", np.array([-2]), 24), wanted[None])


def test_a_bigwig_without_index_is_an_empty_track(tmp_path: Path) -> None:
    path = tmp_path / "x.bw"
    whole = make_bigwig("<", 1, packed=True)
    path.write_bytes(whole[:24] + bytes(8) + whole[32:])
    signal = open_signal(path)
    assert signal.lengths == {}
    assert signal.read("chr1", np.array([3]), 6, 2).tolist() == [[0, 0, 0]]
    assert check_lengths(signal, {"chr1": 20}) == ("chr1",)


# writing


@st.composite
def pieces(draw: st.DrawFn) -> tuple[int, list[tuple[str, int, np.ndarray]]]:
    """Draw a step and blocks in genome order, some of them empty."""
    step, blocks = draw(st.integers(1, 5)), []
    for contig, length in LENGTHS.items():
        at = 0
        while draw(st.integers(0, 4)):
            start = at + draw(st.integers(0, 9))
            most = max(0, -(-(length - start) // step))
            if start >= length:
                break
            values = draw(st.lists(NUMBERS, max_size=min(most, 12)))
            blocks.append((contig, start, np.array(values, np.float32)))
            at = start + len(values) * step
    return step, [*blocks] if any(np.isfinite(v).any() for _, _, v in blocks) else [("chr1", 0, np.ones(1, "f4"))]


@pytest.mark.parametrize("name", ["a.bw", "a.bedGraph", "a.bedGraph.gz"])
@settings(deadline=None, max_examples=40)
@given(drawn=pieces(), asked=windows())
def test_what_is_written_is_read_back(folder: Path, name: str, drawn, asked) -> None:
    step, blocks = drawn
    module = bigwig if name == "a.bw" else bedgraph
    module.write(folder / name, LENGTHS, iter(blocks), step=step)
    track: dict[str, Runs] = {}
    for contig, start, values in blocks:
        for i, value in enumerate(values.tolist()):
            at = start + i * step
            track.setdefault(contig, []).append((at, min(at + step, LENGTHS[contig]), value))
    signal = open_signal(folder / name)
    assert check_lengths(signal, LENGTHS) == tuple(contig for contig in LENGTHS if contig not in signal.lengths)
    for contig in LENGTHS:
        np.testing.assert_array_equal(signal.read(contig, *asked), dense_sums(track, contig, *asked))


@pytest.mark.parametrize(("module", "name"), [(bigwig, "a.bw"), (bigwig, "a.bigwig"), (bigwig, "a"), (bedgraph, "a")])
@pytest.mark.parametrize("value", [0.1, 1e-30, 16777217.0, -3.3333333, 0.0])
def test_values_keep_every_bit_whatever_the_name(tmp_path: Path, module, name: str, value: float) -> None:
    module.write(tmp_path / name, LENGTHS, [("chr1", 2, np.array([value], np.float32))])
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert open_signal(tmp_path / name).read("chr1", np.array([2]), 1)[0, 0] == np.float32(value)


ONES = np.ones(3, np.float32)
BAD_BLOCKS = {
    "another contig": ([("chrX", 0, ONES)], "chrX is not one of its contigs"),
    "beyond the end": ([("chr1", 5, ONES)], "chr1 is 7 long"),
    "before the start": ([("chr1", -1, ONES)], "chr1:-1-2"),
    "overlap": ([("chr2", 0, ONES), ("chr2", 2, ONES)], "chr2:2-5 comes too late"),
    "unsorted": ([("chr2", 9, ONES), ("chr2", 2, ONES)], "chr2:2-5 comes too late"),
    "contigs unsorted": ([("chr10", 0, ONES), ("chr2", 0, ONES)], "chr2:0-3 comes too late"),
    "infinite": ([("chr2", 4, np.array([1, np.inf], np.float32))], "chr2:5 is infinite"),
}


@pytest.mark.parametrize("module", [bigwig, bedgraph])
@pytest.mark.parametrize(("blocks", "said"), BAD_BLOCKS.values(), ids=BAD_BLOCKS)
def test_blocks_out_of_place_are_named_and_nothing_is_left(tmp_path: Path, module, blocks, said: str) -> None:
    with pytest.raises(PrimaseError, match=said):
        module.write(tmp_path / "a.x", LENGTHS, iter(blocks))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("before", [0, 2])
def test_an_error_of_the_caller_comes_through(tmp_path: Path, before: int) -> None:
    def blocks() -> Iterator[bedgraph.Block]:
        for number in range(before):
            yield "chr2", 5 * number, ONES
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        bigwig.write(tmp_path / "a.bw", LENGTHS, blocks())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("blocks", [[], [("chr1", 0, np.full(3, np.nan, np.float32))]])
def test_a_bigwig_needs_a_value(tmp_path: Path, blocks) -> None:
    with pytest.raises(PrimaseError, match="no value to write"):
        bigwig.write(tmp_path / "a.bw", LENGTHS, blocks)
    bedgraph.write(tmp_path / "a.bg", LENGTHS, blocks)
    assert (tmp_path / "a.bg").read_bytes() == b""


def test_a_failed_writer_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, lengths, entries) -> None:
            list(entries)

    def half(path: str, mode: str) -> Full:
        Path(path).write_bytes(bytes(352))  # what the library leaves where it fails
        return Full()

    monkeypatch.setattr(pybigtools, "open", half)
    with pytest.raises(PrimaseError, match=r"cannot be written.*incomplete"):
        bigwig.write(tmp_path / "a.bw", LENGTHS, [("chr1", 0, ONES)])
    assert list(tmp_path.iterdir()) == []


def test_writing_holds_one_block_at_a_time(tmp_path: Path) -> None:
    size = 2**18

    def blocks() -> Iterator[bedgraph.Block]:
        for number in range(60):
            yield "chr1", number * size, np.repeat(np.arange(256, dtype=np.float32), size // 256)

    tracemalloc.start()
    try:
        bigwig.write(tmp_path / "a.bw", {"chr1": 60 * size}, blocks())
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 12 * 4 * size  # the whole track is 60 blocks
    assert open_signal(tmp_path / "a.bw").read("chr1", np.array([59 * size]), size, size)[0, 0] == 127.5 * size


# damage and foreign files


@pytest.fixture(scope="module")
def whole(folder: Path) -> bytes:
    """Return a bigWig of some blocks with zoom levels."""
    rng = np.random.default_rng(1)
    bigwig.write(folder / "whole.bw", {"chr1": 60_000}, [("chr1", 0, rng.random(60_000).astype(np.float32))])
    return (folder / "whole.bw").read_bytes()


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("less", [0, 1, 3])
def test_a_bigwig_that_is_cut_short_is_refused(tmp_path: Path, whole: bytes, share: float, less: int) -> None:
    path = tmp_path / "cut.bw"
    path.write_bytes(whole[: int(len(whole) * share) - less])
    with pytest.raises(FormatError, match=r"cut\.bw: the bigWig is cut short after \d"):
        open_signal(path)


def test_one_missing_byte_is_noticed(tmp_path: Path, whole: bytes) -> None:
    for size in (4, 63, 64, len(whole) - 4, len(whole) - 1):
        (tmp_path / "cut.bw").write_bytes(whole[:size])
        with pytest.raises(FormatError, match="cut short"):
            open_signal(tmp_path / "cut.bw")


@pytest.mark.parametrize("table", ["contigs", "data", "index"])
def test_a_damaged_bigwig_is_named(tmp_path: Path, whole: bytes, table: str) -> None:
    contigs, data, index = struct.unpack("<QQQ", whole[8:32])
    at = {"contigs": contigs, "data": data + 10, "index": index}[table]
    path = put(tmp_path / "bad.bw", whole[:at] + b"\xff" * 40 + whole[at + 40 :])
    with pytest.raises(FormatError, match=r"bad\.bw: the bigWig is damaged"):
        open_signal(path).read("chr1", np.array([0]), 60_000, 60_000)


def put(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


FOREIGN = {
    "bigBed": (struct.pack("<I", 0x8789F2EB) + bytes(80), "is a bigBed"),
    "bigBed, big endian": (struct.pack(">I", 0x8789F2EB) + bytes(80), "is a bigBed"),
    "wiggle": (b"track type=wiggle_0\nfixedStep chrom=chr1 start=1 step=1\n1\n2\n", "is a wiggle"),
    "empty": (b"", "the file is empty"),
    "blank": (b"\n \n", "the file is empty"),
    "only headers": (b"# nothing\ntrack type=bedGraph\n", "holds no signal"),
    "FASTA": (b">chr1\nACGT\n", "begins with '>chr1'"),
    "BED": (b"chr1\t1\t5\tpeak\t0\t+\n", "holds no signal"),
    "BED4": (b"chr1\t1\t5\tpeak\n", "holds no signal"),
    "binary": (bytes(range(100)), "holds no signal"),
    "damaged gzip": (b"\x1f\x8b\x08\x00" + b"\xff" * 40, "the gzip file is damaged"),
}


@pytest.mark.parametrize(("content", "said"), FOREIGN.values(), ids=FOREIGN)
def test_other_files_are_named(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        open_signal(put(tmp_path / "x.bw", content))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for call in (open_signal, bigwig.read, bedgraph.read):
        with pytest.raises(FormatError, match="cannot be read"):
            call(tmp_path / "none.bw")
    with pytest.raises(FormatError, match="is no bigWig"):
        bigwig.read(put(tmp_path / "x.bw", "chr1\t0\t5\t1\n"))


def test_alignments_are_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from primase.curation import alignments

    seen = []
    monkeypatch.setattr(alignments, "open_alignments", lambda path, **options: seen.append((path.name, options)))
    open_signal(put(tmp_path / "a.bam", gzip.compress(b"BAM\1" + bytes(100))), least_quality=30)
    open_signal(put(tmp_path / "a.cram", b"CRAM\3\0" + bytes(100)))
    assert seen == [("a.bam", {"least_quality": 30}), ("a.cram", {})]


def test_an_address_is_downloaded_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put_bigwig(tmp_path / "a.bw", {"chr1": [(1, 3, 2.0)]})
    monkeypatch.setattr(reading, "fetch_file", lambda url: path)
    assert open_signal("https://a.org/a.bw").read("chr1", np.array([1]), 2, 2).tolist() == [[4]]


# text

PLAIN = "chr1\t0\t5\t1\nchr1\t5\t9\t-2.5\nchr2\t3\t4\t1e1\n"
DIALECTS = {
    "plain": PLAIN,
    "unsorted": "chr1\t5\t9\t-2.5\nchr2\t3\t4\t1e1\nchr1\t0\t5\t1\n",
    "crlf": PLAIN.replace("\n", "\r\n"),
    "cr": PLAIN.replace("\n", "\r"),
    "no end": PLAIN[:-1],
    "bom": "\ufeff" + PLAIN,
    "blanks": PLAIN.replace("\t", "  "),
    "trailing blanks": PLAIN.replace("\n", " \n"),
    "blank lines": "\n" + PLAIN.replace("\n", "\n \n"),
    "headers": "browser position chr1:1-9\n#x\ntrack type=bedGraph name='a b'\n" + PLAIN.replace("chr2", "# y\nchr2"),
    "missing values": PLAIN + "chr2\t9\t12\tNA\nchr2\t12\t13\tnan\n",
    "browser's end": PLAIN + "track\n",
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("text", DIALECTS.values(), ids=DIALECTS)
def test_dialects_of_bedgraph_are_read_alike(tmp_path: Path, text: str, packed: bool) -> None:
    raw = text.encode()
    signal = open_signal(put(tmp_path / "a.bdg.gz", gzip.compress(raw) if packed else raw))
    assert signal.name == "a"
    assert signal.read("chr1", np.array([-1, 8]), 8, 4).tolist() == [[3, -3], [-2.5, 0]]
    assert signal.read("chr2", np.array([0]), 15, 15).tolist() == [[10]]


@pytest.mark.parametrize("name", ["track1", "browserX", "tracks", "chr1 "])
def test_contigs_may_begin_like_a_header(tmp_path: Path, name: str) -> None:
    signal = open_signal(put(tmp_path / "a.bg", f"chr0\t0\t5\t1\n{name}\t0\t5\t1\n"))
    assert list(signal.lengths) == ["chr0", name.strip()]


FAULTS = {
    "end before start": ("chr1\t9\t5\t1", "line 3: end 5 is not after start 9"),
    "end at start": ("chr1\t9\t9\t1", "line 3: end 9 is not after start 9"),
    "negative": ("chr1\t-3\t5\t1", "line 3: '-3' is no position"),
    "no number": ("chr1\tx\t5\t1", "line 3: 'x' is no position"),
    "fraction": ("chr1\t1.5\t5\t1", "line 3: '1.5' is no position"),
    "too far": ("chr1\t1\t5000000000\t1", "line 3: the position 5000000000 is beyond"),
    "name for value": ("chr1\t11\t15\tpeak", "line 3: 'peak' is no finite number"),
    "infinite": ("chr1\t11\t15\tinf", "line 3: 'inf' is no finite number"),
    "no value": ("chr1\t11\t15", "line 3: there are 3 columns"),
    "empty value": ("chr1\t11\t15\t", "line 3: '' is no finite number"),
    "too many": ("chr1\t11\t15\t1\t2", "line 3: there are 5 columns"),
    "overlap": ("chr1\t4\t6\t1", r"line 3: chr1:3-5 and chr1:4-6 \(lines 2 and 3\) overlap"),
    "twice": ("chr1\t3\t5\t1", r"line 3: chr1:3-5 and chr1:3-5 \(lines 2 and 3\) overlap"),
    "overlap from before": ("chr1\t0\t4\t1", r"line 3: chr1:0-4 and chr1:3-5 \(lines 2 and 3\) overlap"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("line", "said"), FAULTS.values(), ids=FAULTS)
def test_faulty_lines_are_named(tmp_path: Path, line: str, said: str, packed: bool) -> None:
    raw = f"# x\nchr1\t3\t5\t1\n{line}\nchr2\t3\t5\t1\n".encode()
    path = put(tmp_path / "a.bedGraph", gzip.compress(raw) if packed else raw)
    with pytest.raises(FormatError, match=said) as caught:
        open_signal(path)
    assert caught.value.fix


def test_a_gzip_that_is_cut_short_is_named(tmp_path: Path) -> None:
    raw = gzip.compress("".join(f"chr1\t{i}\t{i + 1}\t{i % 7}\n" for i in range(30_000)).encode())
    with pytest.raises(FormatError, match=r"a\.bg\.gz: the gzip file is damaged"):
        open_signal(put(tmp_path / "a.bg.gz", raw[: len(raw) // 2]))


# contigs


@pytest.fixture
def two(tmp_path: Path) -> tuple[Signal, Signal]:
    """Return one track as a bigWig and as a bedGraph."""
    track = {"chr2": [(5, 50, 1.0)], "chr10": [(0, 61, 3.0)]}
    return open_signal(put_bigwig(tmp_path / "a.bw", track)), open_signal(put_bedgraph(tmp_path / "a.bg", track))


def test_absent_contigs_are_told(two: tuple[Signal, Signal]) -> None:
    for signal in two:
        assert check_lengths(signal, LENGTHS) == ("chr1",)
        assert check_lengths(signal, {"chr2": 90}) == ()


@pytest.mark.parametrize("length", [91, 89, 49])
def test_another_assembly_is_told_with_both_lengths(two: tuple[Signal, Signal], length: int) -> None:
    wide, text = two
    with pytest.raises(PrimaseError, match=f"chr2 is 90 positions long, in the genome {length}"):
        check_lengths(wide, {**LENGTHS, "chr2": length})
    if length == 49:
        with pytest.raises(PrimaseError, match="chr2 reaches at least 50 positions long, in the genome 49"):
            check_lengths(text, {**LENGTHS, "chr2": length})
    else:  # a bedGraph does not say how long a contig is
        assert check_lengths(text, {**LENGTHS, "chr2": length}) == ("chr1",)


def test_no_contig_in_common_is_told_and_can_be_renamed(two: tuple[Signal, Signal]) -> None:
    genome = {"2": 90, "10": 61, "1": 7}
    for signal in two:
        with pytest.raises(PrimaseError, match="it has chr2, chr10, the genome 2, 10, 1"):
            check_lengths(signal, genome)
        renamed = rename_signal(signal, {"2": "chr2", "10": "chr10"})
        assert check_lengths(renamed, genome) == ("1",)
        assert renamed.name == "a"
        assert renamed.read("2", np.array([4]), 4, 2).tolist() == [[1, 2]]
        assert renamed.read("1", np.array([4]), 4, 2).tolist() == [[0, 0]]


# labels


def basenji(values: np.ndarray, rule: LabelRule, scale: float, soft: float | None, hard: float | None) -> np.ndarray:
    """Return the labels of one window the way the authors' script orders the steps."""
    values = values[rule.crop : len(values) - rule.crop] * scale
    sums = values.reshape(rule.bins, rule.bin).sum(1)
    if soft is not None:
        above = sums > soft
        sums[above] = soft - 1 + np.sqrt(sums[above] - soft + 1)
    return sums if hard is None else np.clip(sums, -hard, hard)


@pytest.mark.parametrize("chunk", [2**25, 200])
@pytest.mark.parametrize(
    "rule",
    [
        LabelRule(width=24, bin=4, crop=4),
        LabelRule(width=24),
        LabelRule(width=30, bin=10, crop=5, scale=(0.25,), clip_soft=(6.0,), clip=(8.0,)),
        LabelRule(width=30, bin=15, scale=(1.0, 2.5), clip_soft=(None, 20.0), clip=(9.0, None)),
    ],
)
def test_labels_follow_basenji(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: LabelRule, chunk: int) -> None:
    monkeypatch.setattr(binning, "_CHUNK", chunk)
    rng = np.random.default_rng(2)
    dense = {contig: rng.gamma(1, 2, (2, length)).astype(np.float32) - 1 for contig, length in LENGTHS.items()}
    for track in range(2):
        blocks = [(contig, 0, values[track]) for contig, values in dense.items()]
        (bigwig if track else bedgraph).write(tmp_path / f"{track}.x", LENGTHS, blocks)
    signals = [open_signal(tmp_path / f"{track}.x") for track in range(2)]
    contig, starts = rng.integers(0, 3, 50), rng.integers(-20, 80, 50)
    out = np.lib.format.open_memmap(tmp_path / "labels.npy", "w+", np.float32, (50, 2, rule.bins))
    assert label_windows(signals, rule, list(LENGTHS), contig, starts, out=out) is out
    out.flush()
    found = np.load(tmp_path / "labels.npy")
    np.testing.assert_array_equal(found, label_windows(signals, rule, list(LENGTHS), contig, starts))
    for row in range(50):
        for track in range(2):
            padded = np.pad(dense[list(LENGTHS)[contig[row]]][track].astype(float), 150)
            window = padded[150 + starts[row] : 150 + starts[row] + rule.width]
            one = [values[track % len(values)] for values in (rule.scale, rule.clip_soft, rule.clip)]
            np.testing.assert_allclose(found[row, track], basenji(window, rule, *one), rtol=2e-6, atol=1e-5)


def test_no_window_and_no_track(two: tuple[Signal, Signal]) -> None:
    rule, none = LabelRule(width=8, bin=4), np.array([], np.int64)
    assert label_windows(two, rule, list(LENGTHS), none, none).shape == (0, 2, 2)
    assert label_windows([], rule, list(LENGTHS), np.array([0, 1]), np.array([0, 1])).shape == (2, 0, 2)


def test_labels_that_do_not_fit_are_refused(tmp_path: Path, two: tuple[Signal, Signal]) -> None:
    at = np.array([0])
    with pytest.raises(PrimaseError, match="clip has 3 values for 2 tracks"):
        label_windows(two, LabelRule(width=8, clip=(1.0, 2.0, 3.0)), ["chr2"], at, at)
    with pytest.raises(PrimaseError, match=r"shape \(1, 2, 8\)"):
        label_windows(two, LabelRule(width=8), ["chr2"], at, at, out=np.zeros((1, 2, 8)))
    for values in ({"crop": 4}, {"crop": -1}, {"bin": 3}, {"scale": (0.0,)}, {"clip": (-1.0,)}, {"clip_soft": (0.0,)}):
        with pytest.raises(PrimaseError):
            LabelRule(width=8, **values)
    path = put_bigwig(tmp_path / "inf.bw", {"chr2": [(3, 5, 1.0), (40, 41, float("inf"))]})
    with pytest.raises(PrimaseError, match="the track inf is infinite in the window of 8 at chr2:36"):
        label_windows([open_signal(path)], LabelRule(width=8), ["chr2"], np.zeros(3, int), np.array([50, 36, 0]))
