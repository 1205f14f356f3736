"""`greenroom keys …`: API keys for the judge's server. A key is typed or piped in, never an argument, and never shown again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from greenroom.keys import Keys

app = typer.Typer(help="API keys for a judge: set, list, remove.", no_args_is_help=True, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Origin = Annotated[str, typer.Argument(metavar="ORIGIN", help="The server: scheme, host and port, as in https://api.example.org.")]
LINE_LIMIT = 8192


def _keys() -> Keys:
    from greenroom.keys import Keys
    from greenroom.settings import read_settings

    return Keys(read_settings().home)


def _tell(json: bool, value: object, line: str) -> None:
    from greenroom.cli.screen.terminal import write, write_json

    write_json(value) if json else write(line)


@app.command("set")
def set_key(origin: Origin, json: Json = False) -> None:
    """Keep the key for one server; it is sent to that server only.

    The key is asked for, or read from stdin:

    \b
    greenroom keys set https://api.example.org < key.txt
    """
    from pydantic import SecretStr

    from greenroom.outbound import parse_origin

    keys, known = _keys(), parse_origin(origin)  # an address that cannot be used is said before the key is typed
    keys.set(known, SecretStr(_ask(known)))
    _tell(json, {"origin": known}, f"Kept the key for {known} in {keys.path}. It is sent nowhere else.")


def _ask(origin: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline(LINE_LIMIT)
    from getpass import getpass

    return getpass(f"  Key for {origin} (it is not shown): ", stream=sys.stderr)


@app.command("list")
def list_origins(json: Json = False) -> None:
    """For which servers there is a key. The keys themselves are not shown."""
    from greenroom.cli.screen.terminal import write, write_json

    origins = _keys().origins()
    write_json(origins) if json else write(*(origins or ["There is no key."]))


@app.command()
def remove(origin: Origin, json: Json = False) -> None:
    """Forget the key for one server."""
    known = _keys().remove(origin)
    _tell(json, {"origin": known}, f"Forgot the key for {known}.")
