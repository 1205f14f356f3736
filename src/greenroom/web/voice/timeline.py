"""Where things stand on the timeline of a spoken answer. Figures only: the template draws them, and shows the same figures as a table."""

from __future__ import annotations

from typing import NamedTuple

from greenroom.voice.delivery import BANDS, LONG_MONOLOGUE_SECONDS, LONG_PAUSE_SECONDS, RECALL, SHOWN, Delivery, Kind
from greenroom.web.language.catalogue import gettext as _
from greenroom.web.language.catalogue import mark, ngettext
from greenroom.web.language.forms import decimal

WIDTH, HEIGHT = 640.0, 120.0
TOP_PACE = 240.0
"""Words a minute at the upper edge."""
NAMES: dict[Kind, tuple[str, str]] = {
    "filler": (mark("Fillers"), "you know, I mean, sort of"),
    "hedge": (mark("Hedges"), "I think, maybe, probably"),
    "hesitation": (mark("Hesitations"), "um, uh"),
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
            _("%(start)s to %(end)s: %(pace)s words a minute, %(band)s")
            % {"start": clock(w.start), "end": clock(w.end), "pace": f"{w.words_a_minute:.0f}", "band": _(w.band)},
            w.band,
        )
        for w in found.windows
    )
    speech = tuple(
        Block(
            along(s.start),
            max(1.0, along(s.end) - along(s.start)),
            HEIGHT + 8,
            10,
            _("speaking, %(start)s to %(end)s") % {"start": clock(s.start), "end": clock(s.end)},
        )
        for s in found.speech
    )
    step = next(step for step in (5, 10, 15, 30, 60, 120, 300) if end / step <= 8 or step == 300)
    ticks = tuple((along(n * step), clock(n * step)) for n in range(int(end // step) + 1))
    return Timeline(
        windows,
        speech,
        tuple((along(p.at), p.kind, _("“%(words)s” at %(time)s") % {"words": p.text, "time": clock(p.at)}) for p in found.places),
        ticks,
        tuple((up(least), _(name)) for least, name in BANDS if least),
        tuple(along(at) for at in found.breaks),
    )


def clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def says(found: Delivery) -> list[tuple[str, str, str]]:
    """The figures in words: name, figure, what it means. Behaviour only."""
    long = found.monologue.end - found.monologue.start
    pauses = [p.end - p.start for p in found.pauses]
    rows = [
        (
            _("Pace"),
            _("%(pace)s words a minute") % {"pace": f"{found.words_a_minute:.0f}"},
            _("%(band)s; from 130 to 170 is called conversational") % {"band": _(found.band)},
        ),
        (_("Pauses"), _figure_of_pauses(pauses), _of_pauses(pauses)),
        (
            _("Longest stretch without a pause"),
            f"{long:.0f} s",
            _("a listener has had no place to come in") if long >= LONG_MONOLOGUE_SECONDS else _("short enough to follow"),
        ),
    ]
    for kind in SHOWN:
        name, such = NAMES[kind]
        rows.append(
            (_(name), _("%(share)s in 100 words") % {"share": decimal(found.a_hundred[kind])}, _("such as %(such)s") % {"such": such})
        )
    return rows


def _figure_of_pauses(pauses: list[float]) -> str:
    count = ngettext("%(num)s of a second or more", "%(num)s of a second or more", len(pauses)) % {"num": len(pauses)}
    return count + (_(", the longest %(seconds)s s") % {"seconds": decimal(max(pauses))} if pauses else "")


def _of_pauses(pauses: list[float]) -> str:
    if not pauses:
        return _("a breath after a main point lets it land")
    return _("some long enough to lose a listener") if max(pauses) >= LONG_PAUSE_SECONDS else _("room to think, and to be followed")


def hidden() -> list[str]:
    """What is not shown, and why."""
    text = _("%(name)s (%(such)s) are not counted: the recogniser wrote down %(share)s %% of those that were said.")
    return [
        text % {"name": _(NAMES[kind][0]), "such": NAMES[kind][1], "share": f"{100 * share:.0f}"}
        for kind, share in RECALL.items()
        if kind not in SHOWN
    ]
