"""Every lab that ships, on its own terms: it runs at its defaults, twice the same; what one should see is seen with the values that show
it; what it says it settles is in the bank."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from greenroom.builtin import Builtin
from greenroom.labs.lab import Bench, Card, Lab, Result, collect
from greenroom.room import Room
from greenroom.settings import Settings

LABS: dict[str, Lab] = {lab.card.name: lab for lab in Builtin().greenroom_labs()}
NEEDS_MODEL = {
    "anatomy", "attention-filter", "attention-maps", "basics", "cache", "constrained", "continuation", "driver", "facts", "few-shot",
    "form-or-chat", "frameworks", "generation", "guardrails", "induction", "knock-out", "languages", "logit-lens", "metrics",
    "playground", "precision", "rag", "second-opinion",
    "swaps", "tasks", "weights-or-reasons", "word-order",
}  # fmt: skip
"""Labs that run on the real model are tested beside it."""
NEEDS_EXTRA = {name for name, lab in LABS.items() if lab.card.extra}
"""Labs that train are tested on small settings, where torch is installed."""
RUN = sorted(set(LABS) - NEEDS_MODEL - NEEDS_EXTRA)
PINNED = Path(__file__).parent / "labs_pinned.json"


def run(name: str, tmp_path: Path, **given: object) -> Result:
    lab = LABS[name]
    values = lab.card.read(given)  # type: ignore[arg-type]
    return collect(lab.card, values, lab.run(values, Bench(tmp_path, 1)))


@pytest.mark.parametrize("name", RUN)
def test_it_runs_at_its_defaults_and_twice_the_same(name: str, tmp_path: Path) -> None:
    first = run(name, tmp_path)
    assert first.model_dump_json() == run(name, tmp_path).model_dump_json()
    assert first.parts
    assert all(seen.found for seen in first.seen), "each expectation is answered"


@pytest.mark.parametrize(("name", "expected"), [(name, each.id) for name in RUN for each in LABS[name].card.expects])
def test_what_one_should_see_is_seen_with_the_values_that_show_it(name: str, expected: str, tmp_path: Path) -> None:
    expect = next(each for each in LABS[name].card.expects if each.id == expected)
    seen = next(each for each in run(name, tmp_path, **expect.set).seen if each.id == expected)
    assert seen.held is True, seen.found


@pytest.mark.parametrize(("name", "title"), [(name, each.title) for name in RUN for each in LABS[name].card.examples])
def test_every_example_runs(name: str, title: str, tmp_path: Path) -> None:
    assert run(name, tmp_path, **next(each for each in LABS[name].card.examples if each.title == title).set).parts


def test_what_the_labs_say_they_settle_is_in_the_bank_and_the_packs_links_can_be_followed(tmp_path: Path) -> None:
    room = Room(Settings(home=tmp_path))
    known = {f"{q.id}/{p.id}" for q in room.bank.questions() for p in (*q.key_points, *q.misconceptions)}
    assert set(room.labs.links()) <= known
    assert {topic for card in room.labs.cards() for topic in card.topics} <= set(room.bank.topics())
    assert room.bank.check() == []
    named = [m.lab for q in room.bank.questions() for m in q.misconceptions if m.lab]
    assert len(named) >= 3
    assert all(room.labs.may_follow(link) for link in named)


def test_cards_are_plain_values(tmp_path: Path) -> None:
    for lab in LABS.values():
        assert Card.model_validate_json(lab.card.model_dump_json()) == lab.card


def test_the_json_of_a_result_is_pinned(tmp_path: Path) -> None:
    """Scripts read it. Numbers to ten digits: the last ones may differ between machines."""
    found = json.loads(run("cutoffs", tmp_path, distribution="own", own="a 0.5, b 0.3, c 0.2", temperature=1, samples=5).model_dump_json())
    assert rounded(found) == rounded(json.loads(PINNED.read_text())), f"if it was meant: write it to {PINNED.name}"


def rounded(value: object) -> object:
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return float(f"{value:.10g}") if isinstance(value, float) else value
