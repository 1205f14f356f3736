"""One rehearsal at one terminal: ask, listen, let the person rate themselves, show the notes, and go on as they choose.

The place is kept on disk all the time: Ctrl-C anywhere leaves, and ``--resume`` goes on. The words are those of the web app.
"""

from __future__ import annotations

import sys
import uuid

import typer

from greenroom.cli.prep.notes import own_notes
from greenroom.cli.screen.course import asked, consider, go_on, take_time, word
from greenroom.cli.screen.editor import Clock, Typed, edit, minutes
from greenroom.cli.screen.feedback import notes
from greenroom.cli.screen.lesson import beside, own_words
from greenroom.cli.screen.report import KINDS, model_answers, overview, show_all
from greenroom.cli.screen.terminal import BAD, GOOD, QUIET, Choice, ask_line, choose, console, keep_log, lay, many, rule, say, write
from greenroom.errors import GreenroomError
from greenroom.interview.attempt import Submission
from greenroom.interview.course.clock import thought, time_of
from greenroom.interview.course.rounds import RECIPES
from greenroom.interview.debrief import QuestionReport, TurnReport
from greenroom.interview.feedback.ways import WAYS
from greenroom.interview.session import Turn
from greenroom.room import LOCAL_OWNER, Room
from greenroom.room.views import SessionView

WAIT_SECONDS = 30.0
INTERRUPTED = 130
SNIPPET = 240
LONG_THOUGHT = 5
"""Seconds before the first word that are worth saying."""
RATINGS = [Choice(str(n), word) for n, word in enumerate(("lost", "shaky", "fair", "good", "sure"), 1)]
DECLINE = Choice("0", "rather not say")
OPENINGS = {"drill": "Drill", "mock": "Mock interview", "review": "Review"}


def find_unfinished(room: Room) -> str | None:
    """The latest rehearsal that is open, or whose answers still wait for a self-rating."""
    sessions = room.interview.list(LOCAL_OWNER)
    return next((s.session_id for s in sessions if not s.ended or any(t.answer_id and not t.rated for t in s.turns)), None)


