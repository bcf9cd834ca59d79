"""Overlapping, nested and adjoining intervals, against sets of positions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from primase.core.errors import FormatError, PrimaseError, ShapeError
from primase.curation.intervals import (
    Intervals,
    centre_windows,
    fit_contigs,
    join_intervals,
    merge_intervals,
    overlap_matrix,
    overlaps_any,
    sort_intervals,
    tile_intervals,
)

NAMES = ("chr2", "chr10", "chrM")


def table(rows, *, contigs=NAMES, source="a.bed", **more) -> Intervals:
    """Make intervals of (contig, start, end) or (contig, start, end, strand)."""
    filled = [(*row, 0)[:4] for row in rows]
    contig, starts, ends, strands = (np.array(column, np.int64) for column in zip(*filled, strict=True)) if rows else (
        np.zeros(0, np.int64),
    ) * 4  # fmt: skip
    return Intervals(source, contigs, contig, starts, ends, strands, np.arange(1, len(rows) + 1), **more)


@st.composite
def rows(draw, most=12, least=0):
    """Rows on a short axis, so that they overlap, nest and adjoin; with begins below 0 as windows have."""
    count = draw(st.integers(least, most))
    return [
        (draw(st.integers(0, 2)), start := draw(st.integers(-4, 60)), start + draw(st.integers(1, 25)))
        for _ in range(count)
    ]


def letters(row, names=NAMES) -> set[tuple[str, int]]:
    return {(names[row[0]], place) for place in range(row[1], row[2])}


def spelled(intervals: Intervals) -> list[tuple[str, int, int]]:
    names = [intervals.contigs[at] for at in intervals.contig]
    return list(zip(names, intervals.starts.tolist(), intervals.ends.tolist(), strict=True))


@settings(deadline=None, max_examples=150)
@given(rows())
def test_union_has_the_letters_of_its_rows_and_no_two_touch(given_rows):
    merged = merge_intervals(table(given_rows))
    expected = set().union(*map(letters, given_rows))
    got = [{(name, place) for place in range(start, end)} for name, start, end in spelled(merged)]
    assert set().union(*got) == expected
    assert sum(map(len, got)) == len(expected)
    for (name, _, end), (other, start, _) in zip(spelled(merged), spelled(merged)[1:], strict=False):
        assert name != other or start > end
    assert (np.diff(merged.contig) >= 0).all()


@settings(deadline=None, max_examples=100)
@given(rows(), st.integers(0, 9))
def test_gaps_up_to_a_width_are_closed(given_rows, gap):
    merged = merge_intervals(table(given_rows), gap=gap)
    grown = merge_intervals(table([(c, s, e + gap) for c, s, e in given_rows]))
    assert spelled(merged) == [(name, start, end - gap) for name, start, end in spelled(grown)]


def test_a_merged_interval_has_the_line_of_its_leftmost_row():
    merged = merge_intervals(table([(0, 30, 40), (0, 5, 9), (0, 9, 31), (1, 0, 1)]))
    assert spelled(merged) == [("chr2", 5, 40), ("chr10", 0, 1)]
    assert merged.lines.tolist() == [2, 4]


@settings(deadline=None, max_examples=150)
@given(rows(), rows(), rows())
def test_overlaps_are_those_of_sets_of_letters(one, two, three):
    """The second set names its contigs in another order, and one that the first does not know."""
    other_names = ("chrM", "chrX", "chr2")
    queries, first, second = table(one), table(two), table(three, contigs=other_names)
    sets = [set().union(*map(letters, two)), set().union(*(letters(row, other_names) for row in three))]
    expected = [[len(letters(row) & members) for members in sets] for row in one]
    matrix = overlap_matrix(queries, [first, second])
    assert matrix.shape == (len(one), 2)
    assert matrix.tolist() == expected
    assert overlaps_any(queries, first).tolist() == [row[0] > 0 for row in expected]
    assert overlaps_any(queries, second).tolist() == [row[1] > 0 for row in expected]


@pytest.mark.parametrize(
    ("query", "others", "shared"),
    [
        ((0, 10, 20), [(0, 0, 10)], 0),  # adjoining on the left
        ((0, 10, 20), [(0, 20, 30)], 0),  # on the right
        ((0, 10, 20), [(0, 19, 30)], 1),
        ((0, 10, 20), [(0, 0, 11)], 1),
        ((0, 10, 20), [(0, 12, 13)], 1),  # nested
        ((0, 10, 20), [(0, 0, 100), (0, 12, 13), (0, 50, 60)], 10),  # a long one that begins early and ends late
        ((0, 10, 20), [(0, 11, 14), (0, 11, 14), (0, 13, 16)], 5),  # a letter counts once
        ((0, 10, 20), [(1, 10, 20)], 0),  # another contig
        ((1, 0, 5), [(0, 0, 10**9)], 0),  # an end far on the contig before
        ((1, 0, 2_000_000_000), [(1, 0, 2_000_000_000)], 2_000_000_000),
    ],
)
def test_overlap_of_one_interval(query, others, shared):
    assert overlap_matrix(table([query]), [table(others)]).tolist() == [[shared]]
    assert overlaps_any(table([query]), table(others)).tolist() == [shared > 0]


def test_half_of_a_bin_is_told_exactly():
    """The rule of the field: label 1 where a peak holds at least half of the centre bin."""
    windows = centre_windows(table([(0, 500, 501), (0, 700, 701)]), 1000)
    bins = centre_windows(windows, 200)
    assert spelled(bins) == [("chr2", 400, 600), ("chr2", 600, 800)]
    shared = overlap_matrix(bins, [table([(0, 500, 699)])])[:, 0]
    assert (shared >= 100).tolist() == [True, False]


@settings(deadline=None, max_examples=150)
@given(rows(), st.integers(1, 20), st.one_of(st.none(), st.integers(1, 25)), st.integers(1, 8))
def test_tiles_are_the_places_of_the_grid_that_hold_letters_of_the_union(given_rows, width, stride, least):
    step = stride or width
    members = set().union(*map(letters, given_rows))
    expected = [
        (name, start, start + width)
        for name in NAMES
        for start in range(0, 120, step)
        if len({(name, place) for place in range(start, start + width)} & members) >= min(least, width)
    ]
    tiles = tile_intervals(table(given_rows), width, stride=stride, least=min(least, width))
    assert spelled(tiles) == expected


@settings(deadline=None, max_examples=100)
@given(rows())
def test_sorting_is_stable_and_by_contig_start_end(given_rows):
    ordered = sort_intervals(table(given_rows))
    expected = sorted(range(len(given_rows)), key=lambda row: given_rows[row])
    assert (ordered.lines - 1).tolist() == expected


@pytest.mark.parametrize("width", [1, 2, 3, 10, 11])
@pytest.mark.parametrize(("start", "end", "summit", "centre"), [
    (100, 200, -1, 150), (100, 201, -1, 150), (100, 101, -1, 100), (100, 102, -1, 101), (100, 200, 100, 100),
    (100, 200, 199, 199), (3, 5, -1, 4),
])  # fmt: skip
def test_the_centre_of_a_window_is_its_position_half_the_width(start, end, summit, centre, width):
    peaks = table([(0, start, end)], summits=[summit])
    windows = centre_windows(peaks, width)
    assert windows.ends[0] - windows.starts[0] == width
    assert windows.starts[0] + width // 2 == centre == peaks.centres()[0]
    assert windows.centres()[0] == centre  # of odd and even windows alike


def test_windows_keep_what_belongs_to_their_rows():
    peaks = table([(0, 0, 10, -1), (1, 5, 6, 1)], columns={"score": np.array([1.0, 2.0])}, notes=("n",))
    windows = centre_windows(peaks, 20)
    assert windows.starts.tolist() == [-5, -5]
    assert windows.strands.tolist() == [-1, 1]
    assert windows.columns["score"].tolist() == [1.0, 2.0]
    assert windows.notes == ("n",)
    with pytest.raises(PrimaseError, match="0 letters wide"):
        centre_windows(peaks, 0)
    with pytest.raises(PrimaseError, match="every 0 letters"):
        tile_intervals(peaks, 5, stride=0)


def test_what_passes_a_contig_does_not_fit():
    peaks = table([(0, 0, 10), (0, 0, 11), (0, -1, 5), (1, 0, 1), (2, 0, 3)])
    assert fit_contigs(peaks, {"chr2": 10, "chrM": 3}).tolist() == [True, False, False, False, True]


def test_taking_rows_by_mask_and_number():
    peaks = table(
        [(0, 1, 5), (1, 2, 6), (2, 3, 7)], summits=[-1, 3, 6], columns={"name": np.array(["a", "b", "c"], object)}
    )
    for taken in (peaks.take([False, True, True]).take([1, 0]), peaks.take(np.array([2, 1]))):
        assert spelled(taken) == [("chrM", 3, 7), ("chr10", 2, 6)]
        assert taken.summits.tolist() == [6, 3]
        assert taken.columns["name"].tolist() == ["c", "b"]
        assert taken.lines.tolist() == [3, 2]
    assert len(peaks.take([])) == 0


def test_joined_tables_keep_places_and_shared_columns():
    one = table([(0, 1, 5)], columns={"score": np.array([1.0]), "name": np.array(["x"], object)}, dropped=("d",))
    two = table([(1, 2, 6, -1), (0, 0, 4)], contigs=("chr7", "chr2"), source="b.bed", summits=[3, -1],
                columns={"score": np.array([2.0, 3.0])}, notes=("n",))  # fmt: skip
    both = join_intervals([one, two])
    assert both.source == "a.bed, b.bed"
    assert spelled(both) == [("chr2", 1, 5), ("chr2", 2, 6), ("chr7", 0, 4)]
    assert both.summits.tolist() == [-1, 3, -1]
    assert list(both.columns) == ["score"]
    assert [both.place(row) for row in range(3)] == [("a.bed", 1), ("b.bed", 1), ("b.bed", 2)]
    assert (both.notes, both.dropped) == (("n",), ("d",))
    again = join_intervals([both.take([2, 0]), one])
    assert [again.place(row)[0] for row in range(3)] == ["b.bed", "a.bed", "a.bed"]
    assert merge_intervals(again).place(1) == ("b.bed", 2)
    assert len(join_intervals([])) == 0


def test_empty_tables_are_legal_everywhere():
    empty, peaks = table([]), table([(0, 1, 5)])
    assert overlap_matrix(peaks, [empty]).tolist() == [[0]]
    assert overlap_matrix(empty, [peaks, empty]).shape == (0, 2)
    assert overlap_matrix(peaks, []).shape == (1, 0)
    assert overlaps_any(peaks, empty).tolist() == [False]
    assert overlaps_any(empty, peaks).tolist() == []
    for changed in (merge_intervals(empty), sort_intervals(empty), tile_intervals(empty, 5), centre_windows(empty, 5)):
        assert len(changed) == 0
    assert fit_contigs(empty, {}).tolist() == []
    assert len(join_intervals([empty, peaks])) == 1


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"ends": [5, 2]}, FormatError, r"a.bed, line 9: interval 1 ends where it starts or before \(chrM:2-2\)"),
        ({"contig": [0, 3]}, FormatError, "line 9: interval 1 has no contig"),
        ({"contig": [-1, 0]}, FormatError, "line 8: interval 0 has no contig"),
        ({"strands": [2, 0]}, FormatError, "interval 0 has no such strand"),
        ({"summits": [-1, 6]}, FormatError, "interval 1 has its summit elsewhere"),
        ({"summits": [0, -1]}, FormatError, "interval 0 has its summit elsewhere"),
        ({"lines": [1]}, ShapeError, r"a.bed: 2 intervals but lines \(1,\)"),
        ({"columns": {"score": np.zeros(3)}}, ShapeError, r"score \(3,\)"),
        ({"contigs": ("a", "b", "a")}, PrimaseError, "named twice"),
    ],
)
def test_a_table_refuses_what_is_no_interval(change, error, message):
    legal = {
        "source": "a.bed", "contigs": NAMES, "contig": [0, 2], "starts": [1, 2], "ends": [5, 6], "strands": [1, -1],
        "lines": [8, 9],
    }  # fmt: skip
    assert Intervals(**legal).contig.dtype == np.int32
    with pytest.raises(error, match=message):
        Intervals(**{**legal, **change})
