"""`greenroom bank selftest`: the bank held against the assessor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenroom.cli.bank.shared import Json, Packs, room_with
from greenroom.cli.doors.complete import question_ids

if TYPE_CHECKING:
    from greenroom.assess.selftest.report import Alike, Named
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
    from greenroom.assess.selftest.report import outlived, unnamed
    from greenroom.cli.screen.terminal import BAD, GOOD, lay, many, say, write, write_json

    room = room_with(pack)
    names = room.bank.named_failures(named) if named else []
    held = room.bank.self_test(tuple(question_id or ()), None if full else others, kept)
    outcomes: list[Outcome] = []
    alike = room.bank.alike_points() if report and not question_id else []
    if report:
        _write_report(report, outcomes, alike, names)
    try:
        for outcome in held:
            outcomes.append(outcome)
            if not json and unnamed([outcome], names):
                write(lay(f"{outcome.question_id}: {outcome.what}", "  ✕ "))
    finally:  # what was found in an hour is not lost when the next one is broken off
        if report:
            _write_report(report, outcomes, alike, names)
    failures, old = unnamed(outcomes, names), outlived(outcomes, names)
    if json:
        write_json([failure.model_dump() for failure in failures])
    else:
        write(*(lay(f"{each.question_id}, {each.check}, is no failure any more: strike out “{each.about}”.", "  · ") for each in old))
        read = sum(not outcome.passed for outcome in outcomes) - len(failures)
        known = f", and {read} that somebody has named" if names else ""
        write("", lay(say(f"{many(len(failures), 'failure')} of {len(outcomes)} checks{known}.", BAD if failures else GOOD)))
    if failures:
        raise typer.Exit(1)


def _write_report(path: Path, outcomes: list[Outcome], alike: Sequence[Alike], names: Sequence[Named]) -> None:
    from greenroom.assess.selftest.report import make_report
    from greenroom.errors import InputError

    try:
        path.write_text(f"# The bank held against the assessor\n\n{make_report(outcomes, alike, names)}", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.", "Name a file in a folder that exists.") from error
