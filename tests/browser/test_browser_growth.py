"""On paper and on a narrow screen: the night before is one page on A4 and on Letter, and nothing hangs over."""

from __future__ import annotations

import re
import uuid
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page
from web_serving import ME, Served, said

from greenroom.interview.attempt import Submission
from greenroom.interview.session import Setup
from greenroom.paper.html import to_html
from greenroom.review.eve import HABITS, HELD, LONGEST, LONGEST_MORE, OPEN, OPENINGS, UNLEARN, Eve, Line, write_eve

WORDS = "A long point that says with many words what could be said with few of them, as points of a bank do now and then. "


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def full(times: int = 1) -> Eve:
    """As long as it can get: every list full, every line of the greatest length."""
    line = Line(text=(WORDS * 3)[: LONGEST - 1] + "…", more=WORDS[:LONGEST_MORE])
    bare = Line(text=line.text)
    return Eve(
        company="A company with a long name", role="Senior engineer of machine learning", on=date(2026, 12, 4), held=(bare,) * HELD * times,
        open=(line,) * OPEN * times, unlearn=(line,) * UNLEARN, openings=(line,) * OPENINGS, habit=HABITS["succinct"],
    )  # fmt: skip


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_the_night_before_is_one_page_however_much_there_is(page: Page, tmp_path: Path, size: str) -> None:
    def printed(eve: Eve) -> int:
        (tmp_path / "eve.html").write_text(to_html(write_eve(eve)), encoding="utf-8")
        page.goto((tmp_path / "eve.html").as_uri())
        return pages_of(page.pdf(format=size))

    assert printed(full()) == 1
    assert printed(full(times=3)) > 1, "control: the pages are counted"


def rehearse(served: Served, text: str) -> str:
    session_id = served.room.interview.start(ME, Setup(question_ids=("attention",), count=1)).session.session_id
    receipt = served.room.interview.answer(ME, session_id, Submission(submission_id=str(uuid.uuid4()), turn_id="t1", text=text))
    served.room.interview.wait(ME, receipt.answer_id, 20)
    served.room.interview.rate(ME, session_id, "t1", 3)
    return session_id


def test_from_the_notes_to_a_minute_with_a_key(page: Page, served: Served) -> None:
    session_id = rehearse(served, f"Good question. {said(served.room)} {said(served.room, 1)}")
    page.goto(f"{served.url}/interview/{session_id}")
    page.get_by_role("heading", name="Your answer again, in your own words").wait_for()
    page.get_by_role("button", name="In 60 seconds").click()
    page.get_by_text("Say it in one minute").wait_for()
    page.get_by_role("textbox", name="Your answer").fill(said(served.room))
    page.get_by_role("button", name="That is my answer").click()
    page.get_by_role("button", name="fair").click()
    page.get_by_role("heading", name="Said in a minute").wait_for()
    page.get_by_text("The weighty points survive").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_hangs_over_on_a_telephone(page: Page, served: Served, scheme: str) -> None:
    session_id = rehearse(served, f"Good question. {said(served.room)} {'long' * 60}")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 390, "height": 800})
    for path in ("/progress", "/progress/topics/attention", "/progress/night-before", f"/interview/{session_id}"):
        page.goto(served.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
