"""Fit to the company and role of the profile: judged for whole answers, told by the room, since no assessor knows them."""

from __future__ import annotations

from room_steps import DRILL, ME, says, send

from greenroom.assess.assessment import Assessment
from greenroom.assess.assessor import Verbatim
from greenroom.assess.manner.fit import Situation
from greenroom.assess.structure import judge_structure
from greenroom.bank.question import Rubric
from greenroom.prep.profile import Profile
from greenroom.room import Parts, Room

WARD = "In a hospital the nurse dictates her notes and the patient gets the letter the same day."


class Talking:
    """The literal fake, with how it was said."""

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        found = Verbatim().assess(rubric, answer)
        return found.model_copy(update={"communication": judge_structure(answer, [p.span for p in found.points if p.span])})


def rehearse(parts: Parts, company: str) -> Assessment:
    parts.assessor._make = Talking  # type: ignore[assignment]
    with Room(parts.settings, parts) as room:
        if company:
            room.prep.save(ME, Profile(company=company))
        view = room.interview.start(ME, DRILL)
        receipt = send(room, view, f"{says(room)} {WARD}")
        room.interview.rate(ME, view.session.session_id, view.session.turns[0].turn_id, 3)
        found = room.interview.wait(ME, receipt.answer_id, 10).assessment
        assert found is not None
        return found


def test_the_profile_s_company_is_judged(literal_parts: Parts) -> None:
    talk = rehearse(literal_parts, "Northvale Hospitals").communication
    assert talk is not None and talk.fit is not None and talk.fit.good and talk.fit.quote == WARD


def test_without_a_company_nothing_is_judged(literal_parts: Parts) -> None:
    talk = rehearse(literal_parts, "").communication
    assert talk is not None and talk.fit is None


def test_one_answer_for_a_company_that_is_told_with_it(literal_parts: Parts) -> None:
    literal_parts.assessor._make = Talking  # type: ignore[assignment]
    with Room(literal_parts.settings, literal_parts) as room:
        fits = [room.assess.once("applications", None, WARD, where).communication for where in (None, Situation("Kestrel Bank", "Analyst"))]
    assert fits[0] is not None and fits[0].fit is None
    assert fits[1] is not None and fits[1].fit is not None and fits[1].fit.good is False and "health care" in fits[1].fit.note
