"""What greenroom 0.1 kept opens today, each answer under its question and form as they are now.

``v0_1`` was written by 0.1 at 1c44691: a backup and an export of one person with 73 judged answers and one that was waiting, and the key
points that each question and form of its bank asked for.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenroom.bank.bank import Bank
from greenroom.bank.load import load_bank
from greenroom.builtin import PACKS
from greenroom.errors import NotFoundError
from greenroom.interview.attempt import Attempt
from greenroom.llm.encoder import OnnxEncoder
from greenroom.room import LOCAL_OWNER, Parts, Room

OLD = Path(__file__).parent / "v0_1"
ANSWERS, WAITING = 74, "00000000-0000-0000-0000-00000000270f"


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank([PACKS / "core", PACKS / "behavioural"])


@pytest.fixture(scope="module")
def rubrics() -> list[dict[str, Any]]:
    with gzip.open(OLD / "rubrics.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_every_wording_of_0_1_names_one_form(bank: Bank, rubrics: list[dict[str, Any]]) -> None:
    forms = [row for row in rubrics if row["form"] is not None]
    found = Counter((row["question_id"], bank.get(row["question_id"]).get_form(row["form"]).id) for row in forms)
    assert len(forms) == 760
    assert [each for each, count in found.items() if count > 1] == []


def test_every_point_of_0_1_can_still_be_read(bank: Bank, rubrics: list[dict[str, Any]]) -> None:
    lost = {f"{row['question_id']}/{i}" for row in rubrics for i in row["points"] if not bank.find_point(f"{row['question_id']}/{i}")}
    assert lost == set()


def test_an_old_wording_names_the_form_that_asks_the_same(bank: Bank, rubrics: list[dict[str, Any]]) -> None:
    """Of all wordings of the question today, its form's own is the nearest; the one exception is a near tie with the canonical wording."""
    encoder, apart = OnnxEncoder.load(), []
    for row in (row for row in rubrics if row["form"] is not None):
        question = bank.get(row["question_id"])
        asks = {None: question.ask, **{form.id: form.ask for form in question.forms}}
        old, *now = encoder.encode([row["form"], *asks.values()])
        nearest = max(zip(asks, now, strict=True), key=lambda each: float(each[1] @ old))[0]
        if nearest != question.get_form(row["form"]).id:
            apart.append(f"{row['question_id']}: {row['form']}")
    assert apart == ["mixture-of-experts: Are the experts of such a model experts for anything?"]


def test_a_form_asks_for_some_of_what_it_asked_for(bank: Bank, rubrics: list[dict[str, Any]]) -> None:
    """Points were split, cut and dropped where they did not fit."""
    for row in rubrics:
        now = {point.id for point in bank.get(row["question_id"]).points(row["form"])}
        assert now & set(row["points"]), row


def test_an_unknown_wording_is_an_error(bank: Bank) -> None:
    with pytest.raises(NotFoundError, match="There is no form"):
        bank.get("attention").rubric("Which form was this, once upon a time?")


@pytest.fixture(params=["backup", "export"])
def old_room(request: pytest.FixtureRequest, literal_parts: Parts, tmp_path: Path) -> Iterator[Room]:
    room = Room(literal_parts.settings, literal_parts)
    if request.param == "backup":
        file = tmp_path / "kept.db"
        file.write_bytes(gzip.decompress((OLD / "greenroom.db.gz").read_bytes()))
        room.data.restore(file)
    with room:
        if request.param == "export":
            room.data.import_(LOCAL_OWNER, OLD / "export.zip")
        yield room


def _attempts(room: Room) -> list[Attempt]:
    sessions = room.interview.list(LOCAL_OWNER, limit=500)
    return [room.interview.wait(LOCAL_OWNER, turn.answer_id, 0) for each in sessions for turn in each.turns if turn.answer_id]


def test_every_old_answer_stands_under_its_form(old_room: Room) -> None:
    attempts = _attempts(old_room)
    assert len(attempts) == ANSWERS
    for attempt in attempts:
        question = old_room.bank.get(attempt.question_id)
        assert attempt.form is None or question.find_form(attempt.form), attempt.form
        report = old_room.interview.report(LOCAL_OWNER, attempt.session_id)
        rows = [point for block in report.questions for turn in block.turns for point in turn.points]
        assert [row.point for row in rows if row.point == row.point_id.partition("/")[2]] == []


def test_the_answer_that_waited_is_judged_by_its_form(old_room: Room) -> None:
    waiting = old_room.interview.wait(LOCAL_OWNER, WAITING, 20)
    old_room.interview.rate(LOCAL_OWNER, waiting.session_id, waiting.turn_id, 3)
    attempt = old_room.interview.wait(LOCAL_OWNER, WAITING, 0)
    assert attempt.status == "done" and attempt.assessment is not None and attempt.form is not None
    form = old_room.bank.get("lora-in-detail").get_form(attempt.form)
    assert attempt.assessment.form == form.id
    assert [p.id for p in attempt.assessment.points] == [p.id for p in old_room.bank.get("lora-in-detail").points(form.id)]
