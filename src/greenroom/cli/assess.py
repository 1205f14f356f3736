"""`greenroom assess`, `greenroom grade` and `greenroom calibrate`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenroom.cli.doors.complete import question_ids
from greenroom.errors import InputError, NotFoundError, TooLargeError

if TYPE_CHECKING:
    from greenroom.assess.assessment import Assessment
    from greenroom.bank.question import Form, Question
    from greenroom.interview.debrief import TurnReport

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
WithJudge = Annotated[bool, typer.Option("--judge", help="Ask the judge of the settings too; without it all stays offline.")]
BYTES_PER_CHARACTER = 4
MOST_NOTES = 3


def register(app: typer.Typer) -> None:
    app.command()(assess)
    app.command()(grade)
    app.command()(calibrate)


def assess(
    question_id: Annotated[
        str, typer.Argument(metavar="ID", help="The question; greenroom bank list shows them.", autocompletion=question_ids)
    ],
    source: Annotated[str | None, typer.Argument(metavar="[-]", help="“-” reads the answer from stdin.")] = None,
    file: Annotated[Path | None, typer.Option(metavar="F", help="Read the answer from a file.")] = None,
    text: Annotated[str | None, typer.Option(metavar="T", help="The answer itself.")] = None,
    form: Annotated[int | None, typer.Option(metavar="N", min=1, help="The question's other form N; bank show ID numbers them.")] = None,
    company: Annotated[str, typer.Option(metavar="C", help="The company that the answer should fit.")] = "",
    role: Annotated[str, typer.Option(metavar="R", help="The role that it should fit.")] = "",
    job: Annotated[str, typer.Option(metavar="T", help="What the job is about; a few words of the advertisement.")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Show why each point matters, and why it was credited or not.")] = False,
    json: Json = False,
) -> None:
    """One answer in, one assessment out; nothing is stored.

    \b
    greenroom assess attention --text "Each token weighs the others …"
    greenroom assess attention --file answer.txt --explain
    greenroom assess applications --file answer.txt --company "Kestrel Bank" --role Analyst
    """
    from greenroom.assess.manner.fit import Situation
    from greenroom.room import Room
    from greenroom.settings import read_settings

    settings = read_settings()
    room = Room(settings)
    question = room.bank.get(question_id)
    if form is not None and form > len(question.forms):
        raise NotFoundError("form", str(form), hint=f"“{question_id}” has {len(question.forms)} other forms.")
    asked = question.forms[form - 1] if form else None
    answer = _read(source, file, text, settings.answer_limit)
    found = room.assess.once(question_id, asked.id if asked else None, answer, Situation(company, role, job))
    from greenroom.cli.screen.terminal import lay, say, write, write_json

    if json:
        write_json(found)
        return
    from greenroom.cli.screen.feedback import notes

    write("", lay(say(asked.ask if asked else question.ask, "bold")), *notes(_as_turn(question, asked, answer, found), explain=explain))


def _as_turn(question: Question, form: Form | None, answer: str, found: Assessment) -> TurnReport:
    """The assessment as the debrief of a rehearsal would have it, made by the same code: a session of one turn that nobody stores."""
    from datetime import UTC, datetime

    from greenroom.interview.attempt import Attempt
    from greenroom.interview.report import make_report
    from greenroom.interview.session import Session, Setup, Turn

    at, ask, name = datetime.now(UTC), form.ask if form else question.ask, form.id if form else None
    turn = Turn(
        turn_id="t1", kind="question", question_id=question.id, ask=ask, form=name, asked_at=at, answer_id="a1", rating_declined=True
    )
    session = Session(session_id="s1", setup=Setup(), seed=0, started_at=at, ended_at=at, turns=(turn,))
    attempt = Attempt(
        answer_id="a1", session_id="s1", turn_id="t1", question_id=question.id, form=name, ask=ask, text=answer, answered_at=at,
        status="done", assessment=found,
    )  # fmt: skip
    return make_report(session, [attempt], {question.id: question}).questions[0].turns[0]


def _read(source: str | None, file: Path | None, text: str | None, limit: int) -> str:
    if [source is not None, file is not None, text is not None].count(True) != 1 or source not in (None, "-"):
        raise typer.BadParameter("Give the answer by one of --text, --file or - (stdin).")
    if text is not None:
        return text
    most = limit * BYTES_PER_CHARACTER
    try:
        with file.open("rb") if file else sys.stdin.buffer as stream:
            raw = stream.read(most + 1)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", "Check the name and its rights.") from error
    if len(raw) > most:
        raise TooLargeError(f"The answer is longer than {limit:,} characters.", "Shorten it, or set GREENROOM_ANSWER_LIMIT.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"The answer is not UTF-8 (byte {error.start}).", "Save it as UTF-8 text.") from error


def _notes(scored: Path) -> list[str]:
    """What most results say of how they were judged, for example that the judge was away; each with the number of rows that say so."""
    from collections import Counter
    from json import loads

    with scored.open(encoding="utf-8") as lines:
        said = Counter(note for line in lines for note in loads(line).get("notes") or ())
    return [f"{n} of the rows: {note}" for note, n in said.most_common(MOST_NOTES)]


def grade(
    rows: Annotated[Path, typer.Option("--in", metavar="ROWS.jsonl", help="Rows to grade, one JSON object a line.")],
    scored: Annotated[Path, typer.Option("--out", metavar="SCORED.jsonl", help="Where to write; an unfinished file is gone on with.")],
    judge: WithJudge = False,
    json: Json = False,
) -> None:
    """Grade a file of answers, any subject, by key points or a reference.

    One JSON object a line: {id, question?, reference? or key_points? [{id, point, says?}], answer}. Results come in the same order;
    an interrupted run goes on where it stopped. Exit code 1 if any row is an error.
    """
    from greenroom.cli.grading import grade_file
    from greenroom.cli.screen.terminal import write, write_json

    counts = grade_file(rows, scored, quiet=json, judge=judge)
    if json:
        write_json(counts)
    else:
        write(", ".join(f"{n} {name}" for name, n in counts.items()) + f"; written to {scored}.", *_notes(scored))
    if counts["error"]:
        raise typer.Exit(1)


class MarksChoice(StrEnum):
    SHARE = "0-1"
    HUNDRED = "0-100"
    BAND = "1-5"


def calibrate(
    labelled: Annotated[Path, typer.Argument(metavar="LABELLED.jsonl", help="Your own graded answers, one JSON object a line.")],
    marks: Annotated[MarksChoice, typer.Option(help="How a score without max_score is meant.")] = MarksChoice.SHARE,
    judge: WithJudge = False,
    json: Json = False,
) -> None:
    """How far the assessor agrees with your own marks.

    \b
    One JSON object a line:
      {id, question_id, form?, answer, score | band, max_score?, points?}
    or, for any subject, reference or key_points instead of question_id.
    points: {point id: hit | partial | missed | wrong}.
    A bad row is named with its cure and the others go on; exit code 1 if any is bad.
    """
    from greenroom.cli.calibration import calibrate_file, show
    from greenroom.cli.screen.terminal import write, write_json

    found = calibrate_file(labelled, marks.value, quiet=json, judge=judge)
    if json:
        write_json(found)
    else:
        write(*show(found))
    if found.bad:
        raise typer.Exit(1)
