"""What speaks for a key point, and for a misconception, in an answer: plain numbers, no verdict.

Points and misconceptions compete for the answer's windows: for each the best window is found by cosine with its phrasings (after the
subject they all share is taken away) and by telling words in common, then described by the features below. ``calibrate.py`` turns
features into probabilities with fitted coefficients. A window that does not read as a statement is no evidence.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from greenroom.assess.reading.clauses import Denial, Window, find_denials, speaks_to_grader, truly_denies
from greenroom.bank.question import KeyPoint, Misconception, Rubric
from greenroom.llm.denials import denies
from greenroom.llm.encode import Encoder, Vectors
from greenroom.llm.words import FUNCTION, Order, content, negated, negations, opposed, words

Floats = NDArray[np.float64]

FEATURES = (
    "cosine", "agreement", "second", "lexical", "vocabulary", "margin", "cohesion", "asked", "centred", "lead", "against", "share",
    "repeated", "order", "function", "negation", "opposite", "denial", "length", "polarity", "negators",
)  # fmt: skip
ORDER_BARS = ((5, -9.0), (8, -0.35), (12, -0.08), (16, 0.03), (10_000_000, 0.1))
"""(words below, order score needed): shorter stretches get more benefit of the doubt. Decided, not fitted; what they let through and keep
out is what the tests show.
"""
LIST_SHARE = 0.1
"""A window of six words or more with a smaller share of function words is a list of terms."""
SHARED_WORDS = 0.2
"""What words in common count beside the cosine when the best window is chosen. Decided, not fitted."""
HEAT = 10.0
PRONOUN = re.compile(r"(?:(?:so|and|but|also|then|basically|because)\W+)?(?:it|this|they|that)\b", re.IGNORECASE)
LENT = 0.4
"""What the question's vector counts beside the window's own. Decided, not fitted."""


class Group(NamedTuple):
    """One point, misconception or correction with all the ways to put it, and where they stand among the rubric's vectors."""

    id: str
    texts: tuple[str, ...]
    rows: slice


class Sheet(NamedTuple):
    """A rubric made ready: every phrasing in one list, in the order of its vectors (question, points, claims, corrections)."""

    rubric: Rubric
    texts: tuple[str, ...]
    points: tuple[Group, ...]
    claims: tuple[Group, ...]
    corrections: tuple[Group, ...]
    columns: dict[str, int]
    """A column for each stem of the phrasings."""
    weights: Floats
    """How telling a phrasing's stems are, phrasings × columns: high in one point only, low in many, 0 in the question itself."""


class Denied(NamedTuple):
    """A window that denies a point, described as if it did not."""

    window: int
    features: Floats


class Finding(NamedTuple):
    """The evidence for one point or misconception. ``window`` is an index; None: the answer has nothing that could be evidence."""

    id: str
    window: int | None
    nearest: str
    cosine: float
    features: Floats
    denied: Denied | None = None
    """The best window among those that deny the point: it can only speak against it."""


class Answer(NamedTuple):
    """An answer made ready: its windows, their vectors, and which of them read as statements."""

    text: str
    windows: Sequence[Window]
    vectors: Vectors
    sound: NDArray[np.bool_]
    order: Floats
    stems: list[frozenset[str]]
    denials: Sequence[Denial]


class Likeness(NamedTuple):
    """All comparisons of one answer with one rubric. Groups: points, then claims, then corrections."""

    plain: Floats
    """Cosines, windows × phrasings."""
    best: Floats
    """Highest plain cosine, windows × groups."""
    centred: Floats
    """Mean of the two highest cosines without the common subject, windows × groups; -1 where a window is no statement."""
    shared: Floats
    """Telling words in common with the best phrasing, 0..1, windows × groups."""
    known: Vectors
    """The phrasings' own vectors."""
    has: Floats
    """Which stems a window has, windows × columns."""
    free: NDArray[np.bool_]
    """Which windows may speak for a group: statements that do not deny it, windows × groups."""


