"""What a CV claims, and what an interviewer will ask about it. By words: nothing is added to a claim, none is doubted or praised.

A claim is a line that says what was done (an action), how much (a figure), or names a thing that the bank asks about (a term). Its probes
are questions that a person can expect; its quote is the CV's own: ``text[start:end] == quote``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from greenroom.bank.question import Value
from greenroom.prep.job import Evidence, Found, Learned, find_terms, split

MOST_CLAIMS = 40
LONGEST_QUOTE = 400
SHORTEST_WORDS = 3
_LED = re.compile(
    r"\b(?:led|lead|leading|headed|managed|mentored|coached|supervised|coordinated|organi[sz]ed|owned|directed|hired|taught)\b",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"\b(?:built|designed|developed|created|implemented|deployed|launched|shipped|trained|(?:fine-?)?tuned|migrated|introduced|automated|wrote|"
    r"architected|set up|established|published|prototyped|integrated|maintained|evaluated|researched|scaled|productioni[sz]ed)\b",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\b(?:reduced|cut|increased|improved|raised|saved|lowered|accelerated|doubled|halved|tripled|grew|achieved|won|exceeded|decreased|boosted)\b",
    re.IGNORECASE,
)
_UNIT = (
    r"(?:%|percent|x\b|×|k\b|m\b|(?:million|billion|thousand|users?|customers?|documents?|requests?|queries|tokens?|gpus?|hours?|minutes?|"
    r"seconds?|days?|weeks?|ms|points?)\b)"
)
_FIGURE = re.compile(
    r"\bfrom\s[€$£]?\d[\d.,]*\s?" + _UNIT + r"?\s?to\s[€$£]?\d[\d.,]*(?:\s?" + _UNIT + r")?|(?<![\w./-])[€$£]?\s?\d[\d,.]*\s?" + _UNIT,
    re.IGNORECASE,
)
_TOGETHER = re.compile(r"\b(?:we|our|team of|together|collaborat\w+|jointly|co-\w+|as part of)\b", re.IGNORECASE)
_CONTACT = re.compile(r"@|https?://|www\.|\+\d[\d ()-]{6,}|\b(?:linkedin|github)\.com", re.IGNORECASE)


class Probe(Value):
    """What to expect. ``question_id``: a question of the bank that rehearses it."""

    ask: str
    question_id: str | None = None


class Claim(Value):
    """``story``: something was done and something came of it; worth telling as a story. ``figure``: its number, as written."""

    quote: str
    start: int
    end: int
    probes: tuple[Probe, ...]
    terms: tuple[Evidence, ...] = ()
    figure: str | None = None
    story: bool = False


def find_claims(text: str, bank: Learned) -> tuple[Claim, ...]:
    """The claims of a CV in its order, at most ``MOST_CLAIMS``, those that can be told as stories kept before the others."""
    found = list(_claims(text, bank))
    kept = sorted(sorted(found, key=lambda each: (not each.story, each.start))[:MOST_CLAIMS], key=lambda each: each.start)
    return tuple(kept)


def _claims(text: str, bank: Learned) -> Iterator[Claim]:
    for line in split(text):
        quote = line.text.strip(" \t-–•*·▪◦●\u00a0")
        if not quote or len(quote.split()) < SHORTEST_WORDS or _CONTACT.search(quote):
            continue
        start = line.start + line.text.index(quote)
        quote = quote[:LONGEST_QUOTE]
        terms = list(find_terms([line], bank))
        acts = [pattern.search(quote) for pattern in (_LED, _MADE, _CHANGED)]
        figure = _FIGURE.search(quote)
        if not any(acts) and not terms:
            continue
        probes = tuple(_probes(quote, acts, figure, terms))
        yield Claim(
            quote=quote, start=start, end=start + len(quote), probes=probes, terms=tuple(each.evidence for each in terms),
            figure=figure.group().strip() if figure else None, story=any(acts) and any((figure, acts[1], acts[2])),
        )  # fmt: skip


def _probes(quote: str, acts: list[re.Match[str] | None], figure: re.Match[str] | None, terms: list[Found]) -> Iterator[Probe]:
    led, made, changed = acts
    if figure:
        yield Probe(ask=f"“{figure.group().strip()}”: how was that measured, and against what?")
    elif changed:
        yield Probe(ask=f"You {changed.group().lower()} it: by how much, and how do you know?")
    if led:
        yield Probe(ask="What did you yourself decide there, and who disagreed?")
    elif _TOGETHER.search(quote):
        yield Probe(ask="Which part of it was yours?")
    if made:
        yield Probe(ask="What did you try first, and why did it end up this way?")
    if not any(acts):
        yield Probe(ask=f"Where did you use {terms[0].evidence.quote}, and what for?")
    for question_id, name in dict.fromkeys((each.term.question_ids[0], each.evidence.quote) for each in terms[:3]):
        yield Probe(ask=f"“{name}”: expect to explain it.", question_id=question_id)
