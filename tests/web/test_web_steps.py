"""What may be done next, and what may be seen before: judging again, one question, the whole again, what an answer draws on."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from itertools import count

import httpx2
import pytest
from web_serving import ME, Served, answered, drill, form, new_id, said

from greenroom.assess.assessor import Verbatim
from greenroom.interview.attempt import Submission
from greenroom.interview.session import Setup
from greenroom.prep.profile import Profile
from greenroom.review import AT_ONCE
from greenroom.room.views import SessionView

AGAIN = "Judge it again"
NOT_PUT_OFF = "Nothing is put off beyond the day before your interview."


def failed(served: Served, monkeypatch: pytest.MonkeyPatch) -> SessionView:
    """An answer whose assessment broke down; the next one will not."""

    def breaks(*_: object) -> None:
        raise RuntimeError("weights are gone")

    with monkeypatch.context() as patched:
        patched.setattr(Verbatim, "assess", breaks)
        return answered(served, said(served.room))


def answer_of(view: SessionView) -> str:
    return view.session.turns[0].answer_id or ""


def give(served: Served, session_id: str, turn_id: str, text: str) -> None:
    """Answered, assessed and rated."""
    submission = Submission(submission_id=new_id(), turn_id=turn_id, text=text)
    served.room.interview.wait(ME, served.room.interview.answer(ME, session_id, submission).answer_id, 20)
    served.room.interview.rate(ME, session_id, turn_id, 3)


def forms_to(page: str, action: str) -> list[dict[str, str]]:
    """The hidden fields of the forms that post to an address."""
    found = re.findall(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.DOTALL)
    return [dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', each)) for each in found]


def test_a_failed_assessment_is_judged_again_from_the_notes(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    view = failed(served, monkeypatch)
    base = f"/interview/{view.session.session_id}"
    with served.client() as client:
        page = client.get(base).text
        assert 'data-key="j"' in page
        assert forms_to(page, f"{base}/judge-again") == [{"answer_id": answer_of(view)}]
        reply = form(client, f"{base}/judge-again", answer_id=answer_of(view))
        assert (reply.status_code, reply.headers["location"]) == (303, base)
        assert served.room.interview.wait(ME, answer_of(view), 20).status == "done"
        page = client.get(base).text
        assert AGAIN not in page
        assert '<mark class="hit">' in page


def test_a_failed_assessment_is_judged_again_from_the_debrief(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    view = failed(served, monkeypatch)
    base = f"/interview/{view.session.session_id}"
    served.room.interview.end(ME, view.session.session_id)
    with served.client() as client:
        assert AGAIN in client.get(f"{base}/report").text
        reply = form(client, f"{base}/judge-again", answer_id=answer_of(view))
        assert reply.headers["location"] == f"{base}/report#answer-{answer_of(view)}"
        served.room.interview.wait(ME, answer_of(view), 20)
        assert AGAIN not in client.get(f"{base}/report").text


def test_judging_again_by_the_api_and_only_what_failed(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    view = failed(served, monkeypatch)
    address = f"/api/answers/{answer_of(view)}/judge-again"
    with served.client() as client:
        assert client.post(address).json()["status"] in ("pending", "running", "done")
        served.room.interview.wait(ME, answer_of(view), 20)
        assert client.post(address).status_code == 409
        assert client.post("/api/answers/nothing/judge-again").status_code == 404


@pytest.mark.parametrize("action", ["dispute", "judge-again"])
def test_an_answer_of_another_session_is_not_found(served: Served, monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    mine, other = failed(served, monkeypatch) if action == "judge-again" else answered(served, said(served.room)), drill_of(served)
    fields = {"answer_id": answer_of(mine), "target": served.room.bank.get("attention").points()[0].id, "text": "I said it."}
    with served.client() as client:
        assert form(client, f"/interview/{other}/{action}", **fields).status_code == 404
        assert "I said it." not in client.get(f"/interview/{mine.session.session_id}").text
        assert form(client, f"/interview/{mine.session.session_id}/{action}", **fields).status_code == 303, "control: its own session"


def drill_of(served: Served) -> str:
    return served.room.interview.start(ME, Setup(question_ids=("training",), count=1)).session.session_id


@pytest.mark.parametrize("path", ["/", "/review", "/progress"])
def test_ask_me_one_asks_one(served: Served, path: str) -> None:
    with served.client() as client:
        fields = next(each for each in forms_to(client.get(path).text, "/interview") if each["mode"] == "drill")
        begun = form(client, "/interview", **fields).headers["location"].rsplit("/", 1)[1]
        session = served.room.interview.get(ME, begun).session
        assert (len(session.turns), len(session.plan)) == (1, 0)


def test_a_review_is_begun_with_a_few_points(served: Served) -> None:
    for question in served.room.bank.questions()[:3]:
        answered(served, said(served.room, 0, question.id), question_id=question.id)
    later = served.room.interview.now() + timedelta(days=400)
    object.__setattr__(served.room.review._parts, "clock", lambda: later)
    with served.client() as client:
        due = served.room.review.due(ME)
        for path in ("/", "/review"):
            page = client.get(path).text
            fields = next(each for each in forms_to(page, "/interview") if each["mode"] == "review")
            assert fields["count"] == str(AT_ONCE)
            assert f"{len(due) - AT_ONCE} more are due; these {AT_ONCE} have waited longest." in page
        assert all(each.ask in unescape(page) for each in due), "the rest is still there"
        served.room.prep.save(ME, Profile(interview_on=later.astimezone().date() + timedelta(days=1)))
        for path in ("/", "/review", "/prep/plan"):
            page = client.get(path).text
            fields = next(each for each in forms_to(page, "/interview") if each["mode"] == "review")
            assert fields["count"] == str(AT_ONCE) and f"At {AT_ONCE} a day {AT_ONCE} of {len(due)} get a turn before it." in page, path
            assert NOT_PUT_OFF not in page, "most of them are"
        sitting = client.get("/api/today").json()["sitting"]
        assert (sitting["due"], sitting["count"], sitting["more"], sitting["in_time"]) == (len(due), AT_ONCE, len(due) - AT_ONCE, AT_ONCE)
        assert sitting["says"] in page


@pytest.mark.parametrize(("days", "told"), [(1, True), (0, True), (-1, False), (None, False)])
def test_nothing_is_put_off_where_all_of_it_can_be_done_before_the_interview(served: Served, days: int | None, told: bool) -> None:
    answered(served, said(served.room, 0, "attention"))
    on = None if days is None else served.room.interview.now().astimezone().date() + timedelta(days=400)
    served.room.prep.save(ME, Profile(interview_on=on))
    later = served.room.interview.now() + timedelta(days=400 - (days or 0))
    object.__setattr__(served.room.review._parts, "clock", lambda: later)
    assert 0 < len(served.room.review.due(ME)) <= AT_ONCE
    with served.client() as client:
        assert (NOT_PUT_OFF in client.get("/review").text) is told


def test_next_sent_twice_passes_over_nothing(served: Served) -> None:
    session_id = served.room.interview.start(ME, Setup(count=3)).session.session_id
    base = f"/interview/{session_id}"
    give(served, session_id, "t1", "Something about tokens and their probabilities.")
    with served.client() as client:
        assert forms_to(client.get(base).text, f"{base}/next") == [{"turn_id": "t1"}]
        form(client, f"{base}/next", turn_id="t1")
        give(served, session_id, "t2", "Something else about layers and heads.")
        form(client, f"{base}/next", turn_id="t1")
        assert client.post(f"/api/sessions/{session_id}/next?after=t1").status_code == 200
        assert len(served.room.interview.get(ME, session_id).session.turns) == 2, "the late repetition changed nothing"
        client.post(f"/api/sessions/{session_id}/next?after=t2")
        assert len(served.room.interview.get(ME, session_id).session.turns) == 3
        assert client.post(f"/api/sessions/{session_id}/next?after=t99").status_code == 409


def test_after_a_follow_up_the_whole_question_may_be_said_again(served: Served) -> None:
    with served.client() as client:
        session_id = drill(client)
        base = f"/interview/{session_id}"
        give(served, session_id, "t1", said(served.room))
        assert "The whole question again" not in client.get(base).text
        form(client, f"{base}/follow-up", turn_id="t1")
        give(served, session_id, "t2", said(served.room, 1))
        page = client.get(base).text
        assert "The whole question again" in page
        again = forms_to(page, f"{base}/redo")
        assert {"turn_id": "t2", "way": ""} in again and {"turn_id": "t1"} in again
        form(client, f"{base}/redo", turn_id="t1")
        turn = served.room.interview.get(ME, session_id).current
        assert turn is not None
        assert (turn.kind, turn.redo_of, turn.point_id) == ("redo", "t1", None)


def test_an_open_mock_shows_no_model_answer_and_no_history(served: Served) -> None:
    view = served.room.interview.start(ME, Setup(mode="mock", question_ids=("attention", "training"), count=2))
    session_id, asked = view.session.session_id, view.session.turns[0].question_id
    model = served.room.bank.get(asked).model_answers.plain[:40]
    give(served, session_id, "t1", said(served.room, 0, asked))

    def shown(client: httpx2.Client) -> tuple[bool, bool, bool]:
        page, answer = client.get(f"/bank/{asked}").text, client.get(f"/api/bank/{asked}").json()["model_answers"]
        return model in page, f"{session_id}/report#answer-" in page, answer is not None

    with served.client() as client:
        assert shown(client) == (False, False, False)
        served.room.interview.end(ME, session_id)
        assert shown(client) == (True, True, True), "control: afterwards it does"


def test_what_an_answer_draws_on_is_said_where_a_question_needs_it(served: Served) -> None:
    room = served.room
    object.__setattr__(room.interview._parts, "new_seed", count().__next__)
    needing = {need: form.ask for form in room.bank.get("fine-tuning").forms for need in form.needs}
    assert set(needing) == {"company", "experience"}

    def stage(client: httpx2.Client, topic: str, ask: str) -> str:
        """Drills of the topic until this wording is the one that is asked."""
        for _ in range(200):
            view = room.interview.start(ME, Setup(topics=(topic,), count=1))
            if view.session.turns[0].ask == ask:
                return client.get(f"/interview/{view.session.session_id}").text
        raise AssertionError(f"never asked: {ask}")

    with served.client() as client:
        assert "Draw on the company you are preparing for." in (page := stage(client, "fine-tuning", needing["company"]))
        assert 'hx-ignore>Draw on the company you are preparing for. <a href="/profile">' in page
        room.prep.save(ME, Profile(company="Example & <Co>", role="ML engineer"))
        page = stage(client, "fine-tuning", needing["company"])
        assert "Draw on the company: Example &amp; &lt;Co&gt;, for the role of ML engineer." in page
        assert "something you did yourself" not in page
        page = stage(client, "fine-tuning", needing["experience"])
        assert "Answer from something you did yourself." in page
        assert "Draw on the company" not in page
        page = stage(client, "attention", room.bank.get("attention").ask)
        assert "Draw on" not in page


def test_how_to_say_it_again_and_what_was_looked_at_are_read_in_the_body_and_in_the_address(served: Served) -> None:
    session_id = answered(served, said(served.room)).session.session_id
    base = f"/api/sessions/{session_id}"
    with served.client() as client:
        assert client.post(f"{base}/turns/t1/redo", json={"way": "loud"}).status_code == 422
        assert client.post(f"{base}/turns/t1/redo", json={"manner": "minute"}).status_code == 422, "an unknown field is no silence"
        twice = client.post(f"{base}/turns/t1/redo", json={"way": "minute"}, params={"way": "plain"})
        assert (twice.status_code, twice.json()["hint"]) == (422, "Give it in the body or in the address.")
        turns = client.post(f"{base}/turns/t1/redo", json={"way": "minute"}).json()["session"]["turns"]
        assert [turn["way"] for turn in turns] == [None, "minute"]
        client.post(f"{base}/turns/t2/skip")
        turns = client.post(f"{base}/turns/t1/redo", params={"way": "plain"}).json()["session"]["turns"]
        assert [turn["way"] for turn in turns] == [None, "minute", "plain"]
        client.post(f"{base}/turns/t3/skip")
        turns = client.post(f"{base}/turns/t1/redo").json()["session"]["turns"]
        assert [turn["way"] for turn in turns] == [None, "minute", "plain", None]
        client.post(f"{base}/turns/t4/skip")
        assert client.post(f"{base}/next", json={"after": "t9"}).status_code == 409, "it is read, not passed over"
        assert client.post(f"{base}/next", json={"after": "t4"}).json()["session"]["ended_at"]
