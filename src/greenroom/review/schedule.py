"""When a key point comes back: FSRS per point, never later than the day before the interview.

The scheduler is the library ``fsrs`` with its published default parameters, fuzzing off (the same history gives the same dates) and without
same-day steps: a rehearsal asks a point at most once a sitting, so every interval is whole days. Only the last day before the interview is
different: there, what was not made comes back after ``LAST_DAY_STEP``, what was made by the end of the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from fsrs import Card, Rating, Scheduler

from greenroom.assess.assessment import Assessment, Verdict
from greenroom.review.card import ReviewCard, ReviewEvent

RATINGS = {Verdict.HIT: Rating.Good, Verdict.PARTIAL: Rating.Hard, Verdict.MISSED: Rating.Again, Verdict.WRONG: Rating.Again}
LAST_DAY_STEP = timedelta(minutes=10)
"""The relearning step of FSRS's defaults."""

_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


def schedule(
    cards: Mapping[str, ReviewCard],
    question_id: str,
    assessment: Assessment,
    answer_id: str,
    at: datetime,
    interview_on: date | None = None,
) -> tuple[list[ReviewCard], list[ReviewEvent]]:
    """The cards as they are after an assessment, and the reviews to keep; only of points that were judged.

    Args:
        cards: the cards so far, by global point id (``question_id/point_id``); a point without one gets its first.
        question_id: whose points these are.
        at: when it was answered or assessed, aware.
        interview_on: the day of the interview; one that is not after ``at`` caps nothing.
    """
    if assessment.status == "abstained":
        return [], []
    new_cards, events = [], []
    for point in assessment.points:
        if point.verdict not in RATINGS:
            continue
        point_id = f"{question_id}/{point.id}"
        new_cards.append(_review(cards.get(point_id), point_id, point.verdict, at, interview_on))
        events.append(ReviewEvent(point_id=point_id, verdict=point.verdict, reviewed_at=at, answer_id=answer_id))
    return new_cards, events


def redate(cards: Iterable[ReviewCard], interview_on: date | None, at: datetime) -> list[ReviewCard]:
    """The cards whose day changes because the interview was set, moved or called off: to be saved again."""
    dated = [(card, card.model_copy(update={"due_at": _capped(_memory(card), card.last_verdict, at, interview_on)})) for card in cards]
    return [new for old, new in dated if new.due_at != old.due_at]


def _review(card: ReviewCard | None, point_id: str, verdict: Verdict, at: datetime, interview_on: date | None) -> ReviewCard:
    at = at.astimezone(UTC)
    before = _memory(card) if card else Card(card_id=0, due=at)  # an id of its own would be read from the clock
    after, _ = _SCHEDULER.review_card(before, RATINGS[verdict], at)
    forgotten = card is not None and card.last_verdict in (Verdict.HIT, Verdict.PARTIAL) and RATINGS[verdict] is Rating.Again
    return ReviewCard(
        point_id=point_id,
        due_at=_capped(after, verdict, at, interview_on),
        last_verdict=verdict,
        reviewed_at=at,
        repetitions=card.repetitions + 1 if card else 1,
        lapses=(card.lapses if card else 0) + forgotten,
        fsrs=dict(after.to_dict()),
    )


def _memory(card: ReviewCard) -> Card:
    return Card.from_dict(cast(Any, card.fsrs))


def _capped(memory: Card, verdict: Verdict, at: datetime, interview_on: date | None) -> datetime:
    """FSRS's own date, or the start of the day before the interview (UTC) if that is earlier."""
    today = at.astimezone(UTC).date()
    if interview_on is None or interview_on <= today:
        return memory.due
    last_day = interview_on - timedelta(days=1)
    if last_day > today:
        return min(memory.due, datetime.combine(last_day, time.min, UTC))
    end_of_day = datetime.combine(last_day, time.max, UTC)
    soon = end_of_day if verdict is Verdict.HIT else min(at.astimezone(UTC) + LAST_DAY_STEP, end_of_day)
    return min(memory.due, soon)
