"""The golden answers with their labels, the questions they answer, and each answer's assessment, made once in a run.

The answers and labels were written by hand for these tests; nothing was ever fitted on them. They show what the project expects of an
assessor, not what people out there would mark.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from greenroom.assess.assessment import Assessment, Verdict
from greenroom.assess.assessor import Assessor
from greenroom.bank.bank import Bank
from greenroom.bank.load import load_bank
from greenroom.bank.question import Question, Rubric

GOLDEN = Path(__file__).parent / "golden"
PACK = Path(__file__).parents[2] / "src/greenroom/packs/core"
TOPICS = tuple(sorted(path.stem for path in GOLDEN.glob("*.yaml")))
KNOWLEDGE = tuple(topic for topic in TOPICS if topic != "your-questions")
"""The topics that ask what one knows. The other one asks for questions: there, asking is no way of dodging."""
SAMPLE = TOPICS if os.environ.get("GREENROOM_FULL") else TOPICS[::3]
"""The topics that take part where a test makes up answers: all of them with ``make test-full``."""

_found: dict[tuple[str, str], Assessment] = {}


class Golden(NamedTuple):
    """One answer. ``points``: point id → verdict that a listener would give; ``misconceptions``: ids of those it states."""

    topic: str
    kind: str
    answer: str
    points: dict[str, str]
    misconceptions: frozenset[str]


@functools.cache
def _bank() -> Bank:
    return load_bank([PACK])


@functools.cache
def question(topic: str) -> Question:
    return _bank().get(topic)


@functools.cache
def of_topic(topic: str) -> dict[str, Golden]:
    """The topic's answers by kind."""
    rows = yaml.safe_load((GOLDEN / f"{topic}.yaml").read_text(encoding="utf-8"))
    return {row["kind"]: Golden(topic, row["kind"], row["answer"], row["points"], frozenset(row["misconceptions"])) for row in rows}


def golden(kind: str | None = None) -> Iterator[Golden]:
    """All of one kind, or all."""
    for topic in TOPICS:
        yield from (case for case in of_topic(topic).values() if kind in (None, case.kind))


def assess(assessor: Assessor, rubric: Rubric, answer: str) -> Assessment:
    """Assessed once for each rubric and answer: it is the same every time (a test holds it to that)."""
    key = (rubric.hash, answer)
    if key not in _found:
        _found[key] = assessor.assess(rubric, answer)
    return _found[key]


def figure(assessor: Assessor, topic: str, answer: str) -> float:
    """Overall against the topic's canonical question; 0 where the assessor abstained: what an attacker gets at most."""
    return assess(assessor, question(topic).rubric(), answer).overall or 0.0


def broken_quotes(answer: str, said: Assessment) -> list[str]:
    """Ids of verdicts and misconceptions that rest on words which are not in the answer at the place they name."""
    resting = (Verdict.HIT, Verdict.PARTIAL, Verdict.WRONG)
    items = [(v.id, v.quote, v.span) for v in said.points if v.verdict in resting or v.quote is not None or v.span is not None]
    items += [(m.id, m.quote, m.span) for m in said.misconceptions]
    return [name for name, quote, span in items if span is None or not quote or answer[slice(*span)] != quote]


def sentences(text: str) -> list[str]:
    return [piece for piece in re.split(r"(?<=[.!?])\s+", text.strip()) if piece]
