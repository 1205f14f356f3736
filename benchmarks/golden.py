"""Against authored labels: overall, points, misconceptions, communication and calibration, beside blind baselines.

    python -m benchmarks golden [--rows N] [--write]

Golden answers (tests/assess/golden) were never fitted on, but settings were chosen with them in sight. The shipped coefficients were
fitted on all labelled answers (training/answers); of the check topics the networks saw nothing. The labels are authored, not people's
marks: agreement with them is agreement with the project's own reading.
Where the assessor abstains, overall counts as 0 and its points as missed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from benchmarks import drawing
from benchmarks.authored import CHECK, Case, Held, golden, hold, labelled
from benchmarks.graders import Cosine, TfIdf, find_judge, named, shipped
from benchmarks.measures import Bin, calibration_error, cohen, pearson, reliability, risk_coverage, weighted_kappa
from benchmarks.public import ROOT, Options
from benchmarks.tables import Report
from greenroom.assess import scale
from greenroom.assess.assessor import Assessor
from greenroom.assess.coverage import Coverage
from greenroom.assess.panel import Panel

CREDIT = {"missed": 0, "wrong": 0, "unscored": 0, "partial": 1, "hit": 2}
ASPECTS = ("answer_first", "succinct", "plain", "example")
KEPT = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
JUDGED = 26
"""Golden answers that a connected chat model is asked about: two a topic on average."""
DRAWN = 3
"""The first groups are drawn; a sample for the judge is too small for it."""
PICTURE = ROOT / "docs/images/reliability.svg"
Thing = TypeVar("Thing")
SAID = (
    "Labels are authored by the project. QWK and κ: quadratic weighted and Cohen's kappa. No fit saw a golden answer; settings were chosen "
    "with them in sight. The coefficients saw all labelled answers, the networks those of the other topics: take those rows as flattering. "
    "By fits without each check topic: the model card."
)


class Point(NamedTuple):
    """One key point of one answer: authored verdict, given verdict, its confidence, and the cosine of the nearest sentence."""

    want: str
    given: str
    sure: float | None
    cosine: float


class Group(NamedTuple):
    name: str
    held: list[Held]
    points: list[Point]


def run(options: Options) -> Report:
    report, coverage, cosine = Report("golden"), Coverage.load(), shipped()
    found = {"golden answers": golden()}
    answers = labelled()
    found["labelled answers, check topics"] = [case for case in answers if case.topic in CHECK]
    found["labelled answers, topics of the fit (flattering)"] = [case for case in answers if case.topic not in CHECK]
    for name in [name for name, cases in found.items() if not cases]:
        report.lack(f"{name}: there are none in this checkout")
    words = TfIdf(text for cases in found.values() for case in cases for text in (case.answer, points_text(case)))
    groups = [_group(name, hold(coverage, thinned(cases, options.rows)), cosine) for name, cases in found.items() if cases]
    groups += _judged(report, coverage, cosine, found["golden answers"], options)
    report.say(SAID)
    _overall(report, groups, words)
    _points(report, groups)
    _claims(report, groups)
    _communication(report, groups)
    _kinds(report, groups)
    _calibration(report, groups, draw=options.write)
    return report


def _judged(report: Report, offline: Coverage, cosine: Cosine, cases: Sequence[Case], options: Options) -> list[Group]:
    """A sample of the golden answers by the connected chat model, by the panel of both, and by the offline assessor alone."""
    judge = find_judge()
    if isinstance(judge, str):
        report.lack(f"golden: {judge}")
        return []
    few = thinned(cases, options.rows or JUDGED)
    graders: dict[str, Assessor] = {"offline": offline, f"judge {named(judge)}": judge, "panel of both": Panel(offline, judge)}
    return [_group(f"{len(few)} golden answers, {name}", hold(grader, few), cosine) for name, grader in graders.items()] if few else []


def thinned(cases: Sequence[Thing], most: int | None) -> list[Thing]:
    """At most so many, drawn with a fixed seed."""
    return list(cases) if most is None or most >= len(cases) else random.Random(0).sample(list(cases), most)


def points_text(case: Case) -> str:
    return " ".join(point.point for point in case.rubric.points)


def _group(name: str, held: list[Held], cosine: Cosine) -> Group:
    points = []
    for case, said in held:
        near = cosine.of_points(case.rubric, case.answer)
        given = {verdict.id: verdict for verdict in said.points}
        points += [
            Point(case.labels[point.id], given[point.id].verdict.value, given[point.id].confidence, near[k])
            for k, point in enumerate(case.rubric.points)
        ]
    return Group(name, held, points)


def _overall(report: Report, groups: Sequence[Group], words: TfIdf) -> None:
    report.say("### Overall, 0..100")
    rows = []
    for name, held, points in groups:
        want, got = [h.case.overall for h in held], [h.figure for h in held]
        rows.append([
            name, len(held), pearson(want, got), weighted_kappa([scale.band(w) for w in want], [scale.band(g) for g in got]),
            float(np.mean(np.abs(np.array(want) - got))), sum(h.said.status == "abstained" for h in held),
            pearson(want, [len(h.case.answer.split()) for h in held]),
            pearson(want, [words.cosine(h.case.answer, points_text(h.case)) for h in held]), pearson(want, means(held, points)),
        ])  # fmt: skip
    head = ["answers", "n", "Pearson", "band QWK", "mean error, points of 100", "abstained"]
    report.table([*head, "Pearson of length only", "of TF-IDF", "of the encoder's max cosine"], rows)
    report.say("Aims: Pearson ≥ .90, band QWK ≥ .85.")


def means(held: Sequence[Held], points: Sequence[Point]) -> list[float]:
    """Of each answer the mean cosine over its points: the plain encoder's overall."""
    left = iter(points)
    return [float(np.mean([next(left).cosine for _ in h.case.rubric.points])) for h in held]


