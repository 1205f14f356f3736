"""The command line. Exit codes: 0 ok · 1 our error, with its cure on stderr · 2 wrong usage · 130 left by Ctrl-C.

Commands import what they need when they run: the help loads no room, `greenroom bank list` opens no database and loads no encoder.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer
from typer.core import TyperGroup

from greenroom import redact
from greenroom.cli import assess, data, interview, keys, labs, review
from greenroom.cli.bank import author, questions, selftest
from greenroom.cli.doors import mcp
from greenroom.cli.doors.web import Host, IKnow
from greenroom.cli.papers import report
from greenroom.cli.prep import asks, papers, plan, story
from greenroom.cli.prep import profile as prep
from greenroom.cli.voice import commands as voice
from greenroom.errors import GreenroomError, LowMemoryError

SECTIONS = {
    "Rehearse": ("interview", "report", "review", "progress", "prep"),
    "Questions and answers": ("bank", "assess", "grade", "calibrate"),
    "A model opened up": ("labs",),
    "Speaking": ("voice",),
    "Doors for others": ("mcp",),
    "Your data": ("export", "import", "backup", "restore", "erase", "keys", "doctor"),
}


class Serve(Protocol):
    """Opens the web app: where, whether other machines may reach it, whether a browser opens, a pack to preview."""

    def __call__(self, host: str | None, port: int | None, *, i_know: bool, browser: bool, preview: Path | None) -> None: ...


class Sections(TyperGroup):
    """Commands in the order in which a person meets them, under headings."""

    def list_commands(self, ctx: Any) -> list[str]:
        known = [name for names in SECTIONS.values() for name in names]
        return [*known, *(name for name in self.commands if name not in known)]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(limit=200)) for name in names])


app = typer.Typer(
    name="greenroom",
    cls=Sections,
    no_args_is_help=False,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
bank = typer.Typer(help="The questions: list, show, check, write your own.", no_args_is_help=True, rich_markup_mode=None)
for commands in (questions, author, selftest):
    commands.register(bank)
app.add_typer(bank, name="bank")
app.add_typer(labs.app, name="labs")
app.add_typer(voice.app, name="voice")
app.add_typer(keys.app, name="keys")
prep.app.add_typer(story.app, name="story")
prep.app.add_typer(asks.app, name="asks")
for commands in (papers, plan):
    commands.register(prep.app)
app.add_typer(prep.app, name="prep")
for module in (assess, interview, report, review, mcp, data):
    module.register(app)


@app.callback()
def open_web(
    context: typer.Context,
    host: Host = None,
    port: Annotated[int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Port; 0 takes a free one.")] = None,
    i_know: IKnow = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser window.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Say the version and stop.")] = False,
) -> None:
    """Rehearse interviews about large language models, offline.

    Without a command it opens the web app; the options below are for that.

    \b
    greenroom interview                          one drill after the other, here
    greenroom interview --plan mock --minutes 20
    greenroom COMMAND --help                     what a command takes
    """
    if version:
        from greenroom import __version__

        sys.stdout.write(f"greenroom {__version__}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.obj(host, port, i_know=i_know, browser=not no_browser, preview=None)


def run(serve: Serve) -> None:
    """The program. ``serve`` opens the web app."""
    try:
        _run(serve)
    except SystemExit as end:
        _leave(end)
        raise


def _leave(end: SystemExit) -> None:
    """A thread of ours that is still in a network's native code would be cut off there by the interpreter's end, and the process aborted.
    Nothing hangs on it: the room is closed, and an answer that waits is in the store.
    """
    if any(thread.name.startswith("greenroom-") for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(end.code if isinstance(end.code, int) else bool(end.code))


def _run(serve: Serve) -> None:
    """Errors of ours become one sentence and its cure."""
    redact.install()
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a byte that is no text must not end in a traceback, nor a sign the terminal lacks
            stream.reconfigure(errors="surrogateescape" if stream is sys.stdin else "replace")
    try:
        app(obj=serve, standalone_mode=True)
    except LowMemoryError:
        raise  # to be said without loading anything more
    except GreenroomError as error:
        from greenroom.cli.screen.terminal import plain

        sys.stderr.write(plain(f"{error.message}\n{error.hint}\n" if error.hint else f"{error.message}\n"))
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
