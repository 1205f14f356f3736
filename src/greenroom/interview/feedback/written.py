"""The debrief as a document that leaves the house: everything the page shows of it, in the same words. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from greenroom.assess.assessment import Aspect, Communication
from greenroom.assess.scale import BANDS, RATING_STEP, VERDICTS
from greenroom.interview.attempt import Dispute
from greenroom.interview.debrief import PointRow, QuestionReport, Report, TurnReport
from greenroom.interview.feedback.beside import STANDINGS, Beside
from greenroom.interview.feedback.rewrite import REASONS, Rewrite
from greenroom.interview.feedback.ways import WAYS
from greenroom.paper.document import Block, Document, Heading, Paragraph, Quote, Table, listing

TITLES = {"mock": "Debrief of a mock interview", "drill": "Notes on a drill", "review": "Notes on a review"}
SIDES = {
    "answer_first": "Answer first",
    "succinct": "Succinct",
    "plain": "Plain language",
    "example": "Example",
    "fit": "Fits the company",
    "speech": "Speech",
}
UNJUDGED = {True: "There is no score yet.", False: "Nothing was judged."}
"""By whether an answer still waits, to be judged or to be rated."""
GOODS = {True: "good", False: "to work on", None: "not judged"}


def write_report(report: Report) -> Document:
    """What may not be shown yet is not in it, since it is not in ``report``."""
    title = TITLES[report.mode]
    return Document(f"{title}, {day(report.started_at)}", tuple(_pages(report, title)))


def day(value: date | datetime) -> str:
    local = value.astimezone() if isinstance(value, datetime) else value
    return f"{local.day} {local:%B} {local.year}"


def _pages(report: Report, title: str) -> Iterator[Block]:
    yield Heading(1, title)
    graders = ", ".join(f"{by.name} {by.version}" for by in report.graders)
    judged = f"Judged by {graders}." if graders else UNJUDGED[bool(report.counts.get("waiting") or report.counts.get("sealed"))]
    yield Paragraph(f"{day(report.started_at)}. {judged}", quiet=True)
    if report.overall is not None:
        answers = f"{report.answers} judged answer{'' if report.answers == 1 else 's'}"
        yield Paragraph(f"{report.overall:.0f} of 100, {BANDS[report.band or 0].lower()}, over {answers}.")
        if report.rated_says:
            yield Paragraph(report.rated_says)
    if len(report.questions) > 1:
        drill = report.drill.drill if report.drill else None
        yield from _advice([a.text for a in report.strengths], [a.text for a in report.fixes])
        if drill:
            yield from _drill(drill.do, drill.due_on)
    for question in report.questions:
        yield from _question(question)


def _question(question: QuestionReport) -> Iterator[Block]:
    yield Heading(2, f"{question.number}. {question.ask}")
    for turn in question.turns:
        if turn.kind != "question":
            name = WAYS[turn.way].made if turn.way else {"follow_up": "Follow-up", "redo": "Once more"}[turn.kind]
            yield Heading(3, name if turn.kind == "redo" else f"{name}: {turn.ask}")
        yield from _turn(turn)
    if question.model_answers and question.model_answers.alike:
        yield Heading(3, "A model answer")
        yield Paragraph(question.model_answers.plain)
    elif question.model_answers:
        yield Heading(3, "A model answer, in plain words")
        yield Paragraph(question.model_answers.plain)
        yield Heading(3, "A model answer, technical")
        yield Paragraph(question.model_answers.technical)


def _turn(turn: TurnReport) -> Iterator[Block]:
    yield from _standing(turn)
    if turn.text:
        yield Heading(3, "What was said")
        yield Quote(turn.text)
    if turn.points:
        yield Table(("Key point", "Verdict", "Your words, or why it matters"), tuple(_point(point) for point in turn.points))
    for wrong in turn.misconceptions:
        stop = "" if wrong.quote.rstrip()[-1:] in ".!?…" else "."
        yield Paragraph(f"Worth unlearning: “{wrong.quote}”{stop} {wrong.correction}{_objections(wrong.disputes)}")
    yield from _advice(turn.strengths, turn.fixes)
    if turn.drill:
        yield from _drill(turn.drill.do, turn.drill.due_on)
    yield from _lesson(turn)
    if turn.graded_by:
        by = turn.graded_by
        yield Paragraph(f"Judged by {by.name} {by.version}, rubric {by.rubric_hash}.", quiet=True)


def _standing(turn: TurnReport) -> Iterator[Block]:
    if turn.overall is None:
        yield Paragraph(f"{turn.reason or ''} {turn.says}".strip())
    else:
        own = f" You gave yourself {turn.self_rating} of 5 ({turn.self_rating * RATING_STEP})." if turn.self_rating else ""
        yield Paragraph(f"{turn.overall:.0f} of 100, {BANDS[turn.band or 0].lower()}.{own}")
    if turn.delta:
        yield Paragraph(f"Against the time before: {turn.delta.says}")
    if turn.aim:
        yield Paragraph(turn.aim.says)
        yield listing([(f"{check.name}: {GOODS[check.side.good]}", check.side.note) for check in turn.aim.checks])


def _lesson(turn: TurnReport) -> Iterator[Block]:
    if turn.rewrite:
        yield from _rewrite(turn.rewrite)
    if turn.beside:
        yield from _beside(turn.beside)
    if turn.communication:
        yield from _said(turn.communication)


def _point(point: PointRow) -> tuple[str, str, str]:
    was = f" (before: {VERDICTS[point.before.value].lower()})" if point.before and point.change in ("better", "worse") else ""
    words = f"“{point.quote}”" if point.quote else point.because or ""
    return point.point, VERDICTS[point.verdict.value] + was, words + _objections(point.disputes)


def _objections(disputes: Sequence[Dispute]) -> str:
    return "".join(f" Objection: {each.view}" for each in disputes)


def _advice(strengths: Sequence[str], fixes: Sequence[str]) -> Iterator[Block]:
    if strengths:
        yield Heading(3, "Keep")
        yield listing(list(strengths))
    if fixes:
        yield Heading(3, "Change")
        yield listing(list(fixes))


def _drill(do: str, due_on: date | None) -> Iterator[Block]:
    yield Heading(3, f"One drill, for {day(due_on)}" if due_on else "One drill")
    yield Paragraph(do)


def _rewrite(found: Rewrite) -> Iterator[Block]:
    yield Heading(3, "The answer again, in these same words")
    yield Quote(found.text)
    yield Paragraph(" ".join(found.says), quiet=True)
    if found.cut:
        yield listing([(f"“{cut.text.strip()}”", f"cut: {REASONS[cut.reason]}") for cut in found.cut])


def _beside(found: Beside) -> Iterator[Block]:
    yield Heading(3, "Beside the model answer")
    yield Paragraph(found.says)
    rows = tuple((row.point, STANDINGS[row.standing], row.yours or "", row.model or "") for row in found.rows)
    yield Table(("Key point", "Who says it", "You", "The model answer"), rows)


def _said(found: Communication) -> Iterator[Block]:
    sides: list[tuple[str, Aspect | None]] = [(name, getattr(found, key)) for key, name in SIDES.items()]
    yield Heading(3, "How it was said (beside the score, never in it)")
    yield listing([(f"{name}: {GOODS[side.good]}", side.note) for name, side in sides if side is not None])
