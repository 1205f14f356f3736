"""`greenroom review` and `greenroom progress`: what is due, and how far one has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenroom.review import AT_ONCE

if TYPE_CHECKING:
    from rich.text import Text

    from greenroom.review.course import Level
    from greenroom.review.past import PastAnswer
    from greenroom.review.progress import Progress, TopicProgress
    from greenroom.review.sitting import Sitting
    from greenroom.room import Room
    from greenroom.room.views import DuePoint

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BAR, SPARKS, LATEST = 20, "▁▂▃▄▅▆▇█", 8
LONGEST_SPARK = 40


def register(app: typer.Typer) -> None:
    app.command()(review)
    app.command()(progress)


def review(
    start: Annotated[bool, typer.Option("--start", help="Answer them now.")] = False,
    count: Annotated[int, typer.Option(metavar="N", min=1, max=50, help="With --start: how many points at most.")] = AT_ONCE,
    everything: Annotated[bool, typer.Option("--all", help="Show all that is due, not only what counts most.")] = False,
    json: Json = False,
) -> None:
    """The points that are due today, by topic; with --start, answer them.

    Each key point comes back on its own day: soon when you missed it, later when you had it, and never after the day before your
    interview (greenroom prep --on). Where more are due than anybody does in a day, those that count most in the interview come first.
    """
    from greenroom.room import LOCAL_OWNER, Room
    from greenroom.settings import read_settings

    with Room(read_settings(), assess=start) as room:
        due = room.review.due(LOCAL_OWNER)
        if json:
            from greenroom.cli.screen.terminal import write_json

            write_json([{**d.model_dump(mode="json", exclude={"question"}), "question_id": d.question.id} for d in due])
        elif start and due:
            from greenroom.cli.talk import Talk
            from greenroom.interview.session import Setup

            Talk(room, room.interview.start(LOCAL_OWNER, Setup(mode="review", count=count))).run()
        else:
            from greenroom.cli.screen.terminal import write

            sitting = room.review.sitting(LOCAL_OWNER, len(due))
            shown = due if everything else due[: sitting.count]
            write(*(_due(shown, sitting) if due else _nothing(room.review.progress(LOCAL_OWNER).next_due_at)))


def _nothing(coming: datetime | None) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import QUIET, day, lay, say

    yield lay(say("Nothing is due.", "bold"))
    more = f"The next point comes back on {day(coming)}." if coming else "Answer a question first: greenroom interview."
    yield lay(say(more, QUIET))


def _due(due: Sequence[DuePoint], sitting: Sitting) -> Iterator[Text]:
    """By topic, the gravest first."""
    from rich.text import Text

    from greenroom.assess.scale import VERDICTS
    from greenroom.cli.screen.terminal import QUIET, VERDICT_SIGN, VERDICT_STYLE, flow, heading, lay, many, say, title_of

    by_topic: dict[str, list[DuePoint]] = {}
    for point in due:
        by_topic.setdefault(point.question.topic, []).append(point)
    order = [kind for kind in ("wrong", "missed", "partial", "hit", "unscored") if any(p.last_verdict == kind for p in due)]
    for topic, points in by_topic.items():
        yield heading(title_of(topic), str(len(points)))
        for point in sorted(points, key=lambda p: order.index(p.last_verdict)):
            yield lay(point.ask, say(f"  {VERDICT_SIGN[point.last_verdict]} ", VERDICT_STYLE[point.last_verdict]))
    signs = [Text.assemble((VERDICT_SIGN[kind], VERDICT_STYLE[kind]), (f" {VERDICTS[kind].lower()}", QUIET)) for kind in order]
    yield Text("\n").append_text(flow([say("last time:", QUIET), *signs], gap=2))
    if len(due) < sitting.due:
        yield lay(sitting.says)
        yield lay(say("greenroom review --all shows them all.", QUIET))
    answers = "the first of them" if sitting.more else "them"
    yield heading(f"{many(sitting.due, 'point')} due", f"greenroom review --start answers {answers}")


def progress(
    night_before: Annotated[bool, typer.Option("--night-before", help="One page for the night before; --out writes it.")] = False,
    anki: Annotated[Path | None, typer.Option("--anki", metavar="FILE.apkg", help="Write your weak points as a deck for Anki.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="With --night-before: a file (.html, .md, .json).")] = None,
    json: Json = False,
) -> None:
    """How far you have come: what you hold, when you practised, how well you judge yourself, and where that leads."""
    _check_files(night_before=night_before, anki=anki, out=out)
    from greenroom.room import LOCAL_OWNER, Room
    from greenroom.settings import read_settings

    with Room(read_settings(), assess=False) as room:
        if anki:
            return _deck(room.review.export_weak(LOCAL_OWNER, anki), anki, json=json)
        if night_before:
            return _night_before(room, out, json=json)
        found = room.review.progress(LOCAL_OWNER)
    from greenroom.cli.screen.terminal import write, write_json

    if json:
        write_json(found)
    else:
        write(*_progress(found))


def _check_files(*, night_before: bool, anki: Path | None, out: Path | None) -> None:
    """Nothing that was asked for is passed over. Raises InputError."""
    from greenroom.errors import InputError

    if anki and (night_before or out):
        raise InputError("--anki writes one file, --night-before another.", "Ask for the one, then for the other.")
    if out and not night_before:
        raise InputError("--out goes with --night-before.", f"greenroom progress --night-before --out {out}")


def _deck(count: int, path: Path, *, json: bool) -> None:
    from greenroom.cli.screen.terminal import many, write, write_json

    if json:
        write_json({"file": str(path), "notes": count})
    else:
        write(f"{many(count, 'note')} written to {path}: import it in Anki.")


def _night_before(room: Room, out: Path | None, *, json: bool) -> None:
    from greenroom.cli.papers.report import put
    from greenroom.paper.forms import read_form
    from greenroom.room import LOCAL_OWNER

    form = read_form(out.suffix.removeprefix(".")) if out else "json" if json else "md"
    put(room.review.eve_paper(LOCAL_OWNER, form), out)


def _progress(found: Progress) -> Iterator[Text]:
    from rich.text import Text

    from greenroom.cli.screen.terminal import QUIET, heading, lay, many, say

    if not found.answers:
        yield lay(say("It starts with one answer.", "bold"))
        yield lay(say("Here you will see which points you hold, how your answers change, and how well you judge yourself.", QUIET))
        yield lay("greenroom interview --count 1")
        return
    parts = [many(found.answers, "answer"), many(len(found.days), "day") + " practised", many(found.due, "point") + " due"]
    yield heading("Progress", " · ".join(parts))
    yield from _history([past for past in found.history if past.overall is not None])
    yield lay(say(found.calibration.says, QUIET))
    yield lay(say(found.practice.says, QUIET))
    c = found.coverage
    points = f"{c.held} held, {c.partly} in part, {c.open} missed or wrong, {c.unseen} not met yet"
    yield heading(
        "Of the whole bank", f"{many(c.total, 'point')}: {points}; {c.questions} of {many(c.of_questions, 'question')} answered whole"
    )
    yield lay(found.forecast.says)
    if found.forecast.assumes:
        yield lay(say(found.forecast.assumes, QUIET))
    yield from _course(found.course)
    yield heading("What you hold", "key points as they stood when you last met them")
    seen = [topic for topic in found.topics if topic.mastery is not None]
    widest = max((len(topic.topic) for topic in seen), default=0)
    yield from (_topic(topic, widest) for topic in seen)
    if unseen := [topic.topic for topic in found.topics if topic.mastery is None]:
        yield Text()
        yield lay(say(", ".join(unseen), QUIET), say("  Not asked yet  "))


def _course(levels: Sequence[Level]) -> Iterator[Text]:
    """What was held at the end of each day, as a line of blocks: the whole height is all points."""
    from rich.text import Text

    from greenroom.cli.screen.terminal import ACCENT, QUIET, measure

    shown = levels[-min(LONGEST_SPARK, measure() - 30) :]
    if len(shown) > 1:
        sparks = "".join(SPARKS[min(7, int(level.held * 8))] for level in shown)
        ends = (f"{shown[0].held:.0%} ", f" {shown[-1].held:.0%}")
        yield Text.assemble("  ", (ends[0], QUIET), (sparks, ACCENT), (ends[1], "bold"), ("  held, by day of practice", QUIET))


def _history(judged: Sequence[PastAnswer]) -> Iterator[Text]:
    """A line of the scores, then the latest as a table: looks first, figures beside it."""
    from rich.text import Text

    from greenroom.cli.screen.terminal import ACCENT, QUIET, day, measure, plain

    if not judged:
        return
    shown = judged[-min(LONGEST_SPARK, measure() - 50) :]
    scores = [past.overall or 0.0 for past in shown]
    sparks = "".join(SPARKS[min(7, int(score / 100 * 8))] for score in scores)
    first, last, note = f"{scores[0]:.0f} ", f" {scores[-1]:.0f} of 100", "  your scores, oldest first"
    yield Text.assemble("\n  ", (first if len(scores) > 1 else "", QUIET), (sparks, ACCENT), (last, "bold"), (note, QUIET), "\n")
    for past in judged[: -LATEST - 1 : -1]:
        you = f"you {past.self_rating * 20:>3}" if past.self_rating else " " * 7
        ask = Text(plain(past.ask))
        ask.truncate(measure() - 38, overflow="ellipsis", pad=True)
        yield Text.assemble((f"  {day(past.answered_at)[:16]:<17}", QUIET), ask, f"  {past.overall or 0:>3.0f}  ", (you, QUIET))
    yield Text()


def _topic(topic: TopicProgress, widest: int) -> Text:
    from rich.text import Text

    from greenroom.cli.screen.terminal import ACCENT, QUIET, measure, plain

    share, length = topic.mastery or 0.0, BAR if measure() > 70 else BAR // 2
    filled = round(length * share)
    held = f"{share:>4.0%} held, {topic.seen} of {topic.total} seen"
    bar = Text.assemble(("━" * filled, ACCENT), ("─" * (length - filled), QUIET))
    return Text.assemble(f"  {plain(topic.topic):<{widest}}  ", bar, (f"  {held}", QUIET))
