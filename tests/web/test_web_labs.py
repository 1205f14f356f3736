"""The labs in the browser's reach: pages, the stream, its end when nobody listens any more, the JSON, and the way there from a verdict."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx2
import pytest
from test_web_attacks import OWN, check
from web_serving import Served, answered, everything, form, serving

sys.path.insert(0, str(Path(__file__).parents[1] / "labs"))
import labs_odd

from greenroom.builtin import Builtin
from greenroom.labs.lab import Lab
from greenroom.plugins import hookimpl
from greenroom.room import Parts, Room
from greenroom.room.labs import AT_ONCE
from greenroom.settings import Settings

STREAM = {"accept": "text/event-stream, application/json"}


class OddLabs:
    @hookimpl
    def greenroom_labs(self) -> Sequence[Lab]:
        return [kind() for kind in (labs_odd.Counts, labs_odd.Waits, labs_odd.Raises, labs_odd.Refuses)]


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Served]:
    settings = Settings(home=tmp_path / "odd")
    with Room(settings, Parts(settings, given={"builtin": Builtin(), "odd": OddLabs()})) as room, serving(room) as served:
        yield served


def test_the_labs_of_a_topic_and_of_an_unknown_one(served: Served) -> None:
    with served.client() as client:
        every, some, unknown = (client.get(f"/labs{query}").text for query in ("", "?topic=attention", "?topic=%3Cb%3E"))
    assert 'href="/labs/attention-maps"' in some and 'href="/labs/cost"' not in some and 'href="/labs/own-picture"' not in some
    assert '<option value="attention" selected>' in some
    assert 'href="/labs/cost"' in every and 'href="/labs/cost"' in unknown and "<b>" not in unknown


def events(reply: httpx2.Response) -> list[tuple[str, str]]:
    found = []
    for block in reply.text.replace("\r\n", "\n").split("\n\n"):
        lines = block.split("\n")
        name = next((line[7:] for line in lines if line.startswith("event: ")), "")
        found.append((name, "\n".join(line[6:] for line in lines if line.startswith("data: "))))
    return [event for event in found if event[0]]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(seconds: float, true: object) -> bool:
    deadline = time.monotonic() + seconds
    while not (met := true()) and time.monotonic() < deadline:  # type: ignore[operator]
        time.sleep(0.02)
    return bool(met)


def test_the_pages_list_the_labs_and_fill_the_form(served: Served) -> None:
    with served.client() as client:
        assert "What a model costs" in client.get("/labs").text
        shown = client.get("/labs/cost", params={"parameters": "7"})
        assert 'name="parameters" id="p-parameters" value="7"' in shown.text
        assert "data-begin" in shown.text
        assert "data-begin" not in client.get("/labs/cost").text
        wrong = client.get("/labs/cost", params={"layers": "0"})
        assert (wrong.status_code, "takes a whole number from 1 to 1000" in wrong.text) == (422, True)
        missing = client.get("/labs/csot")
        assert (missing.status_code, "Did you mean cost" in missing.text) == (404, True)


def test_a_run_streams_progress_parts_and_the_end(served: Served) -> None:
    with served.client(**STREAM) as client:
        reply = client.post("/labs/cutoffs/run", data={"temperature": "0.7", "top_k": ""})
    assert reply.headers["content-type"].startswith("text/event-stream")
    found = events(reply)
    names = [name for name, _ in found]
    assert names[0] == "progress"
    assert names[-1] == "end"
    assert json.loads(found[0][1]) == {"says": "Applying the rules", "share": 0.1}
    parts = [data for name, data in found if name == "part"]
    assert sum('id="part-draws"' in data for data in parts) == 8, "the table grows, a row at a time"
    assert 'role="img"' in parts[0]
    assert "The same as a table" in parts[0]
    assert "Sydney" in parts[0]
    assert "The likeliest token is false" in found[-1][1]


def test_without_javascript_the_same_form_gets_the_whole_page(served: Served) -> None:
    with served.client() as client:
        reply = form(client, "/labs/cost", parameters="7", gpu_memory="16")
        assert reply.status_code == 200
        assert 'id="part-memory"' in reply.text
        assert "8.0 times as much" in reply.text
        wrong = form(client, "/labs/cost", kv_heads="3")
        assert (wrong.status_code, "cannot share 3 key-value heads" in wrong.text) == (422, True)


def test_a_value_that_cannot_be_used_is_refused_before_any_stream(served: Served) -> None:
    with served.client(**STREAM) as client:
        for fields in ({"temperature": "hot"}, {"nonsense": "1"}):
            reply = client.post("/labs/cutoffs/run", data=fields)
            assert (reply.status_code, set(reply.json())) == (422, {"error", "hint"})
        assert client.post("/labs/nowhere/run", data={}).status_code == 404
        inside = events(client.post("/labs/cutoffs/run", data={"distribution": "own", "own": "one 1"}))
        assert [name for name, _ in inside] == ["fault"]
        assert "The distribution has 1 tokens" in inside[0][1]


def test_the_json_is_the_same_from_the_api_and_the_room(served: Served) -> None:
    with served.client() as client:
        reply = client.post("/api/labs/cost/run", json={"set": {"parameters": 7, "tied": True}})
        assert reply.json() == served.room.labs.result("cost", {"parameters": "7", "tied": "yes"}).model_dump(mode="json")
        assert {card["name"] for card in client.get("/api/labs").json()} >= {"cost", "cutoffs"}
        assert client.get("/api/labs/cost").json()["parameters"][0]["name"] == "layers"
        assert client.post("/api/labs/cost/run", json={"set": {"layers": 0}}).status_code == 422


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
@pytest.mark.parametrize("path", ["/labs/waits/run", "/api/labs/waits/run"])
def test_when_the_browser_goes_the_work_stops_within_two_seconds(odd: Served, tmp_path: Path, path: str) -> None:
    file = tmp_path / "pids"
    given = {"json": {"set": {"file": str(file)}}} if path.startswith("/api") else {"data": {"file": str(file)}}
    with odd.client() as client:
        if path.startswith("/api"):
            with pytest.raises(httpx2.TimeoutException):
                client.post(path, timeout=3, **given)  # type: ignore[arg-type]
        else:
            with client.stream("POST", path, **given) as reply:  # type: ignore[arg-type]
                for line in reply.iter_lines():
                    if "waiting" in line:
                        break
                assert all(alive(int(pid)) for pid in file.read_text().split()), "control: while somebody listens it goes on"
    pids = [int(pid) for pid in file.read_text().split()]
    assert until(2, lambda: not any(alive(pid) for pid in pids))
    with odd.client() as client:
        assert client.post("/api/labs/counts/run", json={}).status_code == 200, "its place is free again"


def test_no_more_than_a_few_run_at_once(odd: Served, tmp_path: Path) -> None:
    files = [tmp_path / str(n) for n in range(AT_ONCE)]
    with odd.client(**STREAM) as client:
        streams = [client.stream("POST", "/labs/waits/run", data={"file": str(file)}) for file in files]
        for stream in streams:
            stream.__enter__()
        busy = client.post("/labs/counts/run", data={})
        assert (busy.status_code, "labs run already" in busy.json()["error"]) == (503, True)
        assert client.get("/labs/counts").status_code == 200, "the pages go on"
        for stream in streams:
            stream.__exit__(None, None, None)
    with odd.client(**STREAM) as client:
        assert until(5, lambda: client.post("/labs/counts/run", data={}).status_code == 200)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
def test_closing_the_room_ends_what_runs(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "odd")
    with (
        Room(settings, Parts(settings, given={"odd": OddLabs()})) as room,
        room.labs.run("waits", {"file": str(tmp_path / "pids")}) as worker,
    ):
        assert until(20, lambda: (tmp_path / "pids").exists() and worker.next(1) is not None)
        room.close()
        assert not alive(worker.pid)


def test_a_lab_that_breaks_down_is_named_and_the_app_lives(odd: Served) -> None:
    with odd.client(**STREAM) as client:
        found = events(client.post("/labs/raises/run", data={}))
        assert found[-1][0] == "fault"
        assert "broke down: ZeroDivisionError" in found[-1][1]
        refused = events(client.post("/labs/refuses/run", data={}))
        assert "greenroom labs fetch" in refused[-1][1]
        assert client.get("/labs").status_code == 200


def test_strings_that_break_things_through_every_text_of_a_lab(served: Served) -> None:
    """As tokens of a distribution, all in one run, they come back in every table, picture and sentence."""
    tokens = dict.fromkeys("".join(" " if char in ",;\r\n" else char for char in text)[:36].strip() for text in OWN)
    own = ",".join(f"{token} {n}" for n, token in enumerate(tokens, 1) if token)
    with served.client() as client:
        reply = form(client, "/labs/cutoffs", distribution="own", own=own, temperature="2", top_p="1")
        assert reply.status_code == 200
        check(reply)
        assert reply.text.count("&lt;script&gt;") > 3
        check(client.get("/labs/cutoffs", params={"distribution": "own", "own": own}))
        streamed = client.post("/labs/cutoffs/run", data={"distribution": "own", "own": own}, headers=STREAM)
        assert "<script" not in streamed.text
        assert "<img" not in streamed.text
        for text in OWN:
            check(form(client, "/labs/cutoffs", temperature=text))
            check(client.get("/labs/cutoffs", params={"written": text}))


def test_a_verdict_leads_to_the_lab_that_shows_it(tmp_path: Path) -> None:
    with everything(tmp_path / "verdicts") as room, serving(room) as served:
        session = answered(served, "It is costly. It needs memory. It needs only the weights.", question_id="training-challenges").session
        with served.client() as client:
            shown = client.get(f"/interview/{session.session_id}").text
            assert "Run it and see" in shown
            assert "/labs/cost?layers=32" in shown, "the lab says it settles this point, and with which values"
            room.interview.end("local", session.session_id)
            assert "Run it and see" in client.get(f"/interview/{session.session_id}/report").text
            assert "/labs/cost" in client.get("/bank/training-challenges").text


def test_a_pack_that_names_its_own_values_is_followed_and_one_that_leads_nowhere_is_not(served: Served) -> None:
    from greenroom.bank.question import LabLink
    from greenroom.web.labs.links import Links

    links = Links(served.room.labs)
    wrong = next(m for m in served.room.bank.get("generation").misconceptions if m.id == "top-p-share")
    assert links.url("generation/top-p-share", wrong.lab) == "/labs/cutoffs?distribution=sure&temperature=1&top_p=0.9"
    assert links.url("attention/nothing", LabLink(name="nowhere")) is None
    assert links.url("attention/nothing", LabLink(name="cost", set={"layers": -1})) is None
