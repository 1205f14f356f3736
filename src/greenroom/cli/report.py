"""The debrief in the terminal."""

from __future__ import annotations

from rich.rule import Rule
from rich.text import Text

from greenroom.cli.terminal import VERDICT_SIGN, VERDICT_STYLE, console, plain, say, write
from greenroom.interview.debrief import QuestionReport, Report, TurnReport

CHANGE_SIGN = {"better": "↑", "worse": "↓", "same": "=", "unknown": "·"}


def show_report(report: Report) -> None:
    console.print(Rule(say("Debrief", "bold"), style="dim"))
    write(_summary(report))
    for advice in report.strengths:
        write(Text.assemble(("Strong: ", "green"), plain(advice.text)))
    for advice in report.fixes:
        write(Text.assemble(("To fix: ", "yellow"), plain(advice.text)))
    if report.drill:
        when = f" It comes back on {report.drill.drill.due_on}." if report.drill.drill.due_on else ""
        write(Text.assemble(("Drill: ", "bold"), plain(report.drill.drill.do + when)))
    for question in report.questions:
        _question(question)
    for grader in report.graders:
        write("", say(f"Judged by {grader.name} {grader.version}.", "dim"))


def _summary(report: Report) -> Text:
    if report.overall is None:
        return say("Nothing in this rehearsal could be judged; that is not a zero.", "yellow")
    text = Text.assemble(("Knowledge ", "dim"), (f"{report.overall:.0f}", "bold"), (" of 100", "dim"))
    if report.overall_after_redo is not None:
        text.append(f", {report.overall_after_redo:.0f} after answering again")
    if report.self_overall is not None and report.rated_difference is not None:
        lean = "higher" if report.rated_difference > 0 else "lower"
        text.append(f" · you rated yourself {report.self_overall:.0f}: {abs(report.rated_difference):.0f} {lean}", style="dim")
    return text


def _question(question: QuestionReport) -> None:
    console.print()
    console.print(Rule(style="dim"))
    write(Text.assemble((f"{question.number}. ", "dim"), (plain(question.ask), "bold")))
    for turn in question.turns:
        _turn(turn)
    if question.model_answers:
        write("", say("In plain words", "dim"), f"  {question.model_answers.plain}")


def _turn(turn: TurnReport) -> None:
    label = {"question": "", "follow_up": "Follow-up: ", "redo": "Again: "}[turn.kind]
    score = f" {turn.overall:.0f} of 100" if turn.overall is not None else f" {turn.says}"
    write(
        "",
        Text.assemble(
            (label, "dim"), plain(turn.ask if turn.kind == "follow_up" else ""), (score, "bold" if turn.overall is not None else "dim")
        ),
    )
    if turn.reason:
        write(say(turn.reason, "yellow"))
    for row in turn.points:
        moved = f" {CHANGE_SIGN.get(row.change, '')}" if row.change else ""
        name = row.verdict.value
        write(Text.assemble((f"  {VERDICT_SIGN[name]} ", VERDICT_STYLE[name]), plain(row.point), (moved, "cyan")))
        if row.quote:
            write(say(f"      “{row.quote}”", "italic"))
        if row.because:
            write(say(f"      {row.because}", "dim"))
    for wrong in turn.misconceptions:
        write(Text.assemble(("  ✕ ", "red"), f"You said “{plain(wrong.quote)}”. ", (plain(wrong.correction), "bold")))
