"""`greenroom interview`: start or go on with a rehearsal, in the terminal or by JSON lines."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from greenroom.cli.doors.complete import people, question_ids, topics

if TYPE_CHECKING:
    from greenroom.interview.session import Turn
    from greenroom.room import Room
    from greenroom.room.views import SessionView

Plan = Literal["drill", "mock", "review", "phone-screen", "deep-dive", "behavioural", "full-loop", "weak-points", "job"]
Level = Literal["foundation", "practitioner", "expert"]

Who = Annotated[
    list[str] | None,  # no list of choices: typer 0.29 reads none; the setup says what is wrong
    typer.Option(
        "--with", metavar="WHO", help="Who asks: warm, terse, sceptical or plain; several times for a panel.", autocompletion=people
    ),
]

HELP = """Rehearse: a drill, a mock interview, what is due, or a whole interview by a plan.

\b
drill    one question at a time; notes at once, a follow-up, say it again
mock     a whole interview, silent until the debrief; --minutes sets a clock
review   single points that are due today

\b
phone-screen  twenty minutes: the basics, one story, your questions
deep-dive     one topic with a sceptic, three follow-ups upon a question
behavioural   four stories from your own work
full-loop     four people, five rounds, ninety minutes
weak-points   what you missed before, the weightiest first
job           the topics of one job (--topic), before a panel

