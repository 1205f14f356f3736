"""Rehearsing in a real browser: by keys, with and without JavaScript, and with a server that dies."""

from __future__ import annotations

import time
from typing import Any

import pytest
from browser_watch import Watch
from playwright.sync_api import Browser, Page, expect
from web_serving import ME, Served, said, serving

from greenroom.room import Parts, Room

pytestmark = pytest.mark.browser


def begin(page: Page, served: Served, question_id: str = "attention") -> None:
    page.goto(f"{served.url}/bank/{question_id}")
    page.get_by_role("button", name="Answer this one").click()
    page.wait_for_url("**/interview/*")


def test_a_drill_by_keys_alone(served: Served, page: Page, watch: Watch) -> None:
    page.goto(f"{served.url}/bank/attention")
    page.keyboard.press("o")
    page.wait_for_url("**/interview/*")
    expect(page.locator("#answer")).to_be_focused()
    page.keyboard.type(f"{said(served.room)} Also n, s and e are letters here.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Before you see the notes")).to_be_visible()
    page.keyboard.press("4")
    expect(page.locator("mark.hit")).to_have_text(said(served.room))
    expect(page.get_by_role("heading", name="Notes on your answer")).to_be_focused()
    page.keyboard.press("f")
    expect(page.locator("#answer")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    page.keyboard.press("n")
    page.wait_for_url("**/report")
    page.keyboard.press("n")
    page.wait_for_url(f"{served.url}/")
    assert watch.errors == []
    assert watch.elsewhere(served.url) == []


def test_the_question_mark_lists_every_key_and_they_can_be_turned_off(served: Served, page: Page) -> None:
    page.goto(served.url)
    page.keyboard.press("?")
    listed = page.locator("#keys dt").all_inner_texts()
    assert listed == ["?", *[each.get_attribute("data-key") for each in page.locator("[data-key]:visible").all()]]
    assert len(listed) == len(set(listed)), "a key means one thing"
    page.get_by_label("Single keys work on this browser").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.wait_for_timeout(300)
    assert page.url == f"{served.url}/"


def test_one_key_does_not_end_an_interview_by_mistake(served: Served, browser: Browser) -> None:
    page = browser.new_page()
    begin(page, served)
    page.keyboard.press("Escape")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.keyboard.press("e")
    page.wait_for_timeout(300)
    assert "/report" not in page.url
    page.once("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("e")
    page.wait_for_url("**/report")
    assert asked == ["End here? What was not answered stays without a score."]
    page.close()


def test_a_draft_on_its_way_is_not_said_of_the_next_question(served: Served, page: Page) -> None:
    page.goto(served.url)
    page.get_by_role("button", name="Sit down for five").click()
    expect(page.get_by_text("1 of 5")).to_be_visible()
    page.wait_for_load_state("load")  # a route set while the page is still being left may not hold on the next; and the script has run
    held: list[Any] = []
    page.route("**/draft", lambda route: held.append(route))
    page.locator("#answer").press_sequentially("Words for the first question")
    for _ in range(100):  # until the draft is on its way, however busy the machine is
        if held:
            break
        page.wait_for_timeout(200)
    page.get_by_role("button", name="That is my answer").click()
    expect(page.get_by_text("2 of 5")).to_be_visible()
    held[0].continue_()
    page.wait_for_timeout(500)
    assert page.locator("#save-note").inner_text() == ""
    assert page.locator("#answer").input_value() == ""


def test_the_theme_is_remembered(served: Served, page: Page) -> None:
    page.goto(served.url)
    page.keyboard.press("d")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.goto(f"{served.url}/bank")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_a_mock_of_five_and_its_report(served: Served, page: Page, watch: Watch) -> None:
    page.goto(served.url)
    page.get_by_role("button", name="Sit down for five").click()
    for n in range(5):
        expect(page.get_by_text(f"{n + 1} of 5")).to_be_visible()
        page.fill("#answer", f"Answer number {n}: a model predicts the next token from the context it is given.")
        page.get_by_role("button", name="That is my answer").click()
    page.wait_for_url("**/report")
    for group in page.locator("fieldset").all():
        group.locator("label").nth(2).click()
    page.get_by_role("button", name="Show the debrief").click()
    expect(page.get_by_text("over 5 judged answers")).to_be_visible()
    assert page.locator("details.asked").count() == 5
    assert watch.errors == []


def test_notes_come_by_themselves_when_the_assessment_is_slow(literal_parts: Parts, page: Page) -> None:
    quick = literal_parts.plugins.get().assessors()["literal"]()

    class Slow:
        def assess(self, rubric: Any, answer: str) -> Any:
            time.sleep(1.2)
            return quick.assess(rubric, answer)

    object.__setattr__(literal_parts.assessor, "_make", Slow)
    with Room(literal_parts.settings, literal_parts) as room, serving(room) as served:
        begin(page, served)
        page.fill("#answer", f"{said(room)} And more.")
        page.get_by_role("button", name="That is my answer").click()
        page.get_by_role("button", name="I would rather not say").click()
        expect(page.get_by_role("heading", name="Reading your answer")).to_be_visible()
        expect(page.locator("#pending")).to_contain_text("Reading 1 answer")
        expect(page.locator("mark.hit")).to_be_visible()


def test_a_drill_without_javascript(served: Served, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    begin(page, served)
    page.locator("#answer").fill("A first thought.")
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.locator("#save-note")).to_have_text("Draft saved")
    page.locator("#answer").fill(f"{said(served.room)} And more.")
    page.get_by_role("button", name="That is my answer").click()
    page.get_by_role("button", name="3 fair").click()
    page.goto(page.url)
    expect(page.locator("mark.hit")).to_be_visible()
    context.close()


def test_what_was_typed_outlives_the_server(literal_room: Room, page: Page) -> None:
    """Stopped between typing and saving; the page never says saved before it is; reloaded, the text is there, and it is sent."""
    with serving(literal_room) as served:
        begin(page, served)
        address, port = page.url, served.port
        page.locator("#answer").press_sequentially("First words.")
        expect(page.locator("#save-note")).to_have_text("Draft saved")
    page.locator("#answer").press_sequentially(" Words the server never saw 🙂.")
    expect(page.locator("#save-note")).to_contain_text("Not saved yet")
    expect(page.locator("#save-note")).to_contain_text("kept in this browser")
    page.get_by_role("button", name="That is my answer").click()
    expect(page.locator("#save-note")).to_contain_text("Not sent")
    expect(page.locator("#answer")).to_have_value("First words. Words the server never saw 🙂.")
    with serving(literal_room, port=port) as served:
        page.goto(address)
        expect(page.locator("#answer")).to_have_value("First words. Words the server never saw 🙂.")
        expect(page.locator("#save-note")).to_have_text("Draft saved")
        page.get_by_role("button", name="That is my answer").click()
        expect(page.get_by_role("heading", name="Before you see the notes")).to_be_visible()
        session_id = address.rsplit("/", 1)[1]
        assert literal_room.interview.get(ME, session_id).attempts["t1"].text == "First words. Words the server never saw 🙂."
        assert page.evaluate("Object.keys(localStorage).filter((name) => name.includes('draft'))") == []


def test_saved_is_said_only_after_the_server_said_so(served: Served, page: Page) -> None:
    begin(page, served)
    held: list[Any] = []
    page.route("**/draft", lambda route: held.append(route))
    page.locator("#answer").press_sequentially("Unsaved words")
    page.wait_for_timeout(1500)
    assert held
    assert page.locator("#save-note").inner_text() == "Kept in this browser · saving…"
    held[0].continue_()
    expect(page.locator("#save-note")).to_have_text("Draft saved")


def test_the_same_answer_sent_again_after_a_lost_reply_is_one(served: Served, page: Page) -> None:
    begin(page, served)
    sent: list[str] = []

    def lose_the_first(route: Any) -> None:
        sent.append(route.request.post_data)
        if len(sent) == 1:
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    page.route("**/answer", lose_the_first)
    page.fill("#answer", "Said once.")
    page.get_by_role("button", name="That is my answer").click()
    expect(page.locator("#save-note")).to_contain_text("Not sent")
    page.get_by_role("button", name="That is my answer").click()
    expect(page.get_by_role("heading", name="Before you see the notes")).to_be_visible()
    assert sent[0] == sent[1]
