"""A lab in a real browser: it streams in, it can be stopped, leaving the page ends it; nothing it shows is run as a script."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from browser_watch import Watch
from playwright.sync_api import Browser, Page, expect
from test_browser_axe import problems
from web_serving import Served, serving

sys.path.insert(0, str(Path(__file__).parents[1] / "labs"))
import labs_odd

from greenroom.builtin import Builtin
from greenroom.labs.lab import Lab
from greenroom.plugins import hookimpl
from greenroom.room import Parts, Room
from greenroom.settings import Settings

pytestmark = pytest.mark.browser


class OddLabs:
    @hookimpl
    def greenroom_labs(self) -> Sequence[Lab]:
        return [labs_odd.Waits(), labs_odd.Raises(), labs_odd.Dies()]


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Served]:
    settings = Settings(home=tmp_path / "odd")
    with Room(settings, Parts(settings, given={"builtin": Builtin(), "odd": OddLabs()})) as room, serving(room) as served:
        yield served


def gone(file: Path, seconds: float = 2) -> bool:
    deadline = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}/fd/0").exists() for pid in file.read_text().split()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(Path(f"/proc/{pid}/fd/0").exists() for pid in file.read_text().split())


def test_a_run_fills_the_page_and_the_address_keeps_the_values(served: Served, page: Page, watch: Watch) -> None:
    page.goto(f"{served.url}/labs/cutoffs")
    assert page.locator("#lab-parts > *").count() == 0, "nothing begins by itself"
    page.get_by_label("Temperature", exact=True).fill("0")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#lab-seen .found").first).to_be_visible(timeout=30_000)
    expect(page.get_by_role("img", name="Probability of the next token")).to_be_visible()
    assert "temperature=0" in page.url
    assert page.locator("#lab-stop").is_hidden()
    page.locator("#part-bars summary").click()
    assert page.locator("#part-bars tbody tr").count() == 13, "twelve tokens and the rest, as a table"
    page.reload()
    expect(page.get_by_text("“Sydney” each time")).to_be_visible(timeout=30_000)
    assert watch.errors == []
    assert watch.elsewhere(served.url) == []


def test_a_link_with_values_begins_by_itself(served: Served, page: Page) -> None:
    page.goto(f"{served.url}/labs/cost?parameters=7&gpu_memory=16")
    expect(page.get_by_text("112.0 GB, 8.0 times as much")).to_be_visible(timeout=30_000)


def test_what_cannot_be_used_is_said_beside_the_form(served: Served, page: Page) -> None:
    page.goto(f"{served.url}/labs/cost")
    page.get_by_label("Key-value heads").fill("3")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("32 heads cannot share 3", timeout=30_000)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
@pytest.mark.parametrize("how", ["stop", "leave", "close"])
def test_stopping_leaving_and_closing_end_the_work(odd: Served, page: Page, tmp_path: Path, how: str) -> None:
    file = tmp_path / "pids"
    page.goto(f"{odd.url}/labs/waits?file={file}")
    expect(page.get_by_text("waiting")).to_be_visible(timeout=30_000)
    assert not gone(file, 0.5), "control: it goes on while it is looked at"
    if how == "stop":
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("status")).to_have_text("Stopped")
    elif how == "leave":
        page.goto(f"{odd.url}/labs")
    else:
        page.close()
    assert gone(file)


def test_a_lab_that_dies_is_said_and_can_be_run_again(odd: Served, page: Page) -> None:
    page.goto(f"{odd.url}/labs/dies?n=2")
    for _ in range(2):
        expect(page.get_by_role("alert")).to_contain_text("was killed (SIGKILL)", timeout=30_000)
        page.get_by_role("button", name="Run").click()


def test_when_the_server_is_gone_the_page_says_so(tmp_path: Path, page: Page) -> None:
    settings = Settings(home=tmp_path / "odd")
    with Room(settings, Parts(settings, given={"builtin": Builtin()})) as room, serving(room) as served:
        page.goto(f"{served.url}/labs/cost")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("greenroom does not answer", timeout=30_000)


def test_tokens_that_look_like_markup_stay_text(served: Served, page: Page, watch: Watch) -> None:
    page.goto(
        f"{served.url}/labs/cutoffs?distribution=own&own=" + "%3Cimg src=x onerror=alert(1)%3E 0.5%2C%3Cscript%3Ealert(1)%3C/script%3E 0.5"
    )
    expect(page.locator("#lab-seen .found").first).to_be_visible(timeout=30_000)
    assert page.locator("#lab-parts img, #lab-parts script").count() == 0
    assert page.locator("#lab-parts").get_by_text("<script>alert(1)</script>").count() > 0
    assert watch.dialogs == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_violations_in_what_came_out(served: Served, browser: Browser, theme: str, width: int) -> None:
    found = []
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    for name in ("cost?gpus=8", "cutoffs?seed=1"):
        page.goto(f"{served.url}/labs/{name}")
        expect(page.locator("#lab-seen .found").first).to_be_visible(timeout=30_000)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        page.evaluate((Path(__file__).parent / "assets/axe-4.14.1.min.js").read_text())
        result = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        found += [f"{name}: {v['id']}: {v['nodes'][0]['html'][:160]}" for v in result["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{name}: wider than the screen")
    context.close()
    assert found == []
    assert problems(served, browser, ["/labs"], theme, width) == []
