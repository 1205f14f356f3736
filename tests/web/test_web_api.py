"""The JSON API: the same contract as the library, documented, and safe to send twice."""

from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor

import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from web_serving import ME, Served, new_id, said

from greenroom.assess.assessment import Assessment


def begin(served: Served) -> str:
    with served.client() as client:
        reply = client.post("/api/sessions", json={"mode": "drill", "question_ids": ["attention"], "count": 1})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["session"]["session_id"])


def test_an_answer_from_start_to_report(served: Served) -> None:
    session_id, sid = begin(served), new_id()
    base = f"/api/sessions/{session_id}"
    text = f"👩🏽‍💻 {said(served.room)} 🙂"
    with served.client() as client:
        receipt = client.post(f"{base}/answers", json={"submission_id": sid, "turn_id": "t1", "text": text}).json()
        assert (receipt["answer_id"], receipt["repeated"]) == (sid, False)
        served.room.interview.wait(ME, sid, 20)
        assert client.get(f"/api/answers/{sid}").json()["assessment"] is None
        view = client.post(f"{base}/turns/t1/rating", json={"rating": 3}).json()
        found = Assessment.model_validate(view["attempts"]["t1"]["assessment"])
        hit = found.points[0]
        assert hit.span is not None
        assert text[slice(*hit.span)] == hit.quote == said(served.room)
        target = {"target": found.points[1].id, "view": "I think I said it."}
        blank = client.post(f"/api/answers/{sid}/disputes", json={**target, "view": "  "})
        assert (blank.status_code, blank.json()["error"]) == (422, "The objection is empty.")
        assert client.post(f"/api/answers/{sid}/disputes", json=target).status_code == 201
        assert client.post(f"{base}/end", json=None).json()["session"]["ended_at"]
        report = client.get(f"{base}/report").json()
        assert report["questions"][0]["turns"][0]["points"][1]["disputes"][0]["view"] == "I think I said it."
        assert client.get("/api/progress").json()["answers"] == 1
        assert [each["session_id"] for each in client.get("/api/sessions").json()] == [session_id]
        assert client.get("/api/review").json() == []


def test_assess_stores_nothing(served: Served) -> None:
    with served.client() as client:
        reply = client.post("/api/assess", json={"question_id": "attention", "text": said(served.room)})
        assert Assessment.model_validate(reply.json()).points[0].verdict == "hit"
        assert client.get("/api/sessions").json() == []
        assert client.post("/api/assess", json={"question_id": "atention", "text": "x"}).json()["hint"].startswith("Did you mean attention")


def test_many_duplicates_at_once_get_one_reply(served: Served) -> None:
    session_id = begin(served)
    sent = {"submission_id": new_id(), "turn_id": "t1", "text": "The same words, sent again and again."}

    def post(_: int) -> tuple[int, str, str]:
        with served.client() as client:
            reply = client.post(f"/api/sessions/{session_id}/answers", json=sent)
            return reply.status_code, reply.json()["answer_id"], reply.json()["saved_at"]

    with ThreadPoolExecutor(10) as pool:
        replies = set(pool.map(post, range(60)))
    assert len(replies) == 1
    assert len(served.room.interview.get(ME, session_id).attempts) == 1


def test_the_profile_and_the_export(served: Served) -> None:
    with served.client() as client:
        profile = {"role": "engineer", "company": "", "level": None, "interview_on": "2031-01-01", "language": "en"}
        assert client.put("/api/profile", json=profile).json() == profile
        assert client.get("/api/profile").json() == profile
        reply = client.get("/api/export")
        assert reply.headers["content-type"] == "application/zip"
        assert zipfile.ZipFile(io.BytesIO(reply.content)).testzip() is None


def test_the_document_describes_every_route_and_no_page(served: Served) -> None:
    with served.client() as client:
        paths = client.get("/api/openapi.json").json()["paths"]
        assert all(path.startswith("/api/") for path in paths)
        assert "/api/sessions/{session_id}/answers" in paths
        assert client.get("/docs").status_code == 404, "no page that loads scripts from elsewhere"


def test_generated_requests_break_nothing(served: Served) -> None:
    """Schemathesis over the whole document: no answer is a 5xx."""
    with served.client() as client:
        document = client.get("/api/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    quiet = list(HealthCheck)
    few = hypothesis_settings(max_examples=12, deadline=None, database=None, derandomize=True, suppress_health_check=quiet)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) >= 20
    for operation in operations:

        @few
        @given(case=operation.as_strategy())
        def no_5xx(case: schemathesis.Case) -> None:
            reply = case.call(base_url=served.url)
            assert reply.status_code < 500, (case.method, case.path, reply.status_code, reply.text[:300])

        no_5xx()
