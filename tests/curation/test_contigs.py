"""Names of contigs are found again, and never two taken for one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from primase.core.errors import FormatError
from primase.curation.contigs import close_names, match_contigs, place_intervals
from primase.curation.intervals import Intervals

UCSC = {"chr1": 1000, "chr2": 900, "chr10": 800, "chrX": 700, "chrM": 16}
ENSEMBL = {"1": 1000, "2": 900, "10": 800, "X": 700, "MT": 16}
YEAST = {"chrI": 230, "chrII": 813, "chrX": 745, "chrmt": 85}


@pytest.mark.parametrize(
    ("name", "genome", "found"),
    [
        ("chr1", UCSC, "chr1"),
        ("1", UCSC, "chr1"),
        ("chr1", ENSEMBL, "1"),
        ("Chr1", ENSEMBL, "1"),
        ("CHR1", UCSC, "chr1"),
        ("x", UCSC, "chrX"),
        ("X", UCSC, "chrX"),
        ("chrx", ENSEMBL, "X"),
        ("MT", UCSC, "chrM"),
        ("M", UCSC, "chrM"),
        ("chrMT", UCSC, "chrM"),
        ("Mito", UCSC, "chrM"),
        ("chrM", ENSEMBL, "MT"),
        ("M", ENSEMBL, "MT"),
        ("chrM", YEAST, "chrmt"),
        ("II", YEAST, "chrII"),
        ("X", YEAST, "chrX"),
        ("chrX", {"I": 1, "X": 2}, "X"),
        ("2", YEAST, None),  # roman numerals are not counted out
        ("chr", {"": 5}, None),
        ("chr11", UCSC, None),
        ("1", {"chr1": 5, "1": 6}, "1"),
        ("chr1", {"1": 6, "chr1": 5}, "chr1"),
        ("Chr1", {"1": 6, "chr1": 5}, None),  # either could be meant
        ("MT", {"chrM": 16571, "chrMT": 16569}, "chrMT"),  # hg19 has two
        ("M", {"chrM": 16571, "chrMT": 16569}, "chrM"),
        ("mito", {"chrM": 16571, "chrMT": 16569}, None),
        ("chrun_a", {"chrUn_A": 5, "chrUn_a": 6}, None),
        ("NC_000913", {"NC_000913.3": 9}, None),
    ],
)
def test_one_name(name, genome, found):
    index, note = match_contigs([name], genome)
    assert (list(genome)[index[0]] if index[0] >= 0 else None) == found
    assert note == ("" if found in (None, name) else f"{name} is read as {found}")


@pytest.mark.parametrize(
    ("names", "genome", "found"),
    [
        (["1", "chr1"], {"chr1": 5}, [-1, 0]),  # the file keeps them apart, so the genome's chr1 is one of them
        (["Chr1", "CHR1"], {"chr1": 5}, [-1, -1]),
        (["chrM", "chrMT"], {"chrM": 5}, [0, -1]),
        (["M", "MT"], {"chrM": 5}, [0, -1]),
        (["chr1", "1"], {"1": 5, "chr1": 6}, [1, 0]),
        ([], UCSC, []),
        (["a"], {}, [-1]),
    ],
)
def test_names_beside_each_other(names, genome, found):
    assert match_contigs(names, genome)[0].tolist() == found


POOL = ["chr1", "1", "Chr1", "CHR1", "chrM", "M", "MT", "chrMT", "mt", "Mito", "chrX", "X", "x", "chrII", "II", "s_1"]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(POOL), unique=True), st.lists(st.sampled_from(POOL), unique=True))
def test_no_two_names_become_one_and_own_names_stay(names, genome):
    index = match_contigs(names, dict.fromkeys(genome, 1))[0].tolist()
    found = [at for at in index if at >= 0]
    assert len(set(found)) == len(found)
    for name, at in zip(names, index, strict=True):
        assert name not in genome or genome[at] == name


def test_the_note_counts_the_names():
    assert match_contigs(["1", "2", "10", "X", "MT"], UCSC)[1] == (
        "1 is read as chr1, 2 as chr2, 10 as chr10 and 2 more alike"
    )


def peaks(rows, contigs=("1", "2", "MT", "GL9", "2L")) -> Intervals:
    contig, starts, ends = (np.array(column) for column in zip(*rows, strict=True))
    return Intervals("p.bed", contigs, contig, starts, ends, np.zeros(len(rows)), np.arange(len(rows)) + 3)


def test_intervals_get_the_names_of_the_genome():
    placed = place_intervals(peaks([(0, 0, 1000), (2, 3, 9), (1, 1, 2)]), UCSC)
    assert placed.contigs == tuple(UCSC)
    assert placed.contig.tolist() == [0, 4, 1]
    assert placed.notes == ("p.bed: 1 is read as chr1, 2 as chr2, MT as chrM",)


def test_a_name_without_rows_needs_no_contig():
    assert len(place_intervals(peaks([(0, 0, 10)]), UCSC)) == 1


def test_a_missing_contig_is_named_counted_and_compared():
    given = peaks([(0, 0, 10), (4, 0, 10), (3, 0, 10), (4, 5, 10)])
    with pytest.raises(FormatError) as caught:
        place_intervals(given, UCSC)
    assert str(caught.value) == (
        "p.bed, line 4: the genome has no contig '2L' (2 rows on it; 2 such contigs with 3 rows in all)\n"
        "  fix: give the name as the genome has it (its contigs are chr1, chr2, chr10, ...), or leave such rows out "
        "with --skip-missing-contigs"
    )
    placed = place_intervals(given, UCSC, skip_missing=True)
    assert placed.starts.tolist() == [0]
    assert placed.notes[-1] == ("p.bed: 3 of 4 rows are left out, since the genome has no contig 2L (2), GL9 (1)")


def test_close_names_are_listed():
    assert close_names("chr11", UCSC)[0] in ("chr1", "chr10")
    assert close_names("NC_000913", {"NC_000913.3": 1, "NC_002483.1": 2}) == ["NC_000913.3", "NC_002483.1"]
    assert close_names("Mito", {"chr1": 3, "chrM": 1, "chrMT": 2})[:2] == ["chrM", "chrMT"]
    with pytest.raises(FormatError, match=r"has no contig 'chr21'.*\n.*it has chr2, "):
        place_intervals(peaks([(0, 0, 5), (1, 0, 5)], ("chr1", "chr21")), UCSC)


def test_a_genome_without_any_contig_of_the_file_is_another_one():
    for skip in (True, False):
        with pytest.raises(
            FormatError, match=r"'2L' \(1 row on it\), nor any other of the file\n  fix: give the genome"
        ):
            place_intervals(peaks([(4, 0, 5)]), UCSC, skip_missing=skip)


def test_intervals_beyond_a_contig_raise_the_suspicion_of_another_assembly():
    given = peaks([(0, 0, 1000), (0, 900, 1001), (2, 0, 17), (1, 0, 5)])
    with pytest.raises(FormatError) as caught:
        place_intervals(given, UCSC)
    assert caught.value.line == 4
    assert str(caught.value) == (
        "p.bed, line 4: chr1:900-1001 is not within chr1, which has 1,000 letters in this genome; 2 of 4 rows do not "
        "fit, so the file looks like one of another assembly\n"
        "  fix: give the assembly on which the intervals were called, or leave such rows out with --drop-invalid"
    )
    placed = place_intervals(given, UCSC, drop_invalid=True)
    assert placed.starts.tolist() == [0, 0]
    assert placed.dropped == tuple(f"p.bed, line {line}: beyond the end of its contig" for line in (4, 5))
    assert placed.notes[-1].startswith("line 4: chr1:900-1001 is not within chr1")
    with pytest.raises(FormatError, match="1 of 1 row does not fit"):
        place_intervals(peaks([(0, 0, 1001)]), UCSC, drop_invalid=True)


def test_real_names_of_yeast(real_data):
    """Two files of one folder spell the chromosomes in two ways; the genome lacks the mitochondrion."""
    from primase.curation.formats import bed, fasta

    folder = real_data / "regulatory" / "yeast_genome_tracks"
    genome = fasta.read(folder / "sacCer3.fa.gz")
    lengths = dict(zip(genome.ids, map(len, genome.sequences), strict=True))
    calls = bed.read(folder / "nucleosome_GSM1891203_danpos.bed.gz")
    with pytest.raises(FormatError, match=r"no contig 'chrM' \(402 rows on it\)"):
        place_intervals(calls, lengths)
    assert len(place_intervals(calls, lengths, skip_missing=True)) == 54_793 - 402
    boundaries = bed.read(folder / "microC_boundaries_res200.tsv.gz")
    placed = place_intervals(boundaries, lengths, skip_missing=True)
    assert len(placed) == 1_510 - 19
    assert placed.notes[-2].endswith("I is read as chrI, II as chrII, III as chrIII and 11 more alike")
    with pytest.raises(FormatError, match="looks like one of another assembly"):
        place_intervals(calls, {name: length // 2 for name, length in lengths.items()}, skip_missing=True)
