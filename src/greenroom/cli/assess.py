"""`greenroom assess` and `greenroom grade`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from greenroom.cli.terminal import write, write_json
from greenroom.errors import InputError, NotFoundError, TooLargeError
from greenroom.room import Room
from greenroom.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BYTES_PER_CHARACTER = 4


def register(app: typer.Typer) -> None:
    app.command()(assess)
    app.command()(grade)


def assess(
    question_id: Annotated[str, typer.Argument(metavar="ID")],
    source: Annotated[str | None, typer.Argument(metavar="[-]", help="“-” reads the answer from stdin.")] = None,
    file: Annotated[Path | None, typer.Option(help="Read the answer from a file.")] = None,
    text: Annotated[str | None, typer.Option(help="The answer itself.")] = None,
    form: Annotated[int | None, typer.Option(min=1, help="The question's other form with this number (see bank show).")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show why each point was or was not credited.")] = False,
    json: Json = False,
) -> None:
    """One answer in, one assessment out; nothing is stored."""
    from greenroom.cli.feedback import feedback

    settings = Settings()
    room = Room(settings)
    question = room.bank.get(question_id)
    if form is not None and form > len(question.forms):
        raise NotFoundError("form", str(form), hint=f"“{question_id}” has {len(question.forms)} other forms.")
    answer = _read(source, file, text, settings.answer_limit)
    found = room.assess.once(question_id, question.forms[form - 1].ask if form else None, answer)
    if json:
        write_json(found)
    else:
        write(*feedback(question, answer, found, explain=explain))


def _read(source: str | None, file: Path | None, text: str | None, limit: int) -> str:
    if [source is not None, file is not None, text is not None].count(True) != 1 or source not in (None, "-"):
        raise typer.BadParameter("Give the answer by one of --text, --file or - (stdin).")
    if text is not None:
        return text
    most = limit * BYTES_PER_CHARACTER
    try:
        with file.open("rb") if file else sys.stdin.buffer as stream:
            raw = stream.read(most + 1)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", "Check the name and its rights.") from error
    if len(raw) > most:
        raise TooLargeError(f"The answer is longer than {limit:,} characters.", "Shorten it, or set GREENROOM_ANSWER_LIMIT.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"The answer is not UTF-8 (byte {error.start}).", "Save it as UTF-8 text.") from error


def grade(
    rows: Annotated[Path, typer.Option("--in", metavar="ROWS.jsonl", help="Rows to grade, one JSON object a line.")],
    scored: Annotated[Path, typer.Option("--out", metavar="SCORED.jsonl", help="Where to write; an unfinished file is gone on with.")],
    json: Json = False,
) -> None:
    """Grade many answers of any subject, by key points or a reference."""
    from greenroom.cli.grading import grade_file

    counts = grade_file(rows, scored, quiet=json)
    if json:
        write_json(counts)
    else:
        write(", ".join(f"{n} {name}" for name, n in counts.items()) + f"; written to {scored}.")
    if counts["error"]:
        raise typer.Exit(1)
