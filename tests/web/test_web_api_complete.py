"""Whatever a page can do, the API can. A page without an entry here fails: give it one, or say why a program has no use for it."""

from __future__ import annotations

import json
from pathlib import Path

from test_web_access import ACCESS
from web_serving import Served, answered, new_id, said, serving

from greenroom.room import Room

BY_PAGES = {
    "GET /": "GET /api/today",
    "GET /bank": "GET /api/bank",
    "GET /bank/{question_id}": "GET /api/bank/{question_id}",
    "GET /preview": "GET /api/preview",
    "GET /preview/{question_id}": "GET /api/preview/{question_id}",
    "POST /preview/{question_id}": "POST /api/preview/{question_id}",
    "GET /labs": "GET /api/labs",
    "GET /labs/{name}": "GET /api/labs/{name}",
    "POST /labs/{name}": "POST /api/labs/{name}/run",
    "POST /labs/{name}/run": "POST /api/labs/{name}/events",
    "GET /labs/own-picture": "GET /api/labs/own-picture",
    "POST /labs/own-picture/file": "POST /api/labs/own-picture/file",
    "GET /review": "GET /api/review",
    "GET /progress": "GET /api/progress",
    "GET /profile": "GET /api/profile",
    "POST /profile": "PUT /api/profile",
    "POST /interview": "POST /api/sessions",
    "GET /interview/{session_id}": "GET /api/sessions/{session_id}",
    "GET /interview/{session_id}/events": "GET /api/answers/{answer_id}",  # its ``wait``
    "GET /interview/{session_id}/report": "GET /api/sessions/{session_id}/report",
    "POST /interview/{session_id}/answer": "POST /api/sessions/{session_id}/answers",
    "POST /interview/{session_id}/dispute": "POST /api/answers/{answer_id}/disputes",
    "POST /interview/{session_id}/draft": "PUT /api/sessions/{session_id}/turns/{turn_id}/draft",
    "POST /interview/{session_id}/end": "POST /api/sessions/{session_id}/end",
    "POST /interview/{session_id}/follow-up": "POST /api/sessions/{session_id}/turns/{turn_id}/follow-up",
    "POST /interview/{session_id}/judge-again": "POST /api/answers/{answer_id}/judge-again",
    "POST /interview/{session_id}/next": "POST /api/sessions/{session_id}/next",
    "POST /interview/{session_id}/rate": "POST /api/sessions/{session_id}/turns/{turn_id}/rating",
    "POST /interview/{session_id}/ratings": "POST /api/sessions/{session_id}/ratings",
    "POST /interview/{session_id}/redo": "POST /api/sessions/{session_id}/turns/{turn_id}/redo",
    "POST /interview/{session_id}/skip": "POST /api/sessions/{session_id}/turns/{turn_id}/skip",
    "GET /progress/topics/{topic}": "GET /api/progress",
    "GET /progress/night-before": "GET /api/progress/night-before",
    "GET /progress/night-before/{form}": "GET /api/progress/night-before",
    "GET /progress/weak-points.apkg": "GET /api/progress",
    "GET /prep/job": "GET /api/prep/job",
    "POST /prep/job": "POST /api/prep/job",
    "POST /prep/job/file": "POST /api/prep/job/file",
    "POST /prep/job/level": "POST /api/prep/job/level",
    "GET /prep/cv": "GET /api/prep/cv",
    "POST /prep/cv": "POST /api/prep/cv",
    "POST /prep/cv/file": "POST /api/prep/cv/file",
    "POST /prep/papers/use": "POST /api/prep/papers/{paper_id}/use",
    "POST /prep/papers/delete": "DELETE /api/prep/papers/{paper_id}",
    "GET /prep/plan": "GET /api/prep/plan",
    "POST /prep/plan": "POST /api/prep/plan",
    "GET /prep/company": "GET /api/prep/company",
    "POST /prep/company": "PUT /api/prep/company",
    "GET /prep/study/{question_id}": "GET /api/prep/study/{question_id}",
    "POST /prep/study/{question_id}": "POST /api/prep/study/{question_id}",
    "POST /prep/best/{question_id}": "PUT /api/prep/best/{question_id}",
    "GET /prep/stories": "GET /api/prep/stories",
    "POST /prep/stories": "POST /api/prep/stories",
    "GET /prep/stories/new": "GET /api/prep/stories",
    "GET /prep/stories/{story_id}": "GET /api/prep/stories/{story_id}",
    "POST /prep/stories/{story_id}": "PUT /api/prep/stories/{story_id}",
    "POST /prep/stories/{story_id}/move": "POST /api/prep/stories/{story_id}/move",
    "POST /prep/stories/{story_id}/fill": "POST /api/prep/stories/{story_id}/fill",
    "POST /prep/stories/{story_id}/delete": "DELETE /api/prep/stories/{story_id}",
    "GET /prep/asks": "GET /api/prep/asks/{round_name}",
    "GET /prep/asks/{round_name}": "GET /api/prep/asks/{round_name}",
    "POST /prep/asks/{round_name}": "POST /api/prep/asks/{round_name}",
    "POST /prep/asks/{round_name}/practise": "POST /api/sessions",  # a drill of the list's question
    "POST /prep/asks/{round_name}/{ask_id}": "PUT /api/prep/asks/{round_name}/{ask_id}",
    "POST /prep/asks/{round_name}/{ask_id}/move": "POST /api/prep/asks/{round_name}/{ask_id}/move",
    "POST /prep/asks/{round_name}/{ask_id}/delete": "DELETE /api/prep/asks/{round_name}/{ask_id}",
    "GET /interview": "GET /api/topics",
    "POST /interview/{session_id}/pause": "POST /api/sessions/{session_id}/pause",
    "POST /interview/{session_id}/resume": "POST /api/sessions/{session_id}/resume",
    "POST /interview/{session_id}/think": "POST /api/sessions/{session_id}/turns/{turn_id}/thinking",
    "POST /interview/{session_id}/word": "POST /api/sessions/{session_id}/wording",
    "GET /interview/{session_id}/report/{form}": "GET /api/sessions/{session_id}/report",
    "GET /interview/{session_id}/takes/{take_id}/sound.wav": "GET /api/voice/takes/{take_id}",
    "POST /interview/{session_id}/takes/{take_id}/forget": "DELETE /api/voice/takes/{take_id}/sound",
}
NOT_FOR_PROGRAMS = {
    "POST /language": "a program says what it wants with Accept-Language; the choice in the foot is a browser's",
    "POST /profile/erase": "it cannot be undone: a person does it, on the page or with `greenroom erase`",
    "GET /interview/{session_id}/turns/{turn_id}/asked.wav": "the question is text in the session: whoever calls can say it itself",
}


