"""Templates, and the few ways a value is put into words for a page. Everything is escaped; nothing a person wrote is ever markup."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from greenroom import __version__
from greenroom.assess import scale
from greenroom.interview.debrief import TurnReport
from greenroom.interview.feedback.beside import STANDINGS
from greenroom.interview.feedback.rewrite import REASONS
from greenroom.interview.feedback.ways import WAYS
from greenroom.labs.figures import figure
from greenroom.labs.lab import visible
from greenroom.labs.parameter import plain_number, shown_value
from greenroom.web import charts, marks
from greenroom.web.labs import plots
from greenroom.web.labs.links import lab_url
from greenroom.web.voice import timeline

STATIC = Path(__file__).parent / "static"
TITLES = {
    "what-is-an-llm": "What an LLM is",
    "training": "Training",
    "architecture": "Architecture",
    "generation": "Generating text",
    "training-challenges": "Challenges of training",
    "applications": "Applications",
    "attention": "Attention",
    "fine-tuning": "Fine-tuning",
    "ethics": "Ethics",
    "robustness": "Robustness",
    "future": "The future",
    "hci": "Human–computer interaction",
    "your-questions": "Your questions for them",
}


def page(template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any) -> HTMLResponse:
    return HTMLResponse(fragment(template, **values), status, headers)


def fragment(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("greenroom.web", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    found.globals.update(timeline=timeline)
    found.globals.update(asset=asset, version=__version__, charts=charts, letter=marks.letter, scale=scale, plots=plots, lab_url=lab_url)
    found.globals.update(ways=WAYS, reasons=REASONS, standings=STANDINGS)
    found.filters.update(figure=figure, shown_value=shown_value, plain_number=plain_number, visible=visible, broken=broken)
    found.filters.update(title_of=title_of, day=day, moment=moment, span_of=span_of, clock=clock, marked=_marked, many=many)
    return found


@cache
def asset(name: str) -> str:
    """The address of a static file, with a mark of its content: it may be cached for ever."""
    mark = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={mark}"


def broken(piece: str) -> str:
    """A token within its text: a line break or a tab is a sign, blanks stay blanks."""
    return piece.replace("\n", "⏎").replace("\t", "⇥")


def title_of(topic: str) -> str:
    return TITLES.get(topic, topic.replace("-", " ").capitalize())


def day(value: date | datetime | str) -> str:
    """``25 November``, with the year when it is another one. Times are shown in the zone of the machine that serves."""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    local = value.astimezone() if isinstance(value, datetime) else value
    year = "" if local.year == datetime.now(UTC).astimezone().year else f" {local.year}"
    return f"{local.day} {local:%B}{year}"


def moment(value: datetime) -> str:
    return f"{day(value)}, {value.astimezone():%H:%M}"


def span_of(value: date | datetime, now: datetime) -> str:
    """How far a day is from today, in words."""
    local = value.astimezone().date() if isinstance(value, datetime) else value
    days = (local - now.astimezone().date()).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    return near.get(days) or (f"in {days} days" if days > 0 else f"{-days} days ago")


def clock(seconds: float | None) -> str:
    """``3:07``."""
    whole = max(0, int(seconds or 0))
    return f"{whole // 60}:{whole % 60:02d}"


def many(count: int, one: str, more: str | None = None) -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"


def _marked(turn: TurnReport) -> list[marks.Piece]:
    return marks.pieces(turn.text or "", marks.marks_of(turn))
