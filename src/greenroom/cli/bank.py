"""`greenroom bank …`: the questions."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from greenroom.cli.doors.complete import question_ids, topics

if TYPE_CHECKING:
    from rich.text import Text

    from greenroom.assess.selftest.report import Alike, Named
    from greenroom.assess.selftest.trial import Outcome
    from greenroom.bank.intake.take_in import TakenIn
    from greenroom.bank.question import Question
    from greenroom.bank.search import Hit, Piece
    from greenroom.room import Room

app = typer.Typer(help="The questions: list, show, check, write your own.", no_args_is_help=True, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Level = Literal["foundation", "practitioner", "expert"]
Topic = Annotated[str | None, typer.Option("--topic", metavar="TOPIC", help="Only questions of this topic.", autocompletion=topics)]
Levels = Annotated[Level | None, typer.Option("--level", metavar="LEVEL", help="Only for: foundation, practitioner or expert.")]
Packs = Annotated[list[Path] | None, typer.Option("--pack", metavar="FOLDER", help="A further pack; may be given several times.")]


def room_with(packs: list[Path] | None) -> Room:
    from greenroom.room import Room
    from greenroom.settings import read_settings

    settings = read_settings()
    return Room(settings.model_copy(update={"packs": (*settings.packs, *(packs or ()))}))


@app.command("list")
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
    yield heading(many(len(questions), "question"), "+5: can be asked in five other forms · greenroom bank show ID")


@app.command()
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
        write_json({**question.model_dump(mode="json"), **({} if attempted else {"model_answers": None})})
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
    yield from (lay(point.point, say(f"  {'●' * point.weight:<3} ", QUIET)) for point in question.key_points)
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


@app.command()
def check(
    path: Annotated[Path | None, typer.Argument(metavar="[PATH]", help="A pack folder; without it all packs in use.")] = None,
    json: Json = False,
) -> None:
    """Every fault of a pack at once, with its file, line and cure."""
    from greenroom.cli.screen.terminal import BAD, GOOD, lay, many, say, write, write_json

    faults = room_with(None).bank.check(path)
    if json:
        write_json([fault.model_dump() for fault in faults])
    elif faults:
        write(*(lay(str(fault), "  ✕ ") for fault in faults), "", lay(say(f"{many(len(faults), 'fault')}.", BAD)))
    else:
        write(lay(say("✓ No faults.", GOOD)))
    if faults:
        raise typer.Exit(1)


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to make the pack; the folder must not exist yet.")],
    json: Json = False,
) -> None:
    """Start a pack of your own: a folder with one complete question to write over."""
    from greenroom.bank.scaffold import make_pack
    from greenroom.cli.screen.terminal import write, write_json

    files = make_pack(folder)
    if json:
        write_json([str(file) for file in files])
    else:
        write(*(f"wrote {file}" for file in files), "", f"Fill it in, then: greenroom bank check {shlex.quote(str(folder))}")


@app.command()
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


@app.command()
def schema(json: Annotated[bool, typer.Option("--json", help="It is JSON in any case.")] = False) -> None:
    """The JSON Schema of a question, for editors that check while you write."""
    from greenroom.bank.schema import question_schema
    from greenroom.cli.screen.terminal import write_json

    write_json(question_schema())


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv, .tsv or .md file; docs/guide/bank.md shows both forms.")],
    pack: Annotated[Path | None, typer.Option("--pack", metavar="DIR", help="The pack to add to or to make; default: FILE's name.")] = None,
    json: Json = False,
) -> None:
    """Questions out of a CSV or Markdown file.

    All of them go into the pack, or none and every fault is named with its line. What the file leaves out is marked REPLACE, and named as
    `greenroom bank check` does.
    """
    from greenroom.cli.screen.terminal import BAD, lay, many, say, write, write_json

    taken = room_with(None).bank.take_in(file, pack or Path(file.stem))
    if json:
        write_json(taken)
    elif taken.faults:
        faults = (lay(str(fault), "  ✕ ") for fault in taken.faults)
        write(*faults, "", lay(say(f"{many(len(taken.faults), 'fault')}: nothing was written.", BAD)))
    else:
        write(*_taken(taken))
    if taken.faults:
        raise typer.Exit(1)


def _taken(taken: TakenIn) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import GOOD, QUIET, heading, lay, say

    yield from (lay(f"wrote {path}") for path in taken.written)
    if taken.lacking:
        yield heading("Still lacking", f"greenroom bank check {taken.pack}")
        yield from (lay(str(fault), say("  ○ ", QUIET)) for fault in taken.lacking)
    else:
        yield lay(say("✓ No faults: the pack is complete.", GOOD))


@app.command()
def export(
    anki: Annotated[Path, typer.Option("--anki", metavar="FILE.apkg", help="Write a deck for Anki; nothing is overwritten.")],
    topic: Topic = None,
    level: Levels = None,
    pack: Packs = None,
    json: Json = False,
) -> None:
    """The questions as a deck for Anki.

    A note for each question, key point and misconception. The same bank is always the same notes: importing a later export updates them,
    and what you learned stays.
    """
    from greenroom.cli.screen.terminal import many, write, write_json

    count = room_with(pack).bank.export_anki(anki, topic, level)
    if json:
        write_json({"file": str(anki), "notes": count})
    else:
        write(f"wrote {anki}: {many(count, 'note')}. In Anki: File, Import.")


@app.command()
def preview(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The pack that you are writing.")],
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address to listen on; this machine only unless you say so.")] = None,
    port: Annotated[int, typer.Option(metavar="PORT", min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser window.")] = False,
) -> None:
    """A pack in the browser while you write it.

    Its faults, its questions, and a sample answer assessed at once. Nothing that you try there is stored. Save a file and load the page
    again: it shows what the file says now.
    """
    from greenroom.errors import NotFoundError

    if not folder.is_dir():
        raise NotFoundError("folder", str(folder), hint="`greenroom bank new DIR` makes a pack.")
    context.obj(host, port, not no_browser, folder)


@app.command()
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
