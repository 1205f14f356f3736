"""The same thing said another way, each held against what it asks for; and the model answer beside the person's."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from greenroom.assess.assessment import Aspect, Assessment, Communication, FoundMisconception, Grader, PointVerdict, Verdict
from greenroom.bank.load import load_bank
from greenroom.bank.question import KeyPoint
from greenroom.builtin import Builtin
from greenroom.errors import ConflictError
from greenroom.interview.engine import Answered, Assessed, Ended, NextTaken, RedoTaken, SelfRated, apply, start
from greenroom.interview.feedback.beside import find_places, lay_beside
from greenroom.interview.feedback.ways import AT_MOST, WORDS_A_MINUTE, judge_way, spared
from greenroom.interview.session import Planned, Session, Setup

WEIGHTS = {"a": 3, "b": 3, "c": 2, "d": 1}
POINTS = tuple(KeyPoint(id=i, point=f"Point {i}.", weight=w, says=("x",), because="So.", source="src") for i, w in WEIGHTS.items())


def judged(verdicts: str, *, plain: bool | None = True, example: bool | None = True, wrong: bool = False) -> Assessment:
    fine = Aspect(good=True, note="Good.")
    said = Communication(answer_first=fine, succinct=fine, plain=Aspect(good=plain, note="."), example=Aspect(good=example, note="."))
    points = tuple(PointVerdict(id=p.id, verdict=Verdict(v), decided_by="test") for p, v in zip(POINTS, verdicts.split(), strict=True))
    myth = (FoundMisconception(id="myth", quote="a myth", span=(0, 6), correction="No myth."),) if wrong else ()
    more: dict[str, Any] = {"communication": said, "misconceptions": myth, "overall": 50.0, "points": points}
    return Assessment(question_id="q", status="assessed", rubric_hash="0", grader=Grader(name="t", version="1"), **more)


def sides(way: Any, text: str, found: Assessment, before: Assessment | None = None, technical: str = "") -> dict[str, bool | None]:
    return {check.name: check.side.good for check in judge_way(way, text, found, before, POINTS, technical).checks}


@pytest.mark.parametrize(
    ("count", "good"), [(20, None), (100, True), (WORDS_A_MINUTE, True), (WORDS_A_MINUTE + 1, None), (AT_MOST, None), (AT_MOST + 1, False)]
)
def test_a_minute_is_counted_in_words(count: int, good: bool | None) -> None:
    assert sides("minute", "word " * count, judged("hit hit hit hit"), judged("hit hit hit hit"))["Within a minute"] is good


def test_in_a_minute_the_weighty_points_survive() -> None:
    before = judged("hit hit hit hit")
    name = "The weighty points survive"
    assert sides("minute", "word " * 90, judged("hit hit missed missed"), before)[name] is None  # 6 of 9
    assert sides("minute", "word " * 90, judged("hit hit hit missed"), before)[name] is True
    assert sides("minute", "word " * 90, judged("missed missed hit hit"), before)[name] is False
    assert sides("minute", "word " * 90, judged("hit hit hit hit"), judged("missed missed missed missed"))[name] is None, "none to keep"
    aim = judge_way("minute", "word " * 90, judged("hit missed hit missed"), judged("hit hit missed missed"), POINTS)
    assert (aim.kept, aim.lost, aim.gained) == (("a",), ("b",), ("c",))


def test_a_non_expert_gets_plain_words_a_picture_and_nothing_wrong() -> None:
    assert judge_way("plain", "words", judged("hit missed missed missed"), None, POINTS).met is True
    assert sides("plain", "words", judged("hit hit hit hit", plain=False))["Plain language"] is False
    assert sides("plain", "words", judged("hit hit hit hit", example=False))["A picture or a case"] is False
    assert sides("plain", "words", judged("missed missed hit hit"))["The essentials"] is False
    found = judge_way("plain", "words", judged("hit hit hit hit", wrong=True), None, POINTS)
    assert found.met is False and found.says.endswith("to work on: nothing wrong.")


def test_a_staff_engineer_gets_depth_terms_and_a_cost() -> None:
    model = "The softmax over logits, the causal mask, the KV cache, the embeddings and the gradient."
    deep = "Softmax turns logits into weights under a causal mask; the KV cache holds embeddings and costs memory for every token."
    assert judge_way("staff", deep, judged("hit hit hit missed"), None, POINTS, model).met is True
    shallow = sides("staff", "It looks at what matters.", judged("hit hit missed missed"), None, model)
    assert shallow == {"Depth": False, "The field's own words": False, "A cost or a limit": False, "Nothing wrong": True}
    one = judge_way("staff", "The softmax does it.", judged("hit hit missed missed"), None, POINTS, model)
    assert any(check.side.note.startswith("1 term of the model answer; not used: ") for check in one.checks)


def test_what_could_not_be_judged_has_no_aim() -> None:
    found = judged("hit hit hit hit").model_copy(update={"status": "abstained", "points": ()})
    assert judge_way("minute", "word", found, None, POINTS).met is None


def test_a_point_left_out_of_a_minute_is_not_forgotten() -> None:
    kept = spared(judged("hit missed partial wrong"))
    assert [p.verdict for p in kept.points] == [Verdict.HIT, Verdict.PARTIAL, Verdict.WRONG]


def test_the_bank_s_own_answers_meet_the_way_they_were_written_for() -> None:
    """By the sides that need no assessor: terms and cost. The plain answers speak otherwise than the technical ones."""
    questions = [q for q in load_bank(Builtin().greenroom_packs()).questions() if q.kind == "knowledge"]

    def speaks(text: str, model: str) -> bool | None:
        return sides("staff", text, judged("hit hit hit hit"), None, model)["The field's own words"]

    technical = [speaks(q.model_answers.technical, q.model_answers.technical) for q in questions]
    plain = [speaks(q.model_answers.plain, q.model_answers.technical) for q in questions]
    assert False not in technical
    assert technical.count(True) > 0.85 * len(questions), "the rest have too few terms to be held to"
    assert plain.count(True) < 0.4 * len(questions), "control: plain words are not the field's own"


def rehearsal(make: Any, mode: str = "drill", point_id: str | None = None) -> Session:
    plan = (Planned(question_id="q", ask="Q?", point_id=point_id), Planned(question_id="r", ask="R?"))
    session = start("s", Setup.model_validate({"mode": mode}), plan, 1, make.at(0))
    session = apply(session, Answered(turn_id="t1", answer_id="a1", at=make.at(1)))
    return session if mode == "mock" else apply(session, SelfRated(turn_id="t1", rating=3))


def test_each_way_is_asked_once_and_again_only_by_itself(make: Any) -> None:
    session = rehearsal(make)
    event = RedoTaken(turn_id="t1", at=make.at(2), way="minute")
    once = apply(session, event)
    assert (once.turns[-1].way, once.turns[-1].redo_of, once.turns[-1].ask) == ("minute", "t1", "Q?")
    assert apply(once, event) == once, "a double click"
    done = apply(once, Answered(turn_id="t2", answer_id="a2", at=make.at(3)))
    assert [t.way for t in apply(done, RedoTaken(turn_id="t1", at=make.at(4), way="plain")).turns] == [None, "minute", "plain"]
    assert apply(done, RedoTaken(turn_id="t2", at=make.at(4), way="minute")).turns[-1].redo_of == "t2", "the same way again"


def test_no_follow_up_and_no_way_where_none_belongs(make: Any) -> None:
    session = apply(rehearsal(make), RedoTaken(turn_id="t1", at=make.at(2), way="staff"))
    session = apply(session, Answered(turn_id="t2", answer_id="a2", at=make.at(3)))
    asked = apply(session, Assessed(answer_id="a2", next_ask={"point_id": "b", "ask": "And b?"}, at=make.at(4)))
    assert asked.turns[-1].next_ask is None, "what the way left out is not asked for"
    with pytest.raises(ConflictError):
        apply(rehearsal(make, point_id="a"), RedoTaken(turn_id="t1", at=make.at(2), way="plain"))
    with pytest.raises(ConflictError):
        apply(rehearsal(make, mode="mock"), RedoTaken(turn_id="t1", at=make.at(2), way="plain"))
    with pytest.raises(ConflictError):
        apply(apply(rehearsal(make), Ended(at=make.at(2))), RedoTaken(turn_id="t1", at=make.at(3), way="plain"))
    gone = apply(rehearsal(make), NextTaken(at=make.at(2)))
    with pytest.raises(ConflictError):
        apply(gone, RedoTaken(turn_id="t1", at=make.at(3), way="plain"))


def agreement(*, shuffled: bool) -> float:
    """How often a point is placed on the sentence of the model answer that the assessor quoted for it (``model_places.json``)."""
    bank, right, total = load_bank(Builtin().greenroom_packs()), 0, 0
    for question_id, voices in json.loads((Path(__file__).parent / "model_places.json").read_text(encoding="utf-8")).items():
        question = bank.find(question_id)
        for voice, quotes in voices.items() if question else ():
            text, points = getattr(question.model_answers, voice), question.points()
            if shuffled:
                names = random.Random(1).sample([point.id for point in points], len(points))
                points = tuple(point.model_copy(update={"id": name}) for point, name in zip(points, names, strict=True))
            places = find_places(text, points)
            known = {point_id: text.index(quote) for point_id, quote in quotes.items() if quote in text}
            total += len(known)
            right += sum(each in places and places[each][0] < at + len(quotes[each]) and at < places[each][1] for each, at in known.items())
    assert total > 100, "the recorded quotes are no longer those of the bank: record them again"
    return right / total


def test_the_model_s_side_is_where_the_assessor_finds_it() -> None:
    assert agreement(shuffled=False) > 0.7
    assert agreement(shuffled=True) < 0.4, "control: points under each other's names"


def test_who_says_what(make: Any) -> None:
    question = make.question("cats")
    words = {
        "a": "Cats hunt small mice at night.",
        "b": "Whiskers measure narrow gaps precisely.",
        "c": "Purring heals broken bones slowly.",
    }
    points = tuple(p.model_copy(update={"point": words[p.id], "says": (words[p.id],)}) for p in question.key_points)
    model = question.model_answers.model_copy(update={"technical": f"{words['b']} And indeed they do. {words['a']}"})
    question = question.model_copy(update={"key_points": points, "model_answers": model})
    found = lay_beside(question, None, make.assessment("cats", "hit missed hit"), "technical")
    assert [(row.point_id, row.standing, row.yours, row.model) for row in found.rows] == [
        ("cats/b", "model", None, words["b"]),
        ("cats/a", "both", "word", words["a"]),
        ("cats/c", "you", "word", None),
    ]
    assert found.says == "You made 2 of 3 points; 1 is in the model answer and not in yours."
