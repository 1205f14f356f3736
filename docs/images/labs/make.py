"""Runs labs at their defaults in a browser, takes a picture of each page, and writes what the page said into ``docs/labs-seen.md``.

    python docs/images/labs/make.py                     every lab, one after the other: an hour and more
    python docs/images/labs/make.py rag driver          only these; what is known of the others stays
    python docs/images/labs/make.py --look DIR rag      also the whole page at two widths, light and dark, to be looked at
    python docs/images/labs/make.py --page              only the page, from what is known
    python docs/images/labs/make.py --note TEXT --page  says on the page what was special about the machine or the run

It needs Debian's Chromium, and what the labs need (``greenroom doctor``); the data folder is GREENROOM_HOME's, as always. A real server is
started and a real button is pressed. Nothing on the page of results is written by hand: claims, words and counts are read off the page.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from greenroom.builtin import Builtin

HERE = Path(__file__).parent
SEEN, PAGE = HERE / "seen.json", HERE.parents[1] / "labs-seen.md"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WIDE, NARROW, TALLEST = 1280, 390, 2400
"""Width of the window, of a phone; more of a page than this is not in the picture. In pixels of the page."""
KEPT_WIDTH, LARGEST = 900, 120_000
"""Width of a kept picture in pixels, and its most bytes."""
QUALITIES = (70, 60, 50, 40, 30, 20)
MINUTES = 10
SAID = {"hit": "seen", "wrong": "not seen", "unscored": "not told"}
HEAD = """# The labs, seen

Labs, each run at its defaults in a browser, in its own words: which of its claims were seen, with what it found, and how its page looked
(what lies below {tallest} pixels of the page is cut off). “Not seen” and “not told” are results like any other.
Made by `python docs/images/labs/make.py`, which reads all of this off the pages; run it again for a lab that now shows something else.

*Processor* is the processor time of the lab's own process in seconds, the loading of the model included; *wall* is how long one waited.
The machine had other work (its load, as Linux counts it, is beside each): wall time says little here.

| lab | seen | not seen | not told | processor, s | wall, s | load | run on |
|---|---|---|---|---|---|---|---|
"""


@contextlib.contextmanager
def server() -> Iterator[tuple[str, int]]:
    """``greenroom`` itself on a free port: its address and its process."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "greenroom", "--port", str(port), "--no-browser"], stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/labs", timeout=60).close()  # noqa: S310
                break
            time.sleep(0.5)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(30)


