import re
from xml.etree import ElementTree

import numpy as np
import pytest

from primase.core.errors import ShapeError
from primase.reporting import figures
from primase.reporting.svg import PALETTE

SVG = "{http://www.w3.org/2000/svg}"
GRID = np.linspace(0, 1, 50)
BINS = [{"mean_prediction": 0.1, "observed": 0.2, "count": 5}, {"mean_prediction": 0.9, "observed": 1.0, "count": 50}]
EVERY = {
    "sequence_logo": lambda: figures.sequence_logo(np.array([[1, -0.5], [0.2, 0], [0, 0], [0, 1]])),
    "information_logo": lambda: figures.information_logo(np.eye(4)),
    "attribution_logo": lambda: figures.attribution_logo(np.array([0.1, -0.2, 0.3]), "ANT"),
    "attribution_track": lambda: figures.attribution_track(np.array([0.1, -0.2, 0.3]), "ANT", highlight=[(0, 1)]),
    "draw_attribution": lambda: figures.draw_attribution({"a": np.eye(4)[:, [0, 1, 2] * 30], "<b>": -np.eye(4)[:, [0, 1, 2] * 30]}, "ACG" * 30),
    "encoded_example": lambda: figures.encoded_example("ACGTNacgt"),
    "training_curves": lambda: figures.training_curves({"epoch": [1, 2, 3], "train_loss": [3, 2, 1], "valid_loss": [3, np.nan, 2]}),
    "roc_curves": lambda: figures.roc_curves({"a": (GRID, GRID**0.2), "<b>": (GRID, GRID)}),
    "precision_recall_curves": lambda: figures.precision_recall_curves({"a": (GRID, 1 - GRID)}),
    "reliability_curves": lambda: figures.reliability_curves({"before": BINS, "after": BINS}),
    "regression_scatter": lambda: figures.regression_scatter(GRID, GRID**2, name="<x>"),
    "bar_chart": lambda: figures.bar_chart(["a", "<b>"], [0.5, 0.7], title="t", unit="AUROC", reference=0.5),
    "class_balance": lambda: figures.class_balance(["a", "<b>"], {"train": [5, 6], "test": [0, 2]}),
    "histogram": lambda: figures.histogram(GRID, title="t", across="x"),
    "confusion_matrix": lambda: figures.confusion_matrix(np.array([[5, 1], [0, 4]]), ["a", "<b>"]),
    "forest_plot": lambda: figures.forest_plot([("a", 0.9, 0.8, 1.0), ("<b>", 0.5, None, None)], title="t", unit="u"),
}  # fmt: skip


def test_every_public_figure_is_tested_here():
    assert set(EVERY) == set(figures.__all__) - {"Figure"}


