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
        [PROGRAM], env={**os.environ, "_GREENROOM_COMPLETE": "source_bash"}, capture_output=True, text=True, check=True, timeout=120
    )
    path = tmp_path_factory.mktemp("complete") / "greenroom.bash"
    path.write_text(done.stdout)
    return path


def offered(script: Path, *words: str, **env: str) -> list[str]:
    """What bash would offer for the last of ``words``."""
    asked = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _greenroom_completion "$1"; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(
        ["bash", "--norc", "-c", asked, "bash", script, PROGRAM, *words],
        env={**os.environ, **env}, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


def test_bash_completes_commands_ids_topics_labs_and_what_can_be_set(script: Path, tmp_path: Path) -> None:
    assert offered(script, "ass") == ["assess"]
    assert offered(script, "mcp", "--al") == ["--allow-writes"]
    assert "attention" in offered(script, "assess", "atten")
    assert "kv-cache" in offered(script, "bank", "show", "kv")
    assert offered(script, "interview", "--question", "what-is-an-l") == ["what-is-an-llm"]
    assert set(offered(script, "interview", "--topic", "a")) == {"architecture", "applications", "attention"}
    assert "cutoffs" in offered(script, "labs", "run", "cut")
    found = offered(script, "labs", "run", "cutoffs", "--set", "distribution=unsure", "--set", "")
    assert "temperature=1" in found
    assert "distribution=unsure" in found
    assert not (tmp_path / "home").exists(), "a press of the tab key makes nothing"


def test_nothing_is_offered_where_nothing_fits_or_something_is_wrong(script: Path) -> None:
    assert offered(script, "assess", "zzz") == []
    assert offered(script, "labs", "run", "no-such-lab", "--set", "") == []
    assert offered(script, "assess", "atten", GREENROOM_PORT="nonsense") == []
