"""Whole interviews, from the shipped packs. Complaint: "the same questions again"."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenroom.bank.load import load_bank
from greenroom.bank.question import Question
from greenroom.builtin import PACKS
from greenroom.errors import InputError
from greenroom.interview.course.rounds import RECIPES, History, as_weak, cast, complete, make_rounds
from greenroom.interview.session import Planned, Setup

PLANS = sorted(RECIPES)


@pytest.fixture(scope="module")
def bank() -> tuple[Question, ...]:
    return load_bank(sorted(folder for folder in PACKS.iterdir() if (folder / "pack.yaml").is_file())).questions()


def rounds(bank: tuple[Question, ...], name: str, seed: int = 1, recent: tuple[str, ...] = (), **setup: Any) -> tuple[Planned, ...]:
    weak = {question.id: 2.0 for question in bank[:12]}
    if name == "job":
        setup = {"topics": ("robustness", "fine-tuning"), **setup}
    chosen = complete(Setup.model_validate({"mode": "mock", "plan": name, **setup}))
    return make_rounds(bank, chosen, seed, History(recent, weak))


@pytest.mark.parametrize("name", PLANS)
def test_each_plan_asks_nothing_twice_and_closes_with_your_questions(bank: tuple[Question, ...], name: str) -> None:
    for seed in range(5):
        plan = rounds(bank, name, seed)
        ids, kinds = [each.question_id for each in plan], {question.id: question.kind for question in bank}
        wanted = sum(part.questions for part in RECIPES[name].rounds) + 1  # type: ignore[index]
        assert len(set(ids)) == len(ids) and (len(ids) == wanted or (name == "deep-dive" and len(ids) == wanted - 1)), "a topic of three"
        assert [each.closing for each in plan] == [False] * (len(plan) - 1) + [True]
        assert kinds[ids[-1]] == "asks" and all(kinds[each] != "asks" for each in ids[:-1])
        assert plan == rounds(bank, name, seed), "the same seed, the same interview"


@pytest.mark.parametrize("name", PLANS)
def test_complaint_the_same_questions_again(bank: tuple[Question, ...], name: str) -> None:
    first = rounds(bank, name)
    heard = tuple(name for each in first for name in (each.question_id, each.ask))
    second = rounds(bank, name, recent=heard)
    again = {each.ask for each in first if not each.closing} & {each.ask for each in second if not each.closing}
    assert again == set()
    if name in ("phone-screen", "behavioural", "full-loop"):
        assert {each.question_id for each in first[:-1]} & {each.question_id for each in second[:-1]} == set()


def test_complaint_the_same_questions_again_control(bank: tuple[Question, ...]) -> None:
    assert rounds(bank, "phone-screen") == rounds(bank, "phone-screen")


def test_the_full_loop_has_four_people_in_five_rounds(bank: tuple[Question, ...]) -> None:
    plan = rounds(bank, "full-loop")
    seats = list(dict.fromkeys((each.round, each.by) for each in plan))
    assert [by for _, by in seats] == ["warm", "sceptical", "terse", "warm", "plain", "warm"]
    levels = {question.id: question.level for question in bank}
    assert {levels[each.question_id] for each in plan if each.by in ("sceptical", "terse")} <= {"practitioner", "expert"}
    assert "panel" in plan[-1].ask


def test_a_deep_dive_stays_on_one_topic_and_goes_from_the_basics_to_the_edges(bank: tuple[Question, ...]) -> None:
    by_id = {question.id: question for question in bank}
    for seed in range(6):
        asked = [by_id[each.question_id] for each in rounds(bank, "deep-dive", seed)[:-1]]
        assert len({question.topic for question in asked}) == 1 and asked[0].id == asked[0].topic
        steps = [("foundation", "practitioner", "expert").index(question.level) for question in asked[1:]]
        assert steps == sorted(steps)
    assert {by_id[each.question_id].topic for each in rounds(bank, "deep-dive", topics=("attention",))[:-1]} == {"attention"}


def test_a_deep_dive_takes_the_topic_that_was_not_asked(bank: tuple[Question, ...]) -> None:
    knowledge = [question for question in bank if question.kind == "knowledge"]
    recent = tuple(question.id for question in knowledge if question.topic != "hci")
    by_id = {question.id: question for question in bank}
    assert by_id[rounds(bank, "deep-dive", recent=recent)[0].question_id].topic == "hci"


def test_weak_points_come_heaviest_first_and_only_those(bank: tuple[Question, ...]) -> None:
    weak = as_weak(
        [("attention/qkv", 3, 0.0), ("attention/heads", 2, 0.5), ("ethics/bias", 2, 0.0), ("hci/trust", 3, 1.0), ("future/x", 3, None)]
    )
    assert weak == {"attention": 4.0, "ethics": 2.0}
    plan = make_rounds(bank, complete(Setup(mode="mock", plan="weak-points")), 1, History((), weak))
    assert [each.question_id for each in plan] == ["attention", "ethics", "your-questions"]


def test_without_a_weak_point_it_says_how_to_find_one(bank: tuple[Question, ...]) -> None:
    with pytest.raises(InputError) as caught:
        make_rounds(bank, Setup(mode="mock", plan="weak-points"), 1, History())
    assert "phone screen" in caught.value.hint


def test_one_job_asks_its_topics_before_a_panel(bank: tuple[Question, ...]) -> None:
    plan = rounds(bank, "job")
    topics = {question.id: question.topic for question in bank}
    assert {topics[each.question_id] for each in plan if each.round == "The job"} == {"robustness", "fine-tuning"}
    assert [each.by for each in plan[:4]] == ["warm", "sceptical", "plain", "warm"]


def test_named_questions_of_a_job_come_first_and_in_order(bank: tuple[Question, ...]) -> None:
    plan = rounds(bank, "job", topics=("training",), question_ids=("hallucination", "lora-in-detail"))
    assert [each.question_id for each in plan[:2]] == ["hallucination", "lora-in-detail"]
    only = rounds(bank, "job", topics=(), question_ids=("hallucination",))
    assert [each.question_id for each in only if each.round == "The job"] == ["hallucination"]


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(PLANS),
    count=st.integers(1, 50),
    seed=st.integers(0, 9),
    who=st.lists(st.sampled_from(["warm", "terse"]), max_size=2),
)
def test_any_length_and_any_panel(bank: tuple[Question, ...], name: str, count: int, seed: int, who: list[str]) -> None:
    plan = rounds(bank, name, seed, count=count, personas=tuple(who))
    ids = [each.question_id for each in plan]
    assert 2 <= len(plan) <= count + 1 and len(set(ids)) == len(ids) and plan[-1].closing
    assert not who or [each.by for each in plan[:-1]] == [who[n % len(who)] for n in range(len(plan) - 1)]


def test_a_plan_decides_what_the_person_left_open_and_nothing_else() -> None:
    usual = complete(Setup(mode="mock", plan="deep-dive"))
    assert (usual.minutes, usual.depth) == (45, 3)
    chosen = complete(Setup(mode="mock", plan="deep-dive", minutes=10, follow_ups=0, personas=("plain",)))
    assert (chosen.minutes, chosen.depth, chosen.personas) == (10, 0, ("plain",))
    assert complete(Setup(mode="mock", plan="job", clock=False)).minutes is None
    assert complete(Setup(mode="drill", plan="job")).minutes is None, "with notes after each answer there is no clock"
    plain = Setup(mode="mock", count=3)
    assert complete(plain) is plain and plain.depth == 0


def test_nobody_chosen_leaves_everybody_in_their_rounds() -> None:
    plan = (Planned(question_id="a", ask="A?", by="plain"),)
    assert cast(plan, ()) == plan and cast(plan, ("terse",))[0].by == "terse"
