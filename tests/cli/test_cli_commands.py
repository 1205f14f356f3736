"""The commands as a person or a script runs them: real processes, real files, exit codes, nothing raw on the terminal."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fsrs import Card

from greenroom.assess.assessment import Verdict
from greenroom.builtin import PACKS
from greenroom.prep.profile import Profile
from greenroom.review import AT_ONCE
from greenroom.review.card import ReviewCard
from greenroom.room import LOCAL_OWNER, Room
from greenroom.settings import Settings

ANSWER = (
    "A large language model is a neural network that works out a probability for every possible next token. "
    "It learned by predicting the next word on huge amounts of text, so nobody had to label it. "
    "It writes fluently, but fluent is not the same as true."
)


def run(*args: str, stdin: str | bytes = "", code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
    raw = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "greenroom", *args],
        input=raw,
        capture_output=True,
        env={**os.environ, "COLUMNS": "100", **env},
        timeout=120,
        check=False,
    )
    shown = subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
    assert shown.returncode == code, shown.stdout + shown.stderr
    return shown


def test_list_show_and_check() -> None:
    listed = json.loads(run("bank", "list", "--json").stdout)
    assert len({q["topic"] for q in listed}) == 14  # the thirteen of the core pack, and behavioural
    assert "attention" in run("bank", "list").stdout
    shown = run("bank", "show", "attention").stdout
    assert "Key points" not in shown
    assert "Key points" in run("bank", "show", "attention", "--points").stdout
    assert "In plain words" not in run("bank", "show", "attention", "--points").stdout, "not before an attempt"
    assert json.loads(run("bank", "show", "attention", "--json").stdout)["model_answers"] is None, "not before an attempt"
    assert json.loads(run("bank", "check", "--json").stdout) == []


def test_an_unknown_id_names_the_nearest_on_stderr() -> None:
    done = run("bank", "show", "attentoin", code=1)
    assert "attention" in done.stderr
    assert done.stdout == ""


def test_wrong_usage_is_two() -> None:
    run("assess", "attention", code=2)
    run("nonsense", code=2)
    run("interview", "--plan", "nonsense", code=2)


def test_a_bad_pack_is_listed_whole_and_exits_one(tmp_path: Path) -> None:
    run("bank", "new", str(tmp_path / "mine"))
    done = run("bank", "check", str(tmp_path / "mine"), code=1)
    assert "78 placeholders are left" in " ".join(done.stdout.split()) and done.stdout.count("REPLACE") == 2
    listed = run("bank", "list", "--pack", str(tmp_path / "nowhere"))
    assert "attention" in listed.stdout
    assert "no such folder" in listed.stderr


def test_assess_by_text_file_and_stdin_agree(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ANSWER)
    by = [
        run("assess", "what-is-an-llm", "--text", ANSWER, "--json"),
        run("assess", "what-is-an-llm", "--file", str(tmp_path / "a.txt"), "--json"),
        run("assess", "what-is-an-llm", "-", "--json", stdin=ANSWER),
    ]
    first, *others = [json.loads(done.stdout) for done in by]
    assert all(other == first for other in others)
    assert first["status"] == "assessed"
    for point in first["points"]:
        assert set(point) == {"id", "verdict", "confidence", "decided_by", "quote", "span", "why", "second"}
        if point["span"]:
            assert ANSWER[slice(*point["span"])] == point["quote"]
    assert {"name", "version"} == set(first["grader"])


def test_explain_shows_the_bar() -> None:
    assert "nearest wording:" in run("assess", "what-is-an-llm", "--text", ANSWER, "--explain").stdout


@pytest.mark.parametrize(
    ("stdin", "code", "says"),
    [(b"\xff\xfe\x00", 1, "UTF-8"), (b"a\x00b" + ANSWER.encode(), 1, "NUL"), (b"x" * 200_000, 1, "longer"), (b"", 0, "not a zero")],
)
def test_bad_answers_get_a_sentence_with_a_cure(stdin: bytes, code: int, says: str) -> None:
    done = run("assess", "attention", "-", stdin=stdin, code=code)
    assert says in (done.stderr if code else done.stdout)
    assert "Traceback" not in done.stderr


def test_escape_sequences_in_content_never_reach_the_terminal(tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J" + ANSWER + "\x9b31m"
    done = run("assess", "what-is-an-llm", "-", stdin=evil, TERM="xterm", FORCE_COLOR="1")
    assert "\x1b]" not in done.stdout
    assert "\x1b[2J" not in done.stdout
    assert "\x07" not in done.stdout
    assert "\x9b" not in done.stdout
    assert "␛" in done.stdout


def test_an_interview_from_a_pipe_ends_with_its_report() -> None:
    stdin = f"{ANSWER}\n.\n4\nn\n/skip\n.\n"
    done = run("interview", "--question", "what-is-an-llm", "--question", "hci", stdin=stdin)
    assert "Your answer is saved." in done.stdout
    assert "Debrief" in done.stdout
    assert "Skipped" in done.stdout
    assert "you rated yourself" in done.stdout.lower()


def test_an_interview_can_be_left_and_gone_on_with() -> None:
    left = run("interview", "--plan", "mock", "--count", "2", stdin=f"{ANSWER}\n.\n")
    assert "--resume" in left.stdout
    done = run("interview", "--resume", "last", stdin="/skip\n.\n3\n")
    assert "Debrief" in done.stdout


def test_an_interview_by_json_lines() -> None:
    done = run("interview", "--question", "attention", "--json", stdin=f"{ANSWER}\n.\n")
    lines = done.stdout.splitlines()
    assert json.loads(lines[0])["question_id"] == "attention"
    assert json.loads(lines[1])["repeated"] is False
    assert json.loads(lines[2])["assessment"]["question_id"] == "attention"
    (report,) = map(json.loads, lines[3:])
    assert report["questions"][0]["question_id"] == "attention"


def test_a_byte_that_is_no_text_is_refused_with_a_cure_and_the_question_stays_open() -> None:
    done = run("interview", "--question", "attention", stdin=b"caf\xe9 is not UTF-8\n.\n", code=1)
    assert "Not sent" in done.stdout
    assert "Traceback" not in done.stderr
    assert "--resume" not in run("interview", "--resume", "last", stdin="/skip\n.\n").stdout


def test_a_level_nobody_wrote_questions_for_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (PACKS / "core/your-questions/your-questions.yaml").read_text().replace("id: your-questions", "id: solo", 1)
    (tmp_path / "pack/solo").mkdir(parents=True)
    (tmp_path / "pack/solo/solo.yaml").write_text(text.replace("topic: your-questions", "topic: solo", 1))
    (tmp_path / "pack/pack.yaml").write_text("{schema: 1, id: solo, version: 1.0.0, language: en, licence: CC0-1.0, authors: [me]}")
    monkeypatch.setenv("GREENROOM_PACKS", str(tmp_path / "pack"))
    assert "nothing to ask" in run("interview", "--topic", "solo", "--level", "expert", code=1).stderr.lower()
    run("interview", "--level", "nonsense", code=2)


def test_no_line_is_wider_than_the_terminal() -> None:
    for args in (("bank", "list"), ("bank", "show", "attention", "--points"), ("progress",), ("assess", "attention", "--text", ANSWER)):
        lines = run(*args, COLUMNS="60").stdout.splitlines()
        assert max(map(len, lines)) <= 60, args
        assert all(line == line.rstrip() for line in lines), args


def test_the_help_has_every_command_in_a_section_and_cuts_no_sentence() -> None:
    shown = run("--help").stdout
    assert "..." not in shown.partition("Options:")[2]
    sections = ("Rehearse:", "Questions and answers:", "Your data:")
    assert [shown.index(name) for name in sections] == sorted(shown.index(name) for name in sections)
    assert "Commands:" not in shown


def test_review_groups_by_topic_what_is_due() -> None:
    run("interview", "--question", "attention", stdin=f"{ANSWER}\n.\n\n")
    make_due(Path(os.environ["GREENROOM_HOME"]) / "greenroom.db")
    shown = run("review").stdout
    assert shown.index("Attention") < shown.index("○ ")
    assert "last time:" in shown
    assert "Point 1 of 1" in run("review", "--start", "--count", "1", stdin="/skip\n.\n").stdout


def test_more_due_than_anybody_does_is_said_and_the_rest_can_be_seen() -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    with Room(Settings(home=Path(os.environ["GREENROOM_HOME"])), assess=False) as room:
        ids = [f"{question.id}/{point.id}" for question in room.bank.questions()[:3] for point in question.points()]
        fsrs = dict(Card(card_id=0, due=long_ago).to_dict())
        cards = [ReviewCard(point_id=each, due_at=long_ago, last_verdict=Verdict.MISSED, reviewed_at=long_ago, fsrs=fsrs) for each in ids]
        room._parts.store.get().save_profile(LOCAL_OWNER, Profile(), cards)
    shown, whole = run("review").stdout, run("review", "--all").stdout
    assert f"{len(ids) - AT_ONCE} more are due; these {AT_ONCE} have waited longest." in " ".join(shown.split())
    assert [len(re.findall("(?m)^  ○ ", text)) for text in (shown, whole)] == [AT_ONCE, len(ids)] and len(ids) > AT_ONCE
    assert "--all" in shown and "--all" not in whole


def make_due(database: Path) -> None:
    """Bring every card's day to yesterday, as if time had passed."""
    with sqlite3.connect(database) as connection:
        for point_id, body in connection.execute("SELECT point_id, body FROM cards").fetchall():
            card = json.loads(body) | {"due_at": "2020-01-01T00:00:00Z"}
            values = (1_577_836_800_000_000, json.dumps(card), point_id)
            connection.execute("UPDATE cards SET due_at = ?, body = ? WHERE point_id = ?", values)
    connection.close()


