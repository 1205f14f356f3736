"""Small questions, answers and assessments to rehearse with. Every time is a minute of one evening."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from greenroom.assess.assessment import Assessment, FoundMisconception, Grader, PointVerdict, Verdict
from greenroom.bank.question import Form, KeyPoint, Misconception, ModelAnswers, Question
from greenroom.interview.attempt import Attempt
from greenroom.interview.session import Turn

QUOTED = ("hit", "partial", "wrong")
START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


class Make:
    """Builders with the few arguments a test is about."""

    def at(self, minutes: float) -> datetime:
        return START + timedelta(minutes=minutes)

    def question(self, question_id: str, topic: str | None = None, kind: str = "knowledge", forms: int = 0) -> Question:
        points = [KeyPoint(id=i, point=f"Point {i}.", weight=2, says=(f"say {i}",), because=f"Because {i}.", source="src") for i in "abc"]
        wrong = Misconception(id="myth", claim="A myth.", says=("myth",), correction="No myth.", source="src")
        return Question.model_validate(
            {
                "id": question_id,
                "topic": topic or question_id,
                "level": "foundation",
                "kind": kind,
                "ask": f"What is {question_id}?",
                "listens_for": "All of it.",
                "forms": [Form(id=f"form-{n}", ask=f"{question_id}, form {n}?", source="pack") for n in range(forms)],
                "key_points": points,
                "misconceptions": [wrong],
                "model_answers": ModelAnswers(plain="Plainly.", technical="Technically."),
            }
        )

    def assessment(self, question_id: str, verdicts: str = "hit partial missed", overall: float | None = 50.0, **more: Any) -> Assessment:
        """``verdicts`` of the points a, b, c…, in order."""
        points = [
            PointVerdict(
                id=point_id, verdict=Verdict(verdict), confidence=0.9, decided_by="test",
                quote="word" if verdict in QUOTED else None, span=(0, 4) if verdict in QUOTED else None,
            )
            for point_id, verdict in zip("abc", verdicts.split(), strict=False)
        ]  # fmt: skip
        base: dict[str, Any] = {
            "question_id": question_id, "status": "assessed", "rubric_hash": "0123456789abcdef", "grader": Grader(name="test", version="1"),
            "overall": overall, "band": 3, "confidence": 0.9, "points": points,
        }  # fmt: skip
        return Assessment.model_validate(base | more)

    def abstention(self, question_id: str, reason: str = "It is too short to judge.") -> Assessment:
        more = {"status": "abstained", "reason": reason, "points": (), "band": None, "confidence": None}
        return self.assessment(question_id, overall=None, **more)

    def myth(self) -> FoundMisconception:
        return FoundMisconception(id="myth", quote="word", span=(0, 4), correction="No myth.")

    def attempt(self, turn: Turn, assessment: Assessment | None, **more: Any) -> Attempt:
        assert turn.answer_id is not None and turn.answered_at is not None
        base: dict[str, Any] = {
            "answer_id": turn.answer_id, "session_id": "s", "turn_id": turn.turn_id, "question_id": turn.question_id,
            "point_id": turn.point_id, "ask": turn.ask, "text": "word for word", "answered_at": turn.answered_at, "seconds": 60.0,
            "status": "done" if assessment else "pending", "assessment": assessment,
        }  # fmt: skip
        return Attempt.model_validate(base | more)


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()
