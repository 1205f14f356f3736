"""The questions that a person means to ask, a list for each round; what was asked in a practice; and whether a list will do.

Pure: no clock, no store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, get_args

from pydantic import Field

from greenroom.assess.reading.clauses import sentences
from greenroom.bank.question import Round, Value
from greenroom.prep.asks.judge import ASKS_BY, About, Judgement, judge
from greenroom.prep.story import Key

ROUNDS: tuple[Round, ...] = get_args(Round)
TEXT_LIMIT, WHY_LIMIT = 600, 300
MOST, ENOUGH, FEW = 30, 5, 3
"""Questions that a list may hold; that it should; and that it must."""
BLANK = re.compile(r"\[[^\]\n]{1,80}\]")
"""What a starter leaves for the person to fill in."""
SAME = 0.6
"""Share of a listed question's telling words in what was asked from which on it is that question."""
GOES_ON = re.compile(r"^(?:and|or|so)\b", re.IGNORECASE)
Stems = Callable[[str], Sequence[str]]


class Ask(Value):
    """``why``: what the person wants to know it for, for themselves. ``place``: in its list, from 0; equals are ordered by age."""

    ask_id: Key
    round: Round
    text: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]
    why: Annotated[str, Field(max_length=WHY_LIMIT)] = ""
    place: Annotated[int, Field(ge=0, le=10_000)] = 0
    made_at: datetime

    @property
    def blanks(self) -> tuple[str, ...]:
        """What is still to be filled in."""
        return tuple(BLANK.findall(self.text))


class Listed(Value):
    """A question of a list with what is to be said of it. ``practised``: in how many practices it was asked."""

    ask: Ask
    judgement: Judgement
    practised: int = 0


class Overview(Value):
    """What a list as a whole lacks, in sentences; empty when it will do."""

    count: int
    notes: tuple[str, ...]


def in_order(asks: Iterable[Ask], round_: Round | None = None) -> list[Ask]:
    chosen = [ask for ask in asks if round_ in (None, ask.round)]
    return sorted(chosen, key=lambda ask: (ROUNDS.index(ask.round), ask.place, ask.made_at, ask.ask_id))


def moved(asks: Sequence[Ask], ask_id: str, step: int) -> list[Ask]:
    """The list of the question's round with it ``step`` places further on, numbered anew; unchanged places are returned too."""
    round_ = next(ask.round for ask in asks if ask.ask_id == ask_id)
    order = in_order(asks, round_)
    at = next(n for n, ask in enumerate(order) if ask.ask_id == ask_id)
    order.insert(max(0, min(len(order) - 1, at + step)), order.pop(at))
    return [ask.model_copy(update={"place": n}) for n, ask in enumerate(order)]


def look_over(listed: Sequence[Listed]) -> Overview:
    """Of one round's list. What could not be judged counts neither for nor against."""
    count = len(listed)
    notes = []
    if 0 < count < FEW:
        notes.append(f"{count} is few: some will be answered on the way. Bring about {ENOUGH}.")
    sides = {side: [each.judgement.side(side) for each in listed] for side in ("purpose", "specific", "fit", "opens")}
    if count and not any(verdict and verdict.good for verdict in sides["specific"]):
        notes.append("None of them holds on to something that only they have.")
    if count >= FEW and not any(verdict and verdict.good for verdict in sides["purpose"]):
        notes.append("None of them says why you ask. One that does shows what you care about.")
    elsewhere = sum(verdict is not None and verdict.good is False for verdict in sides["fit"])
    if elsewhere:
        notes.append(f"{elsewhere} of {count} would be better asked in another round.")
    if blanks := sum(bool(each.ask.blanks) for each in listed):
        notes.append(f"{blanks} still {'has' if blanks == 1 else 'have'} something to fill in.")
    return Overview(count=count, notes=tuple(notes))


def split_asks(said: str) -> list[str]:
    """The questions of a spoken or written answer, each with what leads up to it. What follows the last question belongs to none."""
    found: list[str] = []
    lead: list[tuple[int, int]] = []
    for piece in sentences(said):
        lead.append((piece.start, piece.end))
        if not ASKS_BY.search(piece.text):
            continue
        text = said[lead[0][0] : piece.end]
        if found and len(lead) == 1 and GOES_ON.match(piece.text):
            found[-1] = f"{found[-1]} {text}"
        else:
            found.append(" ".join(text.split()))
        lead = []
    return [text for text in found if text]


def judge_asked(said: str, round_: Round, about: About) -> list[Judgement]:
    """Each question of an answer, judged."""
    return [judge(text, round_, about) for text in split_asks(said)[:MOST]]


def asked_of(asks: Sequence[Ask], said: str, stems: Stems) -> tuple[list[Ask], list[Ask]]:
    """The questions of a list that were asked, and those that were not, by words in common."""
    words = set(stems(said))
    done = [ask for ask in asks if (mine := set(stems(ask.text))) and len(mine & words) / len(mine) >= SAME]
    return done, [ask for ask in asks if ask not in done]
