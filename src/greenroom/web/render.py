"""Templates, and the few ways a value is put into words for a page. Everything is escaped; nothing a person wrote is ever markup."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from greenroom import __version__
from greenroom.assess import scale
from greenroom.interview.debrief import TurnReport
from greenroom.interview.feedback.beside import STANDINGS
from greenroom.interview.feedback.rewrite import REASONS
from greenroom.interview.feedback.ways import WAYS
from greenroom.labs import figures
from greenroom.labs.lab import Cell, visible
from greenroom.labs.parameter import plain_number, shown_value
from greenroom.web import charts, marks, whereto
from greenroom.web.labs import plots
from greenroom.web.labs.links import lab_url
from greenroom.web.language import catalogue, forms, scripts, sentences
from greenroom.web.language.catalogue import mark
from greenroom.web.voice import timeline

STATIC = Path(__file__).parent / "static"
_ADDRESS = re.compile(r"\bhttps?://[^\s\x00-\x20\x7f-\x9f<>\"'`\\\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+", re.IGNORECASE)
_OPENED_BY = {")": "(", "]": "[", "}": "{"}
TITLES = {
    "what-is-an-llm": mark("What an LLM is"),
    "training": mark("Training"),
    "architecture": mark("Architecture"),
    "generation": mark("Generating text"),
    "training-challenges": mark("Challenges of training"),
    "applications": mark("Applications"),
    "attention": mark("Attention"),
    "fine-tuning": mark("Fine-tuning"),
    "ethics": mark("Ethics"),
    "robustness": mark("Robustness"),
    "future": mark("The future"),
    "hci": mark("Human–computer interaction"),
    "your-questions": mark("Your questions for them"),
    "behavioural": mark("Behavioural"),
}


def page(template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any) -> HTMLResponse:
    return HTMLResponse(fragment(template, **values), status, headers)


def fragment(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    """One for all languages: its catalogue is asked anew at every message, for the language of the request."""
    found = Environment(
        loader=PackageLoader("greenroom.web", "templates"), extensions=["jinja2.ext.i18n"], autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    found.policies["ext.i18n.trimmed"] = True
    install: Any = getattr(found, "install_gettext_callables")  # noqa: B009  (the extension adds it)
    install(catalogue.gettext, catalogue.ngettext, newstyle=True, pgettext=catalogue.pgettext, npgettext=catalogue.npgettext)
    found.globals.update(timeline=timeline, language=catalogue.current, languages_of_pages=catalogue.LANGUAGES, script_words=scripts.words)
    found.globals.update(asset=asset, version=__version__, charts=charts, letter=marks.letter, scale=scale, plots=plots, lab_url=lab_url)
    found.globals.update(ways=WAYS, reasons=REASONS, standings=STANDINGS, whereto=whereto.current)
    found.filters.update(
        figure=figure, shown_value=shown_value, plain_number=plain_number, visible=visible, broken=broken, bends=bends, linked=linked
    )
    found.filters.update(day=forms.day, short_day=forms.short_day, weekday=forms.weekday, moment=forms.moment, span_of=forms.span_of)
    found.filters.update(clock=forms.clock, decimal=forms.decimal, percent=forms.percent, written=forms.written, quoted=forms.quoted)
    found.filters.update(
        title_of=title_of, marked=_marked, translated=translated, tr=sentences.translate, english=english, first_up=first_up
    )
    return found


@cache
def asset(name: str) -> str:
    """The address of a static file, with a mark of its content: it may be cached for ever."""
    mark = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={mark}"


def broken(piece: str) -> str:
    """A token within its text: a line break or a tab is a sign, blanks stay blanks."""
    return piece.replace("\n", "⏎").replace("\t", "⇥")


def bends(text: str) -> Markup:
    """A long path or address goes on in the next line after one of its joints, not within a word."""
    return Markup(re.sub(r"(::|(?<!/)/|_)(?=\w)", r"\1<wbr>", str(escape(text))))  # noqa: S704  (escaped before)


def linked(text: str) -> Markup:
    """What names a source, its addresses as links: http and https only, as plainly readable as they are written. A pack is somebody
    else's text: all of it is escaped.
    """
    out, at = Markup(), 0
    for found in _ADDRESS.finditer(text):
        url = _without_the_sentence(found[0])
        if not _leads_to_a_site(url):
            continue
        end = found.start() + len(url)
        out += bends(text[at : found.start()]) + Markup('<a href="{}" rel="noopener noreferrer" hx-ignore>{}</a>').format(url, bends(url))
        at = end
    return out + bends(text[at:])


def _without_the_sentence(url: str) -> str:
    """The full stop after an address is the sentence's, and so is a bracket that it does not open."""
    while url and (url[-1] in ".,;:!?" or (url[-1] in _OPENED_BY and url.count(url[-1]) > url.count(_OPENED_BY[url[-1]]))):
        url = url[:-1]
    return url


def _leads_to_a_site(url: str) -> bool:
    """Not where a name or password stands before the host: it reads like another site."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and "@" not in parts.netloc and (parts.port is None or parts.port > 0)
    except ValueError:  # brackets that are no address, a port that is no number
        return False


def title_of(topic: str) -> str:
    return catalogue.gettext(TITLES.get(topic, topic.replace("-", " ").capitalize()))


def figure(cell: Cell) -> str:
    """As the labs write it, with the points and commas of the language; text stays as it is."""
    shown = figures.figure(cell)
    return shown if isinstance(cell, str) else forms.written(shown)


def translated(text: str) -> str:
    """What the domain says, in the language of the request; where it cannot be put into it, in English and marked so."""
    found = sentences.find(text)
    return english(text) if found is None else found


def english(text: str) -> str:
    """English on a page that may be in another language: a screen reader is told, a spelling checker and a translator too."""
    return text if catalogue.current() == catalogue.ENGLISH else Markup('<span lang="en">{}</span>').format(text)


def first_up(text: str) -> str:
    """With a capital first; the rest stays, since German nouns have capitals too."""
    return text[:1].upper() + text[1:]


def _marked(turn: TurnReport) -> list[marks.Piece]:
    return marks.pieces(turn.text or "", marks.marks_of(turn))
