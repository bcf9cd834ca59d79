"""The training recipe as data: what is refused, and how text becomes a value."""

from dataclasses import FrozenInstanceError, dataclass

import pytest

from primase.core.errors import PrimaseError, UnknownName
from primase.core.plan import Plan, check_fields, override


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0), ("epochs", 1.5), ("epochs", "3"), ("batch_size", 0), ("members", 0), ("learning_rate", -1.0),
        ("learning_rate", float("nan")), ("learning_rate", float("inf")), ("learning_rate", True), ("warmup", 1.0),
        ("average", 1), ("momentum", -0.1), ("clip", -1), ("patience", -1), ("optimiser", "lion"), ("keep", "first"),
        ("fresh_negatives", 1), ("precision", None),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused(field, value):
    with pytest.raises(PrimaseError) as error:
        Plan(**{field: value})
    assert f"plan.{field} is {value!r}" in error.value.what
    assert error.value.fix.startswith("give ")


def test_plan_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Plan().epochs = 3


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("epochs", "7", 7), ("learning_rate", "1e-4", 1e-4), ("fresh_negatives", "False", False),
        ("fresh_negatives", "true", True), ("optimiser", "sgd", "sgd"), ("shift", 3, 3), ("clip", 2, 2),
    ],
)  # fmt: skip
def test_text_becomes_a_value_of_the_fields_type(field, text, value):
    changed = override(Plan(), {field: text}, "plan")
    assert getattr(changed, field) == value
    assert type(getattr(changed, field)) is type(value)
    assert override(changed, {field: getattr(Plan(), field)}, "plan") == Plan()


@pytest.mark.parametrize(("field", "text"), [("epochs", "2.5"), ("fresh_negatives", "yes"), ("clip", "much")])
def test_text_that_is_no_value_is_refused(field, text):
    with pytest.raises(PrimaseError, match=rf"plan\.{field} cannot be '{text}'"):
        override(Plan(), {field: text}, "plan")


def test_unknown_field_offers_the_nearest():
    with pytest.raises(UnknownName) as error:
        override(Plan(), {"epoch": "5"}, "plan")
    assert error.value.fix.startswith("use epochs")


@dataclass(frozen=True)
class Sizes:
    widths: tuple[int, ...] = (3, 4)
    rates: tuple[float, ...] = ()
    name: str = "x"


@pytest.mark.parametrize(
    ("text", "value"), [("5,6,7", (5, 6, 7)), ("(5, 6)", (5, 6)), ("[8]", (8,)), ([1, 2], (1, 2)), ("9,", (9,))]
)
def test_tuples_are_read(text, value):
    assert override(Sizes(), {"widths": text}, "system").widths == value
    assert override(Sizes(), {"rates": "0.5"}, "system").rates == (0.5,)


def test_tuple_of_other_things_is_refused():
    with pytest.raises(PrimaseError, match=r"system\.widths cannot be 'a,b'"):
        override(Sizes(), {"widths": "a,b"}, "system")


def test_strings_stay_strings():
    assert override(Sizes(), {"name": "12"}, "system").name == "12"
    with pytest.raises(PrimaseError, match=r"system\.name is 12"):
        check_fields(Sizes(name=12), "system")
