"""Who may use what: every route has an entry here, and asks whose request it is. A new route without an entry fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from web_serving import Served

from greenroom.web.deps import owner

OWNER, PUBLIC = "owner", "public"
ACCESS = {
    "GET /": OWNER,
    "GET /bank": OWNER,
    "GET /bank/{question_id}": OWNER,
    "GET /preview": OWNER,
    "GET /preview/{question_id}": OWNER,
    "POST /preview/{question_id}": OWNER,
    "POST /language": OWNER,
    "GET /labs": OWNER,
    "GET /labs/{name}": OWNER,
    "POST /labs/{name}": OWNER,
    "POST /labs/{name}/run": OWNER,
    "GET /labs/own-picture": OWNER,
    "POST /labs/own-picture/file": OWNER,
    "GET /review": OWNER,
    "GET /progress": OWNER,
    "GET /progress/topics/{topic}": OWNER,
    "GET /progress/night-before": OWNER,
    "GET /progress/night-before/{form}": OWNER,
    "GET /progress/weak-points.apkg": OWNER,
    "GET /profile": OWNER,
    "POST /profile/erase": OWNER,
    "GET /prep/job": OWNER,
    "POST /prep/job": OWNER,
    "POST /prep/job/file": OWNER,
    "POST /prep/job/level": OWNER,
    "GET /prep/cv": OWNER,
    "POST /prep/cv": OWNER,
    "POST /prep/cv/file": OWNER,
    "POST /prep/papers/use": OWNER,
    "POST /prep/papers/delete": OWNER,
    "GET /prep/plan": OWNER,
    "POST /prep/plan": OWNER,
    "GET /prep/company": OWNER,
    "POST /prep/company": OWNER,
    "GET /prep/study/{question_id}": OWNER,
    "POST /prep/study/{question_id}": OWNER,
    "POST /prep/best/{question_id}": OWNER,
    "POST /profile": OWNER,
    "GET /prep/stories": OWNER,
    "POST /prep/stories": OWNER,
    "GET /prep/stories/new": OWNER,
    "GET /prep/stories/{story_id}": OWNER,
    "POST /prep/stories/{story_id}": OWNER,
    "POST /prep/stories/{story_id}/move": OWNER,
    "POST /prep/stories/{story_id}/fill": OWNER,
    "POST /prep/stories/{story_id}/delete": OWNER,
    "GET /prep/asks": OWNER,
    "GET /prep/asks/{round_name}": OWNER,
    "POST /prep/asks/{round_name}": OWNER,
    "POST /prep/asks/{round_name}/practise": OWNER,
    "POST /prep/asks/{round_name}/{ask_id}": OWNER,
    "POST /prep/asks/{round_name}/{ask_id}/move": OWNER,
    "POST /prep/asks/{round_name}/{ask_id}/delete": OWNER,
    "GET /interview": OWNER,
    "POST /interview": OWNER,
    "POST /interview/{session_id}/pause": OWNER,
    "POST /interview/{session_id}/resume": OWNER,
    "POST /interview/{session_id}/think": OWNER,
    "POST /interview/{session_id}/word": OWNER,
    "GET /interview/{session_id}": OWNER,
    "GET /interview/{session_id}/events": OWNER,
    "GET /interview/{session_id}/report": OWNER,
    "GET /interview/{session_id}/report/{form}": OWNER,
    "POST /interview/{session_id}/answer": OWNER,
    "POST /interview/{session_id}/dispute": OWNER,
    "POST /interview/{session_id}/draft": OWNER,
    "POST /interview/{session_id}/end": OWNER,
    "POST /interview/{session_id}/follow-up": OWNER,
    "POST /interview/{session_id}/judge-again": OWNER,
    "POST /interview/{session_id}/next": OWNER,
    "POST /interview/{session_id}/rate": OWNER,
    "POST /interview/{session_id}/ratings": OWNER,
    "POST /interview/{session_id}/redo": OWNER,
    "POST /interview/{session_id}/skip": OWNER,
    "GET /api/health": OWNER,
    "GET /api/bank": OWNER,
    "GET /api/preview": OWNER,
    "GET /api/preview/{question_id}": OWNER,
    "POST /api/preview/{question_id}": OWNER,
    "GET /api/bank/{question_id}": OWNER,
    "GET /api/labs": OWNER,
    "GET /api/labs/{name}": OWNER,
    "GET /api/labs/links": OWNER,
    "GET /api/labs/own-picture": OWNER,
    "POST /api/labs/own-picture/file": OWNER,
    "POST /api/labs/{name}/events": OWNER,
    "POST /api/labs/{name}/run": OWNER,
    "GET /api/search": OWNER,
    "GET /api/topics": OWNER,
    "GET /api/today": OWNER,
    "POST /api/assess": OWNER,
    "GET /api/review": OWNER,
    "GET /api/progress": OWNER,
    "GET /api/progress/night-before": OWNER,
    "GET /api/prep/job": OWNER,
    "POST /api/prep/job": OWNER,
    "POST /api/prep/job/file": OWNER,
    "POST /api/prep/job/level": OWNER,
    "GET /api/prep/cv": OWNER,
    "POST /api/prep/cv": OWNER,
    "POST /api/prep/cv/file": OWNER,
    "GET /api/prep/papers": OWNER,
    "POST /api/prep/papers/{paper_id}/use": OWNER,
    "DELETE /api/prep/papers/{paper_id}": OWNER,
    "GET /api/prep/plan": OWNER,
    "POST /api/prep/plan": OWNER,
    "GET /api/prep/company": OWNER,
    "PUT /api/prep/company": OWNER,
    "GET /api/prep/study/{question_id}": OWNER,
    "POST /api/prep/study/{question_id}": OWNER,
    "PUT /api/prep/best/{question_id}": OWNER,
    "GET /api/prep/stories": OWNER,
    "POST /api/prep/stories": OWNER,
    "GET /api/prep/stories/{story_id}": OWNER,
    "PUT /api/prep/stories/{story_id}": OWNER,
    "POST /api/prep/stories/{story_id}/move": OWNER,
    "POST /api/prep/stories/{story_id}/fill": OWNER,
    "DELETE /api/prep/stories/{story_id}": OWNER,
    "GET /api/prep/asks/{round_name}": OWNER,
    "POST /api/prep/asks/{round_name}": OWNER,
    "POST /api/prep/asks/{round_name}/judge": OWNER,
    "PUT /api/prep/asks/{round_name}/{ask_id}": OWNER,
    "POST /api/prep/asks/{round_name}/{ask_id}/move": OWNER,
    "DELETE /api/prep/asks/{round_name}/{ask_id}": OWNER,
    "GET /api/prep/told/{answer_id}": OWNER,
    "GET /api/profile": OWNER,
    "PUT /api/profile": OWNER,
    "GET /api/export": OWNER,
    "GET /api/sessions": OWNER,
    "POST /api/sessions": OWNER,
    "GET /api/sessions/{session_id}": OWNER,
    "GET /api/sessions/{session_id}/report": OWNER,
    "POST /api/sessions/{session_id}/answers": OWNER,
    "POST /api/sessions/{session_id}/end": OWNER,
    "POST /api/sessions/{session_id}/next": OWNER,
    "POST /api/sessions/{session_id}/pause": OWNER,
    "POST /api/sessions/{session_id}/resume": OWNER,
    "POST /api/sessions/{session_id}/wording": OWNER,
    "POST /api/sessions/{session_id}/turns/{turn_id}/thinking": OWNER,
    "POST /api/sessions/{session_id}/ratings": OWNER,
    "PUT /api/sessions/{session_id}/turns/{turn_id}/draft": OWNER,
    "POST /api/sessions/{session_id}/turns/{turn_id}/follow-up": OWNER,
    "POST /api/sessions/{session_id}/turns/{turn_id}/rating": OWNER,
    "POST /api/sessions/{session_id}/turns/{turn_id}/redo": OWNER,
    "POST /api/sessions/{session_id}/turns/{turn_id}/skip": OWNER,
    "GET /api/answers/{answer_id}": OWNER,
    "POST /api/answers/{answer_id}/disputes": OWNER,
    "POST /api/answers/{answer_id}/judge-again": OWNER,
    "GET /interview/{session_id}/turns/{turn_id}/asked.wav": OWNER,
    "GET /interview/{session_id}/takes/{take_id}/sound.wav": OWNER,
    "POST /interview/{session_id}/takes/{take_id}/forget": OWNER,
    "GET /api/voice": OWNER,
    "POST /api/voice/takes": OWNER,
    "GET /api/voice/takes/{take_id}": OWNER,
    "POST /api/voice/takes/{take_id}/sound": OWNER,
    "POST /api/voice/takes/{take_id}/end": OWNER,
    "DELETE /api/voice/takes/{take_id}/sound": OWNER,
    "GET /api/openapi.json": PUBLIC,
    "MOUNT /static": PUBLIC,
}


def all_routes(app: Any) -> list[APIRoute]:
    return [route for route in _walk(app.routes) if isinstance(route, APIRoute)]


def _walk(routes: Any) -> Iterator[Any]:
    for route in routes:
        inner = getattr(getattr(route, "original_router", None), "routes", None)
        if inner is None:
            yield route
        else:
            yield from _walk(inner)


def _names(app: Any) -> Iterator[tuple[str, Any]]:
    for route in _walk(app.routes):
        for method in sorted((getattr(route, "methods", None) or {"MOUNT"}) - {"HEAD"}):
            yield f"{method} {route.path}", route


def _asks(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _asks(each)


def test_every_route_has_an_entry_and_every_entry_a_route(served: Served) -> None:
    assert sorted(name for name, _ in _names(served.app)) == sorted(ACCESS)


def test_a_route_of_an_owner_asks_whose_request_it_is(served: Served) -> None:
    careless = [name for name, route in _names(served.app) if ACCESS[name] == OWNER and owner not in set(_asks(route.dependant))]
    assert careless == []


def test_control_a_route_without_an_entry_is_seen(served: Served) -> None:
    @served.app.get("/forgotten")
    def forgotten() -> None: ...

    assert "GET /forgotten" in {name for name, _ in _names(served.app)} - set(ACCESS)
