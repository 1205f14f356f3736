"""Plugins: off by default; loaded through their entry point; one that crashes is named and takes nothing with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from greenroom.builtin import PACKS, Builtin
from greenroom.errors import NotFoundError
from greenroom.plugins import Plugins, hookimpl
from greenroom.room import Parts, Room
from greenroom.settings import Settings

HERE = Path(__file__).parent


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example as pip would leave it: on the path, with its entry point."""
    shutil.copytree(HERE / "greenroom_example", tmp_path / "site" / "greenroom_example", ignore=shutil.ignore_patterns("__pycache__"))
    pack = tmp_path / "site" / "greenroom_example" / "pack"
    (pack / "my-attention").mkdir(parents=True)
    text = (PACKS / "core" / "attention" / "attention.yaml").read_text()
    changed = text.replace("id: attention\ntopic: attention", "id: my-attention\ntopic: my-attention", 1)
    (pack / "my-attention" / "my-attention.yaml").write_text(changed)
    (pack / "pack.yaml").write_text((PACKS / "core" / "pack.yaml").read_text().replace("id: core", "id: example"))
    info = tmp_path / "site" / "greenroom_example-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: greenroom-example\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[greenroom]\nexample = greenroom_example\nbroken = greenroom_no_such_module\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return pack


def test_plugins_are_off_until_asked_for(installed: Path) -> None:
    assert Plugins(Settings(), {}).names() == []


def test_an_installed_plugin_brings_its_pack_and_its_assessor(installed: Path, tmp_path: Path) -> None:
    settings = Settings(plugins=True, home=tmp_path, assessor="example")
    parts = Parts(settings)
    with Room(settings, parts) as room:
        assert "my-attention" in room.bank.topics()
        found = room.assess.once("my-attention", None, "some words of an answer")
        assert found.grader.name == "verbatim"
        assert any("greenroom_no_such_module" in fault for fault in room.bank.faults()), "a broken plugin is named"


def test_an_installed_plugin_brings_its_lab_and_it_runs_in_its_own_process(installed: Path, tmp_path: Path) -> None:
    room = Room(Settings(plugins=True, home=tmp_path))
    found = room.labs.result("squares", {"tokens": "10"})
    assert found.seen[0].found == "100 pairs, then 400."
    assert {card.name for card in room.labs.cards()} >= {"cost", "cutoffs", "squares"}


def test_a_lab_that_is_none_or_takes_a_name_is_named_and_the_others_stay() -> None:
    class Nameless:
        card = "no card"

    class Odd:
        @hookimpl
        def greenroom_labs(self):
            return [Nameless(), *Builtin().greenroom_labs()]

    plugins = Plugins(Settings(), {"builtin": Builtin(), "odd": Odd()})
    assert sorted(plugins.labs()) == sorted(lab.card.name for lab in Builtin().greenroom_labs())
    assert plugins.faults[0] == "The plugin “Nameless” was left out: TypeError: Nameless.card is no Card"
    assert any("there is a lab “cost” already" in fault for fault in plugins.faults)


def test_a_crashing_hook_is_contained_and_named(tmp_path: Path) -> None:
    class Crashing:
        @hookimpl
        def greenroom_packs(self):
            raise RuntimeError("boom")

    class Fine:
        @hookimpl
        def greenroom_packs(self):
            return [PACKS / "core"]

    plugins = Plugins(Settings(), {"crashing": Crashing(), "fine": Fine()})
    assert plugins.packs() == [PACKS / "core"]
    assert plugins.faults == ["The plugin “crashing” was left out: RuntimeError: boom"]


def test_a_hook_that_gives_another_thing_or_crashes_while_it_gives_is_contained_and_named_once(tmp_path: Path) -> None:
    class Odd:
        @hookimpl
        def greenroom_packs(self):
            return None

        @hookimpl
        def greenroom_assessors(self, settings):
            return 7

        @hookimpl
        def greenroom_labs(self):
            yield from Builtin().greenroom_labs()[:1]
            raise RuntimeError("boom")

    plugins = Plugins(Settings(), {"odd": Odd(), "builtin": Builtin()})
    for _ in range(2):
        assert plugins.packs() == list(Builtin().greenroom_packs())
        assert list(plugins.assessors()) == ["coverage"]
        assert list(plugins.labs()) == [lab.card.name for lab in Builtin().greenroom_labs()]
    assert [fault.partition(" was")[0] for fault in plugins.faults] == ["The plugin “odd”"] * 3 and "boom" in plugins.faults[-1]


def test_an_unknown_assessor_names_those_there_are(tmp_path: Path) -> None:
    room = Room(Settings(home=tmp_path, assessor="covrage"))
    with pytest.raises(NotFoundError, match="covrage") as caught:
        room.assess.once("attention", None, "some words")
    assert "coverage" in caught.value.hint
