"""Stories and questions of one's own as pages: plain forms, everything escaped, everything in its place."""

from __future__ import annotations

import re

import pytest
from markupsafe import escape
from web_serving import ME, Served, answered, form

BILL = (
    "Last year at an insurer our assistant's monthly bill had doubled since summer. We had to bring it down. I logged the length of every "
    "prompt for a week, moved the simple questions to a smaller model, and cached the common answers. In the end the bill fell by forty "
    "percent."
)
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def made(served: Served) -> str:
    with served.client() as client:
        assert "No story yet" in client.get("/prep/stories").text and "Tell it as it comes" in client.get("/prep/stories/new").text
        reply = form(client, "/prep/stories", text=BILL, title="The bill", tags="cost, team")
    assert reply.status_code == 303
    return str(reply.headers["location"])


def test_a_story_from_the_form_to_whole(served: Served) -> None:
    base = made(served)
    with served.client() as client:
        page = client.get(base).text
        assert "The bill" in page and "cost · team" in page and "What did you have to do" in page
        assert '/bank/cutting-cost"' in page and "forty percent" in page
        assert form(client, f"{base}/fill", gap="task", words="I had to halve it by Easter").headers["location"] == f"{base}#parts"
        assert (
            form(
                client, f"{base}/fill", gap="reflection", words="I learned to measure the length of every prompt before I change anything."
            ).status_code
            == 303
        )
        assert (
            form(client, f"{base}/move", part="situation", sentence="We had to bring it down.").headers["location"] == f"{base}#situation"
        )
        page = client.get(base).text
        assert "put here by you" in page and "read it in order" not in page
        assert "Whole" in client.get("/prep/stories").text
        back = "In the end the bill fell by forty percent. Last year at an insurer our assistant's monthly bill had doubled since summer."
        assert form(client, base, text=f"{back} I logged every prompt for a week.", title="Back", tags="").status_code == 303
        form(client, f"{base}/move", part="result", sentence="In the end the bill fell by forty percent.")
        assert "read it in order" in client.get(base).text
        assert form(client, base, text=BILL, title="Anew", tags="").status_code == 303
        assert "Anew" in client.get("/bank/cutting-cost").text
        assert form(client, f"{base}/delete").headers["location"] == "/prep/stories"
        assert client.get(base).status_code == 404


def test_a_story_of_signs_alone_is_kept_through_the_form_and_the_api(served: Served) -> None:
    with served.client() as client:
        added = client.post("/api/prep/stories", json={"text": ";"})
        assert (added.status_code, added.json()["story"]["title"]) == (201, ";")
        at = form(client, "/prep/stories", text="...").headers["location"]
        assert form(client, at, text="?!", title=" ").status_code == 303
        for changed, title in (({"text": "😀"}, "?!"), ({"text": ";", "title": ""}, ";")):
            assert client.put(f"/api{at}", json=changed).json()["story"]["title"] == title
        assert client.get("/prep/stories").status_code == 200 and len(client.get("/api/prep/stories").json()) == 2


def test_what_was_typed_stays_in_its_fields_when_the_story_cannot_be_kept(served: Served) -> None:
    tags = ", ".join(f"tag{n}" for n in range(13))
    base = made(served)
    with served.client() as client:
        for at, told in (("/prep/stories", "I mended it."), (base, f"\n  {BILL} {XSS}")):
            reply = form(client, at, text=told, title="The <repair>", tags=tags)
            assert reply.status_code == 422 and "at most 12 tags" in reply.text
            assert f"\n{escape(told)}</textarea>" in reply.text and f'value="{tags}"' in reply.text
            assert 'value="The &lt;repair&gt;"' in reply.text and "<script>alert" not in reply.text
        assert [view["story"]["text"] for view in client.get("/api/prep/stories").json()] == [BILL]


