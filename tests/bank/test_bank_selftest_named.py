"""The list of the self-test's failures that somebody has read: each entry names something that the bank still holds, and blames no text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from greenroom.bank.bank import Bank
from greenroom.bank.load import load_bank
from greenroom.room import Parts, Room
from greenroom.settings import Settings

ROOT = Path(__file__).parents[2]
NAMED = ROOT / "docs/bank-selftest-named.yaml"
PACKS = ROOT / "src/greenroom/packs"


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank([PACKS / "core", PACKS / "behavioural"])


def test_each_name_is_of_something_that_the_bank_holds(bank: Bank, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with Room(settings, Parts(settings), assess=False) as room:
        names = room.bank.named_failures(NAMED)
    assert len({each.key for each in names}) == len(names) > 0
    for each in names:
        question = bank.get(each.question_id)
        says = {phrase for point in (*question.points(), *question.misconceptions) for phrase in point.says}
        held = {
            "own": {"plain", "technical"},
            "accused": {f"{kind}: {wrong.id}" for kind in ("plain", "technical") for wrong in question.misconceptions},
            "other": {other.id for other in bank.questions() if other.topic != question.topic},
        }
        assert each.about in held.get(each.check, says), each
        assert each.fault != "bank", f"{each.question_id}: a fault of the bank is mended, not kept"


def test_a_question_with_named_failures_only_passes(tmp_path: Path) -> None:
    """A sample of what `bank selftest` does with all, on the real assessor. Without the list it fails: see test_cli_bank."""
    report = tmp_path / "report.md"
    asked = ["selftest", "flash-attention", "--others", "1", "--named", str(NAMED), "--report", str(report), "--json"]
    command = [sys.executable, "-m", "greenroom", "bank", *asked]
    env = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=170, check=False)
    failures = json.loads(done.stdout)
    assert not any(each["check"] == "own" for each in failures), "its plain model answer is below 80, and named"
    assert done.returncode == (1 if failures else 0), done.stderr
    text = report.read_text(encoding="utf-8")
    told = text.count("\n- ")
    assert f"Failures that nobody has named: {len(failures)} of {told}." in text
    assert "its plain model answer scores" in text and "The assessor's: Said: " in text
