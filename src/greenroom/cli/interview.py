"""`greenroom interview`: the rehearsal in the terminal."""

from __future__ import annotations

import sys
import uuid
from typing import Annotated

import typer

from greenroom.cli.editor import Clock, Typed, ask, edit
from greenroom.cli.feedback import feedback
from greenroom.cli.terminal import console, say, write, write_json, write_json_line
from greenroom.errors import GreenroomError, InputError
from greenroom.interview.attempt import Submission
from greenroom.interview.session import Mode, Setup, Turn
from greenroom.room import LOCAL_OWNER, Room
from greenroom.room.views import SessionView
from greenroom.settings import Settings

WAIT_SECONDS = 30.0
PLANS: dict[str, Mode] = {"drill": "drill", "mock": "mock", "review": "review"}


def register(app: typer.Typer) -> None:
    app.command()(interview)


def interview(
    plan: Annotated[str, typer.Option(help="drill: feedback at once · mock: silent until the debrief · review: what is due.")] = "drill",
    topic: Annotated[list[str] | None, typer.Option(help="Only this topic; may be given several times.")] = None,
    question: Annotated[list[str] | None, typer.Option(help="Exactly this question; may be given several times.")] = None,
    count: Annotated[int, typer.Option(min=1, max=50, help="How many questions.")] = 5,
    minutes: Annotated[int | None, typer.Option(min=1, max=180, help="Close after so many minutes instead.")] = None,
    resume: Annotated[str | None, typer.Option(metavar="SESSION", help="Go on with a rehearsal; “last” is the latest.")] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON lines: asks and assessments out, answers in (see the guide).")] = False,
) -> None:
    """Rehearse: a drill, a mock interview, or the points that are due."""
    if plan not in PLANS:
        raise typer.BadParameter(f"“{plan}” is none of {', '.join(PLANS)}.", param_hint="--plan")
    setup = Setup(mode=PLANS[plan], topics=tuple(topic or ()), question_ids=tuple(question or ()), count=count, minutes=minutes)
    with Room(Settings()) as room:
        view = _resume(room, resume) if resume else room.interview.start(LOCAL_OWNER, setup)
        (JsonTalk(room, view) if json else Talk(room, view)).run()


def _resume(room: Room, session_id: str) -> SessionView:
    if session_id == "last":
        sessions = [s for s in room.interview.list(LOCAL_OWNER) if not s.ended]
        if not sessions:
            raise InputError("No rehearsal is open.", "Start one: greenroom interview.")
        session_id = sessions[0].session_id
    return room.interview.get(LOCAL_OWNER, session_id)


