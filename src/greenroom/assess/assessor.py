"""The seam: whatever can assess an answer. One method; and the fake that fills it in tests and examples."""

from __future__ import annotations

from typing import Protocol

from greenroom.assess import scale
from greenroom.assess.assessment import AskNext, Assessment, Grader, PointVerdict, Verdict
from greenroom.bank.question import KeyPoint, Rubric


class Assessor(Protocol):
    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        """Hold ``answer`` against ``rubric``.

        Safe to call from several threads: ``greenroom grade`` and the web app do. Deterministic; never raises for what the answer says:
        an answer that cannot be judged comes back ``abstained`` with a reason.
        """
        ...


class Verbatim:
    """A fake: a point is hit if one of its ``says`` stands in the answer to the letter. Knows nothing; for tests and examples."""

    GRADER = Grader(name="verbatim", version="1")

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        points = tuple(self._point(point, answer) for point in rubric.points)
        missed = next((p.id for p in points if p.verdict is Verdict.MISSED), None)
        ask = next((f.ask for f in rubric.follow_ups if f.point_id == missed), None)
        total = sum(point.weight for point in rubric.points)
        credit = sum(point.weight for point, found in zip(rubric.points, points, strict=True) if found.verdict is Verdict.HIT)
        overall = 100.0 * credit / total if total else None
        return Assessment(
            question_id=rubric.question_id,
            form=rubric.form,
            status="assessed" if answer.split() else "abstained",
            reason=None if answer.split() else "The answer is empty.",
            rubric_hash=rubric.hash,
            grader=self.GRADER,
            overall=overall,
            band=None if overall is None else scale.band(overall),
            points=points,
            follow_up=AskNext(point_id=missed, ask=ask) if missed and ask else None,
        )

    def _point(self, point: KeyPoint, answer: str) -> PointVerdict:
        at, phrase = max(((answer.find(phrase), phrase) for phrase in point.says), default=(-1, ""))
        if at < 0:
            return PointVerdict(id=point.id, verdict=Verdict.MISSED, confidence=1.0, decided_by=self.GRADER.name)
        span = (at, at + len(phrase))
        return PointVerdict(id=point.id, verdict=Verdict.HIT, confidence=1.0, decided_by=self.GRADER.name, quote=phrase, span=span)
