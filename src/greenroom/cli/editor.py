"""Where an answer is typed in the terminal: several lines, a timer and a word count below, and a draft kept every few seconds.

When stdin is not a terminal, an answer is the lines up to one that holds a single dot, or the end of input.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

DRAFT_SECONDS = 3.0
Action = Literal["send", "skip", "leave"]


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

    def shown(self) -> str:
        spent = _minutes((self.now() - self.asked_at).total_seconds())
        if self.ends_at is None:
            return spent
        left = (self.ends_at - self.now()).total_seconds()
        return f"{spent} · {_minutes(left)} left" if left > 0 else f"{spent} · time is up: finish in peace"


def _minutes(seconds: float) -> str:
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def edit(start: str, clock: Clock, keep: Callable[[str], None]) -> Typed:
    """Let the person write. ``keep`` stores a draft; a failure to store it is shown in the toolbar, never hidden."""
    if not sys.stdin.isatty():
        return read_lines()
    from prompt_toolkit import PromptSession
    from prompt_toolkit.formatted_text import HTML
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()
    kept = _Draft(start, keep)

    @keys.add("c-d")
    @keys.add("escape", "enter")
    def send(event: KeyPressEvent) -> None:
        event.app.exit(result=Typed("send", event.app.current_buffer.text))

    @keys.add("f2")
    def skip(event: KeyPressEvent) -> None:
        event.app.exit(result=Typed("skip"))

    @keys.add("c-c")
    def leave(event: KeyPressEvent) -> None:
        event.app.exit(result=Typed("leave", event.app.current_buffer.text))

    session: PromptSession[Typed] = PromptSession(multiline=True, key_bindings=keys)

    def toolbar() -> HTML:
        text = session.default_buffer.text
        kept.offer(text)
        return HTML(" {} · {} words · {}   <b>Ctrl-D</b> send  <b>F2</b> skip  <b>Ctrl-C</b> leave, draft kept").format(
            clock.shown(), len(text.split()), kept.state
        )

    typed = session.prompt("  ", prompt_continuation="  ", default=start, bottom_toolbar=toolbar, refresh_interval=1.0)
    if typed.action == "leave":
        kept.offer(typed.text, at_once=True)
    return typed


class _Draft:
    def __init__(self, text: str, keep: Callable[[str], None]) -> None:
        self._text, self._keep, self._at, self.state = text, keep, time.monotonic(), "draft kept" if text else "nothing to keep yet"

    def offer(self, text: str, *, at_once: bool = False) -> None:
        if text == self._text:
            return
        self.state = "not kept yet"
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
    """An answer from a pipe: lines up to a single dot, or the end. Nothing at all means leave; ``/skip`` alone skips."""
    lines: list[str] = []
    for line in sys.stdin:
        if line.rstrip("\n") == ".":
            break
        lines.append(line)
    else:
        if not lines:
            return Typed("leave")
    text = "".join(lines).strip("\n")
    return Typed("skip") if text.strip() == "/skip" else Typed("send", text)


def ask(question: str, choices: str) -> str:
    """One letter or digit out of ``choices``; Enter and the end of input give an empty string."""
    from greenroom.cli.terminal import console

    while True:
        console.print(question, end=" ", markup=False)
        line = sys.stdin.readline()
        key = line.strip().lower()[:1]
        if not key or key in choices:
            return key
