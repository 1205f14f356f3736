"""The bank held against the assessor: what counts as a failure, on an assessor that is told what to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from greenroom.assess.assessment import Assessment, FoundMisconception, PointVerdict, Verdict
from greenroom.assess.assessor import Assessor, Verbatim
from greenroom.assess.selftest.report import Alike, Named, alike_points, make_report, outlived, unnamed
from greenroom.assess.selftest.trial import Outcome, other_topics, trials
from greenroom.assess.star.parts import PARTS
from greenroom.bank.load import load_bank
from greenroom.bank.question import Question, Rubric
from greenroom.paper.markdown import to_markdown

PACK = Path(__file__).parents[2] / "src/greenroom/packs/core"


class Ideal:
    """Knows the question by heart: credits each phrasing to its point, flags each claim, gives 90 to a model answer and 5 elsewhere.
    ``but`` changes what it would say.
    """

    def __init__(self, question: Question, but: Callable[[Assessment], Assessment] = lambda given: given) -> None:
        self._question, self._but = question, but

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        question, empty = self._question, Verbatim().assess(rubric, answer)
        own = rubric.question_id == question.id
        shown = (*question.model_answers.model_dump().values(), *(form.model_answer for form in question.forms))
        model = answer in shown
        points = tuple(
            PointVerdict(id=p.id, verdict=Verdict.HIT if own and answer in p.says else Verdict.MISSED, confidence=1, decided_by="ideal")
            for p in rubric.points
        )
        found = tuple(
            FoundMisconception(id=m.id, quote=answer, span=(0, len(answer)), correction=m.correction)
            for m in rubric.misconceptions
            if answer in m.says
        )
        told = {"status": "assessed", "reason": None, "overall": 90.0 if own and model else 5.0, "points": points, "misconceptions": found}
        return self._but(empty.model_copy(update=told))


@pytest.fixture(scope="module")
def bank() -> tuple[Question, ...]:
    return load_bank([PACK]).questions()


def hold(question: Question, others: Sequence[Question], assessor: Assessor) -> Iterator[Outcome]:
    for trial in trials(question, others):
        yield from trial.judge(assessor.assess(trial.rubric, trial.answer))


def written(outcomes: Sequence[Outcome], alike: Sequence[Alike], named: Sequence[Named] = ()) -> str:
    return to_markdown(make_report(outcomes, alike, named))


def failures(question: Question, bank: tuple[Question, ...], but: Callable[[Assessment], Assessment]) -> list[Outcome]:
    return [each for each in hold(question, other_topics(question, bank, 2), Ideal(question, but)) if not each.passed]


def test_an_assessor_that_knows_the_question_fails_nothing(question: Question, bank: tuple[Question, ...]) -> None:
    outcomes = list(hold(question, other_topics(question, bank, 2), Ideal(question)))
    assert [each for each in outcomes if not each.passed] == []
    phrasings = sum(len(point.says) for point in question.points()), sum(len(wrong.says) for wrong in question.misconceptions)
    checks = ("own", "form", "accused", "point", "claim", "other")
    assert [sum(each.check == name for each in outcomes) for name in checks] == [2, len(question.forms), 2, *phrasings, 2]


@pytest.mark.parametrize(
    ("check", "but"),
    [
        ("own", lambda given: given.model_copy(update={"overall": min(given.overall, 79.9)})),
        ("own", lambda given: given.model_copy(update={"overall": None})),
        ("other", lambda given: given.model_copy(update={"overall": max(given.overall, 15.1)})),
        ("claim", lambda given: given.model_copy(update={"misconceptions": ()})),
        ("point", lambda given: given.model_copy(update={"points": ()})),
    ],
)
def test_control_each_check_fails_where_the_assessor_does(
    check: str, but: Callable[[Assessment], Assessment], question: Question, bank: tuple[Question, ...]
) -> None:
    also = {"form"} if check == "own" else set[str]()  # a form's model answer is held like the question's
    assert {each.check for each in failures(question, bank, but)} == {check} | also


@pytest.mark.parametrize(("own", "other"), [(80.0, 15.0), (100.0, 0.0)])
def test_a_figure_at_the_bar_passes(own: float, other: float, question: Question, bank: tuple[Question, ...]) -> None:
    assert failures(question, bank, lambda given: given.model_copy(update={"overall": own if given.overall == 90 else other})) == []


def test_a_phrasing_that_makes_another_point_more_than_its_own_fails(question: Question, bank: tuple[Question, ...]) -> None:
    """In part its own, wholly another: the other is what it is taken for. Both alike is no failure."""
    one, other = question.points()[:2]

    def more(own: Verdict, to: Verdict) -> Callable[[Assessment], Assessment]:
        verdicts = {one.id: own, other.id: to}

        def but(given: Assessment) -> Assessment:
            if given.overall == 90 or not any(p.id == one.id and p.verdict is Verdict.HIT for p in given.points):
                return given
            points = tuple(p.model_copy(update={"verdict": verdicts.get(p.id, p.verdict)}) for p in given.points)
            return given.model_copy(update={"points": points})

        return but

    found = failures(question, bank, more(Verdict.PARTIAL, Verdict.HIT))
    assert [each.about for each in found] == list(one.says) and all(f"is credited to “{other.id}”" in each.what for each in found)
    for alike in (Verdict.PARTIAL, Verdict.HIT):
        assert failures(question, bank, more(alike, alike)) == []


def test_a_model_answer_that_is_accused_is_a_failure_with_its_quote(question: Question, bank: tuple[Question, ...]) -> None:
    wrong = FoundMisconception(id=question.misconceptions[0].id, quote="so it is", span=(0, 8), correction="It is not.")
    found = failures(question, bank, lambda given: given.model_copy(update={"misconceptions": (*given.misconceptions, wrong)}))
    assert {each.check for each in found} == {"accused"} and "“so it is”" in found[0].what


def test_a_model_answer_that_falls_short_says_of_what(question: Question, bank: tuple[Question, ...]) -> None:
    one, other, *_ = question.points()

    def short(given: Assessment) -> Assessment:
        verdicts = {one.id: Verdict.PARTIAL, other.id: Verdict.MISSED}
        points = tuple(p.model_copy(update={"verdict": verdicts.get(p.id, Verdict.HIT)}) for p in given.points)
        return given.model_copy(update={"overall": 40.0, "points": points})

    (found, _) = (each for each in failures(question, bank, short) if each.check == "own")
    assert found.what == f"its plain model answer scores 40.0 (partial: {one.id}; missed: {other.id})"


def test_a_phrasing_credited_to_another_point_is_named(question: Question, bank: tuple[Question, ...]) -> None:
    one, other = question.points()[:2]

    def swap(given: Assessment) -> Assessment:
        ids = {one.id: other.id, other.id: one.id}
        return given.model_copy(update={"points": tuple(p.model_copy(update={"id": ids.get(p.id, p.id)}) for p in given.points)})

    found = failures(question, bank, swap)
    assert len(found) == len(one.says) + len(other.says) and {each.check for each in found} == {"point"}
    assert f"is credited to “{other.id}”, it makes “{one.id}”" in found[0].what


def test_a_part_of_a_story_is_held_as_the_answer_to_its_follow_up(bank: tuple[Question, ...]) -> None:
    story = load_bank([PACK.parent / "behavioural"]).get("cutting-cost")
    asked: list[Rubric] = []

    class Watched(Ideal):
        def assess(self, rubric: Rubric, answer: str) -> Assessment:
            asked.append(rubric)
            return super().assess(rubric, answer)

    outcomes = list(hold(story, other_topics(story, bank, 2), Watched(story)))
    assert [each for each in outcomes if not each.passed] == []
    parts = sum(len(point.says) for point in story.points())
    assert sum(each.check == "part" for each in outcomes) == parts and not any(each.check == "point" for each in outcomes)
    follow_ups = {(follow_up.point_id, follow_up.ask) for follow_up in story.follow_ups}
    assert {(rubric.points[0].id, rubric.ask) for rubric in asked if len(rubric.points) == 1} == {
        each for each in follow_ups if each[0] in {point.id for point in story.points()}
    }

    def deaf(given: Assessment) -> Assessment:
        return given.model_copy(update={"points": tuple(p.model_copy(update={"verdict": Verdict.MISSED}) for p in given.points)})

    missed = failures(story, bank, deaf)
    assert len(missed) == parts and {each.check for each in missed} == {"part"} and "counts as missed where" in missed[0].what


def test_the_same_others_each_time_none_of_the_topic_and_all_when_asked(question: Question, bank: tuple[Question, ...]) -> None:
    some, every = other_topics(question, bank, 5), other_topics(question, bank, None)
    sister = next(each for each in bank if each.topic == question.topic and each.id != question.id)
    assert some == every[:5] and some != other_topics(sister, bank, 5)
    assert {each.topic for each in every} == {each.topic for each in bank} - {question.topic}


def test_points_alike_are_listed_across_questions_only() -> None:
    class Lengths:
        def encode(self, texts: list[str]) -> np.ndarray:
            return np.array([[1.0, 0.0] if "same" in text else [0.0, 1.0] for text in texts], np.float32)

    bank = load_bank([PACK]).questions()[:3]
    marked = [q.model_copy(update={"key_points": tuple(p.model_copy(update={"point": "same"}) for p in q.key_points[:2])}) for q in bank]
    found = alike_points(marked, Lengths(), 0.9)
    assert len(found) == 12 and all(pair.one.split("/")[0] != pair.other.split("/")[0] for pair in found)
    stories = load_bank([PACK.parent / "behavioural"]).questions()[:2]
    same = [q.model_copy(update={"key_points": tuple(p.model_copy(update={"point": "same"}) for p in q.key_points)}) for q in stories]
    own = [[point.id for point in q.points() if point.id not in PARTS] for q in stories]
    assert len(alike_points(same, Lengths(), 0.9)) == len(own[0]) * len(own[1]) > 0, "the parts of every story are the same by design"


def test_the_report_counts_and_names(question: Question) -> None:
    outcomes = [
        Outcome(question_id=question.id, check="own", about="technical", passed=True, what="fine"),
        Outcome(question_id=question.id, check="own", about="plain", passed=False, what="its plain model answer scores 12 (judged)"),
    ]
    text = written(outcomes, [Alike(one="a/x", other="b/y", cosine=0.912)])
    assert "| model answer scores at least 80 on its own question | 2 | 1 (50%) |" in text
    assert f"### {question.id}" in text and "- own: its plain model answer scores 12" in text and "fine" not in text
    assert "| a/x | b/y | 0\\.91 |" in text and "nearly the same" not in written(outcomes, ())


def test_a_failure_that_somebody_has_read_is_named_in_the_report_and_fails_nothing(question: Question, bank: tuple[Question, ...]) -> None:
    missing = failures(question, bank, lambda given: given.model_copy(update={"overall": None}))
    found = [each for each in missing if each.check == "own"]
    names = [Named(question_id=question.id, check="own", about="plain", fault="bank", why="It leaves out the scaling.")]
    assert [each.about for each in found] == ["plain", "technical"]
    assert [each.about for each in unnamed(found, names)] == ["technical"]
    report = written(found, (), names)
    assert "Failures that nobody has named: 1 of 2." in report and "The bank's: It leaves out the scaling." in report
    assert written(found, ()) != report and "no failure any more" not in report


def test_a_name_whose_failure_passes_or_whose_phrasing_changed_is_no_excuse(question: Question, bank: tuple[Question, ...]) -> None:
    outcomes = list(hold(question, other_topics(question, bank, 1), Ideal(question)))
    phrase = question.points()[0].says[0]
    names = [Named(question_id=question.id, check="point", about=phrase, fault="assessor", why="Not seen.")]
    assert outlived(outcomes, names) == names and "### Named, and no failure any more" in written(outcomes, (), names)
    reworded = [names[0].model_copy(update={"about": phrase + " Or so."})]
    assert outlived(outcomes, reworded) == reworded, "what is not there any more is told too"
    elsewhere = Named(question_id="another", check="own", about="plain", fault="bank", why="Not held.")
    not_held = Named(question_id=question.id, check="other", about="none-of-these", fault="overlap", why="Not held.")
    assert outlived(outcomes, [elsewhere, not_held]) == []
    deaf = failures(question, bank, lambda given: given.model_copy(update={"points": ()}))
    assert phrase in {each.about for each in unnamed(deaf, reworded)} and phrase not in {each.about for each in unnamed(deaf, names)}


def test_what_is_held_has_one_name_each(question: Question, bank: tuple[Question, ...]) -> None:
    keys = [each.key for each in hold(question, other_topics(question, bank, 3), Ideal(question))]
    assert len(keys) == len(set(keys))


def test_a_trial_has_a_seal_of_its_own_that_goes_with_what_is_held(question: Question, bank: tuple[Question, ...]) -> None:
    held = list(trials(question, other_topics(question, bank, 3)))
    before = [trial.seal for trial in held]
    assert len(before) == len(set(before))
    point = question.key_points[0]
    reworded = point.model_copy(update={"says": (point.says[0] + " Or so.", *point.says[1:])})
    changed = question.model_copy(update={"key_points": (reworded, *question.key_points[1:])})
    after = [trial.seal for trial in trials(changed, other_topics(question, bank, 3))]
    same = [old == new for old, new in zip(before, after, strict=True)]
    asked = [trial.rubric.question_id == question.id and point.id in {p.id for p in trial.rubric.points} for trial in held]
    assert same == [not each for each in asked] and 3 < asked.count(True) < len(asked), (
        "what asks for the point is held again, and only that"
    )


def test_what_a_report_quotes_is_no_markup_and_acts_on_no_terminal() -> None:
    what = "“<script>alert(1)</script>\n# Fine\x1b[2J” is credited to nothing"
    text = written([Outcome(question_id="q", check="point", about="x", passed=False, what=what)], ())
    assert "<script>" not in text and "\x1b" not in text and "\n# Fine" not in text
