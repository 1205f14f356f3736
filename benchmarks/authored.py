"""Answers with authored labels: the golden answers of the tests and the labelled answers of the training, and what was made of each.

The labels were written by the project, with the rubric at hand, for answers it made up: they are not marks given to candidates.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from benchmarks.public import ROOT
from greenroom.assess.assessment import Assessment
from greenroom.assess.assessor import Assessor
from greenroom.bank.load import load_bank
from greenroom.bank.question import Question, Rubric

PACK = ROOT / "src/greenroom/packs/core"
GOLDEN = ROOT / "tests/assess/golden"
LABELLED = ROOT / "training/answers"
CHECK = ("architecture", "ethics", "generation", "robustness", "your-questions")
"""The topics that no network learnt from, as training/labelled.py has them (a test holds the two together). The shipped coefficients did
see their labelled answers.
"""


class Case(NamedTuple):
    """One answer with its rubric and labels. ``labels``: point id → verdict; ``claims``: ids of the misconceptions it states."""

    id: str
    topic: str
    kind: str
    rubric: Rubric
    answer: str
    labels: dict[str, str]
    claims: frozenset[str]
    communication: dict[str, bool]
    overall: float


class Held(NamedTuple):
    case: Case
    said: Assessment

    @property
    def figure(self) -> float:
        """The overall; 0 where the assessor abstained and people still need one."""
        return self.said.overall or 0.0


@functools.cache
def bank() -> dict[str, Question]:
    """The questions of the core pack by id."""
    return {question.id: question for question in load_bank([PACK]).questions()}


def knowledge() -> list[Question]:
    return [question for question in bank().values() if question.kind == "knowledge"]


def golden() -> list[Case]:
    """The golden answers of all topics that have them, each held against the points that were there to be labelled and are still asked
    for. SystemExit names a label that fits no point.
    """
    return [_case(path.stem, f"{path.stem}-{number}", row) for path, number, row in _rows(GOLDEN)]


def labelled() -> list[Case]:
    """The labelled answers of the training; ``kind`` is what they call strength. SystemExit as for ``golden``."""
    return [_case(row["question_id"], row["id"], {**row, "kind": row["strength"]}) for _, _, row in _rows(LABELLED)]


def _rows(folder: Path) -> Iterator[tuple[Path, int, dict[str, Any]]]:
    for path in sorted(folder.glob("*.yaml")):
        for number, row in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")) or (), 1):
            yield path, number, row


def _case(question_id: str, name: str, row: dict[str, Any]) -> Case:
    question = bank()[question_id]
    rubric = question.rubric(row.get("form"))
    if strange := set(row["points"]) - {point.id for point in question.key_points}:
        raise SystemExit(f"{name}: labels of {sorted(strange)}, which are no points of {question_id}")
    rubric = rubric.model_copy(update={"points": tuple(point for point in rubric.points if point.id in row["points"])})
    row["points"] = {point.id: row["points"][point.id] for point in rubric.points}
    claims, talk = frozenset(row["misconceptions"]), row.get("communication") or {}
    return Case(name, question.topic, row["kind"], rubric, row["answer"].strip(), row["points"], claims, talk, float(row["overall"]))


def hold(assessor: Assessor, cases: Sequence[Case]) -> list[Held]:
    print(f"    assessing {len(cases)} answers …", file=sys.stderr, flush=True)
    return [Held(case, assessor.assess(case.rubric, case.answer)) for case in cases]
