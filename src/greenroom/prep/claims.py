"""What a CV claims, and what an interviewer will ask about it. By words: nothing is added to a claim, none is doubted or praised.

A claim is a line that says what was done (an action), how much (a figure), or names a thing that the bank asks about (a term). Its probes
are questions that a person can expect; its quote is the CV's own: ``text[start:end] == quote``. An interview asks some of them
(``probes_of``), each as a form of the bank's question ``cv-line``: a CV is untrusted text, so the rubric and a connected model see that
form, and only the person sees the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from greenroom.bank.question import Value
from greenroom.prep.job import Evidence, Found, Learned, find_terms, split

MOST_CLAIMS = 40
LONGEST_QUOTE = 400
SHORTEST_WORDS = 3
SAID = 200
"""Characters of a line that are said back in an interview."""
MEASURED, CHANGED, DECIDED, TRIED, YOURS, WHERE = "measured", "changed", "decided", "tried", "yours", "where"
"""Ids of the forms of ``cv-line``."""
ASKED_OF_A_LINE = {
    MEASURED: "How was that measured, and against what?",
    CHANGED: "By how much did it change, and how do you know?",
    DECIDED: "What did you decide yourself, and who disagreed?",
    TRIED: "What did you try first, and why did it end up this way?",
    YOURS: "Which part of it was yours?",
}
"""By form: what is asked about one line of the CV. ``WHERE`` names the tool instead."""
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
    r"\bfrom\s[€$£]?\d[\d.,]*\s?" + _UNIT + r"?\s?to\s[€$£]?\d[\d.,]*(?:\s?" + _UNIT + r")?|(?<![\w./-])[€$£]?\s?\d[\d,.]{0,40}\s?" + _UNIT,
    re.IGNORECASE,
)
_TOGETHER = re.compile(r"\b(?:we|our|team of|together|collaborat\w+|jointly|co-\w+|as part of)\b", re.IGNORECASE)
_CONTACT = re.compile(r"@|https?://|www\.|\+\d[\d ()-]{6,}|\b(?:linkedin|github)\.com", re.IGNORECASE)


class Probe(Value):
    """What to expect. ``question_id``: a question of the bank that rehearses it. ``form``: that of ``cv-line`` by which an interview asks
    it; None: it does not, the bank's own question does.
    """

    ask: str
    question_id: str | None = None
    form: str | None = None


class CvAsk(NamedTuple):
    """A probe as an interviewer says it, with the person's line in it. ``form``: the id of the form that an answer is held against."""

    ask: str
    form: str


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
        yield Probe(ask=f"“{figure.group().strip()}”: how was that measured, and against what?", form=MEASURED)
    elif changed:
        yield Probe(ask=f"You {changed.group().lower()} it: by how much, and how do you know?", form=CHANGED)
    if led:
        yield Probe(ask=ASKED_OF_A_LINE[DECIDED], form=DECIDED)
    elif _TOGETHER.search(quote):
        yield Probe(ask=ASKED_OF_A_LINE[YOURS], form=YOURS)
    if made:
        yield Probe(ask=ASKED_OF_A_LINE[TRIED], form=TRIED)
    if not any(acts):
        yield Probe(ask=f"Where did you use {terms[0].evidence.quote}, and what for?", form=WHERE)
    for question_id, name in dict.fromkeys((each.term.question_ids[0], each.evidence.quote) for each in terms[:3]):
        yield Probe(ask=f"“{name}”: expect to explain it.", question_id=question_id)


def probes_of(claims: Iterable[Claim]) -> list[list[CvAsk]]:
    """What an interview can ask of each claim, those that are told as stories first. A claim without such a probe is left out."""
    ranked = sorted(claims, key=lambda each: (not each.story, each.start))
    found = ([_said(claim.quote, probe) for probe in claim.probes if probe.form] for claim in ranked)
    return [asks for asks in found if asks]


def _said(quote: str, probe: Probe) -> CvAsk:
    """The line, cut at a word where it is long, and the question."""
    form = probe.form or ""
    line = " ".join(quote.split()).rstrip(" .;,")
    short = line if len(line) <= SAID else line[:SAID].rsplit(" ", 1)[0].rstrip(" .,;:") + " …"
    return CvAsk(f"Your CV says: “{short}”. {ASKED_OF_A_LINE.get(form, probe.ask)}", form)
