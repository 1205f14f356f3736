"""What the one network learns from: rows of an answer and its claims, as the product lays them out (``greenroom.assess.reader``), with what
is known of each claim.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from corpus import CREDIT, Answer, PointLabel, bank, held_out, rubric, shared_claims
from small import SMALL, PackAnswer, Triple
from tokenizers import Tokenizer

from greenroom.assess.reader import ANSWER_TOKENS, LABELS, Kind, lay_out
from greenroom.bank.question import Rubric

Allowed = tuple[float, float, float, float, float]
HELD, NOT_HELD = (1.0, 0.0, 0.0, 0.0, 0.0), (0.0, 1.0, 1.0, 1.0, 1.0)
ANY: Allowed = (1.0, 1.0, 1.0, 1.0, 1.0)
"""Where only a mark is known."""
UNMADE: Allowed = (0.0, 1.0, 1.0, 1.0, 0.0)
"""Not made: missed, half said in passing, or contradicted by a mistake beside it."""
UNSPOILT: Allowed = (1.0, 1.0, 1.0, 0.0, 0.0)
"""Said or not; not said wrongly."""


class Claim(NamedTuple):
    """``allowed``: how much its label allows each of ``LABELS``, 0 to 1; holding a misconception is a hit, not holding it any other.
    ``quote``: the words that decide. ``mark``: how much of it the answer gives, 0 to 1, where somebody said."""

    text: str
    job: Kind
    allowed: Allowed
    quote: str | None = None
    mark: float | None = None


class Row(NamedTuple):
    """The fields of ``reader.Row``, and ``spans``: first and last token of each claim's quote, None where there is none or it lies beyond
    what is read.
    """

    ids: list[int]
    group: list[int]
    places: list[int]
    answer: tuple[int, int]
    first: list[int]
    spans: list[tuple[int, int] | None]
    claims: tuple[Claim, ...]


class Sample(NamedTuple):
    """An answer and what is known of the claims beside it. ``subject``: a pack; the bank is one."""

    subject: str
    question: str
    answer: str
    claims: tuple[Claim, ...]


def make_row(tokenizer: Tokenizer, sample: Sample) -> Row:
    """``tokenizer`` without padding and truncation. What is longer than the network reads is cut."""
    question, answer, claims = sample.question, sample.answer, sample.claims
    said = tokenizer.encode(answer, add_special_tokens=False)
    asked, *texts = (each.ids for each in tokenizer.encode_batch([question, *(claim.text for claim in claims)], add_special_tokens=False))
    row = lay_out(asked, said.ids[:ANSWER_TOKENS], texts)
    spans = [_span(said.offsets[:ANSWER_TOKENS], answer, claim.quote, row.answer[0]) for claim in claims]
    return Row(*row, spans, claims)


def whole(row: Row) -> bool:
    """Whether nothing of the answer had to be cut: what stands in the rest may be what its labels speak of."""
    return row.answer[1] - row.answer[0] < ANSWER_TOKENS


def _span(offsets: Sequence[tuple[int, int]], answer: str, quote: str | None, start: int) -> tuple[int, int] | None:
    at = answer.find(quote) if quote else -1
    inside = [n for n, (a, b) in enumerate(offsets) if quote and at >= 0 and a < at + len(quote) and b > at]
    return (start + inside[0], start + inside[-1]) if inside else None


def claims_of(answer: Answer) -> Iterator[Claim]:
    """The points and misconceptions that an answer is labelled with. Claims that a question held out has too are left out."""
    asked = rubric(answer)
    for point in asked.points:
        if f"{answer.question_id}/{point.id}" not in shared_claims():
            found = answer.label.points[point.id]
            yield point_claim(point.point, found)
    for wrong in bank().get(answer.question_id).misconceptions:
        if f"{answer.question_id}/{wrong.id}" not in shared_claims():
            quote = answer.label.misconceptions.get(wrong.id)
            yield Claim(wrong.claim, "misconception", HELD if quote else NOT_HELD, quote)


def point_claim(text: str, found: PointLabel) -> Claim:
    return Claim(text, "point", only_label(found.verdict if found.asserted else "not asserted"), found.quote, CREDIT[found.verdict] / 2)


def only_label(label: str) -> Allowed:
    """That label, and no other."""
    return tuple(float(each == label) for each in LABELS)  # type: ignore[return-value]  # five, as there are labels


def samples_of(answers: Iterable[Answer]) -> Iterator[Sample]:
    return (Sample("bank", rubric(answer).ask, answer.answer, tuple(claims_of(answer))) for answer in answers)


def own_rubrics() -> Iterator[Rubric]:
    """Of the questions that nothing is held out of, without the claims that a question held out has too."""
    for question in (question for question in bank().questions() if question.id not in held_out()):
        asked = question.rubric()
        points, wrong = (
            tuple(each for each in some if f"{question.id}/{each.id}" not in shared_claims())
            for some in (asked.points, asked.misconceptions)
        )
        yield asked.model_copy(update={"points": points, "misconceptions": wrong})


def model_samples() -> Iterator[Sample]:
    """Both model answers of each question that nothing is held out of: they make what is essential, say nothing wrong of the rest, and
    hold no misconception.
    """
    for asked in own_rubrics():
        question = bank().get(asked.question_id)
        claims = [Claim(point.point, "point", only_label("hit") if point.essential else UNSPOILT) for point in asked.points]
        claims += [Claim(wrong.claim, "misconception", NOT_HELD) for wrong in asked.misconceptions]
        for text in (question.model_answers.plain, question.model_answers.technical):
            yield Sample("bank", asked.ask, text, tuple(claims))


def phrased_samples(rng: random.Random, times: int = 10) -> Iterator[Sample]:
    """Answers of a few sentences: phrasings that the bank has for some points and misconceptions of a question, and what it says to correct
    others.
    """
    for asked in own_rubrics():
        for _ in range(times):
            said = {point.id: rng.choice(point.says) for point in _some(asked.points, (0, 1, 1, 2, 3, 5), rng)}
            mixed = _some(asked.misconceptions, (0, 1, 1, 2), rng)
            wrong = {each.id: rng.choice(each.says) for each in mixed if rng.random() < 0.7}
            right = [each.correction for each in mixed if each.id not in wrong]
            claims = [Claim(p.point, "point", only_label("hit") if p.id in said else UNMADE, said.get(p.id)) for p in asked.points]
            claims += [Claim(m.claim, "misconception", HELD if m.id in wrong else NOT_HELD, wrong.get(m.id)) for m in asked.misconceptions]
            texts = [*said.values(), *wrong.values(), *right]
            if right:  # a correction may make a point
                claims = [claim._replace(allowed=UNSPOILT) if claim.allowed == UNMADE else claim for claim in claims]
            if texts:
                yield Sample("bank", asked.ask, " ".join(rng.sample(texts, len(texts))), tuple(claims))


def _some(of: Sequence[Any], counts: Sequence[int], rng: random.Random) -> list[Any]:
    return rng.sample(of, min(rng.choice(counts), len(of)))


def pack_samples(answers: Iterable[PackAnswer]) -> Iterator[Sample]:
    """The labelled answers to packs of other fields."""
    for answer in answers:
        if answer.label is not None:
            points, held = answer.label.points, answer.label.misconceptions
            claims = [point_claim(text, points[name]) for name, text in answer.claims.items()]
            for name, text in answer.misconceptions.items():
                claims.append(Claim(text, "misconception", HELD if name in held else NOT_HELD, held.get(name)))
            if reference := references().get((answer.pack, answer.question_id)):
                claims.append(Claim(reference, "point", ANY, mark=answer.label.overall / 100))
            yield Sample(answer.pack, answer.asked, answer.answer, tuple(claims))


@cache
def references() -> dict[tuple[str, str], str]:
    """Model answers of packs by pack and question, as answers name it: a bare reference, as teachers have them."""
    packs = [json.loads(path.read_text(encoding="utf-8")) for path in (SMALL / "packs").glob("*.json")]
    return {
        (pack["id"], f"{pack['id']}-{each['id']}"): each["reference"] for pack in packs for each in pack["questions"] if "reference" in each
    }  # fmt: skip


def triple_samples(triples: Iterable[Triple]) -> Iterator[Sample]:
    """Each answer of a triple beside the reference."""
    for triple in triples:
        if triple.label is not None:
            for name in ("right", "half", "wrong"):
                claim = Claim(triple.reference, "point", ANY, mark=getattr(triple.label, name) / 100)
                yield Sample("triples", triple.question, getattr(triple, name), (claim,))
