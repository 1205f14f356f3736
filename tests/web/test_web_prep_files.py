"""Papers as files by the API: read as on the pages, described in the OpenAPI document, and every bad one a sentence with its cure."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import httpx2
import pytest
from web_serving import ME, Served, serving

sys.path.insert(0, str(Path(__file__).parents[1] / "prep"))

from prep_papers import CV, ENTITY_BOMB, JOB, docx, locked_pdf, pdf

from greenroom.prep.papers import reader
from greenroom.prep.papers.text import FILE_LIMIT
from greenroom.room import Room
from greenroom.web.bodies import MAX_PARTS

EVIL = "https://evil.example"
PICTURES = pdf([""], content="q 9 0 0 9 0 0 cm Q")
TOO_LARGE = b"%PDF-" + b"x" * (FILE_LIMIT + 100_000)


def upload(client: httpx2.Client, kind: str, name: str, data: bytes, **headers: str) -> httpx2.Response:
    return client.post(f"/api/prep/{kind}/file", files={"file": (name, data, "application/octet-stream")}, headers=headers)


def test_a_file_of_every_kind_is_read(served: Served) -> None:
    with served.client() as client:
        for kind, text, name, data in (
            ("cv", CV, "cv.pdf", pdf([CV, CV])), ("cv", CV, "cv.docx", docx(CV)), ("job", JOB, "job.txt", JOB.encode()),
        ):  # fmt: skip
            reply = upload(client, kind, name, data)
            assert reply.status_code == 201, reply.text
            paper = reply.json()
            assert (paper["kind"], paper["name"]) == (kind, name) and text.splitlines()[1] in paper["text"]
            assert client.get(f"/api/prep/{kind}").json()["paper"]["paper_id"] == paper["paper_id"]
    assert served.room.prep.papers.list(ME, "cv")[0].pages in (None, 2)


@pytest.mark.parametrize(
    ("data", "status", "says", "cure"),
    [
        (TOO_LARGE, 413, "10 MB", "paste its text"), (PICTURES, 422, "pictures of text", "text"),
        (locked_pdf(JOB), 422, "password", "paste"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00\x01" * 200, 422, "neither text nor", ""), (b"", 422, "empty", "paste"),
        (docx(xml=ENTITY_BOMB), 422, "entities", ""), (pdf(["x"] * 200), 422, "200 pages", ""), (b"Too short.", 422, "too short", "whole"),
    ],
    ids=["oversize", "image-only", "locked", "wrong type", "empty", "entities", "200 pages", "short"],
)  # fmt: skip
def test_a_bad_file_is_a_sentence_with_its_cure_and_what_was_there_stays(
    served: Served, data: bytes, status: int, says: str, cure: str
) -> None:
    with served.client() as client:
        assert client.post("/api/prep/job", json={"text": JOB}).status_code == 201
        reply = upload(client, "job", "x.pdf", data)
        assert reply.status_code == status, reply.text
        fault = reply.json()
        assert set(fault) == {"error", "hint"} and says in fault["error"] + fault["hint"] and cure in fault["hint"]
        assert client.get("/api/prep/job").json()["paper"]["text"] == JOB.strip()


def test_what_is_no_form_with_one_file_is_refused(served: Served) -> None:
    with served.client() as client:
        assert client.post("/api/prep/job/file", json={"text": JOB}).status_code == 415
        assert client.post("/api/prep/job/file", data={"file": "x"}).status_code == 415
        assert client.post("/api/prep/job", files={"file": ("x", b"word " * 50)}).status_code == 415, "files only where files belong"
        assert client.post("/api/prep/job/file", files={"other": ("x", b"word " * 50)}).status_code == 422
        assert client.post("/api/prep/job/file", files={f"f{n}": (f"{n}", b"x") for n in range(9)}).status_code == 400
        assert served.room.prep.papers.list(ME, "job") == []


@pytest.mark.parametrize("name", [b"Content-Disposition", b"content-disposition", b"CONTENT-Disposition", b"cOnTeNt-dIsPoSiTiOn"])
def test_the_parts_are_counted_however_their_header_is_spelled(served: Served, name: bytes) -> None:
    def body(parts: int) -> bytes:
        each = b'--x\r\n%s: form-data; name="file"; filename="a"\r\n\r\n%s\r\n'
        return b"".join(each % (name, JOB.encode()) for _ in range(parts)) + b"--x--\r\n"

    with served.client() as client:
        for parts, status in ((MAX_PARTS + 1, 400), (1, 201)):
            sent = client.post("/api/prep/job/file", content=body(parts), headers={"content-type": "multipart/form-data; boundary=x"})
            assert sent.status_code == status and (status == 201 or "too many parts" in sent.text), "control: one part is read"


def test_where_too_many_are_read_the_page_says_so_and_what_was_there_stays(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenroom.prep.papers.reader._free", threading.BoundedSemaphore(1))
    with served.client() as client, reader._free:
        for path in ("/prep/job/file", "/api/prep/job/file"):
            sent = client.post(path, files={"file": ("a.txt", JOB.encode())})
            assert sent.status_code == 503 and "are being read already" in sent.text and "Try again in a minute" in sent.text
        assert served.room.prep.papers.list(ME, "job") == []
    with served.client() as client:
        assert client.post("/api/prep/job/file", files={"file": ("a.txt", JOB.encode())}).status_code == 201, "control"


def test_another_site_cannot_send_one(served: Served) -> None:
    """A form with a file is what any page could send: where it comes from is what keeps it out."""
    with served.client() as client:
        for headers in ({"origin": EVIL}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
            assert upload(client, "cv", "cv.txt", CV.encode(), **headers).status_code == 403
        assert served.room.prep.papers.list(ME, "cv") == []


def test_control_without_the_guard_another_site_sends_one_and_the_reader_still_has_its_limit(literal_room: Room) -> None:
    with serving(literal_room, guard=False) as served, served.client() as client:
        assert upload(client, "cv", "cv.txt", CV.encode(), origin=EVIL).status_code == 201
        assert upload(client, "cv", "cv.pdf", TOO_LARGE).status_code == 413


def test_the_openapi_document_says_how(served: Served) -> None:
    with served.client() as client:
        document = client.get("/api/openapi.json").json()
    for kind in ("job", "cv"):
        operation = document["paths"][f"/api/prep/{kind}/file"]["post"]
        shape = operation["requestBody"]["content"]["multipart/form-data"]["schema"]["$ref"].rsplit("/", 1)[1]
        field = document["components"]["schemas"][shape]["properties"]["file"]
        assert field["type"] == "string" and "10 MB and 30 pages" in field["description"]
        assert {"201", "413", "415", "422"} <= set(operation["responses"])


def test_a_name_is_shown_and_never_a_path(served: Served) -> None:
    with served.client() as client:
        paper = upload(client, "cv", "../../etc/<b>cv\x1b[31m.txt", CV.encode()).json()
        page = client.get("/prep/cv").text
    assert "\x1b" not in paper["name"] and "<b>cv" not in page