class Talk:
    """``view`` is how the rehearsal stands."""

    def __init__(self, room: Room, view: SessionView) -> None:
        self.room, self.view = room, view
        self.id = view.session.session_id
        self.noted = ""
        keep_log(room.settings.home)

    def run(self) -> None:
        """Raises ``typer.Exit`` when the person leaves by Ctrl-C outside the editor, or a pipe sends what cannot be taken."""
        try:
            if not self._go_on():
                self._say_place()
        except KeyboardInterrupt:
            self._say_place()
            raise typer.Exit(INTERRUPTED) from None

    def _say_place(self) -> None:
        name = "last" if find_unfinished(self.room) == self.id else self.id
        write("", lay(say("Your place is kept. Go on with:", QUIET)), lay(f"greenroom interview --resume {name}"))

    def _go_on(self) -> bool:
        self._open()
        while not self.view.session.ended:
            turn = self.view.current
            if self.view.session.paused_at:
                self.view = go_on(self.room, self.view)
            elif turn is None and self.view.considering:
                self.view = consider(self.room, self.view, WAIT_SECONDS + self.room.settings.judge_wait)
            elif turn is None:
                self.after_answer()
            elif not self.answer(turn):
                return False
        self.debrief()
        return True

    def _open(self) -> None:
        setup, turns = self.view.session.setup, self.view.session.turns
        kind = RECIPES[setup.plan].title if setup.plan else OPENINGS[setup.mode]
        unit = "point" if setup.mode == "review" else "question"
        length = f"{setup.minutes} minutes" if setup.minutes else many(len(turns) + len(self.view.session.plan), unit)
        if len(turns) == 1 and not self.view.draft:
            write("", lay(say(f"{kind} · {length}", QUIET)))

    def answer(self, turn: Turn) -> bool:
        """Ask, listen, store. False: the person leaves."""
        self.view, turn = word(self.room, self.view, turn)
        write(rule(*self._title(turn)), *asked(self.view))
        if turn.way:
            write(lay(say(WAYS[turn.way].brief, QUIET)), "")
        typed = self._hear(turn)
        while typed.action == "send" and not self.submit(turn, typed.text):
            if not sys.stdin.isatty():  # a pipe cannot mend its answer
                raise typer.Exit(1)
            typed = self._hear(turn, typed.text)
        if typed.action == "skip":
            self.view = self.room.interview.skip(LOCAL_OWNER, self.id, turn.turn_id)
            write(lay(say("Skipped. That is not a zero.", QUIET)))
        return typed.action != "leave"

    def _hear(self, turn: Turn, start: str | None = None) -> Typed:
        """Listen; a moment to think and a pause lead back to the same words."""
        typed = self.listen(turn, start)
        while typed.action in ("think", "pause"):
            if typed.text.strip():
                self._keep(turn, typed.text)
            self.view = take_time(self.room, self.view, turn, pause=typed.action == "pause")
            typed = self.listen(turn, typed.text or start)
        return typed

    def _title(self, turn: Turn) -> tuple[str, str]:
        session = self.view.session
        if turn.kind != "question":
            return KINDS[turn.kind].capitalize(), ""
        number = sum(each.kind == "question" for each in session.turns)
        of = "" if session.setup.minutes else f" of {number + len(session.plan)}"
        left = (session.ends_at - self.view.now).total_seconds() if session.ends_at else 0
        return f"{'Point' if session.setup.mode == 'review' else 'Question'} {number}{of}", f"{minutes(left)} left" if left > 0 else ""

    def listen(self, turn: Turn, start: str | None = None) -> Typed:
        session = self.view.session
        clock = Clock(turn.asked_at, session.ends_at, lambda: time_of(session, self.room.interview.now()))
        begun = self.view.draft or "" if start is None else start
        return edit(begun, clock, lambda text: self._keep(turn, text))

    def _keep(self, turn: Turn, text: str) -> None:
        self.room.interview.draft(LOCAL_OWNER, self.id, turn.turn_id, text)

    def submit(self, turn: Turn, text: str) -> bool:
        submission = Submission(submission_id=str(uuid.uuid4()), turn_id=turn.turn_id, text=text)
        try:
            receipt = self.room.interview.answer(LOCAL_OWNER, self.id, submission)
        except GreenroomError as error:
            write("", lay(say(f"Not sent: {error.message} {error.hint}", BAD)), "")
            self.view = self.room.interview.get(LOCAL_OWNER, self.id)
            moved_on = self.view.current is None or self.view.current.turn_id != turn.turn_id  # in another window
            return moved_on
        self.view = self.room.interview.get(LOCAL_OWNER, self.id)
        spent = self.view.attempts[turn.turn_id].seconds
        waiting = f" · {receipt.backlog} waiting to be judged" if receipt.backlog > 1 else ""
        before = thought(self.view.session, self.view.session.find_turn(turn.turn_id) or turn) or 0
        silent = f", {minutes(before)} of it before the first word" if spent and before >= LONG_THOUGHT else ""
        figures = f" {many(len(text.split()), 'word')}{f' in {minutes(spent)}{silent}' if spent else ''}{waiting}"
        write("", lay(say(figures, QUIET), say("  ✓ Your answer is saved.", GOOD)))
        return True

    def after_answer(self) -> None:
        """First the self-rating, then the notes, then what next."""
        turn = self.view.last_answered
        if turn and not turn.rated:
            self.rate(turn)
            turn = self.view.last_answered
        if turn and self.noted != turn.turn_id:
            self.show_notes(turn.turn_id)
            turn = self.view.last_answered
        self._take(self._choose_step(turn), turn)

    def _choose_step(self, turn: Turn | None) -> str:
        steps = [Choice("n", "next question" if self.view.session.plan else "finish", shown="⏎")]
        if turn:
            steps += [Choice("f", "follow-up")] if self.view.may_follow_up else []
            steps += [Choice("ar", "again")] if self.view.may_redo else []
            steps += [Choice("b", "the whole question again")] if self.view.whole else []
            steps += [Choice("y", "say it another way")] if self.view.open_ways else []
            steps += self._asides(*self.find(turn.turn_id))
        return choose("", [*steps, Choice("q", "end here")], enter=True)

    def _take(self, key: str, turn: Turn | None) -> None:
        interview = self.room.interview
        if key == "q":
            self.view = interview.end(LOCAL_OWNER, self.id)
        elif key == "y" and (base := self.view.base):
            self.view = self._another_way(base)
        elif key == "f" and turn:
            self.view = interview.follow_up(LOCAL_OWNER, self.id, turn.turn_id)
        elif key in ("a", "r") and turn:
            self.view = interview.redo(LOCAL_OWNER, self.id, turn.turn_id, turn.way)
        elif key == "b" and turn and (whole := self.view.whole):
            self.view = interview.redo(LOCAL_OWNER, self.id, whole.turn_id)
        elif key in ("m", "o", "w", "d", "t") and turn:
            self.aside(key, turn.turn_id)
        else:
            self.view = interview.next(LOCAL_OWNER, self.id, turn.turn_id if turn else None)

    def _another_way(self, base: Turn) -> SessionView:
        ways = {str(n): way for n, way in enumerate(self.view.open_ways, 1)}
        write("", *(lay(say(WAYS[way].brief, QUIET), f"  {n}  ") for n, way in ways.items()))
        key = choose("How?", [Choice(n, WAYS[way].title) for n, way in ways.items()] + [Choice("q", "not now")], enter=True)
        return self.room.interview.redo(LOCAL_OWNER, self.id, base.turn_id, ways[key]) if key in ways else self.view

    def rate(self, turn: Turn) -> None:
        key = choose("Before you see the notes: how was that?", [*RATINGS, DECLINE], enter=True)
        self.view = self.room.interview.rate(LOCAL_OWNER, self.id, turn.turn_id, int(key) if key in list("12345") else None)

    def show_notes(self, turn_id: str, *, explain: bool = False) -> None:
        with console.status("Reading your answer …"):
            self.room.interview.wait(LOCAL_OWNER, self.view.attempts[turn_id].answer_id, WAIT_SECONDS + self.room.settings.judge_wait)
        self.view = self.room.interview.get(LOCAL_OWNER, self.id)
        question, turn = self.find(turn_id)
        write(rule("Notes", KINDS[turn.kind]), *notes(turn, explain=explain))
        if turn.kind != "follow_up":
            write(*own_notes(self.room, LOCAL_OWNER, question.question_id, turn.ask, turn.text))
        self.noted = turn_id

    def find(self, turn_id: str) -> tuple[QuestionReport, TurnReport]:
        """The turn in the report as it stands, with its question."""
        report = self.room.interview.report(LOCAL_OWNER, self.id)
        return next((question, turn) for question in report.questions for turn in question.turns if turn.turn_id == turn_id)

    def _asides(self, question: QuestionReport, turn: TurnReport) -> list[Choice]:
        """What can be looked at or done about one answer without leaving it."""
        asides = [Choice("o", "your own words, tidied")] if turn.rewrite and turn.rewrite.changed else []
        asides += [Choice("m", "model answer")] if question.model_answers else []
        asides += [Choice("w", "why"), Choice("d", "disagree")] if turn.points else []
        return asides + ([Choice("t", "try to judge it again")] if turn.state == "failed" else [])

    def aside(self, key: str, turn_id: str) -> None:
        question, turn = self.find(turn_id)
        if key == "m":
            write(*(beside(turn.beside) if turn.beside else ()), *model_answers(question))
        elif key == "o":
            write(*own_words(turn))
        elif key == "w":
            self.show_notes(turn_id, explain=True)
        elif key == "d":
            self._disagree(turn)
        elif key == "t" and turn.answer_id:
            self.room.interview.judge_again(LOCAL_OWNER, turn.answer_id)
            self.show_notes(turn_id)

    def _disagree(self, turn: TurnReport) -> None:
        targets = {str(n): point.id for n, point in enumerate(turn.points, 1)}
        targets |= dict(zip("abcdefgh", (wrong.id for wrong in turn.misconceptions), strict=False))
        label = ask_line("Which verdict do you see otherwise? Its number or letter; ⏎ none.").lower()
        if label not in targets or not turn.answer_id:
            write(lay(say("Nothing was changed." if not label else f"There is no verdict “{label}” here.", QUIET)))
            return
        view = ask_line("How do you see it? One line, kept beside the verdict; ⏎ nothing.")
        if view:
            self.room.interview.dispute(LOCAL_OWNER, turn.answer_id, targets[label], view)
            write(lay(say("Kept beside the verdict. The score stays as it is.", GOOD)))

    def debrief(self) -> None:
        """First every self-rating that is still owed, then the scores."""
        owed = [turn for turn in self.view.session.turns if turn.answer_id and not turn.rated]
        write(rule("Before the scores" if owed else "Debrief"), "", lay(say(self.view.line, f"italic {QUIET}")))
        for turn in owed:
            answer = " ".join(self.view.attempts[turn.turn_id].text.split())
            shown = answer if len(answer) <= SNIPPET else answer[: SNIPPET - 1] + "…"
            write("", lay(say(turn.ask, "bold")), lay(say(shown, QUIET), "  ▏ ", "  ▏ "))
            self.rate(turn)
        with console.status("Reading your answers …"):
            for attempt in self.view.attempts.values():
                self.room.interview.wait(LOCAL_OWNER, attempt.answer_id, WAIT_SECONDS + self.room.settings.judge_wait)
        report = self.room.interview.report(LOCAL_OWNER, self.id)
        write(*([rule("Debrief")] if owed else []), *overview(report))
        if sys.stdin.isatty():
            self._browse({str(question.number): question for question in report.questions if any(turn.text for turn in question.turns)})
        else:
            write(*show_all(report))

    def _browse(self, questions: dict[str, QuestionReport]) -> None:
        """Look at the answers one by one, as long as one likes."""
        keys = "".join(key for key in questions if len(key) == 1)
        look = [Choice(keys, "look at an answer", shown=_span(keys))] if keys else []
        at: TurnReport | None = None
        while look:
            asides = self._asides(*self.find(at.turn_id)) if at else []
            key = choose("", [Choice("q", "done", shown="⏎"), *look, *asides], enter=True)
            if key in ("", "q"):
                return
            if key in questions:
                for turn in (turn for turn in questions[key].turns if turn.text):
                    write(rule(f"Answer {key}", KINDS[turn.kind]), "", lay(say(turn.ask, "bold")), *notes(self.find(turn.turn_id)[1]))
                    at = turn
            elif at:
                self.aside(key, at.turn_id)


def _span(keys: str) -> str:
    """``1–3`` for 123, ``1 3`` for 13."""
    return f"{keys[0]}–{keys[-1]}" if len(keys) > 2 and int(keys[-1]) - int(keys[0]) == len(keys) - 1 else " ".join(keys)
