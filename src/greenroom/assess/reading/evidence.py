"""What speaks for a key point, and for a misconception, in an answer: plain numbers, no verdict.

Two looks. Points and misconceptions compete for the answer's windows by likeness (``likeness.py``), which is cheap and finds the place but
not what is said there. The few best windows of each are then read beside its wording (``Reader``), which tells a statement from its denial,
its question and its opposite; how surely a misconception is stated, a reader says that learnt just that (``Readers.flagger``).
``calibrate.py`` turns the features into probabilities with fitted coefficients.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from greenroom.assess.reading.answer import Answer
from greenroom.assess.reading.likeness import Likeness, compare, resolved
from greenroom.assess.reading.sheet import Floats, Group, Sheet
from greenroom.llm.denials import denies
from greenroom.llm.encode import CONTRADICTS, COVER, MAKES, PARTLY, Reader, Readings, Vectors
from greenroom.llm.words import FUNCTION, negated, negations, opposed, words

ALIKE = (
    "cosine", "agreement", "lexical", "margin", "cohesion", "asked", "centred", "lead", "against", "share", "function",
    "negation", "opposite", "denial", "length", "polarity", "negators", "about",
)  # fmt: skip
"""Of the window, but for "about": what else an answer says moves none of them, so that neither a plea to the grader nor a story around it
decides about a point.
"""
READ = ("makes", "phrased", "partly", "contradicts", "cover", "told", "corrected")
FEATURES = (*ALIKE, *READ)
SHARED_WORDS = 0.2
"""What words in common count beside the cosine when windows are chosen. Decided, not fitted."""
HEAT = 10.0
CANDIDATES, FOR_CLAIMS = 3, 4
"""Windows read for a point, and for a misconception: the best by likeness and the sentences they stand in; for a point also the best that
denies it.
"""
WORDINGS = 2
"""Phrasings of a misconception that a window is read beside, the nearest ones; and its claim."""
PAIRS = 1
"""Pairs of neighbouring sentences read for a point: it may be spread over both."""
WORTH_READING, WORTH_PAIR = 0.2, 0.3
"""Least likeness of a window that is read, and of a pair of sentences: below it, two texts have little more than the subject in common."""
NEARLY = 0.05
"""A shorter window that reads nearly as well as the best one is the one to quote."""
OPPOSED = 0.4
"""From this reading of *contradicts* on, a sentence answers for its clauses and for the pairs it is part of: half of what contradicts a
point often makes it ("it grows the vocabulary | because every text is split anew").
"""
BEYOND = 0.1
"""How much more a clause may count than the sentence it was cut from: what is asked or left open is so in each of its clauses."""
Pair = tuple[str, str]


class Seen(NamedTuple):
    """A window with its features."""

    window: int
    features: Floats


class Finding(NamedTuple):
    """The evidence for one point or misconception. ``window`` is an index; None: the answer has nothing that could be evidence."""

    id: str
    window: int | None
    nearest: str
    cosine: float
    features: Floats
    against: Seen | None = None
    """The window that says the opposite most clearly; it may be the same one."""
    alone: Finding | None = None
    """Where ``window`` is two sentences: the evidence without any two together."""


class Look(NamedTuple):
    """What is to be read for one group. ``windows`` may speak for it (the likely ones, the sentences they stand in and, for a point, the
    likeliest pair of sentences), ``denying`` only against it.
    """

    group: int
    windows: tuple[int, ...]
    denying: tuple[int, ...]


class Laid(NamedTuple):
    """The groups of a sheet in order (points, claims, corrections) and the places of each kind."""

    groups: tuple[Group, ...]
    middle: int
    end: int

    def sides(self, index: int) -> tuple[Sequence[int], Sequence[int]]:
        """The groups of its own kind, and those that say otherwise: claims for a point; points and corrections for a claim."""
        if index < self.middle:
            return range(self.middle), range(self.middle, self.end)
        return range(self.middle, self.end), (*range(self.middle), *range(self.end, len(self.groups)))


def findings(sheet: Sheet, known: Vectors, answer: Answer, reader: Reader, flagger: Reader) -> tuple[list[Finding], list[Finding]]:
    """One finding a point and one a misconception. ``known``: vectors of ``sheet.texts``, shape (len(texts), dim)."""
    groups = (*sheet.points, *sheet.claims, *sheet.corrections)
    laid = Laid(groups, len(sheet.points), len(sheet.points) + len(sheet.claims))
    if not answer.sound.any():
        nothing = [Finding(group.id, None, group.texts[-1], 0.0, np.zeros(len(FEATURES))) for group in groups]
        return nothing[: laid.middle], nothing[laid.middle : laid.end]
    like, lent = compare(sheet, groups, known, answer), compare(sheet, groups, known, resolved(answer, known[0]))
    sights = [like if index < laid.middle else lent for index in range(laid.end)]
    looks = [_look(sights[index], answer, index, laid.middle) for index in range(laid.end)]
    points, claims = looks[: laid.middle], looks[laid.middle :]
    flags = _each(flagger, (pair for look in claims for pair in _claims(laid, sights[look.group], answer, look)))
    told = [_flagged(laid, sights[look.group], answer, look, flags) for look in claims]
    best = [_best(answer, each) for each in told]
    seen = [look._replace(windows=(place,)) for look, place in zip(claims, best, strict=True) if place is not None]
    read = _each(reader, (pair for look in (*points, *seen) for pair in _pairs(laid, sights[look.group], answer, look)))
    found = [_find(laid, sights[look.group], answer, look, read) for look in points]
    return found, [
        _claim(laid, sights[look.group], answer, look.group, read, place, max(each.values(), default=0.0))
        for look, each, place in zip(claims, told, best, strict=True)
    ]


def _each(reader: Reader, pairs: Iterator[Pair]) -> dict[Pair, Readings]:
    """What the reader says of each pair, none read twice."""
    wanted = list(dict.fromkeys(pairs))
    return dict(zip(wanted, reader.read(wanted), strict=True)) if wanted else {}


def _look(like: Likeness, answer: Answer, index: int, middle: int) -> Look:
    worth = like.centred[:, index] + SHARED_WORDS * like.shared[:, index]
    free, held = like.free[:, index], answer.sound & ~like.free[:, index]
    order = [int(place) for place in np.argsort(-worth, kind="stable")]
    alone = [place for place in order if answer.windows[place].kind != "pair"]
    windows = [place for place in alone if free[place]]
    close = [place for place in windows[: CANDIDATES if index < middle else FOR_CLAIMS] if worth[place] >= WORTH_READING] or windows[:1]
    around = [place for place in windows if answer.windows[place].kind == "sentence" and any(_meet(answer, place, at) for at in close)]
    pairs = [place for place in order if answer.windows[place].kind == "pair" and free[place] and worth[place] >= WORTH_PAIR]
    if index >= middle:
        return Look(index, tuple(dict.fromkeys([*close, *around])), ())
    denying = [place for place in alone if held[place] and worth[place] >= WORTH_READING]
    return Look(index, tuple(dict.fromkeys([*close, *around, *pairs[:PAIRS]])), tuple(denying[:1]))


def _meet(answer: Answer, one: int, other: int) -> bool:
    return answer.windows[one].start < answer.windows[other].end and answer.windows[other].start < answer.windows[one].end


def _pairs(laid: Laid, like: Likeness, answer: Answer, look: Look) -> Iterator[Pair]:
    """(window, wording) for a group's own words, its phrasing nearest to the window, and a misconception's correction."""
    for place in (*look.windows, *look.denying):
        for text in _wordings(laid, like, look.group, place):
            yield answer.windows[place].text, text


def _claims(laid: Laid, like: Likeness, answer: Answer, look: Look) -> Iterator[Pair]:
    """(window, wording) that may state a misconception."""
    return ((answer.windows[place].text, text) for place in look.windows for text in _claimed(laid, like, look.group, place))


def _claimed(laid: Laid, like: Likeness, index: int, place: int) -> tuple[str, ...]:
    """A misconception's own words and its phrasings nearest to the window."""
    group = laid.groups[index]
    order = np.argsort(-like.plain[place, group.rows], kind="stable")
    return (group.texts[-1], *[group.texts[int(at)] for at in order if group.texts[int(at)] != group.texts[-1]][:WORDINGS])


