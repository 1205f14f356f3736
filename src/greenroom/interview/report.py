"""The debrief: everything a door shows of a rehearsal, as one value. A door computes nothing.

It never shows a score before ``session.may_show_score`` (self-rating first; a mock stays silent until it has ended), whatever it is given.
What could not be judged, was skipped or left open has no figure anywhere; it is listed with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from greenroom.assess.assessment import Assessment, Grader, PointVerdict, Verdict
from greenroom.assess.scale import EVEN_WITHIN, RATING_STEP, band, difference
from greenroom.bank.question import KeyPoint, Question
from greenroom.interview.attempt import Attempt, Dispute
from greenroom.interview.course.clock import lasted, thought
from greenroom.interview.debrief import (
    Advice,
    Change,
    Delta,
    DrillAdvice,
    GradedBy,
    MisconceptionRow,
    PointRow,
    QuestionReport,
    Report,
    State,
    TurnReport,
)
from greenroom.interview.engine import follows
from greenroom.interview.feedback.beside import Voice, lay_beside
from greenroom.interview.feedback.evidence import evidence_of, wrong_of
from greenroom.interview.feedback.rewrite import rewrite
from greenroom.interview.session import Session, Turn

__all__ = ["Report", "make_report"]

ORDER = {Verdict.WRONG: 0, Verdict.MISSED: 1, Verdict.PARTIAL: 2, Verdict.HIT: 3}
EXPLAINED = (Verdict.MISSED, Verdict.WRONG)

SAYS: dict[State, str] = {
    "judged": "Judged.",
    "abstained": "Could not be judged, which is not a zero.",
    "skipped": "Skipped: not judged, and not a zero.",
    "open": "Not answered: not judged, and not a zero.",
    "waiting": "Your answer is kept and waits to be judged.",
    "failed": "The assessment failed; your answer is kept.",
    "sealed": "First rate your answer yourself; then the score is shown.",
}
SILENT = "The scores come when the mock interview has ended."


def make_report(
    session: Session, attempts: Iterable[Attempt], questions: Mapping[str, Question], disputes: Iterable[Dispute] = ()
) -> Report:
    """The debrief of ``session``.

    Args:
        attempts: the session's answers, in any order.
        questions: by id; one that is no longer in the bank is reported by its ids and the words it was asked in.
        disputes: the person's views against verdicts of these answers.
    """
    maker = _Maker(session, attempts, questions, disputes)
    turns = [maker.turn(turn) for turn in session.turns]
    blocks = _blocks(session.turns, turns)
    first = [block[0] for block in blocks if block[0].overall is not None]
    latest = [_latest(block) for block in blocks if block[0].overall is not None or _latest(block) is not block[0]]
    best_first = sorted(latest, key=lambda turn: -(turn.overall or 0.0))
    rated = [turn for turn in first if turn.difference is not None]
    overall, gap = _mean(turn.overall for turn in first), _mean(turn.difference for turn in rated)
    return Report(
        session_id=session.session_id,
        mode=session.setup.mode,
        started_at=session.started_at,
        ended_at=session.ended_at,
        seconds=lasted(session),
        answers=len(first),
        overall=overall,
        band=None if overall is None else band(overall),
        overall_after_redo=_mean(turn.overall for turn in latest) if any(t.kind == "redo" for t in latest) else None,
        self_overall=_mean(turn.self_rating * RATING_STEP for turn in rated if turn.self_rating),
        rated_difference=gap,
        rated_says=None if gap is None else _rated_says(gap),
        counts={state: sum(turn.state == state for turn in turns) for state in SAYS},
        graders=maker.graders(turns),
        strengths=maker.advice(best_first, "strengths"),
        fixes=maker.advice(best_first[::-1], "fixes"),
        drill=maker.drill(best_first[::-1]),
        to_rate=tuple(turn.turn_id for turn in turns if turn.may_rate),
        questions=tuple(maker.question(n, block) for n, block in enumerate(blocks, 1)),
    )


class _Maker:
    """What the parts of one report are made from."""

    def __init__(
        self, session: Session, attempts: Iterable[Attempt], questions: Mapping[str, Question], disputes: Iterable[Dispute]
    ) -> None:
        self.session, self.questions, self.disputes = session, questions, tuple(disputes)
        self.attempts = {attempt.answer_id: attempt for attempt in attempts}

    def assessment(self, turn: Turn) -> Assessment | None:
        """None while it may not be shown."""
        attempt = self.attempts.get(turn.answer_id or "")
        return attempt.assessment if attempt and self.session.may_show_score(turn) else None

    def state(self, turn: Turn) -> State:
        attempt = self.attempts.get(turn.answer_id or "")
        if turn.answer_id is None:
            return "skipped" if turn.skipped_at else "open"
        if attempt is not None and attempt.status == "failed":
            return "failed"
        if not self.session.may_show_score(turn):
            return "sealed"
        if attempt is None or attempt.assessment is None:
            return "waiting"
        return "judged" if attempt.assessment.status == "assessed" else "abstained"

    def turn(self, turn: Turn) -> TurnReport:
        state, found, back = self.state(turn), self.assessment(turn), follows(self.session, turn)
        attempt = self.attempts.get(turn.answer_id or "")
        mute = state == "sealed" and self.session.setup.mode == "mock" and not self.session.ended
        report = TurnReport(
            turn_id=turn.turn_id,
            kind=turn.kind,
            ask=turn.ask,
            point_id=turn.point_id,
            goes_back_to=back.turn_id if back else None,
            way=turn.way,
            state=state,
            says=SILENT if mute else SAYS[state],
            reason=attempt.fault if attempt and state == "failed" else found.reason if found and state == "abstained" else None,
            answer_id=turn.answer_id,
            text=attempt.text if attempt else None,
            asked_at=turn.asked_at,
            answered_at=turn.answered_at,
            seconds=attempt.seconds if attempt else None,
            thought_seconds=thought(self.session, turn) if attempt and attempt.seconds is not None else None,
            self_rating=turn.self_rating,
            rating_declined=turn.rating_declined,
            may_rate=turn.answer_id is not None and not turn.rated,
        )
        if found is None:
            return report
        who = GradedBy(name=found.grader.name, version=found.grader.version, rubric_hash=found.rubric_hash)
        shown: dict[str, object] = {"graded_by": who, "communication": found.communication}
        if state != "judged":
            return report.model_copy(update=shown)
        return report.model_copy(update=shown | self.judgement(turn, found, back) | self.lesson(turn, found))

    def judgement(self, turn: Turn, found: Assessment, back: Turn | None) -> dict[str, object]:
        before = self.assessment(back) if back else None
        points = tuple(self.point(turn, point, before) for point in found.points)
        return {
            "overall": found.overall,
            "band": found.band,
            "confidence": found.confidence,
            "difference": difference(turn.self_rating, found.overall),
            "points": points,
            "misconceptions": self.misconceptions(turn, found),
            "strengths": found.strengths[:2],
            "fixes": found.fixes[:2],
            "drill": found.drill,
            "notes": found.notes,
            "follow_up": turn.next_ask,
            "delta": _delta(turn, back, before, found, points) if back and before and before.status == "assessed" else None,
        }

    def lesson(self, turn: Turn, found: Assessment) -> dict[str, object]:
        """What to make of it: the answer again from its own words, the model answer beside it, how far a redo came."""
        question, attempt = self.questions.get(turn.question_id), self.attempts[turn.answer_id or ""]
        if question is None or turn.point_id is not None:
            return {"aim": turn.aim}
        told = question.kind != "knowledge"
        voice: Voice = "plain" if turn.way == "plain" or told else "technical"
        return {
            "aim": turn.aim,
            "rewrite": rewrite(attempt.text, evidence_of(found, question), wrong_of(found), story=told),
            "beside": None if told else lay_beside(question, turn.form, found, voice),
        }

    def point(self, turn: Turn, found: PointVerdict, before: Assessment | None) -> PointRow:
        known = self.known(turn.question_id, found.id)
        earlier = next((p.verdict for p in before.points if p.id == found.id), None) if before else None
        return PointRow(
            point_id=f"{turn.question_id}/{found.id}",
            point=known.point if known else found.id,
            weight=known.weight if known else 1,
            because=known.because if known and found.verdict in EXPLAINED else None,
            source=known.source if known else None,
            before=earlier,
            change=_change(earlier, found.verdict) if earlier else None,
            disputes=self.disputed(turn, found.id),
            **found.model_dump(exclude={"why", "second"}),
            why=found.why,
            second=found.second,
        )

    def known(self, question_id: str, point_id: str) -> KeyPoint | None:
        question = self.questions.get(question_id)
        return next((point for point in question.key_points if point.id == point_id), None) if question else None

    def misconceptions(self, turn: Turn, found: Assessment) -> tuple[MisconceptionRow, ...]:
        question = self.questions.get(turn.question_id)
        claims = {wrong.id: wrong.claim for wrong in question.misconceptions} if question else {}
        return tuple(
            MisconceptionRow(
                id=wrong.id,
                claim=claims.get(wrong.id, wrong.id),
                quote=wrong.quote,
                span=wrong.span,
                correction=wrong.correction,
                lab=wrong.lab,
                disputes=self.disputed(turn, wrong.id),
            )
            for wrong in found.misconceptions
        )

    def disputed(self, turn: Turn, target: str) -> tuple[Dispute, ...]:
        mine = (each for each in self.disputes if (each.answer_id, each.target) == (turn.answer_id, target))
        return tuple(sorted(mine, key=lambda each: each.disputed_at))

    def question(self, number: int, block: Sequence[TurnReport]) -> QuestionReport:
        asked = self.session.find_turn(block[0].turn_id)
        assert asked is not None
        question = self.questions.get(asked.question_id)
        return QuestionReport(
            number=number,
            question_id=asked.question_id,
            topic=question.topic if question else None,
            ask=asked.ask,
            form=asked.form,
            told=asked.told,
            listens_for=question.listens_for if question else None,
            lab=question.lab if question else None,
            sources=question.sources if question else (),
            model_answers=question.answers(asked.form) if question and self.attempted(block) else None,
            turns=tuple(block),
        )

    def attempted(self, block: Sequence[TurnReport]) -> bool:
        """The whole question was answered, and what the answer is worth may be known."""
        turns = [turn for turn in self.session.turns if turn.turn_id in {each.turn_id for each in block}]
        return any(turn.answer_id is not None and turn.point_id is None and self.session.may_show_score(turn) for turn in turns)

    def graders(self, turns: Iterable[TurnReport]) -> tuple[Grader, ...]:
        who = (turn.graded_by for turn in turns if turn.graded_by)
        return tuple(dict.fromkeys(Grader(name=by.name, version=by.version) for by in who))

    def advice(self, turns: Iterable[TurnReport], kind: Literal["strengths", "fixes"]) -> tuple[Advice, ...]:
        """Two: the first of each of the two answers that come first, or two of one."""
        said = [(n, turn, text) for turn in turns for n, text in enumerate(getattr(turn, kind))]
        picked = sorted(said, key=lambda each: each[0])[:2]
        return tuple(Advice(turn_id=turn.turn_id, question_id=self.question_of(turn), text=text) for _, turn, text in picked)

    def drill(self, turns: Iterable[TurnReport]) -> DrillAdvice | None:
        found = next((turn for turn in turns if turn.drill), None)
        return DrillAdvice(turn_id=found.turn_id, question_id=self.question_of(found), drill=found.drill) if found and found.drill else None

    def question_of(self, turn: TurnReport) -> str:
        asked = self.session.find_turn(turn.turn_id)
        return asked.question_id if asked else ""


def _blocks(turns: Sequence[Turn], reports: Sequence[TurnReport]) -> list[list[TurnReport]]:
    """A question each, with its follow-ups and redos."""
    blocks: list[list[TurnReport]] = []
    for turn, report in zip(turns, reports, strict=True):
        if turn.kind == "question":
            blocks.append([])
        blocks[-1].append(report)
    return blocks


def _latest(block: Sequence[TurnReport]) -> TurnReport:
    """The last judged answer to the same thing as the first turn of the block; the first turn if there is none."""
    same = [turn for turn in block if turn.point_id == block[0].point_id and turn.way is None and turn.overall is not None]
    return same[-1] if same else block[0]


def _mean(figures: Iterable[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known) / len(known) if known else None


def _rated_says(gap: float) -> str:
    if abs(gap) < EVEN_WITHIN:
        return "You judged yourself about right."
    return f"You rated yourself {abs(gap):.0f} of 100 {'above' if gap > 0 else 'below'} the scores."


def _change(before: Verdict, after: Verdict) -> Change:
    if before not in ORDER or after not in ORDER:
        return "unknown"
    step = ORDER[after] - ORDER[before]
    return "better" if step > 0 else "worse" if step < 0 else "same"


def _delta(turn: Turn, back: Turn, before: Assessment, after: Assessment, points: Sequence[PointRow]) -> Delta:
    """Overalls are compared only where the same thing was asked: a follow-up asks for one point of many, a minute leaves out."""
    comparable = (
        turn.way == back.way and len(before.points) == len(after.points) and before.overall is not None and after.overall is not None
    )
    was, now = (before.overall, after.overall) if comparable else (None, None)
    moved = {change: tuple(p.point_id for p in points if p.change == change) for change in ("better", "worse", "same")}
    figures = "" if was is None or now is None else f" {was:.0f} → {now:.0f}."
    return Delta(
        against=back.turn_id,
        overall_before=was,
        overall_after=now,
        difference=float(round(now) - round(was)) if was is not None and now is not None else None,
        says=f"{len(moved['better'])} better, {len(moved['worse'])} worse, {len(moved['same'])} the same.{figures}",
        better=moved["better"],
        worse=moved["worse"],
        same=moved["same"],
    )
