"""The author's preview: what the files say now, a sample answer assessed, nothing stored, and nothing there unless it is asked for."""

from __future__ import annotations

import re
import shutil
import socket
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from web_serving import ME, Served, form

from greenroom.assess.assessment import PointVerdict, SecondOpinion, Verdict, Why
from greenroom.bank.intake.take_in import take_in
from greenroom.builtin import PACKS
from greenroom.room import Room
from greenroom.web import render
from greenroom.web.app import create_app


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "attention").mkdir(parents=True)
    shutil.copy(PACKS / "core/attention/attention.yaml", folder / "attention/my-attention.yaml")
    shutil.copy(PACKS / "core/pack.yaml", folder / "pack.yaml")
    edit(folder, "id: attention\n", "id: my-attention\n")
    return folder


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "attention/my-attention.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))


@pytest.fixture
def client(literal_room: Room, pack: Path) -> Iterator[httpx2.Client]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(literal_room, literal_room.settings, pack), log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=30) as found:
            yield found
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def test_the_page_says_what_the_file_says_now(client: httpx2.Client, pack: Path) -> None:
    assert "No faults" in client.get("/preview").text
    edit(pack, "weight: 3", "weight: 2")
    edit(pack, "What is the role of attention in a large language model?", "What does <attention> do?")
    page = client.get("/preview/my-attention").text
    assert "What does &lt;attention&gt; do?" in page
    edit(pack, "listens_for: >-\n  ", "listens_for: >-\n  REPLACE ")
    assert "in this question" in client.get("/preview/my-attention").text
    edit(pack, "level: foundation", "level: guru")
    listed = client.get("/preview").text
    assert "mine/attention/my-attention.yaml:3" in listed and "/preview/my-attention" not in listed
    assert client.get("/preview/my-attention").status_code == 404


def test_a_sample_answer_is_assessed_and_nothing_is_stored(client: httpx2.Client, literal_room: Room) -> None:
    said = literal_room.bank.get("attention").points()[0].says[0]
    page = form(client, "/preview/my-attention", text=f"{said} And <more>.").text.replace("&#39;", "'").replace("&#34;", '"')
    assert f'<mark class="hit">{said}</mark>' in page and "And &lt;more&gt;." in page
    assert page.count('class="v hit"') >= 1 and 'class="v missed"' in page and "Graded by verbatim" in page
    other = literal_room.bank.get("attention").forms[1].id
    assert f'value="{other}" checked>' in form(client, "/preview/my-attention", text="x y z", form=other).text
    assert literal_room.interview.list(ME, limit=5) == [] and literal_room.review.progress(ME).answers == 0


def test_bad_samples_come_back_with_a_cure(client: httpx2.Client) -> None:
    assert "the limit is 20,000" in form(client, "/preview/my-attention", text="a" * 20_001).text
    assert form(client, "/preview/my-attention", text="Some text.", form="no such form").status_code == 404
    assert form(client, "/preview/my-attention", text="  ").status_code == 200
    assert form(client, "/preview/nothing", text="Some text.").status_code == 404


def test_a_pack_that_was_just_imported_can_be_looked_at(client: httpx2.Client, pack: Path, tmp_path: Path) -> None:
    (tmp_path / "more.md").write_text("# Why a KV cache?\ntopic: serving\nlevel: expert\n")
    assert take_in(tmp_path / "more.md", pack).written
    page = client.get("/preview").text
    assert "/preview/why-a-kv-cache" in page and "placeholders are left" in page
    assert client.get("/preview/why-a-kv-cache").status_code == 200


def test_there_is_no_preview_unless_it_is_asked_for(served: Served) -> None:
    with served.client() as client:
        reply = client.get("/preview")
        assert reply.status_code == 404 and "greenroom bank preview DIR" in reply.text
        assert form(client, "/preview/attention", text="x").status_code == 404


