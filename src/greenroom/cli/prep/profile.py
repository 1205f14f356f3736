"""`greenroom prep`: who is preparing, for what, until when; the commands of preparing hang on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.text import Text

    from greenroom.prep.profile import Profile

app = typer.Typer(invoke_without_command=True, no_args_is_help=False, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def read_day(typed: str) -> date:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise typer.BadParameter(f"“{typed[:40]}” is no day. Give it as year-month-day, for example 2027-01-15.") from None


@app.callback()
def prep(
    context: typer.Context,
    on: Annotated[date | None, typer.Option(metavar="YYYY-MM-DD", parser=read_day, help="The day of the interview.")] = None,
    role: Annotated[str | None, typer.Option(metavar="ROLE", help="The role.")] = None,
    company: Annotated[str | None, typer.Option(metavar="NAME", help="The company.")] = None,
    level: Annotated[str | None, typer.Option(metavar="LEVEL", help="foundation, practitioner or expert.")] = None,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="The language of the interview: en, de, fr …")] = None,
    json: Json = False,
) -> None:
    """Say what you are preparing for; without options, show it."""
    if context.invoked_subcommand is not None:
        return
    from greenroom.cli.screen.terminal import valid, write, write_json
    from greenroom.prep.profile import Profile
    from greenroom.room import LOCAL_OWNER, Room
    from greenroom.settings import read_settings

    with Room(read_settings(), assess=False) as room:
        profile = room.prep.profile(LOCAL_OWNER)
        given = {"interview_on": on, "role": role, "company": company, "level": level, "language": language}
        changes = {key: value for key, value in given.items() if value is not None}
        if changes:
            profile = room.prep.save(LOCAL_OWNER, valid(Profile, **{**profile.model_dump(), **changes}))
    write_json(profile) if json else write(*_profile(profile))


def _profile(profile: Profile) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import QUIET, day, lay, say
    from greenroom.prep.language import name_of

    on = day(profile.interview_on) if profile.interview_on else ""
    spoken = "" if profile.language == "en" else f"{name_of(profile.language)} (answers are judged in English only, so far)"
    shown = [("Role", profile.role), ("Company", profile.company), ("Interview", on), ("Level", profile.level or "")]
    for name, value in [*shown, *([("Language", spoken)] if spoken else [])]:
        yield lay(say(value or "not said", "" if value else QUIET), say(f"  {name:<11}", QUIET))
