"""How dates and numbers are written, one value of ``Forms`` a language. Times are shown in the zone of the machine that serves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple, Protocol

from markupsafe import Markup

from greenroom.web.language.catalogue import ENGLISH, current, gettext, ngettext


class DayWriter(Protocol):
    def __call__(self, on: date, *, year: bool) -> str: ...


class Forms(NamedTuple):
    """``day``: with the year where it is another one, or always; ``short``: in a drawing; ``week``: Monday first; ``marks``: around what
    is quoted.
    """

    day: DayWriter
    short: DayWriter
    week: tuple[str, ...]
    point: str
    thousands: str
    marks: tuple[str, str]


def _english_day(on: date, *, year: bool) -> str:
    return f"{on.day} {on:%B}{f' {on.year}' if year else ''}"


def _english_short(on: date, *, year: bool) -> str:
    return f"{on.day} {on:%b}"


def _german_day(on: date, *, year: bool) -> str:
    """Always with the year: a day that ends in a point would not stand well within a sentence."""
    return f"{on.day}.{on.month}.{on.year}"


def _german_short(on: date, *, year: bool) -> str:
    return f"{on.day}.{on.month}."


FORMS = {
    ENGLISH: Forms(_english_day, _english_short, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), ".", ",", ("“", "”")),
    "de": Forms(_german_day, _german_short, ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"), ",", ".", ("„", "“")),
}


def forms() -> Forms:
    return FORMS[current()] if current() in FORMS else FORMS[ENGLISH]


def day(value: date | datetime | str) -> str:
    """``25 November``, with the year when it is another one; German: ``25.11.2026``."""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    local = value.astimezone() if isinstance(value, datetime) else value
    return forms().day(local, year=local.year != datetime.now(UTC).astimezone().year)


def short_day(value: date) -> str:
    """``25 Nov``, for drawings."""
    return forms().short(value, year=False)


def weekday(value: date) -> str:
    """``Wed``."""
    return forms().week[value.weekday()]


def moment(value: datetime) -> str:
    return f"{day(value)}, {value.astimezone():%H:%M}"


def span_of(value: date | datetime, now: datetime) -> str:
    """How far a day is from today, in words."""
    local = value.astimezone().date() if isinstance(value, datetime) else value
    days = (local - now.astimezone().date()).days
    near = {0: gettext("today"), 1: gettext("tomorrow"), -1: gettext("yesterday")}
    if days in near:
        return near[days]
    if days > 0:
        return ngettext("in %(num)s day", "in %(num)s days", days) % {"num": days}
    return ngettext("%(num)s day ago", "%(num)s days ago", -days) % {"num": -days}


def clock(seconds: float | None) -> str:
    """``3:07``."""
    whole = max(0, int(seconds or 0))
    return f"{whole // 60}:{whole % 60:02d}"


def decimal(value: float, places: int = 1) -> str:
    """``3.5``; German: ``3,5``."""
    return written(f"{value:.{places}f}")


def written(number: str) -> str:
    """A number as English writes it, ``1,024.5``, in the current language: ``1.024,5``."""
    here = forms()
    return number.translate(str.maketrans(",.", here.thousands + here.point))


def quoted(text: str) -> Markup:
    """Somebody's words between the quotation marks of the language."""
    before, after = forms().marks
    return Markup("{}{}{}").format(before, text, after)


def percent(share: float | None) -> str:
    """A share of 0 to 1 as whole per cent, without the sign."""
    return str(round(100 * (share or 0)))