def _points(report: Report, groups: Sequence[Group]) -> None:
    report.say("### Key points")
    rows = []
    for name, _, points in groups:
        want = [p.want for p in points]
        given = ["missed" if p.given == "unscored" else p.given for p in points]
        credit, blind = [CREDIT[w] for w in want], told(points)
        wrong = [(p.want == "wrong", p.given == "wrong") for p in points]
        rows.append([
            name, len(points), cohen(want, given), weighted_kappa(credit, [CREDIT[g] for g in given]),
            cohen(credit, blind), weighted_kappa(credit, blind), *caught(wrong),
        ])  # fmt: skip
    head = ["answers", "points", "κ (hit, partial, missed, wrong)", "quadratic κ (hit 2, partial 1, else 0)", "max cosine, κ of three"]
    report.table([*head, "max cosine, quadratic κ", "wrong: stated", "found, precision", "recall"], rows)
    report.say("Aim: κ ≥ .70. The max cosine is even told how many points are hit, partial and neither.")


def told(points: Sequence[Point]) -> list[int]:
    """Credit by rank of the cosine, with as many of each kind as there are."""
    rank = np.argsort(np.argsort([p.cosine for p in points], kind="stable"), kind="stable")
    low = sum(CREDIT[p.want] == 0 for p in points)
    middle = low + sum(CREDIT[p.want] == 1 for p in points)
    return [0 if r < low else 1 if r < middle else 2 for r in rank]


def caught(pairs: Sequence[tuple[bool, bool]]) -> tuple[int, float | None, float | None]:
    """(how many there are, precision, recall) of (is, was said to be)."""
    there, said, both = sum(a for a, _ in pairs), sum(b for _, b in pairs), sum(a and b for a, b in pairs)
    return there, both / said if said else None, both / there if there else None


