"""The tools that keep something: a rehearsal begun, answered, gone on with, ended. There only with ``--allow-writes``."""

from __future__ import annotations

from greenroom.bank.question import CV_LINE
from greenroom.interview.attempt import Submission
from greenroom.interview.debrief import QuestionReport, Report
from greenroom.interview.session import Setup
from greenroom.mcp import shapes
from greenroom.mcp.shapes import Tool
from greenroom.room import LOCAL_OWNER, Room
from greenroom.room.views import SessionView

STARTS = (
    "Begins an interview that is kept: drill (feedback at once), mock (silent until the end) or review (what is due). Gives the "
    "first question."
)
ANSWERS = (
    "Stores the candidate's answer to the open question, with their own rating of it, and waits for the assessment. In a mock the verdict "
    "comes with end_rehearsal."
)
GOES_ON = "Asks the next question, the proposed follow-up, or the same again; or passes over the open one."
ENDS = "Ends the rehearsal and gives its debrief."
WAIT_SECONDS = 20.0
"""How long ``answer`` waits for its assessment; an unfinished one is given as it stands."""


class Writing:
    def __init__(self, room: Room) -> None:
        self._room = room

    def tools(self) -> list[Tool]:
        return [
            Tool("start_rehearsal", "Begin a rehearsal", STARTS, shapes.StartIn, shapes.RehearsalOut, self.start, writes=True),
            Tool("answer", "Keep an answer", ANSWERS, shapes.AnswerIn, shapes.AnswerOut, self.answer, writes=True),
            Tool("go_on", "Go on", GOES_ON, shapes.GoOnIn, shapes.RehearsalOut, self.go_on, writes=True),
            Tool("end_rehearsal", "End it", ENDS, shapes.EndIn, Report, self.end, writes=True),
        ]

    def start(self, given: shapes.StartIn) -> shapes.RehearsalOut:
        return _shown(self._room.interview.start(LOCAL_OWNER, Setup(**given.model_dump())))

    def answer(self, given: shapes.AnswerIn) -> shapes.AnswerOut:
        """First the answer is kept, then the candidate's own rating, then the score is looked at."""
        room = self._room.interview
        submission = Submission(submission_id=given.submission_id, turn_id=given.turn_id, text=given.text)
        receipt = room.answer(LOCAL_OWNER, given.session_id, submission)
        if not receipt.repeated:
            room.rate(LOCAL_OWNER, given.session_id, given.turn_id, given.self_rating)
        attempt = room.wait(LOCAL_OWNER, receipt.answer_id, WAIT_SECONDS)
        return shapes.AnswerOut(
            answer_id=receipt.answer_id, saved_at=receipt.saved_at, repeated=receipt.repeated, status=attempt.status,
            assessment=attempt.assessment,
        )  # fmt: skip

    def go_on(self, given: shapes.GoOnIn) -> shapes.RehearsalOut:
        room, at = self._room.interview, (LOCAL_OWNER, given.session_id, given.turn_id)
        if given.to == "next":
            return _shown(room.next(LOCAL_OWNER, given.session_id, after=given.turn_id))
        ways = {"follow-up": room.follow_up, "redo": room.redo, "skip": room.skip}
        return _shown(ways[given.to](*at))

    def end(self, given: shapes.EndIn) -> Report:
        self._room.interview.end(LOCAL_OWNER, given.session_id)
        return _told(self._room.interview.report(LOCAL_OWNER, given.session_id))


def _told(report: Report) -> Report:
    """The debrief in which a line of a CV is not said: the bank's own wording is."""
    return report.model_copy(update={"questions": tuple(_formed(each) for each in report.questions)})


def _formed(asked: QuestionReport) -> QuestionReport:
    if asked.question_id != CV_LINE:
        return asked
    turns = tuple(turn if turn.point_id else turn.model_copy(update={"ask": asked.told}) for turn in asked.turns)
    return asked.model_copy(update={"ask": asked.told, "turns": turns})


def _shown(view: SessionView) -> shapes.RehearsalOut:
    turn, last = view.current, view.last_answered
    return shapes.RehearsalOut(
        session_id=view.session.session_id, mode=view.session.setup.mode, ended=view.session.ended, line=view.line,
        open=shapes.OpenTurn(turn_id=turn.turn_id, question_id=turn.question_id, ask=turn.told, kind=turn.kind) if turn else None,
        follow_up=last.next_ask.ask if view.may_follow_up and last and last.next_ask else None,
    )  # fmt: skip
