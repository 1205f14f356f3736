"""``room.prep.papers``: the job text and the CV that a person brought, and what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from greenroom.bank.bank import Bank
from greenroom.bank.question import Level, Value
from greenroom.prep.claims import Claim, find_claims
from greenroom.prep.job import JobReading, Learned, learn, read_job
from greenroom.prep.language import find_language, name_of
from greenroom.prep.papers.paper import Paper
from greenroom.prep.papers.reader import read_file
from greenroom.prep.papers.text import PaperKind, check_paper_text
from greenroom.prep.profile import ENGLISH
from greenroom.room.parts import Parts

NAME_LIMIT = 200


class JobView(Value):
    """The job text in use and what it asks for. ``note``: what to know about the reading, as a sentence."""

    paper: Paper
    reading: JobReading
    note: str = ""


class CvView(Value):
    paper: Paper
    claims: tuple[Claim, ...]
    note: str = ""


class PaperRoom:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def paste(self, owner_id: str, kind: PaperKind, text: str) -> Paper:
        """Raises InputError for a text that is too short or too long to be one. The same text again is the same paper."""
        return self._keep(owner_id, kind, check_paper_text(text, kind))

    def upload(self, owner_id: str, kind: PaperKind, data: bytes, name: str = "") -> Paper:
        """A text file, PDF or DOCX. Raises InputError with the cure for a file that cannot be read, ReadersBusyError; then nothing is
        changed.
        """
        found = read_file(data, kind)
        return self._keep(owner_id, kind, found.text, name, found.pages)

    def _keep(self, owner_id: str, kind: PaperKind, text: str, name: str = "", pages: int | None = None) -> Paper:
        store, now = self._parts.store.get(), self._parts.clock()
        paper_id = hashlib.sha256(f"{kind}/{text}".encode()).hexdigest()[:32]
        shown = "".join(char for char in name if char.isprintable())[-NAME_LIMIT:]
        made = Paper(paper_id=paper_id, kind=kind, name=shown, text=text, pages=pages, language=find_language(text), added_at=now)
        store.ensure_owner(owner_id, now)
        store.papers.put(owner_id, made)
        return made

    def list(self, owner_id: str, kind: PaperKind) -> Sequence[Paper]:
        """The newest first: that one is in use."""
        return self._parts.store.get().papers.list(owner_id, kind)

    def use(self, owner_id: str, paper_id: str) -> Paper:
        """Make an older paper the one in use. Raises NotFoundError."""
        papers = self._parts.store.get().papers
        chosen = papers.get(owner_id, paper_id).model_copy(update={"added_at": self._parts.clock()})
        papers.put(owner_id, chosen)
        return chosen

    def delete(self, owner_id: str, paper_id: str) -> Paper:
        """Raises NotFoundError."""
        return self._parts.store.get().papers.drop(owner_id, paper_id)

    def job(self, owner_id: str) -> JobView | None:
        """What the job text in use asks for; None when there is none."""
        store = self._parts.store.get()
        paper = store.papers.find(owner_id, "job")
        if paper is None:
            return None
        company, english = store.get_profile(owner_id).company, paper.language in (None, ENGLISH)
        reading = read_job(paper.text, learned(self._parts.bank.get()), company, english=english)
        return JobView(paper=paper, reading=reading, note=_note(paper, bool(reading.topics)))

    def cv(self, owner_id: str) -> CvView | None:
        """What the CV in use claims, and what will be asked about it; None when there is none."""
        paper = self._parts.store.get().papers.find(owner_id, "cv")
        if paper is None:
            return None
        claims = find_claims(paper.text, learned(self._parts.bank.get()))
        return CvView(paper=paper, claims=claims, note=_note(paper, bool(claims)))

    def take_level(self, owner_id: str) -> Level | None:
        """The level that the job text names becomes the profile's. None, and no change, when it names none."""
        store, view = self._parts.store.get(), self.job(owner_id)
        level = view.reading.level if view else None
        if level is not None:
            store.save_profile(owner_id, store.get_profile(owner_id).model_copy(update={"level": level}))
        return level


@lru_cache(maxsize=2)
def learned(bank: Bank) -> Learned:
    """What this bank can be asked for, made once: half a second."""
    return learn(bank.questions())


def _note(paper: Paper, found: bool) -> str:
    if paper.language not in (None, ENGLISH):
        there = "Only words that are the same in every language were found. " if found else ""
        named = name_of(paper.language or "")
        return f"This seems to be in {named}; greenroom reads English. {there}Paste an English version, if there is one."
    if not found:
        nothing = (
            "Nothing in it matches a question of the bank." if paper.kind == "job" else "No line in it says what you did, or with what."
        )
        return f"{nothing} Is it the whole text?"
    return ""
