"""How the notes on one answer look: the score against one's own rating, the answer with its quotes in place, the points by verdict, what
to do next. Everything comes from a ``TurnReport``; nothing is computed here.

Quotes are marked as on the page of the web app: a point by its number, a misconception by a letter, printed small behind the quote.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rich.text import Text

from greenroom.assess.assessment import Aspect, Communication, Drill, SecondOpinion, Span
from greenroom.assess.scale import BANDS, EVEN_WITHIN, PASS, RATING_STEP, VERDICTS
from greenroom.cli.screen.lab import command
from greenroom.cli.screen.lesson import aim
from greenroom.cli.screen.terminal import (
    ACCENT,
    BAD,
    GOOD,
    MIDDLE,
    QUIET,
    VERDICT_SIGN,
    VERDICT_STYLE,
    day,
    flow,
    heading,
    lay,
    measure,
    plain,
    say,
)
from greenroom.interview.attempt import Dispute
from greenroom.interview.debrief import MisconceptionRow, PointRow, TurnReport

ASPECTS = {
    "answer_first": "answer first",
    "succinct": "succinct",
    "plain": "plain language",
    "example": "example",
    "fit": "fit",
    "speech": "speech",
}
SMALL = str.maketrans("0123456789abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
LETTERS = "abcdefghijklmnoprstuvwxyz"
CHANGE_SIGN = {"better": ("↑", GOOD), "worse": ("↓", BAD)}
GRAVEST_FIRST = ("wrong", "partial", "hit")
BAR = 40
ROD = 20
QUOTE = 120
"""Characters of a quote beside a side of communication; the whole of it is in the JSON and above."""


class Mark(NamedTuple):
    """A quote in the answer, and what it is called in the lists below."""

    span: Span
    verdict: str
    label: str


def notes(turn: TurnReport, *, explain: bool = False) -> Iterator[Text]:
    """Everything said about one answer, top to bottom. ``explain``: why each point matters, and why its verdict fell so."""
    yield from score(turn)
    if turn.aim:
        yield from aim(turn.aim)
    if turn.text:
        yield heading("What you said")
        yield lay(quoted(turn.text, marks(turn)))
        yield from _legend(turn)
    if turn.misconceptions:
        yield heading("Worth unlearning")
        for letter, wrong in zip(LETTERS, turn.misconceptions, strict=False):
            yield from _misconception(letter, wrong)
    if turn.points:
        yield heading("Key points")
        yield from _points(turn.points, explain=explain)
    if turn.communication is not None:
        yield from _communication(turn.communication, explain=explain)
    yield from advice(turn.strengths, turn.fixes, turn.drill)
    if turn.notes:
        yield heading("How it was judged")
        yield from (lay(note, Text.assemble(("  △ ", MIDDLE))) for note in turn.notes)
    if turn.graded_by:
        by = turn.graded_by
        yield Text.assemble("\n", lay(say(f"Judged by {by.name} {by.version}, rubric {by.rubric_hash}.", QUIET)))


def score(turn: TurnReport) -> Iterator[Text]:
    if turn.overall is None:
        yield Text.assemble("\n", lay(say(f"{turn.reason or ''} {turn.says}".strip(), MIDDLE if turn.reason else QUIET)))
        return
    sure = f" · {turn.confidence:.0%} sure" if turn.confidence is not None else ""
    yield Text("\n").append_text(figure(turn.overall, turn.band, sure))
    yield meter(turn.overall, turn.self_rating)
    if turn.self_rating and turn.difference is not None:
        yield lay(say(_difference(turn.self_rating, round(turn.difference)), QUIET))
    if turn.delta:
        step = turn.delta.difference
        sign, style = ("=", QUIET) if not step or not round(step) else CHANGE_SIGN["better" if step > 0 else "worse"]
        yield lay(Text.assemble((f"{sign} " if step is not None else "", style), "Since the first try: ", plain(turn.delta.says)))


def figure(overall: float, band: int | None, more: str = "") -> Text:
    return lay(Text.assemble((f"{overall:.0f}", "bold"), (" of 100", QUIET), f"  {BANDS[band or 0]}", (more, QUIET)))


def meter(overall: float, rating: float | None) -> Text:
    """The score on a scale of 0 to 100 with the pass mark; below it where one put oneself (1 to 5)."""
    filled, mark = round(BAR * overall / 100), round(BAR * PASS / 100)
    bar = Text("  ")
    for n in range(BAR):
        sign = "┿" if n == mark else "━" if n < filled else "─"
        bar.append(sign, style=ACCENT if n < filled else QUIET)
    bar.append(f"  ┿ pass {PASS:.0f}", style=QUIET)
    if rating:
        at = min(BAR - 1, round(BAR * rating * RATING_STEP / 100))
        bar.append("\n  " + " " * at + "▲", style=MIDDLE).append(" you", style=QUIET)
    return bar


def _difference(rating: int, gap: int) -> str:
    if abs(gap) < EVEN_WITHIN:
        return f"You gave yourself {rating} of 5: about what the score says."
    above = f"{gap} points above the score." if gap > 0 else f"{-gap} points below the score. You know more than you think."
    return f"You gave yourself {rating} of 5: {above}"


def marks(turn: TurnReport) -> list[Mark]:
    points = [Mark(p.span, p.verdict.value, str(n)) for n, p in enumerate(turn.points, 1) if p.span and p.verdict.value in GRAVEST_FIRST]
    return points + [Mark(wrong.span, "wrong", letter) for letter, wrong in zip(LETTERS, turn.misconceptions, strict=False)]


def quoted(answer: str, found: Sequence[Mark]) -> Text:
    """The answer with its quotes styled in place, each followed by its small label. Built piece by piece by code points, so that
    pictures of control characters cannot shift a span; where quotes overlap the gravest shows."""
    shown = Text()
    for start, end in pairwise(sorted({0, len(answer), *(at for mark in found for at in mark.span)})):
        over = {mark.verdict for mark in found if mark.span[0] <= start and end <= mark.span[1]}
        kind = next((each for each in GRAVEST_FIRST if each in over), None)
        shown.append(plain(answer[start:end]), style=f"{VERDICT_STYLE[kind]} underline" if kind else "")
        for n, mark in enumerate(each for each in found if each.span[1] == end):
            shown.append(("·" if n else "") + mark.label.translate(SMALL), style=f"bold {VERDICT_STYLE[mark.verdict]}")
    return shown


def _legend(turn: TurnReport) -> Iterator[Text]:
    present = {mark.verdict for mark in marks(turn)}
    words = {"hit": "made", "partial": "partly", "wrong": "wrong"}
    items = [Text.assemble((word, f"{VERDICT_STYLE[kind]} underline")) for kind, word in words.items() if kind in present]
    if items:
        yield flow([say("marked:", QUIET), *items, say("the small numbers are the key points below", QUIET)], gap=2)


def _misconception(letter: str, wrong: MisconceptionRow) -> Iterator[Text]:
    yield lay(say(wrong.claim), Text.assemble(("  ✕ ", BAD), (f"{letter:>2} ", f"bold {BAD}")))
    yield lay(say(wrong.correction, "bold"), "       ")
    if wrong.lab:
        yield lay(say(f"Run it and see: {command(wrong.lab.name, wrong.lab.set)}", ACCENT), "       ")
    yield from _disputes(wrong.disputes)


def _points(points: Sequence[PointRow], *, explain: bool) -> Iterator[Text]:
    numbered = list(enumerate(points, 1))
    for kind, word in VERDICTS.items():
        group = [(n, point) for n, point in numbered if point.verdict.value == kind]
        if group:
            style = VERDICT_STYLE[kind]
            yield Text.assemble(("  " + VERDICT_SIGN[kind], style), (f" {word} ", f"bold {style}"), (str(len(group)), QUIET))
        for n, point in group:
            yield from _point(n, point, explain=explain)


def _point(n: int, point: PointRow, *, explain: bool) -> Iterator[Text]:
    body = say(point.point)
    if point.change in CHANGE_SIGN and point.before:
        sign, style = CHANGE_SIGN[point.change]
        body = Text.assemble((f"{sign} ", f"bold {style}"), body, (f"  (was {VERDICTS[point.before.value].lower()})", QUIET))
    yield lay(body, say(f"    {n:>2} ", QUIET))
    if point.because and (explain or point.verdict.value == "wrong"):
        yield lay(say(point.because, QUIET), "       ")
    if point.second and (explain or not point.second.agrees):
        yield lay(say(second_opinion(point.second), MIDDLE if point.second.agrees is False else QUIET), "       ")
    if explain:
        yield from _why(point)
    yield from _disputes(point.disputes)


def _why(point: PointRow) -> Iterator[Text]:
    """The nearest wording of the rubric, or the words that a part of a story rests on; how near it came on a small scale with the bar; who
    decided."""
    sure = f", {point.confidence:.0%} sure" if point.confidence is not None else ""
    if point.why is None:
        yield lay(say(f"Nothing in the answer came near. Decided by {point.decided_by}{sure}.", QUIET), "       ")
        return
    why = point.why
    went_by = "words it went by" if point.decided_by.startswith("star") else "nearest wording"
    yield lay(say(f"{went_by}: “{why.nearest}”", f"italic {QUIET}"), "       ")
    style = VERDICT_STYLE[point.verdict.value]
    rod, figures = _rod(why.score, why.threshold, style), f"{why.score:.2f}, the bar is {why.threshold:.2f}; by {point.decided_by}{sure}"
    if len(figures) + ROD + 9 <= measure():
        yield Text("       ").append_text(rod).append(f"  {figures}", style=QUIET)
    else:
        yield Text("       ").append_text(rod)
        yield lay(say(figures, QUIET), "       ")


def _rod(score: float, bar: float, style: str) -> Text:
    """0 to 1 in ``ROD`` cells: filled up to the score, ┿ at the bar."""
    filled, at = round(ROD * min(max(score, 0), 1)), min(ROD - 1, round(ROD * min(max(bar, 0), 1)))
    rod = Text()
    for n in range(ROD):
        rod.append("┿" if n == at else "━" if n < filled else "─", style=style if n < filled else QUIET)
    return rod


def second_opinion(found: SecondOpinion) -> str:
    """The judge's word on a point, and what became of it."""
    if found.agrees is None:
        return f"The judge gave no opinion{f': {found.reason}' if found.reason else ''}."
    votes = f"{found.votes} of {found.asked} votes"
    if found.agrees:
        return f"The judge agrees ({votes})."
    quote = f", for “{found.quote}”" if found.quote else ""
    end = "The verdict went a step towards it." if found.moved else "The verdict stands."
    return f"The judge differs: {VERDICTS[found.verdict.value].lower()} ({votes}){quote}. {end}"


