"""How far one has come: mastery by topic and point, answers over time, how well one judges oneself. Values only; a door computes nothing.

Scores that a session still keeps from the person (an open mock, no self-rating yet) count for nothing here, so that they cannot leak.
What it is made of is ``past.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from greenroom.assess.assessment import Verdict
from greenroom.assess.scale import EVEN_WITHIN
from greenroom.assess.score import CREDIT
from greenroom.bank.question import KeyPoint, Question, Value
from greenroom.review.ahead import Agenda, Scope, look_ahead, with_plan
from greenroom.review.card import ReviewCard
from greenroom.review.course import Coverage, Level, Practice, RatingRow, in_scope, make_course, make_practice, make_ratings, thinned
from greenroom.review.forecast import Forecast, make_forecast, pace, what_rests
from greenroom.review.past import Past, PastAnswer

LATELY = 6
"""Verdicts of one point that are shown."""


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
    past: Past,
    cards: Iterable[ReviewCard],
    now: datetime,
    interview_on: date | None = None,
    agenda: Agenda | None = None,
) -> Progress:
    """Everything the progress page shows. Topics come in the order of ``questions``. ``agenda``: the plan that was begun, if one was.

    ``now`` is aware, in the time zone in which the days of ``past`` were counted. Cards and answers of questions that are no longer in the
    bank move no mastery.
    """
    questions = tuple(questions)
    known = {f"{question.id}/{point.id}" for question in questions for point in question.active_points}
    present = {card.point_id: card for card in cards if card.point_id in known}
    coming = [card.due_at for card in present.values()]
    topics, history, days = _topics(questions, past, present), tuple(past.whole), tuple(sorted(past.days))
    scope = in_scope(questions, past.asked | agenda.questions if agenda else past.asked)
    rests = what_rests(scope, present, interview_on)
    course, lately = (make_course(scope, chosen) for chosen in (thinned(past.standings), pace(past.standings)))
    return Progress(
        topics=topics,
        history=history,
        calibration=_calibration(history),
        days=days,
        sessions=past.sessions,
        answers=past.answers,
        due=sum(due_at <= now for due_at in coming),
        next_due_at=min((due_at for due_at in coming if due_at > now), default=None),
        course=course,
        ratings=make_ratings((each.self_rating, each.overall) for each in history if each.self_rating and each.overall is not None),
        coverage=_coverage(topics, {each.question_id for each in history}, len(questions)),
        practice=make_practice(days, now.date()),
        forecast=_forecast(make_forecast(lately, rests, now.date(), interview_on), past, agenda, scope, now),
    )


def _forecast(found: Forecast, past: Past, agenda: Agenda | None, scope: Iterable[Question], now: datetime) -> Forecast:
    """By the days of the plan, where one was begun."""
    if agenda is None:
        return found
    return with_plan(found, look_ahead(agenda, pace(past.standings), Scope.of(scope), now.date()))


def by_question(progress: Progress) -> dict[str, float | None]:
    """Mastery of each question by its id: of its own points only, where a topic has several questions. None: no point of it was seen."""
    points: dict[str, list[PointProgress]] = {}
    for point in (point for topic in progress.topics for point in topic.points):
        points.setdefault(point.point_id.partition("/")[0], []).append(point)
    return {question_id: _held(own) for question_id, own in points.items()}


def _coverage(topics: Iterable[TopicProgress], asked: set[str], questions: int) -> Coverage:
    kinds = Counter(point.verdict for topic in topics for point in topic.points)
    open_ = kinds[Verdict.MISSED] + kinds[Verdict.WRONG]
    counts = {"held": kinds[Verdict.HIT], "partly": kinds[Verdict.PARTIAL], "open": open_, "unseen": kinds[None]}
    return Coverage(**counts, questions=len(asked), of_questions=questions)


def _topics(questions: Sequence[Question], past: Past, cards: dict[str, ReviewCard]) -> tuple[TopicProgress, ...]:
    by_topic: dict[str, list[PointProgress]] = {}
    for question in questions:
        rows = [_point(f"{question.id}/{point.id}", point, past, cards) for point in question.active_points]
        by_topic.setdefault(question.topic, []).extend(rows)
    return tuple(_topic(topic, tuple(points)) for topic, points in by_topic.items())


def _topic(topic: str, points: tuple[PointProgress, ...]) -> TopicProgress:
    seen = sum(point.mastery is not None for point in points)
    return TopicProgress(topic=topic, mastery=_held(points), seen=seen, total=len(points), points=points)


def _held(points: Iterable[PointProgress]) -> float | None:
    seen = [(point.weight, point.mastery) for point in points if point.mastery is not None]
    return sum(weight * share for weight, share in seen) / sum(weight for weight, _ in seen) if seen else None


def _point(point_id: str, point: KeyPoint, past: Past, cards: dict[str, ReviewCard]) -> PointProgress:
    seen = past.verdicts.get(point_id, [])
    verdict = seen[-1] if seen else None
    return PointProgress(
        point_id=point_id,
        point=point.point,
        weight=point.weight,
        mastery=max(0.0, CREDIT[verdict]) if verdict else None,
        verdict=verdict,
        seen_at=past.last_at.get(point_id),
        times=len(seen),
        lately=tuple(seen[-LATELY:]),
        due_at=cards[point_id].due_at if point_id in cards else None,
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
