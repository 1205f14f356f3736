"""ArgKP 2021: does this argument make this key point? The second half of ``python -m benchmarks accuracy``.

Average precision and F1 over the labelled pairs, and the two figures of the shared task (KPA 2021, track 1): every argument with its
best key point of the same topic and stance, the surer half of them, average precision a topic and stance, and the mean of these; pairs on
which the raters were undecided count as no match (strict) or as a match (relaxed).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.graders import TfIdf, greenroom
from benchmarks.measures import average_precision, best_cut, interval, macro_f1
from benchmarks.public import Options, Row, rows, sample
from benchmarks.tables import Report, shown
from greenroom.assess.assessor import Assessor

FIT_ROWS = 1000
PUBLISHED = (
    "Published, track 1, test split, models of 100 to 400 million parameters fine-tuned on this very task, mAP strict and relaxed, "
    "from the teams' own texts: Phan et al. 2021 (fourth place) .896 and .963; Kapadnis et al. 2021 .872 and .966 on the leaderboard, "
    ".909 and .982 with their best model. The shared task's own table was not at hand. Ours is not told the stance."
)
Scorer = Callable[[Sequence[Row]], Any]


def run(report: Report, options: Options, assessor: Assessor, blind: dict[str, Callable[[Sequence[Row]], Any]]) -> None:
    try:
        fit_rows = sample(rows("ArgKP", "train"), options.rows or FIT_ROWS, "ArgKP/fit")
        found = rows("ArgKP", options.split)
    except FileNotFoundError:
        report.lack("ArgKP: the folder argkp is missing")
        return
    whole = options.rows is None
    pairs = every_pair(found) if whole else sample(found, options.rows, "ArgKP")
    words = TfIdf(text for row in fit_rows for text in (row["answer"], row["reference"]))
    print(f"    grading {len(pairs) + len(fit_rows)} pairs …", file=sys.stderr, flush=True)
    scorers: dict[str, Scorer] = {"greenroom": lambda chosen: np.array([held.score for held in greenroom(assessor, chosen)])}
    scorers |= {label: (lambda chosen, grader=grader: grader(chosen).score) for label, grader in blind.items()}  # type: ignore[misc]
    scorers["TF-IDF cosine"] = words
    report.say(f"### ArgKP, {options.split}: does this argument make this key point?\n\n{PUBLISHED}")
    head = ["grader", "labelled pairs", "average precision [95 % by topic and stance]", "F1 of a match"]
    lines = [_line(label, scorer, fit_rows, pairs, whole) for label, scorer in scorers.items()]
    share = float(np.mean([row["score"] for row in found]))
    lines.append(["all match", len(found), share, 2 * share / (1 + share)])
    report.table([*head, "mAP strict", "mAP relaxed"], [[*line, *[None] * (6 - len(line))] for line in lines])
    if not whole:
        report.lack("ArgKP's mAP: it needs all pairs, leave --rows out")


def _line(label: str, scorer: Scorer, fit_rows: list[Row], pairs: list[Row], whole: bool) -> list[object]:
    fit, score = scorer(fit_rows), scorer(pairs)
    want = np.array([row["score"] for row in fit_rows]) > 0
    cut = best_cut(fit, lambda t: macro_f1(want, fit >= t, (True,)))
    known = np.array([row["score"] is not None for row in pairs])
    labelled = [row for row in pairs if row["score"] is not None]
    y, s = np.array([row["score"] for row in labelled]) > 0, score[known]
    low, high = interval([row["question_id"] for row in labelled], lambda k: average_precision(y[k], s[k]), times=100)
    line: list[object] = [label, len(y), f"{shown(average_precision(y, s))} [{shown(low)}, {shown(high)}]", macro_f1(y, s >= cut, (True,))]
    return [*line, *(shared_task(pairs, score, undecided) for undecided in (0.0, 1.0))] if whole else line


def every_pair(found: Sequence[Row]) -> list[Row]:
    """The labelled pairs and, with score None, those that no label was given to."""
    known = {(row["arg_id"], row["key_point_id"]): row for row in found}
    arguments = {row["arg_id"]: row for row in found}
    points: dict[str, dict[str, Row]] = {}
    for row in found:
        points.setdefault(row["question_id"], {})[row["key_point_id"]] = row
    return [
        known.get((name, point)) or {**said, "reference": other["reference"], "key_point_id": point, "score": None}
        for name, said in arguments.items() for point, other in points[said["question_id"]].items()
    ]  # fmt: skip


def shared_task(pairs: Sequence[Row], score: Any, undecided: float) -> float:
    """Mean average precision as KPA 2021 counts it; see the module."""
    best: dict[str, tuple[float, Row]] = {}
    for value, row in zip(score, pairs, strict=True):
        if row["arg_id"] not in best or value > best[row["arg_id"]][0]:
            best[row["arg_id"]] = (float(value), row)
    topics: dict[str, list[tuple[float, float]]] = {}
    for value, row in best.values():
        topics.setdefault(row["question_id"], []).append((value, undecided if row["score"] is None else float(row["score"] > 0)))
    return float(np.mean([average_precision([y for _, y in top], [v for v, _ in top]) for top in map(surer_half, topics.values())]))


def surer_half(found: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return sorted(found, key=lambda pair: -pair[0])[: max(len(found) // 2, 1)]
