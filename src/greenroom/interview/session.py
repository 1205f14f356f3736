"""A rehearsal as a value: what was planned, what was asked, what was said when.

Texts of answers and their assessments are not here: a turn names them by ``answer_id``; the store keeps them. Times are aware UTC.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from greenroom.assess.assessment import AskNext, Aspect
from greenroom.bank.question import CV_LINE, Level, Value

Mode = Literal["drill", "mock", "review"]
"""drill: feedback at once · mock: silent until the debrief · review: single points that are due."""
Way = Literal["minute", "plain", "staff"]
"""To whom a thing is said once more: in 60 seconds · to a non-expert · to a staff engineer."""

PlanName = Literal["phone-screen", "deep-dive", "behavioural", "full-loop", "weak-points", "job"]
"""A whole interview with a course of its own; what each asks: ``course/rounds.py``."""
Persona = Literal["house", "warm", "terse", "sceptical", "plain"]
"""Who asks. house: nobody in particular · plain: not technical, wants it in everyday words. Who they are: ``voices/cast.py``."""

Names = Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=50)]
Cast = Annotated[tuple[Persona, ...], Field(max_length=4)]
USUAL_COUNT = 5
USUAL_DEPTH = {"drill": 3, "mock": 0, "review": 0}


class Check(Value):
    """One thing that a way of saying it asks for. ``side``: as for communication, with what it rests on quoted."""

    name: str
    side: Aspect


class Aim(Value):
    """A redo held against its way. ``met`` is None where it could not be judged.

    ``kept``, ``lost``, ``gained``: ids (within the question) of points made before and now, only before, only now.
    """

    way: Way
    met: bool | None
    says: str
    checks: tuple[Check, ...] = ()
    kept: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()


class Setup(Value):
    """What a person chose. ``count`` questions, or as many as fit in ``minutes``; empty ``topics`` or ``question_ids``: all.

    ``plan``: a whole interview; it has its own length, clock and people, where these are not given. ``personas``: who asks, in turn.
    ``follow_ups``: how deep one question is followed up at most. ``clock``: False takes a plan without its clock. ``cv``: a plan asks about
    a line or two of the person's CV, where there is one.
    """

    mode: Mode = "drill"
    topics: Names = ()
    question_ids: Names = ()
    level: Level | None = None
    count: Annotated[int, Field(ge=1, le=50)] | None = None
    minutes: Annotated[int, Field(ge=1, le=180)] | None = None
    plan: PlanName | None = None
    personas: Cast = ()
    follow_ups: Annotated[int, Field(ge=0, le=3)] | None = None
    clock: bool = True
    cv: bool = True

    @property
    def length(self) -> int:
        """How many questions, without a clock."""
        return USUAL_COUNT if self.count is None else self.count

    @property
    def depth(self) -> int:
        """How many follow-ups one question may have, one upon the other."""
        return USUAL_DEPTH[self.mode] if self.follow_ups is None else self.follow_ups


class Planned(Value):
    """A question still to be asked. ``form``: the id of the bank's form, None for the question itself. ``bank_ask``: its wording there,
    where ``ask`` has a line of the person's CV in it. ``point_id``: only that point, in the words of its follow-up.

    ``round``: the part of the interview; ``by``: who asks; ``closing``: asked even when the time is up ("what would you like to ask?").
    """

    question_id: str
    ask: str
    form: str | None = None
    bank_ask: str = ""
    point_id: str | None = None
    round: Annotated[str, Field(max_length=80)] = ""
    by: Persona = "house"
    closing: bool = False


class Need(Value):
    """A point that an answer left open, and how to ask for it. ``heard``: what the person said of it, in their own words."""

    point_id: str
    ask: str
    heard: Annotated[str, Field(max_length=200)] = ""


class Wording(Value):
    """How a connected chat model put a turn: ``line`` before the question, the question as ``ask``.

    Empty texts: the authored ones stand; ``note`` says why, in a sentence for the person.
    """

    by: Annotated[str, Field(max_length=300)]
    line: Annotated[str, Field(max_length=600)] = ""
    ask: Annotated[str, Field(max_length=600)] = ""
    note: Annotated[str, Field(max_length=600)] = ""


class Break(Value):
    """Time that does not count. pause: asked for · away: nothing was heard for long · clock: the machine's clock was set back."""

    kind: Literal["pause", "away", "clock"]
    began_at: datetime
    ended_at: datetime


