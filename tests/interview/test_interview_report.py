"""The debrief holds to the mission's principles of feedback. Each figure is pinned."""

from __future__ import annotations

import json
from typing import Any

import pytest

from greenroom.assess.assessment import AskNext, Assessment, Drill, Verdict
from greenroom.interview.attempt import Attempt, Dispute
from greenroom.interview.engine import (
    Answered,
    Assessed,
    Ended,
    Event,
    FollowUpTaken,
    NextTaken,
    RedoTaken,
    SelfRated,
    Skipped,
    apply,
    start,
)
from greenroom.interview.report import SILENT, Report, make_report
from greenroom.interview.session import Planned, Session, Setup


class Played:
    """A session that was played, with its answers."""

    def __init__(self, make: Any, mode: str = "drill", questions: tuple[str, ...] = ("attention", "training", "hci")) -> None:
        self.make, self.minute = make, 0.0
        self.questions = {name: make.question(name) for name in questions}
        plan = tuple(Planned(question_id=name, ask=f"What is {name}?") for name in questions)
        self.session: Session = start("s", Setup.model_validate({"mode": mode}), plan, 7, make.at(0))
        self.attempts: list[Attempt] = []

    def do(self, event: type[Event], **fields: Any) -> None:
        self.minute += 1
        fields |= {"at": self.make.at(self.minute)} if "at" in event.model_fields else {}
        self.session = apply(self.session, event(**fields))

    def answer(self, assessment: Assessment | None, rating: int | None = 3, rate: bool = True, **more: Any) -> str:
        turn = self.session.turns[-1]
        self.do(Answered, turn_id=turn.turn_id, answer_id=f"answer-{turn.turn_id}")
        if rate:
            self.do(SelfRated, turn_id=turn.turn_id, rating=rating)
        if assessment:
            self.do(Assessed, answer_id=f"answer-{turn.turn_id}", next_ask=assessment.follow_up)
        given = self.session.find_turn(turn.turn_id)
        self.attempts.append(self.make.attempt(given, assessment, **more))
        return turn.turn_id

    def report(self, *disputes: Dispute) -> Report:
        report = make_report(self.session, self.attempts, self.questions, disputes)
        assert Report.model_validate_json(report.model_dump_json()) == report, "valid and whole as JSON"
        return report


@pytest.fixture
def played(make: Any) -> Played:
    return Played(make)


def test_a_judged_answer_shows_everything(played: Played, make: Any) -> None:
    found = make.assessment(
        "attention", "hit missed wrong", 40.0, misconceptions=(make.myth(),), strengths=("s1", "s2"), fixes=("f1", "f2"),
        drill=Drill(point_id="b", do="Say b.", due_on="2026-03-03"), follow_up=AskNext(point_id="b", ask="And b?"),
    )  # fmt: skip
    played.answer(found, rating=4)
    report = played.report()
    question = report.questions[0]
    turn = question.turns[0]
    assert (turn.state, turn.overall, turn.band, turn.self_rating, turn.difference) == ("judged", 40.0, 3, 4, 40.0)
    assert [(p.point_id, p.point, p.verdict, p.quote, p.because) for p in turn.points] == [
        ("attention/a", "Point a.", Verdict.HIT, "word", None),
        ("attention/b", "Point b.", Verdict.MISSED, None, "Because b."),
        ("attention/c", "Point c.", Verdict.WRONG, "word", "Because c."),
    ]
    assert [(m.claim, m.quote, m.correction) for m in turn.misconceptions] == [("A myth.", "word", "No myth.")]
    assert (turn.strengths, turn.fixes, turn.drill, turn.follow_up) == (("s1", "s2"), ("f1", "f2"), found.drill, found.follow_up)
    assert turn.graded_by is not None
    assert (turn.graded_by.name, turn.graded_by.version, turn.graded_by.rubric_hash) == ("test", "1", "0123456789abcdef")
    assert (turn.text, turn.seconds, turn.answered_at) == ("word for word", 60.0, make.at(1))
    assert (question.number, question.topic, question.listens_for) == (1, "attention", "All of it.")
    assert question.model_answers is not None and question.model_answers.plain == "Plainly."
    assert (report.overall, report.self_overall, report.rated_difference, report.overall_after_redo) == (40.0, 80.0, 40.0, None)
    assert json.loads(report.model_dump_json())["questions"][0]["turns"][0]["points"][1]["verdict"] == "missed"


