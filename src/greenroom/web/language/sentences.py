"""What the domain says, translated where it is shown: fixed words are looked up, sentences with parts are known by their template.

The domain speaks English and knows no languages. A sentence that no template fits stays English, and the page says so to a screen reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import NamedTuple

from greenroom.web.language import catalogue, forms, of_faults, of_feedback

LONGEST = 2_000
"""Characters: what is longer is a person's own text, and not looked at."""
REMEMBERED = 2_048
_HOLE = re.compile(r"%\((\w+)\)s|(%%)")


class Template(NamedTuple):
    """``text``: the key in the catalogue; ``pattern``: what the domain makes of it."""

    text: str
    pattern: re.Pattern[str]


def find(text: str) -> str | None:
    """In the current language; None where the catalogue has nothing for it."""
    if catalogue.current() == catalogue.ENGLISH:
        return text
    return _find(catalogue.current(), text) if text and len(text) <= LONGEST else None


def translate(text: str) -> str:
    """As ``find``, and in English where there is nothing: for places that cannot say what language they are in."""
    found = find(text)
    return text if found is None else found


@lru_cache(REMEMBERED)
def _find(code: str, text: str) -> str | None:
    known = catalogue.catalogue(code).gettext(text.replace("%", "%%"))
    if known != text.replace("%", "%%"):
        return known.replace("%%", "%")
    for template in templates():
        found = template.pattern.fullmatch(text)
        if found:
            return catalogue.gettext(template.text) % _filled(found.groupdict())
    return None


@cache
def templates() -> tuple[Template, ...]:
    """Those with parts; the ones with most fixed words first, so that a narrow one goes before a wide one."""
    parted = [text for text in (*of_feedback.SENTENCES, *of_faults.SENTENCES) if "%(" in text]
    parted.sort(key=lambda text: -len(_HOLE.sub("", text)))
    return tuple(Template(text, pattern_of(text)) for text in parted)


def pattern_of(text: str) -> re.Pattern[str]:
    """What fits a template: figures where it says ``num``, anything where it has another name."""
    made, at = "", 0
    for hole in _HOLE.finditer(text):
        made += re.escape(text[at : hole.start()])
        name = hole[1]
        made += "%" if name is None else f"(?P<{name}>{_kind(name)})"
        at = hole.end()
    return re.compile(made + re.escape(text[at:]), re.DOTALL)


def _kind(name: str) -> str:
    if name.startswith("num"):
        return r"[+−-]?\d[\d,]*(?:\.\d+)?"
    return {"day": r"\d{1,2} [A-Z][a-z]+", "iso": r"\d{4}-\d\d-\d\d"}.get(name, ".+?")


def _filled(parts: Mapping[str, str]) -> dict[str, str]:
    return {name: _part(name, value) for name, value in parts.items()}


def _part(name: str, value: str) -> str:
    if name.startswith("num"):
        return forms.written(value)
    if name.startswith("part"):
        return translate(value)
    if name.startswith("list"):
        return ", ".join(translate(each) for each in value.split(", "))
    return {"day": _day, "iso": forms.day}[name](value) if name in ("day", "iso") else value


def _day(text: str) -> str:
    """``25 November`` of this year or, where that is long past, of the next."""
    today = datetime.now(UTC).astimezone().date()
    try:
        found = datetime.strptime(f"{text} {today.year}", "%d %B %Y").replace(tzinfo=UTC).date()
    except ValueError:
        return text
    return forms.day(found if (today - found).days < 180 else date(found.year + 1, found.month, found.day))
