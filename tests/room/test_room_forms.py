"""A form is named by its id, held against its own points, and shown its own model answer: after the attempt, not before."""

from __future__ import annotations

import pytest
from room_steps import DRILL, ME, says, send

from greenroom.errors import NotFoundError
from greenroom.room import Room


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
