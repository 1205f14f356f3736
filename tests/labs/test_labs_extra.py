"""A lab whose extra is not installed: it is listed, says how to get it in every door, and is refused before a process is begun."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from greenroom import __main__ as door
from greenroom.builtin import Builtin
from greenroom.errors import ExtraMissingError
from greenroom.room import Parts, Room
from greenroom.room import labs as rooms
from greenroom.settings import Settings, read_settings
from greenroom.web.labs import pages

CURE = "pip install 'greenroom[labs]'"
NEED = {"captions", "classify-pictures", "find-objects", "from-scratch", "instruct", "lora", "overfitting", "trade", "two-adapters"}


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "find_spec", lambda name: None if name == "torch" else find_spec(name))


@pytest.fixture
def with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "find_spec", lambda _: object())


def room() -> Room:
    settings: Settings = read_settings()
    return Room(settings, Parts(settings, given={"builtin": Builtin()}))


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """``main`` takes passwords out of whatever this process logs, for good."""
    before = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(before)


def door_says(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *args: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["greenroom", "labs", *args])
    with pytest.raises(SystemExit) as ended:
        door.main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.mark.usefixtures("without")
def test_it_is_listed_with_the_cure_and_refused_before_anything_begins() -> None:
    with room() as here:
        cards = {card.name: card for card in here.labs.cards()}
        assert {name for name, card in cards.items() if card.lacks} == NEED
        assert all(CURE in cards[name].lacks and "torch" in cards[name].lacks for name in NEED)
        assert here.labs.get("lora").lacks == cards["lora"].lacks
        with pytest.raises(ExtraMissingError) as refused, here.labs.run("from-scratch", {}):
            pytest.fail("it was begun")
        assert refused.value.hint == CURE


@pytest.mark.usefixtures("without")
def test_the_page_says_it_before_anybody_runs_it() -> None:
    with room() as here:
        lack = pages._lack(here, here.labs.get("overfitting"))
        assert lack is not None and lack.hint == CURE
        assert pages._lack(here, here.labs.get("cost")) is None


@pytest.mark.usefixtures("without")
def test_the_terminal_says_it_in_words_and_in_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, listed, _ = door_says(capsys, monkeypatch, "list", "--json")
    assert {card["name"] for card in json.loads(listed) if CURE in card["lacks"]} == NEED
    _, shown, _ = door_says(capsys, monkeypatch, "show", "lora")
    assert CURE in " ".join(shown.split())
    for more in ((), ("--json",)):
        code, out, err = door_says(capsys, monkeypatch, "run", "from-scratch", *more)
        assert (code, out) == (1, "")
        assert CURE in " ".join(err.split())


@pytest.mark.usefixtures("with_it")
def test_control_with_the_extra_nothing_is_said() -> None:
    with room() as here:
        assert [card.name for card in here.labs.cards() if card.lacks] == []
        assert pages._lack(here, here.labs.get("lora")) is None
