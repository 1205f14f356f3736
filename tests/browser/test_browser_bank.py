"""The bank in a real browser: a search laid out as it should be on both sizes, and a sample answer assessed while it is typed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from browser_watch import Watch
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from web_serving import ME, Served, everything, said, serving

from greenroom.bank.scaffold import make_pack
from greenroom.builtin import PACKS

pytestmark = pytest.mark.browser
AXE = Path(__file__).parent / "assets/axe-4.14.1.min.js"


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


@pytest.fixture
def preview(served: Served, tmp_path: Path) -> str:
    """The address of the one question of a pack that is being written."""
    (tmp_path / "mine/attention").mkdir(parents=True)
    shutil.copy(PACKS / "core/attention/attention.yaml", tmp_path / "mine/attention")
    shutil.copy(PACKS / "core/pack.yaml", tmp_path / "mine")
    served.app.state.preview = tmp_path / "mine"
    return f"{served.url}/preview/attention"


def test_a_sample_answer_is_assessed_while_it_is_typed(served: Served, browser: Browser, preview: str) -> None:
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
    expect(page.locator("#try-note")).to_have_text("Nothing to assess yet")
    assert faults == [] and served.room.interview.list(ME, limit=5) == []
    page.close()


def test_what_is_typed_and_chosen_before_the_script_is_there_counts(served: Served, page: Page, preview: str) -> None:
    held = list[Route]()
    page.route("**/preview.js*", lambda route: held.append(route))
    other = served.room.bank.get("attention").forms[0]
    page.goto(preview, wait_until="commit")
    page.fill("#sample", said(served.room))
    page.locator("#try summary").click()
    page.get_by_role("radio", name=other.ask).check()
    held[0].continue_()
    expect(page.locator("#verdict mark.hit")).to_have_text(said(served.room))
    expect(page.locator("#asked-as")).to_have_text(other.ask)


def test_a_sample_answer_outlives_the_page_and_not_the_tab(
    served: Served, context: BrowserContext, page: Page, watch: Watch, preview: str
) -> None:
    """Save a file, load the page again: the text is there, in the wording that was chosen, and assessed at once."""
    other = served.room.bank.get("attention").forms[0]
    text = f"{said(served.room)} <b>And</b> more."
    page.goto(preview)
    page.locator("#try summary").click()
    page.get_by_role("radio", name=other.ask).check()
    page.fill("#sample", text)
    page.reload()
    expect(page.locator("#sample")).to_have_value(text)
    expect(page.locator("#verdict mark.hit")).to_have_text(said(served.room))
    expect(page.locator("#asked-as")).to_have_text(other.ask)
    assert page.locator("#try :checked").get_attribute("value") == other.id
    tab = context.new_page()
    tab.goto(preview)
    expect(tab.locator("#try-note")).to_have_text("")
    assert tab.input_value("#sample") == "" and tab.evaluate("JSON.stringify(localStorage)").find("And") < 0
    with served.client() as client:
        assert "more." not in client.get("/preview/attention").text.split("</textarea>")[0].split("<textarea")[1]
    page.fill("#sample", "")
    expect(page.locator("#try-note")).to_have_text("Nothing to assess yet")
    page.reload()
    assert page.input_value("#sample") == "" and page.evaluate("sessionStorage.length") == 0
    assert watch.errors == [] and watch.elsewhere(served.url) == []


def test_control_without_the_memory_of_the_tab_the_sample_is_lost(served: Served, page: Page, watch: Watch, preview: str) -> None:
    """And no more than that: the page works all the same."""
    page.add_init_script("Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('off') } })")
    page.goto(preview)
    page.fill("#sample", said(served.room))
    expect(page.locator("#verdict mark.hit")).to_have_text(said(served.room))
    page.reload()
    expect(page.locator("#verdict .points")).to_be_visible()
    assert page.input_value("#sample") == "" and watch.errors == []


def test_only_the_first_reading_says_why_it_takes_long(served: Served, page: Page, preview: str) -> None:
    held = list[Route]()
    page.route("**/preview/attention", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    page.goto(preview)
    for n, says in enumerate(["Reading… The first time takes longer: the assessor is being loaded.", "Reading…"]):
        page.fill("#sample", said(served.room, n))
        expect(page.locator("#try-note[data-busy]")).to_have_text(says)
        held[n].continue_()
        expect(page.locator("#try-note:not([data-busy])")).to_have_text("Assessed as it stands")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_preview_is_whole_and_readable(tmp_path: Path, browser: Browser, theme: str, width: int) -> None:
    """No wording is cut off, nothing is wider than the screen, and axe-core finds nothing: with faults, a verdict, and all folds open."""
    make_pack(tmp_path / "mine")
    file = tmp_path / "mine/my-topic/first-question.yaml"
    long = "How would you make the build of a large image faster, and what is it that you would look at before anything else?"
    file.write_text(file.read_text().replace("ask: REPLACE the same question asked another way", f"ask: {long}"))
    with everything(tmp_path / "verdicts") as room, serving(room) as served:
        served.app.state.preview = tmp_path / "mine"
        context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{served.url}/preview/first-question")
        page.locator("#try summary").click()
        page.get_by_role("radio", name=long).check()
        page.fill("#sample", "It weighs the context. Every token looks at the others. It cleans the data. For example, she.")
        expect(page.locator("#verdict .score")).to_be_visible()
        expect(page.locator("#verdict")).to_contain_text("contradict this true wording")
        expect(page.locator("#asked-as")).to_have_text(long)
        cut = "(all) => all.filter((each) => each.scrollWidth > each.clientWidth + 1).length"
        assert page.locator("#try summary, #try fieldset label").evaluate_all(cut) == 0
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
        assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found] == []
        context.close()
