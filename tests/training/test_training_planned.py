"""Answers that count as what their writers were asked to do."""

from __future__ import annotations

import json
import random
from typing import Any

import corpus
import planned
import pytest
import rows

PACK: dict[str, Any] = {
    "id": "tea",
    "questions": [
        {
            "id": name,
            "ask": f"What about {name}?",
            "points": {f"{name}-{n}": f"{name.title()} claim number {n}." for n in range(8)},
            "misconceptions": {f"{name}-{side}": f"{name.title()} error {side}." for side in ("a", "b")},
        }
        for name in ("leaves", "water")
    ],
}
TEXTS = {name: {"answer": f"What {name} says."} for name, _, _ in planned.plans(PACK)}


def test_a_plan_is_drawn_from_the_name_of_its_pack() -> None:
    assert list(planned.plans(PACK)) == list(planned.plans(PACK)) != list(planned.plans(PACK | {"id": "coffee"}))
    for name, question, plan in planned.plans(PACK):
        shown = planned.sheet(name, question, plan)
        assert set(plan["points"]) == set(question["points"]) and shown.startswith(f"### {name}\nAsked: {question['ask']}\n")
        if plan["shape"] != "neighbour":
            assert all(text in shown for text in question["points"].values()), "the writer is told what to do with each"
        assert all(f"BELIEVE, and say so as your own view: {question['misconceptions'][each]}" in shown for each in plan["believes"])


def test_a_claim_near_one_held_out_is_kept_nowhere() -> None:
    near = {"Leaves claim number 3.", "Water error a."}
    kept = list(planned.kept(PACK, TEXTS, near))
    assert not near & {text for row in kept for kind in ("points", "misconceptions") for text in row[kind].values()}
    assert all(set(answer["points"]) == set(row["points"]) for row in kept for answer in row["answers"])
    assert [len(row["answers"]) for row in kept] == [planned.ANSWERS, planned.ANSWERS]
    assert "Leaves claim number 3." in json.dumps(list(planned.kept(PACK, TEXTS, set()))), "control"


def test_a_long_answer_that_is_written_is_kept_with_its_plan() -> None:
    name, question, plan = list(planned.long_plans(PACK))[1]
    assert planned.LONG_WORDS[0] <= plan["words"] < planned.LONG_WORDS[1]
    assert f"about {plan['words']} words" in planned.sheet(name, question, plan)
    rows = {row["question"]: row for row in planned.kept(PACK, TEXTS | {name: {"answer": "It is long."}}, set())}
    assert [len(row["answers"]) for row in rows.values()] == [planned.ANSWERS, planned.ANSWERS + 1]
    assert rows[question["id"]]["answers"][-1] == {
        "points": plan["points"], "believes": plan["believes"], "refutes": plan["refutes"], "answer": "It is long.",
    }  # fmt: skip


def test_an_answer_without_text_is_refused() -> None:
    with pytest.raises(KeyError, match="tea-01"):
        list(planned.kept(PACK, {}, set()))


def test_what_was_asked_of_a_writer_is_the_label(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    points = {action: f"Claim to {action}." for action in planned.WANTED}
    false = {"own": "Their own error.", "other": "Refuted error.", "open": "Nobody's error."}
    said = {"points": {name: name for name in points}, "believes": ["own"], "refutes": ["other"], "answer": "Words."}
    row = {"pack": "tea", "question": "leaves", "ask": "Which?", "points": points, "misconceptions": false, "answers": [said]}
    monkeypatch.setattr(planned, "FILE", tmp_path / "planned.jsonl")
    planned.FILE.write_text(json.dumps(row) + "\n", encoding="utf-8")
    (sample,) = planned.planned_samples()
    labels = {claim.text: claim.allowed for claim in sample.claims}
    assert labels["Claim to make."] == rows.HELD and labels["Claim to half."] == rows.only_label("partial")
    assert labels["Claim to contradict."] == rows.only_label("wrong") and labels["Claim to omit."] == rows.only_label("missed")
    assert all(labels[f"Claim to {name}."] == rows.only_label("not asserted") for name in ("quote", "ask", "disown"))
    assert labels["Their own error."] == rows.HELD and labels["Refuted error."] == rows.NOT_HELD
    assert "Nobody's error." not in labels, "whoever is wrong may hold it"


def test_every_line_of_what_there_is_can_be_read() -> None:
    lines = planned.FILE.read_text(encoding="utf-8").splitlines()
    samples = list(planned.planned_samples())
    assert len(samples) >= planned.ANSWERS * len(lines) > 2000
    small = list(planned.small_samples())
    assert {sample.subject for sample in small} == {"stories", "manner", "asks", "triples"} and all(sample.answer for sample in small)
    assert all(claim.mark in planned.MARKS.values() for sample in small if sample.subject == "triples" for claim in sample.claims)


def test_short_and_model_answers_are_to_questions_of_train_and_label_what_they_aim_at() -> None:
    apart = {
        claim for question in corpus.bank().questions() if question.id in corpus.held_out() for claim in corpus.claims(question).values()
    }
    made = [
        *rows.model_samples(),
        *rows.phrased_samples(random.Random(1)),
        *(each for each in planned.brief_samples() if each.subject == "bank"),
    ]
    assert len(made) > 3000 and {claim.text for sample in made for claim in sample.claims} & apart == set()
    by_answer = {sample.answer: {claim.text: claim.allowed for claim in sample.claims} for sample in planned.brief_samples()}
    wanted = {"make": rows.only_label("hit"), "half": rows.only_label("partial"), "contradict": rows.only_label("wrong")}
    wanted |= {"believe": rows.HELD, "refute": rows.NOT_HELD}
    line = json.loads(planned.BRIEF_FILE.read_text(encoding="utf-8").splitlines()[0])
    texts = {**line["points"], **line["misconceptions"]}
    assert {answer["kind"] for answer in line["answers"]} > {"make", "believe"}
    for answer in line["answers"]:
        assert by_answer[answer["answer"]][texts[answer["claim"]]] == wanted[answer["kind"]]
        assert sum(allowed == rows.only_label("hit") for allowed in by_answer[answer["answer"]].values()) <= 1
