"""The bank as a deck for Anki: a note for each question, key point and misconception; a deck a topic.

A note is known by its id in the bank (``attention``, ``attention/qkv``), so the same bank exported twice is the same notes, and an edited
question updates its note where Anki has it already. A renamed point keeps the note of its first name. Model answers stay out: they are for
after an attempt, and a card is none. Not covered: a note that a person changed in Anki later than the export; Anki keeps theirs.
"""

from __future__ import annotations

import hashlib
import html
import itertools
import os
import secrets
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Set
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from greenroom.bank.bank import Bank
from greenroom.bank.question import Question
from greenroom.bank.wording import CONTROL
from greenroom.errors import ConflictError, InputError

FIELDS = ("Id", "About", "Front", "Back", "More", "Source")
FRONT = '{{#About}}<p class="about">{{About}}</p>{{/About}}<p class="front">{{Front}}</p>'
BACK = '{{FrontSide}}<hr id="answer"><div class="back">{{Back}}</div>{{#More}}<p>{{More}}</p>{{/More}}<p class="source">{{Source}}</p>'
CSS = """\
.card { font: 20px/1.5 Georgia, serif; max-width: 40rem; margin: 1.5rem auto; padding: 0 1rem; text-align: left; }
.about, .source { font: 14px/1.5 sans-serif; opacity: .75; }
.front { font-size: 24px; }
"""
NAME = "greenroom"


class Note(NamedTuple):
    """``note_id``: its id in the bank; the other texts are plain, not HTML."""

    note_id: str
    topic: str
    tags: tuple[str, ...]
    about: str
    front: str
    back: tuple[str, ...]
    more: str
    source: str


def notes(bank: Bank, questions: Iterable[Question]) -> Iterator[Note]:
    """A question with its points, then each point by its follow-up, then each misconception."""
    for question in questions:
        tags = (NAME, f"{NAME}::{question.topic}", f"{NAME}::{question.level}")
        points = tuple(point.point for point in question.points())
        yield Note(question.id, question.topic, (*tags, f"{NAME}::question"), "", question.ask, points, question.listens_for, "")
        asks = {follow_up.point_id: follow_up.ask for follow_up in question.follow_ups}
        for p in question.active_points:
            first = next(iter(bank.former_ids(f"{question.id}/{p.id}")), f"{question.id}/{p.id}")
            front = asks.get(p.id, question.ask)
            yield Note(first, question.topic, (*tags, f"{NAME}::point"), question.ask, front, (p.point,), p.because, p.source)
        for wrong in question.misconceptions:
            front = f"“{wrong.claim}” What is wrong with that?"
            where = f"{question.id}/{wrong.id}"
            yield Note(where, question.topic, (*tags, f"{NAME}::misconception"), question.ask, front, (wrong.correction,), "", wrong.source)


def weak_notes(found: Iterable[Note], bank: Bank, weak: Set[str]) -> Iterator[Note]:
    """Those of the points with these global ids, tagged as weak: the same notes as in the whole deck, so that Anki keeps one of each."""
    for note in found:
        if bank.present_id(note.note_id) in weak:
            yield note._replace(tags=(*note.tags, f"{NAME}::weak"))


def write_deck(found: Iterable[Note], path: Path, at: datetime, about: str = "") -> int:
    """Write the notes as an ``.apkg``; how many. ``about``: what is said of each deck. Whole or not at all.

    ``at``: the time of the export; a note is updated where Anki has one that is older. Raises ConflictError, InputError.
    """
    if path.suffix.lower() != ".apkg":
        raise InputError(f"“{path.name[:80]}” is no name of a deck.", "Let it end in .apkg: Anki goes by that.")
    if os.path.lexists(path):
        raise ConflictError(f"{path} exists already.", "Choose another name; nothing is overwritten.")
    kept = list(found)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, body in (("collection.anki2", _collection(kept, at, about)), ("media", b"{}")):
                archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), body, zipfile.ZIP_DEFLATED)
        beside.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.", "Choose a folder that can be written.") from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return len(kept)


def _collection(found: Iterable[Note], at: datetime, about: str) -> bytes:
    """Anki's database of these notes. Made in memory: the library's own ``write_to_file`` leaves a temporary file behind."""
    import genanki

    model = genanki.Model(
        _number("note type"), NAME, [{"name": name} for name in FIELDS], [{"name": "Card", "qfmt": FRONT, "afmt": BACK}], CSS
    )
    decks: dict[str, Any] = {}
    for note in found:
        title = f"{NAME}::{note.topic.replace('-', ' ').capitalize()}"
        deck = decks.setdefault(note.topic, genanki.Deck(_number(f"deck {note.topic}"), title, html.escape(about)))
        deck.add_note(genanki.Note(model, _fields(note), tags=list(note.tags), guid=genanki.guid_for(NAME, note.note_id)))
    with closing(sqlite3.connect(":memory:")) as connection:
        package, seconds = genanki.Package(list(decks.values())), at.timestamp()
        package.write_to_db(connection.cursor(), seconds, itertools.count(int(seconds * 1000)))
        connection.commit()
        return connection.serialize()


def _fields(note: Note) -> list[str]:
    """As HTML, in the order of ``FIELDS``."""
    back = [_html(text) for text in note.back]
    listed = back[0] if len(back) == 1 else f"<ul>{''.join(f'<li>{text}</li>' for text in back)}</ul>"
    return [note.note_id, _html(note.about), _html(note.front), listed, _html(note.more), _html(note.source)]


def _html(text: str) -> str:
    """Escaped; brackets too: Anki plays ``[sound:…]`` and hands ``[latex]…`` to programs. U+001F ends a field."""
    return html.escape(CONTROL.sub(" ", text)).replace("[", "&#91;").replace("\n", "<br>")


def _number(name: str) -> int:
    """A stable id of the size that Anki's own have."""
    return 2**30 + int.from_bytes(hashlib.sha256(f"{NAME} {name}".encode()).digest()[:4]) % 2**30