def _wordings(laid: Laid, like: Likeness, index: int, place: int) -> tuple[str, ...]:
    group = laid.groups[index]
    correction = () if index < laid.middle else laid.groups[laid.end + index - laid.middle].texts[-1:]
    return (group.texts[-1], _nearest(group, like, place), *correction)


def _nearest(group: Group, like: Likeness, place: int) -> str:
    return group.texts[int(like.plain[place, group.rows].argmax())]


def _flagged(laid: Laid, like: Likeness, answer: Answer, look: Look, flags: Mapping[Pair, Readings]) -> dict[int, float]:
    """How surely each window states the misconception."""
    alone = {}
    for place in look.windows:
        held = [float(flags[answer.windows[place].text, text][COVER]) for text in _claimed(laid, like, look.group, place)]
        alone[place] = math.fsum(held) / len(held)
    return _told(answer, alone)


def _claim(
    laid: Laid, like: Likeness, answer: Answer, index: int, read: Mapping[Pair, Readings], place: int | None, told: float
) -> Finding:
    group = laid.groups[index]
    if place is None:
        return Finding(group.id, None, group.texts[-1], 0.0, np.zeros(len(FEATURES)))
    readings = [read[answer.windows[place].text, text] for text in _wordings(laid, like, index, place)]
    features = np.array((*_alike(laid, like, answer, index, place), *_read(readings, told)))
    return Finding(group.id, place, _nearest(group, like, place), float(like.best[place, index]), features)


