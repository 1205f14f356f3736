"""The behavioural pack: no fault, three levels, the parts of a story worded the same in every question."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenroom.assess.star.parts import PARTS
from greenroom.bank.bank import TOPICS, Bank
from greenroom.bank.check import check_pack
from greenroom.bank.load import load_bank
from greenroom.builtin import PACKS, Builtin
from greenroom.interview.plan import make_plan
from greenroom.interview.session import Setup

PACK = PACKS / "behavioural"


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank([PACK])


def test_the_pack_has_no_fault_and_ships() -> None:
    assert [str(fault) for fault in check_pack(PACK)] == []
    assert PACK in Builtin().greenroom_packs()


def test_at_least_twenty_five_questions_in_three_levels(bank: Bank) -> None:
    questions = bank.questions()
    assert len(questions) >= 25
    assert {q.kind for q in questions} == {"behavioural"} and bank.topics() == ("behavioural",)
    assert {level: sum(q.level == level for q in questions) >= 5 for level in ("foundation", "practitioner", "expert")} == {
        "foundation": True, "practitioner": True, "expert": True,
    }  # fmt: skip
    assert all(len(q.forms) >= 3 and len(q.follow_ups) == len(q.key_points) for q in questions)


def test_every_question_asks_for_all_parts_and_one_thing_of_its_own(bank: Bank) -> None:
    for part in PARTS:
        wordings = {(p.point, p.weight, p.because, p.source) for q in bank.questions() for p in q.key_points if p.id == part}
        assert len(wordings) == 1, "one wording, or they drift apart"
    for question in bank.questions():
        own = [point for point in question.key_points if point.id not in PARTS]
        assert set(PARTS) < {point.id for point in question.key_points} and len(own) == 1 and own[0].weight == 3
    asked = [next(p.point for p in q.key_points if p.id not in PARTS) for q in bank.questions()]
    assert len(set(asked)) == len(asked)


def test_mocks_go_on_and_behavioural_questions_can_be_asked_for() -> None:
    both = load_bank([Path(folder) for folder in Builtin().greenroom_packs()])
    assert both.faults == () and both.topics() == (*TOPICS, "behavioural")
    for seed in range(5):
        plan = [planned.question_id for planned in make_plan(both.questions(), Setup(mode="mock", count=14), seed)]
        assert set(plan) == set(both.topics()), "the canonical question of each topic comes first"
        assert plan[-1] == "your-questions"
    only = [question for question in both.questions() if question.topic == "behavioural"]
    assert len(set(make_plan(only, Setup(topics=("behavioural",), count=20), 1))) == 20
