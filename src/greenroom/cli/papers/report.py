"""`greenroom report`: a debrief that leaves the house, as one HTML file, Markdown or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from greenroom.paper.forms import Paper

Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write there; its ending (.html, .md, .json) chooses the form.")]


def register(app: typer.Typer) -> None:
    app.command()(report)


def report(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="The id of a rehearsal, or: last.")] = "last",
    form: Annotated[str, typer.Option("--form", metavar="FORM", help="html, md or json, where --out does not say it.")] = "md",
    out: Out = None,
) -> None:
    """A debrief to take along: one HTML file (print it, or save it as PDF), Markdown, or JSON.

    Without --out it is printed. It holds what the debrief shows: no score before you rated yourself, none of a mock that still goes on.
    """
    from greenroom.errors import NotFoundError
    from greenroom.paper.forms import read_form
    from greenroom.room import LOCAL_OWNER, Room
    from greenroom.settings import read_settings

    with Room(read_settings(), assess=False) as room:
        if session == "last":
            session = next((found.session_id for found in room.interview.list(LOCAL_OWNER, limit=1)), "")
            if not session:
                raise NotFoundError("rehearsal", "last", hint="There is none yet: greenroom interview.")
        put(room.interview.paper(LOCAL_OWNER, session, read_form(out.suffix.removeprefix(".") if out else form)), out)


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