def pages() -> list[str]:
    return [name for name in ACCESS if "/api/" not in name and not name.startswith("MOUNT")]


def test_every_page_has_its_address_in_the_api() -> None:
    assert [name for name in pages() if name not in BY_PAGES and name not in NOT_FOR_PROGRAMS] == []
    assert [address for address in BY_PAGES.values() if address not in ACCESS] == []


def test_today_and_the_bank_say_what_the_pages_say(served: Served) -> None:
    first = said(served.room)
    answered(served, first)
    with served.client() as client:
        today = client.get("/api/today").json()
        assert today["left_open"]["session_id"]
        assert "attention" in today["topics"]
        one = client.get("/api/bank/attention").json()
        assert one["attempted"] and one["model_answers"]
        assert [each["question_id"] for each in one["history"]] == ["attention"]
        assert one["question"]["mastery"] > 0
        assert one["near"] and one["labs"]
        untried = client.get("/api/bank/training").json()
        assert (untried["attempted"], untried["model_answers"], untried["history"]) == (False, None, [])
        listed = client.get("/api/bank", params={"level": "expert"}).json()
        assert {each["level"] for each in listed} == {"expert"}
        weak = client.get("/api/bank", params={"only": "weak"}).json()
        assert [each["id"] for each in weak] == ["attention"]
        assert client.get("/api/bank", params={"only": "due"}).status_code == 200
        assert client.get("/api/bank", params={"only": "nonsense"}).status_code == 422


def test_preparing_is_all_there(served: Served) -> None:
    """Each address once, with what the next one needs."""
    job = "Senior LLM engineer. You will fine-tune models, build retrieval and evaluate them. You will serve them at scale. " * 4
    job = job.strip()
    with served.client() as client:
        assert client.get("/api/prep/job").json() is None
        given = client.post("/api/prep/job", json={"text": job})
        assert given.status_code == 201, given.text
        paper = given.json()
        assert client.get("/api/prep/job").json()["paper"]["text"] == job
        assert client.post("/api/prep/job/level").status_code == 200
        assert [each["paper_id"] for each in client.get("/api/prep/papers", params={"kind": "job"}).json()] == [paper["paper_id"]]
        assert client.post(f"/api/prep/papers/{paper['paper_id']}/use").status_code == 200
        assert client.delete(f"/api/prep/papers/{paper['paper_id']}").status_code == 200
        assert client.delete(f"/api/prep/papers/{paper['paper_id']}").status_code == 404
        assert client.post("/api/prep/cv", json={"text": f"I led the team that built a search. {job}"}).status_code == 201
        assert client.get("/api/prep/cv").json()["paper"]["kind"] == "cv"
        company = {"does": "Payments", "llms": "", "stack": "", "people": "", "links": "", "notes": ""}
        assert client.put("/api/prep/company", json=company).json() == company == client.get("/api/prep/company").json()
        assert client.get("/api/prep/plan").json()["begun"] is False
        assert client.post("/api/prep/study/attention").json()["mark"] is not None
        assert client.get("/api/prep/study/attention").json()["question"]["id"] == "attention"
        assert client.put("/api/prep/best/attention", json={"answer_id": "none"}).status_code == 404
        assert client.put("/api/prep/best/%7C", json={"answer_id": "none"}).status_code == 404, "no id of a question"
        assert client.get("/api/progress/night-before").status_code == 200


