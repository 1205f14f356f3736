"""Writing to a terminal and asking at it: the words, the colours and the measure that every command shares.

Everything a person or a pack wrote passes through ``plain`` first: no escape sequence of theirs reaches the screen. Rich is used with
``Text`` values, never with markup made of content: brackets in an answer stay brackets. Lines are broken here, between words, so that
hanging indents hold at any width; nothing is padded with blanks to the right.

The palette is of middling lightness: each colour has a contrast of at least 3.8 to 1 on white and on black (a test measures it), and no
meaning hangs on colour alone.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from greenroom.bank.wording import CONTROL
from greenroom.bank.wording import many as many
from greenroom.errors import InputError

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyPressEvent

V = TypeVar("V", bound=BaseModel)
GOOD, MIDDLE, BAD, QUIET, ACCENT = "color(28)", "color(130)", "color(160)", "color(243)", "color(31)"
VERDICT_STYLE = {"hit": GOOD, "partial": MIDDLE, "missed": QUIET, "wrong": BAD, "unscored": QUIET}
VERDICT_SIGN = {"hit": "●", "partial": "◐", "missed": "○", "wrong": "✕", "unscored": "–"}
PROMPT_STYLE = {
    "lead": "fg:#0087af",
    "quiet": "fg:#767676",
    "key": "fg:#767676 bold",
    "hurry": "fg:#af5f00 bold",
    "bottom-toolbar": "noreverse",
}
WIDTH, MARGIN = 84, "  "
console = Console(highlight=False, soft_wrap=False)


def plain(text: str) -> str:
    """The text with characters that act on a terminal or cannot be seen shown as pictures; newlines and tabs stay."""
    return "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    if char in "\n\t":
        return char
    if ord(char) < 0x20:
        return chr(0x2400 + ord(char))
    return "�" if CONTROL.match(char) else char


def say(text: str, style: str = "") -> Text:
    """A Rich value of content."""
    return Text(plain(text), style=style)


def measure() -> int:
    """Columns a line may fill: the terminal's, up to what reads well."""
    return max(20, min(WIDTH, console.width))


def lay(text: Text | str, first: Text | str = MARGIN, rest: str | None = None) -> Text:
    """The text broken between words, behind ``first``; further lines behind ``rest`` (default: as wide as ``first``)."""
    lead = say(first) if isinstance(first, str) else first
    rest = " " * cell_len(lead.plain) if rest is None else rest
    body = say(text) if isinstance(text, str) else text.copy()
    body.expand_tabs(4)
    found = Text()
    for n, line in enumerate(body.wrap(console, max(12, measure() - cell_len(lead.plain)))):
        line.rstrip()
        found.append_text(lead if n == 0 else Text(f"\n{rest if line.plain else ''}")).append_text(line)
    return found if body.plain.strip() else Text()


def write(*parts: Any, style: str = "") -> None:
    """Each part on lines of its own: a string is content and is laid out; a ``Text`` made by ``lay`` stays as it is."""
    for part in parts:
        shown = lay(say(part, style)) if isinstance(part, str) else part
        console.print(shown, no_wrap=True, overflow="ignore", crop=False)


def heading(title: str, note: str = "") -> Text:
    """A small heading with air above it."""
    return Text.assemble("\n", lay(Text.assemble((plain(title), "bold"), (f"  {plain(note)}" if note else "", QUIET))))


def rule(title: str, note: str = "") -> Text:
    """A line across the page that opens something new."""
    left = Text.assemble((f"{MARGIN}── ", QUIET), (plain(title), f"bold {ACCENT}"), (f"  {plain(note)}" if note else "", QUIET), " ")
    return Text.assemble("\n", left, ("─" * max(2, measure() - cell_len(left.plain)), QUIET))


def flow(items: Iterable[Text], gap: int = 3) -> Text:
    """Short items side by side; none is broken in two."""
    lines: list[Text] = []
    for item in items:
        if lines and cell_len(lines[-1].plain) + gap + cell_len(item.plain) <= measure():
            lines[-1].append(" " * gap).append_text(item)
        else:
            lines.append(Text(MARGIN).append_text(item))
    return Text("\n").join(lines)