def test_the_guard_stands_before_it_too(client: httpx2.Client) -> None:
    foreign = {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}
    assert client.post("/preview/my-attention", data={"text": "x"}, headers=foreign).status_code == 403


def test_a_question_that_cannot_be_read_any_more_shows_its_faults(client: httpx2.Client, pack: Path) -> None:
    edit(pack, "weight: 3", "weight: 9")
    found = client.get("/preview/my-attention")
    assert found.status_code == 404
    assert "cannot be read as it is now" in found.text and "weight" in found.text and "my-attention.yaml" in found.text


def test_the_whole_question_stands_there(client: httpx2.Client, pack: Path, literal_room: Room) -> None:
    """Everything of its file but the phrasings."""
    edit(pack, "because: ", "because: Really & truly. ")
    question = literal_room.bank.draft(pack).get("my-attention")
    page = unescape(client.get("/preview/my-attention").text).replace("<wbr>", "")
    whole = page[page.index('id="whole"') :]
    assert any("Really & truly." in point.because for point in question.key_points)
    texts = [text for point in question.key_points for text in (point.point, point.because)]
    texts += [text for each in question.misconceptions for text in (each.claim, each.correction)]
    texts += [form.ask for form in question.forms] + [f"Asked when it is missed: “{each.ask}”" for each in question.follow_ups]
    assert [text for text in (*texts, question.model_answers.plain, question.model_answers.technical) if text not in whole] == []
    sources = " ".join((*question.sources, *(each.source for each in (*question.key_points, *question.misconceptions))))
    urls = set(re.findall(r"https://[^\s,;)]+[^\s,;.)]", sources))
    assert urls and all(f'<a href="{url}" rel="noopener noreferrer"' in whole for url in urls)
    extra = {point_id for form in question.forms for point_id in form.adds}
    assert whole.count("only where a form adds it") == len(extra) > 0


def test_faults_of_the_question_are_not_folded(client: httpx2.Client, pack: Path) -> None:
    edit(pack, "listens_for: >-\n  ", "listens_for: >-\n  REPLACE ")
    page = client.get("/preview/my-attention").text
    before = page[: page.index('id="try"')]
    assert "A placeholder is left" in before[before.index("in this question") :] and "<details" not in before


def test_only_the_first_assessment_is_said_to_take_longer(client: httpx2.Client, literal_room: Room) -> None:
    assert "data-first" in client.get("/preview/my-attention").text
    assert form(client, "/preview/my-attention", text=" ").status_code == 200
    assert "data-first" in client.get("/preview/my-attention").text, "nothing was assessed yet"
    form(client, "/preview/my-attention", text=literal_room.bank.get("attention").points()[0].says[0])
    assert "data-first" not in client.get("/preview/my-attention").text


@pytest.mark.parametrize(("score", "says"), [(0.96, "It counts as wrong from 0.95 on."), (0.6, "They state a misconception where")])
def test_what_is_wrong_is_said_so_that_an_author_understands_it(score: float, says: str) -> None:
    """How sure it is, from where on it counts, and what is true; no scale on which more would look better."""
    why = Why(nearest="Layers <are> shared.", score=score, threshold=0.95)
    wrong = PointVerdict(id="a", verdict=Verdict.WRONG, decided_by="coverage", quote="x", span=(0, 1), why=why)
    text = went_by(wrong)
    assert f"How sure that is: {score:.2f}." in text and says in text
    assert "contradict this true wording: <em>“Layers &lt;are&gt; shared.”</em>" in text
    assert "<svg" not in text and "the bar is" not in text
    moved = SecondOpinion(verdict=Verdict.WRONG, by="judge", agrees=False, moved=True)
    for other in (wrong.model_copy(update={"verdict": Verdict.MISSED}), wrong.model_copy(update={"second": moved})):
        assert "the bar is 0.95" in went_by(other) and "contradict" not in went_by(other)


def went_by(point: PointVerdict) -> str:
    macros: Any = render._environment().get_template("macros.html").make_module({})
    return str(macros.went_by(point))
