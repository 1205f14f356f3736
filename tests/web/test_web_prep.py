"""Preparing in the browser's words: paste and upload, what was found and by which words, the plan, the company, study; and bad files."""

from __future__ import annotations

import html
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from web_serving import ME, Served, answered, form, said, serving

sys.path.insert(0, str(Path(__file__).parents[1] / "prep"))

from prep_papers import CV, ENTITY_BOMB, JOB, docx, external_entity, locked_pdf, pdf

from greenroom.prep.papers.text import FILE_LIMIT, TEXT_LIMIT
from greenroom.room import Room

HEAVIEST = 60_000
"""Characters of a page with a job text of ordinary length."""


def now() -> date:
    return datetime.now(UTC).astimezone().date()


def test_a_pasted_job_text_is_shown_with_its_own_words(served: Served) -> None:
    with served.client() as client:
        assert form(client, "/prep/job", text=JOB).status_code == 303
        page = html.unescape(client.get("/prep/job").text)
        for words in ("Robustness", '<q class="want" dir="auto">pgvector</q>', '<q class="plus" dir="auto">Prompt injection</q>', "FHIR"):
            assert words in page
        assert '<mark class="want">LoRA</mark>' in page and '<s class="aside">bias</s>' in page and "Expert, by <q>Senior</q>" in page
        assert len(page) < HEAVIEST
        assert form(client, "/prep/job/level").status_code == 303 and served.room.prep.profile(ME).level == "expert"


