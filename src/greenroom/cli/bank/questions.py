"""`greenroom bank list|show|search`: finding a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from greenroom.cli.bank.shared import Json, Levels, Packs, Topic, room_with
from greenroom.cli.doors.complete import question_ids

if TYPE_CHECKING:
    from rich.text import Text

    from greenroom.bank.question import Question
    from greenroom.bank.search import Hit, Piece


def register(app: typer.Typer) -> None:
    app.command("list")(list_questions)
    app.command()(show)
    app.command()(search)


def list_questions(topic: Topic = None, level: Levels = None, pack: Packs = None, json: Json = False) -> None:
    """All questions, by level."""
    from greenroom.cli.screen.terminal import say, write, write_json

    room = room_with(pack)
    room.bank.check_topic(topic)
    questions = room.bank.chosen(topic, level)
    if json:
        keys = ("id", "topic", "level", "kind", "ask")
        write_json([{**{key: getattr(q, key) for key in keys}, "forms": len(q.forms)} for q in questions])
    else:
        write(*_listed(questions))
    for fault in room.bank.faults():
        typer.echo(say(fault).plain, err=True)


def _listed(questions: Sequence[Question]) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import ACCENT, QUIET, heading, lay, many, measure, say

    widest = min(max((len(q.id) for q in questions), default=0), measure() // 2)
    for level in ("foundation", "practitioner", "expert"):
        group = [q for q in questions if q.level == level]
        if group:
            yield heading(level.capitalize(), str(len(group)))
        for q in group:
            forms = f"  +{len(q.forms)}" if q.forms else ""
            yield lay(say(q.ask).append(forms, style=QUIET), say(f"  {q.id:<{widest}}  ", ACCENT))
    legend = ["+5: can be asked in five other forms"] if any(q.forms for q in questions) else []
    yield heading(many(len(questions), "question"), " · ".join([*legend, "greenroom bank show ID"] if questions else []))


def show(
    question_id: Annotated[str, typer.Argument(metavar="ID", autocompletion=question_ids)],
    points: Annotated[bool, typer.Option("--points", help="Show what answers are held against: key points and misconceptions.")] = False,
    pack: Packs = None,
    json: Json = False,
) -> None:
    """One question: how it is asked and what is listened for.

    Model answers come after your first attempt.
    """
    from greenroom.cli.screen.terminal import write, write_json
    from greenroom.room import LOCAL_OWNER

    room = room_with(pack)
    question = room.bank.get(question_id)
    attempted = room.interview.attempted(LOCAL_OWNER, question.id)
    room.close()
    if json:
        shown = question if attempted else question.model_copy(update={"forms": question.forms_unanswered})
        write_json({**shown.model_dump(mode="json"), **({} if attempted else {"model_answers": None})})
    else:
        write(*_shown(question, points=points), *_models(question, attempted=attempted))


def _shown(question: Question, *, points: bool) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import BAD, QUIET, heading, lay, say, title_of

    yield lay(say(question.ask, "bold"))
    yield lay(say(f"{title_of(question.topic)} · {question.level}", QUIET))
    if question.forms:
        yield heading("Also asked as")
        yield from (lay(form.ask, say(f"  {n:>2} ", QUIET)) for n, form in enumerate(question.forms, 1))
    yield heading("What is listened for")
    yield lay(question.listens_for)
    if not points:
        return
    yield heading("Key points", "●●● weighs most")
    yield from (lay(point.point, say(f"  {'●' * point.weight:<3} ", QUIET)) for point in question.active_points)
    yield heading("Misconceptions")
    for wrong in question.misconceptions:
        yield lay(say(wrong.claim), say("  ✕ ", BAD))
        yield lay(say(wrong.correction, QUIET), "    ")


def _models(question: Question, *, attempted: bool) -> Iterator[Text]:
    from rich.text import Text

    from greenroom.cli.screen.terminal import QUIET, heading, lay, say

    if not attempted:
        yield Text()
        yield lay(say(f"Model answers come after your first attempt: greenroom interview --question {question.id}", QUIET))
        return
    yield heading("In plain words")
    yield lay(question.model_answers.plain)
    yield heading("To an engineer")
    yield lay(question.model_answers.technical)


def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="What to look for; several words narrow it down.")],
    topic: Topic = None,
    level: Levels = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=200, help="How many at most.")] = 20,
    pack: Packs = None,
    json: Json = False,
) -> None:
    """Questions that speak of something.

    Looked for in the question, its forms, key points and misconceptions; the line that speaks of it is shown.
    """
    from greenroom.cli.screen.terminal import QUIET, lay, say, write, write_json

    bank = room_with(pack).bank
    bank.check_topic(topic)
    found = bank.search(" ".join(words), topic, level, limit)
    if json:
        write_json([hit.model_dump(mode="json") for hit in found])
    elif found:
        write(*(line for hit in found for line in _found(hit)))
    else:
        write(lay(say("Nothing by those words. Try one word of the subject, such as attention or fine-tune.", QUIET)))
    if not found:
        for left in bank.left_out():
            typer.echo(say(left).plain, err=True)


def _found(hit: Hit) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import ACCENT, QUIET, lay, say

    def marked(pieces: Sequence[Piece], style: str = "") -> Text:
        found = say("", style)
        for piece in pieces:
            found.append_text(say(piece.text, "bold underline" if piece.marked else ""))
        return found

    yield lay(marked(hit.ask))
    yield lay(say(f"{hit.question_id} · {hit.level}", ACCENT), "    ")
    if hit.line:
        yield lay(marked(hit.line, QUIET), say("    … ", QUIET))
