"""One's own stories and questions in a real browser: no violation that axe-core finds, nothing wider than the screen, and the steps that a
person takes there with the keyboard alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from web_serving import ME, Served, answered

sys.path.insert(0, str(Path(__file__).parent))

from test_browser_axe import problems

pytestmark = pytest.mark.browser
BILL = (
    "Last year at an insurer our assistant's monthly bill had doubled since summer. We had to bring it down. I logged the length of every "
    "prompt for a week, moved the simple questions to a smaller model, and cached the common answers. In the end the bill fell by forty "
    "percent."
)


def addresses(served: Served) -> list[str]:
    room = served.room
    story = room.prep.story.add(ME, BILL, "The bill", ["cost"]).story.story_id
    for text in ("What are the biggest challenges?", "How many vacation days do I get and can I work from home?", "You said [what]; why?"):
        room.prep.asks.add(ME, "manager", text, "to see")
    told = answered(served, BILL, question_id="cutting-cost").session.session_id
    question = room.prep.asks.question("manager")
    assert question is not None
    asked = answered(served, "Yes. What is the annual bonus? What worries you most about filling this role?", question_id=question.id)
    pages = [
        "/prep/stories",
        "/prep/stories/new",
        f"/prep/stories/{story}",
        "/prep/asks/recruiter",
        "/prep/asks/manager",
        "/bank/cutting-cost",
    ]
    return [*pages, f"/interview/{told}", f"/interview/{asked.session.session_id}"]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_no_violations(served: Served, browser: Browser, theme: str, width: int) -> None:
    assert problems(served, browser, addresses(served), theme, width) == []


def test_a_gap_is_filled_and_a_sentence_moved_by_keyboard(served: Served, page: Page) -> None:
    story = served.room.prep.story.add(ME, BILL, "The bill").story.story_id
    page.goto(f"{served.url}/prep/stories/{story}")
    page.locator("#fill-task").focus()
    page.keyboard.type("I had to halve it by Easter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**#parts")
    assert page.locator("#task").get_by_text("I had to halve it by Easter.").is_visible()
    page.locator("#situation summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**#task")
    assert page.locator("#task").get_by_text("put here by you").is_visible()
