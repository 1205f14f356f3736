"""The people of the room. They are characters: each shows another way of being asked, none is anybody."""

from __future__ import annotations

from typing import Final

from greenroom.bank.question import Value
from greenroom.interview.lines import LINES
from greenroom.interview.session import Persona
from greenroom.interview.voices import plain, sceptical, terse, warm


class Character(Value):
    """``name`` and ``role`` as shown; ``says``: what to expect; ``manner``: the same for a chat model that lends the voice."""

    id: Persona
    name: str
    role: str
    says: str
    manner: str

    @property
    def title(self) -> str:
        return f"{self.name}, {self.role}" if self.role else self.name


CAST: Final[dict[Persona, Character]] = {
    "house": Character(
        id="house", name="The interviewer", role="", says="Calm and brief.", manner="Calm, brief and neutral; a professional interviewer."
    ),
    "warm": Character(
        id="warm",
        name="Ruth",
        role="who leads the team",
        says="Warm. Puts you at ease, and still wants the answer.",
        manner="Warm and unhurried; puts people at ease, thanks them, still asks precisely. Never praises an answer.",
    ),
    "terse": Character(
        id="terse",
        name="Ivo",
        role="staff engineer",
        says="Few words. Silence is how he listens.",
        manner="Terse: as few words as possible, no small talk, neither friendly nor unfriendly.",
    ),
    "sceptical": Character(
        id="sceptical",
        name="Nadia",
        role="head of research",
        says="Sceptical. Wants to know how you know.",
        manner="Sceptical and exact; asks how one knows, what would show the opposite, what it costs. Polite. Never says who is right.",
    ),
    "plain": Character(
        id="plain",
        name="Sam",
        role="who runs sales and is not technical",
        says="Not technical. Wants it in everyday words, and what it is for.",
        manner="Not technical at all; wants everyday words, an example from daily life, and what it means for customers. No jargon.",
    ),
}
SCRIPTS: Final[dict[Persona, dict[str, tuple[str, ...]]]] = {
    "house": LINES,
    "warm": warm.LINES,
    "terse": terse.LINES,
    "sceptical": sceptical.LINES,
    "plain": plain.LINES,
}
"""By kind of line; a kind that a person has no lines left of is spoken with those of the house."""
