"""Fit: does the answer speak to the company and the role it is given for? By words in common with the job and with its line of work.

It sees words, not sense: a metaphor from the employer's trade counts, a fitting remark in words that neither the job text nor
``sectors`` holds is missed. Naming the company, or saying "your company", is no fit by itself. Measured: ``training/fit_communication.py``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from greenroom.assess.assessment import Aspect
from greenroom.assess.manner.sectors import SECTORS
from greenroom.assess.reading.clauses import Window, sentences
from greenroom.llm.words import FUNCTION, Word, stem, words

ENOUGH = 2
"""Different words of the employer's work that make a fit; one is enough in a sentence that speaks to the employer."""
ADDRESS = re.compile(r"\b(?:yours?|here at)\b", re.IGNORECASE)
EVERYWHERE = frozenset(
    stem(word)
    for word in """
    engineer developer lead senior junior manager analyst scientist officer specialist consultant head role job team company firm employer
    business work working build help make want tool save ask answer question data text model models language llm llms ai machine learning
    nlp prompt train training tune generate generation attention token architecture transformer network networks ethics robust reliable
    future system systems software service services digital time day days language languages people person user users write letter mail
    mails note notes several process project research search literature summary summarise translate translation task tasks case cases
    quality support operation operations product assistant voice automation report online group international first
    """.split()  # noqa: SIM905
)
"""Words that fit every employer of somebody who works with language models: they show nothing."""


class Situation(NamedTuple):
    """What the answer should fit. Any part may be empty."""

    company: str = ""
    role: str = ""
    job: str = ""


class Trade(NamedTuple):
    """The employer's work: its ``words`` (stems), and the sectors it was recognised by."""

    words: frozenset[str]
    sectors: tuple[str, ...]


def judge_fit(answer: str, situation: Situation, asked: str = "") -> Aspect | None:
    """None when nothing is known to fit to. ``good`` is None when the employer's trade cannot be told, or one loose word is all.

    Args:
        asked: the question's words, which show nothing when the answer repeats them.
    """
    if not any(part.strip() for part in situation):
        return None
    trade, lines = find_trade(situation), sentences(answer)
    if not trade.words or not lines:
        named = situation.company or situation.role
        return Aspect(good=None, note=f"What “{named}” does is not known here: add the job text to your profile to have this judged.")
    plain = {stem(word.text) for word in words(asked)}
    found = [(line, _told(line, trade, plain, situation)) for line in lines]
    different = {stem(word.text) for _, told in found for word in told}
    other = _elsewhere(lines, trade, len(different))
    if other is not None:
        return other
    best, told = max(found, key=lambda each: (len({stem(w.text) for w in each[1]}), ADDRESS.search(each[0].text) is not None))
    start, end = best.start + told[0].start, best.start + told[-1].end
    named = ", ".join(f"“{text}”" for text in list(dict.fromkeys(word.text for word in told))[:3])
    good = True if len(different) >= ENOUGH or ADDRESS.search(best.text) else None
    note = f"Speaks to their work: {named}." if good else f"Only {named} touches their work: one case from it would settle the fit."
    whole = (best.start, best.end) if good else (start, end)
    return Aspect(good=good, note=note, figure=float(len(different)), quote=answer[slice(*whole)], span=whole)


def find_trade(situation: Situation) -> Trade:
    """The words that tell of the employer's work: those of the job and role, and of the sectors that two of its words belong to (one, where
    no sector has two).
    """
    own = {stem(word.text) for part in situation for word in words(part) if word.text not in FUNCTION and len(word.text) > 2} - EVERYWHERE
    hits = {name: len(own & known) for name, known in SECTORS.items() if own & known}
    bar = min(2, max(hits.values(), default=0))
    sectors = tuple(sorted((name for name in hits if hits[name] >= bar), key=lambda name: -hits[name]))
    told = {stem(word.text) for part in situation[1:] for word in words(part)} & own
    return Trade(frozenset(told).union(*(SECTORS[name] for name in sectors)) - EVERYWHERE, sectors)


def _told(line: Window, trade: Trade, plain: set[str], situation: Situation) -> list[Word]:
    """The words of a sentence that belong to the trade, those within the company's own name left out."""
    name = situation.company.strip()
    blank = line.text if not name else re.sub(re.escape(name), lambda found: " " * len(found.group()), line.text, flags=re.IGNORECASE)
    return [word for word in words(blank) if (base := stem(word.text)) in trade.words and base not in plain]


def _elsewhere(lines: Sequence[Window], trade: Trade, ours: int) -> Aspect | None:
    """When no word is of their trade, or more are of another: the sector that the answer speaks of instead, named. Else None."""
    counts = {
        name: [(line, word) for line in lines for word in words(line.text) if stem(word.text) in known - trade.words]
        for name, known in SECTORS.items()
        if name not in trade.sectors
    }
    name, told = max(counts.items(), key=lambda each: _different(each[1]))
    theirs = f" ({trade.sectors[0]})" if trade.sectors else ""
    if _different(told) >= max(ENOUGH, ours + 1):
        line = told[0][0]
        note = f"The case comes from another line of work ({name}): tell it for theirs{theirs}."
        return Aspect(good=False, note=note, figure=float(ours), quote=line.text, span=(line.start, line.end))
    return Aspect(good=False, note=f"Nothing in it is about their work{theirs}: add one case from it.", figure=0.0) if not ours else None


def _different(told: Sequence[tuple[Window, Word]]) -> int:
    return len({stem(word.text) for _, word in told})
