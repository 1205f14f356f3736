"""The bank's page: found by words, filtered, marked, and nothing typed there breaks it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from web_serving import Served, answered, said, serving

from greenroom.room import Room
from greenroom.room.parts import now


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