def _claims(report: Report, groups: Sequence[Group]) -> None:
    report.say("### Misconceptions")
    rows = []
    for name, held, _ in groups:
        pairs = [
            (m.id in h.case.claims, m.id in {found.id for found in h.said.misconceptions})
            for h in held for m in h.case.rubric.misconceptions
        ]  # fmt: skip
        stated, precision, recall = caught(pairs)
        rows.append([name, stated, sum(b for _, b in pairs), precision, recall])
    report.table(["answers", "stated", "flagged", "precision", "recall"], rows)
    report.say("Aim: precision ≥ .90 at recall ≥ .70.")


def _communication(report: Report, groups: Sequence[Group]) -> None:
    report.say("### Communication: agreement with the authored labels")
    rows: list[list[object]] = []
    for name, held, _ in groups:
        for aspect in ASPECTS:
            pairs = [
                (h.case.communication[aspect], getattr(h.said.communication, aspect).good)
                for h in held if aspect in h.case.communication and h.said.communication is not None
            ]  # fmt: skip
            judged = [(want, given) for want, given in pairs if given is not None]
            if judged:
                want, given = zip(*judged, strict=True)
                same, commoner = float(np.mean(np.equal(want, given))), max(float(np.mean(want)), 1 - float(np.mean(want)))
                rows.append([name, aspect.replace("_", " "), len(judged), len(pairs) - len(judged), same, commoner, cohen(want, given)])
    report.table(["answers", "side", "judged", "not judged", "accuracy", "always the commoner label", "κ"], rows)


def _kinds(report: Report, groups: Sequence[Group]) -> None:
    report.say("### Mean overall by kind of answer")
    rows: list[list[object]] = []
    for name, held, _ in groups:
        for kind in sorted({h.case.kind for h in held}, key=lambda kind: -_mean(held, kind)):
            chosen = [h for h in held if h.case.kind == kind]
            got = [h.figure for h in chosen]
            abstained = sum(h.said.status == "abstained" for h in chosen)
            rows.append([name, kind, len(chosen), _mean(held, kind), float(np.mean(got)), min(got), max(got), abstained])
    report.table(["answers", "kind", "n", "authored mean", "mean", "least", "most", "abstained"], rows)


def _mean(held: Sequence[Held], kind: str) -> float:
    return float(np.mean([h.case.overall for h in held if h.case.kind == kind]))


def _calibration(report: Report, groups: Sequence[Group], *, draw: bool) -> None:
    """Confidence of the verdicts against how often they are right; unscored points have none and are left out."""
    report.say("### Confidence of the verdicts")
    series: dict[str, tuple[list[Bin], list[tuple[float, float]]]] = {}
    for name, _, points in groups:
        judged = [(p.sure, p.given == p.want) for p in points if p.sure is not None and p.given != "unscored"]
        if judged:
            sure, right = zip(*judged, strict=True)
            series[name] = (reliability(sure, right), risk_coverage(sure, right, KEPT))
    report.table(
        ["answers", "verdicts", "expected calibration error", "wrong verdicts", "wrong among the surest 80 %", "ratio"],
        [
            [name, sum(b.size for b in bins), calibration_error(bins), risk[0][1], risk[2][1], halves(risk)]
            for name, (bins, risk) in series.items()
        ],
    )
    report.say("Aims: calibration error ≤ .05; abstaining on the least sure 20 % at least halves the error (ratio ≤ .50).")
    report.table(
        ["answers", "confidence", "verdicts", "mean confidence", "share right"],
        [[name, f"{b.low:.1f}–{b.high:.1f}", b.size, b.sure, b.right] for name, (bins, _) in series.items() for b in bins],
    )
    report.table(
        ["share of verdicts kept, the surest first", *(f"{share:.0%}" for share in KEPT)],
        [[f"share wrong, {name}", *(risk for _, risk in curve)] for name, (_, curve) in series.items()],
    )
    if draw:
        PICTURE.write_text(drawing.picture(dict(list(series.items())[:DRAWN])), encoding="utf-8")
        report.say(f"![Reliability of the confidence, and risk against coverage: the tables above as curves](images/{PICTURE.name})")


def halves(risk: Sequence[tuple[float, float]]) -> float | None:
    return risk[2][1] / risk[0][1] if risk[0][1] else None
