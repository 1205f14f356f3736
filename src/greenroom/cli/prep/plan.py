"""`greenroom prep plan`, `company`, `study`: the days until the interview, what one knows of them, a question before the first attempt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from greenroom.cli.prep.story import opened

if TYPE_CHECKING:
    from rich.text import Text

    from greenroom.prep.company import Company, Gap
    from greenroom.prep.days import Day
    from greenroom.review.sitting import Sitting
    from greenroom.room.own.plan import PlanView
    from greenroom.room.own.study import StudyView

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OWNER = "local"


def register(app: typer.Typer) -> None:
    for command in (plan, company, study):
        app.command()(command)


def plan(
    order: Annotated[str | None, typer.Option(metavar="ORDER", help="job: what the job text asks for first; thirteen: in order.")] = None,
    per_day: Annotated[int | None, typer.Option(metavar="N", min=1, max=10, help="Questions a day; default: divided by the days.")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Begin anew today: mocks and the rest day are placed again.")] = False,
    today: Annotated[bool, typer.Option("--today", help="Only what today asks.")] = False,
    json: Json = False,
) -> None:
    """Day by day to the interview: new questions, what to say again, reviews, two mocks, one rest day.

    It is made anew from what you answered: what went badly comes back, what you did not get to is spread over the days that are left.
    """
    from greenroom.cli.screen.terminal import valid, write, write_json
    from greenroom.prep.days import Choice

    with opened() as room:
        view = room.prep.plan.get(OWNER)
        if order or per_day or anew:
            wanted = valid(Choice, order=order or view.choice.order, begun_on=view.today, per_day=per_day or view.choice.per_day)
            view = room.prep.plan.choose(OWNER, wanted.order, wanted.per_day, anew=anew)
        sitting = room.review.sitting(OWNER, view.now.reviews if view.now else 0)
    if json:
        write_json(view)
    else:
        days = [view.now] if today and view.now else [] if today else list(view.plan.days)
        write(*_plan(view, days, sitting))


def _plan(view: PlanView, days: list[Day], sitting: Sitting) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import MIDDLE, QUIET, day, heading, lay, many, say

    for note in view.plan.notes:
        yield lay(say(note, MIDDLE))
    for each in days:
        yield heading(day(each.on), "today" if each.on == view.today else "")
        if each.kind != "work":
            yield lay(say("The interview." if each.kind == "interview" else "Rest. Nothing is asked.", QUIET))
        if each.mock:
            yield lay("Mock interview, five questions: greenroom interview --plan mock --count 5")
        for question_id, again in [*((q, True) for q in each.again), *((q, False) for q in each.new)]:
            marks = [*(["again"] if again else []), *(["studied"] if question_id in view.studied else [])]
            yield lay(view.asks.get(question_id, question_id) + (f"  ({', '.join(marks)})" if marks else ""), say("  · ", QUIET))
        if each.reviews:
            yield lay(say(f"{many(each.reviews, 'point')} back: greenroom review --start", QUIET))
        if each.on == view.today and sitting.more:
            yield lay(say(sitting.says, QUIET))
        if each.empty and each.kind == "work":
            yield lay(say("Nothing new.", QUIET))
    if view.plan.left_out:
        yield heading("No day for", many(len(view.plan.left_out), "question"))
        yield lay(say(", ".join(view.plan.left_out), QUIET))


def company(
    does: Annotated[str | None, typer.Option(metavar="TEXT", help="What they do, and for whom.")] = None,
    llms: Annotated[str | None, typer.Option(metavar="TEXT", help="How they use language models.")] = None,
    stack: Annotated[str | None, typer.Option(metavar="TEXT", help="Their stack.")] = None,
    people: Annotated[str | None, typer.Option(metavar="TEXT", help="People you will meet.")] = None,
    links: Annotated[str | None, typer.Option(metavar="TEXT", help="Links.")] = None,
    notes: Annotated[str | None, typer.Option(metavar="TEXT", help="Anything else.")] = None,
    json: Json = False,
) -> None:
    """What you know of them; without options, show it. An answer's fit is judged by it, and follow-ups lead back to it.

    An empty text ("") takes a part out again. The company's name is set with `greenroom prep --company`.
    """
    from greenroom.cli.screen.terminal import valid, write, write_json
    from greenroom.prep.company import Company

    given = {"does": does, "llms": llms, "stack": stack, "people": people, "links": links, "notes": notes}
    changes = {name: value for name, value in given.items() if value is not None}
    with opened() as room:
        found = room.prep.company.get(OWNER)
        if changes:
            found = room.prep.company.save(OWNER, valid(Company, **{**found.model_dump(), **changes}))
        name, gaps = room.prep.profile(OWNER).company, room.prep.company.gaps(OWNER)
    write_json(found) if json else write(*_company(name, found, gaps))


def _company(name: str, found: Company, gaps: list[Gap]) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import QUIET, heading, lay, say

    yield heading(name or "The company", "" if name else "its name: greenroom prep --company NAME")
    titles = {"does": "Does", "llms": "LLMs", "stack": "Stack", "people": "People", "links": "Links", "notes": "Notes"}
    for part, title in titles.items():
        value = str(getattr(found, part))
        yield lay(say(value or "not said", "" if value else QUIET), say(f"  {title:<8}", QUIET))
    if gaps:
        yield heading("Not known yet", "find it out, or ask them")
        for gap in gaps:
            yield lay(gap.ask, say("  · ", QUIET))


def study(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="Its id, as `bank list` shows it.")], json: Json = False
) -> None:
    """A question before the first attempt: its points, what people get wrong, labs, further reading. It is then marked as studied."""
    from greenroom.cli.screen.terminal import write, write_json

    with opened() as room:
        view = room.prep.study.begin(OWNER, question)
    if json:
        write_json(_as_json(view))
    else:
        write(*_study(view))


def _as_json(view: StudyView) -> dict[str, object]:
    asked = view.question
    points = [point.model_dump(mode="json", include={"id", "point", "because", "source"}) for point in asked.points()]
    wrong = [each.model_dump(mode="json", include={"id", "claim", "correction"}) for each in asked.misconceptions]
    rest = view.model_dump(mode="json", exclude={"question", "labs"})
    return {"question_id": asked.id, **rest, "points": points, "misconceptions": wrong, "labs": [card.name for card in view.labs]}


def _study(view: StudyView) -> Iterator[Text]:
    from greenroom.cli.screen.terminal import BAD, QUIET, heading, lay, rule, say

    asked = view.question
    yield rule(asked.ask, "studied")
    yield lay(say(asked.listens_for, QUIET))
    yield heading("The points")
    for n, point in enumerate(asked.points(), 1):
        yield lay(point.point, say(f"  {n}  ", QUIET))
        yield lay(say(point.because, QUIET), "     ")
    if asked.misconceptions:
        yield heading("What people get wrong")
    for wrong in asked.misconceptions:
        yield lay(wrong.claim, say("  ✕ ", BAD))
        yield lay(say(wrong.correction, QUIET), "    ")
    if view.labs:
        yield heading("See it run")
        for card in view.labs:
            yield lay(say(card.title, QUIET), f"  greenroom labs run {card.name}  ")
    if view.reading:
        yield heading("Further reading")
        for source in view.reading:
            yield lay(say(source, QUIET), "  · ")
    yield lay(say(f"\nNow say it: greenroom interview --question {asked.id}", "bold"))
