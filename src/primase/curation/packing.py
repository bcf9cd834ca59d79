"""Genomes: a FASTA file is read once, in order, and packed into a cache from which windows are read at any place."""

import gzip
import shutil
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from io import RawIOBase
from pathlib import Path
from secrets import token_hex
from typing import Any

import numpy as np

from primase.core.alphabet import DNA, code_table, decode
from primase.core.errors import FormatError, PrimaseError, UnknownName
from primase.core.files import read_json, write_json
from primase.core.threads import in_threads
from primase.curation.downloading import cache_folder
from primase.curation.reading import local_path
from primase.curation.unpacking import read_head

CHUNK = 2**22  # bytes of a FASTA file that are packed at once
STALE = 86_400  # seconds after which a draft is no longer under way
BASES, RUNS, FACTS = "bases.bin", "unknown.npy", "genome.json"


@dataclass(frozen=True, eq=False)
class PackedGenome:
    """A genome on disk, two bits per base; only the pages that are read are in memory.

    All contigs lie in one row of bases, each beginning at a multiple of four.

    Attributes
    ----------
    source : str
        The FASTA file.
    digest : str
        SHA-256 of that file.
    names : tuple of str
        Contigs, in the order of the file.
    lengths : ndarray, shape=(C,), int64
    offsets : ndarray, shape=(C,), int64
        Where in the row of bases each contig begins.
    bases : ndarray, shape=(B,), uint8
        Memory-mapped; base i lies in bits ``2 * (i & 3)`` of byte ``i >> 2``, A 0, C 1, G 2, T 3.
    unknown : ndarray, shape=(R, 2), int64
        Runs of unknown letters in the row of bases, half-open and sorted; what lies between contigs is in such runs.
    """

    source: str
    digest: str
    names: tuple[str, ...]
    lengths: np.ndarray
    offsets: np.ndarray
    bases: np.ndarray
    unknown: np.ndarray

    def __repr__(self) -> str:
        return f"<PackedGenome: {len(self.names):,} contigs, {self.lengths.sum():,} bases, {self.source}>"

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each contig."""
        return {name: number for number, name in enumerate(self.names)}

    def read_codes(
        self, contigs: np.ndarray, starts: np.ndarray, width: int, strands: np.ndarray | None = None
    ) -> np.ndarray:
        r"""Read windows of one width as codes.

        Parameters
        ----------
        contigs : ndarray, shape=(W,), int
            Number of each window's contig.
        starts : ndarray, shape=(W,), int
            First position, 0-based; it may lie before the contig, and the end behind it.
        width : int
            Letters per window.
        strands : ndarray, shape=(W,), optional
            Negative where the reverse complement is wanted.

        Returns
        -------
        ndarray, shape=(W, width), uint8
            0 to 3 for A, C, G and T; 4 for what is unknown or beyond the contig.

        Examples
        --------
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = Path(folder.name) / "a.fa"
        >>> _ = path.write_text(">x first\nACGTN\n>y\nGGC\n")
        >>> genome = open_genome(path, cache=Path(folder.name) / "cache")
        >>> genome.read_codes(np.array([0, 1]), np.array([3, -1]), 4).tolist()
        [[3, 4, 4, 4], [4, 2, 2, 1]]
        >>> folder.cleanup()
        """
        from primase.curation.packing_kernels import read_windows

        out = np.empty((len(starts), width), np.uint8)
        in_threads(read_windows, len(out), *self._places(contigs, starts, strands), out)
        return out

    def read_one_hot(
        self,
        contigs: np.ndarray,
        starts: np.ndarray,
        width: int,
        strands: np.ndarray | None = None,
        *,
        dtype: Any = np.int8,
    ) -> np.ndarray:
        """Read windows as `read_codes` does, one-hot.

        Returns
        -------
        ndarray, shape=(W, 4, width)
            Rows A C G T; a column of zeros for what is unknown or beyond the contig.
        """
        from primase.curation.packing_kernels import read_one_hot

        out = np.empty((len(starts), 4, width), dtype)
        in_threads(read_one_hot, len(out), *self._places(contigs, starts, strands), out)
        return out

    def unknown_before(self, places: np.ndarray) -> np.ndarray:
        """Return how many unknown letters, and letters between contigs, lie before places of the row of bases."""
        sizes = self.unknown[:, 1] - self.unknown[:, 0]
        before = np.concatenate([[0], np.cumsum(sizes)])
        run = np.searchsorted(self.unknown[:, 0], places, side="right")
        last = np.concatenate([[0], self.unknown[:, 1]])[run]
        return before[run] - np.maximum(last - places, 0)

    def read_text(self, contig: str, start: int, end: int) -> str:
        """Return one stretch as letters."""
        if contig not in self.numbers:
            raise UnknownName("contig", contig, self.names)
        codes = self.read_codes(np.array([self.numbers[contig]]), np.array([start]), end - start)
        return decode(codes[0], DNA)

    def _places(self, contigs: np.ndarray, starts: np.ndarray, strands: np.ndarray | None) -> tuple[Any, ...]:
        from primase.curation.packing_kernels import WORDS

        lows = self.offsets[contigs]
        backwards = np.zeros(len(starts), bool) if strands is None else np.asarray(strands) < 0
        bounds = np.stack([lows, lows + self.lengths[contigs]], 1)
        return self.bases, self.unknown, WORDS, lows + starts, bounds, backwards


def open_genome(source: str | Path, *, cache: Path | None = None) -> PackedGenome:
    """Open a genome by its FASTA file, plain, gzipped or bgzipped; the first time it is packed into the cache.

    A file that was packed before is known by path, size and time of change; else by its digest.

    Parameters
    ----------
    source : str or Path
        File or http(s) address.
    cache : Path, optional
        Where packed genomes lie; by default below ``$PRIMASE_CACHE``, else ``~/.cache/primase``.

    Raises
    ------
    FormatError
        If it is no FASTA, is damaged or cut short, has an illegal letter, or names a contig twice.
    """
    path = local_path(source)
    folder = cache or cache_folder().parent / "genomes"
    try:
        state = path.stat()
    except OSError as error:
        raise FormatError(path, f"the file cannot be read ({error.strerror})", fix="check the path") from error
    note = folder / "paths" / f"{sha256(str(path.resolve()).encode()).hexdigest()[:32]}.json"
    seen = {"size": state.st_size, "changed": state.st_mtime_ns}
    with suppress(PrimaseError, KeyError, TypeError):  # a damaged note is written again
        known = read_json(note)
        genome = _load(folder / known["digest"], source) if known["seen"] == seen else None
        if genome is not None:
            return genome
    digest = _pack(path, folder)
    write_json(note, {"path": str(path.resolve()), "seen": seen, "digest": digest})
    genome = _load(folder / digest, source)
    if genome is None:
        raise PrimaseError(f"the packed genome {folder / digest} is damaged", fix="remove that folder, and call again")
    return genome


def open_packed(digest: str, source: str, *, cache: Path | None = None) -> PackedGenome:
    """Open the genome of a data set: by its digest from the cache, else by its FASTA file.

    Raises
    ------
    PrimaseError
        If it is not in the cache and the file is not there, or is another one.
    """
    folder = cache or cache_folder().parent / "genomes"
    found = _load(folder / digest, source)
    if found is not None:
        return found
    genome = open_genome(source, cache=cache)
    if genome.digest != digest:
        raise PrimaseError(
            f"{source} is not the genome that the data were made from (digest {genome.digest[:12]}, not {digest[:12]})",
            fix="give the same file again, or curate anew",
        )
    return genome


def _load(folder: Path, source: str | Path) -> PackedGenome | None:
    """Open a packed genome; None where it is not there, or not whole."""
    try:
        facts = read_json(folder / FACTS)
        lengths, offsets = (np.array(facts[name], np.int64) for name in ("lengths", "offsets"))
        bases, unknown = np.memmap(folder / BASES, np.uint8, "r"), np.load(folder / RUNS)
        if len(bases) != (offsets[-1] + lengths[-1] + 3) // 4 + 1:  # one byte more, see `_Packer.run`
            return None
        return PackedGenome(str(source), facts["digest"], tuple(facts["names"]), lengths, offsets, bases, unknown)
    except (PrimaseError, OSError, ValueError, KeyError, EOFError):
        return None


def _pack(path: Path, folder: Path) -> str:
    """Pack a FASTA file into a folder of the cache that is called by its digest, and return that."""
    head = read_head(path)
    if not head.lstrip().startswith(b">"):
        raise FormatError(path, f"the genome begins with {head[:20]!r}, not with '>'", fix="give a FASTA file")
    draft = folder / f".{token_hex(8)}.part"
    try:
        draft.mkdir(parents=True)
        _clear_drafts(folder)
        digest = _Packer(path, draft).run()
        if _load(folder / digest, path) is None:  # else another process was faster: its folder is the same
            shutil.rmtree(folder / digest, ignore_errors=True)
            with suppress(OSError):
                draft.rename(folder / digest)
    except EOFError as error:
        raise FormatError(path, "the gzip file is cut short", fix="copy or download it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise FormatError(path, f"the gzip file is damaged ({error})", fix="copy or download it again") from error
    except OSError as error:
        raise PrimaseError(
            f"the packed genome cannot be written to {folder}: {error.strerror}",
            fix="free some space, or name another folder in PRIMASE_CACHE",
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return digest


def _clear_drafts(folder: Path) -> None:
    """Remove what packings that were killed have left; one that is under way is younger."""
    for draft in folder.glob(".*.part"):
        with suppress(OSError):
            if time.time() - draft.stat().st_mtime > STALE:
                shutil.rmtree(draft, ignore_errors=True)


class _Packer:
    """One packing under way; lives only inside `_pack`."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder = path, folder
        self.names: list[str] = []
        self.known: set[str] = set()
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.base = 0
        self.runs: list[np.ndarray] = []
        self.open_run = -1
        self.counts = np.zeros(256, np.int64)
        self.carry = 0  # the last byte, as far as it is filled
        table = code_table(DNA).copy()
        table[[ord(blank) for blank in "\r\n \t"]] = 5
        self.table = table

    def run(self) -> str:
        """Write the files of the packed genome and return its digest."""
        with open(self.path, "rb", buffering=0) as raw:
            hashed = _Hashed(raw)
            zipped = _first_bytes(self.path) == b"\x1f\x8b"
            stream: Any = gzip.GzipFile(fileobj=hashed) if zipped else hashed
            with open(self.folder / BASES, "wb") as out:
                done = 0
                for kind, data in split_records(stream):
                    if kind == "header":
                        self._begin(data, out)
                    else:
                        self._append(data, out, done)
                    done += len(data)
                self._finish_contig(out)
                out.write(bytes(1))  # so that the byte behind the last may be looked at
            while hashed.read(CHUNK):  # what a stream leaves behind its end
                pass
            digest = hashed.digest.hexdigest()
        if not self.names:
            raise FormatError(self.path, "the file holds no sequence", fix="give a FASTA file")
        runs = _joined(np.concatenate([*self.runs, np.zeros((0, 2), np.int64)]))
        np.save(self.folder / RUNS, runs)
        lengths = (np.array(self.ends) - np.array(self.starts)).tolist()
        letters = {chr(byte): int(count) for byte, count in enumerate(self.counts) if count and chr(byte) not in "Nn"}
        facts = {"digest": digest, "names": self.names, "lengths": lengths, "offsets": self.starts, "letters": letters}
        write_json(self.folder / FACTS, facts)
        return digest

    def _begin(self, header: bytes, out: Any) -> None:
        self._finish_contig(out)
        name = (header[1:].decode("utf-8", "replace").split() or [""])[0]
        if b"\r" in header.rstrip(b"\r\n"):
            raise FormatError(
                self.path,
                "its lines end in a carriage return alone",
                fix="give it line feeds: tr '\\r' '\\n' < OLD > NEW",
            )
        if not name or name in self.known:
            what = f"the contig {name!r} is there twice" if name else "a header names no contig"
            raise FormatError(self.path, what, fix="give each sequence a name of its own")
        self.names.append(name)
        self.known.add(name)
        self.starts.append(self.base)

    def _finish_contig(self, out: Any) -> None:
        """Close the run of unknown letters, and fill the last byte; what it is filled with is unknown."""
        if not self.names:
            return
        self.ends.append(self.base)
        if self.open_run >= 0:
            self.runs.append(np.array([[self.open_run, self.base]], np.int64))
            self.open_run = -1
        if self.base & 3:
            padded = (self.base + 3) & ~3
            self.runs.append(np.array([[self.base, padded]], np.int64))
            out.write(bytes([self.carry]))
            self.base, self.carry = padded, 0

    def _append(self, data: bytes, out: Any, done: int) -> None:
        from primase.curation.packing_kernels import pack_letters

        packed = np.zeros(len(data) // 4 + 2, np.uint8)
        packed[0] = self.carry
        origin, inside = self.base & ~3, self.base & 3
        runs = np.empty((len(data) // 2 + 2, 2), np.int64)
        runs[-1] = self.open_run, -1
        raw = np.frombuffer(data, np.uint8)
        after, closed = pack_letters(raw, self.table, packed, origin, inside, runs, self.counts)
        if after < 0:
            letter = chr(data[-1 - after])
            raise FormatError(
                self.path,
                f"{letter!r} in contig {self.names[-1]!r} is no letter of DNA",
                fix=f"use {DNA.letters} or {DNA.ambiguous}",
                line=_line_of(self.path, done - 1 - after),
            )
        self.runs.append(runs[:closed].copy())
        self.open_run = int(runs[-1, 0])
        out.write(packed[: after >> 2].tobytes())
        self.carry = int(packed[after >> 2])
        self.base = origin + after


class _Hashed(RawIOBase):
    """A file that is hashed as it is read."""

    def __init__(self, raw: Any) -> None:
        self.raw, self.digest = raw, sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:  # type: ignore[override]
        data = self.raw.read(size)
        self.digest.update(data)
        return data


def _first_bytes(path: Path) -> bytes:
    """Return the first two bytes of a file, as they are."""
    with path.open("rb") as handle:
        return handle.read(2)


def split_records(stream: Any) -> Iterator[tuple[str, bytes]]:
    """Cut a stream of FASTA into headers and stretches of sequence lines, with nothing lost between them.

    Yields
    ------
    kind : str
        ``header`` (one whole line) or ``letters``.
    data : bytes
    """
    pending, inside = b"", False  # inside a header
    fresh = True  # at the start of a line
    while chunk := stream.read(CHUNK):
        at = 0
        while at < len(chunk):
            if inside:
                end = chunk.find(b"\n", at)
                pending += chunk[at : end + 1] if end >= 0 else chunk[at:]
                if end < 0:
                    break
                yield "header", pending
                pending, inside, fresh, at = b"", False, True, end + 1
            elif fresh and chunk[at] == ord(">"):
                pending, inside = b">", True
                at += 1
            else:
                mark = chunk.find(b"\n>", at)
                end = mark + 1 if mark >= 0 else len(chunk)
                yield "letters", chunk[at:end]
                fresh, at = chunk[end - 1] == ord("\n"), end
    if inside:
        yield "header", pending


def _joined(runs: np.ndarray) -> np.ndarray:
    """Join runs that touch."""
    if not len(runs):
        return runs
    first = np.append(True, runs[1:, 0] > runs[:-1, 1])
    last = np.append(first[1:], True)
    return np.stack([runs[first, 0], runs[last, 1]], 1)


def _line_of(path: Path, position: int) -> int:
    """Return the 1-based line of one byte of the unpacked file."""
    opened: Any = gzip.open if _first_bytes(path) == b"\x1f\x8b" else open
    with opened(path, "rb") as stream:
        lines, left = 1, position
        while left > 0 and (chunk := stream.read(min(CHUNK, left))):
            lines, left = lines + chunk.count(b"\n"), left - len(chunk)
    return lines
