"""A matrix in a real browser: it scrolls by itself and never the page, the keyboard reaches it, no violations in both themes and widths."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from web_serving import Served, serving

sys.path.insert(0, str(Path(__file__).parents[1] / "labs"))
import labs_heat

from greenroom.builtin import Builtin
from greenroom.labs.lab import Lab
from greenroom.plugins import hookimpl
from greenroom.room import Parts, Room
from greenroom.settings import Settings

pytestmark = pytest.mark.browser


class HeatLabs:
    @hookimpl
    def greenroom_labs(self) -> Sequence[Lab]:
        return [labs_heat.Matrix()]


@pytest.fixture
def matrix(tmp_path: Path) -> Iterator[Served]:
    settings = Settings(home=tmp_path / "matrix")
    with Room(settings, Parts(settings, given={"builtin": Builtin(), "heat": HeatLabs()})) as room, serving(room) as served:
        yield served


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_a_wide_matrix_scrolls_by_itself_and_can_be_read_by_everybody(matrix: Served, browser: Browser, width: int, theme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{matrix.url}/labs/matrix")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#lab-seen .found").first).to_be_visible(timeout=30_000)
    box = page.get_by_role("group", name="Wide, from side to side")
    box.focus()
    assert page.evaluate("document.activeElement.classList.contains('across')")
    assert page.evaluate("document.documentElement.scrollWidth") == width, "the page does not scroll sideways"
    assert box.evaluate("each => each.scrollWidth > each.clientWidth"), "control: the matrix does"
    expect(page.get_by_role("img", name="Wide. It grows to the right.")).to_be_visible()
    assert page.locator(".heat rect").count() == 4 * 61, "gaps are not drawn"
    assert page.locator(".heat .minus").count() > 0
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    page.evaluate((Path(__file__).parent / "assets/axe-4.14.1.min.js").read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found] == []
    context.close()
