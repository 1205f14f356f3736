"""What speaks for a key point, and for a misconception, in an answer: plain numbers, no verdict.

For every point the best window of the answer is found by cosine with the point's phrasings (and the words they share), then described by a dozen
features. ``calibrate.py`` turns features into probabilities with fitted coefficients. A window that does not read as a sentence is no evidence.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.assess.clauses import Window
from greenroom.bank.question import KeyPoint, Misconception, Rubric
from greenroom.llm.encode import Vectors
from greenroom.llm.words import FUNCTION, Order, content, denies, negated, opposed, stem, words

Floats = NDArray[np.float64]

POINT_FEATURES = (
    "cosine", "agreement", "second", "lexical", "vocabulary", "margin", "cohesion", "asked", "contrast", "centred", "lead", "share", "repeated", "order", "function", "negation", "opposite", "denial", "length",
)  # fmt: skip
MARK_FEATURES = ("whole", "pieces", "recall", "precision", "grams", "order", "ratio")
CLAIM_FEATURES = ("cosine", "agreement", "margin", "correct", "centred", "lead", "lexical", "negation", "denial", "opposite", "order")
ORDER_BARS = ((5, -9.0), (8, -0.35), (12, -0.08), (16, 0.03), (10_000_000, 0.1))
"""(words below, order score needed): about what 2 to 5 in 100 of honest sentences of that length stay under (SAF and SemEval train answers)."""
LIST_SHARE = 0.1
LEX = 0.2
"""A window of six words or more with a smaller share of function words is a list of terms."""


class Group(NamedTuple):
    """One point or misconception with all the ways to put it."""

    id: str
    texts: tuple[str, ...]
    first: int
    """Row of its first phrasing among the rubric's vectors."""


class Sheet(NamedTuple):
    """A rubric made ready: every phrasing in one list, in the order of its vectors (question, points, misconceptions, corrections)."""

    rubric: Rubric
    texts: tuple[str, ...]
    points: tuple[Group, ...]
    claims: tuple[Group, ...]
    corrections: tuple[int, ...]
    weights: dict[str, float]
    """How telling a stem is: high in one point only, low in many, 0 in the question itself."""


class Finding(NamedTuple):
    """The evidence for one point or misconception. ``window`` is an index; None: the answer has nothing that could be evidence."""

    id: str
    window: int | None
    nearest: str
    cosine: float
    features: Floats


class Answer(NamedTuple):
    """An answer made ready: its windows, their vectors, and which of them read as statements."""

    text: str
    windows: Sequence[Window]
    vectors: Vectors
    sound: NDArray[np.bool_]
    order: Floats
    stems: list[frozenset[str]]


def make_sheet(rubric: Rubric) -> Sheet:
    texts = [rubric.ask]

    def group(item: KeyPoint | Misconception, says: tuple[str, ...]) -> Group:
        first = len(texts)
        texts.extend(says)
        return Group(item.id, says, first)

    points = tuple(group(point, (*point.says, point.point)) for point in rubric.points)
    claims = tuple(group(wrong, (*wrong.says, wrong.claim)) for wrong in rubric.misconceptions)
    corrections = tuple(range(len(texts), len(texts) + len(claims)))
    texts.extend(wrong.correction for wrong in rubric.misconceptions)
    return Sheet(rubric, tuple(texts), points, claims, corrections, _weights(rubric, points))


def _weights(rubric: Rubric, points: Sequence[Group]) -> dict[str, float]:
    asked = set(content(rubric.ask))
    spread = Counter(word for point in points for word in {stem for text in point.texts for stem in content(text)})
    return {word: 0.0 if word in asked else math.log(1 + len(points) / count) for word, count in spread.items()}


def make_answer(text: str, pieces: Sequence[Window], vectors: Vectors, order: Order, slack: float = 0.0) -> Answer:
    """``slack``: how much below ORDER_BARS a window may stay, for terse written answers; with it, lists pass too."""
    scores = np.array([order.score(piece.text) for piece in pieces], np.float64)
    sound = np.array([_states(piece, score, slack) for piece, score in zip(pieces, scores, strict=True)], np.bool_)
    return Answer(text, pieces, vectors, sound, scores, [frozenset(content(piece.text)) for piece in pieces])


def _states(piece: Window, score: float, slack: float) -> bool:
    """Whether a window reads as a statement; short ones are given the benefit of the doubt."""
    said = words(piece.text)
    bar = next(bar for below, bar in ORDER_BARS if len(said) < below)
    listed = not slack and len(said) >= 6 and sum(word.text in FUNCTION for word in said) / len(said) < LIST_SHARE
    return score >= bar - slack and not listed


