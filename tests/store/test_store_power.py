"""Simulated power cuts under the real ``Store``: nothing acknowledged is lost. Control: ``synchronous=NORMAL`` loses some.

After each cut the surviving image is opened by the ordinary ``Store``, checked, and used as the disk of the next run, so that recovering
from a recovery is tested too.
"""

from __future__ import annotations

import random
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from store_power import Connection, Disk
from store_samples import OWNER, answered, judge, make_attempt, make_session

from greenroom.errors import StoreFullError
from greenroom.store.store import Store

CUTS, FULL_CUTS = 40, 200


@dataclass
class Outcome:
    acknowledged: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    damaged: list[str] = field(default_factory=list)
    cuts: int = 0


def text_of(answer_id: str) -> str:
    return f"What {answer_id} said. " * 40


def live_until_cut(folder: Path, number: int, dice: random.Random, weak: bool) -> tuple[dict[str, bytes], list[str]]:
    """Submit and judge until the power goes. Returns what the disk then holds, and what had been acknowledged by then."""
    disk = Disk(f"disk-{folder.name}-{number}", dice)
    disk.cut_at = dice.randint(30, 700)
    acknowledged: list[str] = []
    by_then: list[str] = []
    disk.on_cut = lambda: by_then.extend(acknowledged)
    store = Store.open(f"sqlite:///{folder / 'greenroom.db'}", connect=lambda path: Connection(path, disk, weak=weak))
    try:
        for round_ in range(10**6):
            answer_id = f"a{number}-{round_}"
            store.save_session(OWNER, make_session(answer_id))
            attempt = make_attempt(answer_id, text=text_of(answer_id), session_id=answer_id)
            store.add_answer(OWNER, attempt, answered(answer_id), 10**6)
            acknowledged.append(answer_id)
            if dice.random() < 0.3:
                judge(store)
            if disk.image:
                return disk.image, by_then
    finally:
        store.close()
        disk.unregister()
    raise AssertionError


def run(folder: Path, cuts: int, *, weak: bool) -> Outcome:
    dice, outcome = random.Random(11), Outcome()
    for number in range(cuts):
        room = folder / f"{'weak' if weak else 'full'}{number % 2}"
        room.mkdir(exist_ok=True)
        image, acknowledged = live_until_cut(room, number, dice, weak)
        outcome.cuts += 1
        outcome.acknowledged |= set(acknowledged)
        room = folder / f"{'weak' if weak else 'full'}{(number + 1) % 2}"
        room.mkdir(exist_ok=True)
        for old in room.iterdir():
            old.unlink()
        for name, content in image.items():
            (room / name).write_bytes(content)
        look(room, outcome)
    return outcome


def look(room: Path, outcome: Outcome) -> None:
    store = Store.open(f"sqlite:///{room / 'greenroom.db'}")
    if (sound := store.integrity()) != "ok":
        outcome.damaged.append(sound)
    kept = {attempt.answer_id: attempt.text for attempt in store.list_attempts(OWNER, limit=10**6)}
    outcome.lost |= {answer_id for answer_id in outcome.acknowledged if kept.get(answer_id) != text_of(answer_id)}
    store.close()


@pytest.mark.parametrize("cuts", [CUTS, pytest.param(FULL_CUTS, marks=pytest.mark.full)])
def test_power_cuts_lose_nothing_acknowledged(tmp_path: Path, cuts: int) -> None:
    outcome = run(tmp_path, cuts, weak=False)
    print(f"{outcome.cuts} cuts, {len(outcome.acknowledged)} acknowledged, {len(outcome.lost)} lost")
    assert len(outcome.acknowledged) > cuts
    assert outcome.lost == set() and outcome.damaged == []


@pytest.mark.parametrize("cuts", [CUTS, pytest.param(FULL_CUTS, marks=pytest.mark.full)])
def test_control_synchronous_normal_loses_some(tmp_path: Path, cuts: int) -> None:
    outcome = run(tmp_path, cuts, weak=True)
    print(f"{outcome.cuts} cuts, {len(outcome.acknowledged)} acknowledged, {len(outcome.lost)} lost")
    assert len(outcome.lost) > cuts // 4


def test_a_sync_that_fails_is_no_acknowledgement(tmp_path: Path) -> None:
    disk = Disk("disk-fsync", random.Random(3))
    store = Store.open(f"sqlite:///{tmp_path / 'greenroom.db'}", connect=lambda path: Connection(path, disk))
    store.save_session(OWNER, make_session(turns=3))
    store.add_answer(OWNER, make_attempt(), answered(), 10)
    disk.failing_syncs = 1
    with pytest.raises(StoreFullError) as caught:
        store.add_answer(OWNER, make_attempt("a1", "t1"), answered("a1", "t1"), 10)
    assert caught.value.hint and isinstance(caught.value.__cause__.__cause__, sqlite3.OperationalError)
    assert store.find_attempt(OWNER, "a1") is None and store.get_session(OWNER, "s1").turns[1].answer_id is None
    assert store.add_answer(OWNER, make_attempt("a2", "t2"), answered("a2", "t2"), 10)[2], "well again without a restart"
    disk.cut_at = disk.operations + 1
    store.save_session(OWNER, make_session("s2"))
    store.close()
    disk.unregister()
    room = tmp_path / "after"
    room.mkdir()
    for name, content in disk.image.items():
        (room / name).write_bytes(content)
    store = Store.open(f"sqlite:///{room / 'greenroom.db'}")
    assert store.integrity() == "ok"
    assert {attempt.answer_id for attempt in store.list_attempts(OWNER)} == {"a0", "a2"}
    store.close()
