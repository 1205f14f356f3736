"""From evidence to verdicts: the one place where thresholds meet probabilities. The assessor and the fits both call it.

wrong · hit · partial · missed, in this order. A point is wrong where the answer says its opposite and does not make it elsewhere, or
where the sentence that would make it is the one that states a misconception.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from greenroom.assess.assessment import Verdict
from greenroom.assess.calibrate import Fitted
from greenroom.assess.reading.belongs import has_surroundings, surroundings
from greenroom.assess.reading.clauses import Window
from greenroom.assess.reading.evidence import FEATURES, Finding
from greenroom.assess.reading.sheet import Floats

AGAINST = FEATURES.index("against")
TOLD, CONTRADICTS, CENTRED, SUBJECT = (FEATURES.index(name) for name in ("told", "contradicts", "centred", "about"))
LEAST_TOLD, PLAINLY = 0.3, 0.85
OFF_IT, ON_IT = 0.35, 0.5
"""A point that the reader finds in no window to the extent of LEAST_TOLD is not made, however alike the words are; in an answer that is
about something else (``likeness.about`` up to OFF_IT) it has to find it PLAINLY, between OFF_IT and ON_IT in proportion: good answers to
something else hold sentences that nearly make a point here. Chosen among some twenty settings, the golden answers in sight.
"""
TURNED, ABOUT = 0.95, 0.35
"""A sentence about the point (by likeness, from ABOUT on) that the reader takes for its contrary from TURNED on makes it wrong. High: to
call right what was wrong costs a mark, to call wrong what was right costs trust. These three were chosen among some twenty settings, the
golden answers in sight (docs/log.md).
"""
CLEARLY, TOGETHER = 0.9, 0.97
"""A sentence that makes a point of the question this surely, and more surely than it states a misconception, states none: what is true and
its distortion lie close. Of two sentences that make it together the other one may be the one that does, so they have to be surer. Chosen
with the golden answers in sight.
"""


class Stated(NamedTuple):
    """A misconception that was stated, with the window it stands in."""

    id: str
    window: int
    sure: float


class Ruling(NamedTuple):
    """A verdict with the probability it rests on, the bar that was held to, and the window to quote (None for missed). ``sure``: how sure
    it is where the second look decided; else ``confidence`` says.
    """

    verdict: Verdict
    score: float
    bar: float
    window: int | None
    sure: float | None = None


def stated(fitted: Fitted, claims: Sequence[Finding], points: Sequence[Finding], windows: Sequence[Window]) -> list[Stated]:
    """Misconceptions above the bar, surest first; one sentence convicts once, and never one that makes a point of the question more surely
    than it states the claim.
    """
    scored = [Stated(f.id, f.window, fitted.claim(f.features)) for f in claims if f.window is not None]
    found: list[Stated] = []
    for item in sorted(scored, key=lambda item: -item.sure):
        if item.sure < fitted.claim.threshold or any(overlap(windows, item.window, other.window) for other in found):
            continue
        made = max((_made_at(fitted, f, windows) for f in points if _same(windows, f.window, item.window)), default=0.0)
        if made < max(CLEARLY, item.sure):
            found.append(item)
    return found


def least_told(about: float) -> float:
    """How surely the reader has to find a point, 0..1, by how far the answer is about the question at all."""
    return float(np.interp(about, (OFF_IT, ON_IT), (PLAINLY, LEAST_TOLD)))


def rulings(
    fitted: Fitted, points: Sequence[Finding], windows: Sequence[Window], found: Sequence[Stated], *, story: bool = False
) -> list[Ruling]:
    """The verdicts on all points of a rubric. ``found``: what ``stated`` gave. ``story``: what happened is told; its parts are not the
    reader's to find, so nothing is around the one point that is, and it is not looked at again.
    """
    if story or not has_surroundings(points, windows):
        return [rule(fitted, finding, windows, found) for finding in points]
    sure = [fitted.belongs(row) for row in surroundings(points)]
    return [rule(fitted, finding, windows, found, belongs) for finding, belongs in zip(points, sure, strict=True)]


def rule(fitted: Fitted, finding: Finding, windows: Sequence[Window], found: Sequence[Stated], belongs: float = 1.0) -> Ruling:
    """The verdict on one point. ``belongs``: how likely it is said in answer to this question at all, by what is around it."""
    finding = _apart(finding, windows, found)
    covered = 0.0 if finding.window is None else fitted.covered(finding.features)
    told, about = (0.0, 0.0) if finding.window is None else (float(finding.features[at]) for at in (TOLD, SUBJECT))
    likely, least = covered >= fitted.covered.threshold, least_told(about)
    made = likely and told >= least
    wrong = _wrong(fitted, finding, windows, found if made else (), made)
    if wrong is not None and (not made or wrong.score > covered or _same(windows, wrong.window, finding.window)):
        return wrong
    if finding.window is None or not likely:
        return Ruling(Verdict.MISSED, covered, fitted.covered.threshold, None)
    if not made:  # what decided it is shown beside the bar that it was held to
        return Ruling(Verdict.MISSED, told, least, None)
    if belongs < fitted.belongs.threshold:
        return Ruling(Verdict.MISSED, belongs, fitted.belongs.threshold, None, 1 - belongs)
    hit = min(covered, fitted.hit(finding.features))
    if hit >= fitted.hit.threshold:
        return Ruling(Verdict.HIT, hit, fitted.hit.threshold, finding.window)
    return Ruling(Verdict.PARTIAL, covered, fitted.covered.threshold, finding.window)


def _apart(finding: Finding, windows: Sequence[Window], found: Sequence[Stated]) -> Finding:
    """Where two sentences make a point together and one of them states a misconception, the point stands on the other one alone."""
    if finding.alone is None or not any(_same(windows, finding.window, item.window) for item in found):
        return finding
    return finding.alone


def confidence(fitted: Fitted, finding: Finding, verdict: Verdict) -> float:
    """How often such a verdict on such evidence was right, 0..1; fitted on verdicts about topics left out of the fits."""
    return fitted.sure[verdict.value](sure_features(fitted, finding))


def sure_features(fitted: Fitted, finding: Finding) -> Floats:
    """Values of SURE, shape (len(SURE),), see ``calibrate``."""
    covered, hit, told = (0.0, 0.0, 0.0)
    if finding.window is not None:
        covered, hit, told = fitted.covered(finding.features), fitted.hit(finding.features), float(finding.features[TOLD])
    against = 0.0 if finding.against is None else fitted.contradicts(finding.against.features)
    return np.array([*(_logit(p) for p in (covered, hit, against)), told, finding.cosine])


def _logit(p: float) -> float:
    p = min(max(p, 0.002), 0.998)
    return math.log(p / (1 - p))


def _wrong(fitted: Fitted, finding: Finding, windows: Sequence[Window], found: Sequence[Stated], made: bool) -> Ruling | None:
    """Wrong by its own contradiction, or because a stated misconception stands where the point would be made."""
    bar = fitted.contradicts.threshold
    if finding.against is not None:
        sure = fitted.contradicts(finding.against.features)
        read = float(finding.against.features[CONTRADICTS])
        if sure >= bar:
            return Ruling(Verdict.WRONG, sure, bar, finding.against.window)
        if not made and read >= TURNED and finding.against.features[CENTRED] >= ABOUT:
            return Ruling(Verdict.WRONG, read, TURNED, finding.against.window)
    if finding.window is not None and finding.features[AGAINST] < 0:
        spoilt = [item.sure for item in found if overlap(windows, finding.window, item.window)]
        if spoilt:
            return Ruling(Verdict.WRONG, max(spoilt), bar, finding.window)
    return None


def _same(windows: Sequence[Window], one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and overlap(windows, one, other)


def _made_at(fitted: Fitted, finding: Finding, windows: Sequence[Window]) -> float:
    """How surely a point is made in its window; 0 where two sentences make it together and not nearly beyond doubt: it may be the other one
    that does.
    """
    sure = fitted.covered(finding.features)
    together = finding.window is not None and windows[finding.window].kind == "pair"
    return 0.0 if together and sure < TOGETHER else sure


def overlap(windows: Sequence[Window], one: int, other: int) -> bool:
    return windows[one].start < windows[other].end and windows[other].start < windows[one].end
