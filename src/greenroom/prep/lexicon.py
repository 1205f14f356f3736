"""The words by which a job text asks for something the bank asks about. A small authored list, English; no model is asked.

A line of ``terms.txt`` is ``question id: term | other spelling | …``; the question brings its topic. A short term in capitals (``RAG``) is
only found in capitals, all others in any case; a blank also matches a hyphen, and a plural ``s`` is allowed. A question that is not in the
bank is passed over, so that a smaller bank works too. A term on two lines is about both questions.

A ``~`` marks a mere name: of the field (``LLM``), of a tool (``PyTorch``), a word that every advertisement has (``robust``). In fifteen
advertisements 37 of 49 topics that were wrongly found hung on such words alone, so ``job.py`` lets them count only beside another term of
their topic, or where the sentence asks for understanding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from greenroom.bank.question import Question

TERMS = Path(__file__).with_name("terms.txt")


class Term(NamedTuple):
    """One term: how it is found, and the ids of the questions it is about, the nearest first. ``named``: a mere name, see above."""

    name: str
    question_ids: tuple[str, ...]
    named: bool = False


def terms_of(questions: Iterable[Question]) -> dict[str, Term]:
    """Spelling (lower case; capitals where only those count) -> term. Ids of several words stand for themselves: packs of one's own too."""
    known = {question.id: question for question in questions}
    found: dict[str, Term] = {}
    for question_id, spellings in _lines():
        for spelling in spellings if question_id in known else ():
            name, key = spelling.removeprefix("~"), key_of(spelling.removeprefix("~"))
            before = found[key].question_ids if key in found else ()
            found[key] = Term(name, (*before, question_id), named=name != spelling)
    for question in known.values():
        if question.kind == "knowledge" and "-" in question.id:
            name = question.id.replace("-", " ")
            found.setdefault(name, Term(name, (question.id,)))
    return found


def key_of(spelling: str) -> str:
    """What two spellings of a term share. Up to five letters with a capital beyond the first keep their case: RAG is no rag, MoE no moe."""
    flat = re.sub(r"[\s\-–‑_/]+", " ", spelling).strip()
    return flat if is_acronym(flat) else flat.lower()


def is_acronym(word: str) -> bool:
    return len(word) <= 5 and word[:1].isupper() and word.isalpha() and sum(char.isupper() for char in word) >= 2


def pattern_of(keys: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the keys in a text, the longest at each place. Linear: alternatives of literals, no nested repeats."""
    parts = []
    for key in sorted(keys, key=lambda key: (-len(key), key)):
        body = r"[\s\-–‑/]{1,3}".join(re.escape(word) for word in key.split(" "))
        parts.append(f"{body}s?" if is_acronym(key) else f"(?i:{body}(?:s|es)?)")
    return re.compile(r"(?<![\w])(?:" + "|".join(parts) + r")(?![\w])")


@cache
def _lines() -> tuple[tuple[str, tuple[str, ...]], ...]:
    rows = (line.partition(":") for line in TERMS.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return tuple((name.strip(), tuple(term.strip() for term in terms.split("|"))) for name, _, terms in rows)