def point_findings(sheet: Sheet, known: Vectors, answer: Answer) -> list[Finding]:
    """One finding a point. ``known``: vectors of ``sheet.texts``, shape (len(texts), dim)."""
    similar = np.asarray(answer.vectors @ known.T, np.float64)  # windows × phrasings
    best = np.stack([similar[:, _rows(group)].max(axis=1) for group in sheet.points], axis=1) if len(similar) else np.zeros((0, len(sheet.points)))
    everything: frozenset[str] = frozenset().union(*(stems for stems, sound in zip(answer.stems, answer.sound, strict=True) if sound))
    centred = _centred(known, answer.vectors)
    apart = np.stack([_top(centred[:, _rows(group)], 2) for group in sheet.points], axis=1) if len(similar) else best
    apart = np.where(answer.sound[:, None], apart, -1.0)
    return [_point(sheet, known, answer, similar, best, apart, index, everything) for index in range(len(sheet.points))]


def _centred(known: Vectors, vectors: Vectors) -> Floats:
    """Cosines, windows × phrasings, after taking away what all of the rubric's phrasings have in common: the subject itself."""
    middle = known[1:].mean(axis=0) if len(known) > 2 else np.zeros(known.shape[1], np.float32)
    left, right = vectors - middle, known - middle
    left = left / np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-6)
    right = right / np.maximum(np.linalg.norm(right, axis=1, keepdims=True), 1e-6)
    return np.asarray(left @ right.T, np.float64)


def _top(similar: Floats, count: int) -> Floats:
    """Mean of the ``count`` highest in each row: two phrasings that agree say more than one."""
    return np.sort(similar, axis=1)[:, -count:].mean(axis=1)


def _rows(group: Group) -> slice:
    return slice(group.first, group.first + len(group.texts))


def _point(
    sheet: Sheet, known: Vectors, answer: Answer, similar: Floats, best: Floats, apart: Floats, index: int, everything: frozenset[str]
) -> Finding:
    group = sheet.points[index]
    own = similar[:, _rows(group)]
    shared = np.array([max(_shared(sheet, text, stems) for text in group.texts) for stems in answer.stems]) if len(own) else np.zeros(0)
    ranks = np.where(answer.sound, apart[:, index] + LEX * shared, -2.0)
    if not len(ranks) or ranks.max() <= -2:
        return Finding(group.id, None, group.texts[-1], 0.0, np.zeros(len(POINT_FEATURES)))
    place = int(ranks.argmax())
    piece = answer.windows[place]
    near = int(own[place].argmax())
    rivals = np.delete(best[place], index)
    elsewhere = [r for r, other in zip(best[:, index], answer.windows, strict=True) if other.end <= piece.start or other.start >= piece.end]
    phrase = group.texts[near]
    inner = np.asarray(known[_rows(group)] @ known[_rows(group)].T, np.float64)
    ours, theirs = [word.text for word in words(piece.text)], [word.text for word in words(phrase)]
    values = {
        "cosine": best[place, index],
        "agreement": float(np.sort(own[place])[-3:].mean()),
        "second": max(elsewhere, default=0.0),
        "lexical": shared[place],
        "vocabulary": _shared(sheet, " ".join(group.texts), everything),
        "margin": best[place, index] - rivals.max() if len(rivals) else 0.2,
        "cohesion": float(np.sort(inner - 2 * np.eye(len(inner)), axis=1)[:, -1].mean()) if len(inner) > 1 else 0.6,
        "asked": float(np.max(known[0] @ known[_rows(group)].T)),
        "contrast": best[place, index] - float(best[answer.sound, index].mean()),
        "centred": apart[place, index],
        "lead": apart[place, index] - float(np.delete(apart[place], index).max()) if apart.shape[1] > 1 else 0.3,
        "repeated": float(np.sort(apart[:, index])[-3:].mean()),
        "share": float(np.exp(10 * apart[place, index]) / np.exp(10 * apart[place]).sum()),
        "order": min(float(answer.order[place]), 1.0),
        "function": sum(word in FUNCTION for word in ours) / max(len(ours), 1),
        "negation": float(negated(piece.text) != negated(phrase)),
        "opposite": float(opposed(ours, theirs)),
        "denial": float(denies(piece.text) and not denies(phrase)),
        "length": math.log1p(piece.words),
    }
    return Finding(group.id, place, phrase, float(best[place, index]), np.array([values[name] for name in POINT_FEATURES]))


