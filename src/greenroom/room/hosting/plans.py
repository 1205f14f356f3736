"""What a rehearsal will ask: from the bank, the person's history and their weak points."""

from __future__ import annotations

from greenroom.bank.bank import Bank
from greenroom.bank.question import CV_LINE, Question
from greenroom.errors import InputError
from greenroom.interview.course import cv
from greenroom.interview.course.rounds import History, as_weak, cast, make_rounds
from greenroom.interview.plan import LONGEST_PLAN, make_plan, review_plan
from greenroom.interview.session import Planned, Setup
from greenroom.prep.claims import probes_of
from greenroom.room.own.papers import PaperRoom
from greenroom.room.parts import Parts
from greenroom.room.review import ReviewRoom, due_points, end_of_day, planned


def make(parts: Parts, owner_id: str, setup: Setup, seed: int) -> tuple[Planned, ...]:
    """Raises NotFoundError for unknown topics and questions, InputError when a plan has nothing to ask yet."""
    if setup.mode == "review":
        return review_plan([planned(due) for due in due_points(parts, owner_id, end_of_day(parts.clock()))], setup)
    bank, recent = parts.bank.get(), parts.store.get().recently_asked(owner_id)
    check_named(bank, setup)
    if setup.plan is None:
        return cast(make_plan(_eligible(bank, setup), setup, seed, recent), setup.personas)
    if setup.plan == "job" and not (setup.topics or setup.question_ids):
        setup = setup.model_copy(update={"question_ids": _of_job(parts, owner_id)})
    weak = _weak(parts, owner_id) if setup.plan == "weak-points" else {}
    made = make_rounds(bank.questions(), setup, seed, History(recent, weak))
    return cv.with_cv(made, setup, _of_cv(parts, owner_id, setup), seed, recent)


def check_named(bank: Bank, setup: Setup) -> None:
    for question_id in setup.question_ids:
        bank.get(question_id)
    for topic in setup.topics:
        bank.check_topic(topic)


def _eligible(bank: Bank, setup: Setup) -> list[Question]:
    if setup.question_ids:
        return [bank.get(question_id) for question_id in setup.question_ids]
    wanted = [q for q in bank.questions() if not setup.topics or q.topic in setup.topics]
    return [q for q in wanted if setup.level in (None, q.level)]


def _of_job(parts: Parts, owner_id: str) -> tuple[str, ...]:
    """The questions that the job text in use leads to. Raises InputError when there is none, or it leads to none."""
    view = PaperRoom(parts).job(owner_id)
    found = tuple(asked.question_id for asked in view.reading.questions) if view else ()
    if not found:
        raise InputError("Which job? None is known that names a topic.", "Paste its advert under Prep, or choose the topics that it names.")
    return found[:LONGEST_PLAN]


def _of_cv(parts: Parts, owner_id: str, setup: Setup) -> list[list[Planned]]:
    """What can be asked about each line of the CV in use; nothing without one, or in a bank that has no such question."""
    question = parts.bank.get().find(CV_LINE)
    view = PaperRoom(parts).cv(owner_id) if question and setup.cv and setup.plan in cv.PROBES else None
    if view is None or question is None:
        return []
    lines = ([cv.planned(ask, form) for ask, name in line if (form := question.find_form(name))] for line in probes_of(view.claims))
    return [line for line in lines if line]


def _weak(parts: Parts, owner_id: str) -> dict[str, float]:
    points = [point for topic in ReviewRoom(parts).progress(owner_id).topics for point in topic.points]
    return as_weak((point.point_id, point.weight, point.mastery) for point in points)
