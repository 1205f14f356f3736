"""The night before: one page of what one holds, what to look at once more, and what not to say. Nothing on it is new.

Chosen by weight and by the latest verdict, short enough for one printed page: the limits below are what fits on A4 and on Letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from textwrap import shorten

from greenroom.assess.assessment import Assessment, FoundMisconception, Verdict
from greenroom.bank.question import Question, Value
from greenroom.paper.document import Block, Document, Heading, Paragraph, listing
from greenroom.review.progress import PointProgress, Progress

HELD, OPEN, UNLEARN, OPENINGS = 5, 5, 3, 3
LONGEST, LONGEST_MORE = 170, 105
"""Characters of a line and of what stands under it; longer ones end after a word, in an ellipsis."""
HABITS = {
    "answer_first": "Open with the answer; explain after it.",
    "succinct": "Say it once, then stop. A pause does the work of a filler.",
    "plain": "When a technical word comes, say in five plain words what it means.",
    "example": "Have one case ready: who, what, how much.",
}
ENOUGH_HABIT = 3
"""Answers among the latest that show a habit before it is named."""


class Line(Value):
    """``text`` to read, ``more`` under it."""

    text: str
    more: str = ""


class Eve(Value):
    """``openings``: first sentences of one's own best answers. ``habit``: the one thing about how it is said."""

    company: str
    role: str
    on: date | None
    held: tuple[Line, ...]
    open: tuple[Line, ...]
    unlearn: tuple[Line, ...]
    openings: tuple[Line, ...]
    habit: str | None

    @property
    def empty(self) -> bool:
        return not (self.held or self.open or self.unlearn or self.openings)


def make_eve(
    progress: Progress, questions: Mapping[str, Question], lately: Sequence[Assessment], openings: Sequence[Line], for_whom: tuple[str, str]
) -> Eve:
    """``lately``: judgements of the latest answers that may be shown, newest first. ``for_whom``: company and role."""
    met = [point for topic in progress.topics for point in topic.points if point.verdict is not None]
    company, role = for_whom
    return Eve(
        company=company,
        role=role,
        on=progress.forecast.on,
        held=tuple(_line(point.point) for point in _first(met, (Verdict.HIT,), HELD)),
        open=tuple(
            _line(point.point, _ask(point, questions)) for point in _first(met, (Verdict.WRONG, Verdict.MISSED, Verdict.PARTIAL), OPEN)
        ),
        unlearn=tuple(_unlearn(lately))[:UNLEARN],
        openings=tuple(_line(line.text, line.more) for line in openings[:OPENINGS]),
        habit=_habit(lately),
    )


def _first(points: Sequence[PointProgress], kinds: Sequence[Verdict], most: int) -> list[PointProgress]:
    """The heaviest; among those the gravest verdict, then the latest seen. One a question, as far as that fills the list."""
    found = [point for point in points if point.verdict in kinds]
    found.sort(key=lambda p: (-p.weight, kinds.index(p.verdict or Verdict.HIT), -(p.seen_at.timestamp() if p.seen_at else 0), p.point_id))
    firsts = {point.point_id.partition("/")[0]: point for point in reversed(found)}
    ranked = [p for p in found if firsts[p.point_id.partition("/")[0]] is p]
    return (ranked + [p for p in found if p not in ranked])[:most]


def _ask(point: PointProgress, questions: Mapping[str, Question]) -> str:
    question = questions.get(point.point_id.partition("/")[0])
    return question.ask if question else ""


def _line(text: str, more: str = "") -> Line:
    return Line(text=_short(text, LONGEST), more=_short(more, LONGEST_MORE))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else shorten(text, most, placeholder=" …")


def still_said(lately: Sequence[Assessment]) -> Iterator[tuple[str, FoundMisconception]]:
    """What was last stated and is not so, with the question's id; not what a later answer to the same question no longer says.

    ``lately``: newest first.
    """
    answered = set[str]()
    for found in lately:
        if found.question_id not in answered:
            answered.add(found.question_id)
            yield from ((found.question_id, wrong) for wrong in found.misconceptions)


def _unlearn(lately: Sequence[Assessment]) -> Iterator[Line]:
    """Once each."""
    told = set[str]()
    for _, wrong in still_said(lately):
        if wrong.id not in told:
            told.add(wrong.id)
            yield _line(wrong.correction, f"You said: “{_short(wrong.quote, LONGEST_MORE - 14)}”")


def _habit(lately: Sequence[Assessment]) -> str | None:
    talk = [found.communication for found in lately[:20] if found.communication]
    counts = {side: sum(getattr(each, side).good is False for each in talk) for side in HABITS}
    side = max(HABITS, key=lambda each: counts[each])
    return HABITS[side] if counts[side] >= ENOUGH_HABIT else None


def write_eve(eve: Eve) -> Document:
    return Document("The night before", tuple(_blocks(eve)), "page")


def _blocks(eve: Eve) -> Iterator[Block]:
    yield Heading(1, "The night before")
    whom = ", ".join(each for each in (eve.role, eve.company) if each)
    when = f"{eve.on.day} {eve.on:%B} {eve.on.year}" if eve.on else ""
    yield Paragraph(". ".join(each for each in (whom, when) if each) or "Read it once, then put it away.", quiet=True)
    if eve.empty:
        yield Paragraph(
            "There is nothing to sum up yet. Answer a few questions, and this page fills with what you hold and what to look at again."
        )
        return
    parts = (
        ("You hold these", eve.held),
        ("Look at these once more", eve.open),
        ("It is not so; this is", eve.unlearn),
        ("You have opened well with", eve.openings),
    )
    for title, lines in parts:
        if lines:
            yield Heading(2, title)
            yield listing([(line.text, line.more) for line in lines])
    if eve.habit:
        yield Heading(2, "How to say it")
        yield Paragraph(eve.habit)
    yield Paragraph("Nothing on this page is new to you. Read it once, then sleep.", quiet=True)
