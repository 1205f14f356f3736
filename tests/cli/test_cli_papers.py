"""What the terminal shows and writes of feedback and progress, over a room filled in the same process."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from greenroom.cli.app import app
from greenroom.cli.papers.report import read_on
from greenroom.cli.screen.feedback import notes
from greenroom.cli.screen.lesson import beside, own_words
from greenroom.errors import InputError, NotFoundError
from greenroom.interview.attempt import Submission
from greenroom.interview.debrief import TurnReport
from greenroom.interview.session import Setup
from greenroom.room import LOCAL_OWNER as ME
from greenroom.room import Parts, Room

RUN = CliRunner()


def give(room: Room, session_id: str, turn_id: str, text: str) -> None:
    receipt = room.interview.answer(ME, session_id, Submission(submission_id=str(uuid.uuid4()), turn_id=turn_id, text=text))
    room.interview.wait(ME, receipt.answer_id, 20)
    room.interview.rate(ME, session_id, turn_id, 3)


@pytest.fixture
def rehearsed(literal_room: Room) -> Iterator[str]:
    """A drill of one question, answered twice: freely, then in a minute. The terminal opens the same folder."""
    points = literal_room.bank.get("attention").points()
    session_id = literal_room.interview.start(ME, Setup(question_ids=("attention",), count=1)).session.session_id
    give(literal_room, session_id, "t1", f"Good question. {points[0].says[0]} Let me think. {points[1].says[0]}")
    literal_room.interview.redo(ME, session_id, "t1", "minute")
    give(literal_room, session_id, "t2", points[0].says[0])
    yield session_id


def test_a_report_is_printed_or_written(rehearsed: str, tmp_path: Path) -> None:
    printed = RUN.invoke(app, ["report"])
    assert printed.exit_code == 0 and printed.stdout.startswith("# Notes on a drill") and "Said in a minute" in printed.stdout
    for form in ("html", "md", "json"):
        path = tmp_path / f"me.{form}"
        assert RUN.invoke(app, ["report", rehearsed, "--out", str(path)]).exit_code == 0
        assert path.read_text(encoding="utf-8") == RUN.invoke(app, ["report", rehearsed, "--form", form]).stdout
    assert json.loads((tmp_path / "me.json").read_text(encoding="utf-8"))["session_id"] == rehearsed
    again = RUN.invoke(app, ["report", "--out", str(tmp_path / "me.md")])
    assert again.exit_code != 0 and "nothing is overwritten" in getattr(again.exception, "hint", again.output)
    assert RUN.invoke(app, ["report", "--out", str(tmp_path / "me.pdf")]).exit_code != 0


def test_rehearsals_are_listed_and_found_by_their_first_characters(literal_room: Room, rehearsed: str) -> None:
    (listed,) = json.loads(RUN.invoke(app, ["report", "--list", "--json"]).stdout)
    assert (listed["session_id"], listed["mode"], listed["questions"], listed["answers"], listed["to_rate"]) == (
        rehearsed,
        "drill",
        1,
        2,
        0,
    )
    row = RUN.invoke(app, ["report", "--list"]).stdout
    assert rehearsed[:8] in row and "Drill" in row and "1 question, 2 answers · open" in " ".join(row.split())
    assert json.loads(RUN.invoke(app, ["report", rehearsed[:8], "--json"]).stdout)["session_id"] == rehearsed
    nobody = RUN.invoke(app, ["report", "nobody"])
    assert isinstance(nobody.exception, NotFoundError) and "greenroom report --list" in nobody.exception.hint
    two = {literal_room.interview.start(ME, Setup(question_ids=("attention",), count=1)).session.session_id[:1] for _ in range(17)}
    shared = next(letter for letter in two if len([s for s in literal_room.interview.list(ME) if s.session_id.startswith(letter)]) > 1)
    many = RUN.invoke(app, ["report", shared])
    assert isinstance(many.exception, InputError) and "Give more of the id" in many.exception.hint


def test_what_was_left_waiting_is_read_for_the_report(literal_parts: Parts) -> None:
    room = Room(literal_parts.settings, literal_parts)
    session_id = room.interview.start(ME, Setup(question_ids=("attention",), count=1)).session.session_id
    text = f"Each word looks at the others. {room.bank.get('attention').points()[0].says[0]}"
    room.interview.answer(ME, session_id, Submission(submission_id=str(uuid.uuid4()), turn_id="t1", text=text))
    assert room.interview.waiting(ME, session_id)[0] == 1
    assert "There is no score yet." in room.interview.paper(ME, session_id, "md").text
    with room:
        read_on(room, session_id)
        assert room.interview.waiting(ME, session_id)[0] == 0


def test_there_is_no_report_of_nothing(literal_room: Room) -> None:
    found = RUN.invoke(app, ["report"])
    assert found.exit_code != 0 and "greenroom interview" in getattr(found.exception, "hint", found.output)


def test_the_night_before_and_the_deck(rehearsed: str, tmp_path: Path) -> None:
    page = RUN.invoke(app, ["progress", "--night-before"])
    assert page.exit_code == 0 and "Look at these once more" in page.stdout
    path = tmp_path / "eve.html"
    assert RUN.invoke(app, ["progress", "--night-before", "--out", str(path)]).exit_code == 0
    assert "<h1>The night before</h1>" in path.read_text(encoding="utf-8")
    assert json.loads(RUN.invoke(app, ["progress", "--night-before", "--json"]).stdout)["held"]
    deck = RUN.invoke(app, ["progress", "--anki", str(tmp_path / "weak.apkg")])
    assert deck.exit_code == 0 and "notes written" in deck.stdout
    again = json.loads(RUN.invoke(app, ["progress", "--anki", str(tmp_path / "again.apkg"), "--json"]).stdout)
    assert again["file"].endswith("again.apkg") and f"{again['notes']} notes written" in deck.stdout
    for lost in (["--out", "x.md"], ["--anki", "x.apkg", "--night-before"], ["--anki", "x.apkg", "--out", "x.md"]):
        refused = RUN.invoke(app, ["progress", *lost])
        assert isinstance(refused.exception, InputError) and refused.exception.hint, "nothing that was asked for is passed over"


def test_progress_says_what_the_page_says(rehearsed: str) -> None:
    shown = " ".join(RUN.invoke(app, ["progress"]).stdout.split())
    assert "Of the whole bank" in shown and "No interview date is set" in shown and "Practised today: 1 of the last 7 days." in shown
    found = json.loads(RUN.invoke(app, ["progress", "--json"]).stdout)
    assert found["coverage"]["held"] == 2 and len(found["ratings"]) == 5 and found["forecast"]["low"] is None


def plain(turn: TurnReport, part: str) -> str:
    shown = {"notes": notes(turn), "own": own_words(turn), "beside": beside(turn.beside) if turn.beside else ()}[part]
    return " ".join("\n".join(text.plain for text in shown).split())


def test_the_notes_in_the_terminal(literal_room: Room, rehearsed: str) -> None:
    first, second = literal_room.interview.report(ME, rehearsed).questions[0].turns
    assert "Nothing was added." in plain(first, "own") and "“Let me think.” it is no part of the answer" in plain(first, "own")
    assert "only the model answer" in plain(first, "beside") and "you “" in plain(first, "beside")
    assert "Said in a minute" in plain(second, "notes") and "Said in a minute" not in plain(first, "notes")