def processor_seconds(pid: int) -> float | None:
    """What the ended processes of this one took; None where that is not told."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    return None


def run(page: Page, url: str, pid: int, name: str) -> dict[str, Any]:
    """Press the button, wait for the end, read what the page says."""
    before, load, started = processor_seconds(pid), os.getloadavg()[0], time.monotonic()
    page.goto(f"{url}/labs/{name}")
    found: dict[str, Any] = {"title": page.locator("h1").inner_text(), "at": datetime.now(UTC).date().isoformat(), "load": round(load, 1)}
    if page.locator(".results > .note").count():
        return found | {"fault": page.locator(".results > .note").inner_text()}
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#lab-parts")).to_have_attribute("aria-busy", "false", timeout=MINUTES * 60_000)
    took = round(time.monotonic() - started, 1)
    if page.get_by_role("alert").count():
        return found | {"fault": page.get_by_role("alert").inner_text()}
    after = processor_seconds(pid)
    return found | {
        "processor": None if before is None or after is None else round(after - before, 1),
        "wall": took,
        "claims": [
            {
                "see": each.locator(".point p").inner_text(),
                "said": SAID[(each.locator(".v").get_attribute("class") or "").split()[-1]],
                "found": each.locator(".found").inner_text(),
            }
            for each in page.locator("#lab-seen .seen > li").all()
            if each.locator(".v").count()
        ],
        "parts": page.locator("#lab-parts > *").count(),
    }


def take(page: Page, file: Path) -> None:
    """The top of the page as a small WebP: as good as fits into LARGEST bytes."""
    height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    clip = {"x": 0, "y": 0, "width": WIDE, "height": height, "scale": KEPT_WIDTH / WIDE}
    client = page.context.new_cdp_session(page)
    for quality in QUALITIES:
        values = {"format": "webp", "quality": quality, "clip": clip, "captureBeyondViewport": True}
        data = base64.b64decode(client.send("Page.captureScreenshot", values)["data"])
        if len(data) <= LARGEST:
            break
    file.write_bytes(data)


def look(page: Page, folder: Path, name: str) -> list[str]:
    """The whole page at both widths, light and dark, as PNG; what is wider than the screen."""
    wrong = []
    folder.mkdir(parents=True, exist_ok=True)
    for width in (WIDE, NARROW):
        for theme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 860})
            page.emulate_media(color_scheme=theme)
            page.wait_for_timeout(300)
            page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{name}: wider than the screen at {width} px")
    return wrong


def one(browser: Browser, url: str, pid: int, name: str, folder: Path | None) -> dict[str, Any]:
    context = browser.new_context(viewport={"width": WIDE, "height": 860}, color_scheme="light", reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(120_000)
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        found = run(page, url, pid, name)
        if "fault" not in found:
            page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
            take(page, HERE / f"{name}.webp")
        wrong += look(page, folder, name) if folder else []
    finally:
        context.close()
    return found | ({"wrong": wrong} if wrong else {})


def plain(words: str) -> str:
    """As it stands, in Markdown."""
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", " ".join(words.split()))


def row(name: str, each: dict[str, Any]) -> str:
    counts = [sum(claim["said"] == said for claim in each["claims"]) for said in SAID.values()]
    cells = [f"[`{name}`](#{name})", *counts, each["processor"], each["wall"], each["load"], each["at"]]
    return "| " + " | ".join("" if cell is None else str(cell) for cell in cells) + " |\n"


def chapter(name: str, each: dict[str, Any]) -> str:
    claims = [f"- *{claim['said']}*: {plain(claim['see'])} **{plain(claim['found'])}**\n" for claim in each["claims"]]
    picture = f"![The page of {name} after its run](images/labs/{name}.webp)\n"
    return f"\n## {name}\n\n{plain(each['title'])}\n\n" + ("".join(claims) or "It claims nothing: it is for looking.\n") + "\n" + picture


def text(seen: dict[str, Any]) -> str:
    """The page from what is known."""
    run = {name: each for name, each in seen["labs"].items() if "fault" not in each}
    missing = [f"- `{name}`, {each['at']}: {plain(each['fault'])}\n" for name, each in seen["labs"].items() if name not in run]
    missing += [f"- `{name}`: not yet\n" for name in seen["missing"]]
    table = "".join(row(name, each) for name, each in run.items())
    left = f", {len(missing)} not run (they are named at the end)" if missing else ""
    machine = f"\n{len(run)} labs{left}. The machine: {seen['machine']}. {seen.get('note', '')}".rstrip() + "\n"
    chapters = "".join(chapter(name, each) for name, each in run.items())
    return HEAD.format(tallest=TALLEST) + table + machine + chapters + ("\n## Not run\n\n" + "".join(missing) if missing else "")


def read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SEEN.read_text(encoding="utf-8")) if SEEN.exists() else {"labs": {}}
    return found


def write(seen: dict[str, Any]) -> None:
    order = {lab.card.name: n for n, lab in enumerate(Builtin().greenroom_labs())}
    seen["labs"] = dict(sorted(seen["labs"].items(), key=lambda item: order.get(item[0], len(order))))
    seen["missing"] = [name for name in order if name not in seen["labs"]]
    SEEN.write_text(json.dumps(seen, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(text(seen), encoding="utf-8")


def machine(browser: Browser) -> str:
    chromium = browser.version.partition(".")[0]
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}, Chromium {chromium}"


def every(names: Sequence[str], folder: Path | None) -> None:
    """One after the other; what is known is written after each."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with server() as (url, pid), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for name in names:
            try:
                found = one(browser, url, pid, name, folder)
            except (Error, AssertionError) as error:  # it took too long, or the browser broke down: nothing is known of this lab
                sys.stderr.write(f"{name}: NOT RUN: {error}\n")
                continue
            sys.stderr.write(f"{name}: {found.get('fault') or [claim['said'] for claim in found['claims']]} {found.get('wrong', '')}\n")
            seen = read()
            seen["labs"][name] = found
            write(seen | {"machine": machine(browser)})
        browser.close()


def main(given: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("labs", nargs="*")
    asked.add_argument("--look", type=Path, metavar="DIR")
    asked.add_argument("--page", action="store_true")
    asked.add_argument("--note")
    args = asked.parse_args(given)
    if args.page:
        write(read() | ({} if args.note is None else {"note": args.note}))
    else:
        every(args.labs or [lab.card.name for lab in Builtin().greenroom_labs()], args.look)


if __name__ == "__main__":
    main()