@pytest.mark.parametrize("name", EVERY)
def test_figure_is_well_formed_told_and_complete_in_itself(name):
    figure = EVERY[name]()
    root = ElementTree.fromstring(figure.svg)
    assert root.get("role") == "img"
    assert figure.title
    assert root.find(f"{SVG}title") is not None
    assert "nan" not in re.sub(r"<(title|desc)>.*?</", "", figure.svg)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|href|url\(|<script", figure.svg)


@pytest.mark.parametrize("name", EVERY)
def test_figure_stays_within_its_frame(name):
    root = ElementTree.fromstring(EVERY[name]().svg)
    _, _, width, height = map(float, root.get("viewBox").split())
    for rect in root.iter(f"{SVG}rect"):
        assert float(rect.get("x")) >= -0.1
        assert float(rect.get("x")) + float(rect.get("width")) <= width + 0.1
        assert float(rect.get("y")) + float(rect.get("height")) <= height + 0.1
    for circle in root.iter(f"{SVG}circle"):
        assert 0 <= float(circle.get("cx")) <= width
        assert 0 <= float(circle.get("cy")) <= height


@pytest.mark.parametrize("name", EVERY)
def test_colours_come_from_the_palette_with_a_class_for_the_style_sheet(name):
    for kind, colour, value in re.findall(r'class="(fill|line)-(\w+)" (?:fill|stroke)="(#\w+)"', EVERY[name]().svg):
        assert PALETTE[colour] == value, kind


def letters_drawn(figure):
    """Colour -> (top, bottom) of each outline in the figure."""
    root = ElementTree.fromstring(figure.svg)
    found = {}
    for path in root.iter(f"{SVG}path"):
        kind = path.get("class") or ""
        if kind.startswith("fill-"):
            for outline in path.get("d").split("Z")[:-1]:
                tokens = re.findall(r"([MLHVA])([^MLHVA]*)", outline)
                ys = [
                    float(v)
                    for c, n in tokens
                    for v in (n.split()[1::2] if c in "ML" else n.split() if c == "V" else [])
                ]
                if ys:
                    found.setdefault(kind[5:], []).append((min(ys), max(ys)))
    return found


def test_logo_stacks_the_tallest_outermost_on_both_sides_of_the_axis():
    heights = np.array([[2.0, -2.0], [0, 0], [0, 0], [1.0, -1.0]])
    drawn = letters_drawn(figures.sequence_logo(heights))
    up_a, down_a = sorted(drawn["A"][::2])  # every second contour is the hole
    up_t, down_t = sorted(drawn["T"])
    assert up_a[1] - up_a[0] == pytest.approx(2 * (up_t[1] - up_t[0]), abs=0.3)
    assert up_a[1] == pytest.approx(up_t[0], abs=0.2)  # A stands on T
    assert down_a[0] == pytest.approx(down_t[1], abs=0.2)  # and hangs from it


def test_information_of_a_flat_column_draws_nothing():
    assert letters_drawn(figures.information_logo(np.full((4, 3), 0.25))) == {}


def test_logo_refuses_another_alphabet():
    with pytest.raises(ShapeError, match="one row per letter"):
        figures.sequence_logo(np.eye(4), "AC")
    with pytest.raises(ShapeError, match="one number per letter"):
        figures.attribution_logo(np.zeros(3), "ACGT")


def test_track_colours_the_bars_of_the_highlight_only():
    figure = figures.attribution_track(np.ones(6), "AACCGG", highlight=[(2, 4)])
    bars = {
        kind: data.count("M")
        for kind, data in re.findall(r'<path d="([^"]*)" class="fill-(\w+)"', figure.svg)
        for kind, data in [(data, kind)]
    }
    assert bars == {"quiet": 4, "C": 2}
    assert 'class="fill-band"' in figure.svg


def test_long_track_keeps_the_strongest_of_each_group_and_stays_small():
    values = np.zeros(30_000)
    values[17_123] = 5.0
    figure = figures.attribution_track(values, "A" * 30_000)
    assert "position 17124" in figure.svg
    assert figure.svg.count("v-") == 1
    noise = np.random.default_rng(0).normal(size=30_000)
    assert len(figures.attribution_track(noise, "ACGTN" * 6000).svg) < 80_000


def test_encoded_example_has_one_cell_per_known_letter():
    figure = figures.encoded_example("AACGNT")
    assert sum(data.count("M") for data in re.findall(r'<path d="([^"]*)"', figure.svg)) == 5


def test_best_epoch_is_marked_for_each_member():
    history = {
        "member": ["0", "0", "1", "1"],
        "epoch": [1, 2, 1, 2],
        "train_loss": [4, 3, 4, 3],
        "valid_loss": [2, 3, 3, 2],
    }
    assert figures.training_curves(history).svg.count("<circle") == 2


def test_scatter_of_many_examples_becomes_a_map_of_bounded_size():
    values = np.random.default_rng(0).normal(size=100_000)
    figure = figures.regression_scatter(values, values + 0.1)
    assert figure.svg.count("<circle") == 0
    assert len(figure.svg) < 250_000


def test_scatter_leaves_out_what_is_not_a_number():
    figure = figures.regression_scatter(np.array([1, np.nan, 3]), np.array([1.0, 2, 3]))
    assert figure.svg.count("<circle") == 2


def test_histogram_of_whole_numbers_counts_each_once():
    figure = figures.histogram(np.array([3, 3, 3, 5]), title="t", across="x")
    heights = sorted(float(value) for value in re.findall(r'<rect[^>]*height="([\d.]+)"', figure.svg))
    assert heights[1] / heights[0] == pytest.approx(3, rel=0.02)


def test_confusion_matrix_writes_counts_or_shares():
    counts = np.array([[251, 8], [2, 239]])
    assert ">251<" in figures.confusion_matrix(counts, ["no", "yes"]).svg
    assert ">97 %<" in figures.confusion_matrix(counts, ["no", "yes"], normalised=True).svg


def test_confusion_matrix_of_many_classes_writes_no_numbers():
    figure = figures.confusion_matrix(np.eye(40) * 7, [f"c{i}" for i in range(40)])
    assert ">7<" not in figure.svg


@pytest.mark.parametrize("rows", [[("a", 0.5, None, None)], [("a", 0.5, 0.5, 0.5), ("b", 0.5, 0.5, 0.5)]])
def test_forest_of_equal_values_still_has_an_axis(rows):
    assert "<circle" in figures.forest_plot(rows, title="t", unit="u").svg
