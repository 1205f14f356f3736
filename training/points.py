"""What the reader is given on top, for the points of the bank: (passage, point) pairs where it was seen to fail.

It took sentences of a model answer that say a point nearly word for word for its contrary: most nearly equal texts that it had learnt from
were turned round (``junk.py``). So here nearly equal texts that say the same: the sentence of a model answer (or two neighbours, or a
clause) that is nearest to a point by the encoder, points and phrasings shortened, put differently at the edges or beside other sentences.
Against them what is near and is not it: the sentences of the same answer that are nearest to another point, and statements turned
round, denied, asked by rule. With them the authored statements of all these questions, of which half say the contrary of a point (without
them answers turned round were taken for right ones: docs/log.md), and a part of what the reader learnt from (``pairs.py``), so that
nothing else is lost.

The labels of model answers are made by rule from authored text: each was written to make the question's points. Check topics are left out.
Those of ``readings/points.jsonl`` are not: language models read each pair by itself. They are the pairs on which the shipped reader was
likeliest to err: what it found in good answers to other questions, and what it did not find in a question's own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

import numpy as np
from junk import SPOILS
from labelled import CHECK, ROOT, every_question
from pairs import ALLOWED, COVER, Pair, _dev, _jsonl, statements, training_pairs

from greenroom.assess.reading.clauses import Window, windows
from greenroom.bank.question import KeyPoint, Question
from greenroom.llm.encoder import OnnxEncoder

MADE, UNMADE = 0.5, 0.45
"""Cosine of a sentence and a point (its own words or its nearest phrasing) from which on it is taken to make it; at most so much for what
does not."""
APART = 0.08
"""A sentence is taken for none of a point's where another point is nearer by so much."""
MAKES, NOT = (1.0, 0.3, 0.0, 0.0), (0.02, 0.3, 1.0, 0.0)
LEADS = ("Also, ", "And ", "So ", "I would add that ", "Then, ", "One thing is that ", "Basically, ", "In short: ", "For me, ")
ENDS = re.compile(r"(?:, (?:so|because|and|which|but|since|while|unless)\b|; |: ).*$")
OTHERS, NEAREST = 3, 8
"""Of each question: other topics' questions, and the sentences of each one's answer that are nearest to a point here."""
AGAIN = 12_000
"""Pairs of ``pairs.py`` read again."""
WORDINGS = 2
"""Wordings of a point that an authored statement about it is held against."""
READINGS = ROOT / "training/readings/points.jsonl"
TIMES, ASIDE = 3, 8
"""How often what was read by hand is learnt from; one question in ASIDE is kept aside to see what was learnt."""


def point_pairs(seed: int, *, check: bool = False) -> list[Pair]:
    """Everything to learn from, shuffled. ``check``: of the check topics instead, to look at what was learnt."""
    rng, encoder = random.Random(seed), OnnxEncoder.load()
    asked = [q for q in every_question().values() if q.kind == "knowledge" and (q.topic in CHECK) is check]
    found = [pair for question in asked for pair in (*_answers(question, encoder, rng), *_edited(question, rng))]
    for question in asked:
        elsewhere = [other for other in asked if other.topic != question.topic]
        found += _foreign(question, rng.sample(elsewhere, OTHERS), encoder)
    if not check:
        found += [pair for _ in range(TIMES) for pair in read_by_hand()]
        found += statements(asked, rng, WORDINGS)
        known = [pair for pair in training_pairs(seed) if len(pair.passage) < 500]
        found += rng.sample(known, AGAIN)
    rng.shuffle(found)
    return found


def read_by_hand(*, aside: bool = False) -> Iterator[Pair]:
    """The labelled pairs, each beside both wordings of its point; ``aside``: those kept aside."""
    for row in _jsonl(READINGS):
        if _dev(row["answering"], ASIDE) is not aside:
            continue
        for text in dict.fromkeys((row["statement"], row["in_other_words"])):
            yield Pair(row["passage"], text, ALLOWED[row["label"]], COVER[row["label"]], f"read {row['label']}")


def _answers(question: Question, encoder: OnnxEncoder, rng: random.Random) -> Iterator[Pair]:
    """Windows of the model answers beside the points they make, and beside the points that others make."""
    points = question.points()
    texts = [(point.point, *point.says) for point in points]
    vectors = [encoder.encode(each) for each in texts]
    for answer in (question.model_answers.plain, question.model_answers.technical):
        pieces = windows(answer)
        said = encoder.encode([piece.text for piece in pieces])
        near = np.stack([(said @ each.T).max(axis=1) for each in vectors], axis=1)
        yield from _made(points, pieces, near, rng)
        yield from _unmade(points, pieces, near, rng)


