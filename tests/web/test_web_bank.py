"""The bank's page: found by words, filtered, marked, and nothing typed there breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from web_serving import ME, Served, answered, said, serving

from greenroom.bank.question import Form
from greenroom.bank.scaffold import make_pack
from greenroom.errors import NotFoundError
from greenroom.room import Room
from greenroom.room.parts import now
from greenroom.settings import Settings


def test_words_are_found_and_marked_and_the_line_that_has_them_is_shown(served: Served) -> None:
    with served.client() as client:
        page = client.get("/bank?q=softmax+dot+products").text
        assert "<mark>softmax</mark>" in page and "Key point:" in page and "best first" in page
        assert page.count('<a class="say-small"') < len(served.room.bank.questions())
        assert client.get("/bank").text.count('<a class="say-small"') == len(served.room.bank.questions())
        assert "Nothing by those words" in client.get("/bank?q=xylophone").text


def test_topic_and_level_narrow_it_and_what_is_unknown_is_as_if_not_given(served: Served) -> None:
    with served.client() as client:
        page = client.get("/bank?topic=attention&level=expert").text
        expected = [q.id for q in served.room.bank.questions("attention") if q.level == "expert"]
        assert [q.id for q in served.room.bank.questions() if f'href="/bank/{q.id}"' in page] == expected != []
        assert 'value="attention" selected' in page and 'value="expert" selected' in page
        unknown = client.get("/bank?topic=nowhere&level=guru&only=me&x=1").text
        assert unknown.count("say-small") == client.get("/bank").text.count("say-small")


def test_due_and_weak_are_of_what_was_tried(literal_room: Room) -> None:
    with serving(literal_room) as served, served.client() as client:
        assert "after you have tried it" in client.get("/bank?only=due").text
        answered(served, said(literal_room))
        assert 'href="/bank/attention"' in client.get("/bank?only=weak").text
        assert "after you have tried it" in client.get("/bank?only=due").text
        later = now() + timedelta(days=400)
        object.__setattr__(literal_room.review._parts, "clock", lambda: later)
        page = client.get("/bank?only=due").text
        assert 'href="/bank/attention"' in page and page.count("say-small") == 1


@pytest.mark.parametrize("words", ['"', "<script>alert(1)</script>", "a AND (", "'; --", "\x02model\x03", "model " * 300, "x" * 3000])
def test_hostile_words_give_a_page_and_nothing_unescaped(served: Served, words: str) -> None:
    with served.client() as client:
        reply = client.get(f"/bank?q={quote(words)}")
        assert reply.status_code == 200 and "<script>alert" not in reply.text
        assert client.get(f"/api/search?q={quote(words[:1000])}").status_code == 200


def test_the_api_gives_the_same_hits(served: Served) -> None:
    with served.client() as client:
        found = client.get("/api/search?q=kv+cache&level=practitioner&limit=5").json()
        assert found == [hit.model_dump(mode="json") for hit in served.room.bank.search("kv cache", level="practitioner", limit=5)]
        assert client.get("/api/search?q=a&limit=0").status_code == client.get("/api/search").status_code == 422


def test_a_question_leads_to_its_neighbours(served: Served) -> None:
    with served.client() as client:
        page = client.get("/bank/attention").text
        near = served.room.bank.related("attention")
        assert "Near it, in other topics" in page and all(f'href="/bank/{each.id}"' in page for each in near)


def test_packs_left_out_are_named_above_the_questions(tmp_path: Path) -> None:
    make_pack(tmp_path / "half-done")
    for name in "abc":
        (tmp_path / f"half-done/my-topic/{name}.yaml").write_text("- [")
    settings = Settings(home=tmp_path / "home", packs=(tmp_path / "half-done",))
    with Room(settings) as room, serving(room) as served, served.client() as client:
        page = client.get("/bank").text
        faults = room.bank.faults()
        assert len(faults) > 3
        assert page.index('role="search"') < page.index("Packs left out") < page.index('<ul class="topics">')
        assert f"{len(faults) - 3} more" in page and all(fault.split(": ")[0] in page for fault in faults[:200])


@pytest.fixture
def forms(literal_room: Room, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The question about attention, with two forms that neither add nor drop a point."""
    bank, found = literal_room.bank.bank, literal_room.bank.get("attention")
    added = {point_id for form in found.forms for point_id in form.adds}
    changed = found.model_copy(
        update={
            "forms": tuple(Form(id=ask[:3].lower(), ask=ask, source="pack") for ask in ("How would you <show> it?", "And why that?")),
            "key_points": tuple(point for point in found.key_points if point.id not in added),
        }
    )
    monkeypatch.setitem(bank._by_id, "attention", changed)
    with serving(literal_room) as served:
        yield served


def test_forms_are_called_other_questions_only_where_one_adds_or_drops_points(served: Served) -> None:
    with served.client() as client:
        page = client.get("/bank/attention").text
        dropped = sum(bool(form.drops and not form.needs) for form in served.room.bank.get("attention").forms)
        assert "These are not synonyms" in page and len(re.findall(r"\d points? fewer", page)) == dropped


def test_forms_with_the_same_points_are_not(forms: Served) -> None:
    with forms.client() as client:
        page = client.get("/bank/attention").text
        assert "It is also asked as" in page and "How would you &lt;show&gt; it?" in page and "These are not synonyms" not in page


def test_the_page_says_in_which_words_the_question_comes_next(forms: Served) -> None:
    """Its wordings take turns. The button stands under one of them, so where it asks another the page says so."""
    with forms.client() as client:
        said_so = "This time it is asked as “How would you &lt;show&gt; it?”"
        assert "This time it is asked as" not in client.get("/bank/attention").text
        first = answered(forms, said(forms.room))
        assert first.session.turns[0].ask == forms.room.bank.get("attention").ask
        assert said_so in client.get("/bank/attention").text
        assert answered(forms, said(forms.room)).session.turns[0].ask == "How would you <show> it?"
        assert "This time it is asked as “And why that?”" in client.get("/bank/attention").text
        assert forms.room.interview.next_ask(ME, "attention") == "And why that?"
        with pytest.raises(NotFoundError):
            forms.room.interview.next_ask(ME, "nothing")


def test_sources_lead_to_their_sites(served: Served) -> None:
    with served.client() as client:
        page = client.get("/bank/attention").text
        urls = {url for point in served.room.bank.get("attention").points() for url in re.findall(r"https://[^\s,;]+", point.source)}
        assert urls and all(f'<a href="{url}" rel="noopener noreferrer"' in page for url in urls)
