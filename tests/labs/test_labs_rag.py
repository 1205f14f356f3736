"""The lab *rag*: on the real model what one should see is seen; the search is held against scores reckoned by hand; replies are judged as a
person would judge these; each finding is told otherwise by replies that break its claim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from labs_runs import held, run

from greenroom.errors import ModelMissingError
from greenroom.labs import grounded, rag, searching
from greenroom.labs.grounded import CHANGED, FOUND, NONE, RIGHT, WRONG, Asked, Fact
from greenroom.labs.lab import Bench, Result
from greenroom.labs.model import Model
from greenroom.labs.rag import CARD, Rag
from greenroom.labs.replies import chat, replies


def parts(model: Model, **given: Any) -> Result:
    return run(Rag(), model, **given)


# --- On the real model ---


@pytest.mark.timeout(900)
def test_what_one_should_see_is_seen_on_the_real_model(real: Model) -> None:
    """The control stands in it: with a passage about another thing, of the same length and in the same prompt, next to nothing is right."""
    found = parts(real, questions=12)
    assert {name: value for name, value in held(found).items() if value is not True} == {}, [each.found for each in found.seen]
    rows = {row[0]: row[1] for row in next(part for part in found.parts if part.name == "shares").rows}  # type: ignore[union-attr]
    assert rows[f"right {RIGHT}"] >= 6  # type: ignore[operator]
    assert rows[f"right {NONE}"] <= 1  # type: ignore[operator]
    assert rows[f"right {WRONG}"] <= 1  # type: ignore[operator]


# --- On the tiny model ---


def test_twice_the_same_on_a_random_model(tiny: Model) -> None:
    given = {"questions": 4, "passages": 2}
    found = parts(tiny, **given)
    assert found.model_dump_json() == parts(tiny, **given).model_dump_json()
    assert all(each.found for each in found.seen)


def test_replies_written_side_by_side_are_those_written_one_by_one(tiny: Model) -> None:
    prompts = [chat(tiny, text, "so", "be brief") for text in ("hello", "hello world 12", "12", "the longest of them all", "x", "y", "z y")]
    for ids, reply in zip(prompts, replies(tiny, prompts, 5), strict=True):
        assert list(reply.tokens) == list(tiny.transformer.write(ids, 5, tiny.tokenizer.stops))
    apart = [[5, 6], [7]]  # no common beginning
    assert [r.tokens for r in replies(tiny, apart, 3)] == [tuple(tiny.transformer.write(ids, 3, tiny.tokenizer.stops)) for ids in apart]


def test_where_only_the_first_line_is_wanted_the_rest_is_not_written(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = [chat(tiny, text) for text in ("hello", "12", "y")]
    whole = [each.tokens for each in replies(tiny, prompts, 8)]
    seen, decode = whole[0][2], tiny.tokenizer.decode  # from here on the third token of the first reply is the end of a line

    def broken(ids: Sequence[int]) -> str:
        return "".join("\n" if token == seen else f"{decode([token])}." for token in ids)

    monkeypatch.setattr(tiny.tokenizer, "decode", broken)
    lines = list(replies(tiny, prompts, 8, line=True))
    assert seen not in {token for each in lines for token in each.tokens}
    assert [len(each.tokens) for each in lines] == [ids.index(seen) if seen in ids else len(ids) for ids in whole]
    assert len(lines[0].tokens) < len(whole[0])


def test_a_citation_is_the_likeliest_of_the_numbers_there_are(tiny: Model) -> None:
    ids = chat(tiny, "hello", "12")
    reply = next(replies(tiny, [ids], 3))
    way = [*ids, *reply.tokens, *tiny.tokenizer.encode(" (from passage [")]
    logits = tiny.transformer.forward(way)[-1]
    expected = max(range(3), key=lambda n: logits[tiny.tokenizer.encode(str(n + 1))[0]])
    assert rag.cited(tiny, reply, 3) == expected
    assert rag.cited(tiny, reply, 1) is None


def test_the_wrong_passage_is_another_one_however_few_questions_are_asked(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[list[Asked]]()

    def ask(_: Model, facts: Sequence[Fact], given: Sequence[tuple[str, ...]], *, decline: bool) -> list[Asked]:
        asked.append([Asked(fact, some, "x") for fact, some in zip(facts, given, strict=True)])
        return asked[-1]

    monkeypatch.setattr(rag, "ask", ask)
    facts = grounded.shipped()[0]
    for questions in (4, 5, 7, 20):
        asked.clear()
        parts(tiny, questions=questions)
        passages = [each.passages[0] for each in asked[list((NONE, RIGHT, WRONG)).index(WRONG)]]
        assert passages == [facts[(n + rag.NEXT) % len(facts)].passage for n in range(questions)], questions


def test_without_the_model_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        list(Rag().run(CARD.read({}), Bench(tmp_path, 1)))


# --- The search ---


def test_bm25_is_reckoned_by_hand() -> None:
    """Three passages of 2, 2 and 4 words, mean 8/3; “lamp” is in one, “the” in two."""
    found = searching.bm25("Lamp, the new", ["lamp shop", "the sea", "the cat and dog"])
    rare, common = math.log(1 + 2.5 / 1.5), math.log(1 + 1.5 / 2.5)
    short, long = (1.2 * (0.25 + 0.75 * n / (8 / 3)) for n in (2, 4))
    assert found == pytest.approx([rare * 2.2 / (1 + short), common * 2.2 / (1 + short), common * 2.2 / (1 + long)])
    assert searching.bm25("nothing", ["lamp shop", "sea"]) == [0, 0]


def test_orders_are_merged_by_rank() -> None:
    assert searching.order([0.1, 0.5, 0.5]) == [1, 2, 0]
    assert searching.merged([[0, 1, 2], [1, 2, 0]]) == [1, 0, 2]
    assert searching.merged([[2, 0, 1]] * 2) == [2, 0, 1]


def test_words_miss_what_is_said_in_other_words_and_vectors_find_more_of_it() -> None:
    """Control: what the question says in the passage's words, both find."""
    facts, others = grounded.shipped()
    collection = [*(fact.passage for fact in facts), *others]
    first = {
        how: [order[0] == n for n, order in enumerate(searching.search(how, [fact.question for fact in facts], collection))]
        for how in searching.SEARCHES
    }
    for turned, least, most in ((False, 10, 10), (True, 0, 3)):
        some = [hit for fact, hit in zip(facts, first["words"], strict=True) if fact.turned == turned]
        assert least <= sum(some) <= most
    assert sum(first["meaning"]) > sum(first["words"])