def test_skipped_abstained_failed_and_open_have_no_figure_anywhere(played: Played, make: Any) -> None:
    played.do(Skipped, turn_id="t1")
    played.answer(make.abstention("training", "It is not English (it looks German)."))
    played.do(NextTaken)
    played.do(Ended)
    report = played.report()
    skipped, abstained, still_open = (question.turns[0] for question in report.questions)
    assert [t.state for t in (skipped, abstained, still_open)] == ["skipped", "abstained", "open"]
    assert [(t.overall, t.band, t.difference, t.points) for t in (skipped, abstained, still_open)] == [(None, None, None, ())] * 3
    assert abstained.reason == "It is not English (it looks German)." and abstained.graded_by is not None
    assert all("not" in turn.says and "zero" in turn.says for turn in (skipped, abstained, still_open))
    assert (report.overall, report.rated_difference, report.strengths, report.drill) == (None, None, (), None)
    assert report.counts == {"judged": 0, "abstained": 1, "skipped": 1, "open": 1, "waiting": 0, "failed": 0, "sealed": 0}


def test_the_mean_is_over_judged_first_answers_only(played: Played, make: Any) -> None:
    played.answer(make.assessment("attention", overall=40.0), rating=2)
    played.do(RedoTaken, turn_id="t1")
    played.answer(make.assessment("attention", "hit hit partial", overall=90.0))
    played.do(NextTaken)
    played.do(Skipped, turn_id="t3")
    played.answer(make.assessment("hci", overall=60.0), rating=None)
    report = played.report()
    assert (report.answers, report.overall, report.band, report.overall_after_redo) == (2, 50.0, 3, 75.0)
    assert (report.self_overall, report.rated_difference) == (40.0, 0.0)  # the declined rating is no zero either
    assert report.rated_says == "You judged yourself about right."
    assert [len(question.turns) for question in report.questions] == [2, 1, 1]


@pytest.mark.parametrize(
    ("rating", "says"), [(5, "You rated yourself 60 of 100 above the scores."), (1, "You rated yourself 20 of 100 below the scores.")]
)
def test_the_difference_is_said_in_words(played: Played, make: Any, rating: int, says: str) -> None:
    played.answer(make.assessment("attention", overall=40.0), rating=rating)
    assert played.report().rated_says == says


def test_a_redo_is_compared_point_by_point(played: Played, make: Any) -> None:
    played.answer(make.assessment("attention", "hit missed wrong", 40.0))
    played.do(RedoTaken, turn_id="t1")
    played.answer(make.assessment("attention", "partial hit wrong", 55.0))
    turn = played.report().questions[0].turns[1]
    assert [(p.before, p.verdict, p.change) for p in turn.points] == [
        (Verdict.HIT, Verdict.PARTIAL, "worse"),
        (Verdict.MISSED, Verdict.HIT, "better"),
        (Verdict.WRONG, Verdict.WRONG, "same"),
    ]
    delta = turn.delta
    assert delta is not None
    assert (delta.against, delta.overall_before, delta.overall_after, delta.difference) == ("t1", 40.0, 55.0, 15.0)
    assert (delta.better, delta.worse, delta.same) == (("attention/b",), ("attention/a",), ("attention/c",))
    assert delta.says == "1 better, 1 worse, 1 the same. 40 → 55."


def test_a_point_that_could_not_be_judged_moved_nowhere(played: Played, make: Any) -> None:
    played.answer(make.assessment("attention", "unscored missed hit", 40.0))
    played.do(RedoTaken, turn_id="t1")
    played.answer(make.assessment("attention", "hit unscored hit", 55.0))
    turn = played.report().questions[0].turns[1]
    assert [p.change for p in turn.points] == ["unknown", "unknown", "same"]
    assert turn.delta is not None and (turn.delta.better, turn.delta.worse) == ((), ())


def test_an_abstained_redo_has_no_delta_and_takes_nothing_away(played: Played, make: Any) -> None:
    played.answer(make.assessment("attention", overall=40.0))
    played.do(RedoTaken, turn_id="t1")
    played.answer(make.abstention("attention"))
    report = played.report()
    assert report.questions[0].turns[1].delta is None
    assert (report.overall, report.overall_after_redo) == (40.0, None)


def test_a_follow_up_shows_its_point_against_the_answer_but_no_figure(played: Played, make: Any) -> None:
    played.answer(make.assessment("attention", "hit missed hit", 40.0, follow_up=AskNext(point_id="b", ask="And b?")))
    played.do(FollowUpTaken, turn_id="t1")
    alone = make.assessment("attention", "hit", 100.0)
    alone = alone.model_copy(update={"points": (alone.points[0].model_copy(update={"id": "b"}),)})
    played.answer(alone)
    report = played.report()
    turn = report.questions[0].turns[1]
    assert (turn.kind, turn.goes_back_to, turn.point_id, turn.points[0].change) == ("follow_up", "t1", "b", "better")
    assert turn.delta is not None and (turn.delta.difference, turn.delta.says) == (None, "1 better, 0 worse, 0 the same.")
    assert (report.overall, report.overall_after_redo) == (40.0, None)


