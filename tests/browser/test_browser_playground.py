"""The playground in a real browser, on the tiny model: a token chosen by mouse or keyboard, a head chosen in the grid or by name, figures
that agree with the picture; without JavaScript; without a model; no violations in both themes and widths."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from web_serving import Served, serving

sys.path.insert(0, str(Path(__file__).parents[1] / "labs"))
import labs_tiny

from greenroom.builtin import Builtin
from greenroom.labs.model import load
from greenroom.labs.passage import look_at
from greenroom.room import Parts, Room
from greenroom.settings import Settings

pytestmark = pytest.mark.browser
TEXT = "hello world 12 hello"
LONG = 120_000


@pytest.fixture
def tiny_labs(tmp_path: Path) -> Iterator[Served]:
    settings = Settings(home=tmp_path / "play", labs_model=labs_tiny.write_gguf(tmp_path / "tiny.gguf"))
    with Room(settings, Parts(settings, given={"builtin": Builtin()})) as room, serving(room) as served:
        yield served


def opened(browser: Browser, url: str, width: int = 1280, theme: str = "light") -> Page:
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(LONG)
    page.goto(url)
    return page


def column(page: Page, n: int) -> list[str]:
    return page.locator("#part-attention tbody tr").evaluate_all("(rows, n) => rows.map((row) => row.children[n].textContent)", n)


def test_attention_is_walked_through_by_mouse_and_keyboard(tiny_labs: Served, browser: Browser, tmp_path: Path) -> None:
    model = load(tmp_path / "tiny.gguf")
    ids = model.tokenizer.prompt(TEXT)
    maps = look_at(model, ids).maps
    page = opened(browser, f"{tiny_labs.url}/labs/playground?write=0&text={TEXT.replace(' ', '+')}")
    expect(page.locator("#part-next")).to_be_visible(timeout=LONG)
    looks, status = page.locator("#part-attention .looks > .tok"), page.locator("#part-attention [role=status]")
    assert looks.count() == len(ids)
    expect(looks.nth(len(ids) - 1)).to_have_attribute("aria-pressed", "true")

    page.locator("#part-text .tokens > .tok").nth(1).click()  # the third token: the first has no probability and is no button
    expect(looks.nth(2)).to_have_attribute("aria-pressed", "true")
    page.locator("#part-attention details").evaluate("each => { each.open = true }")
    shares = [float(each) for each in column(page, 2)]
    assert shares == pytest.approx((100 * maps[:, :, 2, :3].mean((0, 1))).tolist(), abs=0.3)

    page.locator(".pick-layer").select_option("1")
    page.locator(".pick-head").select_option("3")
    assert [float(each) for each in column(page, 1)] == pytest.approx((100 * maps[1, 3, 2, :3]).tolist(), abs=0.3)
    page.locator("#part-attention .heat rect").nth(2 * 2).click()  # the third head's first layer
    assert [page.locator(name).input_value() for name in (".pick-layer", ".pick-head")] == ["0", "2"]
    assert [float(each) for each in column(page, 1)] == pytest.approx((100 * maps[0, 2, 2, :3]).tolist(), abs=0.3)

    before = status.text_content()
    looks.nth(0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(looks.nth(1)).to_have_attribute("aria-pressed", "true")
    assert status.text_content() != before, "whoever does not see it is told"
    assert len(column(page, 1)) == 2, "it sees itself and what stands before it"
    page.context.close()


@pytest.mark.parametrize(("width", "theme"), [(1280, "dark"), (390, "light")])
def test_everybody_can_use_it_and_what_is_typed_is_no_markup(tiny_labs: Served, browser: Browser, width: int, theme: str) -> None:
    page = opened(browser, f"{tiny_labs.url}/labs/playground?write=5&text=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%20hello", width, theme)
    expect(page.locator("#part-next")).to_be_visible(timeout=LONG)
    expect(page.locator("#part-text .tokens > .pen")).to_have_count(1)
    assert page.locator("#lab-parts img").count() == 0
    assert page.locator("#lab-seen").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == width, "the page does not scroll sideways"
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    page.evaluate((Path(__file__).parent / "assets/axe-4.14.1.min.js").read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found] == []
    page.context.close()


def test_without_javascript_one_choice_is_drawn_by_the_server(tiny_labs: Served, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(LONG)
    page.goto(f"{tiny_labs.url}/labs/playground")
    page.locator("#p-text").fill(TEXT)
    page.locator("#p-write").fill("0")
    page.locator("summary", has_text="What is shown first").click()
    page.locator("#p-token").fill("2")
    page.locator("#lab-run").click()
    expect(page.locator("#part-attention .looks > .tok").nth(1)).to_have_attribute("aria-pressed", "true")
    assert page.locator("#part-attention .picks").is_hidden(), "what only the script can do is not offered"
    context.close()


def test_without_a_model_it_says_how_to_have_one(browser: Browser, served: Served) -> None:
    page = opened(browser, f"{served.url}/labs/playground")
    expect(page.locator(".note", has_text="greenroom labs fetch")).to_have_count(1)
    page.locator("#lab-run").click()
    expect(page.locator("#lab-status")).to_contain_text("greenroom labs fetch", timeout=LONG)
    page.context.close()
