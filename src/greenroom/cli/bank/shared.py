"""What the commands of `greenroom bank` have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from greenroom.cli.doors.complete import topics

if TYPE_CHECKING:
    from greenroom.room import Room

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Level = Literal["foundation", "practitioner", "expert"]
Topic = Annotated[str | None, typer.Option("--topic", metavar="TOPIC", help="Only questions of this topic.", autocompletion=topics)]
Levels = Annotated[Level | None, typer.Option("--level", metavar="LEVEL", help="Only for: foundation, practitioner or expert.")]
Packs = Annotated[list[Path] | None, typer.Option("--pack", metavar="FOLDER", help="A further pack; may be given several times.")]


def room_with(packs: list[Path] | None) -> Room:
    from greenroom.room import Room
    from greenroom.settings import read_settings

    settings = read_settings()
    return Room(settings.model_copy(update={"packs": (*settings.packs, *(packs or ()))}))
