"""What of an answer made a point, what was wrong in it, and how one has opened well: from verdicts to stretches of one's own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from greenroom.assess.assessment import Assessment, Span, Verdict
from greenroom.assess.scale import PASS
from greenroom.bank.question import Question
from greenroom.interview.attempt import Attempt
from greenroom.interview.feedback.rewrite import Evidence, rewrite


def evidence_of(found: Assessment, question: Question) -> list[Evidence]:
    """The quotes that made a point, whole or in part."""
    weights = {point.id: point.weight for point in question.key_points}
    made = [(point, point.span) for point in found.points if point.verdict in (Verdict.HIT, Verdict.PARTIAL)]
    return [Evidence(point_id=p.id, span=span, weight=weights.get(p.id, 1), whole=p.verdict is Verdict.HIT) for p, span in made if span]


def wrong_of(found: Assessment) -> list[Span]:
    """The stretches that were judged wrong."""
    points = [point.span for point in found.points if point.verdict is Verdict.WRONG and point.span is not None]
    return [*points, *(wrong.span for wrong in found.misconceptions)]


def best_openings(attempts: Iterable[Attempt], questions: Mapping[str, Question], most: int) -> list[tuple[str, str]]:
    """(question, opening) of the best answers that passed, one a question: the sentence the answer opens with once its answer comes first.

    Attempts whose judgement may not be shown must not be among ``attempts``.
    """
    whole = [each for each in attempts if each.point_id is None and each.assessment is not None and each.question_id in questions]
    whole.sort(key=lambda each: -((each.assessment.overall if each.assessment else None) or 0.0))
    found: dict[str, tuple[str, str]] = {}
    for attempt in whole:
        question, judged = questions[attempt.question_id], attempt.assessment
        if judged is None or (judged.overall or 0.0) < PASS or question.id in found or question.kind != "knowledge":
            continue
        again = rewrite(attempt.text, evidence_of(judged, question), wrong_of(judged))
        if again is not None:
            found[question.id] = (question.ask, again.sentences[0].text)
        if len(found) == most:
            break
    return list(found.values())