What you type is kept every few seconds, your answer before it is judged. Ctrl-C leaves; --resume last goes on.
"""


def register(app: typer.Typer) -> None:
    app.command(help=HELP)(interview)


def interview(
    plan: Annotated[Plan, typer.Option(metavar="PLAN", help="One of those above.")] = "drill",
    topic: Annotated[
        list[str] | None, typer.Option(metavar="TOPIC", help="Only this topic; may be given several times.", autocompletion=topics)
    ] = None,
    question: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Exactly this question; may be given several times.", autocompletion=question_ids),
    ] = None,
    level: Annotated[
        Level | None, typer.Option(metavar="LEVEL", help="Only questions for: foundation, practitioner or expert.", show_default=False)
    ] = None,
    count: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=50, help="How many questions; 5, or as many as the plan has.", show_default=False)
    ] = None,
    minutes: Annotated[
        int | None, typer.Option(metavar="M", min=1, max=180, help="As many questions as fit in M minutes instead; 1 to 180.")
    ] = None,
    who: Who = None,
    follow_ups: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=3, help="Follow-ups upon one question; 0 to 3.", show_default=False)
    ] = None,
    clock: Annotated[bool, typer.Option("--clock/--no-clock", help="A plan with its clock, or without.")] = True,
    cv: Annotated[bool, typer.Option("--cv/--no-cv", help="A plan with questions about your CV, where there is one.")] = True,
    notes: Annotated[bool, typer.Option("--notes", help="A plan with notes after each answer instead of at the end.")] = False,
    resume: Annotated[str | None, typer.Option(metavar="SESSION", help="Go on where you left; “last”: the latest unfinished.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Talk by JSON lines, for programs.")] = False,
) -> None:
    """The command; what it says of itself is ``HELP``."""
    from greenroom.cli.screen.terminal import valid
    from greenroom.cli.talk import Talk
    from greenroom.interview.session import Setup
    from greenroom.room import LOCAL_OWNER, Room
    from greenroom.settings import read_settings

    simple = plan in ("drill", "mock", "review")
    setup = valid(
        Setup, mode=plan if simple else "drill" if notes else "mock", plan=None if simple else plan, topics=tuple(topic or ()),
        question_ids=tuple(question or ()), level=level, count=count, minutes=minutes, personas=tuple(who or ()), follow_ups=follow_ups,
        clock=clock, cv=cv,
    )  # fmt: skip
    with Room(read_settings()) as room:
        view = find_open(room, resume) if resume else room.interview.start(LOCAL_OWNER, setup)
        if json:
            talk_json(room, view)
        else:
            Talk(room, view).run()


def find_open(room: Room, session_id: str) -> SessionView:
    from greenroom.cli.papers.report import named
    from greenroom.cli.talk import find_unfinished
    from greenroom.errors import InputError
    from greenroom.room import LOCAL_OWNER

    found = find_unfinished(room) if session_id == "last" else named(room, session_id)
    if found is None:
        raise InputError("No rehearsal is open.", "Start one: greenroom interview.")
    return room.interview.get(LOCAL_OWNER, found)


def talk_json(room: Room, view: SessionView) -> None:
    """Out: each question, receipt, assessment and, last, the report, one line each; in: lines up to a single dot."""
    from greenroom.cli.screen.editor import read_lines
    from greenroom.cli.screen.terminal import write_json_line
    from greenroom.interview.attempt import Submission
    from greenroom.room import LOCAL_OWNER

    session_id = view.session.session_id
    while not view.session.ended:
        turn = view.current
        if turn is None:
            view = _wait_or_next(room, view)
            continue
        view = room.interview.word(LOCAL_OWNER, session_id) if view.to_word else view
        write_json_line(_asked(view, turn))
        typed = read_lines()
        if typed.action in ("think", "pause"):
            view = room.interview.think(LOCAL_OWNER, session_id, turn.turn_id) if typed.action == "think" else view
            continue
        if typed.action == "leave":
            return
        if typed.action == "skip":
            view = room.interview.skip(LOCAL_OWNER, session_id, turn.turn_id)
            continue
        submission = Submission(submission_id=str(uuid.uuid4()), turn_id=turn.turn_id, text=typed.text)
        write_json_line(room.interview.answer(LOCAL_OWNER, session_id, submission).model_dump(mode="json"))
        view = room.interview.get(LOCAL_OWNER, session_id)
    for turn in view.session.turns:
        if turn.answer_id and not turn.rated:
            _judged(room, session_id, turn.turn_id)
    write_json_line(room.interview.report(LOCAL_OWNER, session_id).model_dump(mode="json"))


def _asked(view: SessionView, turn: Turn) -> dict[str, Any]:
    wording = view.current.wording if view.current else None
    return {
        "session_id": view.session.session_id, "turn_id": turn.turn_id, "question_id": turn.question_id, "ask": turn.ask,
        "kind": turn.kind, "by": view.by.id, "line": view.line, "asked_as": view.ask, "note": wording.note if wording else "",
    }  # fmt: skip


def _wait_or_next(room: Room, view: SessionView) -> SessionView:
    """A mock with follow-ups reads the answer first. Else it is judged at once, and followed up if so many were asked for: nobody sits
    there to choose."""
    from greenroom.cli.talk import WAIT_SECONDS
    from greenroom.room import LOCAL_OWNER

    session, last = view.session, view.session.turns[-1]
    if view.considering:
        room.interview.wait(LOCAL_OWNER, view.attempts[last.turn_id].answer_id, WAIT_SECONDS + room.settings.judge_wait)
        view = room.interview.get(LOCAL_OWNER, session.session_id)
    elif session.setup.mode != "mock" and last.answer_id and not last.rated:
        _judged(room, session.session_id, last.turn_id)
        view = room.interview.get(LOCAL_OWNER, session.session_id)
    if view.may_follow_up and session.setup.follow_ups:
        return room.interview.follow_up(LOCAL_OWNER, session.session_id, last.turn_id)
    return view if view.current or view.session.ended else room.interview.next(LOCAL_OWNER, session.session_id, last.turn_id)


def _judged(room: Room, session_id: str, turn_id: str) -> None:
    """The rating is declined, so that the assessment may be shown."""
    from greenroom.cli.screen.terminal import write_json_line
    from greenroom.cli.talk import WAIT_SECONDS
    from greenroom.room import LOCAL_OWNER

    view = room.interview.rate(LOCAL_OWNER, session_id, turn_id, None)
    attempt = room.interview.wait(LOCAL_OWNER, view.attempts[turn_id].answer_id, WAIT_SECONDS + room.settings.judge_wait)
    write_json_line({"turn_id": turn_id, "assessment": attempt.assessment.model_dump(mode="json") if attempt.assessment else None})
