"""The debrief as a document: everything in it, nothing that may not be shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from greenroom.interview.attempt import Dispute
from greenroom.interview.engine import Answered, Assessed, Ended, SelfRated, apply, start
from greenroom.interview.feedback.written import write_report
from greenroom.interview.report import make_report
from greenroom.interview.session import Planned, Session, Setup
from greenroom.paper.markdown import to_markdown


def session_of(make: Any, *, rate: bool = True) -> Session:
    session = start("s", Setup(), (Planned(question_id="cats", ask="What is cats?"),), 1, make.at(0))
    session = apply(session, Answered(turn_id="t1", answer_id="a1", at=make.at(1)))
    session = apply(session, SelfRated(turn_id="t1", rating=4)) if rate else session
    return apply(apply(session, Assessed(answer_id="a1", next_ask=None, at=make.at(2))), Ended(at=make.at(3)))


def written(make: Any, session: Session, *disputes: Dispute) -> str:
    found = make.assessment("cats", misconceptions=(make.myth(),), strengths=("Keep this.",), fixes=("Change that.",))
    report = make_report(session, [make.attempt(session.turns[0], found)], {"cats": make.question("cats")}, disputes)
    return to_markdown(write_report(report))


def test_everything_of_the_page_is_in_it(make: Any) -> None:
    view = Dispute(answer_id="a1", target="c", view="I did say it.", disputed_at=datetime(2026, 3, 2, tzinfo=UTC))
    text = written(make, session_of(make), view)
    for part in (
        "50 of 100, getting there. You gave yourself 4 of 5 (80).", "> word for word",
        "| Point a. | Made | “word” |", "| Point c. | Missed |",
        "Objection: I did say it.", "Worth unlearning: “word”. No myth.", "- Keep this.", "- Change that.", "Judged by test 1",
        "### A model answer, technical", "Beside the model answer",
    ):  # fmt: skip
        assert part in text, part


def test_an_objection_to_a_misconception_is_in_it_too(make: Any) -> None:
    view = Dispute(answer_id="a1", target=make.myth().id, view="I quoted others.", disputed_at=datetime(2026, 3, 2, tzinfo=UTC))
    assert "Worth unlearning: “word”. No myth. Objection: I quoted others." in written(make, session_of(make), view)


def test_a_quote_that_ends_a_sentence_is_given_no_second_stop(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = make.myth().model_copy(update={"quote": "word for word!", "span": (0, 14)})
    monkeypatch.setattr(make, "myth", lambda: whole, raising=False)
    assert "Worth unlearning: “word for word!” No myth." in written(make, session_of(make)).replace("\\!", "!")


def test_before_the_self_rating_there_is_no_score_in_it(make: Any) -> None:
    text = written(make, session_of(make, rate=False))
    assert "> word for word" in text and "First rate your answer yourself" in text
    assert not any(part in text for part in ("of 100", "Point a.", "Judged by", "Keep this", "model answer"))
