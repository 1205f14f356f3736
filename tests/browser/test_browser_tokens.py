"""A text token by token in a real browser, written by the tiny model: pointed at or walked to by keyboard, a token shows what else could
have stood there; nothing the model writes is markup; no violations in both themes and widths."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from web_serving import Served, serving

sys.path.insert(0, str(Path(__file__).parents[1] / "labs"))
import labs_tiny

from greenroom.builtin import Builtin
from greenroom.room import Parts, Room
from greenroom.settings import Settings

pytestmark = pytest.mark.browser


@pytest.fixture
def tiny_labs(tmp_path: Path) -> Iterator[Served]:
    settings = Settings(home=tmp_path / "tokens", labs_model=labs_tiny.write_gguf(tmp_path / "tiny.gguf"))
    with Room(settings, Parts(settings, given={"builtin": Builtin()})) as room, serving(room) as served:
        yield served


@pytest.mark.parametrize(("width", "theme"), [(1280, "dark"), (390, "light")])
def test_a_text_can_be_read_token_by_token_by_everybody(tiny_labs: Served, browser: Browser, width: int, theme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{tiny_labs.url}/labs/generation?tokens=6&samples=2&beams=2&prompt=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    expect(page.locator("#lab-seen .found").first).to_be_visible(timeout=60_000)
    tokens = page.locator("#part-yours .tokens > .tok")
    shown = page.locator("#part-yours .odds:visible")
    assert tokens.count() >= 2
    expect(shown).to_have_count(1)
    tokens.nth(1).hover()
    assert shown.evaluate("each => [...document.querySelectorAll('#part-yours .tokens > .tok')].indexOf(each.parentElement)") == 1
    page.mouse.move(0, 0)
    tokens.first.focus()
    page.keyboard.press("ArrowRight")
    assert tokens.nth(1).evaluate("each => each === document.activeElement")
    expect(shown).to_have_count(1)
    assert page.locator("#lab-parts img").count() == 0, "a prompt is no markup"
    assert page.evaluate("document.documentElement.scrollWidth") == width, "the page does not scroll sideways"
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    page.evaluate((Path(__file__).parent / "assets/axe-4.14.1.min.js").read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found] == []
    context.close()
