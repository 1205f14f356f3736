"""Preparing in a real browser: paste by keyboard, upload a file, see one's own words marked, plan the days; what axe says of the pages."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from browser_watch import Watch
from playwright.sync_api import Browser, Page, expect
from test_browser_axe import problems
from web_serving import ME, Served

sys.path.insert(0, str(Path(__file__).parents[1] / "prep"))

from prep_papers import CV, JOB, docx, locked_pdf, pdf

from greenroom.prep.company import Company
from greenroom.prep.profile import Profile

pytestmark = pytest.mark.browser
SLOW = 90_000
"""Milliseconds: a file is read in a process of its own, which a busy machine begins late."""


def test_a_job_text_is_pasted_by_keyboard_and_leads_to_a_plan(served: Served, page: Page, watch: Watch) -> None:
    page.set_default_timeout(SLOW)
    served.room.prep.save(ME, Profile(interview_on=datetime.now(UTC).astimezone().date() + timedelta(days=14)))
    page.goto(f"{served.url}/profile")
    page.keyboard.press("1")
    page.wait_for_url("**/prep/job")
    page.get_by_label("Paste the text").focus()
    page.keyboard.insert_text(JOB)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Topics, most asked first")).to_be_visible(timeout=SLOW)
    expect(page.locator(".paper-text mark", has_text="pgvector")).to_be_visible(timeout=SLOW)
    page.get_by_role("link", name="Plan the days").click()
    expect(page.locator(".days > li.now")).to_contain_text("Design a retrieval-augmented assistant", timeout=SLOW)
    expect(page.locator(".days > li.rest")).to_have_count(1, timeout=SLOW)
    expect(page.locator(".days > li.mock")).to_have_count(2, timeout=SLOW)
    assert (watch.errors, watch.dialogs, watch.elsewhere(served.url)) == ([], [], [])


def test_a_file_is_uploaded_and_a_locked_one_is_explained_beside_what_was_there(served: Served, page: Page, tmp_path: Path) -> None:
    page.set_default_timeout(SLOW)
    good, bad = tmp_path / "cv.docx", tmp_path / "locked.pdf"
    good.write_bytes(docx(CV))
    bad.write_bytes(locked_pdf(CV))
    page.goto(f"{served.url}/prep/cv")
    page.get_by_label("Or choose a file").set_input_files(good)
    page.get_by_role("button", name="Upload and read it").click()
    expect(page.locator(".claims blockquote").first).to_contain_text("Built a RAG search", timeout=SLOW)
    page.get_by_text("Another CV").click()
    page.get_by_label("Or choose a file").set_input_files(bad)
    page.get_by_role("button", name="Upload and read it").click()
    expect(page.get_by_role("alert")).to_contain_text("locked with a password", timeout=SLOW)
    expect(page.locator(".claims blockquote").first).to_contain_text("Built a RAG search", timeout=SLOW)


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_no_violations_on_the_pages_of_preparing(served: Served, browser: Browser, theme: str, width: int) -> None:
    room = served.room
    room.prep.save(ME, Profile(company="Northvale Health", interview_on=datetime.now(UTC).astimezone().date() + timedelta(days=9)))
    empty = ["/prep/job", "/prep/cv", "/prep/plan", "/prep/company", "/prep/study/attention"]
    assert problems(served, browser, empty, theme, width) == []
    room.prep.papers.paste(ME, "job", JOB)
    room.prep.papers.paste(ME, "job", f"Older. {JOB}")
    room.prep.papers.paste(ME, "cv", CV)
    room.prep.company.save(ME, Company(does="Software for hospitals."))
    room.prep.plan.choose(ME, "job")
    room.prep.study.begin(ME, "attention")
    assert problems(served, browser, [*empty, "/profile", "/", "/bank/attention"], theme, width) == []


def test_control_the_file_field_sends_the_bytes_as_they_are(served: Served, page: Page, tmp_path: Path) -> None:
    """The same file with one byte of its header changed is no PDF any more."""
    page.set_default_timeout(SLOW)
    broken = tmp_path / "advert.pdf"
    broken.write_bytes(b"\x00" + pdf([JOB])[1:])
    page.goto(f"{served.url}/prep/job")
    page.get_by_label("Or choose a file").set_input_files(broken)
    page.get_by_role("button", name="Upload and read it").click()
    expect(page.get_by_role("alert")).to_contain_text("neither text nor", timeout=SLOW)
