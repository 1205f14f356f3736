"""`greenroom calibrate` as a person runs it: a real process with the shipped assessor on labelled answers of the training folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

LABELLED = Path(__file__).parents[2] / "training/answers/generation.yaml"


def run(*args: str, code: int = 0, columns: int = 100) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COLUMNS": str(columns)}
    done = subprocess.run([sys.executable, "-m", "greenroom", *args], capture_output=True, env=env, timeout=120, check=False, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    found = yaml.safe_load(LABELLED.read_text(encoding="utf-8"))
    kept = ("question_id", "form", "answer", "points")
    return [{"id": row["id"], "score": row["overall"], **{name: row[name] for name in kept}} for row in found]


def write(path: Path, rows: list[Any]) -> str:
    path.write_text("".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in rows))
    return str(path)


def test_figures_with_their_baselines_and_a_bad_row(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    file = write(tmp_path / "labelled.jsonl", [*rows, "{torn"])
    done = run("calibrate", file, "--marks", "0-100", code=1, columns=80)
    for said in (
        "length only",
        "always the mean",
        "Nearer to your marks",
        "κ",
        "Where you differ most",
        "line 13",
        "one JSON object a line",
    ):
        assert said in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    found = json.loads(run("calibrate", file, "--marks", "0-100", "--json", code=1).stdout)
    assert found["n"] + found["abstained"] == len(rows) and found["bad"][0]["line"] == len(rows) + 1
    assert found["assessor"]["wrmse"] < min(found["length"]["wrmse"], found["constant"]["wrmse"])
    assert found["lean"]["low"] <= found["lean"]["mean"] <= found["lean"]["high"]


def test_few_rows_and_no_rows_say_so(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    assert "mean little" in run("calibrate", write(tmp_path / "few.jsonl", rows[:3]), "--marks", "0-100").stdout
    assert "holds no rows" in run("calibrate", write(tmp_path / "none.jsonl", []), code=1).stderr
    assert "cannot be read" in run("calibrate", str(tmp_path / "nowhere.jsonl"), code=1).stderr
    run("calibrate", str(tmp_path / "few.jsonl"), "--marks", "0-7", code=2)


def test_marks_on_the_wrong_scale_get_the_cure(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    done = run("calibrate", write(tmp_path / "few.jsonl", rows[:2]), code=1)
    assert "--marks 0-100" in done.stdout and "nothing to compare" in done.stdout