def test_stories_and_questions_of_ones_own_are_kept_changed_and_deleted(served: Served) -> None:
    told = "We had a model that was slow. I measured it. I moved the cache. It became twice as fast, by our dashboard."
    with served.client() as client:
        story_id = client.post("/api/prep/stories", json={"text": told, "title": "The cache"}).json()["story"]["story_id"]
        at = f"/api/prep/stories/{story_id}"
        longer = {"text": f"{told} I learned to measure first.", "title": "Caching"}
        assert client.put(at, json=longer).json()["story"]["title"] == "Caching" == client.get(at).json()["story"]["title"]
        assert [each["story"]["story_id"] for each in client.get("/api/prep/stories").json()] == [story_id]
        assert client.post(f"{at}/move", json={"sentence": "I measured it.", "part": "nonsense"}).status_code == 422
        assert client.delete(at).json() == {"done": True}
        assert client.get(at).status_code == 404
        asks = "/api/prep/asks/manager"
        ask_id = client.post(asks, json={"text": "How do you use language models today?"}).json()["ask_id"]
        assert client.put(f"{asks}/{ask_id}", json={"text": "How will you use language models next year?"}).status_code == 200
        assert client.post(f"{asks}/{ask_id}/move", json={"step": 1}).json()["items"]
        assert client.delete(f"{asks}/{ask_id}").json() == {"done": True}
        assert client.get(asks).json()["items"] == []
        assert client.get("/api/prep/asks/nonsense").status_code == 422


def test_an_answer_can_be_held_against_a_company(served: Served) -> None:
    sent = {"question_id": "attention", "text": f"{said(served.room)} At your bank I would use it to read payment notes."}
    with served.client() as client:
        plain = client.post("/api/assess", json=sent).json()
        fitted = client.post("/api/assess", json={**sent, "company": "Kestrel Bank", "role": "Analyst"}).json()
    if plain["communication"] is not None:
        assert (plain["communication"]["fit"], bool(fitted["communication"]["fit"])) == (None, True)
    assert fitted["points"] == plain["points"], "it is no part of the score"


def test_a_mock_is_rated_at_once(served: Served) -> None:
    with served.client() as client:
        begun = client.post("/api/sessions", json={"mode": "mock", "question_ids": ["attention", "training"], "count": 2}).json()
        base, ids = f"/api/sessions/{begun['session']['session_id']}", [new_id(), new_id()]
        for n, submission_id in enumerate(ids, 1):
            text = {"submission_id": submission_id, "turn_id": f"t{n}", "text": said(served.room)}
            assert client.post(f"{base}/answers", json=text).status_code == 201
            assert client.get(f"/api/answers/{submission_id}", params={"wait": 20}).json()["status"] == "done"
        client.post(f"{base}/end")
        assert client.post(f"{base}/ratings", json={"ratings": {"t9": 3}}).status_code == 404
        assert client.post(f"{base}/ratings", json={"ratings": {"t1": 6}}).status_code == 422
        turns = client.post(f"{base}/ratings", json={"ratings": {"t1": 4}}).json()["session"]["turns"]
        assert [(turn["self_rating"], turn["rating_declined"]) for turn in turns] == [(4, False), (None, True)]
        assert client.get(f"{base}/report").json()["to_rate"] == []


def test_waiting_for_a_verdict_has_an_end(served: Served) -> None:
    with served.client() as client:
        assert client.get("/api/answers/none", params={"wait": 1}).status_code == 404
        assert client.get("/api/answers/none", params={"wait": 31}).status_code == 422


