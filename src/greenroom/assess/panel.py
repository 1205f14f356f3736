"""The offline assessor with the judge beside it, by a rule in the open (why: docs/decisions/0006-the-judge.md).

For each point, with the offline verdict and its confidence c, and the judge's opinion:

    the judge gives none         the offline verdict stands as it is
    both say the same            that verdict, at c + (1 - c) · RAISE
    they differ                  the offline verdict stands at c, and the judge's is shown beside it, except where
        c < BAR, all of the judge's votes were for its verdict, and its quote stands in the answer:
        the verdict goes ONE step towards the judge's on the ladder wrong - missed - partial - hit,
        at (1 - c) + c · RAISE; it carries the judge's quote, and is decided by "panel"

"Missed" has no quote, so that the judge's "missed" never moves a verdict. Misconceptions are the offline assessor's alone: what the judge
sees otherwise becomes a note. What abstained offline is not shown to the judge. The figure is arithmetic (``score.py``) over the verdicts
that stand; where the offline figure was fitted and not added up, it moves by what the arithmetic moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from greenroom.assess import scale, score
from greenroom.assess.assessment import Assessment, Grader, PointVerdict, SecondOpinion, Verdict
from greenroom.assess.assessor import Assessor
from greenroom.assess.judge import Hearing, Judge
from greenroom.assess.judging.opinion import Opinion
from greenroom.bank.question import Rubric

RAISE = 0.5
BAR = 0.55
LADDER = (Verdict.WRONG, Verdict.MISSED, Verdict.PARTIAL, Verdict.HIT)
MOST_NOTES = 6


class Panel:
    """An ``Assessor``. Never fails because of the judge: then the offline assessment stands, with a note that says why.

    Args:
        offline: has the first word, and the last where it is sure.
        judge: the second opinion.
        bar: below this confidence the judge may move a verdict; 0 shows its opinions only.
    """

    def __init__(self, offline: Assessor, judge: Judge, bar: float = BAR) -> None:
        self._offline, self._judge, self._bar = offline, judge, bar

    @property
    def grader(self) -> Grader:
        """Of an answer that the judge was heard on."""
        return self._grader(getattr(self._offline, "grader", None) or Grader(name="offline", version="?"))

    def _grader(self, first: Grader) -> Grader:
        return Grader(name=f"{first.name}+judge", version=f"{first.version}; {self._judge.grader.version}")

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        """See ``Assessor``. The judge speaks of points: so the offline verdicts on them are wanted, also where else a mark would do."""
        rubric = rubric.model_copy(update={"whole": False})
        found = self._offline.assess(rubric, answer)
        if found.status != "assessed" or len(found.points) != len(rubric.points):
            return found.model_copy(update={"grader": self._grader(found.grader)})
        heard = self._judge.hear(rubric, answer)
        notes = tuple(f"{note} Where it was not heard, the offline verdict stands." for note in heard.notes)
        verdicts = [self._combined(point, heard.points.get(point.id), answer) for point in found.points]
        notes = (*notes, *_contested(rubric, found, heard.misconceptions, answer))[:MOST_NOTES]
        return self._report(rubric, found, verdicts, notes, heard)

    def _combined(self, first: PointVerdict, opinion: Opinion | None, answer: str) -> PointVerdict:
        """The table at the top of this file."""
        if opinion is None:
            return first
        agrees = None if opinion.verdict is Verdict.UNSCORED else opinion.verdict is first.verdict
        moved = agrees is False and self._may_move(first, opinion)
        quote = answer[slice(*opinion.span)] if opinion.span else None
        second = SecondOpinion(
            verdict=opinion.verdict, by=self._judge.model.name, agrees=agrees, moved=moved, votes=opinion.votes, asked=opinion.asked,
            quote=quote, span=opinion.span, reason=opinion.reason or None,
        )  # fmt: skip
        sure = first.confidence
        if agrees and sure is not None:
            both = {"confidence": round(sure + (1 - sure) * RAISE, 3), "decided_by": f"{first.decided_by}, judge"}
            return first.model_copy(update={"second": second, **both})
        if not moved or sure is None:
            return first.model_copy(update={"second": second})
        verdict = _step(first.verdict, opinion.verdict)
        quoted = {"quote": None, "span": None} if verdict is Verdict.MISSED else {"quote": quote, "span": opinion.span}
        shift = {"verdict": verdict, "confidence": round((1 - sure) + sure * RAISE, 3), "decided_by": "panel"}
        return first.model_copy(update={"second": second, **shift, **quoted})

    def _may_move(self, first: PointVerdict, opinion: Opinion) -> bool:
        unsure = first.confidence is not None and first.confidence < self._bar and first.verdict in LADDER
        return unsure and opinion.unanimous and opinion.span is not None

    def _report(
        self, rubric: Rubric, found: Assessment, verdicts: Sequence[PointVerdict], notes: tuple[str, ...], heard: Hearing
    ) -> Assessment:
        """The grader names the judge only where it was heard on every point: what it was not heard on may be judged again."""
        whole = all(point.id in heard.points for point in rubric.points)
        update: dict[str, object] = {"points": tuple(verdicts), "notes": (*found.notes, *notes)}
        if whole or not heard.notes:
            update["grader"] = self._grader(found.grader)
        if any(new.verdict is not old.verdict for new, old in zip(verdicts, found.points, strict=True)):
            overall = _moved(rubric, found, verdicts)
            update |= {
                "overall": overall, "band": None if overall is None else scale.band(overall),
                "strengths": score.strengths(rubric.points, verdicts),
                "fixes": score.fixes(rubric.points, verdicts, found.misconceptions),
                "follow_up": score.follow_up(rubric, verdicts), "drill": score.drill(rubric.points, verdicts),
            }  # fmt: skip
        if tuple(verdicts) != found.points:
            update["confidence"] = score.confidence(rubric.points, verdicts)
        return found.model_copy(update=update)


def _step(start: Verdict, goal: Verdict) -> Verdict:
    here, there = LADDER.index(start), LADDER.index(goal)
    return LADDER[here + (1 if there > here else -1)]


def _moved(rubric: Rubric, found: Assessment, verdicts: Sequence[PointVerdict]) -> float | None:
    wrong = len(found.misconceptions)
    before, after = score.overall(rubric.points, found.points, wrong), score.overall(rubric.points, verdicts, wrong)
    if found.overall is None or before is None or after is None:
        return found.overall
    return round(min(100.0, max(0.0, found.overall + after - before)), 1)


def _contested(rubric: Rubric, found: Assessment, opinions: Mapping[str, Opinion], answer: str) -> list[str]:
    """Misconceptions on which the judge differs, each as a note."""
    flagged, notes = {wrong.id for wrong in found.misconceptions}, []
    for wrong in rubric.misconceptions:
        opinion = opinions.get(wrong.id)
        if opinion is None or opinion.verdict is Verdict.UNSCORED:
            continue
        if opinion.verdict is Verdict.HIT and opinion.span and wrong.id not in flagged:
            notes.append(f"The judge sees a misconception that is not counted: “{wrong.claim}”, in “{answer[slice(*opinion.span)][:200]}”.")
        elif opinion.verdict is Verdict.MISSED and wrong.id in flagged:
            notes.append(f"The judge does not see the misconception “{wrong.claim}”.")
    return notes
