"""After three weeks of use: every page with that history, in both themes, on a telephone and in German, without a fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser
from test_browser_axe import problems
from three_weeks import DAYS, REST, STARTS, live_through
from web_serving import ME, Served, serving

from greenroom.assess.assessor import Verbatim
from greenroom.plugins import AssessorMaker, hookimpl
from greenroom.settings import Settings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


class Literal:
    @hookimpl
    def greenroom_assessors(self, settings: Settings) -> Mapping[str, AssessorMaker]:
        return {"literal": Verbatim}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    room, _ = live_through(tmp_path_factory.mktemp("weeks"), "literal", {"literal": Literal()})
    with serving(room) as served:
        yield served
    room.close()


def addresses(served: Served) -> list[str]:
    room = served.room
    sessions, story = room.interview.list(ME), room.prep.story.list(ME)[0]
    drill = next(session for session in sessions if session.setup.mode == "drill" and len(session.turns) > 1)
    mock, review = (next(session for session in sessions if session.setup.mode == mode) for mode in ("mock", "review"))
    ids = [each.session_id for each in (drill, mock, review)]
    return [
        "/", "/progress", "/progress/topics/training", "/progress/night-before", "/review", "/prep/plan", "/prep/job", "/prep/cv",
        "/prep/company", "/prep/study/attention", "/prep/study/kv-cache", "/prep/stories", f"/prep/stories/{story.story.story_id}",
        "/prep/asks", "/prep/asks/manager", "/bank", "/bank/training", "/interview", "/profile", "/labs",
        *(f"/interview/{each}" for each in ids), *(f"/interview/{each}/report" for each in ids),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("theme", "width", "locale"), [("light", 1280, "en"), ("dark", 390, "en"), ("light", 390, "de"), ("dark", 1280, "de")]
)
def test_every_page_after_three_weeks(lived: Served, browser: Browser, theme: str, width: int, locale: str) -> None:
    found = problems(lived, browser, addresses(lived), theme, width, locale)
    assert not found, "\n".join(found)


def test_the_history_is_what_somebody_who_learns_leaves_behind(lived: Served) -> None:
    found = lived.room.review.progress(ME)
    assert len(found.days) == DAYS - len(REST) and found.answers > 100
    first, last = found.course[0], found.course[-1]
    assert last.held > first.held + 0.2 and last.seen > last.held
    assert found.forecast.on is not None and (found.forecast.on - STARTS.date()).days == DAYS + 3
    assert found.due > 0 and found.coverage.open > 0 and found.calibration.count > 20


def test_the_days_are_counted_by_the_room_s_clock(lived: Served) -> None:
    """Control: the history lies in another month than the day on which this is run."""
    with lived.client() as client:
        assert "In 4 days: the interview" in client.get("/prep/plan").text
        assert "\u00a0% of your points" in client.get("/progress").text, "a figure and its % stand on one line"
        assert " is past." not in client.get("/profile").text


def test_what_to_leave_out_is_said_where_more_is_due_than_anybody_does(lived: Served) -> None:
    due = lived.room.review.due(ME)
    sitting = lived.room.review.sitting(ME, len(due))
    assert sitting.in_time is not None and sitting.count < sitting.in_time < sitting.due
    with lived.client() as client:
        for path in ("/", "/review", "/prep/plan"):
            assert client.get(path).text.count(sitting.says) == 1, f"{path}: once, not in two places"
    costly, rest = due[: sitting.count], due[sitting.count :]
    lacking = [sum(each.last_verdict in ("wrong", "missed") for each in some) / len(some) for some in (costly, rest)]
    assert lacking[0] >= 0.5 and lacking[0] > 3 * lacking[1], "most of what is held can wait"
    assert "hit" in {each.last_verdict for each in rest}, "control: it is due as well"


def test_a_button_says_how_many_it_brings_back(lived: Served) -> None:
    with lived.client() as client:
        text = client.get("/prep/plan").text
    assert len(lived.room.review.due(ME)) > 10 and ">Review 10 points<" in text.replace("\n", "")