def test_the_facts_are_sound() -> None:
    """Each passage states its answer once, the changed one the changed value and not the true one, and no other passage the answer to
    it."""
    facts, others = grounded.shipped()
    assert len(facts) == 20
    assert sum(fact.turned for fact in facts) == 10
    for n, fact in enumerate(facts):
        assert grounded.says(fact.passage, fact.answer)
        assert grounded.says(fact.changed, fact.poison)
        assert not grounded.says(fact.changed, fact.answer)
        assert not grounded.says(facts[(n + rag.NEXT) % 20].passage, fact.answer), "the wrong passage is wrong"
    assert not {fact.passage for fact in facts} & set(others)


# --- How a reply is judged ---

FACT = Fact("Line 9. Its trams are painted green since 1931.", "Which colour are the trams?", "green", "purple", False)
DAYS = FACT._replace(passage="Lamps may be returned within 45 days.", answer="45 days", poison="5 days")


@pytest.mark.parametrize(
    ("fact", "said", "right", "exact", "supported", "fooled", "declines"),
    [
        (FACT, "Green.", True, True, True, False, False), (FACT, "The trams are green", True, False, True, False, False),
        (FACT, "They are lovely and green", True, False, False, False, False), (FACT, "purple", False, False, False, True, False),
        (FACT, "greenish", False, False, False, False, False), (FACT, "not given", False, False, False, False, True),
        (FACT, "", False, False, False, False, True), (FACT, "1931", False, False, True, False, False),
        (DAYS, "45", True, True, True, False, False), (DAYS, "5 days", False, False, False, True, False),
        (DAYS, "Within 45 days", True, False, True, False, False), (DAYS, "It isn't stated", False, False, False, False, True),
    ],
)  # fmt: skip
def test_how_a_reply_is_judged(fact: Fact, said: str, right: bool, exact: bool, supported: bool, fooled: bool, declines: bool) -> None:
    found = Asked(fact, (fact.passage,), said)
    assert (found.right, found.exact, found.supported, found.fooled, found.declines) == (right, exact, supported, fooled, declines)


# --- Each claim can be told otherwise ---


def answers(said: str, *passages: str, times: int = 10, cited: int | None = None) -> list[Asked]:
    return [Asked(FACT, passages, said, cited)] * times


OTHER = "Line 4. Its trams are painted red."
GOOD: dict[str, list[Asked]] = {
    NONE: answers("red"),
    RIGHT: [*answers("green", FACT.passage, times=8), *answers("red", FACT.passage, times=2)],
    WRONG: answers("red", OTHER),
    CHANGED: answers("purple", FACT.changed),
    FOUND: [
        *answers("green", OTHER, FACT.passage, times=5, cited=0), *answers("red", FACT.passage, OTHER, times=3, cited=0),
        *answers("red", OTHER, OTHER, times=2, cited=1),
    ],
}  # fmt: skip


def told(**change: list[Asked]) -> dict[str, bool | None]:
    return {each.id: each.held for each in grounded.findings(GOOD | {globals()[name]: some for name, some in change.items()})}


def test_control_replies_that_keep_the_claims() -> None:
    assert set(told().values()) == {True}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("none", {"NONE": answers("green")}), ("none", {"NONE": answers("not given")}),
        ("grounded", {"RIGHT": answers("red", FACT.passage)}),
        ("rest", {"RIGHT": answers("green", FACT.passage)}), ("wrong", {"WRONG": answers("not given", OTHER)}),
        ("changed", {"CHANGED": answers("green", FACT.changed)}), ("apart", {"FOUND": answers("red", FACT.passage, OTHER)}),
        ("more", {"FOUND": answers("green", FACT.passage, OTHER)}), ("cites", {"FOUND": answers("red", FACT.passage, OTHER, cited=1)}),
    ],
)  # fmt: skip
def test_replies_that_break_a_claim_are_told(name: str, change: dict[str, list[Asked]]) -> None:
    assert told(**change)[name] is False
