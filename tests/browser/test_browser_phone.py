"""On a telephone: what is pressed is 44 pixels high, and writing within a drawing is 11 or more."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from web_serving import ME, Served, answered, everything, serving

from greenroom.interview.session import Setup

pytestmark = pytest.mark.browser
WORDS = "It weighs the context. Every token looks at the others. It cleans the data. For example, she."
SMALL = """() => {
  document.querySelectorAll("details").forEach((each) => { each.open = true });
  const name = (each) => `${each.tagName.toLowerCase()}.${each.getAttribute("class") ?? ""} "${each.textContent.trim().slice(0, 30)}"`;
  const shown = (each) => each.checkVisibility() && !each.closest(".hidden, .skip, dialog:not([open])");
  const found = [];
  const fields = "button, summary, select, textarea, input:not([type=hidden])";
  const links = ".chip, .nav a, .btn, .tabs a, .alone, .eyebrow a, a.item";
  for (const each of document.querySelectorAll(`${fields}, ${links}`)) {
    const height = Math.max(each.getBoundingClientRect().height, each.closest("label")?.getBoundingClientRect().height ?? 0);
    if (shown(each) && !each.matches(".tok") && height < 43.5) found.push(`${height.toFixed(1)} high: ${name(each)}`);
  }
  for (const each of document.querySelectorAll("svg text")) {
    const matrix = each.getScreenCTM(), size = parseFloat(getComputedStyle(each).fontSize) * Math.hypot(matrix.b, matrix.d);
    if (shown(each) && size < 11) found.push(`${size.toFixed(1)} px: ${name(each)}`);
  }
  return found;
}"""


def addresses(served: Served) -> list[str]:
    room = served.room
    notes, again = answered(served, WORDS).session.session_id, answered(served, WORDS).session.session_id
    room.interview.end(ME, again)
    room.prep.asks.add(ME, "manager", "How do you decide that a drafted letter is good enough to sign?", "They draft letters.")
    asked = room.interview.start(ME, Setup(mode="mock", plan="phone-screen")).session.session_id
    paths = [
        "/",
        "/bank",
        "/bank/attention",
        "/progress",
        "/profile",
        "/interview",
        "/labs",
        "/labs/cost",
        "/prep/plan",
        "/prep/asks/manager",
    ]
    return [*paths, *(f"/interview/{each}" for each in (notes, asked)), f"/interview/{again}/report"]


def test_fingers_and_eyes(tmp_path: Path, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    wrong = []
    with everything(tmp_path / "verdicts") as room, serving(room) as served:
        for path in addresses(served):
            page.goto(served.url + path)
            wrong += [f"{path}: {each}" for each in page.evaluate(SMALL)]
        page.goto(f"{served.url}/labs/cost")
        page.get_by_role("button", name="Run").click()
        page.locator("#lab-parts svg.lines text").first.wait_for()
        wrong += [f"cost, run: {each}" for each in page.evaluate(SMALL)]
    assert not wrong, "\n".join(wrong)
    page.set_content("<button style='height:30px'>x</button><svg viewBox='0 0 100 9' width=50><text y=9 font-size=12>y</text></svg>")
    assert len(page.evaluate(SMALL)) == 2, "control: a low button and small writing are seen"
    context.close()
