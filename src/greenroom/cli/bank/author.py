"""`greenroom bank check|new|schema|import|export|preview`: writing a pack."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenroom.cli.bank.shared import Json, Level, Levels, Packs, Topic, room_with
from greenroom.cli.doors.web import Host, IKnow

if TYPE_CHECKING:
    from rich.text import Text

    from greenroom.bank.intake.take_in import TakenIn

LEFT_OUT = "Until then the whole pack is left out, its finished questions too."


def register(app: typer.Typer) -> None:
    app.command()(check)
    app.command()(new)
    app.command()(schema)
    app.command("import")(take_in)
    app.command()(export)
    app.command()(preview)


def check(
    path: Annotated[Path | None, typer.Argument(metavar="[PATH]", help="A pack folder; without it all packs in use.")] = None,
    json: Json = False,
) -> None:
    """Every fault of a pack at once, with its file, line and cure."""
    from greenroom.cli.screen.terminal import BAD, GOOD, lay, many, say, write, write_json

    faults = room_with(None).bank.check(path)
    if json:
        write_json([fault.model_dump() for fault in faults])
    elif faults:
        write(*(lay(str(fault), "  ✕ ") for fault in faults), "", lay(say(f"{many(len(faults), 'fault')}.", BAD)))
    else:
        write(lay(say("✓ No faults.", GOOD)))
    if faults:
        raise typer.Exit(1)


def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The pack: a new folder, or with --question one that is there.")],
    question: Annotated[str | None, typer.Option("--question", metavar="ID", help="Add a question with this id to the pack.")] = None,
    topic: Annotated[str | None, typer.Option("--topic", metavar="TOPIC", help="Its topic; default: the only one of the pack.")] = None,
    level: Annotated[Level, typer.Option("--level", metavar="LEVEL", help="foundation, practitioner or expert.")] = "foundation",
    json: Json = False,
) -> None:
    """Start a pack of your own, or a further question of it, to write over.

    Without --question the folder must not exist yet. With it the question is added to the pack, which is made if it is not there; nothing
    is ever overwritten.
    """
    from greenroom.bank.scaffold import TOPIC, add_question, make_pack
    from greenroom.cli.screen.terminal import write, write_json

    if question is None:
        files = make_pack(folder, topic=TOPIC if topic is None else topic, level=level)
    else:
        files = add_question(folder, question, topic, level)
    if json:
        write_json([str(file) for file in files])
        return
    until = f" {LEFT_OUT}" if len(files) == 1 else ""
    write(*(f"wrote {file}" for file in files), "", f"Fill it in.{until} Then: greenroom bank check {shlex.quote(str(folder))}")


def schema(json: Annotated[bool, typer.Option("--json", help="It is JSON in any case.")] = False) -> None:
    """The JSON Schema of a question, for editors that check while you write."""
    from greenroom.bank.schema import question_schema
    from greenroom.cli.screen.terminal import write_json

    write_json(question_schema())


def take_in(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv, .tsv or .md file; docs/guide/bank.md shows both forms.")],
    pack: Annotated[Path | None, typer.Option("--pack", metavar="DIR", help="The pack to add to or to make; default: FILE's name.")] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", metavar="TOPIC", help="Of questions that name none; default: the pack's only one.")
    ] = None,
    level: Annotated[Level | None, typer.Option("--level", metavar="LEVEL", help="Of questions that name none.")] = None,
    json: Json = False,
) -> None:
    """Questions out of a CSV or Markdown file.

    All of them go into the pack, or none and every fault is named with its line. What the file leaves out is marked REPLACE, and named as
    `greenroom bank check` does; until it is filled in, the whole pack is left out.
    """
    from greenroom.cli.screen.terminal import BAD, lay, many, say, write, write_json

    taken = room_with(None).bank.take_in(file, pack or Path(file.stem), topic, level)
    if json:
        write_json(taken)
    elif taken.faults:
        faults = (lay(str(fault), "  ✕ ") for fault in taken.faults)
        write(*faults, "", lay(say(f"{many(len(taken.faults), 'fault')}: nothing was written.", BAD)))
    else:
        write(*_taken(taken))
    if taken.faults:
        raise typer.Exit(1)


def _taken(taken: TakenIn) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import GOOD, QUIET, heading, lay, say

    yield from (lay(f"wrote {path}") for path in taken.written)
    if taken.lacking:
        yield heading("Still lacking", f"greenroom bank check {shlex.quote(str(taken.pack))}")
        yield from (lay(str(fault), say("  ○ ", QUIET)) for fault in taken.lacking)
        yield lay("")
        yield lay(LEFT_OUT)
    else:
        yield lay(say("✓ No faults: the pack is complete.", GOOD))


def export(
    anki: Annotated[Path, typer.Option("--anki", metavar="FILE.apkg", help="Write a deck for Anki; nothing is overwritten.")],
    topic: Topic = None,
    level: Levels = None,
    pack: Packs = None,
    json: Json = False,
) -> None:
    """The questions as a deck for Anki.

    A note for each question, key point and misconception. The same bank is always the same notes: importing a later export updates them,
    and what you learned stays.
    """
    from greenroom.cli.screen.terminal import many, write, write_json

    count = room_with(pack).bank.export_anki(anki, topic, level)
    if json:
        write_json({"file": str(anki), "notes": count})
    else:
        write(f"wrote {anki}: {many(count, 'note')}. In Anki: File, Import.")


def preview(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The pack that you are writing.")],
    host: Host = None,
    port: Annotated[int, typer.Option(metavar="PORT", min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    i_know: IKnow = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser window.")] = False,
) -> None:
    """A pack in the browser while you write it.

    Its faults, its questions, and a sample answer assessed at once. Nothing that you try there is stored. Save a file and load the page
    again: it shows what the file says now.
    """
    from greenroom.errors import NotFoundError

    if not folder.is_dir():
        raise NotFoundError("folder", str(folder), hint="`greenroom bank new DIR` makes a pack.")
    context.obj(host, port, i_know=i_know, browser=not no_browser, preview=folder)
