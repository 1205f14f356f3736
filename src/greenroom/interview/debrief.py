"""The shapes of the debrief. Figures are None wherever something was not judged; ``report.py`` makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from greenroom.assess.assessment import AskNext, Communication, Drill, Grader, SecondOpinion, Span, Verdict, Why
from greenroom.bank.question import LabLink, ModelAnswers, Value
from greenroom.interview.attempt import Dispute
from greenroom.interview.feedback.beside import Beside
from greenroom.interview.feedback.rewrite import Rewrite
from greenroom.interview.session import Aim, Mode, Way

State = Literal["judged", "abstained", "skipped", "open", "waiting", "failed", "sealed"]
"""sealed: judged or not, it may not be shown yet · open: never answered · waiting: for its assessment."""
Change = Literal["better", "same", "worse", "unknown"]


class PointRow(Value):
    """One line of the key-point table. ``point_id`` is global, ``id`` the one to dispute by.

    ``because``: why the point matters, where it was missed or wrong. ``before`` and ``change``: against the turn gone back to.
    """

    point_id: str
    id: str
    point: str
    weight: int
    verdict: Verdict
    confidence: float | None
    decided_by: str
    quote: str | None
    span: Span | None
    because: str | None
    source: str | None
    why: Why | None
    second: SecondOpinion | None
    before: Verdict | None
    change: Change | None
    disputes: tuple[Dispute, ...]


class MisconceptionRow(Value):
    id: str
    claim: str
    quote: str
    span: Span
    correction: str
    lab: LabLink | None
    disputes: tuple[Dispute, ...]


class GradedBy(Value):
    """Who graded, by which rubric."""

    name: str
    version: str
    rubric_hash: str


class Delta(Value):
    """Against the turn ``against``: global ids of the points that moved; figures where both were judged."""

    against: str
    overall_before: float | None
    overall_after: float | None
    difference: float | None
    better: tuple[str, ...]
    worse: tuple[str, ...]
    same: tuple[str, ...]
    says: str


class TurnReport(Value):
    """One thing asked. ``says``: its state as a sentence; ``reason``: why it was not judged or failed.

    ``goes_back_to``: the turn of which this is a follow-up or a redo; ``way``: how a redo was to be said, ``aim`` how far it came.
    ``difference`` is self-rating×20 − overall. ``rewrite``: the answer again from its own words; ``beside``: the model answer next to it.
    Everything from ``overall`` on is empty unless ``state`` is "judged" (``graded_by`` and ``communication`` also where it abstained).
    """

    turn_id: str
    kind: Literal["question", "follow_up", "redo"]
    ask: str
    point_id: str | None
    goes_back_to: str | None
    way: Way | None = None
    state: State
    says: str
    reason: str | None
    answer_id: str | None
    text: str | None
    asked_at: datetime
    answered_at: datetime | None
    seconds: float | None
    thought_seconds: float | None = None
    """From asking to the first words that were kept."""
    self_rating: int | None
    rating_declined: bool
    may_rate: bool
    overall: float | None = None
    band: int | None = None
    confidence: float | None = None
    difference: float | None = None
    graded_by: GradedBy | None = None
    points: tuple[PointRow, ...] = ()
    misconceptions: tuple[MisconceptionRow, ...] = ()
    communication: Communication | None = None
    strengths: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    drill: Drill | None = None
    notes: tuple[str, ...] = ()
    follow_up: AskNext | None = None
    delta: Delta | None = None
    aim: Aim | None = None
    rewrite: Rewrite | None = None
    beside: Beside | None = None


class QuestionReport(Value):
    """A question with everything asked about it. ``model_answers``: only after a whole answer whose score may be shown."""

    number: int
    question_id: str
    topic: str | None
    ask: str
    form: str | None
    told: str
    """``ask`` without the line of a CV that may be in it."""
    listens_for: str | None
    lab: LabLink | None
    sources: tuple[str, ...]
    model_answers: ModelAnswers | None
    turns: tuple[TurnReport, ...]


class Advice(Value):
    """``text`` of one turn, where it came from."""

    turn_id: str
    question_id: str
    text: str


class DrillAdvice(Value):
    turn_id: str
    question_id: str
    drill: Drill


class Report(Value):
    """``overall``: mean over the first answers to questions, of the ``answers`` that were judged; None when none was. ``band``: its band.

    ``overall_after_redo``: the same with the latest judged answer in place of the first; None without a judged redo.
    ``self_overall`` and ``rated_difference``: mean of self-rating×20, and of that − overall, over the first answers that have both
    (``rated_says``: in words).
    ``strengths`` and ``fixes`` (two each) and ``drill`` are picked from the questions: strengths of the best answers, the rest of the
    weakest. ``to_rate``: turns whose score waits for a self-rating.
    """

    session_id: str
    mode: Mode
    started_at: datetime
    ended_at: datetime | None
    seconds: float | None
    answers: int
    overall: float | None
    band: int | None
    overall_after_redo: float | None
    self_overall: float | None
    rated_difference: float | None
    rated_says: str | None
    counts: dict[State, int]
    graders: tuple[Grader, ...]
    strengths: tuple[Advice, ...]
    fixes: tuple[Advice, ...]
    drill: DrillAdvice | None
    to_rate: tuple[str, ...]
    questions: tuple[QuestionReport, ...]