def make_sheet(rubric: Rubric) -> Sheet:
    texts = [rubric.ask]

    def group(id_: str, says: tuple[str, ...]) -> Group:
        texts.extend(says)
        return Group(id_, says, slice(len(texts) - len(says), len(texts)))

    def put(item: KeyPoint | Misconception) -> tuple[str, ...]:
        return (*item.says, item.point if isinstance(item, KeyPoint) else item.claim)

    points = tuple(group(point.id, put(point)) for point in rubric.points)
    claims = tuple(group(wrong.id, put(wrong)) for wrong in rubric.misconceptions)
    corrections = tuple(group(wrong.id, (wrong.correction,)) for wrong in rubric.misconceptions)
    stems = [frozenset(content(text)) for text in texts]
    return Sheet(rubric, tuple(texts), points, claims, corrections, *_weights(stems, points, claims))


def _weights(stems: Sequence[frozenset[str]], points: Sequence[Group], claims: Sequence[Group]) -> tuple[dict[str, int], Floats]:
    columns = {word: column for column, word in enumerate(sorted(frozenset().union(*stems[1:])))}
    groups = [frozenset().union(*stems[group.rows]) for group in points] or [frozenset[str]()]
    spread = Counter(word for group in groups for word in group)
    table = np.zeros((len(stems), len(columns)))
    for row, found in enumerate(stems[1:], 1):
        for word in found - stems[0]:
            table[row, columns[word]] = math.log(1 + len(groups) / max(spread[word], 1))
    return columns, table


def make_answer(text: str, pieces: Sequence[Window], vectors: Vectors, order: Order, slack: float = 0.0) -> Answer:
    """``slack``: how much below ORDER_BARS a window may stay, for terse written answers; with it, lists pass too."""
    scores = np.array([order.score(piece.text) for piece in pieces], np.float64)
    sound = np.array([_states(piece, score, slack) for piece, score in zip(pieces, scores, strict=True)], np.bool_)
    broken = [
        piece
        for piece, fine in zip(pieces, sound, strict=True)
        if piece.kind == "sentence" and ((not fine and not slack and _listed(piece)) or speaks_to_grader(piece.text))
    ]
    for place, piece in enumerate(pieces):  # neither the sentence beside a list or a plea nor a piece of it makes it a statement
        if any(piece.start < bad.end and bad.start < piece.end for bad in broken):
            sound[place] = False
    stems = [frozenset(content(piece.text)) for piece in pieces]
    return Answer(text, pieces, vectors, sound, scores, stems, find_denials(pieces))


def read_windows(pieces: Sequence[Window], encoder: Encoder) -> Vectors:
    """The windows' vectors, shape (len(pieces), dim). A pair is not encoded: it is the mean of its two sentences by their words."""
    alone = [place for place, piece in enumerate(pieces) if piece.kind != "pair"]
    encoded = encoder.encode([pieces[place].text for place in alone])
    vectors = np.zeros((len(pieces), encoded.shape[1] if encoded.ndim == 2 else 0), np.float32)
    vectors[alone] = encoded
    starts = {pieces[place].start: place for place in alone if pieces[place].kind == "sentence"}
    ends = {pieces[place].end: place for place in alone if pieces[place].kind == "sentence"}
    for place, piece in enumerate(pieces):
        if piece.kind == "pair":
            one, two = starts[piece.start], ends[piece.end]
            vectors[place] = pieces[one].words * vectors[one] + pieces[two].words * vectors[two]
    return _unit(vectors)


def _states(piece: Window, score: float, slack: float) -> bool:
    """Whether a window reads as a statement; short ones are given the benefit of the doubt."""
    bar = next(bar for below, bar in ORDER_BARS if len(words(piece.text)) < below)
    return score >= bar - slack and not (not slack and _listed(piece))


def _listed(piece: Window) -> bool:
    said = words(piece.text)
    return len(said) >= 6 and sum(word.text in FUNCTION for word in said) / len(said) < LIST_SHARE


