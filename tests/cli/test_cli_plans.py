"""Whole interviews at the terminal: the same plans, people, follow-ups and pauses as in the browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from greenroom.interview.lines import LINES
from greenroom.interview.voices import terse, warm

ANSWER = "We look at a sample of the outputs by hand, every week, and write down what went badly, so that we can talk about it afterwards."


def run(*args: str, stdin: str = "", code: int = 0) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COLUMNS": "100"}
    command = [sys.executable, "-m", "greenroom", "interview", *args]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, env=env, timeout=170, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_a_plan_by_json_lines_with_a_follow_up_and_the_persons_own_questions() -> None:
    stdin = f"{ANSWER}\n.\n" * 6
    done = run(
        "--plan", "deep-dive", "--topic", "robustness", "--count", "1", "--follow-ups", "1", "--with", "terse", "--json", stdin=stdin
    )
    *lines, report = map(json.loads, done.stdout.splitlines())
    asked = [line for line in lines if "ask" in line]
    assert [each["kind"] for each in asked] == ["question", "follow_up", "question"]
    assert asked[0]["question_id"] == asked[1]["question_id"] == "robustness" and asked[2]["question_id"] == "your-questions"
    assert {each["by"] for each in asked} == {"terse"} and asked[0]["line"] in terse.LINES["hello"]
    assert asked[2]["line"] in terse.LINES["your_turn"] and len({each["line"] for each in asked}) == 3
    assert [turn["kind"] for turn in report["questions"][0]["turns"]] == ["question", "follow_up"]


def test_notes_by_json_lines_come_after_each_answer_and_so_do_follow_ups() -> None:
    plan = ("--plan", "deep-dive", "--topic", "robustness", "--count", "1", "--notes", "--no-cv", "--json")
    done = run(*plan, "--follow-ups", "1", stdin=f"{ANSWER}\n.\n" * 3)
    *lines, report = map(json.loads, done.stdout.splitlines())
    told = ["ask" if "ask" in line else "notes" if "assessment" in line else "receipt" for line in lines]
    assert told == ["ask", "receipt", "notes"] * 3
    asked, notes = [line for line in lines if "ask" in line], [line["assessment"] for line in lines if "assessment" in line]
    assert [each["kind"] for each in asked] == ["question", "follow_up", "question"]
    assert asked[1]["ask"] == notes[0]["follow_up"]["ask"], "what the notes proposed"
    assert [turn["kind"] for turn in report["questions"][0]["turns"]] == ["question", "follow_up"]


def test_a_moment_to_think_and_a_pause_from_a_pipe() -> None:
    stdin = "/think\n.\n/pause\n.\n" + "/skip\n.\n" * 6
    done = run("--plan", "phone-screen", "--count", "1", "--no-clock", stdin=stdin).stdout
    text = " ".join(done.split())
    assert "Phone screen" in text and "Ruth, who leads the team." in text
    assert any(line in text for line in warm.LINES["thinking"]) and any(line in text for line in LINES["pause"])
    assert "left" not in text.split("Debrief")[0].split("Ruth")[0], "no clock"


def test_what_a_plan_needs_is_said_with_its_cure() -> None:
    assert "in a phone screen for example" in run("--plan", "weak-points", code=1).stderr
    assert "Paste its advert" in run("--plan", "job", code=1).stderr
    assert "sourdough" in run("--plan", "deep-dive", "--topic", "sourdough", code=1).stderr
    assert "sceptical" in run("--plan", "phone-screen", "--with", "angry", code=1).stderr


def test_a_line_of_the_cv_is_asked_about_and_left_out_on_request() -> None:
    cv = (
        "Jo Bloggs, engineer, 2021-2025\n- Built a RAG search over contracts and cut the wait from 12 minutes to 40 seconds.\n"
        + "More. " * 12
    )
    command = [sys.executable, "-m", "greenroom", "prep", "cv", "-"]
    subprocess.run(command, input=cv, capture_output=True, text=True, timeout=170, check=True)
    plan = ("--plan", "deep-dive", "--topic", "robustness", "--count", "1", "--follow-ups", "0", "--json")
    done = run(*plan, stdin=f"{ANSWER}\n.\n" * 3)
    *lines, report = map(json.loads, done.stdout.splitlines())
    asked = [line for line in lines if "ask" in line]
    assert [each["question_id"] for each in asked] == ["cv-line", "robustness", "your-questions"]
    assert asked[0]["ask"].startswith("Your CV says: “Built a RAG search over contracts and cut the wait from 12 minutes to 40 seconds”. ")
    assert report["questions"][0]["turns"][0]["text"] == ANSWER
    without = run(*plan, "--no-cv", stdin=f"{ANSWER}\n.\n" * 2)
    assert "cv-line" not in without.stdout
