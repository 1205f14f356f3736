"""Answering aloud in a real browser, through a microphone that plays a file."""

from __future__ import annotations

import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from browser_watch import Watch
from playwright.sync_api import Browser, Page, expect
from web_serving import ME, Served, serving

from greenroom.builtin import Builtin
from greenroom.room import Parts, Room
from greenroom.settings import Settings
from greenroom.voice.doubt import agreement
from greenroom.voice.listener import Scripted

sys.path.insert(0, str(Path(__file__).parents[1] / "voice"))

from voice_sounds import fetched, louder, noise, silence, speech, write_wav

pytestmark = pytest.mark.browser
PATH = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
expect.set_options(timeout=60_000)  # sound takes its time, and a busy machine more
SAID = "attention weighs the context and the softmax makes the weights sum to one " * 4
"""What the scripted recogniser hears in whatever is not silent."""


@pytest.fixture(scope="session")
def tiny() -> Path:
    return fetched()


@pytest.fixture
def room(tmp_path: Path, literal_parts: Parts) -> Iterator[Room]:
    parts = Parts(literal_parts.settings, given=literal_parts.given, listener=Scripted(SAID))
    with Room(parts.settings, parts) as found:
        yield found


@pytest.fixture
def spoken(room: Room) -> Iterator[Served]:
    with serving(room) as found:
        yield found


Open = Callable[..., Page]


