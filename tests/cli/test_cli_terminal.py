"""The terminal as a person has it: a real pseudo-terminal, real keys. And what holds at any width: wrapping, colours, pictures for
control characters."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.color import Color
from rich.style import Style

from greenroom.cli.screen import terminal
from greenroom.cli.screen.editor import _Page, rows
from greenroom.cli.screen.feedback import Mark, quoted

fcntl, pty, termios = (pytest.importorskip(name, reason="NOT RUN: no pseudo-terminals here") for name in ("fcntl", "pty", "termios"))
ANSWER = (
    "Attention lets each position pull in information from the other positions, weighted by relevance: naïve, 漢字, 🎭.\n"
    "Queries, keys and values are learned projections; softmax of the scores weights the values."
)
CTRL_C, CTRL_D, F2, ENTER = "\x03", "\x04", "\x1bOQ", "\r"
SEQUENCE = re.compile(r"\x1b(\][^\x07]*\x07|[\[\(][0-9;?]*[A-Za-z]|[=>])")


class Screen:
    """A program at a pseudo-terminal. ``seen``: everything it wrote, without colours and cursor moves."""

    def __init__(self, *args: str, columns: int = 100) -> None:
        self.main, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        env = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")} | {"TERM": "xterm-256color"}
        self.program = subprocess.Popen(
            [sys.executable, "-m", "greenroom", *args], stdin=other, stdout=other, stderr=other, env=env, start_new_session=True
        )
        os.close(other)
        self.raw = b""

    @property
    def seen(self) -> str:
        return SEQUENCE.sub("", self.raw.decode(errors="replace")).replace("\r", "")

    def wait_for(self, text: str, seconds: float = 60) -> None:
        """Until ``text`` was written after what was waited for before."""
        end = time.monotonic() + seconds
        start = getattr(self, "at", 0)
        while text not in self.seen[start:]:
            assert time.monotonic() < end, f"no “{text}” in:\n{self.seen[start:]}"
            if select.select([self.main], [], [], 0.2)[0]:
                try:
                    self.raw += os.read(self.main, 65536)
                except OSError:
                    assert text in self.seen[start:], f"it ended without “{text}”:\n{self.seen[start:]}"
            if b"\x1b[6n" in self.raw:  # where is the cursor? a terminal answers
                self.raw = self.raw.replace(b"\x1b[6n", b"")
                self.type("\x1b[1;1R")
        self.at = self.seen.index(text, start) + len(text)

    def type(self, keys: str) -> None:
        os.write(self.main, keys.encode())

    def paste(self, text: str) -> None:
        self.type(f"\x1b[200~{text}\x1b[201~")

    def ends(self) -> int:
        end = time.monotonic() + 30
        while self.program.poll() is None and time.monotonic() < end:
            if select.select([self.main], [], [], 0.1)[0]:
                try:
                    self.raw += os.read(self.main, 65536)
                except OSError:
                    break
        return self.program.wait(timeout=30)

    def close(self) -> None:
        if self.program.poll() is None:
            self.program.send_signal(signal.SIGKILL)
            self.program.wait()
        os.close(self.main)


@pytest.fixture
def screens() -> Iterator[list[Screen]]:
    opened: list[Screen] = []
    yield opened
    for screen in opened:
        screen.close()


def open_screen(screens: list[Screen], *args: str, columns: int = 100) -> Screen:
    screens.append(Screen(*args, columns=columns))
    return screens[-1]


def test_a_drill_by_single_keys_with_redo_dispute_and_model_answer(screens: list[Screen]) -> None:
    at = open_screen(screens, "interview", "--question", "attention")
    at.wait_for("Question 1 of 1")
    at.wait_for("Ctrl-D send")
    at.type("Attention weighs the other positions by relevance, so each token gathers what it needs.")
    at.type(CTRL_D)
    at.wait_for("Your answer is saved. 14 words")
    at.wait_for("how was that?")
    at.wait_for("›")
    assert "of 100" not in at.seen, "no score before the self-rating"
    at.type("x4")  # a key that means nothing does nothing
    at.wait_for("You gave yourself 4 of 5")
    at.wait_for("⏎ finish")
    at.wait_for("›")
    at.type("a")
    at.wait_for("Once more")
    at.wait_for("Ctrl-D send")
    at.paste(ANSWER)
    at.type(CTRL_D)
    at.wait_for("how was that?")
    at.wait_for("›")
    at.type("0")
    at.wait_for("Since the first try:")
    at.wait_for("⏎ finish")
    assert re.search(r"[↑↓] .*\n?.*\n?.*\(was (made|partly|missed)", at.seen), "what moved is marked at its point"
    at.wait_for("›")
    at.type("m")
    at.wait_for("To an engineer")
    at.wait_for("›")
    at.type("d")
    at.wait_for("Its number or letter")
    at.wait_for("›")
    at.type("1" + ENTER)
    at.wait_for("How do you see it?")
    at.wait_for("›")
    at.type("I said it" + ENTER)
    at.wait_for("Kept beside the verdict.")
    at.wait_for("›")
    at.type("w")
    at.wait_for("You objected: “I said it”")
    at.wait_for("nearest wording:")
    at.wait_for("⏎ finish")
    at.wait_for("›")
    at.type(ENTER)
    at.wait_for("Debrief")
    at.wait_for("⏎ done")
    at.wait_for("›")
    at.type(ENTER)
    assert at.ends() == 0
    assert "Traceback" not in at.seen


def test_a_misconception_is_disputed_by_its_letter(screens: list[Screen]) -> None:
    at = open_screen(screens, "interview", "--question", "attention", columns=80)
    at.wait_for("Ctrl-D send")
    at.paste("Attention cleans the training data: it filters noisy and biased examples out of the corpus. " + ANSWER)
    at.type(CTRL_D)
    at.wait_for("how was that?")
    at.wait_for("›")
    at.type("3")
    at.wait_for("Worth unlearning")
    at.wait_for("⏎ finish")
    at.wait_for("›")
    at.type("d")
    at.wait_for("Its number or letter")
    at.wait_for("›")
    at.type("a" + ENTER)
    at.wait_for("How do you see it?")
    at.wait_for("›")
    at.type("I quoted it" + ENTER)
    at.wait_for("Kept beside the verdict.")
    at.wait_for("›")
    at.type("w")
    at.wait_for("You objected: “I quoted it”")
    at.type(CTRL_C)


def test_a_mock_is_silent_can_be_left_anywhere_and_asks_every_rating_before_a_score(screens: list[Screen]) -> None:
    asked = ("--question", "attention", "--question", "hci")
    at = open_screen(screens, "interview", "--plan", "mock", *asked, "--minutes", "20", columns=60)
    at.wait_for("Question 1")
    at.wait_for("Ctrl-D send")
    at.paste(ANSWER)
    at.type(CTRL_C)
    at.wait_for("greenroom interview --resume last")
    assert at.ends() == 0
    at = open_screen(screens, "interview", "--resume", "last", columns=60)
    at.wait_for("naïve")  # the draft, in the editor again
    at.wait_for("Ctrl-D send")
    assert "left" in at.seen
    at.type(CTRL_D)
    at.wait_for("Question 2")
    at.wait_for("Ctrl-D send")
    at.type("People simply say what they want in their own words, instead of learning menus." + CTRL_D)
    at.wait_for("how was that?")
    at.wait_for("›")
    at.type("3")
    at.wait_for("how was that?")
    at.wait_for("›")
    assert "of 100" not in at.seen, "the first rating shows nothing yet"
    at.type(CTRL_C)
    at.wait_for("--resume last")
    assert at.ends() == 130
    at = open_screen(screens, "interview", "--resume", "last", columns=60)
    at.wait_for("how was that?")
    at.wait_for("›")
    at.type("2")
    at.wait_for("1 2 look at an answer")
    assert max(len(line) for line in at.seen.partition(" of 100")[2].splitlines()) <= 60
    assert "Traceback" not in at.seen


def test_lines_break_between_words_and_blanks_begin_no_row() -> None:
    line = "hello world foo bar"
    assert [line[a:b] for a, b in rows(line, 10)] == ["hello ", "world foo ", "bar"]
    assert [line[a:b] for a, b in rows(line, 11)] == ["hello world", "foo bar"]
    assert rows("abcdefghijkl m", 5) == [(0, 5), (5, 10), (10, 14)]
    assert rows("", 5) == [(0, 0)]
    assert rows("漢字漢字", 5) == [(0, 2), (2, 4)]


def test_up_and_down_go_by_rows_of_the_screen() -> None:
    page = _Page()
    page.room = 10
    text = "hello world foo bar\nx"  # rows: “hello ”, “world foo ”, “bar”, “x”
    assert page.moved(text, 8, -1) == 2
    assert page.moved(text, 2, 1) == 8
    assert page.moved(text, 18, 1) == len(text)
    assert page.moved(text, 1, -1) == 0
    assert page.moved(text, len(text), 1) == len(text)


def test_text_is_laid_out_within_the_measure_with_its_indent() -> None:
    laid = terminal.lay("one two three " * 30, "  ● ").plain.splitlines()
    assert len(laid) > 3
    assert laid[0].startswith("  ● one")
    assert all(line.startswith("    ") and line == line.rstrip() for line in laid[1:])
    assert max(map(len, laid)) <= terminal.measure()


def test_every_colour_reads_on_white_and_on_black() -> None:
    def luminance(name: str) -> float:
        parts = [part / 255 for part in Color.parse(name).get_truecolor()]
        red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrasts(name: str) -> tuple[float, float]:
        return 1.05 / (luminance(name) + 0.05), (luminance(name) + 0.05) / 0.05

    palette = (terminal.GOOD, terminal.MIDDLE, terminal.BAD, terminal.QUIET, terminal.ACCENT)
    assert min(contrast for name in palette for contrast in contrasts(name)) >= 3.8
    assert min(contrasts("bright_yellow")) < 2, "the measure tells a colour that does not read"
    assert all(Style.parse(style) for style in terminal.VERDICT_STYLE.values())


def test_quotes_are_marked_in_place_and_spans_survive_pictures_of_control_characters() -> None:
    answer = "a\x1b[31m good quote 🎭 and more"
    at = answer.index("good")
    shown = quoted(answer, [Mark((at, at + len("good quote 🎭")), "hit", "12")])
    assert shown.plain == "a␛[31m good quote 🎭¹² and more"
    styled = [shown.plain[span.start : span.end] for span in shown.spans if "underline" in str(span.style)]
    assert styled == ["good quote 🎭"]


@pytest.mark.parametrize(
    "code", [0x7F, 0x9B, 0x61C, *range(0x200E, 0x2010), 0x200B, 0x2028, 0x2029, *range(0x2060, 0x206A), 0xFEFF, 0xE0001, 0xE007F, 0xD800]
)
def test_what_cannot_be_seen_is_shown_as_a_picture(code: int) -> None:
    assert terminal.plain(f"a{chr(code)}b") == "a\ufffdb"


def test_control_writing_stays_as_it_is() -> None:
    text = "naïve 漢字 🎭 👩\u200d💻 می\u200cخواهم\n\tcafe\u0301"
    assert terminal.plain(text) == text and terminal.plain("\x1b[2J\r") == "␛[2J␍"


def test_overlapping_quotes_show_the_gravest_and_all_their_numbers() -> None:
    shown = quoted("one two three", [Mark((0, 7), "hit", "1"), Mark((4, 7), "wrong", "a")])
    assert shown.plain == "one two¹·ᵃ three"
    assert any(terminal.BAD in str(span.style) and shown.plain[span.start : span.end] == "two" for span in shown.spans)


HEAVY = ("sqlalchemy", "alembic", "onnxruntime", "numpy", "tokenizers", "fastapi", "uvicorn", "prompt_toolkit")


def loaded_by(*args: str) -> set[str]:
    code = "import sys\nfrom greenroom.cli.app import run\nsys.argv = ['greenroom', *sys.argv[1:]]\ntry:\n    run(print)\nfinally:\n"
    code += "    print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_listing_the_bank_loads_neither_database_nor_encoder() -> None:
    assert not loaded_by("bank", "list") & set(HEAVY)
    assert "sqlalchemy" in loaded_by("review"), "the list of modules would show it"


def test_the_help_loads_no_room(tmp_path: Path) -> None:
    modules = loaded_by("--help")
    assert not modules & {*HEAVY, "greenroom.room", "pydantic", "rich"}
