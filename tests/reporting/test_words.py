import pytest

from primase.reporting.words import (
    METRICS,
    MINUS,
    NONE,
    decimal,
    estimate,
    glossary,
    interval,
    meaning,
    p_value,
    percent,
    plain,
    signed,
)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.98765, "0.988"), (-0.5, MINUS + "0.500"), (None, NONE), (float("nan"), NONE), (True, NONE), (0.00001, "0.00001"), (-3e-8, f"{MINUS}3.0e{MINUS}08"), (0, "0.000"),
     (12345.6, "12,346"), (150.0, "150")],
)  # fmt: skip
def test_decimal(value, words):
    assert decimal(value) == words


def test_estimate_says_the_interval_only_where_there_is_one():
    assert estimate({"value": 0.9, "low": 0.8, "high": 1.0}) == "0.900 (0.800 to 1.000)"
    assert estimate({"value": 0.9, "low": None, "high": None}) == "0.900"
    assert estimate(None) == interval({}) == NONE


@pytest.mark.parametrize(("value", "words"), [(0.0, "p < 0.001"), (0.05, "p = 0.05"), (None, ""), (float("nan"), "")])
def test_p_value(value, words):
    assert p_value(value) == words


def test_percent_never_rounds_to_certainty():
    assert percent(0.9999999) == "> 99.9 %"
    assert percent(1.0) == "100 %"


def test_signed_and_plain():
    assert signed(0.0) == "0.000"
    assert plain({"a": {"b": [1, None]}}) == "a: b: 1, none"


def test_every_metric_is_explained_in_the_glossary():
    explained = dict(glossary())
    for name in METRICS:
        assert explained[meaning(name).label]
    assert "drawn together" in explained["95 % interval"]


def test_unknown_metric_is_called_by_its_name():
    assert meaning("top_5").label == "top 5"
