"""A room with a judge on a real server: assess, grade, rehearse, the doctor; what is sent where; and no key in anything that is kept."""

from __future__ import annotations

import json
import logging
import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from chat_serving import ChatServer, Handler, completion, dripping, fails, html, says
from pydantic import SecretStr

from greenroom import redact
from greenroom.assess.assessor import Verbatim
from greenroom.assess.judge import DECOYS
from greenroom.builtin import Builtin
from greenroom.interview.attempt import Submission
from greenroom.interview.session import Setup
from greenroom.keys import Keys
from greenroom.plugins import AssessorMaker, hookimpl
from greenroom.room import LOCAL_OWNER, Parts, Room
from greenroom.room.queue import LEASE_SECONDS
from greenroom.settings import Settings

KEY = "canary-of-a-judge-8d01f"
TEXT = "An answer of some words that makes none of the points to the letter."


class Graded(Verbatim):
    grader = Verbatim.GRADER


class Literal:
    @hookimpl
    def greenroom_assessors(self, settings: Settings) -> dict[str, AssessorMaker]:
        return {"literal": Graded}


def room_at(home: Path, server: ChatServer | None, **more: object) -> Room:
    where = {"judge_url": server.url, "judge_model": "tiny"} if server else {}
    return opened(Settings(home=home, **{**where, **more}))  # type: ignore[arg-type]


def opened(settings: Settings) -> Room:
    """A room whose offline assessor knows nothing and is quick."""
    literal = settings.model_copy(update={"assessor": "literal"})
    return Room(literal, Parts(literal, given={"builtin": Builtin(), "literal": Literal()}))


def honest(handler: Handler) -> None:
    """Finds every point in the answer's first words, and no decoy."""
    asked = json.loads(handler.body["messages"][1]["content"])["criterion"]
    menu = handler.body["response_format"]["json_schema"]["schema"]["properties"]["verdict"]["enum"]
    found = {"verdict": "missed", "quote": ""} if asked in DECOYS else {"verdict": menu[0], "quote": TEXT[:9]}
    handler.reply(200, completion(json.dumps(found)))


@pytest.fixture
def home(tmp_path: Path, server: ChatServer) -> Path:
    Keys(tmp_path / "home").set(server.origin, SecretStr(KEY))
    return tmp_path / "home"


def test_assessing_shows_both_opinions(home: Path, server: ChatServer) -> None:
    server.behave = honest
    found = room_at(home, server).assess.once("attention", None, TEXT)
    assert found.grader.name == "verbatim+judge" and server.seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert all(p.second and p.second.by == f"tiny at {server.origin}" and p.second.agrees is False for p in found.points)
    assert all(p.decided_by == "verbatim" and p.quote is None for p in found.points), "it was sure: its verdicts stand"


def test_what_was_judged_once_is_not_sent_again(home: Path, server: ChatServer) -> None:
    server.behave = honest
    first = room_at(home, server).assess.once("attention", None, TEXT)
    sent = len(server.seen)
    assert room_at(home, server).assess.once("attention", None, TEXT) == first and len(server.seen) == sent


def test_offline_is_the_default_and_sends_nothing(home: Path, server: ChatServer) -> None:
    room = room_at(home, server)
    for offline in (room_at(home, None), Room(room.settings.without_judge, Parts(room.settings.without_judge, given=room._parts.given))):
        found = offline.assess.once("attention", None, TEXT)
        assert found.notes == () and all(point.second is None for point in found.points)
        assert next(f.state for f in offline.data.doctor() if f.name == "judge") == "none is set up: assessing sends nothing anywhere"
        offline.close()
    assert server.seen == []