def findings(sheet: Sheet, known: Vectors, answer: Answer) -> tuple[list[Finding], list[Finding]]:
    """One finding a point and one a misconception. ``known``: vectors of ``sheet.texts``, shape (len(texts), dim)."""
    groups = (*sheet.points, *sheet.claims, *sheet.corrections)
    if not answer.sound.any():
        nothing = [Finding(group.id, None, group.texts[-1], 0.0, np.zeros(len(FEATURES))) for group in groups]
        return nothing[: len(sheet.points)], nothing[len(sheet.points) : len(sheet.points) + len(sheet.claims)]
    like, lent = _likeness(sheet, groups, known, answer), _likeness(sheet, groups, known, _resolved(answer, known[0]))
    middle, end = len(sheet.points), len(sheet.points) + len(sheet.claims)
    points = [_find(sheet, groups, like, answer, index, (range(middle), range(middle, end))) for index in range(middle)]
    truth = (*range(middle), *range(end, len(groups)))
    return points, [_find(sheet, groups, lent, answer, index, (range(middle, end), truth)) for index in range(middle, end)]


def _resolved(answer: Answer, ask: Vectors) -> Answer:
    """For misconceptions: where a window opens with a pronoun, the question lends it a subject (points did not gain by it)."""
    lent = np.array([piece.kind != "pair" and PRONOUN.match(piece.text) is not None for piece in answer.windows], np.float32)
    return answer._replace(vectors=_unit(answer.vectors + LENT * lent[:, None] * ask))


def _likeness(sheet: Sheet, groups: Sequence[Group], known: Vectors, answer: Answer) -> Likeness:
    plain = _products(answer.vectors, known)
    middle = known[1:].mean(axis=0) if len(known) > 2 else np.zeros(known.shape[1], np.float32)
    centred = _products(_unit(answer.vectors - middle), _unit(known - middle))
    has = np.zeros((len(answer.windows), len(sheet.columns)))
    for row, stems in enumerate(answer.stems):
        has[row, [sheet.columns[word] for word in stems if word in sheet.columns]] = 1
    common = _products(has, sheet.weights) / np.maximum(sheet.weights.sum(axis=1), 1e-9)
    top = np.stack([_top(centred[:, group.rows], 2) for group in groups], axis=1)
    likeness = Likeness(
        plain,
        np.stack([plain[:, group.rows].max(axis=1) for group in groups], axis=1),
        np.where(answer.sound[:, None], top, -1.0),
        np.stack([common[:, group.rows].max(axis=1) for group in groups], axis=1),
        known,
        has,
        np.repeat(answer.sound[:, None], len(groups), axis=1),
    )
    _free(sheet, groups, likeness, answer)
    return likeness


def _free(sheet: Sheet, groups: Sequence[Group], like: Likeness, answer: Answer) -> None:
    """Takes the windows that deny a group out of ``like.free``. Who denies a misconception more than any point denies no point."""
    middle, end = len(sheet.points), len(sheet.points) + len(sheet.claims)
    for denial in answer.denials:
        like.free[[*denial.alone, *denial.across], :end] = False
        core = list(denial.core)
        row = like.centred[core].max(axis=0)
        honest = end > middle and row[middle:end].max() > row[:middle].max(initial=-1.0)
        for index, group in enumerate(groups[:end]):
            kin = row[:middle] if index < middle else row[middle:end]
            nearest = group.texts[int(like.plain[core, group.rows].max(axis=0).argmax())]
            if (honest and index < middle) or (row[index] >= kin.max() and not truly_denies(denial.text, nearest)):
                like.free[list(denial.alone), index] = answer.sound[list(denial.alone)]


def _products(left: Floats | Vectors, right: Floats | Vectors) -> Floats:
    """``left @ right.T`` without BLAS: on matrices this small its threads cost more than they save, most of all on a busy machine."""
    return np.asarray(np.einsum("ik,jk->ij", left, right), np.float64)


