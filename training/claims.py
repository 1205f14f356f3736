"""What a flagger learns from: (passage, phrasing of a misconception, stated or not), made of authored words.

Stated: another phrasing of the same misconception, alone or beside a true sentence, and statements of it (training/statements). Not
stated: what is true and sounds most like it (key points, model answers, the correction), another misconception of the question, the
misconception denied or avoided. Phrasings were written far apart, by the bank's authors: authored text, not candidates'.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import yaml
from labelled import CHECK, DENIALS, ROOT, every_question
from marks import Mark

from greenroom.assess.reading.clauses import sentences
from greenroom.bank.question import Misconception, Question
from greenroom.llm.words import content

STATED, ASKED, NEAR = 6, 3, 6
"""Of each misconception: stated pairs, phrasings held against what is not it, and how many of the true sentences count as near."""
ALONE, AFTER = 0.6, 0.8
"""Share of passages that are the statement alone; up to the second: after a true sentence; the rest before one."""

STATEMENTS = ROOT / "training/statements"


def training_claims(seed: int, *, check: bool = False) -> list[Mark]:
    """Shuffled. Of the topics that are learnt from; ``check``: of the others instead."""
    rng = random.Random(seed)
    chosen = [q for q in every_question().values() if q.kind == "knowledge" and (q.topic in CHECK) is check]
    found = [mark for question in chosen for mark in _of_question(question, rng)]
    rng.shuffle(found)
    return found


def _of_question(question: Question, rng: random.Random) -> Iterator[Mark]:
    answers = (question.model_answers.plain, question.model_answers.technical)
    true = [text for point in question.points() for text in (*point.says, point.point)]
    true += [line.text for answer in answers for line in sentences(answer)] + [wrong.correction for wrong in question.misconceptions]
    written = STATEMENTS / f"{question.id}.yaml"
    authored = yaml.safe_load(written.read_text(encoding="utf-8"))["misconceptions"] if written.exists() else {}
    for wrong in question.misconceptions:
        texts, held = _texts(wrong), authored.get(wrong.id) or {}
        for kind, mark in (("states", 1.0), ("avoids", 0.0)):
            yield from (
                Mark(line, text, mark, 1.0, kind) for line in held.get(kind) or () for text in rng.sample(texts, min(ASKED, len(texts)))
            )
        pairs = [(a, b) for a in texts for b in texts if a != b]
        for said, text in rng.sample(pairs, min(STATED, len(pairs))):
            yield Mark(_beside(said, rng.choice(true), rng.random()), text, 1.0, 1.0, "stated")
        others = [text for other in question.misconceptions if other.id != wrong.id for text in _texts(other)]
        for text in rng.sample(texts, min(ASKED, len(texts))):
            near = sorted(true, key=lambda line, text=text: -_alike(line, text))[:NEAR]  # type: ignore[misc]
            denied = rng.choice(DENIALS) + text[0].lower() + text[1:]
            for kind, lines in (("near", rng.sample(near, 3)), ("true", [rng.choice(true), wrong.correction]), ("denied", [denied])):
                yield from (Mark(line, text, 0.0, 1.0, kind) for line in lines)
            yield from (Mark(line, text, 0.0, 1.0, "another") for line in rng.sample(others, min(1, len(others))))


def _texts(wrong: Misconception) -> tuple[str, ...]:
    return (wrong.claim, *wrong.says)


def _beside(said: str, line: str, draw: float) -> str:
    return said if draw < ALONE else f"{line} {said}" if draw < AFTER else f"{said} {line}"


def _alike(one: str, other: str) -> float:
    a, b = set(content(one)), set(content(other))
    return len(a & b) / max(len(a | b), 1)


def precisions(stated: Iterable[float], given: Iterable[float], bars: Iterable[float]) -> Iterator[tuple[float, float, float]]:
    """(bar, precision, recall) of calling stated what is given more than the bar."""
    rows = list(zip(stated, given, strict=True))
    total = sum(1 for truth, _ in rows if truth == 1)
    for bar in bars:
        called = [truth for truth, figure in rows if figure > bar]
        yield bar, sum(called) / max(len(called), 1), sum(called) / max(total, 1)
