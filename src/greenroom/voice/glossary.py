"""The words that a recogniser is told to expect: the technical terms of a question.

Told them, it writes "softmax" and not "soft max", "KV cache" and not "cave cash". The other side of it: a term that was not said may be
heard where something like it was. Terms only, never a sentence of a key point.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from greenroom.assess.manner.terms import TERM
from greenroom.bank.question import Question

MOST_TERMS = 40
MOST_LETTERS = 500
"""The recogniser reads at most 224 tokens of a prompt, the last ones."""
NAME = re.compile(r"\b(?:[A-Z]{2,6}|[A-Z][a-z]*[A-Z][A-Za-z]*)\b")
"""Abbreviations and names with capitals inside, such as LoRA, MMLU, GPT."""


def glossary(question: Question | None) -> str:
    """A prompt of terms, those met most often first; empty where there are none."""
    if question is None:
        return ""
    terms = list(_terms(question))[:MOST_TERMS]
    while terms and len(", ".join(terms)) > MOST_LETTERS:
        terms.pop()
    return f"Glossary: {', '.join(terms)}." if terms else ""


def _terms(question: Question) -> Iterable[str]:
    counted: Counter[str] = Counter()
    written: dict[str, str] = {}
    for text in _texts(question):
        for match in (*NAME.finditer(text), *TERM.finditer(text)):
            term = match.group()
            counted[term.lower()] += 1
            written.setdefault(term.lower(), term)
    singular = {term for term in counted if term.endswith("s") and term[:-1] in counted}  # said once is enough
    return (written[term] for term, _ in sorted(counted.items(), key=lambda each: (-each[1], each[0])) if term not in singular)


def _texts(question: Question) -> Iterable[str]:
    yield question.ask
    for point in question.active_points:
        yield point.point
        yield from point.says
    for wrong in question.misconceptions:
        yield wrong.claim
    yield question.model_answers.technical
