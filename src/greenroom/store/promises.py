"""What the rest of greenroom relies on in values it stored itself, checked for values that come from outside.

A page shows a session by its first question, a quote by its span, a link by its id; the queue goes on from a card's memory. A stranger's
archive that breaks one of these would come in whole and make pages fail later. Not checked: whether a judgement is a fair one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from fsrs import Card

from greenroom.assess.assessment import Assessment
from greenroom.errors import ArchiveError
from greenroom.interview.attempt import Attempt
from greenroom.interview.session import Session
from greenroom.review.card import ReviewCard

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
KEY = re.compile(r"[0-9A-Za-z_-]{1,64}")
"""Of a session, a turn, an answer: they stand in addresses and headers."""
QUESTION = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
POINT = re.compile(rf"{QUESTION.pattern}/{QUESTION.pattern}")
TURNS_LIMIT = 3_000
"""More than 50 questions with all the redos and follow-ups that the interview allows."""
SECONDS_LIMIT = 1e9
STABILITY_DAYS = (1e-4, 1e6)


def check_promises(sessions: Sequence[Session], attempts: Sequence[Attempt], cards: Iterable[ReviewCard], point_ids: Iterable[str]) -> None:
    """Raises ArchiveError, naming the thing. ``point_ids``: of the history of reviews."""
    for session in sessions:
        _refuse(session.session_id, _wrong_session(session))
    turns = {(s.session_id, turn.turn_id): turn for s in sessions for turn in s.turns}
    for attempt in attempts:
        turn = turns.get((attempt.session_id, attempt.turn_id))
        if turn is None or (turn.answer_id, turn.question_id) != (attempt.answer_id, attempt.question_id):
            _refuse(attempt.answer_id, ["an answer that its turn does not name"])
        _refuse(attempt.answer_id, _wrong_attempt(attempt))
    for card in cards:
        _refuse(card.point_id, _wrong_card(card))
    for point_id in point_ids:
        _refuse(point_id, [] if POINT.fullmatch(point_id) else ["a point's id that is none"])


def _refuse(name: str, wrong: Iterable[str]) -> None:
    for what in wrong:
        raise ArchiveError(f"The archive holds {what} (“{name[:64]}”).")


def _wrong_session(session: Session) -> Iterator[str]:
    turns = session.turns
    if not turns or turns[0].kind != "question":
        yield "a session without a first question"
    if max(len(turns), len(session.plan)) > TURNS_LIMIT:
        yield f"a session of more than {TURNS_LIMIT:,} turns"
    answered = [turn.answer_id for turn in turns if turn.answer_id is not None]
    if len({turn.turn_id for turn in turns}) != len(turns) or len(set(answered)) != len(answered):
        yield "a session with a turn or an answer twice"
    if not all(KEY.fullmatch(key) for key in (session.session_id, *answered, *(turn.turn_id for turn in turns))):
        yield "a session with an id that is none"
    if not all(QUESTION.fullmatch(name) for name in [*(turn.question_id for turn in turns), *(each.question_id for each in session.plan)]):
        yield "a session with a question's id that is none"


def _wrong_attempt(attempt: Attempt) -> Iterator[str]:
    if abs(attempt.seconds or 0.0) > SECONDS_LIMIT:
        yield "an answer that took longer than a life"
    if attempt.assessment is not None:
        yield from _wrong_assessment(attempt.assessment, attempt)


def _wrong_assessment(found: Assessment, attempt: Attempt) -> Iterator[str]:
    if found.question_id != attempt.question_id:
        yield "a judgement of another question"
    ids = [*(point.id for point in found.points), *(wrong.id for wrong in found.misconceptions)]
    ids += [each.point_id for each in (found.follow_up, found.drill) if each is not None]
    if not all(QUESTION.fullmatch(each) for each in ids):
        yield "a judgement with a point's id that is none"
    for quote, span in _quotes(found):
        if span is not None and attempt.text[slice(*span)] != quote:
            yield "a quote that is not where it says"


def _quotes(found: Assessment) -> Iterator[tuple[str | None, tuple[int, int] | None]]:
    yield from ((point.quote, point.span) for point in found.points)
    yield from ((wrong.quote, wrong.span) for wrong in found.misconceptions)
    said = found.communication
    for aspect in (said.answer_first, said.succinct, said.plain, said.example, said.fit, said.speech) if said else ():
        if aspect is not None:
            yield aspect.quote, aspect.span


def _wrong_card(card: ReviewCard) -> Iterator[str]:
    if not POINT.fullmatch(card.point_id):
        yield "a card with a point's id that is none"
    if not _is_memory(card.fsrs):
        yield "a card that cannot be gone on from"


def _is_memory(fsrs: Mapping[str, Any]) -> bool:
    """What FSRS reads, within its own bounds: beyond them its dates overflow."""
    try:
        memory = Card.from_dict(cast(Any, fsrs))
        times = (memory.due, memory.last_review)
        low, high = STABILITY_DAYS
        return (
            all(time is not None and EARLIEST <= time <= LATEST for time in times)
            and memory.stability is not None
            and low <= memory.stability <= high
            and memory.difficulty is not None
            and 1 <= memory.difficulty <= 10
        )
    except (AttributeError, LookupError, TypeError, ValueError):
        return False
