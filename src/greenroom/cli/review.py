"""`greenroom review` and `greenroom progress`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from greenroom.cli.terminal import console, say, write, write_json
from greenroom.interview.session import Setup
from greenroom.room import LOCAL_OWNER, Room
from greenroom.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BAR = 20


def register(app: typer.Typer) -> None:
    app.command()(review)
    app.command()(progress)


def review(
    start: Annotated[bool, typer.Option("--start", help="Rehearse what is due now.")] = False,
    count: Annotated[int, typer.Option(min=1, max=50, help="How many points at most.")] = 10,
    json: Json = False,
) -> None:
    """The points that are due today; with --start, answer them."""
    with Room(Settings()) as room:
        due = room.review.due(LOCAL_OWNER)
        if json:
            write_json([{**d.model_dump(mode="json", exclude={"question"}), "question_id": d.question.id} for d in due])
        elif not due:
            coming = room.review.progress(LOCAL_OWNER).next_due_at
            write(
                "Nothing is due."
                + (f" The next point comes back on {coming.date()}." if coming else " Answer a question first: greenroom interview.")
            )
        elif start:
            from greenroom.cli.interview import Talk

            Talk(room, room.interview.start(LOCAL_OWNER, Setup(mode="review", count=count))).run()
        else:
            for point in due:
                write(say(point.question.topic, "dim"), say(f"  {point.ask}", "bold"), say(f"  last time: {point.last_verdict}", "dim"))
            write("", f"{len(due)} due. Answer them: greenroom review --start")


def progress(json: Json = False) -> None:
    """How far you have come, by topic."""
    with Room(Settings()) as room:
        found = room.review.progress(LOCAL_OWNER)
    if json:
        write_json(found)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("topic", "mastery", "", "points seen"):
        table.add_column(name)
    for topic in found.topics:
        share = topic.mastery
        filled = round(BAR * share) if share is not None else 0
        bar = say("━" * filled, "green").append("─" * (BAR - filled), style="bright_black")
        table.add_row(say(topic.topic), bar, say("–" if share is None else f"{share:.0%}"), say(f"{topic.seen} of {topic.total}", "dim"))
    console.print(table)
    write("", found.calibration.says, say(f"{found.answers} answers on {len(found.days)} day(s); {found.due} point(s) due.", "dim"))
