import re

import numpy as np
import pytest

from primase.core.alphabet import DNA, PROTEIN, RNA
from primase.reporting.letters import OUTLINES, letter_colour, letter_path
from primase.reporting.svg import PALETTE


def flatten(path: str) -> list[np.ndarray]:
    """Turn path data into polygons by following its commands; an independent reading of SVG's rules."""
    polygons, points = [], []
    for command, values in re.findall(r"([MLHVACZ])([^MLHVACZ]*)", path):
        numbers = [float(value) for value in values.split()]
        if command in "ML":
            for x, y in zip(numbers[::2], numbers[1::2], strict=True):
                points.append((x, y))
        elif command == "H":
            points.append((numbers[0], points[-1][1]))
        elif command == "V":
            points.append((points[-1][0], numbers[0]))
        elif command == "C":
            for at in range(0, len(numbers), 6):
                corners = np.array([points[-1], *np.reshape(numbers[at : at + 6], (3, 2))])
                for t in np.linspace(0, 1, 12)[1:]:
                    weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]
                    points.append(tuple(weights @ corners))
        elif command == "A":
            points += arc(points[-1], numbers)
        elif command == "Z":
            polygons.append(np.array(points))
            points = []
    return polygons


def arc(start, numbers):
    """Points of an axis-aligned elliptical arc (SVG 2, appendix B.2.4)."""
    rx, ry, _, large, sweep, x, y = numbers
    one, other = np.array(start) / (rx, ry), np.array([x, y]) / (rx, ry)
    half = (other - one) / 2
    distance = np.hypot(*half)
    rise = np.sqrt(max(0.0, 1 - distance**2)) * (-1 if large == sweep else 1)
    centre = (one + other) / 2 + rise * np.array([-half[1], half[0]]) / max(distance, 1e-12)
    radius = max(1.0, distance)
    begin, end = (np.arctan2(*(point - centre)[::-1]) for point in (one, other))
    if sweep and end <= begin:
        end += 2 * np.pi
    if not sweep and end >= begin:
        end -= 2 * np.pi
    turns = np.linspace(begin, end, 24)[1:]
    return [((centre[0] + radius * np.cos(t)) * rx, (centre[1] + radius * np.sin(t)) * ry) for t in turns]


def area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def test_every_letter_of_every_alphabet_has_an_outline_and_a_colour():
    for alphabet in (DNA, RNA, PROTEIN):
        for letter in alphabet.letters:
            assert letter in OUTLINES
            assert letter_colour(letter, alphabet.letters) in PALETTE


@pytest.mark.parametrize("letter", sorted(OUTLINES))
def test_outline_fills_its_box(letter):
    points = np.concatenate(flatten(letter_path(letter, 0, 0, 100, 100)))
    low, high = points.min(0), points.max(0)
    assert low[1] == pytest.approx(0, abs=1)
    assert high[1] == pytest.approx(100, abs=1)
    assert low[0] <= 16
    assert high[0] >= 84
    assert points.min() >= -1
    assert points.max() <= 101


@pytest.mark.parametrize("letter", ["A", "D", "P", "Q", "R"])
def test_holes_run_against_the_outer_contour(letter):
    outer, hole = (area(polygon) for polygon in flatten(letter_path(letter, 0, 0, 100, 100))[:2])
    assert outer * hole < 0
    assert 0.02 < abs(hole / outer) < 0.6


@pytest.mark.parametrize("letter", sorted(OUTLINES))
def test_a_letter_below_the_axis_is_the_mirror_image(letter):
    upright = flatten(letter_path(letter, 10, 20, 100, 100))
    turned = flatten(letter_path(letter, 10, 20, 100, -100))
    for one, other in zip(upright, turned, strict=True):
        mirrored = np.stack([other[:, 0], 140 - other[:, 1]], 1)
        assert np.allclose(one, mirrored, atol=0.6)