def test_bad_forms_say_what_to_do(served: Served) -> None:
    base = made(served)
    with served.client() as client:
        assert "The story is empty" in form(client, "/prep/stories", text=" ").text
        assert form(client, f"{base}/fill", gap="moral", words="x").status_code == 422
        assert form(client, f"{base}/move", part="moral", sentence="x").status_code == 422
        assert form(client, "/prep/stories", text="x" * 6001).status_code == 413
        assert client.get("/prep/asks/boss").status_code == 404
        assert form(client, "/prep/asks/peer", text="").status_code == 422
        assert form(client, "/prep/asks/peer/none/move", step="1").status_code == 404


def test_after_an_answer_the_story_it_told_stands_beside_the_notes(served: Served) -> None:
    base = made(served)
    view = answered(served, BILL.replace("We had to bring it down. ", ""), question_id="cutting-cost")
    with served.client() as client:
        notes = client.get(f"/interview/{view.session.session_id}").text
        assert "Your story" in notes and base in notes and "task altogether" in notes
        form(client, f"/interview/{view.session.session_id}/end")
        assert "Your story" in client.get(f"/interview/{view.session.session_id}/report").text
        assert "% of its words" in client.get(base).text
    control = answered(served, "Attention weighs the context, and that is all I can say about it today.", question_id="cutting-cost")
    with served.client() as client:
        assert "Your story" not in client.get(f"/interview/{control.session.session_id}").text


def test_a_list_of_questions_and_its_practice(served: Served) -> None:
    with served.client() as client:
        assert client.get("/prep/asks").headers["location"] == "/prep/asks/recruiter"
        page = client.get("/prep/asks/manager").text
        assert "Say which ones they are" in page and "Beginnings" in page
        for text in ("What are the biggest challenges?", "Who decides that an answer is good enough to ship?"):
            assert form(client, "/prep/asks/manager", text=text, why="to see").status_code == 303
        page = client.get("/prep/asks/manager").text
        ids = re.findall(r'id="ask-([0-9a-f]+)"', page)
        assert len(ids) == 2 and "Any employer could be asked this" in page and "For you: to see" in page
        form(client, f"/prep/asks/manager/{ids[1]}/move", step="-1")
        assert re.findall(r'id="ask-([0-9a-f]+)"', client.get("/prep/asks/manager").text) == ids[::-1]
        form(client, f"/prep/asks/manager/{ids[0]}", text="What worries you most about filling this role?")
        assert "filling this role" in client.get("/prep/asks/manager").text
        form(client, f"/prep/asks/manager/{ids[1]}/delete")
        assert ids[1] not in client.get("/prep/asks/manager").text
        stage = form(client, "/prep/asks/manager/practise").headers["location"]
        assert "manager" in served.room.interview.get(ME, stage.rsplit("/", 1)[1]).session.turns[0].question_id


def test_an_answer_that_asks_is_looked_at_question_by_question(served: Served) -> None:
    served.room.prep.asks.add(ME, "manager", "What worries you most about filling this role?")
    question = served.room.prep.asks.question("manager")
    assert question is not None
    view = answered(
        served, "Yes. What is the annual bonus? You mentioned labelling; what have you tried to bring that down?", question_id=question.id
    )
    with served.client() as client:
        notes = client.get(f"/interview/{view.session.session_id}").text
    assert "Question by question" in notes and "not theirs to settle" in notes and "On your list and not asked" in notes


@pytest.mark.parametrize("where", ["story", "ask"])
def test_what_is_written_is_never_markup(served: Served, where: str) -> None:
    with served.client() as client:
        if where == "story":
            page = client.get(form(client, "/prep/stories", text=f"{BILL} {XSS}", title=XSS, tags="<b>").headers["location"]).text
        else:
            form(client, "/prep/asks/peer", text=f"{XSS} What woke you up?", why=XSS)
            page = client.get("/prep/asks/peer").text
    assert "<script>alert" not in page and "<img src=x" not in page and "&lt;script&gt;alert" in page
