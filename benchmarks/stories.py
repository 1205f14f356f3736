"""Parts of stories (STAR) against authored labels, beside the encoder's verdicts on the same points.

    python -m benchmarks stories [--rows N] [--write]

The stories (tests/assess/stories) are short answers to the behavioural questions, of differing quality: those the rules were made with,
and those kept aside; then two sets on purpose in other manners and words, one that the rules were widened with and one kept aside. One
author wrote and labelled all and made the rules: the agreement is with that author's reading. ``--rows``: the first so many of each set.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml

from benchmarks.measures import cohen, weighted_kappa
from benchmarks.public import ROOT, Options
from benchmarks.tables import Report
from greenroom.assess.assessment import Assessment, PointVerdict, Verdict
from greenroom.assess.coverage import Coverage
from greenroom.assess.reading.clauses import windows
from greenroom.assess.star.judge import judge_story
from greenroom.assess.star.parts import BARS, PARTS
from greenroom.bank.load import load_bank
from greenroom.bank.question import Question

STORIES = ROOT / "tests/assess/stories"
PACK = ROOT / "src/greenroom/packs/behavioural"
SETS = {
    "made": "the rules were made with",
    "aside": "kept aside",
    "later": "in other words, the rules were widened with",
    "fresh": "in other words, kept aside",
}
CREDIT = {"missed": 0, "unscored": 0, "partial": 1, "hit": 2}
ORDER = ("strong", "spoken", "nonnative", "no_result", "we_only", "weak", "off_question", "hypothetical", "waffle")


class Story(NamedTuple):
    """One story with its labels by part. ``kind``: what is particular about it."""

    kind: str
    question_id: str
    answer: str
    parts: dict[str, str]


class Held(NamedTuple):
    """A story with its assessment, and with the verdicts that likeness alone gives."""

    story: Story
    said: Assessment
    likeness: dict[str, str]


def stories(name: str, folder: Path = STORIES) -> list[Story]:
    rows = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    return [Story(row["kind"], row["question"], row["answer"], {key: row["parts"][key] for key in PARTS}) for row in rows]


def run(options: Options) -> Report:
    report, coverage = Report("stories"), Coverage.load()
    bank = {question.id: question for question in load_bank([PACK]).questions()}
    likeness = Coverage.load()  # without the second look, which is not for stories and would only make the baseline worse
    likeness._fitted = likeness._fitted._replace(belongs=likeness._fitted.belongs._replace(threshold=0.0))
    found = {name: [_hold(coverage, likeness, bank, story) for story in stories(name)[: options.rows]] for name in SETS}
    report.say("Single author of stories, labels and rules: agreement with that author's reading.")
    _parts(report, found)
    _sure(report, found)
    _kinds(report, [held for each in found.values() for held in each])
    _phrasings(report, coverage, list(bank.values())[: options.rows])
    return report


def _hold(coverage: Coverage, likeness: Coverage, bank: dict[str, Question], story: Story) -> Held:
    """``likeness``: the same points judged as if they were no parts of a story."""
    rubric = bank[story.question_id].rubric()
    plain = likeness.assess(rubric.model_copy(update={"kind": "asks"}), story.answer)
    return Held(story, coverage.assess(rubric, story.answer), {point.id: point.verdict.value for point in plain.points})


def _parts(report: Report, found: dict[str, list[Held]]) -> None:
    report.say("### Agreement by part")
    rows: list[list[object]] = []
    for name, held in found.items():
        for part in (*PARTS, "all parts"):
            keys = list(PARTS) if part == "all parts" else [part]
            want = [each.story.parts[key] for each in held for key in keys]
            given = [verdict(each.said, key) for each in held for key in keys]
            like = [each.likeness[key] for each in held for key in keys]
            commonest = max(want.count(label) for label in set(want)) / len(want)
            same = float(np.mean([a == b for a, b in zip(want, given, strict=True)]))
            rows.append([
                SETS[name], part, len(want), same, commonest, cohen(want, given), weighted_kappa(_credit(want), _credit(given)),
                cohen(want, like), weighted_kappa(_credit(want), _credit(like)),
            ])  # fmt: skip
    head = ["answers", "part", "n", "same", "always the commonest label", "κ (hit, partial, missed, unscored)", "quadratic κ (2, 1, 0)"]
    report.table([*head, "encoder: κ", "encoder: quadratic κ"], rows)


def verdict(said: Assessment, part: str) -> str:
    return next(point.verdict.value for point in said.points if point.id == part)


def _credit(labels: Sequence[str]) -> list[int]:
    return [CREDIT.get(label, 0) for label in labels]


def _sure(report: Report, found: dict[str, list[Held]]) -> None:
    report.say("### Confidence: share right")
    rows: list[list[object]] = []
    for name, held in found.items():
        points = [(p.confidence, p.verdict.value == each.story.parts[p.id]) for each in held for p in each.said.points if p.id in PARTS]
        for sure in sorted({confidence for confidence, _ in points if confidence is not None}):
            right = [same for confidence, same in points if confidence == sure]
            rows.append([SETS[name], sure, len(right), float(np.mean(right))])
    report.table(["answers", "confidence", "verdicts", "share right"], rows)


def _kinds(report: Report, held: Sequence[Held]) -> None:
    report.say("### Overall by kind of story, all sets")
    rows: list[list[object]] = []
    kinds = {each.story.kind for each in held}
    for kind in [*(kind for kind in ORDER if kind in kinds), *sorted(kinds - set(ORDER))]:
        got = [each.said.overall or 0.0 for each in held if each.story.kind == kind]
        rows.append([kind.replace("_", " "), len(got), float(np.mean(got)), min(got), max(got)])
    report.table(["kind", "n", "mean", "least", "most"], rows)


def _phrasings(report: Report, coverage: Coverage, questions: Sequence[Question]) -> None:
    """The pack's own phrasings of each part, one at a time, as answers to its follow-up; and the pack's model answers."""
    report.say("### The pack's own phrasings and model answers")
    rows: list[list[object]] = []
    models = [coverage.assess(q.rubric(), text) for q in questions for text in (q.model_answers.plain, q.model_answers.technical)]
    for part in PARTS:
        said = [
            _alone(question, part, phrase) for question in questions for point in question.key_points if point.id == part
            for phrase in point.says
        ]  # fmt: skip
        whole = [verdict(model, part) for model in models]
        rows.append([part, len(said), _share(said, "hit"), _share(said, "hit", "partial"), len(whole), _share(whole, "hit")])
    report.table(["part", "phrasings", "hit", "hit or partial", "model answers", "hit"], rows)
    figures = [model.overall or 0.0 for model in models]
    report.say(
        f"Model answers on their own question: mean {np.mean(figures):.1f}, least {min(figures):.1f}. Bars: {BARS[0]} and {BARS[1]}."
    )


def _alone(question: Question, part: str, phrase: str) -> str:
    """The rule's verdict on a phrasing given as the answer to a follow-up; no encoder is asked."""
    pieces, before = windows(phrase), PointVerdict(id=part, verdict=Verdict.MISSED, decided_by="nobody")
    return judge_story(question.point_rubric(part, question.ask), [before], pieces, [True] * len(pieces))[0].verdict.value


def _share(said: Sequence[str], *wanted: str) -> float:
    return sum(each in wanted for each in said) / max(len(said), 1)
