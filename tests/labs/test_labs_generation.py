"""The labs that write on the live model: continuation, facts, generation, cache. On the real model each *what you should see* is seen with
the values that show it; on the tiny one how they run; and each finding is told otherwise by texts that break its claim."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import labs_tiny
import numpy as np
import pytest
from labs_runs import held

from greenroom.errors import GreenroomError, InputError, ModelFileError, ModelMissingError, TooLargeError
from greenroom.labs import caching, continuation, facts, generated
from greenroom.labs.caching import Caching, Timed
from greenroom.labs.continuation import Continuation, Side
from greenroom.labs.facts import Answer, Facts
from greenroom.labs.generate import PENALTY, Generation
from greenroom.labs.generated import Fork, Setting
from greenroom.labs.lab import Bench, Lab, Part, Result, Table, Tokens, collect
from greenroom.labs.model import Model, load
from greenroom.labs.sampling import Rules
from greenroom.labs.worker import Worker
from greenroom.labs.writing import Beam, Branches, Step, Text, write

LABS: tuple[Lab, ...] = (Continuation(), Facts(), Generation(), Caching())
SMALL: dict[str, dict[str, Any]] = {
    "continuation": {"tokens": 4, "prompt": "hello world"},
    "generation": {"tokens": 5, "samples": 2, "beams": 2, "prompt": "hello world"},
    "cache": {"tokens": 8, "prompt": "hello world"},
}
"""What fits into the tiny model."""


def parts(lab: Any, model: Model, **given: Any) -> Result:
    values = lab.card.read(given)
    found: list[Part] = list(lab.parts(values, model))
    return collect(lab.card, values, found)


def said(found: Result, name: str) -> str:
    return next(each.found or "" for each in found.seen if each.id == name)


def table(found: Result, name: str) -> Table:
    return next(part for part in found.parts if isinstance(part, Table) and part.name == name)


# --- On the real model ---


def test_the_same_words_are_continued_or_answered(real: Model) -> None:
    found = parts(Continuation(), real, prompt="Tell me about Paris.", tokens=12)
    assert held(found)["conditioning"]
    assert [row[2] for row in table(found, "both").rows] == [
        "What's the best way to get there?",
        "Paris is a city that has captivated me since I was a",
    ]
    assert held(found)["stopping"] is False, "cut off: so the finding can be false"
    raw = next(part for part in found.parts if isinstance(part, Tokens) and part.name == "raw")
    assert [each.text for each in raw.tokens[:6]] == ["Tell", " me", " about", " Paris", ".", " What"]
    assert raw.tokens[5].others[0].text == " What"


def test_what_one_should_see_of_the_continuation_is_seen(real: Model) -> None:
    assert held(parts(Continuation(), real)) == {"conditioning": True, "stopping": True, "tokens": True}


def test_in_the_template_an_answer_ends_by_itself_and_rare_words_are_several_tokens(real: Model) -> None:
    by_id = {each.id: each.set for each in Continuation.card.expects}
    found = parts(Continuation(), real, **by_id["stopping"])
    assert held(found)["stopping"]
    assert "In the chat template: <|im_end|> is token 8" in said(found, "stopping")
    assert held(parts(Continuation(), real, tokens=4, **by_id["tokens"]))["tokens"]
    assert held(parts(Continuation(), real, tokens=4, prompt="The dog"))["tokens"] is False


def test_it_is_fluent_and_false(real: Model) -> None:
    found = parts(Facts(), real)
    assert held(found) == {"false": True, "overlap": True, "invented": True}
    rows = {str(row[0]): row for row in table(found, "answers").rows}
    assert len(rows) == 30
    assert rows["The capital of the United States is"][1:4] == ("New York City", "Washington", "false")
    assert float(rows["The capital of the United States is"][4] or 0) > 50
    assert rows["The capital of Canada is"][3] == "right"
    counted = {str(row[0]): row[1] for row in table(found, "sums").rows}
    assert sum(int(each or 0) for each in counted.values()) == 30
    assert int(counted["false"] or 0) >= 10


def test_the_rules_make_of_the_same_probabilities_what_the_card_says(real: Model) -> None:
    found = parts(Generation(), real, tokens=8, samples=3)
    assert held(found) == {
        "distribution": True, "one-by-one": True, "selection": True, "temperature": True, "cuts": True, "beams": True, "repeats": False,
    }  # fmt: skip
    greedy = real.transformer.write(real.tokenizer.prompt("The best thing about a long train journey is"), 8)
    assert table(found, "texts").rows[1][1] == real.tokenizer.decode(list(greedy)).strip()
    assert len(table(found, "samples").rows) == 7 * 3 + 2


def test_greedy_text_repeats_itself_and_a_penalty_breaks_it(real: Model) -> None:
    """With the values that show it; of the lab's settings only the two that the finding compares are written, to save time."""
    given = next(each for each in Generation.card.expects if each.id == "repeats").set
    rules = {"greedy": Rules(temperature=0), "penalty": Rules(temperature=0, penalty=PENALTY)}
    texts = {name: Text(each, random.Random(0)) for name, each in rules.items()}
    branches = Branches(real.transformer, real.tokenizer.prompt(str(given["prompt"])))
    assert list(write(branches, list(texts.values()), int(given["tokens"]), real.tokenizer.stops))
    found = GOOD | {name: Setting(name, [text]) for name, text in texts.items()}
    assert held(generated.findings(found, FORKS, BEAMS))["repeats"]
    assert found["greedy"].repeated > 0.2


