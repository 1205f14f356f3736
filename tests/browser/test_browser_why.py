"""Why a verdict fell, and seeing it otherwise, on the page of a rehearsal: in both themes, at the width of a telephone, and by hand."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest
from browser_watch import Watch
from playwright.sync_api import Browser, Page, expect
from web_serving import ME, Served, answered, everything, serving

pytestmark = pytest.mark.browser
AXE = Path(__file__).parent / "assets/axe-4.14.1.min.js"
WORDS = "It weighs the context. 🙂 Every token looks at the others. It cleans the data. For example, she."


def ended(served: Served) -> str:
    session_id = answered(served, WORDS).session.session_id
    served.room.interview.end(ME, session_id)
    return f"/interview/{session_id}/report"


def object_to(page: Page, row: str, summary: str, view: str) -> None:
    place = page.locator(row)
    place.get_by_text(summary).click()
    place.get_by_label("Do you see it otherwise?").fill(view)
    place.get_by_role("button", name="Keep my objection beside it").click()
    expect(page.locator(row)).to_contain_text(f"“{view}”")


def test_a_point_and_a_misconception_are_explained_and_disputed_on_the_debrief(tmp_path: Path, page: Page, watch: Watch) -> None:
    with everything(tmp_path / "verdicts") as room, serving(room) as served:
        question = room.bank.get("attention")
        point, wrong = question.points()[0], question.misconceptions[0]
        report = ended(served)
        page.goto(served.url + report)
        row = page.locator(f"#t1-{point.id}")
        row.get_by_text("Why this verdict").click()
        expect(row.get_by_text(f"“{point.says[0]}”")).to_be_visible()
        expect(row.get_by_role("img", name="It came to 0.61; the bar is 0.55")).to_be_visible()
        expect(row).to_contain_text("Decided by everything, 80 % sure.")
        row.get_by_text("Why this verdict").click()
        object_to(page, f"#t1-{point.id}", "Why this verdict", "I meant <the> other one.")
        assert page.url.startswith(served.url + report), "back to the debrief, where the button was"
        object_to(page, f"#t1-{wrong.id}", "Is that not what you meant?", "Quoted, not claimed.")
        page.reload()
        for view in ("I meant <the> other one.", "Quoted, not claimed."):
            expect(page.get_by_text(f"“{view}”")).to_be_visible()
        assert watch.errors == [] and watch.elsewhere(served.url) == []
        out = tmp_path / "mine.zip"
        room.data.export(ME, out)
        with ZipFile(out) as archive:
            told = "".join(archive.read(name).decode() for name in archive.namelist())
        assert "I meant <the> other one." in told and "Quoted, not claimed." in told


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_scales_can_be_read_everywhere(tmp_path: Path, browser: Browser, theme: str, width: int) -> None:
    with everything(tmp_path / "verdicts") as room, serving(room) as served:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(served.url + ended(served))
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        rods = page.locator("details svg[aria-label^='It came to']")
        assert rods.count() > 3
        for box in (rods.nth(n).bounding_box() for n in range(rods.count())):
            assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
        page.evaluate(AXE.read_text())
        assert page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"] == []
        context.close()
