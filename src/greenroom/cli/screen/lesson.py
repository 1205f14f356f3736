"""What to make of an answer, in the terminal: how far a redo came, the answer again in one's own words, the model answer beside it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from greenroom.cli.screen.terminal import ACCENT, GOOD, MIDDLE, QUIET, heading, lay, say
from greenroom.interview.debrief import TurnReport
from greenroom.interview.feedback.beside import STANDINGS, Beside, BesideRow
from greenroom.interview.feedback.rewrite import REASONS, Rewrite
from greenroom.interview.feedback.ways import WAYS
from greenroom.interview.session import Aim

SIGNS = {True: ("✓", GOOD), False: ("△", MIDDLE), None: ("–", QUIET)}
STANDING_STYLE = {"both": GOOD, "part": MIDDLE, "model": MIDDLE, "you": GOOD, "neither": QUIET}


def aim(found: Aim) -> Iterator[Text]:
    yield heading(WAYS[found.way].made)
    yield lay(found.says)
    for check in found.checks:
        sign, style = SIGNS[check.side.good]
        yield lay(Text.assemble(f"{check.name}: ", (check.side.note, QUIET)), Text.assemble((f"  {sign} ", style)))


def own_words(turn: TurnReport) -> Iterator[Text]:
    """The answer again; what was cut of it, with the reason."""
    found: Rewrite | None = turn.rewrite
    yield heading("Your answer again, in your own words")
    if found is None:
        yield lay(say("No point of it was made, so there is nothing to build on yet.", QUIET))
        return
    if not found.changed:
        yield lay(say("It begins with the answer and says each thing once. There is nothing to cut.", QUIET))
        return
    text = Text()
    for sentence in found.sentences:
        text.append_text(say(sentence.text, ACCENT if sentence.moved else "")).append("↑ " if sentence.moved else " ")
    yield lay(text)
    yield lay(say(f"{' '.join(found.says)} Nothing was added.", QUIET))
    for cut in found.cut:
        yield lay(Text.assemble((f"“{' '.join(cut.text.split())}”", "strike"), (f"  {REASONS[cut.reason]}", QUIET)), say("  − ", MIDDLE))


def beside(found: Beside) -> Iterator[Text]:
    """Point by point: you, then the model answer."""
    yield heading("Beside the model answer")
    yield lay(say(found.says, QUIET))
    for row in found.rows:
        yield from _row(row)


def _row(row: BesideRow) -> Iterator[Text]:
    style = STANDING_STYLE[row.standing]
    yield lay(Text.assemble(say(row.point), (f"  {STANDINGS[row.standing].lower()}", style)), say("  · ", style))
    if row.yours:
        yield lay(say(f"you    “{row.yours}”", QUIET), "      ", " " * 13)
    if row.model:
        yield lay(say(f"model  {row.model}", QUIET), "      ", " " * 13)
