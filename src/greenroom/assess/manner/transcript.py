"""Words that a speech recogniser seems to have misheard: what was said sounds like a term of the question but is written as something else.

Two ways: a list of slips that recognisers make with this field's terms, and words that share the consonants of a technical term of the
rubric and belong to nothing there ("toe cans" for "tokens"). Slips that sound like no term ("the whirred comes necks") are not seen, nor
are wrong words that fit. Nothing is corrected: the person is told, and the verdicts are worth less.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from greenroom.assess.assessment import Assessment, Span
from greenroom.assess.manner.terms import TERM
from greenroom.bank.question import Rubric
from greenroom.llm.words import FUNCTION, Word, stem, words

ENOUGH = 2
"""Different slips from which on an answer counts as a faulty transcript: one may be a typing error."""
LOSS = 0.6
"""What confidence is multiplied by in a faulty transcript. Decided, not fitted."""
TERM_LETTERS, SOUNDS = 5, 4
"""A term has at least so many letters, and so many consonants that sound."""
SLIPS = {
    r"(?:mural|neutral|nurul|neuro) net(?:work)?s?": "neural network",
    r"(?:kv|key value|k v|cave) cash": "KV cache",
    r"auto ?aggressive(?:ly)?|otter regressive(?:ly)?": "autoregressive",
    r"bean search": "beam search",
    r"soft ?(?:macs?|mats?|backs)": "softmax",
    r"gradient dissent|great ?ient|radiant descent": "gradient descent",
    r"(?:laura|lora lora|lawra) (?:adapters?|fine|matri\w+)|a laura\b": "LoRA",
    r"fine ?(?:tooning|tuna|turning)": "fine-tuning",
    r"top pee|top pea|top cay": "top-p, top-k",
    r"toe ?(?:kens?|cans?|kins?)|toking?s?\b(?= is| are)|took ?ens?": "tokens",
    r"low ?(?:jets?|jits?|gits?)|law ?jets?": "logits",
    r"(?:in|imbed|im) ?beddings?": "embeddings",
    r"(?:self|multi.?head) (?:a tension|a tention|intention)|a tension": "attention",
    r"hello ?sin\w*|hallo ?sin\w*": "hallucination",
    r"transform her|trans farmers?": "transformer",
    r"in coders?|d coders?": "encoder, decoder",
    r"quantum ?i[sz]ation|quantum ?ties": "quantisation",
    r"in france time|in ?furrence": "inference",
    r"(?:back|bag) (?:prop|drop) ?(?:a gation|again)": "backpropagation",
    r"larch language models?|large language (?:mottles?|muddles?)": "large language model",
}
_SLIPS = re.compile("|".join(rf"(?P<s{n}>\b(?:{pattern})\b)" for n, pattern in enumerate(SLIPS)), re.IGNORECASE)
_ALIKE = (("ph", "f"), ("kn", "n"), ("wr", "r"), ("gh", ""), ("ck", "k"), ("sc", "s"), ("c", "k"), ("q", "k"), ("x", "ks"), ("z", "s"),
          ("g", "j"), ("d", "t"), ("b", "p"), ("v", "f"))  # fmt: skip


class Misheard(NamedTuple):
    """``meant``: the term that it sounds like."""

    said: str
    meant: str
    span: Span


def find_misheard(answer: str, rubric: Rubric) -> list[Misheard]:
    """Likely slips in order, each different one once."""
    found: dict[str, Misheard] = {}
    for each in (*_listed(answer), *_alike(answer, rubric)):
        if not any(each.span[0] < other.span[1] and other.span[0] < each.span[1] for other in found.values()):
            found.setdefault(each.said.lower(), each)
    return sorted(found.values(), key=lambda each: each.span)


def tell_misheard(found: list[Misheard]) -> str | None:
    """A sentence for the person, with the cure; None where there are too few slips to speak of a faulty transcript."""
    if len(found) < ENOUGH:
        return None
    pairs = ", ".join(f"“{each.said}” (“{each.meant}”?)" for each in found[:4])
    return f"This reads like a faulty transcript: {pairs}. The verdicts are less sure; correct the text and have it judged again."


def _listed(answer: str) -> Iterator[Misheard]:
    meant = list(SLIPS.values())
    for match in _SLIPS.finditer(answer):
        yield Misheard(match.group(), meant[int((match.lastgroup or "s0")[1:])], match.span())


def _alike(answer: str, rubric: Rubric) -> Iterator[Misheard]:
    terms, known = _terms(rubric)
    said = words(answer)
    for left, right in pairwise(said):  # one term heard as two words
        if answer[left.end : right.start].strip() or left.text + right.text in known:
            continue
        if not {left.text, right.text} & FUNCTION and (stem(left.text) not in known or stem(right.text) not in known):
            yield from _match(answer, left, right, terms)
    for word in said:
        if stem(word.text) not in known and word.text not in FUNCTION and len(word.text) >= TERM_LETTERS - 1:
            yield from _match(answer, word, word, terms)


def _match(answer: str, left: Word, right: Word, terms: dict[str, str]) -> Iterator[Misheard]:
    text = left.text if left is right else left.text + right.text
    meant = terms.get(sound(text))
    if meant is not None and stem(meant) != stem(text) and meant[:4] != text[:4] and abs(len(meant) - len(text)) <= 2:
        yield Misheard(answer[left.start : right.end], meant, (left.start, right.end))


@functools.lru_cache(maxsize=64)
def _ready(texts: tuple[str, ...]) -> tuple[dict[str, str], frozenset[str]]:
    every = [word.text for text in texts for word in words(text)]
    special = {match.group().lower() for text in texts for match in TERM.finditer(text)}
    terms = {sound(text): text for text in sorted(special) if len(text) >= TERM_LETTERS and text.isalpha()}
    return {heard: text for heard, text in terms.items() if len(heard) >= SOUNDS}, frozenset({*every, *(stem(text) for text in every)})


def _terms(rubric: Rubric) -> tuple[dict[str, str], frozenset[str]]:
    """Terms of the rubric by their sound, and every word and stem that stands in it."""
    items = [(p.point, *p.says) for p in rubric.points] + [(m.claim, *m.says, m.correction) for m in rubric.misconceptions]
    return _ready((rubric.ask, *(text for item in items for text in item)))


def sound(word: str) -> str:
    """The consonants that sound, like ones written alike, doubles once: "tokens" and "toe cans" give the same."""
    for written, heard in _ALIKE:
        word = word.replace(written, heard)
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouyhw']", "", word))


def doubted(assessment: Assessment, rubric: Rubric, answer: str) -> Assessment:
    """The assessment of a faulty transcript: its confidences times ``LOSS``, and a note that names the slips. Any other: as it was."""
    note = tell_misheard(find_misheard(answer, rubric)) if assessment.status == "assessed" else None
    if note is None:
        return assessment
    points = tuple(p.model_copy(update={"confidence": _less(p.confidence)}) for p in assessment.points)
    update = {"points": points, "confidence": _less(assessment.confidence), "notes": (*assessment.notes, note)}
    return assessment.model_copy(update=update)


def _less(confidence: float | None) -> float | None:
    return None if confidence is None else round(LOSS * confidence, 3)
