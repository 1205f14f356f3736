"""An assessor that gives one of every verdict, so that pages can be tested with all they may have to show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import cycle

from greenroom.assess.assessment import (
    AskNext,
    Aspect,
    Assessment,
    Communication,
    Drill,
    FoundMisconception,
    Grader,
    PointVerdict,
    Verdict,
    Why,
)
from greenroom.bank.question import Rubric
from greenroom.plugins import AssessorMaker, hookimpl
from greenroom.settings import Settings

QUOTED = (Verdict.HIT, Verdict.PARTIAL, Verdict.WRONG)


class Everything:
    """The first sentences of an answer are quoted in turn; the last is a misconception. "abstain" makes it abstain, "break down" break."""

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        if "break down" in answer:
            raise RuntimeError("as asked")
        grader = Grader(name="everything", version="1")
        shared = {"question_id": rubric.question_id, "form": rubric.form, "rubric_hash": rubric.hash, "grader": grader}
        if "abstain" in answer:
            return Assessment.model_validate(
                {**shared, "status": "abstained", "reason": "The answer is not in English (it reads as Welsh)."}
            )
        spans = [found.span() for found in re.finditer(r"[^.!?\n]+[.!?]?", answer)] or [(0, len(answer))]
        verdicts, places = cycle(Verdict), cycle(spans)
        points = []
        for point in rubric.points:
            verdict, (start, end) = next(verdicts), next(places)
            quoted = {"quote": answer[start:end], "span": (start, end)} if verdict in QUOTED else {}
            why = None if verdict is Verdict.UNSCORED else Why(nearest=point.says[0], score=0.61, threshold=0.55)
            points.append(
                PointVerdict.model_validate(
                    {"id": point.id, "verdict": verdict, "confidence": 0.8, "decided_by": "everything", "why": why, **quoted}
                )
            )
        start, end = spans[-1]
        wrong = [
            FoundMisconception(id=m.id, quote=answer[start:end], span=(start, end), correction=m.correction)
            for m in rubric.misconceptions[:1]
        ]
        aspects = Communication(
            answer_first=Aspect(good=True, note="The answer comes first."),
            succinct=Aspect(good=False, note="212 words: cut it by half.", figure=212, quote=answer[slice(*spans[0])], span=spans[0]),
            plain=Aspect(good=None, note="Too short to say."),
            example=Aspect(good=True, note="There is an example."),
            fit=Aspect(good=False, note="The company is not mentioned."),
        )
        first = rubric.points[0]
        ask = next((f.ask for f in rubric.follow_ups if f.point_id == first.id), None)
        return Assessment.model_validate(
            {
                **shared, "status": "assessed", "overall": 57.4, "band": 3, "confidence": 0.71, "points": points, "misconceptions": wrong,
                "communication": aspects, "strengths": ["You began with the answer.", "You gave an example of your own."],
                "fixes": ["Say what attention does not do.", "Leave the second list out."],
                "follow_up": AskNext(point_id=first.id, ask=ask) if ask else None,
                "drill": Drill(point_id=first.id, do="Say it in two sentences."),
            }
        )  # fmt: skip


class EverythingPlugin:
    @hookimpl
    def greenroom_assessors(self, settings: Settings) -> Mapping[str, AssessorMaker]:
        return {"everything": Everything}
