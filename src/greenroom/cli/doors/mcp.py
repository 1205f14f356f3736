"""`greenroom mcp`: the door for programs."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command()(mcp)


def mcp(
    allow_writes: Annotated[
        bool, typer.Option("--allow-writes", help="Also offer the tools that keep rehearsals and answers; without it nothing is stored.")
    ] = False,
) -> None:
    """Serve other programs over MCP (stdin and stdout): ask, assess, what is due, explain.

    \b
    In the settings of an MCP client:
      command: greenroom
      args: ["mcp"]
    """
    from greenroom.mcp.server import serve
    from greenroom.room import Room
    from greenroom.settings import read_settings

    room = Room(read_settings(), assess=allow_writes)
    try:
        serve(room.open() if allow_writes else room, writes=allow_writes)
    finally:
        room.close()
