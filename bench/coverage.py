"""Reading a BAM file into a signal, against plain pysam iteration with two threads, in one process and in turn.

    python -m bench.coverage [--records 5000000] [--runs 3] [--qualities binned|unbinned|both]

The file is simulated: sorted reads of 100 bases from a random genome, names and tags as sequencers and aligners write
them, qualities that fall along the read, either in the four bins of newer machines or unbinned. Timed are the first
opening for 5' ends and for coverage (cache empty), drawing the unpacked bytes alone, and
``for read in pysam.AlignmentFile(path, threads=2): read.reference_start``. The best of the runs counts; the processor
time of all threads is printed beside, since it says more on a machine that does something else as well.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from struct import pack

import numpy as np

from primase.curation.alignments import AlignmentTrack, open_alignments
from primase.curation.formats import bam

BAR = 1.0
LENGTH, GENOME = 100, 12_000_000
BINS = np.array([2, 11, 25, 37], np.uint8)
BATCH = 100_000
BLOCK = 65_280  # what htslib puts into a block


def draw_qualities(rng: np.random.Generator, rows: int, *, binned: bool) -> np.ndarray:
    """Draw qualities, shape (rows, LENGTH): a level per read that falls along it, and noise from base to base."""
    level = np.minimum(41, rng.normal(38, 2.5, (rows, 1)) - np.linspace(0, 1, LENGTH) ** 2 * rng.gamma(2, 3, (rows, 1)))
    drops = rng.random((rows, LENGTH)) < 0.06
    values = np.clip(level + rng.normal(0, 1.2, (rows, LENGTH)) - drops * rng.uniform(4, 30, (rows, LENGTH)), 2, 41)
    if not binned:
        return values.astype(np.uint8)
    return BINS[np.digitize(values, [7, 18, 31])]


def digits(values: np.ndarray, count: int) -> np.ndarray:
    """Write numbers as `count` digits of ASCII, shape (N, count)."""
    return (values[:, None] // 10 ** np.arange(count - 1, -1, -1) % 10 + ord("0")).astype(np.uint8)


def draw_records(records: int, *, binned: bool) -> Iterator[bytes]:
    """Draw BAM records in order of their places, batch by batch."""
    rng = np.random.default_rng(0)
    genome = rng.integers(0, 4, GENOME, np.uint8)
    places = np.sort(rng.integers(0, GENOME - LENGTH, records)).astype(np.int32)
    prefix, tags = b"A00741:312:HWKYJDSX2:", b"NMC\0MDZ100\0ASCdXSC\0RGZsample_1\0"
    name = len(prefix) + 1 + 1 + 4 + 1 + 5 + 1 + 5 + 1
    size = 32 + name + 4 + LENGTH // 2 + LENGTH + len(tags)
    for first in range(0, records, BATCH):
        starts = places[first : first + BATCH]
        rows = len(starts)
        out = np.zeros((rows, 4 + size), np.uint8)
        out[:, :36] = np.frombuffer(pack("<iiiBBHHHiiii", size, 0, 0, name, 60, 0, 1, 0, LENGTH, -1, -1, 0), np.uint8)
        out[:, 8:12] = starts[:, None].view(np.uint8)
        out[:, 13] = np.where(rng.random(rows) < 0.9, 60, rng.integers(0, 60, rows))
        out[:, 18] = np.where(rng.random(rows) < 0.5, 16, 0)  # on the minus strand
        out[:, 19] = np.where(rng.random(rows) < 0.1, 4, 0)  # a duplicate
        at = 36
        fields = (np.frombuffer(prefix, np.uint8), rng.integers(1, 5, rows), rng.integers(1101, 2679, rows))
        cells = [np.broadcast_to(fields[0], (rows, len(prefix))), digits(fields[1], 1), digits(fields[2], 4)]
        cells += [digits(rng.integers(1000, 32800, rows), 5), digits(rng.integers(1000, 37000, rows), 5)]
        for number, cell in enumerate(cells):
            out[:, at : at + cell.shape[1]] = cell
            at += cell.shape[1]
            out[:, at] = 0 if number == len(cells) - 1 else ord(":")
            at += 0 if number == 0 else 1
        out[:, at : at + 4] = np.frombuffer(pack("<I", LENGTH << 4), np.uint8)
        letters = genome[starts[:, None] + np.arange(LENGTH)]
        letters = np.where(rng.random(letters.shape) < 0.003, rng.integers(0, 4, letters.shape), letters)
        nibbles = np.left_shift(1, letters).astype(np.uint8)
        out[:, at + 4 : at + 4 + LENGTH // 2] = (nibbles[:, ::2] << 4) | nibbles[:, 1::2]
        at += 4 + LENGTH // 2
        out[:, at : at + LENGTH] = draw_qualities(rng, rows, binned=binned)
        out[:, at + LENGTH :] = np.frombuffer(tags, np.uint8)
        yield out.tobytes()


def pack_block(data: bytes) -> bytes:
    """Compress one block as htslib does by default (level 6)."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(data) + packer.flush()
    head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + pack("<H", len(packed) + 25)
    return head + packed + pack("<II", zlib.crc32(data), len(data))


