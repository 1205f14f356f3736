"""The debrief in the terminal: one page over all questions, then the notes on each answer. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

from greenroom.assess.scale import BANDS, RATING_STEP
from greenroom.cli.screen.editor import minutes
from greenroom.cli.screen.feedback import advice, figure, meter, notes
from greenroom.cli.screen.lesson import beside, own_words
from greenroom.cli.screen.terminal import ACCENT, MARGIN, MIDDLE, QUIET, console, heading, lay, measure, rule, say
from greenroom.interview.debrief import QuestionReport, Report, State, TurnReport

KINDS = {"question": "", "follow_up": "follow-up", "redo": "once more"}
STATES: dict[State, str] = {
    "judged": "judged",
    "abstained": "not judged",
    "skipped": "skipped",
    "open": "not reached",
    "waiting": "being read",
    "failed": "failed",
    "sealed": "not rated yet",
}
BAR, ROOMY = 10, 76


def overview(report: Report) -> Iterator[Text]:
    """The score against one's own rating, the questions in a table, two to keep, two to change, one drill."""
    if report.overall is None:
        read = report.counts.get("waiting")
        says = (
            "The scores are not there yet: greenroom report reads on."
            if read
            else "Nothing in this rehearsal could be judged; that is not a zero."
        )
        yield Text.assemble("\n", lay(say(says, MIDDLE)))
    else:
        again = f" · {report.overall_after_redo:.0f} after answering again" if report.overall_after_redo is not None else ""
        yield Text("\n").append_text(figure(report.overall, report.band, again))
        yield meter(report.overall, report.self_overall / RATING_STEP if report.self_overall is not None else None)
        if report.rated_says:
            yield lay(say(report.rated_says, QUIET))
    yield lay(say(_counts(report), QUIET))
    yield from _table(report)
    yield from advice([a.text for a in report.strengths], [a.text for a in report.fixes], report.drill.drill if report.drill else None)
    for grader in report.graders:
        yield Text.assemble("\n", lay(say(f"Judged by {grader.name} {grader.version}.", QUIET)))


def _counts(report: Report) -> str:
    parts = [f"{report.counts[state]} {word}" for state, word in STATES.items() if report.counts.get(state)]
    spent = f" · {minutes(report.seconds)} in all" if report.seconds else ""
    unjudged = any(report.counts.get(state) for state in ("skipped", "abstained", "open"))
    return " · ".join(parts) + spent + (". What was not judged counts for nothing, not for zero." if unjudged else ".")


def _table(report: Report) -> Iterator[Text]:
    yield heading("The questions")
    for question in report.questions:
        first, *others = question.turns
        yield _row(f"{question.number:>2} ", say(question.ask), first)
        for turn in others:
            yield _row("   ", say(KINDS[turn.kind].capitalize(), QUIET), turn)


def _row(number: str, ask: Text, turn: TurnReport) -> Text:
    """The ask on the left, broken between words; its score on the right of the first line."""
    right = _standing(turn)
    lines = ask.wrap(console, max(12, measure() - len(MARGIN) - len(number) - cell_len(right.plain) - 2))
    row = Text.assemble(MARGIN, (number, QUIET), lines[0])
    row.append(" " * max(2, measure() - cell_len(row.plain) - cell_len(right.plain))).append_text(right)
    for line in lines[1:]:
        row.append("\n" + MARGIN + " " * len(number)).append_text(line)
    return row


def _standing(turn: TurnReport) -> Text:
    """The score, on a wide page with a bar and its band; each part as wide in every row."""
    wide = measure() >= ROOMY
    if turn.overall is None:
        return Text.assemble((f"{STATES[turn.state]:<{BAR + 25 if wide else 11}}", QUIET))
    filled = round(BAR * turn.overall / 100)
    you = f"you {turn.self_rating * RATING_STEP}" if turn.self_rating else ""
    bar = Text.assemble(("━" * filled, ACCENT), ("─" * (BAR - filled), QUIET), f" {BANDS[turn.band or 0]:<13}") if wide else Text()
    return Text.assemble((f"{turn.overall:>3.0f} ", "bold"), bar, (f"{you:>7}", QUIET))


def model_answers(question: QuestionReport) -> Iterator[Text]:
    if question.model_answers:
        yield rule("Model answer")
        if question.model_answers.alike:
            yield lay(question.model_answers.plain)
            return
        yield heading("In plain words")
        yield lay(question.model_answers.plain)
        yield heading("To an engineer")
        yield lay(question.model_answers.technical)


def show_all(report: Report) -> Iterator[Text]:
    """The notes on every answer, for a pipe or a printer."""
    for question in report.questions:
        yield rule(f"{question.number}", question.topic or "")
        for turn in question.turns:
            label = f"{KINDS[turn.kind].capitalize()}: " if KINDS[turn.kind] else ""
            yield Text.assemble("\n", lay(Text.assemble((label, QUIET), say(turn.ask, "bold"))))
            yield from notes(turn)
            if turn.rewrite:
                yield from own_words(turn)
            if turn.beside:
                yield from beside(turn.beside)
        yield from model_answers(question)
