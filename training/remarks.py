"""Stories, questions to ask and manner as claims: what the same network reads of how something is told, asked or put.

A part of a story is a point of it, with the same verdicts. The others are remarks, which hold or do not, as a misconception is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import get_args

from rows import HELD, NOT_HELD, Allowed, Claim, Sample, only_label
from small import Ask, Aspect, Manner, Said, Story, Told

from greenroom.prep.asks.signs import WeakId

TOLD: Mapping[Told, str] = {
    "situation": "It is said when or where it was, and what was going on.",
    "task": "It is said what the teller had to do or wanted.",
    "action": "It is told what was done, in more than one concrete step.",
    "own-part": "One can tell which steps were the teller's own.",
    "result": "It is said what came of it.",
    "proof": "A figure or a change that somebody could check shows the result.",
    "reflection": "It is said what the teller learnt, or does differently since.",
}
MANNER: Mapping[Aspect, str] = {
    "answer_first": "The first sentence or two answer what was asked.",
    "succinct": "Nothing is said twice, and nothing leads away from what was asked.",
    "plain": "Somebody from another trade could follow it.",
    "example": "A concrete case, a worked number or an analogy carries a point.",
    "fits_company": "It is tied to what this company does, and would be different elsewhere.",
}
ASKED: Mapping[str, str] = {
    "good": "An interviewer would think better of whoever asks this.",
    "purpose": "It is said why the asker wants to know.",
    "specific": "It holds on to something that only this employer has, or asks for one concrete event or practice.",
    "fit": "The person of this round can answer it and cares.",
    "opens": "The answer is likely to be an event, a decision or a trade-off.",
}
WEAK: Mapping[WeakId, str] = {
    "pay": "It asks about pay, holidays or benefits.",
    "searchable": "A search of the web would answer it.",
    "yes-no": "Yes, no, a figure or a list would answer it.",
    "several": "Several questions are asked at once that do not hang together.",
    "self": "It asks what the asker will get or be spared.",
    "trap": "It accuses or quizzes the interviewer.",
    "verdict": "It asks how the asker did.",
}
UNCLEAR: Allowed = (0.5, 0.5, 0.5, 0.5, 0.5)
SIDES: Mapping[Said, Allowed] = {"yes": HELD, "no": NOT_HELD, "unclear": UNCLEAR}


def story_samples(stories: Iterable[Story]) -> Iterator[Sample]:
    for story in stories:
        if story.label is not None:
            told = longest_stretches(story)
            claims = (
                Claim(TOLD[part], "point", only_label(verdict := story.label.parts[part]), told.get(part) if verdict != "missed" else None)
                for part in get_args(Told)
            )
            yield Sample("stories", story.asked, story.story, tuple(claims))


def longest_stretches(story: Story) -> dict[str, str]:
    """By part: the longest stretch of neighbouring sentences that tell most of it."""
    found, at = dict[str, str](), 0
    for part, run in groupby(story.label.sentences if story.label else (), key=itemgetter(1)):
        sentences = [text for text, _ in run]
        start = story.story.index(sentences[0], at)
        for text in sentences:
            at = story.story.index(text, at) + len(text)
        found[part] = max(found.get(part, ""), story.story[start:at], key=len)
    return found


def manner_samples(rows: Iterable[Manner]) -> Iterator[Sample]:
    for row in rows:
        if row.label is not None:
            quotes = row.label.quotes
            claims = (Claim(MANNER[side], "remark", SIDES[said], quotes.get(side)) for side, said in row.label.sides.items())
            yield Sample("manner", asked_at(row.asked, row.company), row.answer, tuple(claims))


def asked_at(question: str, company: str | None) -> str:
    """The question with the company that an answer is to fit."""
    return f"{company}. {question}" if company else question


def ask_samples(asks: Iterable[Ask]) -> Iterator[Sample]:
    for ask in asks:
        if ask.label is not None:
            label = ask.label
            said: dict[str, Said] = {"good": "yes" if label.quality == "good" else "no"}
            said |= {"purpose": label.purpose, "specific": label.specific, "fit": label.fit, "opens": label.opens}
            claims = [Claim(ASKED[name], "remark", SIDES[side]) for name, side in said.items()]
            claims += [Claim(text, "remark", HELD if name in label.weak else NOT_HELD) for name, text in WEAK.items()]
            yield Sample("asks", ask.round, ask.asked, tuple(claims))
