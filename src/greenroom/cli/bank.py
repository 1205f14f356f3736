"""`greenroom bank …`: the questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from greenroom.cli.terminal import console, say, write, write_json
from greenroom.room import LOCAL_OWNER, Room
from greenroom.settings import Settings

app = typer.Typer(help="The questions: list, show, check, write your own.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Packs = Annotated[list[Path] | None, typer.Option("--pack", help="A further pack folder; may be given several times.")]


def room_with(packs: list[Path] | None) -> Room:
    settings = Settings()
    return Room(settings.model_copy(update={"packs": (*settings.packs, *(packs or ()))}))


@app.command("list")
def list_questions(pack: Packs = None, json: Json = False) -> None:
    """All questions, by topic."""
    room = room_with(pack)
    questions = room.bank.questions()
    if json:
        keys = ("id", "topic", "level", "kind", "ask")
        write_json([{**{key: getattr(q, key) for key in keys}, "forms": len(q.forms)} for q in questions])
    else:
        from rich.table import Table

        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for name in ("id", "level", "asked as", "forms"):
            table.add_column(name, overflow="fold")
        for q in questions:
            table.add_row(say(q.id, "bold"), say(q.level, "dim"), say(q.ask), say(str(len(q.forms)), "dim"))
        console.print(table)
    for fault in room.bank.faults():
        typer.echo(say(fault).plain, err=True)


@app.command()
def show(
    question_id: Annotated[str, typer.Argument(metavar="ID")],
    points: Annotated[bool, typer.Option("--points", help="Show what answers are held against: key points and misconceptions.")] = False,
    pack: Packs = None,
    json: Json = False,
) -> None:
    """One question: how it is asked and what is listened for. Model answers come after your first attempt."""
    room = room_with(pack)
    question = room.bank.get(question_id)
    if json:
        write_json(question)
        return
    write(say(question.ask, "bold"), say(f"{question.topic} · {question.level}", "dim"), "")
    write(say("Also asked as", "dim"), *(f"  {n}. {form.ask}" for n, form in enumerate(question.forms, 1)), "")
    write(say("What is listened for", "dim"), f"  {question.listens_for}", "")
    if points:
        write(say("Key points", "dim"), *(f"  {'●' * p.weight:<3} {p.point}" for p in question.key_points), "")
        write(say("Misconceptions", "dim"), *(f"  ✕ {m.claim}\n    {m.correction}" for m in question.misconceptions), "")
    if room.interview.attempted(LOCAL_OWNER, question.id):
        write(say("In plain words", "dim"), f"  {question.model_answers.plain}", "")
        write(say("To an engineer", "dim"), f"  {question.model_answers.technical}")
    else:
        write(say(f"Model answers come after your first attempt: greenroom interview --question {question.id}", "dim"))
    room.close()


@app.command()
def check(
    path: Annotated[Path | None, typer.Argument(help="A pack folder; without it all packs in use.")] = None,
    json: Json = False,
) -> None:
    """Every fault of a pack at once, with its file, line and cure."""
    faults = room_with(None).bank.check(path)
    if json:
        write_json([fault.model_dump() for fault in faults])
    elif faults:
        write(*(str(fault) for fault in faults), say(f"{len(faults)} fault(s).", "red"))
    else:
        write(say("No faults.", "green"))
    if faults:
        raise typer.Exit(1)


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Where to make the pack; the folder must not exist yet.")],
    json: Json = False,
) -> None:
    """Start a pack of your own: a folder with one complete question to write over."""
    from greenroom.bank.scaffold import make_pack

    files = make_pack(folder)
    if json:
        write_json([str(file) for file in files])
    else:
        write(*(f"wrote {file}" for file in files), "", f"Fill it in, then: greenroom bank check {folder}")


@app.command()
def selftest(
    question_id: Annotated[list[str] | None, typer.Argument(metavar="[ID]…")] = None,
    pack: Packs = None,
    json: Json = False,
) -> None:
    """The bank against the assessor: each failure is a fault of one or the other."""
    failures = []
    for failure in room_with(pack).bank.self_test(tuple(question_id or ())):
        failures.append(failure)
        if not json:
            write(f"{failure.question_id}: {failure.what}")
    if json:
        write_json([failure.model_dump() for failure in failures])
    else:
        write(say(f"{len(failures)} failure(s).", "red" if failures else "green"))
    if failures:
        raise typer.Exit(1)