def test_nothing_is_shown_before_the_self_rating(played: Played, make: Any) -> None:
    found = make.assessment("attention", overall=91.0, strengths=("SECRET",), fixes=("SECRET",), drill=Drill(point_id="b", do="SECRET"))
    played.answer(found, rate=False)
    report = played.report()
    turn = report.questions[0].turns[0]
    assert (turn.state, turn.overall, turn.may_rate, turn.graded_by, turn.follow_up) == ("sealed", None, True, None, None)
    assert (report.to_rate, report.questions[0].model_answers) == (("t1",), None)
    assert "SECRET" not in report.model_dump_json() and "91" not in report.model_dump_json()
    played.do(SelfRated, turn_id="t1", rating=None)  # control: with the rating, even a declined one, all of it is there
    assert "SECRET" in played.report().model_dump_json()


def test_a_running_mock_is_silent_and_an_ended_one_speaks(make: Any) -> None:
    played = Played(make, "mock")
    played.answer(make.assessment("attention", overall=91.0, strengths=("SECRET",)), rating=5)
    running = played.report()
    assert (running.questions[0].turns[0].says, running.overall, running.questions[0].model_answers) == (SILENT, None, None)
    assert "SECRET" not in running.model_dump_json()
    played.do(Ended)
    assert played.report().overall == 91.0


def test_model_answers_only_after_an_attempt_at_the_whole_question(played: Played, make: Any) -> None:
    played.do(Skipped, turn_id="t1")
    assert [question.model_answers for question in played.report().questions] == [None, None]
    played.answer(make.abstention("training"))
    assert [question.model_answers is not None for question in played.report().questions] == [False, True]


def test_a_reviewed_point_does_not_give_the_rest_away(make: Any) -> None:
    plan = (Planned(question_id="hci", ask="And a?", point_id="a"),)
    played = Played(make, questions=("hci",))
    played.session = start("s", Setup(mode="review"), plan, 7, make.at(0))
    played.answer(make.assessment("hci", "hit", 100.0))
    report = played.report()
    assert (report.questions[0].model_answers, report.overall) == (None, 100.0)


def test_waiting_and_failed_answers_say_so(played: Played, make: Any) -> None:
    played.answer(None)
    played.do(NextTaken)
    played.answer(None, status="failed", fault="The weights are missing. Reinstall greenroom.")
    report = played.report()
    assert [(q.turns[0].state, q.turns[0].reason) for q in report.questions] == [
        ("waiting", None),
        ("failed", "The weights are missing. Reinstall greenroom."),
    ]
    assert report.questions[0].turns[0].text == "word for word"


def test_disputes_stand_beside_their_verdict(played: Played, make: Any) -> None:
    played.answer(make.assessment("attention", misconceptions=(make.myth(),)))
    views = [
        Dispute(answer_id="answer-t1", target=target, view=view, disputed_at=make.at(minute))
        for target, view, minute in (("b", "later", 9), ("b", "I said so", 8), ("myth", "No", 8), ("a", "lost", 8))
    ]
    other = Dispute(answer_id="another", target="b", view="not mine", disputed_at=make.at(8))
    turn = played.report(*views[:3], other).questions[0].turns[0]
    assert [[dispute.view for dispute in point.disputes] for point in turn.points] == [[], ["I said so", "later"], []]
    assert [dispute.view for dispute in turn.misconceptions[0].disputes] == ["No"]
    assert turn.points[1].verdict == Verdict.PARTIAL  # a dispute stands beside the verdict; it does not change it


def test_the_summary_takes_strengths_from_the_best_and_fixes_from_the_weakest(played: Played, make: Any) -> None:
    for name, overall in (("attention", 80.0), ("training", 20.0), ("hci", 50.0)):
        drill = Drill(point_id="b", do=f"drill {name}")
        found = make.assessment(name, overall=overall, strengths=(f"+{name}", "second"), fixes=(f"-{name}",), drill=drill)
        played.answer(found)
        played.do(NextTaken)
    report = played.report()
    assert [(a.question_id, a.text) for a in report.strengths] == [("attention", "+attention"), ("hci", "+hci")]
    assert [(a.question_id, a.text) for a in report.fixes] == [("training", "-training"), ("hci", "-hci")]
    assert report.drill is not None and (report.drill.turn_id, report.drill.drill.do) == ("t2", "drill training")
    assert [grader.name for grader in report.graders] == ["test"]


def test_a_question_that_left_the_bank_is_still_reported(played: Played, make: Any) -> None:
    played.answer(make.assessment("attention", misconceptions=(make.myth(),)))
    played.questions = {}
    question = played.report().questions[0]
    assert (question.topic, question.ask, question.model_answers) == (None, "What is attention?", None)
    assert [point.point for point in question.turns[0].points] == ["a", "b", "c"]
    assert question.turns[0].misconceptions[0].claim == "myth"