@pytest.mark.parametrize(
    ("behave", "word"),
    [
        (fails(401, f"Incorrect API key provided: {KEY}"), "greenroom keys set http://127.0.0.1"),
        (fails(404, "no such model"), "GREENROOM_JUDGE_MODEL"),
        (fails(500), "a fault of its own (500)"),
        (html, "OpenAI's format"),
        (says("Certainly! The verdict is hit."), "does not reply with the JSON"),
        (says({"grade": 5}), "does not reply with the JSON"),
        (dripping("head", 20), "did not answer within"),
    ],
    ids=["key", "model", "500", "html", "prose", "schema", "slow"],
)
def test_whatever_the_server_does_the_offline_verdict_stands(home: Path, server: ChatServer, behave: object, word: str) -> None:
    offline = room_at(home, None).assess.once("attention", None, TEXT)
    server.behave = behave  # type: ignore[assignment]
    found = room_at(home, server, judge_seconds=5).assess.once("attention", None, TEXT)
    assert found.model_copy(update={"notes": ()}) == offline
    (note,) = found.notes
    assert word in note and "the offline verdict stands" in note and KEY not in note


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"judge_model": "tiny"}, "Half a judge"),
        ({"judge_url": "https://api.example.org/v1"}, "Half a judge"),
        ({"judge_url": "http://api.example.org/v1", "judge_model": "tiny"}, "Plain http"),
        ({"judge_url": "http://localhost/v1", "judge_model": "tiny", "judge_file": Path("x.gguf")}, "Two judges"),
        ({"judge_file": Path("nowhere.gguf")}, "cannot be read"),
    ],
)
def test_a_judge_that_is_set_up_wrongly_is_named_too(tmp_path: Path, more: dict[str, object], word: str) -> None:
    room = room_at(tmp_path, None, **more)
    found = room.assess.once("attention", None, TEXT)
    assert found.status == "assessed" and word in found.notes[0]
    doctor = next(finding for finding in room.data.doctor() if finding.name == "judge")
    room.close()
    assert not doctor.well and word in doctor.state and doctor.cure


def test_the_doctor_tries_it(home: Path, server: ChatServer) -> None:
    server.behave = says({"verdict": "hit", "quote": "the sky is blue"})
    with room_at(home, server) as room:
        doctor = next(finding for finding in room.data.doctor() if finding.name == "judge")
    assert doctor.well and f"tiny at {server.origin}, 3 votes; answered in" in doctor.state and len(server.seen) == 1


def test_grading_goes_through_the_panel(home: Path, server: ChatServer) -> None:
    server.behave = honest
    row = {"id": 1, "question": "Why?", "key_points": [{"id": "a", "point": "Because."}], "answer": TEXT}
    room = room_at(home, server)
    (result,) = room.assess.grade([json.dumps(row)])
    assert result.points and result.points[0].second and room.assess.may_stand(result)
    server.behave = fails(500)
    (away,) = room_at(home, server).assess.grade([json.dumps({**row, "answer": TEXT + " More."})])
    assert away.status == "graded" and not room.assess.may_stand(away), "it is asked again the next time"


