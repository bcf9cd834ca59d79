"""Alignments as a signal, against pysam's own reading of the same files, base by base."""

import gzip
import pickle
import zlib
from dataclasses import asdict
from pathlib import Path
from struct import pack

import numpy as np
import pysam
import pytest

from primase.core.errors import FormatError, PrimaseError
from primase.curation.alignments import ATAC_SHIFT, EXCLUDED, AlignmentOptions, open_alignments
from primase.curation.formats import bam, cram
from primase.curation.signal_files import open_signal

LENGTHS = {"chr1": 3000, "chr2": 700, "empty": 500, "chrM": 90}
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("PRIMASE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "alignments"


def draw_cigar(rng: np.random.Generator) -> list[tuple[int, int]]:
    """Clips outside, any operation inside, as the specification allows; some reads have no aligned base."""
    inside = [
        (int(kind), int(rng.integers(1, 12))) for kind in rng.choice([0, 0, 0, 1, 2, 3, 6, 7, 8], rng.integers(1, 8))
    ]
    if rng.random() < 0.05:
        inside = [(1, 5)]
    clips = [(5, 3)] * (rng.random() < 0.2) + [(4, 4)] * (rng.random() < 0.3)
    return clips + inside + ([(4, 2)] if rng.random() < 0.3 else [])


def write_reads(
    path: Path, rows: int = 600, *, seed: int = 0, order: str = "unsorted", mode: str = "wb", **more
) -> Path:
    rng = np.random.default_rng(seed)
    header = pysam.AlignmentHeader.from_references(list(LENGTHS), list(LENGTHS.values()))
    reads = []
    for number in range(rows):
        read = pysam.AlignedSegment(header)
        read.query_name = f"read{number}"
        read.reference_id = int(rng.choice([0, 0, 1, 3]))
        read.reference_start = int(rng.integers(0, list(LENGTHS.values())[read.reference_id]))
        read.mapping_quality = int(rng.choice([0, 1, 29, 30, 60, 255]))
        flag = 16 * int(rng.random() < 0.5)
        if rng.random() < 0.4:
            flag |= int(rng.choice([0x1, 0x3, 0x41, 0x81, 0x100, 0x200, 0x400, 0x800, 0x500, 0xF00]))
        read.cigartuples = draw_cigar(rng)
        if rng.random() < 0.05:
            flag |= 4
        if rng.random() < 0.02:
            read.reference_id, read.reference_start, flag = -1, -1, flag | 4
        if rng.random() < 0.02:
            read.cigartuples = None
        read.flag = flag
        size = sum(count for kind, count in read.cigartuples or [] if kind in (0, 1, 4, 7, 8))
        read.query_sequence = "".join(rng.choice(list("ACGT"), size))
        read.query_qualities = pysam.qualitystring_to_array("I" * size)
        read.set_tag("NM", 3)
        read.set_tag("RG", "a")
        read.set_tag("ZB", [1, 2, 3])
        reads.append(read)
    if order == "coordinate":
        reads.sort(key=lambda read: (read.reference_id % 2**32, read.reference_start))
    with pysam.AlignmentFile(str(path), mode, header=header, **more) as file:
        for read in reads:
            file.write(read)
    return path


def expected(path: Path, contig: str, length: int, options: AlignmentOptions) -> np.ndarray:
    """Count with pysam, read by read, in the words of the documentation."""
    out = np.zeros(length)
    with pysam.AlignmentFile(str(path), check_sq=False) as file:
        for read in file.fetch(until_eof=True):
            if read.is_unmapped or read.flag & options.exclude or read.reference_name != contig:
                continue
            if read.flag & options.require != options.require or read.mapping_quality < options.mapq:
                continue
            if options.strand and read.is_reverse != (options.strand == -1):
                continue
            blocks = read.get_blocks()
            if not blocks:
                continue
            if options.count == "coverage":
                for start, end in blocks:
                    out[start:end] += 1
            else:
                end = (
                    read.reference_end - 1 + options.shift[1]
                    if read.is_reverse
                    else read.reference_start + options.shift[0]
                )
                if 0 <= end < length:
                    out[end] += 1
    return out


OPTIONS = [
    AlignmentOptions(),
    AlignmentOptions(strand=1),
    AlignmentOptions(strand=-1, mapq=30),
    AlignmentOptions(exclude=0),
    AlignmentOptions(exclude=0x400, require=0x1),
    AlignmentOptions(count="ends"),
    AlignmentOptions(count="ends", strand=1, mapq=1),
    AlignmentOptions(count="ends", strand=-1),
    AlignmentOptions(count="ends", shift=ATAC_SHIFT),
    AlignmentOptions(count="ends", shift=(-40, 75), exclude=0x100),
]


@pytest.mark.parametrize("order", ["unsorted", "coordinate"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_every_base_equals_pysam(tmp_path, options, order):
    path = write_reads(tmp_path / "a.bam", order=order)
    track = open_alignments(path, **asdict(options))
    assert track.lengths == LENGTHS
    for contig, length in LENGTHS.items():
        got = track.read(contig, np.array([0]), length)
        assert got.dtype == np.float32
        assert (got[0] == expected(path, contig, length, options)).all()


@pytest.mark.parametrize("count", ["coverage", "ends"])
@pytest.mark.parametrize(("width", "size"), [(1, 1), (64, 1), (128, 32), (105, 7), (4000, 1000)])
def test_windows_are_cut_out_of_the_bases_and_summed(tmp_path, count, width, size):
    track = open_alignments(write_reads(tmp_path / "a.bam"), count=count)
    length = LENGTHS["chr1"]
    whole = np.pad(track.read("chr1", np.array([0]), length)[0], 5000)
    starts = np.random.default_rng(1).integers(-width - 3, length + 3, 200)
    got = track.read("chr1", starts, width, size)
    assert got.shape == (200, width // size)
    for row, start in zip(got, starts, strict=True):
        window = whole[start + 5000 : start + 5000 + width]
        assert (row == window.reshape(-1, size).sum(1)).all()


def test_depth_equals_samtools(tmp_path):
    path = write_reads(tmp_path / "a.bam", order="coordinate")
    lines = pysam.depth("-aa", "-G", hex(EXCLUDED), "-d", "0", str(path)).splitlines()
    depth = {contig: np.zeros(length) for contig, length in LENGTHS.items()}
    for contig, place, value in (line.split("\t") for line in lines):
        if int(place) <= LENGTHS[contig]:  # samtools prints what hangs over the end, too
            depth[contig][int(place) - 1] = int(value)
    track = open_alignments(path)
    assert all((track.read(contig, np.array([0]), len(values))[0] == values).all() for contig, values in depth.items())
    assert sum(values.sum() for values in depth.values()) > 1000


REAL = [
    ("NA12878_S1.chr20.10_10p1mb.bam", "chr20", 9_990_000, 120_000),
    ("HG001.chr20.10_10p1mb_sorted.bam", "20", 9_990_000, 30_000),
    ("NA12891.chr20.10_10p1mb_sorted.bam", "20", 9_990_000, 30_000),
    ("NA12892.chr20.10_10p1mb_sorted.bam", "20", 9_990_000, 30_000),
    ("test_pacbio.chr20_50kbp_at_9mb.bam", "chr20", 8_950_000, 150_000),
]


@pytest.mark.parametrize(("name", "contig", "start", "size"), REAL, ids=[row[0] for row in REAL])
def test_real_reads(real_data, name, contig, start, size):
    """Three ways of pysam: its count of letters, samtools' depth, and read by read."""
    path = real_data / "variant_calling" / "deepvariant_testdata" / name
    letters = np.zeros(size)
    with pysam.AlignmentFile(str(path)) as file:
        kept = file.count_coverage(
            contig, start, start + size, quality_threshold=0, read_callback=lambda read: not read.flag & EXCLUDED
        )
        letters = np.sum([np.asarray(row) for row in kept], 0)
        unknown = np.zeros(size)  # count_coverage leaves N out
        for read in file.fetch(contig, start, start + size):
            if not read.flag & EXCLUDED and "N" in read.query_sequence:
                for at, place in read.get_aligned_pairs(matches_only=True):
                    unknown[place - start] += read.query_sequence[at] == "N"
    depth = np.zeros(size)
    region = f"{contig}:{start + 1}-{start + size}"
    for line in pysam.depth("-a", "-G", hex(EXCLUDED), "-d", "0", "-r", region, str(path)).splitlines():
        _, place, value = line.split("\t")
        depth[int(place) - 1 - start] = int(value)
    got = open_alignments(path).read(contig, np.array([start]), size)[0]
    assert (got == letters + unknown).all()
    assert (got == depth).all()
    assert got.sum() > 200_000
    for options in (AlignmentOptions(count="ends", shift=ATAC_SHIFT), AlignmentOptions(strand=-1, mapq=30, exclude=0)):
        track = open_alignments(path, **asdict(options))
        truth = expected(path, contig, track.lengths[contig], options)[start : start + size]
        assert (track.read(contig, np.array([start]), size)[0] == truth).all()
        assert truth.sum() > 100 - 50 * ("pacbio" in name)


def test_cut_sites_of_two_reads(tmp_path):
    """Tn5's convention in plain numbers: [100, 150) counts at 104 on the plus, at 145 on the minus strand."""
    path = tmp_path / "a.sam"
    rows = ("p\t0\tchr1\t101\t60\t50M\t*\t0\t0\t*\t*", "m\t16\tchr1\t101\t60\t5S20M10N20M\t*\t0\t0\t*\t*")
    path.write_text("@SQ\tSN:chr1\tLN:1000\n" + "\n".join(rows) + "\n")
    pysam.view("-b", "-o", str(tmp_path / "a.bam"), str(path), catch_stdout=False)

    def places(**options) -> list[int]:
        track = open_alignments(tmp_path / "a.bam", count="ends", **options)
        return np.flatnonzero(track.read("chr1", np.array([0]), 1000)[0]).tolist()

    assert places() == [100, 149]
    assert places(shift=ATAC_SHIFT) == [104, 145]
    assert places(shift=ATAC_SHIFT, strand=1) == [104]
    assert places(shift=ATAC_SHIFT, strand=-1) == [145]


def blocked(data: bytes, sizes: list[int]) -> bytes:
    """Pack bytes into BGZF blocks of the given sizes, by the specification; the last size repeats."""
    out, at, number = b"", 0, 0
    while at < len(data):
        part = data[at : at + sizes[min(number, len(sizes) - 1)]]
        packer = zlib.compressobj(1, zlib.DEFLATED, -15)
        packed = packer.compress(part) + packer.flush()
        out += b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + pack("<H", len(packed) + 25) + packed
        out += pack("<II", zlib.crc32(part), len(part))
        at += len(part)
        number += 1
    return out + END


@pytest.mark.parametrize("size", [1, 7, 100, 5000])
def test_blocks_may_end_anywhere(tmp_path, monkeypatch, size):
    monkeypatch.setattr(bam, "_BATCH", 3 * size)
    path = write_reads(tmp_path / "a.bam", 40 if size < 100 else 600)
    other = tmp_path / "b.bam"
    other.write_bytes(blocked(gzip.decompress(path.read_bytes()), [size]))
    one, two = (open_alignments(each).read("chr1", np.array([0]), 3000) for each in (path, other))
    assert (one == two).all()
    assert one.sum() > 0


def test_extra_fields_beside_the_size_are_skipped(tmp_path):
    raw = blocked(gzip.decompress(write_reads(tmp_path / "a.bam", 10).read_bytes()), [60_000])
    size = int.from_bytes(raw[16:18], "little") + 8
    (tmp_path / "b.bam").write_bytes(
        raw[:10] + pack("<H", 14) + b"XY\x04\0abcd" + raw[12:16] + pack("<H", size) + raw[18:]
    )
    one, two = (open_alignments(tmp_path / name).notes[0] for name in ("a.bam", "b.bam"))
    assert one[1:] == two[1:]
    assert "of 10 reads" in one


@pytest.mark.parametrize("more", [{}, {"format_options": [b"no_ref=1"]}], ids=["with reference", "without"])
def test_cram_needs_no_reference(tmp_path, more):
    genome = tmp_path / "genome.fa"
    rng = np.random.default_rng(0)
    genome.write_text(
        "".join(f">{name}\n{''.join(rng.choice(list('ACGT'), length))}\n" for name, length in LENGTHS.items())
    )
    pysam.faidx(str(genome))
    path = write_reads(tmp_path / "a.bam", order="coordinate")
    with pysam.AlignmentFile(str(path)) as source:
        given = more or {"reference_filename": str(genome)}
        with pysam.AlignmentFile(str(tmp_path / "a.cram"), "wc", template=source, **given) as target:
            for read in source:
                # what hangs over the end of a contig cannot be stored as differences
                if read.reference_id < 0 or (read.reference_end or 0) <= LENGTHS[read.reference_name]:
                    target.write(read)
    pysam.view("-b", "-o", str(tmp_path / "b.bam"), "-T", str(genome), str(tmp_path / "a.cram"), catch_stdout=False)
    genome.unlink()
    for options in OPTIONS:
        one, two = (open_alignments(tmp_path / name, **asdict(options)) for name in ("a.cram", "b.bam"))
        assert [note[2:] for note in one.notes] == [note[2:] for note in two.notes]
        assert one.lengths == LENGTHS
        for contig in LENGTHS:
            assert (one.read(contig, np.array([0]), 3000) == two.read(contig, np.array([0]), 3000)).all()


def test_cigars_of_more_than_65535_operations(tmp_path):
    """In BAM they stand in a tag; in CRAM they do not."""
    header = pysam.AlignmentHeader.from_references(["chr1"], [400_000])
    read = pysam.AlignedSegment(header)
    read.query_name, read.reference_id, read.reference_start, read.flag = "long", 0, 1000, 16
    read.cigartuples = [(0, 2), (2, 3)] * 40_000 + [(7, 1)]
    read.query_sequence = "A" * 80_001
    read.set_tag("NM", 1)
    read.set_tag("XB", [1.5, 2.5])
    read.set_tag("XZ", "text")
    for name, mode, more in (("a.bam", "wb", {}), ("a.cram", "wc", {"format_options": [b"no_ref=1"]})):
        with pysam.AlignmentFile(str(tmp_path / name), mode, header=header, **more) as file:
            file.write(read)
        depth = open_alignments(tmp_path / name).read("chr1", np.array([0]), 400_000)[0]
        truth = np.zeros(400_000)
        for i in range(40_000):
            truth[1000 + 5 * i : 1002 + 5 * i] = 1
        truth[201_000] = 1
        assert (depth == truth).all()
        ends = open_alignments(tmp_path / name, count="ends").read("chr1", np.array([0]), 400_000)[0]
        assert np.flatnonzero(ends).tolist() == [201_000]


def test_contigs_longer_than_an_index_can_hold(tmp_path):
    header = pysam.AlignmentHeader.from_references(["long"], [2**31 - 1])
    with pysam.AlignmentFile(str(tmp_path / "a.bam"), "wb", header=header) as file:
        read = pysam.AlignedSegment(header)
        read.query_name, read.reference_id, read.reference_start = "a", 0, 2**31 - 40
        read.cigartuples, read.query_sequence = [(0, 39)], "A" * 39
        file.write(read)
    track = open_alignments(tmp_path / "a.bam")
    assert track.read("long", np.array([2**31 - 50]), 100)[0].nonzero()[0].tolist() == list(range(10, 49))


@pytest.mark.parametrize("contigs", [{}, {"chr1": 10}])
def test_files_without_reads(tmp_path, contigs):
    header = pysam.AlignmentHeader.from_references(list(contigs), list(contigs.values()))
    pysam.AlignmentFile(str(tmp_path / "a.bam"), "wb", header=header).close()
    track = open_alignments(tmp_path / "a.bam")
    assert track.lengths == contigs
    assert track.notes == ("a: 0 of 0 reads are counted by their covered bases",)
    for contig in contigs:
        assert not track.read(contig, np.array([0, 5]), 10, 5).any()


def test_reads_left_out_are_counted_by_their_first_reason(tmp_path):
    path = write_reads(tmp_path / "a.bam")
    reads = list(pysam.AlignmentFile(str(path), check_sq=False).fetch(until_eof=True))
    unmapped = sum(read.is_unmapped for read in reads)
    secondary = sum(read.is_secondary and not read.is_unmapped for read in reads)
    low = sum(not read.flag & EXCLUDED and read.mapping_quality < 30 for read in reads)
    notes = open_alignments(path, count="ends", mapq=30, shift=ATAC_SHIFT).notes
    assert "of 600 reads are counted by their 5' ends moved by +4 (plus strand) and -4 (minus strand)" in notes[0]
    for words in (f"{unmapped} unmapped", f"{secondary} secondary", f"{low} of mapping quality below 30"):
        assert words in notes[1]
    named = [int(part.split()[0]) for part in notes[1].removeprefix("a: reads left out: ").split(", ")]
    assert sum(named) + int(notes[0].split()[1]) == 600


def test_a_file_is_read_once(tmp_path, monkeypatch, cache):
    path = write_reads(tmp_path / "a.bam")
    track = open_alignments(path, strand=1)
    assert track.name == "a_plus"
    with monkeypatch.context() as patch:
        patch.setattr(bam, "read", None)
        other = open_alignments(path, strand=-1)  # both strands lie in one cache
        again = pickle.loads(pickle.dumps(track))  # noqa: S301 - as a worker process gets it
    assert other.name == "a_minus"
    assert other.notes[-1] == "a: of the counted reads, those on the minus strand"
    assert len(pickle.dumps(track)) < 2000
    starts = np.arange(0, 3000, 100)
    assert (again.read("chr1", starts, 100) == track.read("chr1", starts, 100)).all()
    assert again.name == track.name
    assert len(list(cache.iterdir())) == 1
    write_reads(path, 300, seed=1)
    assert (
        open_alignments(path).read("chr1", np.array([0]), 3000)[0] == expected(path, "chr1", 3000, OPTIONS[0])
    ).all()
    assert len(list(cache.iterdir())) == 2


def test_it_reads_as_every_signal_does(tmp_path):
    track = open_signal(write_reads(tmp_path / "reads.bam"), count="ends", strand=-1)
    assert track.name == "reads_minus"
    assert track.read("chr1", np.array([0]), 3000).any()
    assert not track.read("chr3", np.array([0]), 10).any()
    assert track.read("chr1", np.array([], np.int64), 10).shape == (0, 10)
    with pytest.raises(PrimaseError, match="do not divide into bins"):
        track.read("chr1", np.array([0]), 10, 3)


def damage(data: bytes, at: int, value: bytes) -> bytes:
    return data[:at] + value + data[at + len(value) :]


def first_record(data: bytes) -> int:
    at = 8 + int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[at : at + 4], "little")
    at += 4
    for _ in range(count):
        at += 8 + int.from_bytes(data[at : at + 4], "little")
    return at


def first_cigar(data: bytes, at: int) -> int:
    """Return where the CIGAR of the first mapped read begins."""
    while data[at + 18] & 4 or not data[at + 16]:
        at += 4 + int.from_bytes(data[at : at + 4], "little")
    return at + 36 + data[at + 12]


def make_bad(kind: str, whole: bytes) -> bytes:
    """Spoil a BAM file; what is spoilt inside is packed anew, so that only the record is at fault."""
    data = gzip.decompress(whole)
    record = first_record(data)
    inside = {
        "cut record": data[:-20],
        "cut length": data + b"\0\0",
        "record size": damage(data, record, pack("<I", 10)),
        "record size huge": damage(data, record, pack("<I", 2**30)),
        "fields": damage(data, record + 20, pack("<I", 10**6)),
        "contig": damage(data, record + 4, pack("<I", 99)),
        "operation": damage(data, first_cigar(data, record), pack("<I", 5 << 4 | 9)),
        "header cut": data[: record - 3],
        "magic": b"BAI\1" + data[4:],
        "contig length": damage(data, record - 4, pack("<I", 2**31)),
    }
    outside = {
        "no end": whole[:-28],
        "cut block": whole[: len(whole) // 2] + END,
        "checksum": damage(whole, len(whole) - 28 - 8, b"\0\0\0\0"),
        "letters": damage(whole, len(whole) - 28 - 300, bytes(200)),
        "size": damage(whole, 16, b"\x05\0"),
        "unpacked size": damage(whole, len(whole) - 28 - 4, pack("<I", 2**20)),
        "lost block": blocked(data, [3000]) [:-28].replace(b"\x1f\x8b\x08\x04", b"\x1f\x8b\x08\x05", 2).replace(
            b"\x1f\x8b\x08\x05", b"\x1f\x8b\x08\x04", 1
        ) + END,
        "gzip": gzip.compress(data),
        "text": b"@HD\tVN:1.6\n@SQ\tSN:chr1\tLN:1000\n",
        "nothing": b"",
        "only the end": END,
    }  # fmt: skip
    return outside[kind] if kind in outside else blocked(inside[kind], [60_000])


BAD = {
    "cut record": "the file is cut short in record 30",
    "cut length": "the file is cut short in record 31",
    "record size": "record 1 is damaged: its fields do not fit its size",
    "record size huge": "record 1 is damaged: its fields do not fit its size",
    "fields": "record 1 is damaged: its fields do not fit its size",
    "contig": "record 1 is damaged: its contig is not in the header",
    "operation": "record [0-9]+ is damaged: its CIGAR has an unknown operation",
    "header cut": "cut short in its header",
    "magic": "holds b'BAI",
    "contig length": "its header gives the contig 'chrM' 2,147,483,648 bases, the most is 2,147,483,647",
    "no end": "cut short after .* bytes: the block that ends a BAM file is missing",
    "cut block": "is cut short in the block that begins at byte [0-9]+",
    "checksum": "the block that begins at byte [0-9]+ is damaged .its checksum is wrong",
    "letters": "the block that begins at byte [0-9]+ is damaged",
    "size": "the block that begins at byte [0-9]+ is damaged .its size is wrong",
    "unpacked size": "the block that begins at byte [0-9]+ is damaged .its size is wrong",
    "lost block": "is damaged: no block begins at byte [0-9,]+",
    "gzip": "is gzip, but not in the blocks of BAM",
    "text": "the file begins with b'@HD.t', so it is not BAM",
    "nothing": "the file begins with b'', so it is not BAM",
    "only the end": "cut short in its header, after 0 bytes",
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files(tmp_path, cache, kind):
    path = tmp_path / "a.bam"
    write_reads(path, 30)
    path.write_bytes(make_bad(kind, path.read_bytes()))
    with pytest.raises(FormatError, match=BAD[kind]) as caught:
        open_alignments(path, exclude=0)
    assert str(path) in str(caught.value)
    assert "fix: " in str(caught.value)
    assert list(cache.iterdir()) == []


def test_a_contig_twice(tmp_path):
    head = b"BAM\1" + pack("<ii", 0, 2) + 2 * (pack("<i", 3) + b"c1\0" + pack("<i", 10))
    (tmp_path / "a.bam").write_bytes(blocked(head, [100]))
    with pytest.raises(FormatError, match="the contig 'c1' twice"):
        open_alignments(tmp_path / "a.bam")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda raw: raw[:-38], "cut short after .* bytes: the container that ends it is missing"),
        (lambda raw: raw[: len(raw) // 2], "cut short after"),
        (lambda raw: raw[: len(raw) // 2] + raw[-38:], "the file is damaged"),
        (lambda raw: raw[:30] + raw[-38:], "the file is damaged"),
        (lambda raw: damage(raw, len(raw) // 2, b"\xff\0\xff\0"), "the file is damaged"),
    ],
    ids=["no end", "half", "half and end", "head and end", "flipped"],
)
def test_bad_cram(tmp_path, cache, spoil, words):
    path = write_reads(tmp_path / "a.cram", 300, mode="wc", format_options=[b"no_ref=1"])
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(FormatError, match=words):
        open_alignments(path)
    assert list(cache.iterdir()) == []


def test_missing_file_and_full_cache(tmp_path, monkeypatch):
    for path, words in ((tmp_path / "none.bam", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(FormatError, match=words):
            open_alignments(path)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PRIMASE_CACHE", str(tmp_path / "file"))
    with pytest.raises(PrimaseError, match="set PRIMASE_CACHE"):
        open_alignments(write_reads(tmp_path / "a.bam", 5))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"count": "depth"}, "no way to count reads is called 'depth'"),
        ({"strand": 2}, "the strand is 2"),
        ({"shift": (4, -4)}, "moves 5' ends, not coverage"),
        ({"require": 0x400}, "0x400 are both excluded and required"),
    ],
)
def test_impossible_options(given, words):
    with pytest.raises(PrimaseError, match=words):
        AlignmentOptions(**given)


def test_formats_know_their_files(tmp_path):
    path = write_reads(tmp_path / "a.bam", 5)
    assert bam.sniff(gzip.decompress(path.read_bytes()))
    assert not bam.sniff(b"@HD")
    path = write_reads(tmp_path / "a.cram", 5, mode="wc", format_options=[b"no_ref=1"])
    assert cram.sniff(path.read_bytes())
    assert path.suffix in cram.SUFFIXES
    assert ".bam" in bam.SUFFIXES
