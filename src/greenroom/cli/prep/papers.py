"""`greenroom prep job`, `cv`: what a job text asks for, and what a CV will be asked."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenroom.cli.prep.story import opened
from greenroom.errors import InputError

if TYPE_CHECKING:
    from rich.text import Text

    from greenroom.bank.bank import Bank
    from greenroom.prep.job import Evidence, TopicAsked
    from greenroom.prep.papers.paper import Paper
    from greenroom.prep.papers.text import PaperKind
    from greenroom.room import Room
    from greenroom.room.own.papers import CvView, JobView

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
File = Annotated[str, typer.Argument(metavar="[FILE|-]", help="A PDF, DOCX or text file, or - for standard input.")]
Forget = Annotated[bool, typer.Option("--delete", help="Delete the one in use; the one before it is used again.")]
OWNER = "local"
QUESTIONS_SHOWN = 10


def register(app: typer.Typer) -> None:
    app.command()(job)
    app.command()(cv)


def job(file: File = "", delete: Forget = False, json: Json = False) -> None:
    """What a job text asks for, with its own words; without FILE, the one read before.

    It is read on this machine, and nothing is looked up. The questions it leads to come first in `greenroom prep plan`.
    """
    with opened() as room:
        _take(room, "job", file, delete)
        view, bank = room.prep.papers.job(OWNER), room.bank.bank
    _tell(json, view, _job(view, bank) if view else _none("job text", "job"))


def cv(file: File = "", delete: Forget = False, json: Json = False) -> None:
    """What your CV claims and what they will ask about it; without FILE, the one read before."""
    with opened() as room:
        _take(room, "cv", file, delete)
        view = room.prep.papers.cv(OWNER)
    _tell(json, view, _cv(view) if view else _none("CV", "cv"))


def _take(room: Room, kind: PaperKind, file: str, delete: bool) -> None:
    if delete:
        papers: Sequence[Paper] = room.prep.papers.list(OWNER, kind)
        if papers:
            room.prep.papers.delete(OWNER, papers[0].paper_id)
    elif file == "-":
        room.prep.papers.upload(OWNER, kind, sys.stdin.buffer.read())
    elif file:
        room.prep.papers.upload(OWNER, kind, _bytes(Path(file)), Path(file).name)


def _bytes(path: Path) -> bytes:
    from greenroom.prep.papers.text import FILE_LIMIT

    try:
        with path.open("rb") as opened_file:
            return opened_file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Check the name, or give the text on standard input: -") from error


def _tell(json: bool, view: JobView | CvView | None, lines: Iterator[Text]) -> None:
    from greenroom.cli.screen.terminal import write, write_json

    write_json(view) if json else write(*lines)


def _none(noun: str, command: str) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import QUIET, lay, say

    yield lay(say(f"No {noun} yet.", "bold"))
    yield lay(say(f"greenroom prep {command} FILE reads a PDF, a DOCX or a text; - reads standard input.", QUIET))


def _head(paper: Paper, note: str) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import MIDDLE, QUIET, day, lay, many, say

    pages = f", {many(paper.pages, 'page')}" if paper.pages else ""
    yield lay(say(f"{paper.name or 'Text'}{pages}, {len(paper.text.split())} words, {day(paper.added_at)}", QUIET))
    if note:
        yield lay(say(note, MIDDLE))


def _job(view: JobView, bank: Bank) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import QUIET, heading, lay, say, title_of

    reading = view.reading
    yield from _head(view.paper, view.note)
    if reading.topics:
        yield heading("Topics", "most asked first, with the words they came from; + is a plus")
    for topic in reading.topics:
        yield lay(say(f"{title_of(topic.topic)}{_depth(topic)}", "bold"))
        yield lay(_quotes(topic.evidence), "    ")
    if reading.questions:
        yield heading("Questions to expect")
    for asked in reading.questions[:QUESTIONS_SHOWN]:
        question = bank.find(asked.question_id)
        if question is not None:
            yield lay(question.ask, say(f"  {asked.question_id}  ", QUIET), "      ")
    yield heading("Level", reading.level or "it does not say how senior")
    if reading.level:
        yield lay(_quotes(reading.level_from))
    if reading.unknown:
        yield heading("Vocabulary", "the bank has nothing on these: look them up yourself")
        yield lay(", ".join(each.word.quote for each in reading.unknown))


def _depth(topic: TopicAsked) -> str:
    return f": {topic.depth}, “{topic.depth_from.quote}”" if topic.depth and topic.depth_from else ""


def _quotes(found: Iterable[Evidence]) -> str:
    return ", ".join(dict.fromkeys(f"“{each.quote}”{' +' if each.weight == 'plus' else ''}" for each in found))


def _cv(view: CvView) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import QUIET, heading, lay, say

    yield from _head(view.paper, view.note)
    for claim in view.claims:
        yield heading(f"“{claim.quote}”", "worth a story" if claim.story else "")
        for probe in claim.probes:
            yield lay(probe.ask, say("  · ", QUIET))
    if any(claim.story for claim in view.claims):
        yield lay(say("\nA line worth a story: greenroom prep story add", QUIET))
