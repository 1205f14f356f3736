"""`greenroom report`: a debrief that leaves the house, as one HTML file, Markdown or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.text import Text

    from greenroom.interview.session import Session
    from greenroom.paper.forms import Paper
    from greenroom.room import Room

Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write there; its ending (.html, .md, .json) chooses the form.")]

MOST, SHORT = 200, 8
"""Rehearsals that are listed and found by the first characters of their ids; and so many of these are shown."""


def register(app: typer.Typer) -> None:
    app.command()(report)


def report(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="The id of a rehearsal, its first characters, or: last.")] = "last",
    form: Annotated[str, typer.Option("--form", metavar="FORM", help="html, md or json, where --out does not say it.")] = "md",
    out: Out = None,
    listed: Annotated[bool, typer.Option("--list", help="List your rehearsals with their ids, the newest first.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON: as --form json; with --list the list.")] = False,
) -> None:
    """A debrief to take along: one HTML file (print it, or save it as PDF), Markdown, or JSON.

    Without --out it is printed. It holds what the debrief shows: no score before you rated yourself, none of a mock that still goes on.
    Answers that wait to be judged are read first.
    """
    from greenroom.paper.forms import read_form
    from greenroom.room import LOCAL_OWNER, Room
    from greenroom.settings import read_settings

    wanted = read_form(out.suffix.removeprefix(".") if out else "json" if json else form)
    with Room(read_settings(), assess=not listed) as room:
        if listed:
            return _list(room.interview.list(LOCAL_OWNER, limit=MOST), json=json)
        found = _last(room) if session == "last" else named(room, session)
        read_on(room, found)
        put(room.interview.paper(LOCAL_OWNER, found, wanted), out)


def _last(room: Room) -> str:
    from greenroom.errors import NotFoundError
    from greenroom.room import LOCAL_OWNER

    found = next((session.session_id for session in room.interview.list(LOCAL_OWNER, limit=1)), None)
    if found is None:
        raise NotFoundError("rehearsal", "last", hint="There is none yet: greenroom interview.")
    return found


def named(room: Room, name: str) -> str:
    """The id of a rehearsal by its first characters; as it was typed where none begins so. Raises InputError where several do."""
    from greenroom.errors import InputError
    from greenroom.room import LOCAL_OWNER

    ids = [session.session_id for session in room.interview.list(LOCAL_OWNER, limit=MOST) if name and session.session_id.startswith(name)]
    if len(ids) > 1:
        raise InputError(f"{len(ids)} rehearsals begin with “{name}”.", "Give more of the id: greenroom report --list.")
    return ids[0] if ids else name


def read_on(room: Room, session_id: str) -> None:
    """Answers that were left waiting when the rehearsal was closed."""
    from greenroom.cli.screen.terminal import console
    from greenroom.cli.talk import WAIT_SECONDS
    from greenroom.room import LOCAL_OWNER

    if room.interview.waiting(LOCAL_OWNER, session_id)[0]:
        with console.status("Reading your answers …"):
            for attempt in room.interview.get(LOCAL_OWNER, session_id).attempts.values():
                room.interview.wait(LOCAL_OWNER, attempt.answer_id, WAIT_SECONDS + room.settings.judge_wait)


def _list(sessions: Sequence[Session], *, json: bool) -> None:
    from greenroom.cli.screen.terminal import write, write_json

    if json:
        write_json([_summary(session) for session in sessions])
    else:
        write(*(_row(session) for session in sessions) if sessions else ["No rehearsal yet. Begin one: greenroom interview"])


def _summary(session: Session) -> dict[str, Any]:
    turns = session.turns
    return {
        **session.model_dump(mode="json", include={"session_id", "started_at", "ended_at"}), "mode": session.setup.mode,
        "plan": session.setup.plan, "questions": sum(turn.kind == "question" for turn in turns),
        "answers": sum(turn.answer_id is not None for turn in turns),
        "to_rate": sum(turn.answer_id is not None and not turn.rated for turn in turns),
    }  # fmt: skip


def _row(session: Session) -> Text:
    from greenroom.cli.screen.terminal import QUIET, day, lay, many, say
    from greenroom.cli.talk import OPENINGS
    from greenroom.interview.course.rounds import RECIPES

    about = _summary(session)
    kind = RECIPES[session.setup.plan].title if session.setup.plan else OPENINGS[session.setup.mode]
    state = "open" if not session.ended else "not rated yet" if about["to_rate"] else "done"
    shown = f"{kind} · {day(session.started_at)} · {many(about['questions'], 'question')}, {many(about['answers'], 'answer')} · {state}"
    return lay(shown, say(f"  {session.session_id[:SHORT]}  ", QUIET))


def put(paper: Paper, out: Path | None) -> None:
    """Print it, or write it where nothing is yet. Raises ConflictError, InputError."""
    import sys

    from greenroom.cli.screen.terminal import plain, write
    from greenroom.errors import ConflictError, InputError

    if out is None:
        sys.stdout.write(plain(paper.text))
        return
    if out.exists():
        raise ConflictError(f"{out} exists already.", "Choose another name; nothing is overwritten.")
    try:
        out.write_text(paper.text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}.", "Choose a folder that can be written.") from error
    write(f"Written: {out}")
