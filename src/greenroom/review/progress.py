"""How far one has come: mastery by topic and point, answers over time, how well one judges oneself. Values only; a door computes nothing.

Scores that a session still keeps from the person (an open mock, no self-rating yet) count for nothing here, so that they cannot leak.
``review`` does not know ``interview``: what it reads of answers and sessions is said below as protocols.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal, Protocol, TypeVar

from greenroom.assess.assessment import Assessment, PointVerdict, Verdict
from greenroom.assess.scale import EVEN_WITHIN, difference
from greenroom.assess.score import CREDIT
from greenroom.bank.question import KeyPoint, Question, Value
from greenroom.review.card import ReviewCard

Kind = Literal["question", "follow_up", "redo"]


class AskedTurn(Protocol):
    @property
    def kind(self) -> Kind: ...
    @property
    def self_rating(self) -> int | None: ...


TurnT = TypeVar("TurnT", bound=AskedTurn)


class Rehearsal(Protocol[TurnT]):
    @property
    def session_id(self) -> str: ...
    def find_turn(self, turn_id: str) -> TurnT | None: ...
    def may_show_score(self, turn: TurnT) -> bool: ...


class GivenAnswer(Protocol):
    @property
    def answer_id(self) -> str: ...
    @property
    def session_id(self) -> str: ...
    @property
    def turn_id(self) -> str: ...
    @property
    def question_id(self) -> str: ...
    @property
    def point_id(self) -> str | None: ...
    @property
    def ask(self) -> str: ...
    @property
    def answered_at(self) -> datetime: ...
    @property
    def assessment(self) -> Assessment | None: ...


class PointProgress(Value):
    """``point_id`` is global. ``mastery`` 0 to 1: the credit when last seen (wrong is none); None: never asked."""

    point_id: str
    point: str
    weight: int
    mastery: float | None
    verdict: Verdict | None
    seen_at: datetime | None
    times: int
    due_at: datetime | None


class TopicProgress(Value):
    """``mastery`` 0 to 1: weighted credit of the ``seen`` of ``total`` points when each was last seen; None: none was."""

    topic: str
    mastery: float | None
    seen: int
    total: int
    points: tuple[PointProgress, ...]


class PastAnswer(Value):
    """A whole answer in the history. ``overall`` None: could not be judged. ``difference``: self-rating×20 − overall."""

    answer_id: str
    session_id: str
    turn_id: str
    question_id: str
    topic: str | None
    ask: str
    kind: Kind
    answered_at: datetime
    overall: float | None
    band: int | None
    self_rating: int | None
    difference: float | None


class Calibration(Value):
    """``mean_difference`` over the ``count`` answers that have both figures: above 0 one rates oneself higher than the score."""

    count: int
    mean_difference: float | None
    says: str


class Progress(Value):
    """``history`` oldest first; ``days`` on which something was answered; ``due`` points by now, ``next_due_at`` the next after that."""

    topics: tuple[TopicProgress, ...]
    history: tuple[PastAnswer, ...]
    calibration: Calibration
    days: tuple[date, ...]
    sessions: int
    answers: int
    due: int
    next_due_at: datetime | None


def make_progress(
    questions: Iterable[Question],
    attempts: Iterable[GivenAnswer],
    cards: Iterable[ReviewCard],
    sessions: Iterable[Rehearsal[TurnT]],
    now: datetime,
) -> Progress:
    """Everything the progress page shows. Topics come in the order of ``questions``.

    ``now`` is aware; days are counted in its time zone. Answers of sessions that are not given count as shown (they are old). Cards and
    answers of questions that are no longer in the bank move no mastery.
    """
    questions, cards, sessions = tuple(questions), tuple(cards), tuple(sessions)
    by_id = {question.id: question for question in questions}
    rehearsals = {session.session_id: session for session in sessions}
    given = sorted(attempts, key=lambda answer: (answer.answered_at, answer.answer_id))
    turns = {answer.answer_id: _turn(answer, rehearsals.get(answer.session_id)) for answer in given}
    shown = [answer for answer in given if answer.assessment is not None and _may_show(answer, rehearsals.get(answer.session_id))]
    history = tuple(_past(answer, turns[answer.answer_id], by_id) for answer in shown if answer.point_id is None)
    known = [card.due_at for card in cards if _is_known(card.point_id, by_id)]
    return Progress(
        topics=_topics(questions, _sights(shown), {card.point_id: card for card in cards}),
        history=history,
        calibration=_calibration(history),
        days=tuple(sorted({answer.answered_at.astimezone(now.tzinfo).date() for answer in given})),
        sessions=len(sessions),
        answers=len(given),
        due=sum(due_at <= now for due_at in known),
        next_due_at=min((due_at for due_at in known if due_at > now), default=None),
    )


def by_question(progress: Progress) -> dict[str, float | None]:
    """Mastery of each question by its id: of its own points only, where a topic has several questions. None: no point of it was seen."""
    points: dict[str, list[PointProgress]] = {}
    for point in (point for topic in progress.topics for point in topic.points):
        points.setdefault(point.point_id.partition("/")[0], []).append(point)
    return {question_id: _held(own) for question_id, own in points.items()}


Sights = dict[str, list[tuple[datetime, Verdict]]]
"""By global point id: when it was judged, and how; oldest first."""


def _turn(answer: GivenAnswer, session: Rehearsal[TurnT] | None) -> TurnT | None:
    return session.find_turn(answer.turn_id) if session else None


def _may_show(answer: GivenAnswer, session: Rehearsal[TurnT] | None) -> bool:
    if session is None:
        return True
    turn = session.find_turn(answer.turn_id)
    return turn is not None and session.may_show_score(turn)


def _is_known(point_id: str, questions: dict[str, Question]) -> bool:
    question = questions.get(point_id.partition("/")[0])
    return question is not None and any(f"{question.id}/{point.id}" == point_id for point in question.key_points)


def _judged(assessment: Assessment | None) -> Sequence[PointVerdict]:
    points = assessment.points if assessment and assessment.status == "assessed" else ()
    return [point for point in points if point.verdict in CREDIT]


def _sights(answers: Iterable[GivenAnswer]) -> Sights:
    sights: Sights = {}
    for answer in answers:
        for point in _judged(answer.assessment):
            sights.setdefault(f"{answer.question_id}/{point.id}", []).append((answer.answered_at, point.verdict))
    return sights


def _topics(questions: Sequence[Question], sights: Sights, cards: dict[str, ReviewCard]) -> tuple[TopicProgress, ...]:
    by_topic: dict[str, list[PointProgress]] = {}
    for question in questions:
        rows = [_point(f"{question.id}/{point.id}", point, sights, cards) for point in question.key_points]
        by_topic.setdefault(question.topic, []).extend(rows)
    return tuple(_topic(topic, tuple(points)) for topic, points in by_topic.items())


def _topic(topic: str, points: tuple[PointProgress, ...]) -> TopicProgress:
    seen = sum(point.mastery is not None for point in points)
    return TopicProgress(topic=topic, mastery=_held(points), seen=seen, total=len(points), points=points)


def _held(points: Iterable[PointProgress]) -> float | None:
    seen = [(point.weight, point.mastery) for point in points if point.mastery is not None]
    return sum(weight * share for weight, share in seen) / sum(weight for weight, _ in seen) if seen else None


def _point(point_id: str, point: KeyPoint, sights: Sights, cards: dict[str, ReviewCard]) -> PointProgress:
    seen = sights.get(point_id, [])
    seen_at, verdict = seen[-1] if seen else (None, None)
    return PointProgress(
        point_id=point_id,
        point=point.point,
        weight=point.weight,
        mastery=max(0.0, CREDIT[verdict]) if verdict else None,
        verdict=verdict,
        seen_at=seen_at,
        times=len(seen),
        due_at=cards[point_id].due_at if point_id in cards else None,
    )


def _past(answer: GivenAnswer, turn: AskedTurn | None, questions: dict[str, Question]) -> PastAnswer:
    assert answer.assessment is not None
    overall, rating = answer.assessment.overall, turn.self_rating if turn else None
    return PastAnswer(
        answer_id=answer.answer_id,
        session_id=answer.session_id,
        turn_id=answer.turn_id,
        question_id=answer.question_id,
        topic=questions[answer.question_id].topic if answer.question_id in questions else None,
        ask=answer.ask,
        kind=turn.kind if turn else "question",
        answered_at=answer.answered_at,
        overall=overall,
        band=answer.assessment.band,
        self_rating=rating,
        difference=difference(rating, overall),
    )


def _calibration(history: Iterable[PastAnswer]) -> Calibration:
    differences = [past.difference for past in history if past.difference is not None]
    if not differences:
        return Calibration(count=0, mean_difference=None, says="Rate yourself before the score, and this shows how near you are.")
    mean = sum(differences) / len(differences)
    if abs(mean) < EVEN_WITHIN:
        says = "You rate yourself about as the scores do."
    else:
        says = f"You rate yourself {abs(mean):.0f} of 100 {'higher' if mean > 0 else 'lower'} than the scores, on average."
    return Calibration(count=len(differences), mean_difference=mean, says=says)