def test_the_cache_saves_time_and_changes_no_token(real: Model) -> None:
    """The comparison of times is loose by nature: without the cache each token passes 60 times as many tokens through the network."""
    assert held(parts(Caching(), real, tokens=8)) == {"same": True, "cost": True, "prefill": True}


# --- On the tiny model ---


@pytest.mark.parametrize("lab", [Continuation(), Generation()], ids=lambda lab: lab.card.name)
def test_twice_the_same(lab: Any, tiny: Model) -> None:
    first = parts(lab, tiny, **SMALL[lab.card.name])
    assert first.model_dump_json() == parts(lab, tiny, **SMALL[lab.card.name]).model_dump_json()
    assert all(each.found for each in first.seen)
    assert {each.id for each in first.seen} == {each.id for each in lab.card.expects}


def test_a_model_without_a_chat_template_is_only_continued(tmp_path: Path) -> None:
    base = load(labs_tiny.write_gguf(tmp_path / "base.gguf", {"tokenizer.chat_template": None}))
    found = parts(Continuation(), base, tokens=4, prompt="hello world")
    assert held(found) == {"conditioning": None, "stopping": None, "tokens": False}
    assert [row[0] for row in table(found, "both").rows] == ["As it stands"]
    assert parts(Generation(), base, **SMALL["generation"]).seen
    with pytest.raises(ModelFileError, match="no chat template"):
        parts(Generation(), base, given="chat", **SMALL["generation"])


def test_another_seed_writes_other_texts_and_the_greedy_ones_stay(tiny: Model) -> None:
    one, other = (table(parts(Generation(), tiny, seed=seed, **SMALL["generation"]), "samples").rows for seed in (0, 1))
    assert one != other
    assert [row for row in one if "Greedy" in str(row[0])] == [row for row in other if "Greedy" in str(row[0])]


@pytest.mark.parametrize("name", ["continuation", "generation", "cache"])
def test_it_runs_in_a_process_of_its_own_and_streams(name: str, tiny_file: Path, tmp_path: Path) -> None:
    lab = next(each for each in LABS if each.card.name == name)
    with Worker(lab, lab.card.read(SMALL[name]), Bench(tmp_path, 1, tiny_file)) as worker:
        kinds = [part.kind for part in worker]
        assert kinds[0] == "progress"
        assert len(worker.result().seen) == len(lab.card.expects)


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.card.name)
def test_without_the_model_it_says_how_to_get_it(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError) as caught:
        list(lab.run(lab.card.read({}), Bench(tmp_path, 1)))
    assert "greenroom labs fetch" in caught.value.hint


