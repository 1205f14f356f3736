"""Answers at the border: what may come in, and the attempt made of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from greenroom.assess.assessment import Assessment, Grader, PointVerdict, Verdict
from greenroom.assess.assessor import Assessor
from greenroom.assess.gate import SPOKEN, find_reason
from greenroom.assess.manner.fit import Situation, judge_fit
from greenroom.assess.reading.cleaned import clean
from greenroom.bank.question import CV_LINE, Question, Rubric
from greenroom.errors import InputError, TooLargeError
from greenroom.interview.attempt import Attempt, Submission
from greenroom.interview.course.clock import spent
from greenroom.interview.course.substance import NOTHING_OWN, TOO_LITTLE_OWN, adds_nothing, gives_back, own_part
from greenroom.interview.feedback.ways import judge_way, spared
from greenroom.interview.session import Aim, Session, Turn
from greenroom.review.card import ReviewCard

GATE = Grader(name="gate", version="1")
SUBMISSION_ID = re.compile(r"^[0-9a-zA-Z-]{8,64}$")
OBJECTION_LIMIT = 2_000


def check_text(text: str, limit: int) -> None:
    """Raises TooLargeError above ``limit`` characters, InputError for text no database or page can carry."""
    if len(text) > limit:
        raise TooLargeError(f"The text has {len(text):,} characters; the limit is {limit:,}.", "Shorten it; nothing was changed.")
    if "\x00" in text:
        raise InputError("The text holds a NUL character.", "Remove it (it often comes with text copied from a binary file).")
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise InputError("The text holds half of a surrogate pair, which is no character.", "Type or paste that character again.")


def check_objection(view: str) -> None:
    check_text(view, OBJECTION_LIMIT)
    if not view.strip():
        raise InputError("The objection is empty.", "Say what the room got wrong; it is kept beside the verdict.")


def check_submission(submission: Submission, limit: int) -> None:
    if not SUBMISSION_ID.match(submission.submission_id):
        raise InputError("The submission has no usable id.", "Send a UUID made by the client as submission_id.")
    check_text(submission.text, limit)
    if not submission.text.strip():
        raise InputError("The answer is empty.", "Say something, or skip the question: a skip is not a zero.")


def new_attempt(session: Session, turn: Turn, submission: Submission, at: datetime) -> Attempt:
    """``seconds`` by the interview's own time, without breaks; None where the clock cannot be trusted."""
    return Attempt(
        answer_id=submission.submission_id,
        session_id=session.session_id,
        turn_id=turn.turn_id,
        question_id=turn.question_id,
        form=turn.form,
        point_id=turn.point_id,
        ask=turn.ask,
        text=submission.text,
        answered_at=at,
        seconds=spent(session, turn, at),
    )


def hold(assessor: Assessor, rubric: Rubric, answer: str, asked: str) -> Assessment:
    """The answer held against its rubric; one that only gives back what was ``asked`` is refused here. The rubric does not have all of
    those words: a line of a CV is in no rubric, and no model is shown it as what was asked.
    """
    text, limits = clean(answer).text or answer, SPOKEN._replace(least_words=1, least_content=0)
    if rubric.question_id == CV_LINE and gives_back(asked, text):
        reason = (find_reason(asked, text, limits) or NOTHING_OWN) if adds_nothing(asked, text) else None
    else:
        reason = find_reason(asked, text, limits) if asked != rubric.ask and find_reason(rubric.ask, text, limits) is None else None
    own = own_part(asked, answer) if rubric.question_id == CV_LINE else answer
    if reason is None and own != answer and find_reason(rubric.ask, clean(own).text or own) is not None:
        reason = TOO_LITTLE_OWN
    if reason is None:
        return _read(assessor, rubric, answer, own)
    return Assessment(
        question_id=rubric.question_id, form=rubric.form, status="abstained", reason=reason, rubric_hash=rubric.hash, grader=GATE,
        points=tuple(PointVerdict(id=point.id, verdict=Verdict.UNSCORED, decided_by=GATE.name) for point in rubric.points),
    )  # fmt: skip


def _read(assessor: Assessor, rubric: Rubric, answer: str, own: str) -> Assessment:
    """By one's own sentences; by the whole where they are the whole, or where a quote of theirs does not stand in it."""
    if own != answer:
        found = assessor.assess(rubric, own)
        quoted = [(p.span, p.quote) for p in found.points if p.span] + [(wrong.span, wrong.quote) for wrong in found.misconceptions]
        if all(answer[start:end] == quote for (start, end), quote in quoted):
            return found
    return assessor.assess(rubric, answer)


def with_due_date(assessment: Assessment, cards: Sequence[ReviewCard]) -> Assessment:
    """The drill with the day its point comes back; the assessor knows no dates."""
    drill = assessment.drill
    if drill is None:
        return assessment
    due = next((c.due_at for c in cards if c.point_id == f"{assessment.question_id}/{drill.point_id}"), None)
    if due is None:
        return assessment
    return assessment.model_copy(update={"drill": drill.model_copy(update={"due_on": due.astimezone().date()})})


def aim_of(turn: Turn, text: str, found: Assessment, before: Assessment | None, question: Question) -> Aim | None:
    """How far a redo came that was to be said in one way; None for any other answer."""
    if turn.way is None:
        return None
    return judge_way(turn.way, text, found, before, question.points(turn.form), question.answers(turn.form).technical)


def remembered(turn: Turn, found: Assessment) -> Assessment:
    """What the schedule goes by: a point left out of a minute or of plain words was not forgotten."""
    return found if turn.way is None else spared(found)


def with_fit(assessment: Assessment, answer: str, situation: Situation, asked: str) -> Assessment:
    """The assessment with *fit* among its communication; assessors know nothing of the company and role. Unchanged where how it was said
    was not judged or nothing is known to fit to.
    """
    talk = assessment.communication
    fit = judge_fit(answer, situation, asked) if talk is not None else None
    return assessment.model_copy(update={"communication": talk.model_copy(update={"fit": fit})}) if talk and fit else assessment
