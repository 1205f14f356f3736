"""A form is named by its id, held against its own points, and shown its own model answer: after the attempt, not before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from room_steps import DRILL, ME, says, send

from greenroom.bank.bank import Bank
from greenroom.bank.question import KeyPoint, Question
from greenroom.errors import NotFoundError
from greenroom.room import Parts, Room
from greenroom.room.review import due_points


def test_the_second_time_a_form_is_asked_and_its_own_answer_is_shown(literal_room: Room) -> None:
    room, question = literal_room, literal_room.bank.get("attention")
    asked: list[str | None] = []
    for _ in range(2):
        view = room.interview.start(ME, DRILL)
        turn, session_id = view.session.turns[0], view.session.session_id
        room.interview.wait(ME, send(room, view, says(room)).answer_id, 20)
        before = room.interview.report(ME, session_id).questions[0].model_answers
        room.interview.rate(ME, session_id, turn.turn_id, 3)
        (block,) = room.interview.report(ME, session_id).questions
        asked.append(turn.form)
        assert before is None and block.model_answers is not None and block.form == turn.form
    form = question.get_form(asked[1] or "")
    assert asked == [None, question.forms[0].id] and turn.ask == form.ask
    assert form.model_answer and block.model_answers.plain == form.model_answer and block.model_answers.alike
    held = room.interview.wait(ME, turn.answer_id or block.turns[0].answer_id or "", 0).assessment
    assert held is not None and held.form == form.id
    assert [point.id for point in held.points] == [point.id for point in question.points(form.id)]


def test_a_form_is_found_by_its_id_its_wording_and_its_old_wordings(literal_room: Room) -> None:
    question = next(q for q in literal_room.bank.questions() if any(form.aliases for form in q.forms))
    form = next(form for form in question.forms if form.aliases)
    for name in (form.id, form.ask, *form.aliases):
        assert literal_room.assess.once(question.id, name, "Some words that say nothing of it.").form == form.id
    with pytest.raises(NotFoundError, match="There is no form"):
        literal_room.assess.once(question.id, f"{form.ask} ", "Some words that say nothing of it.")


def test_the_card_of_a_retired_point_is_suspended_and_kept(
    literal_room: Room, literal_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = literal_room.interview.start(ME, DRILL)
    literal_room.interview.wait(ME, send(literal_room, view, says(literal_room)).answer_id, 20)
    literal_room.interview.rate(ME, view.session.session_id, "t1", 3)
    point, later = literal_room.bank.get("attention").points()[0].id, literal_parts.clock() + timedelta(days=400)
    assert point in {due.local_id for due in due_points(literal_parts, ME, later)}, "control: it comes back while it is asked for"
    find = Bank.find_point

    def retired(bank: Bank, point_id: str) -> tuple[Question, KeyPoint] | None:
        found = find(bank, point_id)
        return found and (found[0], found[1].model_copy(update={"retired": found[1].id == point}))

    monkeypatch.setattr(Bank, "find_point", retired)
    due = {each.local_id for each in due_points(literal_parts, ME, later)}
    assert point not in due and due, "the others still come back"
    assert f"attention/{point}" in {card.point_id for card in literal_parts.store.get().list_cards(ME)}
