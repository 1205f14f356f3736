"""What a lab is: its parameters read values within their bounds or say what they take; its card is sound; its parts become a result."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from greenroom.bank.question import LabValue
from greenroom.errors import InputError, TooLargeError
from greenroom.labs.figures import about, figure
from greenroom.labs.lab import Card, Expect, Picture, Series, Table
from greenroom.labs.parameter import Parameter, choice, find_fault, number, plain_number, read_all, shown_value, switch, text, whole

PARAMETERS = (
    whole("steps", "Steps", 5, (1, 100)),
    number("rate", "Rate", 0.5, (0, 1)),
    choice("kind", "Kind", {"good": "Good", "bad": "Bad"}),
    text("words", "Words", "a", 10),
    switch("fast", "Fast", False),
)
BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}


@pytest.mark.parametrize(
    ("name", "typed", "read"),
    [
        ("steps", "7", 7), ("steps", 7.0, 7), ("steps", "1e2", 100), ("rate", "0.25", 0.25), ("rate", 1, 1.0), ("kind", "bad", "bad"),
        ("words", "x\r\ny", "x\ny"), ("words", 12, "12"), ("fast", "yes", True), ("fast", "OFF", False), ("fast", True, True),
    ],
)  # fmt: skip
def test_a_value_is_read_from_text_or_number(name: str, typed: LabValue, read: LabValue) -> None:
    found = BY_NAME[name].read(typed)
    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("steps", "0"), ("steps", 101), ("steps", "2.5"), ("steps", "many"), ("steps", True), ("steps", "9" * 50), ("rate", "nan"),
        ("rate", "inf"), ("rate", -0.001), ("rate", "1e400"), ("kind", "Good"), ("kind", 1), ("fast", "perhaps"), ("words", "\x00"),
        ("words", "\ud800"), ("words", "\x1b[31m"),
    ],
)  # fmt: skip
def test_a_bad_value_is_a_sentence_with_a_cure(name: str, typed: LabValue) -> None:
    with pytest.raises(InputError, match=f"“{name}”") as caught:
        BY_NAME[name].read(typed)
    assert caught.value.hint
    assert "\x1b" not in caught.value.message
    assert not any(0xD800 <= ord(char) <= 0xDFFF for char in caught.value.message)


def test_a_text_that_is_too_long_says_how_long_it_may_be() -> None:
    with pytest.raises(TooLargeError, match="at most 10 characters"):
        BY_NAME["words"].read("x" * 11)


def test_what_is_left_out_has_its_default_and_a_wrong_name_is_met_with_the_nearest() -> None:
    assert read_all(PARAMETERS, {"rate": "1"}) == {"steps": 5, "rate": 1.0, "kind": "good", "words": "a", "fast": False}
    with pytest.raises(InputError, match="no parameter “step”") as caught:
        read_all(PARAMETERS, {"step": "1"})
    assert caught.value.hint == "Did you mean steps?"
    assert find_fault(PARAMETERS, {"rate": 0.1, "steps": 0}) == (
        "steps", "“steps” takes a whole number from 1 to 100; it got “0”.", "Leave it out for its default, 5.",
    )  # fmt: skip
    assert find_fault(PARAMETERS, {"steps": 3}) is None


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans()), st.sampled_from(PARAMETERS))
def test_whatever_is_given_is_read_within_bounds_or_refused(typed: LabValue, parameter: Parameter) -> None:
    try:
        found = parameter.read(typed)
    except InputError:
        return
    assert parameter.read(found) == found, "reading again changes nothing"
    assert parameter.read(shown_value(found)) == found, "and as it is shown it may be given again"
    if parameter.kind in ("whole", "number"):
        assert parameter.low is not None
        assert parameter.high is not None
        assert parameter.low <= float(found) <= parameter.high


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_so_that_it_reads_back(value: float) -> None:
    assert float(plain_number(value)) == value


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (lambda: whole("n", "N", 0, (1, 5)), "out of bounds"),
        (lambda: whole("n", "N", 1, (5, 1)), "low and high"),
        (lambda: Parameter(name="n", kind="number", title="N", default=1, low=0, high=5), "the default is a int"),
        (lambda: Parameter(name="n", kind="choice", title="N", default="a"), "needs options"),
        (lambda: Parameter(name="n", kind="text", title="N", default="a"), "longest"),
        (lambda: Table(name="t", title="T", columns=("a",), rows=((1, 2),)), "more or fewer cells"),
        (lambda: Table(name="t", title="T", columns=("a",), rows=((float("nan"),),)), "finite"),
        (lambda: picture(values=(1.0,)), "more or fewer values"),
        (lambda: picture(values=(1.0, -1.0)), "negative"),
        (lambda: card(sets={"steps": 0}), "takes a whole number"),
        (lambda: card(sets={"nothing": 0}), "no parameter"),
        (lambda: card(twice=True), "named twice"),
    ],
)
def test_a_lab_with_a_mistake_cannot_be_made(wrong: object, what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        wrong()  # type: ignore[operator]


def picture(values: tuple[float, ...]) -> Picture:
    return Picture(name="p", title="P", says="It.", chart="bars", label="L", labels=("a", "b"), series=(Series(title="S", values=values),))


def card(sets: dict[str, LabValue] | None = None, twice: bool = False) -> Card:
    expect = Expect(id="e", see="It.", falsified_by="Not.", set=sets or {})
    parameters = PARAMETERS * (2 if twice else 1)
    return Card(name="c", title="C", topics=(), about="It.", parameters=parameters, expects=(expect,))


def test_behind_a_picture_stands_its_table() -> None:
    shown = picture((1.0, 2.5)).table
    assert (shown.columns, shown.rows) == (("L", "S"), (("a", 1.0), ("b", 2.5)))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "—"), ("text", "text"), (0, "0"), (5.0, "5"), (0.42119, "0.4212"), (12.3456, "12.35"), (1234.5, "1,234"),
        (8.4e22, "8.4×10²²"),
        (1e-9, "1×10⁻⁹"), (-0.5, "-0.5"), (999_999_999_999, "999,999,999,999"), (0.0001, "0.0001"), (99.999, "100"),
    ],
)  # fmt: skip
def test_figures_are_written_for_people(value: float | str | None, written: str) -> None:
    assert figure(value) == written


def test_what_is_nearly_nothing_is_written_to_one_digit() -> None:
    assert [about(value) for value in (2.384e-7, 0.0123, 0)] == ["2×10⁻⁷", "0.01", "0"]
