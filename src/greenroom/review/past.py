"""What one's answers add up to, so far: added to answer by answer, in order of time, so that the next page need not begin anew.

    Past.of(entries)             all of them, from the first
    past.reach(entries)          the same, by adding only what is new, where these entries begin with those that are in it already

Nothing here can be out of date: whoever asks brings all entries as the store has them now. A rating that was given since, a judgement that
came late, an answer that was erased or brought in from elsewhere makes the beginnings differ, and then it is made anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from operator import attrgetter
from typing import NamedTuple

from greenroom.assess.assessment import Verdict
from greenroom.assess.scale import band, difference
from greenroom.assess.score import CREDIT
from greenroom.bank.question import Question
from greenroom.review.seen import Asked, AskedTurns, Kind, SeenAnswer, SeenPoint, SeenSession

CREDITS = {verdict.value: max(0.0, credit) for verdict, credit in CREDIT.items()}
"""By text: a member of an enum is slow to look up. Wrong is held as little as missed."""


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """A whole answer in the history. ``overall`` None: could not be judged. ``difference``: self-rating×20 − overall. An answer that was to
    be said another way is not in it: a minute holds less, and its score says nothing beside the others.

    A plain dataclass: thousands of them are made for one page, in a fifth of the time of a checked value."""

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


class Standing(NamedTuple):
    """At the end of a day on which something was judged: the credit ``held`` by topic, and the weight of the points ``seen``. Of that day:
    ``first``, the credit of the points first met on it; ``won`` and ``lost``, what those met before gained and lost."""

    on: date
    held: dict[str, float]
    seen: int
    first: float = 0.0
    won: float = 0.0
    lost: float = 0.0


@dataclass(slots=True)
class _Moves:
    """What the day in hand brought so far. ``met``: the points first met on it."""

    on: date | None = None
    met: set[str] = field(default_factory=set)
    first: float = 0.0
    won: float = 0.0
    lost: float = 0.0

    def add(self, point_id: str, change: float) -> None:
        if point_id in self.met:
            self.first += change
        elif change > 0:
            self.won += change
        else:
            self.lost -= change


Entry = tuple[SeenAnswer, Asked]
Reckoning = tuple[tuple[Question, ...], tzinfo | None]
"""By what a past counts: the questions of the bank, and the clock of the days."""


def make_entries(answers: Iterable[SeenAnswer], sessions: Iterable[SeenSession]) -> list[Entry]:
    """In order of time."""
    turns = AskedTurns(sessions)
    return [(answer, turns.find(answer)) for answer in sorted(answers, key=attrgetter("answered_at", "answer_id"))]


class Past:
    """``zone``: on whose clock days are counted.

    Of the answers whose judgement may be shown: ``asked``, their questions; ``whole``, those to a whole question, said freely;
    ``standings``, a row a day; by global point id ``last_at``, when it was last judged, and ``verdicts``, oldest first.
    """

    def __init__(self, questions: tuple[Question, ...], zone: tzinfo | None) -> None:
        self.questions, self.zone = questions, zone
        self.entries: list[Entry] = []
        self.sessions = 0
        self.days, self.asked, self.whole = set[date](), set[str](), list[PastAnswer]()
        self.last_at, self.verdicts = dict[str, datetime](), defaultdict[str, list[Verdict]](list)
        self.standings: list[Standing] = []
        self._topics = {question.id: question.topic for question in self.questions}
        self._weights = {f"{q.id}/{point.id}": (q.topic, point.weight) for q in self.questions for point in q.active_points}
        self._held, self._latest, self._seen, self._moves = dict[str, float](), dict[str, float](), 0, _Moves()

    @property
    def answers(self) -> int:
        return len(self.entries)

    def reach(self, entries: Sequence[Entry], sessions: int) -> Past:
        """Itself, with what is new added; another one, made anew, where these entries do not begin with its own."""
        there = len(self.entries)
        if self.entries != entries[:there]:
            return Past(self.questions, self.zone).reach(entries, sessions)
        for entry in entries[there:]:
            self._add(*entry)
        self.entries, self.sessions = list(entries), sessions
        return self

    def _add(self, answer: SeenAnswer, asked: Asked) -> None:
        on = answer.answered_at.astimezone(self.zone).date()
        self.days.add(on)
        if answer.assessment is None or not asked.shown:
            return
        self.asked.add(answer.question_id)
        if asked.way is None and answer.point_id is None:
            self.whole.append(_whole(answer, answer.assessment.overall, asked, self._topics.get(answer.question_id)))
        points = answer.assessment.points
        self._judge(on, answer.answered_at, points if asked.way is None else _said(points))

    def _judge(self, on: date, at: datetime, points: Sequence[SeenPoint]) -> None:
        if self._moves.on != on:
            self._moves = _Moves(on)
        moves = self._moves
        for point_id, verdict in points:
            self.last_at[point_id] = at
            self.verdicts[point_id].append(verdict)
            if point_id in self._weights:
                topic, weight = self._weights[point_id]
                before = self._latest.get(point_id)
                self._latest[point_id] = credit = weight * CREDITS[verdict.value]
                change = credit - (before or 0.0)
                self._held[topic] = self._held.get(topic, 0.0) + change
                if before is None:
                    self._seen += weight
                    moves.met.add(point_id)
                moves.add(point_id, change)
        if points:
            if self.standings and self.standings[-1].on == on:
                self.standings.pop()
            self.standings.append(Standing(on, dict(self._held), self._seen, moves.first, moves.won, moves.lost))


def _said(points: Sequence[SeenPoint]) -> list[SeenPoint]:
    """What an answer in a minute or in plain words left out was not forgotten."""
    return [point for point in points if point.verdict is not Verdict.MISSED]


def _whole(answer: SeenAnswer, overall: float | None, asked: Asked, topic: str | None) -> PastAnswer:
    return PastAnswer(
        answer_id=answer.answer_id,
        session_id=answer.session_id,
        turn_id=answer.turn_id,
        question_id=answer.question_id,
        topic=topic,
        ask=answer.ask,
        kind=asked.kind,
        answered_at=answer.answered_at,
        overall=overall,
        band=None if overall is None else band(overall),
        self_rating=asked.self_rating,
        difference=difference(asked.self_rating, overall),
    )
