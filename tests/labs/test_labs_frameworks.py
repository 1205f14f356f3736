"""The lab *frameworks*: sides in processes of their own, on the tiny model; a side that is missing, hangs, raises or dies is named and the
rest goes on; figures that break a claim are told; on the real model, where all three are installed, what one should see is seen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import labs_tiny
import pytest
from labs_runs import held

from greenroom.errors import InputError, LabError, TooLargeError
from greenroom.labs import compared
from greenroom.labs import unpacked as unpacking
from greenroom.labs.compared import Course, Ran
from greenroom.labs.engines import CONTROL, LLAMA, NUMPY, TORCH, Engine, Kind
from greenroom.labs.few_shot import fingerprint
from greenroom.labs.frameworks import CARD, Given, compare
from greenroom.labs.gguf_file import GgufFile
from greenroom.labs.lab import Bench, Result, Table, collect
from greenroom.labs.model import load
from greenroom.labs.unpacked import unpacked, write

SMALL = {"prompt": "hello world", "tokens": 16, "rounds": 1}
TWIN, ROUGH = Kind("transformers (torch)", "labs_engines:Twin", "twice"), Kind("llama.cpp", "labs_engines:Rough", "rounded")
PLAIN = Kind("llama.cpp, unpacked", "labs_engines:Twin", "the same")
IDS = list(range(5, 25))


def of(fake: str) -> Kind:
    return Kind("llama.cpp", f"labs_engines:{fake}", "none", "pip install the cure")


def run(file: Path, *others: Kind, seconds: float = 100, **given: Any) -> Result:
    values = CARD.read({**SMALL, **given})
    kinds = (NUMPY, *others, *((PLAIN,) if len(others) < 3 else ()))
    return collect(CARD, values, list(compare(values, Given(file, file.parent / "cache", 1, kinds, seconds))))


def table(found: Result, name: str) -> Table:
    return next(part for part in found.parts if isinstance(part, Table) and part.name == name)


# --- On the tiny model ---


def test_four_sides_take_turns_and_are_compared(tiny_file: Path) -> None:
    found = run(tiny_file, TWIN, ROUGH)
    assert [row[3] for row in table(found, "sides").rows] == ["ran"] * 4
    assert table(found, "texts").rows[1][1:] == table(found, "texts").rows[0][1:]
    twin, rough, plain = table(found, "places").rows
    assert twin[1:] == plain[1:] == (153, 153, 0.0, 0.0)
    assert rough[3] > 0  # type: ignore[operator]
    assert all(row[3] > 0 and row[4] > 0 for row in table(found, "times").rows)  # type: ignore[operator]
    assert held(found)["same"] is held(found)["sees"] is held(found)["rounding"] is True
    assert not list((tiny_file.parent / "cache").iterdir()), "the unpacked file is gone"
    assert {part.name for part in found.parts} >= {"speed", "memory", "sees", "texts"}


def test_without_rounds_no_times_are_taken_and_all_else_comes_twice_the_same(tiny_file: Path) -> None:
    one, two = (run(tiny_file, TWIN, ROUGH, rounds=0) for _ in range(2))
    assert held(one)["order"] is None
    for name in ("texts", "places", "sees"):
        assert table(one, name) == table(two, name)


@pytest.mark.parametrize(
    ("fake", "says"),
    [
        ("Missing", "It needs library_that_nobody_has, which is not installed. pip install the cure"),
        ("Raises", "ValueError: seven is not a number of heads"),
        ("Dies", "Its process was killed (SIGKILL)."),
    ],
)
def test_a_side_that_fails_is_named_and_the_others_go_on(fake: str, says: str, tiny_file: Path) -> None:
    found = run(tiny_file, TWIN, of(fake), rounds=0)
    assert says in str(table(found, "sides").rows[2][3])
    assert held(found)["same"] is True
    assert held(found)["near"] is held(found)["sees"] is None
    assert table(found, "places").rows[1][1:] == (None,) * 4, "no figure, and no zero"
    assert table(found, "sees").rows[2][1:] == (None,) * 6
    assert all(each.found for each in found.seen)


def test_a_side_that_hangs_is_stopped(tiny_file: Path) -> None:
    with Engine(of("Hangs"), tiny_file, 1) as engine:
        assert engine.ask(None)["version"].startswith("numpy")
        engine._seconds = 0.5
        with pytest.raises(LabError, match="did not answer within"):
            engine.ask("greedy", ids=IDS, most=4)
        assert engine._process.poll() is not None


def test_without_its_own_side_the_lab_cannot_go_on(tiny_file: Path) -> None:
    values = CARD.read(SMALL)
    with pytest.raises(LabError, match="seven is not"):
        list(compare(values, Given(tiny_file, tiny_file.parent / "cache", 1, (of("Raises"), TWIN, ROUGH, PLAIN))))


def test_leaving_in_the_middle_ends_every_side(tiny_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def noted(*args: Any, **more: Any) -> subprocess.Popen[bytes]:
        begun.append(popen(*args, **more))
        return begun[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    given = Given(tiny_file, tiny_file.parent / "cache", 1, (NUMPY, TWIN, ROUGH, PLAIN))
    parts: Iterator[Any] = compare(CARD.read(SMALL), given)
    next(part for part in parts if part.kind == "table" and part.rows[1][3] == "ran" and part.rows[1][1])
    parts.close()  # type: ignore[attr-defined]
    assert len(begun) >= 2 and all(each.poll() is not None for each in begun)


def test_a_side_ends_when_nobody_is_there_any_more_whatever_it_does(tiny_file: Path) -> None:
    with Engine(of("Hangs"), tiny_file, 1) as engine:
        engine.ask(None)
        engine._say({"order": "greedy", "given": {"ids": IDS, "most": 4}})
        time.sleep(0.2)
        assert engine._process.stdin is not None
        engine._process.stdin.close()
        assert engine._process.wait(20) == 3


def test_no_order_is_obeyed_but_those_of_a_side(tiny_file: Path) -> None:
    with Engine(TWIN, tiny_file, 1) as engine:
        engine.ask(None)
        with pytest.raises(LabError, match="no such order"):
            engine.ask("__init__")


@pytest.mark.parametrize(
    ("given", "error"),
    [({"prompt": ""}, InputError), ({"text": "12"}, InputError), ({"text": "x y z " * 150}, TooLargeError)],
)
def test_texts_that_cannot_be_used(given: dict[str, Any], error: type[Exception], tiny_file: Path) -> None:
    with pytest.raises(error):
        run(tiny_file, TWIN, ROUGH, **given)


def test_transformers_computes_with_the_same_numbers(tiny_file: Path) -> None:
    pytest.importorskip("transformers", reason="NOT RUN: transformers beside numpy (pip install torch transformers)")
    pytest.importorskip("torch", reason="NOT RUN: transformers beside numpy (pip install torch transformers)")
    found = run(tiny_file, TORCH, ROUGH, rounds=0)
    assert held(found)["same"] is held(found)["sees"] is True, found.seen


def test_llama_cpp_with_unpacked_weights_is_nearer_than_with_the_packed_file(tiny_file: Path) -> None:
    pytest.importorskip("xllamacpp", reason="NOT RUN: llama.cpp beside numpy (pip install 'greenroom[local]')")
    found = run(tiny_file, TWIN, LLAMA, CONTROL, rounds=1, text="hello world and the world of hello, 12 and 21 and more of the same")
    assert [row[3] for row in table(found, "sides").rows] == ["ran"] * 4
    assert held(found)["rounding"] is True, found.seen
    assert table(found, "sees").rows[2][2:] == (0, 0, 0, 0, "no")


# --- The file of the control ---


def test_what_a_killed_run_left_is_removed_at_once_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    gone, living = tmp_path / f"frameworks-{ended.pid}.gguf", tmp_path / f"frameworks-{os.getpid()}.gguf"
    for file in (gone, living):
        file.write_bytes(b"GGUF")
    unpacking._tidy(tmp_path)
    assert not gone.exists() and living.exists()


def test_the_unpacked_file_has_the_same_numbers_and_goes_away(tiny_file: Path, tmp_path: Path) -> None:
    old = tmp_path / "frameworks-1.gguf"
    old.write_bytes(b"left over")
    os.utime(old, (1, 1))
    with unpacked(tiny_file, tmp_path) as made:
        assert fingerprint(load(made).transformer) == fingerprint(load(tiny_file).transformer)
        assert {tensor.kind.name for tensor in GgufFile(made).tensors.values()} == {"F32"}
        assert list(tmp_path.iterdir()) == [made], "and an old one that was left over is gone"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [OSError("of the engine"), ValueError("of the engine")])
def test_what_goes_wrong_while_it_is_used_is_not_told_as_a_fault_of_the_file(tiny_file: Path, tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error), match="of the engine"), unpacked(tiny_file, tmp_path):
        raise error
    assert not list(tmp_path.iterdir())


def test_the_unpacked_file_takes_fields_of_any_size(tiny_file: Path, tmp_path: Path) -> None:
    found = GgufFile(tiny_file)
    more = {"a.negative": -1, "a.large": 2**40, "a.small": 7}
    found.fields.update(more)
    write(found, tmp_path / "made.gguf")
    assert {key: GgufFile(tmp_path / "made.gguf").fields[key] for key in more} == more


def test_without_room_or_without_a_gguf_file_no_control(tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = labs_tiny.write_folder(tmp_path / "hub", labs_tiny.hub_weights(tiny_file))
    with pytest.raises(LabError, match="reads GGUF files"), unpacked(folder, tmp_path / "cache"):
        pass
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(LabError, match="no room"), unpacked(tiny_file, tmp_path / "cache"):
        pass


# --- Figures that break a claim ---

PLACES = [[(1, -0.5), (2, -1.0)], [(3, -0.2), (4, -3.0)], *[[(5, -0.1), (6, -2.0)]] * 8]
NEAR = [[(2, -0.7), (1, -0.72)], *[[(a[0][0], a[0][1] - 0.05), a[1]] for a in PLACES[1:]]]
LOOK = {"next": 9, "everywhere": 90, "attention": 30, "layers": 20, "inside": 50, "changed": True, "first": [0.1, 0.2], "ends": [4.0, 9.0]}
NONE = {"next": 9, "everywhere": 0, "attention": 0, "layers": 0, "inside": 0, "changed": False, "first": [], "ends": []}


def side(title: str, **more: Any) -> Ran:
    told: dict[str, Any] = {
        "version": "1", "imports": 1.0, "load": 1.0, "before": 50.0, "memory": 600.0, "reads": [100.0, 90.0, 95.0],
        "writes": [10.0, 9.0, 9.5], "had": [0.9] * 3, "greedy": [1, 2, 3], "likeliest": PLACES, "sees": LOOK,
    }  # fmt: skip
    return Ran(title, "", **{**told, **more})


GOOD = (
    side("numpy"), side("transformers", memory=900.0),
    side("llama.cpp", memory=180.0, reads=[80.0] * 3, writes=[30.0] * 3, greedy=[1, 2, 4], likeliest=NEAR, sees=NONE),
    side("llama.cpp, unpacked", sees=NONE),
)  # fmt: skip


def told(*sides: Ran) -> dict[str, bool | None]:
    return {each.id: each.held for each in compared.findings(course_of(*sides))}


def course_of(*sides: Ran) -> Course:
    return Course(sides, str, str, IDS, 8, 10, 538.0, 1)  # type: ignore[arg-type]


def test_figures_as_expected() -> None:
    assert set(told(*GOOD).values()) == {True}
    assert set(told(*GOOD)) == {each.id for each in CARD.expects}


@pytest.mark.parametrize(
    ("name", "n", "change"),
    [
        ("same", 1, {"greedy": [1, 2, 4]}), ("same", 1, {"likeliest": NEAR}), ("near", 2, {"likeliest": PLACES}),
        ("near", 2, {"likeliest": [[(7, -0.1)]] * 8 + PLACES[8:]}), ("order", 2, {"writes": [9.0] * 3}), ("memory", 2, {"memory": 400.0}),
        ("rounding", 3, {"likeliest": NEAR}), ("order", 3, {"writes": [40.0] * 3}), ("memory", 3, {"memory": 190.0}),
        ("sees", 1, {"sees": NONE}), ("sees", 2, {"sees": LOOK}), ("sees", 1, {"sees": {**LOOK, "first": [0.1, 0.3]}}),
        ("sees", 1, {"sees": {**LOOK, "ends": [4.0, 8.0]}}),
    ],
)  # fmt: skip
def test_figures_that_break_a_claim_are_told(name: str, n: int, change: dict[str, Any]) -> None:
    sides = list(GOOD)
    sides[n] = replace(sides[n], **change)
    assert told(*sides)[name] is False


def test_where_the_rounds_disagree_times_tell_nothing() -> None:
    """A machine with other work: the gain in writing beside that in reading is 3.75 and more in two rounds and 1 in one."""
    mixed = replace(GOOD[2], reads=[80.0, 300.0, 80.0])
    assert told(*GOOD[:2], mixed, GOOD[3])["order"] is None
    assert told(*GOOD[:2], replace(mixed, had=[0.9, 0.2, 0.9]), GOOD[3])["order"] is True, "that round does not count"


def test_where_other_programs_took_the_processors_times_tell_nothing() -> None:
    assert told(*GOOD[:3], replace(GOOD[3], had=[0.3] * 3))["order"] is None


def test_where_a_side_does_not_tell_a_place_it_is_left_out() -> None:
    sides = (*GOOD[:2], replace(GOOD[2], likeliest=[*NEAR[:5], [], *NEAR[6:]]), GOOD[3])
    assert told(*sides) == told(*GOOD)
    assert compared.places_part(course_of(*sides)).rows[1][1:3] == (9, 8)


def test_where_they_part_is_shown() -> None:
    parted = compared.parted_part(course_of(*GOOD))
    assert parted is not None and len(parted.rows) == 1
    assert parted.rows[0][1] == "1" and parted.rows[0][4] == "2"
    assert compared.parted_part(course_of(*GOOD[:2], replace(GOOD[2], likeliest=PLACES), GOOD[3])) is None


# --- On the real model ---


@pytest.mark.timeout(1800)
def test_what_one_should_see_is_seen(real_file: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="NOT RUN: the three frameworks (pip install torch transformers xllamacpp)")
    pytest.importorskip("transformers", reason="NOT RUN: the three frameworks (pip install torch transformers xllamacpp)")
    pytest.importorskip("xllamacpp", reason="NOT RUN: the three frameworks (pip install torch transformers xllamacpp)")
    from greenroom.labs.frameworks import Frameworks

    values = CARD.read({"rounds": 2})
    found = collect(CARD, values, list(Frameworks().run(values, Bench(tmp_path, 1, real_file))))
    seen = held(found)
    order = seen.pop("order")
    assert set(seen.values()) == {True}, found.seen
    assert order is not False, "on a busy machine rounds may disagree"
