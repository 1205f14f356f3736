"""The model answer beside the person's, point by point: who says what, in whose words.

The person's side is the verdict and its quote. The model's side is the sentence of the model answer that is nearest to the point and to
the ways to put it, if it is near enough: found by words, so that no page waits for a model to read a text that never changes. It points
into the model answer; it is no verdict on it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from greenroom.assess.assessment import Assessment, PointVerdict, Span, Verdict
from greenroom.assess.reading.clauses import sentences
from greenroom.bank.question import KeyPoint, Question, Value
from greenroom.interview.feedback.stems import stems

Voice = Literal["plain", "technical"]
Standing = Literal["both", "part", "model", "you", "neither"]
STANDINGS: dict[Standing, str] = {
    "both": "Both of you",
    "part": "You in part",
    "model": "Only the model answer",
    "you": "Only you",
    "neither": "Neither",
}
NEAR = 0.13
"""Cosine from which on a sentence is taken to say a point. Measured on 16 questions of the bank: of 236 points that the assessor finds in a
model answer, 186 are placed on the sentence it quotes or one that overlaps it, 38 on another, 12 nowhere."""


class BesideRow(Value):
    """One point. ``yours``: the quote that made it, in whole or part; ``model``: the model answer's sentence, and where it stands."""

    point_id: str
    point: str
    weight: int
    verdict: Verdict
    standing: Standing
    yours: str | None
    model: str | None
    model_span: Span | None


class Beside(Value):
    """``rows`` in the order of the model answer, what it does not say last. ``says``: the count in words."""

    voice: Voice
    rows: tuple[BesideRow, ...]
    says: str


def lay_beside(question: Question, form: str | None, found: Assessment, voice: Voice) -> Beside:
    """Only for an answer to the whole question; points that are no longer in the bank are left out."""
    known = {point.id: point for point in question.key_points}
    text: str = getattr(question.answers(form), voice)
    places = find_places(text, [known[p.id] for p in found.points if p.id in known])
    rows = [_row(f"{question.id}/{p.id}", known[p.id], p, text, places.get(p.id)) for p in found.points if p.id in known]
    rows.sort(key=lambda row: (row.model_span is None, row.model_span or (0, 0)))
    made = sum(row.standing in ("both", "you") for row in rows)
    only = sum(row.standing == "model" for row in rows)
    left = f"{only} {'is' if only == 1 else 'are'} in the model answer and not in yours" if only else "what you left out, it leaves out too"
    says = f"You made {made} of {len(rows)} points; {left}." if made < len(rows) else "You made every point."
    return Beside(voice=voice, rows=tuple(rows), says=says)


def find_places(text: str, points: Iterable[KeyPoint]) -> dict[str, Span]:
    """By point id: the sentence of ``text`` that says it; a point that no sentence says is not in it."""
    lines, wordings = sentences(text), {p.id: [set(stems(phrase)) for phrase in (p.point, *p.says)] for p in points}
    said = [set(stems(line.text)) for line in lines]
    spread = Counter(word for phrases in wordings.values() for word in set().union(*phrases))
    rarity = {word: math.log(1 + len(wordings) / count) for word, count in spread.items()}
    places: dict[str, Span] = {}
    for point_id, phrases in wordings.items():
        likeness = [_cosine(phrases, have, rarity, math.log(1 + len(wordings))) for have in said]
        best = max(range(len(lines)), key=likeness.__getitem__, default=None)
        if best is not None and likeness[best] >= NEAR:
            places[point_id] = (lines[best].start, lines[best].end)
    return places


def _cosine(phrases: Sequence[set[str]], have: set[str], rarity: dict[str, float], strange: float) -> float:
    """Between a sentence and the mean of a point's wordings; words that few points share weigh more. ``strange``: of a word in none."""
    common = Counter(word for phrase in phrases for word in phrase)
    middle = {word: count / len(phrases) * rarity[word] for word, count in common.items()}
    length = math.sqrt(sum(weight**2 for weight in middle.values()) * sum(rarity.get(word, strange) ** 2 for word in have))
    return sum(middle[word] * rarity[word] for word in have & middle.keys()) / length if length else 0.0


def _row(point_id: str, point: KeyPoint, found: PointVerdict, text: str, place: Span | None) -> BesideRow:
    made, part = found.verdict is Verdict.HIT, found.verdict is Verdict.PARTIAL
    standing: Standing = "part" if part else ("both" if place else "you") if made else "model" if place else "neither"
    return BesideRow(
        point_id=point_id,
        point=point.point,
        weight=point.weight,
        verdict=found.verdict,
        standing=standing,
        yours=found.quote if made or part else None,
        model=text[place[0] : place[1]] if place else None,
        model_span=place,
    )
