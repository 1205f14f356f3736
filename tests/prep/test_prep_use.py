"""Which questions a story serves and which story an answer told, on stories labelled and retold; and where neither may be said."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import yaml

from greenroom.bank.load import load_bank
from greenroom.builtin import PACKS
from greenroom.llm.words import content
from greenroom.prep.story import Story
from greenroom.prep.use import TOLD, Matcher, find_told

HERE = Path(__file__).parent
SETS = ("made", "aside", "later", "fresh")
NONE = {"waffle", "hypothetical", "off_question", "opinion", "textbook", "self_praise", "ramble", "weak"}
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


@cache
def rows(name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = yaml.safe_load((HERE.parent / f"assess/stories/{name}.yaml").read_text(encoding="utf-8"))
    return found


@cache
def matcher() -> Matcher:
    return Matcher(load_bank([PACKS / "behavioural", PACKS / "core"]).questions(), content)


def kept(name: str, n: int) -> Story:
    return Story(story_id=f"{name}{n}", title=f"{name} {n}", text=rows(name)[n]["answer"], made_at=NOON, changed_at=NOON)


def every() -> list[Story]:
    return [kept(name, n) for name in SETS for n in range(len(rows(name)))]


@pytest.mark.parametrize(("name", "first", "among"), [("made", 0.85, 0.9), ("aside", 0.7, 0.8), ("fresh", 0.3, 0.5)])
def test_a_story_serves_the_question_it_was_written_for(name: str, first: float, among: float) -> None:
    good = [row for row in rows(name) if row["kind"] not in NONE]
    found = [([each.question_id for each in matcher().serves(row["answer"])], row["question"]) for row in good]
    assert sum(ids[:1] == [own] for ids, own in found) / len(found) >= first
    assert sum(own in ids for ids, own in found) / len(found) >= among


def test_the_words_named_stand_in_the_story() -> None:
    for row in rows("made"):
        for each in matcher().serves(row["answer"]):
            assert each.words and all(word in row["answer"].lower() for word in each.words)


def test_a_story_about_nothing_of_the_field_serves_nothing() -> None:
    assert matcher().serves("On Sunday my aunt and I baked a cake with plums and cream.") == []
    assert matcher().serves("") == []


def test_only_behavioural_questions_are_served() -> None:
    bank = load_bank([PACKS / "behavioural", PACKS / "core"])
    ids = {each.question_id for row in rows("made") for each in matcher().serves(row["answer"], 27)}
    assert {bank.get(question_id).kind for question_id in ids} == {"behavioural"}


def retold() -> list[dict[str, object]]:
    found: list[dict[str, object]] = yaml.safe_load((HERE / "retold.yaml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("n", range(9))
def test_a_story_told_again_is_recognised_among_all(n: int) -> None:
    row = retold()[n]
    found = find_told(str(row["text"]), every(), content)
    assert found is not None and found.story_id == f"{row['set']}{row['story']}"


def test_parts_left_out_are_named_mostly() -> None:
    wanted = [set(row["left"]) for row in retold()]  # type: ignore[call-overload]
    told = [find_told(str(row["text"]), [kept(str(row["set"]), int(str(row["story"])))], content) for row in retold()]
    same = sum(each is not None and set(each.left_parts) == left for each, left in zip(told, wanted, strict=True))
    assert same >= 6, "seven of nine when it was made"
    alone = find_told(rows("made")[0]["answer"], [kept("made", 0)], content)
    assert alone is not None and alone.share == 1.0 and alone.left == ()


def test_another_story_is_not_taken_for_it() -> None:
    """Each labelled story given as an answer, held against all others: none was told, though many speak of the same things."""
    stories = every()
    false = 0
    for story in stories:
        others = [other for other in stories if other.story_id != story.story_id]
        false += find_told(story.text, others, content) is not None
    assert false == 0
    assert find_told("Attention weighs the context.", stories, content) is None
    assert find_told("x", [], content) is None
    assert 0.3 < TOLD < 0.55
