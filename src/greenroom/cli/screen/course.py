"""The course of an interview at the terminal: the question as it is put, a moment to think, a pause, and the wait before a follow-up."""

from __future__ import annotations

import sys

from rich.text import Text

from greenroom.cli.screen.terminal import QUIET, Choice, choose, console, lay, say, write
from greenroom.interview.session import Turn
from greenroom.interview.wording.brief import BEYOND
from greenroom.room import LOCAL_OWNER, Room
from greenroom.room.views import SessionView


def asked(view: SessionView) -> list[Text | str]:
    """Who speaks, what they say, the question; and where the words are from, if they are a model's or were to be."""
    turn = view.current
    assert turn is not None
    parts: list[Text | str] = [part for sentence in view.told for part in ("", lay(say(sentence, QUIET)))]
    before = view.session.find_turn(turn.after) if turn.after and turn.heard else None
    parts += ["", *_spoken(view), *([lay(say(f"You were asked: {before.ask}", QUIET))] if before else []), lay(say(view.ask, "bold"))]
    wording = turn.wording
    if wording and wording.ask:
        parts += ["", lay(say(f"In the words of {wording.by}. The question as it stands in the bank: {turn.ask}", QUIET))]
    if wording and wording.note:
        parts += ["", lay(say(wording.note, QUIET))]
    if turn.point_id == BEYOND:
        parts += ["", lay(say("A question of the connected model's own, beyond the bank: your answer is kept, and not judged.", QUIET))]
    for text in view.beside.get(turn.turn_id, ()):
        parts += ["", lay(say("Also kept, typed in another window or before:", QUIET)), lay(say(text, QUIET), "  ▏ ", "  ▏ ")]
    return [*parts, ""]


def _spoken(view: SessionView) -> list[Text | str]:
    who = Text(f"{view.by.name}, {view.by.role}. " if view.by.role else "", style="bold")
    return [lay(Text.assemble(who, say(view.line, f"italic {QUIET}"))), ""] if view.line or view.by.role else []


def word(room: Room, view: SessionView, turn: Turn) -> tuple[SessionView, Turn]:
    """With a connected model: wait for its words."""
    if view.to_word:
        with console.status(f"{view.by.name} is thinking of how to put it …"):
            view = room.interview.word(LOCAL_OWNER, view.session.session_id)
    return view, view.session.find_turn(turn.turn_id) or turn


def take_time(room: Room, view: SessionView, turn: Turn, *, pause: bool) -> SessionView:
    session_id = view.session.session_id
    if pause:
        return go_on(room, room.interview.pause(LOCAL_OWNER, session_id))
    view = room.interview.think(LOCAL_OWNER, session_id, turn.turn_id)
    write("", *_spoken(view))
    return view


def go_on(room: Room, view: SessionView) -> SessionView:
    """Paused, until a key is pressed. From a pipe there is nobody to wait for."""
    write("", *_spoken(view))
    if sys.stdin.isatty():
        choose("Paused. The clock stands still; Ctrl-C leaves, and your place is kept.", [Choice("p", "go on", shown="⏎")], enter=True)
    return room.interview.resume(LOCAL_OWNER, view.session.session_id)


def consider(room: Room, view: SessionView, seconds: float) -> SessionView:
    """Your answer decides what is asked next. If it cannot be read in time, the interview goes on without a follow-up, and says so."""
    session_id, turn = view.session.session_id, view.session.turns[-1]
    with console.status(f"{view.line or 'One moment'} (your answer decides what is asked next)"):
        room.interview.wait(LOCAL_OWNER, view.attempts[turn.turn_id].answer_id, seconds)
    view = room.interview.get(LOCAL_OWNER, session_id)
    if not view.considering:
        return view
    write("", lay(say("Your answer is saved, but could not be read in time: no follow-up this time. It is judged for the debrief.", QUIET)))
    return room.interview.next(LOCAL_OWNER, session_id, turn.turn_id)
