"""Small pictures in a real browser: each is drawn from its own bytes under the page's policy, its frames lie on it, what is said of it
stands below, the page never scrolls sideways, no violations in both themes and widths."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from web_serving import Served, serving

sys.path.insert(0, str(Path(__file__).parents[1] / "labs"))
import labs_scenes

from greenroom.builtin import Builtin
from greenroom.labs.lab import Lab
from greenroom.plugins import hookimpl
from greenroom.room import Parts, Room
from greenroom.settings import Settings

pytestmark = pytest.mark.browser


class SceneLabs:
    @hookimpl
    def greenroom_labs(self) -> Sequence[Lab]:
        return [labs_scenes.Pictures()]


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[Served]:
    settings = Settings(home=tmp_path / "pictures")
    with Room(settings, Parts(settings, given={"builtin": Builtin(), "scenes": SceneLabs()})) as room, serving(room) as served:
        yield served


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_pictures_are_drawn_and_can_be_read_by_everybody(pictures: Served, browser: Browser, width: int, theme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    refused = list[str]()
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    page.goto(f"{pictures.url}/labs/pictures")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#lab-seen .found").first).to_be_visible(timeout=30_000)
    expect(page.get_by_role("img", name="Picture 3")).to_be_visible()
    drawn = page.locator("#part-shown image")
    assert drawn.count() == 5
    assert page.evaluate(
        "Promise.all([...document.querySelectorAll('#part-shown image')].map(async (each) => {"
        " const one = new Image(); one.src = each.href.baseVal; await one.decode(); return one.naturalWidth }))"
    ) == [labs_scenes.SIDE] * 5, "the page's policy lets them be drawn"  # fmt: skip
    box, frame = (page.locator(each).nth(0).bounding_box() for each in ("#part-shown image", "#part-shown .scene-list .frame.given"))
    assert box and frame and box["x"] < frame["x"] < frame["x"] + frame["width"] < box["x"] + box["width"], "the frame lies on the picture"
    assert page.locator("#part-shown .scene-list .frame").count() == 10
    assert page.locator("#part-shown b").count() == 0, "a label is no markup"
    expect(page.locator("#part-shown dd").nth(1)).to_contain_text("… and 7 more")
    assert page.evaluate("document.documentElement.scrollWidth") == width, "the page does not scroll sideways"
    page.evaluate((Path(__file__).parent / "assets/axe-4.14.1.min.js").read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found] == []
    assert refused == []
    context.close()
