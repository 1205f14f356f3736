"""The lab *instruct*: pairs in the model's own template, the loss on the answers only; LoRA or all weights; on the real model what one
should see is seen; figures that break a claim are told.

What trains needs torch (the extra ``labs``); the claims are tested without it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from labs_runs import held, run

from greenroom.labs import instruct
from greenroom.labs.few_shot import fingerprint
from greenroom.labs.instruct import Course, Instruct, Told, answer_loss, shipped, tokens
from greenroom.labs.model import Model
from greenroom.labs.tokenizer import Tokenizer
from greenroom.labs.tuning import Look

# --- The pairs ---


def kind(text: str) -> str:
    return text.partition("“")[0]


def test_none_that_is_asked_is_trained_on_and_the_other_kinds_are_others() -> None:
    some = shipped()
    assert (len(some.train), len(some.held), len(some.other)) == (36, 12, 6)
    assert len({each.instruction for group in some for each in group}) == 54
    kinds = {kind(each.instruction) for each in some.train}
    assert {kind(each.instruction) for each in some.held} == kinds
    assert not {kind(each.instruction) for each in some.other} & kinds
    assert not {each.answer for each in some.held} & {each.answer for each in some.train} - {"Good.", "Bad.", "A question.", "A statement."}


def test_those_of_one_kind_stand_in_pairs_with_different_answers() -> None:
    """So that an exchanged prompt asks the same of another text."""
    for group in (shipped().held, shipped().other):
        for one, two in zip(group[::2], group[1::2], strict=True):
            assert kind(one.instruction) == kind(two.instruction)
            assert one.answer != two.answer


def test_the_answer_ends_with_the_mark_that_ends_a_turn(tiny: Model) -> None:
    pair = instruct.Pair("hello <|im_end|>", "world")
    prompt, answer = tokens(tiny, pair)
    assert tiny.tokenizer.decode(prompt).endswith("<|im_start|>assistant\n")
    assert answer == [*tiny.tokenizer.encode("world"), tiny.tokenizer.marks["<|im_end|>"]]
    assert tokens(tiny, pair, end=False) == (prompt, tiny.tokenizer.encode("world"))


def test_a_model_without_a_template_gets_a_line_break(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tokenizer, "answers", property(lambda _: False))
    prompt, answer = tokens(tiny, instruct.Pair("hello", "world"))
    assert tiny.tokenizer.decode(prompt) == "hello\n"
    assert answer[:-1] == tiny.tokenizer.encode("world") and answer[-1] in tiny.tokenizer.stops


# --- The loss ---


def test_the_loss_counts_the_answers_only_and_reads_the_prompts(torch: Any, tiny: Model) -> None:
    from greenroom.labs.adapters import Tuned

    pairs = [([5, 6, 7, 8], [9, 10]), ([30, 31], [11]), ([40] * 9, [12, 13, 14])]
    tuned = Tuned(tiny.transformer, 2, (), 0)
    one_by_one = [-np.log(p_of(tiny, [*prompt, *answer[:n]], answer[n])) for prompt, answer in pairs for n in range(len(answer))]
    with torch.no_grad():
        found = float(tuned.answer_loss(pairs))
        other = float(tuned.answer_loss([([5, 6, 7, 33], [9, 10]), *pairs[1:]]))
    assert found == pytest.approx(np.mean(one_by_one), abs=1e-4)
    assert answer_loss(tiny.transformer, pairs) == pytest.approx(found, abs=1e-4)
    assert abs(other - found) > 0.001, "another prompt, another loss"


def p_of(tiny: Model, ids: list[int], token: int) -> float:
    from greenroom.labs.transformer import softmax

    return float(softmax(tiny.transformer.forward(ids, last=True)[0])[token])


# --- The lab ---


@pytest.mark.parametrize("weights", ["lora", "full"])
def test_on_a_random_model_twice_the_same_and_the_base_is_left(torch: Any, tiny: Model, weights: str) -> None:
    before = fingerprint(tiny.transformer)
    given = {"steps": 3, "rank": 2, "rate": 0.01, "weights": weights}
    found = run(Instruct(), tiny, **given)
    assert found == run(Instruct(), tiny, **given)
    assert held(found)["weights"] is True
    assert fingerprint(tiny.transformer) == before
    assert {"written", "loss", "figures", "hashes"} == {part.name for part in found.parts}


@pytest.mark.timeout(1800)
def test_what_one_should_see_is_seen_on_the_real_model(torch: Any, real: Model) -> None:
    found = run(Instruct(), real)
    assert held(found)["endless"] is None
    assert {each for name, each in held(found).items() if name != "endless"} == {True}, [each.found for each in found.seen]


@pytest.mark.timeout(1800)
def test_without_the_mark_it_goes_on_on_the_real_model(torch: Any, real: Model) -> None:
    seen = held(run(Instruct(), real, end=False))
    assert seen["endless"] is seen["learns"] is seen["weights"] is True
    assert seen["ends"] is None


@pytest.mark.timeout(1800)
def test_control_a_rate_that_moves_nothing_teaches_nothing_on_the_real_model(torch: Any, real: Model) -> None:
    seen = held(run(Instruct(), real, steps=1, rate=0.000001))
    assert seen["learns"] is seen["ends"] is seen["others"] is False
    assert seen["weights"] is True


# --- Each claim can be told otherwise ---

BEFORE = Told(3.0, 3.0, 5.0, 4.0, (("long", False),) * 4)
AFTER = Told(0.5, 1.0, 4.0, 4.1, (("Good.", True),) * 4)


def told(tiny: Model, after: Told = AFTER, hashes: tuple[str, ...] = ("a", "a", "b"), *, end: bool = True) -> dict[str, bool | None]:
    course = Course(tiny.transformer, end, (3, 10), [Look(1, 1.0, 1.0)], [BEFORE, after], list(hashes), 5)
    return held(instruct.findings(course))


@pytest.mark.parametrize(("end", "says"), [(True, "the answers and what ends them."), (False, "the answers, without what ends them.")])
def test_the_note_on_the_loss_says_what_is_counted(tiny: Model, end: bool, says: str) -> None:
    assert instruct.loss_part(Course(tiny.transformer, end, (3, 10), [Look(1, 1.0, 1.0)])).note.endswith(
        f"3 of the 10 tokens of all pairs: {says}"
    )


def test_control_figures_that_keep_the_claims(tiny: Model) -> None:
    assert {name for name, each in told(tiny).items() if each is not True} == {"endless"}
    some = BEFORE._replace(written=(("x", True), ("x", False)) * 2)
    course = Course(tiny.transformer, False, (3, 10), [Look(1, 1.0, 1.0)], [some, BEFORE], ["a", "a", "b"], 5)
    seen = held(instruct.findings(course))
    assert seen["endless"] is True and seen["ends"] is None
    assert told(tiny, end=False)["endless"] is False, "more end than before"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("learns", {"after": AFTER._replace(held=2.1)}), ("others", {"after": AFTER._replace(other=2.8)}),
        ("ends", {"after": AFTER._replace(written=(("x", True), ("x", False)) * 2)}),
        ("ends", {"after": AFTER._replace(written=BEFORE.written)}),
        ("reads", {"after": AFTER._replace(exchanged=0.5)}), ("weights", {"hashes": ("a", "c", "b")}),
        ("weights", {"hashes": ("a", "a", "a")}),
    ],
)  # fmt: skip
def test_figures_that_break_a_claim_are_told(tiny: Model, name: str, other: dict[str, Any]) -> None:
    assert told(tiny, **other)[name] is False
