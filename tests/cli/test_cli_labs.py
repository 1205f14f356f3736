"""The labs in the terminal, as a person or a script runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from greenroom.bank.question import LabLink
from greenroom.cli.screen import feedback, lab, terminal
from greenroom.interview.debrief import MisconceptionRow
from greenroom.labs.lab import Picture, Series, Table
from greenroom.room import Room
from greenroom.settings import Settings


def run(*args: str, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "greenroom", "labs", *args]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "100", **env},
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_list_and_show() -> None:
    assert "cutoffs" in run("list").stdout
    assert {card["name"] for card in json.loads(run("list", "--json").stdout)} >= {"cost", "cutoffs"}
    shown = run("show", "cost").stdout
    assert "kv_heads" in shown
    assert "It would be false if" in shown
    assert json.loads(run("show", "cost", "--json").stdout)["name"] == "cost"


def test_a_run_in_words_and_as_json_is_the_rooms_result(tmp_path: Path) -> None:
    shown = run("run", "cutoffs", "--set", "temperature=0", "--set", "top_p=1").stdout
    assert "“Sydney” each time" in shown
    assert "● seen" in shown
    assert "\x1b" not in shown
    found = json.loads(run("run", "cutoffs", "--set", "temperature=0", "--json").stdout)
    assert found == Room(Settings(home=tmp_path)).labs.result("cutoffs", {"temperature": 0}).model_dump(mode="json")


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["run", "csot"], 1, "Did you mean cost"),
        (["run", "cost", "--set", "layers=0"], 1, "a whole number from 1 to 1000"),
        (["run", "cost", "--set", "layer=3"], 1, "Did you mean layers?"),
        (["run", "cost", "--set", "kv_heads=3"], 1, "divides the heads"),
        (["run", "cost", "--set", "layers"], 2, "is no K=V"),
        (["run", "cost", "--set", "layers=3", "--set", "layers=4"], 2, "is set twice"),
        (["run", "cutoffs", "--set", "written=\x1b[2J"], 1, "control character"),
    ],
)
def test_bad_values_are_a_sentence_with_its_cure(args: list[str], code: int, says: str) -> None:
    done = run(*args, code=code)
    assert says in " ".join(done.stderr.replace("│", " ").split())
    assert "\x1b[2J" not in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
def test_ctrl_c_ends_the_lab_too(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import os, time, pathlib\n"
        "from greenroom.labs.lab import Card, Progress\n"
        "from greenroom.plugins import hookimpl\n"
        "class Slow:\n"
        "    card = Card(name='slow', title='Slow', topics=(), about='It.', parameters=(), expects=())\n"
        "    def run(self, values, bench):\n"
        f"        pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        "        yield Progress(says='waiting')\n"
        "        time.sleep(60)\n"
        "@hookimpl\n"
        "def greenroom_labs():\n"
        "    return [Slow()]\n"
    )
    info = tmp_path / "slow-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: slow\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[greenroom]\nslow = slow\n")
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "GREENROOM_PLUGINS": "1"}
    going = subprocess.Popen(
        [sys.executable, "-m", "greenroom", "labs", "run", "slow"],
        env=env,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background has it ignored, and hands that on
    )
    deadline = time.monotonic() + 60
    while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    pid = int((tmp_path / "pid").read_text())
    going.send_signal(signal.SIGINT)
    said = going.communicate(timeout=30)[1]
    assert going.returncode == 130
    assert "Traceback" not in said
    assert not Path(f"/proc/{pid}").exists()


def test_a_misconception_says_how_to_run_it() -> None:
    wrong = MisconceptionRow(
        id="top-p-share", claim="It keeps 90 percent.", quote="keeps 90 percent", span=(0, 16), correction="No.", disputes=(),
        lab=LabLink(name="cutoffs", set={"distribution": "sure", "top_p": 0.9}),
    )  # fmt: skip
    shown = "\n".join(text.plain for text in feedback._misconception("a", wrong))
    assert "Run it and see: greenroom labs run cutoffs --set distribution=sure --set top_p=0.9" in " ".join(shown.split())


def test_a_picture_and_a_table_keep_to_the_width_and_show_no_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    evil = "\x1b[2Jx" * 8
    for width in (40, 100):
        monkeypatch.setattr(terminal, "console", Console(width=width))
        monkeypatch.setattr(lab, "console", Console(width=width))
        series = (Series(title=evil, values=(1.0, 0.0)), Series(title="B", values=(None, 2.5)))
        for chart in ("bars", "stack", "lines"):
            picture = Picture(name="p", title="P", says="It.", chart=chart, label="L", labels=(evil, "b" * 80), series=series)  # type: ignore[arg-type]
            lines = "\n".join(text.plain for text in lab.DRAWN[chart](picture)).split("\n")
            assert max(map(len, lines)) <= width
            assert "\x1b" not in "".join(lines)
        table = Table(name="t", title="T", columns=("a", evil), rows=tuple((f"row {n}", evil * 3) for n in range(30)))
        lines = "\n".join(text.plain for text in lab.table(table)).split("\n")
        assert max(map(len, lines)) <= width
        assert "and 10 more" in " ".join(lines[-2:])
