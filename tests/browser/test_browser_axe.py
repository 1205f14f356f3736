"""Every page, in both themes, at both widths: no violation that axe-core finds, nothing wider than the screen, nothing from elsewhere."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from web_serving import ME, Served, answered, everything, new_id, serving

from greenroom.interview.attempt import Submission
from greenroom.interview.session import Setup

pytestmark = pytest.mark.browser
ASSETS = Path(__file__).parent / "assets"
WORDS = "It weighs the context. 🙂 Every token looks at the others. It cleans the data. For example, she."
AXE = ASSETS / "axe-4.14.1.min.js"


def open_session(served: Served) -> str:
    return served.room.interview.start(ME, Setup(mode="drill", question_ids=("attention",), count=1)).session.session_id


def unrated(served: Served, mode: str = "drill") -> str:
    setup = Setup.model_validate({"mode": mode, "question_ids": ["attention"], "count": 1})
    session_id = served.room.interview.start(ME, setup).session.session_id
    served.room.interview.answer(ME, session_id, Submission(submission_id=new_id(), turn_id="t1", text=WORDS))
    return session_id


def planned(served: Served, *, pause: bool) -> str:
    """A whole interview with a person who asks, and something kept beside an answer."""
    room, setup = served.room, Setup(mode="mock", plan="phone-screen")
    session_id = room.interview.start(ME, setup).session.session_id
    room.interview.draft(ME, session_id, "t1", f"{WORDS} {WORDS}")
    room.interview.draft(ME, session_id, "t1", "Another text from another window.")
    room.interview.think(ME, session_id, "t1")
    if pause:
        room.interview.pause(ME, session_id)
    return session_id


def ended(served: Served) -> str:
    session_id = answered(served, WORDS).session.session_id
    turn = served.room.interview.get(ME, session_id).session.turns[0]
    point, answer_id = served.room.bank.get("attention").points(turn.form)[0].id, turn.answer_id or ""
    served.room.interview.dispute(ME, answer_id, point, "I said that.")
    served.room.interview.end(ME, session_id)
    return session_id


def followed_up(served: Served) -> str:
    """A follow-up answered too: the whole may be said again."""
    room, session_id = served.room, answered(served, WORDS).session.session_id
    room.interview.follow_up(ME, session_id, "t1")
    receipt = room.interview.answer(ME, session_id, Submission(submission_id=new_id(), turn_id="t2", text=WORDS))
    room.interview.wait(ME, receipt.answer_id, 20)
    room.interview.rate(ME, session_id, "t2", 2)
    return session_id


def addresses(served: Served) -> list[str]:
    texts = (WORDS, "I abstain from it all, thank you very much.", "Here I break down.")
    notes, abstained, failed = (answered(served, text).session.session_id for text in texts)
    plain = [
        "/",
        "/bank",
        "/bank?q=nothing",
        "/bank?q=kv+cache",
        "/bank/attention",
        "/bank/training",
        "/review",
        "/progress",
        "/profile?saved=true",
        "/interview",
        "/labs",
        "/labs/cost",
        "/labs/cutoffs?temperature=hot",
        "/nowhere",
    ]
    ids = [open_session(served), unrated(served), unrated(served, "mock"), notes, abstained, failed, followed_up(served)]
    ids += [planned(served, pause=False), planned(served, pause=True)]
    return [*plain, *(f"/interview/{each}" for each in ids), f"/interview/{ended(served)}/report", f"/interview/{failed}/report"]


def test_the_first_visit(served: Served, browser: Browser) -> None:
    assert problems(served, browser, ["/", "/review", "/progress"], "light", 390) == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_violations(tmp_path: Path, browser: Browser, theme: str, width: int) -> None:
    with everything(tmp_path / "verdicts") as room, serving(room) as served:
        assert problems(served, browser, addresses(served), theme, width) == []


def problems(served: Served, browser: Browser, paths: list[str], theme: str, width: int, locale: str = "en") -> list[str]:
    found = []
    context = browser.new_context(
        viewport={"width": width, "height": 860},
        color_scheme=theme,
        reduced_motion="reduce",
        locale=locale,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.on("request", lambda request: None if request.url.startswith(f"{served.url}/") else found.append(f"asked {request.url}"))
    for path in paths:
        page.goto(served.url + path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        page.evaluate(AXE.read_text())
        result = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        found += [f"{path}: {v['id']}: {v['nodes'][0]['html'][:160]}" for v in result["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{path}: wider than the screen")
    context.close()
    return found


def test_control_axe_sees_a_fault(served: Served, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(served.url)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=/x><input>')")
    page.evaluate(AXE.read_text())
    assert {v["id"] for v in page.evaluate("axe.run()")["violations"]} >= {"image-alt", "label"}
    page.close()


def test_axe_is_the_published_one() -> None:
    listed = {name: digest for digest, name in (line.split() for line in (ASSETS / "SHA256SUMS").read_text().splitlines())}
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in ASSETS.iterdir() if path.name != "SHA256SUMS"} == listed
