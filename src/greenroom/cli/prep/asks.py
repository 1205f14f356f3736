"""`greenroom prep asks …`: the questions one means to ask, in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from greenroom.cli.doors.complete import rounds
from greenroom.cli.prep.story import opened

if TYPE_CHECKING:
    from rich.text import Text

    from greenroom.prep.asks.ask import Ask
    from greenroom.prep.asks.judge import Judgement
    from greenroom.room import Room
    from greenroom.room.own.asks import AskList

app = typer.Typer(help="The questions you mean to ask them, a list for each round.", no_args_is_help=True, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RoundName = Annotated[str, typer.Argument(metavar="ROUND", help="recruiter, manager, peer or executive.", autocompletion=rounds)]
Number = Annotated[int, typer.Argument(metavar="N", help="The number of the question, as `list` shows it.")]
Why = Annotated[str, typer.Option(metavar="WHY", help="What you want to know it for; for yourself.")]
OWNER = "local"
SIDES = {"purpose": "purpose", "specific": "particular to them", "fit": "for this round", "opens": "leads on"}


@app.command("list")
def list_asks(
    round_name: Annotated[
        str, typer.Argument(metavar="[ROUND]", help="recruiter, manager, peer or executive; default: all.", autocompletion=rounds)
    ] = "",
    starters: Annotated[bool, typer.Option("--starters", help="Also show beginnings that are not on the list.")] = False,
    json: Json = False,
) -> None:
    """Your list for a round, each question looked at."""
    from greenroom.prep.asks.ask import ROUNDS
    from greenroom.room.own.asks import check_round

    rounds = [check_round(round_name)] if round_name else list(ROUNDS)
    with opened() as room:
        found = [room.prep.asks.list(OWNER, each) for each in rounds]
    from greenroom.cli.screen.terminal import write, write_json

    if json:
        write_json([each.model_dump(mode="json") for each in found])
    else:
        write(*(line for each in found for line in _listed(each, starters)))


@app.command()
def add(round_name: RoundName, text: Annotated[str, typer.Argument(metavar="QUESTION")], why: Why = "", json: Json = False) -> None:
    """Put a question on the list of a round."""
    from greenroom.room.own.asks import check_round

    with opened() as room:
        room.prep.asks.add(OWNER, check_round(round_name), text, why)
        _tell(json, room, round_name)


@app.command()
def edit(
    round_name: RoundName,
    number: Number,
    text: Annotated[str, typer.Argument(metavar="QUESTION")],
    why: Annotated[str | None, typer.Option(metavar="WHY", help="What you want to know it for; default: as before.")] = None,
    json: Json = False,
) -> None:
    """Change its words."""
    with opened() as room:
        ask = _ask(room, round_name, number)
        room.prep.asks.edit(OWNER, ask.ask_id, text, ask.why if why is None else why)
        _tell(json, room, round_name)


@app.command()
def move(
    round_name: RoundName,
    number: Number,
    to: Annotated[int, typer.Argument(metavar="TO", min=1, help="Its new number.")],
    json: Json = False,
) -> None:
    """Move a question to another place of its list."""
    with opened() as room:
        ask = _ask(room, round_name, number)
        room.prep.asks.move(OWNER, ask.ask_id, to - number)
        _tell(json, room, round_name)


@app.command()
def delete(round_name: RoundName, number: Number, json: Json = False) -> None:
    """Take a question off its list."""
    with opened() as room:
        room.prep.asks.delete(OWNER, _ask(room, round_name, number).ask_id)
        _tell(json, room, round_name)


@app.command()
def judge(round_name: RoundName, text: Annotated[str, typer.Argument(metavar="TEXT")], json: Json = False) -> None:
    """Look at the questions in a text, as they would be asked in a round; nothing is stored."""
    from greenroom.room.own.asks import check_round

    with opened() as room:
        found = room.prep.asks.judge(OWNER, check_round(round_name), text)
    from greenroom.cli.screen.terminal import write, write_json

    if json:
        write_json([each.model_dump(mode="json") for each in found])
    else:
        write(*(line for n, each in enumerate(found, 1) for line in judged(each, n)))


@app.command()
def practise(
    round_name: RoundName, json: Annotated[bool, typer.Option("--json", help="Talk by JSON lines, for programs.")] = False
) -> None:
    """That round's interviewer asks what questions you have; your answer is judged like any other, and question by question."""
    from greenroom.cli.interview import talk_json
    from greenroom.cli.talk import Talk
    from greenroom.errors import NotFoundError
    from greenroom.interview.session import Setup
    from greenroom.room import Room
    from greenroom.room.own.asks import check_round
    from greenroom.settings import read_settings

    with Room(read_settings()) as room:
        question = room.prep.asks.question(check_round(round_name))
        if question is None:
            raise NotFoundError("question for this round", round_name, hint="Load the core pack: it has one for every round.")
        view = room.interview.start(OWNER, Setup(mode="drill", question_ids=(question.id,), count=1))
        talk_json(room, view) if json else Talk(room, view).run()


def _ask(room: Room, round_name: str, number: int) -> Ask:
    """The question with a number. Raises NotFoundError."""
    from greenroom.errors import NotFoundError
    from greenroom.room.own.asks import check_round

    items = room.prep.asks.list(OWNER, check_round(round_name)).items
    if not 1 <= number <= len(items):
        raise NotFoundError(
            "question of that number", str(number), hint=f"The list has {len(items)}: greenroom prep asks list {round_name}"
        )
    return items[number - 1].ask


def _tell(json: bool, room: Room, round_name: str) -> None:
    from greenroom.cli.screen.terminal import write, write_json
    from greenroom.room.own.asks import check_round

    found = room.prep.asks.list(OWNER, check_round(round_name))
    write_json(found) if json else write(*_listed(found, False))


def _listed(found: AskList, starters: bool) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import MIDDLE, QUIET, heading, lay, many, say

    yield heading(found.round.capitalize(), many(len(found.items), "question"))
    for n, item in enumerate(found.items, 1):
        yield from judged(item.judgement, n)
        if item.ask.why:
            yield lay(say(f"for you: {item.ask.why}", QUIET), "      ")
        if item.practised:
            yield lay(say(f"asked in {many(item.practised, 'practice')}", QUIET), "      ")
    if not found.items:
        cure = f"Nothing on this list yet. greenroom prep asks add {found.round} “…”" + ("" if starters else "; beginnings: --starters")
        yield lay(say(cure, QUIET))
    yield from (lay(say(note, MIDDLE)) for note in found.overview.notes)
    if starters:
        yield heading("Beginnings")
        yield from (lay(text, say("  –  ", QUIET)) for text in found.starters)


def judged(found: Judgement, number: int) -> Iterator[Text]:
    from rich.text import Text

    from greenroom.cli.screen.terminal import BAD, GOOD, MIDDLE, QUIET, flow, lay, say

    yield lay(say(found.text), say(f"  {number:>2}  ", QUIET))
    if found.reason:
        yield lay(say(found.reason, MIDDLE), "      ")
    signs = {True: ("●", GOOD), False: ("◐", MIDDLE), None: ("–", QUIET)}
    marks = [Text.assemble(signs[side.good], (f" {SIDES[side.side]}", QUIET)) for side in found.sides]
    if marks:
        yield Text("    ").append_text(flow(marks, gap=2))
    for sign in found.weak:
        yield lay(say(sign.note, MIDDLE), say(f"      ✕ “{sign.words}” ", BAD), "        ")
    for side in found.sides:
        if side.good is False and not found.weak:
            yield lay(say(side.note, QUIET), say(f"      {SIDES[side.side]}: ", QUIET), "        ")
