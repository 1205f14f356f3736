"""`greenroom keys`: from a pipe, never from an argument; and never shown."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

KEY = "sk-canary-from-a-pipe-31"
ORIGIN = "https://api.example.org"


def run(home: Path, *args: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "GREENROOM_HOME": str(home), **settings}
    done = subprocess.run(
        [sys.executable, "-m", "greenroom", *args], input=stdin, capture_output=True, text=True, env=env, timeout=120, check=False
    )
    assert KEY not in done.stdout + done.stderr and "Traceback" not in done.stderr
    return done


def test_set_list_remove(tmp_path: Path) -> None:
    assert run(tmp_path, "keys", "list").stdout.strip() == "There is no key."
    done = run(tmp_path, "keys", "set", f"{ORIGIN}/v1", stdin=f"{KEY}\n")
    assert done.returncode == 0 and ORIGIN in done.stdout
    file = tmp_path / "keys.json"
    assert KEY in file.read_text() and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(run(tmp_path, "keys", "list", "--json").stdout) == [ORIGIN]
    assert run(tmp_path, "keys", "remove", ORIGIN).returncode == 0
    assert KEY not in file.read_text()
    assert run(tmp_path, "keys", "remove", ORIGIN).returncode == 1


@pytest.mark.parametrize("args", [("set", ORIGIN, KEY), ("set", ORIGIN, "--key", KEY)])
def test_a_key_as_an_argument_is_wrong_usage(tmp_path: Path, args: tuple[str, ...]) -> None:
    """Arguments stand in the shell's history and in the list of processes."""
    env = {**os.environ, "GREENROOM_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", "greenroom", "keys", *args], capture_output=True, env=env, timeout=120, check=False)
    assert done.returncode == 2 and not (tmp_path / "keys.json").exists()


@pytest.mark.parametrize(
    ("origin", "stdin"), [("http://api.example.org", KEY), ("api.example.org", KEY), (ORIGIN, ""), (ORIGIN, "two words")]
)
def test_what_cannot_be_kept_is_one_sentence_and_its_cure(tmp_path: Path, origin: str, stdin: str) -> None:
    done = run(tmp_path, "keys", "set", origin, stdin=stdin)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 2 and not (tmp_path / "keys.json").exists()


def test_grading_with_a_judge_that_is_not_set_up(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("{}\n")
    done = run(tmp_path, "grade", "--judge", "--in", str(tmp_path / "rows.jsonl"), "--out", str(tmp_path / "out.jsonl"))
    assert done.returncode == 1 and "No judge is set up." in done.stderr and "GREENROOM_JUDGE_URL" in done.stderr
