"""The lab *form-or-chat*: on the real model what one should see is seen, and a reader who guesses does worse; a chat is followed turn by
turn; the waiting is held against reading word by word; each finding is told otherwise."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from labs_runs import held, run

from greenroom.errors import ModelMissingError
from greenroom.labs import form_or_chat
from greenroom.labs.form_or_chat import CARD, Field, FormOrChat, Reader, shipped, talk
from greenroom.labs.lab import Bench, Result
from greenroom.labs.model import Model

FIELDS, PEOPLE = shipped()


def parts(model: Model, **given: Any) -> Result:
    return run(FormOrChat(), model, **given)


# --- On the real model ---


@pytest.mark.timeout(900)
def test_what_one_should_see_is_seen_on_the_real_model(real: Model) -> None:
    """Control: it reads, if badly: rightly more often than a reader who throws dice."""
    found = parts(real)
    assert set(held(found).values()) == {True}, [each.found for each in found.seen]
    rows = next(part for part in found.parts if part.name == "fields").table.rows  # type: ignore[union-attr]
    assert sum(float(row[1]) for row in rows) > sum(float(row[2]) for row in rows)  # type: ignore[arg-type]


def test_twice_the_same_on_a_random_model(tiny: Model) -> None:
    assert parts(tiny, people=2).model_dump_json() == parts(tiny, people=2).model_dump_json()


def test_without_the_model_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        list(FormOrChat().run(CARD.read({}), Bench(tmp_path, 1)))


# --- A chat, turn by turn ---


def reads(*errors: str, heals: bool = True) -> Reader:
    """A reader that misreads these fields: once, or always."""

    def read(asked: Sequence[tuple[str, Field]]) -> list[str]:
        found = []
        for said, field in asked:
            true = PEOPLE[0].wants[field.name]
            wrong = field.name in errors and (said == PEOPLE[0].says or not heals)
            found.append(next(option for option in field.options if option != true) if wrong else true)
        return found

    return read


def test_without_an_error_a_chat_takes_two_turns() -> None:
    found = talk(PEOPLE[0], reads())
    assert (found.turns, found.repairs, found.open, found.wrong) == (2, 0, (), 0)
    assert found.typed == len(PEOPLE[0].says) + len("yes")
    assert found.lines[1] == "Shop: Friday at 8, 4 people, dog: no?"


def test_each_misread_field_costs_a_turn_and_one_that_stays_wrong_is_handed_over() -> None:
    found = talk(PEOPLE[0], reads("day", "hour"))
    assert (found.turns, found.repairs, found.open, found.wrong) == (4, 2, (), 2)
    assert found.lines[2] == "Person: No, on Friday."
    stuck = talk(PEOPLE[0], reads("dog", heals=False))
    assert (stuck.turns, stuck.repairs, stuck.open) == (4, form_or_chat.TRIES, ("dog",))
    assert stuck.typed == sum(len(line.removeprefix("Person: ")) for line in stuck.lines if line.startswith("Person"))
    silent = talk(PEOPLE[0], reads("day"), confirm=False)
    assert (silent.turns, silent.repairs, silent.wrong) == (1, 0, 1), "nobody asked: it is booked wrongly"


def test_the_people_say_what_they_want_and_want_what_there_is() -> None:
    assert len({person.says for person in PEOPLE}) == 10
    for person in PEOPLE:
        assert person.extra in person.says
        assert all(person.wants[field.name] in field.options for field in FIELDS)


# --- Waiting ---


def test_streaming_is_reckoned_as_reading_word_by_word() -> None:
    """Each token takes its time to be written and to be read; nothing is read before it is there."""
    for given in ({"rate": 15}, {"rate": 2}, {"rate": 200, "first": 0}):
        values = CARD.read(given)
        whole, read_whole, first, streamed = form_or_chat.waits(values)
        a_token, clock = 0.75 * 60 / 238, 0.0
        for n in range(150):
            there = float(values["first"]) + (n + 1) / float(values["rate"])  # type: ignore[arg-type]
            clock = (clock if clock > there else there) + a_token
        assert streamed == pytest.approx(clock)
        assert read_whole == pytest.approx(whole + 150 * a_token)
        assert first < whole
        assert max(whole, 150 * a_token) <= streamed <= read_whole, "neither writing nor reading is skipped"


# --- Each claim can be told otherwise ---


def told(reader: Reader, **given: Any) -> dict[str, bool | None]:
    people = [PEOPLE[0]] * 2
    some = [talk(each, reader) for each in people]
    return {each.id: each.held for each in form_or_chat.findings(CARD.read(given), some, [talk(each, reads()) for each in people])}


def test_what_breaks_a_claim_is_told() -> None:
    good = told(reads())
    assert (good["turns"], good["unasked"], good["extra"]) == (False, False, False)
    assert told(reads("day"))["turns"] is True
    assert told(reads("day"), confirm=False)["turns"] is None, "nobody says back what was read: each has one turn"
    assert told(reads(), tokens=10, first=20)["stream"] is False, "where the first token takes all the time"
    assert told(reads(), silence=200, first=0.1, rate=100, hears=50, speaks=50, net=20)["voice"] is False
    assert told(reads(), silence=0)["voice"] is False
    short = [talk(each, reads(), confirm=False) for each in PEOPLE[:2]]
    assert {e.id: e.held for e in form_or_chat.findings(CARD.read({}), short, short)}["perfect"] is False


def test_dice_read_about_as_chance_does() -> None:
    dice = random.Random(2)
    right = sum(dice.choice(field.options) == person.wants[field.name] for _ in range(200) for person in PEOPLE for field in FIELDS)
    assert right / 8000 == pytest.approx(sum(1 / len(field.options) for field in FIELDS) / 4, abs=0.02)