def _unit(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return vectors / lengths


def _top(similar: Floats, count: int) -> Floats:
    """Mean of the ``count`` highest in each row: two phrasings that agree say more than one."""
    found: Floats = np.sort(similar, axis=1)[:, -count:].mean(axis=1)
    return found


def _find(
    sheet: Sheet, groups: Sequence[Group], like: Likeness, answer: Answer, index: int, sides: tuple[Sequence[int], Sequence[int]]
) -> Finding:
    """``sides``: the groups of its own kind, and those that say otherwise (claims for a point; points and corrections for a claim)."""
    free = like.free[:, index]
    worth = like.centred[:, index] + SHARED_WORDS * like.shared[:, index]
    held = answer.sound & ~free
    denied = None
    if held.any():
        at = int(np.where(held, worth, -9.0).argmax())
        denied = Denied(at, _describe(sheet, groups, like, answer, (index, at), sides))
    if not free.any():
        return Finding(groups[index].id, None, groups[index].texts[-1], 0.0, np.zeros(len(FEATURES)), denied)
    place = int(np.where(free, worth, -9.0).argmax())
    phrase = groups[index].texts[int(like.plain[place, groups[index].rows].argmax())]
    features = _describe(sheet, groups, like, answer, (index, place), sides)
    return Finding(groups[index].id, place, phrase, float(like.best[place, index]), features, denied)


def _describe(
    sheet: Sheet, groups: Sequence[Group], like: Likeness, answer: Answer, at: tuple[int, int], sides: tuple[Sequence[int], Sequence[int]]
) -> Floats:
    """The features of one group and one window: ``at`` = (group, window)."""
    (index, place), (kin, foes) = at, sides
    group, free = groups[index], like.free[:, index] if like.free[place, index] else answer.sound
    piece, own = answer.windows[place], like.plain[place, group.rows]
    phrase = group.texts[int(own.argmax())]
    rivals = [other for other in kin if other != index]
    outside = free & np.array([other.end <= piece.start or other.start >= piece.end for other in answer.windows])
    column, foe = like.centred[:, index], max(foes, key=lambda other: float(like.centred[place, other]), default=None)
    phrasings = like.known[group.rows]
    inner = np.asarray(phrasings @ phrasings.T, np.float64)
    ours, theirs = [word.text for word in words(piece.text)], [word.text for word in words(phrase)]
    flipped = negated(piece.text) != negated(phrase)
    all_words = sheet.weights[group.rows].max(axis=0)
    heat = np.exp(HEAT * like.centred[place])
    values = {
        "cosine": like.best[place, index],
        "agreement": float(np.sort(own)[-3:].mean()),
        "second": float(like.best[outside, index].max(initial=0.0)),
        "lexical": like.shared[place, index],
        "vocabulary": float(all_words @ like.has[free].max(axis=0) / max(all_words.sum(), 1e-9)),
        "margin": like.best[place, index] - (like.best[place, rivals].max() if rivals else like.best[place, index] - 0.2),
        "cohesion": float(np.sort(inner - 2 * np.eye(len(inner)), axis=1)[:, -1].mean()) if len(inner) > 1 else 0.6,
        "asked": float((phrasings @ like.known[0]).max()),
        "centred": column[place],
        "lead": column[place] - (like.centred[place, rivals].max() if rivals else column[place] - 0.3),
        "against": column[place] - (like.centred[place, foe] if foe is not None else column[place] - 0.3),
        "share": float(heat[index] / heat.sum()),
        "repeated": float(np.sort(np.where(free, column, -1.0))[-3:].mean()),
        "order": min(float(answer.order[place]), 1.0),
        "function": sum(word in FUNCTION for word in ours) / max(len(ours), 1),
        "negation": float(flipped),
        "opposite": float(opposed(ours, theirs)),
        "denial": float(denies(piece.text) and not denies(phrase)),
        "length": math.log1p(piece.words),
        "polarity": _polarity(piece.text, flipped, groups[foe], like.plain[place]) if foe is not None else 0.0,
        "negators": float(min(max(negations(piece.text) - negations(phrase), 0), 2)),
    }
    return np.array([values[name] for name in FEATURES])


def _polarity(text: str, flipped: bool, foe: Group, similar: Floats) -> float:
    """1: its negations fit the other side's nearest phrasing and not ours; -1 the reverse; 0 when they do not tell."""
    against = negated(text) != negated(foe.texts[int(similar[foe.rows].argmax())])
    return float(flipped) - float(against)
