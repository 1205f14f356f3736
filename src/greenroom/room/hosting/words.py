"""The interviewer's words from a connected chat model: what it is told of this interview, and when it is asked at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from greenroom.assess.assessment import Assessment
from greenroom.bank.question import CV_LINE, Question
from greenroom.interview.attempt import Attempt
from greenroom.interview.course.chase import may_chase
from greenroom.interview.interviewer import script, speak
from greenroom.interview.session import Need, Session, Turn, Wording
from greenroom.interview.voices.cast import CAST
from greenroom.interview.wording.brief import BEYOND, Brief, exchanges_of
from greenroom.interview.wording.host import Host

NOT_JUDGED = "This question was the model's own, from beyond the bank, so the answer is kept and not judged."


def unjudged(found: Assessment) -> Assessment:
    """Whatever an assessor made of an answer without a rubric: it is none."""
    empty = {
        "overall": None,
        "band": None,
        "confidence": None,
        "points": (),
        "strengths": (),
        "fixes": (),
        "follow_up": None,
        "drill": None,
    }
    return found.model_copy(update={**empty, "status": "abstained", "reason": NOT_JUDGED})


def to_word(session: Session) -> Turn | None:
    """The turn that a model may put in its own words; a second try, a single point that is due and a line of the CV are asked as they
    were.
    """
    turn = session.current
    if turn is None or turn.wording is not None or session.setup.mode == "review" or session.paused_at is not None:
        return None
    return None if turn.kind == "redo" or turn.point_id == BEYOND or turn.question_id == CV_LINE else turn


def word(host: Host, session: Session, turn: Turn, attempts: Iterable[Attempt], question: Question | None) -> Wording:
    answers = {attempt.turn_id: attempt.text for attempt in attempts}
    said = [*script(session)[:-1], *(each.ask for each in session.turns if each is not turn), *_worded(session)]
    brief = Brief(
        by=CAST[turn.by],
        line=speak(session),
        ask=turn.ask,
        exchanges=exchanges_of(session, answers),
        said=tuple(said),
        secret=secrets(question),
    )
    return host.word(brief, session.seed + len(session.turns))


def beyond(host: Host, session: Session, attempt: Attempt, found: Assessment, question: Question) -> tuple[Need, ...]:
    """A question of the model's own, after a whole answer that left nothing open; none when it has none that may be asked."""
    turn = session.find_turn(attempt.turn_id)
    if turn is None or turn.point_id is not None or found.status != "assessed" or session.setup.mode != "mock":
        return ()
    if not may_chase(session, turn) or turn.question_id == CV_LINE:
        return ()
    brief = Brief(
        by=CAST[turn.by],
        line="",
        ask=turn.ask,
        exchanges=((turn.ask, attempt.text),),
        said=tuple([*script(session), *(each.ask for each in session.turns), *_worded(session)]),
        secret=secrets(question),
        beyond=True,
    )
    asked = host.word(brief, session.seed + len(session.turns)).ask
    return (Need(point_id=BEYOND, ask=asked),) if asked else ()


def _worded(session: Session) -> Sequence[str]:
    return [text for turn in session.turns if turn.wording for text in (turn.wording.line, turn.wording.ask) if text]


def secrets(question: Question | None) -> tuple[str, ...]:
    """Everything an answer is held against."""
    if question is None:
        return ()
    points = [text for point in question.key_points for text in (point.point, *point.says, point.because)]
    models = (*question.model_answers.model_dump().values(), *(form.model_answer for form in question.forms if form.model_answer))
    return (*points, *(wrong.correction for wrong in question.misconceptions), *models)
