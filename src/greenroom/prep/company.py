"""The company as one knows it oneself: what they do, how they use language models, their stack, people, links. Nothing is looked up.

What is written here is used: its words are what an answer's *fit* is held against, it leads into follow-ups, and what is still empty is
worth asking them.
"""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple

from pydantic import Field

from greenroom.bank.question import Value

Lines = Annotated[str, Field(max_length=4_000)]
LEAD = 140
"""Characters of what they do that lead into a follow-up."""


_THEY = re.compile(r"\b(?:they|their|theirs|them|themselves)\b", re.IGNORECASE)
_BEGINS = re.compile(r"\s*\b(they|their)\b", re.IGNORECASE)


class Company(Value):
    """Every part is free text of one's own, and may be empty. The company's name is part of the profile."""

    does: Lines = ""
    llms: Lines = ""
    stack: Lines = ""
    people: Lines = ""
    links: Lines = ""
    notes: Lines = ""

    @property
    def empty(self) -> bool:
        return not any(str(part).strip() for part in self.model_dump().values())


class Gap(NamedTuple):
    """A part that is still empty, and what to ask them about it."""

    part: str
    ask: str


ASKS = {
    "does": "What does a good week look like for the people who use what you build?",
    "llms": "Where do language models help you today, and where did you try them and stop?",
    "stack": "What do you run your models on, and which part of it would you change first?",
    "people": "Who would I work with most, and what do they need from this role?",
}
"""Asked about a part that is empty."""


def gaps(company: Company) -> list[Gap]:
    """What is not known yet, with a question for each."""
    return [Gap(part, ask) for part, ask in ASKS.items() if not str(getattr(company, part)).strip()]


def lead_of(name: str, company: Company) -> str:
    """The name and the first sentence of how they use models, else of what they do. Empty without one."""
    said = next((first for part in (company.llms, company.does) if (first := _first(part))), "")
    if not said:
        return ""
    return f"{name.strip()}: {said}" if name.strip() else said


def asked_there(ask: str, name: str, company: Company) -> str:
    """A follow-up put into the company's world. Unchanged when nothing is known of it."""
    lead = lead_of(name, company)
    return f"Think of {lead}. {ask}" if lead else ask


def known(company: Company) -> dict[str, str]:
    """By part, the first sentence of what was written there, as it is said to them (``to_them``). Notes are one's own and left out."""
    told = {part: _first(str(getattr(company, part))) for part in ("does", "llms", "stack", "people")}
    told["links"] = _source(company.links)
    return {part: to_them(text) for part, text in told.items() if text}


def to_them(text: str) -> str:
    """What was written about somebody, said to them: a sentence that begins with "they" or "their" begins with "you" or "your". Of two such
    words the second may mean anybody ("nurses say they like them"): the sentence then stays as it was written.
    """
    begins = _BEGINS.match(text)
    if begins is None or len(_THEY.findall(text)) > 1:
        return text
    return ("you" if begins[1].lower() == "they" else "your") + text[begins.end() :]


def _source(text: str) -> str:
    """The first line of the links: its words, or where there are none its address, without what only a browser needs."""
    line = next((line.strip(" \t-•*") for line in text.splitlines() if line.strip()), "")
    plain = re.sub(r"https?://\S+", "", line).strip(" \t:;,.–-()<>")
    address = re.search(r"https?://(?:www\.)?([^\s<>()]+)", line)
    return _first(plain) if plain else address[1].rstrip("/.,;")[:LEAD] if address else ""


def _first(text: str) -> str:
    """The first sentence, without its full stop, cut at a word when it is long."""
    line = next((line.strip(" \t-•*") for line in text.splitlines() if line.strip()), "")
    found = re.split(r"(?<=[^.])[.!?](?:\s|$)", line, maxsplit=1)[0].strip()
    if len(found) <= LEAD:
        return found
    return found[:LEAD].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"
