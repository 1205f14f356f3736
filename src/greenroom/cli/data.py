"""`greenroom export · import · erase · backup · restore · doctor`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenroom.errors import ConflictError

if TYPE_CHECKING:
    from rich.text import Text

    from greenroom.room import Room
    from greenroom.room.data import Finding

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
File = Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False)]
OWNER = "local"
"""The one owner alone on a laptop (``settings.LOCAL_OWNER``, which this module does not load before it must)."""


def register(app: typer.Typer) -> None:
    app.command("export")(export)
    app.command("import")(import_)
    for command in (erase, backup, restore, doctor):
        app.command()(command)


def _room() -> Room:
    """Not opened yet: ``with`` does that."""
    from greenroom.room import Room
    from greenroom.settings import read_settings

    return Room(read_settings(), assess=False)


def _tell(json: bool, value: object, *lines: str) -> None:
    from greenroom.cli.screen.terminal import write, write_json

    write_json(value) if json else write(*lines)


def _counted(done: str, counts: Mapping[str, int]) -> str:
    return f"{done}: " + ", ".join(f"{n} {name}" for name, n in counts.items()) + "."


def _must_not_exist(file: Path) -> None:
    if file.exists():
        raise ConflictError(f"{file} exists already.", "Choose another name; nothing is overwritten.")


def export(file: File, json: Json = False) -> None:
    """Everything of yours in one zip file, for another greenroom."""
    _must_not_exist(file)
    with _room() as room:
        counts = room.data.export(OWNER, file)
    _tell(json, dict(counts), _counted(f"Wrote {file}", counts))


def import_(file: File, json: Json = False) -> None:
    """Bring in an export; what is here already stays as it is."""
    with _room() as room:
        counts = room.data.import_(OWNER, file)
    _tell(json, dict(counts), _counted(f"Read {file}", counts))


def erase(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, json: Json = False) -> None:
    """Delete everything of yours here: answers, notes, stories, papers, recordings.

    Exports and backups that you made are not touched. It cannot be undone.
    """
    if not yes:
        typer.confirm("Delete all answers, notes, stories, papers and recordings? It cannot be undone.", abort=True)
    with _room() as room:
        counts = room.data.erase(OWNER)
    _tell(json, dict(counts), _counted("Deleted", counts) if counts else "There was nothing to delete.")


def backup(file: File, json: Json = False) -> None:
    """Copy the whole database, even while greenroom is open."""
    _must_not_exist(file)
    with _room() as room:
        room.data.backup(file)
    _tell(json, {"file": str(file)}, f"Wrote {file}.")


def restore(file: File, json: Json = False) -> None:
    """Put a backup in the place of the database.

    The present one is kept beside it. Close greenroom first.
    """
    kept = _room().data.restore(file)
    lines = [f"Restored {file}.", *([f"What was there is kept as {kept}."] if kept else [])]
    if kept and (log := kept.with_name(kept.name + "-wal")).exists():
        lines.append(f"{log.name} belongs to it and may hold answers. Copy both before you open them.")
    _tell(json, {"restored": str(file), "kept": str(kept) if kept else None}, *lines)


def doctor(json: Json = False) -> None:
    """What is here, what is wrong, and what to do about it."""
    from greenroom.cli.labs import examine
    from greenroom.cli.screen.terminal import write, write_json
    from greenroom.cli.voice.commands import examine as examine_voice

    room = _room()
    try:
        findings = [*room.data.doctor(), examine(room.settings), examine_voice(room)]
    finally:
        room.close()
    if json:
        write_json([finding.model_dump() for finding in findings])
    else:
        write(*_found(findings))
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


def _found(findings: Sequence[Finding]) -> Iterator[Text]:
    from rich.text import Text

    from greenroom.cli.screen.terminal import BAD, GOOD, MIDDLE, lay, say

    widest = max(len(finding.name) for finding in findings)
    for finding in findings:
        sign = ("  ✓ ", GOOD) if finding.well else ("  ✕ ", BAD)
        yield lay(say(finding.state), Text.assemble(sign, (f"{finding.name:<{widest}}  ", "bold")))
        if finding.cure:
            yield lay(say(finding.cure, MIDDLE), " " * (widest + 6))