def test_review_progress_and_prep() -> None:
    assert "Nothing is due" in run("review").stdout
    run("interview", "--question", "attention", stdin=f"{ANSWER}\n.\n\n")
    assert "In plain words" in run("bank", "show", "attention").stdout
    assert "comes back" in run("review").stdout
    progress = json.loads(run("progress", "--json").stdout)
    assert progress["answers"] == 1
    assert "attention" in run("progress").stdout
    wrong = " ".join(run("prep", "--on", "2.1.2031", code=2).stderr.split())
    assert "“2.1.2031” is no day. Give it as year-month-day, for example 2027-01-15." in wrong
    run("prep", "--on", "2031-01-02", "--role", "Engineer")
    assert json.loads(run("prep", "--json").stdout)["interview_on"] == "2031-01-02"


def test_export_import_backup_restore(tmp_path: Path) -> None:
    run("interview", "--question", "attention", stdin=f"{ANSWER}\n.\n\n")
    run("export", str(tmp_path / "e.zip"))
    assert "exists already" in run("export", str(tmp_path / "e.zip"), code=1).stderr
    run("backup", str(tmp_path / "b.db"))
    other = str(tmp_path / "other")
    run("import", str(tmp_path / "e.zip"), GREENROOM_HOME=other)
    assert json.loads(run("progress", "--json", GREENROOM_HOME=other).stdout)["answers"] == 1
    third = str(tmp_path / "third")
    run("restore", str(tmp_path / "b.db"), GREENROOM_HOME=third)
    assert json.loads(run("progress", "--json", GREENROOM_HOME=third).stdout)["answers"] == 1
    assert json.loads(run("progress", "--json").stdout)["answers"] == 1
    run("erase", stdin="n\n", code=1)
    assert json.loads(run("progress", "--json").stdout)["answers"] == 1
    assert json.loads(run("erase", "--yes", "--json").stdout)["answers"] == 1
    assert json.loads(run("progress", "--json").stdout)["answers"] == 0
    (tmp_path / "junk.zip").write_bytes(b"PK\x03\x04junk")
    assert run("import", str(tmp_path / "junk.zip"), code=1).stderr.count("\n") >= 1


