"""The bank in a real browser: a search laid out as it should be on both sizes, and a sample answer assessed while it is typed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from web_serving import ME, Served, said

from greenroom.builtin import PACKS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "least"), [(1280, 400), (390, 300)])
def test_what_was_found_has_room_and_leads_on(served: Served, browser: Browser, width: int, least: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{served.url}/bank")
    page.keyboard.press("/")
    page.keyboard.type("kv cache")
    page.keyboard.press("Enter")
    page.wait_for_selector("mark")
    links = page.locator(".topics li", has=page.locator("p")).locator("a")
    assert links.count() > 0
    for n in range(links.count()):
        line = links.nth(n).locator("xpath=../p")
        box = line.bounding_box()
        assert box is not None and box["width"] >= least and box["height"] < 200
    links.first.click()
    page.wait_for_url("**/bank/kv-cache")
    page.close()


def test_a_sample_answer_is_assessed_while_it_is_typed(served: Served, browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "mine/attention").mkdir(parents=True)
    shutil.copy(PACKS / "core/attention/attention.yaml", tmp_path / "mine/attention")
    shutil.copy(PACKS / "core/pack.yaml", tmp_path / "mine")
    served.app.state.preview = tmp_path / "mine"
    page, faults = browser.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{served.url}/preview")
    page.click("text=What is the role of attention")
    page.fill("#sample", f"{said(served.room)} <b>And more.</b>")
    page.wait_for_selector("#verdict mark.hit")
    assert page.locator("#verdict mark.hit").inner_text() == said(served.room)
    assert page.locator("#verdict b").all_inner_texts() == [page.locator("#verdict .score b").inner_text()]
    page.fill("#sample", "")
    page.wait_for_selector("#verdict mark.hit", state="detached")
    assert faults == [] and served.room.interview.list(ME, limit=5) == []
    page.close()