class Turn(Value):
    """One thing asked, and what became of it."""

    turn_id: str
    kind: Literal["question", "follow_up", "redo"]
    question_id: str
    ask: str
    form: str | None = None
    """The id of the form; in sessions of 0.1 its wording. ``Question.find_form`` knows both."""
    bank_ask: str = ""
    point_id: str | None = None
    redo_of: str | None = None
    way: Way | None = None
    """Of a redo: how the same thing is to be said now."""
    asked_at: datetime
    answer_id: str | None = None
    answered_at: datetime | None = None
    skipped_at: datetime | None = None
    self_rating: Annotated[int, Field(ge=1, le=5)] | None = None
    rating_declined: bool = False
    assessed_at: datetime | None = None
    next_ask: AskNext | None = None
    """The follow-up that the assessment of this answer proposes."""
    round: str = ""
    by: Persona = "house"
    closing: bool = False
    after: str | None = None
    """Of a follow-up: the turn whose answer it takes up."""
    heard: str = ""
    """Of a follow-up: the words it takes up."""
    needs: tuple[Need, ...] = ()
    """What the answer left open, most urgent first: where follow-ups come from."""
    heard_next: str = ""
    """The words that ``next_ask`` takes up."""
    thinking_at: datetime | None = None
    """When the person asked for a moment to think."""
    begun_at: datetime | None = None
    """When the first words of an answer were kept."""
    wording: Wording | None = None
    aim: Aim | None = None
    """How far a redo came that was to be said in one ``way``."""

    @property
    def open(self) -> bool:
        return self.answer_id is None and self.skipped_at is None

    @property
    def told(self) -> str:
        """What was asked, without a line of a CV in it: so it is told to a model and to a connected program."""
        if self.question_id != CV_LINE or self.point_id is not None:
            return self.ask
        return self.bank_ask or self.form or self.ask  # 0.1 kept the bank's wording as the form

    @property
    def rated(self) -> bool:
        """The person has rated themselves, or said they would rather not: the score may be shown."""
        return self.self_rating is not None or self.rating_declined


class Session(Value):
    session_id: str
    setup: Setup
    seed: int
    started_at: datetime
    ended_at: datetime | None = None
    plan: tuple[Planned, ...] = ()
    """What is still to be asked, in order."""
    turns: tuple[Turn, ...] = ()
    paused_at: datetime | None = None
    breaks: tuple[Break, ...] = ()
    seen_at: datetime | None = None
    """The last sign of life: an event, or a draft."""
    shift_seconds: Annotated[float, Field(ge=0, le=1e10, allow_inf_nan=False)] = 0.0
    """What is added to the machine's clock since it was set back: in an interview time only goes forward."""

    @property
    def ended(self) -> bool:
        return self.ended_at is not None

    @property
    def current(self) -> Turn | None:
        """The turn that waits for an answer, if any."""
        return self.turns[-1] if self.turns and self.turns[-1].open and not self.ended else None

    @property
    def ends_at(self) -> datetime | None:
        """When a timed mock closes; breaks put it off. An answer begun before it is always taken whole."""
        minutes = self.setup.minutes
        if not minutes:
            return None
        return self.started_at + timedelta(minutes=minutes) + sum((b.ended_at - b.began_at for b in self.breaks), timedelta())

    def find_turn(self, turn_id: str) -> Turn | None:
        return next((turn for turn in self.turns if turn.turn_id == turn_id), None)

    def find_turn_of(self, answer_id: str) -> Turn | None:
        return next((turn for turn in self.turns if turn.answer_id == answer_id), None)

    def may_show_score(self, turn: Turn) -> bool:
        """First the self-rating, then the score; a mock stays silent until it has ended."""
        return turn.rated and (self.setup.mode != "mock" or self.ended)
