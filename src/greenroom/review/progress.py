"""How far one has come: mastery by topic and point, answers over time, how well one judges oneself. Values only; a door computes nothing.

Scores that a session still keeps from the person (an open mock, no self-rating yet) count for nothing here, so that they cannot leak.
``review`` does not know ``interview``: what it reads of answers and sessions is said below as protocols.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple, Protocol, TypeVar

from greenroom.assess.assessment import Verdict
from greenroom.assess.scale import EVEN_WITHIN, band, difference
from greenroom.assess.score import CREDIT
from greenroom.bank.question import KeyPoint, Question, Value
from greenroom.review.card import ReviewCard
from greenroom.review.course import Coverage, Level, Practice, RatingRow, in_scope, make_course, make_practice, make_ratings, thinned
from greenroom.review.forecast import Forecast, make_forecast, what_rests

Kind = Literal["question", "follow_up", "redo"]
LATELY = 6
"""Verdicts of one point that are shown."""


class AskedTurn(Protocol):
    @property
    def kind(self) -> Kind: ...
    @property
    def self_rating(self) -> int | None: ...
    @property
    def way(self) -> str | None: ...


TurnT = TypeVar("TurnT", bound=AskedTurn)


class Rehearsal(Protocol[TurnT]):
    @property
    def session_id(self) -> str: ...
    def find_turn(self, turn_id: str) -> TurnT | None: ...
    def may_show_score(self, turn: TurnT) -> bool: ...


class GivenPoint(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def verdict(self) -> Verdict: ...


class Judgement(Protocol):
    @property
    def status(self) -> str: ...
    @property
    def overall(self) -> float | None: ...
    @property
    def points(self) -> Sequence[GivenPoint]: ...


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
    def assessment(self) -> Judgement | None: ...


class PointProgress(Value):
    """``point_id`` is global. ``mastery`` 0 to 1: the credit when last seen (wrong is none); None: never asked. ``lately``: the latest
    verdicts, oldest first."""

    point_id: str
    point: str
    weight: int
    mastery: float | None
    verdict: Verdict | None
    seen_at: datetime | None
    times: int
    lately: tuple[Verdict, ...]
    due_at: datetime | None


class TopicProgress(Value):
    """``mastery`` 0 to 1: weighted credit of the ``seen`` of ``total`` points when each was last seen; None: none was."""

    topic: str
    mastery: float | None
    seen: int
    total: int
    points: tuple[PointProgress, ...]


class PastAnswer(Value):
    """A whole answer in the history. ``overall`` None: could not be judged. ``difference``: self-rating×20 − overall. An answer that was to
    be said another way is not in it: a minute holds less, and its score says nothing beside the others."""

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
    """``history`` oldest first; ``days`` on which something was answered; ``due`` points by now, ``next_due_at`` the next after that.

    ``course``: what was held at the end of each day, thinned; ``ratings``: scores by the self-rating they were given.
    """

    topics: tuple[TopicProgress, ...]
    history: tuple[PastAnswer, ...]
    calibration: Calibration
    days: tuple[date, ...]
    sessions: int
    answers: int
    due: int
    next_due_at: datetime | None
    course: tuple[Level, ...]
    ratings: tuple[RatingRow, ...]
    coverage: Coverage
    practice: Practice
    forecast: Forecast


def make_progress(
    questions: Iterable[Question],
    attempts: Iterable[GivenAnswer],
    cards: Iterable[ReviewCard],
    sessions: Iterable[Rehearsal[TurnT]],
    now: datetime,
    interview_on: date | None = None,
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
    free = [answer for answer in shown if answer.point_id is None and _freely(turns[answer.answer_id])]
    history = tuple(_past(answer, turns[answer.answer_id], by_id) for answer in free)
    present = {card.point_id: card for card in cards if _is_known(card.point_id, by_id)}
    known = [card.due_at for card in present.values()]
    judged = [(answer, point_id, verdict) for answer in shown for point_id, verdict in _judged(answer, turns[answer.answer_id])]
    topics = _topics(questions, _sights(judged), present)
    days = {answer.answer_id: answer.answered_at.astimezone(now.tzinfo).date() for answer in given}  # on the clock of ``now``
    scope = in_scope(questions, {answer.question_id for answer in shown})
    course = make_course(scope, ((days[answer.answer_id], point_id, verdict) for answer, point_id, verdict in judged))
    today, practised = now.date(), tuple(sorted(set(days.values())))
    return Progress(
        topics=topics,
        history=history,
        calibration=_calibration(history),
        days=practised,
        sessions=len(sessions),
        answers=len(given),
        due=sum(due_at <= now for due_at in known),
        next_due_at=min((due_at for due_at in known if due_at > now), default=None),
        course=thinned(course),
        ratings=make_ratings((past.self_rating, past.overall) for past in history if past.self_rating and past.overall is not None),
        coverage=_coverage(topics, {past.question_id for past in history}, len(questions)),
        practice=make_practice(practised, today),
        forecast=make_forecast(course, what_rests(scope, present, interview_on), today, interview_on),
    )


def by_question(progress: Progress) -> dict[str, float | None]:
    """Mastery of each question by its id: of its own points only, where a topic has several questions. None: no point of it was seen."""
    points: dict[str, list[PointProgress]] = {}
    for point in (point for topic in progress.topics for point in topic.points):
        points.setdefault(point.point_id.partition("/")[0], []).append(point)
    return {question_id: _held(own) for question_id, own in points.items()}


class Sights(NamedTuple):
    """By global point id: when it was last judged, and how each time, oldest first."""

    last_at: dict[str, datetime]
    verdicts: dict[str, list[Verdict]]


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


def _freely(turn: AskedTurn | None) -> bool:
    return turn is None or turn.way is None


def _judged(answer: GivenAnswer, turn: AskedTurn | None) -> Iterator[tuple[str, Verdict]]:
    """Global id and verdict of what was judged; what an answer in a minute or plain words left out was not forgotten."""
    found = answer.assessment
    if found is not None and found.status == "assessed":
        for point in found.points:
            if point.verdict is not Verdict.UNSCORED and (point.verdict is not Verdict.MISSED or _freely(turn)):
                yield f"{answer.question_id}/{point.id}", point.verdict


def _sights(judged: Iterable[tuple[GivenAnswer, str, Verdict]]) -> Sights:
    sights = Sights({}, {})
    for answer, point_id, verdict in judged:
        sights.last_at[point_id] = answer.answered_at
        sights.verdicts.setdefault(point_id, []).append(verdict)
    return sights


def _coverage(topics: Iterable[TopicProgress], asked: set[str], questions: int) -> Coverage:
    kinds = Counter(point.verdict for topic in topics for point in topic.points)
    open_ = kinds[Verdict.MISSED] + kinds[Verdict.WRONG]
    counts = {"held": kinds[Verdict.HIT], "partly": kinds[Verdict.PARTIAL], "open": open_, "unseen": kinds[None]}
    return Coverage(**counts, questions=len(asked), of_questions=questions)


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
    seen = sights.verdicts.get(point_id, [])
    verdict = seen[-1] if seen else None
    return PointProgress(
        point_id=point_id,
        point=point.point,
        weight=point.weight,
        mastery=max(0.0, CREDIT[verdict]) if verdict else None,
        verdict=verdict,
        seen_at=sights.last_at.get(point_id),
        times=len(seen),
        lately=tuple(seen[-LATELY:]),
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
        band=None if overall is None else band(overall),
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
