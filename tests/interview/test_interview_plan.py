"""What is asked: pinned plans, and what holds of any plan."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenroom.bank.load import load_bank
from greenroom.bank.question import Question
from greenroom.builtin import PACKS
from greenroom.interview.plan import LONGEST_PLAN, make_plan, review_plan
from greenroom.interview.session import Planned, Setup

TOPICS = ("attention", "ethics", "future", "hci", "training")


@pytest.fixture(scope="module")
def bank(make: Any) -> list[Question]:
    """Three questions a topic, the first with two other forms; and the one that belongs at the end."""
    named = [(topic, f"{topic}-{n}" if n else topic) for topic in TOPICS for n in range(3)]
    return [
        make.question("your-questions", kind="asks"),
        *(make.question(name, topic=topic, forms=2 if name == topic else 0) for topic, name in named),
    ]


def ids(plan: tuple[Planned, ...]) -> list[str]:
    return [planned.question_id for planned in plan]


def test_the_same_seed_gives_the_same_interview(bank: list[Question]) -> None:
    plan = make_plan(bank, Setup(mode="mock", count=6), seed=7)
    assert plan == make_plan(bank[::-1], Setup(mode="mock", count=6), seed=7)
    assert [(p.question_id, p.form) for p in plan] == [
        ("future", "form-0"),
        ("training", None),
        ("attention", "form-0"),
        ("ethics", None),
        ("hci", None),
        ("your-questions", None),
    ]
    assert plan != make_plan(bank, Setup(mode="mock", count=6), seed=8)


def test_a_topic_comes_twice_only_when_each_came_once(bank: list[Question]) -> None:
    topics = {question.id: question.topic for question in bank}
    for seed in range(20):
        plan = ids(make_plan(bank, Setup(count=8), seed))
        asked = [topics[question_id] for question_id in plan]
        assert len(set(plan)) == 8
        assert set(asked) == {*TOPICS, "your-questions"} and max(asked.count(topic) for topic in asked) == 2


def test_each_topic_opens_with_its_canonical_question(bank: list[Question]) -> None:
    for seed in range(20):
        assert set(ids(make_plan(bank, Setup(count=6), seed))) == {*TOPICS, "your-questions"}
        assert ids(make_plan(bank, Setup(topics=("hci",), count=1), seed, ["hci"])) != ["hci"], "asked once, it waits for the others"


def test_the_first_interview_on_the_shipped_bank_asks_the_thirteen_canonical_questions() -> None:
    shipped = load_bank([PACKS / "core"])
    for seed in range(5):
        plan = ids(make_plan(shipped.questions(), Setup(mode="mock", count=13), seed))
        assert set(plan) == set(shipped.topics())
        assert plan[-1] == "your-questions"
        after = ids(make_plan(shipped.questions(), Setup(mode="mock", count=4), seed, plan))
        assert not set(after) & set(plan), "what was not asked yet comes before what was"


def test_the_candidates_own_questions_come_last(bank: list[Question]) -> None:
    assert {ids(make_plan(bank, Setup(count=16), seed))[-1] for seed in range(10)} == {"your-questions"}


def test_the_least_recently_asked_come_first(bank: list[Question]) -> None:
    few = [question for question in bank if question.id in ("attention", "hci", "training")]
    recent = ["hci", "training", "hci", "attention"]
    assert [ids(make_plan(few, Setup(count=1), seed, recent)) for seed in range(3)] == [["training"]] * 3
    assert ids(make_plan(few, Setup(count=2), 1, recent)) == ["training", "hci"]
    assert ids(make_plan(bank, Setup(topics=("hci",), count=3), 1, ["hci", "hci-1"]))[0] not in ("hci", "hci-1")


def test_canonical_wording_and_forms_are_both_asked(bank: list[Question]) -> None:
    forms = [planned.form for seed in range(30) for planned in make_plan(bank, Setup(count=6), seed) if planned.question_id == "attention"]
    assert set(forms) == {None, "form-0", "form-1"}


def test_a_wording_is_not_heard_again_before_the_others(bank: list[Question]) -> None:
    attention = [question for question in bank if question.id == "attention"]
    heard: list[str] = []
    for seed in range(6):
        heard.append(make_plan(attention, Setup(count=1), seed, heard)[0].ask)
    assert len(set(heard[:3])) == 3
    assert heard[3:] == heard[:3]


def test_named_questions_are_all_asked_in_their_order_canonical_wording_first(bank: list[Question]) -> None:
    named = [next(q for q in bank if q.id == name) for name in ("hci", "attention", "training", "hci")]
    setup = Setup(question_ids=tuple(q.id for q in named), count=1)
    plan = make_plan(named, setup, seed=3)
    assert [(p.question_id, p.form) for p in plan] == [("hci", None), ("attention", None), ("training", None)]
    again = make_plan(named, setup, 3, ["What is hci?", "hci, form 0?"])
    assert [p.form for p in again] == ["form-1", None, None]


def test_minutes_plan_as_many_as_there_are(bank: list[Question]) -> None:
    assert len(make_plan(bank, Setup(mode="mock", count=2, minutes=45), 1)) == 16


def test_a_review_asks_what_is_most_overdue_each_point_once() -> None:
    due = [Planned(question_id=q, ask=f"{q} {p}?", point_id=p) for q, p in (("hci", "b"), ("hci", "a"), ("hci", "b"), ("ethics", "a"))]
    assert review_plan(due, Setup(mode="review", count=2)) == (due[0], due[1])
    assert review_plan(due, Setup(mode="review", minutes=10)) == (due[0], due[1], due[3])
    assert review_plan([], Setup(mode="review")) == ()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), count=st.integers(1, 50), data=st.data())
def test_any_plan_has_no_repeats_and_asks_what_the_bank_holds(bank: list[Question], seed: int, count: int, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(bank), max_size=30))
    recent = data.draw(st.lists(st.sampled_from([*(q.id for q in bank), "What is hci?", "gone"]), max_size=20))
    plan = make_plan(chosen, Setup(count=count), seed, recent)
    by_id = {question.id: question for question in chosen}
    assert len(plan) == min(count, len(by_id)) <= LONGEST_PLAN
    assert len(set(ids(plan))) == len(plan)
    for planned in plan:
        question = by_id[planned.question_id]
        assert planned.ask == (question.ask if planned.form is None else question.get_form(planned.form).ask)
