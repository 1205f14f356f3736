"""Lines of the CV in an interview, by the pages and by the API; what a CV holds is shown, never run."""

from __future__ import annotations

import html
import sys
from pathlib import Path

from web_serving import Served, form, new_id

from greenroom.prep.claims import ASKED_OF_A_LINE

sys.path.insert(0, str(Path(__file__).parents[1] / "prep"))

from prep_papers import CV

STORY = "In 2022 I had to halve the wait. I timed it, built an index and set up a test. In the end it was forty seconds."
HOSTILE = "- Built <script>alert(1)</script><b onclick=x>it</b> {{ 7 * 7 }} and cut the wait by 50%. " + "Some more words here. " * 6


def test_a_plan_asks_about_the_cv_and_the_answer_is_kept(served: Served) -> None:
    with served.client() as client:
        form(client, "/prep/cv", text=CV)
        assert "ask about one or two of these lines" in client.get("/prep/cv").text
        assert "Nothing about my CV" in client.get("/interview").text
        at = form(client, "/interview", plan="deep-dive", mode="drill").headers["location"]
        page = html.unescape(client.get(at).text)
        assert "Your CV says: “" in page
        assert form(client, f"{at}/answer", turn_id="t1", submission_id=new_id(), text=STORY).status_code == 303
        form(client, f"{at}/rate", turn_id="t1", rating="3")
        assert STORY in html.unescape(client.get(f"{at}/report").text)
        off = form(client, "/interview", plan="deep-dive", cv="off").headers["location"]
        assert "Your CV says" not in html.unescape(client.get(off).text)


def test_what_stays_of_a_deleted_cv_is_said_and_is_so(served: Served) -> None:
    with served.client() as client:
        form(client, "/prep/cv", text=CV)
        at = form(client, "/interview", plan="deep-dive", mode="drill").headers["location"]
        assert "stay in that interview, until you delete everything" in client.get("/prep/cv").text
        form(client, "/prep/papers/delete", paper_id=client.get("/api/prep/cv").json()["paper"]["paper_id"])
        assert client.get("/api/prep/cv").json() is None and "Your CV says: “" in html.unescape(client.get(at).text)
        form(client, "/profile/erase", sure="true")
        assert client.get(at).status_code == 404


def test_by_the_api_alike(served: Served) -> None:
    with served.client() as client:
        assert client.post("/api/prep/cv", json={"text": CV}).status_code == 201
        begun = client.post("/api/sessions", json={"mode": "drill", "plan": "deep-dive"}).json()
        turn = begun["session"]["turns"][0]
        assert (
            turn["question_id"] == "cv-line"
            and turn["ask"].startswith("Your CV says: “")
            and turn["form"] in ASKED_OF_A_LINE
            and turn["bank_ask"].startswith("Take ")
        )
        at, sid = f"/api/sessions/{begun['session']['session_id']}", new_id()
        assert client.post(f"{at}/answers", json={"submission_id": sid, "turn_id": "t1", "text": STORY}).status_code == 201
        assert client.get(f"/api/answers/{sid}", params={"wait": 20}).json()["ask"] == turn["ask"]
        probes = client.get("/api/prep/cv").json()["claims"][0]["probes"]
        assert turn["form"] in {probe["form"] for claim in client.get("/api/prep/cv").json()["claims"] for probe in claim["probes"]}
        assert {"ask", "question_id", "form"} == set(probes[0])
        without = client.post("/api/sessions", json={"mode": "drill", "plan": "deep-dive", "cv": False}).json()
        assert without["session"]["turns"][0]["question_id"] != "cv-line"


def test_what_a_cv_holds_is_shown_and_never_run(served: Served) -> None:
    with served.client() as client:
        form(client, "/prep/cv", text=HOSTILE)
        at = form(client, "/interview", plan="deep-dive", mode="drill").headers["location"]
        shown = [client.get(at).text, client.get("/prep/cv").text]
        form(client, f"{at}/answer", turn_id="t1", submission_id=new_id(), text=STORY)
        form(client, f"{at}/rate", turn_id="t1", rating="3")
        shown += [client.get(f"{at}/report").text, client.get(f"{at}/report/html").text]
        for page in shown:
            assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page and "<b onclick" not in page and "{{ 7 * 7 }}" in page
