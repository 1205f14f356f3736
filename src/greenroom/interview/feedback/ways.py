"""The same thing said another way: in a minute, to a non-expert, to a staff engineer; each held against what it asks for.

    minute   the length at a speaking rate of 130 words a minute, and how much of what was made before is still there
    plain    technical words explained, a picture or a case, nothing wrong, at least half of the essentials
    staff    what lies beyond the essentials, the words of the field, a cost or a limit named

Why 130 words a minute: 125 to 160 is the middle of measured speech, lectures at its lower end, conversation far above (Tauroza and
Allison, "Speech Rates in British English", Applied Linguistics 11, 1990; read second-hand). Who thinks while explaining is slower, and
``structure.py`` counts with the same rate. Up to 150 words is left open; beyond is more than a calm minute. Typing says nothing about time:
words are counted.

What a minute or plain words leave out was not forgotten: in these redos a missed point counts for nothing (``spared``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from greenroom.assess.assessment import Aspect, Assessment, Verdict
from greenroom.assess.manner.terms import find_terms
from greenroom.assess.reading.clauses import sentences
from greenroom.bank.question import KeyPoint
from greenroom.interview.feedback.stems import stem
from greenroom.interview.session import Aim, Check, Way

WORDS_A_MINUTE, AT_MOST, AT_LEAST = 130, 150, 45
"""Words of a minute: aimed at, tolerated, and below which there was room for more."""
SURVIVES = (0.5, 0.7)
"""Share of the weight made before that must still be there: below the first it is lost, from the second on it is kept."""
ESSENTIAL = 3
DEEP = (0.34, 0.5)
"""Share of the weight beyond the essentials: the same two bars."""
TERMS = (3, 5)
"""Different technical terms, out of those of the technical model answer; one with fewer than the second bar sets it itself."""
COST = re.compile(
    r"\b(?:costs?|costly|trade-?offs?|expensive|cheap(?:er)?|memory|latency|throughput|quadratic(?:ally)?|linear(?:ly)?|bottlenecks?|scales?"
    r"|at the price|instead of|rather than|depends on|only (?:when|if|works)|breaks?|fails?|limits?|limited|budget|overhead|slow(?:er|s)?"
    r"|degrades?|worse|unless|except|drawbacks?|o\(n\S*)(?=\W|$)|\d",
    re.IGNORECASE,
)


class WayOf(NamedTuple):
    """``title`` on a button, ``brief`` what is asked for, ``made`` as the heading of what came."""

    title: str
    brief: str
    made: str


_MINUTE = f"Say it in one minute: about {WORDS_A_MINUTE} words. Keep the weightiest points."
_PLAIN = "Say it to somebody outside the field: plain words, one picture or case."
_STAFF = "Say it to a staff engineer: the details, the right terms, what it costs."
WAYS: dict[Way, WayOf] = {
    "minute": WayOf("In 60 seconds", _MINUTE, "Said in a minute"),
    "plain": WayOf("To a non-expert", _PLAIN, "Said to a non-expert"),
    "staff": WayOf("To a staff engineer", _STAFF, "Said to a staff engineer"),
}


def judge_way(way: Way, answer: str, found: Assessment, before: Assessment | None, points: Sequence[KeyPoint], technical: str = "") -> Aim:
    """How far a redo came.

    Args:
        before: the judgement of the answer gone back to; None where it was not judged.
        points: those of the rubric it was held against.
        technical: the technical model answer, for the terms a staff engineer expects.
    """
    if found.status != "assessed":
        return Aim(way=way, met=None, says="It could not be judged, so whether it met its aim is open.")
    had, has = _made(before), _made(found)
    checks = tuple({"minute": _minute, "plain": _plain, "staff": _staff}[way](_Redo(answer, found, had, points, technical)))
    goods = [check.side.good for check in checks]
    met = False if False in goods else None if None in goods else True
    short = [check.name.lower() for check in checks if check.side.good is False]
    says = {
        True: f"{WAYS[way].made}: it does what it should.",
        False: f"{WAYS[way].made}: to work on: {', '.join(short)}.",
        None: f"{WAYS[way].made}: nearly; one side could go either way.",
    }[met]
    return Aim(
        way=way, met=met, says=says, checks=checks,
        kept=tuple(each for each in had if each in has), lost=tuple(each for each in had if each not in has),
        gained=tuple(each for each in has if each not in had),
    )  # fmt: skip


def spared(found: Assessment) -> Assessment:
    """What may be remembered of a redo in a way: a point that it leaves out is not judged, so that nothing counts as forgotten."""
    kept = tuple(point for point in found.points if point.verdict is not Verdict.MISSED)
    return found.model_copy(update={"points": kept})


class _Redo(NamedTuple):
    answer: str
    found: Assessment
    had: tuple[str, ...]
    points: Sequence[KeyPoint]
    technical: str

    def weight(self, ids: Sequence[str]) -> int:
        return sum(point.weight for point in self.points if point.id in ids)


def _made(found: Assessment | None) -> tuple[str, ...]:
    return tuple(point.id for point in found.points if point.verdict is Verdict.HIT) if found else ()


def _minute(redo: _Redo) -> Iterator[Check]:
    count = len(redo.answer.split())
    seconds = round(60 * count / WORDS_A_MINUTE)
    length = f"{count} words, about {seconds} seconds at {WORDS_A_MINUTE} words a minute"
    if count < AT_LEAST:
        side = Aspect(good=None, note=f"{length}: there was room for more.", figure=float(count))
    elif count <= WORDS_A_MINUTE:
        side = Aspect(good=True, note=f"{length}.", figure=float(count))
    elif count <= AT_MOST:
        side = Aspect(good=None, note=f"{length}: a quick speaker makes it.", figure=float(count))
    else:
        over = count - WORDS_A_MINUTE
        side = Aspect(good=False, note=f"{length}: {over} words too many.", figure=float(count))
    yield Check(name="Within a minute", side=side)
    yield Check(name="The weighty points survive", side=_survival(redo))
    yield _true(redo)


def _survival(redo: _Redo) -> Aspect:
    has = _made(redo.found)
    if not redo.had:
        return Aspect(good=None, note="No point was made before, so there was none to keep.")
    kept = [each for each in redo.had if each in has]
    share = redo.weight(kept) / max(1, redo.weight(redo.had))
    lost = [point.point for point in sorted(redo.points, key=lambda p: -p.weight) if point.id in redo.had and point.id not in has]
    note = f"{len(kept)} of the {len(redo.had)} points you made before are in it" + (
        f"; the weightiest left out: {lost[0]}" if lost else "."
    )
    return Aspect(good=_bars(share, SURVIVES), note=note, figure=round(share, 2))


def _plain(redo: _Redo) -> Iterator[Check]:
    said = redo.found.communication
    if said is not None:
        yield Check(name="Plain language", side=said.plain)
        yield Check(name="A picture or a case", side=said.example)
    yield _true(redo)
    essential = [point.id for point in redo.points if point.weight == ESSENTIAL]
    made = [each for each in essential if each in _made(redo.found)]
    if essential:
        note = f"{len(made)} of the {len(essential)} essential points are in it."
        yield Check(name="The essentials", side=Aspect(good=2 * len(made) >= len(essential), note=note, figure=float(len(made))))


def _staff(redo: _Redo) -> Iterator[Check]:
    deep = [point for point in redo.points if point.weight < ESSENTIAL]
    has = _made(redo.found)
    if deep:
        made = [point for point in deep if point.id in has]
        share = sum(point.weight for point in made) / sum(point.weight for point in deep)
        open_ = next((point.point for point in sorted(deep, key=lambda p: -p.weight) if point not in made), None)
        note = f"{len(made)} of the {len(deep)} points beyond the essentials" + (f"; not in it: {open_}" if open_ else ".")
        yield Check(name="Depth", side=Aspect(good=_bars(share, DEEP), note=note, figure=round(share, 2)))
    yield Check(name="The field's own words", side=_terms(redo))
    yield Check(name="A cost or a limit", side=_cost(redo))
    yield _true(redo)


def _terms(redo: _Redo) -> Aspect:
    expected = {_name(term.text): term.text for term in find_terms(redo.technical)}
    used = {_name(term.text) for term in find_terms(redo.answer)}
    low, high = TERMS[0], min(TERMS[1], len(expected))
    if high < low:
        return Aspect(good=None, note="This question has too few technical terms to listen for.")
    shared = [name for name in expected if name in used]
    unused = [f"“{text}”" for name, text in expected.items() if name not in used][:4]
    good = None if low <= len(shared) < high else len(shared) >= high
    note = f"{len(shared)} term{'' if len(shared) == 1 else 's'} of the model answer"
    note += f"; not used: {', '.join(unused)}." if unused and good is not True else "."
    return Aspect(good=good, note=note, figure=float(len(shared)))


def _name(term: str) -> str:
    return " ".join(stem(word) for word in term.replace("-", " ").split())


def _cost(redo: _Redo) -> Aspect:
    best = max(sentences(redo.answer), key=lambda line: len(COST.findall(line.text)), default=None)
    if best is None or not COST.search(best.text):
        return Aspect(good=False, note="Nothing says what it costs, where it stops working or how much of it there is.")
    return Aspect(good=True, note="It says what it costs or where it ends.", quote=best.text, span=(best.start, best.end))


def _true(redo: _Redo) -> Check:
    false = [wrong.quote for wrong in redo.found.misconceptions]
    false += [point.quote for point in redo.found.points if point.verdict is Verdict.WRONG and point.quote]
    if not false:
        return Check(name="Nothing wrong", side=Aspect(good=True, note="No statement was judged wrong."))
    return Check(name="Nothing wrong", side=Aspect(good=False, note=f"Judged wrong: “{false[0]}”"))


def _bars(share: float, bars: tuple[float, float]) -> bool | None:
    low, high = bars
    return None if low <= share < high else share >= high
