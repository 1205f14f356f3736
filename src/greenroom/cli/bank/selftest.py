"""`greenroom bank selftest`: the bank held against the assessor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenroom.cli.bank.shared import Json, Packs, room_with
from greenroom.cli.doors.complete import question_ids
from greenroom.errors import ConflictError, InputError

if TYPE_CHECKING:
    from greenroom.assess.selftest.report import Named
    from greenroom.assess.selftest.trial import Outcome


def register(app: typer.Typer) -> None:
    app.command()(selftest)


def selftest(
    question_id: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]…", help="Only these questions.", autocompletion=question_ids)
    ] = None,
    pack: Packs = None,
    others: Annotated[
        int, typer.Option("--others", metavar="N", min=0, help="Questions of other topics the technical model answer is held against.")
    ] = 8,
    full: Annotated[bool, typer.Option("--full", help="All of them: hours, for the whole bank.")] = False,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write what was found as Markdown.")] = None,
    named: Annotated[
        Path | None,
        typer.Option("--named", metavar="FILE", help="A YAML list of failures that somebody has read: no reason to fail."),
    ] = None,
    kept: Annotated[
        Path | None,
        typer.Option("--kept", metavar="FILE", help="Write each outcome there at once, and hold nothing again that stands there already."),
    ] = None,
    json: Json = False,
) -> None:
    """The bank against the assessor: each failure is a fault of one or the other."""
    from greenroom.assess.selftest.report import make_report, unnamed
    from greenroom.cli.grading import show_progress
    from greenroom.cli.screen.terminal import lay, many, say, write
    from greenroom.paper.markdown import to_markdown

    _check_files(report, named, kept)
    room = room_with(pack)
    names = room.bank.named_failures(named) if named else []
    held: list[Outcome] = []
    going = room.bank.self_test(tuple(question_id or ()), None if full else others, kept)
    alike, done = room.bank.alike_points() if report and not question_id else [], 0
    try:
        with show_progress(json) as progress:
            task = progress.add_task("holding", total=going.trials)
            for outcomes in going.results:
                done += 1
                held += outcomes
                progress.advance(task)
                if not json:
                    write(*(lay(f"{each.question_id}: {each.what}", "  ✕ ") for each in unnamed(outcomes, names)))
    except KeyboardInterrupt:
        on = f"{kept} has what came out: the same command goes on." if kept else "With --kept FILE the next one goes on."
        write(lay(say(f"Broken off after {done} of {many(going.trials, 'answer')}. {on}")))
        raise
    finally:  # what was found in an hour is not lost when the next one is broken off
        if report and held:
            _write_report(report, to_markdown(make_report(held, alike, names, going.trials - done)))
    _tell(held, names, json=json)


def _tell(held: Sequence[Outcome], names: Sequence[Named], *, json: bool) -> None:
    """What failed in all; exit code 1 where something did that nobody has named."""
    from greenroom.assess.selftest.report import outlived, unnamed
    from greenroom.cli.screen.terminal import BAD, GOOD, lay, many, say, write, write_json

    failures, old = unnamed(held, names), outlived(held, names)
    if json:
        write_json([failure.model_dump() for failure in failures])
    else:
        write(*(lay(f"{each.question_id}, {each.check}, is no failure any more: strike out “{each.about}”.", "  · ") for each in old))
        read = sum(not outcome.passed for outcome in held) - len(failures)
        known = f", and {read} that somebody has named" if names else ""
        write("", lay(say(f"{many(len(failures), 'failure')} of {many(len(held), 'check')}{known}.", BAD if failures else GOOD)))
    if failures:
        raise typer.Exit(1)


def _check_files(report: Path | None, named: Path | None, kept: Path | None) -> None:
    """Before anything is held: no file is given twice, and no text that is none of ours is written over. Raises InputError."""
    from greenroom.assess.selftest.report import TITLE

    given = [path.resolve() for path in (report, named, kept) if path]
    if len(set(given)) < len(given):
        raise InputError("One file is given twice.", "Give --report, --named and --kept a file each.")
    if report is None:
        return
    try:
        new = not report.exists()
        with report.open("a+b") as file:
            file.seek(0)
            ours = file.read(len(TITLE) + 2) in (b"", f"# {TITLE}".encode())
        if new:
            report.unlink()
    except OSError as error:
        raise _unwritten(report, error) from error
    if not ours:
        raise ConflictError(f"{report} exists already and is no report of a self-test.", "Name another file: nothing is overwritten.")


def _write_report(path: Path, text: str) -> None:
    """Whole or not at all. Raises InputError."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be written: {error.strerror or error}.", "Name a file in a folder that exists.")