def _shared(sheet: Sheet, phrase: str, stems: frozenset[str]) -> float:
    """Share of the phrase's telling words (by weight) that are among ``stems``."""
    wanted = frozenset(content(phrase))
    total = math.fsum(sheet.weights.get(word, 0.0) for word in sorted(wanted))
    return math.fsum(sheet.weights.get(word, 0.0) for word in sorted(wanted & stems)) / total if total else 0.0


def claim_findings(sheet: Sheet, known: Vectors, answer: Answer) -> list[Finding]:
    """One finding a misconception: how near the answer comes to the claim, and how much nearer than to the truth."""
    similar = np.asarray(answer.vectors @ known.T, np.float64)
    centred = _centred(known, answer.vectors)
    return [_claim(sheet, answer, similar, centred, index) for index in range(len(sheet.claims))]


def _claim(sheet: Sheet, answer: Answer, similar: Floats, centred: Floats, index: int) -> Finding:
    group = sheet.claims[index]
    own = similar[:, _rows(group)]
    truths = [row for point in sheet.points for row in range(point.first, point.first + len(point.texts))]
    right = np.maximum(similar[:, truths].max(axis=1) if truths else -1.0, similar[:, sheet.corrections[index]])
    ranks = np.where(answer.sound, own.max(axis=1) + 0.5 * np.minimum(own.max(axis=1) - right, 0.1), -2.0) if len(own) else np.zeros(0)
    if not len(ranks) or ranks.max() <= -2:
        return Finding(group.id, None, group.texts[-1], 0.0, np.zeros(len(CLAIM_FEATURES)))
    place = int(ranks.argmax())
    phrase = group.texts[int(own[place].argmax())]
    text = answer.windows[place].text
    wanted = frozenset(content(phrase))
    values = {
        "cosine": own[place].max(),
        "agreement": float(np.sort(own[place])[-2:].mean()),
        "margin": own[place].max() - right[place],
        "centred": centred[place, _rows(group)].max(),
        "lead": centred[place, _rows(group)].max() - max(centred[place, truths].max() if truths else -1.0, centred[place, sheet.corrections[index]]),
        "correct": similar[place, sheet.corrections[index]],
        "lexical": len(wanted & answer.stems[place]) / max(len(wanted), 1),
        "negation": float(negated(text) != negated(phrase)),
        "denial": float(denies(text)),
        "opposite": float(opposed([w.text for w in words(text)], [w.text for w in words(phrase)])),
        "order": min(float(answer.order[place]), 1.0),
    }
    return Finding(group.id, place, phrase, float(own[place].max()), np.array([values[name] for name in CLAIM_FEATURES]))


def creditable(answer: Answer, sheet: Sheet) -> str:
    """The sentences that read as statements and do not deny what they say: all that a mark as a whole may rest on."""
    reference = " ".join(point.texts[-1] for point in sheet.points)
    free = denies(reference)
    kept = [
        piece.text
        for piece, sound in zip(answer.windows, answer.sound, strict=True)
        if piece.kind == "sentence"
        and sound and (free or not denies(piece.text))
    ]
    return " ".join(kept)


def mark_features(sheet: Sheet, known: Vectors, answer: Answer, whole: Vectors) -> Floats:
    """What speaks for a mark as a whole, for rubrics without authored phrasings (a reference answer, or bare key points).

    Args:
        answer: made from ``creditable`` text.
        whole: vectors of that text and of all points as one text, shape (2, dim).
    """
    reference = " ".join(point.texts[-1] for point in sheet.points)
    similar = np.asarray(answer.vectors @ known.T, np.float64)
    best = [similar[:, _rows(group)].max() if len(similar) else 0.0 for group in sheet.points]
    wanted, said = set(content(reference)) - set(content(sheet.rubric.ask)), set(content(answer.text))
    spoken, written = [word.text for word in words(answer.text)], [word.text for word in words(reference)]
    values = {
        "whole": float(whole[0] @ whole[1]),
        "pieces": float(np.mean(best)),
        "recall": len(wanted & said) / max(len(wanted), 1),
        "precision": len(wanted & said) / max(len(said), 1),
        "grams": _grams(spoken, written),
        "order": min(float(answer.order.max(initial=0.0)), 1.0) if len(spoken) > 4 else 0.5,
        "ratio": max(-2.0, min(0.0, math.log((len(spoken) + 1) / (len(written) + 1)))),
    }
    return np.array([values[name] for name in MARK_FEATURES])


def _grams(spoken: Sequence[str], written: Sequence[str]) -> float:
    """Share of the reference's neighbouring word pairs (by stem) that the answer has too: order counts."""
    ours = {(stem(a), stem(b)) for a, b in pairwise(spoken)}
    theirs = {(stem(a), stem(b)) for a, b in pairwise(written)}
    return len(ours & theirs) / max(len(theirs), 1)