def test_a_lab_is_told_part_by_part_as_json(served: Served) -> None:
    with served.client() as client:
        with client.stream("POST", "/api/labs/cutoffs/events", json={"set": {"temperature": 2}}) as reply:
            assert reply.headers["content-type"].startswith("text/event-stream")
            told = [line for line in reply.iter_lines() if line]
        names = [line.removeprefix("event: ") for line in told if line.startswith("event: ")]
        whole = json.loads(next(line for line in reversed(told) if line.startswith("data: ")).removeprefix("data: "))
        assert names[-1] == "end"
        assert {"picture", "finding"} <= set(names)
        assert whole == client.post("/api/labs/cutoffs/run", json={"set": {"temperature": 2}}).json()
        assert client.post("/api/labs/cutoffs/events", json={"set": {"temperature": -1}}).status_code == 422
        links = client.get("/api/labs/links").json()
        assert all(link["name"] and target.count("/") == 1 for target, link in links.items())


def test_a_pack_that_is_written_is_previewed(literal_room: Room, tmp_path: Path) -> None:
    from greenroom.bank.scaffold import make_pack
    from greenroom.web.app import create_app

    folder = tmp_path / "mine"
    make_pack(folder)
    with serving(literal_room) as served, served.client() as client:
        assert client.get("/api/preview").status_code == 404
        assert create_app(literal_room, literal_room.settings, folder).state.preview == folder
        served.app.state.preview = folder
        draft = client.get("/api/preview").json()
        assert draft["faults"], "nothing is filled in yet"
        for question in draft["questions"]:
            one = client.get(f"/api/preview/{question['id']}").json()
            assert one["faults"]
            assert client.post(f"/api/preview/{question['id']}", json={"text": "Something."}).status_code in (200, 422)
        assert client.get("/api/preview/none").status_code == 404


def test_what_is_left_out_stays_and_what_is_on_another_list_is_not_there(served: Served) -> None:
    told = "We had a model that was slow. I measured it. I moved the cache. It became twice as fast, by our dashboard."
    with served.client() as client:
        made = client.post("/api/prep/stories", json={"text": told, "title": "The cache", "tags": ["speed, evals"]}).json()["story"]
        at = f"/api/prep/stories/{made['story_id']}"
        kept = client.put(at, json={"text": f"{told} I learned to measure first."}).json()["story"]
        assert (kept["title"], kept["tags"]) == ("The cache", ["speed", "evals"])
        assert client.put(at, json={"text": told, "tags": []}).json()["story"]["tags"] == []
        gone = client.post(f"{at}/move", json={"sentence": "I measured nothing.", "part": "action"})
        assert (gone.status_code, "Look at the story again" in gone.json()["hint"]) == (404, True)
        assert client.post(f"{at}/fill", json={"gap": "reflection", "words": " "}).status_code == 422
        ask = {"text": "How do you use language models today?", "why": "to know where I fit"}
        ask_id = client.post("/api/prep/asks/manager", json=ask).json()["ask_id"]
        changed = client.put(f"/api/prep/asks/manager/{ask_id}", json={"text": "How will you use language models next year?"}).json()
        assert changed["why"] == ask["why"]
        elsewhere = f"/api/prep/asks/peer/{ask_id}"
        assert client.put(elsewhere, json=ask).status_code == client.delete(elsewhere).status_code == 404
        assert client.post(f"{elsewhere}/move", json={"step": 1}).json()["hint"] == "It is on the list for the manager."


def test_questions_are_looked_at_before_and_after_they_are_asked(served: Served) -> None:
    said_so = "What is the bonus? What worries you most about filling this role?"
    with served.client() as client:
        client.post("/api/prep/asks/manager", json={"text": "What worries you most about filling this role?"})
        client.post("/api/prep/asks/manager", json={"text": "Which decision of last year would you take back?"})
        judged = client.post("/api/prep/asks/manager/judge", json={"text": said_so}).json()
        assert [[weak["id"] for weak in each["weak"]] for each in judged] == [["pay"], []]
        assert client.post("/api/prep/asks/manager/judge", json={"text": "Nothing."}).status_code == 422
        question_id = client.get("/api/prep/asks/manager").json()["question_id"]
        begun = client.post("/api/sessions", json={"mode": "drill", "question_ids": [question_id], "count": 1}).json()
        base, answer_id = f"/api/sessions/{begun['session']['session_id']}", new_id()
        client.post(f"{base}/answers", json={"submission_id": answer_id, "turn_id": "t1", "text": said_so})
        assert client.get(f"/api/prep/told/{answer_id}").json() == {"story": None, "asked": None}, "first the self-rating"
        client.post(f"{base}/turns/t1/rating", json={"rating": 3})
        asked = client.get(f"/api/prep/told/{answer_id}").json()["asked"]
        assert ([len(asked["judgements"])], [each["text"] for each in asked["done"]], [each["text"] for each in asked["left"]]) == (
            [2], ["What worries you most about filling this role?"], ["Which decision of last year would you take back?"],
        )  # fmt: skip