@pytest.fixture
def loud(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx2", "httpcore2", "httpcore2.http11", "httpcore2.connection"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield caplog


def echoing(handler: Handler) -> None:
    """Says the key back in every place it can."""
    key = handler.headers["authorization"] or ""
    handler.reply(400, json.dumps({"error": {"message": f"bad {key}", "key": key}}).encode(), x_key=key, www_authenticate=key)


def test_no_key_comes_back_from_a_room_in_use(home: Path, server: ChatServer, tmp_path: Path, loud: pytest.LogCaptureFixture) -> None:
    """Rehearsed with a server that echoes: not in logs at DEBUG, stored assessments, exports, backups or the doctor's findings."""
    before = logging.getLogRecordFactory()
    redact.install()
    server.behave = echoing
    try:
        with room_at(home, server) as room:
            view = room.interview.start(LOCAL_OWNER, Setup(mode="drill", question_ids=("attention",), count=1))
            sent = Submission(submission_id=str(uuid.uuid4()), turn_id="t1", text=TEXT)
            room.interview.answer(LOCAL_OWNER, view.session.session_id, sent)
            room.interview.wait(LOCAL_OWNER, sent.submission_id, 30)
            view = room.interview.rate(LOCAL_OWNER, view.session.session_id, "t1", 3)
            found = view.attempts["t1"].assessment
            assert found and "refuses the request (400)" in found.notes[0]
            report = room.interview.report(LOCAL_OWNER, view.session.session_id).model_dump_json()
            room.data.export(LOCAL_OWNER, tmp_path / "export.zip")
            room.data.backup(tmp_path / "backup.db")
            doctor = [finding.model_dump_json() for finding in room.data.doctor()]
    finally:
        logging.setLogRecordFactory(before)
    assert "refuses the request" in report, "the note is in the debrief"
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        kept = [archive.read(name).decode() for name in archive.namelist()]
    cache = [file.read_text() for file in (home / "cache").rglob("*.json")]
    texts = [report, *doctor, *kept, *cache, (tmp_path / "backup.db").read_bytes().decode("latin-1"), loud.text]
    assert not any(KEY in text for text in texts)
    assert server.seen and all(seen.headers["authorization"] == f"Bearer {KEY}" for seen in server.seen), "control: it was sent there"
    assert any(record.name.startswith("httpcore2") for record in loud.records), "control: the loud loggers were heard"


def test_control_without_the_mask_the_logs_would_tell(home: Path, server: ChatServer, loud: pytest.LogCaptureFixture) -> None:
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(logging.LogRecord)
    server.behave = echoing
    try:
        room_at(home, server).assess.once("attention", None, TEXT)
    finally:
        logging.setLogRecordFactory(before)
    assert KEY in loud.text


def test_grading_a_file_says_that_the_judge_was_away(
    home: Path, server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the command: each row has the note, the end sums them up, and the next run asks again only what it must."""
    from typer.testing import CliRunner

    from greenroom.cli.app import app

    for name, value in (("HOME", str(home)), ("JUDGE_URL", server.url), ("JUDGE_MODEL", "tiny")):
        monkeypatch.setenv(f"GREENROOM_{name}", value)
    rows, scored = tmp_path / "rows.jsonl", tmp_path / "scored.jsonl"
    row = {"question": "What do plants make from light?", "reference": "Plants make sugar from light, water and air."}
    rows.write_text("".join(json.dumps({**row, "id": n, "answer": f"Plants make sugar {n} times a day."}) + "\n" for n in range(3)))

    def graded(*more: str) -> tuple[str, list[dict[str, object]]]:
        done = CliRunner().invoke(app, ["grade", "--in", str(rows), "--out", str(scored), *more])
        assert done.exit_code == 0, done.output
        return " ".join(done.output.split()), [json.loads(line) for line in scored.read_text().splitlines()]

    server.behave = fails(401)
    said, results = graded("--judge")
    assert "3 of the rows: The judge was not heard" in said and all(result["notes"] for result in results)
    assert len(server.seen) == 1, "a judge that refuses is not asked for each row again"
    server.behave = honest
    _, results = graded("--judge")
    assert not any(result["notes"] for result in results) and len(server.seen) > 1
    sent = len(server.seen)
    graded("--judge")
    assert len(server.seen) == sent, "what stands is not judged again"
    _, results = graded()
    assert len(server.seen) == sent and results[0]["grader"] != {}, "and without --judge nothing is sent"


def test_calibrating_sends_nothing_unless_asked_to(home: Path, server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers in a file of marks are other people's."""
    from greenroom.cli import calibration

    for name, value in (("HOME", str(home)), ("JUDGE_URL", server.url), ("JUDGE_MODEL", "tiny")):
        monkeypatch.setenv(f"GREENROOM_{name}", value)
    monkeypatch.setattr(calibration, "Room", opened)
    rows = tmp_path / "labelled.jsonl"
    rows.write_text(json.dumps({"id": 1, "key_points": [{"id": "a", "point": "Because."}], "answer": TEXT, "score": 0.5}) + "\n")
    server.behave = honest
    assert calibration.calibrate_file(rows, "0-1", quiet=True).n == 1 and server.seen == []
    found = calibration.calibrate_file(rows, "0-1", quiet=True, judge=True)
    assert server.seen and found.grader and found.grader.name == "verbatim+judge", "control"


@pytest.mark.parametrize("patient", [True, False], ids=["lease", "control"])
def test_waiting_for_a_judge_does_not_look_like_a_crash(home: Path, server: ChatServer, patient: bool) -> None:
    """Twenty seconds into it another process looks for claims whose worker died. The control has the lease of a room without a judge."""
    with room_at(home, server) as room:
        if not patient:
            room.interview.queue._lease = LEASE_SECONDS
        interrupted: list[int] = []

        def looked_at(handler: Handler) -> None:
            if not interrupted:
                interrupted.append(room._parts.store.get().recover(room.interview.now() + timedelta(seconds=20)))
            honest(handler)

        server.behave = looked_at
        view = room.interview.start(LOCAL_OWNER, Setup(mode="drill", question_ids=("attention",), count=1))
        sent = Submission(submission_id=str(uuid.uuid4()), turn_id="t1", text=TEXT)
        room.interview.answer(LOCAL_OWNER, view.session.session_id, sent)
        room.interview.wait(LOCAL_OWNER, sent.submission_id, 30)
    assert interrupted == [0 if patient else 1]
