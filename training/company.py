"""Pairs in company: a labelled passage with other sentences around it, and passages of several sentences that never make the point.

A verdict does not change because something else stands beside it. Without these the reader learns that a passage of two sentences makes
whatever it is held against: most single negatives are one sentence long (docs/log.md). Neighbours come from other points and
misconceptions of the same question, which is hard, and from anywhere, which is easy.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from greenroom.bank.question import Question
from greenroom.llm.encode import Encoder

HARD, EASY = 10, 8
"""Passages about something else that a point is held against: the most alike ones, and others of the question."""
MASK_NOT = (0.05, 0.3, 1.0, 0.1)
"""Neighbours of the same question may touch the point."""
ASKED_FIRST = 0.12
"""Share of passages with the interviewer's question before them, as some answers repeat it."""


class Held(NamedTuple):
    """A point or misconception: its wordings, its labelled passages as (passage, label), and what states something else nearby."""

    id: str
    texts: tuple[str, ...]
    labelled: tuple[tuple[str, str], ...]
    neighbours: tuple[str, ...]


def among(passage: str, others: Sequence[str], rng: random.Random) -> str:
    """One or two of the others before, after or around the passage."""
    chosen = rng.sample(others, min(len(others), rng.choice((1, 1, 2))))
    at = rng.randint(0, len(chosen))
    return " ".join(sentence(text) for text in (*chosen[:at], passage, *chosen[at:]))


def sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def held(question: Question, statements: dict[str, Any]) -> list[Held]:
    """``statements``: the question's authored file, {"points": {id: {label: [passage]}}, "misconceptions": {…}}."""

    def passages(group: str, id_: str) -> tuple[tuple[str, str], ...]:
        return tuple((text, label) for label, texts in (statements[group].get(id_) or {}).items() for text in texts)

    points = [(p.id, (p.point, *p.says), passages("points", p.id)) for p in question.key_points]
    claims = [(m.id, (m.claim, *m.says), passages("misconceptions", m.id)) for m in question.misconceptions]
    made = {id_: [*texts, *(text for text, label in labelled if label == "makes")] for id_, texts, labelled in points}
    said = {id_: [*texts, *(text for text, label in labelled if label == "states")] for id_, texts, labelled in claims}
    every = {**made, **said}

    def beside(id_: str) -> tuple[str, ...]:
        kin = made if id_ in made else every  # beside a point no misconception: it would make the answer wrong
        return tuple(text for other, texts in kin.items() if other != id_ for text in texts)

    return [Held(id_, texts, labelled, beside(id_)) for id_, texts, labelled in (*points, *claims)]


def labelled_in_company(
    question: Question, items: Sequence[Held], anywhere: Sequence[str], rng: random.Random
) -> Iterator[tuple[str, str, str, str]]:
    """(id, passage, wording, label) with the label of the passage alone."""
    for item in items:
        for passage, label in item.labelled:
            others = item.neighbours if rng.random() < 0.7 else anywhere
            text = among(passage, others, rng)
            if rng.random() < ASKED_FIRST:
                text = f"{question.ask} {text}"
            yield item.id, text, rng.choice((item.texts[0], *item.texts)), label


def never_made(items: Sequence[Held], anywhere: Sequence[str], rng: random.Random, times: int) -> Iterator[tuple[str, str]]:
    """(passage of two or three sentences, wording) where nothing in the passage makes it."""
    for item in items:
        for _ in range(times):
            kin = rng.random() < 0.7
            some = rng.sample(item.neighbours if kin else anywhere, rng.choice((1, 2, 2, 2, 3)))
            yield " ".join(sentence(text) for text in some), rng.choice((item.texts[0], *item.texts))


def of_others(items: Sequence[Held], encoder: Encoder, rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """(id, passage, wording): what makes another point or states a misconception of the same question, the most alike first.

    A reader that never sees these takes any true sentence about the subject for the point (docs/log.md).
    """
    every = sorted({text for item in items for text in (*item.neighbours, item.texts[0])})
    vectors = dict(zip(every, encoder.encode(every), strict=True))
    for item in items:
        texts = sorted(set(item.neighbours))
        alike = np.stack([vectors[text] for text in texts]) @ vectors[item.texts[0]]
        order = [texts[place] for place in np.argsort(-alike)]
        for text in (*order[:HARD], *rng.sample(order[HARD:], min(EASY, len(order) - HARD))):
            yield item.id, text, rng.choice((item.texts[0], *item.texts))