def _disputes(disputes: Iterable[Dispute]) -> Iterator[Text]:
    for dispute in disputes:
        yield lay(say(f"You objected: “{dispute.view}”", ACCENT), "       ")


def _communication(found: Communication, *, explain: bool) -> Iterator[Text]:
    yield heading("How it was said", "beside the score, never in it")
    for key, name in ASPECTS.items():
        aspect: Aspect | None = getattr(found, key)
        if aspect is not None:
            sign, style = {True: ("✓", GOOD), False: ("△", MIDDLE), None: ("–", QUIET)}[aspect.good]
            yield lay(say(aspect.note), Text.assemble((f"  {sign} ", style), (f"{name:<16}", QUIET)))
            if explain and aspect.quote:
                yield lay(say(f"“{_shortened(aspect.quote)}”", f"italic {QUIET}"), " " * 20)


def _shortened(quote: str) -> str:
    return quote if len(quote) <= QUOTE else quote[: QUOTE - 1].rstrip() + "…"


def advice(strengths: Iterable[str], fixes: Iterable[str], drill: Drill | None) -> Iterator[Text]:
    for title, items, sign, style in (("Keep", strengths, "+", GOOD), ("Change", fixes, "→", MIDDLE)):
        found = list(items)
        if found:
            yield heading(title)
            yield from (lay(item, Text.assemble((f"  {sign} ", style))) for item in found)
    if drill:
        yield heading("One drill", f"comes back on {day(drill.due_on)}" if drill.due_on else "")
        yield lay(drill.do, "    ")
