"""The lab *constrained*: the schema that it reads, the mask that it lays on, what it finds. On the real model what one should see is seen;
the mask is held against a plain reader of JSON, and each finding is told otherwise by outputs that break its claim."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labs_runs import held, run

from greenroom.errors import InputError, ModelMissingError
from greenroom.labs import constrained
from greenroom.labs.constrained import CARD, SCHEMA, Constrained, Output
from greenroom.labs.lab import Bench, Result, Tokens
from greenroom.labs.mask import START, Machine, Mask
from greenroom.labs.model import Model
from greenroom.labs.schema import Field, is_lost, read_object, read_schema

FIELDS = read_schema(SCHEMA)
SMALL = '{"type": "object", "properties": {"a": {"type": "number"}, "b": {"enum": ["x", "xy"]}, "c": {"type": "string", "maxLength": 3}}}'


def parts(model: Model, **given: Any) -> Result:
    return run(Constrained(), model, **given)


# --- On the real model ---


def test_with_the_mask_all_are_valid_without_it_not_and_valid_is_not_true(real: Model) -> None:
    found = parts(real, samples=2)
    assert held(found) == {"valid": True, "greedy": True, "mass": True, "content": True, "cut": None}, [each.found for each in found.seen]
    outputs = next(part for part in found.parts if part.name == "outputs")
    texts = [str(row[1]).replace("⏎", "\n") for row in outputs.rows if "with the mask" in str(row[0])]  # type: ignore[union-attr]
    assert len(texts) == 3
    for said in texts:
        value = json.loads(said)
        assert list(value) == ["name", "guests", "day", "dog", "phone"], "by a reader that knows nothing of the mask"
        assert value["day"] in ("Friday", "Saturday", "Sunday")
        assert type(value["guests"]) is int
    mass = next(part for part in found.parts if isinstance(part, Tokens))
    assert max(each.value or 0 for each in mass.tokens) > 50


def test_what_is_cut_off_is_not_closed_by_the_mask(real: Model) -> None:
    expect = next(each for each in CARD.expects if each.id == "cut")
    assert held(parts(real, **expect.set))["cut"] is True


# --- On the tiny model ---


def test_a_random_model_keeps_to_the_form_too_and_twice_the_same(tiny: Model) -> None:
    """The weights know nothing: it is the mask alone."""
    schema = '{"type": "object", "properties": {"a": {"type": "boolean"}}}'
    given = {"schema": schema, "message": "hello", "truth": "", "tokens": 60, "samples": 1, "temperature": 1.0}
    found = parts(tiny, **given)
    assert found.model_dump_json() == parts(tiny, **given).model_dump_json()
    assert held(found)["valid"] is True
    assert held(found)["content"] is None
    assert all(each.found for each in found.seen)


def test_without_the_model_it_says_how_to_get_it_after_the_form_was_shown(tmp_path: Path) -> None:
    run = Constrained().run(CARD.read({}), Bench(tmp_path, 1))
    first = next(run)
    assert first.kind == "table"
    assert [row[0] for row in first.rows] == ["name", "guests", "day", "dog", "phone"]
    with pytest.raises(ModelMissingError) as caught:
        list(run)
    assert "greenroom labs fetch" in caught.value.hint


# --- The schema ---


@pytest.mark.parametrize(
    "wrong",
    [
        "", "[]", "{", "[" * 1000, '{"type": "object"}', '{"type": "object", "properties": {}}',
        '{"type": "array", "properties": {"a": {"type": "string"}}}',
        '{"type": "object", "$ref": "#", "properties": {"a": {"type": "string"}}}',
        json.dumps({"type": "object", "properties": {f"f{n}": {"type": "string"} for n in range(9)}}),
    ],
)  # fmt: skip
def test_a_schema_that_it_does_not_know_is_refused_with_the_cure(wrong: str) -> None:
    with pytest.raises(InputError) as caught:
        read_schema(wrong)
    assert caught.value.hint


@pytest.mark.parametrize(
    "rule",
    [
        1, {}, {"type": "object"}, {"type": ["string"]}, {"type": "string", "pattern": "a"}, {"type": "number", "enum": ["x"]},
        {"enum": []}, {"enum": ["x", "x"]}, {"enum": [1]}, {"enum": ['"']}, {"enum": {"x": 1}}, {"enum": ["x"] * 13}, {"enum": ["x\n"]},
        {"type": "string", "maxLength": 0}, {"type": "string", "maxLength": True}, {"type": "string", "maxLength": 61},
    ],
)  # fmt: skip
def test_so_is_a_field_that_it_does_not_know(rule: Any) -> None:
    for name, each in (("a", rule), ('a"', {"type": "string"})):
        with pytest.raises(InputError) as caught:
            read_schema(json.dumps({"type": "object", "properties": {name: each}}))
        assert caught.value.hint


def test_what_the_message_says_has_to_be_about_the_form() -> None:
    for wrong in ("[]", "{", '{"colour": "red"}'):
        with pytest.raises(InputError):
            constrained.read_truth(CARD.read({"truth": wrong}))
    assert constrained.read_truth(CARD.read({"truth": " "})) == {}


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ('{"a": 1.5, "b": "x", "c": "abc"}', True), (' {"c":"","b":"xy","a":-3}\n', True), ('{"a": 1, "b": "x"}', False),
        ('{"a": 1, "b": "x", "c": "abcd"}', False), ('{"a": true, "b": "x", "c": ""}', False), ('{"a": "1", "b": "x", "c": ""}', False),
        ('{"a": NaN, "b": "x", "c": ""}', False), ('{"a": 1, "b": "z", "c": ""}', False), ('{"a": 1, "b": "x", "c": ""} done', False),
        ('{"a": 1, "b": "x", "c": "", "d": 1}', False), ('```{"a": 1, "b": "x", "c": ""}```', False), ("[" * 3000, False),
    ],
)  # fmt: skip
def test_an_answer_is_held_against_the_schema(text: str, valid: bool) -> None:
    assert (read_object(read_schema(SMALL), text) is not None) is valid


@pytest.mark.parametrize(
    ("value", "true", "says"),
    [
        ("Maria", " maria ", True), ("Maria", "Mary", False), (4, 4, True), (4, 5, False), (1, True, False), (True, True, True),
        ("unknown", None, True), ("555", None, False), (0, None, False), ("4", 4, False),
    ],
)  # fmt: skip
def test_a_field_says_what_the_message_says(value: Any, true: Any, says: bool) -> None:
    assert constrained.says(value, true) is says


# --- The mask ---


def test_the_machine_takes_valid_texts_and_no_others() -> None:
    machine = Machine(read_schema(SMALL))

    def whole(text: str) -> bool:
        state = machine.follow(START, text)
        return state is not None and machine.whole(state)

    good = '{"a": 1.5, "b": "xy", "c": "abc"}'
    assert whole(good)
    assert whole('\n{ "a" :-0.25 ,"b":"x","c" : "" }')
    assert not any(whole(good[:n]) for n in range(len(good))), "nothing is whole before its last brace"
    assert all(machine.follow(START, good[:n]) is not None for n in range(len(good))), "and every beginning may go on"
    for wrong in (
        '{"b"', '{"a": 1.5, "c"', '{"a": 01', '{"a": 1..', '{"a": .5', '{"a": -,', '{"a": 1, "b": "z', '{"a": 1, "b": "x", "c": "abcd',
        '{"a": 1, "b": "x", "c": "\n', '{"a": 1, "b": "x", "c": "\\', '{"a": 1, "b": "x", "c": ""} ', "x", "\t",
    ):  # fmt: skip
        assert machine.follow(START, wrong) is None, wrong


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whatever_is_drawn_by_the_mask_is_valid(tiny: Model, seed: int) -> None:
    mask, dice, state, said = mask_of(tiny), random.Random(seed), START, ""
    while not mask.machine.whole(state):
        token = dice.choice(np.flatnonzero(mask.allowed(state)).tolist())
        state, said = mask.after(state, token), said + mask.pieces[token]
    assert read_object(read_schema(SMALL), said) is not None, said
    assert set(np.flatnonzero(mask.allowed(state)).tolist()) == set(tiny.tokenizer.stops)


MASKS: dict[int, Mask] = {}


def mask_of(model: Model) -> Mask:
    return MASKS.setdefault(id(model), Mask(Machine(read_schema(SMALL)), model.tokenizer, model.tokenizer.stops))


def test_the_tokens_allowed_are_those_after_which_the_text_can_go_on(tiny: Model) -> None:
    """Token by token, without the tree and without the short cut inside strings."""
    mask = mask_of(tiny)
    for begun in ("", "{", '{"a": 1', '{"a": 1.', '{"a": 1, "b": "x', '{"a": 1, "b": "xy", "c": "', '{"a": 1, "b": "xy", "c": "ab', " \n "):
        state = mask.machine.follow(START, begun)
        assert state is not None
        plain = [bool(piece) and mask.machine.follow(state, piece) is not None for piece in mask.pieces]
        assert mask.allowed(state).tolist() == plain, begun


def test_a_mark_is_never_allowed_inside_and_a_word_without_tokens_is_refused(tiny: Model) -> None:
    inside = mask_of(tiny).machine.follow(START, '{"a": 1, "b": "x", "c": "')
    assert inside is not None
    assert not mask_of(tiny).allowed(inside)[list(tiny.tokenizer.marks.values())].any()
    fields = (Field("a", "enum", ("猫",)),)
    mask = Mask(Machine(fields), tiny.tokenizer, tiny.tokenizer.stops)
    state = mask.machine.follow(START, '{"a": "')
    assert state is not None
    with pytest.raises(InputError, match="cannot be written"):
        mask.allowed(state)


# --- Each claim can be told otherwise ---


def output(bound: bool, drawn: bool, *, valid: bool, wrong: tuple[str, ...] = (), cut: bool = False, lost: bool = False) -> Output:
    value = {"a": 1} if valid else None
    return Output("t", bound, drawn, "text", value, value, wrong, cut, lost)


GOOD = [output(False, False, valid=False), output(False, True, valid=True), output(True, False, valid=True, wrong=("phone",)),
        output(True, True, valid=False, cut=True)]  # fmt: skip
MASS = [0.0, 0.0, 0.9]


def told(outputs: list[Output], removed: list[float]) -> dict[str, bool | None]:
    return {each.id: each.held for each in constrained.findings(outputs, removed, compared=True)}


def test_control_outputs_that_keep_the_claims() -> None:
    assert set(told(GOOD, MASS).values()) == {True}


def test_what_was_cut_off_is_counted_only_if_it_could_not_have_become_valid() -> None:
    open_, gone = (output(False, False, valid=False, cut=True, lost=lost) for lost in (False, True))
    bound = output(True, False, valid=True, wrong=("phone",))
    assert (told([open_, bound], MASS)["greedy"], told([open_, bound], MASS)["valid"]) == (None, None)
    assert (told([gone, bound], MASS)["greedy"], told([gone, bound], MASS)["valid"]) == (True, True)


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("", False), ("  {", False), ('{"a": 1, "b', False), ('{ "a"', False), ('{"', False), ("Here is", True), ('{"type": "obj', True),
        ('[{"a": 1', True),
    ],
)  # fmt: skip
def test_a_beginning_that_cannot_become_valid_is_told(text: str, lost: bool) -> None:
    fields = read_schema('{"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}')
    assert is_lost(fields, text) is lost


@pytest.mark.parametrize(
    ("name", "outputs", "removed"),
    [
        ("valid", [*GOOD, output(True, True, valid=False)], MASS), ("valid", [output(False, False, valid=True), *GOOD[1:]], MASS),
        ("greedy", [output(False, False, valid=True), *GOOD[1:]], MASS), ("mass", GOOD, [0.9] * 4 + [0.0]), ("mass", GOOD, [0.0, 0.4]),
        ("content", [GOOD[0], GOOD[1], output(True, False, valid=True)], MASS),
        ("cut", [*GOOD, output(True, True, valid=True, cut=True)], MASS),
    ],
)  # fmt: skip
def test_outputs_that_break_a_claim_are_told(name: str, outputs: list[Output], removed: list[float]) -> None:
    assert told(outputs, removed)[name] is False