@pytest.fixture
def microphone(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """A browser of its own whose microphone plays ``sound`` once; ``None``: one that is not granted."""
    with ExitStack() as stack:

        def open_page(sound: bytes | None, *extra: str) -> Page:
            flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", *extra]
            if sound is not None:
                file = write_wav(tmp_path / "microphone.wav", sound)
                flags += [
                    "--use-fake-device-for-media-stream",
                    "--use-fake-ui-for-media-stream",
                    f"--use-file-for-fake-audio-capture={file}%noloop",
                ]
            mine = browser.browser_type.launch(executable_path=PATH, args=flags)
            stack.callback(mine.close)
            context = mine.new_context(viewport={"width": 1280, "height": 860})
            context.set_default_timeout(60_000)
            page = context.new_page()
            page.watch = Watch(context)  # type: ignore[attr-defined]
            return page

        yield open_page


def ask(page: Page, served: Served, base: str = "") -> None:
    page.goto(f"{base or served.url}/bank/attention")
    page.get_by_role("button", name="Answer this one").click()
    page.wait_for_url("**/interview/*")
    expect(page.locator("#mic")).to_be_visible()


def press(page: Page) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("m")


def until(page: Page, true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come about")


def words(page: Page) -> str:
    return page.locator("#answer").input_value()


def test_spoken_read_corrected_and_given(spoken: Served, microphone: Open) -> None:
    page = microphone(noise(20))
    ask(page, spoken)
    press(page)
    expect(page.locator("#mic")).to_have_text("Stop m")
    expect(page.locator("#level")).to_be_visible()
    until(page, lambda: page.locator("#level").evaluate("meter => meter.value") > 0.05)
    expect(page.locator("#open")).to_contain_text("attention weighs")  # while speaking
    expect(page.locator("#open")).to_have_text(re.compile(r"(\S+ ){20}"), timeout=60_000)
    page.keyboard.press("Control+Enter")  # giving it while it runs only stops: it is read first
    expect(page.locator("#mic-note")).to_contain_text("Read it, correct it, then give it")
    assert words(page).startswith("attention weighs the context")
    page.locator("#answer").press("End")
    page.locator("#answer").type(" Corrected.")
    page.get_by_role("button", name="That is my answer").click()
    page.get_by_role("button", name="3", exact=False).first.click()
    expect(page.get_by_role("heading", name="How it went, spoken")).to_be_visible()
    assert "Corrected." in page.locator(".said").first.inner_text()
    assert page.locator(".delivery audio").count() == 0, "nobody asked to keep the sound"
    assert not list((spoken.room.settings.home / "voice").rglob("*.wav"))
    assert page.watch.errors == [] and page.watch.elsewhere(spoken.url) == []  # type: ignore[attr-defined]


def test_sound_kept_on_request_is_played_and_deleted(spoken: Served, microphone: Open) -> None:
    page = microphone(noise(20))
    ask(page, spoken)
    page.get_by_label("Keep the sound of this answer too").check()
    press(page)
    expect(page.locator("#open")).to_have_text(re.compile(".{60}"), timeout=60_000)
    press(page)
    expect(page.locator("#mic-note")).to_contain_text("Read it before you give it")
    page.get_by_role("button", name="That is my answer").click()
    page.get_by_role("button", name="3", exact=False).first.click()
    expect(page.locator(".delivery audio")).to_be_visible()
    (file,) = (spoken.room.settings.home / "voice").rglob("*.wav")
    assert file.stat().st_size > 50_000 and file.stat().st_mode & 0o077 == 0
    page.evaluate("globalThis.confirm = () => true")  # the watch dismisses every dialog
    page.get_by_role("button", name="Delete the sound").click()
    expect(page.locator(".delivery audio")).to_have_count(0)
    assert not file.exists() and spoken.room.voice.takes(ME, *_turn(spoken)), "the words stay"


def _turn(served: Served) -> tuple[str, str]:
    session = served.room.interview.list(ME)[0]
    return session.session_id, session.turns[0].turn_id


def test_no_microphone_at_all(spoken: Served, microphone: Open) -> None:
    page = microphone(None)
    ask(page, spoken)
    press(page)
    expect(page.locator("#mic-note")).to_contain_text(re.compile("There is no microphone|not given the microphone"))
    expect(page.locator("#mic")).to_be_enabled()


def test_a_microphone_that_is_denied(spoken: Served, microphone: Open) -> None:
    page = microphone(None, "--use-fake-device-for-media-stream", "--deny-permission-prompts")
    ask(page, spoken)
    page.locator("#answer").fill("typed before")
    press(page)
    expect(page.locator("#mic-note")).to_contain_text("not given the microphone. Allow it")
    expect(page.locator("#mic")).to_have_text("Speak m")
    assert words(page) == "typed before"
    page.get_by_role("button", name="That is my answer").click()  # and typing goes on as ever
    expect(page.get_by_role("heading", name="Before you see the notes")).to_be_visible()


def test_a_silent_microphone(spoken: Served, microphone: Open) -> None:
    page = microphone(silence(30))
    ask(page, spoken)
    page.locator("#answer").fill("typed before")
    press(page)
    expect(page.locator("#mic-note")).to_contain_text("Nothing is heard. Is the microphone muted")
    press(page)
    expect(page.locator("#mic-note")).to_contain_text("Only silence came in")
    assert words(page) == "typed before"


def test_too_loud(spoken: Served, microphone: Open) -> None:
    """Without the browser's own processing, with which such noise arrives too low to be told: docs/log.md."""
    page = microphone(louder(noise(20), 40))
    page.add_init_script(
        "const real = MediaDevices.prototype.getUserMedia; MediaDevices.prototype.getUserMedia = function () { return real.call(this,"
        "{ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false } }); };"
    )
    ask(page, spoken)
    press(page)
    expect(page.locator("#mic-note")).to_contain_text("too loud and distorts: move back")


def test_unplugged_in_the_middle(spoken: Served, microphone: Open) -> None:
    """A track that ends by itself: what was said until then is in the text."""
    page = microphone(noise(20))
    page.add_init_script(
        "const real = MediaDevices.prototype.getUserMedia;"
        "MediaDevices.prototype.getUserMedia = async function (...a) { return globalThis.plugged = await real.apply(this, a); };"
    )
    ask(page, spoken)
    press(page)
    expect(page.locator("#open")).to_have_text(re.compile(".{20}"), timeout=60_000)
    page.evaluate("plugged.getAudioTracks()[0].onended()")
    expect(page.locator("#mic-note")).to_contain_text("The microphone went away. What you said until then is in the text")
    assert words(page).startswith("attention weighs")


def test_where_no_microphone_is_lent_without_tls(literal_parts: Parts, microphone: Open) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = Settings(home=literal_parts.settings.home, assessor="literal", allowed_hosts=(f"room.test:{port}",))
    parts = Parts(settings, given={"builtin": Builtin(), **literal_parts.given}, listener=Scripted(SAID))
    with Room(settings, parts) as room, serving(room, port=port) as served:
        page = microphone(noise(5), "--host-resolver-rules=MAP room.test 127.0.0.1")
        ask(page, served, f"http://room.test:{port}")
        press(page)
        expect(page.locator("#mic-note")).to_contain_text("only to this machine's own address and to https")


def test_greenroom_away_and_back_loses_no_word(room: Room, microphone: Open) -> None:
    """The server is stopped in the middle and another one takes its place: it gets again what was not settled."""
    page = microphone(noise(40))
    with serving(room) as first:
        ask(page, first)
        press(page)
        expect(page.locator("#open")).to_have_text(re.compile(".{20}"), timeout=60_000)
        port = first.port
    expect(page.locator("#mic-note")).to_contain_text("greenroom does not answer. What you say is held here")
    before = list(room.voice._takes.values())
    room.voice._takes.clear()  # what a new process knows of the take
    with serving(room, port=port):
        expect(page.locator("#mic-note")).to_have_text("", timeout=60_000)
        press(page)
        expect(page.locator("#mic-note")).to_contain_text("Read it before you give it", timeout=60_000)
        assert words(page).startswith("attention weighs the context")
        takes = room.voice.takes(ME, *_turn_of(room))
        assert takes[-1].seconds > 3, "from the beginning, not from where the second server came in"
    for take in before:
        take.end()
        take.look(10)


def _turn_of(room: Room) -> tuple[str, str]:
    session = room.interview.list(ME)[0]
    return session.session_id, session.turns[0].turn_id


def test_without_the_model_the_page_says_what_to_fetch(served: Served, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    page.goto(f"{served.url}/bank/attention")
    page.get_by_role("button", name="Answer this one").click()
    page.wait_for_url("**/interview/*")
    page.get_by_text("Answer aloud").click()
    expect(page.locator("details", has_text="Answer aloud")).to_contain_text("greenroom")
    assert page.locator("#mic").count() == 0 and page.locator("#answer").is_visible()


def test_flite_is_heard_by_the_real_recogniser(literal_parts: Parts, microphone: Open, tiny: Path, tmp_path: Path) -> None:
    """From the microphone to the words and their figures, with nothing made up in between."""
    text = (
        "A large language model predicts the next token from the tokens before it. Attention weighs the context, you know, and I think the "
        "softmax makes the weights sum to one. It is trained on a huge amount of text, and then it is tuned to follow instructions."
    )
    settings = Settings(home=literal_parts.settings.home, assessor="literal", voice_model=str(tiny))
    with Room(settings, Parts(settings, given=literal_parts.given)) as room, serving(room) as served:
        page = microphone(silence(1) + speech(tmp_path, text) + silence(60))
        ask(page, served)
        press(page)
        expect(page.locator("#answer")).to_have_value(re.compile("instructions"), timeout=120_000)  # settled while it still records
        press(page)
        expect(page.locator("#mic-note")).to_contain_text("Read it before you give it", timeout=120_000)
        assert agreement(text, words(page)) > 0.8
        page.get_by_role("button", name="That is my answer").click()
        page.get_by_role("button", name="3", exact=False).first.click()
        expect(page.locator(".delivery")).to_contain_text("words a minute")
        expect(page.locator(".delivery")).to_contain_text("you know")
