"""Completion as bash does it: the script that greenroom hands out, sourced in a real bash, asked what could stand at the cursor."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).parent / "greenroom"
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="NOT RUN: no bash")


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    done = subprocess.run(
        [PROGRAM], env={**os.environ, "_GREENROOM_COMPLETE": "source_bash"}, capture_output=True, text=True, check=True, timeout=170
    )
    path = tmp_path_factory.mktemp("complete") / "greenroom.bash"
    path.write_text(done.stdout)
    return path


def offered(script: Path, *words: str, **env: str) -> list[str]:
    """What bash would offer for the last of ``words``."""
    asked = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _greenroom_completion "$1"; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(
        ["bash", "--norc", "-c", asked, "bash", script, PROGRAM, *words],
        env={**os.environ, **env}, capture_output=True, text=True, check=True, timeout=170,
    )  # fmt: skip
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["ass"], ["assess"]),
        (["mcp", "--al"], ["--allow-writes"]),
        (["assess", "what-is-an-l"], ["what-is-an-llm"]),
        (["bank", "show", "kv-c"], ["kv-cache"]),
        (["interview", "--question", "what-is-an-l"], ["what-is-an-llm"]),
        (["interview", "--topic", "arch"], ["architecture"]),
        (["interview", "--with", "sce"], ["sceptical"]),
        (["prep", "asks", "add", "exec"], ["executive"]),
        (["labs", "run", "playg"], ["playground"]),
        (["labs", "run", "cutoffs", "--set", "distribution=unsure", "--set", "temp"], ["temperature=0.7"]),
        (["labs", "run", "cutoffs", "--set", "distribution=uns"], ["distribution=unsure"]),
        (["assess", "zzz"], []),
        (["labs", "run", "no-such-lab", "--set", ""], []),
    ],
    ids=lambda each: "-".join(each) or "nothing",
)
def test_bash_completes(script: Path, tmp_path: Path, words: list[str], wanted: list[str]) -> None:
    assert [each for each in offered(script, *words) if each in wanted or not wanted] == wanted
    assert not (tmp_path / "home").exists(), "a press of the tab key makes nothing"


def test_a_setting_that_cannot_be_used_completes_nothing_and_says_nothing(script: Path) -> None:
    assert offered(script, "assess", "atten", GREENROOM_PORT="nonsense") == []
