"""`greenroom prep story` and `greenroom prep asks`: what they keep, show and refuse; JSON that a script can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from greenroom.cli.app import app
from greenroom.errors import InputError, NotFoundError, TooLargeError

BILL = (
    "Last year our bill had doubled. I logged every prompt for a week and moved the simple questions to a small model. "
    "It fell by forty percent."
)


def run(*words: str, text: str = "") -> str:
    done = CliRunner().invoke(app, list(words), input=text, catch_exceptions=True)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_story_in_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "story.txt"
    file.write_text(BILL)
    made = json.loads(run("prep", "story", "add", "--file", str(file), "--title", "The bill", "--tag", "cost", "--json"))
    short = made["story"]["story_id"][:8]
    assert short in run("prep", "story", "list") and "lacks" in run("prep", "story", "list")
    shown = run("prep", "story", "show", short)
    assert "Situation" in shown and "“I” 2" in shown and "missing:" in shown
    grown = json.loads(run("prep", "story", "edit", short, "--gap", "reflection", "--words", "I learned to measure first.", "--json"))
    assert grown["reading"]["placed"][-1]["part"] == "reflection"
    moved = json.loads(run("prep", "story", "edit", short, "--sentence", "1", "--part", "task", "--json"))
    assert moved["reading"]["placed"][0] == {**moved["reading"]["placed"][0], "part": "task", "by_hand": True}
    for wrong in (("--sentence", "99", "--part", "task"), ("--sentence", "1", "--part", "moral")):
        with pytest.raises((InputError, NotFoundError)) as caught:
            run("prep", "story", "edit", short, *wrong)
        assert caught.value.hint
    run("prep", "story", "delete", short)
    assert json.loads(run("prep", "story", "list", "--json")) == []


def test_a_story_from_stdin() -> None:
    assert json.loads(run("prep", "story", "add", "--json", text=BILL))["story"]["text"] == BILL
    with pytest.raises(InputError):
        run("prep", "story", "add", text="  ")


def test_questions_in_the_terminal() -> None:
    run("prep", "asks", "add", "peer", "What is the tech stack?")
    run("prep", "asks", "add", "peer", "What woke you up most recently?", "--why", "on-call")
    moved = json.loads(run("prep", "asks", "move", "peer", "2", "1", "--json"))
    assert [item["ask"]["text"] for item in moved["items"]] == ["What woke you up most recently?", "What is the tech stack?"]
    assert "for you: on-call" in run("prep", "asks", "edit", "peer", "1", "What woke you up last night?")
    shown = run("prep", "asks", "list", "peer", "--starters")
    assert "Beginnings" in shown and "slogan" in shown
    judged = json.loads(
        run("prep", "asks", "judge", "manager", "What is the bonus? What worries you most about filling this role?", "--json")
    )
    assert [weak["id"] for weak in judged[0]["weak"]] == ["pay"] and judged[1]["weak"] == []
    assert len(json.loads(run("prep", "asks", "delete", "peer", "1", "--json"))["items"]) == 1
    assert {each["round"] for each in json.loads(run("prep", "asks", "list", "--json"))} == {"recruiter", "manager", "peer", "executive"}
    with pytest.raises(NotFoundError):
        run("prep", "asks", "list", "boss")


def refused(*words: str) -> InputError | NotFoundError:
    with pytest.raises((InputError, NotFoundError)) as caught:
        run(*words)
    return caught.value


def test_nothing_that_was_typed_about_a_story_is_passed_over() -> None:
    short = json.loads(run("prep", "story", "add", "--text", BILL, "--tag", "Cost, evals", "--tag", "cost", "--json"))["story"]["story_id"][
        :8
    ]
    assert "told 0 times · cost · evals" in " ".join(run("prep", "story", "list").split()), "a comma parts two tags"
    edit = ("prep", "story", "edit", short)
    assert refused(*edit).message == "There is nothing to change."
    for half in (
        ("--words", "I learned."),
        ("--gap", "result"),
        ("--part", "result"),
        ("--sentence", "1"),
        ("--gap", "task", "--words", " "),
    ):
        assert "belong together" in refused(*edit, *half).message
    assert json.loads(run("prep", "story", "show", short, "--json"))["story"]["text"] == BILL


def test_a_story_that_is_no_text_or_too_long_is_refused_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "story.pdf").write_bytes(b"\xff\xfe no text")
    no_text = refused("prep", "story", "add", "--file", str(tmp_path / "story.pdf"))
    assert "is not UTF-8 text (byte 0)" in no_text.message and "codec" not in no_text.message and no_text.hint
    with pytest.raises(TooLargeError) as caught:
        run("prep", "story", "add", text="a" * 6001)
    assert "6,001" in caught.value.message and "editor" not in caught.value.hint, "there is no editor in a terminal"


def test_a_story_of_signs_alone_is_kept_in_the_terminal() -> None:
    added = json.loads(run("prep", "story", "add", "--text", ";", "--json"))["story"]
    assert (added["text"], added["title"]) == (";", ";")
    edited = json.loads(run("prep", "story", "edit", added["story_id"], "--text", "...", "--title", "", "--json"))["story"]
    assert edited["title"] == "..." and "..." in run("prep", "story", "list")
    assert refused("prep", "story", "add", "--text", ";", "--tag", "\udcff").hint


def test_an_empty_list_says_how_to_begin_and_practice_speaks_json() -> None:
    assert "greenroom prep asks add executive" in " ".join(run("prep", "asks", "list", "executive").split())
    assert "for you" not in run("prep", "asks", "list", "executive")
    asked, report = map(json.loads, run("prep", "asks", "practise", "manager", "--json", text="/skip\n.\n").splitlines())
    assert asked["kind"] == "question" and report["questions"][0]["question_id"] == asked["question_id"]
    assert (report["counts"]["skipped"], report["answers"]) == (1, 0)
