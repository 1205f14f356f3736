"""What the tools take and give. Every id is explicit, every text and number has a limit; unknown arguments are errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from greenroom.assess.assessment import Assessment, Verdict
from greenroom.bank.question import Kind, LabLink, Level, ModelAnswers, Need, Value
from greenroom.interview.session import Mode

IdText = Annotated[str, Field(min_length=1, max_length=64)]
Line = Annotated[str, Field(max_length=120)]
LONGEST_TEXT = 200_000
"""No answer is longer, whatever GREENROOM_ANSWER_LIMIT says."""
Form = Annotated[int, Field(ge=0, le=100, description="0: the question itself; 1 and up: its other forms, as `ask` numbers them.")]
QuestionId = Annotated[IdText, Field(description="As `questions` lists it.")]


@dataclass(frozen=True)
class Tool:
    """One thing that can be asked of the room. ``run`` takes a ``takes`` and gives a ``gives``; it may raise any GreenroomError."""

    name: str
    title: str
    does: str
    takes: type[BaseModel]
    gives: type[BaseModel]
    run: Callable[[Any], BaseModel]
    writes: bool = False


# --- Reading -------------------------------------------------------------------------------------------------------------------------


class QuestionsIn(Value):
    topic: IdText | None = None
    level: Level | None = None
    words: Annotated[str, Field(max_length=1000, description="Questions that speak of these words, best first.")] = ""
    start: Annotated[int, Field(ge=0, le=10_000, description="Leave out so many.")] = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class QuestionLine(Value):
    question_id: str
    topic: str
    level: Level
    kind: Kind
    ask: str
    forms: int


class QuestionsOut(Value):
    """``more``: how many follow."""

    questions: tuple[QuestionLine, ...]
    more: int
    topics: tuple[str, ...]


class AskIn(Value):
    question_id: QuestionId
    form: Form = 0


class FormLine(Value):
    form: int
    ask: str
    needs: tuple[Need, ...]


class AskOut(Value):
    """What to say to the candidate. ``needs``: what an answer must draw on besides knowledge."""

    question_id: str
    form: int
    ask: str
    topic: str
    level: Level
    kind: Kind
    needs: tuple[Need, ...]
    other_forms: tuple[FormLine, ...]
    then: str


class AssessIn(Value):
    question_id: QuestionId
    answer: Annotated[str, Field(max_length=LONGEST_TEXT, description="The candidate's own words, unchanged.")]
    form: Form = 0
    company: Annotated[Line, Field(description="The company that the answer should fit.")] = ""
    role: Annotated[Line, Field(description="The role that it should fit.")] = ""


class DueIn(Value):
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class DueLine(Value):
    """A key point that comes back today, with what to ask; what would be right is not said."""

    point_id: str
    question_id: str
    ask: str
    due_at: datetime
    last_verdict: str


class DueOut(Value):
    due: tuple[DueLine, ...]
    more: int
    next_due_at: datetime | None


class ExplainIn(Value):
    question_id: QuestionId
    answer_id: Annotated[IdText | None, Field(description="An answer that is kept; without it, the latest one assessed here.")] = None


class PointOut(Value):
    """``nearest``: the wording of the rubric that the answer came nearest to. ``lab``: a lab that shows the point."""

    id: str
    point: str
    weight: int
    because: str
    source: str
    verdict: Verdict
    quote: str | None
    nearest: str | None
    lab: LabLink | None


class MisconceptionOut(Value):
    """``quote``: where the answer says it; null: it does not."""

    id: str
    claim: str
    correction: str
    source: str
    quote: str | None
    lab: LabLink | None


class ExplainOut(Value):
    question_id: str
    ask: str
    listens_for: str
    overall: float | None
    points: tuple[PointOut, ...]
    misconceptions: tuple[MisconceptionOut, ...]
    model_answers: ModelAnswers
    sources: tuple[str, ...]


# --- Writing -------------------------------------------------------------------------------------------------------------------------


class StartIn(Value):
    mode: Mode = "drill"
    topics: Annotated[tuple[IdText, ...], Field(max_length=50)] = ()
    question_ids: Annotated[tuple[IdText, ...], Field(max_length=50)] = ()
    level: Level | None = None
    count: Annotated[int, Field(ge=1, le=50)] = 5
    minutes: Annotated[int, Field(ge=1, le=180)] | None = None


class OpenTurn(Value):
    turn_id: str
    question_id: str
    ask: str
    kind: str


class RehearsalOut(Value):
    """``open``: what is asked now; null: nothing is. ``line``: what the interviewer says."""

    session_id: str
    mode: Mode
    ended: bool
    line: str
    open: OpenTurn | None
    follow_up: str | None


class AnswerIn(Value):
    session_id: IdText
    turn_id: IdText
    submission_id: Annotated[
        str, Field(pattern=r"^[0-9a-zA-Z-]{8,64}$", description="A UUID that you make; sending it again changes nothing.")
    ]
    text: Annotated[str, Field(max_length=LONGEST_TEXT, description="The candidate's own words, unchanged.")]
    self_rating: Annotated[
        int | None, Field(ge=1, le=5, description="How the candidate rates it before the score is shown; null: would rather not.")
    ]


class AnswerOut(Value):
    """The answer is on disk. ``status``: pending and running are still to be read. ``assessment``: null until the score may be shown."""

    answer_id: str
    saved_at: datetime
    repeated: bool
    status: str
    assessment: Assessment | None


class GoOnIn(Value):
    session_id: IdText
    turn_id: Annotated[IdText, Field(description="The turn that the candidate is looking at.")]
    to: Annotated[str, Field(pattern="^(next|follow-up|redo|skip)$", description="next, follow-up, redo or skip.")] = "next"


class EndIn(Value):
    session_id: IdText