def test_the_doctor_is_content_here_and_names_what_is_wrong(tmp_path: Path) -> None:
    findings = {f["name"]: f for f in json.loads(run("doctor", "--json").stdout)}
    assert all(f["well"] for f in findings.values())
    assert {"greenroom", "SQLite", "packs", "database", "assessor"} <= set(findings)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "greenroom.db").write_bytes(b"this is no database" * 100)
    sick = run("doctor", "--json", code=1, GREENROOM_HOME=str(tmp_path / "bad"))
    assert any(not f["well"] and f["cure"] for f in json.loads(sick.stdout))


ROWS = [
    {"id": "a", "question": "What is evaporation?", "reference": "Water turns into vapour when it is heated.",
     "answer": "Heated water turns into vapour in the air."},
    {"id": "b", "key_points": [{"id": "p", "point": "Metals conduct electricity."}],
     "answer": "Electricity can flow through metals very well, they conduct it."},
    {"id": "a", "reference": "Anything at all.", "answer": "A duplicate id of an earlier row."},
    {"id": "c", "answer": "Neither reference nor points stand here."},
]  # fmt: skip


def test_grade_keeps_order_reports_bad_rows_and_resumes(tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    lines = [json.dumps(row) for row in ROWS]
    rows.write_text("\n".join([*lines, "{not json"]) + "\n")
    counts = json.loads(run("grade", "--in", str(rows), "--out", str(out), "--json", code=1).stdout)
    scored = [json.loads(line) for line in out.read_text().splitlines()]
    assert counts == {"graded": 2, "abstained": 0, "error": 3}
    assert [row["id"] for row in scored] == ["a", "b", "a", "c", None]
    assert scored[0]["score"] > 0.5
    assert scored[1]["points"][0]["id"] == "p"
    same = run("grade", "--in", str(rows), "--out", str(rows), code=1)
    assert "same file" in same.stderr
    assert rows.read_text().splitlines()[0] == lines[0]
    part = tmp_path / "out.jsonl.part"
    first = out.read_text().splitlines(keepends=True)
    marked = re.sub(r'"score":[0-9.]+', '"score":0.1234', first[0])
    assert marked != first[0]
    part.write_text(marked + first[1][:20])  # interrupted in the middle of the second row
    out.unlink()
    run("grade", "--in", str(rows), "--out", str(out), "--json", code=1)
    assert out.read_text().splitlines(keepends=True) == [marked, *first[1:]], "the finished row was not graded again; the torn one was"
    assert not part.exists()


def test_packs_of_the_environment_are_used(tmp_path: Path) -> None:
    done = run("bank", "list", GREENROOM_PACKS=str(PACKS / "core"))
    assert "attention" in done.stdout


def test_packs_are_kept_between_runs_where_there_is_a_data_folder_and_none_is_made_for_them(tmp_path: Path) -> None:
    home = tmp_path / "home"
    asked = run("bank", "list", GREENROOM_HOME=str(home)).stdout
    assert not home.exists()
    home.mkdir()
    for _ in range(2):  # read, then kept
        assert run("bank", "list", GREENROOM_HOME=str(home)).stdout == asked
    assert len(list((home / "cache/packs").iterdir())) == 2