@pytest.mark.parametrize(
    ("lab", "given", "kind"),
    [
        (Generation(), {"prompt": ""}, InputError), (Caching(), {"prompt": ""}, InputError), (Continuation(), {"prompt": ""}, InputError),
        (Generation(), {"prompt": "~!" * 250}, TooLargeError), (Generation(), {"tokens": 48, "samples": 20, "prompt": "a"}, TooLargeError),
    ],
)  # fmt: skip
def test_what_cannot_be_continued_is_refused_with_the_cure(
    lab: Lab, given: dict[str, Any], kind: type[GreenroomError], tiny: Model
) -> None:
    with pytest.raises(kind) as caught:
        parts(lab, tiny, **given)
    assert caught.value.hint


def test_answers_are_judged_by_their_beginning_and_cut_at_the_first_stop(tiny: Model) -> None:
    capital, symbol, square = (group[2] for group in facts.shipped())
    cases = [
        (capital[0], "Moscow", "right"), (capital[0], "Moscow and nothing else", "right"), (capital[0], "Moscowia", "false"),
        (capital[2], "Washington D", "right"), (capital[4], "Brasilia", "right"), (capital[8], "the capital of the country", "no answer"),
        (symbol[1], "K", "right"), (symbol[1], "Kr", "false"), (symbol[6], "Tungsten", "false"), (symbol[6], "", "no answer"),
        (square[0], "121", "right"), (square[0], "1210", "false"), (square[0], "11 × 11", "no answer"), (square[0], "112", "false"),
    ]  # fmt: skip
    assert [(said, facts.judge(fact, said)) for fact, said, _ in cases] == [(said, how) for _, said, how in cases]
    for fact, text, said in (
        (capital[0], "St. Petersburg. It", "St. Petersburg"), (capital[0], "Paris, France", "Paris"), (capital[0], "Rome\n\nThe", "Rome"),
        (square[0], "192 in decimal", "192"), (square[0], "11 × 11 = 1", "11 × 11"), (square[0], "121.", "121"),
    ):  # fmt: skip
        assert re.split(fact.ends, text)[0] == said


def test_the_thirty_facts_are_the_members_of_their_lists() -> None:
    groups = {name: found for name, _, found in facts.shipped()}
    assert {name: len(found) for name, found in groups.items()} == {"capitals": 10, "symbols": 10, "squares": 10}
    assert all(each.truths[0][0] != each.about[0].upper() for each in groups["symbols"]), "the rule of the list"
    for each in groups["squares"]:
        one, other = (int(part) for part in each.about.split(" × "))
        assert each.truths == (str(one * other),)
    assert len({each.about for each in facts.invented()} - {each.about for each in groups["capitals"]}) == 5


def test_a_probability_is_the_product_of_its_tokens(tiny: Model) -> None:
    fact = facts.Fact("x", "x?", "hello", (" w", "hello"), ".", "!")
    found = facts.ask(tiny, [fact], "raw")[0]
    ids = tiny.tokenizer.prompt("hello")
    expected = []
    for truth in fact.truths:
        way = tiny.tokenizer.encode(f" {truth}")
        expected.append(math.exp(-float(tiny.transformer.surprise([*ids, *way])[len(ids) - 1 :].sum())))
    assert found.true_p == pytest.approx(max(expected), rel=1e-3)
    both = facts.ask(tiny, [facts.Fact("y", "y?", "12 =", ("4",), ".", "!"), fact], "raw")
    assert both[1] == found, "those that begin otherwise are asked apart, and come back in their order"


# --- Each claim can be told otherwise ---


def step(token: int, p: float = 0.5, rank: int = 0, kept: int = 10) -> Step:
    return Step(token, p, rank, 1.0, kept)


def setting(*texts: Sequence[Step]) -> Setting:
    return Setting("S", [Text(Rules(), random.Random(0), steps=list(steps)) for steps in texts])


FORKS = [Fork(1, 0.5, (1, 2), 0.0), Fork(2, 0.3, (3, 4), 0.9)]
GOOD = {
    "greedy": setting([step(n % 3) for n in range(9)]), "penalty": setting([step(n) for n in range(9)]),
    "cool": setting([step(1, 0.9)], [step(1, 0.9)]), "plain": setting([step(1, 0.5)], [step(2, 0.5)]),
    "hot": setting([step(3, 0.1, rank=30)], [step(4, 0.1)]), "top_k": setting([step(1), step(2, rank=9)]),
    "top_p": setting([step(1, kept=3), step(2, kept=70)]),
}  # fmt: skip
BEAMS = [Beam((1, 2), -5.0, 0), Beam((3, 4), -4.0, 0)]


