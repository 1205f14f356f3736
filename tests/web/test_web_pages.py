"""The pages as a person without JavaScript has them: plain forms, redirects, everything in place."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from web_serving import ME, Served, answered, drill, everything, form, new_id, said, serving

from greenroom.prep.profile import Profile
from greenroom.room import Room
from greenroom.room.parts import now

FIRST_VIEW_LIMIT = 60_000


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def give(client: httpx2.Client, session_id: str, text: str) -> httpx2.Response:
    page = client.get(f"/interview/{session_id}").text
    fields = {name: field(page, name) for name in ("turn_id", "submission_id")}
    return form(client, f"/interview/{session_id}/answer", text=text, **fields)


def settle(served: Served, session_id: str) -> None:
    for attempt in served.room.interview.get(ME, session_id).attempts.values():
        served.room.interview.wait(ME, attempt.answer_id, 20)


def test_a_drill_from_the_first_page_to_the_notes(served: Served) -> None:
    with served.client() as client:
        assert "Say it here before you say it there." in client.get("/").text
        session_id = drill(client)
        base = f"/interview/{session_id}"
        assert served.room.bank.get("attention").ask in client.get(base).text
        assert give(client, session_id, f"{said(served.room)} And 🙂 more.").status_code == 303
        settle(served, session_id)
        rating = client.get(base).text
        assert "how was that?" in rating
        assert "<mark" not in rating, "first the self-rating, then the score"
        form(client, f"{base}/rate", turn_id="t1", rating="4")
        notes = client.get(base).text
        assert f'<mark class="hit">{said(served.room)}</mark>' in notes.replace("&#39;", "'")
        assert "You gave yourself 4 of 5" in notes
        assert "Graded by verbatim" in notes
        assert "A model answer" in notes
        form(client, f"{base}/redo", turn_id="t1")
        assert "The same question again" in client.get(base).text
        give(client, session_id, f"{said(served.room)} {said(served.room, 1)}")
        settle(served, session_id)
        form(client, f"{base}/rate", turn_id="t2", rating="")
        assert "since the first try" in client.get(base).text
        form(client, f"{base}/end")
        assert client.get(base).headers["location"] == f"{base}/report"
        report = client.get(f"{base}/report").text
        assert "Once more" in report
        assert "Lately" in client.get("/").text


def test_a_mock_is_silent_until_the_ratings_are_given(served: Served) -> None:
    with served.client() as client:
        reply = form(client, "/interview", mode="mock", count="3")
        session_id = reply.headers["location"].rsplit("/", 1)[1]
        base = f"/interview/{session_id}"
        for n in range(3):
            if n == 1:
                form(client, f"{base}/skip", turn_id="t2")
                continue
            give(client, session_id, "Something about tokens and probabilities that I remember well enough.")
        settle(served, session_id)
        page = client.get(base, follow_redirects=True).text
        assert "how was each of them?" in page
        assert "Graded by" not in page
        reply = form(client, f"{base}/ratings", **{"rating-t1": "2"})
        page = client.get(reply.headers["location"]).text
        assert "2 judged · 1 skipped" in page
        turns = served.room.interview.get(ME, session_id).session.turns
        assert [(turn.self_rating, turn.rating_declined) for turn in turns] == [(2, False), (None, False), (None, True)]


def test_model_answers_and_an_open_rubric_come_after_an_attempt(served: Served) -> None:
    model = served.room.bank.get("attention").model_answers.plain[:40]
    with served.client() as client:
        before = client.get("/bank/attention").text
        assert model not in before
        assert "folded so that you can try first" in before
        untried = client.get("/api/bank/attention").json()
        assert untried["model_answers"] is None and {form["model_answer"] for form in untried["question"]["forms"]} == {None}
        answered(served, said(served.room))
        assert model in client.get("/bank/attention").text
        tried = client.get("/api/bank/attention").json()
        assert tried["model_answers"] and any(form["model_answer"] for form in tried["question"]["forms"])


def test_a_draft_is_in_the_editor_again_also_without_javascript(served: Served) -> None:
    with served.client() as client:
        session_id = drill(client)
        form(client, f"/interview/{session_id}/draft", turn_id="t1", text="\nHalf a <thought>")
        page = client.get(f"/interview/{session_id}").text
        assert "\n\nHalf a &lt;thought&gt;</textarea>" in page, "a first line break of the text survives the parser"
        assert "Draft saved" in page


def test_the_same_form_twice_is_one_answer(served: Served) -> None:
    with served.client() as client:
        session_id, sid = drill(client), new_id()
        for _ in range(2):
            assert form(client, f"/interview/{session_id}/answer", turn_id="t1", submission_id=sid, text="Once.").status_code == 303
        assert form(client, f"/interview/{session_id}/answer", turn_id="t1", submission_id=sid, text="Else.").status_code == 409
        assert len(served.room.interview.get(ME, session_id).attempts) == 1


def test_an_empty_answer_and_one_that_is_too_long_say_so(served: Served) -> None:
    with served.client() as client:
        session_id = drill(client)
        for text, status, says in (("  ", 422, "The answer is empty."), ("a" * 20_001, 413, "the limit is 20,000")):
            reply = form(client, f"/interview/{session_id}/answer", turn_id="t1", submission_id=new_id(), text=text)
            assert (reply.status_code, says in reply.text, text in reply.text) == (status, True, True)


def test_an_objection_stands_beside_the_verdict(served: Served) -> None:
    view = answered(served, said(served.room))
    session_id, answer_id = view.session.session_id, view.session.turns[0].answer_id or ""
    target = served.room.bank.get("attention").points()[1].id
    with served.client() as client:
        reply = form(client, f"/interview/{session_id}/dispute", answer_id=answer_id, target=target, text="I did say <that>.")
        assert reply.headers["location"] == f"/interview/{session_id}#t1-{target}"
        assert "I did say &lt;that&gt;." in client.get(f"/interview/{session_id}").text


def test_review_and_today_show_what_is_due(literal_room: Room) -> None:
    with serving(literal_room) as served, served.client() as client:
        assert "Answer a question, and each key point gets its own day" in client.get("/review").text
        answered(served, said(literal_room))
        assert "Nothing is due" in client.get("/review").text
        later = now() + timedelta(days=400)
        object.__setattr__(literal_room.review._parts, "clock", lambda: later)
        page = client.get("/review").text
        assert "to bring back" in page
        assert "are due" in client.get("/").text
        begun = form(client, "/interview", mode="review", count="2").headers["location"]
        assert "Review" in client.get(begun).text


def test_progress_draws_what_its_table_says(served: Served) -> None:
    with served.client() as client:
        assert "It starts with one answer" in client.get("/progress").text
        view = answered(served, said(served.room), rating=5)
        assessment = view.attempts["t1"].assessment
        assert assessment is not None
        assert assessment.overall is not None
        page = client.get("/progress").text
        assert f"<td>100</td><td>{round(assessment.overall)}</td>" in page
        assert "<circle" in page


def test_the_profile_is_kept_and_a_wrong_date_is_said(served: Served) -> None:
    with served.client() as client:
        reply = form(client, "/profile", role="ML engineer", company="O'Neil & <Co>", level="expert", interview_on="2031-05-04")
        assert "O&#39;Neil &amp; &lt;Co&gt;" in client.get(reply.headers["location"]).text
        assert served.room.prep.profile(ME) == Profile.model_validate(
            {"role": "ML engineer", "company": "O'Neil & <Co>", "level": "expert", "interview_on": "2031-05-04"}
        )
        assert "The interview is in " in client.get("/").text
        assert form(client, "/profile", interview_on="tomorrow").status_code == 422


def test_everything_is_deleted_when_it_is_meant_and_not_before(served: Served) -> None:
    with served.client() as client:
        session_id = answered(served, said(served.room), rating=5).session.session_id
        assert form(client, "/profile/erase").status_code == 422
        assert client.get(f"/interview/{session_id}").status_code == 200
        reply = form(client, "/profile/erase", sure="true")
        assert "Everything of yours was deleted." in client.get(reply.headers["location"]).text
        assert client.get(f"/interview/{session_id}").status_code == 404


def test_htmx_is_told_to_leave_the_stage_when_the_interview_has_ended(served: Served) -> None:
    with served.client() as client:
        session_id = drill(client)
        form(client, f"/interview/{session_id}/end")
        reply = client.get(f"/interview/{session_id}", headers={"hx-request": "true"})
        assert reply.headers["hx-redirect"] == f"/interview/{session_id}/report"


def test_the_stream_ends_with_assessed(served: Served) -> None:
    with served.client() as client:
        view = answered(served, said(served.room))
        with client.stream("GET", f"/interview/{view.session.session_id}/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert "event: assessed" in "".join(stream.iter_text())
        assert client.get("/interview/nothing/events").status_code == 404


def test_open_streams_are_counted_and_given_back(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenroom.web.interview.news.SESSION_STREAMS", 0)
    with served.client() as client:
        session_id = drill(client)
        assert client.get(f"/interview/{session_id}/events").status_code == 503
        monkeypatch.setattr("greenroom.web.interview.news.SESSION_STREAMS", 1)
        for _ in range(3):  # one after the other: each gives its place back
            assert client.get(f"/interview/{session_id}/events").status_code == 200


def test_a_draft_of_an_answered_question_is_not_said_to_be_kept(served: Served) -> None:
    with served.client() as client:
        view = answered(served, said(served.room))
        reply = client.put(f"/api/sessions/{view.session.session_id}/turns/t1/draft", json={"text": "too late"})
        assert reply.status_code == 409


def test_another_site_cannot_make_the_browser_fetch_the_data(served: Served) -> None:
    with served.client() as client:
        navigated = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
        assert client.get("/api/export", headers=navigated).status_code == 403
        assert client.get("/", headers=navigated).status_code == 200, "a link to the room may be followed"


@pytest.mark.parametrize(
    "path", ["/", "/bank", "/bank/attention", "/review", "/progress", "/profile", "/interview/ID", "/interview/ID/report"]
)
def test_the_first_view_is_light(served: Served, path: str) -> None:
    """Everything a page asks for at first, as it travels (gzip), with an empty cache."""
    with served.client() as client:
        session_id = drill(client)
        page = client.get(path.replace("ID", session_id), follow_redirects=True)
        needed = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page.text)) | {"/static/sprite.svg"}
        weight = len(gzip.compress(page.content, 6)) + sum(len(gzip.compress(client.get(each).content, 6)) for each in needed)
        assert client.get(page.url.path).headers["content-encoding"] == "gzip"
        assert weight <= FIRST_VIEW_LIMIT, weight


def test_static_files_are_cached_for_ever_by_their_mark_and_pages_never(served: Served) -> None:
    with served.client() as client:
        page = client.get("/")
        assert page.headers["cache-control"] == "no-store"
        marked = re.search(r'"(/static/app\.css\?v=\w+)"', page.text)
        assert marked
        assert "immutable" in client.get(marked[1]).headers["cache-control"]
        assert client.get("/static/app.css").headers["cache-control"] == "no-cache"
        assert len(client.get(marked[1]).content) <= 24_000


def test_no_page_has_an_inline_style_script_or_handler(served: Served) -> None:
    templates = [path for path in __import__("greenroom.web.render", fromlist=["STATIC"]).STATIC.parent.joinpath("templates").iterdir()]
    for path in templates:
        text = path.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|\|\s*safe|<script(?![^>]*src=)", text), path.name


def test_every_verdict_is_shown_with_its_word_and_its_quote(tmp_path: Path) -> None:
    text = "It weighs the context. 🙂 Every token looks. It cleans <all> data."
    with everything(tmp_path / "verdicts") as room, serving(room) as served, served.client() as client:
        page = client.get(f"/interview/{answered(served, text).session.session_id}").text
        for words in ("Made", "Partly", "Missed", "Wrong", "Not judged", "Worth unlearning", "One drill", "Keep", "Change", "To work on"):
            assert words in page, words
        assert re.search(r'<mark class="wrong">[^<]*It cleans &lt;all&gt; data\.</mark>', page)
        assert 'href="#t1-' in page
        abstained = client.get(f"/interview/{answered(served, 'abstain').session.session_id}").text
        assert "Not judged" in abstained
        assert "not in English" in abstained
        assert "<b>0</b>" not in abstained, "could not judge is not a zero"
