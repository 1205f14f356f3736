"""Feedback that makes people better, through the room: the answer again, ways to say it, the night before, what leaves the house."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from room_steps import DRILL, ME, says, send

from greenroom.assess.assessment import Assessment, FoundMisconception, Verdict
from greenroom.assess.assessor import Verbatim
from greenroom.bank.question import Rubric
from greenroom.builtin import Builtin
from greenroom.errors import ConflictError, InputError
from greenroom.interview.session import Setup, Way
from greenroom.plugins import AssessorMaker, hookimpl
from greenroom.prep.profile import Profile
from greenroom.room import Parts, Room
from greenroom.room.parts import now
from greenroom.room.views import SessionView
from greenroom.settings import Settings

GIBBERISH = "Florb wintle grasp, mib dorrel fandle quosh; trem vilpo asken drit, borfle mank unt zeppik."


def answer(room: Room, view: SessionView, text: str, rating: int | None = 3) -> SessionView:
    receipt = send(room, view, text)
    assert room.interview.wait(ME, receipt.answer_id, 20).status == "done"
    turn = room.interview.get(ME, view.session.session_id).session.turns
    answered = next(each for each in turn if each.answer_id == receipt.answer_id)
    return room.interview.rate(ME, view.session.session_id, answered.turn_id, rating)


def points(room: Room, *numbers: int) -> str:
    return " ".join(says(room, n) for n in numbers)


def test_the_report_gives_the_answer_back_in_its_own_words_and_beside_the_model(literal_room: Room) -> None:
    view = literal_room.interview.start(ME, DRILL)
    text = f"So, um, good question. Let me think. {points(literal_room, 0, 1)}"
    view = answer(literal_room, view, text)
    turn = literal_room.interview.report(ME, view.session.session_id).questions[0].turns[0]
    assert turn.rewrite is not None and {cut.reason for cut in turn.rewrite.cut} >= {"run-up"}
    assert turn.rewrite.text.startswith(says(literal_room)[:20]) and all(text[slice(*cut.span)] == cut.text for cut in turn.rewrite.cut)
    assert turn.beside is not None and {row.standing for row in turn.beside.rows} <= {"both", "you", "model", "neither"}
    assert sum(row.yours is not None for row in turn.beside.rows) == 2


@pytest.mark.parametrize("way", ["minute", "plain", "staff"])
def test_a_way_is_judged_for_itself_and_kept_with_the_turn(literal_room: Room, way: Way) -> None:
    view = answer(literal_room, literal_room.interview.start(ME, DRILL), points(literal_room, 0, 1, 2))
    assert view.base is not None and way in view.open_ways
    view = literal_room.interview.redo(ME, view.session.session_id, view.base.turn_id, way)
    assert way not in view.open_ways
    receipt = send(literal_room, view, points(literal_room, 0))
    literal_room.interview.wait(ME, receipt.answer_id, 20)
    sealed = literal_room.interview.get(ME, view.session.session_id).session.turns[-1]
    assert sealed.aim is None, "first the self-rating"
    turn = literal_room.interview.rate(ME, view.session.session_id, sealed.turn_id, 3).session.turns[-1]
    question = literal_room.bank.get("attention")
    kept, lost = question.points()[0].id, {question.points()[1].id, question.points()[2].id}
    assert turn.aim is not None and turn.aim.way == way and (turn.aim.kept, set(turn.aim.lost)) == ((kept,), lost)
    report = literal_room.interview.report(ME, view.session.session_id)
    assert report.questions[0].turns[-1].aim == turn.aim
    assert report.overall_after_redo is None, "a minute holds less: its score stands in for no other"


def test_what_a_minute_leaves_out_is_not_forgotten(literal_room: Room) -> None:
    view = answer(literal_room, literal_room.interview.start(ME, DRILL), points(literal_room, 0, 1))
    left_out = f"attention/{literal_room.bank.get('attention').points()[1].id}"

    def verdict() -> Verdict | None:
        rows = (p for topic in literal_room.review.progress(ME).topics for p in topic.points)
        return next(p.verdict for p in rows if p.point_id == left_out)

    assert view.base is not None
    answer(literal_room, literal_room.interview.redo(ME, view.session.session_id, view.base.turn_id, "minute"), points(literal_room, 0))
    assert verdict() is Verdict.HIT
    view = literal_room.interview.get(ME, view.session.session_id)
    assert view.base is not None
    answer(literal_room, literal_room.interview.redo(ME, view.session.session_id, view.base.turn_id), points(literal_room, 0))
    assert verdict() is Verdict.MISSED, "control: the same words, said freely, miss it"


def test_the_light_rows_say_what_the_whole_answers_say(literal_room: Room) -> None:
    view = answer(literal_room, literal_room.interview.start(ME, DRILL), points(literal_room, 0, 1))
    view = literal_room.interview.next(ME, view.session.session_id)
    store = literal_room._parts.store.get()
    (seen,), (whole,) = store.list_seen(ME, 10), store.list_attempts(ME)
    assert whole.assessment is not None and seen.assessment is not None
    assert (seen.answer_id, seen.ask, seen.answered_at, seen.assessment.overall) == (
        whole.answer_id, whole.ask, whole.answered_at, whole.assessment.overall,
    )  # fmt: skip
    assert {tuple(p) for p in seen.assessment.points} == {(f"{whole.question_id}/{p.id}", p.verdict) for p in whole.assessment.points}
    assert store.list_seen("somebody-else", 10) == []


def test_the_night_before_sums_up_what_one_said(literal_room: Room) -> None:
    assert literal_room.review.eve(ME).empty
    assert "nothing to sum up" in literal_room.review.eve_paper(ME, "md").text
    day = now().date() + timedelta(days=3)
    literal_room.prep.save(ME, Profile(company="Acme", role="Engineer", interview_on=day))
    every = points(literal_room, *range(len(literal_room.bank.get("attention").points()) - 1))
    answer(literal_room, literal_room.interview.start(ME, DRILL), every)
    eve = literal_room.review.eve(ME)
    assert (eve.company, eve.role, eve.on) == ("Acme", "Engineer", day)
    assert len(eve.open) == 1 and 1 <= len(eve.held) <= 5
    assert eve.openings[0].text.casefold()[:30] in every.casefold(), "one's own words"
    for form in ("html", "md", "json"):
        assert eve.open[0].text[:30] in literal_room.review.eve_paper(ME, form).text.replace("\\", "").replace("&#x27;", "'")


def test_weak_points_become_cards(literal_room: Room, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no weak point"):
        literal_room.review.export_weak(ME, tmp_path / "none.apkg")
    answer(literal_room, literal_room.interview.start(ME, DRILL), points(literal_room, 0))
    path = tmp_path / "weak.apkg"
    missed = len(literal_room.bank.get("attention").points()) - 1
    assert literal_room.review.export_weak(ME, path) == missed
    assert zipfile.ZipFile(path).testzip() is None
    with pytest.raises(ConflictError):
        literal_room.review.export_weak(ME, path)


def test_what_one_last_said_that_is_not_so_becomes_a_card_too(literal_room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    question, judge = literal_room.bank.get("attention"), Verbatim.assess
    myth, every = question.misconceptions[0], points(literal_room, *range(len(question.points())))

    def flags(self: Verbatim, rubric: Rubric, text: str) -> Assessment:
        wrong = FoundMisconception(id=myth.id, quote=text[:9], span=(0, 9), correction=myth.correction)
        return judge(self, rubric, text).model_copy(update={"misconceptions": (wrong,)})

    with monkeypatch.context() as patched:
        patched.setattr(Verbatim, "assess", flags)
        view = answer(literal_room, literal_room.interview.start(ME, DRILL), every)
    assert literal_room.review.export_weak(ME, tmp_path / "said.apkg") == 1, "every point was made; one thing is not so"
    answer(literal_room, literal_room.interview.redo(ME, view.session.session_id, "t1"), every)
    with pytest.raises(InputError, match="no weak point"):
        literal_room.review.export_weak(ME, tmp_path / "no-longer.apkg")


# What people complain about in other programs, each by its name.


class Failing:
    """Judges nothing: every try ends in an error of its own."""

    def assess(self, rubric: Rubric, answer: str) -> Assessment:
        raise RuntimeError("no model")


class FailingPlugin:
    @hookimpl
    def greenroom_assessors(self, settings: Settings) -> Mapping[str, AssessorMaker]:
        return {"failing": Failing, "literal": Verbatim}


def figures(value: object) -> list[str]:
    """The places of every score in a report."""
    if isinstance(value, dict):
        here = [key for key in ("overall", "band", "confidence", "overall_after_redo") if value.get(key) is not None]
        return here + [found for each in value.values() for found in figures(each)]
    return [found for each in value for found in figures(each)] if isinstance(value, list) else []


@pytest.fixture
def failing_room(tmp_path: Path) -> Room:
    settings = Settings(home=tmp_path / "home", assessor="failing")
    return Room(settings, Parts(settings, given={"builtin": Builtin(), "failing": FailingPlugin()}))


def test_complaint_praise_for_gibberish(tmp_path: Path) -> None:
    """“Fine” scored 7 of 10: here junk gets no score, no strength, no version of itself, and no place among the scores."""
    with Room(Settings(home=tmp_path / "home")) as room:
        view = room.interview.start(ME, DRILL)
        receipt = send(room, view, GIBBERISH)
        room.interview.wait(ME, receipt.answer_id, 120)
        room.interview.rate(ME, view.session.session_id, "t1", 5)
        report = room.interview.report(ME, view.session.session_id)
        turn = report.questions[0].turns[0]
        assert turn.strengths == report.strengths == () and turn.rewrite is None
        assert turn.overall is None or turn.overall < 20
        assert all(point.verdict.value not in ("hit", "partial") for point in turn.points)
        assert "Keep" not in room.interview.paper(ME, view.session.session_id, "md").text.splitlines()


def test_complaint_a_silent_mock_score(failing_room: Room) -> None:
    """When nothing could judge, others make up a score: here there is none anywhere, it is said, and every score names who gave it."""
    with failing_room as room:
        view = room.interview.start(ME, DRILL)
        receipt = send(room, view, points(room, 0))
        assert room.interview.wait(ME, receipt.answer_id, 20).status == "failed"
        room.interview.rate(ME, view.session.session_id, "t1", 4)
        report = room.interview.report(ME, view.session.session_id)
        assert figures(json.loads(report.model_dump_json())) == [] and report.graders == ()
        assert "The assessment failed" in room.interview.paper(ME, view.session.session_id, "md").text
        assert room.review.progress(ME).history == ()


def test_complaint_a_silent_mock_score_control(literal_room: Room) -> None:
    view = answer(literal_room, literal_room.interview.start(ME, DRILL), points(literal_room, 0))
    found = literal_room.interview.paper(ME, view.session.session_id, "json").text
    assert figures(json.loads(found)) != [] and json.loads(found)["graders"] == [{"name": "verbatim", "version": "1"}]
    for form in ("html", "md"):
        assert "Judged by verbatim 1" in literal_room.interview.paper(ME, view.session.session_id, form).text


JUDGE = """
import sys
from pathlib import Path
from datetime import UTC, datetime
from greenroom.room import Parts, Room
from greenroom.settings import Settings
settings = Settings(home=Path(sys.argv[1]))
room = Room(settings, Parts(settings, clock=lambda: datetime(2031, 2, 28, tzinfo=UTC)))
print(room.assess.once("attention", None, sys.argv[2]).model_dump_json())
"""


def test_complaint_grader_differs_from_day_to_day(tmp_path: Path) -> None:
    """The same answer judged in another process, years later, elsewhere and with other dice: the same to the last digit."""
    settings = Settings(home=tmp_path / "home")
    room = Room(settings)
    text = "Each token looks at the others and takes a weighted mean of what they hold; it weighs the context. It cleans noisy data, too."
    found = room.assess.once("attention", None, text)
    environment = os.environ | {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland"}
    command = [sys.executable, "-c", JUDGE, str(tmp_path / "elsewhere"), text]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=170, check=True)
    assert Assessment.model_validate_json(done.stdout) == found and found.overall is not None
    other = room.assess.once("attention", None, text.partition(";")[0] + ".")
    assert other.points != found.points or other.misconceptions != found.misconceptions, "control: half of it is another answer"


def test_complaint_history_without_ones_own_words(literal_room: Room) -> None:
    text = f"{points(literal_room, 0)} My own odd words: zyzzyva."
    view = answer(literal_room, literal_room.interview.start(ME, DRILL), text)
    past = literal_room.review.progress(ME).history[-1]
    assert past.session_id == view.session.session_id, "the history leads to the report"
    for form in ("html", "md", "json"):
        assert "zyzzyva" in literal_room.interview.paper(ME, past.session_id, form).text


def test_complaint_stuck_at_grading(literal_parts: Parts, failing_room: Room) -> None:
    """An answer whose judging fails is done waiting: it says so, and can be judged again, for example after a restart."""
    with failing_room as room:
        view = room.interview.start(ME, DRILL)
        receipt = send(room, view, points(room, 0))
        room.interview.wait(ME, receipt.answer_id, 20)
        room.interview.rate(ME, view.session.session_id, "t1", 3)
        assert room.interview.waiting(ME, view.session.session_id) == (0, 0)
        turn = room.interview.report(ME, view.session.session_id).questions[0].turns[0]
        assert turn.state == "failed" and turn.reason
    settings = failing_room.settings.model_copy(update={"assessor": "literal"})
    with Room(settings, replace(literal_parts, settings=settings)) as room:
        room.interview.judge_again(ME, receipt.answer_id)
        assert room.interview.wait(ME, receipt.answer_id, 20).status == "done"


def test_a_mock_that_goes_on_leaves_no_score_in_any_form(literal_room: Room) -> None:
    view = literal_room.interview.start(ME, Setup(mode="mock", question_ids=("attention", "training"), count=2))
    receipt = send(literal_room, view, points(literal_room, 0, 1))
    literal_room.interview.wait(ME, receipt.answer_id, 20)
    session_id = view.session.session_id

    def leaks() -> list[str]:
        texts = {form: literal_room.interview.paper(ME, session_id, form).text for form in ("html", "md", "json")}
        first = literal_room.bank.get("attention").points()[2].point[:30]
        return [form for form, text in texts.items() if "of 100" in text or first in text or figures(json.loads(texts["json"]))]

    assert leaks() == []
    literal_room.interview.end(ME, session_id)
    literal_room.interview.rate(ME, session_id, "t1", 3)
    assert set(leaks()) == {"html", "md", "json"}, "control: after the end it is all there"
