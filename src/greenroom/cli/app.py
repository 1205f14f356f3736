"""The command line. Exit codes: 0 ok · 1 our error, with its cure on stderr · 2 wrong usage.

Commands import what they need when they run: `greenroom bank list` opens no database and loads no encoder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from greenroom.cli import assess, bank, data, interview, review
from greenroom.errors import GreenroomError

Serve = Callable[[str | None, int | None, bool], None]

app = typer.Typer(
    name="greenroom",
    help="Rehearse interviews about large language models, offline. Without a command it opens the web app.",
    no_args_is_help=False,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(bank.app, name="bank")
for module in (assess, interview, review, data):
    module.register(app)


@app.callback()
def open_web(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on; this machine only unless you say otherwise.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser window.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Say the version and stop.")] = False,
) -> None:
    if version:
        from greenroom import __version__

        sys.stdout.write(f"greenroom {__version__}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.obj(host, port, not no_browser)


def run(serve: Serve) -> None:
    """The program: errors of ours become one sentence and its cure. ``serve`` opens the web app (host, port, whether to open a browser)."""
    try:
        app(obj=serve, standalone_mode=True)
    except GreenroomError as error:
        from greenroom.cli.terminal import plain

        sys.stderr.write(plain(f"{error.message}\n{error.hint}\n" if error.hint else f"{error.message}\n"))
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
