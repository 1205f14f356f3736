"""The author's commands as they are run: import, and what it says of a bad file."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from greenroom.bank.check import check_pack
from greenroom.bank.intake.take_in import take_in
from greenroom.builtin import PACKS
from greenroom.cli.bank.author import _taken

QUESTION = "# Why a KV cache?\ntopic: serving\nlevel: expert\n"


def run(*args: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run([sys.executable, "-m", "greenroom", *args], capture_output=True, text=True, env=env, timeout=120, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_import_writes_a_pack_and_names_what_is_lacking(tmp_path: Path) -> None:
    (tmp_path / "q.md").write_text(QUESTION)
    shown = run("bank", "import", str(tmp_path / "q.md"), "--pack", str(tmp_path / "mine"))
    assert "Still lacking" in shown.stdout and "serving/why-a-kv-cache.yaml:" in shown.stdout.replace("\n", "")
    again = json.loads(run("bank", "import", str(tmp_path / "q.md"), "--pack", str(tmp_path / "mine"), "--json", code=1).stdout)
    assert [fault["line"] for fault in again["faults"]] == [1] and again["written"] == []


@pytest.mark.parametrize(("name", "shown"), [("my new pack", "'my new pack'"), ("a;b", "'a;b'"), ("mine", "mine")])
def test_the_command_that_import_shows_is_one_that_can_be_copied(tmp_path: Path, name: str, shown: str) -> None:
    (tmp_path / "q.md").write_text(QUESTION)
    taken = take_in(tmp_path / "q.md", tmp_path / name)
    lacking = check_pack(taken.pack)
    lines = "\n".join(line.plain for line in _taken(taken.model_copy(update={"pack": Path(name), "lacking": tuple(lacking)})))
    assert f"greenroom bank check {shown}\n" in f"{lines}\n".replace(" \n", "\n")


def test_import_of_a_hostile_file_ends_in_faults_and_nothing_raw_on_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_bytes(b"question,part,text\n=cmd,ask,\x1b]0;owned\x07\n")
    done = run("bank", "import", str(tmp_path / "q.csv"), "--pack", str(tmp_path / "mine"), code=1)
    assert "q.csv:2:" in done.stdout and "nothing was written" in done.stdout
    assert "\x1b]" not in done.stdout and "\x07" not in done.stdout and "Traceback" not in done.stderr
    assert not (tmp_path / "mine").exists()


def test_the_schema_that_is_printed_is_the_one_of_the_reference() -> None:
    reference = Path(__file__).parents[2] / "docs/reference/question.schema.json"
    assert json.loads(run("bank", "schema").stdout) == json.loads(reference.read_text())


def test_export_writes_a_deck_once(tmp_path: Path) -> None:
    deck = str(tmp_path / "some.apkg")
    assert json.loads(run("bank", "export", "--anki", deck, "--topic", "attention", "--level", "foundation", "--json").stdout)["notes"] > 10
    assert "exists already" in run("bank", "export", "--anki", deck, code=1).stderr
    run("bank", "export", "--anki", deck, "--level", "guru", code=2)


def test_search_finds_marks_and_filters() -> None:
    found = json.loads(run("bank", "search", "kv", "cache", "--level", "practitioner", "--json").stdout)
    assert found[0]["question_id"] == "kv-cache" and {hit["level"] for hit in found} == {"practitioner"}
    assert any(piece["marked"] for piece in found[0]["ask"])
    assert "kv-cache" in run("bank", "search", "kv cache").stdout
    assert "Nothing by those words" in run("bank", "search", "--", '-"*(').stdout


def test_selftest_holds_a_question_against_the_assessor_and_writes_what_failed(tmp_path: Path) -> None:
    """One question on the real assessor: a sample of what `bank selftest` does with all."""
    report = tmp_path / "report.md"
    env = {**os.environ, "COLUMNS": "100"}
    asked = ["selftest", "reading-documents", "--others", "1", "--report", str(report), "--kept", str(tmp_path / "kept.jsonl"), "--json"]
    command = [sys.executable, "-m", "greenroom", "bank", *asked]
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=170, check=False)
    failures = json.loads(done.stdout)
    assert done.returncode == (1 if failures else 0), done.stderr
    text = report.read_text(encoding="utf-8")
    assert "| model answer scores at least 80 on its own question | 2 | 2 (100%) |" in text
    assert "| model answer states no misconception | 2 | 2 (100%) |" in text
    assert "a question of another topic | 1 |" in text
    assert text.count("\n- ") == len(failures)
    again = subprocess.run(command, capture_output=True, text=True, env=env, timeout=170, check=False)
    assert (again.returncode, again.stdout, report.read_text(encoding="utf-8")) == (done.returncode, done.stdout, text)


def test_selftest_says_a_wrong_id_or_file_before_anything_is_written(tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    report.write_text("# The bank held against the assessor\n\nan older one")
    before = report.read_text()
    assert "attenton" in run("bank", "selftest", "attenton", "--report", str(report), code=1).stderr
    assert "cannot be written" in run("bank", "selftest", "attention", "--report", str(tmp_path / "no/such.md"), code=1).stderr
    mine = tmp_path / "mine.txt"
    mine.write_text("my notes")
    assert "no file of a self-test" in run("bank", "selftest", "attention", "--report", str(report), "--kept", str(mine), code=1).stderr
    assert "nothing is overwritten" in run("bank", "selftest", "attention", "--report", str(mine), code=1).stderr
    for one, other in (("--report", "--kept"), ("--report", "--named"), ("--named", "--kept")):
        (tmp_path / "link").unlink(missing_ok=True)
        (tmp_path / "link").symlink_to(report)
        asked = ("bank", "selftest", "attention", one, str(report), other, str(tmp_path / "link"))
        assert "given twice" in run(*asked, code=1).stderr
    assert report.read_text() == before and mine.read_text() == "my notes" and not (tmp_path / "no").exists()


def test_selftest_broken_off_says_how_to_go_on_and_what_is_left(tmp_path: Path) -> None:
    """By Ctrl-C, as soon as the first answers are held."""
    report, kept = tmp_path / "report.md", tmp_path / "kept.jsonl"
    command = [sys.executable, "-m", "greenroom", "bank", "selftest", "reading-documents", "--others", "1"]
    command += ["--report", str(report), "--kept", str(kept)]
    going = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "100"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background has it ignored, and hands that on
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and (not kept.exists() or kept.read_bytes().count(b"\n") < 3):
        time.sleep(0.1)
    going.send_signal(signal.SIGINT)
    said = " ".join("".join(going.communicate(timeout=60)).split())
    assert going.returncode == 130 and "the same command goes on" in said and "Broken off after" in said
    text = report.read_text(encoding="utf-8")
    assert re.search(r"^Broken off: \d+ answers were not held\.$", text, re.MULTILINE) and "Questions: 1." in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {question_id: attention, check: own, about: plain, fault: nobody, why: so}", "entry 1: fault"),
        ("- {question_id: attention, check: own, about: plain, fault: bank}", "entry 1: why"),
        ("attention: own", "valid list"),
        ("- attention", "entry 1: "),
        ("- {question_id: attention, check: own, about: plain, fault: bank, why: ' '}", "entry 1: why"),
        ("- " + "[" * 3000, "cannot be read"),
        ("- &a {question_id: attention, check: own, about: plain, fault: bank, why: so}\n- *a", "aliases are"),
        ("x: 1\n" * 200_001, "Larger than"),
        ("- {question_id: attention, check: own, about: plain, fault: bank, why: so}\n- {check: own}", "line 2: entry 2"),
        ("- [", "cannot be read"),
    ],
)
def test_a_list_of_named_failures_that_is_none_says_where(tmp_path: Path, text: str, said: str) -> None:
    named = tmp_path / "named.yaml"
    named.write_text(text, encoding="utf-8")
    shown = " ".join(run("bank", "selftest", "attention", "--named", str(named), code=1).stderr.split())
    assert "Errno" not in shown
    assert said in shown and "each entry has question_id" in shown
    missing = " ".join(run("bank", "selftest", "--named", str(tmp_path / "none.yaml"), code=1).stderr.split())
    assert "cannot be read: there is no such file" in missing


def test_the_list_is_narrowed_by_topic_and_level_and_a_topic_that_is_none_is_named() -> None:
    listed = json.loads(run("bank", "list", "--topic", "attention", "--level", "expert", "--json").stdout)
    assert listed and {(each["topic"], each["level"]) for each in listed} == {("attention", "expert")}
    for command in (("list",), ("search", "kv", "cache")):
        assert "attention" in run("bank", *command, "--topic", "atention", code=1).stderr


def test_a_folder_with_a_blank_is_named_as_a_shell_takes_it(tmp_path: Path) -> None:
    shown = " ".join(run("bank", "new", str(tmp_path / "my pack")).stdout.split())
    assert f"greenroom bank check '{tmp_path / 'my pack'}'" in shown


def test_a_second_question_is_begun_with_new_and_the_hint_names_the_way(tmp_path: Path) -> None:
    pack = str(tmp_path / "mine")
    run("bank", "new", pack, "--topic", "serving")
    assert "--question ID" in " ".join(run("bank", "new", pack, code=1).stderr.split())
    shown = " ".join(run("bank", "new", pack, "--question", "second", "--level", "expert").stdout.split())
    assert (tmp_path / "mine/serving/second.yaml").is_file()
    assert "Until then the whole pack is left out" in shown
    assert "already" in run("bank", "new", pack, "--question", "second", code=1).stderr
    assert "no id" in run("bank", "new", pack, "--question", "../x", code=1).stderr
    run("bank", "new", pack, "--question", "third", "--level", "guru", code=2)
    assert json.loads(run("bank", "new", pack, "--question", "third", "--json").stdout) == [f"{pack}/serving/third.yaml"]


def test_import_takes_topic_and_level_for_all_and_says_that_an_unfinished_pack_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "bare.md").write_text("# What is RAG?\n# What is LoRA?\n")
    command = ("bank", "import", str(tmp_path / "bare.md"), "--pack", str(tmp_path / "mine"))
    refused = " ".join(run(*command, code=1).stdout.split())
    assert "--topic TOPIC" in refused and "--level LEVEL" in refused and "left out" not in refused
    run(*command, "--topic", "serving", "--level", "guru", code=2)
    shown = " ".join(run(*command, "--topic", "serving", "--level", "expert").stdout.split())
    assert "Until then the whole pack is left out, its finished questions too." in shown
    assert (tmp_path / "mine/serving/what-is-lora.yaml").is_file()


def test_a_pack_that_was_left_out_is_named_where_its_questions_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = str(tmp_path / "mine")
    run("bank", "new", mine)
    said = f"mine is left out (2 faults): `greenroom bank check {mine}`"
    commands = (("bank", "show", "first-question"), ("bank", "list", "--topic", "docker"), ("interview", "--question", "first-question"))
    for command in (*commands, ("interview", "--topic", "docker"), ("bank", "selftest", "first-question")):
        assert "left out" not in run(*command, code=1).stderr
    assert "left out" not in run("bank", "search", "zzzz").stderr
    monkeypatch.setenv("GREENROOM_PACKS", mine)
    for command in (*commands, ("interview", "--topic", "docker"), ("bank", "selftest", "first-question")):
        assert said in run(*command, code=1).stderr, command
    nothing = run("bank", "search", "zzzz", "--json")
    assert json.loads(nothing.stdout) == [] and said in nothing.stderr
    assert said not in run("bank", "search", "attention").stderr


def test_a_new_pack_lists_its_placeholders_a_file(tmp_path: Path) -> None:
    run("bank", "new", str(tmp_path / "mine"))
    shown = " ".join(run("bank", "check", str(tmp_path / "mine"), code=1).stdout.split())
    assert shown.endswith("2 faults.") and "78 placeholders are left, in lines 5, 6, 9, 13, 17, … Write your own text" in shown


def test_the_legend_is_there_where_a_question_has_other_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    value = yaml.safe_load((PACKS / "core/attention/attention.yaml").read_text())
    (tmp_path / "mine/docker").mkdir(parents=True)
    (tmp_path / "mine/pack.yaml").write_text((PACKS / "core/pack.yaml").read_text().replace("id: core", "id: mine"))
    (tmp_path / "mine/docker/plain.yaml").write_text(yaml.safe_dump({**value, "id": "plain", "topic": "docker", "forms": []}))
    monkeypatch.setenv("GREENROOM_PACKS", str(tmp_path / "mine"))
    none, plain = (run("bank", "list", "--topic", "docker", *level).stdout for level in (("--level", "expert"), ()))
    assert "0 questions" in none and "other forms" not in none and "bank show" not in none
    assert "1 question  greenroom bank show ID" in plain and "other forms" not in plain
    assert "+5: can be asked in five other forms" in run("bank", "list", "--topic", "attention").stdout
