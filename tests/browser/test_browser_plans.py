"""Each whole interview in a real browser: begun from its card, followed up, paused, and closed with the person's questions."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_watch import Watch
from playwright.sync_api import Browser, Page, expect
from web_serving import Served, answered, serving

sys.path.insert(0, str(Path(__file__).parents[1] / "llm"))
from chat_serving import ChatServer, fails, says

from greenroom.builtin import Builtin
from greenroom.interview.course.rounds import RECIPES
from greenroom.room import Parts, Room
from greenroom.settings import Settings

pytestmark = pytest.mark.browser
WEAK = "In quite some words I say what I think, and it makes none of the points."


def begin(page: Page, served: Served, title: str, topic: str | None = None) -> None:
    page.goto(f"{served.url}/interview")
    if topic:
        page.get_by_label(topic, exact=True).check()
    page.get_by_role("button", name=f"Begin {title}").click()
    page.wait_for_url(re.compile(r"/interview/[0-9a-f]+$"))


def answer(page: Page, text: str) -> None:
    page.fill("#answer", text)
    page.get_by_role("button", name="That is my answer").click()


@pytest.mark.parametrize("name", list(RECIPES))
def test_each_plan_from_its_card_to_its_debrief(served: Served, page: Page, watch: Watch, name: str) -> None:
    if name == "weak-points":
        answered(served, WEAK, question_id="hci")
    title = RECIPES[name].title  # type: ignore[index]
    begin(page, served, title, "Robustness" if name == "job" else None)
    expect(page.locator(".stagebar")).to_contain_text(title)
    expect(page.locator(".voice .who")).to_be_visible()
    first = page.locator("#ask").inner_text()
    answer(page, WEAK)
    expect(page.locator("#ask")).not_to_have_text(first)  # it was read, and followed up or gone on from
    page.locator("#answer").press_sequentially("Words before the break")
    page.get_by_role("button", name="Let me think").click()
    expect(page.get_by_role("button", name="Let me think")).to_have_count(0)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", name="Paused")).to_be_focused()
    page.reload()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#answer")).to_have_value("Words before the break")
    heard = {first}
    for _ in range(40):
        ask = page.locator("#ask").inner_text()
        assert ask not in heard, "no phrase twice"
        heard.add(ask)
        if "Your questions" in page.locator(".stagebar").inner_text():
            break
        page.get_by_role("button", name="Skip").click()
        expect(page.locator("#ask")).not_to_have_text(ask)
    answer(page, "Which tests must pass before a change of a prompt reaches your customers, and who owns them?")
    page.wait_for_url("**/report")
    expect(page.get_by_role("button", name="Show the debrief")).to_be_visible()
    assert watch.errors == [] and watch.elsewhere(served.url) == []


def test_a_plan_by_keys_alone(served: Served, page: Page) -> None:
    page.goto(served.url)
    page.keyboard.press("i")
    page.wait_for_url("**/interview")
    page.keyboard.press("1")
    page.wait_for_url(re.compile(r"/interview/[0-9a-f]+$"))
    page.keyboard.press("Escape")
    keys = [each.get_attribute("data-key") for each in page.locator("[data-key]:visible").all()]
    assert len(keys) == len(set(keys)), "a key means one thing"
    page.keyboard.press("h")
    expect(page.get_by_role("button", name="Let me think")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    page.keyboard.press("z")
    expect(page.locator("#answer")).to_be_visible()


def test_what_a_plan_needs_is_said_where_another_can_be_chosen(served: Served, page: Page) -> None:
    page.goto(f"{served.url}/interview")
    page.get_by_role("button", name="Begin My weak points").click()
    expect(page.get_by_role("alert")).to_contain_text("in a phone screen for example")
    expect(page.get_by_role("button", name="Begin Phone screen")).to_be_visible()


def test_two_windows_on_one_interview_lose_nothing(served: Served, browser: Browser, page: Page) -> None:
    begin(page, served, "Phone screen")
    other = browser.new_page()
    other.goto(page.url)
    answer(page, "The answer of the first window, in quite some words.")
    expect(page.locator("#ask")).not_to_have_text(other.locator("#ask").inner_text())
    answer(other, "The answer of the second window, which came later.")
    expect(other.get_by_role("alert")).to_contain_text("kept beside it")
    other.get_by_text("Also kept").click()
    expect(other.locator("details .said")).to_have_text("The answer of the second window, which came later.")
    other.close()


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    with ChatServer() as found:
        yield found


def hosted(tmp_path: Path, chat: ChatServer, literal_parts: Parts) -> Room:
    settings = Settings(home=tmp_path / "hosted", assessor="literal", judge_url=chat.url, judge_model="tiny", interviewer_seconds=5)
    return Room(settings, Parts(settings, given={"builtin": Builtin(), "literal": literal_parts.given["literal"]}))


def test_the_models_words_and_where_they_are_from(literal_parts: Parts, page: Page, tmp_path: Path, chat: ChatServer) -> None:
    chat.behave = says({"line": "Let us be exact, you and I.", "question": "What is attention doing inside a language model?"})
    with hosted(tmp_path, chat, literal_parts) as room, serving(room) as served:
        page.goto(f"{served.url}/bank/attention")
        page.get_by_role("button", name="Answer this one").click()
        expect(page.locator("#ask")).to_have_text("What is attention doing inside a language model?")
        expect(page.locator(".voice")).to_contain_text("Let us be exact, you and I.")
        expect(page.locator("#stage")).to_contain_text(f"In the words of tiny at {chat.origin}")
        expect(page.locator("#answer")).to_be_focused()


def test_a_line_that_judges_is_given_up_and_the_question_stays(literal_parts: Parts, page: Page, tmp_path: Path, chat: ChatServer) -> None:
    question = "What is attention doing inside a language model?"
    chat.behave = says({"line": "A solid start, and I had hoped for more.", "question": question})
    with hosted(tmp_path, chat, literal_parts) as room, serving(room) as served:
        page.goto(f"{served.url}/bank/attention")
        page.get_by_role("button", name="Answer this one").click()
        expect(page.locator("#ask")).to_have_text(question)
        expect(page.locator("#stage")).to_contain_text(f"Authored words before the question: the model tiny at {chat.origin} said more")
        expect(page.locator(".voice")).not_to_contain_text("solid")
        expect(page.locator("#stage")).to_contain_text("In the words of tiny")


def test_a_silent_fallback_is_none_the_page_says_whose_words_stand(
    literal_parts: Parts, page: Page, tmp_path: Path, chat: ChatServer
) -> None:
    chat.behave = fails(500, "out of memory")
    with hosted(tmp_path, chat, literal_parts) as room, serving(room) as served:
        page.goto(f"{served.url}/bank/attention")
        page.get_by_role("button", name="Answer this one").click()
        expect(page.locator("#ask")).to_have_text("What is the role of attention in a large language model?")
        expect(page.locator("#stage")).to_contain_text(f"Authored words: the model tiny at {chat.origin} could not be asked")