class Talk:
    """One rehearsal at one terminal."""

    def __init__(self, room: Room, view: SessionView) -> None:
        self.room, self.view = room, view
        self.id = view.session.session_id

    def run(self) -> None:
        while not self.view.session.ended:
            turn = self.view.current
            keep_on = self.answer(turn) if turn else self.after_feedback()
            if not keep_on:
                write("", f"Your place is kept. Go on with: greenroom interview --resume {self.id}")
                return
        self.debrief()

    def answer(self, turn: Turn) -> bool:
        """Ask, listen, store. False: the person leaves."""
        write("", say(self.view.line, "italic dim"), say(turn.ask, "bold"), "")
        typed = self.listen(turn)
        while typed.action == "send" and not self.submit(turn, typed.text):
            if not sys.stdin.isatty():  # a pipe cannot mend its answer
                raise typer.Exit(1)
            typed = self.listen(turn, typed.text)
        if typed.action == "skip":
            self.view = self.room.interview.skip(LOCAL_OWNER, self.id, turn.turn_id)
        return typed.action != "leave"

    def listen(self, turn: Turn, start: str | None = None) -> Typed:
        clock = Clock(turn.asked_at, self.view.session.ends_at, lambda: self.room.interview.now())
        begun = self.view.draft or "" if start is None else start
        return edit(begun, clock, lambda text: self._keep(turn, text))

    def _keep(self, turn: Turn, text: str) -> None:
        self.room.interview.draft(LOCAL_OWNER, self.id, turn.turn_id, text)

    def submit(self, turn: Turn, text: str) -> bool:
        submission = Submission(submission_id=str(uuid.uuid4()), turn_id=turn.turn_id, text=text)
        try:
            receipt = self.room.interview.answer(LOCAL_OWNER, self.id, submission)
        except GreenroomError as error:
            write(say(f"Not sent: {error.message} {error.hint}", "red"))
            return False
        waiting = f" {receipt.backlog} waiting to be judged." if receipt.backlog > 1 else ""
        write(say(f"Your answer is saved.{waiting}", "dim"))
        self.view = self.room.interview.get(LOCAL_OWNER, self.id)
        if self.view.session.setup.mode != "mock":
            self.rate_and_show(turn.turn_id)
        return True

    def rate_and_show(self, turn_id: str) -> None:
        """First the self-rating, then the score, then the difference."""
        key = ask("How was that, 1 (poor) to 5 (excellent)? Enter: rather not say.", "12345")
        self.view = self.room.interview.rate(LOCAL_OWNER, self.id, turn_id, int(key) if key else None)
        answer_id = self.view.attempts[turn_id].answer_id
        with console.status("Reading your answer …"):
            attempt = self.room.interview.wait(LOCAL_OWNER, answer_id, WAIT_SECONDS)
        if attempt.assessment is not None:
            write("", *feedback(self.room.bank.get(attempt.question_id), attempt.text, attempt.assessment))
            if key and attempt.assessment.band is not None:
                write(say(f"You rated yourself {key}; this answer lies in band {attempt.assessment.band}.", "dim"))
        else:
            write(say(attempt.fault or "It is still waiting to be judged; the report will show it.", "yellow"))
        self.view = self.room.interview.get(LOCAL_OWNER, self.id)

    def after_feedback(self) -> bool:
        turn = self.view.last_answered
        choices = "nrq" if turn else "nq"
        labels = "[n]ext, [r]edo, [q]uit?" if turn else "[n]ext, [q]uit?"
        if turn and turn.next_ask:
            choices, labels = choices + "f", "[f]ollow-up, " + labels
        key = ask(labels, choices)
        if key == "q":
            self.view = self.room.interview.end(LOCAL_OWNER, self.id)
        elif key == "f" and turn:
            self.view = self.room.interview.follow_up(LOCAL_OWNER, self.id, turn.turn_id)
        elif key == "r" and turn:
            self.view = self.room.interview.redo(LOCAL_OWNER, self.id, turn.turn_id)
        else:
            self.view = self.room.interview.next(LOCAL_OWNER, self.id)
        return True

    def debrief(self) -> None:
        write("", say(self.view.line, "italic dim"))
        for turn in self.view.session.turns:
            if turn.answer_id and not turn.rated:
                write("", say(turn.ask, "bold"), say(self.view.attempts[turn.turn_id].text, "dim"))
                self.rate_and_show(turn.turn_id)
        from greenroom.cli.report import show_report

        show_report(self.room.interview.report(LOCAL_OWNER, self.id))


class JsonTalk(Talk):
    """The same by JSON lines, for programs.

    Out: the question, the receipt, the assessment, one line each; in: lines up to a single dot. The report comes last.
    """

    def answer(self, turn: Turn) -> bool:
        write_json_line({"session_id": self.id, "turn_id": turn.turn_id, "question_id": turn.question_id, "ask": turn.ask})
        from greenroom.cli.editor import read_lines

        typed = read_lines()
        if typed.action == "send":
            submission = Submission(submission_id=str(uuid.uuid4()), turn_id=turn.turn_id, text=typed.text)
            receipt = self.room.interview.answer(LOCAL_OWNER, self.id, submission)
            write_json_line(receipt.model_dump(mode="json"))
            if self.view.session.setup.mode != "mock":
                self.rate_and_show(turn.turn_id, receipt.answer_id)
            self.view = self.room.interview.get(LOCAL_OWNER, self.id)
        elif typed.action == "skip":
            self.view = self.room.interview.skip(LOCAL_OWNER, self.id, turn.turn_id)
        return typed.action != "leave"

    def rate_and_show(self, turn_id: str, answer_id: str | None = None) -> None:
        view = self.room.interview.rate(LOCAL_OWNER, self.id, turn_id, None)
        attempt = self.room.interview.wait(LOCAL_OWNER, answer_id or view.attempts[turn_id].answer_id, WAIT_SECONDS)
        write_json_line({"turn_id": turn_id, "assessment": attempt.assessment.model_dump(mode="json") if attempt.assessment else None})

    def after_feedback(self) -> bool:
        self.view = self.room.interview.next(LOCAL_OWNER, self.id)
        return True

    def debrief(self) -> None:
        for turn in self.view.session.turns:
            if turn.answer_id and not turn.rated:
                self.rate_and_show(turn.turn_id)
        write_json(self.room.interview.report(LOCAL_OWNER, self.id))
