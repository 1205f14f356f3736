"""How an assessment looks in the terminal: the answer with its quotes in place, the points, what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from greenroom.assess.assessment import Aspect, Assessment, Span
from greenroom.bank.question import Question
from greenroom.cli.terminal import VERDICT_SIGN, VERDICT_STYLE, plain, say, with_quotes

ASPECTS = {
    "answer_first": "answer first",
    "succinct": "succinct",
    "plain": "plain language",
    "example": "example",
    "fit": "fit",
    "speech": "speech",
}


def feedback(question: Question, answer: str, found: Assessment, *, explain: bool = False) -> Iterator[RenderableType]:
    """Everything said about one answer, top to bottom."""
    yield _heading(found)
    if found.status == "abstained":
        yield say(f"{found.reason or ''} This is not a zero: it could not be judged.", "yellow")
        return
    yield Padding(with_quotes(answer, marks(found)), (1, 2))
    yield _points(question, found, explain=explain)
    for wrong in found.misconceptions:
        yield Text.assemble(("✕ ", "red"), f"You said “{plain(wrong.quote)}”. ", (plain(wrong.correction), "bold"))
    yield from _lists(found)
    if found.communication is not None:
        yield _communication(found)
    yield say(f"Judged by {found.grader.name} {found.grader.version}, rubric {found.rubric_hash}.", "dim")


def _heading(found: Assessment) -> Text:
    if found.overall is None:
        return Text.assemble(("Not judged. ", "bold"))
    sure = f", {found.confidence:.0%} sure" if found.confidence is not None else ""
    return Text.assemble(("Knowledge ", "dim"), (f"{found.overall:.0f}", "bold"), (f" of 100 · band {found.band} of 5{sure}", "dim"))


def marks(found: Assessment) -> list[tuple[Span, str]]:
    """Spans to show in the answer; what was wrong lies on top."""
    wrong = [(m.span, "bold red underline") for m in found.misconceptions]
    order = ("wrong", "hit", "partial")
    points = sorted((p for p in found.points if p.span), key=lambda p: order.index(p.verdict.value))
    return [*wrong, *((p.span, f"{VERDICT_STYLE[p.verdict.value]} underline") for p in points if p.span)]


def _points(question: Question, found: Assessment, *, explain: bool) -> Table:
    table = Table(box=None, padding=(0, 1), show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    known = {p.id: p for p in question.key_points}
    for verdict in found.points:
        name = verdict.verdict.value
        point = known[verdict.id]
        body = say(point.point)
        if name in ("missed", "wrong"):
            body.append(f"\n{plain(point.because)}", style="dim")
        if explain and verdict.why:
            why = verdict.why
            near = f"\nnearest: “{why.nearest}” {why.score:.2f} against {why.threshold:.2f}, decided by {verdict.decided_by}"
            body.append(plain(near), style="cyan")
        table.add_row(say(VERDICT_SIGN[name], VERDICT_STYLE[name]), say(name, VERDICT_STYLE[name]), body)
    return table


def _lists(found: Assessment) -> Iterator[Text]:
    for title, items, style in (("Strong", found.strengths, "green"), ("To fix", found.fixes, "yellow")):
        for item in items:
            yield Text.assemble((f"{title}: ", style), plain(item))
    if found.drill:
        when = f" It comes back on {found.drill.due_on}." if found.drill.due_on else ""
        yield Text.assemble(("Drill: ", "bold"), plain(found.drill.do + when))


def _communication(found: Assessment) -> Table:
    table = Table(box=None, padding=(0, 1), show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for key, name in ASPECTS.items():
        aspect: Aspect | None = getattr(found.communication, key)
        if aspect is not None:
            sign, style = {True: ("✓", "green"), False: ("△", "yellow"), None: ("–", "bright_black")}[aspect.good]
            table.add_row(say(sign, style), say(name, "dim"), say(aspect.note))
    return table