@pytest.mark.parametrize(("name", "make"), [("cv.pdf", lambda: pdf([CV, CV])), ("cv.docx", lambda: docx(CV)), ("cv.txt", CV.encode)])
def test_a_file_of_every_kind_is_uploaded(served: Served, name: str, make: object) -> None:
    with served.client() as client:
        reply = client.post("/prep/cv/file", files={"file": (name, make(), "application/octet-stream")})  # type: ignore[operator]
        assert reply.status_code == 303, reply.text
        page = html.unescape(client.get("/prep/cv").text)
        assert name in page and "from 12 minutes to 40 seconds" in page and "Make it a story" in page


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (locked_pdf(JOB), "locked with a password"), (pdf(["x"] * 200), "200 pages"), (b"%PDF-1.7 broken", "damaged"),
        (pdf([""], content="q 9 0 0 9 0 0 cm Q"), "pictures of text"), (docx(xml=ENTITY_BOMB), "entities"),
        (docx(xml=external_entity("file:///etc/passwd")), "entities"), (b"", "empty"), (b"\x00\x01\x02\x03", "neither text nor"),
    ],
    ids=["locked", "200 pages", "broken", "pictures", "entities", "external", "empty", "binary"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_a_sentence_with_its_cure_and_nothing_is_lost(served: Served, data: bytes, says: str) -> None:
    with served.client() as client:
        form(client, "/prep/job", text=JOB)
        reply = client.post("/prep/job/file", files={"file": ("x.pdf", data, "application/pdf")})
        assert reply.status_code == 422 and says in reply.text and 'role="alert"' in reply.text
        assert "root:" not in reply.text and "pgvector" in reply.text, "the text that was there is still shown"
        view = served.room.prep.papers.job(ME)
        assert view is not None and view.paper.text == JOB.strip()


def test_what_was_typed_is_still_in_its_field_when_it_cannot_be_taken(served: Served) -> None:
    with served.client() as client:
        reply = form(client, "/prep/job", text="Too short <b>")
        assert reply.status_code == 422 and "Too short &lt;b&gt;</textarea>" in reply.text and "too short for a job text" in reply.text
        long = form(client, "/prep/cv", text="word " * (TEXT_LIMIT // 4))
        assert long.status_code == 413 and long.text.count("word ") > TEXT_LIMIT // 5


def test_a_file_too_large_is_refused_with_its_cure_and_other_forms_stay_small(served: Served) -> None:
    with served.client() as client:
        reply = client.post("/prep/job/file", files={"file": ("x.pdf", b"%PDF-" + b"x" * (FILE_LIMIT + 100_000), "application/pdf")})
        assert reply.status_code == 413 and "10 MB" in reply.text and "paste" in reply.text
        assert client.post("/prep/company", data={"does": "x" * 2_000_000}).status_code == 413
        assert client.post("/prep/job", files={"text": ("x", b"word " * 50)}).status_code == 415, "files only where files belong"
        assert client.post("/prep/job/file", data={"file": "x"}).status_code == 415
        many = {f"f{n}": (f"{n}", b"x") for n in range(9)}
        assert client.post("/prep/job/file", files=many).status_code == 400


def test_control_without_the_guard_the_large_file_reaches_the_reader(literal_room: Room) -> None:
    with serving(literal_room, guard=False) as served, served.client() as client:
        reply = client.post("/prep/job/file", files={"file": ("x.pdf", b"%PDF-" + b"x" * (FILE_LIMIT + 100_000), "application/pdf")})
        assert reply.status_code == 413 and 'role="alert"' in reply.text, "the second limit, the reader's own"


def test_papers_are_used_again_and_deleted(served: Served) -> None:
    with served.client() as client:
        form(client, "/prep/job", text=JOB)
        form(client, "/prep/job", text="Another role. " + JOB)
        older = served.room.prep.papers.list(ME, "job")[1]
        assert older.paper_id in client.get("/prep/job").text
        assert form(client, "/prep/papers/use", paper_id=older.paper_id).headers["location"] == "/prep/job"
        assert served.room.prep.papers.list(ME, "job")[0].paper_id == older.paper_id
        form(client, "/prep/papers/delete", paper_id=older.paper_id)
        assert [p.paper_id for p in served.room.prep.papers.list(ME, "job")] != [older.paper_id]
        assert form(client, "/prep/papers/delete", paper_id="none-such").status_code == 404


def test_the_plan_is_on_its_page_and_on_today_s(served: Served) -> None:
    with served.client() as client:
        assert "Today's plan" not in client.get("/").text
        form(client, "/profile", interview_on=str(now() + timedelta(days=14)))
        form(client, "/prep/plan", order="thirteen")
        page, today = html.unescape(client.get("/prep/plan").text), html.unescape(client.get("/").text)
        asks = [served.room.bank.get(name).ask for name in ("what-is-an-llm", "training")]
        assert all(ask in page and ask in today for ask in asks) and "Today's plan" in today
        assert page.count("Mock interview, five questions.") == 2 and page.count("Rest. Nothing is asked.") == 1
        begun = form(client, "/interview", mode="drill", count="2", question_id="what-is-an-llm")
        assert begun.status_code == 303


def test_a_date_in_the_past_is_refused_and_one_that_went_by_is_said(served: Served) -> None:
    with served.client() as client:
        reply = form(client, "/profile", interview_on=str(now() - timedelta(days=1)))
        assert reply.status_code == 422 and "is past" in reply.text and "coming interview" in reply.text


def test_the_company_page_is_kept_and_says_what_is_not_known(served: Served) -> None:
    with served.client() as client:
        assert form(client, "/prep/company", does="Lenses\r\nfor telescopes", links="https://example.org").status_code == 303
        page = client.get("/prep/company?saved=true").text
        assert "Lenses\nfor telescopes</textarea>" in page and 'href="https://example.org' not in page
        assert "where did you try them and stop" in page and "good week look like" not in page


def test_study_marks_only_when_asked_to(served: Served) -> None:
    with served.client() as client:
        point = served.room.bank.get("attention").points()[0].point
        before = html.unescape(client.get("/prep/study/attention").text)
        assert point not in before and "Study it" in before and served.room.prep.study.all(ME) == []
        assert form(client, "/prep/study/attention").status_code == 303
        assert point in html.unescape(client.get("/prep/study/attention").text)
        assert "Studied</a> on" in client.get("/bank/attention").text
        assert client.get("/prep/study/none-such").status_code == 404


def test_the_best_answer_is_on_the_page_of_its_question(served: Served) -> None:
    view = answered(served, f"{said(served.room)} My very own words.")
    answered(served, f"{said(served.room)} {said(served.room, 1)}")
    with served.client() as client:
        assert "the highest score so far" in client.get("/bank/attention").text
        reply = form(client, "/prep/best/attention", answer_id=view.session.turns[0].answer_id or "")
        page = client.get("/bank/attention").text
        assert reply.status_code == 303 and "kept by you" in page and "My very own words." in page
