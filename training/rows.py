"""An answer and all its claims in one row of tokens: what the one network reads (``network.py``).

The row is `[CLS] question [SEP] answer [SEP]`, then `[CLS] claim [SEP]` for every claim. A claim sees itself and the answer; the answer
sees itself alone. So no verdict depends on which other claims are asked about, the answer is read once for all of them, and a row of
eleven claims has about 400 tokens, a sixth of eleven pairs. Places begin anew with every claim, and lie beyond them in the answer, as a
cross-encoder's first and second text do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from corpus import Answer, PointLabel, bank, rubric, shared_claims
from small import PackAnswer
from tokenizers import Tokenizer

LABELS = ("hit", "partial", "missed", "wrong", "not asserted")
Allowed = tuple[float, float, float, float, float]
HELD, NOT_HELD = (1.0, 0.0, 0.0, 0.0, 0.0), (0.0, 1.0, 1.0, 1.0, 1.0)
CLS, SEP = 101, 102
ANSWER_FROM = 64
"""The first place of the answer; a claim has fewer tokens."""
QUESTION_TOKENS, ANSWER_TOKENS, CLAIM_TOKENS = 60, 380, 58


class Claim(NamedTuple):
    """``allowed``: how much its label allows each of ``LABELS``, 0 to 1; holding a misconception is a hit, not holding it any other.
    ``quote``: the words that decide."""

    text: str
    job: Literal["point", "misconception"]
    allowed: Allowed
    quote: str | None = None


class Row(NamedTuple):
    """``group``: 0 for question and answer, n for the n-th claim. ``first``: where each claim's [CLS] stands. ``spans``: first and last
    token of each claim's quote, None where there is none or it lies beyond what is read.
    """

    ids: list[int]
    group: list[int]
    places: list[int]
    answer: tuple[int, int]
    first: list[int]
    spans: list[tuple[int, int] | None]
    claims: tuple[Claim, ...]


def make_row(tokenizer: Tokenizer, question: str, answer: str, claims: Sequence[Claim]) -> Row:
    """``tokenizer`` without padding and truncation. What is longer than the network reads is cut."""
    asked = tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS]
    said = tokenizer.encode(answer, add_special_tokens=False)
    ids = [CLS, *asked, SEP, *said.ids[:ANSWER_TOKENS], SEP]
    start, end = len(asked) + 2, len(ids) - 1
    group, places = [0] * len(ids), list(range(ANSWER_FROM, ANSWER_FROM + len(ids)))
    first = list[int]()
    for number, claim in enumerate(claims, 1):
        first.append(len(ids))
        tokens = [CLS, *tokenizer.encode(claim.text, add_special_tokens=False).ids[:CLAIM_TOKENS], SEP]
        ids += tokens
        group += [number] * len(tokens)
        places += range(len(tokens))
    spans = [_span(said.offsets[:ANSWER_TOKENS], answer, claim.quote, start) for claim in claims]
    return Row(ids, group, places, (start, end), first, spans, tuple(claims))


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
            yield Claim(point.point, "point", only(found), found.quote)
    for wrong in bank().get(answer.question_id).misconceptions:
        if f"{answer.question_id}/{wrong.id}" not in shared_claims():
            quote = answer.label.misconceptions.get(wrong.id)
            yield Claim(wrong.claim, "misconception", HELD if quote else NOT_HELD, quote)


def only(found: PointLabel) -> Allowed:
    """Its label, and nothing else."""
    label = found.verdict if found.asserted else "not asserted"
    return tuple(float(each == label) for each in LABELS)  # type: ignore[return-value]  # five, as there are labels


def rows_of(tokenizer: Tokenizer, answers: Iterable[Answer]) -> list[Row]:
    return [make_row(tokenizer, rubric(answer).ask, answer.answer, list(claims_of(answer))) for answer in answers]


def pack_rows(tokenizer: Tokenizer, answers: Iterable[PackAnswer]) -> list[Row]:
    """The labelled answers to packs of other fields."""
    found = list[Row]()
    for answer in answers:
        if answer.label is not None:
            points = answer.label.points
            claims = [Claim(text, "point", only(points[name]), points[name].quote) for name, text in answer.claims.items()]
            found.append(make_row(tokenizer, answer.asked, answer.answer, claims))
    return found