def test_control_texts_that_keep_the_claims() -> None:
    assert set(held(generated.findings(GOOD, FORKS, BEAMS)).values()) == {True}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("one-by-one", {"forks": [FORKS[0], Fork(2, 0.3, (3, 4), 0.001)]}),
        ("one-by-one", {"forks": [FORKS[0], Fork(2, 0.3, (1, 2), 0.9)]}),
        ("selection", {"plain": setting([step(1)], [step(1)])}), ("selection", {"plain": GOOD["greedy"]}),
        ("temperature", {"hot": setting([step(3, 0.95)], [step(4, 0.95)])}),
        ("temperature", {"hot": setting([step(1, 0.1)], [step(1, 0.1)])}),
        ("cuts", {"top_k": setting([step(1, rank=10)])}), ("cuts", {"top_p": setting([step(1, kept=5), step(2, kept=5)])}),
        ("beams", {"beam": [BEAMS[0], BEAMS[0]]}), ("beams", {"beam": [BEAMS[1], BEAMS[0]]}),
        ("repeats", {"greedy": GOOD["penalty"]}), ("repeats", {"penalty": GOOD["greedy"]}),
    ],
)  # fmt: skip
def test_texts_that_break_a_claim_are_told(name: str, change: dict[str, Any]) -> None:
    forks, beam = change.pop("forks", FORKS), change.pop("beam", BEAMS)
    assert held(generated.findings(GOOD | change, forks, beam))[name] is False


def test_a_distribution_that_leaves_a_token_without_probability_is_told() -> None:
    whole, cut = np.zeros(8, np.float32), np.array([0, -np.inf], np.float32)
    assert generated.distribution(SimpleNamespace(logits={-1: whole})).held is True  # type: ignore[arg-type]
    assert generated.distribution(SimpleNamespace(logits={-1: cut})).held is False  # type: ignore[arg-type]


def test_where_nothing_can_be_told_it_says_so() -> None:
    empty = {name: setting([]) for name in GOOD}
    found = held(generated.findings(empty, FORKS, BEAMS))
    assert [found[name] for name in ("temperature", "cuts", "repeats")] == [None, None, None]


def answer(said: str, how: str, p: float) -> Answer:
    return Answer(facts.shipped()[0][2][0], said, how, p, 0.1)


def test_facts_that_break_a_claim_are_told() -> None:
    right, wrong = answer("Moscow", "right", 0.6), answer("Kyiv", "false", 0.7)
    none = [answer("Xanadu", "false", 0.2)] * 3 + [answer("not a country", "no answer", 0.2)] * 2
    assert held(facts.findings([right, right, wrong, answer("Minsk", "false", 0.1), answer("Riga", "false", 0.1)], none, 0.5)) == {
        "false": True,
        "overlap": True,
        "invented": True,
    }
    assert held(facts.findings([right], none, 0.5)) == {"false": False, "overlap": None, "invented": True}
    hedged = [right, answer("Kyiv, perhaps", "false", 0.1)]
    assert held(facts.findings(hedged, none[2:], 0.5)) == {"false": False, "overlap": False, "invented": False}
    assert held(facts.findings([right, wrong], none, 0.5))["overlap"] is False, "the false ones the more probable"


def test_continuations_that_break_a_claim_are_told(tiny: Model) -> None:
    first, text = np.array([0.5, 0.5]), Text(Rules(), random.Random(0), steps=[step(5)])
    same = {how: Side([5], first, text) for how in ("raw", "chat")}
    assert held(continuation.findings(tiny, same, "hello")) == {"conditioning": False, "stopping": False, "tokens": False}


def test_times_that_break_a_claim_are_told() -> None:
    good = Timed(10, 0.1, [0.02] * 8, [0.1] * 8, ([1, 2], [1, 2]))
    assert set(held(caching.findings(good)).values()) == {True}
    assert held(caching.findings(good._replace(tokens=([1, 2], [1, 3]))))["same"] is False
    assert held(caching.findings(good._replace(anew=[0.01] * 8)))["cost"] is False
    assert held(caching.findings(good._replace(read=0.5)))["prefill"] is False
