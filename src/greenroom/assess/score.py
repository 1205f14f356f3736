"""From verdicts to a figure, in the open: every constant of ``overall`` stands in this file (why: docs/decisions/0003-score.md).

    credit   = Σ weight · CREDIT[verdict] / Σ weight                     over the points that could be judged
    raw      = credit - PENALTY · misconceptions stated
    overall  = 100 · raw mapped through CURVE, which only ever rises
    band     = 1 + how many of scale.CUTS overall has reached;  scale.PASS is the pass mark

The same verdicts give the same figure whoever gave them: code adds up, no model does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from greenroom.assess.assessment import AskNext, Drill, FoundMisconception, PointVerdict, Verdict
from greenroom.bank.question import KeyPoint, Rubric

CREDIT: Mapping[Verdict, float] = {Verdict.HIT: 1.0, Verdict.PARTIAL: 0.5, Verdict.MISSED: 0.0, Verdict.WRONG: -0.25}
PENALTY = 0.03
CURVE = ((-0.15, 0.0), (0.0, 0.05), (0.05, 0.18), (0.1, 0.25), (0.25, 0.4), (0.45, 0.56), (0.7, 0.74), (0.9, 0.84), (1.0, 0.96))
VERSION = "12"
"""Part of the grader's version: raised whenever the evidence, the decision or the arithmetic changes."""


def overall(points: Sequence[KeyPoint], verdicts: Sequence[PointVerdict], misconceptions: int) -> float | None:
    """0..100 rounded to a tenth; None when no point could be judged."""
    judged = [(p.weight, CREDIT[v.verdict]) for p, v in zip(points, verdicts, strict=True) if v.verdict in CREDIT]
    if not judged:
        return None
    credit = sum(weight * credit for weight, credit in judged) / sum(weight for weight, _ in judged)
    return round(100 * curve(credit - PENALTY * misconceptions), 1)


def curve(raw: float) -> float:
    """Raw credit → 0..1 along CURVE, straight between its knots and flat beyond: nobody says everything, and markers know it."""
    raw = max(raw, CURVE[0][0])
    for (x0, y0), (x1, y1) in pairwise(CURVE):
        if raw <= x1:
            return y0 + (y1 - y0) * (raw - x0) / (x1 - x0)
    return CURVE[-1][1]


def confidence(points: Sequence[KeyPoint], verdicts: Sequence[PointVerdict]) -> float | None:
    """Mean confidence of the verdicts by weight. How far it is from how often they are right: weights/MODEL_CARD.md."""
    sure = [(p.weight, v.confidence) for p, v in zip(points, verdicts, strict=True) if v.confidence is not None]
    return round(sum(w * c for w, c in sure) / sum(w for w, _ in sure), 3) if sure else None


def strengths(points: Sequence[KeyPoint], verdicts: Sequence[PointVerdict]) -> tuple[str, ...]:
    """At most two: the heaviest points that were made, surest first. None where more was wrong than made."""
    total = Counter[Verdict]()
    for point, verdict in zip(points, verdicts, strict=True):
        total[verdict.verdict] += point.weight
    if total[Verdict.WRONG] > total[Verdict.HIT]:
        return ()
    hits = [(p, v) for p, v in zip(points, verdicts, strict=True) if v.verdict is Verdict.HIT]
    hits.sort(key=lambda pair: (-pair[0].weight, -(pair[1].confidence or 0)))
    return tuple(p.point for p, _ in hits[:2])


def fixes(points: Sequence[KeyPoint], verdicts: Sequence[PointVerdict], found: Sequence[FoundMisconception]) -> tuple[str, ...]:
    """At most two: what was false first, then the heaviest point that is missing or only begun."""
    wrong = [f"Not so: {mistake.correction}" for mistake in found]
    rest = [_fix(p, v) for p, v in by_need(points, verdicts)]
    return tuple(dict.fromkeys([*wrong, *rest]))[:2]


def _fix(point: KeyPoint, verdict: PointVerdict) -> str:
    lead = {Verdict.WRONG: "Set this right", Verdict.MISSED: "Add", Verdict.PARTIAL: "Say fully"}[verdict.verdict]
    return f"{lead}: {point.point}"


def by_need(points: Sequence[KeyPoint], verdicts: Sequence[PointVerdict]) -> list[tuple[KeyPoint, PointVerdict]]:
    """Points that need work: wrong ones first, then missed, then partial; heavier first within each, the rubric's order last."""
    rank = {Verdict.WRONG: 0, Verdict.MISSED: 1, Verdict.PARTIAL: 2}
    need = [(p, v) for p, v in zip(points, verdicts, strict=True) if v.verdict in rank]
    return sorted(need, key=lambda pair: (rank[pair[1].verdict], -pair[0].weight))


def follow_up(rubric: Rubric, verdicts: Sequence[PointVerdict]) -> AskNext | None:
    """Aimed at the first wrong point, else at the heaviest missed one; a partial point is asked again only when nothing is missed."""
    asks = {follow.point_id: follow.ask for follow in rubric.follow_ups}
    return next((AskNext(point_id=p.id, ask=asks[p.id]) for p, _ in by_need(rubric.points, verdicts) if p.id in asks), None)


def drill(points: Sequence[KeyPoint], verdicts: Sequence[PointVerdict]) -> Drill | None:
    """One thing to do next: the point in most need, said aloud in one's own words."""
    need = by_need(points, verdicts)
    if not need:
        return None
    point, verdict = need[0]
    how = "correct it" if verdict.verdict is Verdict.WRONG else "say it"
    return Drill(point_id=point.id, do=f"Without looking, {how} aloud in two sentences with an example of your own: {point.point}")
