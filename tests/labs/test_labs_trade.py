"""The lab *trade*: the rule book is balanced and nothing that is asked for is given away; a search finds each rule; replies are those of
the model by itself; the base is left as it was; on the real model what one should see is seen; figures that break a claim are told.

What trains needs torch (the extra ``labs``); the claims are tested without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from labs_runs import held, run

from greenroom.labs import apprentice, rulebook
from greenroom.labs.apprentice import Course
from greenroom.labs.few_shot import fingerprint
from greenroom.labs.model import Model
from greenroom.labs.rulebook import ABSENT, ASKED, BOOK, FORMS, FOUND, FRESH, WORDINGS, Answer, Told, book, facts, holds, shipped
from greenroom.labs.searching import search
from greenroom.labs.trade import CARD, Trade
from greenroom.labs.tuning import Look

# --- The book ---


def test_each_value_stands_in_the_book_as_often_as_the_others_of_its_kind() -> None:
    for wordings in range(1, WORDINGS + 1):
        sentences = book(wordings)
        assert len(set(sentences)) == len(sentences) == 24 * wordings + 6
        for kind in shipped().kinds:
            assert len(kind.facts) == len(set(kind.values)) == 4 and len(kind.told) == WORDINGS and len(set(kind.absent)) == 4
            told = [rulebook.filled(sentence, thing, value) for sentence in kind.told[:wordings] for thing, value in kind.facts]
            counts = {value: sum(holds(each, value) for each in told) for value in kind.values}
            assert set(counts.values()) == {wordings}, counts


def test_nothing_that_is_asked_for_is_given_away() -> None:
    told = " ".join(book(WORDINGS))
    for fact in facts():
        assert fact.thing in told and not holds(fact.question, fact.value)
        for sentence in (fact.kind.told[0], fact.kind.fresh):
            assert " {value}" in sentence
            assert not holds(rulebook.filled(sentence.partition(" {value}")[0], fact.thing), fact.value)
    for fact in facts(absent=True):
        assert fact.thing not in told
    assert not set(shipped().held) & set(book(WORDINGS))
    assert not {each.kind.fresh for each in facts()} & {sentence for kind in shipped().kinds for sentence in kind.told}


@pytest.mark.parametrize("wordings", [1, 2, 3])
def test_the_search_finds_a_sentence_that_tells_the_fact(wordings: int) -> None:
    sentences = book(wordings)
    orders = search("words", [each.question for each in facts()], sentences)
    missed = [each.question for each, order in zip(facts(), orders, strict=True) if not holds(sentences[order[0]], each.value)]
    assert len(missed) <= 2, missed


def test_the_values_of_a_kind_begin_with_different_tokens_on_the_real_model(real: Model) -> None:
    for kind in shipped().kinds:
        assert len({real.tokenizer.encode(f" {value}")[0] for value in kind.values}) == 4


def test_a_value_counts_in_whole_words_and_a_number_in_digits_too() -> None:
    assert holds("It is kept by Okoro.", "Okoro") and holds("thirteen weeks", "thirteen") and holds("13 weeks", "thirteen")
    assert not holds("doors", "door") and not holds("130 weeks", "thirteen") and not holds("", "van")


# --- What is asked ---


def test_a_cut_sentence_ends_before_its_value_and_a_found_one_stands_before_the_question(tiny: Model) -> None:
    fact = facts()[4]
    assert tiny.tokenizer.decode(rulebook.prompt(tiny, fact, BOOK)) == "The ropes of the Dunmore lift are measured every"
    assert tiny.tokenizer.decode(rulebook.prompt(tiny, fact, FRESH)).endswith("unmeasured for longer than")
    said = tiny.tokenizer.decode(rulebook.prompt(tiny, fact, FOUND, "So it is."))
    assert "Passage: So it is.\n\nQuestion: How many weeks" in said and said.endswith("Answer:")


def test_replies_written_side_by_side_are_those_written_one_by_one(tiny: Model) -> None:
    sentences = book(1)
    for one, ids in zip(
        rulebook.ask(tiny, tiny.transformer, ABSENT, sentences),
        [rulebook.prompt(tiny, fact, ABSENT) for fact in facts(absent=True)],
        strict=True,
    ):
        alone = tiny.transformer.write(ids, rulebook.REPLY, tiny.tokenizer.stops)
        assert one.said == tiny.tokenizer.decode(list(alone)).strip().split("\n")[0]
        assert one.tokens == len(ids)


def test_sentences_cut_off_are_read_together_as_each_by_itself(torch: Any, tiny: Model) -> None:
    from greenroom.labs.adapters import Tuned
    from greenroom.labs.trade import filled_in
    from greenroom.labs.transformer import softmax

    for form in (BOOK, FRESH):
        found = filled_in(tiny, Tuned(tiny.transformer, 2, (), 0), form)
        assert [each.fact for each in found] == facts()
        for each in found[::5]:
            ids = rulebook.prompt(tiny, each.fact, form)
            p = softmax(tiny.transformer.forward(ids, last=True)[0])
            assert each.p == pytest.approx([p[tiny.tokenizer.encode(f" {value}")[0]] for value in each.fact.kind.values], abs=1e-5)
            assert (each.tokens, each.said) == (len(ids), "")


# --- The lab ---


@pytest.mark.parametrize("weights", ["lora", "full"])
def test_on_a_random_model_twice_the_same_and_the_base_is_left(torch: Any, tiny: Model, weights: str) -> None:
    before = fingerprint(tiny.transformer)
    given = {"steps": 2, "rank": 2, "rate": 0.01, "weights": weights, "wordings": 1}
    found = run(Trade(), tiny, **given)
    assert found == run(Trade(), tiny, **given)
    assert fingerprint(tiny.transformer) == before
    assert {"right", "shares", "losses", "replies", "loss"} == {part.name for part in found.parts}
    assert all(each.found for each in found.seen)


def test_the_loss_is_that_of_the_model_sentence_by_sentence(torch: Any, tiny: Model) -> None:
    from greenroom.labs.adapters import Tuned
    from greenroom.labs.trade import loss, read

    some = list(shipped().held)
    alone = [tiny.transformer.surprise(tiny.tokenizer.prompt(each)) for each in some]
    found = loss(Tuned(tiny.transformer, 2, (), 0), [read(tiny, each) for each in some])
    assert found == pytest.approx(sum(float(each.sum()) for each in alone) / sum(map(len, alone)), abs=1e-4)


@pytest.mark.timeout(3000)
def test_what_one_should_see_is_seen_on_the_real_model(torch: Any, real: Model) -> None:
    found = run(Trade(), real)
    assert held(found)["seldom"] is None
    assert {name: value for name, value in held(found).items() if value is not True} == {"seldom": None}, [x.found for x in found.seen]


@pytest.mark.timeout(3000)
def test_what_is_seen_seldom_is_talk_on_the_real_model(torch: Any, real: Model) -> None:
    seen = {each.id: each for each in run(Trade(), real, wordings=3).seen}
    assert seen["seldom"].held is seen["learns"].held is seen["retrieval"].held is True, [x.found for x in seen.values()]


@pytest.mark.timeout(3000)
def test_control_a_rate_that_moves_nothing_teaches_nothing_on_the_real_model(torch: Any, real: Model) -> None:
    seen = held(run(Trade(), real, steps=1, rate=0.000001))
    assert seen["learns"] is seen["recalls"] is seen["wording"] is seen["absent"] is seen["forgets"] is False
    assert seen["asked"] is None and seen["retrieval"] is True


# --- Each claim can be told otherwise ---

RIGHT = {BOOK: (6, 20), FRESH: (6, 9), ASKED: (6, 7), FOUND: (20, 19), ABSENT: (0, 0)}


def answers(form: str, right: int, sure: float) -> list[Answer]:
    """So many of a form right, the others wrong, the likeliest value with ``sure``."""
    found = list[Answer]()
    for n, fact in enumerate(facts(absent=form == ABSENT)):
        at = fact.kind.values.index(fact.value) if fact.value else 0
        picked = at if n < right else (at + 1) % 4
        found.append(Answer(fact, tuple(sure if k == picked else sure / 2 for k in range(4)), "so", 30, fact.value))
    return found


def made(when: int, losses: tuple[float, float, float], sure: float, change: Mapping[str, int]) -> Told:
    return Told(*losses, {form: answers(form, change.get(form, RIGHT[form][when]), sure) for form in FORMS})


def told(
    before: tuple[float, float, float] = (6.0, 5.0, 4.0),
    after: tuple[float, float, float] = (1.5, 3.6, 4.5),
    sure: tuple[float, float] = (0.01, 0.05),
    absent: float = 0.05,
    wordings: int = 1,
    steps: int = 60,
    **change: int,
) -> dict[str, bool | None]:
    """``change``: right afterwards, by form; ``found``: right before, for that is what is compared."""
    one = made(0, before, sure[0], {FOUND: change.pop(FOUND, RIGHT[FOUND][0])})
    two = made(1, after, sure[1], change)
    two = two._replace(answers={**two.answers, ABSENT: answers(ABSENT, 0, absent)})
    course = Course(book(wordings), [Look(n, 1.0, 1.0) for n in range(steps)], [one, two], 5)
    for part in (apprentice.picture_part, apprentice.shares_part, apprentice.losses_part, apprentice.replies_part, apprentice.loss_part):
        assert part(course)
    return held(apprentice.findings(course))


def test_control_figures_that_keep_the_claims() -> None:
    assert told() == {**dict.fromkeys([each.id for each in CARD.expects], True), "seldom": None}
    assert told(wordings=3, book=7)["seldom"] is True


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("learns", {"after": (3.1, 3.6, 4.5)}), ("learns", {"after": (1.5, 5.1, 4.5)}), ("learns", {"after": (1.5, 1.0, 4.5)}),
        ("recalls", {"book": 6}), ("recalls", {"book": 10}), ("seldom", {"wordings": 3, "book": 12}),
        ("seldom", {"wordings": 3, "book": 7, "after": (3.1, 3.6, 4.5)}), ("wording", {"fresh": 20}), ("wording", {"fresh": 16}),
        ("asked", {"asked": 12}), ("absent", {"sure": (0.03, 0.05)}),
        ("absent", {"sure": (0.01, 0.2)}), ("retrieval", {"found": 10}), ("retrieval", {"asked": 20}),
        ("forgets", {"after": (1.5, 3.6, 4.2)}),
    ],
)  # fmt: skip
def test_figures_that_break_a_claim_are_told(name: str, other: dict[str, Any]) -> None:
    assert told(**other)[name] is False


def test_where_its_loss_did_not_fall_a_question_tells_nothing_of_it() -> None:
    assert told(after=(5.0, 4.9, 4.5))["asked"] is None


def test_a_model_that_is_ruined_is_shown_and_keeps_no_claim_of_its_own() -> None:
    """Losses that are no numbers any more: blanks in the tables, nothing is found to hold that rests on them."""
    nan = float("nan")
    seen = told(after=(nan, nan, nan), sure=(0.01, nan), absent=nan)
    assert seen["learns"] is seen["absent"] is seen["forgets"] is False and seen["asked"] is None
