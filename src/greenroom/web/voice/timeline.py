"""Where things stand on the timeline of a spoken answer. Figures only: the template draws them, and shows the same figures as a table."""

from __future__ import annotations

from typing import NamedTuple

from greenroom.voice.delivery import BANDS, LONG_MONOLOGUE_SECONDS, LONG_PAUSE_SECONDS, RECALL, SHOWN, Delivery, Kind

WIDTH, HEIGHT = 640.0, 120.0
TOP_PACE = 240.0
"""Words a minute at the upper edge."""
NAMES: dict[Kind, tuple[str, str]] = {
    "filler": ("Fillers", "you know, I mean, sort of"),
    "hedge": ("Hedges", "I think, maybe, probably"),
    "hesitation": ("Hesitations", "um, uh"),
}


class Block(NamedTuple):
    """A rectangle with what it stands for."""

    x: float
    width: float
    y: float
    height: float
    says: str
    band: str = ""


class Timeline(NamedTuple):
    """``ticks``: seconds that are written below; ``levels``: the borders between bands of pace."""

    windows: tuple[Block, ...]
    speech: tuple[Block, ...]
    places: tuple[tuple[float, str, str], ...]
    ticks: tuple[tuple[float, str], ...]
    levels: tuple[tuple[float, str], ...]
    breaks: tuple[float, ...]


def draw(found: Delivery) -> Timeline:
    end = max(found.windows[-1].end, found.speech[-1].end, 1.0)

    def along(seconds: float) -> float:
        return round(seconds / end * WIDTH, 1)

    def up(pace: float) -> float:
        return round(HEIGHT * (1 - min(pace, TOP_PACE) / TOP_PACE), 1)

    windows = tuple(
        Block(
            along(w.start) + 1,
            max(1.0, along(w.end) - along(w.start) - 2),
            up(w.words_a_minute),
            round(HEIGHT - up(w.words_a_minute), 1),
            f"{clock(w.start)} to {clock(w.end)}: {w.words_a_minute:.0f} words a minute, {w.band}",
            w.band,
        )
        for w in found.windows
    )
    speech = tuple(
        Block(along(s.start), max(1.0, along(s.end) - along(s.start)), HEIGHT + 8, 10, f"speaking, {clock(s.start)} to {clock(s.end)}")
        for s in found.speech
    )
    step = next(step for step in (5, 10, 15, 30, 60, 120, 300) if end / step <= 8 or step == 300)
    ticks = tuple((along(n * step), clock(n * step)) for n in range(int(end // step) + 1))
    return Timeline(
        windows,
        speech,
        tuple((along(p.at), p.kind, f"“{p.text}” at {clock(p.at)}") for p in found.places),
        ticks,
        tuple((up(least), name) for least, name in BANDS if least),
        tuple(along(at) for at in found.breaks),
    )


def clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def says(found: Delivery) -> list[tuple[str, str, str]]:
    """The figures in words: name, figure, what it means. Behaviour only."""
    long = found.monologue.end - found.monologue.start
    pauses = [p.end - p.start for p in found.pauses]
    longest = f", the longest {max(pauses):.1f} s" if pauses else ""
    rows = [
        ("Pace", f"{found.words_a_minute:.0f} words a minute", f"{found.band}; from 130 to 170 is called conversational"),
        ("Pauses", f"{len(pauses)} of a second or more{longest}", _of_pauses(pauses)),
        (
            "Longest stretch without a pause",
            f"{long:.0f} s",
            "a listener has had no place to come in" if long >= LONG_MONOLOGUE_SECONDS else "short enough to follow",
        ),
    ]
    for kind in SHOWN:
        name, such = NAMES[kind]
        rows.append((name, f"{found.a_hundred[kind]:.1f} in 100 words", f"such as {such}"))
    return rows


def _of_pauses(pauses: list[float]) -> str:
    if not pauses:
        return "a breath after a main point lets it land"
    return "some long enough to lose a listener" if max(pauses) >= LONG_PAUSE_SECONDS else "room to think, and to be followed"


def hidden() -> list[str]:
    """What is not shown, and why."""
    return [
        f"{NAMES[kind][0]} ({NAMES[kind][1]}) are not counted: the recogniser wrote down {100 * share:.0f} % of those that were said."
        for kind, share in RECALL.items()
        if kind not in SHOWN
    ]
