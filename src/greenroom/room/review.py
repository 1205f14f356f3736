"""``room.review``: what is due, and how far one has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from greenroom.assess.assessment import Verdict
from greenroom.errors import InputError
from greenroom.interview.attempt import Attempt
from greenroom.interview.feedback.evidence import best_openings
from greenroom.interview.session import Planned
from greenroom.paper.forms import Form, Paper, to_paper
from greenroom.review.ahead import Agenda
from greenroom.review.card import ReviewCard
from greenroom.review.eve import OPENINGS, Eve, Line, make_eve, still_said, write_eve
from greenroom.review.past import PastAnswer, make_entries
from greenroom.review.progress import Progress, make_progress
from greenroom.review.seen import SeenSession
from greenroom.review.sitting import Due, Sitting, make_sitting, ranked
from greenroom.room.parts import Parts
from greenroom.room.views import DuePoint, may_show

MOST = 100_000
"""Answers and sessions that progress is made from: more than anybody gives."""
LATELY = 120
"""Answers, and rehearsals, that the night before looks back on."""
SEALED_DAYS = 7
"""An open rehearsal left unrated for longer is taken as abandoned: its points may come back."""


class Lived(NamedTuple):
    """What was answered and rehearsed, and when it comes back: as much of it as may be shown."""

    history: Sequence[PastAnswer]
    sessions: Sequence[SeenSession]
    cards: Sequence[ReviewCard]


def no_plan(owner_id: str, lived: Lived) -> Agenda | None:
    return None


class ReviewRoom:
    """``agenda``: the plan that somebody began, made from what they lived through; without it the forecast knows no plan."""

    def __init__(self, parts: Parts, agenda: Callable[[str, Lived], Agenda | None] = no_plan) -> None:
        self._parts, self._agenda = parts, agenda

    def due(self, owner_id: str) -> list[DuePoint]:
        """Points due today (by this machine's time zone), what costs most in the interview first; without one, most overdue first."""
        return due_points(self._parts, owner_id, end_of_day(self._parts.clock()))

    def sitting(self, owner_id: str, due: int) -> Sitting:
        """How many of so many due points make one review, and what is said of the rest."""
        return make_sitting(due, self._parts.clock().astimezone().date(), self._parts.store.get().get_profile(owner_id).interview_on)

    def progress(self, owner_id: str) -> Progress:
        store, now, since = self._parts.store.get(), self._parts.clock().astimezone(), self._parts.pasts.since(owner_id)
        questions, sessions = self._parts.bank.get().questions(), store.list_seen_sessions(owner_id, limit=MOST)
        cards = shown_cards(self._parts, owner_id, store.list_cards(owner_id))
        entries = make_entries(store.list_seen(owner_id, limit=MOST), sessions)
        interview_on = store.get_profile(owner_id).interview_on
        with self._parts.pasts.reach(owner_id, (questions, now.tzinfo), entries, len(sessions), since) as past:
            agenda = self._agenda(owner_id, Lived(past.whole, sessions, cards))
            found = make_progress(questions, past, cards, now, interview_on, agenda)
        return found.model_copy(update={"due": len(_due_cards(self._parts, cards, end_of_day(now)))})

    def eve(self, owner_id: str) -> Eve:
        """The night before: what one holds, what to look at once more, what not to say."""
        store, questions = self._parts.store.get(), {q.id: q for q in self._parts.bank.get().questions()}
        shown = _shown_lately(self._parts, owner_id)
        openings = [Line(text=text, more=ask) for ask, text in best_openings(shown, questions, OPENINGS)]
        profile = store.get_profile(owner_id)
        judged = [attempt.assessment for attempt in shown if attempt.assessment]
        return make_eve(self.progress(owner_id), questions, judged, openings, (profile.company, profile.role))

    def eve_paper(self, owner_id: str, form: Form) -> Paper:
        found = self.eve(owner_id)
        return to_paper(write_eve(found), found, "greenroom-night-before", form)

    def export_weak(self, owner_id: str, path: Path) -> int:
        """One's weak points, and what one last said that is not so, as a deck for Anki; how many notes.

        Raises ConflictError, InputError (also where there is none).
        """
        from greenroom.bank.anki import notes, weak_notes, write_deck  # only where a deck is made

        bank, topics = self._parts.bank.get(), self.progress(owner_id).topics
        weak = {point.point_id for topic in topics for point in topic.points if point.verdict not in (None, Verdict.HIT)}
        judged = [attempt.assessment for attempt in _shown_lately(self._parts, owner_id) if attempt.assessment]
        weak |= {f"{question_id}/{wrong.id}" for question_id, wrong in still_said(judged)}
        if not weak:
            raise InputError("There is no weak point to make a card of.", "Answer a question; what you miss becomes one.")
        return write_deck(
            weak_notes(notes(bank, bank.questions()), bank, weak), path, self._parts.clock(), "Your weak points in greenroom."
        )


def _shown_lately(parts: Parts, owner_id: str) -> list[Attempt]:
    """The latest answers whose judgement may be shown, newest first."""
    store = parts.store.get()
    sessions = {session.session_id: session for session in store.list_sessions(owner_id, limit=LATELY)}
    given = reversed(store.list_attempts(owner_id, limit=LATELY))
    return [a for a in given if a.assessment and (session := sessions.get(a.session_id)) and may_show(a, session)]


def end_of_day(now: datetime) -> datetime:
    return now.astimezone().replace(hour=23, minute=59, second=59, microsecond=999_999)


def due_points(parts: Parts, owner_id: str, until: datetime) -> list[DuePoint]:
    """What costs most in the interview first. Cards whose point is no longer in the bank are passed over."""
    store, now = parts.store.get(), parts.clock().astimezone()
    due = _due_cards(parts, shown_cards(parts, owner_id, store.list_cards(owner_id)), until)
    return [_due_point(each) for each in ranked(due, now, store.get_profile(owner_id).interview_on)]


def _due_cards(parts: Parts, cards: Sequence[ReviewCard], until: datetime) -> list[Due]:
    bank, today = parts.bank.get(), until.astimezone()
    due = (card for card in cards if card.due_at <= until and not _made_on(today, card))
    return [Due(card, *known) for card in due if (known := bank.find_active_point(card.point_id))]


def _due_point(due: Due) -> DuePoint:
    card, question, point = due
    return DuePoint(
        point_id=card.point_id, question=question, local_id=point.id, point=point.point, due_at=card.due_at,
        last_verdict=card.last_verdict.value, ask=next((f.ask for f in question.follow_ups if f.point_id == point.id), question.ask),
    )  # fmt: skip


def _made_on(today: datetime, card: ReviewCard) -> bool:
    """On the eve of the interview nothing can be put off to another day; what was made today is done with all the same."""
    return card.last_verdict is Verdict.HIT and card.reviewed_at.astimezone(today.tzinfo).date() == today.date()


def planned(due: DuePoint) -> Planned:
    """Ask for one point only, in the words of its follow-up."""
    return Planned(question_id=due.question.id, ask=due.ask, point_id=due.local_id)


def shown_cards(parts: Parts, owner_id: str, cards: Sequence[ReviewCard]) -> list[ReviewCard]:
    """Cards under their points' present ids, without those whose latest verdict may not be shown yet."""
    sealed = _sealed_points(parts, owner_id)
    return [card for card in _renamed(parts, cards).values() if card.point_id not in sealed]


def find_cards(parts: Parts, owner_id: str, point_ids: Sequence[str]) -> Mapping[str, ReviewCard]:
    """The cards of points, also those kept under a former id."""
    bank = parts.bank.get()
    names = [*point_ids, *chain.from_iterable(bank.former_ids(point_id) for point_id in point_ids)]
    return _renamed(parts, list(parts.store.get().find_cards(owner_id, names).values()))


def _renamed(parts: Parts, cards: Sequence[ReviewCard]) -> dict[str, ReviewCard]:
    """By present id; where a point has a card under both its ids, the present one counts."""
    bank = parts.bank.get()
    known = {card.point_id: card for card in cards if bank.present_id(card.point_id) == card.point_id}
    for card in cards:
        present = bank.present_id(card.point_id)
        if present not in known:
            known[present] = card.model_copy(update={"point_id": present})
    return known


def _sealed_points(parts: Parts, owner_id: str) -> set[str]:
    """Points judged in a rehearsal that still goes on and whose score may not be shown."""
    store, recent = parts.store.get(), parts.clock() - timedelta(days=SEALED_DAYS)
    going = [s for s in store.list_sessions(owner_id) if not s.ended and s.started_at > recent]
    sealed = {turn.answer_id for s in going for turn in s.turns if turn.answer_id and not s.may_show_score(turn)}
    return {event.point_id for event in store.list_events(owner_id) if event.answer_id in sealed} if sealed else set()
