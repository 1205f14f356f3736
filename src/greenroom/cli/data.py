"""`greenroom export · import · backup · restore · doctor · prep`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from greenroom.cli.terminal import console, say, write, write_json
from greenroom.errors import ConflictError
from greenroom.room import LOCAL_OWNER, Room
from greenroom.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
File = Annotated[Path, typer.Argument(dir_okay=False)]


def register(app: typer.Typer) -> None:
    app.command("export")(export)
    app.command("import")(import_)
    for command in (backup, restore, doctor, prep):
        app.command()(command)


def _counts(counts: Mapping[str, int], json: bool, done: str) -> None:
    if json:
        write_json(dict(counts))
    else:
        write(f"{done}: " + ", ".join(f"{n} {name}" for name, n in counts.items()) + ".")


def export(file: File, json: Json = False) -> None:
    """Everything of yours, as one zip file that another greenroom can import."""
    if file.exists():
        raise ConflictError(f"{file} exists already.", "Choose another name; nothing is overwritten.")
    with Room(Settings()) as room:
        _counts(room.data.export(LOCAL_OWNER, file), json, f"Wrote {file}")


def import_(file: File, json: Json = False) -> None:
    """Bring in an export; what is here already stays as it is."""
    with Room(Settings()) as room:
        _counts(room.data.import_(LOCAL_OWNER, file), json, f"Read {file}")


def backup(file: File, json: Json = False) -> None:
    """Copy the whole database, consistently, even while greenroom is open."""
    if file.exists():
        raise ConflictError(f"{file} exists already.", "Choose another name; nothing is overwritten.")
    with Room(Settings()) as room:
        room.data.backup(file)
    write_json({"file": str(file)}) if json else write(f"Wrote {file}.")


def restore(file: File, json: Json = False) -> None:
    """Put a backup in the place of the database; the present one is kept beside it. Close greenroom first."""
    kept = Room(Settings()).data.restore(file)
    if json:
        write_json({"restored": str(file), "kept": str(kept) if kept else None})
    else:
        write(f"Restored {file}.", *([f"What was there is kept as {kept}."] if kept else []))


def doctor(json: Json = False) -> None:
    """What is here, what is wrong, and what to do about it."""
    room = Room(Settings())
    try:
        findings = room.data.doctor()
    finally:
        room.close()
    if json:
        write_json([finding.model_dump() for finding in findings])
    else:
        for f in findings:
            sign = say("✓ ", "green") if f.well else say("✕ ", "red")
            console.print(sign, say(f"{f.name}: ", "bold"), say(f.state), *([say(f"\n  {f.cure}", "yellow")] if f.cure else []), sep="")
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


def prep(
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of the interview.")] = None,
    role: Annotated[str | None, typer.Option(help="The role.")] = None,
    company: Annotated[str | None, typer.Option(help="The company.")] = None,
    json: Json = False,
) -> None:
    """Say what you are preparing for; without options, show it."""
    with Room(Settings()) as room:
        profile = room.prep.profile(LOCAL_OWNER)
        given = {"interview_on": on.date() if on else None, "role": role, "company": company}
        changes = {key: value for key, value in given.items() if value is not None}
        if changes:
            profile = room.prep.save(LOCAL_OWNER, profile.model_copy(update=changes))
    if json:
        write_json(profile)
        return
    write(
        f"Role: {profile.role or 'not said'}",
        f"Company: {profile.company or 'not said'}",
        f"Interview: {profile.interview_on or 'no date yet'}",
    )
