"""How what a connected model says of a picture looks in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from greenroom.cli.screen.terminal import QUIET, heading, lay, say
from greenroom.labs.seeing import Look, Spotted


def told(found: Look) -> Iterator[Text]:
    yield heading("Does it see at all?", found.model)
    for test in found.tests:
        yield lay(f"{test.drawn}: {'named' if test.named else 'not named'}. “{test.said.caption}”", "  · ")
    yield lay(found.verdict)
    yield heading("What it says of yours")
    chosen = f" (chosen from: {', '.join(found.labels)})" if found.labels else ""
    yield lay(say(f"{found.said.label}{chosen}", "bold"))
    for thing in found.said.things:
        yield lay(f"{thing.name}  {_place(thing)}", "  · ")
    yield lay(found.said.caption)
    yield lay(say("Said by a model, not checked by anybody. Writing in a picture may tell it what to say.", QUIET))


def _place(thing: Spotted) -> str:
    if thing.edges is None:
        return "without a frame that lies in the picture"
    left, top, right, bottom = thing.edges
    return f"{left:.0f} to {right:.0f}% from the left, {top:.0f} to {bottom:.0f}% from the top"