def write_bam(path: Path, records: int, *, binned: bool) -> None:
    """Simulate a file."""
    text = f"@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr1\tLN:{GENOME}\n@RG\tID:sample_1\tSM:sample\n".encode()
    head = b"BAM\1" + pack("<i", len(text)) + text + pack("<i", 1) + pack("<i5si", 5, b"chr1\0", GENOME)
    with path.open("wb") as handle, ThreadPoolExecutor(2) as pool:
        rest = head
        for piece in draw_records(records, binned=binned):
            data = rest + piece
            whole = len(data) // BLOCK * BLOCK
            for block in pool.map(pack_block, [data[at : at + BLOCK] for at in range(0, whole, BLOCK)]):
                handle.write(block)
            rest = data[whole:]
        handle.write(pack_block(rest) + pack_block(b""))


def iterate_pysam(path: Path) -> None:
    """Do what the bar asks for: touch the place of every read."""
    import pysam

    with pysam.AlignmentFile(str(path), threads=2) as file:
        for read in file:
            read.reference_start  # noqa: B018 - what is measured


def open_anew(path: Path, count: str) -> AlignmentTrack:
    """Open a file as if for the first time."""
    with tempfile.TemporaryDirectory() as cache:
        os.environ["PRIMASE_CACHE"] = cache
        return open_alignments(path, count=count)


def unpack(path: Path) -> int:
    """Draw the unpacked bytes and do nothing with them."""
    return sum(len(part) for piece in bam.read(path)[1] for part in piece)


def count_directly(path: Path, count: str) -> np.ndarray:
    """Count the first million reads or fewer with pysam: depth, or 5' ends, at every base."""
    import pysam

    out = np.zeros(GENOME + 1, np.int64)
    with pysam.AlignmentFile(str(path)) as file:
        for read in file:
            if not read.is_duplicate:
                end = int(read.reference_end or 0)
                if count == "coverage":
                    out[read.reference_start] += 1
                    out[end] -= 1
                else:
                    out[end - 1 if read.is_reverse else read.reference_start] += 1
    return (np.cumsum(out) if count == "coverage" else out)[:GENOME]


def measure(path: Path, runs: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the best seconds of each contender, taken in turn, and the least processor time."""
    contenders: dict[str, Callable[[], object]] = {
        "5' ends": lambda: open_anew(path, "ends"),
        "coverage": lambda: open_anew(path, "coverage"),
        "unpacking alone": lambda: unpack(path),
        "pysam": lambda: iterate_pysam(path),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    processor: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, run in contenders.items():
            start, busy = time.perf_counter(), time.process_time()
            run()
            seconds[name].append(time.perf_counter() - start)
            processor[name].append(time.process_time() - busy)
    for name, values in seconds.items():
        print(
            f"  {name:16s} best {min(values):7.2f} s, median {statistics.median(values):7.2f} s, "
            f"processor {min(processor[name]):7.2f} s"
        )
    return {name: min(values) for name, values in seconds.items()}, {
        name: min(values) for name, values in processor.items()
    }


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--qualities", choices=("binned", "unbinned", "both"), default="both")
    given = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.bam"
        write_bam(small, min(given.records, 100_000), binned=True)
        for count in ("ends", "coverage"):  # this compiles, too
            track = open_anew(small, count)
            same = (track.read("chr1", np.array([0]), GENOME)[0] == count_directly(small, count)).all()
            print(f"{count} equal to pysam's at every base of {GENOME:,}: {'yes' if same else 'NO'}")
            missed |= not same
        for kind in ("binned", "unbinned") if given.qualities == "both" else (given.qualities,):
            path = Path(folder) / f"{kind}.bam"
            write_bam(path, given.records, binned=kind == "binned")
            size = path.stat().st_size
            print(f"{given.records:,} records, {kind} qualities, {size / 1e6:,.0f} MB:")
            best, busy = measure(path, given.runs)
            path.unlink()
            for count in ("5' ends", "coverage"):
                ratio = best["pysam"] / best[count]
                missed |= ratio < BAR
                print(
                    f"{count} ({kind}): {given.records / best[count] / 1e6:.2f} M records/s, {ratio:.2f} x plain pysam "
                    f"iteration (bar {BAR:g}), by processor time {busy['pysam'] / busy[count]:.2f} x; unpacking takes "
                    f"{best['unpacking alone'] / best[count]:.0%} of the time"
                )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
