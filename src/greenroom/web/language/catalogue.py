"""The catalogue of the language that the current request is answered in: gettext, as Python has it.

The language of a request is kept in a context variable, set by ``choice.Tongue`` around everything the app serves; outside of a request it
is English. English needs no catalogue: its sentences are the keys.
"""

from __future__ import annotations

import gettext as _gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch"}
"""Code -> its own name. A further one: a line here, a catalogue in ``locale``, its ways in ``forms.py``; see docs/guide/language.md."""
LOCALE = Path(__file__).parent.parent / "locale"
DOMAIN = "greenroom"
_current: ContextVar[str] = ContextVar("greenroom_language", default=ENGLISH)


def current() -> str:
    return _current.get()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Within it, the current language is this one."""
    token = _current.set(code)
    try:
        yield
    finally:
        _current.reset(token)


@cache
def catalogue(code: str) -> _gettext.NullTranslations:
    """Raises FileNotFoundError where a language has none: it is part of the package."""
    return _gettext.NullTranslations() if code == ENGLISH else _gettext.translation(DOMAIN, LOCALE, [code])


def gettext(text: str) -> str:
    return catalogue(current()).gettext(text)


def ngettext(one: str, more: str, count: int) -> str:
    return catalogue(current()).ngettext(one, more, count)


def pgettext(context: str, text: str) -> str:
    return catalogue(current()).pgettext(context, text)


def npgettext(context: str, one: str, more: str, count: int) -> str:
    return catalogue(current()).npgettext(context, one, more, count)


def mark(text: str) -> str:
    """The text itself, marked for the catalogue: it is translated when it is shown."""
    return text
