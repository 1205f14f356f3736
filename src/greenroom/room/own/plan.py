"""``room.prep.plan``: the days until the interview. Made anew each time from what was answered; only the choice is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from pydantic import Field

from greenroom.bank.bank import TOPICS
from greenroom.bank.question import Question, Value
from greenroom.prep.days import Choice, Day, DayPlan, Met, Order, Past, make_days
from greenroom.prep.study import Studied
from greenroom.review.ahead import Agenda, Ahead
from greenroom.room.own.papers import PaperRoom
from greenroom.room.parts import Parts
from greenroom.room.review import MOST, Lived, ReviewRoom, shown_cards

MOST_FROM_JOB = 30
"""Questions that a job text brings into a plan, beside the thirteen."""


class PlanView(Value):
    """``choice`` as it was kept, or the one that would be begun today. ``begun``: it was kept. ``asks``: the questions named, by id."""

    plan: DayPlan
    choice: Choice
    begun: bool
    today: date
    interview_on: date | None
    from_job: bool
    asks: Mapping[str, str]
    studied: Annotated[frozenset[str], Field(default_factory=frozenset)]

    @property
    def now(self) -> Day | None:
        """What today asks."""
        return self.plan.find(self.today)


class PlanRoom:
    def __init__(self, parts: Parts, papers: PaperRoom) -> None:
        self._parts, self._papers = parts, papers

    def get(self, owner_id: str) -> PlanView:
        """The plan as it stands today (the day of this machine's time zone)."""
        store, today = self._parts.store.get(), self._parts.clock().astimezone().date()
        kept, on = store.papers.choice(owner_id), store.get_profile(owner_id).interview_on
        choice = kept or Choice(begun_on=today)
        order = self._order(owner_id, choice.order)
        plan = make_days(order, self._past(self._lived(owner_id)), choice, today, on)
        return PlanView(
            plan=plan, choice=choice, begun=kept is not None, today=today, interview_on=on, asks=self._asks(order),
            from_job=choice.order == "job" and bool(store.papers.find(owner_id, "job")), studied=frozenset(self._studied(owner_id)),
        )  # fmt: skip

    def today(self, owner_id: str) -> PlanView | None:
        """The plan, for somebody who set a date or began one; None for whoever just looks around."""
        store = self._parts.store.get()
        wanted = store.papers.choice(owner_id) or store.get_profile(owner_id).interview_on
        return self.get(owner_id) if wanted else None

    def agenda(self, owner_id: str, lived: Lived) -> Agenda | None:
        """The plan that was begun, as a forecast looks at it; None: none was."""
        store, today = self._parts.store.get(), self._parts.clock().astimezone().date()
        choice = store.papers.choice(owner_id)
        if choice is None:
            return None
        order, on = self._order(owner_id, choice.order), store.get_profile(owner_id).interview_on
        plan = make_days(order, self._past(lived), choice, today, on)
        days = tuple(Ahead(day.on, day.new, day.kind == "rest", day.mock) for day in plan.days if day.kind != "interview")
        return Agenda(choice.begun_on, days, plan.rest_on, frozenset(order))

    def choose(self, owner_id: str, order: Order, per_day: int | None = None, *, anew: bool = False) -> PlanView:
        """Keep a choice. The day it was begun stays, unless it is begun ``anew``."""
        store, now = self._parts.store.get(), self._parts.clock()
        kept = store.papers.choice(owner_id)
        begun_on = kept.begun_on if kept and not anew else now.astimezone().date()
        store.ensure_owner(owner_id, now)
        store.papers.save_choice(owner_id, Choice(order=order, begun_on=begun_on, per_day=per_day))
        return self.get(owner_id)

    def _order(self, owner_id: str, order: Order) -> Sequence[str]:
        """The thirteen in order; before them, what the job text asks for, most first."""
        bank = self._parts.bank.get()
        thirteen = [topic for topic in TOPICS if bank.find(topic) is not None]
        view = self._papers.job(owner_id) if order == "job" else None
        wanted = [each.question_id for each in view.reading.questions if each.points][:MOST_FROM_JOB] if view else []
        return list(dict.fromkeys([*wanted, *thirteen]))

    def _asks(self, ids: Sequence[str]) -> dict[str, str]:
        found: list[Question] = [question for each in ids if (question := self._parts.bank.get().find(each))]
        return {question.id: question.ask for question in found}

    def _studied(self, owner_id: str) -> Mapping[str, Studied]:
        return self._parts.store.get().papers.studied(owner_id)

    def _lived(self, owner_id: str) -> Lived:
        store = self._parts.store.get()
        cards = shown_cards(self._parts, owner_id, store.list_cards(owner_id))
        return Lived(ReviewRoom(self._parts).progress(owner_id).history, store.list_seen_sessions(owner_id, limit=MOST), cards)

    def _past(self, lived: Lived) -> Past:
        """Answers whose notes were seen, finished mocks, and when points come back; days by this machine's time zone."""
        met = {past.question_id: Met(past.answered_at.astimezone().date(), past.overall) for past in lived.history}
        ended = [session.ended_at for session in lived.sessions if session.setup.mode == "mock" and session.ended_at]
        bank = self._parts.bank.get()
        due = [card.due_at.astimezone().date() for card in lived.cards if bank.find_active_point(card.point_id)]
        return Past(met=met, mocks=[at.astimezone().date() for at in ended], due=due)