def _find(laid: Laid, like: Likeness, answer: Answer, look: Look, read: Mapping[Pair, Readings]) -> Finding:
    group = laid.groups[look.group]

    def readings(place: int) -> list[Readings]:
        return [read[answer.windows[place].text, text] for text in _wordings(laid, like, look.group, place)]

    opposite = {place: _mean(readings(place)[:2], CONTRADICTS) for place in (*look.windows, *look.denying)}
    turned = [place for place, against in opposite.items() if answer.windows[place].kind == "sentence" and against >= OPPOSED]
    open_to = [place for place in look.windows if not any(place != at and _meet(answer, place, at) for at in turned)]
    told = _told(answer, {place: _credit(readings(place)[:2]) for place in open_to})

    def seen(place: int, told: Mapping[int, float]) -> Seen:
        features = (*_alike(laid, like, answer, look.group, place), *_read(readings(place), max(told.values(), default=0.0)))
        return Seen(place, np.array(features))

    whole = [place for place in opposite if answer.windows[place].kind == "sentence"] or list(opposite)
    against = seen(max(whole, key=lambda place: opposite[place]), told) if whole else None

    def found(told: Mapping[int, float]) -> Finding:
        place = _best(answer, told)
        if place is None:
            return Finding(group.id, None, group.texts[-1], 0.0, np.zeros(len(FEATURES)), against)
        cosine = float(like.best[place, look.group])
        return Finding(group.id, place, _nearest(group, like, place), cosine, seen(place, told).features, against)

    best = found(told)
    if best.window is None or answer.windows[best.window].kind != "pair":
        return best
    return best._replace(alone=found({place: credit for place, credit in told.items() if answer.windows[place].kind != "pair"}))


def _told(answer: Answer, alone: Mapping[int, float]) -> dict[int, float]:
    """What each window counts: a clause little more than the sentence it was cut from."""
    return {place: min(credit, _whole(answer, place, alone) + BEYOND) for place, credit in alone.items()}


