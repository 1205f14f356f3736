"""`greenroom prep story …`: a person's own stories in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.text import Text

    from greenroom.prep.story import Gap, Part
    from greenroom.room import Room
    from greenroom.room.own.stories import StoryView

app = typer.Typer(help="Your own stories for behavioural questions.", no_args_is_help=True, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StoryId = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it; its first characters are enough.")]
File = Annotated[Path | None, typer.Option("--file", metavar="F", exists=True, dir_okay=False, help="The story from a file.")]
Title = Annotated[str | None, typer.Option(metavar="TITLE", help="By which you remember it.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="May be given several times.")]
OWNER = "local"
STATES = {"missing": "missing", "thin": "thin", "unsure": "could not judge"}


@contextmanager
def opened() -> Iterator[Room]:
    from greenroom.room import Room
    from greenroom.settings import read_settings

    with Room(read_settings(), assess=False) as room:
        yield room


@app.command("list")
def list_stories(json: Json = False) -> None:
    """Your stories, the latest changed first, with what each lacks."""
    with opened() as room:
        views = room.prep.story.list(OWNER)
    from greenroom.cli.screen.terminal import write, write_json

    if json:
        write_json([view.model_dump(mode="json") for view in views])
    else:
        write(*(_row(view) for view in views) if views else ["No story yet. Tell one: greenroom prep story add --file story.txt"])


def _row(view: StoryView) -> Text:
    from rich.text import Text

    from greenroom.cli.screen.terminal import GOOD, MIDDLE, QUIET, lay, many, say

    lacks = [gap.name for gap in view.reading.gaps if gap.state == "missing"]
    state = say("whole", GOOD) if view.reading.complete else say(f"lacks {', '.join(lacks)}" if lacks else "thin in places", MIDDLE)
    tags = "".join(f" · {tag}" for tag in view.story.tags)
    note = Text.assemble(state, (f" · told {many(len(view.uses), 'time')}{tags}", QUIET))
    return lay(Text.assemble(say(view.story.title, "bold"), "  ", note), say(f"  {view.story.story_id[:8]}  ", QUIET))


@app.command()
def add(
    file: File = None,
    text: Annotated[str | None, typer.Option(metavar="T", help="The story itself.")] = None,
    title: Title = None,
    tag: Tags = None,
    json: Json = False,
) -> None:
    """Keep a story: it is sorted into its parts, and what is missing is asked for.

    Without --file and --text it is read from stdin.
    """
    told = _text(file, text)
    with opened() as room:
        view = room.prep.story.add(OWNER, told, title or "", tag or ())
    _tell(json, view)


@app.command()
def show(story_id: StoryId, json: Json = False) -> None:
    """One story, part by part: what is told, what is lacking, whose steps they are, and what it can answer."""
    with opened() as room:
        view = _find(room, story_id)
    _tell(json, view)


@app.command()
def edit(
    story_id: StoryId,
    file: File = None,
    text: Annotated[str | None, typer.Option(metavar="T", help="The story anew.")] = None,
    title: Title = None,
    tag: Tags = None,
    sentence: Annotated[int | None, typer.Option(metavar="N", help="Move sentence N, as `show` numbers them; with --part.")] = None,
    part: Annotated[str, typer.Option(metavar="PART", help="situation, task, action, result or reflection.")] = "",
    gap: Annotated[str, typer.Option(metavar="GAP", help="Fill this gap, as `show` names it; with --words.")] = "",
    words: Annotated[str, typer.Option(metavar="TEXT", help="The answer to the gap's question.")] = "",
    json: Json = False,
) -> None:
    """Change its words, title or tags; move a sentence to another part; fill a gap.

    \b
    greenroom prep story edit 1f3a --sentence 4 --part result
    greenroom prep story edit 1f3a --gap task --words "I had to find out how often it happened."
    """
    anew = file is not None or text is not None or title is not None or tag is not None
    _check_edit(anew=anew, sentence=sentence is not None, part=bool(part), gap=bool(gap), words=bool(words.strip()))
    with opened() as room:
        view = _find(room, story_id)
        found, story = view.story.story_id, view.story
        if anew:
            told = _text(file, text) if file or text is not None else story.text
            view = room.prep.story.edit(OWNER, found, told, story.title if title is None else title, story.tags if tag is None else tag)
        if sentence is not None:
            view = room.prep.story.move(OWNER, found, _sentence(view, sentence), _part(part))
        if gap:
            view = room.prep.story.fill(OWNER, found, gap, words)
    _tell(json, view)


@app.command()
def delete(story_id: StoryId, json: Json = False) -> None:
    """Delete a story for good, with the count of how often it was told."""
    from greenroom.cli.screen.terminal import write, write_json

    with opened() as room:
        view = _find(room, story_id)
        room.prep.story.delete(OWNER, view.story.story_id)
    write_json({"deleted": view.story.story_id}) if json else write(f"Deleted “{view.story.title}”.")


def _text(file: Path | None, text: str | None) -> str:
    """What was given: a file, an option, or stdin."""
    import sys

    from greenroom.errors import InputError

    if file is not None and text is not None:
        raise InputError("The story is given twice.", "Give --file or --text, not both.")
    if file is not None:
        try:
            return file.read_text(encoding="utf-8")
        except OSError as error:
            raise InputError(f"{file} cannot be read: {error.strerror}.", "Check the name and its rights.") from error
        except UnicodeDecodeError as error:
            raise InputError(
                f"{file} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8 text; of a PDF, paste the words."
            ) from error
    return sys.stdin.read() if text is None else text


def _find(room: Room, story_id: str) -> StoryView:
    """By the id or its first characters. Raises NotFoundError, InputError where several begin so."""
    from greenroom.errors import InputError

    views = [view for view in room.prep.story.list(OWNER) if view.story.story_id.startswith(story_id)] if story_id else []
    if len(views) > 1:
        raise InputError(f"{len(views)} stories begin with “{story_id}”.", "Give more of the id.")
    return views[0] if views else room.prep.story.get(OWNER, story_id)


def _check_edit(*, anew: bool, sentence: bool, part: bool, gap: bool, words: bool) -> None:
    """Nothing that was typed is passed over. Raises InputError."""
    from greenroom.errors import InputError

    for one, other, names, example in (
        (sentence, part, "--sentence and --part", "--sentence 4 --part result"),
        (gap, words, "--gap and --words", '--gap task --words "I had to halve it by Easter."'),
    ):
        if one != other:
            raise InputError(f"{names} belong together.", f"greenroom prep story edit ID {example}")
    if not (anew or sentence or gap):
        raise InputError("There is nothing to change.", "Give new words, a title or tags, move a sentence or fill a gap: --help says how.")


def _sentence(view: StoryView, number: int) -> str:
    from greenroom.errors import InputError

    placed = view.reading.placed
    if not 1 <= number <= len(placed):
        raise InputError(f"There is no sentence {number}.", f"`greenroom prep story show` numbers them: 1 to {len(placed)}.")
    return placed[number - 1].text


def _part(name: str) -> Part:
    from greenroom.errors import NotFoundError
    from greenroom.prep.story import ORDER

    found = next((part for part in ORDER if part == name), None)
    if found is None:
        raise NotFoundError("part", name, ORDER, f"One of: {', '.join(ORDER)}.")
    return found


def _tell(json: bool, view: StoryView) -> None:
    from greenroom.cli.screen.terminal import write, write_json

    write_json(view) if json else write(*_shown(view))


def _shown(view: StoryView) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import QUIET, heading, lay, say
    from greenroom.prep.story import ORDER

    reading, number = view.reading, {each.start: n for n, each in enumerate(view.reading.placed, 1)}
    yield heading(view.story.title, " · ".join([view.story.story_id[:8], *view.story.tags]))
    for part in ORDER:
        yield heading(part.capitalize())
        for line in reading.of(part):
            yield lay(line.text, say(f"  {number[line.start]:>2}  ", QUIET))
        if part in reading.along:
            yield lay(say(f"Told beside another part: “{reading.along[part]}”", QUIET), "      ")
        yield from (_gap(gap) for gap in reading.gaps if gap.part == part)
    yield heading("Whose steps", f"“I” {len(reading.own)}, “we” {len(reading.ours)}, nobody named {len(reading.nobodys)}")
    if reading.figure:
        yield lay(say(reading.figure), say("  proof  ", QUIET))
    if view.serves:
        yield heading("It can answer")
        for each in view.serves:
            yield lay(each.ask, say("  ", QUIET))
            yield lay(say(f"{each.question_id}: {', '.join(each.words)}", QUIET), "    ")
    if view.uses:
        yield heading("Told", f"in {len(view.uses)} of your answers")


def _gap(gap: Gap) -> Text:
    from greenroom.cli.screen.terminal import MIDDLE, lay, say

    name = "" if gap.name == gap.part else f"{gap.name}, "
    return lay(gap.ask, say(f"  ○  {name}{STATES[gap.state]}: ", MIDDLE), "     ")
