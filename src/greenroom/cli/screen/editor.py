"""Where an answer is typed in the terminal: several lines that break between words, a timer and a word count below, and a draft kept
every few seconds.

When stdin is not a terminal, an answer is the lines up to one that holds a single dot, or the end of input.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

from greenroom.cli.screen.terminal import MARGIN, PROMPT_STYLE, WIDTH, console, plain

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.layout.processors import Processor

DRAFT_SECONDS, HURRY_SECONDS = 3.0, 60.0
LEAD = "  ▏ "
Action = Literal["send", "skip", "leave", "think", "pause"]


@dataclass(frozen=True)
class Typed:
    action: Action
    text: str = ""


@dataclass(frozen=True)
class Clock:
    """``asked_at`` and the time the interview closes, if it does; ``now`` is asked once a second."""

    asked_at: datetime
    ends_at: datetime | None
    now: Callable[[], datetime]

    def shown(self) -> tuple[str, str]:
        """The style and the words."""
        spent = minutes((self.now() - self.asked_at).total_seconds())
        if self.ends_at is None:
            return "quiet", spent
        left = (self.ends_at - self.now()).total_seconds()
        if left <= 0:
            return "hurry", "time is up: finish in peace"
        return "hurry" if left < HURRY_SECONDS else "quiet", f"{minutes(left)} left"


def minutes(seconds: float) -> str:
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def edit(start: str, clock: Clock, keep: Callable[[str], None]) -> Typed:
    """Let the person write. ``keep`` stores a draft; a failure to store it is shown in the toolbar, never hidden."""
    if not sys.stdin.isatty():
        return read_lines()
    from prompt_toolkit import PromptSession
    from prompt_toolkit.formatted_text import FormattedText
    from prompt_toolkit.styles import Style

    kept, page = _Draft(start, keep), _Page()
    session: PromptSession[Typed] = PromptSession(
        multiline=True,
        key_bindings=_editing(page),
        input_processors=[page.processor()],
        style=Style.from_dict(PROMPT_STYLE),
        include_default_pygments_style=False,
    )

    def toolbar() -> Any:
        text = session.default_buffer.text
        kept.offer(text)
        return _toolbar(clock, len(text.split()), kept.state)

    lead = FormattedText([("class:lead", LEAD)])
    typed = session.prompt(lead, prompt_continuation=lead, default=start, bottom_toolbar=toolbar, refresh_interval=1.0)
    if typed.action == "leave":
        kept.offer(typed.text, at_once=True)
    return typed


def _editing(page: _Page) -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("up")
    def up(event: KeyPressEvent) -> None:
        event.app.current_buffer.cursor_position = page.moved(event.app.current_buffer.text, event.app.current_buffer.cursor_position, -1)

    @keys.add("down")
    def down(event: KeyPressEvent) -> None:
        event.app.current_buffer.cursor_position = page.moved(event.app.current_buffer.text, event.app.current_buffer.cursor_position, 1)

    @keys.add("c-d")
    @keys.add("escape", "enter")
    def send(event: KeyPressEvent) -> None:
        event.app.exit(result=Typed("send", event.app.current_buffer.text))

    @keys.add("f2")
    def skip(event: KeyPressEvent) -> None:
        event.app.exit(result=Typed("skip"))

    @keys.add("f3")
    def think(event: KeyPressEvent) -> None:
        event.app.exit(result=Typed("think", event.app.current_buffer.text))

    @keys.add("f4")
    def pause(event: KeyPressEvent) -> None:
        event.app.exit(result=Typed("pause", event.app.current_buffer.text))

    @keys.add("c-c")
    def leave(event: KeyPressEvent) -> None:
        event.app.exit(result=Typed("leave", event.app.current_buffer.text))

    return keys


def _toolbar(clock: Clock, words: int, state: str) -> list[tuple[str, str]]:
    style, time_shown = clock.shown()
    left = f" · {words} {'word' if words == 1 else 'words'}{' · ' if state else ''}{state}"
    keys = [("Ctrl-D", "send"), ("F2", "skip"), ("F3", "think"), ("F4", "pause"), ("Ctrl-C", "leave")]
    room = console.width - len(MARGIN) - len(time_shown) - len(left) - sum(len(key) + len(does) + 3 for key, does in keys)
    shown = [("", MARGIN), (f"class:{style}", time_shown), ("class:quiet", plain(left))]
    shown.append(("", " " * room if room > 0 and console.width >= WIDTH else "\n"))  # narrow: always two lines, so that nothing jumps
    for key, does in keys:
        shown += [("class:key", f"  {key}"), ("class:quiet", f" {does}")]
    return shown


def rows(line: str, room: int) -> list[tuple[int, int]]:
    """Where a line breaks on ``room`` columns: (start, end) of each row, between words if it can be. A blank that would begin a row is
    in none."""
    from prompt_toolkit.utils import get_cwidth

    found, start, gap, used = list[tuple[int, int]](), 0, 0, 0
    for at, char in enumerate(line):
        wide = get_cwidth(char)
        if used + wide > room:
            end = at if char == " " or gap <= start else gap
            found.append((start, end))
            start = at + 1 if char == " " else end
            used = sum(get_cwidth(each) for each in line[start:at])
            if char == " ":
                continue
        used += wide
        gap = at + 1 if char == " " else gap
    return [*found, (start, len(line))]


class _Page:
    """The answer broken between words on the screen (prompt_toolkit breaks anywhere): each row is filled up with blanks. The text itself
    is not touched."""

    room = 76

    def processor(self) -> Processor:
        from prompt_toolkit.formatted_text.utils import fragment_list_width
        from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
        from prompt_toolkit.layout.utils import explode_text_fragments

        page = self

        class Wrap(Processor):
            def apply_transformation(self, given: TransformationInput) -> Transformation:
                row = max(8, given.width - len(LEAD))
                page.room = min(row, WIDTH - len(LEAD))
                chars = [(style, " " if char == "\t" else plain(char)) for style, char, *_ in explode_text_fragments(given.fragments)]
                shown: list[tuple[str, str]] = []
                places: list[int] = []  # of each character, on the screen
                for start, end in (found := rows("".join(char for _, char in chars), page.room)):
                    places += [len(shown)] * (start - len(places))
                    places += range(len(shown), len(shown) + end - start)
                    shown += chars[start:end]
                    if (start, end) != found[-1]:
                        shown += [("", " ")] * (row - fragment_list_width([*chars[start:end]]))
                places.append(len(shown))
                sources = _inverse(places)
                last = len(places) - 1
                return Transformation(
                    [*shown],
                    source_to_display=lambda at: places[min(at, last)] + max(0, at - last),
                    display_to_source=lambda at: sources[min(at, len(sources) - 1)],
                )

        return Wrap()

    def moved(self, text: str, at: int, step: int) -> int:
        """The position one row up or down, in the same column as far as there is one."""
        lines = plain(text).split("\n")  # as long as the text: a picture for a character
        starts = accumulate((len(line) + 1 for line in lines[:-1]), initial=0)
        found = [(first + a, first + b) for first, line in zip(starts, lines, strict=True) for a, b in rows(line, self.room)]
        here = max(n for n, (start, _) in enumerate(found) if start <= at)
        there = here + step
        if not 0 <= there < len(found):
            return 0 if step < 0 else len(text)
        start, end = found[there]
        full = there + 1 < len(found) and found[there + 1][0] == end  # its end would show at the beginning of the next row
        return min(start + at - found[here][0], end - 1 if full else end)


def _inverse(places: list[int]) -> list[int]:
    """For each place on the screen the last character that is not behind it."""
    sources, source = list[int](), 0
    for place in range(places[-1] + 1):
        while source + 1 < len(places) and places[source + 1] <= place:
            source += 1
        sources.append(source)
    return sources


class _Draft:
    def __init__(self, text: str, keep: Callable[[str], None]) -> None:
        self._text, self._keep, self._at, self.state = text, keep, time.monotonic(), "draft kept" if text else ""

    def offer(self, text: str, *, at_once: bool = False) -> None:
        if text == self._text:
            return
        if not self.state.startswith("draft NOT"):
            self.state = "…"
        if not at_once and time.monotonic() - self._at < DRAFT_SECONDS:
            return
        self._at = time.monotonic()
        from greenroom.errors import GreenroomError

        try:
            self._keep(text)
        except GreenroomError as error:
            self.state = f"draft NOT kept: {error.message}"
        else:
            self._text, self.state = text, "draft kept"


def read_lines() -> Typed:
    """An answer from a pipe: lines up to a single dot, or the end. Nothing at all means leave; ``/skip``, ``/think`` and ``/pause`` alone
    are what they say."""
    lines: list[str] = []
    for line in sys.stdin:
        if line.rstrip("\n") == ".":
            break
        lines.append(line)
    else:
        if not lines:
            return Typed("leave")
    text = "".join(lines).strip("\n")
    said: dict[str, Action] = {"/skip": "skip", "/think": "think", "/pause": "pause"}
    action = said.get(text.strip())
    return Typed(action) if action else Typed("send", text)
