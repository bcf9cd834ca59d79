"""Signals are drawn where they are: areas up and down, lines over them, and distances as curves."""

import re

import numpy as np
import pytest

from primase.core.errors import ShapeError
from primase.reporting.signals import MOST_STEPS, distance_curves, signal_plot


def heights(path):
    """Return the heights of an area's steps, in the order they are drawn."""
    return [float(value) for value in re.findall(r"V([\d.]+)H", path)]


def areas(figure):
    return re.findall(r'<path d="(M[^"]*Z)"', figure.svg)


def test_two_strands_point_up_and_down_on_one_scale():
    figure = signal_plot(np.array([[0, 4, 2, 0], [1, 0, 0, 4]]), ["plus", "minus"], title="here")
    up, down = areas(figure)
    zero = float(re.match(r"M[\d.]+ ([\d.]+)", up)[1])
    four, two = (zero - y for y in heights(up))
    one, other = (y - zero for y in heights(down))
    assert (four, two) == (pytest.approx(other, abs=0.02), pytest.approx(other / 2, abs=0.02))
    assert one == pytest.approx(other / 4, abs=0.02)
    assert ">plus<" in figure.svg
    assert ">minus<" in figure.svg
    assert figure.title == "here"
    assert "\N{MINUS SIGN}" not in figure.svg  # reads of the reverse strand are counted upwards too


def test_what_is_expected_is_a_line_over_the_observed():
    observed, expected = np.array([[0.0, 4.0, 0.0]]), np.array([[1.0, 2.0, 8.0]])
    alone, both = signal_plot(observed, ["reads"]), signal_plot(observed, ["reads"], expected=expected)
    assert "line-series0" not in alone.svg
    line = re.search(r'<path d="(M[^"]*)"[^>]*line-series0', both.svg)[1]
    ys = np.array([float(y) for _, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", line)])
    zero = float(re.match(r"M[\d.]+ ([\d.]+)", areas(both)[0])[1])
    np.testing.assert_allclose((zero - ys) / (zero - ys)[0], [1, 2, 8], rtol=0.01)
    assert zero - heights(areas(both)[0])[0] == pytest.approx((zero - ys)[1] * 2, rel=0.01)


def test_a_long_window_is_thinned_to_its_peaks():
    values = np.zeros((1, 20 * MOST_STEPS))
    values[0, 12_345] = 7
    figure = signal_plot(values, ["reads"], step=10)
    assert len(heights(areas(figure)[0])) == 1
    assert len(figure.svg) < 10_000
    assert ">300,000<" in figure.svg


def test_no_signal_is_drawn_as_none():
    figure = signal_plot(np.zeros((2, 5)), ["plus", "minus"])
    assert not areas(figure)


def test_tracks_that_do_not_fit_are_refused():
    for shape, names in (((3, 5), ["a", "b", "c"]), ((2, 5), ["a"])):
        with pytest.raises(ShapeError, match="is drawn for"):
            signal_plot(np.zeros(shape), names)


def test_curves_count_the_windows():
    values = {"model": np.array([0.1, 0.1, 0.9, np.nan]), "average": np.array([0.9, 0.9, 0.9, 0.9])}
    figure = distance_curves(values, title="distances", across="distance")
    model, average = (
        np.array([float(y) for _, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)])
        for path in re.findall(r'<path d="([^"]*)"[^>]*class="line-(?:model|baseline)"', figure.svg)
    )
    floor = model.max()
    tallest = (floor - average).max()
    assert (floor - model).max() == pytest.approx(tallest / 2, rel=0.01)  # two windows, and four
    assert "model 0.367 on average, average 0.900 on average" in figure.svg
    assert distance_curves({"model": np.full(3, np.nan)}, title="none", across="distance").svg.count("<path") > 0