def _made(points: Sequence[KeyPoint], pieces: Sequence[Window], near: np.ndarray, rng: random.Random) -> Iterator[Pair]:
    for index, point in enumerate(points):
        order = [int(at) for at in np.argsort(-near[:, index]) if pieces[int(at)].kind != "clause"]
        best = next((at for at in order if near[at, index] >= MADE and near[at].argmax() == index), None)
        if best is None:
            continue
        texts = [point.point, *rng.sample(point.says, min(2, len(point.says)))]
        for text in texts:
            yield Pair(pieces[best].text, text, MAKES if text == point.point else (1.0, 0.6, 0.1, 0.0), 1.0, "answer makes")
        beside = rng.choice([piece.text for piece in pieces if piece.kind == "sentence"])
        yield Pair(f"{beside} {pieces[best].text}", point.point, MAKES, 1.0, "answer makes")


def _unmade(points: Sequence[KeyPoint], pieces: Sequence[Window], near: np.ndarray, rng: random.Random) -> Iterator[Pair]:
    for index, point in enumerate(points):
        far = [at for at in range(len(pieces)) if near[at, index] <= UNMADE and near[at].max() - near[at, index] >= APART]
        far.sort(key=lambda at: -near[at, index])
        for at in (*far[:2], *rng.sample(far, min(1, len(far)))):
            yield Pair(pieces[at].text, rng.choice((point.point, *point.says)), NOT, 0.0, "answer not")


def _foreign(question: Question, others: Sequence[Question], encoder: OnnxEncoder) -> Iterator[Pair]:
    """What is nearest to a point in a good answer about something else, and does not make it."""
    points = question.points()
    vectors = [encoder.encode([point.point, *point.says]) for point in points]
    for other in others:
        pieces = windows(other.model_answers.technical)
        said = encoder.encode([piece.text for piece in pieces])
        near = np.stack([(said @ each.T).max(axis=1) for each in vectors], axis=1)
        for at in [int(at) for at in np.argsort(-near.max(axis=1)) if near[int(at)].max() < MADE][:NEAREST]:
            index = int(near[at].argmax())
            text = (points[index].point, *points[index].says)[int((vectors[index] @ said[at]).argmax())]
            yield Pair(pieces[at].text, text, NOT, 0.0, "answer elsewhere")


def _edited(question: Question, rng: random.Random) -> Iterator[Pair]:
    """Points and phrasings with other edges: the same statement, or most of it; and spoilt by rule."""
    for point in question.points():
        for text in (point.point, *rng.sample(point.says, min(1, len(point.says)))):
            low = text[0].lower() + text[1:] if text[:2] != text[:2].upper() else text
            yield Pair(rng.choice(LEADS) + low, text, ALLOWED["makes"], 1.0, "edited makes")
            cut = ENDS.sub("", text.rstrip("."))
            if len(cut.split()) >= 6 and cut != text.rstrip("."):
                yield Pair(f"{cut}.", text, (0.6, 1.0, 0.0, 0.0), 0.7, "edited part")
                yield Pair(text, f"{cut}.", ALLOWED["makes"], 1.0, "edited makes")
            dropped = _dropped(text, rng)
            yield Pair(dropped, text, MAKES, 0.95, "edited makes")
            rule, verdict = rng.choice(SPOILS)
            spoilt = rule(text, rng)
            if spoilt is not None:
                yield Pair(spoilt, text, ALLOWED[verdict], 0.0, f"rule {verdict}")


def _dropped(text: str, rng: random.Random) -> str:
    """Some articles and fillers left out, as in notes: still the same statement."""
    return " ".join(
        word for word in text.split() if word.lower() not in ("the", "a", "an", "also", "just", "then", "so") or rng.random() < 0.3
    )


if __name__ == "__main__":
    from collections import Counter

    made = point_pairs(0)
    print(len(made), "pairs,", sum(len(p.passage.split()) + len(p.statement.split()) for p in made), "words")
    for kind, count in Counter(pair.kind for pair in made).most_common(12):
        print(f"{count:7d} {kind}")