def _best(answer: Answer, told: Mapping[int, float]) -> int | None:
    """The window to quote: the shortest of those that read nearly as well as the best; None where there is none."""
    least = max(told.values(), default=0.0) - NEARLY
    return min(
        (place for place in told if told[place] >= least), key=lambda place: (answer.windows[place].words, -told[place]), default=None
    )


def _whole(answer: Answer, place: int, alone: Mapping[int, float]) -> float:
    """What the sentence that a clause was cut from reads; 1 for what is no clause."""
    if answer.windows[place].kind != "clause":
        return 1.0
    return max((credit for at, credit in alone.items() if answer.windows[at].kind == "sentence" and _meet(answer, place, at)), default=1.0)


def _credit(readings: Sequence[Readings]) -> float:
    return _mean(readings, MAKES) + 0.5 * _mean(readings, PARTLY)


def _mean(readings: Sequence[Readings], column: int) -> float:
    return math.fsum(float(row[column]) for row in readings) / len(readings)


def _read(readings: Sequence[Readings], told: float) -> tuple[float, ...]:
    """The features of READ, in order; ``told``: the most that any window reads for the group."""
    point, phrase = readings[:2]
    corrected = float(readings[2][CONTRADICTS] - readings[2][MAKES]) if len(readings) > 2 else 0.0
    own = readings[:2]
    return float(point[MAKES]), float(phrase[MAKES]), _mean(own, PARTLY), _mean(own, CONTRADICTS), _mean(own, COVER), told, corrected


def _alike(laid: Laid, like: Likeness, answer: Answer, index: int, place: int) -> list[float]:
    """The features of ALIKE, in order."""
    group, (kin, foes) = laid.groups[index], laid.sides(index)
    piece, own = answer.windows[place], like.plain[place, group.rows]
    phrase = group.texts[int(own.argmax())]
    rivals = [other for other in kin if other != index]
    column, foe = like.centred[:, index], max(foes, key=lambda other: float(like.centred[place, other]), default=None)
    phrasings = like.known[group.rows]
    inner = np.asarray(phrasings @ phrasings.T, np.float64)
    ours, theirs = [word.text for word in words(piece.text)], [word.text for word in words(phrase)]
    flipped = negated(piece.text) != negated(phrase)
    heat = np.exp(HEAT * like.centred[place])
    values = {
        "cosine": like.best[place, index],
        "agreement": float(np.sort(own)[-3:].mean()),
        "lexical": like.shared[place, index],
        "margin": like.best[place, index] - (like.best[place, rivals].max() if rivals else like.best[place, index] - 0.2),
        "cohesion": float(np.sort(inner - 2 * np.eye(len(inner)), axis=1)[:, -1].mean()) if len(inner) > 1 else 0.6,
        "asked": float((phrasings @ like.known[0]).max()),
        "centred": column[place],
        "lead": column[place] - (like.centred[place, rivals].max() if rivals else column[place] - 0.3),
        "against": column[place] - (like.centred[place, foe] if foe is not None else column[place] - 0.3),
        "share": float(heat[index] / heat.sum()),
        "function": sum(word in FUNCTION for word in ours) / max(len(ours), 1),
        "negation": float(flipped),
        "opposite": float(opposed(ours, theirs)),
        "denial": float(denies(piece.text) and not denies(phrase)),
        "length": math.log1p(piece.words),
        "polarity": _polarity(piece.text, flipped, laid.groups[foe], like.plain[place]) if foe is not None else 0.0,
        "about": like.about,
        "negators": float(min(max(negations(piece.text) - negations(phrase), 0), 2)),
    }
    return [float(values[name]) for name in ALIKE]


def _polarity(text: str, flipped: bool, foe: Group, similar: Floats) -> float:
    """1: its negations fit the other side's nearest phrasing and not ours; -1 the reverse; 0 when they do not tell."""
    against = negated(text) != negated(foe.texts[int(similar[foe.rows].argmax())])
    return float(flipped) - float(against)