def day(value: date | datetime | str) -> str:
    """``Wed 25 November``, with the year when it is another one; in the time zone of this machine."""
    value = date.fromisoformat(value) if isinstance(value, str) else value
    local = value.astimezone() if isinstance(value, datetime) else value
    return f"{local:%a} {local.day} {local:%B}" + ("" if local.year == datetime.now().astimezone().year else f" {local.year}")


def valid(kind: type[V], **given: Any) -> V:
    """A value made of what was typed. Raises InputError, naming what cannot be used."""
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = str(first["loc"][0]).replace("_", " ") if first["loc"] else "This"
        raise InputError(f"{place.capitalize()} cannot be used: {first['msg']}.", "Shorten or correct it.") from None


def title_of(topic: str) -> str:
    return {"what-is-an-llm": "What an LLM is", "hci": "Human–computer interaction"}.get(topic, topic.replace("-", " ").capitalize())


def write_json(value: Any) -> None:
    """One JSON document on stdout; ASCII only, so that no byte of content can act on a terminal."""
    body = value.model_dump(mode="json") if hasattr(value, "model_dump") else value
    sys.stdout.write(json.dumps(body, indent=2) + "\n")


def write_json_line(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def keep_log(home: Path) -> None:
    """Warnings of greenroom go to ``greenroom.log`` in ``home`` from here on, not across the page. Answers are never logged."""
    log = logging.getLogger("greenroom")
    handler = logging.FileHandler(home / "greenroom.log", encoding="utf-8", delay=True)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log.addHandler(handler)
    log.propagate = False


@dataclass(frozen=True)
class Choice:
    """Keys that mean the same, or the same of several things; ``shown`` stands for them (default: the first)."""

    keys: str
    label: str
    shown: str = ""


def choose(question: str, choices: Sequence[Choice], *, enter: bool = False) -> str:
    """One key out of ``choices``; from a pipe the first letter of a line. With ``enter`` the Enter key gives an empty string, as the end
    of input always does. ``KeyboardInterrupt`` is left to the caller."""
    items = [Text.assemble((choice.shown or choice.keys[0], f"bold {ACCENT}"), f" {choice.label}") for choice in choices]
    write("", *([lay(question)] if question else []), flow(items))
    keys = "".join(choice.keys for choice in choices)
    return _key(keys, enter=enter) if sys.stdin.isatty() else _letter(keys)


def _letter(keys: str) -> str:
    while True:
        key = sys.stdin.readline().strip().lower()[:1]
        if not key or key in keys:
            return key


def _key(keys: str, *, enter: bool) -> str:
    """One key press. Other keys do nothing."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.styles import Style

    bindings = KeyBindings()

    def leave_with(result: str) -> Callable[[KeyPressEvent], None]:
        return lambda event: event.app.exit(result=result)

    bindings.add("<any>")(lambda event: None)
    bindings.add("<bracketed-paste>")(lambda event: None)
    for key in dict.fromkeys(keys + keys.upper()):
        bindings.add(key)(leave_with(key.lower()))
    for key in ("enter", "c-d")[: 2 if enter else 0]:
        bindings.add(key)(leave_with(""))

    @bindings.add("c-c")
    def stop(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt)

    session: PromptSession[str] = PromptSession(key_bindings=bindings, style=Style.from_dict(PROMPT_STYLE), erase_when_done=True)
    return session.prompt([("class:lead", f"{MARGIN}› ")])


def ask_line(question: str) -> str:
    """One line of text, stripped; Enter alone and the end of input give an empty string."""
    write("", lay(question))
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    from prompt_toolkit import PromptSession
    from prompt_toolkit.styles import Style

    session: PromptSession[str] = PromptSession(style=Style.from_dict(PROMPT_STYLE))
    try:
        return session.prompt([("class:lead", f"{MARGIN}› ")]).strip()
    except EOFError:
        return ""
