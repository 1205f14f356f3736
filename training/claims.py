"""What a flagger learns from: (passage, phrasing of a misconception, stated or not), made of authored words.

Stated: another phrasing of the same misconception, alone or beside a true sentence, and statements of it (training/statements). Not
stated: what an answer says that is no misconception, in sentences and clauses as the assessor meets it: what is nearest by the encoder,
what is further off, something by chance (most of an answer has little to do with any misconception); another misconception of the
question; the misconception denied or avoided, its correction. Some passages of both kinds open or go on as speech does, so that how it is
said does not tell. With them entailment data, so that it is the sense that tells and not what a topic's points are about. Phrasings were
written far apart, by the bank's authors: authored text, not candidates'.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import yaml
from labelled import CHECK, DENIALS, ROOT, Case, every_question, labelled
from marks import KINDS, Mark
from pairs import inferences

from greenroom.assess.reading.clauses import windows
from greenroom.bank.question import Misconception, Question
from greenroom.llm.encoder import OnnxEncoder

STATED, ASKED = 6, 2
"""Of each misconception: stated pairs, and phrasings held against what is not it."""
NEAREST, FURTHER, CHANCE = 3, 3, 3
"""Of each of those phrasings: passages among the eight nearest, among the next forty, and any."""
NEAR, FAR = 8, 48
ALONE, AFTER = 0.6, 0.8
"""Share of passages that are the statement alone; up to the second: after a true sentence; the rest before one."""
SPOKEN = 0.35
OPENINGS = ("So, ", "Well, ", "And then ", "Now, ", "Honestly, ", "So basically ", "The thing is, ", "And, ", "I'd say ", "Because ")
JOINTS = (", and ", ", so ", ", and then ", ", right, ", ", because ", ", which, well, ", ", I think, and ")
INFERENCES = 8_000

STATEMENTS = ROOT / "training/statements"


class Said(NamedTuple):
    """What can be said about a question that is no misconception, with its vectors, shape (len(texts), 384)."""

    texts: list[str]
    vectors: Any


def training_claims(seed: int, *, check: bool = False) -> list[Mark]:
    """Shuffled. Of the topics that are learnt from; ``check``: of the others instead."""
    rng, encoder = random.Random(seed), OnnxEncoder.load()
    chosen = [q for q in every_question().values() if q.kind == "knowledge" and (q.topic in CHECK) is check]
    found = [_spoken(mark, rng) for question in chosen for mark in _of_question(question, encoder, rng)]
    if not check:
        known = [pair for pair in inferences(dev=False) if pair.cover in (0.0, 1.0) and pair.kind in KINDS]
        found += [Mark(pair.passage, pair.statement, float(pair.cover or 0), 0.6, "inference") for pair in rng.sample(known, INFERENCES)]
    rng.shuffle(found)
    return found


def _spoken(mark: Mark, rng: random.Random) -> Mark:
    """The passage as somebody thinking aloud would say it, sometimes."""
    text = mark.answer
    if rng.random() < SPOKEN:
        text = rng.choice(OPENINGS) + text[0].lower() + text[1:]
    while rng.random() < SPOKEN and (cut := text.find(". ")) > 0:
        text = text[:cut] + rng.choice(JOINTS) + text[cut + 2].lower() + text[cut + 3 :]
    return mark._replace(answer=text)


def _of_question(question: Question, encoder: OnnxEncoder, rng: random.Random) -> Iterator[Mark]:
    held = _statements(question)
    true, said = _true(question, held), _said(question, held, encoder)
    for wrong in question.misconceptions:
        texts, authored = _texts(wrong), held["misconceptions"].get(wrong.id) or {}
        for kind, mark in (("states", 1.0), ("avoids", 0.0)):
            yield from (
                Mark(line, text, mark, 1.0, kind) for line in authored.get(kind) or () for text in rng.sample(texts, min(ASKED, len(texts)))
            )
        pairs = [(a, b) for a in texts for b in texts if a != b]
        for line, text in rng.sample(pairs, min(STATED, len(pairs))):
            yield Mark(_beside(line, rng.choice(true), rng.random()), text, 1.0, 1.0, "stated")
        others = [text for other in question.misconceptions if other.id != wrong.id for text in _texts(other)]
        for text in rng.sample(texts, min(ASKED, len(texts))):
            order = (said.vectors @ encoder.encode([text])[0]).argsort()[::-1].tolist()
            places = [*rng.sample(order[:NEAR], NEAREST), *rng.sample(order[NEAR:FAR], FURTHER), *rng.sample(order, CHANCE)]
            yield from (Mark(_beside(said.texts[place], rng.choice(said.texts), rng.random()), text, 0.0, 1.0, "said") for place in places)
            denied = rng.choice(DENIALS) + text[0].lower() + text[1:]
            yield from (Mark(line, text, 0.0, 1.0, "denied") for line in (denied, wrong.correction))
            yield from (Mark(line, text, 0.0, 1.0, "another") for line in rng.sample(others, min(2, len(others))))


def _true(question: Question, held: dict[str, Any]) -> list[str]:
    """Sentences that are right."""
    answers = (question.model_answers.plain, question.model_answers.technical)
    found = [text for point in question.points() for text in (*point.says, point.point)] + [
        line for answer in answers for line in _cut(answer)
    ]
    return found + [line for kinds in held["points"].values() for line in kinds.get("makes") or ()]


def _said(question: Question, held: dict[str, Any], encoder: OnnxEncoder) -> Said:
    """Sentences and clauses, right or not, that state no misconception: what contradicts a point may be one, so it is left out."""
    whole = _true(question, held) + [
        line for kinds in held["points"].values() for kind in ("partly", "near") for line in kinds.get(kind) or ()
    ]
    if question.topic not in CHECK:
        whole += [case.answer for case in _answers() if case.rubric.question_id == question.id and not case.claims]
    texts = list(dict.fromkeys(piece for line in whole for piece in _cut(line)))
    return Said(texts, encoder.encode(texts))


@functools.cache
def _answers() -> tuple[Case, ...]:
    return tuple(labelled())


def _cut(text: str) -> list[str]:
    return [piece.text for piece in windows(text) if piece.kind != "pair"]


def _statements(question: Question) -> dict[str, Any]:
    written = STATEMENTS / f"{question.id}.yaml"
    return yaml.safe_load(written.read_text(encoding="utf-8")) if written.exists() else {"points": {}, "misconceptions": {}}


def _texts(wrong: Misconception) -> tuple[str, ...]:
    return (wrong.claim, *wrong.says)


def _beside(said: str, line: str, draw: float) -> str:
    return said if draw < ALONE else f"{line} {said}" if draw < AFTER else f"{said} {line}"


def precisions(stated: Iterable[float], given: Iterable[float], bars: Iterable[float]) -> Iterator[tuple[float, float, float]]:
    """(bar, precision, recall) of calling stated what is given more than the bar."""
    rows = list(zip(stated, given, strict=True))
    total = sum(1 for truth, _ in rows if truth == 1)
    for bar in bars:
        called = [truth for truth, figure in rows if figure > bar]
        yield bar, sum(called) / max(len(called), 1), sum(called) / max(total, 1)
