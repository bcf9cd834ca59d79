from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from primase.core.errors import PrimaseError
from primase.reporting.svg import PALETTE, Figure, Frame, draw, number, polyline, shorten, tick_text, ticks


def test_frame_maps_corners_of_the_data_to_corners_of_the_area():
    frame = Frame(x=(-1, 3), y=(0, 10), width=100, height=80, left=10, right=20, top=5, bottom=15)
    assert frame.across([-1, 3]).tolist() == [10, 80]
    assert frame.up([0, 10]).tolist() == [65, 5]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.2, 7.7), (0, 1e-4), (1e5, 9e6), (0.97, 0.99)])
def test_ticks_are_round_within_and_even(low, high):
    marks = ticks(low, high)
    assert 2 <= len(marks) <= 7
    assert marks.min() >= low - 1e-9 * abs(high)
    assert marks.max() <= high * (1 + 1e-9)
    assert np.allclose(np.diff(marks), marks[1] - marks[0])


def test_ticks_of_no_span_is_one_tick():
    assert ticks(5, 5).tolist() == [5]


def test_numbers_are_short():
    assert [number(value) for value in (1.0, 1.005, -0.004, 1234.5678)] == ["1", "1", "0", "1234.57"]
    assert tick_text(0.1 + 0.2) == "0.3"


def test_polyline_is_interrupted_where_a_point_is_missing():
    path = polyline(np.arange(4.0), np.array([0, 1, np.nan, 3]), "")
    assert path.count("M") == 2
    assert "nan" not in path


def test_shorten_keeps_what_fits():
    assert shorten("abc", 100) == "abc"
    assert len(shorten("a" * 99, 60)) < 12


def test_title_and_description_are_escaped_and_readable():
    figure = draw(10, 10, "", title="<b>&\"'", description="a < b")
    root = ElementTree.fromstring(figure.svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "<b>&\"'"
    assert [child.text for child in root] == ["<b>&\"'", "a < b"]


def test_figure_saves_a_whole_file_and_only_svg(tmp_path):
    figure = draw(10, 10, "", title="t")
    path = figure.save(tmp_path / "a.svg")
    assert ElementTree.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    with pytest.raises(PrimaseError, match=r"a\.png"):
        figure.save(tmp_path / "a.png")


def test_figure_shows_itself_in_a_notebook():
    figure = Figure("<svg/>", "t")
    assert figure._repr_svg_() == figure.__html__() == "<svg/>"
    assert "<svg/>" in figure._repr_html_()


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_bases_differ_in_brightness_also_without_colour():
    bright = sorted(luminance(PALETTE[base]) for base in "ACGT")
    ratios = [(high + 0.05) / (low + 0.05) for low, high in pairwise(bright)]
    assert ratios[-1] > 1.5  # G stands apart
    assert luminance(PALETTE["A"]) > 1.3 * luminance(PALETTE["T"]) > luminance(PALETTE["C"])
